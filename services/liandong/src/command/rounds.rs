//! `liandong patrol`, `liandong inspection` and `liandong campaign`: what was looked for, and what came of it.

use clap::Subcommand;
use liandong_proto::{
    dispatch::{
        Campaign, DailyLog, GetCampaignRequest, GetDailyLogRequest, GetInspectionRequest,
        GetPatrolSummaryRequest, Inspection, ListCampaignsRequest, ListDailyLogsRequest,
        ListInspectionsRequest, campaign, daily_log, inspection,
    },
    types::Role,
};

use super::ListArgs;
use crate::{
    client::ClientOptions,
    output::{Output, Table, message, messages, words},
};

/// What to know of patrols.
#[derive(Subcommand, Debug)]
pub enum PatrolCommand {
    /// Daily logs in sight, the newest day first.
    Logs(ListArgs),
    /// One log.
    Log {
        /// The duty holder.
        holder: String,
        /// The day, `YYYY-MM-DD`.
        day: String,
    },
    /// How many logs were handed in, are late or missing, by organization.
    Summary {
        /// The first day, `YYYY-MM-DD`.
        first_day: String,
        /// The last day; the first one if it is left out.
        last_day: Option<String>,
    },
}

/// What to know of inspections.
#[derive(Subcommand, Debug)]
pub enum InspectionCommand {
    /// Inspections in sight, newest first.
    List(ListArgs),
    /// One inspection with what it found.
    Show {
        /// `inspections/{uuid}` or the UUID.
        inspection: String,
    },
}

/// What to know of campaigns.
#[derive(Subcommand, Debug)]
pub enum CampaignCommand {
    /// Campaigns in sight, newest first.
    List(ListArgs),
    /// One campaign with how far it is.
    Show {
        /// `campaigns/{uuid}` or the UUID.
        campaign: String,
    },
}

/// Does what is asked of patrols.
pub async fn patrol(
    command: PatrolCommand,
    client: &ClientOptions,
    output: Output,
) -> anyhow::Result<()> {
    let services = client.session()?.acting(Role::Coordinator).await?;
    let mut patrols = services.patrols();
    match command {
        PatrolCommand::Logs(args) => {
            let request = ListDailyLogsRequest {
                page_size: args.limit.clamp(1, 500),
                filter: args.filter,
                ..Default::default()
            };
            let logs = patrols
                .list_daily_logs(request)
                .await?
                .into_inner()
                .daily_logs;
            output.json(&messages("dailyLogs", "dispatch.v1.DailyLog", &logs));
            output.table(&log_table(&logs));
        }
        PatrolCommand::Log { holder, day } => {
            let holder = words::full("dutyHolders", &holder);
            let name = format!("{holder}/dailyLogs/{day}");
            let answer = patrols.get_daily_log(GetDailyLogRequest { name }).await?;
            let log = answer.into_inner().daily_log.unwrap_or_default();
            output.json(&message("dispatch.v1.DailyLog", &log));
            output.table(&log_table(std::slice::from_ref(&log)));
            let mut found = Table::new(["序号", "发现", "案件"]);
            for it in &log.findings {
                let case = words::bare(&it.case).to_owned();
                found.row([it.number.to_string(), it.title.clone(), case]);
            }
            output.table(&found);
        }
        PatrolCommand::Summary {
            first_day,
            last_day,
        } => {
            let last_day = last_day.unwrap_or_else(|| first_day.clone());
            let request = GetPatrolSummaryRequest {
                first_day,
                last_day,
            };
            let counts = patrols.get_patrol_summary(request).await?.into_inner();
            output.json(&message("dispatch.v1.GetPatrolSummaryResponse", &counts));
            let mut table = Table::new(["单位", "状态", "份数"]);
            for it in &counts.counts {
                let organization = words::bare(&it.organization).to_owned();
                table.row([
                    organization,
                    log_state(it.state()).into(),
                    it.count.to_string(),
                ]);
            }
            output.table(&table);
        }
    }
    Ok(())
}

/// Does what is asked of inspections.
pub async fn inspection(
    command: InspectionCommand,
    client: &ClientOptions,
    output: Output,
) -> anyhow::Result<()> {
    let services = client.session()?.acting(Role::Coordinator).await?;
    let mut inspections = services.inspections();
    match command {
        InspectionCommand::List(args) => {
            let request = ListInspectionsRequest {
                page_size: args.limit.clamp(1, 500),
                filter: args.filter,
                ..Default::default()
            };
            let listed = inspections.list_inspections(request).await?.into_inner();
            let listed = listed.inspections;
            output.json(&messages("inspections", "dispatch.v1.Inspection", &listed));
            output.table(&inspection_table(&listed));
        }
        InspectionCommand::Show { inspection } => {
            let name = words::full("inspections", &inspection);
            let request = GetInspectionRequest { name };
            let answer = inspections.get_inspection(request).await?;
            let it = answer.into_inner().inspection.unwrap_or_default();
            output.json(&message("dispatch.v1.Inspection", &it));
            output.table(&inspection_table(std::slice::from_ref(&it)));
            let mut found = Table::new(["序号", "发现", "整改单位", "任务", "案件"]);
            for it in &it.findings {
                let order = it.order.clone().unwrap_or_default();
                found.row([
                    it.number.to_string(),
                    it.title.clone(),
                    words::bare(&order.organization).to_owned(),
                    words::bare(&order.task).to_owned(),
                    words::case_state(order.case_state).into(),
                ]);
            }
            output.table(&found);
        }
    }
    Ok(())
}

/// Does what is asked of campaigns.
pub async fn campaign(
    command: CampaignCommand,
    client: &ClientOptions,
    output: Output,
) -> anyhow::Result<()> {
    let services = client.session()?.acting(Role::Coordinator).await?;
    let mut campaigns = services.campaigns();
    match command {
        CampaignCommand::List(args) => {
            let request = ListCampaignsRequest {
                page_size: args.limit.clamp(1, 500),
                filter: args.filter,
                ..Default::default()
            };
            let listed = campaigns
                .list_campaigns(request)
                .await?
                .into_inner()
                .campaigns;
            output.json(&messages("campaigns", "dispatch.v1.Campaign", &listed));
            output.table(&campaign_table(&listed));
        }
        CampaignCommand::Show { campaign } => {
            let name = words::full("campaigns", &campaign);
            let answer = campaigns.get_campaign(GetCampaignRequest { name }).await?;
            let it = answer.into_inner().campaign.unwrap_or_default();
            output.json(&message("dispatch.v1.Campaign", &it));
            output.table(&campaign_table(std::slice::from_ref(&it)));
            let progress = it.progress.unwrap_or_default();
            let mut table = Table::new(["", "总数", "完成"]);
            for (what, all, done) in [
                ("案件", progress.case_count, progress.closed_case_count),
                ("任务", progress.task_count, progress.finished_task_count),
                (
                    "检查",
                    progress.inspection_count,
                    progress.concluded_inspection_count,
                ),
                (
                    "发现",
                    progress.finding_count,
                    progress.mended_finding_count,
                ),
            ] {
                table.row([what.into(), all.to_string(), done.to_string()]);
            }
            output.table(&table);
        }
    }
    Ok(())
}

fn campaign_table(all: &[Campaign]) -> Table {
    let mut table = Table::new(["专项行动", "状态", "单位", "名称", "首日", "末日", "工作"]);
    for it in all {
        table.row([
            words::bare(&it.name).to_owned(),
            campaign_state(it.state()).into(),
            words::bare(&it.organization).to_owned(),
            it.title.clone(),
            it.first_day.clone(),
            it.last_day.clone(),
            it.members.len().to_string(),
        ]);
    }
    table
}

fn campaign_state(state: campaign::State) -> &'static str {
    use campaign::State::{Cancelled, Closed, Planned, Running, Unspecified};
    match state {
        Unspecified => "—",
        Planned => "拟定中",
        Running => "进行中",
        Closed => "已结束",
        Cancelled => "已取消",
    }
}

fn log_table(logs: &[DailyLog]) -> Table {
    let mut table = Table::new(["日期", "责任人", "单位", "状态", "应巡", "漏巡", "发现"]);
    for it in logs {
        table.row([
            it.day.clone(),
            words::bare(&it.holder).to_owned(),
            words::bare(&it.organization).to_owned(),
            log_state(it.state()).into(),
            it.planned_areas.len().to_string(),
            it.unvisited_areas.len().to_string(),
            it.findings.len().to_string(),
        ]);
    }
    table
}

fn inspection_table(all: &[Inspection]) -> Table {
    let mut table = Table::new(["检查", "状态", "单位", "对象", "首日", "末日", "发现"]);
    for it in all {
        let object = it.object.clone().unwrap_or_default();
        table.row([
            words::bare(&it.name).to_owned(),
            inspection_state(it.state()).into(),
            words::bare(&it.organization).to_owned(),
            object.title,
            it.first_day.clone(),
            it.last_day.clone(),
            it.findings.len().to_string(),
        ]);
    }
    table
}

fn log_state(state: daily_log::State) -> &'static str {
    use daily_log::State::{Excused, Expected, Late, Missing, Submitted, Unspecified, Voluntary};
    match state {
        Unspecified => "—",
        Expected => "待提交",
        Submitted => "按时提交",
        Late => "逾期提交",
        Missing => "未提交",
        Excused => "免交",
        Voluntary => "主动提交",
    }
}

fn inspection_state(state: inspection::State) -> &'static str {
    use inspection::State::{Cancelled, Concluded, InProgress, Merged, Planned, Unspecified};
    match state {
        Unspecified => "—",
        Planned => "计划中",
        InProgress => "检查中",
        Concluded => "已结束",
        Merged => "已合并",
        Cancelled => "已取消",
    }
}
