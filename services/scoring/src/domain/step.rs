//! One event's whole effect: the fact after it, what the rollup gains and loses, what the ledger does.
//!
//! A correction is never in place: the old contribution is taken away and the new one added; an entry that no longer
//! holds is reversed and the new one posted. So events may come late, twice or out of order.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{
    composite::RuleSums,
    contribution::{self, Rollup},
    decision::Exemption,
    entry::{self, Content, Move, Slot},
    event::{CaseSnapshot, Event},
    fact::{CaseFact, TaskFact},
    finding::{self, Finding},
    period::Period,
    scheme::{Book, Scheme},
    sheet::Sheet,
};

/// A joint task's fact with what follows from it.
#[derive(Clone, Debug)]
pub struct Task {
    id: Uuid,
    fact: TaskFact,
    rollup: Rollup,
    standing: BTreeMap<Slot, Content>,
}

/// What one event does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// What the rollup gains; losses are negative counts.
    pub delta: Rollup,
    /// What the ledger does, reversals first.
    pub moves: Vec<Move>,
}

impl Task {
    /// A task as it is known.
    pub fn of(id: Uuid, fact: TaskFact, schemes: &Book) -> Self {
        let rollup = contribution::of_task(&fact);
        let standing = standing(id, &fact, schemes);
        Self {
            id,
            fact,
            rollup,
            standing,
        }
    }

    /// What is known.
    pub fn fact(&self) -> &TaskFact {
        &self.fact
    }

    /// What it adds to the rollup.
    pub fn rollup(&self) -> &Rollup {
        &self.rollup
    }

    /// Folds an event. A repeat does nothing.
    pub fn fold(&mut self, event: &Event, schemes: &Book) -> Step {
        if self.fact.apply(event) {
            self.settle(schemes)
        } else {
            Step::default()
        }
    }

    /// Takes a part out of the counts. A repeat does nothing.
    pub fn exempt(&mut self, part: &Exemption, schemes: &Book) -> Step {
        if self.fact.exempt(part) {
            self.settle(schemes)
        } else {
            Step::default()
        }
    }

    fn settle(&mut self, schemes: &Book) -> Step {
        let after = contribution::of_task(&self.fact);
        let mut delta = after.clone();
        delta.merge(&self.rollup, -1);
        self.rollup = after;
        let after = standing(self.id, &self.fact, schemes);
        let moves = moves(&self.standing, &after);
        self.standing = after;
        Step { delta, moves }
    }
}

/// What a sheet that takes the place of another does; an older one does nothing.
pub fn sheet(known: &mut Option<Sheet>, sheet: &Sheet, schemes: &Book) -> Step {
    if known.as_ref().is_some_and(|it| it.version >= sheet.version) {
        return Step::default();
    }
    let mut after = sheet.clone();
    if let Some(known) = known {
        after.exempt.extend(&known.exempt);
    }
    replaced(known, after, schemes)
}

/// What taking a part out of a sheet does; a repeat does nothing.
pub fn exempt_sheet(known: &mut Option<Sheet>, part: &Exemption, schemes: &Book) -> Step {
    let Some(mut after) = known.clone() else {
        return Step::default();
    };
    if !after.exempt.insert(part.occasion) {
        return Step::default();
    }
    replaced(known, after, schemes)
}

fn replaced(known: &mut Option<Sheet>, after: Sheet, schemes: &Book) -> Step {
    let mut delta = after.rollup();
    let mut before = BTreeMap::new();
    if let Some(known) = known {
        delta.merge(&known.rollup(), -1);
        before = judged(known.id, &known.counted_findings(), schemes);
    }
    let moves = moves(
        &before,
        &judged(after.id, &after.counted_findings(), schemes),
    );
    *known = Some(after);
    Step { delta, moves }
}

/// Folds an event into a case's fact.
pub fn case(fact: &mut Option<CaseFact>, version: i64, snapshot: &CaseSnapshot) -> Rollup {
    let before = fact.take();
    let mut delta = Rollup::default();
    if let Some(before) = &before {
        delta.merge(&contribution::of_case(before), -1);
    }
    let after = CaseFact::apply(before, version, snapshot);
    delta.merge(&contribution::of_case(&after), 1);
    *fact = Some(after);
    delta
}

/// The entries that stand for a task as it is: what every scheme in force makes of its findings.
pub fn standing(id: Uuid, fact: &TaskFact, schemes: &Book) -> BTreeMap<Slot, Content> {
    judged(id, &finding::all(fact), schemes)
}

fn judged(id: Uuid, findings: &[Finding], schemes: &Book) -> BTreeMap<Slot, Content> {
    let mut entries = BTreeMap::new();
    for finding in findings {
        for scheme in schemes.in_force(finding.day) {
            for rule in scheme.rules_for(finding) {
                if let Some(content) = entry::content(id, finding, scheme, rule) {
                    entries.insert(content.slot.clone(), content);
                }
            }
        }
    }
    entries
}

/// Adds what a scheme would make of findings dated in a period, had it been in force.
pub fn judge_as_if(
    id: Uuid,
    findings: &[Finding],
    scheme: &Scheme,
    period: Period,
    sums: &mut BTreeMap<String, RuleSums>,
) {
    for finding in findings.iter().filter(|it| period.contains(it.day)) {
        for rule in scheme.rules_for(finding) {
            if let Some(content) = entry::content(id, finding, scheme, rule) {
                let of = sums.entry(content.organization).or_default();
                let sum = of.entry(rule.id.clone()).or_default();
                sum.0 += 1;
                sum.1 += content.points;
            }
        }
    }
}

fn moves(before: &BTreeMap<Slot, Content>, after: &BTreeMap<Slot, Content>) -> Vec<Move> {
    let holds = |content: &Content, others: &BTreeMap<Slot, Content>| {
        others
            .get(&content.slot)
            .is_some_and(|other| other.agrees_with(content))
    };
    let gone = before
        .values()
        .filter(|it| !holds(it, after))
        .map(|it| Move::Reverse(it.slot.clone()));
    let new = after
        .values()
        .filter(|it| !holds(it, before))
        .cloned()
        .map(Move::Post);
    gone.chain(new).collect()
}
