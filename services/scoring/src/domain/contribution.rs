//! What a fact adds to the rollup: counts per day, organization, area, matter, source and role.

use std::collections::BTreeMap;

use time::{Date, OffsetDateTime};

use super::{
    decision::Topic,
    event::{CaseSnapshot, Clock, Post, Snapshot},
    fact::{Assignment, CaseFact, TaskFact},
    measure::{Cell, Counts},
    period::civil_day,
};

/// Sources in which nobody had to complain first: found by the street's own people.
const SELF_FOUND: &[&str] = &["PATROL"];

/// A row of the rollup.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The civil day.
    pub day: Date,
    /// Who is counted.
    pub organization: String,
    /// Where.
    pub area: String,
    /// About what.
    pub matter: String,
    /// Where the case came from.
    pub source: String,
    /// The role in the task; empty for what is counted per case.
    pub role: String,
}

/// Counts per row of the rollup.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rollup(pub BTreeMap<Key, Counts>);

impl Rollup {
    /// What it has more than another; what it has less is below zero. Only rows that differ.
    pub fn less(&self, other: &Self) -> Self {
        let mut differing = BTreeMap::new();
        for (key, counts) in &self.0 {
            match other.0.get(key) {
                Some(theirs) if theirs == counts => {}
                theirs => {
                    let mut counts = *counts;
                    theirs.into_iter().for_each(|it| counts.merge(it, -1));
                    differing.insert(key.clone(), counts);
                }
            }
        }
        for (key, theirs) in other.0.iter().filter(|(key, _)| !self.0.contains_key(key)) {
            let mut counts = Counts::default();
            counts.merge(theirs, -1);
            differing.insert(key.clone(), counts);
        }
        Self(differing)
    }

    /// Adds another's counts `sign` times; rows that come to nothing disappear.
    pub fn merge(&mut self, other: &Self, sign: i64) {
        for (key, counts) in &other.0 {
            let mine = self.0.entry(key.clone()).or_default();
            mine.merge(counts, sign);
            if mine.is_zero() {
                self.0.remove(key);
            }
        }
    }
}

/// What a count is about, besides its day.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Who is counted.
    pub organization: &'a str,
    /// Where.
    pub area: &'a str,
    /// About what.
    pub matter: &'a str,
    /// Where the case came from.
    pub source: &'a str,
    /// The role in the task; empty for what is counted apart from tasks.
    pub role: &'a str,
}

/// Where counts go: the rollup, or something coarser.
pub trait Sink {
    /// Adds to one cell of one day.
    fn count(&mut self, place: Place<'_>, day: Date, cell: Cell, count: i64);

    /// Adds to one cell what an assignment comes to at an instant; nothing if there is nothing.
    fn add(&mut self, who: &Snapshot, at: OffsetDateTime, cell: Cell, count: i64) {
        if count != 0 {
            self.count(Place::of(who), civil_day(at), cell, count);
        }
    }
}

impl Sink for Rollup {
    fn count(&mut self, place: Place<'_>, day: Date, cell: Cell, count: i64) {
        self.0
            .entry(Key::of(place, day))
            .or_default()
            .add(cell, count);
    }
}

/// The few rows of one task or case: a row is looked for, and its key made only if it is not there.
#[derive(Default)]
struct Rows(Vec<(Key, Counts)>);

impl Sink for Rows {
    fn count(&mut self, place: Place<'_>, day: Date, cell: Cell, count: i64) {
        let rows = &mut self.0;
        let at = rows.iter().rposition(|(key, _)| key.is_of(place, day));
        let at = at.unwrap_or_else(|| {
            rows.push((Key::of(place, day), Counts::default()));
            rows.len() - 1
        });
        rows[at].1.add(cell, count);
    }
}

impl From<Rows> for Rollup {
    fn from(rows: Rows) -> Self {
        Self(rows.0.into_iter().collect())
    }
}

impl Key {
    fn of(place: Place<'_>, day: Date) -> Self {
        Self {
            day,
            organization: place.organization.to_owned(),
            area: place.area.to_owned(),
            matter: place.matter.to_owned(),
            source: place.source.to_owned(),
            role: place.role.to_owned(),
        }
    }

    fn is_of(&self, place: Place<'_>, day: Date) -> bool {
        self.day == day
            && self.organization == place.organization
            && self.role == place.role
            && self.area == place.area
            && self.matter == place.matter
            && self.source == place.source
    }
}

impl<'a> Place<'a> {
    fn of(it: &'a Snapshot) -> Self {
        Self {
            organization: &it.organization,
            area: &it.area,
            matter: &it.matter,
            source: &it.source,
            role: &it.role,
        }
    }

    fn of_case(it: &'a CaseSnapshot) -> Self {
        Self {
            organization: &it.organization,
            area: &it.area,
            matter: &it.matter,
            source: &it.source,
            role: "",
        }
    }
}

/// The five cells of a stage.
struct Stage {
    done: Cell,
    on_time: Option<Cell>,
    open: Cell,
    late_in: Cell,
    late_out: Cell,
}

const SIGN: Stage = Stage {
    done: Cell::SignDone,
    on_time: Some(Cell::SignOnTime),
    open: Cell::SignOpen,
    late_in: Cell::SignLateIn,
    late_out: Cell::SignLateOut,
};
const ON_SITE: Stage = Stage {
    done: Cell::OnSiteDone,
    on_time: Some(Cell::OnSiteOnTime),
    open: Cell::OnSiteOpen,
    late_in: Cell::OnSiteLateIn,
    late_out: Cell::OnSiteLateOut,
};
const HANDLE: Stage = Stage {
    done: Cell::HandleDone,
    on_time: Some(Cell::HandleOnTime),
    open: Cell::HandleOpen,
    late_in: Cell::HandleLateIn,
    late_out: Cell::HandleLateOut,
};
const EXTENDED: Stage = Stage {
    done: Cell::ExtendedDone,
    on_time: None,
    open: Cell::ExtendedOpen,
    late_in: Cell::ExtendedLateIn,
    late_out: Cell::ExtendedLateOut,
};
const CLOSE: Stage = Stage {
    done: Cell::CloseDone,
    on_time: Some(Cell::CloseOnTime),
    open: Cell::CloseOpen,
    late_in: Cell::CloseLateIn,
    late_out: Cell::CloseLateOut,
};
const REWORKED: Stage = Stage {
    done: Cell::ReworkedDone,
    on_time: None,
    open: Cell::ReworkedOpen,
    late_in: Cell::ReworkedLateIn,
    late_out: Cell::ReworkedLateOut,
};

/// What a joint task adds.
pub fn of_task(fact: &TaskFact) -> Rollup {
    let mut rows = Rows::default();
    add_task(&mut rows, fact);
    rows.into()
}

/// Adds what a joint task adds.
pub fn add_task(rollup: &mut impl Sink, fact: &TaskFact) {
    for assignment in fact.assignments() {
        add_assignment(rollup, assignment, fact);
        if assignment.latest().role == "LEAD" && assignment.is_owing() {
            for (_, revisit) in fact.counted_revisits() {
                let who = assignment.latest();
                rollup.add(who, revisit.at, Cell::Revisited, 1);
                let passed = i64::from(revisit.passed);
                rollup.add(who, revisit.at, Cell::RevisitPassed, passed);
            }
        }
        if let Some(finished) = &fact.finished
            && assignment.latest().role == "LEAD"
            && assignment.is_owing()
            && !assignment.is_exempt(0, Topic::Closing)
        {
            rollup.add(
                assignment.latest(),
                finished.at,
                Cell::CasesClosed,
                finished.cases,
            );
            if assignment.closed_on_time() == Some(true) && fact.lasted() {
                rollup.add(
                    assignment.latest(),
                    finished.at,
                    Cell::CasesClosedOnTime,
                    finished.cases,
                );
            }
        }
    }
}

/// What a case adds: counted where it was taken in, on the day it was reported.
pub fn of_case(fact: &CaseFact) -> Rollup {
    let mut rows = Rows::default();
    add_case(&mut rows, fact);
    rows.into()
}

/// Adds what a case adds.
pub fn add_case(rollup: &mut impl Sink, fact: &CaseFact) {
    let case = &fact.snapshot;
    let place = Place::of_case(case);
    if let Some(reported) = case.reported_at {
        rollup.count(place, civil_day(reported), Cell::CasesReported, 1);
        if case.filed_at.is_some() {
            rollup.count(place, civil_day(reported), Cell::CasesFiled, 1);
        }
    }
    for stage in &case.stages {
        let Some(done) = stage.done_at else { continue };
        let (cell, on_time) = match stage.post {
            Post::Intake => (Cell::IntakeDone, Cell::IntakeOnTime),
            Post::Dispatch => (Cell::DispatchDone, Cell::DispatchOnTime),
        };
        rollup.count(place, civil_day(done), cell, 1);
        if stage.due_at.is_none_or(|due| done <= due) {
            rollup.count(place, civil_day(done), on_time, 1);
        }
    }
}

fn add_assignment(rollup: &mut impl Sink, assignment: Assignment<'_>, fact: &TaskFact) {
    let (who, lasted) = (assignment.latest(), fact.lasted());
    let owing = assignment.is_owing();
    // An order that was taken back was never their load.
    if let Some(offered) = who.offered_at.filter(|_| owing) {
        rollup.add(who, offered, Cell::Offered, 1);
        if SELF_FOUND.contains(&who.source.as_str()) {
            rollup.add(who, offered, Cell::SelfFound, 1);
        }
    }
    let last = assignment
        .rounds()
        .next_back()
        .map_or(0, |(number, _)| number);
    for (number, round) in assignment.rounds() {
        let it = &round.snapshot;
        if number == 1 {
            if !assignment.is_exempt(1, Topic::Sign) {
                add_stage(rollup, who, &SIGN, &it.sign, owing);
            }
            if let Some(check) = it.check
                && !assignment.is_exempt(1, Topic::Check)
            {
                rollup.add(who, check.at, Cell::FirstChecked, 1);
                let passed = i64::from(check.passed && lasted);
                rollup.add(who, check.at, Cell::FirstPassed, passed);
                let inside = i64::from(fact.is_inside(&it.checker));
                rollup.add(who, check.at, Cell::CheckedInside, inside);
            }
        }
        let owing = owing && number == last;
        if !assignment.is_exempt(number, Topic::OnSite) {
            // Who has reported owes no arrival any more.
            let owing = owing && it.disposal.done_at.is_none();
            add_stage(rollup, who, &ON_SITE, &it.on_site, owing);
        }
        if !assignment.is_exempt(number, Topic::Handling) {
            add_stage(rollup, who, &HANDLE, &it.disposal, owing);
            if it.extensions > 0 {
                add_stage(rollup, who, &EXTENDED, &it.disposal, owing);
            }
        }
        let ruled = !assignment.is_exempt(number, Topic::Objection);
        for ruling in round.rulings.values().filter(|_| ruled) {
            rollup.add(who, ruling.at, Cell::ObjectionsRuled, 1);
            rollup.add(
                who,
                ruling.at,
                Cell::ObjectionsUpheld,
                i64::from(ruling.upheld),
            );
        }
    }
    if !assignment.is_exempt(0, Topic::Closing) {
        add_closing(rollup, assignment, lasted);
    }
}

fn add_closing(rollup: &mut impl Sink, assignment: Assignment<'_>, lasted: bool) {
    let who = assignment.latest();
    let closed = assignment
        .accepted()
        .and_then(|(_, round)| round.snapshot.check)
        .map(|check| check.at);
    let mut again = assignment.rounds().skip(1);
    let reworked = again.any(|(number, _)| !assignment.is_exempt(number - 1, Topic::Check));
    for stage in if reworked {
        &[CLOSE, REWORKED][..]
    } else {
        &[CLOSE][..]
    } {
        match closed {
            Some(at) => {
                rollup.add(who, at, stage.done, 1);
                if assignment.closed_on_time() == Some(true) {
                    if let Some(cell) = stage.on_time.filter(|_| lasted) {
                        rollup.add(who, at, cell, 1);
                    }
                } else if let Some(from) = assignment.arrears_from() {
                    rollup.add(who, from, stage.late_in, 1);
                    rollup.add(who, at, stage.late_out, 1);
                }
            }
            None if assignment.is_owing() => {
                if let Some(from) = assignment.arrears_from() {
                    rollup.add(who, from, stage.open, 1);
                }
            }
            None => {}
        }
    }
}

fn add_stage(rollup: &mut impl Sink, who: &Snapshot, stage: &Stage, clock: &Clock, owing: bool) {
    match (clock.done_at, clock.due_at) {
        (Some(done), due) => {
            rollup.add(who, done, stage.done, 1);
            match due.filter(|due| done > *due) {
                Some(due) => {
                    rollup.add(who, due, stage.late_in, 1);
                    rollup.add(who, done, stage.late_out, 1);
                }
                None => {
                    if let Some(cell) = stage.on_time {
                        rollup.add(who, done, cell, 1);
                    }
                }
            }
        }
        (None, Some(due)) if owing => rollup.add(who, due, stage.open, 1),
        (None, _) => {}
    }
}
