//! T06: the life cycle as a table, and services that are asked for anything in any state. What the table allows happens,
//! what it forbids is refused with a reason, and nothing else changes.
//!
//! ```text
//! case        Reported ─verify─▶ Verified ─file─▶ Filed ─plan─▶ Planned ─issue─▶ (the assignment is Offered)
//!                └───reject───▶ Rejected ◀─┘
//! assignment  Offered ─sign─▶ Signed ─commit─▶ Committed ─report in─▶ OnSite ─report─▶ Reported ─pass─▶ Done
//!             Signed ─object─▶ Objected ─reject─▶ Signed             Reported ─fail─▶ Signed
//!             Signed, Committed, OnSite ─hold─▶ OnHold ─resume─▶ Signed          any but Done ─cancel─▶ Released
//! ```

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Duration,
};

use liandong_kit::clock;
use liandong_proto::dispatch::{
    GetAssignmentRequest, GetAssignmentResponse, GetCaseRequest, GetCaseResponse,
    IssueTaskResponse, PlanTaskResponse, ReportCaseResponse,
};
use prost::{Message, bytes::Bytes};
use rand::{Rng, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use tokio::task::JoinSet;

use super::Outcome;
use crate::{
    caller::{Answer, Caller, Who},
    check,
    commands::{self, Command},
    history::History,
    setting::Setting,
    street::{self, LEAD},
    suite::{Backend, Suite},
    traffic::fresh_id,
};

const STEPS: usize = 60;
const LANES: usize = 24;

/// Every step there is.
const ALL: [&str; 16] = [
    "verify",
    "reject case",
    "file",
    "plan",
    "issue",
    "sign",
    "commit",
    "object",
    "reject",
    "report in",
    "report",
    "pass",
    "fail",
    "grant",
    "resume",
    "cancel",
];

/// Where it goes from here: (state, step, state afterwards).
const MOVES: &[(&str, &str, &str)] = &[
    ("REPORTED", "verify", "VERIFIED"),
    ("REPORTED", "reject case", "REJECTED"),
    ("VERIFIED", "reject case", "REJECTED"),
    ("VERIFIED", "file", "FILED"),
    ("FILED", "plan", "PLANNED"),
    ("PLANNED", "issue", "Offered"),
    ("Offered", "sign", "Signed"),
    ("Signed", "commit", "Committed"),
    ("Signed", "object", "Objected"),
    ("Objected", "reject", "Signed"),
    ("Committed", "report in", "OnSite"),
    ("OnSite", "report", "Reported"),
    ("Reported", "pass", "Done"),
    ("Reported", "fail", "Signed"),
    ("Signed", "grant", "OnHold"),
    ("Committed", "grant", "OnHold"),
    ("OnSite", "grant", "OnHold"),
    ("OnHold", "resume", "Signed"),
    ("Offered", "cancel", "Released"),
    ("Signed", "cancel", "Released"),
    ("Committed", "cancel", "Released"),
    ("OnSite", "cancel", "Released"),
    ("Reported", "cancel", "Released"),
    ("Objected", "cancel", "Released"),
    ("OnHold", "cancel", "Released"),
];

/// States of a case before it is part of an issued task.
const OF_A_CASE: [&str; 5] = ["REPORTED", "VERIFIED", "FILED", "PLANNED", "REJECTED"];

/// Each step is one of the first five, or there is an assignment for it.
fn is_about_a_case(step: &str) -> bool {
    ALL[..5].contains(&step)
}

#[derive(Default)]
struct Findings {
    cells: Mutex<BTreeSet<(&'static str, &'static str)>>,
    counts: Mutex<BTreeMap<&'static str, usize>>,
    wrong: Mutex<Vec<String>>,
}

pub(super) async fn run(setting: Setting) -> anyhow::Result<Outcome> {
    let cases = setting.of(300, LANES * 2);
    let mut suite = Suite::start(&setting, Backend::Sqlite, 0).await?;
    let findings = Arc::new(Findings::default());
    let mut lanes = JoinSet::new();
    for lane in 0..LANES {
        let (caller, findings) = (suite.caller(0), findings.clone());
        let (seed, many) = (
            setting.dice(20 + lane as u64).random(),
            cases.div_ceil(LANES),
        );
        lanes.spawn(async move {
            let mut dice = ChaCha8Rng::seed_from_u64(seed);
            for _ in 0..many {
                let walk = Walk::new(&caller, lane, &findings);
                if let Err(what) = walk.run(&mut dice).await {
                    findings.wrong.lock().unwrap().push(what);
                }
            }
        });
    }
    while let Some(ended) = lanes.join_next().await {
        ended?;
    }
    let mut violations = findings.wrong.lock().unwrap().clone();
    violations.extend(check::world(&mut suite, &History::default()).await?);
    let cells = findings.cells.lock().unwrap().len();
    let missing: Vec<_> = all_cells()
        .into_iter()
        .filter(|it| !findings.cells.lock().unwrap().contains(it))
        .collect();
    if !missing.is_empty() && setting.scale >= 1.0 {
        violations.push(format!("never tried: {missing:?}"));
    }
    let counts = findings.counts.lock().unwrap().clone();
    Ok(Outcome {
        figure: format!(
            "{} walks of {STEPS} steps; {cells} of {} cells; {counts:?}",
            cases.div_ceil(LANES) * LANES,
            all_cells().len()
        ),
        violations,
    })
}

/// Every state with every step that can be addressed in it.
fn all_cells() -> BTreeSet<(&'static str, &'static str)> {
    let states: BTreeSet<&str> = MOVES.iter().flat_map(|it| [it.0, it.2]).collect();
    let mut cells = BTreeSet::new();
    for state in states {
        for step in ALL {
            let planned = state != "PLANNED" && step == "issue" && OF_A_CASE.contains(&state);
            if (is_about_a_case(step) || !OF_A_CASE.contains(&state)) && !planned {
                cells.insert((state, step));
            }
        }
    }
    cells
}

/// One case, and whatever is done to it.
struct Walk<'a> {
    caller: &'a Caller,
    findings: &'a Findings,
    street: Who,
    handler: Who,
    state: &'static str,
    case: String,
    task: String,
    order: String,
    /// Twice is not the same: a second objection or pause has rules of its own.
    objected: bool,
    paused: bool,
    /// What was once promised is not disputed any more, nor what is done again because a check failed.
    promised: bool,
}

impl<'a> Walk<'a> {
    fn new(caller: &'a Caller, lane: usize, findings: &'a Findings) -> Self {
        Self {
            caller,
            findings,
            street: street::coordinator(lane),
            handler: street::handler(LEAD),
            state: "REPORTED",
            case: String::new(),
            task: String::new(),
            order: String::new(),
            objected: false,
            paused: false,
            promised: false,
        }
    }

    async fn run(mut self, dice: &mut ChaCha8Rng) -> Result<(), String> {
        let report = commands::report_case("垃圾", fresh_id());
        let street = self.street.clone();
        let Answer::Done(bytes) = self.ask(&street, report).await else {
            return Err("a case cannot be reported".to_owned());
        };
        let answer = ReportCaseResponse::decode(bytes).map_err(|it| it.to_string())?;
        self.case = answer.case.unwrap_or_default().name;
        for _ in 0..STEPS {
            // Half of the steps lead on, so that walks come to an end; the others are any.
            let on: Vec<&str> = MOVES
                .iter()
                .filter(|it| it.0 == self.state && !["cancel", "reject case"].contains(&it.1))
                .map(|it| it.1)
                .collect();
            let step = match on.choose(dice) {
                Some(step) if dice.random_bool(0.35) => step,
                _ => *ALL.choose(dice).expect("a step"),
            };
            let step = ALL.into_iter().find(|it| *it == step).expect("a step");
            if self.is_open_question(step) || !all_cells().contains(&(self.state, step)) {
                continue;
            }
            self.take(step).await?;
        }
        Ok(())
    }

    /// What depends on more than the state.
    fn is_open_question(&self, step: &str) -> bool {
        let again = self.objected && step == "object" || self.paused && step == "grant";
        // Ending what has ended says that it has, in one way or the other.
        let ended = ["Done", "Released"].contains(&self.state);
        let unanswered =
            step == "grant" && !["Signed", "Committed", "OnSite"].contains(&self.state);
        again || ended && ["cancel", "pass", "plan"].contains(&step) || unanswered
    }

    async fn take(&mut self, step: &'static str) -> Result<(), String> {
        let before = self.state;
        let too_late = step == "object" && self.promised;
        let wanted = MOVES
            .iter()
            .find(|it| it.0 == before && it.1 == step && !too_late)
            .map(|it| it.2);
        let answer = self.command(step).await;
        self.findings.cells.lock().unwrap().insert((before, step));
        let (kind, told) = match &answer {
            Answer::Done(_) => ("done", wanted),
            Answer::Refused(..) => ("refused", None),
            other => return Err(format!("{before} x {step}: {other:?}")),
        };
        *self
            .findings
            .counts
            .lock()
            .unwrap()
            .entry(kind)
            .or_default() += 1;
        if wanted.is_some() && kind == "refused" {
            return Err(format!("{before} x {step} was refused: {answer:?}"));
        }
        if let Answer::Done(bytes) = answer {
            self.learn(step, bytes).map_err(|it| it.to_string())?;
        }
        self.state = told.unwrap_or(before);
        self.objected |= step == "object" && told.is_some();
        self.paused |= step == "grant" && told.is_some();
        self.promised |= ["commit", "fail"].contains(&step) && told.is_some();
        let found = self.look().await?;
        if found != self.state {
            return Err(format!(
                "{before} x {step} led to {found}, not {}",
                self.state
            ));
        }
        Ok(())
    }

    async fn command(&self, step: &str) -> Answer {
        let (id, case, order) = (fresh_id, &self.case, &self.order);
        let checker = street::checker();
        let until = clock::wall() + Duration::from_secs(7200);
        let (who, command) = match step {
            "verify" => (&self.street, commands::verify_case(case, id())),
            "reject case" => (&self.street, commands::reject_case(case, id())),
            "file" => (&self.street, commands::file_case(case, id())),
            "plan" => (&self.street, commands::plan_task(case, &[], id())),
            "issue" => (&self.street, commands::issue_task(&self.task, id())),
            "sign" => (&self.handler, commands::sign(order, id())),
            "commit" => (&self.handler, commands::commit(order, id())),
            "object" => (&self.handler, commands::object(order, id())),
            "reject" => (&self.street, commands::reject_objection(order, id())),
            "report in" => (&self.handler, commands::report_in(order, id())),
            "report" => (&self.handler, commands::report(order, id())),
            "pass" => (&checker, commands::check(order, true, id())),
            "fail" => (&checker, commands::check(order, false, id())),
            "resume" => (&self.handler, commands::resume(order, id())),
            "cancel" => (&self.street, commands::cancel_task(&self.task, id())),
            _ => {
                // A pause is asked for before it is granted.
                match self
                    .ask(&self.handler, commands::ask_hold(order, until, id()))
                    .await
                {
                    Answer::Done(_) => (&self.street, commands::grant_hold(order, id())),
                    other => return other,
                }
            }
        };
        self.ask(who, command).await
    }

    fn learn(&mut self, step: &str, answer: Bytes) -> Result<(), prost::DecodeError> {
        match step {
            "plan" if self.task.is_empty() => {
                self.task = PlanTaskResponse::decode(answer)?
                    .task
                    .unwrap_or_default()
                    .name;
            }
            "issue" if self.order.is_empty() => {
                let task = IssueTaskResponse::decode(answer)?.task.unwrap_or_default();
                let first = task.assignments.into_iter().next().unwrap_or_default();
                self.order = first.name;
            }
            _ => {}
        }
        Ok(())
    }

    /// The state as a reader sees it.
    async fn look(&self) -> Result<String, String> {
        let patience = Duration::from_secs(60);
        if self.order.is_empty() {
            let request = GetCaseRequest {
                name: self.case.clone(),
            };
            let method = "dispatch.v1.CaseService/GetCase";
            let answer: GetCaseResponse = self
                .caller
                .read(method, &self.street, &request, patience)
                .await
                .map_err(|error| error.to_string())?;
            let state = answer.case.unwrap_or_default().state();
            let state = state.as_str_name().trim_start_matches("STATE_").to_owned();
            let planned = state == "FILED" && !self.task.is_empty();
            return Ok(if planned { "PLANNED".to_owned() } else { state });
        }
        let request = GetAssignmentRequest {
            name: self.order.clone(),
        };
        let method = "dispatch.v1.AssignmentService/GetAssignment";
        let answer: GetAssignmentResponse = self
            .caller
            .read(method, &self.handler, &request, patience)
            .await
            .map_err(|error| error.to_string())?;
        Ok(format!(
            "{:?}",
            answer.assignment.unwrap_or_default().state()
        ))
    }

    async fn ask(&self, who: &Who, command: Command) -> Answer {
        let patience = Duration::from_secs(60);
        self.caller.until_known(who, &command, patience).await
    }
}
