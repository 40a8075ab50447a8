//! `liandong scoring item`: manual items. `liandong explain items/…` shows what one caused.

use clap::{Args, Subcommand};
use liandong_proto::{
    scoring::{Item, ListItemsRequest, RecordItemRequest, WithdrawItemRequest},
    types::Role,
};

use super::request_id;
use crate::{
    client::Session,
    output::{Output, Table, message, messages, words},
};

/// What to do with manual items.
#[derive(Subcommand, Debug)]
pub enum ItemCommand {
    /// The items in sight, the newest first.
    List {
        /// Only about this organization.
        #[arg(long, default_value = "")]
        organization: String,
        /// Only with a day in this period, e.g. `2026-04`.
        #[arg(long, default_value = "")]
        period: String,
        /// At most so many.
        #[arg(long, default_value_t = 50)]
        limit: i32,
    },
    /// Record an item by a rule `when: manual`.
    Record(RecordArgs),
    /// Withdraw an item: its entry is reversed.
    Withdraw {
        /// `items/{uuid}` or the UUID.
        item: String,
        /// Why.
        #[arg(long)]
        reason: String,
    },
}

/// A new item.
#[derive(Args, Debug)]
pub struct RecordArgs {
    /// The scheme, by id.
    #[arg(long)]
    scheme: String,
    /// The rule, by id.
    #[arg(long)]
    rule: String,
    /// About whom, by id.
    #[arg(long)]
    organization: String,
    /// The civil day it counts on.
    #[arg(long)]
    day: String,
    /// Why.
    #[arg(long)]
    reason: String,
    /// Where the proof is. Several times.
    #[arg(long)]
    evidence: Vec<String>,
}

/// Does it.
pub async fn run(command: ItemCommand, session: &Session, output: Output) -> anyhow::Result<()> {
    let mut items = session.acting(Role::Assessor).await?.items();
    let found = match command {
        ItemCommand::List {
            organization,
            period,
            limit,
        } => {
            let organization = match organization.as_str() {
                "" => String::new(),
                id => words::full("organizations", id),
            };
            let request = ListItemsRequest {
                organization,
                period,
                page_size: limit.clamp(1, 500),
                ..Default::default()
            };
            let all = items.list_items(request).await?.into_inner().items;
            output.json(&messages("items", "scoring.v1.Item", &all));
            output.table(&table(&all));
            return Ok(());
        }
        ItemCommand::Record(args) => {
            let request = RecordItemRequest {
                scheme: words::full("schemes", &args.scheme),
                rule: args.rule,
                organization: words::full("organizations", &args.organization),
                day: args.day,
                reason: args.reason,
                evidence: args.evidence,
                request_id: request_id(),
                ..Default::default()
            };
            items.record_item(request).await?.into_inner().item
        }
        ItemCommand::Withdraw { item, reason } => {
            let request = WithdrawItemRequest {
                name: words::full("items", &item),
                reason,
                request_id: request_id(),
                ..Default::default()
            };
            items.withdraw_item(request).await?.into_inner().item
        }
    };
    let found = found.unwrap_or_default();
    output.json(&message("scoring.v1.Item", &found));
    output.table(&table(std::slice::from_ref(&found)));
    Ok(())
}

fn table(items: &[Item]) -> Table {
    let mut table = Table::new(["事项", "单位", "计入日", "规则", ">分值", "事由", "撤回"]);
    for it in items {
        table.row([
            words::bare(&it.name).to_owned(),
            words::bare(&it.organization).to_owned(),
            it.day.clone(),
            it.title.clone(),
            it.points.clone(),
            it.reason.clone(),
            it.withdraw_reason.clone(),
        ]);
    }
    table
}
