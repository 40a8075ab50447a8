//! Seeded traffic of a whole street: coordinators take cases in and send tasks out, ten departments work on them, the
//! centre checks. Every command has a request id and a trace of its own and is sent again until its end is known.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use liandong_kit::clock;
use liandong_proto::dispatch::{
    Assignment, GetAssignmentRequest, GetAssignmentResponse, IssueTaskResponse, PlanTaskResponse,
    ReportCaseResponse, SignAssignmentResponse, assignment::State,
};
use prost::{Message, bytes::Bytes};
use rand::{Rng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use tokio::task::JoinSet;
use tonic::Code;
use uuid::Uuid;

use crate::{
    caller::{Answer, Call, Caller, Who},
    commands::{self, Command},
    history::{End, Entry, History},
    setting::Setting,
    street::{self, DEPARTMENTS},
};

/// How much traffic, and how patient its callers are.
#[derive(Clone)]
pub(crate) struct Load {
    /// One per replica of dispatch; whoever gets no answer asks the next.
    pub(crate) callers: Vec<Caller>,
    /// Cases that are worked on at once.
    pub(crate) workers: usize,
    /// Commands a second, all together, at most.
    pub(crate) rate: u32,
    /// How long a command is sent again before its end is given up as unknown.
    pub(crate) patience: Duration,
    /// The deadline of each attempt.
    pub(crate) deadline: Duration,
    /// Whether an answer after the deadline is the service's fault: not where the caller's own link is bad.
    pub(crate) strict: bool,
    /// Whether a pause may be refused at any time: where the services' clocks are not ours.
    pub(crate) late_pauses: bool,
    /// Whether four of five attempts are given up after a few milliseconds.
    pub(crate) hasty: bool,
}

impl Load {
    /// What most trials use.
    pub(crate) fn usual(callers: Vec<Caller>) -> Self {
        Self {
            callers,
            workers: 24,
            rate: 300,
            patience: Duration::from_secs(30),
            deadline: Duration::from_secs(5),
            strict: false,
            late_pauses: false,
            hasty: false,
        }
    }
}

/// Traffic that runs until it is told to end.
pub(crate) struct Traffic {
    shared: Arc<Shared>,
    workers: JoinSet<()>,
}

struct Shared {
    load: Load,
    history: Arc<History>,
    stop: AtomicBool,
    /// High half of every trace: this run's.
    run: u64,
    commands: AtomicU64,
    began: Instant,
}

impl Traffic {
    pub(crate) fn begin(load: Load, setting: &Setting, history: &Arc<History>) -> Self {
        let shared = Arc::new(Shared {
            history: history.clone(),
            stop: AtomicBool::new(false),
            run: setting.dice(1).random_range(1..u64::MAX),
            commands: AtomicU64::new(0),
            began: Instant::now(),
            load,
        });
        let mut workers = JoinSet::new();
        for number in 0..shared.load.workers {
            let mut worker = Worker {
                shared: shared.clone(),
                number,
                dice: setting.dice(100 + number as u64),
                replica: number % shared.load.callers.len(),
            };
            workers.spawn(async move {
                while !worker.over() {
                    worker.case().await;
                }
            });
        }
        Self { shared, workers }
    }

    /// Ends it: commands that are under way are sent again until their end is known, no more begin.
    pub(crate) async fn end(mut self) {
        self.shared.stop.store(true, Relaxed);
        while let Some(ended) = self.workers.join_next().await {
            ended.expect("a worker of the tests");
        }
    }
}

struct Worker {
    shared: Arc<Shared>,
    number: usize,
    dice: ChaCha8Rng,
    replica: usize,
}

impl Worker {
    fn over(&self) -> bool {
        self.shared.stop.load(Relaxed)
    }

    /// One case from its report to its end, wherever chance leads. `None`: given up.
    async fn case(&mut self) -> Option<()> {
        let who = street::coordinator(self.number);
        let title = format!("路边堆放垃圾 {}", self.id());
        let command = commands::report_case(&title, self.id());
        let case = self.done::<ReportCaseResponse>(&who, command).await?;
        let case = case.case?.name;
        if self.dice.random_ratio(1, 15) {
            let command = commands::reject_case(&case, self.id());
            return self.send(&who, command).await.map(drop);
        }
        let command = commands::verify_case(&case, self.id());
        self.send(&who, command).await?;
        let command = commands::file_case(&case, self.id());
        self.send(&who, command).await?;
        let many = self.dice.random_range(0..3);
        let supporters: Vec<&str> = DEPARTMENTS
            .choose_multiple(&mut self.dice, many)
            .copied()
            .collect();
        let command = commands::plan_task(&case, &supporters, self.id());
        let task = self.done::<PlanTaskResponse>(&who, command).await?.task?;
        let command = commands::issue_task(&task.name, self.id());
        let task = self.done::<IssueTaskResponse>(&who, command).await?.task?;
        if self.dice.random_ratio(1, 20) {
            let command = commands::cancel_task(&task.name, self.id());
            return self.send(&who, command).await.map(drop);
        }
        for assignment in task.assignments {
            self.work(&who, assignment).await?;
        }
        Some(())
    }

    /// One department's part, until it is done and checked.
    async fn work(&mut self, coordinator: &Who, mut order: Assignment) -> Option<()> {
        let organization = order
            .organization
            .strip_prefix("organizations/")?
            .to_owned();
        let handler = street::handler(&organization);
        let name = order.name.clone();
        let (mut objects, mut pauses) =
            (self.dice.random_ratio(1, 12), self.dice.random_ratio(1, 8));
        for _ in 0..30 {
            let id = self.id();
            order = match order.state() {
                State::Offered => self.step(&handler, commands::sign(&name, id)).await?,
                State::Signed if objects => {
                    objects = false;
                    self.send(&handler, commands::object(&name, id)).await?;
                    let command = commands::reject_objection(&name, self.id());
                    self.send(coordinator, command).await?;
                    self.look(&handler, &name).await?
                }
                State::Signed if pauses => {
                    pauses = false;
                    let until =
                        clock::wall() + Duration::from_millis(self.dice.random_range(1500..4000));
                    // Under faults its end may have come before it is asked for: then the rules say no, which is right.
                    let command = commands::ask_hold(&name, until, id);
                    if let Err(reason) = self.try_send(&handler, command).await?
                        && clock::wall() < until
                        && !self.shared.load.late_pauses
                    {
                        let text = format!("a pause was refused in time: {reason}");
                        self.shared.history.wrong(text);
                        return None;
                    }
                    // Or before it is granted.
                    let command = commands::grant_hold(&name, self.id());
                    let _ = self.try_send(coordinator, command).await?;
                    self.look(&handler, &name).await?
                }
                State::Signed => self.step(&handler, commands::commit(&name, id)).await?,
                State::Committed => self.step(&handler, commands::report_in(&name, id)).await?,
                State::OnSite => self.step(&handler, commands::report(&name, id)).await?,
                State::Reported => {
                    let passes = !self.dice.random_ratio(1, 12);
                    let command = commands::check(&name, passes, id);
                    self.step(&street::checker(), command).await?
                }
                State::OnHold | State::Objected => {
                    if self.over() {
                        return None;
                    }
                    tokio::time::sleep(Duration::from_millis(200)).await;
                    self.look(&handler, &name).await?
                }
                _ => return Some(()),
            };
        }
        None
    }

    async fn step(&mut self, who: &Who, command: Command) -> Option<Assignment> {
        self.done::<SignAssignmentResponse>(who, command)
            .await?
            .assignment
    }

    async fn look(&self, who: &Who, name: &str) -> Option<Assignment> {
        let request = GetAssignmentRequest {
            name: name.to_owned(),
        };
        let method = "dispatch.v1.AssignmentService/GetAssignment";
        let load = &self.shared.load;
        let found: GetAssignmentResponse = load.callers[self.replica]
            .read(method, who, &request, load.patience)
            .await
            .ok()?;
        found.assignment
    }

    /// Every answer to a command of an assignment carries it in the same place.
    async fn done<A: Message + Default>(&mut self, who: &Who, command: Command) -> Option<A> {
        let bytes = self.send(who, command).await?;
        match A::decode(bytes) {
            Ok(answer) => Some(answer),
            Err(error) => {
                self.shared
                    .history
                    .wrong(format!("an answer cannot be read: {error}"));
                None
            }
        }
    }

    /// Sends a command that the rules must admit.
    async fn send(&mut self, who: &Who, command: Command) -> Option<Bytes> {
        let method = command.method;
        match self.try_send(who, command).await? {
            Ok(bytes) => Some(bytes),
            Err(reason) => {
                let text = format!("{method} was refused out of turn: {reason}");
                self.shared.history.wrong(text);
                None
            }
        }
    }

    /// Sends a command until its end is known. `None`: it never was, or there is no time left.
    async fn try_send(&mut self, who: &Who, command: Command) -> Option<Result<Bytes, String>> {
        if self.over() {
            return None;
        }
        let shared = self.shared.clone();
        let number = shared.commands.fetch_add(1, Relaxed);
        // A steady pace; what a fault held up is not made up for in a burst.
        let turn = Duration::from_secs_f64(number as f64 / f64::from(shared.load.rate));
        tokio::time::sleep(turn.saturating_sub(shared.began.elapsed())).await;
        let trace = u128::from(shared.run) << 64 | u128::from(number + 1);
        let call = Call {
            deadline: shared.load.deadline,
            trace: Some(trace),
        };
        let began = Instant::now();
        let mut attempts = 0;
        let (end, answer) = loop {
            attempts += 1;
            let sent = Instant::now();
            let caller = shared.load.callers[self.replica].clone();
            let body = command.body.clone();
            let answering = caller.call(command.method, who, body, &call);
            let answer = if shared.load.hasty && attempts % 5 != 0 {
                let patience = Duration::from_millis(self.dice.random_range(1..60));
                let left = || Answer::Unknown(Code::Cancelled, "given up".to_owned());
                tokio::time::timeout(patience, answering)
                    .await
                    .unwrap_or_else(|_| left())
            } else {
                answering.await
            };
            let late = sent.elapsed() > call.deadline + Duration::from_millis(250);
            if shared.load.strict && late {
                let text = format!("{} took {:?}", command.method, sent.elapsed());
                shared.history.wrong(text);
            }
            match answer {
                Answer::Done(bytes) => break (End::Done, Some(Ok(bytes))),
                Answer::Refused(_, reason) => {
                    break (End::Refused(reason.clone()), Some(Err(reason)));
                }
                Answer::Broken(code, said) => {
                    let text = format!("{} failed by itself: {code:?} {said}", command.method);
                    shared.history.wrong(text);
                    break (End::Unknown(said), None);
                }
                Answer::Unknown(_, said) if began.elapsed() > shared.load.patience => {
                    break (End::Unknown(said), None);
                }
                Answer::Unknown(..) => {
                    self.replica = (self.replica + 1) % shared.load.callers.len();
                    let pause = 20 * u64::from(attempts.min(10));
                    tokio::time::sleep(Duration::from_millis(pause)).await;
                }
            }
        };
        shared.history.add(Entry {
            trace,
            causes: command.causes,
            end,
            attempts,
            at: Instant::now(),
        });
        answer
    }

    /// A UUID that follows from the seed.
    fn id(&mut self) -> String {
        uuid::Builder::from_random_bytes(self.dice.random())
            .into_uuid()
            .to_string()
    }
}

/// Waits until so many commands were answered, at most `limit` long.
pub(crate) async fn until_done(history: &History, many: usize, limit: Duration) {
    let began = Instant::now();
    while history.done() < many && began.elapsed() < limit {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A request id that follows from nothing.
pub(crate) fn fresh_id() -> String {
    Uuid::now_v7().to_string()
}
