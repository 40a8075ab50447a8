//! `liandong bench --open N,N`: do lists, inboxes and timers stay as fast among a million open tasks as among few?
//!
//! Nearly all of them are one department's; another one has a few hundred, and reads its own lists too.
//!
//! ```text
//! a task for each, over gRPC ─▶ services stop ─▶ copies of it ─▶ services start ─▶ reads, one after the other ─▶ pauses
//! ```
//! One caller, so that a figure is the time of one call. Each open task is a pending timer too; the pauses are real ones, that
//! end while all the others wait, and late is how long after its time the end is on record.

use std::time::{Duration, Instant};

use anyhow::Context;
use futures::{TryStreamExt, stream};
use hdrhistogram::Histogram;
use liandong_proto::dispatch::{
    AnswerHoldRequest, CommitAssignmentRequest, GetTaskRequest, HoldGround, IssueTaskRequest,
    ListAssignmentsRequest, ListCasesRequest, ListTasksRequest, Participant, PlanTaskRequest,
    PullInboxRequest, RequestHoldRequest, Role, SignAssignmentRequest, Task, WatchEventsRequest,
    answer::Decision, event::Payload, task::CompletionRule, watch_events_response::Frame,
};
use liandong_proto::types::Act;
use serde::Serialize;
use time::OffsetDateTime;

use super::{
    Options,
    copies::Original,
    street::{self, Cast},
    tally::{Latency, histogram, latency, micros},
};
use crate::{
    output::{Output, Table, words},
    replay::{head, outcome::memory_mib},
    up::{self, Running, StreetSource},
};

/// Calls of each kind.
const CALLS: usize = 300;
/// Open tasks of the department that has few.
const FEW: usize = 300;
/// Pages of one walk through a list.
const PAGES: usize = 20;
/// Pauses that end while the others wait.
const PAUSES: usize = 200;
/// Between the ends of two pauses.
const BETWEEN: Duration = Duration::from_millis(25);
/// For making the pauses before the first ends.
const HEAD_START: Duration = Duration::from_secs(20);

/// What was measured among so many open tasks.
#[derive(Clone, Debug, Serialize)]
pub struct Crowd {
    /// Open tasks, each with a timer.
    pub open: usize,
    /// From the launch of the services until each answered.
    pub start_ms: u128,
    /// By call; `pause` is from the time a pause was to end until its end is on record.
    pub latencies: Vec<Latency>,
    /// The most memory the process had so far.
    pub memory_mib: u64,
}

/// Measures among each of these numbers of open tasks, which must grow, and shows it.
pub async fn run(options: &Options, sizes: &[usize]) -> anyhow::Result<Vec<Crowd>> {
    let made = tempfile::Builder::new().prefix("liandong-").tempdir()?;
    let up = up::Options {
        data: Some(options.data.clone().unwrap_or(made.path().to_owned())),
        database: options.database.clone(),
        street: StreetSource::Text(street::yaml(), "the bench's street".into()),
        scoring: false,
        ..up::Options::default()
    };
    let running = up::start(up.clone()).await?;
    let cast = Cast::of(&running.session()?)?;
    let mut originals = vec![];
    for unit in [0, 1] {
        let task = issued(&cast, unit).await?;
        let case = task.cases.first().context("a task without a case")?;
        originals.push(Original {
            task: task.name.trim_start_matches("tasks/").to_owned(),
            case: case.trim_start_matches("cases/").to_owned(),
            district: running.endpoints.district.clone(),
        });
    }
    let folder = running.folder.clone();
    running.stop().await?;

    let [many, few] = &originals[..] else {
        anyhow::bail!("two departments");
    };
    let (mut all, mut have) = (vec![], 0);
    for size in sizes {
        let database = up::open_database(&folder, &up, "dispatch").await?;
        if have == 0 {
            // The oldest of all, so that whoever looks for them among the others' has far to go.
            few.copy(&database, 0, FEW.min(*size)).await?;
        }
        many.copy(&database, have.max(FEW.min(*size)), *size)
            .await?;
        database.close().await?;
        have = have.max(*size);
        let running = up::start(up::Options {
            street: StreetSource::Kept,
            ..up.clone()
        })
        .await?;
        let measured = measure(&running, have).await;
        running.stop().await?;
        all.push(measured?);
    }
    show(&all, options.output);
    Ok(all)
}

async fn measure(running: &Running, open: usize) -> anyhow::Result<Crowd> {
    let cast = Cast::of(&running.session()?)?;
    let mut latencies = reads(&cast).await?;
    let late = pauses(running, &cast).await?;
    latencies.push(latency("pause", &late));
    Ok(Crowd {
        open,
        start_ms: running.started_in.as_millis(),
        latencies,
        memory_mib: memory_mib(),
    })
}

/// Makes a call so many times, and says how long each took. The first ones only warm up.
macro_rules! timed {
    ($of:literal, $number:ident => $call:expr) => {{
        let mut took = histogram();
        for $number in 0..CALLS + CALLS / 10 {
            let began = Instant::now();
            $call.await.context($of)?;
            if $number >= CALLS / 10 {
                took.saturating_record(micros(began.elapsed()));
            }
        }
        latency($of, &took)
    }};
}

async fn reads(cast: &Cast) -> anyhow::Result<Vec<Latency>> {
    let (street, handler, other) = (&cast.coordinator, &cast.handlers[0], &cast.handlers[1]);
    let list = |filter: &str| ListTasksRequest {
        filter: filter.into(),
        ..Default::default()
    };
    let issued = "state = ISSUED AND matter = garbage-heap";
    let urgent = || ListTasksRequest {
        order_by: "due_time".into(),
        ..Default::default()
    };
    let (mut token, mut cursor) = (String::new(), String::new());
    let name = street
        .tasks()
        .list_tasks(list(""))
        .await?
        .into_inner()
        .tasks[0]
        .name
        .clone();
    let got = || GetTaskRequest { name: name.clone() };
    Ok(vec![
        timed!("GetTask", _n => street.tasks().get_task(got())),
        timed!("ListTasks", _n => street.tasks().list_tasks(list(""))),
        timed!("ListTasks, filtered", _n => street.tasks().list_tasks(list(issued))),
        timed!("ListTasks, page after page", n => async {
            if n % PAGES == 0 {
                token.clear();
            }
            let page_token = std::mem::take(&mut token);
            let request = ListTasksRequest { page_token, ..Default::default() };
            let page = street.tasks().list_tasks(request).await?.into_inner();
            token = page.next_page_token;
            anyhow::Ok(())
        }),
        timed!("ListAssignments", _n => handler
            .assignments()
            .list_assignments(ListAssignmentsRequest::default())),
        timed!("few of one's own: ListTasks", _n => other.tasks().list_tasks(list(""))),
        timed!("few of one's own: ListTasks, filtered", _n => other.tasks().list_tasks(list(issued))),
        timed!("few of one's own: ListTasks, urgent", _n => other.tasks().list_tasks(urgent())),
        timed!("few of one's own: ListCases", _n => other
            .cases()
            .list_cases(ListCasesRequest::default())),
        timed!("few of one's own: ListAssignments", _n => other
            .assignments()
            .list_assignments(ListAssignmentsRequest::default())),
        timed!("PullInbox, 50 events", _n => async {
            let request = PullInboxRequest {
                group: "crowd".into(),
                max_events: 50,
                ack_through: std::mem::take(&mut cursor),
                ..Default::default()
            };
            let pulled = handler.inbox().pull_inbox(request).await?.into_inner();
            cursor = pulled.events.last().map(|it| it.cursor.clone()).unwrap_or_default();
            anyhow::Ok(())
        }),
    ])
}

/// How late pauses end.
async fn pauses(running: &Running, cast: &Cast) -> anyhow::Result<Histogram<u64>> {
    let district = &running.endpoints.district;
    let service = street::service(&running.session()?)?;
    let before = head(&service, district).await?;
    let first = running.clock.now() + HEAD_START;
    let paused: Vec<(String, OffsetDateTime)> = (0..PAUSES as u32)
        .map(|n| paused(cast, first + BETWEEN * n))
        .collect::<stream::FuturesOrdered<_>>()
        .try_collect()
        .await?;
    let request = WatchEventsRequest {
        district: format!("districts/{district}"),
        after_position: before,
        follow: true,
        ..Default::default()
    };
    let mut frames = service.events().watch_events(request).await?.into_inner();
    let mut late = histogram();
    while late.len() < PAUSES as u64 {
        let frame = frames.message().await?.context("the log ended")?;
        let Some(Frame::Events(page)) = frame.frame else {
            continue;
        };
        for event in page.events {
            let Some(Payload::AssignmentResumed(_)) = event.payload else {
                continue;
            };
            let due = paused.iter().find(|(name, _)| *name == event.aggregate);
            let recorded = event.record_time.as_ref().and_then(words::instant);
            if let (Some((_, due)), Some(recorded)) = (due, recorded) {
                anyhow::ensure!(recorded >= *due, "a pause ended early");
                late.saturating_record(micros((recorded - *due).try_into()?));
            }
        }
    }
    Ok(late)
}

/// An assignment that pauses until then.
async fn paused(cast: &Cast, until: OffsetDateTime) -> anyhow::Result<(String, OffsetDateTime)> {
    let task = issued(cast, 0).await?;
    let name = task.assignments[0].name.clone();
    let mut handler = cast.handlers[0].assignments();
    let sign = SignAssignmentRequest {
        name: name.clone(),
        ..Default::default()
    };
    handler.sign_assignment(sign).await?;
    let commit = CommitAssignmentRequest {
        name: name.clone(),
        ..Default::default()
    };
    handler.commit_assignment(commit).await?;
    let ask = RequestHoldRequest {
        name: name.clone(),
        ground: HoldGround::Weather.into(),
        note: "暴雨".into(),
        until_time: Some(words::timestamp(until)),
        ..Default::default()
    };
    handler.request_hold(ask).await?;
    let grant = AnswerHoldRequest {
        name: name.clone(),
        decision: Decision::Granted.into(),
        ..Default::default()
    };
    cast.coordinator.tasks().answer_hold(grant).await?;
    Ok((task.name, until))
}

/// A task of one part, out.
async fn issued(cast: &Cast, unit: usize) -> anyhow::Result<Task> {
    let part = Participant {
        organization: format!("organizations/{}", street::unit(unit)),
        role: Role::Lead.into(),
        act: Act::Dispose.into(),
        duty: "清运并反馈".into(),
        checker: street::centre(),
        ..Default::default()
    };
    let plan = PlanTaskRequest {
        cases: vec![cast.filed_case().await?],
        plan: "清运".into(),
        participants: vec![part],
        completion_rule: CompletionRule::All.into(),
        ..Default::default()
    };
    let mut tasks = cast.coordinator.tasks();
    let planned = tasks.plan_task(plan).await?.into_inner();
    let issue = IssueTaskRequest {
        name: planned.task.context("no task in the answer")?.name,
        ..Default::default()
    };
    let issued = tasks.issue_task(issue).await?.into_inner();
    issued.task.context("no task in the answer")
}

fn show(all: &[Crowd], output: Output) {
    output.json(&serde_json::to_value(all).unwrap_or_default());
    let Some(first) = all.first() else { return };
    for crowd in all {
        output.line(format!(
            "\n{} open tasks: start {} ms, peak memory of the process {} MiB",
            crowd.open, crowd.start_ms, crowd.memory_mib
        ));
        let mut table = Table::new(["call", ">p50 ms", ">p99 ms", ">max ms", ">p50 ratio"]);
        for (it, least) in crowd.latencies.iter().zip(&first.latencies) {
            table.row([
                it.of.clone(),
                format!("{:.2}", it.p50),
                format!("{:.2}", it.p99),
                format!("{:.2}", it.max),
                format!("{:.2}", it.p50 / least.p50),
            ]);
        }
        output.table(&table);
    }
}
