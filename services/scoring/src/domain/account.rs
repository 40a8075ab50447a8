//! A district's accounts while events are folded into them: the tasks and cases at hand, what the rollup gained, and
//! the ledger. The consumer fills it with what a batch touches; a verification lets it grow from nothing.

use std::collections::{BTreeMap, HashMap};

use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    contribution::Rollup,
    decision::{Decision, Exemption, Topic},
    entry::{Entry, Head, Move, Slot},
    event::{Change, Event, Reference},
    fact::{CaseFact, TaskFact},
    scheme::Book,
    sheet::Sheet,
    step::{self, Step, Task},
};

/// Facts and rollup of a district, or of the part of it that a batch touches.
#[derive(Clone, Debug)]
pub struct Account {
    schemes: Book,
    /// The tasks at hand, by id.
    pub tasks: BTreeMap<Uuid, Task>,
    /// The cases at hand, by id.
    pub cases: BTreeMap<Uuid, Option<CaseFact>>,
    /// The sheets at hand, by kind and id.
    pub sheets: BTreeMap<(String, Uuid), Option<Sheet>>,
    /// What the rollup gained since the account was opened.
    pub gained: Rollup,
}

/// The end of a ledger, with the standing entries that may have to be reversed.
#[derive(Clone, Debug)]
pub struct Ledger {
    district: String,
    schemes: Book,
    /// Where it ends.
    pub head: Head,
    standing: HashMap<Slot, Entry>,
}

/// A standing entry that the facts call for is not in the ledger: it was not written by these rules.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no standing entry of rule {} for assignment {} of task {}", .0.rule, .0.assignment, .0.task)]
pub struct Missing(pub Box<Slot>);

impl Account {
    /// An account with nothing in it.
    pub fn new(schemes: Book) -> Self {
        Self {
            schemes,
            tasks: BTreeMap::new(),
            cases: BTreeMap::new(),
            sheets: BTreeMap::new(),
            gained: Rollup::default(),
        }
    }

    /// Puts a task's fact in, as it was when the account was opened.
    pub fn put_task(&mut self, id: Uuid, fact: TaskFact) {
        self.tasks.insert(id, Task::of(id, fact, &self.schemes));
    }

    /// Folds an event; answers what the ledger has to do, reversals first.
    pub fn fold(&mut self, event: &Event) -> Vec<Move> {
        if let Change::Case(id, snapshot) = &event.change {
            let delta = step::case(self.cases.entry(*id).or_default(), event.version, snapshot);
            self.gained.merge(&delta, 1);
        }
        if let Change::Sheet(sheet) = &event.change {
            return self.count(sheet);
        }
        let Some(id) = event.change.task() else {
            return vec![];
        };
        let schemes = &self.schemes;
        let step = task(&mut self.tasks, id, schemes).fold(event, schemes);
        self.gained.merge(&step.delta, 1);
        step.moves
    }

    /// Carries out a decision; answers what the ledger has to do, reversals first.
    pub fn decide(&mut self, decision: &Decision) -> Vec<Move> {
        match decision {
            Decision::PutScheme { document } => {
                // It was checked before it was recorded.
                if let Ok(schemes) = self.schemes.with(document) {
                    self.schemes = schemes;
                }
                vec![]
            }
            Decision::Exempt { parts } => {
                let mut moves = vec![];
                for part in parts {
                    let step = self.exempt(part);
                    self.gained.merge(&step.delta, 1);
                    moves.extend(step.moves);
                }
                moves
            }
            Decision::Count(sheet) => self.count(sheet),
        }
    }

    /// The schemes it judges by now.
    pub fn schemes(&self) -> &Book {
        &self.schemes
    }

    fn exempt(&mut self, part: &Exemption) -> Step {
        let schemes = &self.schemes;
        if part.topic != Topic::Apart {
            return task(&mut self.tasks, part.task, schemes).exempt(part, schemes);
        }
        // Ids are unique among all kinds of sheets.
        let mut sheets = self.sheets.iter_mut();
        match sheets.find(|((_, id), _)| *id == part.task) {
            Some((_, known)) => step::exempt_sheet(known, part, schemes),
            None => Step::default(),
        }
    }

    fn count(&mut self, sheet: &Sheet) -> Vec<Move> {
        let known = self
            .sheets
            .entry((sheet.kind.clone(), sheet.id))
            .or_default();
        let step = step::sheet(known, sheet, &self.schemes);
        self.gained.merge(&step.delta, 1);
        step.moves
    }
}

fn task<'a>(tasks: &'a mut BTreeMap<Uuid, Task>, id: Uuid, schemes: &Book) -> &'a mut Task {
    tasks
        .entry(id)
        .or_insert_with(|| Task::of(id, TaskFact::default(), schemes))
}

impl Ledger {
    /// A district's ledger that ends at `head`.
    pub fn new(district: &str, head: Head, schemes: Book) -> Self {
        Self {
            district: district.to_owned(),
            schemes,
            head,
            standing: HashMap::new(),
        }
    }

    /// Goes on with other schemes: a version was put in force.
    pub fn judge_by(&mut self, schemes: &Book) {
        self.schemes = schemes.clone();
    }

    /// Makes an entry known that stands and may have to be reversed.
    pub fn know(&mut self, entry: Entry) {
        self.standing.insert(entry.content.slot.clone(), entry);
    }

    /// Writes the next entry.
    pub fn write(
        &mut self,
        it: Move,
        cause: &Reference,
        recorded_at: OffsetDateTime,
    ) -> Result<Entry, Missing> {
        match it {
            Move::Post(content) => {
                let scheme = self.schemes.get(&content.slot.scheme, content.version);
                let appeal_days = scheme.map_or(0, |it| it.appeal_days);
                let entry =
                    self.head
                        .append(&self.district, content, 0, cause, recorded_at, appeal_days);
                self.know(entry.clone());
                Ok(entry)
            }
            Move::Reverse(slot) => {
                let Some(gone) = self.standing.remove(&slot) else {
                    return Err(Missing(Box::new(slot)));
                };
                let content = gone.reversal(cause);
                Ok(self.head.append(
                    &self.district,
                    content,
                    gone.sequence,
                    cause,
                    recorded_at,
                    0,
                ))
            }
        }
    }
}
