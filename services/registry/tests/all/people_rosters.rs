//! Rosters: who is on duty, who may therefore be sent, and the hours and the rest that come of it.

use liandong_kit::client::Peer;
use liandong_proto::{
    registry::{
        self as proto, OfficerObstacleCode as Why, ShiftKind,
        personnel_service_client::PersonnelServiceClient,
        roster_service_client::RosterServiceClient, staffing_service_client::StaffingServiceClient,
    },
    types::Role,
};
use time::{OffsetDateTime, macros::datetime};
use tonic::Code;
use tonic_types::StatusExt;

use crate::world::{World, at, bad_fields, is};

fn shift(officer: &str, kind: ShiftKind, from: OffsetDateTime, hours: i64) -> proto::Shift {
    proto::Shift {
        officer: format!("officers/{officer}"),
        kind: kind.into(),
        start_time: at(from),
        end_time: at(from + time::Duration::hours(hours)),
        note: String::new(),
    }
}

fn roster(first: &str, last: &str, shifts: Vec<proto::Shift>) -> proto::Roster {
    proto::Roster {
        organization: "organizations/squad".into(),
        validity: Some(proto::Validity {
            first_day: first.into(),
            last_day: last.into(),
        }),
        shifts,
        ..Default::default()
    }
}

fn create(id: &str, roster: proto::Roster) -> proto::CreateRosterRequest {
    proto::CreateRosterRequest {
        roster_id: id.into(),
        roster: Some(roster),
        ..Default::default()
    }
}

async fn world() -> (World, RosterServiceClient<Peer>) {
    let world = World::new().await;
    let client = RosterServiceClient::new(world.peer(&[Role::Registrar]));
    (world, client)
}

/// Proves M12.
#[tokio::test]
async fn who_is_off_the_roster_is_not_sent() {
    let (world, mut client) = world().await;
    let shifts = vec![
        shift("wang", ShiftKind::Duty, datetime!(2026-02-02 08:00 +8), 10),
        shift("li", ShiftKind::Leave, datetime!(2026-02-02 00:00 +8), 24),
        shift("li", ShiftKind::Duty, datetime!(2026-02-03 08:00 +8), 10),
    ];
    client
        .create_roster(create("feb", roster("2026-02-02", "2026-02-04", shifts)))
        .await
        .unwrap();
    let mut staffing = StaffingServiceClient::new(world.peer(&[Role::Handler]));
    let mut free = async |start, end| {
        let request = proto::CheckCapacityRequest {
            organization: "organizations/squad".into(),
            act: proto::Act::Inspect.into(),
            start_time: at(start),
            end_time: at(end),
            ..Default::default()
        };
        let answer = staffing.check_capacity(request).await.unwrap().into_inner();
        let of = |id: &str| {
            let name = format!("officers/{id}");
            let check = answer.checks.iter().find(|it| it.officer == name).unwrap();
            check
                .obstacles
                .iter()
                .map(|it| it.code())
                .collect::<Vec<_>>()
        };
        (answer.teams.len(), of("wang"), of("li"))
    };
    let monday = free(
        datetime!(2026-02-02 09:00 +8),
        datetime!(2026-02-02 12:00 +8),
    )
    .await;
    assert_eq!(monday, (1, vec![], vec![Why::OnLeave]));
    let evening = free(
        datetime!(2026-02-02 17:00 +8),
        datetime!(2026-02-02 19:00 +8),
    )
    .await;
    assert_eq!(evening, (0, vec![Why::OffRoster], vec![Why::OnLeave]));
    let unrostered = free(
        datetime!(2026-02-05 21:00 +8),
        datetime!(2026-02-05 22:00 +8),
    )
    .await;
    assert_eq!(unrostered, (2, vec![], vec![]));

    let mut personnel = PersonnelServiceClient::new(world.peer(&[Role::Service]));
    let check = proto::CheckOfficersRequest {
        officers: vec!["officers/wang".into(), "officers/li".into()],
        organization: "organizations/squad".into(),
        start_time: at(datetime!(2026-02-03 07:00 +8)),
        ..Default::default()
    };
    let answer = personnel.check_officers(check).await.unwrap().into_inner();
    let able: Vec<_> = answer.checks.iter().map(|it| it.may_enforce).collect();
    assert_eq!(
        able,
        [false, true],
        "an instant stands for the rest of its day"
    );
}

/// Proves M12.
#[tokio::test]
async fn overtime_and_duty_on_days_off_earn_rest_that_is_carried_on() {
    let (_world, mut client) = world().await;
    // 2026-02-14 is a make-up Saturday, 02-17 lies in the Spring Festival, 02-28 is a make-up Saturday, 03-01 a Sunday.
    let february = vec![
        shift("wang", ShiftKind::Duty, datetime!(2026-02-02 08:00 +8), 10),
        shift(
            "wang",
            ShiftKind::Overtime,
            datetime!(2026-02-02 18:00 +8),
            3,
        ),
        shift("wang", ShiftKind::Duty, datetime!(2026-02-07 20:00 +8), 12),
        shift("wang", ShiftKind::Duty, datetime!(2026-02-14 08:00 +8), 10),
        shift("wang", ShiftKind::Duty, datetime!(2026-02-17 08:00 +8), 8),
        shift("wang", ShiftKind::Rest, datetime!(2026-02-25 08:00 +8), 10),
        shift("li", ShiftKind::Leave, datetime!(2026-02-06 14:00 +8), 72),
        shift("li", ShiftKind::Duty, datetime!(2026-02-28 20:00 +8), 12),
    ];
    client
        .create_roster(create("feb", roster("2026-02-01", "2026-02-28", february)))
        .await
        .unwrap();
    let march = vec![shift(
        "wang",
        ShiftKind::Rest,
        datetime!(2026-03-02 08:00 +8),
        4,
    )];
    client
        .create_roster(create("mar", roster("2026-03-01", "2026-03-31", march)))
        .await
        .unwrap();
    let mut of = async |month: &str| {
        let request = proto::ReportHoursRequest {
            organization: "organizations/squad".into(),
            month: month.into(),
        };
        client.report_hours(request).await.unwrap().into_inner()
    };
    let february = of("2026-02").await;
    assert_eq!(february.office_minutes, 16 * 8 * 60, "16 working days");
    let (li, wang) = (&february.officers[0], &february.officers[1]);
    assert_eq!(
        (wang.duty_minutes, wang.duty_on_day_off_minutes),
        (40 * 60, 20 * 60)
    );
    assert_eq!(
        (wang.overtime_minutes, wang.overtime_on_day_off_minutes),
        (180, 0)
    );
    assert_eq!(wang.holiday_minutes, 8 * 60);
    assert_eq!(
        (
            wang.rest_earned_minutes,
            wang.rest_taken_minutes,
            wang.rest_owed_minutes
        ),
        (23 * 60, 8 * 60, 15 * 60)
    );
    assert_eq!(
        li.leave_minutes,
        4 * 60 + 4 * 60,
        "office time from Friday to Monday 14:00"
    );
    assert_eq!(
        (li.duty_minutes, li.duty_on_day_off_minutes),
        (4 * 60, 0),
        "until midnight"
    );
    let march = of("2026-03").await;
    let (li, wang) = (&march.officers[0], &march.officers[1]);
    assert_eq!(
        (li.duty_minutes, li.duty_on_day_off_minutes),
        (8 * 60, 8 * 60),
        "Sunday morning"
    );
    assert_eq!(
        (
            wang.rest_brought_minutes,
            wang.rest_taken_minutes,
            wang.rest_owed_minutes
        ),
        (15 * 60, 4 * 60, 11 * 60)
    );
    let unpublished = proto::ReportHoursRequest {
        organization: "organizations/squad".into(),
        month: "2031-01".into(),
    };
    let status = client.report_hours(unpublished).await.unwrap_err();
    is(&status, Code::FailedPrecondition, "CALENDAR_NOT_PUBLISHED");
    let bad = proto::ReportHoursRequest {
        organization: "squad".into(),
        month: "2026-13".into(),
    };
    let status = client.report_hours(bad).await.unwrap_err();
    assert_eq!(bad_fields(&status), ["organization", "month"]);
}

#[tokio::test]
async fn a_roster_that_cannot_be_is_refused_with_every_reason() {
    let (_world, mut client) = world().await;
    let shifts = vec![
        shift("wang", ShiftKind::Duty, datetime!(2026-02-02 08:00 +8), 10),
        shift(
            "wang",
            ShiftKind::Overtime,
            datetime!(2026-02-02 17:00 +8),
            3,
        ),
        shift("li", ShiftKind::Duty, datetime!(2026-02-02 08:00 +8), 30),
        shift("zhao", ShiftKind::Duty, datetime!(2026-02-02 08:00 +8), 8),
        shift("qian", ShiftKind::Duty, datetime!(2026-05-02 08:00 +8), 8),
        shift("nobody", ShiftKind::Duty, datetime!(2026-02-02 08:00 +8), 8),
    ];
    let long = roster("2026-02-01", "2026-12-31", shifts);
    let status = client
        .create_roster(create("long", long))
        .await
        .unwrap_err();
    is(&status, Code::FailedPrecondition, "CATALOGUE_INVALID");
    let failure = status.get_details_precondition_failure().unwrap();
    let said = failure.violations.into_iter().map(|it| it.description);
    let said: Vec<_> = said.collect();
    let said = said.join("\n");
    for part in [
        "more than 92 days",
        "another shift at the time",
        "more than 24 hours",
        "zhao serves traffic",
        "no nobody in officers",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let mut malformed = roster("", "2026-02-30", vec![proto::Shift::default()]);
    malformed.organization = String::new();
    let fields = bad_fields(
        &client
            .create_roster(create("x", malformed))
            .await
            .unwrap_err(),
    );
    let expected = [
        "roster.organization",
        "roster.validity.last_day",
        "roster.validity.first_day",
        "roster.validity.last_day",
        "roster.shifts[0].officer",
        "roster.shifts[0].kind",
        "roster.shifts[0].start_time",
        "roster.shifts[0].end_time",
    ];
    assert_eq!(fields, expected);
}

#[tokio::test]
async fn ending_a_roster_takes_the_later_shifts_off_it() {
    let (_world, mut client) = world().await;
    let shifts = vec![
        shift("wang", ShiftKind::Duty, datetime!(2026-02-02 08:00 +8), 10),
        shift("wang", ShiftKind::Duty, datetime!(2026-02-03 08:00 +8), 10),
        shift("li", ShiftKind::Leave, datetime!(2026-02-02 00:00 +8), 48),
    ];
    let feb = roster("2026-02-01", "2026-02-28", shifts);
    let made = client
        .create_roster(create("feb", feb.clone()))
        .await
        .unwrap();
    let made = made.into_inner().roster.unwrap();
    let twice = client
        .create_roster(create("again", feb))
        .await
        .unwrap_err();
    is(&twice, Code::FailedPrecondition, "CATALOGUE_INVALID");
    let end = proto::DeactivateRosterRequest {
        name: made.name,
        last_day: "2026-02-02".into(),
        etag: made.etag,
        ..Default::default()
    };
    let ended = client
        .deactivate_roster(end)
        .await
        .unwrap()
        .into_inner()
        .roster
        .unwrap();
    assert_eq!(ended.shifts.len(), 2);
    assert_eq!(ended.shifts[1].end_time, at(datetime!(2026-02-03 00:00 +8)));
    let list = proto::ListRostersRequest {
        filter: "officer = \"officers/li\"".into(),
        as_of_time: at(datetime!(2026-02-02 12:00 +8)),
        ..Default::default()
    };
    assert_eq!(
        client
            .list_rosters(list)
            .await
            .unwrap()
            .into_inner()
            .rosters,
        [ended]
    );
}
