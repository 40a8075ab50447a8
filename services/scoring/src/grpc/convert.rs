//! The domain's values as answers.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use liandong_kit::name;
use liandong_proto::scoring::{self as wire, composite, composite_part, ratio};
use prost_types::Timestamp;
use time::{Duration, OffsetDateTime};

use crate::{
    domain::{
        composite::{Composite, Grade, Scored, Value},
        entry::{Entry, State},
        event::Reference,
        measure::{self, Measure, PeriodCounts},
        number::{POINT_PLACES, RATE_PLACES, fixed, plain},
        period::{Period, midnight},
        ranking::{PartChange, Row, Trend},
        ratio::Ratio,
        scheme::{Indicator, Part, Scheme},
    },
    store::{
        appeals,
        view::{AsOf, Behind},
    },
    work::{status, verify::Verification},
};

/// What a ranking shows beside what was computed.
pub(super) struct Beside {
    /// The names of organizations.
    pub(super) names: Arc<HashMap<String, String>>,
    /// Appeals that are not decided, by organization.
    pub(super) open_appeals: BTreeMap<String, i64>,
}

impl Beside {
    /// What an organization is called; its id where the registry does not say.
    pub(super) fn name<'a>(&'a self, organization: &'a str) -> &'a str {
        let name = self.names.get(organization);
        name.map_or(organization, String::as_str)
    }
}

/// A time on the wire.
pub(super) fn time(at: OffsetDateTime) -> Timestamp {
    Timestamp {
        seconds: at.unix_timestamp(),
        nanos: i32::try_from(at.nanosecond()).unwrap_or(0),
    }
}

pub(super) fn period(it: Period) -> wire::Period {
    let kind = match it {
        Period::Week(_) => wire::PeriodKind::Week,
        Period::Month(_) => wire::PeriodKind::Month,
        Period::Quarter(_) => wire::PeriodKind::Quarter,
        Period::Year(_) => wire::PeriodKind::Year,
        Period::Interval(..) => wire::PeriodKind::Interval,
    };
    wire::Period {
        name: it.to_string(),
        kind: kind.into(),
        start_time: Some(time(midnight(it.first_day()))),
        end_time: Some(time(midnight(it.last_day()) + Duration::DAY)),
    }
}

pub(super) fn as_of(it: &AsOf) -> wire::AsOf {
    wire::AsOf {
        district: name::of("districts", &it.district),
        epoch: it
            .place
            .map(|place| place.epoch.to_string())
            .unwrap_or_default(),
        position: it.place.map_or(0, |place| place.position),
        entry_count: it.entries,
        time: Some(time(it.time)),
    }
}

pub(super) fn ratio(it: Ratio) -> wire::Ratio {
    let result = match it.percent() {
        Some(percent) => ratio::Result::Value(fixed(percent, RATE_PLACES)),
        None => ratio::Result::NotApplicable(not_applicable("ZERO_DENOMINATOR")),
    };
    wire::Ratio {
        numerator: it.numerator,
        denominator: it.denominator,
        result: Some(result),
    }
}

fn not_applicable(reason: &str) -> wire::NotApplicable {
    wire::NotApplicable {
        reason: reason.to_owned(),
    }
}

pub(super) fn definition(it: &Indicator) -> wire::IndicatorDefinition {
    let names = |all: &[Measure]| all.iter().map(|it| it.name().to_owned()).collect();
    wire::IndicatorDefinition {
        id: it.id.clone(),
        title: it.title.clone(),
        numerator: names(&it.numerator),
        denominator: names(&it.denominator),
    }
}

pub(super) fn value(it: &Indicator, counts: &PeriodCounts) -> wire::IndicatorValue {
    let rate = measure::ratio(&it.numerator, &it.denominator, counts);
    wire::IndicatorValue {
        indicator: it.id.clone(),
        title: it.title.clone(),
        ratio: Some(ratio(rate)),
    }
}

pub(super) fn row(scheme: &Scheme, it: &Row, beside: &Beside) -> wire::RankingRow {
    let open_appeals = beside.open_appeals.get(&it.organization);
    wire::RankingRow {
        rank: it.rank,
        display_name: beside.name(&it.organization).to_owned(),
        organization: name::of("organizations", &it.organization),
        composite: Some(composite(scheme, &it.composite)),
        tied: it.tied,
        small_sample: it.small_sample,
        ledger_points: fixed(it.ledger_points, RATE_PLACES),
        group: it.group.clone(),
        bundle: it.bundle.clone(),
        share: it
            .share
            .map(|it| fixed(it, RATE_PLACES))
            .unwrap_or_default(),
        trend: it.trend.as_ref().map(trend),
        open_appeals: open_appeals.map_or(0, |it| i32::try_from(*it).unwrap_or(i32::MAX)),
    }
}

fn trend(it: &Trend) -> wire::Trend {
    let part = |it: &PartChange| wire::PartChange {
        id: it.id.clone(),
        title: it.title.clone(),
        change: fixed(it.change, POINT_PLACES),
        formula_before: it.before.clone(),
        formula: it.now.clone(),
    };
    wire::Trend {
        period: it.period.clone(),
        rank: it.rank.unwrap_or(0),
        points: fixed(it.points, RATE_PLACES),
        change: fixed(it.change, RATE_PLACES),
        parts: it.parts.iter().map(part).collect(),
    }
}

fn composite(scheme: &Scheme, it: &Composite) -> wire::Composite {
    let grade = match it.grade {
        None => wire::Grade::Unspecified,
        Some(Grade::A) => wire::Grade::A,
        Some(Grade::B) => wire::Grade::B,
        Some(Grade::C) => wire::Grade::C,
        Some(Grade::D) => wire::Grade::D,
        Some(Grade::E) => wire::Grade::E,
    };
    let result = match it.points {
        Some(points) => composite::Result::Points(fixed(points, RATE_PLACES)),
        None => composite::Result::NotApplicable(not_applicable("NOTHING_APPLICABLE")),
    };
    wire::Composite {
        parts: scheme
            .parts
            .iter()
            .zip(&it.parts)
            .map(|(part, it)| self::part(part, it))
            .collect(),
        result: Some(result),
        grade: grade.into(),
        formula: it.formula.clone(),
    }
}

fn part(part: &Part, it: &Scored) -> wire::CompositePart {
    let input = match it.value {
        Value::Rate(rate) => composite_part::Input::Ratio(ratio(rate)),
        Value::Volume(count) => composite_part::Input::Volume(count),
        Value::Ledger {
            entries,
            points,
            workload,
        } => composite_part::Input::Ledger(wire::LedgerInput {
            entry_count: entries,
            points: fixed(points, POINT_PLACES),
            workload: workload
                .map(|it| fixed(it, POINT_PLACES))
                .unwrap_or_default(),
        }),
    };
    let result = match it.points {
        Some(points) => composite_part::Result::Points(fixed(points, POINT_PLACES)),
        None => composite_part::Result::NotApplicable(not_applicable("ZERO_DENOMINATOR")),
    };
    wire::CompositePart {
        id: part.id.clone(),
        title: part.title.clone(),
        weight: plain(part.weight),
        input: Some(input),
        result: Some(result),
        formula: it.formula.clone(),
    }
}

pub(super) fn explanation(
    indicator: &Indicator,
    counts: &PeriodCounts,
    behind: Behind,
    shown: &Shown<'_>,
) -> wire::IndicatorExplanation {
    let mut measures: Vec<Measure> = [&indicator.numerator[..], &indicator.denominator].concat();
    measures.sort_unstable();
    measures.dedup();
    let count = |it: Measure| wire::MeasureCount {
        measure: it.name().to_owned(),
        count: it.count(counts),
    };
    wire::IndicatorExplanation {
        value: Some(value(indicator, counts)),
        measures: measures.into_iter().map(count).collect(),
        entries: entries(behind.entries, shown),
        entry_count: behind.count,
    }
}

/// What entries are shown with: how they stand at a moment, and the appeals against them.
pub(super) struct Shown<'a> {
    pub(super) district: &'a str,
    pub(super) now: OffsetDateTime,
    /// By the entry's sequence: whether the appeal against it is not decided.
    pub(super) appealed: BTreeMap<i64, bool>,
}

pub(super) fn entries(all: Vec<(Entry, Option<i64>)>, shown: &Shown<'_>) -> Vec<wire::Entry> {
    all.into_iter()
        .map(|(it, reversed_by)| entry(it, reversed_by, shown))
        .collect()
}

fn entry(it: Entry, reversed_by: Option<i64>, shown: &Shown<'_>) -> wire::Entry {
    let named = |sequence| name::of("entries", appeals::id(shown.district, sequence));
    let appealed = shown.appealed.get(&it.sequence);
    let appeal = appealed.map(|_| name::of("appeals", appeals::id(shown.district, it.sequence)));
    let under_appeal = appealed.is_some_and(|open| *open);
    let state = match it.state(reversed_by.is_some(), shown.now) {
        State::Posted if under_appeal => wire::EntryState::Provisional,
        State::Provisional => wire::EntryState::Provisional,
        State::Posted => wire::EntryState::Posted,
        State::Voided => wire::EntryState::Voided,
    };
    let period = it.period().to_string();
    let content = it.content;
    // What is apart from tasks, e.g. a manual item, has no assignment.
    let task = match content.slot.assignment {
        0 => String::new(),
        _ => name::of("tasks", content.slot.task),
    };
    wire::Entry {
        name: named(it.sequence),
        sequence: it.sequence,
        state: state.into(),
        organization: name::of("organizations", &content.organization),
        day: content.day.to_string(),
        period,
        scheme: name::of("schemes", &content.slot.scheme),
        rule: content.slot.rule,
        rule_version: content.version,
        title: content.title,
        indicator: content.indicator,
        inputs: content
            .inputs
            .into_iter()
            .map(|it| wire::Input {
                name: it.name,
                value: it.value,
            })
            .collect(),
        coefficient: fixed(content.coefficient, POINT_PLACES),
        points: fixed(content.points, POINT_PLACES),
        formula: content.formula,
        evidence: content.evidence.into_iter().map(evidence).collect(),
        trace_id: it.cause.trace_id,
        assignment: match content.slot.assignment {
            0 => String::new(),
            number => format!("{task}/assignments/{number}"),
        },
        task,
        round: content.slot.round,
        reverses: if it.reverses == 0 {
            String::new()
        } else {
            named(it.reverses)
        },
        reversed_by: reversed_by.map(named).unwrap_or_default(),
        record_time: Some(time(it.recorded_at)),
        post_time: Some(time(it.posted_at)),
        previous_hash: it.previous_hash,
        hash: it.hash,
        appeal: appeal.unwrap_or_default(),
    }
}

fn evidence(it: Reference) -> wire::Evidence {
    wire::Evidence {
        event: it.id.to_string(),
        position: it.position,
        kind: it.kind,
        occurred_time: Some(time(it.occurred_at)),
        trace_id: it.trace_id,
    }
}

pub(super) fn feed(district: &str, it: &status::Status) -> wire::FeedStatus {
    let (state, stop_reason, detail) = match &it.state {
        status::State::Connecting(why) => (wire::FeedState::Connecting, "", why.clone()),
        status::State::Running => (wire::FeedState::Running, "", String::new()),
        status::State::Stopped(stop) => (wire::FeedState::Stopped, stop.reason(), stop.to_string()),
    };
    wire::FeedStatus {
        district: name::of("districts", district),
        state: state.into(),
        epoch: it.epoch.map(|epoch| epoch.to_string()).unwrap_or_default(),
        position: it.position,
        head: it.head,
        lag: (it.head - it.position).max(0),
        contact_time: it.contact.map(time),
        stop_reason: stop_reason.to_owned(),
        detail,
    }
}

pub(super) fn verification(
    it: Verification,
    district: &str,
    now: OffsetDateTime,
) -> wire::Verification {
    let place = AsOf {
        district: district.to_owned(),
        place: it.place,
        entries: it.head.sequence,
        time: now,
    };
    wire::Verification {
        equal: it.difference.is_none(),
        as_of: Some(as_of(&place)),
        fact_count: it.facts,
        rollup_count: it.rows,
        entry_count: it.head.sequence,
        head_hash: it.head.hash,
        difference: it.difference.map(|it| wire::Difference {
            part: it.part.to_owned(),
            row: it.row,
            field: it.field.to_owned(),
            stored: it.stored,
            recomputed: it.recomputed,
        }),
    }
}
