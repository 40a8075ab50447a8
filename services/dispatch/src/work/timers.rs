//! Timers: what becomes overdue is put on record when it does, and a pause ends when its time is over, whether or not
//! anybody calls.

use std::sync::Arc;

use liandong_kit::clock::Clock;
use liandong_kit::commit::{Author, Command, Work};
use liandong_kit::log::Aggregate;
use liandong_kit::wake::{self, Due};
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::domain::clock::WorkTime;
use crate::domain::{
    Case, CaseId, DailyLog, Dispute, DisputeId, Evidence, EvidenceId, MeetingSeries,
    MeetingSeriesId, PatrolPlan, Task, TaskId, Whistle, WhistleId,
};
use crate::peers::registry::Registry;
use crate::store::{Refused, Sight, Store, escalate, move_up, record_silence, record_task};

/// Looks at tasks and uploads whose time has come, until stopped.
pub(crate) async fn run(store: Store, registry: Registry, clock: Clock, stop: CancellationToken) {
    let tick = |due: Due, now| fire(store.clone(), registry.clone(), due, now);
    wake::run(store.log().clone(), clock, stop, tick).await;
}

async fn fire(
    store: Store,
    registry: Registry,
    due: Due,
    now: OffsetDateTime,
) -> anyhow::Result<()> {
    let command = || {
        let author = Author {
            district: due.district.clone(),
            organization: String::new(),
            person: "dispatch".into(),
        };
        Command::new(author, now)
    };
    if due.kind == DailyLog::KIND {
        return Ok(store.miss_log(command(), due.id.clone()).await?);
    }
    if due.kind == PatrolPlan::KIND {
        return super::patrol::open_days(&store, &registry, &due, now, command).await;
    }
    let Ok(id) = Uuid::try_parse(&due.id).map(TaskId) else {
        return Ok(());
    };
    if due.kind == MeetingSeries::KIND {
        let id = MeetingSeriesId(id.0);
        return super::meetings::fire(&store, &registry, (&due, id), command()).await;
    }
    if due.kind == Evidence::KIND {
        store.expire_upload(command(), EvidenceId(id.0)).await?;
        return Ok(());
    }
    if due.kind == Case::KIND {
        return super::cases::fire(store, registry, (due, CaseId(id.0)), now).await;
    }
    if due.kind == Whistle::KIND {
        let id = WhistleId(id.0);
        if store.change(command(), record_silence(id, now)).await? {
            // Only now the calendar is needed: who is silent is on record, whether or not the registry answers.
            let time = registry.work_time(&due.district).await?;
            store.change(command(), escalate(id, time, now)).await?;
        }
        return Ok(());
    }
    if due.kind == Dispute::KIND {
        let id = DisputeId(id.0);
        let found = store.dispute(&due.district, &Sight::District, id).await?;
        let superior = match found.filter(|it| it.needs_superior(now)) {
            Some(it) => {
                registry
                    .superior(&due.district, &it.opened.organizer, now)
                    .await?
            }
            None => None,
        };
        let time = registry.work_time(&due.district).await?;
        store
            .change(command(), move_up(id, superior, time, now))
            .await?;
        return Ok(());
    }
    if due.kind != Task::KIND {
        return Ok(());
    }
    let waiting = store.change(command(), tick(id, now)).await?;
    // Only now the registry is needed: what is overdue is on record, whether or not it answers.
    if waiting.told > 0 {
        let time = registry.work_time(&due.district).await.ok();
        let target = (due.district.as_str(), id, now);
        supervise(&store, &registry, target, (time, &command)).await?;
    }
    if waiting.paused > 0 {
        let time = registry.work_time(&due.district).await?;
        store.change(command(), resume(id, time, now)).await?;
    }
    Ok(())
}

/// What is left to do for which the registry is needed.
#[derive(Clone, PartialEq, prost::Message)]
struct Waiting {
    /// Pauses whose time is over.
    #[prost(uint64, tag = "1")]
    paused: u64,
    /// Stages of which somebody is to be told.
    #[prost(uint64, tag = "2")]
    told: u64,
}

/// Records what is due without a calendar, and says what is left.
fn tick(id: TaskId, now: OffsetDateTime) -> impl Fn(&mut Work<'_>) -> Result<Waiting, Refused> {
    move |work| {
        let key = id.to_string();
        let changes = work.get::<Task>(&key)?.map(|it| it.tick(now));
        record_task(work, id, now, changes.unwrap_or_default())?;
        let Some(task) = work.get::<Task>(&key)? else {
            return Ok(Waiting::default());
        };
        Ok(Waiting {
            paused: task.to_resume(now).count() as u64,
            told: task.to_supervise(now).len() as u64,
        })
    }
}

/// Ends the pauses whose time is over, and records what is due on the clocks that go on.
fn resume(
    id: TaskId,
    time: Arc<WorkTime>,
    now: OffsetDateTime,
) -> impl Fn(&mut Work<'_>) -> Result<(), Refused> {
    move |work| {
        let key = id.to_string();
        let mut changes = Vec::new();
        // Each assignment has a pause and clocks of its own: one does not change what follows for the others.
        if let Some(task) = work.get::<Task>(&key)? {
            for number in task.to_resume(now) {
                changes.extend(task.resume(number, None, &time, now)?);
            }
        }
        record_task(work, id, now, changes)?;
        let due = work.get::<Task>(&key)?.map(|it| it.tick(now));
        record_task(work, id, now, due.unwrap_or_default())
    }
}

/// Tells whoever is to be told now of what is overdue. The chain is asked for only when a rung is due.
async fn supervise(
    store: &Store,
    registry: &Registry,
    (district, id, now): (&str, TaskId, OffsetDateTime),
    (time, command): (Option<Arc<WorkTime>>, impl Fn() -> Command),
) -> anyhow::Result<()> {
    let task = store.task(district, &Sight::District, id).await?;
    let task = task.unwrap_or_default();
    let mut chains = Vec::new();
    for (number, stage) in task.to_supervise(now) {
        let Some(it) = task.assignment(number) else {
            continue;
        };
        let chain = if task.is_supervised(number, stage) {
            let matter = &it.offer.matter;
            registry.chain(district, &task.area, matter, now).await?
        } else {
            vec![]
        };
        chains.push(((number, stage), chain));
    }
    let rule = move |work: &mut Work<'_>| {
        let task = work.get::<Task>(&id.to_string())?;
        let mut changes = Vec::new();
        if let Some(task) = task {
            for (stage, chain) in &chains {
                changes.extend(task.supervise(*stage, chain, time.as_deref(), now));
            }
        }
        record_task(work, id, now, changes)
    };
    if !task.to_supervise(now).is_empty() {
        store.change(command(), rule).await?;
    }
    Ok(())
}
