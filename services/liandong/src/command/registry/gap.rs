//! `liandong registry gap` (M12, A1).

use clap::Args;
use liandong_proto::{
    registry::{ReportStaffingRequest, ReportStaffingResponse, Staffing},
    types::Role,
};

use super::when::When;
use crate::{
    client::ClientOptions,
    output::{Output, Table, message, words},
};

/// Whose people and vehicles.
#[derive(Args, Debug)]
pub struct GapArgs {
    /// The organization, by id. Default: every one of the district.
    #[arg(default_value = "")]
    pub organization: String,
    /// Also everything below it in the line (条).
    #[arg(long)]
    pub subordinates: bool,
    /// Also those without a norm or a finding.
    #[arg(long)]
    pub all: bool,
    /// As of when: 2026-02-14, or 2026-02-14T07:30 in Asia/Shanghai. Default: now.
    #[arg(long)]
    pub at: Option<When>,
}

/// Asks and shows.
pub(super) async fn run(
    args: GapArgs,
    client: &ClientOptions,
    output: Output,
) -> anyhow::Result<()> {
    let organization = match args.organization.as_str() {
        "" => String::new(),
        id => words::full("organizations", id),
    };
    let request = ReportStaffingRequest {
        only_with_norms: !args.all && organization.is_empty(),
        organization,
        include_subordinates: args.subordinates,
        as_of_time: args.at.map(When::timestamp),
    };
    let services = client.session()?.acting(Role::Coordinator).await?;
    let report = services
        .staffing()
        .report_staffing(request)
        .await?
        .into_inner();
    output.json(&message("registry.v1.ReportStaffingResponse", &report));
    show(&report, output);
    Ok(())
}

fn show(report: &ReportStaffingResponse, output: Output) {
    let headers = [
        "单位",
        ">编制",
        ">实有",
        ">派驻",
        ">临聘",
        ">缺员",
        ">持证",
        ">可办案卷",
        ">车辆编制",
        ">车辆",
        ">待修",
        ">缺车",
        "说明",
    ];
    let mut table = Table::new(headers);
    for it in &report.organizations {
        table.row(row(it, it.display_name.clone()));
    }
    if let Some(total) = report
        .total
        .as_ref()
        .filter(|_| report.organizations.len() > 1)
    {
        table.row(row(total, "合计".to_owned()));
    }
    output.table(&table);
}

fn row(it: &Staffing, name: String) -> [String; 13] {
    let norm = |of: fn(&liandong_proto::registry::Establishment) -> Option<i32>| {
        let norm = it.establishment.as_ref().and_then(of);
        norm.map_or_else(|| "—".to_owned(), |it| it.to_string())
    };
    let findings: Vec<&str> = it.findings.iter().map(|it| it.text_zh.as_str()).collect();
    [
        name,
        norm(|it| it.staff_norm),
        it.staff_count.to_string(),
        it.seconded_count.to_string(),
        it.temporary_count.to_string(),
        it.staff_gap.to_string(),
        it.certified_count.to_string(),
        it.case_file_count.to_string(),
        norm(|it| it.vehicle_norm),
        it.vehicle_count.to_string(),
        it.unserviceable_vehicle_count.to_string(),
        it.vehicle_gap.to_string(),
        findings.join("；"),
    ]
}
