//! T08: every method that changes something is called fifty times with one request id, while the first answers are
//! lost. There is one effect, and everybody who gets an answer gets the same bytes.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::Duration,
};

use futures::future::join_all;
use liandong_kit::clock;
use liandong_proto::dispatch::{IssueTaskResponse, PlanTaskResponse, ReportCaseResponse};
use prost::{Message, bytes::Bytes};
use prost_reflect::{DynamicMessage, MethodDescriptor, Value};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::Outcome;
use crate::{
    caller::{Answer, Call, Caller, Who},
    check, commands,
    commands::Command,
    described::{Seen, changes, entitled, entitled_as, methods, path},
    history::History,
    hostile::{Hostile, Known},
    recipes::{self, Kept},
    setting::Setting,
    street::{self, LEAD},
    suite::{Backend, Suite},
    traffic::{Load, Traffic, fresh_id, until_done},
};

/// Calls with one request id, some of whose answers are lost.
const TIMES: usize = 50;
const LOST: usize = 5;

pub(super) async fn run(setting: Setting) -> anyhow::Result<Outcome> {
    let mut suite = Suite::start(&setting, Backend::Sqlite, 0).await?;
    let history = std::sync::Arc::new(History::default());
    let mut storm = Storm {
        caller: suite.caller(0),
        lost: suite.lossy_caller().await?,
        next: 0,
        run: setting.dice(7).random_range(1..u64::MAX),
        done: BTreeMap::new(),
        methods: HashMap::new(),
        wrong: Vec::new(),
        last_refusal: String::new(),
    };
    storm.life_cycle().await;
    if !setting.short {
        let refused = storm.cook(&methods()).await?;
        println!("T08 recipes that were refused: {refused:#?}");
    }

    // A street with something in every stage, for requests that are drawn.
    let mut load = Load::usual(vec![suite.caller(0)]);
    load.workers = 6;
    let traffic = Traffic::begin(load, &setting, &history);
    until_done(&history, setting.of(600, 150), Duration::from_secs(60)).await;
    traffic.end().await;

    let all: Vec<MethodDescriptor> = methods().into_iter().filter(changes).collect();
    let tries = setting.of(80, 16);
    let mut random = setting.dice(5);
    let seen = Seen::look(&storm.caller).await;
    for method in &all {
        let known = seen.known(method);
        for number in 0..tries {
            if storm.done.get(&path(method)).copied().unwrap_or_default() >= 2 {
                break;
            }
            let organization = ["street-office", LEAD, street::CENTRE][number % 3];
            let who = entitled(method, organization);
            let request = draw(method, &seen, &known, number, &mut random);
            if storm.may_work(method, &who, request.clone()).await {
                let body = request.encode_to_vec();
                storm.fifty(&path(method), &who, body).await;
            }
        }
    }
    let Storm {
        caller,
        done,
        methods: traces,
        mut wrong,
        ..
    } = storm;
    one_effect(&caller, &traces, &mut wrong).await?;
    wrong.extend(check::world(&mut suite, &history).await?);
    let names: BTreeSet<String> = all.iter().map(path).collect();
    let reached = names.iter().filter(|it| done.contains_key(*it)).count();
    let missed: Vec<&String> = names.iter().filter(|it| !done.contains_key(*it)).collect();
    println!("T08 not reached by any request drawn: {missed:?}");
    Ok(Outcome {
        figure: format!(
            "{TIMES} calls each: {} requests were done, of {reached} of {} methods that change something",
            done.values().sum::<usize>(),
            names.len(),
        ),
        violations: wrong,
    })
}

/// A request that may be right: real names where they fit, real resources where one is asked for.
fn draw(
    method: &MethodDescriptor,
    seen: &Seen,
    known: &Known,
    number: usize,
    random: &mut ChaCha8Rng,
) -> DynamicMessage {
    let now = clock::wall().unix_timestamp();
    let mut hostile = Hostile { random, known, now };
    let body = hostile.message(&method.input(), 3);
    let mut request = DynamicMessage::decode(method.input(), body.as_slice())
        .unwrap_or_else(|_| DynamicMessage::new(method.input()));
    seen.dress(&mut request, number);
    request.set_field_by_name("request_id", Value::String(fresh_id()));
    let _ = request.try_set_field_by_name("validate_only", Value::Bool(false));
    request
}

/// Every trace has one effect: events of one moment, in one piece.
async fn one_effect(
    caller: &Caller,
    methods: &HashMap<u128, String>,
    wrong: &mut Vec<String>,
) -> anyhow::Result<()> {
    let mut effects: HashMap<u128, Vec<(i64, Option<prost_types::Timestamp>)>> = HashMap::new();
    for event in check::log(caller).await? {
        let trace = u128::from_str_radix(&event.trace_id, 16).unwrap_or_default();
        let effect = effects.entry(trace).or_default();
        effect.push((event.position, event.occur_time));
    }
    for (trace, method) in methods {
        let effect = effects.get(trace).map(Vec::as_slice).unwrap_or_default();
        let once = effect
            .windows(2)
            .all(|it| it[1].0 == it[0].0 + 1 && it[1].1 == it[0].1);
        if !once {
            wrong.push(format!("I2 {method} has more than one effect"));
        }
    }
    Ok(())
}

struct Storm {
    caller: Caller,
    /// The same services, but no answer of theirs comes through.
    lost: Caller,
    next: u64,
    run: u64,
    /// How often each method was done.
    done: BTreeMap<String, usize>,
    methods: HashMap<u128, String>,
    wrong: Vec<String>,
    /// Why the last request was not done.
    last_refusal: String,
}

impl Storm {
    /// The commands of a life cycle, each fifty times.
    async fn life_cycle(&mut self) -> Option<()> {
        let (street, handler) = (street::coordinator(0), street::handler(LEAD));
        let id = fresh_id;
        let rejected = self
            .command(&street, commands::report_case("不实", id()))
            .await?;
        let rejected = ReportCaseResponse::decode(rejected).ok()?.case?.name;
        self.command(&street, commands::reject_case(&rejected, id()))
            .await;
        for cancelled in [true, false] {
            let case = self
                .command(&street, commands::report_case("属实", id()))
                .await?;
            let case = ReportCaseResponse::decode(case).ok()?.case?.name;
            self.command(&street, commands::verify_case(&case, id()))
                .await?;
            self.command(&street, commands::file_case(&case, id()))
                .await?;
            let plan = commands::plan_task(&case, &["planning"], id());
            let task = PlanTaskResponse::decode(self.command(&street, plan).await?)
                .ok()?
                .task?;
            let issue = commands::issue_task(&task.name, id());
            let task = self.command(&street, issue).await?;
            let task = IssueTaskResponse::decode(task).ok()?.task?;
            let order = &task.assignments.first()?.name;
            self.command(&handler, commands::sign(order, id())).await?;
            if cancelled {
                self.command(&street, commands::cancel_task(&task.name, id()))
                    .await;
                continue;
            }
            self.command(&handler, commands::object(order, id())).await;
            self.command(&street, commands::reject_objection(order, id()))
                .await;
            let until = clock::wall() + Duration::from_secs(3600);
            for (who, command) in [
                (&handler, commands::ask_hold(order, until, id())),
                (&street, commands::grant_hold(order, id())),
                (&handler, commands::resume(order, id())),
                (&handler, commands::ask_extension(order, id())),
                (&street, commands::grant_extension(order, id())),
            ] {
                self.command(who, command).await;
            }
            for round in 0..2 {
                self.command(&handler, commands::commit(order, id())).await;
                self.command(&handler, commands::report_in(order, id()))
                    .await;
                self.command(&handler, commands::report(order, id())).await;
                let check = commands::check(order, round > 0, id());
                self.command(&street::checker(), check).await;
            }
        }
        Some(())
    }

    async fn command(&mut self, who: &Who, command: Command) -> Option<Bytes> {
        let answer = self.fifty(command.method, who, command.body).await;
        if answer.is_none() {
            self.wrong.push(format!("{} was not done", command.method));
        }
        answer
    }

    /// What the recipes ask, each fifty times; which were refused.
    async fn cook(&mut self, all: &[MethodDescriptor]) -> anyhow::Result<Vec<String>> {
        let (mut kept, mut refused) = (Kept::default(), Vec::new());
        for recipe in recipes::all()? {
            let method = all.iter().find(|it| path(it) == recipe.method());
            let Some(method) = method else {
                refused.push(format!("{}: no such method", recipe.method()));
                continue;
            };
            let who = entitled_as(method, recipe.by(), recipe.person());
            let mut request = match recipe.request(method, &kept) {
                Ok(request) => request,
                Err(error) => {
                    refused.push(format!("{}: {error:#}", recipe.method()));
                    continue;
                }
            };
            let answer = if recipe.looks() {
                let (body, call) = (request.encode_to_vec(), Call::default());
                match self.caller.call(recipe.method(), &who, body, &call).await {
                    Answer::Done(bytes) => Some(bytes),
                    _ => None,
                }
            } else {
                request.set_field_by_name("request_id", Value::String(fresh_id()));
                self.fifty(recipe.method(), &who, request.encode_to_vec())
                    .await
            };
            match answer {
                Some(bytes) => recipe.learn(method, bytes, &mut kept)?,
                None => {
                    let why = self.last_refusal.clone();
                    refused.push(format!("{} by {}: {why}", recipe.method(), recipe.by()));
                }
            }
        }
        Ok(refused)
    }

    /// Whether a request is worth fifty calls: where it can be asked without being done, it is asked.
    async fn may_work(
        &self,
        method: &MethodDescriptor,
        who: &Who,
        mut request: DynamicMessage,
    ) -> bool {
        if method.input().get_field_by_name("validate_only").is_none() {
            return true;
        }
        request.set_field_by_name("validate_only", Value::Bool(true));
        let (body, call) = (request.encode_to_vec(), Call::default());
        let answer = self.caller.call(&path(method), who, body, &call).await;
        !matches!(answer, Answer::Refused(..))
    }

    /// Sends one request fifty times; what it was answered, if it was done.
    async fn fifty(&mut self, method: &str, who: &Who, body: Vec<u8>) -> Option<Bytes> {
        self.next += 1;
        let trace = u128::from(self.run) << 64 | u128::from(self.next);
        self.methods.insert(trace, method.to_owned());
        let call = Call {
            deadline: Duration::from_secs(10),
            trace: Some(trace),
        };
        // First those whose answers never come; nobody waits for them.
        let (lost, shot) = (
            self.lost.clone(),
            (method.to_owned(), who.clone(), body.clone()),
        );
        let unheard = tokio::spawn(async move {
            let (method, who, body) = shot;
            let calls = (0..LOST).map(|_| lost.call(&method, &who, body.clone(), &call));
            join_all(calls).await
        });
        tokio::time::sleep(Duration::from_millis(15)).await;
        let calls = (LOST..TIMES).map(|_| self.caller.call(method, who, body.clone(), &call));
        let answers = join_all(calls).await;
        unheard.abort();
        let mut done: Option<&Bytes> = None;
        let mut others = BTreeSet::new();
        for answer in &answers {
            match answer {
                Answer::Done(bytes) if done.is_some_and(|it| it != bytes) => {
                    let text = format!("{method} answered one request in different ways");
                    self.wrong.push(text);
                    return None;
                }
                Answer::Done(bytes) => done = Some(bytes),
                Answer::Refused(code, reason) => {
                    others.insert(format!("{code:?} {reason}"));
                }
                Answer::Broken(code, said) => {
                    self.wrong
                        .push(format!("{method} failed by itself: {code:?} {said}"));
                }
                Answer::Unknown(..) => {}
            }
        }
        if done.is_some() && !others.is_empty() {
            let text = format!("{method} was done and refused with one request id: {others:?}");
            self.wrong.push(text);
        }
        self.last_refusal = others.iter().cloned().collect();
        if done.is_some() {
            *self.done.entry(method.to_owned()).or_default() += 1;
        }
        done.cloned()
    }
}
