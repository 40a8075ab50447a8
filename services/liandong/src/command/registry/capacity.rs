//! `liandong registry capacity` (M12, R3, R4).

use clap::Args;
use liandong_proto::{
    registry::{CheckCapacityRequest, CheckCapacityResponse},
    types::Role,
};

use super::{resolve::act, when::When};
use crate::{
    client::ClientOptions,
    output::{Output, Table, message, words},
};

/// Whom to send, for what, when.
#[derive(Args, Debug)]
pub struct CapacityArgs {
    /// The organization, by id.
    pub organization: String,
    /// inspect, order_correction, stop, penalise, seize, coerce or dispose.
    #[arg(long, default_value = "penalise")]
    pub act: String,
    /// The matter, by id. Default: any.
    #[arg(long, default_value = "")]
    pub matter: String,
    /// From when: 2026-02-14T07:30 in Asia/Shanghai.
    #[arg(long)]
    pub from: When,
    /// Until when. Default: only at the start.
    #[arg(long)]
    pub to: Option<When>,
    /// Officers on other assignments then, by id.
    #[arg(long)]
    pub busy: Vec<String>,
    /// Officers who are recused, by id.
    #[arg(long)]
    pub recused: Vec<String>,
    /// How many teams are wanted at once.
    #[arg(long, default_value_t = 0)]
    pub teams: i32,
    /// How many full case files are to be prepared at once.
    #[arg(long, default_value_t = 0)]
    pub case_files: i32,
}

/// Asks and shows.
pub(super) async fn run(
    args: CapacityArgs,
    client: &ClientOptions,
    output: Output,
) -> anyhow::Result<()> {
    let officers = |ids: &[String]| ids.iter().map(|it| words::full("officers", it)).collect();
    let matter = match args.matter.as_str() {
        "" => String::new(),
        id => words::full("matters", id),
    };
    let request = CheckCapacityRequest {
        organization: words::full("organizations", &args.organization),
        act: act(&args.act)?.into(),
        matter,
        start_time: Some(args.from.timestamp()),
        end_time: args.to.map(When::timestamp),
        committed_officers: officers(&args.busy),
        recused_officers: officers(&args.recused),
        wanted_teams: args.teams,
        wanted_case_files: args.case_files,
    };
    let services = client.session()?.acting(Role::Coordinator).await?;
    let answer = services
        .staffing()
        .check_capacity(request)
        .await?
        .into_inner();
    output.json(&message("registry.v1.CheckCapacityResponse", &answer));
    show(&answer, output);
    Ok(())
}

fn show(answer: &CheckCapacityResponse, output: Output) {
    let title = format!(
        "可同时派出 {} 组（每组 {} 人），可同时办理 {} 件案卷：{}",
        answer.teams.len(),
        answer.officers_per_team,
        answer.case_file_count,
        if answer.enough { "够" } else { "不够" },
    );
    output.line(output.strong(&title));
    output.line(&answer.text_zh);
    let mut table = Table::new(["人员", "姓名", "可执法", "可办案卷", "为什么不可"]);
    for it in &answer.checks {
        let obstacles: Vec<&str> = it.obstacles.iter().map(|it| it.text_zh.as_str()).collect();
        let yes = |it: bool| if it { "√" } else { "" }.to_owned();
        table.row([
            words::bare(&it.officer).to_owned(),
            it.display_name.clone(),
            yes(it.may_enforce),
            yes(it.may_prepare_case_files),
            obstacles.join("；"),
        ]);
    }
    output.table(&table);
}
