//! Filters of lists (AIP-160): conditions `field = value` joined by AND; times also with `>=` and `<`.

use liandong_kit::status::{FieldProblem, Violations};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tonic::Status;

use crate::store::docket::begin;
use crate::store::query::{ListQuery, Order, Term, Test};

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

/// Reads a filter; what is wrong with it is said precisely.
pub(crate) fn filter(text: &str, fields: Fields) -> Result<Vec<Term>, Status> {
    let mut bad = Violations::new();
    let terms = bad.take("filter", parse(text, fields));
    bad.finish()?;
    Ok(terms.unwrap_or_default())
}

/// What is asked of a list that can be ordered, by when its rows began or are due, and counted by fields.
pub(crate) fn list(
    (filter, order_by, facets): (&str, &str, &[String]),
    (fields, began): (Fields, &str),
) -> Result<ListQuery, Status> {
    let mut bad = Violations::new();
    let terms = bad.take("filter", parse(filter, fields));
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
    bad.finish()?;
    Ok(ListQuery {
        terms: terms.unwrap_or_default(),
        order: order.unwrap_or(Order::Newest),
        facets: super::facet::asked(facets, fields)?,
    })
}

fn parse(text: &str, fields: Fields) -> Result<Vec<Term>, FieldProblem> {
    if text.trim().is_empty() {
        return Ok(vec![]);
    }
    text.split(" AND ")
        .map(|it| term(it.trim(), fields))
        .collect()
}

fn term(text: &str, fields: Fields) -> Result<Term, FieldProblem> {
    let at = text.find(['=', '<', '>']).ok_or_else(|| malformed(text))?;
    let (name, rest) = text.split_at(at);
    let name = name.trim();
    let (sign, value) = ["<=", ">=", "=", "<", ">"]
        .into_iter()
        .find_map(|sign| rest.strip_prefix(sign).map(|value| (sign, value.trim())))
        .ok_or_else(|| malformed(text))?;
    let value = value
        .strip_prefix('"')
        .and_then(|it| it.strip_suffix('"'))
        .unwrap_or(value);
    let Some((field, kind)) = fields.iter().find(|(field, _)| *field == name) else {
        let known: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
        let known = known.join(", ");
        return Err(FieldProblem::new(
            format!("`{name}` is not a field of this list; known: {known}"),
            format!("没有筛选字段“{name}”，可用：{known}"),
        ));
    };
    if value.is_empty() {
        return Err(malformed(text));
    }
    Ok(Term {
        field,
        test: test(*kind, sign, value).ok_or_else(|| malformed(text))?,
    })
}

fn test(kind: Kind, sign: &str, value: &str) -> Option<Test> {
    let stripped = |collection: &str| {
        let name = value
            .strip_prefix(collection)
            .and_then(|it| it.strip_prefix('/'));
        name.unwrap_or(value).to_owned()
    };
    match (kind, sign) {
        (Kind::Word(words), "=") => words.contains(&value).then(|| Test::Is(value.to_owned())),
        (Kind::Id(collection), "=") => Some(Test::Is(stripped(collection))),
        (Kind::Area, "=") => Some(Test::Begins(stripped("areas"))),
        (Kind::Text, "=") => Some(Test::Is(value.to_owned())),
        (Kind::Flag, "=") => value.parse().ok().map(Test::Flag),
        (Kind::Time, ">=") => time(value).map(Test::Since),
        (Kind::Time, "<") => time(value).map(Test::Before),
        (Kind::Day, "=") => day(value).map(Test::At),
        (Kind::Day, ">=") => day(value).map(Test::Since),
        (Kind::Day, "<") => day(value).map(Test::Before),
        _ => None,
    }
}

fn time(value: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(value, &Rfc3339).ok()
}

fn day(value: &str) -> Option<OffsetDateTime> {
    super::read::day(value).ok().map(begin)
}

fn malformed(text: &str) -> FieldProblem {
    let shown: String = text.chars().take(100).collect();
    FieldProblem::new(
        format!("`{shown}` is not a condition of this list, such as `state = FILED`"),
        format!("“{shown}”不是有效的筛选条件"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_joined_by_and() {
        let terms = parse(
            r#"state = FILED AND area="areas/320311" AND report_time >= 2025-01-01T00:00:00+08:00"#,
            CASES,
        );
        let terms = terms.unwrap();
        assert_eq!(
            terms[0],
            Term {
                field: "state",
                test: Test::Is("FILED".into())
            }
        );
        assert_eq!(
            terms[1],
            Term {
                field: "area",
                test: Test::Begins("320311".into())
            }
        );
        assert!(matches!(
            terms[2],
            Term {
                field: "report_time",
                test: Test::Since(_)
            }
        ));
        assert_eq!(parse("", CASES).unwrap(), vec![]);
    }

    #[test]
    fn what_is_wrong_with_a_filter_is_said() {
        let said = |text| parse(text, CASES).unwrap_err().english;
        assert!(
            said("colour = red").contains("not a field"),
            "{}",
            said("colour = red")
        );
        for text in [
            "state",
            "state = WHATEVER",
            "state < FILED",
            "report_time = 2025",
            "state =",
            "report_time >= x",
        ] {
            assert!(said(text).contains("not a condition"), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in ".*") {
            let _ = parse(&text, ASSIGNMENTS);
        }
    }
}
