//! After a case is closed: revisits, a failed one, a relapse.

use liandong_proto::dispatch::{
    self as wire, Case, CaseSource, ListRevisitsRequest, RecordRevisitRequest,
    RecordRootCauseRequest, ReopenCaseRequest, ReopenCause, ReportCaseRequest, Role, Task, case,
    revisit,
};
use liandong_proto::types::{Act, Role as Caps};
use time::{OffsetDateTime, macros::datetime};
use tonic::{Code, Response, Status};

use crate::{
    caller::Caller,
    refusal::{malformed, refused},
    steps::{of, part, time},
    world::{CENTRE, World},
};

const DRAIN: &str = "matters/drain-overflow";
const YEAR_END: OffsetDateTime = datetime!(2025-12-29 9:00 +8);

/// The drain at the low corner of the lane: reported, verified and filed.
async fn overflowing(world: &World) -> Case {
    let street = world.coordinator();
    let request = ReportCaseRequest {
        source: CaseSource::Public as i32,
        title: "污水外溢".into(),
        area: crate::steps::GRID.into(),
        object: "雨水口 YS-0317".into(),
        supposed_matter: DRAIN.into(),
        ..Default::default()
    };
    let reported = street.cases().report_case(request).await.unwrap();
    let case = reported.into_inner().case.unwrap();
    let verify = wire::VerifyCaseRequest {
        name: case.name.clone(),
        exists: true,
        ..Default::default()
    };
    street.cases().verify_case(verify).await.unwrap();
    let file = wire::FileCaseRequest {
        name: case.name,
        matter: DRAIN.into(),
        condition: "overflow".into(),
        ..Default::default()
    };
    let filed = street.cases().file_case(file).await.unwrap();
    filed.into_inner().case.unwrap()
}

/// Drained, and checked by the centre.
async fn drained(world: &World, case: &Case) -> Task {
    let street = world.coordinator();
    let parts = vec![part("municipal-works", Role::Lead, Act::Dispose)];
    let task = street.planned(case, parts).await;
    let task = street.issue(&task.name).await.unwrap();
    let order = of(&task, "municipal-works").name.clone();
    world.handler("municipal-works").worked(&order, &[]).await;
    world.checker().pass(&order).await.unwrap();
    task
}

fn visit(case: &str, number: u32, passed: bool) -> RecordRevisitRequest {
    RecordRevisitRequest {
        name: format!("{case}/revisits/{number}"),
        passed,
        note: "现场查看".into(),
        ..Default::default()
    }
}

async fn revisit(
    caller: &Caller,
    request: RecordRevisitRequest,
) -> Result<Response<wire::RecordRevisitResponse>, Status> {
    caller.follow_up().record_revisit(request).await
}

fn revisitor(world: &World) -> Caller {
    world.person(CENTRE, "sun-huifang", &[Caps::Checker])
}

/// Found at the year's end, drained, revisited after 7, 30 and 60 days by somebody who neither handled nor checked it;
/// two months later it is back: filed again it is known as a relapse, and reopens the old case in a new round.
///
/// Proves A7, M25.
#[tokio::test]
async fn an_overflowing_drain_is_revisited_for_two_months_and_a_relapse_reopens_it() {
    let world = World::start_at(YEAR_END).await;
    let case = overflowing(&world).await;
    drained(&world, &case).await;
    let closed = world.coordinator().case(&case.name).await.unwrap();
    assert_eq!(closed.state(), case::State::Closed);
    let days: Vec<i32> = closed.revisits.iter().map(|it| it.after_days).collect();
    assert_eq!(days, [7, 30, 60]);
    let early = revisit(&revisitor(&world), visit(&case.name, 1, true)).await;
    refused(early, Code::FailedPrecondition, "REVISIT_NOT_DUE");

    world.at(datetime!(2026-01-05 10:00 +8)).await;
    let listed = revisitor(&world)
        .follow_up()
        .list_revisits(ListRevisitsRequest {
            filter: "state = DUE".into(),
            ..Default::default()
        })
        .await
        .unwrap()
        .into_inner()
        .revisits;
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].state(), revisit::State::Due);
    let deadline = listed[0].deadline.clone().unwrap();
    assert_eq!(
        time(deadline.due_time),
        datetime!(2026-01-07 18:00 +8),
        "three working days from its day on"
    );
    revisit(&revisitor(&world), visit(&case.name, 1, true))
        .await
        .unwrap();
    for (number, day) in [
        (2, datetime!(2026-01-28 10:00 +8)),
        (3, datetime!(2026-02-27 10:00 +8)),
    ] {
        world.at(day).await;
        revisit(&revisitor(&world), visit(&case.name, number, true))
            .await
            .unwrap();
    }

    world.at(datetime!(2026-03-02 9:00 +8)).await;
    let again = overflowing(&world).await;
    assert_eq!(again.relapse_of, case.name);
    let street = world.coordinator();
    let cause = RecordRootCauseRequest {
        name: case.name.clone(),
        note: "地势低洼，餐饮商户直排".into(),
        remedy: "改造雨水口，责令商户停止直排".into(),
        ..Default::default()
    };
    street.follow_up().record_root_cause(cause).await.unwrap();
    let reopen = ReopenCaseRequest {
        name: case.name.clone(),
        relapse: again.name.clone(),
        ..Default::default()
    };
    let reopened = street.follow_up().reopen_case(reopen).await.unwrap();
    let reopened = reopened.into_inner().case.unwrap();
    assert_eq!((reopened.state(), reopened.round), (case::State::Filed, 2));
    assert_eq!(reopened.rounds[0].cause(), ReopenCause::Relapse);
    assert_eq!(reopened.relapses, std::slice::from_ref(&again.name));
    assert_eq!(reopened.merged_cases, std::slice::from_ref(&again.name));
    assert_eq!(reopened.root_causes.len(), 1);
    let merged = street.case(&again.name).await.unwrap();
    assert_eq!(merged.merged_into, case.name);

    drained(&world, &reopened).await;
    let closed = world.coordinator().case(&case.name).await.unwrap();
    assert_eq!(closed.state(), case::State::Closed);
    assert_eq!(closed.revisits.len(), 6, "a new series");
}

/// Neither the unit that did the work nor the person who checked it says whether it lasted. One that finds it unsolved
/// opens a new round with a task of its own; the rest of the series falls.
///
/// Proves M25, R10.
#[tokio::test]
async fn a_failed_revisit_by_somebody_without_a_part_in_it_opens_a_new_round() {
    let world = World::start().await;
    let case = overflowing(&world).await;
    let first = drained(&world, &case).await;
    world.later(time::Duration::days(8)).await;
    let worker = world.person("municipal-works", "somebody-else", &[Caps::Checker]);
    let by_handler = revisit(&worker, visit(&case.name, 1, true)).await;
    refused(by_handler, Code::FailedPrecondition, "CHECKER_IS_HANDLER");
    let by_checker = revisit(&world.checker(), visit(&case.name, 1, true)).await;
    refused(by_checker, Code::FailedPrecondition, "CHECKER_IS_HANDLER");
    // An officer of the works department who had no hand in it, and serves elsewhere now.
    let seconded = world.person(CENTRE, "song-huigang", &[Caps::Checker]);
    let by_officer = revisit(&seconded, visit(&case.name, 1, true)).await;
    let said = refused(by_officer, Code::FailedPrecondition, "CHECKER_IS_HANDLER");
    assert_eq!(said.metadata["who"], "song-huigang");
    let stranger = world.person("fire", "fire-checker", &[Caps::Checker]);
    let by_stranger = revisit(&stranger, visit(&case.name, 1, true)).await;
    refused(by_stranger, Code::NotFound, "CASE_NOT_FOUND");

    let mut silent = visit(&case.name, 1, false);
    silent.note = String::new();
    malformed(revisit(&revisitor(&world), silent).await, &["note"]);
    let request = visit(&case.name, 1, false);
    let failed = revisit(&revisitor(&world), request.clone()).await.unwrap();
    let reopened = failed.into_inner().case.unwrap();
    assert_eq!((reopened.state(), reopened.round), (case::State::Filed, 2));
    assert_eq!(reopened.rounds[0].task, first.name);
    let states: Vec<_> = reopened.revisits.iter().map(|it| it.state()).collect();
    use revisit::State::{Cancelled, Failed};
    assert_eq!(states, [Failed, Cancelled, Cancelled]);
    let inbox = wire::PullInboxRequest {
        group: "works".into(),
        max_events: 100,
        ..Default::default()
    };
    let mut works = world.handler("municipal-works").inbox();
    let told = works.pull_inbox(inbox).await.unwrap().into_inner().events;
    let told: Vec<_> = told.into_iter().filter_map(|it| it.event).collect();
    let told = crate::steps::kinds(&told);
    assert!(told.contains(&"RevisitRecorded".to_owned()), "{told:?}");
    let repeated = revisit(&revisitor(&world), request).await.unwrap();
    assert_eq!(repeated.into_inner().case.unwrap().round, 2, "once");

    let second = drained(&world, &reopened).await;
    assert_ne!(second.name, first.name);
    let closed = world.coordinator().case(&case.name).await.unwrap();
    assert_eq!(closed.state(), case::State::Closed);
}

/// Nobody went: the timer puts it on record, also across a restart.
///
/// Proves M25.
#[tokio::test]
async fn a_revisit_that_nobody_makes_is_overdue_by_timer() {
    let world = World::start().await;
    let case = overflowing(&world).await;
    drained(&world, &case).await;
    let world = world.restarted().await;
    world.later(time::Duration::days(20)).await;
    let late = world.coordinator().case(&case.name).await.unwrap();
    let first = &late.revisits[0];
    assert_eq!(first.state(), revisit::State::Due);
    assert!(first.overdue_time.is_some());
}
