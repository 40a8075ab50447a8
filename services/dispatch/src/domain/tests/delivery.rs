//! Time that is charged to nobody: failed deliveries.

use super::*;
use crate::domain::clock::{IntervalKind, Stage};
use crate::domain::delivery::Failure;

fn failure(kind: &str, organization: &str, since: OffsetDateTime) -> Failure {
    Failure {
        event: Uuid::from_u128(7),
        kind: kind.into(),
        organization: org(organization),
        group: "main".into(),
        attempts: 5,
        reason: "the system is down".into(),
        since,
    }
}

impl World {
    fn park(&mut self, number: u16, failure: &Failure) {
        let changes = self.task.not_delivered(number, failure);
        self.record(changes);
    }

    fn spans(&self, number: u16, stage: Stage) -> Vec<(IntervalKind, bool)> {
        let it = self.part(number);
        let spans = it.clock(stage).unwrap().intervals(&it.ledger);
        spans.iter().map(|it| (it.kind, it.charged)).collect()
    }
}

#[test]
fn an_order_that_was_not_delivered_is_never_charged() {
    let mut world = World::issued();
    world.pass(3); // the signature is overdue by then
    world.tick();
    assert!(world.part(1).is_overdue());
    world.park(1, &failure("AssignmentOffered", "enforcement", MONDAY));
    assert_eq!(world.part(1).undelivered, Some(MONDAY));
    assert!(!world.part(1).is_overdue());
    world.pass(24);
    world.tick();
    let decided = world.task.step(1, &world.time, world.now, |it| {
        it.sign(1, &handler(1), &world.time, world.now)
    });
    world.record(decided.unwrap());
    let kinds = world.kinds();
    assert_eq!(
        kinds[kinds.len() - 2..],
        ["DeliveryConfirmed", "AssignmentSigned"]
    );
    let sign = world.part(1).clock(Stage::Sign).unwrap();
    assert_eq!((sign.overdue, sign.met), (None, Some(world.now)));
    assert!(sign.deadline.due > world.now);
    assert_eq!(
        world.spans(1, Stage::Disposal),
        [
            (IntervalKind::NotDelivered, false),
            (IntervalKind::Run, true)
        ]
    );
    // The disposal has lost nothing of its five days.
    let disposal = world.part(1).clock(Stage::Disposal).unwrap();
    assert_eq!(disposal.original_due, Some(datetime!(2025-06-16 18:00 +8)));
    let kept = world
        .time
        .calendar
        .working_time_between(world.now, disposal.deadline.due);
    assert_eq!(kept.unwrap(), time::Duration::hours(47));
}

#[test]
fn only_orders_that_somebody_still_waits_for_are_booked() {
    let mut world = World::issued();
    let none = |world: &World, it: &Failure| world.task.not_delivered(1, it).is_empty();
    let order = failure("AssignmentOffered", "enforcement", MONDAY);
    assert!(none(
        &world,
        &failure("AssignmentOffered", "street", MONDAY)
    ));
    assert!(none(
        &world,
        &failure("StageReminded", "enforcement", MONDAY)
    ));
    assert!(!none(&world, &order));
    world.pass(1).sign(1).unwrap();
    assert!(none(&world, &order), "who has signed knows of it");
    world.commit(1).unwrap();
    world.report_in(1).unwrap();
    world.report(1).unwrap();
    let report = failure("AssignmentReported", "street", world.now);
    assert!(
        !none(&world, &report),
        "the checker's clock is the checker's"
    );
}

#[test]
fn the_checkers_clock_waits_for_the_report_to_arrive() {
    let mut world = World::issued();
    world.worked(1);
    let reported = world.now;
    world.park(1, &failure("AssignmentReported", "street", reported));
    world.pass(24);
    let decided =
        world
            .task
            .confirm_delivery(1, &person("chief"), "by telephone", &world.time, world.now);
    world.record(decided.unwrap());
    assert_eq!(
        world.spans(1, Stage::Check),
        [
            (IntervalKind::NotDelivered, false),
            (IntervalKind::Run, true)
        ]
    );
    let again = world
        .task
        .confirm_delivery(1, &person("chief"), "again", &world.time, world.now);
    assert_eq!(again, Err(Refusal::Delivered));
}
