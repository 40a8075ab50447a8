//! `liandong denied`: calls that were turned away.

use clap::{Args, ValueEnum};
use liandong_proto::types::{DeniedCall, ListDeniedCallsRequest, Role};

use crate::{
    client::ClientOptions,
    output::{Output, Table, messages, words},
};

/// Which denied calls.
#[derive(Args, Debug)]
pub struct DeniedArgs {
    /// Which service denied them.
    #[arg(long, value_enum, default_value = "dispatch")]
    pub service: Service,
    /// Only those of this person: its id.
    #[arg(long, default_value = "")]
    pub person: String,
    /// Only those of this organization.
    #[arg(long)]
    pub organization: Option<String>,
    /// Only those with this reason, as in `ROLE_REQUIRED`.
    #[arg(long, default_value = "")]
    pub reason: String,
    /// At most so many.
    #[arg(long, default_value_t = 50)]
    pub limit: i32,
}

/// One of the services.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Service {
    /// Cases and orders.
    Dispatch,
    /// Who may do what.
    Registry,
    /// Scores.
    Scoring,
}

/// Shows them, the newest first.
pub async fn run(args: DeniedArgs, client: &ClientOptions, output: Output) -> anyhow::Result<()> {
    let services = client.session()?.acting(Role::Auditor).await?;
    let mut audit = match args.service {
        Service::Dispatch => services.dispatch_audit(),
        Service::Registry => services.registry_audit(),
        Service::Scoring => services.scoring_audit(),
    };
    let organization = args
        .organization
        .map(|it| words::full("organizations", &it));
    let request = ListDeniedCallsRequest {
        organization: organization.unwrap_or_default(),
        person: args.person,
        reason: args.reason,
        page_size: args.limit.clamp(1, 500),
        ..Default::default()
    };
    let found = audit.list_denied_calls(request).await?.into_inner();
    let found = found.denied_calls;
    output.json(&messages("deniedCalls", "type.v1.DeniedCall", &found));
    let mut table = Table::new(["时间", "次数", "人员", "单位", "方法", "原因", "地址"]);
    for it in &found {
        table.row(row(it));
    }
    output.table(&table);
    Ok(())
}

fn row(it: &DeniedCall) -> [String; 7] {
    let method = it.method.rsplit('.').next().unwrap_or_default();
    [
        words::time(it.last_time.as_ref()),
        it.count.to_string(),
        it.person.clone(),
        words::bare(&it.organization).to_owned(),
        method.to_owned(),
        it.reason.clone(),
        it.address.clone(),
    ]
}
