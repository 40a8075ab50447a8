//! More time, pauses, recusals.

use super::*;
use crate::domain::clock::{IntervalKind, Stage};

fn due(world: &World, stage: Stage) -> OffsetDateTime {
    world.part(1).clock(stage).unwrap().deadline.due
}

/// Signed on Monday 2025-06-09 09:00; the disposal is due on the 16th.
fn signed() -> World {
    let mut world = World::issued();
    world.sign(1).unwrap();
    world
}

#[test]
fn granted_time_moves_the_deadline_and_keeps_the_original_one() {
    let mut world = signed();
    world.ask_extension(1, "2 WORK_DAYS").unwrap();
    assert_eq!(
        due(&world, Stage::Disposal),
        datetime!(2025-06-16 18:00 +8),
        "asking moves nothing"
    );
    world.pass(1).extend(1).unwrap();
    let clock = world.part(1).clock(Stage::Disposal).unwrap();
    assert_eq!(clock.deadline.due, datetime!(2025-06-18 18:00 +8));
    assert_eq!(clock.original_due, Some(datetime!(2025-06-16 18:00 +8)));
    assert_eq!(
        world
            .events
            .last()
            .unwrap()
            .facts
            .as_ref()
            .unwrap()
            .round
            .as_ref()
            .unwrap()
            .extensions,
        1
    );
}

#[test]
fn an_extension_adds_at_most_the_original_limit_and_comes_twice_at_most() {
    let mut world = signed();
    for refused in ["6 WORK_DAYS", "2 CALENDAR_DAYS"] {
        let refusal = world.ask_extension(1, refused).unwrap_err();
        assert!(
            matches!(refusal, Refusal::ExtensionTooLong { .. }),
            "{refused}"
        );
    }
    for _ in 0..2 {
        world.ask_extension(1, "5 WORK_DAYS").unwrap();
        assert_eq!(
            world.ask_extension(1, "1 WORK_DAYS"),
            Err(Refusal::ExtensionPending)
        );
        world.ask_extension(1, "5 WORK_DAYS").unwrap(); // a repeat changes nothing
        world.extend(1).unwrap();
        world.extend(1).unwrap(); // a repeat changes nothing
    }
    assert_eq!(world.part(1).extensions.len(), 2);
    assert_eq!(due(&world, Stage::Disposal), datetime!(2025-06-30 18:00 +8));
    assert_eq!(
        world.ask_extension(1, "1 WORK_DAYS"),
        Err(Refusal::NoMoreExtensions)
    );
}

#[test]
fn what_is_overdue_is_not_extended() {
    let mut world = signed();
    world.ask_extension(1, "2 WORK_DAYS").unwrap();
    world.now = due(&world, Stage::Disposal) + time::Duration::MICROSECOND;
    assert_eq!(
        world.extend(1),
        Err(Refusal::ExtensionTooLate),
        "the request has lapsed"
    );
    assert_eq!(
        world.ask_extension(1, "1 WORK_DAYS"),
        Err(Refusal::ExtensionTooLate)
    );
    let declined = world
        .task
        .answer_extension(1, world.answer(false), &world.time);
    assert_eq!(declined.unwrap().len(), 1, "it may still be declined");
}

#[test]
fn calendar_days_are_extended_to_the_end_of_a_day() {
    let mut world = World::planned();
    let mut plan = world.task.plan.clone();
    plan.participants[0].disposal = Some(ruled("3 CALENDAR_DAYS"));
    world.record(vec![TaskChange::Replanned(Box::new(plan))]);
    world.issue(&["enforcement"]).unwrap();
    world.sign(1).unwrap();
    assert_eq!(due(&world, Stage::Disposal), datetime!(2025-06-13 00:00 +8));
    world.ask_extension(1, "2 CALENDAR_DAYS").unwrap();
    world.extend(1).unwrap();
    assert_eq!(due(&world, Stage::Disposal), datetime!(2025-06-15 00:00 +8));
}

#[test]
fn a_pause_charges_nobody_frees_the_officers_and_is_followed_by_a_new_commitment() {
    let mut world = signed();
    world.commit(1).unwrap();
    world.ask_hold(1, 24 * 7).unwrap();
    world.hold(1).unwrap();
    assert_eq!(world.state(1), State::OnHold);
    assert_eq!(world.task.booked().count(), 0);
    assert_eq!(
        world.task.wake_at(),
        Some(datetime!(2025-06-09 10:36 +8) + time::Duration::MICROSECOND),
        "the others' clocks run"
    );
    world.now = datetime!(2025-06-11 09:00 +8);
    world.resume(1).unwrap();
    assert_eq!(world.state(1), State::Signed);
    assert_eq!(
        due(&world, Stage::Disposal),
        datetime!(2025-06-18 18:00 +8),
        "two days later"
    );
    assert_eq!(
        due(&world, Stage::Commit),
        datetime!(2025-06-11 15:00 +8),
        "a commitment of its own"
    );
    world.commit(1).unwrap();
    assert_eq!(due(&world, Stage::OnSite), datetime!(2025-06-12 18:00 +8));
    let arrivals = world.part(1).rounds[0]
        .clocks
        .iter()
        .filter(|it| it.stage == Stage::OnSite);
    let replaced: Vec<_> = arrivals.map(|it| it.replaced).collect();
    assert_eq!(
        replaced,
        [Some(MONDAY), None],
        "the first arrival's clock stopped for good"
    );
    let disposal = world.part(1).clock(Stage::Disposal).unwrap();
    let spans = disposal.intervals(&world.part(1).ledger);
    let kinds: Vec<_> = spans.iter().map(|it| (it.kind, it.charged)).collect();
    let (run, hold) = (IntervalKind::Run, IntervalKind::Hold);
    assert_eq!(kinds, [(hold, false), (run, true)]);
}

#[test]
fn a_pause_ends_by_itself_when_its_time_is_over() {
    let mut world = signed();
    world.commit(1).unwrap();
    world.ask_hold(1, 48).unwrap();
    world.hold(1).unwrap();
    world.now = datetime!(2025-06-11 09:00 +8);
    world.tick();
    assert_eq!(world.state(1), State::Signed);
    let hold = &world.part(1).holds[0];
    assert_eq!(hold.resumed_at, Some(world.now));
    assert_eq!(
        world.resume(1),
        Err(Refusal::NotOnHold {
            state: State::Signed
        })
    );
}

#[test]
fn an_assignment_is_paused_once_and_for_a_year_at_most() {
    let mut world = signed();
    for hours in [0, -1, 24 * 366] {
        let refusal = world.ask_hold(1, hours).unwrap_err();
        let latest = datetime!(2026-06-09 09:00 +8);
        assert_eq!(refusal, Refusal::HoldTooLong { until: latest }, "{hours}");
    }
    world.ask_hold(1, 24 * 365).unwrap();
    assert_eq!(world.ask_hold(1, 24), Err(Refusal::HoldPending));
    world.hold(1).unwrap();
    world.pass(1).resume(1).unwrap();
    assert_eq!(world.ask_hold(1, 24), Err(Refusal::SecondHold));
}

#[test]
fn what_was_late_before_a_pause_stays_late() {
    let mut world = signed();
    world.ask_hold(1, 24 * 30).unwrap();
    world.now = due(&world, Stage::Commit) + time::Duration::HOUR;
    world.hold(1).unwrap();
    let clock = world.part(1).clock(Stage::Commit).unwrap();
    assert_eq!(clock.overdue, Some(world.now));
}

/// Proves R4.
#[test]
fn a_recusal_removes_the_officer_and_too_few_are_left() {
    let mut world = signed();
    world.commit(1).unwrap();
    world.report_in(1).unwrap();
    world.pass(1).recuse(1, "wang").unwrap();
    assert_eq!(world.state(1), State::Signed, "one officer is no team");
    assert_eq!(world.task.booked().count(), 0);
    let Err(Refusal::TooFewOfficers {
        able, obstacles, ..
    }) = world.commit(1)
    else {
        panic!("a recused officer was committed")
    };
    assert_eq!((able, obstacles[0].officer.as_str()), (1, "wang"));
    world.commit_with(1, &fit(&["li", "zhao"])).unwrap();
    world.recuse(1, "wang").unwrap(); // a repeat changes nothing
    assert_eq!(world.state(1), State::Committed);
}

/// Proves R4.
#[test]
fn a_recusal_that_leaves_two_changes_nothing_else() {
    let mut world = signed();
    world.commit_with(1, &fit(&["wang", "li", "zhao"])).unwrap();
    world.recuse(1, "wang").unwrap();
    assert_eq!(world.state(1), State::Committed);
    assert_eq!(
        world.part(1).officers,
        [OfficerId::from("li"), OfficerId::from("zhao")]
    );
}

/// Proves R3.
#[test]
fn officers_are_looked_at_again_when_they_arrive() {
    let mut world = signed();
    world.commit(1).unwrap();
    let late = [fit(&["wang"]).remove(0), unfit("li", "执法证已过期")];
    let refusal = world.arrive(1, &late).unwrap_err();
    assert!(
        matches!(refusal, Refusal::TooFewOfficers { able: 1, .. }),
        "{refusal}"
    );
    assert_eq!(
        world.arrive(1, &fit(&["wang"])),
        Err(Refusal::OfficersChanged)
    );
    world.report_in(1).unwrap();
}
