//! Objections and their rulings. Issued Monday 8:00: sign by 9:00, dispose by 12:00.

use liandong_proto::dispatch::{
    IntervalKind, ObjectAssignmentRequest, ObjectionGround, RuleObjectionRequest, Stage,
    assignment::State, objection::Ruling, task,
};
use time::{Duration, macros::datetime};
use tonic::Code;

use crate::{
    refusal::{malformed, refused, refused_with},
    steps::{GARBAGE, clock, due, lead, of, part, time},
    world::{MONDAY, World},
};

/// Neither before signing, nor without a coded ground and words, nor after committing.
///
/// Proves R8.
#[tokio::test]
async fn there_is_no_bare_refusal() {
    let world = World::start().await;
    let task = world
        .coordinator()
        .issued(GARBAGE, vec![lead("sanitation")])
        .await;
    let (sanitation, name) = (world.handler("sanitation"), &of(&task, "sanitation").name);
    let unsigned = sanitation.object(name, ObjectionGround::NotOurDuty).await;
    refused_with(unsigned, Code::FailedPrecondition, "NOT_SIGNED");
    sanitation.sign(name).await.unwrap();
    let bare = ObjectAssignmentRequest {
        name: name.clone(),
        ..Default::default()
    };
    malformed(
        sanitation
            .assignments()
            .object_assignment(bare.clone())
            .await,
        &["ground", "note"],
    );
    let made_up = ObjectAssignmentRequest {
        ground: 99,
        note: "忙".into(),
        ..bare
    };
    malformed(
        sanitation.assignments().object_assignment(made_up).await,
        &["ground"],
    );
    assert_eq!(
        sanitation.assignment(name).await.unwrap().state(),
        State::Signed,
        "nothing happened"
    );
    sanitation.commit(name, &[]).await.unwrap();
    let late = sanitation.object(name, ObjectionGround::NotOurDuty).await;
    refused_with(late, Code::FailedPrecondition, "ALREADY_COMMITTED");
}

/// An organization proposes neither itself nor what is not there, and another objection is not taken for a repeat of the first. Whoever comes at
/// the wrong time learns what can be done now.
///
/// Proves M19, R8.
#[tokio::test]
async fn a_waiting_objection_is_not_replaced_by_another() {
    let world = World::start().await;
    let street = world.coordinator();
    let task = street.issued(GARBAGE, vec![lead("sanitation")]).await;
    let (sanitation, name) = (world.handler("sanitation"), &of(&task, "sanitation").name);
    sanitation.sign(name).await.unwrap();
    let objection = |ground: ObjectionGround, whom: &str| ObjectAssignmentRequest {
        name: name.clone(),
        ground: ground.into(),
        note: "不属本单位职责".into(),
        proposed_organization: format!("organizations/{whom}"),
        ..Default::default()
    };
    let object = |it| async { sanitation.assignments().object_assignment(it).await };
    let itself = object(objection(ObjectionGround::NotOurDuty, "sanitation")).await;
    malformed(itself, &["proposed_organization"]);
    let unknown = object(objection(ObjectionGround::NotOurDuty, "no-such-unit")).await;
    malformed(unknown, &["proposed_organization"]);
    let first = objection(ObjectionGround::NotOurDuty, "municipal-works");
    object(first.clone()).await.unwrap();
    let again = object(first).await.unwrap().into_inner();
    assert_eq!(again.assignment.unwrap().objections.len(), 1);
    for other in [
        objection(ObjectionGround::FactsDiffer, "municipal-works"),
        objection(ObjectionGround::NotOurDuty, "landscaping"),
    ] {
        let said = refused(
            object(other).await,
            Code::FailedPrecondition,
            "OBJECTION_PENDING",
        );
        assert_eq!(said.metadata["state"], "OBJECTED");
        assert_eq!(said.metadata["allowed"], "RuleObjection, DeclareRecusal");
        assert!(
            said.text.contains("allowed now: RuleObjection"),
            "{}",
            said.text
        );
    }
    let early = sanitation.report_in(name).await;
    let said = refused_with(early, Code::FailedPrecondition, "NOT_COMMITTED");
    assert_eq!(said.metadata["state"], "OBJECTED");
}

/// The former holder acknowledges, the new one has fresh clocks of its own, and the task goes on with it.
///
/// Proves R8, M19.
#[tokio::test]
async fn an_upheld_objection_sends_the_work_to_the_new_holder_with_its_own_clock() {
    let world = World::start().await;
    let street = world.coordinator();
    let task = street.issued(GARBAGE, vec![lead("sanitation")]).await;
    let (sanitation, old) = (world.handler("sanitation"), &of(&task, "sanitation").name);
    sanitation.sign(old).await.unwrap();
    world.at(MONDAY + Duration::minutes(30)).await;
    let objected = sanitation
        .object(old, ObjectionGround::NotOurDuty)
        .await
        .unwrap();
    assert_eq!(objected.state(), State::Objected);
    assert_eq!(
        objected.objections[0].proposed_organization,
        "organizations/municipal-works"
    );
    refused_with(
        sanitation.commit(old, &[]).await,
        Code::FailedPrecondition,
        "OBJECTION_PENDING",
    );

    world.at(MONDAY + Duration::minutes(90)).await;
    let nobody = RuleObjectionRequest {
        name: old.clone(),
        ruling: Ruling::Upheld as i32,
        note: "成立".into(),
        ..Default::default()
    };
    malformed(
        street.tasks().rule_objection(nobody).await,
        &["new_organization"],
    );
    let task = street.uphold(old, "municipal-works").await.unwrap();
    let withdrawn = sanitation.assignment(old).await.unwrap();
    assert_eq!(
        (withdrawn.state(), withdrawn.objections[0].ruling()),
        (State::Withdrawn, Ruling::Upheld)
    );
    assert!(clock(&withdrawn, Stage::Disposal).overdue_time.is_none());
    refused_with(
        sanitation.report_in(old).await,
        Code::FailedPrecondition,
        "WITHDRAWN",
    );
    let acknowledged = sanitation.acknowledge(old).await.unwrap();
    assert_eq!(time(acknowledged.acknowledge_time), world.clock.now());

    let new = of(&task, "municipal-works");
    assert_eq!(
        (new.state(), new.replaces.as_str()),
        (State::Offered, old.as_str())
    );
    assert_eq!(new.role(), objected.role(), "in the same part");
    assert_eq!(due(new, Stage::Sign), datetime!(2025-06-16 10:30 +8));
    assert_eq!(
        due(new, Stage::Disposal),
        datetime!(2025-06-16 15:30 +8),
        "four work hours of its own"
    );
    refused_with(
        sanitation.acknowledge(&new.name).await,
        Code::NotFound,
        "ASSIGNMENT_NOT_FOUND",
    );
    world
        .handler("municipal-works")
        .worked(&new.name, &[])
        .await;
    assert_eq!(
        world.checker().pass(&new.name).await.unwrap().task_state(),
        task::State::Finished
    );
}

/// The clocks resume with the working time of the objection given back, and there is no second objection.
///
/// Proves R8, M19.
#[tokio::test]
async fn a_rejected_objection_leaves_the_duty_and_charges_nothing_for_its_time() {
    let world = World::start().await;
    let street = world.coordinator();
    let task = street.issued(GARBAGE, vec![lead("sanitation")]).await;
    let (sanitation, name) = (world.handler("sanitation"), &of(&task, "sanitation").name);
    world.at(datetime!(2025-06-16 8:10 +8)).await;
    let signed = sanitation.sign(name).await.unwrap();
    assert_eq!(due(&signed, Stage::Commit), datetime!(2025-06-16 9:10 +8));
    assert_eq!(
        due(&signed, Stage::Disposal),
        datetime!(2025-06-16 12:00 +8)
    );
    world.at(datetime!(2025-06-16 8:30 +8)).await;
    sanitation
        .object(name, ObjectionGround::FactsDiffer)
        .await
        .unwrap();
    world.at(datetime!(2025-06-16 10:30 +8)).await;
    let waiting = sanitation.assignment(name).await.unwrap();
    assert!(
        clock(&waiting, Stage::Commit).overdue_time.is_none(),
        "the clocks stand still meanwhile"
    );
    let task = street.reject(name).await.unwrap();
    let stands = of(&task, "sanitation");
    assert_eq!(stands.state(), State::Signed);
    assert_eq!(
        due(stands, Stage::Commit),
        datetime!(2025-06-16 11:10 +8),
        "two work hours later"
    );
    assert_eq!(
        due(stands, Stage::Disposal),
        datetime!(2025-06-16 16:00 +8),
        "two work hours later, after the noon break"
    );
    let again = sanitation.object(name, ObjectionGround::NotOurDuty).await;
    refused_with(again, Code::FailedPrecondition, "SECOND_OBJECTION");

    let request = liandong_proto::dispatch::ExplainClockRequest { name: name.clone() };
    let clocks = sanitation
        .events()
        .explain_clock(request)
        .await
        .unwrap()
        .into_inner()
        .clocks;
    let disposal = clocks
        .iter()
        .find(|it| it.clock.as_ref().unwrap().stage() == Stage::Disposal)
        .unwrap();
    assert_eq!(
        time(disposal.original_due_time),
        datetime!(2025-06-16 12:00 +8),
        "the original deadline is kept"
    );
    let spans: Vec<_> = disposal
        .intervals
        .iter()
        .map(|it| (it.kind(), it.charged, it.cause.as_str()))
        .collect();
    assert_eq!(
        spans,
        [
            (IntervalKind::Run, true, "AssignmentOffered"),
            (IntervalKind::Objection, false, "AssignmentObjected"),
            (IntervalKind::Run, true, "ObjectionRuled"),
        ]
    );
    assert_eq!(
        time(disposal.intervals[1].start_time),
        datetime!(2025-06-16 8:30 +8)
    );
    assert_eq!(
        time(disposal.intervals[1].end_time),
        datetime!(2025-06-16 10:30 +8)
    );
}

/// The street rules, once, and does not send the work to whoever has a part already or may not do it.
#[tokio::test]
async fn a_ruling_is_made_once_by_the_organizer_and_only_for_somebody_who_may_act() {
    let world = World::start().await;
    let street = world.coordinator();
    let parts = vec![
        lead("sanitation"),
        part(
            "community-jinxiu",
            liandong_proto::dispatch::Role::Support,
            liandong_proto::types::Act::Support,
        ),
    ];
    let task = street.issued(GARBAGE, parts).await;
    let (sanitation, name) = (world.handler("sanitation"), &of(&task, "sanitation").name);
    refused_with(
        street.reject(name).await,
        Code::FailedPrecondition,
        "NOT_OBJECTED",
    );
    sanitation.sign(name).await.unwrap();
    sanitation
        .object(name, ObjectionGround::OutsideArea)
        .await
        .unwrap();
    let other = world.person(
        "planning",
        "planner",
        &[liandong_proto::types::Role::Coordinator],
    );
    refused_with(
        other.reject(name).await,
        Code::NotFound,
        "ASSIGNMENT_NOT_FOUND",
    );
    let taken = street.uphold(name, "community-jinxiu").await;
    refused_with(taken, Code::FailedPrecondition, "ALREADY_TAKES_PART");
    let enforcing = RuleObjectionRequest {
        name: name.clone(),
        ruling: Ruling::Upheld as i32,
        note: "改由市政处罚".into(),
        new_organization: "organizations/municipal-works".into(),
        new_act: liandong_proto::types::Act::Penalise as i32,
        ..Default::default()
    };
    refused(
        street.tasks().rule_objection(enforcing).await,
        Code::FailedPrecondition,
        "NO_POWER",
    );
    street.reject(name).await.unwrap();
    assert_eq!(
        sanitation.assignment(name).await.unwrap().state(),
        State::Signed
    );
}
