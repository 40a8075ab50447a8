//! Outages: put on record with everything that follows for the clocks of tasks, cases and whistles, in one change.

use std::sync::Arc;

use liandong_kit::commit::{Command, Work};
use prost::Message;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};
use time::OffsetDateTime;
use uuid::Uuid;

use super::change::{Refused, record_task};
use super::docket::{Listed, Row, fetch};
use super::entity::{case_row, task_row};
use super::tier_entity::whistle_row;
use super::tiers::record_whistle;
use super::{Error, Store, text};
use crate::domain::case;
use crate::domain::clock::WorkTime;
use crate::domain::outage::{Away, OutageRecorded};
use crate::domain::{
    Case, CaseEvent, Outage, OutageId, Refusal, Task, TaskId, Whistle, WhistleId, task, whistle,
};

/// What may have clocks that ran.
#[derive(Default)]
struct Running {
    tasks: Vec<Uuid>,
    cases: Vec<Uuid>,
    whistles: Vec<Uuid>,
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
        let running = self.running(district).await.map_err(Error::Database)?;
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

    async fn running(&self, district: &str) -> Result<Running, DbErr> {
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
            .filter(case_row::Column::State.is_in(open));
        let blown = {
            use whistle::State::{Answered, Blown};
            [Blown, Answered].map(text)
        };
        let whistles = whistle_row::Entity::find()
            .select_only()
            .column(whistle_row::Column::Id)
            .filter(whistle_row::Column::District.eq(district))
            .filter(whistle_row::Column::State.is_in(blown));
        Ok(Running {
            tasks: tasks.into_tuple().all(db).await?,
            cases: cases.into_tuple().all(db).await?,
            whistles: whistles.into_tuple().all(db).await?,
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
    let loaded = [
        fetch::<Task>(work, tasks.iter().cloned()),
        fetch::<Case>(work, cases.iter().cloned()),
        fetch::<Whistle>(work, whistles.iter().cloned()),
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
