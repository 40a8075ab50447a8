//! Findings: what a scheme's rules may react to, read from the facts as they are now.
//!
//! Each miss of an indicator has a finding on the day it moved that indicator, so that whoever follows a rate down
//! finds an entry. An order that was taken back leaves no findings of things not done.

use time::{Date, OffsetDateTime};

use super::{
    decision::Topic,
    event::{Clock, Reference},
    fact::{Assignment, RoundFact, TaskFact},
    period::{civil_day, civil_text},
};

macro_rules! kinds {
    ($($kind:ident = $name:literal, $topic:ident: $says:literal;)*) => {
        /// What was found.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Kind { $(#[doc = $says] $kind,)* }

        /// Every kind.
        pub const KINDS: &[Kind] = &[$(Kind::$kind,)*];

        impl Kind {
            /// Its name in schemes.
            pub fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }

            /// What it says.
            pub fn description(self) -> &'static str {
                match self { $(Self::$kind => $says,)* }
            }

            /// What it is about.
            pub fn topic(self) -> Topic {
                match self { $(Self::$kind => Topic::$topic,)* }
            }
        }
    };
}

kinds! {
    SignedLate = "signed-late", Sign: "Not signed by its deadline. Dated at the deadline.";
    OnSiteLate = "on-site-late", OnSite: "Nobody arrived by the deadline. Dated at the deadline.";
    HandledOnTime = "handled-on-time", Handling: "A round was reported by its deadline. Dated at the report.";
    HandlingOverdue = "handling-overdue", Handling: "A round's deadline passed without a report. Dated at the deadline.";
    HandledLate = "handled-late", Handling: "A round was reported after its deadline. Dated at the report.";
    PassedFirst = "passed-first", Check: "The first check passed. Dated at the check.";
    Reworked = "reworked", Check: "A check failed and work had to be done again. Dated at the check.";
    ClosedOnTime = "closed-on-time", Closing: "Accepted, and reported by the deadline. Dated at the check.";
    ClosedLate = "closed-late", Closing: "Accepted, but reported after the deadline. Dated at the check.";
    ObjectionUpheld = "objection-upheld", Objection: "An objection was upheld. Dated at the ruling.";
    ObjectionRejected = "objection-rejected", Objection: "An objection was rejected. Dated at the ruling.";
    WhistleUnanswered = "whistle-unanswered", Apart: "A whistle was not answered in time. Dated at the deadline.";
    WhistleAnswered = "whistle-answered", Apart: "A whistle was answered in time. Dated at the answer.";
    RevisitFailed = "revisit-failed", Revisit: "A problem was there again at a revisit. Dated at the revisit.";
    DisputeLost = "dispute-lost", Apart: "A dispute about jurisdiction was ruled against it. Dated at the ruling.";
    LogMissing = "log-missing", Apart: "A daily log was not kept. Dated at the day.";
    Manual = "manual", Apart: "An assessor recorded an item with a written reason. Dated as recorded.";
}

impl serde::Serialize for Kind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> serde::Deserialize<'de> for Kind {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::named(&name)
            .ok_or_else(|| serde::de::Error::custom(format!("unknown finding {name}")))
    }
}

impl Kind {
    /// The kind of that name.
    pub fn named(name: &str) -> Option<Self> {
        KINDS.iter().copied().find(|it| it.name() == name)
    }
}

/// Something a rule may give or take points for.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Finding {
    /// What it is.
    pub kind: Kind,
    /// The assignment's number within the task.
    pub assignment: i32,
    /// The round.
    pub round: i32,
    /// Tells several of the same kind in one round apart: the version of the event; else 0.
    pub occasion: i64,
    /// Who is charged or credited.
    pub organization: String,
    /// Where the case came from; schemes weigh sources.
    pub source: String,
    /// Where; schemes know difficult areas.
    pub area: String,
    /// About what; schemes gather matters into work lines.
    pub matter: String,
    /// The role in the task; empty apart from tasks.
    pub role: String,
    /// By how many minutes a deadline was missed, as known; 0 without one.
    pub late_minutes: i64,
    /// Only for this rule of this scheme: a manual item.
    pub only: Option<(String, String)>,
    /// The civil day it counts on.
    pub day: Date,
    /// What was looked at.
    pub inputs: Vec<Input>,
    /// The events it rests on, in the order of the log.
    pub evidence: Vec<Reference>,
}

/// A named value.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// Its value, as text.
    pub value: String,
}

/// Everything there is to find in a task, by assignment, round and kind.
pub fn all(fact: &TaskFact) -> Vec<Finding> {
    found(fact, Detail::Whole)
}

/// The same without inputs and evidence: enough to judge, and most of it is judged as it was before.
pub fn bare(fact: &TaskFact) -> Vec<Finding> {
    found(fact, Detail::Bare)
}

/// Whether findings say what was looked at and what they rest on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    Bare,
    Whole,
}

fn found(fact: &TaskFact, detail: Detail) -> Vec<Finding> {
    let mut found = Vec::new();
    for assignment in fact.assignments() {
        let last = assignment
            .rounds()
            .next_back()
            .map_or(0, |(number, _)| number);
        for (number, round) in assignment.rounds() {
            let mut finder = Finder {
                assignment,
                number,
                round,
                detail,
                found: &mut found,
            };
            finder.stages(assignment.is_owing() && number == last);
            finder.check(fact.lasted());
            finder.rulings();
        }
        closing(assignment, fact.lasted(), detail, &mut found);
        revisits(fact, assignment, detail, &mut found);
    }
    found
}

struct Finder<'a, 'f> {
    assignment: Assignment<'a>,
    number: i32,
    round: &'a RoundFact,
    detail: Detail,
    found: &'f mut Vec<Finding>,
}

impl Finder<'_, '_> {
    fn stages(&mut self, owing: bool) {
        let it = &self.round.snapshot;
        if self.number == 1 && it.sign.is_late() && (owing || it.sign.done_at.is_some()) {
            self.late(Kind::SignedLate, &it.sign, "sign", &["AssignmentSigned"]);
        }
        let arrived = it.on_site.done_at.is_some();
        if it.on_site.is_late() && (arrived || owing && it.disposal.done_at.is_none()) {
            self.late(
                Kind::OnSiteLate,
                &it.on_site,
                "on_site",
                &["AssignmentReportedIn"],
            );
        }
        let reported = it.disposal.done_at.is_some();
        if it.disposal.is_late() && (owing || reported) {
            self.late(
                Kind::HandlingOverdue,
                &it.disposal,
                "disposal",
                &["AssignmentReported"],
            );
        }
        if let (Some(on_time), Some(done)) = (it.disposal.on_time(), it.disposal.done_at) {
            let kind = if on_time {
                Kind::HandledOnTime
            } else {
                Kind::HandledLate
            };
            self.push(
                kind,
                0,
                done,
                || clock_inputs("disposal", &it.disposal),
                &["AssignmentReported"],
            );
        }
    }

    fn check(&mut self, lasted: bool) {
        if let Some(check) = self.round.snapshot.check {
            let number = self.number;
            let inputs = || {
                let at = input("check_time", civil_text(check.at));
                vec![at, input("round", number)]
            };
            if !check.passed {
                self.push(
                    Kind::Reworked,
                    0,
                    check.at,
                    inputs,
                    &["AssignmentReported", "AssignmentChecked"],
                );
            } else if self.number == 1 && lasted {
                self.push(
                    Kind::PassedFirst,
                    0,
                    check.at,
                    inputs,
                    &["AssignmentReported", "AssignmentChecked"],
                );
            }
        }
    }

    fn rulings(&mut self) {
        for (version, ruling) in &self.round.rulings {
            let kind = if ruling.upheld {
                Kind::ObjectionUpheld
            } else {
                Kind::ObjectionRejected
            };
            let inputs = || vec![input("rule_time", civil_text(ruling.at))];
            self.push(
                kind,
                *version,
                ruling.at,
                inputs,
                &["AssignmentObjected", "ObjectionRuled"],
            );
        }
    }

    /// A deadline that passed: dated at the deadline, or where there is none (never by rule R9) at the discovery.
    fn late(&mut self, kind: Kind, clock: &Clock, stage: &str, done: &[&str]) {
        if let Some(at) = clock.due_at.or(clock.overdue_at) {
            self.push(
                kind,
                0,
                at,
                || clock_inputs(stage, clock),
                &[&["StageOverdue"], done].concat(),
            );
        }
    }

    fn push(
        &mut self,
        kind: Kind,
        occasion: i64,
        at: OffsetDateTime,
        inputs: impl FnOnce() -> Vec<Input>,
        evidence: &[&str],
    ) {
        if self.assignment.is_exempt(self.number, kind.topic()) {
            return;
        }
        let it = (kind, self.number, occasion, at);
        let rests_on = |reference: &Reference| {
            reference.kind == "AssignmentOffered"
                || reference.kind == "RoundOpened"
                || evidence.contains(&reference.kind.as_str())
        };
        self.found
            .push(finding(self.assignment, it, self.detail, inputs, rests_on));
    }
}

/// The lead answers for a problem that is there again (M25).
fn revisits(fact: &TaskFact, assignment: Assignment<'_>, detail: Detail, found: &mut Vec<Finding>) {
    if assignment.latest().role != "LEAD" || !assignment.is_owing() {
        return;
    }
    let last = assignment.rounds().next_back();
    let round = last.map_or(0, |(number, _)| number);
    for (position, revisit) in fact.counted_revisits().filter(|(_, it)| !it.passed) {
        let inputs = || vec![input("revisit_time", civil_text(revisit.at))];
        let it = (Kind::RevisitFailed, round, position, revisit.at);
        let mut it = finding(assignment, it, detail, inputs, |_| false);
        it.evidence.push(revisit.evidence.clone());
        found.push(it);
    }
}

fn closing(assignment: Assignment<'_>, lasted: bool, detail: Detail, found: &mut Vec<Finding>) {
    let accepted = assignment.accepted();
    let Some((number, accepted)) = accepted.filter(|_| !assignment.is_exempt(0, Topic::Closing))
    else {
        return;
    };
    let (Some(on_time), Some(check)) = (assignment.closed_on_time(), accepted.snapshot.check)
    else {
        return;
    };
    if on_time && !lasted {
        return;
    }
    let disposal_done = accepted.snapshot.disposal.done_at;
    let inputs = || {
        let due = assignment.due_at().map(|at| ("disposal_due_time", at));
        let done = disposal_done.map(|at| ("disposal_done_time", at));
        let times = due
            .into_iter()
            .chain(done)
            .chain([("check_time", check.at)]);
        let times = times.map(|(name, at)| input(name, civil_text(at)));
        times.chain([input("round", number)]).collect()
    };
    let kind = if on_time {
        Kind::ClosedOnTime
    } else {
        Kind::ClosedLate
    };
    let kinds = [
        "AssignmentOffered",
        "RoundOpened",
        "AssignmentReported",
        "AssignmentChecked",
    ];
    let it = (kind, number, 0, check.at);
    found.push(finding(assignment, it, detail, inputs, |it| {
        kinds.contains(&it.kind.as_str())
    }));
}

/// A finding of an assignment: its kind, round, occasion and time.
fn finding(
    assignment: Assignment<'_>,
    (kind, round, occasion, at): (Kind, i32, i64, OffsetDateTime),
    detail: Detail,
    inputs: impl FnOnce() -> Vec<Input>,
    rests_on: impl Fn(&Reference) -> bool,
) -> Finding {
    let who = assignment.latest();
    let mut it = Finding {
        kind,
        assignment: assignment.number,
        round,
        occasion,
        organization: who.organization.clone(),
        source: who.source.clone(),
        area: who.area.clone(),
        matter: who.matter.clone(),
        role: who.role.clone(),
        late_minutes: late_minutes(kind, assignment, round),
        only: None,
        day: civil_day(at),
        inputs: vec![],
        evidence: vec![],
    };
    if detail == Detail::Whole {
        it.inputs = inputs();
        let evidence = assignment.rounds().filter(|(number, _)| *number == round);
        let evidence = evidence.flat_map(|(_, it)| it.evidence.values());
        it.evidence = evidence.filter(|it| rests_on(it)).cloned().collect();
    }
    it
}

/// By how much what is done was late. What is still open has no measure yet: it would change every minute.
fn late_minutes(kind: Kind, assignment: Assignment<'_>, round: i32) -> i64 {
    let mut rounds = assignment.rounds();
    let Some(it) = rounds.find(|(number, _)| *number == round) else {
        return 0;
    };
    let it = &it.1.snapshot;
    let (due, done) = match kind {
        Kind::SignedLate => (it.sign.due_at, it.sign.done_at),
        Kind::OnSiteLate => (it.on_site.due_at, it.on_site.done_at),
        Kind::HandledLate => (it.disposal.due_at, it.disposal.done_at),
        Kind::ClosedLate => (assignment.due_at(), it.disposal.done_at),
        _ => return 0,
    };
    let late = due
        .zip(done)
        .map(|(due, done)| (done - due).whole_minutes());
    late.unwrap_or(0).max(0)
}

fn clock_inputs(stage: &str, clock: &Clock) -> Vec<Input> {
    let mut inputs = vec![];
    inputs.extend(
        clock
            .due_at
            .map(|at| input(&format!("{stage}_due_time"), civil_text(at))),
    );
    inputs.extend(
        clock
            .done_at
            .map(|at| input(&format!("{stage}_done_time"), civil_text(at))),
    );
    inputs
}

fn input(name: &str, value: impl ToString) -> Input {
    Input {
        name: name.to_owned(),
        value: value.to_string(),
    }
}
