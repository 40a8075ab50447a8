//! Objections and their rulings: R8, M19.

use super::*;
use crate::domain::clock::Stage;

/// Proves R8.
#[test]
fn an_objection_is_made_once_and_before_committing() {
    let mut world = World::issued();
    assert!(matches!(world.object(1), Err(Refusal::NotSigned { .. })));
    world.sign(1).unwrap();
    world.object(1).unwrap();
    assert_eq!(world.state(1), State::Objected);
    assert_eq!(world.commit(1).unwrap_err(), Refusal::ObjectionPending);
    world.reject(1).unwrap();
    assert_eq!(world.state(1), State::Signed, "the duty stands");
    assert_eq!(world.object(1).unwrap_err(), Refusal::SecondObjection);
    world.commit(1).unwrap();
    assert!(matches!(
        world.object(1),
        Err(Refusal::AlreadyCommitted { .. })
    ));
}

#[test]
fn the_time_of_a_rejected_objection_is_not_charged() {
    let mut world = World::issued();
    world.sign(1).unwrap();
    let due = |world: &World, stage| world.part(1).clock(stage).unwrap().deadline.due;
    let (commit, disposal) = (due(&world, Stage::Commit), due(&world, Stage::Disposal));
    world.pass(1).object(1).unwrap();
    world.now = datetime!(2025-06-11 10:00 +8); // two whole working days later
    world.reject(1).unwrap();
    assert_eq!(commit, datetime!(2025-06-09 15:00 +8));
    assert_eq!(due(&world, Stage::Commit), datetime!(2025-06-11 15:00 +8));
    assert_eq!(disposal, datetime!(2025-06-16 18:00 +8));
    assert_eq!(due(&world, Stage::Disposal), datetime!(2025-06-18 18:00 +8));
    let clock = world.part(1).clock(Stage::Commit).unwrap();
    assert_eq!(clock.original_due, Some(commit));
    let spans = clock.intervals(&world.part(1).ledger);
    let charged: Vec<_> = spans
        .iter()
        .map(|it| (it.kind, it.charged, it.cause.as_str()))
        .collect();
    use clock::IntervalKind::{Objection, Run};
    let wanted = [
        (Run, true, "AssignmentSigned"),
        (Objection, false, "AssignmentObjected"),
        (Run, true, "ObjectionRuled"),
    ];
    assert_eq!(charged, wanted);
    assert_eq!(
        spans[0].start, MONDAY,
        "the commitment's clock begins with the signature"
    );
}

#[test]
fn an_objection_after_the_deadline_does_not_heal_it() {
    let mut world = World::issued();
    world.sign(1).unwrap();
    world.now = datetime!(2025-06-10 09:00 +8); // past the commitment's deadline
    world.object(1).unwrap();
    world.pass(1).reject(1).unwrap();
    let clock = world.part(1).clock(Stage::Commit).unwrap();
    assert_eq!(clock.deadline.due, datetime!(2025-06-09 15:00 +8));
    world.tick();
    assert!(
        world
            .part(1)
            .clock(Stage::Commit)
            .unwrap()
            .overdue
            .is_some()
    );
}

#[test]
fn an_upheld_objection_sends_the_work_to_another_with_clocks_of_its_own() {
    let mut world = World::issued();
    world.sign(1).unwrap();
    world.object(1).unwrap();
    world.now = datetime!(2025-06-11 10:00 +8);
    world.uphold(1, "police", &["police"]).unwrap();
    assert_eq!(world.state(1), State::Withdrawn);
    let next = world.part(5);
    assert_eq!(
        (next.state, next.offer.role, next.offer.replaces),
        (State::Offered, Role::Lead, Some(1))
    );
    assert_eq!(next.clock(Stage::Sign).unwrap().deadline.start, world.now);
    assert_eq!(world.task.lead(), Some(&org("police")));
    assert_eq!(world.sign(1).unwrap_err(), Refusal::Withdrawn);
    world.acknowledge(1).unwrap();
    let events = world.events.len();
    world.acknowledge(1).unwrap();
    world.uphold(1, "police", &["police"]).unwrap();
    assert_eq!(world.events.len(), events, "repeats change nothing");
}

/// Proves R1.
#[test]
fn the_new_holder_needs_the_power_too() {
    let mut world = World::issued();
    world.sign(1).unwrap();
    world.object(1).unwrap();
    assert!(matches!(
        world.uphold(1, "police", &["enforcement"]),
        Err(Refusal::NoPower { .. })
    ));
    assert_eq!(world.state(1), State::Objected, "nothing happened");
}

#[test]
fn the_new_holder_has_no_part_yet_and_does_not_check_itself() {
    let mut world = World::issued();
    world.sign(1).unwrap();
    world.object(1).unwrap();
    let refusal = world.uphold(1, "sanitation", &["sanitation"]).unwrap_err();
    assert_eq!(
        refusal,
        Refusal::AlreadyTakesPart {
            organization: org("sanitation")
        }
    );
    assert!(matches!(
        world.uphold(1, "street", &["street"]),
        Err(Refusal::PlanIncomplete { .. })
    ));
    world.uphold(1, "village", &["village"]).unwrap();
}

#[test]
fn there_must_be_an_objection_to_rule_on() {
    let mut world = World::issued();
    assert!(matches!(world.reject(1), Err(Refusal::NotObjected { .. })));
    assert!(matches!(
        world.uphold(1, "police", &["police"]),
        Err(Refusal::NotObjected { .. })
    ));
    assert!(matches!(
        world.acknowledge(1),
        Err(Refusal::NotWithdrawn { .. })
    ));
    assert_eq!(world.reject(4).unwrap_err(), Refusal::AwarenessOnly);
    assert_eq!(world.reject(9).unwrap_err(), Refusal::AssignmentNotFound);
}
