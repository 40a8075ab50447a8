//! A change of the catalogue tried out on questions of the past: what would have been answered differently.
//!
//! Both answers are given on the same day, so that only the change tells them apart. Nothing is stored.

use std::collections::{BTreeMap, BTreeSet};

use time::Date;

use super::{
    Catalogue, MatterId, OrganizationId,
    resolve::{Authority, Outcome, Question, Refusal, resolve},
};

/// What a question is answered.
pub type Answer<'a> = Result<Authority<'a>, Refusal>;

/// In what two answers differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Aspect {
    /// What the question came to, or whether it can be asked at all.
    Outcome,
    /// Who stands first.
    First,
    /// Who may at all.
    Holders,
    /// By which power, basis or rank the same holders may.
    Basis,
    /// Who helps.
    Helpers,
    /// Filing conditions or limits.
    Limits,
    /// Whether a first offence goes unpunished.
    Exemption,
    /// Which evidence is required.
    Evidence,
}

/// Two catalogues: as it is, and as it would be.
#[derive(Clone, Copy, Debug)]
pub struct Preview<'a> {
    /// Without the change.
    pub before: &'a Catalogue,
    /// With it.
    pub after: &'a Catalogue,
}

/// A question answered twice.
#[derive(Debug)]
pub struct Compared<'a> {
    /// Without the change.
    pub before: Answer<'a>,
    /// With it.
    pub after: Answer<'a>,
    /// In what they differ; empty: in nothing that is asked for.
    pub aspects: BTreeSet<Aspect>,
    /// Whether who got the work could do the act only without the change.
    pub handler_loses: bool,
    /// Whether who got the work could do the act only with the change.
    pub handler_gains: bool,
}

/// How many answers differ, and in what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Questions.
    pub questions: u64,
    /// Those answered differently.
    pub different: u64,
    /// By aspect; a question may count in several.
    pub aspects: BTreeMap<Aspect, u64>,
    /// By matter: questions, and those answered differently.
    pub matters: BTreeMap<MatterId, (u64, u64)>,
    /// Where who got the work could do the act only without the change.
    pub handler_loses: u64,
    /// Where who got the work could do the act only with it.
    pub handler_gains: u64,
    /// Come to "nobody" by the change.
    pub newly_nobody: u64,
    /// Come to "conflict" by the change.
    pub newly_conflict: u64,
    /// Resolved by the change.
    pub newly_resolved: u64,
}

impl<'a> Preview<'a> {
    /// Answers a question twice. `handler`: who got the work.
    pub fn compare(
        &self,
        question: &Question<'_>,
        handler: Option<&OrganizationId>,
    ) -> Compared<'a> {
        let before = resolve(self.before, question);
        let after = resolve(self.after, question);
        let held = handler.map(|it| {
            (
                holds(self.before, &before, it, question.day),
                holds(self.after, &after, it, question.day),
            )
        });
        Compared {
            aspects: aspects(&before, &after),
            before,
            after,
            handler_loses: held == Some((true, false)),
            handler_gains: held == Some((false, true)),
        }
    }
}

impl Tally {
    /// Counts a question. Whether it is answered differently.
    pub fn count(&mut self, matter: &MatterId, compared: &Compared<'_>) -> bool {
        let different = !compared.aspects.is_empty();
        self.questions += 1;
        self.different += u64::from(different);
        let of_matter = self.matters.entry(matter.clone()).or_default();
        of_matter.0 += 1;
        of_matter.1 += u64::from(different);
        for aspect in &compared.aspects {
            *self.aspects.entry(*aspect).or_default() += 1;
        }
        self.handler_loses += u64::from(compared.handler_loses);
        self.handler_gains += u64::from(compared.handler_gains);
        let outcome = |it: &Answer<'_>| it.as_ref().ok().map(Authority::outcome);
        let (before, after) = (outcome(&compared.before), outcome(&compared.after));
        if before != after {
            self.newly_nobody += u64::from(after == Some(Outcome::Nobody));
            self.newly_conflict += u64::from(after == Some(Outcome::Conflict));
            self.newly_resolved += u64::from(after == Some(Outcome::Resolved));
        }
        different
    }
}

/// In what two answers differ.
fn aspects(before: &Answer<'_>, after: &Answer<'_>) -> BTreeSet<Aspect> {
    let (before, after) = match (before, after) {
        (Ok(before), Ok(after)) => (before, after),
        (Err(before), Err(after)) if before == after => return BTreeSet::new(),
        _ => return BTreeSet::from([Aspect::Outcome]),
    };
    let first = |it: &Authority<'_>| -> BTreeSet<String> {
        let first = it.holders.iter().filter(|it| it.rank == 1);
        first.map(|it| it.organization.id.to_string()).collect()
    };
    let holders = |it: &Authority<'_>| -> BTreeSet<String> {
        let all = it.holders.iter();
        all.map(|it| it.organization.id.to_string()).collect()
    };
    let helpers = |it: &Authority<'_>| -> Vec<String> {
        it.helpers.iter().map(|it| it.id.to_string()).collect()
    };
    let limits = |it: &Authority<'_>| (it.matter.conditions.clone(), it.matter.stages.or_default());
    [
        (Aspect::Outcome, before.outcome() != after.outcome()),
        (Aspect::First, first(before) != first(after)),
        (Aspect::Holders, holders(before) != holders(after)),
        (Aspect::Basis, bases_differ(before, after)),
        (Aspect::Helpers, helpers(before) != helpers(after)),
        (Aspect::Limits, limits(before) != limits(after)),
        (
            Aspect::Exemption,
            before.matter.first_offence_exempt != after.matter.first_offence_exempt,
        ),
        (Aspect::Evidence, !before.evidence().eq(after.evidence())),
    ]
    .into_iter()
    .filter(|(_, differ)| *differ)
    .map(|(aspect, _)| aspect)
    .collect()
}

/// Whether somebody who may in both answers may by another power, on another basis or at another rank.
fn bases_differ(before: &Authority<'_>, after: &Authority<'_>) -> bool {
    before.holders.iter().any(|one| {
        let mut same = after
            .holders
            .iter()
            .filter(|it| it.organization.id == one.organization.id);
        same.any(|other| {
            let (was, is) = (one.power, other.power);
            one.rank != other.rank
                || was.id != is.id
                || was.basis_kind != is.basis_kind
                || was.basis != is.basis
                || was.instrument != is.instrument
                || was.in_name_of() != is.in_name_of()
        })
    })
}

/// Whether an organization, or who stands in its place on that day, is one of the holders.
fn holds(catalogue: &Catalogue, answer: &Answer<'_>, unit: &OrganizationId, day: Date) -> bool {
    let Some(unit) = catalogue.current(unit.as_str(), day) else {
        return false;
    };
    let holders = answer
        .as_ref()
        .map(|it| it.holders.as_slice())
        .unwrap_or_default();
    holders.iter().any(|it| it.organization.id == unit.id)
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;
    use crate::{
        domain::{Entry, EvidenceKind, EvidenceRequirement, EvidenceStage, Id, Power},
        town,
    };

    fn changed(power: &str, change: impl FnOnce(&mut Power)) -> (Catalogue, Catalogue) {
        let before = town::catalogue();
        let mut power = before.powers.get(power).unwrap().clone();
        change(&mut power);
        let after = before.with(&[Entry::Power(power)], town::AT);
        (before, after)
    }

    fn ask(matter: &str, day: Date) -> Question<'_> {
        Question {
            matter,
            area: "back-lane",
            day,
            act: None,
            asking: None,
        }
    }

    #[test]
    fn the_same_catalogue_answers_everything_the_same() {
        let town = town::catalogue();
        let preview = Preview {
            before: &town,
            after: &town,
        };
        for matter in ["cooking-fumes", "garbage", "nothing"] {
            let compared = preview.compare(&ask(matter, date!(2025 - 06 - 01)), None);
            assert!(compared.aspects.is_empty());
        }
    }

    /// Proves R1.
    #[test]
    fn a_power_that_is_taken_back_shows_where_it_was_used() {
        let (before, after) = changed("fumes-devolved", |it| {
            it.validity.last = Some(date!(2024 - 12 - 31))
        });
        let preview = Preview {
            before: &before,
            after: &after,
        };
        let (street, bureau) = (
            Id::new("street-office").unwrap(),
            Id::new("enforcement").unwrap(),
        );
        let mut tally = Tally::default();
        let matter = Id::new("cooking-fumes").unwrap();
        let year_2025 =
            preview.compare(&ask("cooking-fumes", date!(2025 - 06 - 01)), Some(&street));
        assert!(tally.count(&matter, &year_2025));
        assert_eq!(
            year_2025.aspects.iter().copied().collect::<Vec<_>>(),
            [Aspect::First, Aspect::Holders, Aspect::Basis]
        );
        assert!(year_2025.handler_loses && !year_2025.handler_gains);
        let untouched =
            preview.compare(&ask("cooking-fumes", date!(2024 - 06 - 01)), Some(&street));
        assert!(!tally.count(&matter, &untouched));
        let other = preview.compare(&ask("cooking-fumes", date!(2025 - 06 - 01)), Some(&bureau));
        assert!(tally.count(&matter, &other) && !other.handler_loses);
        assert_eq!((tally.questions, tally.different), (3, 2));
        assert_eq!(tally.matters[&matter], (3, 2));
        assert_eq!((tally.handler_loses, tally.newly_nobody), (1, 0));
    }

    #[test]
    fn what_comes_to_nobody_or_is_resolved_is_counted() {
        let (before, after) = changed("building-law", |it| {
            it.validity.last = Some(date!(2020 - 12 - 31))
        });
        let question = ask("illegal-building", date!(2025 - 06 - 01));
        let matter = Id::new("illegal-building").unwrap();
        let mut tally = Tally::default();
        let cut = Preview {
            before: &before,
            after: &after,
        };
        tally.count(&matter, &cut.compare(&question, None));
        assert_eq!((tally.newly_nobody, tally.newly_resolved), (1, 0));
        let restored = Preview {
            before: &after,
            after: &before,
        };
        tally.count(&matter, &restored.compare(&question, None));
        assert_eq!((tally.newly_nobody, tally.newly_resolved), (1, 1));
        assert_eq!(tally.aspects[&Aspect::Outcome], 2);
    }

    #[test]
    fn other_limits_and_exemptions_are_differences_too() {
        let before = town::catalogue();
        let mut matter = before.matters.get("cooking-fumes").unwrap().clone();
        matter.conditions[0].limit = "3 WORK_DAYS".parse().unwrap();
        matter.first_offence_exempt = false;
        matter.helpers.clear();
        matter.evidence = vec![EvidenceRequirement {
            kind: EvidenceKind::Video,
            stage: EvidenceStage::Report,
            count: 1,
            text: "净化设施运行".into(),
            acts: Vec::new(),
        }];
        let after = before.with(&[Entry::Matter(matter)], town::AT);
        let preview = Preview {
            before: &before,
            after: &after,
        };
        let compared = preview.compare(&ask("cooking-fumes", date!(2026 - 02 - 01)), None);
        assert_eq!(
            compared.aspects.into_iter().collect::<Vec<_>>(),
            [
                Aspect::Helpers,
                Aspect::Limits,
                Aspect::Exemption,
                Aspect::Evidence
            ]
        );
    }

    #[test]
    fn a_question_that_can_no_longer_be_asked_differs() {
        let before = town::catalogue();
        let mut matter = before.matters.get("garbage").unwrap().clone();
        matter.validity.last = Some(date!(2025 - 12 - 31));
        let after = before.with(&[Entry::Matter(matter)], town::AT);
        let preview = Preview {
            before: &before,
            after: &after,
        };
        let compared = preview.compare(&ask("garbage", date!(2026 - 02 - 01)), None);
        assert_eq!(compared.aspects.len(), 1);
        assert_eq!(compared.after.unwrap_err(), Refusal::MatterNotInForce);
    }
}
