//! `liandong demo`: a street, its ten members, a few virtual weeks, and what came of it.

use std::{path::PathBuf, sync::Arc, time::Duration};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use liandong_calendar::civil;
use liandong_kit::clock::Clock;
use liandong_proto::{
    dispatch::ReplayTaskRequest,
    scoring::{
        GetRankingResponse, IndicatorFilter, QueryIndicatorsRequest, RankTarget,
        explain_request::Target,
    },
    types::Role,
};
use serde::Serialize;
use time::{Date, Time, macros::date};
use tokio_util::sync::CancellationToken;

use crate::{
    client::Session,
    command::{explain, ranking, trace},
    output::{Output, percent, words},
    replay::outcome::memory_mib,
    simulate::{self, Counts, Plan, Tally},
    up::{self, Running, StreetSource},
};

/// A Monday; powers, officers and calendars of the demo street hold in this year.
const FIRST: Date = date!(2026 - 03 - 02);

/// The flags of `liandong demo`.
#[derive(Args, Clone, Debug)]
pub struct DemoArgs {
    /// How many cases.
    #[arg(long, default_value_t = 500)]
    pub cases: usize,
    /// Over how many virtual weeks.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub weeks: u32,
    /// The same seed gives the same course.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Street file. Default: the demo street.
    #[arg(long, value_name = "FILE")]
    pub street: Option<PathBuf>,
    /// Keep the data in the folder of --data instead of a temporary one. The folder must be new.
    #[arg(long)]
    pub keep: bool,
    /// End after showing the result, for scripts.
    #[arg(long)]
    pub exit: bool,
    /// Address of the trace viewer's pages, for links.
    #[arg(long, env = "LIANDONG_VIEWER", value_name = "URL")]
    pub viewer: Option<String>,
}

/// What to show.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many cases.
    pub cases: usize,
    /// Over how many virtual weeks.
    pub weeks: u32,
    /// Decides everything that is left to chance.
    pub seed: u64,
    /// The street.
    pub street: StreetSource,
    /// The data folder; none: a temporary one.
    pub data: Option<PathBuf>,
    /// The trace viewer.
    pub viewer: Option<String>,
    /// Whether traces are recorded somewhere.
    pub traced: bool,
    /// A progress bar on stderr.
    pub progress: bool,
    /// How to show it.
    pub output: Output,
    /// Ends it.
    pub stop: CancellationToken,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            cases: 500,
            weeks: 3,
            seed: 1,
            street: StreetSource::Demo,
            data: None,
            viewer: None,
            traced: false,
            progress: false,
            output: Output::silent(),
            stop: CancellationToken::new(),
        }
    }
}

/// What came of it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Summary {
    /// The seed.
    pub seed: u64,
    /// What the agents did.
    #[serde(flatten)]
    pub counts: Counts,
    /// Events in dispatch's log.
    pub events: i64,
    /// Disposals in time, of those that were due.
    pub on_time: (i64, i64),
    /// How long it took.
    pub seconds: f64,
    /// Calls that changed something, per second.
    pub commands_per_second: f64,
    /// How long the start took.
    pub start_seconds: f64,
    /// Where the virtual clock stopped.
    pub until: String,
    /// The ranking: organization and points, best first.
    pub ranking: Vec<(String, String)>,
    /// A task worth looking at.
    pub task: String,
    /// Where its trace is; the bare trace id without a viewer.
    pub trace: String,
    /// The most memory the process had, in MiB.
    pub memory_mib: u64,
}

/// Runs the demo and shows what came of it. The services go on running.
pub async fn run(options: Options) -> anyhow::Result<(Running, Summary)> {
    let running = up::start(up::Options {
        data: options.data.clone(),
        street: options.street.clone(),
        clock: Clock::virtual_from(civil::instant(FIRST, Time::MIDNIGHT)),
        viewer: options.viewer.clone(),
        ..up::Options::default()
    })
    .await?;
    let session = running.session()?;
    let tally = Arc::new(Tally::default());
    let bar = bar(&options);
    let plan = Plan {
        seed: options.seed,
        cases: options.cases,
        first: FIRST,
        weeks: options.weeks,
        at_once: Plan::AT_ONCE,
    };
    let course = simulate::play(
        &session,
        &running.clock,
        plan,
        tally.clone(),
        &options.stop,
        |at| {
            bar.set_message(words::civil(at));
            bar.set_position(tally.counts().tasks + tally.counts().rejected);
        },
    )
    .await?;
    bar.finish_and_clear();
    let events = explain::caught_up(&session).await?;
    let seconds = course.took.as_secs_f64();
    let counts = tally.counts();
    let mut summary = Summary {
        seed: options.seed,
        events,
        seconds,
        #[allow(clippy::cast_precision_loss)] // a figure for people
        commands_per_second: counts.commands as f64 / seconds.max(0.001),
        start_seconds: running.started_in.as_secs_f64(),
        until: course.until.map(words::civil).unwrap_or_default(),
        task: tally.most_telling(),
        memory_mib: memory_mib(),
        counts,
        ..Summary::default()
    };
    show(&mut summary, &session, &options).await?;
    Ok((running, summary))
}

async fn show(summary: &mut Summary, session: &Session, options: &Options) -> anyhow::Result<()> {
    let assessor = session.acting(Role::Assessor).await?;
    let output = options.output;
    let people = Output {
        json: false,
        quiet: output.quiet || output.json,
        ..output
    };
    let year = FIRST.year().to_string();
    let table = ranking::get(&assessor, &year, "").await?;
    summary.ranking = crate::replay::outcome::ranking(&table.rows);
    ranking::show(&table, people);
    if let Some(organization) = most_to_explain(&table) {
        people.line("");
        let target = RankTarget {
            organization,
            period: year.clone(),
            scheme: String::new(),
        };
        explain::explain(&assessor, Target::Rank(target), 2, people).await?;
    }
    summary.on_time = on_time(session, &year).await?;
    summary.trace = one_trace(summary, session, options).await?;
    output.json(&serde_json::to_value(&*summary)?);
    let Summary { counts: it, .. } = &*summary;
    let (part, whole) = summary.on_time;
    people.line("");
    people.line(people.strong(&format!(
        "{} 件案件，{} 个联合任务，{} 个派单，{} 个事件",
        it.cases, it.tasks, it.assignments, summary.events
    )));
    people.line(format!(
        "按期处置 {part}/{whole} = {}；不予立案 {}；异议 {}（成立 {}）；返工 {}；因无执法人员等待 {} 次",
        percent(part, whole), it.rejected, it.objections, it.upheld, it.rework, it.waits
    ));
    people.line(format!(
        "{} commands in {:.1} s ({:.0} a second), virtual time until {}; started in {:.2} s; {} MiB at most; seed {}",
        it.commands, summary.seconds, summary.commands_per_second, summary.until, summary.start_seconds, summary.memory_mib, summary.seed
    ));
    say_trace(summary, options, people);
    Ok(())
}

fn say_trace(summary: &Summary, options: &Options, people: Output) {
    let task = &summary.task;
    match (&options.viewer, options.traced) {
        _ if task.is_empty() => {}
        (Some(_), true) => people.line(format!("trace of {task}: {}", summary.trace)),
        _ => people.line(format!(
            "trace {} of {task} was not recorded. To see it: `make traces` in another terminal, then\n  \
             OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4317 make demo",
            summary.trace
        )),
    }
}

/// Somebody ranked who has lost points.
fn most_to_explain(table: &GetRankingResponse) -> Option<String> {
    let last = table
        .rows
        .iter()
        .rev()
        .find(|it| it.rank.is_some() && !it.small_sample);
    last.or(table.rows.first())
        .map(|it| it.organization.clone())
}

/// The trace of the last step of the task worth looking at.
async fn one_trace(
    summary: &Summary,
    session: &Session,
    options: &Options,
) -> anyhow::Result<String> {
    if summary.task.is_empty() {
        return Ok(String::new());
    }
    let services = session.acting(Role::Coordinator).await?;
    let request = ReplayTaskRequest {
        name: summary.task.clone(),
    };
    let events = services
        .events()
        .replay_task(request)
        .await?
        .into_inner()
        .events;
    // The issue is the call that crosses the services: dispatch asks the registry.
    let issued = events.iter().find(|it| {
        matches!(
            it.payload,
            Some(liandong_proto::dispatch::event::Payload::TaskIssued(_))
        )
    });
    let viewer = options.viewer.as_deref().filter(|_| options.traced);
    Ok(issued
        .or(events.first())
        .map(|it| trace::link(it, viewer))
        .unwrap_or_default())
}

/// Disposals in time, over all organizations.
async fn on_time(session: &Session, period: &str) -> anyhow::Result<(i64, i64)> {
    let request = QueryIndicatorsRequest {
        period: period.to_owned(),
        indicators: vec!["on-time-handling".into()],
        filter: Some(IndicatorFilter::default()),
        page_size: 500,
        ..Default::default()
    };
    let assessor = session.acting(Role::Assessor).await?;
    let table = assessor
        .indicators()
        .query_indicators(request)
        .await?
        .into_inner()
        .table
        .unwrap_or_default();
    let ratios = table
        .rows
        .iter()
        .filter_map(|it| it.values.first()?.ratio.as_ref());
    Ok(ratios.fold((0, 0), |(part, whole), it| {
        (part + it.numerator, whole + it.denominator)
    }))
}

fn bar(options: &Options) -> ProgressBar {
    if !options.progress {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(options.cases as u64);
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} cases dispatched, {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
