//! Deadlines and the timers behind them, under a clock that only the test moves.

use liandong_proto::{
    dispatch::{
        Event, ExplainClockRequest, IntervalKind, ReplayTaskRequest, Stage, event::Payload,
    },
    registry::{
        CalendarDay, CalendarDayKind, CalendarYear, ComputeDeadlineRequest,
        PublishCalendarYearRequest, RuledLimit,
    },
    types::{Limit, LimitKind},
};
use time::{Duration, OffsetDateTime, macros::datetime};
use tonic::Code;

use crate::{
    caller::Caller,
    refusal::{refused, refused_with},
    steps::{GARBAGE, clock, due, lead, of, time, timestamp},
    world::{MONDAY, World},
};
use liandong_kit::testing::eventually;

/// Which stages were found overdue, and when.
async fn overdue(caller: &Caller, task: &str) -> Vec<(Stage, OffsetDateTime)> {
    let replay = caller
        .events()
        .replay_task(ReplayTaskRequest {
            name: task.to_owned(),
        })
        .await
        .unwrap()
        .into_inner();
    assert!(replay.replay_equals_state);
    let late = |it: &Event| match it.payload.as_ref().unwrap() {
        Payload::StageOverdue(late) => Some((late.stage(), time(it.occur_time))),
        _ => None,
    };
    replay.events.iter().filter_map(late).collect()
}

/// Up to and including the due instant a stage is on time; after it the timer says so, once, and never early.
///
/// Proves M19.
#[tokio::test]
async fn a_stage_is_overdue_after_its_deadline_once_and_never_early() {
    let world = World::start().await;
    let street = world.coordinator();
    let task = street.issued(GARBAGE, vec![lead("sanitation")]).await;
    let (sanitation, name) = (world.handler("sanitation"), &of(&task, "sanitation").name);
    let sign_by = due(of(&task, "sanitation"), Stage::Sign);
    assert_eq!(sign_by, datetime!(2025-06-16 9:00 +8));
    world.at(sign_by).await;
    assert_eq!(
        overdue(&street, &task.name).await,
        [],
        "not at the due instant"
    );
    world.at(sign_by + Duration::MICROSECOND).await;
    let moment = sign_by + Duration::MICROSECOND;
    assert_eq!(overdue(&street, &task.name).await, [(Stage::Sign, moment)]);
    world.at(datetime!(2025-06-16 10:00 +8)).await;
    let signed = sanitation.sign(name).await.unwrap();
    assert!(
        clock(&signed, Stage::Sign).overdue_time.is_some(),
        "late stays late"
    );
    world.at(datetime!(2025-06-23 18:00 +8)).await;
    let stages: Vec<_> = overdue(&street, &task.name)
        .await
        .into_iter()
        .map(|it| it.0)
        .collect();
    assert_eq!(
        stages,
        [Stage::Sign, Stage::Commit, Stage::Disposal],
        "each once, the earliest first"
    );
    sanitation.handled(name, &[]).await;
    assert_eq!(
        overdue(&street, &task.name).await.len(),
        3,
        "what is on record is not recorded again"
    );
    world.later(Duration::days(3)).await;
    let last = *overdue(&street, &task.name).await.last().unwrap();
    assert_eq!(
        last.0,
        Stage::Check,
        "the checker's clock runs after the report"
    );
    let checked = world
        .checker()
        .pass(name)
        .await
        .unwrap()
        .assignment
        .unwrap();
    assert!(clock(&checked, Stage::Check).overdue_time.is_some());
}

/// What came due while nothing ran is found at the next start; what is due later still is.
///
/// Proves M19.
#[tokio::test]
async fn timers_survive_a_restart() {
    let world = World::start().await;
    let task = world
        .coordinator()
        .issued(GARBAGE, vec![lead("sanitation")])
        .await;
    let name = of(&task, "sanitation").name.clone();
    let world = world.restarted_at(datetime!(2025-06-16 9:30 +8)).await;
    world.at(datetime!(2025-06-16 9:30 +8)).await;
    let street = world.coordinator();
    let found = eventually("the timer of what came due meanwhile", || async {
        overdue(&street, &task.name).await.first().copied()
    })
    .await;
    assert_eq!(found, (Stage::Sign, datetime!(2025-06-16 9:30 +8)));
    world.handler("sanitation").sign(&name).await.unwrap();
    world.at(datetime!(2025-06-16 12:00:01 +8)).await;
    let stages: Vec<_> = overdue(&street, &task.name)
        .await
        .into_iter()
        .map(|it| it.0)
        .collect();
    assert_eq!(stages, [Stage::Sign, Stage::Commit, Stage::Disposal]);
}

/// A late step and its timer race: whoever comes first, it is on record once.
#[tokio::test]
async fn a_step_after_the_deadline_is_late_even_if_no_timer_was_quicker() {
    let world = World::start().await;
    let street = world.coordinator();
    let task = street.issued(GARBAGE, vec![lead("sanitation")]).await;
    let name = of(&task, "sanitation").name.clone();
    let late = datetime!(2025-06-16 9:00:00.5 +8);
    let (sanitation, _) = (world.handler("sanitation"), ());
    let (signed, ()) = tokio::join!(
        async {
            while world.clock.now() < late {
                tokio::task::yield_now().await;
            }
            sanitation.sign(&name).await.unwrap()
        },
        world.at(late)
    );
    assert!(time(clock(&signed, Stage::Sign).overdue_time) >= late);
    assert_eq!(overdue(&street, &task.name).await.len(), 1);
}

/// Rounds, pauses and the checker's time, each span with the event that began it.
///
/// Proves M19, R9.
#[tokio::test]
async fn every_clock_explains_itself() {
    let world = World::start().await;
    let task = world
        .coordinator()
        .issued(GARBAGE, vec![lead("sanitation")])
        .await;
    let (sanitation, name) = (world.handler("sanitation"), &of(&task, "sanitation").name);
    let wait = async || world.later(Duration::minutes(6)).await;
    wait().await;
    sanitation.sign(name).await.unwrap();
    wait().await;
    sanitation.commit(name, &[]).await.unwrap();
    wait().await;
    sanitation.report_in(name).await.unwrap();
    wait().await;
    sanitation.report(name).await.unwrap();
    wait().await;
    world.checker().fail(name).await.unwrap();
    let request = ExplainClockRequest { name: name.clone() };
    let clocks = sanitation
        .events()
        .explain_clock(request.clone())
        .await
        .unwrap()
        .into_inner()
        .clocks;
    let stages: Vec<_> = clocks
        .iter()
        .map(|it| (it.round, it.clock.as_ref().unwrap().stage()))
        .collect();
    let first = [
        Stage::Sign,
        Stage::Disposal,
        Stage::Commit,
        Stage::OnSite,
        Stage::Check,
    ];
    for stage in first {
        assert!(
            stages.contains(&(1, stage)),
            "{stage:?} of round 1 in {stages:?}"
        );
    }
    assert_eq!(
        stages.iter().filter(|it| it.0 == 2).count(),
        2,
        "commit and disposal run again: {stages:?}"
    );
    for it in &clocks {
        let deadline = it.clock.as_ref().unwrap().deadline.as_ref().unwrap();
        assert!(
            deadline.rule.starts_with("matters/garbage-heap#")
                && !deadline.calendar_version.is_empty()
        );
        assert!(!it.intervals.is_empty(), "{it:?}");
        assert!(
            it.intervals
                .iter()
                .all(|it| !it.cause.is_empty() && it.cause_version > 0)
        );
    }
    let of = |round, stage| {
        clocks
            .iter()
            .find(|it| it.round == round && it.clock.as_ref().unwrap().stage() == stage)
            .unwrap()
    };
    let check = of(1, Stage::Check);
    assert_eq!(
        (check.intervals[0].kind(), check.intervals[0].cause.as_str()),
        (IntervalKind::Run, "AssignmentReported")
    );
    assert_eq!(
        time(check.intervals[0].end_time),
        MONDAY + Duration::minutes(30)
    );
    let disposal = of(2, Stage::Disposal);
    assert_eq!(
        time(
            disposal
                .clock
                .as_ref()
                .unwrap()
                .deadline
                .as_ref()
                .unwrap()
                .start_time
        ),
        MONDAY + Duration::minutes(30)
    );
    assert!(
        disposal.intervals.last().unwrap().end_time.is_none(),
        "it runs"
    );
    let stranger = world
        .handler("environment")
        .events()
        .explain_clock(request)
        .await;
    refused(stranger, Code::NotFound, "ASSIGNMENT_NOT_FOUND");
}

/// The eight examples of the domain, over the wire.
///
/// Proves R9.
#[tokio::test]
async fn the_registry_counts_as_the_law_and_the_office_hours_do() {
    let world = World::start().await;
    let caller = world.handler("sanitation");
    let hours = 60;
    for (start, kind, amount, due) in [
        (
            datetime!(2025-01-26 9:00 +8),
            LimitKind::WorkHours,
            4 * hours,
            datetime!(2025-01-26 15:00 +8),
        ),
        (
            datetime!(2025-01-27 17:30 +8),
            LimitKind::WorkHours,
            2 * hours,
            datetime!(2025-02-05 9:30 +8),
        ),
        (
            datetime!(2025-01-27 17:30 +8),
            LimitKind::UrgentHours,
            2 * hours,
            datetime!(2025-01-27 19:30 +8),
        ),
        (
            datetime!(2025-06-13 11:30 +8),
            LimitKind::WorkHours,
            2 * hours,
            datetime!(2025-06-13 15:30 +8),
        ),
        (
            datetime!(2026-02-14 17:00 +8),
            LimitKind::WorkHours,
            4 * hours,
            datetime!(2026-02-24 11:00 +8),
        ),
        (
            datetime!(2025-01-27 10:00 +8),
            LimitKind::WorkDays,
            7,
            datetime!(2025-02-12 18:00 +8),
        ),
        (
            datetime!(2025-09-26 10:00 +8),
            LimitKind::WorkDays,
            5,
            datetime!(2025-10-10 18:00 +8),
        ),
        (
            datetime!(2025-07-01 0:00 +8),
            LimitKind::CalendarDays,
            90,
            datetime!(2025-09-30 0:00 +8),
        ),
    ] {
        let deadline = compute(&caller, start, kind, amount).await.unwrap();
        assert_eq!(deadline, due, "{start} + {amount} {kind:?}");
    }
}

async fn compute(
    caller: &Caller,
    start: OffsetDateTime,
    kind: LimitKind,
    amount: i32,
) -> Result<OffsetDateTime, tonic::Status> {
    let limit = RuledLimit {
        limit: Some(Limit {
            kind: kind as i32,
            amount,
        }),
        rule: "test#rule".into(),
    };
    let request = ComputeDeadlineRequest {
        start_time: Some(timestamp(start)),
        limits: vec![limit],
        ..Default::default()
    };
    let answer = caller
        .calendar()
        .compute_deadline(request)
        .await?
        .into_inner();
    assert_eq!(answer.deadlines[0].rule, "test#rule");
    Ok(time(answer.deadlines[0].due_time))
}

/// A unit with office hours of its own is given time in those hours, its checker in the district's.
///
/// Proves R9.
#[tokio::test]
async fn a_unit_with_hours_of_its_own_is_given_time_in_them() {
    let own = r#"name: 云麓区市容环境卫生管理局, office_hours: ["10:00-12:00", "13:00-19:00"],"#;
    let street = liandong::up::DEMO.replace("name: 云麓区市容环境卫生管理局,", own);
    let world = World::of(&street).await;
    let coordinator = world.coordinator();
    let task = coordinator.issued(GARBAGE, vec![lead("sanitation")]).await;
    let order = of(&task, "sanitation");
    assert_eq!(
        due(order, Stage::Sign),
        datetime!(2025-06-16 11:00 +8),
        "an hour from when it opens"
    );
    assert_eq!(
        due(order, Stage::Disposal),
        datetime!(2025-06-16 15:00 +8),
        "four hours of its own"
    );
    let reported = world.handler("sanitation").worked(&order.name, &[]).await;
    assert_eq!(
        due(&reported, Stage::Check),
        datetime!(2025-06-16 12:00 +8),
        "the centre's four hours begin at 8"
    );
}

/// A day that the district decides otherwise counts in dispatch's copy of the calendar as it does in the registry's
/// own: both give the same deadline.
///
/// Proves R9.
#[tokio::test]
async fn a_day_decided_otherwise_moves_orders_as_the_registry_says() {
    let closed = "day_overrides:\n  - {id: storm, date: 2025-06-16, change: off, notice: 云政办发〔2025〕31号, reason: 暴雨红色预警停工}\n";
    let street = format!("{}\n{closed}", liandong::up::DEMO);
    let world = World::of(&street).await;
    let coordinator = world.coordinator();
    let task = coordinator.issued(GARBAGE, vec![lead("sanitation")]).await;
    let ours = due(of(&task, "sanitation"), Stage::Sign);
    let theirs = compute(&coordinator, MONDAY, LimitKind::WorkHours, 60).await;
    assert_eq!(ours, theirs.unwrap());
    assert_eq!(
        ours,
        datetime!(2025-06-17 9:00 +8),
        "an hour from when it opens the day after"
    );
}

/// Outside the published calendar there is no deadline, so nothing is issued; a new year is published at run time.
///
/// Proves R9.
#[tokio::test]
async fn no_order_goes_out_with_a_guessed_deadline() {
    let eve = datetime!(2026-12-31 17:30 +8);
    let world = World::start_at(eve).await;
    let (street, registrar) = (world.coordinator(), world.registrar());
    let refusal = refused_with(
        compute(&street, eve, LimitKind::WorkDays, 2).await,
        Code::FailedPrecondition,
        "CALENDAR_NOT_PUBLISHED",
    );
    assert_eq!(refusal.metadata["year"], "2027");
    let case = street.filed(GARBAGE).await;
    let task = street.planned(&case, vec![lead("sanitation")]).await;
    let refusal = refused_with(
        street.issue(&task.name).await,
        Code::FailedPrecondition,
        "CALENDAR_NOT_PUBLISHED",
    );
    assert_eq!(refusal.metadata["year"], "2027");
    assert!(
        street
            .task(&task.name)
            .await
            .unwrap()
            .assignments
            .is_empty()
    );

    let day = |date: &str, kind| CalendarDay {
        date: date.into(),
        kind: kind as i32,
    };
    let year = CalendarYear {
        year: 2027,
        notice: "国办发明电〔2026〕9号".into(),
        days: vec![
            day("2027-01-01", CalendarDayKind::Holiday),
            day("2027-01-03", CalendarDayKind::MakeUpWorkday),
        ],
        ..Default::default()
    };
    let publish = PublishCalendarYearRequest {
        calendar_year: Some(year),
        ..Default::default()
    };
    let denied = street
        .calendar()
        .publish_calendar_year(publish.clone())
        .await;
    refused(denied, Code::PermissionDenied, "ROLE_REQUIRED");
    registrar
        .calendar()
        .publish_calendar_year(publish)
        .await
        .unwrap();
    assert_eq!(
        compute(&street, eve, LimitKind::WorkDays, 1).await.unwrap(),
        datetime!(2027-01-03 18:00 +8)
    );
    let task = eventually("dispatch to read the new calendar", || async {
        street.issue(&task.name).await.ok()
    })
    .await;
    assert_eq!(
        due(of(&task, "sanitation"), Stage::Sign),
        datetime!(2027-01-03 8:30 +8),
        "30 minutes today, 30 then"
    );
}
