//! The last meetings of a year whose next calendar is not published yet.

use liandong_kit::testing::eventually;
use liandong_proto::{
    dispatch::{
        CloseMeetingRequest, CreateMeetingRequest, OpenMeetingRequest, UpdateMeetingRequest,
    },
    registry::{CalendarDay, CalendarDayKind, CalendarYear, PublishCalendarYearRequest},
};
use prost_types::Timestamp;
use time::{Duration, macros::datetime};

use crate::{
    meetings::{MEMBERS, weekly},
    refusal::malformed,
    world::World,
};

/// The meeting of New Year's Eve is drawn up although nobody knows yet on which day of January the next one falls; the
/// day is found once the year is published.
///
/// Proves M28.
#[tokio::test]
async fn a_meeting_does_not_wait_for_the_calendar_of_the_one_after_it() {
    let world = World::start_at(datetime!(2026-12-28 09:00 +8)).await;
    let street = world.coordinator();
    let series = street
        .series(weekly("周例会", "areas/990101001", &MEMBERS))
        .await;
    let due = |it: &Option<Timestamp>| it.as_ref().map(|it| it.seconds);
    let eve = datetime!(2026-12-31 09:30 +8).unix_timestamp();
    assert_eq!(due(&series.next_time), Some(eve));
    let meeting = street.convene(&series.name).await;
    assert_eq!(due(&meeting.meet_time), Some(eve));
    assert_eq!(street.series_now(&series.name).await.next_time, None);

    // Nobody meets a century ago or in a decade.
    let relocated = |seconds| UpdateMeetingRequest {
        name: meeting.name.clone(),
        meet_time: Some(Timestamp { seconds, nanos: 0 }),
        ..UpdateMeetingRequest::default()
    };
    for seconds in [-2_208_988_800, 2_114_380_800] {
        let answer = street.meetings().update_meeting(relocated(seconds)).await;
        malformed(answer, &["meet_time"]);
        let convening = CreateMeetingRequest {
            series: series.name.clone(),
            meet_time: relocated(seconds).meet_time,
            ..CreateMeetingRequest::default()
        };
        let answer = street.meetings().create_meeting(convening).await;
        malformed(answer, &["meet_time"]);
    }

    let name = || meeting.name.clone();
    let opening = OpenMeetingRequest {
        name: name(),
        ..OpenMeetingRequest::default()
    };
    street.meetings().open_meeting(opening).await.unwrap();
    let closing = CloseMeetingRequest {
        name: name(),
        ..CloseMeetingRequest::default()
    };
    let closed = street.meetings().close_meeting(closing).await.unwrap();
    let minutes = closed.into_inner().meeting.unwrap().minutes;
    assert!(minutes.contains("主持：锦河街道办事处"), "{minutes}");

    // A day later it is looked again, and still nobody knows.
    world.later(Duration::days(1)).await;
    assert_eq!(street.series_now(&series.name).await.next_time, None);
    let year = CalendarYear {
        year: 2027,
        notice: "国办发明电〔2026〕9号".into(),
        days: vec![CalendarDay {
            date: "2027-01-01".into(),
            kind: CalendarDayKind::Holiday.into(),
        }],
        ..CalendarYear::default()
    };
    let publishing = PublishCalendarYearRequest {
        calendar_year: Some(year),
        ..PublishCalendarYearRequest::default()
    };
    let mut calendar = world.registrar().calendar();
    calendar.publish_calendar_year(publishing).await.unwrap();
    let known = eventually("the next meeting to have its day", || async {
        world.later(Duration::hours(6)).await;
        street.series_now(&series.name).await.next_time
    });
    let first = datetime!(2027-01-07 09:30 +8).unix_timestamp();
    assert_eq!(known.await.seconds % 604_800, first % 604_800);
}
