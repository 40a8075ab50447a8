//! Lights, reminders, supervision, escalation.

use super::*;
use crate::domain::clock::{Light, Stage};
use crate::domain::supervision::Rung;

fn rung(role: &str, organization: &str) -> Rung {
    Rung {
        area: AreaId::from("320311001001"),
        role: role.into(),
        role_name: role.into(),
        organization: Some(org(organization)),
        duty: format!("{role}-of-the-lane"),
        person: Some(person(role)),
    }
}

impl World {
    fn wake(&mut self, chain: &[Rung]) {
        self.now = self.task.wake_at().unwrap();
        self.look(chain);
    }

    fn light(&self, number: u16, stage: Stage) -> Light {
        self.part(number).clock(stage).unwrap().light()
    }
}

/// Only enforcement has a clock, so that one thing happens at a time.
fn alone() -> World {
    let mut world = World::of(Plan {
        text: "clear the mud".into(),
        participants: vec![part("enforcement", Role::Lead, Act::Dispose)],
        ..Plan::default()
    });
    world.issue(&[]).unwrap();
    world
}

#[test]
fn a_light_is_green_until_80_percent_yellow_until_the_end_and_then_red() {
    let mut world = alone();
    let clock = world.part(1).clock(Stage::Sign).unwrap().clone();
    // 80% of 2 work hours.
    assert_eq!(clock.warn, Some(datetime!(2025-06-09 10:36 +8)));
    world.now = datetime!(2025-06-09 10:36 +8);
    world.tick();
    assert_eq!(world.light(1, Stage::Sign), Light::Green);
    world.wake(&[]);
    assert_eq!(world.light(1, Stage::Sign), Light::Yellow);
    assert_eq!(*world.kinds().last().unwrap(), "StageReminded");
    world.now = datetime!(2025-06-09 11:00 +8);
    world.tick();
    assert_eq!(world.light(1, Stage::Sign), Light::Yellow);
    world.wake(&[]);
    assert_eq!(world.light(1, Stage::Sign), Light::Red);
}

#[test]
fn a_light_is_the_same_whether_or_not_a_timer_was_quicker() {
    let light = |at| {
        let mut world = alone();
        world.now = at;
        world.sign(1).unwrap();
        world.light(1, Stage::Sign)
    };
    assert_eq!(light(datetime!(2025-06-09 10:36 +8)), Light::Green);
    assert_eq!(light(datetime!(2025-06-09 11:00 +8)), Light::Yellow);
    assert_eq!(light(datetime!(2025-06-09 11:01 +8)), Light::Red);
}

#[test]
fn eighty_percent_of_working_days_is_counted_in_office_time() {
    let world = alone();
    let disposal = world.part(1).clock(Stage::Disposal).unwrap();
    // Monday 09:00 to the next Monday 18:00 are 47 office hours; 37.6 of them end on Friday afternoon.
    assert_eq!(disposal.deadline.due, datetime!(2025-06-16 18:00 +8));
    assert_eq!(disposal.warn, Some(datetime!(2025-06-13 16:36 +8)));
}

#[test]
fn what_is_overdue_is_told_to_one_rung_after_the_other_and_then_to_the_meeting() {
    let chain = [
        rung("section-lead", "community"),
        rung("area-lead", "street"),
    ];
    let mut world = alone();
    world.now = datetime!(2025-06-09 11:00:01 +8);
    world.look(&chain);
    let told = |world: &World| world.kinds()[3..].to_vec();
    assert_eq!(told(&world), ["StageOverdue", "SupervisionOpened"]);
    // Half the limit of 2 work hours later, and again.
    world.wake(&chain);
    assert_eq!(world.now, datetime!(2025-06-09 14:00:01 +8));
    assert!(
        world.task.concerns(&org("community")),
        "who is told may look"
    );
    world.wake(&chain);
    assert_eq!(world.now, datetime!(2025-06-09 15:00:01 +8));
    assert!(!world.part(1).is_on_agenda());
    world.wake(&chain);
    assert_eq!(
        told(&world)[2..],
        ["StageEscalated", "StageEscalated", "StageOnAgenda"]
    );
    let clock = world.part(1).clock(Stage::Sign).unwrap();
    let supervision = clock.supervision.as_ref().unwrap();
    let roles: Vec<_> = supervision.rungs.iter().map(|it| &*it.rung.role).collect();
    assert_eq!(roles, ["section-lead", "area-lead"]);
    assert!(world.part(1).is_on_agenda());
    let next = world.task.wake_at().unwrap();
    assert!(
        next > datetime!(2025-06-13 16:00 +8),
        "only the disposal is left"
    );
}

#[test]
fn supervision_ends_when_the_stage_is_reached_and_is_never_repeated() {
    let chain = [rung("section-lead", "community")];
    let mut world = alone();
    world.now = datetime!(2025-06-09 11:00:01 +8);
    world.look(&chain);
    let events = world.events.len();
    world.look(&chain);
    assert_eq!(world.events.len(), events, "a second look finds nothing");
    world.sign(1).unwrap();
    world.now = datetime!(2025-06-09 14:30 +8);
    world.look(&chain);
    assert!(!world.kinds().contains(&"StageEscalated"));
    assert!(!world.part(1).is_on_agenda());
}

#[test]
fn an_extension_turns_the_light_green_again() {
    let mut world = alone();
    world.sign(1).unwrap();
    world.commit(1).unwrap();
    world.report_in(1).unwrap();
    world.now = datetime!(2025-06-16 09:00 +8);
    world.tick();
    assert_eq!(world.light(1, Stage::Disposal), Light::Yellow);
    world.ask_extension(1, "5 WORK_DAYS").unwrap();
    world.extend(1).unwrap();
    assert_eq!(world.light(1, Stage::Disposal), Light::Green);
    let clock = world.part(1).clock(Stage::Disposal).unwrap();
    // 80% of the 40 office hours that were added, on top.
    assert_eq!(clock.warn, Some(datetime!(2025-06-19 16:36 +8)));
    assert_eq!(clock.deadline.due, datetime!(2025-06-23 18:00 +8));
}

#[test]
fn a_pause_moves_the_reminder_too() {
    let mut world = alone();
    world.sign(1).unwrap();
    let before = world.part(1).clock(Stage::Disposal).unwrap().warn.unwrap();
    world.ask_hold(1, 24 * 30).unwrap();
    world.hold(1).unwrap();
    assert_eq!(world.task.wake_at(), world.part(1).held_until());
    world.pass(24);
    world.resume(1).unwrap();
    let after = world.part(1).clock(Stage::Disposal).unwrap().warn.unwrap();
    assert_eq!(
        after,
        before + time::Duration::days(3),
        "one day, and a weekend"
    );
}
