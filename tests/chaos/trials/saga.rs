//! T19: a task of one to ten parties is carried on step by step and given up after every step. Each step is tried by
//! somebody who may not, is given up half-way, is asked twice; so is the undoing, while dispatch is killed now and then.
//! No part is left over: where the task has ended, every party's part has ended and says so.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use liandong_proto::dispatch::{
    GetTaskRequest, GetTaskResponse, IssueTaskResponse, PlanTaskResponse, ReportCaseResponse, Task,
    assignment, task,
};
use prost::{Message, bytes::Bytes};
use rand::{Rng, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use tokio::task::JoinSet;

use super::Outcome;
use crate::{
    caller::{Answer, Call, Caller, Who},
    check,
    commands::{self, Command},
    history::{End, Entry, History},
    setting::Setting,
    street::{self, DEPARTMENTS, LEAD},
    suite::{Backend, Suite},
    traffic::fresh_id,
};

/// Tasks at a time.
const LANES: usize = 8;
/// Steps of one party, after the task was issued.
const STEPS: usize = 4;

/// How many parties, and how many steps are taken before it is given up; all: it is carried to its end.
type Course = (usize, usize);

struct Field {
    caller: Caller,
    history: History,
    run: u64,
    next: AtomicU64,
    refused: AtomicUsize,
    undone: AtomicUsize,
    finished: AtomicUsize,
}

pub(super) async fn run(setting: Setting) -> anyhow::Result<Outcome> {
    let mut dice = setting.dice(14);
    let most = if setting.scale < 0.2 { 4 } else { 10 };
    let courses = (1..=most).flat_map(|many| (0..=many * STEPS).map(move |steps| (many, steps)));
    let mut courses: Vec<Course> = courses.collect();
    courses.shuffle(&mut dice);
    let mut suite = Suite::start(&setting, Backend::Sqlite, 0).await?;
    let field = Arc::new(Field {
        caller: suite.caller(0),
        history: History::default(),
        run: setting.dice(1).random_range(1..u64::MAX),
        next: AtomicU64::new(0),
        refused: AtomicUsize::new(0),
        undone: AtomicUsize::new(0),
        finished: AtomicUsize::new(0),
    });
    let mut lanes = JoinSet::new();
    for lane in 0..LANES {
        let mine: Vec<Course> = courses.iter().copied().skip(lane).step_by(LANES).collect();
        let (field, seed) = (field.clone(), dice.random());
        lanes.spawn(async move {
            let mut dice = ChaCha8Rng::seed_from_u64(seed);
            for course in mine {
                if field.course(&mut dice, lane, course).await.is_none() {
                    field
                        .history
                        .wrong(format!("{course:?} did not come to its end"));
                }
            }
        });
    }
    let mut kills = 0;
    while !lanes.is_empty() {
        let pause = Duration::from_millis(dice.random_range(2_000..5_000));
        if let Ok(Some(ended)) = tokio::time::timeout(pause, lanes.join_next()).await {
            ended?;
            continue;
        }
        kills += 1;
        suite.kill("dispatch");
        suite.begin("dispatch")?;
        suite.ready("dispatch").await?;
    }
    let violations = check::world(&mut suite, &field.history).await?;
    Ok(Outcome {
        figure: format!(
            "{} tasks of 1 to {most} parties, {} given up after each of their steps, {} carried to their end, {kills} kills; \
             {} tries by others refused; {}",
            courses.len(),
            field.undone.load(Relaxed),
            field.finished.load(Relaxed),
            field.refused.load(Relaxed),
            field.history.counts(),
        ),
        violations,
    })
}

impl Field {
    async fn course(
        &self,
        dice: &mut ChaCha8Rng,
        lane: usize,
        (many, steps): Course,
    ) -> Option<()> {
        let street = street::coordinator(lane);
        let report = commands::report_case(&format!("联合 {many} 家"), fresh_id());
        let case = self.step(dice, &street, report).await?;
        let case = ReportCaseResponse::decode(case).ok()?.case?.name;
        self.step(dice, &street, commands::verify_case(&case, fresh_id()))
            .await?;
        self.step(dice, &street, commands::file_case(&case, fresh_id()))
            .await?;
        let plan = commands::plan_task(&case, &DEPARTMENTS[..many - 1], fresh_id());
        let task = self.step(dice, &street, plan).await?;
        let task = PlanTaskResponse::decode(task).ok()?.task?.name;
        let issued = self
            .step(dice, &street, commands::issue_task(&task, fresh_id()))
            .await?;
        let orders = IssueTaskResponse::decode(issued).ok()?.task?.assignments;

        // Whose turn it is, is chance; each party takes its own steps in order.
        let mut turns: Vec<usize> = (0..many).flat_map(|it| [it; STEPS]).collect();
        turns.shuffle(dice);
        let mut taken = vec![0; many];
        for party in turns.into_iter().take(steps) {
            let order = &orders[party];
            let name = order.organization.strip_prefix("organizations/")?;
            let command = [
                commands::sign,
                commands::commit,
                commands::report_in,
                commands::report,
            ][taken[party]](&order.name, fresh_id());
            taken[party] += 1;
            let stranger = if name == LEAD { "planning" } else { LEAD };
            self.refused(&street::handler(stranger), &command).await;
            self.step(dice, &street::handler(name), command).await?;
        }
        if steps == many * STEPS {
            for order in &orders {
                let command = commands::check(&order.name, true, fresh_id());
                self.step(dice, &street::checker(), command).await?;
            }
            self.finished.fetch_add(1, Relaxed);
        } else {
            let command = commands::cancel_task(&task, fresh_id());
            self.refused(&street::handler(LEAD), &command).await;
            self.step(dice, &street, command).await?;
            // To undo what is undone changes nothing, however it is said.
            let again = commands::cancel_task(&task, fresh_id());
            self.caller
                .until_known(&street, &again, Duration::from_secs(60))
                .await;
            self.undone.fetch_add(1, Relaxed);
        }
        let left = self.left(&street, &task).await?;
        if !left.is_empty() {
            self.history
                .wrong(format!("left over of {many} after {steps}: {left:?}"));
        }
        Some(())
    }

    /// Somebody else's try, which must change nothing.
    async fn refused(&self, who: &Who, command: &Command) {
        match self
            .caller
            .until_known(who, command, Duration::from_secs(60))
            .await
        {
            Answer::Refused(..) => drop(self.refused.fetch_add(1, Relaxed)),
            other => {
                let text = format!("{} by a stranger: {other:?}", command.method);
                self.history.wrong(text);
            }
        }
    }

    /// Gives a command up half-way once or not, sends it until its end is known, and then once more: one effect, one answer.
    async fn step(&self, dice: &mut ChaCha8Rng, who: &Who, command: Command) -> Option<Bytes> {
        let trace = u128::from(self.run) << 64 | u128::from(self.next.fetch_add(1, Relaxed) + 1);
        let call = Call {
            deadline: Duration::from_secs(5),
            trace: Some(trace),
        };
        let send = || {
            self.caller
                .call(command.method, who, command.body.clone(), &call)
        };
        let mut attempts = 0;
        if dice.random_bool(0.5) {
            attempts += 1;
            let patience = Duration::from_millis(dice.random_range(1..20));
            tokio::time::timeout(patience, send()).await.ok();
        }
        let began = Instant::now();
        let mut done: Option<Bytes> = None;
        let end = loop {
            attempts += 1;
            match (send().await, &done) {
                (Answer::Done(bytes), None) => done = Some(bytes),
                (Answer::Done(bytes), Some(first)) => {
                    if bytes != first {
                        let text = format!("{} was answered in two ways", command.method);
                        self.history.wrong(text);
                    }
                    break End::Done;
                }
                (Answer::Unknown(_, said), _) if began.elapsed() > Duration::from_secs(60) => {
                    break End::Unknown(said);
                }
                (Answer::Unknown(..), _) => tokio::time::sleep(Duration::from_millis(50)).await,
                (Answer::Refused(_, reason), _) => {
                    let text = format!("{} was refused out of turn: {reason}", command.method);
                    self.history.wrong(text);
                    break End::Refused(reason);
                }
                (Answer::Broken(code, said), _) => {
                    let text = format!("{} failed by itself: {code:?} {said}", command.method);
                    self.history.wrong(text);
                    break End::Unknown(said);
                }
            }
        };
        self.history.add(Entry {
            trace,
            causes: command.causes,
            end,
            attempts,
            at: Instant::now(),
        });
        done
    }

    /// Parts that are still open though their task has ended; or the task itself.
    async fn left(&self, who: &Who, name: &str) -> Option<Vec<String>> {
        let request = GetTaskRequest {
            name: name.to_owned(),
        };
        let method = "dispatch.v1.TaskService/GetTask";
        let answer: GetTaskResponse = self
            .caller
            .read(method, who, &request, Duration::from_secs(60))
            .await
            .ok()?;
        let task: Task = answer.task?;
        let mut left = Vec::new();
        if !matches!(task.state(), task::State::Finished | task::State::Cancelled) {
            left.push(format!("{} is {:?}", task.name, task.state()));
        }
        let open = task.assignments.iter().filter(|it| {
            use assignment::State::{Done, Informed, Released, Withdrawn};
            !matches!(it.state(), Done | Informed | Released | Withdrawn)
        });
        left.extend(open.map(|it| format!("{} is {:?}", it.name, it.state())));
        Some(left)
    }
}
