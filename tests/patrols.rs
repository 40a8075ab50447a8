//! Daily patrols over real gRPC: who owes a log is asked of the registry every day, a log becomes cases, and one that
//! is missing is found by timer.

use liandong_kit::testing::eventually;
use liandong_proto::dispatch::{
    AmendDailyLogRequest, CaseSource, CreatePatrolPlanRequest, DailyLog, EndPatrolPlanRequest,
    ExcuseDailyLogRequest, GetDailyLogRequest, GetPatrolPlanRequest, GetPatrolSummaryRequest,
    ListDailyLogsRequest, PatrolFinding, PatrolPlan, PatrolVisit, SubmitDailyLogRequest,
    daily_log::State, patrol_finding::Kind,
};
use liandong_proto::types::Role;
use time::{Duration, macros::datetime};
use tonic::Code;

use crate::{
    caller::Caller,
    refusal::{malformed, refused_with},
    steps::{GRID, timestamp},
    world::{MONDAY, STREET, World},
};

/// 安国良: grids 1 and 2 of 锦绣社区, and the road of two compounds there.
pub(crate) const LOG: &str = "dutyHolders/an-guoliang/dailyLogs/2025-06-16";

pub(crate) async fn planned(street: &Caller, area: &str) -> PatrolPlan {
    let request = CreatePatrolPlanRequest {
        title: "日常巡查".into(),
        area: area.into(),
        log_due_at: "20:00".into(),
        ..Default::default()
    };
    let answer = street.patrols().create_patrol_plan(request).await.unwrap();
    answer.into_inner().patrol_plan.unwrap()
}

pub(crate) async fn log(caller: &Caller, name: &str) -> Option<DailyLog> {
    let request = GetDailyLogRequest { name: name.into() };
    let answer = caller.patrols().get_daily_log(request).await.ok()?;
    answer.into_inner().daily_log
}

/// The log once a plan has asked for it.
pub(crate) async fn owed(caller: &Caller, name: &str) -> DailyLog {
    eventually("the day to be opened", || log(caller, name)).await
}

pub(crate) async fn logs(caller: &Caller, filter: &str) -> Vec<DailyLog> {
    let request = ListDailyLogsRequest {
        page_size: 500,
        filter: filter.into(),
        ..Default::default()
    };
    let answer = caller.patrols().list_daily_logs(request).await.unwrap();
    answer.into_inner().daily_logs
}

fn visits(areas: &[String]) -> Vec<PatrolVisit> {
    let visit = |area: &String| PatrolVisit {
        area: area.clone(),
        ..Default::default()
    };
    areas.iter().map(visit).collect()
}

fn submission(log: &DailyLog) -> SubmitDailyLogRequest {
    SubmitDailyLogRequest {
        name: log.name.clone(),
        visits: visits(&log.planned_areas),
        ..Default::default()
    }
}

fn grid_worker(world: &World) -> Caller {
    world.person("community-jinxiu", "an-guoliang", &[Role::Handler])
}

/// Proves M15, R20.
#[tokio::test]
async fn whoever_patrols_owes_a_log_and_a_missing_one_is_found() {
    let world = World::start().await;
    let (street, worker) = (world.coordinator(), grid_worker(&world));
    let plan = planned(&street, "areas/990101001").await;
    let mine = owed(&worker, LOG).await;
    assert_eq!(
        (mine.state(), mine.organizer.as_str()),
        (State::Expected, "organizations/street-office")
    );
    assert!(mine.planned_areas.contains(&GRID.to_owned()), "{mine:?}");
    let all = logs(&street, "state = EXPECTED").await;
    assert!(all.len() > 20, "{} logs are owed", all.len());

    // Nobody looks on another day: whoever wrote down last week's round has not made today's.
    let mut earlier = submission(&mine);
    earlier.visits[0].start_time = Some(timestamp(MONDAY - Duration::WEEK));
    let answer = worker.patrols().submit_daily_log(earlier).await;
    malformed(answer, &["visits[0].start_time"]);
    let mut short = submission(&mine);
    short.visits.pop();
    let refused = worker.patrols().submit_daily_log(short).await;
    refused_with(refused, Code::FailedPrecondition, "AREAS_NOT_VISITED");
    let request = SubmitDailyLogRequest {
        findings: vec![
            PatrolFinding {
                kind: Kind::FixedOnSite as i32,
                title: "占道广告牌，已劝离".into(),
                area: GRID.into(),
                ..Default::default()
            },
            PatrolFinding {
                kind: Kind::Case as i32,
                title: "路边堆放垃圾".into(),
                area: GRID.into(),
                address: "锦绣一巷 3 号".into(),
                ..Default::default()
            },
        ],
        request_id: "0198c0de-0000-7000-8000-000000000001".into(),
        ..submission(&mine)
    };
    let done = worker
        .patrols()
        .submit_daily_log(request.clone())
        .await
        .unwrap();
    let done = done.into_inner().daily_log.unwrap();
    assert_eq!(done.state(), State::Submitted);
    let again = worker.patrols().submit_daily_log(request).await.unwrap();
    assert_eq!(
        again.into_inner().daily_log.unwrap(),
        done,
        "a retry has one effect"
    );
    let case = street.case(&done.findings[1].case).await.unwrap();
    assert_eq!(
        (case.source(), case.title.as_str()),
        (CaseSource::Patrol, "路边堆放垃圾")
    );
    assert_eq!(
        case.organization, "organizations/street-office",
        "who ordered the patrol takes it up"
    );
    assert_eq!(
        case.clocks.len(),
        1,
        "its time runs as that of every other case"
    );

    world.at(datetime!(2025-06-16 20:00 +8)).await;
    assert_eq!(
        logs(&street, "state = MISSING").await.len(),
        0,
        "not before its time is over"
    );
    world.at(datetime!(2025-06-16 20:01 +8)).await;
    let missing = logs(&street, "state = MISSING").await;
    assert_eq!(missing.len(), all.len() - 1);
    assert_eq!(
        missing[0].findings[0].kind(),
        Kind::MissingLog,
        "itself a finding"
    );
    let request = GetPatrolSummaryRequest {
        first_day: "2025-06-16".into(),
        last_day: "2025-06-16".into(),
    };
    let counts = street
        .patrols()
        .get_patrol_summary(request)
        .await
        .unwrap()
        .into_inner()
        .counts;
    let of = |state: State| {
        counts
            .iter()
            .filter(|it| it.state() == state)
            .map(|it| it.count)
            .sum::<i64>()
    };
    assert_eq!(
        (of(State::Missing), of(State::Submitted)),
        (missing.len() as i64, 1)
    );

    let late = missing
        .iter()
        .find(|it| it.organization == "organizations/street-office")
        .unwrap();
    let tardy = street
        .patrols()
        .submit_daily_log(submission(late))
        .await
        .unwrap();
    assert_eq!(tardy.into_inner().daily_log.unwrap().state(), State::Late);
    let request = GetPatrolPlanRequest { name: plan.name };
    let plan = street
        .patrols()
        .get_patrol_plan(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(plan.patrol_plan.unwrap().opened_through, "2025-06-16");
    world.scored().await;
}

/// Proves R20.
#[tokio::test]
async fn days_pass_while_everything_is_stopped_and_none_is_left_out() {
    let world = World::start().await;
    planned(&world.coordinator(), "areas/990101001001").await;
    owed(&grid_worker(&world), LOG).await;
    // From Monday over the weekend to the next Monday, 10:00.
    let world = world.restarted_at(datetime!(2025-06-23 10:00 +8)).await;
    let (street, name) = (
        world.coordinator(),
        "dutyHolders/an-guoliang/dailyLogs/2025-06-23",
    );
    // What dispatch could not ask while the registry came up, it asks again when time goes on.
    eventually("the day to be opened", || async {
        world.later(time::Duration::SECOND).await;
        log(&street, name).await
    })
    .await;
    world.later(time::Duration::SECOND).await;
    let mine = logs(&street, "holder = an-guoliang").await;
    let days: Vec<(&str, State)> = mine
        .iter()
        .map(|it| (it.day.as_str(), it.state()))
        .collect();
    let missing = |day| (day, State::Missing);
    let expected = [
        ("2025-06-23", State::Expected),
        missing("2025-06-20"),
        missing("2025-06-19"),
        missing("2025-06-18"),
        missing("2025-06-17"),
        missing("2025-06-16"),
    ];
    assert_eq!(days, expected, "the weekend owes nothing");
    let end = EndPatrolPlanRequest {
        name: mine[0].plan.clone(),
        last_day: "2025-06-20".into(),
        ..Default::default()
    };
    refused_with(
        street.patrols().end_patrol_plan(end.clone()).await,
        Code::FailedPrecondition,
        "DAY_ALREADY_OPENED",
    );
    let end = EndPatrolPlanRequest {
        last_day: "2025-06-23".into(),
        ..end
    };
    street.patrols().end_patrol_plan(end).await.unwrap();
    world.later(time::Duration::days(3)).await;
    assert_eq!(logs(&street, "day >= 2025-06-24").await.len(), 0);
}

#[tokio::test]
async fn a_log_is_written_by_its_holder_and_added_to_only() {
    let world = World::start().await;
    let (street, worker) = (world.coordinator(), grid_worker(&world));
    planned(&street, "areas/990101001001").await;
    let mine = owed(&worker, LOG).await;
    let stranger = world.handler("sanitation");
    refused_with(
        stranger.patrols().submit_daily_log(submission(&mine)).await,
        Code::NotFound,
        "DUTY_HOLDER_NOT_FOUND",
    );
    let hidden = GetDailyLogRequest { name: LOG.into() };
    refused_with(
        stranger.patrols().get_daily_log(hidden).await,
        Code::NotFound,
        "DAILY_LOG_NOT_FOUND",
    );
    // 值班室 logs in as a person of its own: nobody else writes its log, but a coordinator for it.
    let watch = SubmitDailyLogRequest {
        name: "dutyHolders/wang-hailan/dailyLogs/2025-06-16".into(),
        ..Default::default()
    };
    let colleague = world.person(STREET, "guo-xiubin", &[Role::Handler]);
    refused_with(
        colleague.patrols().submit_daily_log(watch.clone()).await,
        Code::FailedPrecondition,
        "NOT_OWN_LOG",
    );
    let voluntary = street
        .patrols()
        .submit_daily_log(watch)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(voluntary.daily_log.unwrap().state(), State::Voluntary);
    let addition = AmendDailyLogRequest {
        name: LOG.into(),
        reason: "补记夜间情况".into(),
        ..Default::default()
    };
    refused_with(
        worker.patrols().amend_daily_log(addition.clone()).await,
        Code::FailedPrecondition,
        "LOG_NOT_SUBMITTED",
    );
    worker
        .patrols()
        .submit_daily_log(submission(&mine))
        .await
        .unwrap();
    let more = worker
        .patrols()
        .amend_daily_log(addition)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(more.daily_log.unwrap().entries.len(), 2);
    refused_with(
        worker
            .patrols()
            .submit_daily_log(SubmitDailyLogRequest {
                note: "改口".into(),
                ..submission(&mine)
            })
            .await,
        Code::FailedPrecondition,
        "LOG_ALREADY_SUBMITTED",
    );
    let excuse = |holder: &str| ExcuseDailyLogRequest {
        name: format!("dutyHolders/{holder}/dailyLogs/2025-06-16"),
        reason: "病假".into(),
        ..Default::default()
    };
    let excused = street
        .patrols()
        .excuse_daily_log(excuse("bai-guifang"))
        .await
        .unwrap();
    assert_eq!(
        excused.into_inner().daily_log.unwrap().state(),
        State::Excused
    );
    refused_with(
        street
            .patrols()
            .excuse_daily_log(excuse("an-guoliang"))
            .await,
        Code::FailedPrecondition,
        "LOG_ALREADY_SUBMITTED",
    );
}

#[tokio::test]
async fn every_bad_field_of_a_plan_and_a_log_is_named() {
    let world = World::start().await;
    let street = world.coordinator();
    let bad = CreatePatrolPlanRequest {
        area: "areas".into(),
        log_due_at: "24:01".into(),
        first_day: "2025-06-15".into(),
        last_day: "2025-06-31".into(),
        ..Default::default()
    };
    malformed(
        street.patrols().create_patrol_plan(bad).await,
        &["area", "first_day", "last_day", "log_due_at", "title"],
    );
    let elsewhere = CreatePatrolPlanRequest {
        title: "巡查".into(),
        area: "areas/110101".into(),
        ..Default::default()
    };
    malformed(
        street.patrols().create_patrol_plan(elsewhere).await,
        &["area"],
    );
    let tomorrow = SubmitDailyLogRequest {
        name: "dutyHolders/an-guoliang/dailyLogs/2025-06-17".into(),
        findings: vec![PatrolFinding {
            kind: Kind::MissingLog as i32,
            area: GRID.into(),
            ..Default::default()
        }],
        ..Default::default()
    };
    malformed(
        grid_worker(&world)
            .patrols()
            .submit_daily_log(tomorrow)
            .await,
        &["findings[0].kind", "findings[0].title", "name"],
    );
    assert_eq!(world.clock.now(), MONDAY);
}
