//! Deadlines taken apart.

use ::time::{Date, Duration, OffsetDateTime};
use liandong_calendar::{Calendar, Count, Explanation, Interval, Limit, SpecialDay, Why, civil};
use liandong_kit::status::{FieldProblem, Violations};
use liandong_proto::registry::{self as proto, deadline_interval::Count as WireCount};
use tonic::Status;

use super::{
    calendar::deadline, matter::limit, office_hours, optional, required_instant, timestamp,
};
use crate::domain::OrganizationId;

/// A question for an explanation.
pub(in crate::grpc) struct Asked<'a> {
    pub(in crate::grpc) organization: Option<OrganizationId>,
    pub(in crate::grpc) start: OffsetDateTime,
    pub(in crate::grpc) limit: Limit,
    /// The rule it comes from.
    pub(in crate::grpc) rule: &'a str,
}

impl<'a> Asked<'a> {
    /// A question from the wire.
    #[allow(clippy::result_large_err)] // tonic's Status
    pub(in crate::grpc) fn read(wire: &'a proto::ExplainDeadlineRequest) -> Result<Self, Status> {
        let mut bad = Violations::new();
        let organization = bad.take("organization", optional(&wire.organization));
        let start = bad.take("start_time", required_instant(wire.start_time.as_ref()));
        let ruled = wire
            .limit
            .as_ref()
            .ok_or_else(|| FieldProblem::new("required", "必填"));
        let ruled = bad.take("limit", ruled);
        let limit = ruled.and_then(|it| bad.take("limit.limit", limit(it.limit.as_ref())));
        match (organization, start, limit) {
            (Some(organization), Some(start), Some(limit)) if bad.is_empty() => Ok(Self {
                organization,
                start,
                limit,
                rule: ruled.map_or("", |it| it.rule.as_str()),
            }),
            _ => Err(bad.into()),
        }
    }
}

/// An explanation.
pub(in crate::grpc) fn wire(
    calendar: &Calendar,
    explained: &Explanation,
    rule: &str,
) -> proto::ExplainDeadlineResponse {
    let intervals = explained.intervals.iter();
    proto::ExplainDeadlineResponse {
        deadline: Some(deadline(&explained.due, rule)),
        intervals: intervals.map(|it| interval(calendar, it)).collect(),
        office_hours: office_hours(calendar.office_hours()),
        calendar_version: calendar.version().to_owned(),
    }
}

fn interval(calendar: &Calendar, it: &Interval) -> proto::DeadlineInterval {
    let (reason, text_zh) = why(&it.why);
    let occasion = match &it.why {
        Why::MakeUp(occasion) | Why::Holiday(occasion) => occasion.clone(),
        _ => String::new(),
    };
    let count = match it.count {
        Count::Nothing => None,
        Count::Time(length) => {
            let micros = i64::try_from(length.whole_microseconds()).unwrap_or(i64::MAX);
            Some(WireCount::CountedMicros(micros))
        }
        Count::Day(number) => Some(WireCount::DayNumber(
            i32::try_from(number).unwrap_or(i32::MAX),
        )),
    };
    let text_zh = if occasion.is_empty() {
        text_zh.to_owned()
    } else {
        format!("{text_zh}（{occasion}）")
    };
    proto::DeadlineInterval {
        start_time: Some(timestamp(it.from)),
        end_time: Some(timestamp(it.to)),
        count,
        reason: reason.into(),
        occasion,
        notices: notices(calendar, it),
        text_zh,
        text: it.why.to_string(),
    }
}

fn why(why: &Why) -> (proto::DeadlineReason, &'static str) {
    use proto::DeadlineReason as Wire;
    match why {
        Why::Continuous => (Wire::Continuous, "连续计时"),
        Why::OfficeHours => (Wire::OfficeHours, "办公时间"),
        Why::Workday => (Wire::Workday, "工作日"),
        Why::MakeUp(_) => (Wire::MakeUpWorkday, "调休上班"),
        Why::CalendarDay => (Wire::CalendarDay, "自然日"),
        Why::StartDay => (Wire::StartDay, "起算当日不计"),
        Why::OfficeClosed => (Wire::OfficeClosed, "非办公时间"),
        Why::Weekend => (Wire::Weekend, "周末"),
        Why::Holiday(_) => (Wire::Holiday, "放假"),
    }
}

/// The notices that make days of an interval differ from their weekday, each once. An override's goes before the
/// year's. Where every minute or every day counts, no notice matters.
fn notices(calendar: &Calendar, it: &Interval) -> Vec<String> {
    let tables = calendar.tables();
    let last = it.to - Duration::microseconds(1);
    let (Some(first), Some(last)) = (civil::date(it.from), civil::date(last)) else {
        return Vec::new();
    };
    if matches!(it.why, Why::Continuous | Why::CalendarDay | Why::StartDay) {
        return Vec::new();
    }
    let inside = |date: Date| first <= date && date <= last;
    let overridden = |date: Date| tables.overrides.iter().any(|it| it.date == date);
    let published = tables.years.iter().flat_map(|it| it.days());
    let published = published.filter(|it| !overridden(it.date));
    let special = |it: &&SpecialDay| inside(it.date) && !it.notice.is_empty();
    let mut notices = Vec::new();
    for day in tables.overrides.iter().chain(published).filter(special) {
        if !notices.contains(&day.notice) {
            notices.push(day.notice.clone());
        }
    }
    notices
}
