//! What must hold afterwards, whatever happened: I1 to I10.
//!
//! | | |
//! |---|---|
//! | I1 | every acknowledged command's effect is in the log |
//! | I2 | once, in one piece; an unknown one at most once; a refused one never; no effect without a command |
//! | I3 | positions 1..n, chains, checkpoints: read over the wire, and proved by the services' own `verify` |
//! | I4 | versions 1..k; every state is the fold of its events |
//! | I5 | the ledger is what the log says |
//! | I6 | every timer that came due fired once, none early |
//! | I7 | no task that has ended has an open assignment |
//! | I8 | nobody checks what his organization did |
//! | I9 | every change says who, for whom and by which call; a call that is denied is on record, also if the service is killed |
//! | I10 | the databases' own checks pass |

use std::{
    collections::{HashMap, HashSet},
    time::{Duration, Instant},
};

use anyhow::Context;
use liandong_proto::{
    dispatch::{
        Event, ListTasksRequest, ListTasksResponse, Task, WatchEventsRequest, WatchEventsResponse,
        assignment::State, event::Payload, task, watch_events_response::Frame,
    },
    scoring::{
        GetFeedStatusRequest, GetFeedStatusResponse, Verification, VerifyLedgerRequest,
        VerifyLedgerResponse, verify_ledger_response::Step,
    },
    types::{DeniedCall, ListDeniedCallsRequest, ListDeniedCallsResponse, Role},
};
use prost::Message;
use tonic::Code;

use crate::{
    caller::{Answer, Call, Caller, DISTRICT, Who},
    history::{End, Entry, History},
    street,
    suite::Suite,
};

/// How long everything may take to come to rest.
const REST: Duration = Duration::from_secs(60);
/// No pause that the traffic asks for lasts longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(4);
/// A timer that is later than this when the faults are over was forgotten.
const LATE: i64 = 30_000_000;

/// Asks everything. The services must be reachable; they are ended on the way.
pub(crate) async fn world(suite: &mut Suite, history: &History) -> anyhow::Result<Vec<String>> {
    let caller = suite.caller(0);
    at_rest(suite).await?;
    let events = whole_log(suite, &caller).await?;
    let mut wrong = history.all_wrong();
    in_order(&events, &mut wrong);
    effects(&events, &history.entries(), &mut wrong);
    timers(&events, &mut wrong);
    authors(&events, &mut wrong);
    tasks(&caller, &mut wrong).await?;
    ledger(&caller, events.len() as i64, &mut wrong).await?;
    for name in ["registry", "dispatch", "scoring"] {
        denial(suite, name, &mut wrong).await?;
    }
    if !wrong.is_empty() {
        println!("{}", suite.last_words());
    }
    for name in suite.names() {
        if !suite.end(&name) {
            wrong.push(format!("{name} did not stop in order"));
        }
    }
    for name in ["dispatch", "registry", "scoring"] {
        match suite.verify(name) {
            Ok(proved) if name == "dispatch" && proved["events"] != events.len() => {
                let text = format!("I3 verify found {proved}, the wire {} events", events.len());
                wrong.push(text);
            }
            Ok(_) => {}
            Err(error) => wrong.push(format!("I3 I4 I10 {error}")),
        }
    }
    Ok(wrong)
}

/// The log when nothing is added to it any more: the last pauses have ended.
pub(crate) async fn whole_log(suite: &Suite, caller: &Caller) -> anyhow::Result<Vec<Event>> {
    let began = Instant::now();
    loop {
        let events = log(caller).await.context("reading the log")?;
        let still = suite
            .verify("dispatch")
            .map_or(true, |it| it["events"] == events.len());
        let pause = LONGEST_PAUSE.saturating_sub(began.elapsed());
        if still && pause.is_zero() || began.elapsed() > REST {
            return Ok(events);
        }
        tokio::time::sleep(pause.max(Duration::from_millis(100))).await;
    }
}

/// Waits until no timer is due.
async fn at_rest(suite: &Suite) -> anyhow::Result<()> {
    let began = Instant::now();
    while began.elapsed() < REST {
        // A log that does not verify is for later to say.
        let Ok(proved) = suite.verify("dispatch") else {
            return Ok(());
        };
        if proved["timers_due"].as_u64().unwrap_or_default() == 0 {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    anyhow::bail!("timers do not come to rest")
}

/// The whole log, as the wire gives it.
pub(crate) async fn log(caller: &Caller) -> anyhow::Result<Vec<Event>> {
    let request = WatchEventsRequest {
        district: format!("districts/{DISTRICT}"),
        ..Default::default()
    };
    let call = Call {
        deadline: Duration::from_secs(300),
        trace: None,
    };
    let method = "dispatch.v1.EventService/WatchEvents";
    let mut stream = caller
        .open(method, &street::auditor(), request.encode_to_vec(), &call)
        .await?;
    let mut events = Vec::new();
    while let Some(bytes) = stream.message().await? {
        if let Some(Frame::Events(batch)) = WatchEventsResponse::decode(bytes)?.frame {
            events.extend(batch.events);
        }
    }
    Ok(events)
}

/// I3, I4: nothing missing, nothing twice.
pub(crate) fn in_order(events: &[Event], wrong: &mut Vec<String>) {
    let mut versions: HashMap<&str, i64> = HashMap::new();
    let mut ids = HashSet::new();
    for (index, event) in events.iter().enumerate() {
        if event.position != index as i64 + 1 {
            wrong.push(format!(
                "I3 position {} in place {}",
                event.position,
                index + 1
            ));
        }
        if !ids.insert(&event.id) {
            wrong.push(format!("I3 event {} twice", event.id));
        }
        let version = versions.entry(&event.aggregate).or_default();
        *version += 1;
        if event.version != *version {
            let text = format!("I4 {} has version {}", event.aggregate, event.version);
            wrong.push(format!("{text}, expected {version}"));
        }
    }
}

/// I1, I2.
pub(crate) fn effects(events: &[Event], entries: &[Entry], wrong: &mut Vec<String>) {
    let mut caused: HashMap<u128, Vec<&Event>> = HashMap::new();
    for event in events {
        let trace = u128::from_str_radix(&event.trace_id, 16).unwrap_or_default();
        caused.entry(trace).or_default().push(event);
    }
    let runs: HashSet<u64> = entries.iter().map(|it| (it.trace >> 64) as u64).collect();
    for entry in entries {
        let effects = caused.remove(&entry.trace).unwrap_or_default();
        let many = effects.iter().filter(|it| kind(it) == entry.causes).count();
        let what = format!(
            "{} {:?} after {} attempts",
            entry.causes, entry.end, entry.attempts
        );
        match (&entry.end, many) {
            (End::Done, 0) => wrong.push(format!("I1 lost: {what}")),
            (_, 2..) => wrong.push(format!("I2 {many} times: {what}")),
            (End::Refused(_), 1) => wrong.push(format!("I2 happened: {what}")),
            _ => {}
        }
        let torn = effects
            .windows(2)
            .any(|it| it[1].position != it[0].position + 1);
        if torn && many < 2 {
            wrong.push(format!("I2 not in one piece: {what}"));
        }
    }
    for (trace, events) in caused {
        if runs.contains(&((trace >> 64) as u64)) {
            wrong.push(format!("I2 {} without a command", kind(events[0])));
        }
    }
}

/// I6, for pauses: granted ones end by themselves, once, never before their time.
pub(crate) fn timers(events: &[Event], wrong: &mut Vec<String>) {
    let micros = |it: &Option<prost_types::Timestamp>| {
        it.as_ref()
            .map_or(0, |it| it.seconds * 1_000_000 + i64::from(it.nanos) / 1000)
    };
    let now = events
        .iter()
        .map(|it| micros(&it.record_time))
        .max()
        .unwrap_or_default();
    // By assignment: until when it is paused; then how often it went on.
    let mut asked: HashMap<&str, i64> = HashMap::new();
    let mut paused: HashMap<&str, i64> = HashMap::new();
    for event in events {
        let Some(facts) = &event.facts else { continue };
        let assignment = facts.assignment.as_str();
        match &event.payload {
            Some(Payload::HoldRequested(it)) => {
                let until = it.hold.as_ref().map_or(0, |it| micros(&it.until_time));
                asked.insert(assignment, until);
            }
            Some(Payload::HoldAnswered(_)) if facts.state() == State::OnHold => {
                paused.insert(
                    assignment,
                    asked.get(assignment).copied().unwrap_or_default(),
                );
            }
            Some(Payload::AssignmentResumed(_)) => match paused.remove(assignment) {
                None => wrong.push(format!("I6 {assignment} went on twice")),
                Some(until)
                    if event.organization.is_empty() && micros(&event.occur_time) < until =>
                {
                    wrong.push(format!("I6 {assignment} went on before its time"));
                }
                Some(_) => {}
            },
            Some(Payload::AssignmentReleased(_)) => drop(paused.remove(assignment)),
            _ => {}
        }
    }
    for (assignment, until) in paused {
        if now > until + LATE {
            wrong.push(format!("I6 {assignment} never went on"));
        }
    }
}

/// I9.
fn authors(events: &[Event], wrong: &mut Vec<String>) {
    for event in events {
        let (by_itself, person) = (event.organization.is_empty(), event.person.as_str());
        if person.is_empty() || by_itself && person != "dispatch" {
            wrong.push(format!(
                "I9 nobody did {} at {}",
                kind(event),
                event.position
            ));
        }
        // What a timer does belongs to no call.
        if event.traceparent.is_empty() && !by_itself {
            wrong.push(format!(
                "I9 no trace of {} at {}",
                kind(event),
                event.position
            ));
        }
    }
}

/// I9: whoever is denied is on record before he learns it.
async fn denial(suite: &mut Suite, name: &str, wrong: &mut Vec<String>) -> anyhow::Result<()> {
    let (method, stranger) = (suite.question(name), Who::new("audit", "stranger", &[]));
    let call = Call {
        trace: Some(0xdead),
        ..Call::default()
    };
    let answer = suite
        .caller_of(name)
        .call(method, &stranger, vec![], &call)
        .await;
    if !matches!(answer, Answer::Refused(Code::PermissionDenied, _)) {
        wrong.push(format!("I9 a stranger is told by {name}: {answer:?}"));
    }
    suite.kill(name);
    suite.begin(name)?;
    suite.ready(name).await?;
    let asked = ListDeniedCallsRequest {
        person: stranger.person,
        ..Default::default()
    };
    let list = "type.v1.AuditService/ListDeniedCalls";
    let page: ListDeniedCallsResponse = suite
        .caller_of(name)
        .read(list, &street::auditor(), &asked, REST)
        .await?;
    let trace = format!("{:032x}", 0xdead);
    let told = |it: &DeniedCall| it.method.ends_with(method) && it.trace_id == trace;
    if !page.denied_calls.iter().any(told) {
        wrong.push(format!(
            "I9 {name} has no record of a denied call: {page:?}"
        ));
    }
    Ok(())
}

/// I7, I8, I4 as a reader sees them.
pub(crate) async fn tasks(caller: &Caller, wrong: &mut Vec<String>) -> anyhow::Result<()> {
    let everybody = Who::new("audit", "lu-zimin", &[Role::Auditor, Role::Viewer]);
    let mut page_token = String::new();
    loop {
        let request = ListTasksRequest {
            page_size: 200,
            page_token,
            ..Default::default()
        };
        let method = "dispatch.v1.TaskService/ListTasks";
        let page: ListTasksResponse = caller.read(method, &everybody, &request, REST).await?;
        for it in &page.tasks {
            task(it, wrong);
        }
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(());
        }
    }
}

fn task(task: &Task, wrong: &mut Vec<String>) {
    for it in &task.assignments {
        let ended = matches!(
            it.state(),
            State::Done | State::Withdrawn | State::Informed | State::Released
        );
        let over = matches!(task.state(), task::State::Finished | task::State::Cancelled);
        if over && !ended {
            wrong.push(format!(
                "I7 {} is {:?} in a task that has ended",
                it.name,
                it.state()
            ));
        }
        for check in it.rounds.iter().filter_map(|round| round.check.as_ref()) {
            if check.organization == it.organization || check.person == it.signer {
                wrong.push(format!("I8 {} was checked by its handler", it.name));
            }
        }
    }
}

/// I5.
pub(crate) async fn ledger(
    caller: &Caller,
    head: i64,
    wrong: &mut Vec<String>,
) -> anyhow::Result<()> {
    if !caught_up(caller, head, wrong).await? {
        return Ok(());
    }
    match recomputed(caller).await? {
        Some(it) if it.equal => {}
        other => wrong.push(format!("I5 {other:?}")),
    }
    Ok(())
}

/// Waits until scoring has applied the log up to its head; whether it has.
pub(crate) async fn caught_up(
    caller: &Caller,
    head: i64,
    wrong: &mut Vec<String>,
) -> anyhow::Result<bool> {
    let who = street::assessor();
    let began = Instant::now();
    loop {
        let method = "scoring.v1.FeedService/GetFeedStatus";
        let answer: GetFeedStatusResponse = caller
            .read(method, &who, &GetFeedStatusRequest {}, REST)
            .await?;
        let status = answer.status.unwrap_or_default();
        if !status.stop_reason.is_empty() {
            wrong.push(format!("I5 scoring stopped: {}", status.stop_reason));
            return Ok(false);
        }
        if status.position >= head {
            return Ok(true);
        }
        if began.elapsed() > REST * 4 {
            wrong.push(format!("I5 scoring is at {} of {head}", status.position));
            return Ok(false);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// What a recomputation of everything scoring has comes to.
pub(crate) async fn recomputed(caller: &Caller) -> anyhow::Result<Option<Verification>> {
    let call = Call {
        deadline: Duration::from_secs(300),
        trace: None,
    };
    let body = VerifyLedgerRequest::default().encode_to_vec();
    let method = "scoring.v1.LedgerService/VerifyLedger";
    let mut steps = caller
        .open(method, &street::assessor(), body, &call)
        .await?;
    let mut result = None;
    while let Some(bytes) = steps.message().await? {
        if let Some(Step::Result(it)) = VerifyLedgerResponse::decode(bytes)?.step {
            result = Some(it);
        }
    }
    Ok(result)
}

/// What happened: `AssignmentSigned`.
pub(crate) fn kind(event: &Event) -> String {
    let text = format!("{:?}", event.payload);
    let name = text.strip_prefix("Some(").unwrap_or_default();
    name.split('(').next().unwrap_or_default().to_owned()
}
