//! `liandong replay`: real cases from a city's export, run through every service under the virtual clock.
//!
//! ```text
//! mapping + CSV ─▶ rows, all checked ─▶ street file ─▶ up ─▶ agenda: report … check ─▶ scoring caught up ─▶ equal?
//! ```
//! What must stay true: nothing is written while a row is bad (unless it is to be skipped); every request id comes
//! from its row, so a killed replay started again on the same folder goes on and ends with the same ranking; and at
//! the end scoring must say of every unit what the data says.

pub mod course;
mod drive;
pub mod mapping;
pub mod outcome;
mod resume;
pub mod rows;
mod steps;
pub mod street;

pub use outcome::Summary;
pub use resume::head;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use liandong_calendar::civil;
use liandong_kit::clock::Clock;
use liandong_proto::{scoring::GetRankingRequest, types::Role};
use time::{OffsetDateTime, Time};
use tokio_util::sync::CancellationToken;

use self::{
    course::Step,
    drive::Driver,
    mapping::Mapping,
    outcome::{OnTime, UnitResult},
    rows::{Row, Rows},
    street::Street,
};
use crate::{
    client::{Person, Services, Session},
    output::{Failure, Output, words},
    up::{self, Running, StreetSource},
};

/// The mapping of the open data of Pingshan District, part of the program.
pub const PINGSHAN: &str = include_str!("../../../../deploy/demo/pingshan.mapping.yaml");

/// What to replay, and where.
#[derive(Clone, Debug)]
pub struct Options {
    /// The export.
    pub file: PathBuf,
    /// The mapping; none: [`PINGSHAN`].
    pub mapping: Option<PathBuf>,
    /// The data folder; none: one that goes with the replay.
    pub data: Option<PathBuf>,
    /// A PostgreSQL URL; none: SQLite.
    pub database: Option<String>,
    /// Leave bad rows out instead of stopping.
    pub skip_bad: bool,
    /// At most so many rows.
    pub limit: Option<usize>,
    /// Calls at once.
    pub in_flight: usize,
    /// A progress bar on stderr.
    pub progress: bool,
    /// How to show the result.
    pub output: Output,
    /// Ends it between two instants.
    pub stop: CancellationToken,
}

impl Options {
    /// The usual settings for a file.
    pub fn of(file: impl Into<PathBuf>) -> Self {
        Self {
            file: file.into(),
            mapping: None,
            data: None,
            database: None,
            skip_bad: false,
            limit: None,
            in_flight: 64,
            progress: false,
            output: Output::silent(),
            stop: CancellationToken::new(),
        }
    }
}

/// Connections to each service: a server takes 64 calls at once over one.
const CONNECTIONS: usize = 4;

/// Runs a replay to its end and shows what came of it.
pub async fn run(options: Options) -> anyhow::Result<Summary> {
    let mapping = read_mapping(options.mapping.as_deref())?;
    let (rows, digest) = read_rows(&options, &mapping)?;
    let street = Street::of(&rows.good, &mapping);
    let running = start(&options, &mapping, &rows, &street, &digest).await?;
    let played = play(&options, &mapping, &rows, &street, &running).await;
    let stopped = running.stop().await;
    let summary = played?;
    stopped?;
    summary.show(options.output);
    Ok(summary)
}

/// Reads a mapping, or the built-in one.
pub fn read_mapping(path: Option<&Path>) -> anyhow::Result<Mapping> {
    let (text, name) = match path {
        Some(path) => (
            std::fs::read_to_string(path)
                .with_context(|| format!("cannot read {}", path.display()))?,
            path.display().to_string(),
        ),
        None => (
            PINGSHAN.to_owned(),
            "deploy/demo/pingshan.mapping.yaml".to_owned(),
        ),
    };
    Ok(Mapping::parse(&text).map_err(|error| Failure::BadInput(format!("{name}: {error}")))?)
}

fn read_rows(options: &Options, mapping: &Mapping) -> anyhow::Result<(Rows, String)> {
    let name = options.file.display();
    let (rows, bytes) = rows::read_file(&options.file, mapping, options.limit)
        .map_err(|error| Failure::BadInput(format!("{name}: {:#}", anyhow::Error::from(error))))?;
    if !rows.bad.is_empty() && !options.skip_bad {
        let lines: Vec<String> = rows.bad.iter().map(|it| format!("{name}: {it}")).collect();
        let advice = format!(
            "{} bad row(s); nothing was written. --skip-bad leaves them out",
            rows.bad.len()
        );
        return Err(Failure::BadInput(format!("{}\n{advice}", lines.join("\n"))).into());
    }
    for bad in &rows.bad {
        options.output.line(format!("skipped: {bad}"));
    }
    if rows.good.is_empty() {
        return Err(Failure::BadInput(format!("{name}: no row to replay")).into());
    }
    Ok((rows, resume::digest(&bytes)))
}

/// All services, with the street the rows imply, at the beginning of the first day.
async fn start(
    options: &Options,
    mapping: &Mapping,
    rows: &Rows,
    street: &Street,
    digest: &str,
) -> anyhow::Result<Running> {
    let first = rows
        .good
        .iter()
        .map(|row| row.day)
        .min()
        .context("no row")?;
    let yaml = street.yaml().context("writing the street file")?;
    let what = resume::What::new(mapping, digest, options, &yaml);
    if let Some(data) = &options.data {
        what.check(data)?;
    }
    let running = up::start(up::Options {
        data: options.data.clone(),
        database: options.database.clone(),
        street: StreetSource::Text(
            yaml,
            format!("the street implied by {}", options.file.display()),
        ),
        clock: Clock::virtual_from(civil::instant(first, Time::MIDNIGHT)),
        ..up::Options::default()
    })
    .await?;
    what.keep(&running.folder)?;
    Ok(running)
}

async fn play(
    options: &Options,
    mapping: &Mapping,
    rows: &Rows,
    street: &Street,
    running: &Running,
) -> anyhow::Result<Summary> {
    let session = running.session()?;
    let service = session.speaking_as(&person("liandong", "liandong", Role::Service))?;
    if let Some(last) = resume::last_time(&service, &running.endpoints.district).await? {
        running.clock.advance_to(last).await;
    }
    let driver = driver(options, mapping, rows, street, running)?;
    let known = outcome::known_cases(&driver.coordinators[0]).await?;
    let open: Vec<usize> = (0..rows.good.len())
        .filter(|index| known.get(&rows.good[*index].id) != Some(&true))
        .collect();
    let resumed = rows.good.len() - open.len();
    let bar = bar(options, rows.good.len(), resumed);
    let done = driver
        .run(open, &options.stop, |row| {
            bar.set_message(row.day.to_string());
            bar.inc(1);
        })
        .await?;
    bar.finish_and_clear();
    let began = Instant::now();
    let events = resume::head(&service, &running.endpoints.district).await?;
    outcome::caught_up(&service, events).await?;
    let seconds = done.took.as_secs_f64();
    let summary = Summary {
        cases: rows.good.len(),
        skipped: rows.bad.clone(),
        resumed,
        interrupted: options.stop.is_cancelled(),
        commands: done.commands,
        events,
        seconds,
        #[allow(clippy::cast_precision_loss)] // a figure for people
        commands_per_second: if seconds > 0.0 { done.commands as f64 / seconds } else { 0.0 },
        start_seconds: running.started_in.as_secs_f64(),
        scoring_seconds: began.elapsed().as_secs_f64(),
        memory_mib: outcome::memory_mib(),
        database: running.endpoints.database.clone(),
        ..Summary::default()
    };
    judge(summary, rows, street, &session, mapping).await
}

/// Asks scoring, and compares with the data.
async fn judge(
    mut summary: Summary,
    rows: &Rows,
    street: &Street,
    session: &Session,
    mapping: &Mapping,
) -> anyhow::Result<Summary> {
    let assessor =
        session.speaking_as(&person("assessor", &mapping.operator.id, Role::Assessor))?;
    let period = period(&rows.good);
    let scored = outcome::scored(&assessor, &period, street).await?;
    let different = outcome::differences(&outcome::expected(&rows.good, street), &scored);
    if !different.is_empty() && !summary.interrupted {
        return Err(Failure::Different(different.join("\n")).into());
    }
    let request = GetRankingRequest {
        period,
        page_size: 500,
        ..Default::default()
    };
    summary.ranking = outcome::ranking(
        &assessor
            .ranking()
            .get_ranking(request)
            .await?
            .into_inner()
            .rows,
    );
    summary.units = scored.into_values().collect();
    summary
        .units
        .sort_by_key(|it| (std::cmp::Reverse(it.result.closed), it.unit.clone()));
    summary.total =
        summary
            .units
            .iter()
            .fold(OnTime::default(), |sum, UnitResult { result, .. }| OnTime {
                on_time: sum.on_time + result.on_time,
                closed: sum.closed + result.closed,
            });
    Ok(summary)
}

fn driver<'a>(
    options: &Options,
    mapping: &Mapping,
    rows: &'a Rows,
    street: &'a Street,
    running: &Running,
) -> anyhow::Result<Driver<'a>> {
    let operator = &mapping.operator.id;
    let coordinator = person(street::COORDINATOR, operator, Role::Coordinator);
    let checker = person(street::CHECKER, operator, Role::Checker);
    let sessions: Vec<Session> = (0..CONNECTIONS)
        .map(|_| running.session())
        .collect::<anyhow::Result<_>>()?;
    let each = |who: &Person| -> anyhow::Result<Vec<Services>> {
        sessions.iter().map(|it| it.speaking_as(who)).collect()
    };
    let mut handlers = HashMap::new();
    for (index, (_, unit)) in street.units().enumerate() {
        let handler = person(&street::handler(unit), unit, Role::Handler);
        handlers.insert(
            unit.to_owned(),
            sessions[index % sessions.len()].speaking_as(&handler)?,
        );
    }
    Ok(Driver {
        clock: running.clock.clone(),
        import: steps::import_id(&mapping.name),
        rows: &rows.good,
        street,
        coordinators: each(&coordinator)?,
        checkers: each(&checker)?,
        handlers,
        in_flight: options.in_flight.max(1),
    })
}

fn person(id: &str, organization: &str, role: Role) -> Person {
    Person {
        id: id.into(),
        name: String::new(),
        organization: organization.into(),
        roles: vec![role],
    }
}

/// Every day on which something happened.
fn period(rows: &[Row]) -> String {
    let day = |at: OffsetDateTime| {
        words::civil(at)
            .split(' ')
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    let first = rows
        .iter()
        .map(|row| row.course.of(Step::Report))
        .min()
        .unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let last = rows
        .iter()
        .map(|row| row.course.of(Step::Check))
        .max()
        .unwrap_or(first);
    format!("{}..{}", day(first), day(last))
}

fn bar(options: &Options, cases: usize, resumed: usize) -> ProgressBar {
    if !options.progress {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(cases as u64).with_position(resumed as u64);
    let style =
        ProgressStyle::with_template("{bar:40} {pos}/{len} cases, {msg}, {per_sec}, {eta} left");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}
