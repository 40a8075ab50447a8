//! Deadlines, published years, officers.

use liandong_proto::registry as proto;
use liandong_proto::registry::calendar_service_client::CalendarServiceClient;
use liandong_proto::registry::personnel_service_client::PersonnelServiceClient;
use liandong_proto::types::Limit;
use liandong_proto::types::LimitKind;
use liandong_proto::types::Role;
use time::macros::datetime;
use tonic::Code;
use tonic_types::StatusExt;

use crate::world::{World, at, bad_fields, is};

#[tokio::test]
async fn deadlines_carry_the_rule_and_an_unpublished_year_is_named() {
    let world = World::new().await;
    let mut calendar = CalendarServiceClient::new(world.peer(&[Role::Service]));
    let limit = |kind: LimitKind, amount| proto::RuledLimit {
        limit: Some(Limit {
            kind: kind.into(),
            amount,
        }),
        rule: "matters/garbage#default".into(),
    };
    let request = proto::ComputeDeadlineRequest {
        organization: "organizations/planning".into(),
        start_time: at(datetime!(2026-02-14 17:00 +8)),
        limits: vec![
            limit(LimitKind::WorkHours, 240),
            limit(LimitKind::UrgentHours, 120),
        ],
    };
    let answer = calendar
        .compute_deadline(request.clone())
        .await
        .unwrap()
        .into_inner();
    let due: Vec<_> = answer.deadlines.iter().map(|it| it.due_time).collect();
    assert_eq!(
        due,
        [
            at(datetime!(2026-02-24 11:00 +8)),
            at(datetime!(2026-02-14 19:00 +8))
        ]
    );
    assert_eq!(answer.deadlines[0].rule, "matters/garbage#default");
    assert_eq!(
        answer.deadlines[0].calendar_version,
        answer.calendar_version
    );

    // The environment bureau works 09:00-17:00: at 17:00 its day is over.
    let own = proto::ComputeDeadlineRequest {
        organization: "organizations/environment".into(),
        ..request.clone()
    };
    let own = calendar.compute_deadline(own).await.unwrap().into_inner();
    assert_eq!(
        own.deadlines[0].due_time,
        at(datetime!(2026-02-24 13:00 +8))
    );

    let far = proto::ComputeDeadlineRequest {
        start_time: at(datetime!(2031-01-05 09:00 +8)),
        ..request.clone()
    };
    let status = calendar.compute_deadline(far).await.unwrap_err();
    is(&status, Code::FailedPrecondition, "CALENDAR_NOT_PUBLISHED");
    assert_eq!(
        status.get_details_error_info().unwrap().metadata["year"],
        "2031"
    );
    let zero = proto::ComputeDeadlineRequest {
        limits: vec![limit(LimitKind::WorkDays, 0)],
        start_time: None,
        ..request
    };
    assert_eq!(
        bad_fields(&calendar.compute_deadline(zero).await.unwrap_err()),
        ["start_time", "limits[0].limit"]
    );
}

#[tokio::test]
async fn a_year_is_published_and_counts_at_once() {
    let world = World::new().await;
    let mut calendar = CalendarServiceClient::new(world.peer(&[Role::Registrar]));
    let day = |date: &str, kind: proto::CalendarDayKind| proto::CalendarDay {
        date: date.into(),
        kind: kind.into(),
    };
    let year = proto::CalendarYear {
        year: 2027,
        notice: "国办发明电〔2026〕9号".into(),
        days: vec![
            day("2027-01-01", proto::CalendarDayKind::Holiday),
            day("2027-02-06", proto::CalendarDayKind::MakeUpWorkday),
        ],
        ..Default::default()
    };
    let request = proto::PublishCalendarYearRequest {
        calendar_year: Some(year.clone()),
        ..Default::default()
    };
    let published = calendar
        .publish_calendar_year(request)
        .await
        .unwrap()
        .into_inner()
        .calendar_year
        .unwrap();
    assert_eq!(
        (published.working_days, published.published_here),
        (261, true)
    );
    let years = calendar
        .list_calendar_years(proto::ListCalendarYearsRequest::default())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(years.calendar_years.len(), 13);
    assert_eq!(years.office_hours, ["08:00-12:00", "14:00-18:00"]);
    let wrong = proto::CalendarYear {
        days: vec![day("2027-02-08", proto::CalendarDayKind::MakeUpWorkday)],
        notice: String::new(),
        ..year
    };
    let request = proto::PublishCalendarYearRequest {
        calendar_year: Some(wrong),
        ..Default::default()
    };
    let fields = bad_fields(&calendar.publish_calendar_year(request).await.unwrap_err());
    assert_eq!(fields, ["calendar_year.notice", "calendar_year.days[0]"]);
    let missing = proto::GetCalendarYearRequest {
        name: "calendarYears/2031".into(),
    };
    is(
        &calendar.get_calendar_year(missing).await.unwrap_err(),
        Code::NotFound,
        "CALENDAR_YEAR_NOT_FOUND",
    );
}

/// Proves M12.
#[tokio::test]
async fn officers_are_checked_with_every_reason() {
    let world = World::new().await;
    let mut personnel = PersonnelServiceClient::new(world.peer(&[Role::Service]));
    let request = proto::CheckOfficersRequest {
        officers: ["wang", "li", "zhao", "sun", "nobody"]
            .map(|it| format!("officers/{it}"))
            .to_vec(),
        organization: "organizations/squad".into(),
        start_time: at(datetime!(2026-03-02 09:00 +8)),
        end_time: None,
        ..Default::default()
    };
    let answer = personnel
        .check_officers(request.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(answer.able_count, 1);
    let codes: Vec<_> = answer
        .checks
        .iter()
        .map(|it| it.obstacles.first().map(|it| it.code()))
        .collect();
    use proto::OfficerObstacleCode as Code_;
    let expected = [
        None,
        Some(Code_::Absent),
        Some(Code_::OtherOrganization),
        Some(Code_::Auxiliary),
        Some(Code_::Unknown),
    ];
    assert_eq!(codes, expected);
    assert!(answer.checks[0].certificate.is_some() && answer.checks[0].may_prepare_case_files);
    let bad = proto::CheckOfficersRequest {
        officers: vec!["wang".into()],
        start_time: None,
        ..request
    };
    assert_eq!(
        bad_fields(&personnel.check_officers(bad).await.unwrap_err()),
        ["officers[0]", "start_time"]
    );
}
