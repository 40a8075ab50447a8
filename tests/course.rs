//! What becomes of orders and plans besides the steps: templates, resources, hand-over records, hand-backs,
//! withdrawals, acknowledgements, exercises, and only trying.

use liandong_proto::{
    dispatch::{
        self as wire, AnswerHandBackRequest, CancelTaskRequest, ListTaskTemplatesRequest,
        ListTasksRequest, NewHolder, Participant, PlanTaskRequest, RequestHandBackRequest,
        Resource, RetireTaskTemplateRequest, Role as Part, SaveTaskTemplateRequest,
        SignAssignmentRequest, StateResourcesRequest, WithdrawAssignmentRequest, answer::Decision,
        assignment::State, task,
    },
    registry::{HandOver, HandOverPerson, HandOverThing},
    types::Act,
};
use tonic::Code;

use crate::{
    caller::Caller,
    refusal::{malformed, refused, refused_with},
    steps::{GARBAGE, GRID, lead, of, part},
    world::World,
};

fn template(name: &str, participants: Vec<Participant>) -> SaveTaskTemplateRequest {
    SaveTaskTemplateRequest {
        name: format!("taskTemplates/{name}"),
        title: "背街小巷垃圾清理".into(),
        plan: "清扫、清运、核查".into(),
        participants,
        ..Default::default()
    }
}

/// A filed case that is an exercise.
pub(crate) async fn exercised(street: &Caller, matter: &str) -> wire::Case {
    let mut cases = street.cases();
    let report = wire::ReportCaseRequest {
        source: wire::CaseSource::Patrol as i32,
        title: "演练：路边堆放垃圾".into(),
        area: GRID.into(),
        exercise: true,
        ..Default::default()
    };
    let reported = cases.report_case(report).await.unwrap().into_inner();
    let name = reported.case.unwrap().name;
    let verify = wire::VerifyCaseRequest {
        name: name.clone(),
        exists: true,
        note: "现场属实".into(),
        ..Default::default()
    };
    cases.verify_case(verify).await.unwrap();
    let file = wire::FileCaseRequest {
        name,
        matter: matter.into(),
        condition: "default".into(),
        ..Default::default()
    };
    let filed = cases.file_case(file).await.unwrap().into_inner();
    filed.case.unwrap()
}

/// The task keeps its copy and says of which version it is; a later change of the template does not reach it.
///
/// Proves M18.
#[tokio::test]
async fn a_task_is_planned_from_a_template_and_keeps_its_copy() {
    let world = World::start().await;
    let street = world.coordinator();
    let (mut templates, case) = (street.templates(), exercised(&street, GARBAGE).await);
    let real = PlanTaskRequest {
        cases: vec![case.name.clone()],
        plan: "实战".into(),
        participants: vec![lead("sanitation")],
        ..Default::default()
    };
    refused(
        street.tasks().plan_task(real).await,
        Code::FailedPrecondition,
        "EXERCISE_MISMATCH",
    );
    let foreign = template("sanitation.lane", vec![lead("sanitation")]);
    malformed(templates.save_task_template(foreign).await, &["name"]);
    let kept = template("street-office.lane", vec![lead("sanitation")]);
    let kept = templates
        .save_task_template(kept)
        .await
        .unwrap()
        .into_inner();
    let kept = kept.task_template.unwrap();
    assert_eq!((kept.version, kept.retired), (1, false));
    let request = PlanTaskRequest {
        cases: vec![case.name.clone()],
        template: kept.name.clone(),
        exercise: true,
        ..Default::default()
    };
    let task = street.tasks().plan_task(request.clone()).await.unwrap();
    let task = task.into_inner().task.unwrap();
    assert_eq!(
        (task.plan.as_str(), task.template_version),
        ("清扫、清运、核查", 1)
    );
    assert!(task.exercise);
    let changed = template("street-office.lane", vec![lead("municipal-works")]);
    templates.save_task_template(changed).await.unwrap();
    let issued = street.issue(&task.name).await.unwrap();
    let order = of(&issued, "sanitation");
    assert!(
        order.exercise,
        "the participant sees that it is an exercise"
    );

    let retire = RetireTaskTemplateRequest {
        name: kept.name.clone(),
        ..Default::default()
    };
    templates.retire_task_template(retire).await.unwrap();
    let list = ListTaskTemplatesRequest {
        filter: "retired = true".into(),
        ..Default::default()
    };
    let listed = templates
        .list_task_templates(list)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(listed.task_templates[0].version, 3);
    let again = street.tasks().plan_task(request).await;
    refused(again, Code::FailedPrecondition, "TASK_TEMPLATE_RETIRED");
    let theirs = world.handler("sanitation");
    let request = liandong_proto::dispatch::GetTaskTemplateRequest { name: kept.name };
    let answer = theirs.templates().get_task_template(request).await;
    refused(answer, Code::NotFound, "TASK_TEMPLATE_NOT_FOUND");
}

/// Proves M18.
#[tokio::test]
async fn what_a_part_requires_and_has_says_what_it_needs() {
    let world = World::start().await;
    let resource = |have| Resource {
        kind: "清运车".into(),
        required: 3,
        have,
        need: 0,
    };
    let parts = vec![Participant {
        resources: vec![resource(0)],
        ..lead("sanitation")
    }];
    let task = world.coordinator().issued(GARBAGE, parts).await;
    let order = of(&task, "sanitation");
    assert_eq!(order.resources[0].need, 3);
    let sanitation = world.handler("sanitation");
    let state = |resources| StateResourcesRequest {
        name: order.name.clone(),
        resources,
        ..Default::default()
    };
    let twice = state(vec![resource(1), resource(2)]);
    let answer = sanitation.assignments().state_resources(twice).await;
    malformed(answer, &["resources[1].kind"]);
    let request = state(vec![resource(2)]);
    let stated = sanitation
        .assignments()
        .state_resources(request)
        .await
        .unwrap();
    let stated = stated.into_inner().assignment.unwrap();
    assert_eq!(stated.resources[0].need, 1);
}

/// Everything that is missing is named at once; with it the work goes out, and the record with it.
///
/// Proves A11, R12, M24.
#[tokio::test]
async fn work_is_not_pushed_down_to_a_community_without_power_money_people_and_things() {
    let world = World::start().await;
    let street = world.coordinator();
    let pushed = |hand_over| Participant {
        hand_over,
        ..part("community-jinxiu", Part::Support, Act::Inspect)
    };
    let without_money = HandOver {
        handing_organization: "organizations/sanitation".into(),
        power: "垃圾堆放检查".into(),
        people: vec![HandOverPerson {
            display_name: "王师傅".into(),
            ..Default::default()
        }],
        things: vec![HandOverThing {
            display_name: "三轮保洁车".into(),
            quantity: 1,
        }],
        ..Default::default()
    };
    let case = street.filed(GARBAGE).await;
    let task = street
        .planned(
            &case,
            vec![lead("sanitation"), pushed(Some(without_money.clone()))],
        )
        .await;
    let said = refused_with(
        street.issue(&task.name).await,
        Code::FailedPrecondition,
        "HAND_OVER_INCOMPLETE",
    );
    assert!(said.text.contains("费"), "{}", said.text);
    assert!(
        !said.text.contains("三轮保洁车"),
        "only what is missing: {}",
        said.text
    );

    let nothing = street.filed(GARBAGE).await;
    let nothing = street
        .planned(&nothing, vec![lead("sanitation"), pushed(None)])
        .await;
    let said = refused_with(
        street.issue(&nothing.name).await,
        Code::FailedPrecondition,
        "HAND_OVER_INCOMPLETE",
    );
    for missing in ["权", "费", "人", "物"] {
        assert!(said.text.contains(missing), "{missing}: {}", said.text);
    }
    let whole = HandOver {
        fund_line: "社区保洁补助".into(),
        fund_fen: 300_000,
        ..without_money
    };
    let parts = vec![lead("sanitation"), pushed(Some(whole.clone()))];
    let task = street.issued(GARBAGE, parts).await;
    assert_eq!(of(&task, "community-jinxiu").hand_over, Some(whole));
    // It helps: it never leads, whatever is to be done.
    let led = part("community-jinxiu", Part::Lead, Act::Persuade);
    let case = street.filed(GARBAGE).await;
    let led = street.planned(&case, vec![led]).await;
    let said = refused_with(
        street.issue(&led.name).await,
        Code::FailedPrecondition,
        "HAND_OVER_INCOMPLETE",
    );
    assert!(said.text.contains("只能协助"), "{}", said.text);
    // What is open to everybody is the community's own: nothing is handed over.
    let own = part("community-jinxiu", Part::Support, Act::Persuade);
    street.issued(GARBAGE, vec![lead("sanitation"), own]).await;
}

/// A hand-back needs the organizer's yes; a withdrawal and a cancelled task need every old holder's acknowledgement.
///
/// Proves M18, M19.
#[tokio::test]
async fn old_holders_acknowledge_what_was_taken_from_them() {
    let world = World::start().await;
    let street = world.coordinator();
    let helper = part("municipal-works", Part::Support, Act::Support);
    let task = street
        .issued(GARBAGE, vec![lead("sanitation"), helper])
        .await;
    let (sanitation, works) = (
        world.handler("sanitation"),
        world.handler("municipal-works"),
    );
    let mine = of(&task, "sanitation").name.clone();
    let theirs = of(&task, "municipal-works").name.clone();
    sanitation.sign(&mine).await.unwrap();
    let ask = RequestHandBackRequest {
        name: mine.clone(),
        note: "车辆全部在修".into(),
        proposed_organization: "organizations/landscaping".into(),
        ..Default::default()
    };
    let asked = sanitation
        .assignments()
        .request_hand_back(ask)
        .await
        .unwrap();
    let asked = asked.into_inner().assignment.unwrap();
    assert_eq!(
        (asked.state(), asked.hand_backs.len()),
        (State::Signed, 1),
        "it stands"
    );
    let grant = AnswerHandBackRequest {
        name: mine.clone(),
        decision: Decision::Granted.into(),
        note: "同意".into(),
        ..Default::default()
    };
    malformed(
        street.tasks().answer_hand_back(grant.clone()).await,
        &["new_holder"],
    );
    let grant = AnswerHandBackRequest {
        new_holder: Some(NewHolder {
            organization: "organizations/landscaping".into(),
            ..Default::default()
        }),
        ..grant
    };
    let granted = street
        .tasks()
        .answer_hand_back(grant.clone())
        .await
        .unwrap();
    let granted = granted.into_inner().task.unwrap();
    assert_eq!(of(&granted, "sanitation").state(), State::Withdrawn);
    let next = of(&granted, "landscaping");
    assert_eq!(
        (next.role(), next.replaces.as_str()),
        (Part::Lead, mine.as_str())
    );
    let again = street.tasks().answer_hand_back(grant).await.unwrap();
    assert_eq!(
        again.into_inner().task.unwrap().etag,
        granted.etag,
        "a repeat"
    );

    let withdraw = |name: &str| WithdrawAssignmentRequest {
        name: name.to_owned(),
        reason: "无需配合".into(),
        ..Default::default()
    };
    let lead = street
        .tasks()
        .withdraw_assignment(withdraw(&next.name))
        .await;
    refused(lead, Code::FailedPrecondition, "LEAD_NEEDED");
    let taken = street
        .tasks()
        .withdraw_assignment(withdraw(&theirs))
        .await
        .unwrap();
    let taken = taken.into_inner().task.unwrap();
    assert_eq!(
        taken.outstanding_acknowledgements,
        [mine.clone(), theirs.clone()]
    );
    sanitation.acknowledge(&mine).await.unwrap();
    let cancel = CancelTaskRequest {
        name: task.name.clone(),
        reason: "已由物业清理".into(),
        ..Default::default()
    };
    let ended = street
        .tasks()
        .cancel_task(cancel)
        .await
        .unwrap()
        .into_inner()
        .task
        .unwrap();
    assert_eq!(
        ended.outstanding_acknowledgements,
        [theirs.clone(), next.name.clone()]
    );
    for (who, name) in [
        (&works, &theirs),
        (&world.handler("landscaping"), &next.name),
    ] {
        let seen = who.acknowledge(name).await.unwrap();
        assert!(!seen.acknowledgement_outstanding && seen.acknowledge_time.is_some());
    }
    let ended = street.task(&task.name).await.unwrap();
    assert!(ended.outstanding_acknowledgements.is_empty(), "all know");
    world.scored().await;
}

/// What would come of it is answered, also when it is a refusal, and nothing changes; the request id stays unused.
#[tokio::test]
async fn only_trying_changes_nothing() {
    let world = World::start().await;
    let street = world.coordinator();
    let case = street.filed(GARBAGE).await;
    let task = street.planned(&case, vec![lead("sanitation")]).await;
    let head = world.head().await;
    let try_issue = liandong_proto::dispatch::IssueTaskRequest {
        name: task.name.clone(),
        validate_only: true,
        ..Default::default()
    };
    let tried = street.tasks().issue_task(try_issue).await.unwrap();
    assert_eq!(
        tried.into_inner().task.unwrap().state(),
        task::State::Issued
    );
    assert_eq!(
        street.task(&task.name).await.unwrap().state(),
        task::State::Planned
    );
    assert_eq!(world.head().await, head, "nothing is recorded");
    let issued = street.issue(&task.name).await.unwrap();
    let sanitation = world.handler("sanitation");
    let sign = SignAssignmentRequest {
        name: of(&issued, "sanitation").name.clone(),
        request_id: "01980000-0000-7000-8000-000000000001".into(),
        validate_only: true,
        ..Default::default()
    };
    sanitation
        .assignments()
        .sign_assignment(sign.clone())
        .await
        .unwrap();
    let sign = SignAssignmentRequest {
        validate_only: false,
        ..sign
    };
    let signed = sanitation
        .assignments()
        .sign_assignment(sign)
        .await
        .unwrap();
    assert_eq!(
        signed.into_inner().assignment.unwrap().state(),
        State::Signed
    );
    let early = liandong_proto::dispatch::ReportAssignmentRequest {
        name: of(&issued, "sanitation").name.clone(),
        note: "已清理".into(),
        validate_only: true,
        ..Default::default()
    };
    let answer = sanitation.assignments().report_assignment(early).await;
    refused(answer, Code::FailedPrecondition, "NOT_ON_SITE");
}

/// The whole list is counted, not its page.
#[tokio::test]
async fn lists_are_counted_by_the_values_of_their_fields() {
    let world = World::start().await;
    let street = world.coordinator();
    for _ in 0..3 {
        street.issued(GARBAGE, vec![lead("sanitation")]).await;
    }
    let case = street.filed(GARBAGE).await;
    street.planned(&case, vec![]).await;
    let request = ListTasksRequest {
        page_size: 1,
        facets: vec!["state".into(), "matter".into()],
        ..Default::default()
    };
    let listed = street
        .tasks()
        .list_tasks(request.clone())
        .await
        .unwrap()
        .into_inner();
    let counted = |at: usize| {
        let counts = listed.facets[at].counts.iter();
        counts
            .map(|it| (it.value.as_str(), it.count))
            .collect::<Vec<_>>()
    };
    assert_eq!(counted(0), [("ISSUED", 3), ("PLANNED", 1)]);
    assert_eq!(counted(1), [(GARBAGE, 4)]);
    let next = ListTasksRequest {
        page_token: listed.next_page_token.clone(),
        ..request
    };
    let next = street.tasks().list_tasks(next).await.unwrap().into_inner();
    assert!(next.facets.is_empty(), "once");
    let unknown = ListTasksRequest {
        facets: vec!["plan_time".into()],
        ..Default::default()
    };
    malformed(street.tasks().list_tasks(unknown).await, &["facets[0]"]);
}
