//! Readiness reports.

use ::time::Date;
use liandong_proto::registry as proto;

use super::{area::level, list::names};
use crate::domain::{
    WorkLine,
    responsibility::readiness::{AreaReadiness, Part, PartKind, Readiness},
};

/// How many areas have each of the five.
pub(in crate::grpc) fn counts(report: &Readiness<'_>) -> Vec<proto::ReadinessCount> {
    let count = |part: PartKind| {
        let met = report.met(part);
        proto::ReadinessCount {
            kind: kind(part).into(),
            met: number(met),
            unmet: number(report.areas.len() - met),
        }
    };
    PartKind::ALL.into_iter().map(count).collect()
}

/// How ready an area is.
pub(in crate::grpc) fn area(it: &AreaReadiness<'_>, day: Date) -> proto::AreaReadiness {
    proto::AreaReadiness {
        area: it.area.id.name(),
        display_name: it.area.on(day).name.to_owned(),
        level: level(it.area.level).into(),
        ready: it.ready(),
        parts: it.parts.iter().map(part).collect(),
    }
}

fn part(it: &Part<'_>) -> proto::ReadinessPart {
    let evidence = &it.evidence;
    let (text, text_zh) = why_not(it);
    proto::ReadinessPart {
        kind: kind(it.kind).into(),
        met: it.met(),
        missing_work_lines: names(it.missing.iter().map(|it| &it.id)),
        evidence: [
            names(&evidence.duties),
            names(&evidence.organizations),
            names(&evidence.provisions),
        ]
        .concat(),
        amount_fen: it.amount_fen,
        text_zh,
        text,
    }
}

fn why_not(it: &Part<'_>) -> (String, String) {
    if it.met() {
        return Default::default();
    }
    let (what, zh) = match it.kind {
        PartKind::Person => ("no first responsible", "没有第一责任人"),
        PartKind::Organization => ("no organization", "没有责任单位"),
        PartKind::Money => ("no money", "没有经费"),
        PartKind::Facility => ("no facility", "没有设施"),
        PartKind::Rule => ("no rule", "没有制度"),
    };
    if it.missing.is_empty() {
        return (
            format!("{what}: there is no line of work"),
            format!("{zh}（没有条线）"),
        );
    }
    let list = |by: &str| {
        it.missing
            .iter()
            .map(|it: &&WorkLine| it.name.as_str())
            .collect::<Vec<_>>()
            .join(by)
    };
    (
        format!("{what} for {}", list(", ")),
        format!("{}{zh}", list("、")),
    )
}

fn kind(kind: PartKind) -> proto::ReadinessPartKind {
    match kind {
        PartKind::Person => proto::ReadinessPartKind::Person,
        PartKind::Organization => proto::ReadinessPartKind::Organization,
        PartKind::Money => proto::ReadinessPartKind::Money,
        PartKind::Facility => proto::ReadinessPartKind::Facility,
        PartKind::Rule => proto::ReadinessPartKind::Rule,
    }
}

/// A count on the wire.
pub(in crate::grpc) fn number(it: usize) -> i32 {
    i32::try_from(it).unwrap_or(i32::MAX)
}
