//! An order that comes back to its first holder: its clock goes on where it stopped.

use super::*;
use crate::domain::clock::{IntervalKind, Stage};

fn due(world: &World, number: u16) -> OffsetDateTime {
    world
        .part(number)
        .clock(Stage::Disposal)
        .unwrap()
        .deadline
        .due
}

#[test]
fn sent_to_the_same_unit_again_its_clock_resumes_and_another_units_is_fresh() {
    let mut world = World::issued();
    world.sign(2).unwrap();
    assert_eq!(due(&world, 2), datetime!(2025-06-16 18:00 +8));
    world.now = datetime!(2025-06-10 08:00 +8);
    world.object(2).unwrap();
    world.now = datetime!(2025-06-11 08:00 +8);
    world.uphold(2, "police", &[]).unwrap();
    assert_eq!(due(&world, 5), datetime!(2025-06-18 18:00 +8), "fresh");
    world.sign(5).unwrap();
    world.object(5).unwrap();
    world.now = datetime!(2025-06-12 08:00 +8);
    world.uphold(5, "sanitation", &[]).unwrap();
    // It ran on Monday only; its objection and the time with the police, two working days, are not charged.
    assert_eq!(due(&world, 6), datetime!(2025-06-18 18:00 +8));
    let part = world.part(6);
    let clock = part.clock(Stage::Disposal).unwrap();
    assert_eq!(clock.original_due, Some(datetime!(2025-06-16 18:00 +8)));
    assert_eq!(clock.deadline.start, MONDAY);
    use IntervalKind::{Objection, Run, WithOther};
    let spans = clock.intervals(&part.ledger);
    let kinds: Vec<_> = spans.iter().map(|it| (it.kind, it.charged)).collect();
    assert_eq!(
        kinds,
        [
            (Run, true),
            (Objection, false),
            (WithOther, false),
            (Run, true)
        ]
    );
    let sign = part.clock(Stage::Sign).unwrap();
    assert_eq!(sign.deadline.start, world.now, "it is signed anew");
}

#[test]
fn what_was_late_when_it_was_taken_back_stays_late() {
    let mut world = World::issued();
    world.sign(2).unwrap();
    world.now = datetime!(2025-06-17 09:00 +8);
    world.tick();
    world.object(2).unwrap();
    world.uphold(2, "police", &[]).unwrap();
    world.sign(5).unwrap();
    world.object(5).unwrap();
    world.uphold(5, "sanitation", &[]).unwrap();
    let clock = world.part(6).clock(Stage::Disposal).unwrap();
    assert_eq!(clock.deadline.due, datetime!(2025-06-16 18:00 +8));
    assert!(clock.overdue.is_some());
}

#[test]
fn after_a_pause_who_had_promised_to_act_does_not_object() {
    let mut world = World::issued();
    world.sign(2).unwrap();
    world.commit_with(2, &[]).unwrap();
    world.ask_hold(2, 100).unwrap();
    world.hold(2).unwrap();
    world.pass(24);
    world.resume(2).unwrap();
    assert_eq!(world.state(2), State::Signed);
    assert!(matches!(
        world.object(2),
        Err(Refusal::AlreadyCommitted { .. })
    ));
    world.commit_with(2, &[]).unwrap();
}
