//! One client: one life cycle after the other, each call when the last one was answered.

use std::sync::Arc;

use anyhow::{Context, ensure};
use liandong_proto::{
    dispatch::{
        CheckAssignmentRequest, CommitAssignmentRequest, IssueTaskRequest, Participant,
        PlanTaskRequest, ReportAssignmentRequest, ReportInRequest, Role, SignAssignmentRequest,
        check, task::CompletionRule,
    },
    types::Act,
};
use rand::{SeedableRng, seq::index};
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;

use super::{
    street::{self, Cast, UNITS},
    tally::{Call, Pace, Tally},
};

/// Assignments of one task.
pub(super) const PARTS: usize = 4;
/// Calls of one life cycle.
pub(super) const CALLS: usize = 2 + 5 * PARTS;

/// One of the clients.
pub(super) struct Client {
    cast: Cast,
    dice: ChaCha8Rng,
    pace: Arc<Pace>,
    tally: Tally,
}

/// Makes a call, in its turn, and keeps how long it took.
macro_rules! call {
    ($client:ident, $call:ident, $service:expr, $method:ident, $request:expr) => {{
        let mut request = $request;
        request.request_id = Uuid::now_v7().to_string();
        $client.pace.turn().await;
        let began = std::time::Instant::now();
        let answer = $service
            .$method(request)
            .await
            .with_context(|| stringify!($method).to_owned())?;
        $client.tally.record(Call::$call, began.elapsed());
        answer.into_inner()
    }};
}

impl Client {
    pub(super) fn new(cast: Cast, seed: u64, index: usize, pace: Arc<Pace>) -> Self {
        let mut dice = ChaCha8Rng::seed_from_u64(seed);
        dice.set_stream(index as u64);
        Self {
            cast,
            dice,
            pace,
            tally: Tally::default(),
        }
    }

    /// A life cycle for every case.
    pub(super) async fn run(mut self, cases: Vec<String>) -> anyhow::Result<Tally> {
        for case in cases {
            self.life_cycle(case).await?;
        }
        Ok(self.tally)
    }

    async fn life_cycle(&mut self, case: String) -> anyhow::Result<()> {
        let units = index::sample(&mut self.dice, UNITS, PARTS).into_vec();
        let parts = units.iter().enumerate().map(|(number, unit)| Participant {
            organization: format!("organizations/{}", street::unit(*unit)),
            role: if number == 0 {
                Role::Lead
            } else {
                Role::CoHandler
            }
            .into(),
            act: Act::Dispose.into(),
            duty: "清运并反馈".into(),
            checker: street::centre(),
            ..Default::default()
        });
        let plan = PlanTaskRequest {
            cases: vec![case],
            plan: "四家单位同时清运".into(),
            participants: parts.collect(),
            completion_rule: CompletionRule::All.into(),
            ..Default::default()
        };
        let planned = call!(self, Plan, self.cast.coordinator.tasks(), plan_task, plan);
        let name = planned.task.context("no task in the answer")?.name;
        let issue = IssueTaskRequest {
            name,
            ..Default::default()
        };
        let issued = call!(
            self,
            Issue,
            self.cast.coordinator.tasks(),
            issue_task,
            issue
        );
        let task = issued.task.context("no task in the answer")?;
        ensure!(
            task.assignments.len() == PARTS,
            "a task of {PARTS} parts has {}",
            task.assignments.len()
        );
        for (part, unit) in task.assignments.iter().zip(&units) {
            let mut handler = self.cast.handlers[*unit].assignments();
            let name = part.name.clone();
            let sign = SignAssignmentRequest {
                name: name.clone(),
                ..Default::default()
            };
            call!(self, Sign, handler, sign_assignment, sign);
            let commit = CommitAssignmentRequest {
                name,
                ..Default::default()
            };
            call!(self, Commit, handler, commit_assignment, commit);
        }
        for (part, unit) in task.assignments.iter().zip(&units) {
            let mut handler = self.cast.handlers[*unit].assignments();
            let name = part.name.clone();
            let arrive = ReportInRequest {
                name: name.clone(),
                ..Default::default()
            };
            call!(self, ReportIn, handler, report_in, arrive);
            let report = ReportAssignmentRequest {
                name,
                note: "垃圾已清运，地面已冲洗".into(),
                ..Default::default()
            };
            call!(self, Report, handler, report_assignment, report);
        }
        for part in &task.assignments {
            let check = CheckAssignmentRequest {
                name: part.name.clone(),
                result: check::Result::Pass.into(),
                ..Default::default()
            };
            call!(
                self,
                Check,
                self.cast.checker.checks(),
                check_assignment,
                check
            );
        }
        Ok(())
    }
}
