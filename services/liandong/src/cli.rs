//! The command line: one subcommand, one file.

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use liandong_kit::telemetry::{self, LogFormat, TelemetryConfig};
use tracing::Instrument;

use crate::{
    client::ClientOptions,
    command,
    output::{Output, exit_code, render},
};

const AFTER: &str = "\
Exit codes: 0 done; 1 failed; 2 wrong command line; 3 the rules refused; 4 not found; 5 not allowed;
6 a service is away or too busy; 7 bad input (every error named); 8 a verification found a difference.

NO_COLOR switches colours off. --json prints protobuf JSON on every command.";

/// 联动: street-level joint enforcement. Ten departments act as one on one case.
#[derive(Parser, Debug)]
#[command(name = "liandong", version, after_help = AFTER, propagate_version = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// JSON instead of tables.
    #[arg(long, global = true)]
    pub json: bool,
    /// Where the services are and who calls them.
    #[command(flatten)]
    pub client: ClientOptions,
    /// Logs and traces.
    #[command(flatten)]
    pub telemetry: TelemetryArgs,
}

/// Where `make traces` serves its pages.
const VIEWER: &str = "http://127.0.0.1:10188";

/// Logs and traces of the command.
#[derive(Args, Clone, Debug)]
pub struct TelemetryArgs {
    /// What to log to stderr: a level, or levels by module. Default: info for `up`, else warn.
    #[arg(
        long,
        global = true,
        env = "LIANDONG_LOG",
        value_name = "FILTER",
        help_heading = "Telemetry"
    )]
    pub log: Option<String>,
    /// How log lines look.
    #[arg(
        long,
        global = true,
        env = "LIANDONG_LOG_FORMAT",
        value_enum,
        default_value = "text",
        help_heading = "Telemetry"
    )]
    pub log_format: LogFormat,
    /// Where traces and metrics go (OTLP over gRPC), as in http://127.0.0.1:4317.
    #[arg(
        long,
        global = true,
        env = "OTEL_EXPORTER_OTLP_ENDPOINT",
        value_name = "URL",
        help_heading = "Telemetry"
    )]
    pub otlp_endpoint: Option<String>,
    /// Which part of the traces that start here is recorded, 0 to 1.
    #[arg(
        long,
        global = true,
        env = "OTEL_TRACES_SAMPLER_ARG",
        default_value_t = 1.0,
        help_heading = "Telemetry"
    )]
    pub trace_ratio: f64,
}

impl TelemetryArgs {
    /// The trace viewer's pages: as told, or those of `make traces` if traces are recorded at all.
    pub fn viewer(&self, told: Option<&String>) -> Option<String> {
        let usual = self.otlp_endpoint.as_ref().map(|_| VIEWER.to_owned());
        told.cloned().or(usual)
    }
}

/// The subcommands.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Start every service in one process, on loopback; stays up until Ctrl-C.
    Up(crate::up::UpArgs),
    /// Run cases of a demo street through simulated departments and show what came of it.
    Demo(crate::demo::DemoArgs),
    /// Replay real cases from a city's export and compare with its outcome.
    Replay(command::replay::ReplayArgs),
    /// Closed-loop load over real gRPC on services of its own, with a report.
    Bench(command::bench::BenchArgs),
    /// Let simulated departments answer a running street's orders.
    Simulate(crate::simulate::SimulateArgs),
    /// Cases: list, show, report, and every step of their way
    #[command(subcommand)]
    Case(command::case::CaseCommand),
    /// Joint tasks: list, show.
    #[command(subcommand)]
    Task(command::task::TaskCommand),
    /// An organization's assignments: list, sign, commit, object, report-in, report.
    #[command(subcommand)]
    Assignment(command::assignment::AssignmentCommand),
    /// Patrols: daily logs, what they found, which are missing.
    #[command(subcommand)]
    Patrol(command::rounds::PatrolCommand),
    /// Campaigns: list, show.
    #[command(subcommand)]
    Campaign(command::rounds::CampaignCommand),
    /// Checks by sample: list, show, plan, draw, check.
    #[command(subcommand)]
    Sample(command::sample::SampleCommand),
    /// Clocks that law sets, delivery, outages.
    #[command(subcommand)]
    Clock(command::clock::ClockCommand),
    /// Calls that were turned away, for auditors.
    Denied(command::denied::DeniedArgs),
    /// Inspections: list, show.
    #[command(subcommand)]
    Inspection(command::rounds::InspectionCommand),
    /// Whistles: list, show, blow, answer.
    #[command(subcommand)]
    Whistle(command::whistle::WhistleCommand),
    /// Coordination meetings: agenda, decisions, minutes.
    #[command(subcommand)]
    Meeting(command::meeting::MeetingCommand),
    /// Disputes about whose duty it is: list, show, designate.
    #[command(subcommand)]
    Dispute(command::dispute::DisputeCommand),
    /// Evidence: upload, download, list.
    #[command(subcommand)]
    Evidence(command::evidence::EvidenceCommand),
    /// Read or follow an organization's inbox.
    Inbox(command::inbox::InboxArgs),
    /// The ranking of a period.
    Ranking(command::ranking::RankingArgs),
    /// Why an organization stands where it stands, or what a task caused.
    Explain(command::explain::ExplainArgs),
    /// A task's whole history, with the trace of every step.
    Trace(command::trace::TraceArgs),
    /// Schemes of assessment: list, show, check, put in force, what-if.
    #[command(subcommand)]
    Scheme(command::scheme::SchemeCommand),
    /// Periods: close, publish, restate, list, show.
    #[command(subcommand)]
    Period(command::period::PeriodCommand),
    /// Scoring: verify, appeals, items, funds, allocations, surveys, records of other systems, the report against gaming.
    #[command(subcommand)]
    Scoring(command::scoring::ScoringCommand),
    /// The registry: who may act, who is responsible, coverage, readiness, gaps, capacity, places, people, organizations.
    #[command(subcommand)]
    Registry(command::registry::RegistryCommand),
    /// The registry as files: check, import, export.
    #[command(subcommand)]
    Street(command::street::StreetCommand),
    /// Print a token (JWT) made by the data folder's development issuer.
    Token(command::token::TokenArgs),
    /// Print completions for a shell.
    Completions(command::completions::CompletionsArgs),
}

/// Runs the command line and says how it ended.
pub async fn run(cli: Cli) -> ExitCode {
    let output = Output::detect(cli.json);
    let guard = match telemetry::init(&telemetry_of(&cli), "liandong") {
        Ok(guard) => guard,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(2);
        }
    };
    let result = dispatch(cli, output).await;
    guard.finish().await;
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", render(&error, output));
            ExitCode::from(exit_code(&error))
        }
    }
}

fn telemetry_of(cli: &Cli) -> TelemetryConfig {
    let usual = if matches!(cli.command, Command::Up(_)) {
        "info,sea_orm_migration=warn"
    } else {
        "warn"
    };
    TelemetryConfig {
        log: cli.telemetry.log.clone().unwrap_or_else(|| usual.into()),
        log_format: cli.telemetry.log_format,
        otlp_endpoint: cli.telemetry.otlp_endpoint.clone(),
        trace_ratio: cli.telemetry.trace_ratio,
    }
}

async fn dispatch(cli: Cli, output: Output) -> anyhow::Result<()> {
    let client = &cli.client;
    match cli.command {
        // These start the services in this process; each of their calls is a trace of its own.
        Command::Up(args) => {
            Box::pin(command::up::run(&args, client, &cli.telemetry, output)).await
        }
        Command::Demo(args) => {
            Box::pin(command::demo::run(&args, client, &cli.telemetry, output)).await
        }
        Command::Replay(args) => Box::pin(command::replay::run(args, client, output)).await,
        Command::Bench(args) => Box::pin(command::bench::run(args, output)).await,
        Command::Simulate(args) => Box::pin(crate::simulate::run(&args, client, output)).await,
        command => {
            let span = tracing::info_span!("liandong", command = command.name());
            Box::pin(ask(command, client, output).instrument(span)).await
        }
    }
}

/// What a command asks of running services is one trace.
async fn ask(command: Command, client: &ClientOptions, output: Output) -> anyhow::Result<()> {
    match command {
        Command::Case(it) => command::case::run(it, client, output).await,
        Command::Task(it) => command::task::run(it, client, output).await,
        Command::Assignment(it) => command::assignment::run(it, client, output).await,
        Command::Patrol(it) => command::rounds::patrol(it, client, output).await,
        Command::Campaign(it) => command::rounds::campaign(it, client, output).await,
        Command::Sample(it) => command::sample::run(it, client, output).await,
        Command::Clock(it) => command::clock::run(it, client, output).await,
        Command::Denied(it) => command::denied::run(it, client, output).await,
        Command::Inspection(it) => command::rounds::inspection(it, client, output).await,
        Command::Whistle(it) => command::whistle::run(it, client, output).await,
        Command::Meeting(it) => command::meeting::run(it, client, output).await,
        Command::Dispute(it) => command::dispute::run(it, client, output).await,
        Command::Evidence(it) => command::evidence::run(it, client, output).await,
        Command::Inbox(it) => command::inbox::run(it, client, output).await,
        Command::Ranking(it) => command::ranking::run(it, client, output).await,
        Command::Explain(it) => command::explain::run(it, client, output).await,
        Command::Trace(it) => command::trace::run(it, client, output).await,
        Command::Scheme(it) => command::scheme::run(it, client, output).await,
        Command::Period(it) => command::period::run(it, client, output).await,
        Command::Scoring(it) => command::scoring::run(it, client, output).await,
        Command::Registry(it) => command::registry::run(it, client, output).await,
        Command::Token(it) => command::token::run(it, client, output).await,
        Command::Street(it) => command::street::run(it, client, output).await,
        Command::Completions(it) => {
            command::completions::run(&it);
            Ok(())
        }
        Command::Up(_)
        | Command::Demo(_)
        | Command::Replay(_)
        | Command::Bench(_)
        | Command::Simulate(_) => Ok(()),
    }
}

impl Command {
    fn name(&self) -> &'static str {
        match self {
            Self::Up(_) => "up",
            Self::Demo(_) => "demo",
            Self::Replay(_) => "replay",
            Self::Bench(_) => "bench",
            Self::Simulate(_) => "simulate",
            Self::Case(_) => "case",
            Self::Task(_) => "task",
            Self::Assignment(_) => "assignment",
            Self::Patrol(_) => "patrol",
            Self::Campaign(_) => "campaign",
            Self::Sample(_) => "sample",
            Self::Clock(_) => "clock",
            Self::Denied(_) => "denied",
            Self::Inspection(_) => "inspection",
            Self::Whistle(_) => "whistle",
            Self::Meeting(_) => "meeting",
            Self::Dispute(_) => "dispute",
            Self::Evidence(_) => "evidence",
            Self::Inbox(_) => "inbox",
            Self::Ranking(_) => "ranking",
            Self::Explain(_) => "explain",
            Self::Trace(_) => "trace",
            Self::Scheme(_) => "scheme",
            Self::Period(_) => "period",
            Self::Scoring(_) => "scoring",
            Self::Registry(_) => "registry",
            Self::Street(_) => "street",
            Self::Token(_) => "token",
            Self::Completions(_) => "completions",
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_takes_json_and_the_folder_anywhere() {
        for line in [
            "liandong --json case list",
            "liandong case list --json --data x",
            "liandong assignment sign tasks/1/assignments/1 --as wang",
            "liandong token --organization sanitation --person p --role HANDLER",
            "liandong replay cases.csv --skip-bad --limit 5 --json",
            "liandong evidence upload photo.jpg --to tasks/1/assignments/1 --json",
            "liandong evidence download 1 --out photo.jpg --copy shared",
            "liandong up --port-base 7501 --data x",
            "liandong registry coverage 990101001 --level grid --line sanitation --at 2026-02-14",
            "liandong registry capacity squad --from 2026-02-14T07:30 --teams 8",
            "liandong registry chain 990101001001 --line sanitation",
            "liandong registry locate --point 117.2841,34.2058",
            "liandong registry zones check --area 990101001 --at 2026-02-14T07:30 --json",
        ] {
            Cli::try_parse_from(line.split(' ')).unwrap_or_else(|error| panic!("{line}: {error}"));
        }
    }
}
