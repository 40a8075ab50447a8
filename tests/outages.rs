//! The platform was away: nobody is charged for it, and everybody can read why.

use liandong_proto::dispatch::{
    CaseSettings, CaseSource, ExplainClockRequest, IntervalKind, ListOutagesRequest, Outage,
    RecordOutageRequest, RejectCaseRequest, RejectionReason, ReplyPromise, ReportCaseRequest,
    Stage, UpdateCaseSettingsRequest, VerifyCaseRequest, case, daily_log, dispute,
};
use liandong_proto::types::{Limit, LimitKind};
use time::{OffsetDateTime, macros::datetime};
use tonic::{Code, Response, Status};

use crate::{
    caller::Caller,
    disputes::pointing_at_each_other,
    patrols::{LOG, log, logs, owed, planned},
    refusal::malformed,
    steps::{GARBAGE, GRID, clock, due, lead, of, time, timestamp},
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

/// A hotline's case that was turned down, of which the caller is still to be told within a working day.
async fn owing_a_reply(street: &Caller) -> String {
    let settings = CaseSettings {
        reply_promises: vec![ReplyPromise {
            source: CaseSource::Hotline as i32,
            limit: Some(Limit {
                kind: LimitKind::WorkDays as i32,
                amount: 1,
            }),
        }],
        ..Default::default()
    };
    let update = UpdateCaseSettingsRequest {
        settings: Some(settings),
        ..Default::default()
    };
    let mut known = street.settings();
    known.update_case_settings(update).await.unwrap();
    let report = ReportCaseRequest {
        source: CaseSource::Hotline as i32,
        title: "反映夜间噪声".into(),
        area: GRID.into(),
        ..Default::default()
    };
    let reported = street.cases().report_case(report).await.unwrap();
    let name = reported.into_inner().case.unwrap().name;
    let verify = VerifyCaseRequest {
        name: name.clone(),
        note: "现场未发现".into(),
        ..Default::default()
    };
    street.cases().verify_case(verify).await.unwrap();
    let reject = RejectCaseRequest {
        name: name.clone(),
        reason: RejectionReason::NotFound as i32,
        note: "现场未发现".into(),
        ..Default::default()
    };
    let rejected = street.cases().reject_case(reject).await.unwrap();
    let case = rejected.into_inner().case.unwrap();
    assert_eq!(case.state(), case::State::Rejected);
    name
}

/// A day is lost: the reply owed on a case that has ended, the dispute and the daily log have that much longer.
async fn what_is_owed_beside_orders_is_excused_too(world: World) {
    let street = world.coordinator();
    let case = owing_a_reply(&street).await;
    let (_, disputed) = pointing_at_each_other(&world).await;
    planned(&street, "areas/990101001").await;
    let mine = owed(&street, LOG).await;
    assert_eq!(time(mine.due_time), datetime!(2025-06-16 20:00 +8));
    let everybody = logs(&street, "state = EXPECTED").await.len();
    let reply = street.case(&case).await.unwrap().replies[0].clone();
    assert_eq!(
        time(reply.deadline.unwrap().due_time),
        datetime!(2025-06-17 18:00 +8)
    );

    let world = world.restored_at(datetime!(2025-06-16 20:30 +8)).await;
    let street = world.coordinator();
    let outage = listed(&street).await.remove(0);
    assert_eq!((outage.dispute_count, outage.case_count), (1, 1));
    assert_eq!(usize::try_from(outage.daily_log_count).unwrap(), everybody);
    let mine = log(&street, LOG).await.unwrap();
    let lost = time(outage.end_time) - time(outage.start_time);
    assert_eq!(
        time(mine.due_time),
        datetime!(2025-06-16 20:00 +8) + lost,
        "what is left of the day when it began"
    );
    assert_eq!(mine.state(), daily_log::State::Expected);

    world.at(datetime!(2025-06-17 19:00 +8)).await;
    let kept = street.dispute(&disputed).await.unwrap();
    assert_eq!(
        kept.state(),
        dispute::State::Negotiation,
        "still negotiated"
    );
    let reply = street.case(&case).await.unwrap().replies[0].clone();
    assert!(reply.overdue_time.is_none(), "still in time");
    let mine = log(&street, LOG).await.unwrap();
    assert_eq!(
        mine.state(),
        daily_log::State::Missing,
        "in time of its own"
    );
    world.at(datetime!(2025-06-18 19:00 +8)).await;
    let gone_up = street.dispute(&disputed).await.unwrap();
    assert_eq!(gone_up.state(), dispute::State::Street);
    let reply = street.case(&case).await.unwrap().replies[0].clone();
    assert!(reply.overdue_time.is_some());
    world.scored().await;
}

#[tokio::test]
async fn what_is_owed_beside_orders_is_excused_too_on_sqlite() {
    Box::pin(what_is_owed_beside_orders_is_excused_too(
        World::start().await,
    ))
    .await;
}

#[tokio::test]
async fn what_is_owed_beside_orders_is_excused_too_on_postgres() {
    Box::pin(what_is_owed_beside_orders_is_excused_too(
        World::on_postgres().await,
    ))
    .await;
}
