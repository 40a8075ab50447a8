//! The query tables, written in the transaction that changes what they show.

use liandong_kit::commit::{Batch, Views};
use liandong_kit::db::{micros, rows::Writes};
use sea_orm::{DbErr, Set};
use uuid::Uuid;

use super::entity::{assignment_row, case_row, task_row};
use super::{docket, evidence_entity, parties, revisit_rows, text, verdict_rows};
use crate::domain::assignment::{self, Assignment};
use crate::domain::clock::Stage;
use crate::domain::evidence::{Parent, SharedCopy};
use crate::domain::meeting::agenda;
use crate::domain::parts::Parts;
use crate::domain::{
    Campaign, Case, CaseId, CheckSample, DailyLog, Evidence, Inspection, InspectionRound, Meeting,
    MeetingSeries, Outage, PatrolPlan, Task, TaskId,
};
use crate::inbox;

/// Writes lists and inboxes.
pub(crate) struct Rows {
    inbox: inbox::Index,
}

impl Rows {
    /// With the index of the inboxes.
    pub(crate) fn new(inbox: inbox::Index) -> Rows {
        Rows { inbox }
    }
}

#[async_trait::async_trait]
impl Views for Rows {
    async fn write(&self, rows: &mut Writes<'_>, batch: &Batch<'_>) -> Result<(), DbErr> {
        cases(rows, batch).await?;
        tasks(rows, batch).await?;
        parties::write(rows, batch).await?;
        verdict_rows::write(rows, batch).await?;
        evidence(rows, batch).await?;
        docket::write::<PatrolPlan>(rows, batch).await?;
        docket::write::<DailyLog>(rows, batch).await?;
        docket::write::<Campaign>(rows, batch).await?;
        docket::write::<InspectionRound>(rows, batch).await?;
        docket::write::<Inspection>(rows, batch).await?;
        docket::write::<MeetingSeries>(rows, batch).await?;
        docket::write::<Meeting>(rows, batch).await?;
        docket::write::<CheckSample>(rows, batch).await?;
        docket::write::<Outage>(rows, batch).await?;
        super::tier_views::write(rows, batch).await?;
        self.inbox.write(rows, batch).await
    }
}

async fn cases(rows: &mut Writes<'_>, batch: &Batch<'_>) -> Result<(), DbErr> {
    use case_row::Column as C;
    let cases = batch.rows(|id, it: &Case| case(batch.district(), id, it).into_iter().collect());
    let changes = [
        C::State,
        C::Matter,
        C::Task,
        C::About,
        C::Triage,
        C::Overdue,
        C::ClosedAt,
        C::DueAt,
        C::Agenda,
        C::OwesReply,
    ];
    rows.upsert(cases, &[C::District, C::Id], &changes).await?;
    let revisits = batch.rows(|id, it: &Case| revisit_rows::of(batch.district(), id, it));
    revisit_rows::upsert(rows, revisits).await
}

async fn tasks(rows: &mut Writes<'_>, batch: &Batch<'_>) -> Result<(), DbErr> {
    let rows_of = |id: &str, it: &Task| match Uuid::try_parse(id) {
        Ok(id) => vec![task(batch.district(), id, it)],
        Err(_) => vec![],
    };
    {
        use task_row::Column::{District, DueAt, Id, Overdue, State};
        let tasks = batch.rows(rows_of);
        rows.upsert(tasks, &[District, Id], &[State, Overdue, DueAt])
            .await?;
    }
    use assignment_row::Column::{
        AcceptedAt, Agenda, District, DueAt, Number, Overdue, State, Task as Of,
    };
    let mut parts = Vec::new();
    for (id, before, after) in batch.pairs::<Task>() {
        let Ok(id) = Uuid::try_parse(id) else {
            continue;
        };
        let row = |task: &Task, it: &Assignment| assignment(batch.district(), id, task, it);
        // Of what changes of a task, the rows of its assignments say only what its state decides.
        let alike = before.filter(|it| it.state == after.state);
        let none = Parts::default();
        let earlier = alike.map_or(&none, |it| &it.assignments);
        for it in after.assignments.since(earlier) {
            let was = before.and_then(|before| Some(row(before, before.assignment(it.number())?)));
            let is = row(after, it);
            if was.as_ref() != Some(&is) {
                parts.push(is);
            }
        }
    }
    let changes = [State, Overdue, DueAt, AcceptedAt, Agenda];
    rows.upsert(parts, &[District, Of, Number], &changes).await
}

async fn evidence(rows: &mut Writes<'_>, batch: &Batch<'_>) -> Result<(), DbErr> {
    use evidence_entity::Column::{District, Id, Shared, StartedAt, State};
    let pieces =
        batch.rows(|id, it: &Evidence| piece(batch.district(), id, it).into_iter().collect());
    rows.upsert(pieces, &[District, Id], &[State, Shared, StartedAt])
        .await
}

fn case(district: &str, id: &str, it: &Case) -> Option<case_row::ActiveModel> {
    let id = Uuid::try_parse(id).ok()?;
    Some(case_row::ActiveModel {
        district: Set(district.to_owned()),
        id: Set(id),
        state: Set(text(it.state)),
        source: Set(text(it.report.source)),
        area: Set(it.report.area.to_string()),
        matter: Set(it
            .filing
            .as_ref()
            .map(|it| it.matter.to_string())
            .unwrap_or_default()),
        organization: Set(it.report.organization.to_string()),
        external_reference: Set(it.report.external_reference.clone()),
        task: Set(it.task.map(|it| it.0)),
        reported_at: Set(it.report.reported_at.map(micros).unwrap_or_default()),
        about: Set(it.matter().map(ToString::to_string).unwrap_or_default()),
        latitude: Set(it.report.position.map(|it| it.latitude_e7)),
        longitude: Set(it.report.position.map(|it| it.longitude_e7)),
        address: Set(it.report.address.trim().to_owned()),
        object: Set(it.report.object.trim().to_owned()),
        triage: Set(it
            .triage
            .as_ref()
            .map(|it| text(it.way))
            .unwrap_or_default()),
        overdue: Set(it.is_overdue()),
        closed_at: Set(it.closed_at.map(micros)),
        due_at: Set(it.due_at().map(micros)),
        agenda: Set(agenda::of_case(CaseId(id), it).is_some()),
        exercise: Set(it.report.exercise),
        owes_reply: Set(it.owes_reply()),
    })
}

fn task(district: &str, id: Uuid, it: &Task) -> task_row::ActiveModel {
    task_row::ActiveModel {
        district: Set(district.to_owned()),
        id: Set(id),
        state: Set(text(it.state)),
        area: Set(it.area.to_string()),
        matter: Set(it.matter.to_string()),
        organizer: Set(it.organizer.to_string()),
        overdue: Set(it.assignments.iter().any(Assignment::is_overdue)),
        planned_at: Set(it.planned_at.map(micros).unwrap_or_default()),
        due_at: Set(it.due_at().map(micros)),
    }
}

fn assignment(
    district: &str,
    id: Uuid,
    task: &Task,
    it: &Assignment,
) -> assignment_row::ActiveModel {
    let offer = &it.offer;
    // What waits for its check has its place in the checker's list, delivered or not.
    let check = it.clock(Stage::Check);
    let check = check.filter(|_| it.state == assignment::State::Reported);
    let due = it.running().chain(check).map(|it| it.deadline.due).min();
    assignment_row::ActiveModel {
        district: Set(district.to_owned()),
        task: Set(id),
        number: Set(i32::from(offer.number)),
        organization: Set(offer.organization.to_string()),
        checker: Set(offer.checker.to_string()),
        state: Set(text(it.state)),
        role: Set(text(offer.role)),
        area: Set(task.area.to_string()),
        matter: Set(offer.matter.to_string()),
        overdue: Set(it.is_overdue()),
        offered_at: Set(micros(it.offered_at)),
        due_at: Set(due.map(micros)),
        accepted_at: Set(it.accepted_at().map(micros)),
        agenda: Set(!agenda::of_assignment(TaskId(id), task, it).is_empty()),
    }
}

fn piece(district: &str, id: &str, it: &Evidence) -> Option<evidence_entity::ActiveModel> {
    let announced = it.announced.as_ref()?;
    let (case, task, number) = match announced.parent {
        Parent::Case(case) => (Some(case.0), None, 0),
        Parent::Task(task) => (None, Some(task.0), 0),
        Parent::Assignment(id) => (None, Some(id.task.0), i32::from(id.number)),
    };
    let shared = it.examined.as_ref().map(|it| &it.shared);
    let shared = shared.and_then(SharedCopy::content);
    Some(evidence_entity::ActiveModel {
        district: Set(district.to_owned()),
        id: Set(Uuid::try_parse(id).ok()?),
        state: Set(text(it.state)),
        case: Set(case),
        task: Set(task),
        number: Set(number),
        content: Set(announced.content.to_string()),
        shared: Set(shared.map(|it| it.0.to_string()).unwrap_or_default()),
        started_at: Set(it.started_at.map(micros).unwrap_or_default()),
    })
}
