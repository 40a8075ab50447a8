//! `liandong registry chain|duties` (M6).

use clap::Args;
use liandong_proto::{
    registry::{
        Duty, GetEscalationChainRequest, GetEscalationChainResponse, ListDutiesRequest, OnDuty,
        Rung, RungState, get_escalation_chain_request::Subject,
    },
    types::Role,
};

use super::{coverage::area, when::When};
use crate::{
    client::ClientOptions,
    output::{Output, Table, message, messages, words},
};

/// Whom to call.
#[derive(Args, Debug)]
pub struct ChainArgs {
    /// The area's code.
    pub area: String,
    /// The work line, by id.
    #[arg(long, required_unless_present = "matter", conflicts_with = "matter")]
    pub line: Option<String>,
    /// The matter, by id: its work line.
    #[arg(long)]
    pub matter: Option<String>,
    /// At which moment: 2026-02-14, or 2026-02-14T07:30 in Asia/Shanghai. Default: now.
    #[arg(long)]
    pub at: Option<When>,
}

/// Which duties.
#[derive(Args, Debug)]
pub struct DutiesArgs {
    /// Conditions as in `area = "areas/320311001" AND role = "grid-worker"` over scheme, role, holder, organization,
    /// area, work_line.
    #[arg(long, default_value = "")]
    pub filter: String,
    /// As of when: 2026-02-14, or 2026-02-14T07:30 in Asia/Shanghai. Default: now.
    #[arg(long)]
    pub at: Option<When>,
}

/// The escalation chain.
pub(super) async fn chain(
    args: ChainArgs,
    client: &ClientOptions,
    output: Output,
) -> anyhow::Result<()> {
    let line = args
        .line
        .map(|it| Subject::WorkLine(words::full("workLines", &it)));
    let matter = args
        .matter
        .map(|it| Subject::Matter(words::full("matters", &it)));
    let request = GetEscalationChainRequest {
        area: area(&args.area),
        subject: line.or(matter),
        at_time: args.at.map(When::timestamp),
    };
    let services = client.session()?.acting(Role::Coordinator).await?;
    let chain = services
        .duties()
        .get_escalation_chain(request)
        .await?
        .into_inner();
    output.json(&message("registry.v1.GetEscalationChainResponse", &chain));
    show(&chain, output);
    Ok(())
}

fn show(chain: &GetEscalationChainResponse, output: Output) {
    let time = words::time(chain.at_time.as_ref());
    let answers = match usize::try_from(chain.answering_rung)
        .ok()
        .and_then(|it| chain.rungs.get(it.checked_sub(1)?))
    {
        Some(rung) if chain.first_responsible_answers => {
            format!("第一责任人在岗（{}）", names(rung))
        }
        Some(rung) => format!("由第 {} 级顶上（{}）", chain.answering_rung, names(rung)),
        None => "无人应答".to_owned(),
    };
    let title = format!("{} {time}：{answers}", chain.work_line_display_name);
    output.line(output.strong(&title));
    let mut table = Table::new([
        ">级",
        "辖区",
        "岗位",
        "责任人",
        "单位",
        "电话",
        "状态",
        "说明",
    ]);
    for (index, rung) in chain.rungs.iter().enumerate() {
        let state = match rung.state() {
            RungState::Unspecified => "—",
            RungState::Filled => "在岗",
            RungState::StoodIn => "代岗",
            RungState::Vacant => "空缺",
        };
        let each =
            |of: fn(&OnDuty) -> &str| rung.on_duty.iter().map(of).collect::<Vec<_>>().join("、");
        let reasons: Vec<&str> = rung.reasons.iter().map(|it| it.text_zh.as_str()).collect();
        table.row([
            (index + 1).to_string(),
            rung.area_display_name.clone(),
            rung.role_display_name.clone(),
            names(rung),
            each(|it| &it.organization_display_name),
            each(|it| &it.phone),
            state.to_owned(),
            reasons.join("；"),
        ]);
    }
    output.table(&table);
}

fn names(rung: &Rung) -> String {
    let names = rung.on_duty.iter().map(|it| it.display_name.as_str());
    names.collect::<Vec<_>>().join("、")
}

/// The duties.
pub(super) async fn duties(
    args: DutiesArgs,
    client: &ClientOptions,
    output: Output,
) -> anyhow::Result<()> {
    let services = client.session()?.acting(Role::Coordinator).await?;
    let mut request = ListDutiesRequest {
        filter: args.filter,
        as_of_time: args.at.map(When::timestamp),
        page_size: 500,
        ..ListDutiesRequest::default()
    };
    let mut all: Vec<Duty> = vec![];
    loop {
        let page = services
            .duties()
            .list_duties(request.clone())
            .await?
            .into_inner();
        all.extend(page.duties);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    output.json(&messages("duties", "registry.v1.Duty", &all));
    let mut table = Table::new(["责任", "办法", "岗位", "辖区", "条线", "责任人", "时段"]);
    let bare = |names: &[String]| {
        names
            .iter()
            .map(|it| words::bare(it))
            .collect::<Vec<_>>()
            .join("、")
    };
    for it in &all {
        let turns = it.roster.iter().map(|it| words::bare(&it.holder));
        let holders = std::iter::once(words::bare(&it.holder))
            .chain(turns)
            .filter(|it| !it.is_empty());
        table.row([
            words::bare(&it.name).to_owned(),
            words::bare(&it.scheme).to_owned(),
            it.role.clone(),
            bare(&it.areas),
            bare(&it.work_lines),
            holders.collect::<Vec<_>>().join("、"),
            it.hours.join("，"),
        ]);
    }
    output.table(&table);
    Ok(())
}
