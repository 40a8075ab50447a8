//! `liandong dispute`.

use clap::Subcommand;
use liandong_proto::{
    dispatch::{DesignateHolderRequest, Dispute, GetDisputeRequest, ListDisputesRequest, dispute},
    types::Role,
};

use super::{ListArgs, request_id};
use crate::{
    client::ClientOptions,
    output::{Output, Table, message, messages, words},
};

/// What to do with disputes. Without `--as`, the first coordinator acts.
#[derive(Subcommand, Debug)]
pub enum DisputeCommand {
    /// The disputes in sight, newest first.
    List(ListArgs),
    /// One dispute with what its parties said.
    Show {
        /// `disputes/{uuid}` or the UUID.
        dispute: String,
    },
    /// Designate who has the duty (指定管辖).
    Designate {
        /// `disputes/{uuid}` or the UUID.
        dispute: String,
        /// Who, by id.
        #[arg(long)]
        holder: String,
        /// On what grounds.
        #[arg(long)]
        note: String,
    },
}

/// Does it.
pub async fn run(
    command: DisputeCommand,
    client: &ClientOptions,
    output: Output,
) -> anyhow::Result<()> {
    let mut disputes = client
        .session()?
        .acting(Role::Coordinator)
        .await?
        .disputes();
    let found = match command {
        DisputeCommand::List(args) => {
            let request = ListDisputesRequest {
                page_size: args.limit.clamp(1, 500),
                filter: args.filter,
                ..Default::default()
            };
            let all = disputes.list_disputes(request).await?.into_inner().disputes;
            output.json(&messages("disputes", "dispatch.v1.Dispute", &all));
            output.table(&table(&all));
            return Ok(());
        }
        DisputeCommand::Show { dispute } => {
            let request = GetDisputeRequest {
                name: words::full("disputes", &dispute),
            };
            disputes.get_dispute(request).await?.into_inner().dispute
        }
        DisputeCommand::Designate {
            dispute,
            holder,
            note,
        } => {
            let request = DesignateHolderRequest {
                name: words::full("disputes", &dispute),
                holder: words::full("organizations", &holder),
                note,
                request_id: request_id(),
                ..Default::default()
            };
            disputes
                .designate_holder(request)
                .await?
                .into_inner()
                .dispute
        }
    };
    show(&found.unwrap_or_default(), output);
    Ok(())
}

fn table(disputes: &[Dispute]) -> Table {
    let mut table = Table::new([
        "争议",
        "状态",
        "事项",
        "当事单位",
        "提起",
        "期限",
        "承担单位",
    ]);
    for it in disputes {
        let deadline = it.tiers.last().and_then(|it| it.deadline.as_ref());
        let holder = it.decision.as_ref().map(|it| words::bare(&it.holder));
        table.row([
            words::bare(&it.name).to_owned(),
            state(it).into(),
            words::bare(&it.matter).to_owned(),
            parties(it),
            words::time(it.open_time.as_ref()),
            words::time(deadline.and_then(|it| it.due_time.as_ref())),
            holder.unwrap_or("—").to_owned(),
        ]);
    }
    table
}

fn show(it: &Dispute, output: Output) {
    output.json(&message("dispatch.v1.Dispute", it));
    output.line(format!(
        "{} {} {}",
        output.strong(&it.name),
        state(it),
        it.matter
    ));
    output.line(format!("任务：{}；当事单位：{}", it.task, parties(it)));
    let mut table = Table::new(["单位", "认为应由", "理由", "时间"]);
    for position in &it.positions {
        table.row([
            words::bare(&position.organization).to_owned(),
            words::bare(&position.holder).to_owned(),
            position.note.clone(),
            words::time(position.state_time.as_ref()),
        ]);
    }
    output.table(&table);
    if let Some(decision) = &it.decision {
        output.line(format!("由 {} 承担：{}", decision.holder, decision.note));
    }
}

fn parties(it: &Dispute) -> String {
    let names: Vec<&str> = it.parties.iter().map(|it| words::bare(it)).collect();
    names.join("、")
}

fn state(it: &Dispute) -> &'static str {
    match it.state() {
        dispute::State::Unspecified => "—",
        dispute::State::Negotiation => "协商中",
        dispute::State::Street => "街道裁定中",
        dispute::State::District => "区级裁定中",
        dispute::State::Settled => "协商一致",
        dispute::State::Designated => "已指定",
        dispute::State::Lapsed => "已失效",
    }
}
