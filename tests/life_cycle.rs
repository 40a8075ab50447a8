//! From a reported problem to its checked end: one case, one joint task, three organizations and the street.

use liandong_proto::{
    dispatch::{
        CancelTaskRequest, PlanTaskRequest, RejectCaseRequest, RejectionReason, ReplayTaskRequest,
        Role, UpdatePlanRequest, VerifyCaseRequest, assignment::State, case, check, task,
    },
    types::{Act, LimitKind},
};
use tonic::Code;

use crate::{
    refusal::{malformed, refused, refused_with},
    steps::{GARBAGE, GRID, kinds, lead, of, part, time},
    world::{MONDAY, World},
};

/// The sanitation bureau leads, a department enforces, a community helps, the police are kept informed; the first check
/// fails, the second passes, and the last pass closes task and case.
///
/// Proves M18, M19, R7, R9, R10.
#[tokio::test]
async fn a_case_goes_out_to_its_departments_and_comes_back_checked() {
    through_the_whole_life(&World::start().await).await;
}

/// The same on PostgreSQL.
///
/// Proves M18, M19.
#[tokio::test]
async fn a_case_goes_the_same_way_on_postgresql() {
    through_the_whole_life(&World::on_postgres().await).await;
}

async fn through_the_whole_life(world: &World) {
    let (street, centre) = (world.coordinator(), world.checker());
    let case = street.filed_as(GARBAGE, "default", GRID).await;
    assert_eq!(case.state(), case::State::Filed);
    let limit = case.filing.as_ref().unwrap().limit.unwrap();
    assert_eq!(
        (limit.kind(), limit.amount),
        (LimitKind::WorkHours, 240),
        "4 work hours, in minutes"
    );

    let parts = vec![
        lead("sanitation"),
        part("enforcement-bureau", Role::CoHandler, Act::OrderCorrection),
        part("community-jinxiu", Role::Support, Act::Persuade),
        part("police-station", Role::Awareness, Act::Report),
    ];
    let task = street.planned(&case, parts).await;
    assert_eq!(task.state(), task::State::Planned);
    assert!(task.assignments.is_empty(), "nobody has been told");
    let task = street.issue(&task.name).await.unwrap();
    assert_eq!(
        (task.state(), task.assignments.len()),
        (task::State::Issued, 4)
    );
    assert!(task.catalogue_version > 0);
    for it in task
        .assignments
        .iter()
        .filter(|it| it.role() != Role::Awareness)
    {
        assert_eq!(it.state(), State::Offered);
        for clock in &it.rounds[0].clocks {
            let deadline = clock.deadline.as_ref().unwrap();
            assert!(
                deadline.rule.starts_with("matters/garbage-heap#"),
                "R9: {deadline:?}"
            );
            assert!(!deadline.calendar_version.is_empty() && deadline.limit.is_some());
            assert!(time(deadline.due_time) > MONDAY);
        }
    }
    let informed = of(&task, "police-station");
    assert_eq!(
        (informed.state(), informed.rounds.len()),
        (State::Informed, 0),
        "no clock and nothing to do"
    );
    assert_eq!(
        street.case(&case.name).await.unwrap().state(),
        case::State::Dispatched
    );

    let sanitation = world.handler("sanitation");
    let name = &of(&task, "sanitation").name;
    assert_eq!(sanitation.sign(name).await.unwrap().state(), State::Signed);
    assert_eq!(
        sanitation
            .commit(name, &["liu-jiaqin"])
            .await
            .unwrap()
            .state(),
        State::Committed
    );
    assert_eq!(
        sanitation.report_in(name).await.unwrap().state(),
        State::OnSite
    );
    assert_eq!(
        sanitation.report(name).await.unwrap().state(),
        State::Reported
    );

    let again = centre.fail(name).await.unwrap().assignment.unwrap();
    assert_eq!(
        (again.state(), again.rounds.len()),
        (State::Signed, 2),
        "rounds are never overwritten"
    );
    assert_eq!(
        again.rounds[0].check.as_ref().unwrap().result(),
        check::Result::Fail
    );
    assert!(again.officers.is_empty(), "committed anew in each round");
    sanitation.handled(name, &["hu-libin"]).await;
    let passed = centre.pass(name).await.unwrap();
    assert_eq!(passed.assignment.as_ref().unwrap().state(), State::Done);
    assert_eq!(
        passed.task_state(),
        task::State::Issued,
        "others are still at work"
    );

    for organization in ["enforcement-bureau", "community-jinxiu"] {
        let name = &of(&task, organization).name;
        world.handler(organization).worked(name, &[]).await;
        centre.pass(name).await.unwrap();
    }
    let task = street.task(&task.name).await.unwrap();
    assert_eq!(task.state(), task::State::Finished);
    let case = street.case(&case.name).await.unwrap();
    assert_eq!(
        (case.state(), case.task.as_str()),
        (case::State::Closed, task.name.as_str())
    );
    assert_eq!(time(case.close_time), MONDAY);

    let replay = street
        .events()
        .replay_task(ReplayTaskRequest { name: task.name })
        .await
        .unwrap()
        .into_inner();
    assert!(replay.replay_equals_state);
    let kinds = kinds(&replay.events);
    for (kind, times) in [
        ("CaseReported", 1),
        ("AssignmentOffered", 4),
        ("AssignmentChecked", 4),
        ("RoundOpened", 1),
    ] {
        assert_eq!(
            kinds.iter().filter(|it| *it == kind).count(),
            times,
            "{kind} in {kinds:?}"
        );
    }
    assert!(
        replay
            .events
            .windows(2)
            .all(|it| it[0].position < it[1].position),
        "oldest first"
    );
}

/// Proves R7.
#[tokio::test]
async fn nothing_is_issued_before_lead_plan_and_every_duty_stand() {
    let world = World::start().await;
    let street = world.coordinator();
    let case = street.filed(GARBAGE).await;
    let mut nameless = part("sanitation", Role::CoHandler, Act::Dispose);
    nameless.duty = String::new();
    let request = PlanTaskRequest {
        cases: vec![case.name.clone()],
        participants: vec![nameless],
        ..Default::default()
    };
    let task = street
        .tasks()
        .plan_task(request)
        .await
        .unwrap()
        .into_inner()
        .task
        .unwrap();
    let refusal = refused_with(
        street.issue(&task.name).await,
        Code::FailedPrecondition,
        "PLAN_INCOMPLETE",
    );
    for missing in ["a lead", "a plan", "the duty of sanitation"] {
        assert!(
            refusal.text.contains(missing),
            "{missing} in {}",
            refusal.text
        );
    }
    let update = UpdatePlanRequest {
        name: task.name.clone(),
        plan: "当日清理".into(),
        participants: vec![lead("sanitation")],
        ..Default::default()
    };
    street.tasks().update_plan(update.clone()).await.unwrap();
    street.issue(&task.name).await.unwrap();
    refused(
        street.tasks().update_plan(update).await,
        Code::FailedPrecondition,
        "TASK_NOT_PLANNED",
    );
}

/// An open SUPPORT part does not hold up a task that only needs its lead and co-handlers.
///
/// Proves M18.
#[tokio::test]
async fn open_support_is_released_when_lead_and_co_handlers_are_done() {
    let world = World::start().await;
    let (street, centre) = (world.coordinator(), world.checker());
    let case = street.filed(GARBAGE).await;
    let request = PlanTaskRequest {
        cases: vec![case.name.clone()],
        plan: "清理".into(),
        participants: vec![
            lead("sanitation"),
            part("community-jinxiu", Role::Support, Act::Support),
        ],
        completion_rule: task::CompletionRule::LeadAndCo as i32,
        ..Default::default()
    };
    let task = street
        .tasks()
        .plan_task(request)
        .await
        .unwrap()
        .into_inner()
        .task
        .unwrap();
    let task = street.issue(&task.name).await.unwrap();
    let name = &of(&task, "sanitation").name;
    world.handler("sanitation").worked(name, &[]).await;
    assert_eq!(
        centre.pass(name).await.unwrap().task_state(),
        task::State::Finished
    );
    let task = street.task(&task.name).await.unwrap();
    assert_eq!(of(&task, "community-jinxiu").state(), State::Released);
    let refusal = world
        .handler("community-jinxiu")
        .sign(&of(&task, "community-jinxiu").name)
        .await;
    let said = refused_with(refusal, Code::FailedPrecondition, "TASK_ENDED");
    assert_eq!(said.metadata["state"], "FINISHED");
    assert_eq!(said.metadata["allowed"], "", "there is nothing left to do");
    assert_eq!(
        street.case(&case.name).await.unwrap().state(),
        case::State::Closed
    );
}

#[tokio::test]
async fn a_cancelled_task_gives_its_cases_back() {
    let world = World::start().await;
    let street = world.coordinator();
    let task = street.issued(GARBAGE, vec![lead("sanitation")]).await;
    let cancel = CancelTaskRequest {
        name: task.name.clone(),
        reason: "重复派发".into(),
        ..Default::default()
    };
    let cancelled = street
        .tasks()
        .cancel_task(cancel.clone())
        .await
        .unwrap()
        .into_inner()
        .task
        .unwrap();
    assert_eq!(cancelled.state(), task::State::Cancelled);
    assert_eq!(of(&cancelled, "sanitation").state(), State::Released);
    let case = street.case(&task.cases[0]).await.unwrap();
    assert_eq!((case.state(), case.task.as_str()), (case::State::Filed, ""));
    street.planned(&case, vec![lead("sanitation")]).await;
    malformed(
        street
            .tasks()
            .cancel_task(CancelTaskRequest {
                reason: String::new(),
                ..cancel
            })
            .await,
        &["reason"],
    );
}

/// What is not there is not filed, what is not filed is not planned, and a case is part of one live task only.
#[tokio::test]
async fn a_case_takes_its_stages_in_order() {
    let world = World::start().await;
    let street = world.coordinator();
    let reported = street.reported(GRID).await;
    let file = |name: &str| liandong_proto::dispatch::FileCaseRequest {
        name: name.to_owned(),
        matter: GARBAGE.into(),
        condition: "default".into(),
        ..Default::default()
    };
    refused(
        street.cases().file_case(file(&reported.name)).await,
        Code::FailedPrecondition,
        "CASE_NOT_VERIFIED",
    );
    let empty = VerifyCaseRequest {
        name: reported.name.clone(),
        exists: false,
        ..Default::default()
    };
    street.cases().verify_case(empty.clone()).await.unwrap();
    refused(
        street.cases().file_case(file(&reported.name)).await,
        Code::FailedPrecondition,
        "PROBLEM_NOT_FOUND",
    );
    let reject = RejectCaseRequest {
        name: reported.name.clone(),
        reason: RejectionReason::NotFound as i32,
        note: "现场未见".into(),
        ..Default::default()
    };
    let rejected = street
        .cases()
        .reject_case(reject)
        .await
        .unwrap()
        .into_inner()
        .case
        .unwrap();
    assert_eq!(rejected.state(), case::State::Rejected);
    let plan = |case: &str| PlanTaskRequest {
        cases: vec![case.to_owned()],
        plan: "清理".into(),
        ..Default::default()
    };
    refused(
        street.tasks().plan_task(plan(&reported.name)).await,
        Code::FailedPrecondition,
        "CASE_NOT_FILED",
    );

    let verified = street.verified(GRID).await;
    let mut again = empty;
    again.name = verified.name.clone();
    refused(
        street.cases().verify_case(again).await,
        Code::FailedPrecondition,
        "CASE_NOT_REPORTED",
    );
    let unknown = liandong_proto::dispatch::FileCaseRequest {
        matter: "matters/no-such".into(),
        ..file(&verified.name)
    };
    malformed(street.cases().file_case(unknown).await, &["matter"]);
    let two = liandong_proto::dispatch::FileCaseRequest {
        condition: String::new(),
        ..file(&verified.name)
    };
    malformed(street.cases().file_case(two).await, &["condition"]);
    let filed = street
        .cases()
        .file_case(file(&verified.name))
        .await
        .unwrap()
        .into_inner()
        .case
        .unwrap();
    let task = street.planned(&filed, vec![lead("sanitation")]).await;
    let refusal = refused(
        street.tasks().plan_task(plan(&filed.name)).await,
        Code::FailedPrecondition,
        "CASE_NOT_FILED",
    );
    assert_eq!(
        refusal.metadata["task"], task.name,
        "says which task has it"
    );
}

/// A step repeated without a request id by the same person changes nothing; by somebody else it is refused; what is only
/// for information has no steps.
#[tokio::test]
async fn a_step_is_taken_once() {
    let world = World::start().await;
    let parts = vec![
        lead("sanitation"),
        part("police-station", Role::Awareness, Act::Report),
    ];
    let task = world.coordinator().issued(GARBAGE, parts).await;
    let name = &of(&task, "sanitation").name;
    let (first, second) = (
        world.handler("sanitation"),
        world.person(
            "sanitation",
            "second",
            &[liandong_proto::types::Role::Handler],
        ),
    );
    let signed = first.sign(name).await.unwrap();
    assert_eq!(first.sign(name).await.unwrap(), signed);
    let taken = refused_with(
        second.sign(name).await,
        Code::FailedPrecondition,
        "ALREADY_SIGNED",
    );
    assert_eq!(
        taken.metadata["signer"], "sanitation-handler",
        "who has it is named"
    );
    refused_with(
        first.report_in(name).await,
        Code::FailedPrecondition,
        "NOT_COMMITTED",
    );
    refused_with(
        first.report(name).await,
        Code::FailedPrecondition,
        "NOT_ON_SITE",
    );
    let committed = first.commit(name, &["hu-libin"]).await.unwrap();
    assert_eq!(first.commit(name, &["hu-libin"]).await.unwrap(), committed);
    refused_with(
        first.commit(name, &[]).await,
        Code::FailedPrecondition,
        "ALREADY_COMMITTED",
    );
    let strangers = liandong_proto::dispatch::ReportInRequest {
        name: name.clone(),
        officers: crate::steps::officers(&["liu-jiaqin"]),
        ..Default::default()
    };
    let stranger = refused(
        first.assignments().report_in(strangers).await,
        Code::FailedPrecondition,
        "TOO_FEW_OFFICERS",
    );
    assert!(
        stranger.text.contains("officers/liu-jiaqin"),
        "{}",
        stranger.text
    );
    first.report_in(name).await.unwrap();
    let reported = first.report(name).await.unwrap();
    assert_eq!(first.report(name).await.unwrap(), reported);
    refused_with(
        second.report(name).await,
        Code::FailedPrecondition,
        "ALREADY_REPORTED",
    );
    let informed = &of(&task, "police-station").name;
    let police = world.handler("police-station");
    assert_eq!(
        police.assignment(informed).await.unwrap().plan,
        task.plan,
        "it may read the plan"
    );
    refused_with(
        police.sign(informed).await,
        Code::FailedPrecondition,
        "AWARENESS_ONLY",
    );
}
