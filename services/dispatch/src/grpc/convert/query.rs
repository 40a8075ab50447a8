//! Filters of lists (AIP-160): conditions `field = value` joined by AND; times also with `>=` and `<`.

use liandong_kit::page::PageRequest;
use liandong_kit::status::{FieldProblem, Violations};
use tonic::Status;

use super::filter::parse;
use crate::store::query::{ListQuery, Order, Term};

/// How a field of a list may be asked.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// One of these words.
    Word(&'static [&'static str]),
    /// An id, or a name of this collection.
    Id(&'static str),
    /// An area: the code, or a name, of it or of one around it.
    Area,
    /// Any text.
    Text,
    /// `true` or `false`.
    Flag,
    /// RFC 3339, with `>=` or `<`.
    Time,
    /// A civil day, `YYYY-MM-DD`, with `=`, `>=` or `<`; its beginning stands for it.
    Day,
}

/// The fields of a list.
pub(crate) type Fields = &'static [(&'static str, Kind)];

const CASE_STATES: &[&str] = &[
    "REPORTED",
    "VERIFIED",
    "FILED",
    "DISPATCHED",
    "CLOSED",
    "REJECTED",
    "MERGED",
    "REDIRECTED",
];
const TRIAGES: &[&str] = &[
    "ON_SITE",
    "OWN_POWER",
    "PUSH",
    "JOINT",
    "CONSULTATION",
    "SERVICE",
];
const REVISIT_STATES: &[&str] = &["PLANNED", "DUE"];
const TASK_STATES: &[&str] = &["PLANNED", "ISSUED", "FINISHED", "CANCELLED"];
const ROLES: &[&str] = &["LEAD", "CO_HANDLER", "SUPPORT", "AWARENESS"];
const STATES: &[&str] = &[
    "OFFERED",
    "SIGNED",
    "COMMITTED",
    "ON_SITE",
    "REPORTED",
    "DONE",
    "OBJECTED",
    "ON_HOLD",
    "WITHDRAWN",
    "INFORMED",
    "RELEASED",
];
const SOURCES: &[&str] = &[
    "PATROL",
    "HOTLINE",
    "DIGITAL_CITY",
    "MEDIA",
    "LEADER",
    "SUPERIOR",
    "DEPARTMENT",
    "RESIDENT_UNIT",
    "PUBLIC",
];

/// Of `ListCases`.
pub(crate) const CASES: Fields = &[
    ("state", Kind::Word(CASE_STATES)),
    ("source", Kind::Word(SOURCES)),
    ("area", Kind::Area),
    ("matter", Kind::Id("matters")),
    ("organization", Kind::Id("organizations")),
    ("external_reference", Kind::Text),
    ("report_time", Kind::Time),
    ("triage", Kind::Word(TRIAGES)),
    ("object", Kind::Text),
    ("overdue", Kind::Flag),
    ("close_time", Kind::Time),
    ("due_time", Kind::Time),
    ("exercise", Kind::Flag),
];

/// Of `ListRevisits`.
pub(crate) const REVISITS: Fields = &[
    ("state", Kind::Word(REVISIT_STATES)),
    ("area", Kind::Area),
    ("matter", Kind::Id("matters")),
    ("overdue", Kind::Flag),
    ("due_time", Kind::Time),
];

/// Of `ListTasks`.
pub(crate) const TASKS: Fields = &[
    ("state", Kind::Word(TASK_STATES)),
    ("area", Kind::Area),
    ("matter", Kind::Id("matters")),
    ("organizer", Kind::Id("organizations")),
    ("overdue", Kind::Flag),
    ("plan_time", Kind::Time),
];

/// Of `ListAssignments`.
pub(crate) const ASSIGNMENTS: Fields = &[
    ("state", Kind::Word(STATES)),
    ("role", Kind::Word(ROLES)),
    ("area", Kind::Area),
    ("matter", Kind::Id("matters")),
    ("overdue", Kind::Flag),
    ("offer_time", Kind::Time),
    ("due_time", Kind::Time),
];

/// Of `ListPatrolPlans`.
pub(crate) const PATROL_PLANS: Fields = &[
    ("state", Kind::Word(&["ACTIVE", "ENDED"])),
    ("area", Kind::Area),
    ("organization", Kind::Id("organizations")),
    ("create_time", Kind::Time),
];

/// Of `ListDailyLogs`.
pub(crate) const DAILY_LOGS: Fields = &[
    ("state", Kind::Word(LOG_STATES)),
    ("holder", Kind::Id("dutyHolders")),
    ("organization", Kind::Id("organizations")),
    ("day", Kind::Day),
];

/// Of `ListInspectionRounds`.
pub(crate) const ROUNDS: Fields = &[
    ("state", Kind::Word(&["PLANNED", "DRAWN", "CANCELLED"])),
    ("organization", Kind::Id("organizations")),
    ("plan_time", Kind::Time),
];

/// Of `ListInspections`.
pub(crate) const INSPECTIONS: Fields = &[
    ("state", Kind::Word(INSPECTION_STATES)),
    ("area", Kind::Area),
    ("organization", Kind::Id("organizations")),
    ("reference", Kind::Text),
    ("plan_time", Kind::Time),
];

/// Of `ListCheckSamples`.
pub(crate) const CHECK_SAMPLES: Fields = &[
    ("state", Kind::Word(SAMPLE_STATES)),
    ("area", Kind::Area),
    ("organization", Kind::Id("organizations")),
    ("plan_time", Kind::Time),
];

const SAMPLE_STATES: &[&str] = &["PLANNED", "DRAWN", "COMPLETED", "CANCELLED"];

/// Of `ListOutages`.
pub(crate) const OUTAGES: Fields = &[("start_time", Kind::Time)];

/// Of `ListCampaigns`.
pub(crate) const CAMPAIGNS: Fields = &[
    (
        "state",
        Kind::Word(&["PLANNED", "RUNNING", "CLOSED", "CANCELLED"]),
    ),
    ("organization", Kind::Id("organizations")),
    ("create_time", Kind::Time),
];

/// Of `ListMeetingSeries`.
pub(crate) const MEETING_SERIES: Fields = &[
    ("state", Kind::Word(&["ACTIVE", "ENDED"])),
    ("organization", Kind::Id("organizations")),
    ("area", Kind::Area),
    ("create_time", Kind::Time),
];

/// Of `ListMeetings`.
pub(crate) const MEETINGS: Fields = &[
    (
        "state",
        Kind::Word(&["DRAFT", "OPEN", "CLOSED", "CANCELLED"]),
    ),
    ("organization", Kind::Id("organizations")),
    ("area", Kind::Area),
    ("series", Kind::Id("meetingSeries")),
    ("create_time", Kind::Time),
];

const INSPECTION_STATES: &[&str] = &["PLANNED", "IN_PROGRESS", "CONCLUDED", "MERGED", "CANCELLED"];

const LOG_STATES: &[&str] = &[
    "EXPECTED",
    "SUBMITTED",
    "LATE",
    "MISSING",
    "EXCUSED",
    "VOLUNTARY",
];

const WHISTLE_STATES: &[&str] = &["BLOWN", "ANSWERED", "CLOSED", "WITHDRAWN"];
const WHISTLE_KINDS: &[&str] = &["PUBLIC_CONCERN", "JOINT_ENFORCEMENT", "EMERGENCY"];
const TIERS: &[&str] = &["COMMUNITY", "STREET", "DISTRICT"];
const DISPUTE_STATES: &[&str] = &[
    "NEGOTIATION",
    "STREET",
    "DISTRICT",
    "SETTLED",
    "DESIGNATED",
    "LAPSED",
];
const CAUSES: &[&str] = &[
    "OPPOSITE_OBJECTIONS",
    "NOBODY",
    "CONFLICT",
    "SECOND_OBJECTION",
];

/// Of `ListWhistles`.
pub(crate) const WHISTLES: Fields = &[
    ("state", Kind::Word(WHISTLE_STATES)),
    ("kind", Kind::Word(WHISTLE_KINDS)),
    ("tier", Kind::Word(TIERS)),
    ("area", Kind::Area),
    ("matter", Kind::Id("matters")),
    ("organization", Kind::Id("organizations")),
    ("overdue", Kind::Flag),
    ("exercise", Kind::Flag),
    ("blow_time", Kind::Time),
];

/// Of `ListDisputes`.
pub(crate) const DISPUTES: Fields = &[
    ("state", Kind::Word(DISPUTE_STATES)),
    ("cause", Kind::Word(CAUSES)),
    ("area", Kind::Area),
    ("matter", Kind::Id("matters")),
    ("organizer", Kind::Id("organizations")),
    ("task", Kind::Id("tasks")),
    ("overdue", Kind::Flag),
    ("open_time", Kind::Time),
];

/// Of `ListTaskTemplates`.
pub(crate) const TEMPLATES: Fields = &[("retired", Kind::Flag)];

/// What is asked of a list: which rows, counted by which fields, and which page of them.
pub(crate) struct Asked {
    /// The conditions.
    pub(crate) terms: Vec<Term>,
    /// The fields to count by: on the first page only.
    pub(crate) facets: Vec<&'static str>,
    /// Which page.
    pub(crate) page: PageRequest,
}

/// Reads filter, fields to count by and page of a list; `rows` is what else selects its rows. Everything that is wrong
/// is named at once.
pub(crate) fn page(
    (page_size, page_token): (i32, &str),
    (filter, facets): (&str, &[String]),
    fields: Fields,
    rows: &str,
) -> Result<Asked, Status> {
    let mut bad = Violations::new();
    let terms = bad
        .take("filter", parse(filter, fields))
        .unwrap_or_default();
    let facets = super::facet::read(&mut bad, facets, fields);
    let asked = format!("{rows}{terms:?}");
    let page = paged(&mut bad, (page_size, page_token), &asked);
    bad.finish()?;
    let facets = if page.after.is_none() { facets } else { vec![] };
    Ok(Asked {
        terms,
        facets,
        page,
    })
}

/// What is asked of a list that can be ordered, by when its rows began or are due, and counted by fields; and which
/// page of it. Everything that is wrong is named at once.
pub(crate) fn list(
    (page_size, page_token): (i32, &str),
    (filter, order_by, facets): (&str, &str, &[String]),
    (fields, began): (Fields, &str),
    rows: &str,
) -> Result<(ListQuery, PageRequest), Status> {
    let mut bad = Violations::new();
    let terms = bad
        .take("filter", parse(filter, fields))
        .unwrap_or_default();
    let order = match order_by.strip_suffix(" asc").unwrap_or(order_by) {
        "" => Some(Order::Newest),
        it if it == began => Some(Order::Oldest),
        it if it.strip_suffix(" desc") == Some(began) => Some(Order::Newest),
        "due_time" => Some(Order::MostUrgent),
        _ => None,
    };
    let no_order = || {
        FieldProblem::new(
            format!("`{began} desc`, `{began}` or `due_time`"),
            format!("可用：{began} desc、{began}、due_time"),
        )
    };
    let order = bad.take("order_by", order.ok_or_else(no_order));
    let order = order.unwrap_or(Order::Newest);
    let facets = super::facet::read(&mut bad, facets, fields);
    let asked = format!("{rows}{terms:?}{order:?}");
    let page = paged(&mut bad, (page_size, page_token), &asked);
    bad.finish()?;
    let query = ListQuery {
        terms,
        order,
        facets,
    };
    Ok((query, page))
}

/// Which page. The token of what cannot be read is not judged.
fn paged(bad: &mut Violations, (size, token): (i32, &str), asked: &str) -> PageRequest {
    let token = if bad.is_empty() { token } else { "" };
    PageRequest::read(bad, (size, token), asked)
}
