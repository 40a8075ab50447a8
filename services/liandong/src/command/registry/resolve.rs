//! `liandong registry resolve`.

use clap::Args;
use liandong_proto::{
    registry::{Act, Authority, AuthorityOutcome, ResolveAuthorityRequest},
    types::Role,
};

use super::when::When;
use crate::{
    client::ClientOptions,
    output::{Failure, Output, Table, message, words},
};

/// The question.
#[derive(Args, Debug)]
pub struct ResolveArgs {
    /// The matter, by id.
    pub matter: String,
    /// The area's code.
    pub area: String,
    /// inspect, order_correction, stop, penalise, seize, coerce or dispose. Default: the matter's usual act.
    #[arg(long)]
    pub act: Option<String>,
    /// As of when: 2026-02-14, or 2026-02-14T07:30 in Asia/Shanghai. Default: now.
    #[arg(long)]
    pub at: Option<When>,
    /// Who asks, by id; if it does not hold the power the answer says why.
    #[arg(long, default_value = "")]
    pub asking: String,
}

/// Asks and shows.
pub(super) async fn run(
    args: ResolveArgs,
    client: &ClientOptions,
    output: Output,
) -> anyhow::Result<()> {
    let act = args.act.as_deref().map_or(Ok(Act::Unspecified), act)?;
    let asking = if args.asking.is_empty() {
        String::new()
    } else {
        words::full("organizations", &args.asking)
    };
    let request = ResolveAuthorityRequest {
        matter: words::full("matters", &args.matter),
        area: words::full("areas", &args.area),
        as_of_time: args.at.map(When::timestamp),
        act: act.into(),
        asking_organization: asking,
    };
    let services = client.session()?.acting(Role::Coordinator).await?;
    let authority = services
        .powers()
        .resolve_authority(request)
        .await?
        .into_inner()
        .authority
        .unwrap_or_default();
    output.json(&message("registry.v1.Authority", &authority));
    show(&authority, output);
    Ok(())
}

fn show(authority: &Authority, output: Output) {
    let outcome = match authority.outcome() {
        AuthorityOutcome::Resolved => "有主",
        AuthorityOutcome::Nobody => "无单位有权",
        AuthorityOutcome::Conflict => "权限冲突",
        AuthorityOutcome::Unspecified => "—",
    };
    let title = format!(
        "{}（{}）在 {}：{outcome}",
        authority.matter_display_name, authority.matter_category, authority.area
    );
    output.line(output.strong(&title));
    let mut table = Table::new([">次序", "单位", "依据", "文件", "理由"]);
    for it in &authority.holders {
        let reasons: Vec<&str> = it.reasons.iter().map(|it| it.text_zh.as_str()).collect();
        table.row([
            it.rank.to_string(),
            it.display_name.clone(),
            it.basis.clone(),
            it.instrument.clone(),
            reasons.join("；"),
        ]);
    }
    output.table(&table);
    for it in &authority.exclusions {
        output.line(format!(
            "排除 {} {}：{}",
            words::bare(&it.organization),
            words::bare(&it.power),
            it.text_zh
        ));
    }
    let helpers: Vec<&str> = authority.helpers.iter().map(|it| words::bare(it)).collect();
    output.line(format!(
        "协助：{}；至少 {} 名执法人员",
        helpers.join("、"),
        authority.required_officers
    ));
}

/// An act as people write it.
pub(super) fn act(text: &str) -> Result<Act, Failure> {
    let name = format!("ACT_{}", text.to_uppercase().replace('-', "_"));
    let known = Act::from_str_name(&name).filter(|it| *it != Act::Unspecified);
    known.ok_or_else(|| {
        Failure::BadInput(format!(
            "unknown act `{text}`; one of inspect, order_correction, stop, penalise, seize, coerce, dispose"
        ))
    })
}
