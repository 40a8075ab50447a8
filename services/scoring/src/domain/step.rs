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
    entry::{self, Content, Move, Slot, Verdict},
    event::{CaseSnapshot, Event},
    fact::{CaseFact, TaskFact},
    finding::{self, Finding},
    period::Period,
    scheme::{Book, Rule, Scheme},
    sheet::Sheet,
};

/// A joint task's fact with what follows from it.
#[derive(Clone, Debug)]
pub struct Task {
    id: Uuid,
    fact: TaskFact,
    rollup: Rollup,
    standing: Standing,
}

/// What stands, by slot: enough to see what a change of the facts does to it. A standing entry is left alone when only
/// more is known about it.
type Standing = BTreeMap<Slot, Verdict>;

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
        let standing = judged(id, &finding::bare(&fact), schemes);
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
        let delta = after.less(&self.rollup);
        self.rollup = after;
        let after = judged(self.id, &finding::bare(&self.fact), schemes);
        let contents = || standing(self.id, &self.fact, schemes);
        let moves = moves(&self.standing, &after, contents);
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
    let mut before = Standing::new();
    if let Some(known) = known {
        delta.merge(&known.rollup(), -1);
        before = judged(known.id, &known.counted_findings(), schemes);
    }
    let findings = after.counted_findings();
    let moves = moves(&before, &judged(after.id, &findings, schemes), || {
        contents(after.id, &findings, schemes)
    });
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
    contents(id, &finding::all(fact), schemes)
}

fn contents(id: Uuid, findings: &[Finding], schemes: &Book) -> BTreeMap<Slot, Content> {
    let of = |(finding, scheme, rule)| entry::content(id, finding, scheme, rule);
    let all = pairs(findings, schemes).filter_map(of);
    all.map(|it| (it.slot.clone(), it)).collect()
}

fn judged(id: Uuid, findings: &[Finding], schemes: &Book) -> Standing {
    let of = |(finding, scheme, rule)| {
        let verdict = entry::verdict(finding, scheme, rule)?;
        Some((Slot::of(id, finding, scheme, rule), verdict))
    };
    pairs(findings, schemes).filter_map(of).collect()
}

/// Each finding with each rule in force on its day that may react to it.
fn pairs<'a>(
    findings: &'a [Finding],
    schemes: &'a Book,
) -> impl Iterator<Item = (&'a Finding, &'a Scheme, &'a Rule)> {
    findings.iter().flat_map(|finding| {
        let in_force = schemes.in_force(finding.day);
        in_force.flat_map(move |scheme| {
            let rules = scheme.rules_for(finding);
            rules.map(move |rule| (finding, scheme, rule))
        })
    })
}

/// Adds what a scheme would make of findings dated in a period, had it been in force.
pub fn judge_as_if(
    findings: &[Finding],
    scheme: &Scheme,
    period: Period,
    sums: &mut BTreeMap<String, RuleSums>,
) {
    for finding in findings.iter().filter(|it| period.contains(it.day)) {
        for rule in scheme.rules_for(finding) {
            if let Some(verdict) = entry::verdict(finding, scheme, rule) {
                let of = sums.entry(finding.organization.clone()).or_default();
                let sum = of.entry(rule.id.clone()).or_default();
                sum.0 += 1;
                sum.1 += verdict.points();
            }
        }
    }
}

/// What changes: `contents` are made only if something is new.
fn moves(
    before: &Standing,
    after: &Standing,
    contents: impl FnOnce() -> BTreeMap<Slot, Content>,
) -> Vec<Move> {
    let holds =
        |(slot, verdict): &(&Slot, &Verdict), in_: &Standing| in_.get(*slot) == Some(*verdict);
    let gone = before.iter().filter(|it| !holds(it, after));
    let mut moves: Vec<Move> = gone.map(|(slot, _)| Move::Reverse(slot.clone())).collect();
    let mut new = after.iter().filter(|it| !holds(it, before)).peekable();
    if new.peek().is_some() {
        let mut contents = contents();
        moves.extend(
            new.filter_map(|(slot, _)| contents.remove(slot))
                .map(Move::Post),
        );
    }
    moves
}
