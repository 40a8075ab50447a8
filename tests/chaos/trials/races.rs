//! T16: two commands that exclude each other arrive at two replicas at the same moment; one of them happens, the other
//! is told why not. Meanwhile one replica is frozen now and then: who waits for it goes to the other one, and when it
//! thaws it does nothing that is no longer right.

use std::{sync::Arc, time::Duration};

use liandong_proto::dispatch::{IssueTaskResponse, PlanTaskResponse, ReportCaseResponse};
use prost::Message;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tokio::task::JoinSet;

use super::Outcome;
use crate::{
    caller::{Answer, Call, Caller, Who},
    check,
    commands::{self, Command},
    history::{End, Entry, History},
    setting::Setting,
    street::{self, LEAD},
    suite::{Backend, Suite},
    traffic::fresh_id,
};

/// Races at a time.
const LANES: usize = 16;

/// What a racer needs.
#[derive(Clone)]
struct Field {
    callers: [Caller; 2],
    history: Arc<History>,
    run: u64,
}

pub(super) async fn run(setting: Setting) -> anyhow::Result<Outcome> {
    let races = setting.of(10_000, 64);
    let mut suite = Suite::start(&setting, Backend::Postgres, 1).await?;
    let field = Field {
        callers: [suite.caller(0), suite.caller(1)],
        history: Arc::new(History::default()),
        run: setting.dice(1).random_range(1..u64::MAX),
    };
    let mut lanes = JoinSet::new();
    for lane in 0..LANES {
        let (field, seed) = (field.clone(), setting.dice(10 + lane as u64).random());
        let many = races / LANES;
        lanes.spawn(async move {
            let mut dice = ChaCha8Rng::seed_from_u64(seed);
            let mut won = 0;
            for race in 0..many {
                let number = (lane * many + race) as u64;
                won += usize::from(field.race(&mut dice, lane, number).await.is_some());
            }
            won
        });
    }
    let mut dice = setting.dice(4);
    let (mut frozen, mut won) = (0, 0);
    loop {
        let pause = Duration::from_millis(dice.random_range(1000..3000));
        match tokio::time::timeout(pause, lanes.join_next()).await {
            Ok(Some(ended)) => won += ended?,
            Ok(None) => break,
            Err(_) => {
                let name = ["dispatch", "dispatch-1"][dice.random_range(0..2)];
                suite.process(name).freeze();
                // Now and then longer than any transaction may idle: the other one must be let in by then.
                let cold = if frozen % 8 == 3 {
                    9_000
                } else {
                    dice.random_range(200..1500)
                };
                tokio::time::sleep(Duration::from_millis(cold)).await;
                suite.process(name).thaw();
                frozen += 1;
            }
        }
    }
    let mut violations = check::world(&mut suite, &field.history).await?;
    if won * 100 < races * 95 {
        violations.push(format!("only {won} of {races} races were run to their end"));
    }
    Ok(Outcome {
        figure: format!(
            "{won} races with one winner each, {frozen} freezes; {}",
            field.history.counts()
        ),
        violations,
    })
}

impl Field {
    /// Prepares a task and has two commands race for it. `None` if it did not come to that.
    async fn race(&self, dice: &mut ChaCha8Rng, lane: usize, number: u64) -> Option<()> {
        let mut step = number * 16;
        let mut trace = || {
            step += 1;
            u128::from(self.run) << 64 | u128::from(step)
        };
        let street = street::coordinator(lane);
        let (handler, checker) = (street::handler(LEAD), street::checker());
        let report = commands::report_case(&format!("{number}"), fresh_id());
        let case = self.done(&street, report, trace()).await?;
        let case = ReportCaseResponse::decode(case).ok()?.case?.name;
        let id = fresh_id;
        let kind = dice.random_range(0..6);
        if kind == 0 {
            let two = [
                (street.clone(), commands::verify_case(&case, id())),
                (street, commands::reject_case(&case, id())),
            ];
            // A case may be rejected after it was verified: both may happen, in that order.
            return self.together(two, [trace(), trace()], true).await;
        }
        for command in [
            commands::verify_case(&case, id()),
            commands::file_case(&case, id()),
        ] {
            self.done(&street, command, trace()).await?;
        }
        let plan = |id| commands::plan_task(&case, &[], id);
        if kind == 1 {
            let other = street::coordinator(lane + LANES);
            let two = [(street, plan(id())), (other, plan(id()))];
            return self.together(two, [trace(), trace()], false).await;
        }
        let task = self.done(&street, plan(id()), trace()).await?;
        let task = PlanTaskResponse::decode(task).ok()?.task?.name;
        let issued = self
            .done(&street, commands::issue_task(&task, id()), trace())
            .await?;
        let order = IssueTaskResponse::decode(issued).ok()?.task?;
        let order = order.assignments.first()?.name.clone();
        self.done(&handler, commands::sign(&order, id()), trace())
            .await?;
        let two = match kind {
            2 => [
                (handler.clone(), commands::commit(&order, id())),
                (handler, commands::object(&order, id())),
            ],
            3 => {
                let steps = [
                    commands::commit(&order, id()),
                    commands::report_in(&order, id()),
                    commands::report(&order, id()),
                ];
                for command in steps {
                    self.done(&handler, command, trace()).await?;
                }
                // Both may happen: after a failed check there is nothing to pass.
                [
                    (checker.clone(), commands::check(&order, true, id())),
                    (checker, commands::check(&order, false, id())),
                ]
            }
            4 => [
                (street.clone(), commands::cancel_task(&task, id())),
                (handler, commands::object(&order, id())),
            ],
            _ => {
                let until = liandong_kit::clock::wall() + Duration::from_secs(3600);
                let ask = commands::ask_hold(&order, until, id());
                self.done(&handler, ask, trace()).await?;
                [
                    (street.clone(), commands::grant_hold(&order, id())),
                    (street, commands::cancel_task(&task, id())),
                ]
            }
        };
        // What is cancelled may have been objected to or paused before: then both happened.
        self.together(two, [trace(), trace()], kind >= 4).await
    }

    /// Both at once, each at a replica of its own. One must happen; both only if `both`.
    async fn together(
        &self,
        [one, two]: [(Who, Command); 2],
        traces: [u128; 2],
        both: bool,
    ) -> Option<()> {
        let what = format!("{} and {}", one.1.causes, two.1.causes);
        let (one, two) = tokio::join!(
            self.settle(0, &one.0, one.1, traces[0]),
            self.settle(1, &two.0, two.1, traces[1]),
        );
        let done = |it: &Answer| matches!(it, Answer::Done(_));
        let refused = |it: &Answer| matches!(it, Answer::Refused(..));
        match (done(&one), done(&two)) {
            (true, true) if !both => self.history.wrong(format!("both won: {what}")),
            (false, false) => {
                self.history
                    .wrong(format!("nobody won: {what}: {one:?} {two:?}"));
            }
            (true, false) if !refused(&two) => {
                self.history
                    .wrong(format!("the loser was told nothing: {what}: {two:?}"));
            }
            (false, true) if !refused(&one) => {
                self.history
                    .wrong(format!("the loser was told nothing: {what}: {one:?}"));
            }
            _ => return Some(()),
        }
        None
    }

    async fn done(&self, who: &Who, command: Command, trace: u128) -> Option<prost::bytes::Bytes> {
        let method = command.method;
        let replica = (trace % 2) as usize;
        match self.settle(replica, who, command, trace).await {
            Answer::Done(bytes) => Some(bytes),
            other => {
                self.history
                    .wrong(format!("{method} out of a race: {other:?}"));
                None
            }
        }
    }

    /// Sends a command until its end is known, to the other replica whenever one does not answer.
    async fn settle(&self, first: usize, who: &Who, command: Command, trace: u128) -> Answer {
        let call = Call {
            deadline: Duration::from_secs(3),
            trace: Some(trace),
        };
        let mut attempts = 0;
        let answer = loop {
            let caller = &self.callers[(first + attempts) % 2];
            attempts += 1;
            let body = command.body.clone();
            match caller.call(command.method, who, body, &call).await {
                Answer::Unknown(..) if attempts < 40 => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                other => break other,
            }
        };
        let end = match &answer {
            Answer::Done(_) => End::Done,
            Answer::Refused(_, reason) => End::Refused(reason.clone()),
            Answer::Unknown(_, said) | Answer::Broken(_, said) => End::Unknown(said.clone()),
        };
        if let Answer::Broken(code, said) = &answer {
            let text = format!("{} failed by itself: {code:?} {said}", command.method);
            self.history.wrong(text);
        }
        self.history.add(Entry {
            trace,
            causes: command.causes,
            end,
            attempts: attempts.try_into().unwrap_or(u32::MAX),
            at: std::time::Instant::now(),
        });
        answer
    }
}
