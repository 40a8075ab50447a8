//! What was measured, and how it is shown.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use hdrhistogram::Histogram;
use liandong_proto::dispatch::{WatchEventsRequest, watch_events_response::Frame};
use serde::Serialize;

use super::{catch_up::CatchUp, cycle::CALLS};
use crate::{
    client::Services,
    output::{Output, Table},
};

/// The calls of a life cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Call {
    Plan,
    Issue,
    Sign,
    Commit,
    ReportIn,
    Report,
    Check,
}

impl Call {
    fn method(self) -> &'static str {
        match self {
            Self::Plan => "PlanTask",
            Self::Issue => "IssueTask",
            Self::Sign => "SignAssignment",
            Self::Commit => "CommitAssignment",
            Self::ReportIn => "ReportIn",
            Self::Report => "ReportAssignment",
            Self::Check => "CheckAssignment",
        }
    }
}

/// How long each call took, in microseconds, by method. A histogram for every client would be larger than what is measured.
#[derive(Debug, Default)]
pub(super) struct Tally(BTreeMap<Call, Vec<u64>>);

/// Lets calls through at a rate, over all clients.
#[derive(Debug)]
pub(super) struct Pace {
    next: tokio::sync::Mutex<Instant>,
    between: Option<Duration>,
}

/// The latencies of something, in milliseconds.
#[derive(Clone, Debug, Serialize)]
pub struct Latency {
    /// What.
    pub of: String,
    /// How many.
    pub count: u64,
    /// Half are quicker.
    pub p50: f64,
    /// Nine of ten are quicker.
    pub p90: f64,
    /// 99 of 100 are quicker.
    pub p99: f64,
    /// The slowest.
    pub max: f64,
}

/// Events that became durable together.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Batches {
    /// Transactions.
    pub count: usize,
    /// Events.
    pub events: usize,
    /// Events of half of the transactions are fewer.
    pub p50: usize,
    /// The most events of one.
    pub max: usize,
}

/// One run.
#[derive(Clone, Debug, Serialize)]
pub struct Run {
    /// Clients at once.
    pub clients: usize,
    /// Life cycles.
    pub cycles: usize,
    /// How long it took.
    pub seconds: f64,
    /// Life cycles a second.
    pub cycles_per_second: f64,
    /// Durable commands a second.
    pub commands_per_second: f64,
    /// Processor time of a command, load generator and registry included, in milliseconds. It depends less on what else
    /// the machine does than a rate.
    pub processor_ms: f64,
    /// By method, and of all.
    pub latencies: Vec<Latency>,
    /// How commands shared transactions.
    pub batches: Batches,
    /// From an event's record to its frame at a follower.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery: Option<Latency>,
    /// What pgbench made of the statements of one command, a transaction each, with as many clients, a second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pgbench_per_second: Option<f64>,
}

/// All runs.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// `sqlite` or `postgres`.
    pub database: String,
    /// Whether scoring followed meanwhile.
    pub scoring: bool,
    /// The seed.
    pub seed: u64,
    /// Connections shared by the clients.
    pub connections: usize,
    /// Changes that may share a transaction.
    pub changes: usize,
    /// The most memory the process had, load generator included.
    pub memory_mib: u64,
    /// One for each number of clients.
    pub runs: Vec<Run>,
    /// How fast scoring took in what was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub catch_up: Option<CatchUp>,
}

impl Tally {
    pub(super) fn record(&mut self, call: Call, took: Duration) {
        self.0.entry(call).or_default().push(micros(took));
    }

    pub(super) fn add(&mut self, other: Self) {
        for (call, theirs) in other.0 {
            self.0.entry(call).or_default().extend(theirs);
        }
    }

    #[allow(clippy::cast_precision_loss)] // figures for people
    pub(super) fn run(
        self,
        clients: usize,
        cycles: usize,
        (took, processor): (Duration, Duration),
        batches: Batches,
        delivery: Option<Latency>,
        pgbench_per_second: Option<f64>,
    ) -> Run {
        let mut all = histogram();
        let mut latencies = vec![];
        for (call, took) in &self.0 {
            let mut one = histogram();
            for it in took {
                one.saturating_record(*it);
                all.saturating_record(*it);
            }
            latencies.push(latency(call.method(), &one));
        }
        latencies.insert(0, latency("all", &all));
        let seconds = took.as_secs_f64();
        Run {
            clients,
            cycles,
            seconds,
            cycles_per_second: cycles as f64 / seconds,
            commands_per_second: (cycles * CALLS) as f64 / seconds,
            processor_ms: processor.as_secs_f64() * 1000.0 / (cycles * CALLS) as f64,
            latencies,
            batches,
            delivery,
            pgbench_per_second,
        }
    }
}

impl Pace {
    pub(super) fn new(rate: Option<u32>) -> Self {
        Self {
            next: tokio::sync::Mutex::new(Instant::now()),
            between: rate
                .filter(|it| *it > 0)
                .map(|it| Duration::from_secs(1) / it),
        }
    }

    /// Returns when the next call may begin.
    pub(super) async fn turn(&self) {
        let Some(between) = self.between else { return };
        let mine = {
            let mut next = self.next.lock().await;
            let mine = (*next).max(Instant::now());
            *next = mine + between;
            mine
        };
        tokio::time::sleep_until(mine.into()).await;
    }
}

/// Which events were recorded together: the committer gives all events of a transaction one record time.
pub(super) async fn batches(
    services: &Services,
    district: &str,
    after: i64,
    until: i64,
) -> anyhow::Result<Batches> {
    let request = WatchEventsRequest {
        district: format!("districts/{district}"),
        after_position: after,
        ..Default::default()
    };
    let mut frames = services.events().watch_events(request).await?.into_inner();
    let mut sizes: BTreeMap<(i64, i32), usize> = BTreeMap::new();
    let mut seen = after;
    while seen < until {
        let Some(frame) = frames.message().await? else {
            break;
        };
        let Some(Frame::Events(page)) = frame.frame else {
            continue;
        };
        for event in page.events.iter().filter(|it| it.position <= until) {
            let at = event.record_time.unwrap_or_default();
            *sizes.entry((at.seconds, at.nanos)).or_default() += 1;
        }
        seen = page.events.last().map_or(seen, |it| it.position);
    }
    let mut sizes: Vec<usize> = sizes.into_values().collect();
    sizes.sort_unstable();
    Ok(Batches {
        count: sizes.len(),
        events: sizes.iter().sum(),
        p50: sizes.get(sizes.len() / 2).copied().unwrap_or_default(),
        max: sizes.last().copied().unwrap_or_default(),
    })
}

/// Up to ten minutes, to three digits.
pub(super) fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 600_000_000, 3).unwrap_or_else(|_| unreachable!("fixed bounds"))
}

pub(super) fn micros(took: Duration) -> u64 {
    u64::try_from(took.as_micros()).unwrap_or(u64::MAX)
}

#[allow(clippy::cast_precision_loss)] // figures for people
pub(super) fn latency(of: &str, it: &Histogram<u64>) -> Latency {
    let ms = |micros: u64| micros as f64 / 1000.0;
    Latency {
        of: of.to_owned(),
        count: it.len(),
        p50: ms(it.value_at_quantile(0.5)),
        p90: ms(it.value_at_quantile(0.9)),
        p99: ms(it.value_at_quantile(0.99)),
        max: ms(it.max()),
    }
}

impl Report {
    /// Shows it.
    pub fn show(&self, output: Output) {
        output.json(&serde_json::to_value(self).unwrap_or_default());
        let with = if self.scoring { "with" } else { "without" };
        output.line(format!(
            "{}, {with} scoring, seed {}, {} connections, at most {} changes a transaction; peak memory of the process {} MiB",
            self.database, self.seed, self.connections, self.changes, self.memory_mib
        ));
        for run in &self.runs {
            output.line(format!(
                "\n{} client(s): {} life cycles in {:.2} s = {:.1} life cycles/s, {:.0} commands/s; processor time {:.3} ms a command",
                run.clients,
                run.cycles,
                run.seconds,
                run.cycles_per_second,
                run.commands_per_second,
                run.processor_ms
            ));
            output.line(format!(
                "{} events in {} transactions, half of them with {} or fewer, at most {}",
                run.batches.events, run.batches.count, run.batches.p50, run.batches.max
            ));
            if let Some(beside) = run.pgbench_per_second {
                output.line(format!(
                    "pgbench, a transaction for each command: {beside:.0}/s; ratio {:.2}",
                    run.commands_per_second / beside
                ));
            }
            let mut table =
                Table::new(["call", ">count", ">p50 ms", ">p90 ms", ">p99 ms", ">max ms"]);
            for it in run.latencies.iter().chain(&run.delivery) {
                table.row([
                    it.of.clone(),
                    it.count.to_string(),
                    format!("{:.2}", it.p50),
                    format!("{:.2}", it.p90),
                    format!("{:.2}", it.p99),
                    format!("{:.2}", it.max),
                ]);
            }
            output.table(&table);
        }
        if let Some(it) = &self.catch_up {
            output.line(format!(
                "\nscoring, from an empty database: {} events in {:.2} s = {:.0}/s; written {:.0}/s; ratio {:.2}",
                it.events, it.seconds, it.events_per_second, it.written_per_second, it.ratio
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_rate_is_kept_over_all_clients() {
        let pace = Pace::new(Some(1000));
        let began = Instant::now();
        for _ in 0..51 {
            pace.turn().await;
        }
        let took = began.elapsed();
        assert!(took >= Duration::from_millis(49), "{took:?}");
    }

    #[test]
    fn latencies_add_up_over_clients_and_calls() {
        let (mut one, mut two) = (Tally::default(), Tally::default());
        one.record(Call::Sign, Duration::from_millis(1));
        two.record(Call::Sign, Duration::from_millis(3));
        two.record(Call::Check, Duration::from_millis(9));
        one.add(two);
        let took = (Duration::from_secs(2), Duration::from_millis(11));
        let run = one.run(2, 1, took, Batches::default(), None, None);
        let counts: Vec<(&str, u64)> = run
            .latencies
            .iter()
            .map(|it| (it.of.as_str(), it.count))
            .collect();
        assert_eq!(
            counts,
            [("all", 3), ("SignAssignment", 2), ("CheckAssignment", 1)]
        );
        assert!((run.latencies[0].max - 9.0).abs() < 0.02);
        assert!((run.commands_per_second - 11.0).abs() < f64::EPSILON);
        assert!((run.processor_ms - 0.5).abs() < f64::EPSILON);
    }
}
