//! The platform was away: nobody is charged for it, and everybody can read why.

use liandong_proto::dispatch::{
    ExplainClockRequest, IntervalKind, ListOutagesRequest, Outage, RecordOutageRequest, Stage,
};
use time::{OffsetDateTime, macros::datetime};
use tonic::{Code, Response, Status};

use crate::{
    caller::Caller,
    refusal::malformed,
    steps::{GARBAGE, clock, due, lead, of, timestamp},
    world::World,
};

async fn listed(caller: &Caller) -> Vec<Outage> {
    let mut clocks = caller.clocks();
    let answer = clocks.list_outages(ListOutagesRequest::default());
    answer.await.unwrap().into_inner().outages
}

async fn record(
    caller: &Caller,
    from: OffsetDateTime,
    to: OffsetDateTime,
) -> Result<Outage, Status> {
    let request = RecordOutageRequest {
        start_time: Some(timestamp(from)),
        end_time: Some(timestamp(to)),
        reason: "机房断电".into(),
        ..Default::default()
    };
    let answer = caller.clocks().record_outage(request).await;
    answer.map(|it| it.into_inner().outage.unwrap())
}

/// It starts again five hours later: that is an outage, and the order that nobody could sign is not late.
async fn nobody_is_late_for_an_outage(world: World) {
    let street = world.coordinator();
    let task = street.issued(GARBAGE, vec![lead("sanitation")]).await;
    let name = of(&task, "sanitation").name.clone();
    let sign_by = due(of(&task, "sanitation"), Stage::Sign);
    assert_eq!(sign_by, datetime!(2025-06-16 9:00 +8));

    let world = world.restored_at(datetime!(2025-06-16 15:00 +8)).await;
    let (street, sanitation) = (world.coordinator(), world.handler("sanitation"));
    let outages = listed(&sanitation).await;
    let found = outages.first().expect("the start found the outage");
    assert!(found.detected && found.person == "dispatch");
    assert_eq!((found.task_count, found.case_count), (1, 0));
    let order = sanitation.assignment(&name).await.unwrap();
    // 8:00 to 12:00 and 14:00 to 15:00 were taken off.
    assert_eq!(due(&order, Stage::Sign), datetime!(2025-06-16 16:00 +8));
    assert!(clock(&order, Stage::Sign).overdue_time.is_none());
    let signed = sanitation.sign(&name).await.unwrap();
    assert!(clock(&signed, Stage::Sign).overdue_time.is_none());

    let mut events = street.events();
    let explained = events.explain_clock(ExplainClockRequest { name: name.clone() });
    let clocks = explained.await.unwrap().into_inner().clocks;
    let sign = clocks
        .iter()
        .find(|it| it.clock.as_ref().unwrap().stage() == Stage::Sign);
    let spans = &sign.unwrap().intervals;
    let away = spans
        .iter()
        .find(|it| it.kind() == IntervalKind::NotDelivered)
        .unwrap();
    assert_eq!(
        (away.cause.as_str(), away.charged),
        ("OutageExcused", false)
    );

    // A registrar knows of more: only what was not taken off yet is, and the same again is the same.
    let registrar = world.registrar();
    let (from, to) = (
        datetime!(2025-06-16 7:30 +8),
        datetime!(2025-06-16 15:00 +8),
    );
    let recorded = record(&registrar, from, to).await.unwrap();
    assert_eq!(recorded, record(&registrar, from, to).await.unwrap());
    assert!(!recorded.detected);
    let after = sanitation.assignment(&name).await.unwrap();
    assert_eq!(due(&after, Stage::Disposal), due(&signed, Stage::Disposal));
    let denied = record(&street, from, to).await.unwrap_err();
    assert_eq!(denied.code(), Code::PermissionDenied);
    let future = record(&registrar, from, datetime!(2026-01-01 0:00 +8)).await;
    malformed(future.map(Response::new), &["end_time"]);
    let before = listed(&street).await;
    let world = world.restored_at(datetime!(2025-06-16 15:10 +8)).await;
    assert_eq!(
        listed(&world.coordinator()).await,
        before,
        "ten minutes are none"
    );
}

#[tokio::test]
async fn nobody_is_late_for_an_outage_on_sqlite() {
    Box::pin(nobody_is_late_for_an_outage(World::start().await)).await;
}

#[tokio::test]
async fn nobody_is_late_for_an_outage_on_postgres() {
    Box::pin(nobody_is_late_for_an_outage(World::on_postgres().await)).await;
}
