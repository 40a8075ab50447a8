//! Years and deadlines.

use ::time::{OffsetDateTime, Weekday};
use liandong_calendar::{Calendar, Change, Due, Limit, SpecialDay, Year, year::Error};
use liandong_kit::status::{FieldProblem, Violations};
use liandong_proto::{registry as proto, types};
use tonic::Status;

use super::{
    bare,
    matter::{limit, limit_wire},
    optional, required_instant, timestamp,
};
use crate::domain::{Catalogue, DayOverride, Item, OrganizationId, PublishedYear, day};
use crate::grpc::resource::Resource;

/// A year as it counts in a district.
pub(in crate::grpc) fn wire(
    catalogue: &Catalogue,
    calendar: &Calendar,
    year: &Year,
) -> proto::CalendarYear {
    let own = catalogue.years.get(&year.year().to_string());
    let notices = || year.notices().join("；");
    let working_days = calendar.workdays_in(year.year()).unwrap_or_default();
    proto::CalendarYear {
        name: liandong_kit::name::of(PublishedYear::COLLECTION, year.year()),
        year: year.year(),
        notice: own.map_or_else(notices, |it| it.notice.clone()),
        working_days: i32::from(working_days),
        days: year.days().iter().map(special).collect(),
        published_here: own.is_some(),
    }
}

/// The organizations that work at other hours than the district.
pub(in crate::grpc) fn own_office_hours(catalogue: &Catalogue) -> Vec<proto::OwnOfficeHours> {
    let own = catalogue
        .organizations
        .iter()
        .filter_map(|it| it.office_hours.as_ref().map(|hours| (it, hours)));
    own.map(|(it, hours)| proto::OwnOfficeHours {
        organization: liandong_kit::name::of("organizations", it.id.as_str()),
        office_hours: super::office_hours(hours),
    })
    .collect()
}

/// The days that are decided otherwise and count, in the order of the days.
pub(in crate::grpc) fn day_overrides(
    catalogue: &Catalogue,
    now: OffsetDateTime,
) -> Vec<proto::DayOverride> {
    let rows = catalogue
        .day_overrides
        .after(None)
        .filter(|it| it.item.holds());
    let mut held: Vec<_> = rows.collect();
    held.sort_by_key(|it| it.item.date);
    held.into_iter()
        .map(|it| DayOverride::wire(it, day::of(now)))
        .collect()
}

/// A day as a year lists it.
pub(super) fn special(day: &SpecialDay) -> proto::CalendarDay {
    let weekend = matches!(day.date.weekday(), Weekday::Saturday | Weekday::Sunday);
    let kind = match (day.change, weekend) {
        (Change::Work, _) => proto::CalendarDayKind::MakeUpWorkday,
        (Change::Off, true) => proto::CalendarDayKind::HolidayOnWeekend,
        (Change::Off, false) => proto::CalendarDayKind::Holiday,
    };
    proto::CalendarDay {
        date: day.date.to_string(),
        kind: kind.into(),
    }
}

/// A year to be published.
pub(in crate::grpc) fn read(
    bad: &mut Violations,
    wire: Option<&proto::CalendarYear>,
) -> Option<PublishedYear> {
    let Some(wire) = wire else {
        bad.add("calendar_year", FieldProblem::new("required", "必填"));
        return None;
    };
    bad.check(
        !wire.notice.trim().is_empty(),
        "calendar_year.notice",
        "required",
        "必填",
    );
    let each = wire.days.iter().enumerate();
    let read = each.filter_map(|(index, it)| {
        let day = bad.take(format!("calendar_year.days[{index}]"), one(it, wire))?;
        Some((index, day))
    });
    let (places, days): (Vec<_>, Vec<_>) = read.unzip();
    for (at, error) in Year::flaws(wire.year, &days) {
        let place = at.and_then(|it| places.get(it));
        let field = match (&error, place) {
            (Error::Year(_), _) => "calendar_year.year".to_owned(),
            (_, Some(index)) => format!("calendar_year.days[{index}]"),
            // Days that could not be read are no lack of days.
            (_, None) if !wire.days.is_empty() => continue,
            (_, None) => "calendar_year.days".to_owned(),
        };
        let zh = format!("年历有误：{}", error.zh());
        bad.add(field, FieldProblem::new(error.to_string(), zh));
    }
    let year = Year::new(wire.year, days).ok()?;
    Some(PublishedYear {
        id: bare(&year.year().to_string()).ok()?,
        notice: wire.notice.clone(),
        year,
    })
}

fn one(wire: &proto::CalendarDay, year: &proto::CalendarYear) -> Result<SpecialDay, FieldProblem> {
    use proto::CalendarDayKind as Kind;
    let date = day::parse(&wire.date).ok_or_else(|| {
        FieldProblem::new(
            "must be a day such as 2026-02-14",
            "应为日期，如 2026-02-14",
        )
    })?;
    let change = match Kind::try_from(wire.kind) {
        Ok(Kind::Holiday | Kind::HolidayOnWeekend) => Change::Off,
        Ok(Kind::MakeUpWorkday) => Change::Work,
        Ok(Kind::Unspecified) | Err(_) => {
            return Err(FieldProblem::new(
                "an unknown kind of day",
                "未知的日期类别",
            ));
        }
    };
    Ok(SpecialDay {
        date,
        change,
        festival: String::new(),
        notice: year.notice.clone(),
    })
}

/// Limits in one request.
const LIMITS_MAX: usize = 50;

/// A question about deadlines.
pub(in crate::grpc) struct Asked<'a> {
    pub(in crate::grpc) organization: Option<OrganizationId>,
    pub(in crate::grpc) start: OffsetDateTime,
    /// Each with the rule it comes from.
    pub(in crate::grpc) limits: Vec<(Limit, &'a str)>,
}

impl<'a> Asked<'a> {
    /// A question from the wire.
    pub(in crate::grpc) fn read(wire: &'a proto::ComputeDeadlineRequest) -> Result<Self, Status> {
        let mut bad = Violations::new();
        let organization = bad.take("organization", optional(&wire.organization));
        let start = bad.take("start_time", required_instant(wire.start_time.as_ref()));
        let count = (1..=LIMITS_MAX).contains(&wire.limits.len());
        bad.check(count, "limits", "1 to 50", "应为 1 至 50 项");
        let each = wire.limits.iter().enumerate().filter_map(|(index, it)| {
            let limit = bad.take(format!("limits[{index}].limit"), limit(it.limit.as_ref()))?;
            Some((limit, it.rule.as_str()))
        });
        let limits = each.collect();
        match (organization, start) {
            (Some(organization), Some(start)) if bad.is_empty() => Ok(Self {
                organization,
                start,
                limits,
            }),
            _ => Err(bad.into()),
        }
    }
}

/// A deadline with the rule it comes from (R9).
pub(in crate::grpc) fn deadline(due: &Due, rule: &str) -> types::Deadline {
    types::Deadline {
        limit: Some(limit_wire(due.limit)),
        start_time: Some(timestamp(due.start)),
        due_time: Some(timestamp(due.at)),
        rule: rule.to_owned(),
        calendar_version: due.calendar.clone(),
    }
}
