//! `liandong scoring`.

use anyhow::Context;
use clap::Subcommand;
use indicatif::{ProgressBar, ProgressDrawTarget};
use liandong_proto::{
    scoring::{Verification, VerifyLedgerRequest, verify_ledger_response::Step},
    types::Role,
};

use super::{
    allocation::{self, AllocationCommand},
    appeal::{self, AppealCommand},
    fund::{self, FundCommand},
    item::{self, ItemCommand},
    outside::{self, OutsideCommand},
    survey::{self, SurveyCommand},
};
use crate::{
    client::{ClientOptions, Services},
    output::{Failure, Output, message},
};

/// What to do with scoring.
#[derive(Subcommand, Debug)]
pub enum ScoringCommand {
    /// The year's fund: open, post, settle, journal.
    #[command(subcommand)]
    Fund(FundCommand),
    /// Funding that follows the work: propose, decide, show.
    #[command(subcommand)]
    Allocation(AllocationCommand),
    /// Appeals against entries: file, assign, review, withdraw, list, show.
    #[command(subcommand)]
    Appeal(AppealCommand),
    /// Manual items: record, withdraw, list.
    #[command(subcommand)]
    Item(ItemCommand),
    /// Surveys: plan, draw, close, results.
    #[command(subcommand)]
    Survey(SurveyCommand),
    /// Records of other systems: import, totals.
    #[command(subcommand)]
    Outside(OutsideCommand),
    /// What may show that numbers are being made, per organization.
    Integrity {
        /// `2026-W14`, `2026-04`, `2026-Q2` or `2026`.
        #[arg(long)]
        period: String,
    },
    /// Recompute ledger, facts and rollup from dispatch's log and compare them bit for bit.
    Verify {
        /// Only rollup and totals, from the stored facts: dispatch is not asked.
        #[arg(long)]
        facts: bool,
    },
}

/// Does it.
pub async fn run(
    command: ScoringCommand,
    client: &ClientOptions,
    output: Output,
) -> anyhow::Result<()> {
    match command {
        ScoringCommand::Fund(it) => fund::run(it, &client.session()?, output).await,
        ScoringCommand::Allocation(it) => allocation::run(it, &client.session()?, output).await,
        ScoringCommand::Appeal(it) => appeal::run(it, &client.session()?, output).await,
        ScoringCommand::Item(it) => item::run(it, &client.session()?, output).await,
        ScoringCommand::Survey(it) => survey::run(it, &client.session()?, output).await,
        ScoringCommand::Outside(it) => outside::run(it, &client.session()?, output).await,
        ScoringCommand::Integrity { period } => {
            outside::integrity(period, &client.session()?, output).await
        }
        ScoringCommand::Verify { facts } => {
            let services = client.session()?.acting(Role::Auditor).await?;
            show(&verify(&services, facts, output).await?, output)
        }
    }
}

/// Verifies, with a progress bar on a terminal.
pub async fn verify(
    services: &Services,
    facts_only: bool,
    output: Output,
) -> anyhow::Result<Verification> {
    let target = if output.terminal {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let bar = ProgressBar::with_draw_target(Some(0), target);
    let mut steps = services
        .ledger()
        .verify_ledger(VerifyLedgerRequest { facts_only })
        .await?
        .into_inner();
    while let Some(step) = steps.message().await? {
        match step.step {
            Some(Step::Progress(progress)) => {
                bar.set_length(
                    u64::try_from(progress.head.max(progress.position)).unwrap_or_default(),
                );
                bar.set_position(u64::try_from(progress.position).unwrap_or_default());
            }
            Some(Step::Result(result)) => {
                bar.finish_and_clear();
                return Ok(result);
            }
            None => {}
        }
    }
    None.context("the verification ended without a result")
}

fn show(result: &Verification, output: Output) -> anyhow::Result<()> {
    output.json(&message("scoring.v1.Verification", result));
    if let Some(it) = result.difference.as_ref().filter(|_| !result.equal) {
        let text = format!(
            "{} {} {}: stored `{}`, recomputed `{}`",
            it.part, it.row, it.field, it.stored, it.recomputed
        );
        return Err(Failure::Different(text).into());
    }
    output.line(format!(
        "equal, bit for bit: {} facts, {} rollup rows, {} entries up to event {}; head {}",
        result.fact_count,
        result.rollup_count,
        result.entry_count,
        result.as_of.as_ref().map_or(0, |it| it.position),
        result.head_hash,
    ));
    Ok(())
}
