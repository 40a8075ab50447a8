//! Deadlines, overdue marks and what is told of them.

use liandong_calendar::{OfficeHours, Window};

use super::*;
use crate::domain::clock::Stage;
use crate::domain::clock::StageClock;

#[test]
fn each_stage_starts_when_the_one_before_is_reached() {
    let mut world = World::issued();
    world.pass(1).sign(1).unwrap();
    world.pass(1).commit(1).unwrap();
    world.pass(1).report_in(1).unwrap();
    world.pass(4).report(1).unwrap();
    let it = world.part(1);
    let due = |stage| it.clock(stage).unwrap().deadline.due;
    assert_eq!(due(Stage::Sign), datetime!(2025-06-09 11:00 +8));
    assert_eq!(due(Stage::Commit), datetime!(2025-06-09 16:00 +8));
    assert_eq!(due(Stage::OnSite), datetime!(2025-06-10 18:00 +8));
    assert_eq!(due(Stage::Disposal), datetime!(2025-06-16 18:00 +8));
    assert_eq!(due(Stage::Check), datetime!(2025-06-10 18:00 +8));
    assert!(it.rounds[0].clocks.iter().all(|it| it.overdue.is_none()));
}

#[test]
fn a_stage_reached_at_the_due_instant_is_on_time() {
    let mut world = World::issued();
    let due = world.part(1).clock(Stage::Sign).unwrap().deadline.due;
    world.now = due;
    world.tick();
    world.sign(1).unwrap();
    assert!(!world.kinds().contains(&"StageOverdue"));
}

#[test]
fn what_comes_late_is_overdue_whether_or_not_a_timer_saw_it() {
    let late = |seen: bool| {
        let mut world = World::issued();
        world.now =
            world.part(1).clock(Stage::Sign).unwrap().deadline.due + time::Duration::MICROSECOND;
        if seen {
            world.tick();
        }
        world.sign(1).unwrap();
        let clock = world.part(1).clock(Stage::Sign).unwrap().clone();
        (clock.overdue, clock.met)
    };
    assert_eq!(late(true), late(false));
    assert!(late(true).0.is_some());
}

#[test]
fn a_timer_fires_once_and_then_waits_for_the_next_deadline() {
    let mut world = World::issued();
    let mut fired = 0;
    while let Some(at) = world.task.wake_at() {
        assert!(at > world.now, "never early, never twice");
        world.now = at;
        let before = world.events.len();
        world.look(&[]);
        assert!(world.events.len() > before, "it wakes only for something");
        fired += world.events.len() - before;
    }
    // Sign and disposal of three: reminded, overdue, supervised, on the agenda.
    assert_eq!(fired, 6 * 4);
    world.tick();
    assert_eq!(world.task.tick(world.now), vec![]);
}

#[test]
fn awareness_has_no_clock_and_nothing_to_do() {
    let mut world = World::issued();
    assert_eq!(world.state(4), State::Informed);
    for refused in [
        world.sign(4),
        world.commit(4),
        world.report_in(4),
        world.report(4),
        world.object(4),
    ] {
        assert_eq!(refused.unwrap_err(), Refusal::AwarenessOnly);
    }
}

#[test]
fn an_event_says_all_that_scoring_needs() {
    let mut world = World::issued();
    world.worked(1);
    world.pass(1).check(1, true).unwrap();
    let event = world
        .events
        .iter()
        .find(|it| it.kind() == "AssignmentChecked")
        .unwrap();
    let facts = event.facts.as_ref().unwrap();
    assert_eq!(facts, &Box::new(Facts::of(&world.task, 1).unwrap()));
    assert_eq!(
        (facts.organization.as_str(), facts.role, facts.state),
        ("enforcement", Role::Lead, State::Done)
    );
    let round = facts.round.as_ref().unwrap();
    assert_eq!(
        (round.number, round.passed, round.clocks.len()),
        (1, Some(true), 5)
    );
    assert!(round.clocks.iter().all(|it| it.met.is_some()));
}

#[test]
fn everybody_concerned_is_told_and_nobody_else() {
    let mut world = World::issued();
    world.worked(1);
    let told = |kind: &str| {
        let event = world.events.iter().find(|it| it.kind() == kind).unwrap();
        let told = audience::of_task(event, &world.task);
        told.iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(told("TaskPlanned"), "street");
    assert_eq!(
        told("TaskIssued"),
        "community enforcement sanitation street village"
    );
    assert_eq!(told("AssignmentOffered"), "enforcement street");
    assert_eq!(told("AssignmentReported"), "enforcement street");
}

#[test]
fn an_unpublished_year_is_an_error_and_never_a_guess() {
    let mut world = World::planned();
    world.now = datetime!(2026-12-31 10:00 +8);
    assert_eq!(
        world.issue(&["enforcement"]).unwrap_err(),
        Refusal::CalendarNotPublished { year: 2027 }
    );
}

#[test]
fn an_organization_may_work_at_hours_of_its_own() {
    let mut world = World::planned();
    let early = OfficeHours::new(vec![Window::new(6 * 60, 10 * 60).unwrap()]).unwrap();
    let calendar = world.time.calendar.with_office_hours(early);
    world.time.own.insert(org("sanitation"), calendar);
    world.issue(&["enforcement"]).unwrap();
    let due = |number| world.part(number).clock(Stage::Sign).unwrap().deadline.due;
    assert_eq!(due(1), datetime!(2025-06-09 11:00 +8));
    assert_eq!(due(2), datetime!(2025-06-10 07:00 +8));
}

#[test]
fn a_stage_reached_in_the_moment_it_began_has_a_span_without_length() {
    let mut world = World::issued();
    world.worked(1);
    world.check(1, true).unwrap();
    let it = world.part(1);
    for (stage, cause) in [
        (Stage::Sign, "AssignmentOffered"),
        (Stage::Commit, "AssignmentSigned"),
        (Stage::OnSite, "AssignmentCommitted"),
        (Stage::Check, "AssignmentReported"),
    ] {
        let spans = it.clock(stage).unwrap().intervals(&it.ledger);
        assert_eq!(spans.len(), 1, "{stage:?}");
        assert_eq!(
            (spans[0].start, spans[0].end, spans[0].charged),
            (MONDAY, Some(MONDAY), true)
        );
        assert_eq!(spans[0].cause, cause);
    }
}

/// Also in what an older release recorded, which named no event: then it is the one of the ledger's span.
#[test]
fn a_clock_names_the_event_that_started_it() {
    let mut world = World::issued();
    world.now += time::Duration::HOUR;
    world.sign(1).unwrap();
    world.now += time::Duration::HOUR;
    world.commit(1).unwrap();
    world.now += time::Duration::HOUR;
    world.ask_hold(1, 24).unwrap();
    world.hold(1).unwrap();
    world.now += time::Duration::HOUR;
    world.resume(1).unwrap();
    let it = world.part(1).clone();
    let causes = |clock: &StageClock| -> Vec<String> {
        let spans = clock.intervals(&it.ledger).into_iter();
        spans.map(|it| it.cause).collect()
    };
    let of = |stage| {
        it.rounds[0]
            .clocks
            .iter()
            .filter(move |it| it.stage == stage)
    };
    assert_eq!(
        of(Stage::Sign).map(causes).collect::<Vec<_>>(),
        [["AssignmentOffered"]]
    );
    assert_eq!(
        of(Stage::Commit).map(causes).collect::<Vec<_>>(),
        [["AssignmentSigned"], ["AssignmentResumed"]]
    );
    let on_site = of(Stage::OnSite).next().unwrap();
    assert_eq!(causes(on_site), ["AssignmentCommitted"]);
    let disposal = of(Stage::Disposal).next().unwrap();
    assert_eq!(
        causes(disposal),
        ["AssignmentOffered", "HoldAnswered", "AssignmentResumed"]
    );

    let mut old = serde_json::to_value(on_site).unwrap();
    assert!(old.as_object_mut().unwrap().remove("b").is_some());
    let old: StageClock = serde_json::from_value(old).unwrap();
    assert_eq!(causes(&old), ["AssignmentOffered"]);
    let spans = on_site.intervals(&it.ledger);
    let event = &world.events[usize::try_from(spans[0].version).unwrap() - 1];
    assert_eq!(event.kind(), "AssignmentCommitted");
}
