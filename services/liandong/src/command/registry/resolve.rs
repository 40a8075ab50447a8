//! `liandong registry`.

use clap::{Args, Subcommand};
use liandong_proto::{
    registry::{
        Act, Authority, AuthorityOutcome, ListOrganizationsRequest, ResolveAuthorityRequest,
    },
    types::Role,
};

use crate::{
    client::ClientOptions,
    output::{Failure, Output, Table, message, messages, words},
};

/// What to ask the registry.
#[derive(Subcommand, Debug)]
pub enum RegistryCommand {
    /// Who may act on a matter in a place, with reasons and exclusions.
    Resolve(ResolveArgs),
    /// The people who may act, with their roles: for `--as`.
    People,
    /// The organizations.
    Organizations,
}

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
    /// Who asks, by id; if it does not hold the power the answer says why.
    #[arg(long, default_value = "")]
    pub asking: String,
}

/// Asks and shows.
pub async fn run(
    command: RegistryCommand,
    client: &ClientOptions,
    output: Output,
) -> anyhow::Result<()> {
    match command {
        RegistryCommand::Resolve(args) => resolve(args, client, output).await,
        RegistryCommand::People => people(client, output).await,
        RegistryCommand::Organizations => organizations(client, output).await,
    }
}

async fn resolve(args: ResolveArgs, client: &ClientOptions, output: Output) -> anyhow::Result<()> {
    let act = match &args.act {
        None => Act::Unspecified,
        Some(act) => Act::from_str_name(&format!("ACT_{}", act.to_uppercase().replace('-', "_")))
            .ok_or_else(|| Failure::BadInput(format!("unknown act `{act}`")))?,
    };
    let asking = if args.asking.is_empty() {
        String::new()
    } else {
        words::full("organizations", &args.asking)
    };
    let request = ResolveAuthorityRequest {
        matter: words::full("matters", &args.matter),
        area: words::full("areas", &args.area),
        as_of_time: None,
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

async fn people(client: &ClientOptions, output: Output) -> anyhow::Result<()> {
    let people = client.session()?.people().await?;
    let mut table = Table::new(["人员", "姓名", "单位", "角色"]);
    let mut rows = vec![];
    for it in &people {
        table.row([
            it.id.clone(),
            it.name.clone(),
            it.organization.clone(),
            it.role_names(),
        ]);
        rows.push(serde_json::json!({
            "person": it.id, "displayName": it.name, "organization": it.organization, "roles": it.role_names(),
        }));
    }
    output.json(&serde_json::json!({ "people": rows }));
    output.table(&table);
    Ok(())
}

async fn organizations(client: &ClientOptions, output: Output) -> anyhow::Result<()> {
    let services = client.session()?.acting(Role::Coordinator).await?;
    let mut all = vec![];
    let mut page_token = String::new();
    loop {
        let request = ListOrganizationsRequest {
            page_size: 500,
            page_token,
            ..Default::default()
        };
        let page = services
            .organizations()
            .list_organizations(request)
            .await?
            .into_inner();
        all.extend(page.organizations);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    output.json(&messages("organizations", "registry.v1.Organization", &all));
    let mut table = Table::new(["单位", "名称", "类别", "辖区", "上级"]);
    for it in &all {
        table.row([
            words::bare(&it.name).to_owned(),
            it.display_name.clone(),
            it.kind.clone(),
            words::bare(&it.area).to_owned(),
            words::bare(&it.parent).to_owned(),
        ]);
    }
    output.table(&table);
    Ok(())
}
