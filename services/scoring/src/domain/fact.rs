//! Facts: one accumulating row per assignment and round with every milestone time, gathered per joint task because
//! a round's meaning depends on its neighbours; and one per case.
//!
//! Every event carries how its round stands afterwards, with the version of the task's history. The highest version
//! holds, evidence is a set, so the facts depend only on which events came, not on their order or number.

use std::collections::{BTreeMap, BTreeSet};

use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    decision::{Exemption, Topic},
    event::{CaseSnapshot, Change, Event, Reference, Snapshot, Standing},
};

/// Everything known about a joint task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskFact {
    /// When it finished; absent before.
    pub finished: Option<Finished>,
    /// Its assignments' rounds, by assignment and round.
    pub rounds: BTreeMap<(i32, i32), RoundFact>,
    /// Looks at its result some time later, by the event's position.
    pub revisits: BTreeMap<i64, Revisit>,
    /// What appeals took out of the counts.
    pub exempt: BTreeSet<ExemptPart>,
}

/// A part of a task that is not counted: assignment, round, topic and occasion, as in [`Exemption`].
pub type ExemptPart = (i32, i32, Topic, i64);

/// A look at a task's result some time later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revisit {
    /// When.
    pub at: OffsetDateTime,
    /// Whether it is still solved.
    pub passed: bool,
    /// The event that says so.
    pub evidence: Reference,
}

/// How a task finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// When.
    pub at: OffsetDateTime,
    /// How many cases closed with it.
    pub cases: i64,
    /// The event that says so; absent where only counts are wanted.
    pub evidence: Option<Reference>,
}

/// One round of an assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoundFact {
    /// The version of the task's history that `snapshot` is from.
    pub version: i64,
    /// How it stands.
    pub snapshot: Snapshot,
    /// Rulings on objections, by version.
    pub rulings: BTreeMap<i64, Ruling>,
    /// Every event about it, by position; none where only counts are wanted.
    pub evidence: BTreeMap<i64, Reference>,
}

/// How an objection was ruled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Ruling {
    /// When, UTC.
    #[serde(with = "time::serde::timestamp::microseconds")]
    pub at: OffsetDateTime,
    /// Whether the objection was upheld.
    pub upheld: bool,
    /// The position of the event.
    pub position: i64,
}

/// Everything known about a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseFact {
    /// The version of the case's history that `snapshot` is from.
    pub version: i64,
    /// How it stands.
    pub snapshot: CaseSnapshot,
}

/// One assignment: its rounds, oldest first, at least one.
#[derive(Clone, Copy, Debug)]
pub struct Assignment<'a> {
    /// Its number within the task.
    pub number: i32,
    /// Its rounds by number, all of the same assignment.
    rounds: &'a BTreeMap<(i32, i32), RoundFact>,
    exempt: &'a BTreeSet<ExemptPart>,
    latest: &'a RoundFact,
}

impl TaskFact {
    /// Folds one event and says whether anything is new. Total: an event about something else, or one that was
    /// folded before, changes nothing.
    pub fn apply(&mut self, event: &Event) -> bool {
        match &event.change {
            Change::Assignment {
                part,
                snapshot,
                ruled,
            } => {
                let at = (part.assignment, part.round);
                let round = self
                    .rounds
                    .entry(at)
                    .or_insert_with(|| RoundFact::empty(event.version, snapshot));
                round.apply(event, snapshot, *ruled)
            }
            Change::Finished { cases, .. } => {
                let evidence = event.reference.clone();
                let known = self.finished.as_ref().and_then(|it| it.evidence.as_ref());
                let newer = known.is_none_or(|it| it.position < evidence.position);
                if newer {
                    self.finished = Some(Finished {
                        at: evidence.occurred_at,
                        cases: *cases,
                        evidence: Some(evidence),
                    });
                }
                newer
            }
            Change::Revisited { at, passed, .. } => {
                let evidence = event.reference.clone();
                let revisit = Revisit {
                    at: *at,
                    passed: *passed,
                    evidence,
                };
                let place = event.reference.position;
                self.revisits.insert(place, revisit).is_none()
            }
            Change::Case(..) | Change::Sheet(_) | Change::Nothing => false,
        }
    }

    /// Whether no revisit found that its result did not last; else what it earned by closing is taken back (M25).
    pub fn lasted(&self) -> bool {
        self.counted_revisits().all(|(_, it)| it.passed)
    }

    /// The looks at its result that no appeal took out of the counts, by position. One that is exempt is so for
    /// everybody who had a part in the task.
    pub fn counted_revisits(&self) -> impl Iterator<Item = (i64, &Revisit)> {
        let exempt = |position: i64| {
            let mut parts = self.exempt.iter();
            parts.any(|(_, _, topic, occasion)| *topic == Topic::Revisit && *occasion == position)
        };
        let all = self.revisits.iter().map(|(position, it)| (*position, it));
        all.filter(move |(position, _)| !exempt(*position))
    }

    /// Whether an organization directs the work or has a part in it: it should not verify it (M45).
    pub fn is_inside(&self, organization: &str) -> bool {
        let mut parts = self.rounds.values().map(|it| &it.snapshot);
        !organization.is_empty()
            && parts.any(|it| it.organizer == organization || it.organization == organization)
    }

    /// Takes a part out of the counts and says whether it was in them.
    pub fn exempt(&mut self, part: &Exemption) -> bool {
        self.exempt
            .insert((part.assignment, part.round, part.topic, part.occasion))
    }

    /// Its assignments that are counted at all.
    pub fn assignments(&self) -> impl Iterator<Item = Assignment<'_>> {
        let mut numbers: Vec<i32> = self.rounds.keys().map(|(number, _)| *number).collect();
        numbers.dedup();
        numbers
            .into_iter()
            .filter_map(|number| self.assignment(number))
    }

    fn assignment(&self, number: i32) -> Option<Assignment<'_>> {
        let rounds = self.rounds.range((number, 0)..=(number, i32::MAX));
        // The newest snapshot says who holds it and whether anything is still owed.
        let latest = rounds
            .map(|(_, round)| round)
            .max_by_key(|round| round.version)?;
        let counted = latest.snapshot.standing != Standing::Uncounted;
        counted.then_some(Assignment {
            number,
            rounds: &self.rounds,
            exempt: &self.exempt,
            latest,
        })
    }
}

impl RoundFact {
    fn empty(version: i64, snapshot: &Snapshot) -> Self {
        Self {
            version,
            snapshot: snapshot.clone(),
            rulings: BTreeMap::new(),
            evidence: BTreeMap::new(),
        }
    }

    fn apply(&mut self, event: &Event, snapshot: &Snapshot, ruled: Option<bool>) -> bool {
        let reference = &event.reference;
        if self.evidence.contains_key(&reference.position) {
            return false;
        }
        self.evidence.insert(reference.position, reference.clone());
        if event.version > self.version {
            self.version = event.version;
            self.snapshot = snapshot.clone();
        }
        if let Some(upheld) = ruled {
            let ruling = Ruling {
                at: reference.occurred_at,
                upheld,
                position: reference.position,
            };
            self.rulings.insert(event.version, ruling);
        }
        true
    }
}

impl<'a> Assignment<'a> {
    /// Its rounds with their numbers, oldest first.
    pub fn rounds(self) -> impl DoubleEndedIterator<Item = (i32, &'a RoundFact)> {
        self.rounds
            .range((self.number, 0)..=(self.number, i32::MAX))
            .map(|((_, round), fact)| (*round, fact))
    }

    /// Whether an appeal took this out of the counts. What belongs to the whole assignment has round 0.
    pub fn is_exempt(self, round: i32, topic: Topic) -> bool {
        self.exempt.contains(&(self.number, round, topic, 0))
    }

    /// How it stands now: of the newest event.
    pub fn latest(self) -> &'a Snapshot {
        &self.latest.snapshot
    }

    /// Whether what is not done is still due.
    pub fn is_owing(self) -> bool {
        self.latest().standing == Standing::Owing
    }

    /// The deadline of the whole assignment: the one of its first round. Rework does not move it.
    pub fn due_at(self) -> Option<OffsetDateTime> {
        self.rounds()
            .next()
            .and_then(|(_, first)| first.snapshot.disposal.due_at)
    }

    /// The round whose result was accepted; absent while open.
    pub fn accepted(self) -> Option<(i32, &'a RoundFact)> {
        self.rounds()
            .rfind(|(_, round)| round.snapshot.check.is_some_and(|check| check.passed))
    }

    /// Whether the accepted result was reported by the deadline, however long its check took.
    pub fn closed_on_time(self) -> Option<bool> {
        let (_, accepted) = self.accepted()?;
        let reported = accepted.snapshot.disposal.done_at?;
        Some(self.due_at().is_none_or(|due| reported <= due))
    }

    /// From when on it is in arrears: its deadline, or, if a report came by then, the check that refused it.
    /// While a timely report waits for its check the department owes nothing.
    pub fn arrears_from(self) -> Option<OffsetDateTime> {
        let due = self.due_at()?;
        let mut from = Some(due);
        for (_, round) in self.rounds() {
            let timely = round
                .snapshot
                .disposal
                .done_at
                .is_some_and(|reported| reported <= due);
            if timely {
                from = round
                    .snapshot
                    .check
                    .filter(|check| !check.passed)
                    .map(|check| check.at.max(due));
            }
        }
        from
    }
}

impl CaseFact {
    /// Folds one event into what is known of its case.
    pub fn apply(known: Option<Self>, version: i64, snapshot: &CaseSnapshot) -> Self {
        match known {
            Some(known) if known.version >= version => known,
            _ => Self {
                version,
                snapshot: snapshot.clone(),
            },
        }
    }
}

impl Change {
    /// The joint task whose facts it changes.
    pub fn task(&self) -> Option<Uuid> {
        match self {
            Self::Assignment { part, .. } => Some(part.task),
            Self::Finished { task, .. } | Self::Revisited { task, .. } => Some(*task),
            Self::Case(..) | Self::Sheet(_) | Self::Nothing => None,
        }
    }
}
