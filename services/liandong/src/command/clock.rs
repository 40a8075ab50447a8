//! `liandong clock`: clocks that law sets, time that is charged to nobody.

use anyhow::Context;
use clap::{Args, Subcommand};
use liandong_proto::{
    dispatch::{
        ConfirmDeliveryRequest, ExtendStatutoryClockRequest, ListOutagesRequest, Outage,
        RecordOutageRequest, StartStatutoryClockRequest, StatutoryKind, StopStatutoryClockRequest,
    },
    types::Role,
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{ListArgs, request_id, safe};
use crate::{
    client::ClientOptions,
    output::{Failure, Output, Table, message, messages, words},
};

/// What to do with clocks.
#[derive(Subcommand, Debug)]
pub enum ClockCommand {
    /// Start a clock that law sets.
    Start {
        /// `tasks/{uuid}/assignments/{n}`.
        assignment: String,
        /// DECISION, SEIZURE, PRESERVED_EVIDENCE or TRANSFER_DECISION.
        kind: String,
        /// The document that starts it.
        #[arg(long)]
        document: String,
    },
    /// Extend a seizure.
    Extend(PaperArgs),
    /// Stop a clock.
    Stop {
        /// Which, by which document.
        #[command(flatten)]
        paper: PaperArgs,
        /// It is the decision to transfer a suspected crime.
        #[arg(long)]
        transfer: bool,
    },
    /// Say how an order arrived that the inbox could not deliver.
    ConfirmDelivery {
        /// `tasks/{uuid}/assignments/{n}`.
        assignment: String,
        /// How.
        #[arg(long)]
        note: String,
    },
    /// The times in which the platform was away, the latest first.
    Outages(ListArgs),
    /// Put on record that the platform was away.
    RecordOutage {
        /// Since when, RFC 3339.
        from: String,
        /// Until when, RFC 3339.
        to: String,
        /// Why.
        #[arg(long)]
        reason: String,
        /// Only say what would come of it.
        #[arg(long)]
        validate_only: bool,
    },
}

/// A clock, and the document that changes it.
#[derive(Args, Debug)]
pub struct PaperArgs {
    /// `tasks/{uuid}/assignments/{n}`.
    pub assignment: String,
    /// The clock's number.
    pub clock: i32,
    /// The document.
    #[arg(long)]
    pub document: String,
}

/// Does it.
pub async fn run(
    command: ClockCommand,
    client: &ClientOptions,
    output: Output,
) -> anyhow::Result<()> {
    let role = match command {
        ClockCommand::RecordOutage { .. } => Role::Registrar,
        ClockCommand::ConfirmDelivery { .. } | ClockCommand::Outages(_) => Role::Coordinator,
        _ => Role::Handler,
    };
    let services = client.session()?.acting(role).await?;
    let mut clocks = services.clocks();
    let changed = match command {
        ClockCommand::Start {
            assignment,
            kind,
            document,
        } => {
            let name = format!("STATUTORY_KIND_{}", kind.to_ascii_uppercase());
            let unknown = || Failure::BadInput(format!("`{kind}` is no kind of clock"));
            let kind = StatutoryKind::from_str_name(&name).ok_or_else(unknown)?;
            let request = safe(StartStatutoryClockRequest {
                name: assignment,
                kind: kind.into(),
                document,
                request_id: request_id(),
                ..Default::default()
            });
            let answer = clocks.start_statutory_clock(request).await?;
            answer.into_inner().assignment
        }
        ClockCommand::Extend(it) => {
            let request = safe(ExtendStatutoryClockRequest {
                name: it.assignment,
                clock: it.clock,
                document: it.document,
                request_id: request_id(),
                ..Default::default()
            });
            let answer = clocks.extend_statutory_clock(request).await?;
            answer.into_inner().assignment
        }
        ClockCommand::Stop { paper, transfer } => {
            let request = safe(StopStatutoryClockRequest {
                name: paper.assignment,
                clock: paper.clock,
                document: paper.document,
                transfer,
                request_id: request_id(),
                ..Default::default()
            });
            let answer = clocks.stop_statutory_clock(request).await?;
            answer.into_inner().assignment
        }
        ClockCommand::ConfirmDelivery { assignment, note } => {
            let request = safe(ConfirmDeliveryRequest {
                name: assignment,
                note,
                request_id: request_id(),
                ..Default::default()
            });
            clocks
                .confirm_delivery(request)
                .await?
                .into_inner()
                .assignment
        }
        ClockCommand::Outages(args) => {
            let request = ListOutagesRequest {
                page_size: args.limit.clamp(1, 500),
                filter: args.filter,
                ..Default::default()
            };
            let outages = clocks.list_outages(request).await?.into_inner().outages;
            output.json(&messages("outages", "dispatch.v1.Outage", &outages));
            output.table(&table(&outages));
            return Ok(());
        }
        ClockCommand::RecordOutage {
            from,
            to,
            reason,
            validate_only,
        } => {
            let request = safe(RecordOutageRequest {
                start_time: Some(words::timestamp(instant(&from)?)),
                end_time: Some(words::timestamp(instant(&to)?)),
                reason,
                request_id: request_id(),
                validate_only,
            });
            let answer = clocks.record_outage(request).await?;
            let outage = answer.into_inner().outage.unwrap_or_default();
            output.json(&message("dispatch.v1.Outage", &outage));
            output.table(&table(&[outage]));
            return Ok(());
        }
    };
    let assignment = changed.unwrap_or_default();
    output.json(&message("dispatch.v1.Assignment", &assignment));
    let mut table = Table::new(["编号", "法定时限", "文书", "到期", "终止"]);
    for it in &assignment.statutory_clocks {
        let due = it.deadline.as_ref().and_then(|it| it.due_time.as_ref());
        table.row([
            it.number.to_string(),
            it.kind()
                .as_str_name()
                .trim_start_matches("STATUTORY_KIND_")
                .to_owned(),
            it.document.clone(),
            words::time(due),
            words::time(it.stop_time.as_ref()),
        ]);
    }
    output.table(&table);
    Ok(())
}

fn table(outages: &[Outage]) -> Table {
    let mut table = Table::new(["停机", "自", "至", "原因", "任务", "案件", "吹哨"]);
    for it in outages {
        table.row([
            words::bare(&it.name).to_owned(),
            words::time(it.start_time.as_ref()),
            words::time(it.end_time.as_ref()),
            it.reason.clone(),
            it.task_count.to_string(),
            it.case_count.to_string(),
            it.whistle_count.to_string(),
        ]);
    }
    table
}

fn instant(text: &str) -> anyhow::Result<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).with_context(|| format!("`{text}` is not a time"))
}
