//! Patrols: plans and daily logs.

use liandong_kit::auth::Caller;
use liandong_kit::name;
use liandong_kit::status::FieldProblem;
use liandong_proto::dispatch as wire;
use time::{Date, Duration, OffsetDateTime, Time};
use tonic::Status;

use super::read::{self, Fields, LINE_MAX, TEXT_MAX};
use super::{words, write};
use crate::domain::patrol::{
    DailyLog, Entry, Finding, FindingKind, Handed, PatrolPlan, Planned, Visit,
};
use crate::domain::{AreaId, CaseId, HolderId, OrganizationId, PatrolPlanId, PersonId};

const VISITS_MAX: usize = 200;
const FINDINGS_MAX: usize = 50;
const DAY_MINUTES: u16 = 24 * 60;

/// A plan to be ordered; the area is yet to be found in the registry.
pub(crate) fn create(
    it: wire::CreatePatrolPlanRequest,
    caller: &Caller,
    today: Date,
) -> Result<Planned, Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let title = fields.required("title", it.title, LINE_MAX);
    let area: Option<AreaId> = fields.id("area", &it.area, "areas");
    let due_minute = fields.0.take("log_due_at", minute(&it.log_due_at));
    let first_day = fields.day_if("first_day", &it.first_day).unwrap_or(today);
    let last_day = fields.day_if("last_day", &it.last_day);
    fields.0.check(
        first_day >= today,
        "first_day",
        "lies in the past",
        "不得早于当天",
    );
    fields.0.check(
        last_day.is_none_or(|last| last >= first_day),
        "last_day",
        "lies before the first day",
        "不得早于首日",
    );
    let planned = area.zip(due_minute).map(|(area, due_minute)| Planned {
        title,
        organization: OrganizationId::from(caller.organization.as_str()),
        person: PersonId::from(caller.person.as_str()),
        area,
        due_minute,
        first_day,
        last_day,
    });
    fields.all(planned)
}

/// Which plan is to end, and on which day.
pub(crate) fn end(it: &wire::EndPatrolPlanRequest) -> Result<(PatrolPlanId, Date), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let id = fields
        .uuid("name", &it.name, "patrolPlans")
        .map(PatrolPlanId);
    let last_day = fields.day("last_day", &it.last_day);
    fields.all(id.zip(last_day))
}

/// `patrolPlans/{uuid}`.
pub(crate) fn plan_name(value: &str) -> Result<PatrolPlanId, Status> {
    let mut fields = Fields::default();
    let id = fields.uuid("name", value, "patrolPlans").map(PatrolPlanId);
    fields.all(id)
}

/// `dutyHolders/{id}/dailyLogs/{day}`.
pub(crate) fn log_name(value: &str) -> Result<(HolderId, Date), Status> {
    let mut fields = Fields::default();
    let named = fields.0.take("name", log_named(value));
    fields.all(named)
}

/// What somebody writes; areas are yet to be found in the registry.
pub(crate) struct Written {
    pub(crate) holder: HolderId,
    pub(crate) day: Date,
    pub(crate) handed: Handed,
}

/// A log that is handed in.
pub(crate) fn submit(
    it: wire::SubmitDailyLogRequest,
    person: &str,
    now: OffsetDateTime,
) -> Result<Written, Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let note = fields.text("note", it.note, TEXT_MAX);
    let reason = fields.text("unvisited_reason", it.unvisited_reason, TEXT_MAX);
    let entry = Entry {
        person: PersonId::from(person),
        at: now,
        visits: visits(&mut fields, (&it.name, &it.visits), now),
        note,
        unvisited_reason: reason,
    };
    written(fields, &it.name, entry, it.findings)
}

/// What is added to a log.
pub(crate) fn amend(
    it: wire::AmendDailyLogRequest,
    person: &str,
    now: OffsetDateTime,
) -> Result<Written, Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let entry = Entry {
        person: PersonId::from(person),
        at: now,
        visits: visits(&mut fields, (&it.name, &it.visits), now),
        note: fields.required("reason", it.reason, TEXT_MAX),
        unvisited_reason: String::new(),
    };
    written(fields, &it.name, entry, it.findings)
}

/// A log that is not owed, and why.
pub(crate) fn excuse(it: &wire::ExcuseDailyLogRequest) -> Result<(HolderId, Date, String), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let named = fields.0.take("name", log_named(&it.name));
    let reason = fields.required("reason", it.reason.clone(), TEXT_MAX);
    fields.all(named.map(|(holder, day)| (holder, day, reason)))
}

/// The days to count.
pub(crate) fn days(it: &wire::GetPatrolSummaryRequest) -> Result<(Date, Date), Status> {
    let mut fields = Fields::default();
    let days = fields
        .day("first_day", &it.first_day)
        .zip(fields.day("last_day", &it.last_day));
    let ordered = days.is_none_or(|(first, last)| first <= last);
    fields.0.check(
        ordered,
        "last_day",
        "lies before the first day",
        "不得早于首日",
    );
    fields.all(days)
}

/// A plan as it stands.
pub(crate) fn plan(id: PatrolPlanId, version: i64, it: &PatrolPlan) -> wire::PatrolPlan {
    let Some(planned) = &it.planned else {
        return wire::PatrolPlan::default();
    };
    let day = |day: Option<Date>| day.map(|it| it.to_string()).unwrap_or_default();
    wire::PatrolPlan {
        name: write::patrol_plan(id),
        state: words::plan_state(it.state()),
        etag: version.to_string(),
        title: planned.title.clone(),
        organization: write::organization(&planned.organization),
        person: planned.person.to_string(),
        area: write::area(&planned.area),
        log_due_at: format!(
            "{:02}:{:02}",
            planned.due_minute / 60,
            planned.due_minute % 60
        ),
        first_day: planned.first_day.to_string(),
        last_day: day(planned.last_day),
        opened_through: day(it.opened_through),
        create_time: write::time_if(it.created_at),
    }
}

/// A log as it stands.
pub(crate) fn log(version: i64, it: &DailyLog) -> wire::DailyLog {
    let Some(whose) = &it.whose else {
        return wire::DailyLog::default();
    };
    let expected = it.expected.as_ref();
    let organizer = expected.map(|it| write::organization(&it.organizer));
    let (excuse, excused_by) = it
        .excuse
        .as_ref()
        .map(|it| (it.reason.clone(), it.person.to_string()))
        .unwrap_or_default();
    wire::DailyLog {
        name: write::daily_log(&whose.holder, whose.day),
        state: words::log_state(it.state),
        etag: version.to_string(),
        holder: write::holder(&whose.holder),
        organization: write::organization(&whose.organization),
        officer: whose
            .officer
            .as_ref()
            .map(write::officer)
            .unwrap_or_default(),
        plan: expected
            .map(|it| write::patrol_plan(it.plan))
            .unwrap_or_default(),
        organizer: organizer.unwrap_or_default(),
        day: whose.day.to_string(),
        planned_areas: it.planned().iter().map(write::area).collect(),
        unvisited_areas: it.unvisited().iter().map(write::area).collect(),
        due_time: write::time_if(expected.map(|it| it.due)),
        entries: it.entries.iter().map(entry).collect(),
        findings: findings(&it.findings),
        excuse,
        excused_by,
        submit_time: write::time_if(it.submitted_at()),
    }
}

/// What was handed in at one time.
pub(crate) fn entry(it: &Entry) -> wire::LogEntry {
    let visit = |it: &Visit| wire::PatrolVisit {
        area: write::area(&it.area),
        start_time: write::time_if(it.from),
        end_time: write::time_if(it.until),
    };
    wire::LogEntry {
        person: it.person.to_string(),
        write_time: Some(write::time(it.at)),
        visits: it.visits.iter().map(visit).collect(),
        note: it.note.clone(),
        unvisited_reason: it.unvisited_reason.clone(),
    }
}

/// What was found.
pub(crate) fn findings(all: &[Finding]) -> Vec<wire::PatrolFinding> {
    let finding = |(number, it): (i32, &Finding)| wire::PatrolFinding {
        number,
        kind: words::patrol_finding(it.kind),
        title: it.title.clone(),
        description: it.description.clone(),
        area: if it.area.as_str().is_empty() {
            String::new()
        } else {
            write::area(&it.area)
        },
        address: it.address.clone(),
        case: it.case.map(write::case).unwrap_or_default(),
        write_time: Some(write::time(it.at)),
    };
    (1..).zip(all).map(finding).collect()
}

fn written(
    mut fields: Fields,
    name: &str,
    entry: Entry,
    findings: Vec<wire::PatrolFinding>,
) -> Result<Written, Status> {
    let named = fields.0.take("name", log_named(name));
    let today = liandong_calendar::civil::date(entry.at);
    let past = named.as_ref().is_none_or(|(_, day)| Some(*day) <= today);
    fields
        .0
        .check(past, "name", "the day has not begun", "日期尚未到来");
    fields.many("findings", findings.len(), FINDINGS_MAX);
    let read = findings.into_iter().take(FINDINGS_MAX).enumerate();
    let findings: Vec<Finding> = read
        .filter_map(|(index, it)| finding(&mut fields, index, it, entry.at))
        .collect();
    fields.all(named.map(|(holder, day)| Written {
        holder,
        day,
        handed: Handed { entry, findings },
    }))
}

fn finding(
    fields: &mut Fields,
    index: usize,
    it: wire::PatrolFinding,
    at: OffsetDateTime,
) -> Option<Finding> {
    let of = |field: &str| format!("findings[{index}].{field}");
    let kind =
        fields.word(
            &of("kind"),
            it.kind,
            |number| match wire::patrol_finding::Kind::try_from(number).ok()? {
                wire::patrol_finding::Kind::FixedOnSite => Some(FindingKind::FixedOnSite),
                wire::patrol_finding::Kind::Case => Some(FindingKind::Case),
                _ => None,
            },
        );
    let case: Option<CaseId> = if it.case.is_empty() {
        None
    } else {
        fields.case(&of("case"), &it.case)
    };
    fields.0.check(
        case.is_none() || kind == Some(FindingKind::Case),
        of("case"),
        "only a finding of kind CASE has one",
        "只有转为案件的发现才有案件编号",
    );
    let area = fields.id(&of("area"), &it.area, "areas");
    let title = fields.required(&of("title"), it.title, LINE_MAX);
    let description = fields.text(&of("description"), it.description, TEXT_MAX);
    let address = fields.text(&of("address"), it.address, LINE_MAX);
    Some(Finding {
        kind: kind?,
        title,
        description,
        area: area?,
        address,
        case,
        at,
    })
}

/// The visits of a log: each on its day, or in the night and the morning after it.
fn visits(
    fields: &mut Fields,
    (log, all): (&str, &[wire::PatrolVisit]),
    now: OffsetDateTime,
) -> Vec<Visit> {
    fields.many("visits", all.len(), VISITS_MAX);
    let begins = log_named(log)
        .ok()
        .map(|(_, day)| liandong_calendar::civil::instant(day, Time::MIDNIGHT));
    let of_the_day =
        |at: OffsetDateTime| begins.is_none_or(|it| (it..=it + Duration::hours(36)).contains(&at));
    let mut visits = Vec::new();
    for (index, it) in all.iter().take(VISITS_MAX).enumerate() {
        let of = |field: &str| format!("visits[{index}].{field}");
        let mut time = |field: &str, at: Option<&prost_types::Timestamp>| {
            let at = fields.0.take(of(field), at.map(read::time).transpose());
            at.flatten()
        };
        let (from, until) = (
            time("start_time", it.start_time.as_ref()),
            time("end_time", it.end_time.as_ref()),
        );
        let ordered = from.zip(until).is_none_or(|(from, until)| from <= until);
        let past = from.max(until).is_none_or(|at| at <= now);
        fields.0.check(
            ordered && past,
            of("end_time"),
            "lies before the start or in the future",
            "不得早于开始时间或晚于当前时间",
        );
        for (field, at) in [("start_time", from), ("end_time", until)] {
            fields.0.check(
                at.is_none_or(of_the_day),
                of(field),
                "must lie on the day of the log, or before noon of the day after",
                "须在日志当日至次日中午之间",
            );
        }
        if let Some(area) = fields.id(&of("area"), &it.area, "areas") {
            visits.push(Visit { area, from, until });
        }
    }
    visits
}

fn log_named(value: &str) -> Result<(HolderId, Date), FieldProblem> {
    let [holder, day] = name::parts(value, ["dutyHolders", "dailyLogs"])?;
    Ok((HolderId::from(holder), read::day(day)?))
}

/// Minutes after midnight of `HH:MM`, at most `24:00`; empty is the end of the day.
fn minute(text: &str) -> Result<u16, FieldProblem> {
    if text.is_empty() {
        return Ok(DAY_MINUTES);
    }
    let broken = || {
        FieldProblem::new(
            "must be `HH:MM`, at most `24:00`",
            "须为 HH:MM，不晚于 24:00",
        )
    };
    let number = |text: &str| {
        let digits = text.len() == 2 && text.bytes().all(|it| it.is_ascii_digit());
        text.parse::<u16>().ok().filter(|_| digits)
    };
    let (hour, minute) = text.split_once(':').ok_or_else(broken)?;
    let (hour, minute) = number(hour).zip(number(minute)).ok_or_else(broken)?;
    let all = hour * 60 + minute;
    (minute < 60 && (1..=DAY_MINUTES).contains(&all))
        .then_some(all)
        .ok_or_else(broken)
}
