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
use crate::domain::{Evidence, EvidenceId, Task, TaskId};
use crate::peers::registry::Registry;
use crate::store::{Refused, Store, record_task};

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
    let Ok(id) = Uuid::try_parse(&due.id).map(TaskId) else {
        return Ok(());
    };
    let command = || {
        let author = Author {
            district: due.district.clone(),
            organization: String::new(),
            person: "dispatch".into(),
        };
        Command::new(author, now)
    };
    if due.kind == Evidence::KIND {
        store.expire_upload(command(), EvidenceId(id.0)).await?;
        return Ok(());
    }
    if due.kind != Task::KIND {
        return Ok(());
    }
    let pauses_over = store.change(command(), overdue(id, now)).await?;
    if pauses_over {
        // Only now the calendar is needed: what is overdue is on record, whether or not the registry answers.
        let time = registry.work_time(&due.district).await?;
        store.change(command(), resume(id, time, now)).await?;
    }
    Ok(())
}

/// Records what is overdue, and says whether there are pauses whose time is over.
fn overdue(id: TaskId, now: OffsetDateTime) -> impl Fn(&mut Work<'_>) -> Result<bool, Refused> {
    move |work| {
        let task = work.get::<Task>(&id.to_string())?;
        let Some((overdue, over)) =
            task.map(|it| (it.tick(now), it.to_resume(now).next().is_some()))
        else {
            return Ok(false);
        };
        record_task(work, id, now, overdue)?;
        Ok(over)
    }
}

/// Ends the pauses whose time is over.
fn resume(
    id: TaskId,
    time: Arc<WorkTime>,
    now: OffsetDateTime,
) -> impl Fn(&mut Work<'_>) -> Result<(), Refused> {
    move |work| {
        let task = work.get::<Task>(&id.to_string())?;
        let mut changes = Vec::new();
        // Each assignment has a pause and clocks of its own: one does not change what follows for the others.
        if let Some(task) = task {
            for number in task.to_resume(now) {
                changes.extend(task.resume(number, None, &time, now)?);
            }
        }
        record_task(work, id, now, changes)
    }
}
