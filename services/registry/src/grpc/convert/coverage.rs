//! Coverage reports and expected logs.

use ::time::Date;
use liandong_kit::status::FieldProblem;
use liandong_proto::registry as proto;

use super::{escalation::seen, list::names, name_of};
use crate::domain::{
    DutyHolder, OrganizationId,
    responsibility::{
        coverage::{Coverage, Finding, FindingKind},
        logs::ExpectedLogs,
    },
};

/// The numbers of a report; its findings come in pages.
pub(in crate::grpc) fn wire(report: &Coverage<'_>) -> proto::GetCoverageResponse {
    let counts = FindingKind::ALL.into_iter().map(|it| proto::CoverageCount {
        kind: kind(it).into(),
        count: count(report.count(it)),
    });
    let spans = report
        .spans
        .iter()
        .map(|(hours, cells)| proto::CoverageSpan {
            hours: hours.texts(),
            covered_cells: cells.covered,
            gap_cells: cells.gap,
            overlap_cells: cells.overlap,
        });
    proto::GetCoverageResponse {
        counts: counts.collect(),
        expected_cells: count(report.expected_cells),
        covered_cells: count(report.covered_cells),
        expected_minutes: report.minutes.expected,
        covered_minutes: report.minutes.covered,
        gap_minutes: report.minutes.gap,
        overlap_minutes: report.minutes.overlap,
        spans: spans.collect(),
        area_count: count(report.areas),
        areas_with_holder: count(report.areas_with_holder),
        holder_count: count(report.holders),
        assignment_count: count(report.assignments),
        assignments_beyond_one: count(report.beyond_one()),
        ..Default::default()
    }
}

/// A finding. Who a holder is goes to those only who may see it.
pub(in crate::grpc) fn finding(it: &Finding<'_>, full: bool, day: Date) -> proto::CoverageFinding {
    let holder = it.holder.filter(|_| full);
    let area = it.area.map_or("", |it| it.on(day).name);
    let (text, text_zh) = words(it, area, full);
    proto::CoverageFinding {
        kind: kind(it.kind).into(),
        area: name_of(it.area.map(|it| &it.id)),
        area_display_name: area.to_owned(),
        work_line: name_of(it.line.map(|it| &it.id)),
        work_line_display_name: it.line.map(|it| it.name.clone()).unwrap_or_default(),
        hours: it.hours.texts(),
        duties: names(it.duties.iter().map(|it| &it.id)),
        holder: name_of(holder.map(|it| &it.id)),
        holder_display_name: it
            .holder
            .map(|it| seen(it, full).name.to_owned())
            .unwrap_or_default(),
        area_count: count(it.count),
        area_limit: count(it.limit),
        text_zh,
        text,
    }
}

fn words(it: &Finding<'_>, area: &str, full: bool) -> (String, String) {
    let hours = it.hours.texts().join(", ");
    let line = it.line.map_or("", |it| it.name.as_str());
    let role = it.role.map_or("", |it| it.name.as_str());
    let holder = it
        .holder
        .map(|it| seen(it, full).name)
        .filter(|it| !it.is_empty());
    match it.kind {
        FindingKind::AreaWithoutHolder => (
            format!("{area} has no first responsible at all"),
            format!("“{area}”没有任何第一责任人"),
        ),
        FindingKind::Gap => (
            format!("nobody is first responsible for {area} x {line}: {hours}"),
            format!("“{area}”{line}无第一责任人：{hours}"),
        ),
        FindingKind::Overlap => (
            format!("more than one is first responsible for {area} x {line}: {hours}"),
            format!("“{area}”{line}第一责任人重叠：{hours}"),
        ),
        FindingKind::RoleGap => (
            format!("{area} x {line} has no {role}: {hours}"),
            format!("“{area}”{line}缺少{role}：{hours}"),
        ),
        FindingKind::HolderWithoutArea => (
            format!("{} has no area", holder.unwrap_or("a holder")),
            format!("{}没有责任区", holder.unwrap_or("一名责任人")),
        ),
        FindingKind::TooManyAreas => (
            format!(
                "{} has {} areas as {role}, at most {}",
                holder.unwrap_or("a holder"),
                it.count,
                it.limit
            ),
            format!(
                "{}担任{role}的责任区有{}个，最多{}个",
                holder.unwrap_or("一名责任人"),
                it.count,
                it.limit
            ),
        ),
    }
}

/// The kinds a request wants; none: all.
pub(in crate::grpc) fn kinds(wire: &[i32]) -> Result<Vec<FindingKind>, FieldProblem> {
    let one = |it: &i32| {
        let mut all = FindingKind::ALL.into_iter();
        let found = all.find(|kind| i32::from(self::kind(*kind)) == *it);
        found.ok_or_else(|| FieldProblem::new(format!("no kind {it}"), format!("未知的类别 {it}")))
    };
    wire.iter().map(one).collect()
}

fn kind(kind: FindingKind) -> proto::CoverageFindingKind {
    match kind {
        FindingKind::AreaWithoutHolder => proto::CoverageFindingKind::AreaWithoutHolder,
        FindingKind::Gap => proto::CoverageFindingKind::Gap,
        FindingKind::Overlap => proto::CoverageFindingKind::Overlap,
        FindingKind::RoleGap => proto::CoverageFindingKind::RoleGap,
        FindingKind::HolderWithoutArea => proto::CoverageFindingKind::HolderWithoutArea,
        FindingKind::TooManyAreas => proto::CoverageFindingKind::TooManyAreas,
    }
}

/// Somebody who owes a log.
pub(in crate::grpc) fn log(
    (holder, areas): &(&DutyHolder, Vec<&crate::domain::Area>),
) -> proto::ExpectedLog {
    proto::ExpectedLog {
        holder: holder.id.name(),
        display_name: holder.name.clone(),
        organization: OrganizationId::name(&holder.organization),
        areas: names(areas.iter().map(|it| &it.id)),
        officer: name_of(holder.officer.as_ref()),
    }
}

/// How many logs are owed.
pub(in crate::grpc) fn owed(logs: &ExpectedLogs<'_>) -> i32 {
    i32::try_from(logs.logs.len()).unwrap_or(i32::MAX)
}

fn count(it: u32) -> i32 {
    i32::try_from(it).unwrap_or(i32::MAX)
}
