//! `liandong registry coverage` (M7).

use clap::Args;
use liandong_proto::{
    registry::{
        AreaLevel, CoverageFinding, CoverageFindingKind, GetCoverageRequest, GetCoverageResponse,
    },
    types::Role,
};

use super::when::When;
use crate::{
    client::ClientOptions,
    output::{Failure, Output, Table, message, percent, words},
};

/// What to report on.
#[derive(Args, Debug)]
pub struct CoverageArgs {
    /// The area's code; everything in it is looked at. Default: the whole district.
    #[arg(default_value = "")]
    pub area: String,
    /// Tiers looked at: street, community, grid, lane. Default: as the registry has it.
    #[arg(long = "level")]
    pub levels: Vec<String>,
    /// Work lines looked at, by id. Default: all.
    #[arg(long = "line")]
    pub lines: Vec<String>,
    /// Hours looked at, as in `MON-FRI 08:00-18:00`. Default: as each work line wants.
    #[arg(long)]
    pub hours: Vec<String>,
    /// As of when: 2026-02-14, or 2026-02-14T07:30 in Asia/Shanghai. Default: now.
    #[arg(long)]
    pub at: Option<When>,
}

/// Asks and shows.
pub(super) async fn run(
    args: CoverageArgs,
    client: &ClientOptions,
    output: Output,
) -> anyhow::Result<()> {
    let services = client.session()?.acting(Role::Coordinator).await?;
    let mut request = GetCoverageRequest {
        area: area(&args.area),
        levels: levels(&args.levels)?,
        work_lines: args
            .lines
            .iter()
            .map(|it| words::full("workLines", it))
            .collect(),
        hours: args.hours,
        as_of_time: args.at.map(When::timestamp),
        page_size: 500,
        ..GetCoverageRequest::default()
    };
    let mut whole = services
        .duties()
        .get_coverage(request.clone())
        .await?
        .into_inner();
    while !whole.next_page_token.is_empty() {
        request.page_token = std::mem::take(&mut whole.next_page_token);
        let more = services
            .duties()
            .get_coverage(request.clone())
            .await?
            .into_inner();
        whole.findings.extend(more.findings);
        whole.next_page_token = more.next_page_token;
    }
    output.json(&message("registry.v1.GetCoverageResponse", &whole));
    show(&whole, output);
    Ok(())
}

/// An area's name in a request; empty stays empty.
pub(super) fn area(code: &str) -> String {
    if code.is_empty() {
        String::new()
    } else {
        words::full("areas", code)
    }
}

/// Tiers as people write them.
pub(super) fn levels(levels: &[String]) -> Result<Vec<i32>, Failure> {
    let read = |text: &String| {
        let known = AreaLevel::from_str_name(&format!("AREA_LEVEL_{}", text.to_uppercase()));
        let known = known
            .filter(|it| *it != AreaLevel::Unspecified)
            .map(i32::from);
        known.ok_or_else(|| {
            Failure::BadInput(format!(
                "unknown level `{text}`; one of city, district, street, community, grid, lane"
            ))
        })
    };
    levels.iter().map(read).collect()
}

fn show(it: &GetCoverageResponse, output: Output) {
    let title = format!(
        "责任覆盖：{} 格中 {} 格有人（{}），空档 {}，重叠 {}",
        it.expected_cells,
        it.covered_cells,
        percent(it.covered_cells.into(), it.expected_cells.into()),
        hours(it.gap_minutes),
        hours(it.overlap_minutes),
    );
    output.line(output.strong(&title));
    output.line(format!(
        "{} 个辖区中 {} 个有责任人；{} 名责任人共 {} 项责任（一人多责 {} 项）；{}应有日志 {} 份",
        it.area_count,
        it.areas_with_holder,
        it.holder_count,
        it.assignment_count,
        it.assignments_beyond_one,
        if it.working_day {
            "当日"
        } else {
            "非工作日，"
        },
        it.expected_daily_logs,
    ));
    if it.findings.is_empty() {
        output.line("没有发现空档、重叠或一人多片");
        return;
    }
    let mut table = Table::new(["发现", "辖区", "条线", "时段", "责任人", "说明"]);
    for finding in &it.findings {
        table.row([
            kind(finding).to_owned(),
            finding.area_display_name.clone(),
            finding.work_line_display_name.clone(),
            finding.hours.join("，"),
            finding.holder_display_name.clone(),
            finding.text_zh.clone(),
        ]);
    }
    output.table(&table);
}

fn kind(finding: &CoverageFinding) -> &'static str {
    match finding.kind() {
        CoverageFindingKind::Unspecified => "—",
        CoverageFindingKind::Gap => "空档",
        CoverageFindingKind::Overlap => "重叠",
        CoverageFindingKind::RoleGap => "缺岗",
        CoverageFindingKind::AreaWithoutHolder => "无责任人",
        CoverageFindingKind::HolderWithoutArea => "无责任区",
        CoverageFindingKind::TooManyAreas => "负担过重",
    }
}

/// Minutes of a week as hours.
fn hours(minutes: i64) -> String {
    format!("{}.{} 小时/周", minutes / 60, minutes % 60 * 10 / 60)
}
