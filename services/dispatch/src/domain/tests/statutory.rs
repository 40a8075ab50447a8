//! Clocks that law sets (R17).

use super::*;
use crate::domain::clock::Light;
use crate::domain::statutory::{Paper, Start, StatutoryKind};

impl World {
    fn start(&mut self, kind: StatutoryKind, from: OffsetDateTime) -> Result<(), Refusal> {
        let start = Start {
            kind,
            document: format!("决〔2025〕{kind:?}"),
            person: handler(1),
            from,
        };
        let decided = self.task.start_statutory(1, &start, &self.time);
        self.decided(decided)
    }

    fn paper(clock: u16) -> Paper {
        Paper {
            clock,
            document: "号".into(),
            person: handler(1),
        }
    }

    fn stop(&mut self, clock: u16, transfer: bool) -> Result<(), Refusal> {
        let paper = World::paper(clock);
        let decided = self
            .task
            .stop_statutory(1, &paper, transfer, &self.time, self.now);
        self.decided(decided)
    }

    fn extend_seizure(&mut self, clock: u16) -> Result<(), Refusal> {
        let paper = World::paper(clock);
        let decided = self.task.extend_statutory(1, &paper, &self.time, self.now);
        self.decided(decided)
    }

    fn due(&self, clock: usize) -> OffsetDateTime {
        self.part(1).statutory[clock - 1].deadline.due
    }
}

fn signed() -> World {
    let mut world = World::issued();
    world.sign(1).unwrap();
    world
}

/// Proves R17.
#[test]
fn each_clock_has_the_limit_and_the_provision_of_its_law() {
    let mut world = signed();
    for kind in [
        StatutoryKind::Decision,
        StatutoryKind::Seizure,
        StatutoryKind::PreservedEvidence,
        StatutoryKind::TransferDecision,
    ] {
        world.start(kind, MONDAY).unwrap();
    }
    assert_eq!(world.due(1), datetime!(2025-09-08 00:00 +8)); // 24:00 of the 90th day
    assert_eq!(world.due(2), datetime!(2025-07-10 00:00 +8));
    assert_eq!(world.due(3), datetime!(2025-06-18 18:00 +8));
    assert_eq!(world.due(4), datetime!(2025-06-13 00:00 +8));
    let rules = world.part(1).statutory.iter().map(|it| &*it.deadline.rule);
    assert!(rules.clone().all(|it| it.starts_with("laws/")));
    world.pass(20);
    world.stop(4, true).unwrap();
    assert_eq!(world.due(5), world.now + time::Duration::hours(24));
    assert_eq!(world.part(1).statutory[4].follows, Some(4));
}

/// Proves R17.
#[test]
fn a_clock_that_law_sets_is_stopped_by_nothing_but_its_document() {
    let mut world = signed();
    world
        .start(StatutoryKind::PreservedEvidence, MONDAY)
        .unwrap();
    world.ask_hold(1, 24 * 60).unwrap();
    world.hold(1).unwrap();
    world.now = datetime!(2025-06-18 18:00:01 +8);
    world.tick();
    let clock = &world.part(1).statutory[0];
    assert_eq!(
        (clock.light(), clock.overdue),
        (Light::Red, Some(world.now))
    );
    let kinds = world.kinds();
    assert_eq!(
        kinds
            .iter()
            .filter(|it| it.starts_with("Statutory"))
            .count(),
        2
    );
    world.stop(1, false).unwrap();
    assert_eq!(world.stop(1, false), Ok(()), "a repeat changes nothing");
    assert_eq!(world.part(1).statutory_running().count(), 0);
}

#[test]
fn the_decision_is_still_due_when_the_assignment_is_done() {
    let mut world = World::of(Plan {
        text: "fine the carrier".into(),
        participants: vec![part("enforcement", Role::Lead, Act::Penalise)],
        ..Plan::default()
    });
    world.issue(&["enforcement"]).unwrap();
    world.sign(1).unwrap();
    world.start(StatutoryKind::Decision, MONDAY).unwrap();
    world.commit(1).unwrap();
    world.report_in(1).unwrap();
    world.report(1).unwrap();
    world.check(1, true).unwrap();
    assert_eq!(world.task.state, task::State::Finished);
    world.now = world.task.wake_at().unwrap();
    world.tick();
    assert_eq!(*world.kinds().last().unwrap(), "StatutoryClockReminded");
    world.stop(1, false).unwrap();
    assert_eq!(world.task.wake_at(), None);
}

#[test]
fn a_seizure_is_extended_once_and_in_time() {
    let mut world = signed();
    world.start(StatutoryKind::Seizure, MONDAY).unwrap();
    world.start(StatutoryKind::Decision, MONDAY).unwrap();
    assert_eq!(world.extend_seizure(2), Err(Refusal::NotExtendable));
    assert_eq!(world.extend_seizure(9), Err(Refusal::NoSuchClock));
    world.extend_seizure(1).unwrap();
    assert_eq!(world.due(1), datetime!(2025-08-09 00:00 +8));
    assert_eq!(world.extend_seizure(1), Err(Refusal::NoMoreExtensions));
    let mut late = signed();
    late.start(StatutoryKind::Seizure, MONDAY).unwrap();
    late.now = datetime!(2025-07-10 00:00:01 +8);
    assert_eq!(late.extend_seizure(1), Err(Refusal::ExtensionTooLate));
}

#[test]
fn clocks_that_law_sets_are_for_enforcing_acts_that_are_signed() {
    let mut world = World::issued();
    let start = |world: &mut World, from| world.start(StatutoryKind::Decision, from);
    assert!(matches!(
        start(&mut world, MONDAY),
        Err(Refusal::NotSigned { .. })
    ));
    world.sign(1).unwrap();
    let before = MONDAY - time::Duration::days(1);
    assert_eq!(start(&mut world, before), Err(Refusal::StartsBeforeFiling));
    start(&mut world, MONDAY).unwrap();
    assert_eq!(
        start(&mut world, MONDAY),
        Ok(()),
        "a repeat changes nothing"
    );
    assert_eq!(world.part(1).statutory.len(), 1);
    assert_eq!(
        start(&mut world, MONDAY + time::Duration::HOUR),
        Err(Refusal::StatutoryClockExists { clock: 1 })
    );
    world.sign(2).unwrap();
    let start = Start {
        kind: StatutoryKind::Decision,
        document: "号".into(),
        person: handler(2),
        from: MONDAY,
    };
    assert!(matches!(
        world.task.start_statutory(2, &start, &world.time),
        Err(Refusal::NotEnforcing { .. })
    ));
    assert_eq!(world.stop(1, true), Err(Refusal::NoTransferDecision));
}
