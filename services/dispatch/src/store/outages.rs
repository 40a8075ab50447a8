//! Outages: put on record with everything that follows for clocks and for what is owed, in one change.

use std::sync::Arc;

use liandong_kit::commit::{Command, Work};
use prost::Message;
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QuerySelect};
use time::OffsetDateTime;
use uuid::Uuid;

use super::change::{Refused, record_task};
use super::docket::{Listed, Row, fetch, record};
use super::entity::{case_row, task_row};
use super::tier_entity::{dispute_row, whistle_row};
use super::tiers::{record_dispute, record_whistle};
use super::{Error, Store, revisit_rows, text};
use crate::domain::case;
use crate::domain::clock::WorkTime;
use crate::domain::outage::{Away, OutageRecorded, Span};
use crate::domain::patrol::{DailyLog, LogEvent};
use crate::domain::{
    Case, CaseEvent, Dispute, DisputeId, Outage, OutageId, Refusal, Task, TaskId, Whistle,
    WhistleId, dispute, task, whistle,
};

/// How many of the latest outages are looked at for what begins after them.
const KNOWN: u64 = 100;

/// What may have clocks that ran.
#[derive(Default)]
struct Running {
    tasks: Vec<Uuid>,
    cases: Vec<Uuid>,
    whistles: Vec<Uuid>,
    disputes: Vec<Uuid>,
    logs: Vec<String>,
}

impl Store {
    /// Puts an outage on record and takes it off every clock that ran meanwhile; a repeat changes nothing.
    pub(crate) async fn record_outage<R>(
        &self,
        command: Command,
        (district, away): (&str, Away),
        time: Arc<WorkTime>,
        answer: impl Fn(OutageId, &OutageRecorded) -> R + Send + 'static,
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
    {
        let at = command.occurred_at();
        // What is opened after this was opened after the outage, and has no clock that ran in it.
        let running = self.running(district, away.span).await;
        let running = running.map_err(Error::Database)?;
        let rule = move |work: &mut Work<'_>| {
            let id = away.span.id();
            let key = id.to_string();
            if work.get::<Outage>(&key)?.is_none() {
                let away = excuse(work, &running, &away, (&time, at))?;
                work.record::<Outage>(&key, [OutageRecorded { at, away }])?;
            }
            let outage = work.get::<Outage>(&key)?;
            let recorded = outage.and_then(|it| it.recorded.as_ref());
            Ok(answer(id, recorded.ok_or(Refusal::PlanChanged)?))
        };
        self.change(command, rule).await
    }

    /// The latest outages that are known, the oldest first.
    pub(crate) async fn outages(&self, district: &str) -> Result<Vec<Span>, DbErr> {
        let ids = self.newest::<Outage>(district, KNOWN).await?;
        let found = self.several::<Outage>(district, &ids).await?;
        let spans = found.iter().rev();
        let spans = spans.filter_map(|it| it.state.recorded.as_ref());
        Ok(spans.map(|it| it.away.span).collect())
    }

    async fn running(&self, district: &str, span: Span) -> Result<Running, DbErr> {
        let db = self.log().db().read();
        let tasks = task_row::Entity::find()
            .select_only()
            .column(task_row::Column::Id)
            .filter(task_row::Column::District.eq(district))
            .filter(task_row::Column::State.eq(text(task::State::Issued)));
        let open = {
            use case::State::{Dispatched, Filed, Reported, Verified};
            [Reported, Verified, Filed, Dispatched].map(text)
        };
        let cases = case_row::Entity::find()
            .select_only()
            .column(case_row::Column::Id)
            .filter(case_row::Column::District.eq(district))
            .filter(
                Condition::any()
                    .add(case_row::Column::State.is_in(open))
                    .add(case_row::Column::OwesReply.eq(true))
                    .add(case_row::Column::Id.in_subquery(revisit_rows::begun(district, span))),
            );
        let blown = {
            use whistle::State::{Answered, Blown};
            [Blown, Answered].map(text)
        };
        let whistles = whistle_row::Entity::find()
            .select_only()
            .column(whistle_row::Column::Id)
            .filter(whistle_row::Column::District.eq(district))
            .filter(whistle_row::Column::State.is_in(blown));
        let undecided = {
            use dispute::State::{District, Negotiation, Street};
            [Negotiation, Street, District].map(text)
        };
        let disputes = dispute_row::Entity::find()
            .select_only()
            .column(dispute_row::Column::Id)
            .filter(dispute_row::Column::District.eq(district))
            .filter(dispute_row::Column::State.is_in(undecided));
        Ok(Running {
            tasks: tasks.into_tuple().all(db).await?,
            cases: cases.into_tuple().all(db).await?,
            whistles: whistles.into_tuple().all(db).await?,
            disputes: disputes.into_tuple().all(db).await?,
            logs: self.open_logs(district, span).await?,
        })
    }
}

/// Takes an outage off the clocks of everything that may have one, and counts of how many it was.
fn excuse(
    work: &mut Work<'_>,
    running: &Running,
    away: &Away,
    (time, at): (&WorkTime, OffsetDateTime),
) -> Result<Away, Refused> {
    let keys = |ids: &[Uuid]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
    let (tasks, cases, whistles) = (
        keys(&running.tasks),
        keys(&running.cases),
        keys(&running.whistles),
    );
    let disputes = keys(&running.disputes);
    let loaded = [
        fetch::<Task>(work, tasks.iter().cloned()),
        fetch::<Case>(work, cases.iter().cloned()),
        fetch::<Whistle>(work, whistles.iter().cloned()),
        fetch::<Dispute>(work, disputes.iter().cloned()),
        fetch::<DailyLog>(work, running.logs.iter().cloned()),
    ];
    loaded.into_iter().collect::<Result<(), _>>()?;
    let (span, mut away) = (away.span, away.clone());
    for (id, key) in running.tasks.iter().zip(&tasks) {
        let Some(task) = work.get::<Task>(key)? else {
            continue;
        };
        let changes = task.excuse(span, time)?;
        away.tasks += u32::from(!changes.is_empty());
        record_task(work, TaskId(*id), at, changes)?;
    }
    for key in &cases {
        let Some(case) = work.get::<Case>(key)? else {
            continue;
        };
        let changes = case.excuse(span, time)?;
        if !changes.is_empty() {
            away.cases += 1;
            // Not after what has run out meanwhile: that is just what is taken back.
            let events = CaseEvent::of(case, at, changes);
            work.record::<Case>(key, events)?;
        }
    }
    for (id, key) in running.whistles.iter().zip(&whistles) {
        let Some(whistle) = work.get::<Whistle>(key)? else {
            continue;
        };
        let changes = whistle.excuse(span, time)?;
        away.whistles += u32::from(!changes.is_empty());
        record_whistle(work, WhistleId(*id), at, |_| Ok(changes))?;
    }
    for (id, key) in running.disputes.iter().zip(&disputes) {
        let Some(dispute) = work.get::<Dispute>(key)? else {
            continue;
        };
        let changes = dispute.excuse(span, time)?;
        away.disputes += u32::from(!changes.is_empty());
        record_dispute(work, DisputeId(*id), at, |_| Ok(changes))?;
    }
    for key in &running.logs {
        let mut moved = false;
        record::<DailyLog>(work, key, &None, |log| {
            let change = log.excuse_outage(span).zip(log.whose.as_ref());
            moved = change.is_some();
            let events = change.map(|(change, whose)| LogEvent::of(log, whose, at, [change]));
            Ok(events.unwrap_or_default())
        })?;
        away.logs += u32::from(moved);
    }
    Ok(away)
}

/// The latest first; everybody may read of them.
impl Listed for Outage {
    fn row(&self) -> Option<Row> {
        let recorded = self.recorded.as_ref()?;
        let away = &recorded.away;
        Some(Row {
            state: "RECORDED".into(),
            organization: away.organization.clone().unwrap_or_default(),
            area: String::new(),
            subject: String::new(),
            at: away.span.from,
            parties: vec![],
        })
    }
}
