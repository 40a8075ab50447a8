//! Time in which the platform was away: charged to nobody, and never twice.

use time::Duration;

use super::*;
use crate::domain::clock::{IntervalKind, Stage};
use crate::domain::outage::Span;

fn span(from: OffsetDateTime, to: OffsetDateTime) -> Span {
    Span { from, to }
}

impl World {
    fn away(&mut self, from: OffsetDateTime, to: OffsetDateTime) {
        let changes = self.task.excuse(span(from, to), &self.time).unwrap();
        self.record(changes);
    }

    fn runs_out(&self, number: u16, stage: Stage) -> OffsetDateTime {
        self.part(number).clock(stage).unwrap().deadline.due
    }

    fn spans_in(&self, number: u16, stage: Stage) -> Vec<(IntervalKind, bool)> {
        let part = self.part(number);
        let clock = part.clock(stage).unwrap();
        let spans = clock.intervals(&part.ledger);
        spans.iter().map(|it| (it.kind, it.charged)).collect()
    }
}

#[test]
fn every_clock_that_ran_in_an_outage_runs_out_that_much_later() {
    let mut world = World::issued();
    world.sign(1).unwrap();
    let (commit, disposal) = (
        world.runs_out(1, Stage::Commit),
        world.runs_out(1, Stage::Disposal),
    );
    world.now = datetime!(2025-06-11 12:00 +8);
    // From Tuesday's start to Wednesday noon: one and a half working days.
    world.away(
        datetime!(2025-06-10 08:00 +8),
        datetime!(2025-06-11 12:00 +8),
    );
    assert_eq!(
        world.runs_out(1, Stage::Commit),
        commit,
        "it had run out before"
    );
    assert_eq!(disposal, datetime!(2025-06-16 18:00 +8));
    assert_eq!(
        world.runs_out(1, Stage::Disposal),
        datetime!(2025-06-18 12:00 +8)
    );
    let clock = world.part(1).clock(Stage::Disposal).unwrap();
    assert_eq!(clock.original_due, Some(disposal));
    use IntervalKind::{NotDelivered, Run};
    let wanted = [(Run, true), (NotDelivered, false), (Run, true)];
    assert_eq!(world.spans_in(1, Stage::Disposal), wanted);
    assert!(
        world
            .kinds()
            .iter()
            .filter(|it| **it == "OutageExcused")
            .count()
            == 3,
        "of every assignment with a clock, and of none without"
    );
}

#[test]
fn what_was_late_only_for_the_outage_was_never_late() {
    let mut world = World::issued();
    world.now = datetime!(2025-06-09 15:00 +8);
    world.tick();
    assert!(world.part(1).clock(Stage::Sign).unwrap().overdue.is_some());
    world.sign(1).unwrap();
    world.away(
        datetime!(2025-06-09 09:30 +8),
        datetime!(2025-06-09 14:30 +8),
    );
    let clock = world.part(1).clock(Stage::Sign).unwrap();
    // Three hours of the office were taken off: 11:00 becomes 16:00, and 15:00 was in time.
    assert_eq!(clock.deadline.due, datetime!(2025-06-09 16:00 +8));
    assert_eq!(clock.overdue, None);
}

#[test]
fn outages_that_overlap_and_pauses_are_not_counted_twice() {
    let mut world = World::issued();
    world.sign(1).unwrap();
    let disposal = world.runs_out(1, Stage::Disposal);
    world.now = datetime!(2025-06-10 09:00 +8);
    world.object(1).unwrap();
    world.now = datetime!(2025-06-11 09:00 +8);
    world.away(
        datetime!(2025-06-10 08:00 +8),
        datetime!(2025-06-10 12:00 +8),
    );
    let once = world.runs_out(1, Stage::Disposal);
    // Only the hour before the objection was charged: the objection is taken off when it is ruled on.
    assert_eq!(disposal, datetime!(2025-06-16 18:00 +8));
    assert_eq!(once, datetime!(2025-06-17 09:00 +8));
    for _ in 0..2 {
        world.away(
            datetime!(2025-06-10 08:00 +8),
            datetime!(2025-06-10 12:00 +8),
        );
        world.away(
            datetime!(2025-06-10 08:30 +8),
            datetime!(2025-06-10 15:00 +8),
        );
    }
    assert_eq!(world.runs_out(1, Stage::Disposal), once);
    world.reject(1).unwrap();
    // The objection took a whole working day.
    assert_eq!(
        world.runs_out(1, Stage::Disposal),
        datetime!(2025-06-18 09:00 +8)
    );
}

#[test]
fn a_check_is_excused_to_the_checker_and_ended_work_to_nobody() {
    let mut world = World::issued();
    world.worked(1);
    let (from, due) = (world.now, world.runs_out(1, Stage::Check));
    let disposal = world.runs_out(1, Stage::Disposal);
    world.pass(24);
    world.away(from, world.now);
    assert!(world.runs_out(1, Stage::Check) > due);
    assert_eq!(
        world.runs_out(1, Stage::Disposal),
        disposal,
        "it was reached before"
    );
    world.check(1, true).unwrap();
    let before = world.events.len();
    let until = world.now;
    world.pass(24);
    world.away(until, world.now);
    let excused = world.events.iter().skip(before);
    assert!(
        excused
            .filter_map(|it| it.change.number())
            .all(|it| it != 1)
    );
}

#[test]
fn a_case_and_the_replies_it_owes_are_excused() {
    let mut case = Case::default();
    let mut reported = case::Reported {
        organization: org("street"),
        source: case::Source::Hotline,
        reported_at: Some(MONDAY),
        ..case::Reported::default()
    };
    let mut settings = CaseSettings::default();
    settings
        .replies
        .insert(case::Source::Hotline, ruled("1 WORK_DAYS").limit);
    reported
        .start_clocks(&settings, &work_time(), MONDAY)
        .unwrap();
    case.apply(&case::CaseChange::Reported(Box::new(reported)), MONDAY);
    let (clock, reply) = (case.clocks[0].deadline.due, case.replies[0].deadline.due);
    let later = datetime!(2025-06-11 09:00 +8);
    for change in case.tick(later) {
        case.apply(&change, later);
    }
    assert!(case.is_overdue());
    let away = span(MONDAY, later);
    for change in case.excuse(away, &work_time()).unwrap() {
        case.apply(&change, later);
    }
    assert!(!case.is_overdue(), "late only for the outage");
    assert!(case.clocks[0].deadline.due > clock && case.replies[0].deadline.due > reply);
    assert_eq!(case.excuse(away, &work_time()).unwrap(), vec![]);
    let part = span(MONDAY, datetime!(2025-06-10 09:00 +8));
    assert_eq!(case.excuse(part, &work_time()).unwrap(), vec![]);
}

/// A hotline's case, closed on Monday, with one look a week later.
fn closed() -> Case {
    let settings = CaseSettings {
        replies: [(case::Source::Hotline, ruled("5 WORK_DAYS").limit)].into(),
        revisit_days: vec![7],
        ..CaseSettings::default()
    };
    let mut reported = case::Reported {
        organization: org("street"),
        source: case::Source::Hotline,
        reported_at: Some(MONDAY),
        ..case::Reported::default()
    };
    reported
        .start_clocks(&settings, &work_time(), MONDAY)
        .unwrap();
    let mut case = Case::default();
    case.apply(&case::CaseChange::Reported(Box::new(reported)), MONDAY);
    let revisits = case::revisit::Revisit::series(&case, &settings.revisit_days, MONDAY);
    let task = TaskId(Uuid::from_u128(1));
    case.apply(&case::CaseChange::Closed { task, revisits }, MONDAY);
    case
}

fn fold(case: &mut Case, changes: Vec<case::CaseChange>, at: OffsetDateTime) {
    changes.iter().for_each(|it| case.apply(it, at));
}

#[test]
fn a_closed_case_is_excused_for_the_reply_and_the_revisit_it_still_owes() {
    let (mut case, time) = (closed(), work_time());
    let day = MONDAY + Duration::days(7);
    let begun = case.begin_revisits((&CaseSettings::default(), &time), &[], day);
    fold(&mut case, begun.unwrap(), day);
    let due = |case: &Case| case.revisits[0].deadline.clone().unwrap().due;
    let (revisit, reply) = (due(&case), case.replies[0].deadline.due);
    let late = day + Duration::days(30);
    let overdue = case.tick(late);
    fold(&mut case, overdue, late);
    assert!(case.is_overdue() && case.revisits[0].overdue.is_some());
    assert!(case.owes_reply());
    let away = span(MONDAY, late);
    let excused = case.excuse(away, &time).unwrap();
    fold(&mut case, excused, late);
    assert!(!case.is_overdue(), "late only for the outage");
    assert_eq!(case.revisits[0].overdue, None);
    assert!(due(&case) > revisit && case.replies[0].deadline.due > reply);
    assert_eq!(case.excuse(away, &time).unwrap(), vec![], "once");
    let wakes = case.wake_at().unwrap();
    assert!(wakes > late, "{wakes}");
}

#[test]
fn a_revisit_that_begins_after_an_outage_has_the_time_it_lay_in_given_back() {
    let (mut plain, mut excused, time) = (closed(), closed(), work_time());
    let day = MONDAY + Duration::days(7);
    let away = span(day, day + Duration::days(2));
    let settings = CaseSettings::default();
    let begin = |case: &mut Case, outages: &[Span]| {
        let at = away.to;
        let begun = case.begin_revisits((&settings, &time), outages, at);
        fold(case, begun.unwrap(), at);
        case.revisits[0].deadline.clone().unwrap().due
    };
    let (without, with) = (begin(&mut plain, &[]), begin(&mut excused, &[away, away]));
    assert!(with > without);
    for (case, when) in [(&mut excused, "not twice"), (&mut plain, "afterwards")] {
        let later = case.excuse(away, &time).unwrap();
        fold(case, later, away.to);
        let due = case.revisits[0].deadline.clone().unwrap().due;
        assert_eq!(due, with, "{when}");
    }
}
