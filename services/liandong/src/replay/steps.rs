//! The steps of one case as calls: who makes them, with which request, and what comes back.
//!
//! Every request id is derived from the import, the row and the step. So a step that was taken before a crash is not
//! taken again: it only answers again.

use anyhow::{Context, bail, ensure};
use liandong_kit::client::Safe;
use liandong_proto::{
    dispatch::{
        CheckAssignmentRequest, CommitAssignmentRequest, FileCaseRequest, IssueTaskRequest,
        Participant, PlanTaskRequest, ReportAssignmentRequest, ReportCaseRequest, ReportInRequest,
        Role, SignAssignmentRequest, Stage, Task, VerifyCaseRequest, check, task::CompletionRule,
    },
    types::{Act, Limit, LimitKind},
};
use tonic::Request;
use uuid::Uuid;

use super::{course::Step, rows::Row};
use crate::{client::Services, output::words};

/// The names a case has been given so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    /// `cases/{uuid}`.
    pub(super) case: String,
    /// `tasks/{uuid}`.
    pub(super) task: String,
    /// `tasks/{uuid}/assignments/1`.
    pub(super) assignment: String,
}

/// Who makes the calls of one case.
#[derive(Clone, Debug)]
pub(super) struct Callers {
    /// Takes in, files, plans, issues.
    pub(super) coordinator: Services,
    /// Verifies and checks.
    pub(super) checker: Services,
    /// The unit's own.
    pub(super) handler: Services,
}

/// A row with what the street file made of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case<'a> {
    /// The row.
    pub(super) row: &'a Row,
    /// The import it belongs to.
    pub(super) import: Uuid,
    /// The unit's bare id.
    pub(super) unit: &'a str,
    /// The area's code.
    pub(super) area: &'a str,
    /// The matter's bare id.
    pub(super) matter: &'a str,
}

/// What every id of an import is derived from.
pub(super) fn import_id(name: &str) -> Uuid {
    Uuid::new_v5(
        &Uuid::NAMESPACE_URL,
        format!("liandong:import:{name}").as_bytes(),
    )
}

/// Takes one step.
pub(super) async fn take(
    step: Step,
    case: Case<'_>,
    mut names: Names,
    by: &Callers,
) -> anyhow::Result<Names> {
    let request_id =
        Uuid::new_v5(&case.import, format!("{}/{step:?}", case.row.id).as_bytes()).to_string();
    let name = names.assignment.clone();
    match step {
        Step::Report => names.case = report(case, request_id, by).await?,
        Step::Verify => {
            let request = VerifyCaseRequest {
                name: names.case.clone(),
                exists: true,
                request_id,
                ..Default::default()
            };
            by.checker.cases().verify_case(again(request)).await?;
        }
        Step::File => {
            let matter = format!("matters/{}", case.matter);
            let request = FileCaseRequest {
                name: names.case.clone(),
                matter,
                request_id,
                ..Default::default()
            };
            by.coordinator.cases().file_case(again(request)).await?;
        }
        Step::Plan => names.task = plan(case, &names.case, request_id, by).await?,
        Step::Issue => {
            let request = IssueTaskRequest {
                name: names.task.clone(),
                request_id,
                ..Default::default()
            };
            let task = by
                .coordinator
                .tasks()
                .issue_task(again(request))
                .await?
                .into_inner()
                .task;
            names.assignment = issued(
                case,
                &task.context("an issued task is missing in the answer")?,
            )?;
        }
        Step::Sign => {
            let request = SignAssignmentRequest {
                name,
                request_id,
                ..Default::default()
            };
            by.handler
                .assignments()
                .sign_assignment(again(request))
                .await?;
        }
        Step::Commit => {
            let request = CommitAssignmentRequest {
                name,
                request_id,
                ..Default::default()
            };
            by.handler
                .assignments()
                .commit_assignment(again(request))
                .await?;
        }
        Step::Arrive => {
            let request = ReportInRequest {
                name,
                request_id,
                ..Default::default()
            };
            by.handler.assignments().report_in(again(request)).await?;
        }
        Step::Handle => {
            let note = format!("已处置：{}", case.row.title);
            let request = ReportAssignmentRequest {
                name,
                note,
                request_id,
                ..Default::default()
            };
            by.handler
                .assignments()
                .report_assignment(again(request))
                .await?;
        }
        Step::Check => {
            let result = check::Result::Pass.into();
            let request = CheckAssignmentRequest {
                name,
                result,
                request_id,
                ..Default::default()
            };
            by.checker.checks().check_assignment(again(request)).await?;
        }
    }
    Ok(names)
}

/// A change with a request id may be sent again if the answer was lost.
pub(super) fn again<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.extensions_mut().insert(Safe);
    request
}

async fn report(case: Case<'_>, request_id: String, by: &Callers) -> anyhow::Result<String> {
    let request = ReportCaseRequest {
        source: case.row.source.into(),
        external_reference: case.row.id.clone(),
        title: case.row.title.clone(),
        description: case.row.description.clone(),
        area: format!("areas/{}", case.area),
        request_id,
        ..Default::default()
    };
    let answer = by
        .coordinator
        .cases()
        .report_case(again(request))
        .await?
        .into_inner();
    Ok(answer
        .case
        .context("a reported case is missing in the answer")?
        .name)
}

async fn plan(
    case: Case<'_>,
    name: &str,
    request_id: String,
    by: &Callers,
) -> anyhow::Result<String> {
    let limit = case.row.course.limit;
    let participant = Participant {
        organization: format!("organizations/{}", case.unit),
        role: Role::Lead.into(),
        act: Act::Dispose.into(),
        duty: format!("处置并反馈：{}", case.row.title),
        disposal_limit: Some(Limit {
            kind: kind(limit.kind()).into(),
            amount: i32::try_from(limit.amount()).unwrap_or(i32::MAX),
        }),
        ..Default::default()
    };
    let request = PlanTaskRequest {
        cases: vec![name.to_owned()],
        plan: format!("由责任单位在时限内处置：{}", case.row.title),
        participants: vec![participant],
        completion_rule: CompletionRule::All.into(),
        request_id,
        ..Default::default()
    };
    let answer = by
        .coordinator
        .tasks()
        .plan_task(again(request))
        .await?
        .into_inner();
    Ok(answer
        .task
        .context("a planned task is missing in the answer")?
        .name)
}

/// The assignment, whose deadline must be the one the course was computed with.
fn issued(case: Case<'_>, task: &Task) -> anyhow::Result<String> {
    let [assignment] = task.assignments.as_slice() else {
        bail!(
            "{} has {} assignments where one was planned",
            task.name,
            task.assignments.len()
        );
    };
    let clocks = assignment
        .rounds
        .first()
        .map(|it| it.clocks.as_slice())
        .unwrap_or_default();
    let disposal = clocks.iter().rfind(|it| it.stage() == Stage::Disposal);
    let due = disposal
        .and_then(|it| it.deadline.as_ref()?.due_time.as_ref())
        .and_then(words::instant);
    ensure!(
        due == Some(case.row.course.due),
        "the registry's calendar gives {} as the deadline, the replay computed {}",
        due.map(words::civil).unwrap_or_else(|| "none".into()),
        words::civil(case.row.course.due),
    );
    Ok(assignment.name.clone())
}

fn kind(kind: liandong_calendar::LimitKind) -> LimitKind {
    match kind {
        liandong_calendar::LimitKind::UrgentHours => LimitKind::UrgentHours,
        liandong_calendar::LimitKind::WorkHours => LimitKind::WorkHours,
        liandong_calendar::LimitKind::WorkDays => LimitKind::WorkDays,
        liandong_calendar::LimitKind::CalendarDays => LimitKind::CalendarDays,
    }
}
