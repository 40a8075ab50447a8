//! Checks, rework and the end of a task: R10, M18, M19.

use super::*;
use crate::domain::clock::Stage;

/// Proves R10.
#[test]
fn the_checker_is_another_organization_and_another_person() {
    let mut world = World::issued();
    world.worked(1);
    let own = world
        .check_by(1, true, "enforcement", "somebody")
        .unwrap_err();
    assert_eq!(
        own,
        Refusal::CheckerIsHandler {
            who: "enforcement".into()
        }
    );
    let stranger = world.check_by(1, true, "police", "somebody").unwrap_err();
    assert_eq!(
        stranger,
        Refusal::AssignmentNotFound,
        "it is not theirs to check"
    );
    for hand in ["handler-1", "wang"] {
        let seconded = world.check_by(1, true, "street", hand).unwrap_err();
        assert_eq!(seconded, Refusal::CheckerIsHandler { who: hand.into() });
    }
    world.check(1, true).unwrap();
    assert_eq!(world.state(1), State::Done);
}

#[test]
fn a_failed_check_opens_the_next_round_with_clocks_of_its_own() {
    let mut world = World::issued();
    world.worked(1);
    world.now = datetime!(2025-06-10 10:00 +8);
    world.check(1, false).unwrap();
    let it = world.part(1);
    assert_eq!((it.state, it.rounds.len()), (State::Signed, 2));
    assert_eq!(
        it.rounds[0].check.as_ref().map(|it| it.passed),
        Some(false),
        "round 1 stays as it was"
    );
    assert_eq!(
        it.clock(Stage::Disposal).unwrap().deadline.due,
        datetime!(2025-06-17 18:00 +8)
    );
    assert_eq!(it.clock(Stage::Commit).unwrap().deadline.start, world.now);
    assert!(matches!(
        world.object(1),
        Err(Refusal::AlreadyCommitted { .. })
    ));
    world.commit_with(1, &fit(&["zhou", "wu"])).unwrap();
    world.report_in(1).unwrap();
    world.report(1).unwrap();
    for hand in ["wang", "zhou"] {
        assert!(
            matches!(
                world.check_by(1, true, "street", hand),
                Err(Refusal::CheckerIsHandler { .. })
            ),
            "any round"
        );
    }
    world.check(1, true).unwrap();
    assert_eq!(world.part(1).rounds.len(), 2);
    assert_eq!(world.state(1), State::Done);
}

#[test]
fn a_task_finishes_with_its_last_needed_assignment() {
    let mut world = World::issued();
    for number in [1, 2, 3] {
        assert_eq!(world.task.state, task::State::Issued);
        world.worked(number);
        world.check(number, true).unwrap();
    }
    assert_eq!(world.task.state, task::State::Finished);
    assert_eq!(world.kinds().last(), Some(&"TaskFinished"));
    let state = task::State::Finished;
    assert_eq!(world.cancel().unwrap_err(), Refusal::TaskEnded { state });
    let events = world.events.len();
    world.check(3, true).unwrap();
    assert_eq!(
        world.events.len(),
        events,
        "a repeated check changes nothing"
    );
}

#[test]
fn open_support_is_released_when_lead_and_co_handlers_are_enough() {
    let mut world = World::planned();
    let mut plan = world.task.plan.clone();
    plan.completion = CompletionRule::LeadAndCo;
    let changes = world.task.replan(plan).unwrap();
    world.record(changes);
    world.issue(&["enforcement"]).unwrap();
    world.sign(3).unwrap();
    for number in [1, 2] {
        world.worked(number);
        world.check(number, true).unwrap();
    }
    assert_eq!(world.task.state, task::State::Finished);
    assert_eq!(world.state(3), State::Released);
    let state = task::State::Finished;
    assert_eq!(world.sign(3).unwrap_err(), Refusal::TaskEnded { state });
}

#[test]
fn a_replacement_must_be_done_in_place_of_what_was_withdrawn() {
    let mut world = World::issued();
    world.sign(1).unwrap();
    world.object(1).unwrap();
    world.uphold(1, "police", &["police"]).unwrap();
    for number in [2, 3] {
        world.worked(number);
        world.check(number, true).unwrap();
    }
    assert_eq!(world.task.state, task::State::Issued);
    world.worked(5);
    world.check(5, true).unwrap();
    assert_eq!(world.task.state, task::State::Finished);
}

/// Proves R10.
#[test]
fn an_officer_of_the_holder_checks_nothing_whoever_they_log_in_for() {
    let mut world = World::issued();
    world.worked(1);
    let may = |units: &[&str]| {
        let check = Check {
            passed: true,
            organization: org("street"),
            person: person("lent"),
            units: units.iter().map(|it| org(it)).collect(),
            at: world.now,
            note: String::new(),
            evidence: vec![],
        };
        world.task.check(1, check, &world.time).map(drop)
    };
    assert_eq!(may(&["market"]), Ok(()));
    assert!(matches!(
        may(&["enforcement", "street"]),
        Err(Refusal::CheckerIsHandler { .. })
    ));
}
