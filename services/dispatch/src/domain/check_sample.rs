//! Checks by sample (抽查, M25): some of what was accepted is looked at again, drawn by a published seed.
//!
//! ```text
//! Planned: the list is fixed ─draw, by a seed─▶ Drawn ─the last was looked at─▶ Completed
//!    └─────────────given up─────────────▶ Cancelled
//! ```
//!
//! What must stay true: the list is on record before the seed, so nobody chooses what is drawn; the draw follows from
//! list, seed and size alone; whoever looks again had no hand in the work or in its check (R10).

use serde::{Deserialize, Serialize};
use time::serde::timestamp::microseconds as us;
use time::{Date, OffsetDateTime};

use super::assignment::{Assignment, State as AssignmentState};
use super::lot;
use super::refusal::Refusal;
use super::task::{self, Task};
use super::{AreaId, AssignmentId, CaseId, OrganizationId, PersonId, Role};

/// The longest list.
pub const POPULATION_MAX: usize = 2_000;

/// Where a sample stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum State {
    /// The list is fixed; nothing is drawn.
    #[default]
    Planned,
    /// Some of what was drawn is still to be looked at.
    Drawn,
    /// All of it was.
    Completed,
    /// Given up before the draw.
    Cancelled,
}

/// Why a sample is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // the message says it
pub enum Refused {
    #[error("no such sample")]
    NotFound,
    #[error("nothing was accepted on these days")]
    NothingToSample,
    #[error("{found} assignments were accepted on these days, more than {POPULATION_MAX}")]
    TooMany { found: usize },
    #[error("the sample was drawn, or given up")]
    NotPlanned { state: State },
    #[error("the assignment was not drawn")]
    NotSampled,
    #[error("{by} has looked at it already")]
    AlreadyChecked { by: PersonId },
}

/// What may be drawn: an accepted piece of work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// Which.
    pub assignment: AssignmentId,
    /// Who did it.
    pub organization: OrganizationId,
}

/// What was planned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// One line.
    pub title: String,
    /// Who looks again.
    pub organization: OrganizationId,
    /// Who planned it.
    pub person: PersonId,
    /// The first civil day on which the work was accepted.
    pub first_day: Date,
    /// The last one.
    pub last_day: Date,
    /// Where; none: everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<AreaId>,
    /// How many are drawn.
    pub sample: u16,
    /// The list, in order of names.
    pub population: Vec<Candidate>,
}

/// What somebody found who looked again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// Whether it is solved.
    pub passed: bool,
    /// In words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Its evidence, as in a report.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
    /// Who looked.
    pub person: PersonId,
    /// When.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
    /// The cases that were opened again for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reopened: Vec<CaseId>,
}

/// An accepted piece of work that was drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sampled {
    /// Which, and whose.
    pub candidate: Candidate,
    /// What was found; none before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<Found>,
}

/// What can happen to a sample.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)] // the event's word says it
pub enum Change {
    Planned(Box<Planned>),
    Drawn {
        seed: String,
        drawn: Vec<Candidate>,
    },
    /// With whose earlier check it looks behind.
    Checked {
        sampled: Box<Sampled>,
        checker: OrganizationId,
    },
    Cancelled {
        reason: String,
    },
}

/// An event of a sample.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckSampleEvent {
    /// When it happened.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
    /// What happened.
    pub change: Change,
    /// The sample as it stands afterwards; never folded.
    pub facts: Box<SampleFacts>,
}

/// A sample after an event: all that readers of the log need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleFacts {
    /// Where it stands.
    pub state: State,
    /// One line.
    pub title: String,
    /// Who looks again.
    pub organization: OrganizationId,
    /// Whose work was drawn.
    pub organizations: Vec<OrganizationId>,
    /// How many are on the list.
    pub population: usize,
    /// How many are drawn.
    pub sample: usize,
    /// How many of them were looked at.
    pub checked: usize,
    /// How many of those were not solved.
    pub failed: usize,
}

/// A check by sample. Its default is before its first event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckSample {
    /// Where it stands.
    pub state: State,
    /// What was planned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned: Option<Planned>,
    /// What it was drawn with.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub seed: String,
    /// What was drawn, in the order of the draw.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drawn: Vec<Sampled>,
    /// Why it was given up.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub cancel_reason: String,
    /// When it was planned.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub planned_at: Option<OffsetDateTime>,
    /// When it was drawn.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub drawn_at: Option<OffsetDateTime>,
}

/// Draws from a list by the assignments' names ([`lot::order`]).
pub fn draw(population: &[Candidate], seed: &str, sample: u16) -> Vec<Candidate> {
    let all = lot::order(population, seed, |it| it.assignment.to_string());
    all.into_iter().take(sample.into()).cloned().collect()
}

impl Planned {
    /// What is planned, with the list that was found; in order of names, whichever way it was found.
    pub fn over(mut self, mut found: Vec<Candidate>) -> Result<Planned, Refused> {
        found.sort_by_cached_key(|it| it.assignment.to_string());
        found.dedup_by(|a, b| a.assignment == b.assignment);
        match found.len() {
            0 => Err(Refused::NothingToSample),
            1..=POPULATION_MAX => {
                self.population = found;
                Ok(self)
            }
            found => Err(Refused::TooMany { found }),
        }
    }
}

impl Task {
    /// What of it may be drawn for an organization that looks again at the work of others: what was accepted in a
    /// span, if the task is finished and no exercise.
    pub fn to_sample(
        &self,
        id: super::TaskId,
        organization: &OrganizationId,
        (from, before): (OffsetDateTime, OffsetDateTime),
    ) -> Vec<Candidate> {
        let whole = self.state == task::State::Finished && !self.exercise;
        let parts = self.assignments.iter().filter(|_| whole);
        let accepted = parts.filter(|it| {
            let at = it.accepted_at();
            it.offer.organization != *organization
                && it.offer.role != Role::Awareness
                && at.is_some_and(|at| from <= at && at < before)
        });
        let named = accepted.map(|it| Candidate {
            assignment: AssignmentId {
                task: id,
                number: it.number(),
            },
            organization: it.offer.organization.clone(),
        });
        named.collect()
    }
}

impl Assignment {
    /// When its result was accepted.
    pub fn accepted_at(&self) -> Option<OffsetDateTime> {
        let check = self.round()?.check.as_ref()?;
        (self.state == AssignmentState::Done && check.passed).then_some(check.at)
    }

    /// Whether somebody may look again: neither who did the work nor who checked it, nor one of the holder's (R10).
    fn may_be_looked_at_by(
        &self,
        person: &PersonId,
        units: &[OrganizationId],
    ) -> Result<(), Refusal> {
        let mut checks = self.rounds.iter().filter_map(|it| it.check.as_ref());
        let checked = checks.any(|it| it.person == *person);
        if checked || self.hands.contains(person) || units.contains(&self.offer.organization) {
            let who = person.to_string();
            return Err(Refusal::CheckerIsHandler { who });
        }
        Ok(())
    }
}

impl CheckSample {
    /// What was planned, for the organization whose it is; for everybody else it is not there.
    pub fn of(&self, organization: &OrganizationId) -> Result<&Planned, Refused> {
        let planned = self.planned.as_ref();
        planned
            .filter(|it| it.organization == *organization)
            .ok_or(Refused::NotFound)
    }

    /// Draws; the same seed again changes nothing.
    pub fn draw(&self, organization: &OrganizationId, seed: &str) -> Result<Vec<Change>, Refused> {
        let planned = self.of(organization)?;
        match self.state {
            State::Planned => Ok(vec![Change::Drawn {
                seed: seed.to_owned(),
                drawn: draw(&planned.population, seed, planned.sample),
            }]),
            State::Drawn | State::Completed if self.seed == seed => Ok(vec![]),
            state => Err(Refused::NotPlanned { state }),
        }
    }

    /// Records what was found of something that was drawn. The task says who may look.
    pub fn check(
        &self,
        organization: &OrganizationId,
        (id, task): (AssignmentId, &Task),
        found: Found,
        units: &[OrganizationId],
    ) -> Result<Vec<Change>, Refusal> {
        self.of(organization)?;
        let mut drawn = self.drawn.iter();
        let sampled = drawn.find(|it| it.candidate.assignment == id);
        let part = task.assignment(id.number);
        let (sampled, part) = sampled.zip(part).ok_or(Refused::NotSampled)?;
        part.may_be_looked_at_by(&found.person, units)?;
        if let Some(last) = &sampled.found {
            let same = (last.passed, &last.person) == (found.passed, &found.person);
            let by = last.person.clone();
            return if same {
                Ok(vec![])
            } else {
                Err(Refused::AlreadyChecked { by }.into())
            };
        }
        let sampled = Sampled {
            candidate: sampled.candidate.clone(),
            found: Some(found),
        };
        Ok(vec![Change::Checked {
            sampled: Box::new(sampled),
            checker: part.offer.checker.clone(),
        }])
    }

    /// Gives it up.
    pub fn cancel(
        &self,
        organization: &OrganizationId,
        reason: &str,
    ) -> Result<Vec<Change>, Refused> {
        self.of(organization)?;
        match self.state {
            State::Planned => Ok(vec![Change::Cancelled {
                reason: reason.to_owned(),
            }]),
            State::Cancelled if self.cancel_reason == reason => Ok(vec![]),
            state => Err(Refused::NotPlanned { state }),
        }
    }

    /// Folds one event; total, so history always replays.
    pub fn apply(&mut self, event: &CheckSampleEvent) {
        match &event.change {
            Change::Planned(it) => {
                self.planned = Some((**it).clone());
                self.planned_at = Some(event.at);
            }
            Change::Drawn { seed, drawn } => {
                self.state = State::Drawn;
                self.seed.clone_from(seed);
                let drawn = drawn.iter().cloned();
                self.drawn = drawn
                    .map(|candidate| Sampled {
                        candidate,
                        found: None,
                    })
                    .collect();
                self.drawn_at = Some(event.at);
            }
            Change::Checked { sampled, .. } => {
                let same = |it: &&mut Sampled| it.candidate == sampled.candidate;
                if let Some(it) = self.drawn.iter_mut().find(same) {
                    it.found.clone_from(&sampled.found);
                }
                if self.drawn.iter().all(|it| it.found.is_some()) {
                    self.state = State::Completed;
                }
            }
            Change::Cancelled { reason } => {
                self.state = State::Cancelled;
                self.cancel_reason.clone_from(reason);
            }
        }
    }
}

impl CheckSampleEvent {
    /// Folds changes one after the other and puts beside each what it leaves behind.
    pub fn of(
        it: &CheckSample,
        at: OffsetDateTime,
        changes: impl IntoIterator<Item = Change>,
    ) -> Vec<CheckSampleEvent> {
        let mut after = it.clone();
        let record = |change: Change| {
            let facts = Box::new(SampleFacts::of(&after));
            let mut event = CheckSampleEvent { at, change, facts };
            after.apply(&event);
            event.facts = Box::new(SampleFacts::of(&after));
            event
        };
        changes.into_iter().map(record).collect()
    }

    /// The word for it in the log. Never changed once released.
    pub fn kind(&self) -> &'static str {
        match self.change {
            Change::Planned(_) => "CheckSamplePlanned",
            Change::Drawn { .. } => "CheckSampleDrawn",
            Change::Checked { .. } => "SampleChecked",
            Change::Cancelled { .. } => "CheckSampleCancelled",
        }
    }

    /// Who is told: whose sample it is; of a draw everybody of whose work something was drawn; of a result who did
    /// the work, and whose check it looks behind.
    pub fn audience(&self) -> Vec<OrganizationId> {
        let mut all = vec![self.facts.organization.clone()];
        match &self.change {
            Change::Drawn { .. } => all.extend(self.facts.organizations.iter().cloned()),
            Change::Checked { sampled, checker } => {
                all.extend([sampled.candidate.organization.clone(), checker.clone()]);
            }
            Change::Planned(_) | Change::Cancelled { .. } => {}
        }
        all.sort();
        all.dedup();
        all
    }
}

impl SampleFacts {
    fn of(it: &CheckSample) -> SampleFacts {
        let planned = it.planned.as_ref();
        let found = || it.drawn.iter().filter_map(|it| it.found.as_ref());
        SampleFacts {
            state: it.state,
            title: planned.map(|it| it.title.clone()).unwrap_or_default(),
            organization: planned
                .map(|it| it.organization.clone())
                .unwrap_or_default(),
            organizations: it.handlers(),
            population: planned.map_or(0, |it| it.population.len()),
            sample: it.drawn.len(),
            checked: found().count(),
            failed: found().filter(|it| !it.passed).count(),
        }
    }
}

impl CheckSample {
    /// Whose work was drawn, each once.
    pub fn handlers(&self) -> Vec<OrganizationId> {
        let all = self
            .drawn
            .iter()
            .map(|it| it.candidate.organization.clone());
        let mut all: Vec<_> = all.collect();
        all.sort();
        all.dedup();
        all
    }
}
