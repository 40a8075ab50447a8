//! Checks after the disposal: never by who did the work.

use liandong_proto::types::Role;
use liandong_proto::{dispatch::assignment::State, dispatch::task};
use tonic::Code;

use crate::{
    refusal::refused_with,
    steps::{GARBAGE, lead, of},
    world::{CENTRE, STREET, World},
};

/// Not by the organization that holds the assignment, and not by anybody of another organization either who had a hand
/// in it: who signed, committed or reported, and the officers of any round.
///
/// Proves R10.
#[tokio::test]
async fn whoever_had_a_hand_in_the_work_does_not_check_it() {
    let world = World::start().await;
    let task = world
        .coordinator()
        .issued(GARBAGE, vec![lead("sanitation")])
        .await;
    let name = &of(&task, "sanitation").name;
    let (first, second) = (
        world.handler("sanitation"),
        world.person("sanitation", "second", &[Role::Handler]),
    );
    first.sign(name).await.unwrap();
    first.commit(name, &["liu-jiaqin"]).await.unwrap();
    second.report_in(name).await.unwrap();
    second.report(name).await.unwrap();

    let own = world.person("sanitation", "inspector", &[Role::Checker]);
    refused_with(
        own.pass(name).await,
        Code::FailedPrecondition,
        "CHECKER_IS_HANDLER",
    );
    for person in ["sanitation-handler", "second", "liu-jiaqin"] {
        let moved = world.person(CENTRE, person, &[Role::Checker]);
        let refusal = refused_with(
            moved.pass(name).await,
            Code::FailedPrecondition,
            "CHECKER_IS_HANDLER",
        );
        assert_eq!(refusal.metadata["who"], person);
    }
    world.checker().fail(name).await.unwrap();
    first.commit(name, &["hu-libin"]).await.unwrap();
    second.report_in(name).await.unwrap();
    second.report(name).await.unwrap();
    for person in ["sanitation-handler", "liu-jiaqin", "hu-libin"] {
        let moved = world.person(CENTRE, person, &[Role::Checker]);
        refused_with(
            moved.pass(name).await,
            Code::FailedPrecondition,
            "CHECKER_IS_HANDLER",
        );
    }
    assert_eq!(
        world.checker().pass(name).await.unwrap().task_state(),
        task::State::Finished
    );
}

/// Others' checks look as if they were not there, and what is not reported cannot be checked.
#[tokio::test]
async fn only_the_named_checker_checks_and_only_what_is_reported() {
    let world = World::start().await;
    let task = world
        .coordinator()
        .issued(GARBAGE, vec![lead("sanitation")])
        .await;
    let (centre, name) = (world.checker(), &of(&task, "sanitation").name);
    refused_with(
        centre.pass(name).await,
        Code::FailedPrecondition,
        "NOT_REPORTED",
    );
    world.handler("sanitation").worked(name, &[]).await;
    let stranger = world.person(STREET, "someone", &[Role::Checker]);
    refused_with(
        stranger.pass(name).await,
        Code::NotFound,
        "ASSIGNMENT_NOT_FOUND",
    );
    let handler = world.person(CENTRE, "xue-yongbin", &[Role::Handler]);
    refused_with(
        handler.pass(name).await,
        Code::PermissionDenied,
        "ROLE_REQUIRED",
    );
    centre.pass(name).await.unwrap();
    assert_eq!(
        centre.pass(name).await.unwrap().assignment.unwrap().state(),
        State::Done,
        "a repeat changes nothing"
    );
}

/// A plan in which somebody would check its own work is not issued.
///
/// Proves R10.
#[tokio::test]
async fn nobody_is_planned_as_its_own_checker() {
    let world = World::start().await;
    let street = world.coordinator();
    let mut own = lead("sanitation");
    own.checker = own.organization.clone();
    let mut by_default = lead(STREET);
    by_default.checker = String::new();
    for participant in [own, by_default] {
        let case = street.filed(GARBAGE).await;
        let task = street.planned(&case, vec![participant]).await;
        let refusal = refused_with(
            street.issue(&task.name).await,
            Code::FailedPrecondition,
            "PLAN_INCOMPLETE",
        );
        assert!(
            refusal.text.contains("other than itself"),
            "{}",
            refusal.text
        );
    }
}
