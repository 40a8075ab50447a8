//! More time, pauses, recusals. Issued Monday 8:00: sign by 9:00, dispose within 4 work hours, by 12:00.

use liandong_proto::dispatch::{
    ExplainClockRequest, IntervalKind, RequestExtensionRequest, RequestHoldRequest, Role, Stage,
    answer::Decision, assignment::State,
};
use liandong_proto::types::Act;
use time::{Duration, macros::datetime};
use tonic::Code;

use crate::{
    june::{indicators, rate},
    refusal::{malformed, refused_with},
    steps::{GARBAGE, clock, due, lead, of, part, time},
    world::{MONDAY, World},
};

const PARKING: &str = "matters/pavement-parking";
const TRAFFIC: &str = "traffic-police";

/// Asked in time and granted: the deadline moves, the original one is kept, and the rate of extensions counts it.
///
/// Proves M19, M35.
#[tokio::test]
async fn more_time_is_asked_for_granted_and_counted() {
    let world = World::start().await;
    let (street, sanitation) = (world.coordinator(), world.handler("sanitation"));
    let task = street.issued(GARBAGE, vec![lead("sanitation")]).await;
    let name = &of(&task, "sanitation").name;
    let unsigned = sanitation.ask_extension(name, 120).await;
    refused_with(unsigned, Code::FailedPrecondition, "NOT_SIGNED");
    sanitation.sign(name).await.unwrap();
    let bare = RequestExtensionRequest {
        name: name.clone(),
        ..Default::default()
    };
    let bare = sanitation.assignments().request_extension(bare).await;
    malformed(bare, &["limit", "note"]);
    let long = sanitation.ask_extension(name, 241).await;
    let long = refused_with(long, Code::FailedPrecondition, "EXTENSION_TOO_LONG");
    assert_eq!(long.metadata["at_most"], "4 WORK_HOURS");

    let asked = sanitation.ask_extension(name, 120).await.unwrap();
    assert!(asked.extensions[0].answer.is_none());
    assert_eq!(due(&asked, Stage::Disposal), datetime!(2025-06-16 12:00 +8));
    let other = world.handler("environment").ask_extension(name, 60).await;
    refused_with(other, Code::NotFound, "ASSIGNMENT_NOT_FOUND");
    let task = street.answer_extension(name, Decision::Granted).await;
    let extended = of(&task.unwrap(), "sanitation").clone();
    let disposal = clock(&extended, Stage::Disposal);
    assert_eq!(
        due(&extended, Stage::Disposal),
        datetime!(2025-06-16 16:00 +8)
    );
    assert_eq!(
        time(disposal.original_due_time),
        datetime!(2025-06-16 12:00 +8)
    );
    let again = street.answer_extension(name, Decision::Declined).await;
    refused_with(again, Code::FailedPrecondition, "NO_EXTENSION_ASKED");

    world.at(datetime!(2025-06-16 15:30 +8)).await;
    sanitation.handled(name, &[]).await;
    world.checker().pass(name).await.unwrap();
    world.scored().await;
    let rows = indicators(&street).await;
    let whole = Some("100.00".to_owned());
    assert_eq!(
        rate(&rows, "sanitation", "extension"),
        (1, 1, whole.clone())
    );
    assert_eq!(rate(&rows, "sanitation", "on-time-handling"), (1, 1, whole));
}

/// Once the deadline has passed nothing is extended, whether it was asked in time or not.
#[tokio::test]
async fn what_is_overdue_is_not_extended() {
    let world = World::start().await;
    let (street, sanitation) = (world.coordinator(), world.handler("sanitation"));
    let task = street.issued(GARBAGE, vec![lead("sanitation")]).await;
    let name = &of(&task, "sanitation").name;
    sanitation.sign(name).await.unwrap();
    sanitation.ask_extension(name, 60).await.unwrap();
    world.at(datetime!(2025-06-16 14:30 +8)).await;
    let late = street.answer_extension(name, Decision::Granted).await;
    refused_with(late, Code::FailedPrecondition, "EXTENSION_TOO_LATE");
    let late = sanitation.ask_extension(name, 60).await;
    refused_with(late, Code::FailedPrecondition, "EXTENSION_TOO_LATE");
}

/// A pause charges nobody, ends by itself, and is explained; the organization commits anew.
///
/// Proves M19.
#[tokio::test]
async fn a_pause_stops_the_clocks_and_ends_by_itself() {
    let world = World::start().await;
    let (street, sanitation) = (world.coordinator(), world.handler("sanitation"));
    let task = street.issued(GARBAGE, vec![lead("sanitation")]).await;
    let name = &of(&task, "sanitation").name;
    sanitation.sign(name).await.unwrap();
    sanitation.commit(name, &[]).await.unwrap();
    let bare = RequestHoldRequest {
        name: name.clone(),
        ..Default::default()
    };
    let bare = sanitation.assignments().request_hold(bare).await;
    malformed(bare, &["ground", "note", "until_time"]);
    let ever = sanitation
        .ask_hold(name, MONDAY + Duration::days(400))
        .await;
    refused_with(ever, Code::FailedPrecondition, "HOLD_TOO_LONG");
    let until = datetime!(2025-06-18 10:00 +8);
    world.at(datetime!(2025-06-16 10:00 +8)).await;
    sanitation.ask_hold(name, until).await.unwrap();
    let task = street.answer_hold(name, Decision::Granted).await.unwrap();
    assert_eq!(of(&task, "sanitation").state(), State::OnHold);
    let paused = sanitation.report_in(name).await;
    refused_with(paused, Code::FailedPrecondition, "ON_HOLD");

    world.at(until - Duration::SECOND).await;
    let waits = sanitation.assignment(name).await.unwrap();
    assert_eq!(waits.state(), State::OnHold);
    world.at(until).await;
    let goes_on = sanitation.assignment(name).await.unwrap();
    assert_eq!(goes_on.state(), State::Signed);
    assert_eq!(time(goes_on.holds[0].resume_time), until);
    assert_eq!(
        due(&goes_on, Stage::Disposal),
        datetime!(2025-06-18 12:00 +8),
        "two work hours were left"
    );
    let request = ExplainClockRequest { name: name.clone() };
    let explained = sanitation.events().explain_clock(request).await.unwrap();
    let clocks = explained.into_inner().clocks;
    let disposal = clocks
        .iter()
        .find(|it| it.clock.as_ref().unwrap().stage() == Stage::Disposal);
    let spans = disposal.unwrap().intervals.iter();
    let spans: Vec<_> = spans
        .map(|it| (it.kind(), it.charged, it.cause.as_str()))
        .collect();
    assert_eq!(
        spans,
        [
            (IntervalKind::Run, true, "AssignmentOffered"),
            (IntervalKind::Hold, false, "HoldAnswered"),
            (IntervalKind::Run, true, "AssignmentResumed"),
        ]
    );
    let nothing = sanitation.resume(name).await;
    refused_with(nothing, Code::FailedPrecondition, "NOT_ON_HOLD");
    let second = sanitation.ask_hold(name, until + Duration::DAY).await;
    refused_with(second, Code::FailedPrecondition, "SECOND_HOLD");
    sanitation.handled(name, &[]).await;
    world.checker().pass(name).await.unwrap();
}

/// An officer who declares a recusal leaves the team; one is no team, and who is recused is not committed again.
///
/// Proves R3, R4.
#[tokio::test]
async fn a_recusal_removes_the_officer_and_the_team_is_made_anew() {
    let world = World::start().await;
    let police = world.handler(TRAFFIC);
    let parts = vec![part(TRAFFIC, Role::Lead, Act::Penalise)];
    let task = world.coordinator().issued(PARKING, parts).await;
    let name = &of(&task, TRAFFIC).name;
    police.sign(name).await.unwrap();
    let [one, two, three] = ["guo-mingqin", "yan-siping", "xu-chuntao"];
    police.commit(name, &[one, two]).await.unwrap();
    let alone = police.recuse(name, one).await.unwrap();
    assert_eq!(alone.state(), State::Signed);
    assert!(alone.officers.is_empty());
    assert_eq!(alone.recusals[0].officer, format!("officers/{one}"));
    let again = police.commit(name, &[one, two]).await;
    let again = refused_with(again, Code::FailedPrecondition, "TOO_FEW_OFFICERS");
    assert_eq!(again.metadata["able"], "1");
    police.commit(name, &[two, three]).await.unwrap();
    police.report_in(name).await.unwrap();
    police.report(name).await.unwrap();
    let late = police.recuse(name, two).await;
    refused_with(late, Code::FailedPrecondition, "ALREADY_REPORTED");
}
