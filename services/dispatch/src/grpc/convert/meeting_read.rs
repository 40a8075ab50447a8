//! What is asked of meetings and their series.

use liandong_kit::auth::Caller;
use liandong_kit::name;
use liandong_kit::status::FieldProblem;
use liandong_proto::dispatch as wire;
use time::{Duration, OffsetDateTime};
use tonic::Status;

use super::read::{Fields, LINE_MAX, TEXT_MAX, time};
use super::words;
use crate::domain::meeting::schedule::{LAST, Rhythm, Schedule};
use crate::domain::meeting::series::Set;
use crate::domain::meeting::{Attendance, Member, Motion, Presence, Subject};
use crate::domain::whistle::Tier;
use crate::domain::{
    AssignmentId, CaseId, MeetingId, MeetingSeriesId, OrganizationId, PersonId, TaskId,
};

const MEMBERS_MAX: usize = 100;
const NOTICE_MAX: i32 = 14;

/// `meetings/{uuid}` of a request with a request id.
pub(crate) fn named(value: &str, request_id: &str) -> Result<MeetingId, Status> {
    let mut fields = Fields::default();
    fields.request_id(request_id);
    let id = fields.uuid("name", value, "meetings").map(MeetingId);
    fields.all(id)
}

/// `meetingSeries/{uuid}` of a request with a request id.
pub(crate) fn series_named(
    (field, value): (&str, &str),
    request_id: &str,
) -> Result<MeetingSeriesId, Status> {
    let mut fields = Fields::default();
    fields.request_id(request_id);
    let id = fields.uuid(field, value, "meetingSeries");
    fields.all(id.map(MeetingSeriesId))
}

/// A meeting, an item of it, and a text about it that must be there.
pub(crate) fn about(
    (value, request_id): (&str, &str),
    item: Option<i32>,
    (field, text): (&str, &str),
) -> Result<(MeetingId, u16, String), Status> {
    let mut fields = Fields::default();
    fields.request_id(request_id);
    let id = fields.uuid("name", value, "meetings").map(MeetingId);
    let item = item.map_or(Some(0), |it| number(&mut fields, it));
    let text = fields.required(field, text.to_owned(), TEXT_MAX);
    let read = id.zip(item).map(|(id, item)| (id, item, text));
    fields.all(read)
}

/// Why a series ends.
pub(crate) fn series_end(
    it: &wire::EndMeetingSeriesRequest,
) -> Result<(MeetingSeriesId, String), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let id = fields.uuid("name", &it.name, "meetingSeries");
    let reason = fields.required("reason", it.reason.clone(), TEXT_MAX);
    fields.all(id.map(|id| (MeetingSeriesId(id), reason)))
}

/// A number beyond u16 names no item; it is answered like any other that does not exist.
pub(super) fn number(fields: &mut Fields, item: i32) -> Option<u16> {
    fields
        .0
        .check(item > 0, "item", "must be 1 or more", "须为 1 以上");
    Some(u16::try_from(item).unwrap_or(u16::MAX))
}

/// A new series; its tier and chair are the caller's.
pub(crate) fn create_series(it: wire::CreateMeetingSeriesRequest) -> Result<Set, Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let area = fields.id("area", &it.area, "areas");
    let set = wire::UpdateMeetingSeriesRequest {
        title: it.title,
        members: it.members,
        schedule: it.schedule,
        place: it.place,
        quorum: it.quorum,
        upper: it.upper,
        ..Default::default()
    };
    let set = self::set(&mut fields, set);
    fields.all(area.map(|area| Set { area, ..set }))
}

/// A changed series.
pub(crate) fn update_series(
    it: wire::UpdateMeetingSeriesRequest,
) -> Result<(MeetingSeriesId, Set), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let id = fields.uuid("name", &it.name, "meetingSeries");
    let set = self::set(&mut fields, it);
    fields.all(id.map(|id| (MeetingSeriesId(id), set)))
}

fn set(fields: &mut Fields, it: wire::UpdateMeetingSeriesRequest) -> Set {
    let title = fields.required("title", it.title, LINE_MAX);
    let place = fields.text("place", it.place, LINE_MAX);
    let quorum = u32::try_from(it.quorum).ok();
    let negative = || FieldProblem::new("must not be negative", "不能为负数");
    let quorum = fields.0.take("quorum", quorum.ok_or_else(negative));
    let upper = if it.upper.is_empty() {
        None
    } else {
        fields.uuid("upper", &it.upper, "meetingSeries")
    };
    fields
        .0
        .check(!it.members.is_empty(), "members", "required", "必填");
    fields.many("members", it.members.len(), MEMBERS_MAX);
    let mut members: Vec<Member> = Vec::new();
    for (index, member) in it.members.into_iter().take(MEMBERS_MAX).enumerate() {
        let field = format!("members[{index}].organization");
        let person = format!("members[{index}].representative");
        let representative = self::person(fields, &person, &member.representative);
        let Some(organization) = fields.organization(&field, &member.organization) else {
            continue;
        };
        let twice = members.iter().any(|it| it.organization == organization);
        fields.0.check(!twice, field, "given twice", "重复");
        members.push(Member {
            organization,
            representative,
        });
    }
    let schedule = it.schedule.and_then(|it| schedule(fields, &it));
    Set {
        title,
        tier: Tier::default(),
        organization: OrganizationId::default(),
        area: "".into(),
        members,
        schedule,
        place,
        quorum: quorum.unwrap_or_default(),
        upper: upper.map(MeetingSeriesId),
    }
}

fn person(fields: &mut Fields, field: &str, value: &str) -> Option<PersonId> {
    let value = fields.text(field, value.to_owned(), LINE_MAX);
    (!value.trim().is_empty()).then(|| PersonId::from(value))
}

fn schedule(fields: &mut Fields, it: &wire::MeetingSchedule) -> Option<Schedule> {
    use wire::meeting_schedule::Frequency;
    let within = |amount: i32, most: i32| u8::try_from(amount).ok().filter(|_| amount <= most);
    let beyond = |least: i32, most: i32| {
        FieldProblem::new(
            format!("must be {least} to {most}"),
            format!("须为 {least} 至 {most}"),
        )
    };
    let weekday = within(it.weekday, 7).filter(|it| *it > 0);
    let weekday = fields
        .0
        .take("schedule.weekday", weekday.ok_or_else(|| beyond(1, 7)));
    let notice = within(it.notice_days, NOTICE_MAX);
    let notice = fields.0.take(
        "schedule.notice_days",
        notice.ok_or_else(|| beyond(0, NOTICE_MAX)),
    );
    let clock = it.time_of_day.split_once(':').and_then(|(hour, minute)| {
        let number = |text: &str, below: u8| {
            let fits = text.len() == 2 && text.bytes().all(|it| it.is_ascii_digit());
            text.parse().ok().filter(|it: &u8| fits && *it < below)
        };
        number(hour, 24).zip(number(minute, 60))
    });
    let no_clock = || FieldProblem::new("must be `HH:MM`", "须形如 09:30");
    let clock = fields
        .0
        .take("schedule.time_of_day", clock.ok_or_else(no_clock));
    let rhythm = match it.frequency() {
        Frequency::Weekly => Some(Rhythm::Weekly),
        Frequency::Monthly => {
            let last = i32::from(LAST);
            let week = within(it.week, last).filter(|it| *it > 0);
            let week = fields
                .0
                .take("schedule.week", week.ok_or_else(|| beyond(1, last)));
            week.map(|week| Rhythm::Monthly { week })
        }
        Frequency::Unspecified => fields.0.take("schedule.frequency", Err(Fields::missing())),
    };
    Some(Schedule {
        rhythm: rhythm?,
        weekday: weekday?,
        time: clock?,
        notice_days: notice?,
    })
}

/// When and where the next meeting of a series is held.
pub(crate) fn create(
    it: &wire::CreateMeetingRequest,
    now: OffsetDateTime,
) -> Result<(MeetingSeriesId, Option<OffsetDateTime>, String), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let series = fields.uuid("series", &it.series, "meetingSeries");
    let at = it.meet_time.as_ref().map(time).transpose();
    let at = fields.0.take("meet_time", at);
    held(&mut fields, at.flatten(), now);
    let place = fields.text("place", it.place.clone(), LINE_MAX);
    let read = series.zip(at);
    fields.all(read.map(|(series, at)| (MeetingSeriesId(series), at, place)))
}

/// Refuses a time at which nobody meets: one that was held may be recorded for a week.
fn held(fields: &mut Fields, at: Option<OffsetDateTime>, now: OffsetDateTime) {
    let (back, ahead) = (Duration::days(7), Duration::days(366));
    fields.0.check(
        at.is_none_or(|it| now - back <= it && it <= now + ahead),
        "meet_time",
        "must be at most a week ago and at most a year ahead",
        "最早为一周前，最晚为一年后",
    );
}

/// When and where a meeting is held instead.
pub(crate) fn update(
    it: &wire::UpdateMeetingRequest,
    now: OffsetDateTime,
) -> Result<(MeetingId, OffsetDateTime, String), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let id = fields.uuid("name", &it.name, "meetings").map(MeetingId);
    let at = it.meet_time.as_ref();
    let at = at.map_or_else(|| Err(Fields::missing()), time);
    let at = fields.0.take("meet_time", at);
    held(&mut fields, at, now);
    let place = fields.text("place", it.place.clone(), LINE_MAX);
    fields.all(id.zip(at).map(|(id, at)| (id, at, place)))
}

/// Something to be put on the agenda.
pub(crate) fn motion(
    it: &wire::AddAgendaItemRequest,
    caller: &Caller,
) -> Result<(MeetingId, Motion), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let id = fields.uuid("name", &it.name, "meetings").map(MeetingId);
    let title = fields.required("title", it.title.clone(), LINE_MAX);
    let note = fields.text("note", it.note.clone(), TEXT_MAX);
    let subject = if it.subject.is_empty() {
        None
    } else {
        fields.0.take("subject", work(&it.subject))
    };
    let person = PersonId::from(caller.person.as_str());
    let motion = Motion {
        title,
        subject,
        note,
        person,
    };
    fields.all(id.map(|id| (id, motion)))
}

/// `tasks/{uuid}`, an assignment of it, or `cases/{uuid}`.
pub(super) fn work(value: &str) -> Result<Subject, FieldProblem> {
    match value.split_once('/').map(|it| it.0) {
        Some("cases") => name::uuid(value, "cases").map(|it| Subject::Case(CaseId(it))),
        Some("tasks") if value.contains("/assignments/") => {
            let (task, number) = name::nested(value, "tasks", "assignments")?;
            Ok(Subject::Assignment(AssignmentId {
                task: TaskId(task),
                number: u16::try_from(number).unwrap_or(u16::MAX),
            }))
        }
        Some("tasks") => name::uuid(value, "tasks").map(|it| Subject::Task(TaskId(it))),
        _ => Err(FieldProblem::new(
            "must be `tasks/{uuid}`, `tasks/{uuid}/assignments/{n}` or `cases/{uuid}`",
            "须为 tasks/编号、tasks/编号/assignments/序号 或 cases/编号",
        )),
    }
}

/// How an organization takes part.
pub(crate) fn attendance(
    it: &wire::RecordAttendanceRequest,
    caller: &Caller,
    at: OffsetDateTime,
) -> Result<(MeetingId, Attendance), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let id = fields.uuid("name", &it.name, "meetings").map(MeetingId);
    let organization = if it.organization.is_empty() {
        Some(OrganizationId::from(caller.organization.as_str()))
    } else {
        fields.organization("organization", &it.organization)
    };
    let presence = fields.word("state", it.state, words::read_presence);
    let who = person(&mut fields, "person", &it.person);
    let needed = presence == Some(Presence::Present);
    fields
        .0
        .check(who.is_some() || !needed, "person", "required", "必填");
    let delegate_of = person(&mut fields, "delegate_of", &it.delegate_of);
    for (field, given) in [("person", &who), ("delegate_of", &delegate_of)] {
        fields.0.check(
            needed || presence.is_none() || given.is_none(),
            field,
            "only of whoever is present",
            "仅在到会时填写",
        );
    }
    let note = fields.text("note", it.note.clone(), TEXT_MAX);
    let read = id.zip(organization).zip(presence);
    fields.all(read.map(|((id, organization), presence)| {
        let attendance = Attendance {
            organization,
            presence,
            person: who,
            delegate_of,
            note,
            recorder: PersonId::from(caller.person.as_str()),
            at,
        };
        (id, attendance)
    }))
}

/// Which kind of file.
pub(crate) fn format(
    it: wire::export_meeting_request::Format,
) -> Result<wire::export_meeting_request::Format, Status> {
    let mut fields = Fields::default();
    let said = it != wire::export_meeting_request::Format::Unspecified;
    fields.0.check(said, "format", "required", "必填");
    fields.all(Some(it))
}
