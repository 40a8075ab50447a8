//! Days that the district decides otherwise, and deadlines taken apart.

use liandong_kit::client::Peer;
use liandong_proto::registry as proto;
use liandong_proto::registry::calendar_service_client::CalendarServiceClient;
use liandong_proto::registry::deadline_interval::Count;
use liandong_proto::registry::{DayOverrideKind, DeadlineReason};
use liandong_proto::types::{Limit, LimitKind, Role};
use prost_types::FieldMask;
use time::{OffsetDateTime, macros::datetime};
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::world::{TOWN, World, at, bad_fields, is};

fn client(world: &World) -> CalendarServiceClient<Peer> {
    CalendarServiceClient::new(world.peer(&[Role::Registrar]))
}

fn day(date: &str, kind: DayOverrideKind) -> proto::DayOverride {
    proto::DayOverride {
        date: date.into(),
        kind: kind.into(),
        notice: "云政办发〔2026〕31号".into(),
        reason: "台风红色预警停工".into(),
        ..Default::default()
    }
}

async fn create(
    world: &World,
    id: &str,
    it: proto::DayOverride,
) -> Result<proto::DayOverride, Status> {
    let request = proto::CreateDayOverrideRequest {
        day_override_id: id.into(),
        day_override: Some(it),
        ..Default::default()
    };
    Ok(client(world)
        .create_day_override(request)
        .await?
        .into_inner()
        .day_override
        .unwrap())
}

fn ruled(kind: LimitKind, amount: i32) -> proto::RuledLimit {
    proto::RuledLimit {
        limit: Some(Limit {
            kind: kind.into(),
            amount,
        }),
        rule: "matters/garbage#default".into(),
    }
}

async fn due(
    world: &World,
    start: OffsetDateTime,
    limit: proto::RuledLimit,
) -> Option<prost_types::Timestamp> {
    let request = proto::ComputeDeadlineRequest {
        organization: "organizations/planning".into(),
        start_time: at(start),
        limits: vec![limit],
    };
    client(world)
        .compute_deadline(request)
        .await
        .unwrap()
        .into_inner()
        .deadlines[0]
        .due_time
}

#[tokio::test]
async fn a_day_that_is_decided_otherwise_counts_until_the_decision_is_withdrawn() {
    let world = World::new().await;
    let wednesday = datetime!(2026-08-12 10:00 +8);
    let one = || ruled(LimitKind::WorkDays, 1);
    assert_eq!(
        due(&world, wednesday, one()).await,
        at(datetime!(2026-08-13 18:00 +8))
    );
    let made = create(&world, "typhoon", day("2026-08-13", DayOverrideKind::Off))
        .await
        .unwrap();
    assert_eq!(
        (made.name.as_str(), made.etag.as_str()),
        ("dayOverrides/typhoon", "1")
    );
    assert_eq!(
        due(&world, wednesday, one()).await,
        at(datetime!(2026-08-14 18:00 +8))
    );
    create(&world, "made-up", day("2026-08-15", DayOverrideKind::Work))
        .await
        .unwrap();
    let friday = datetime!(2026-08-14 10:00 +8);
    assert_eq!(
        due(&world, friday, one()).await,
        at(datetime!(2026-08-15 18:00 +8)),
        "a Saturday"
    );

    let listed = client(&world)
        .list_calendar_years(proto::ListCalendarYearsRequest::default())
        .await;
    let listed = listed.unwrap().into_inner();
    let dates: Vec<_> = listed
        .day_overrides
        .iter()
        .map(|it| it.date.as_str())
        .collect();
    assert_eq!(dates, ["2026-08-13", "2026-08-15"]);
    let year_2026 = listed
        .calendar_years
        .iter()
        .find(|it| it.year == 2026)
        .unwrap();
    assert_eq!(year_2026.working_days, 248, "one less, one more");

    let request = proto::DeactivateDayOverrideRequest {
        name: made.name.clone(),
        last_day: "2026-08-10".into(),
        etag: made.etag,
        ..Default::default()
    };
    client(&world)
        .deactivate_day_override(request)
        .await
        .unwrap();
    assert_eq!(
        due(&world, wednesday, one()).await,
        at(datetime!(2026-08-13 18:00 +8)),
        "it was withdrawn"
    );
    let again = create(
        &world,
        "typhoon-again",
        day("2026-08-13", DayOverrideKind::Off),
    )
    .await;
    assert!(again.is_ok(), "the day is free to be decided again");
    let world = world.restart().await;
    assert_eq!(
        due(&world, wednesday, one()).await,
        at(datetime!(2026-08-14 18:00 +8))
    );
}

#[tokio::test]
async fn what_cannot_be_decided_is_refused_with_every_reason() {
    let world = World::new().await;
    create(&world, "typhoon", day("2026-08-13", DayOverrideKind::Off))
        .await
        .unwrap();
    let status = create(&world, "again", day("2026-08-13", DayOverrideKind::Work))
        .await
        .unwrap_err();
    is(&status, Code::FailedPrecondition, "CATALOGUE_INVALID");
    assert!(
        status
            .get_details_precondition_failure()
            .unwrap()
            .violations
            .iter()
            .any(|it| it.description.contains("(DUPLICATE)"))
    );
    let far = create(&world, "far", day("2031-08-13", DayOverrideKind::Off))
        .await
        .unwrap_err();
    is(&far, Code::FailedPrecondition, "CATALOGUE_INVALID");
    assert!(
        far.get_details_precondition_failure().unwrap().violations[0]
            .description
            .contains("(CALENDAR_NOT_PUBLISHED)")
    );
    let bad = proto::DayOverride {
        date: "August".into(),
        ..Default::default()
    };
    assert_eq!(
        bad_fields(&create(&world, "bad", bad).await.unwrap_err()),
        [
            "day_override.date",
            "day_override.kind",
            "day_override.notice",
            "day_override.reason"
        ]
    );
    is(
        &create(&world, "typhoon", day("2026-08-20", DayOverrideKind::Off))
            .await
            .unwrap_err(),
        Code::AlreadyExists,
        "DAY_OVERRIDE_EXISTS",
    );
}

#[tokio::test]
async fn overrides_are_listed_changed_and_imported() {
    let world = World::new().await;
    let file = format!(
        "{TOWN}\nday_overrides:\n  - {{id: typhoon, date: 2026-08-13, change: off, notice: 某号, reason: 台风}}\n  - {{id: fair, date: 2026-09-05, change: WORK, notice: 某号, reason: 交易会}}\n"
    );
    let answer = world.import(&file, false).await.unwrap();
    assert_eq!(
        answer.outcome(),
        proto::ImportOutcome::Applied,
        "{:?}",
        answer.problems
    );
    assert_eq!(
        world.import(&file, false).await.unwrap().outcome(),
        proto::ImportOutcome::Unchanged
    );
    let list = async |filter: &str| {
        let request = proto::ListDayOverridesRequest {
            filter: filter.into(),
            ..Default::default()
        };
        let answer = client(&world).list_day_overrides(request).await;
        answer.map(|it| {
            it.into_inner()
                .day_overrides
                .into_iter()
                .map(|it| it.name)
                .collect::<Vec<_>>()
        })
    };
    assert_eq!(
        list("").await.unwrap(),
        ["dayOverrides/fair", "dayOverrides/typhoon"]
    );
    assert_eq!(
        list("kind = \"OFF\" AND year = \"2026\"").await.unwrap(),
        ["dayOverrides/typhoon"]
    );
    assert_eq!(
        bad_fields(&list("colour = \"red\"").await.unwrap_err()),
        ["filter"]
    );
    let request = proto::UpdateDayOverrideRequest {
        day_override: Some(proto::DayOverride {
            name: "dayOverrides/fair".into(),
            date: "2026-09-06".into(),
            ..Default::default()
        }),
        update_mask: Some(FieldMask {
            paths: vec!["date".into()],
        }),
        etag: "1".into(),
        ..Default::default()
    };
    let changed = client(&world)
        .update_day_override(request.clone())
        .await
        .unwrap()
        .into_inner();
    let changed = changed.day_override.unwrap();
    assert_eq!(
        (changed.date.as_str(), changed.reason.as_str()),
        ("2026-09-06", "交易会")
    );
    is(
        &client(&world)
            .update_day_override(request)
            .await
            .unwrap_err(),
        Code::Aborted,
        "STALE_ETAG",
    );
    let get = proto::GetDayOverrideRequest {
        name: "dayOverrides/nothing".into(),
    };
    is(
        &client(&world).get_day_override(get).await.unwrap_err(),
        Code::NotFound,
        "DAY_OVERRIDE_NOT_FOUND",
    );
}

#[tokio::test]
async fn a_deadline_is_taken_apart_interval_by_interval() {
    let world = World::new().await;
    create(&world, "typhoon", day("2026-08-13", DayOverrideKind::Off))
        .await
        .unwrap();
    let explain = async |organization: &str, start, limit| {
        let request = proto::ExplainDeadlineRequest {
            organization: organization.into(),
            start_time: at(start),
            limit: Some(limit),
        };
        client(&world)
            .explain_deadline(request)
            .await
            .map(tonic::Response::into_inner)
    };
    let start = datetime!(2026-08-12 17:00 +8);
    let answer = explain(
        "organizations/planning",
        start,
        ruled(LimitKind::WorkHours, 120),
    )
    .await
    .unwrap();
    let due = answer.deadline.as_ref().unwrap();
    assert_eq!(due.due_time, at(datetime!(2026-08-14 09:00 +8)));
    assert_eq!(due.rule, "matters/garbage#default");
    let reasons: Vec<_> = answer
        .intervals
        .iter()
        .map(proto::DeadlineInterval::reason)
        .collect();
    use DeadlineReason::{Holiday, OfficeClosed, OfficeHours};
    assert_eq!(
        reasons,
        [
            OfficeHours,
            OfficeClosed,
            Holiday,
            OfficeClosed,
            OfficeHours
        ]
    );
    assert_eq!(answer.intervals[0].start_time, at(start));
    for pair in answer.intervals.windows(2) {
        assert_eq!(pair[0].end_time, pair[1].start_time, "without gaps");
    }
    let counted: i64 = (answer.intervals.iter())
        .filter_map(|it| match it.count {
            Some(Count::CountedMicros(micros)) => Some(micros),
            _ => None,
        })
        .sum();
    assert_eq!(
        counted,
        2 * 3_600_000_000,
        "what counts adds up to the limit"
    );
    let storm = &answer.intervals[2];
    assert_eq!(
        (storm.occasion.as_str(), storm.notices.as_slice()),
        ("台风红色预警停工", &["云政办发〔2026〕31号".to_owned()][..])
    );
    assert!(
        answer
            .intervals
            .iter()
            .all(|it| !it.text.is_empty() && !it.text_zh.is_empty())
    );
    assert_eq!(answer.calendar_version, due.calendar_version);

    let days = explain("", start, ruled(LimitKind::WorkDays, 2))
        .await
        .unwrap();
    let numbers = days.intervals.iter().filter_map(|it| match it.count {
        Some(Count::DayNumber(number)) => Some(number),
        _ => None,
    });
    let numbers: Vec<_> = numbers.collect();
    assert_eq!(numbers, [1, 2]);
    assert_eq!(days.intervals[0].reason(), DeadlineReason::StartDay);
    assert_eq!(days.office_hours.len(), 2);

    let own = explain(
        "organizations/environment",
        start,
        ruled(LimitKind::WorkHours, 60),
    )
    .await
    .unwrap();
    assert_eq!(own.office_hours, ["09:00-17:00"]);
    let far = explain(
        "",
        datetime!(2031-01-05 09:00 +8),
        ruled(LimitKind::WorkDays, 1),
    )
    .await
    .unwrap_err();
    is(&far, Code::FailedPrecondition, "CALENDAR_NOT_PUBLISHED");
    let nobody = explain("organizations/nobody", start, ruled(LimitKind::WorkDays, 1))
        .await
        .unwrap_err();
    is(&nobody, Code::NotFound, "ORGANIZATION_NOT_FOUND");
    let bad = client(&world)
        .explain_deadline(proto::ExplainDeadlineRequest::default())
        .await
        .unwrap_err();
    assert_eq!(bad_fields(&bad), ["start_time", "limit"]);
}

#[tokio::test]
async fn an_organizations_new_office_hours_count_at_once() {
    let world = World::new().await;
    let start = datetime!(2026-08-12 17:00 +8);
    let one = || ruled(LimitKind::WorkHours, 120);
    assert_eq!(
        due(&world, start, one()).await,
        at(datetime!(2026-08-13 09:00 +8))
    );
    let write = async |hours: &[&str]| {
        let request = proto::UpdateOrganizationRequest {
            organization: Some(proto::Organization {
                name: "organizations/planning".into(),
                office_hours: hours.iter().map(ToString::to_string).collect(),
                ..Default::default()
            }),
            update_mask: Some(FieldMask {
                paths: vec!["office_hours".into()],
            }),
            ..Default::default()
        };
        world.registrar().update_organization(request).await
    };
    write(&["10:00-20:00"]).await.unwrap();
    assert_eq!(
        due(&world, start, one()).await,
        at(datetime!(2026-08-12 19:00 +8))
    );
    let listed = client(&world)
        .list_calendar_years(proto::ListCalendarYearsRequest::default())
        .await;
    let own = listed.unwrap().into_inner().own_office_hours;
    assert!(own.iter().any(
        |it| it.organization == "organizations/planning" && it.office_hours == ["10:00-20:00"]
    ));
    assert_eq!(
        write(&["20:00-10:00"]).await.unwrap_err().code(),
        Code::InvalidArgument
    );
    write(&[]).await.unwrap();
    assert_eq!(
        due(&world, start, one()).await,
        at(datetime!(2026-08-13 09:00 +8)),
        "the district's again"
    );
}
