//! Rules that would have written the same entries as a rule in force, for other points. What they come to in a period
//! is known from the ledger's totals, exactly, and no fact need be judged again: other weights, points, caps and bands
//! are tried out in the same time whatever the number of cases. Only a rule that asks something new reads the facts.

use rust_decimal::Decimal;

use super::{Book, Origin, Rule, Scheme};
use crate::domain::{composite::RuleSums, finding::Kind, number::POINT_PLACES, period::Period};

/// A rule and the one in force whose entries it would have written.
#[derive(Clone, Copy, Debug)]
pub struct Kin<'a> {
    /// The rule that is tried out.
    pub rule: &'a Rule,
    /// The scheme of the one in force; none for a rule that cannot have had any entry.
    pub base: Option<(&'a Scheme, &'a Rule)>,
}

/// Divides the rules of a scheme into those with a relation in force throughout the period, and the others.
pub fn divide<'a>(
    scheme: &'a Scheme,
    book: &'a Book,
    period: Period,
) -> (Vec<Kin<'a>>, Vec<&'a Rule>) {
    let (mut known, mut new) = (vec![], vec![]);
    let bases: Vec<&Scheme> = { book.in_force(period.last_day()) }
        .filter(|it| throughout(it, period) && judges_alike(it, scheme))
        .collect();
    let own = |it: &Scheme| it.id == scheme.id && it.origin != Origin::Template;
    for rule in &scheme.rules {
        if rule.when == Kind::Manual && !book.newest().any(own) {
            // A manual item is recorded for one rule of a scheme in force: nobody could name this one.
            known.push(Kin { rule, base: None });
            continue;
        }
        let mut pairs = { bases.iter() }
            .filter(|it| rule.when != Kind::Manual || own(it))
            .flat_map(|base| base.rules.iter().map(move |other| (*base, other)));
        match pairs.find(|(base, other)| are_kin(scheme, rule, base, other)) {
            Some(pair) => known.push(Kin {
                rule,
                base: Some(pair),
            }),
            None => new.push(rule),
        }
    }
    (known, new)
}

impl Kin<'_> {
    /// What the entries of the rule in force would have come to by this rule.
    pub fn sum(&self, sums: &RuleSums) -> Option<(i64, Decimal)> {
        let (_, other) = self.base?;
        let (entries, points) = sums.get(&other.id).copied()?;
        // Exact: the points are the rule's, times whole numbers and coefficients.
        Some((entries, points / other.points * self.rule.points))
    }
}

/// Whether one version of the scheme held on every day of the period and wrote to the ledger.
fn throughout(it: &Scheme, period: Period) -> bool {
    it.origin != Origin::Template && it.valid_from <= period.first_day()
}

/// Whether two schemes look at the same organizations with the same coefficients.
fn judges_alike(one: &Scheme, other: &Scheme) -> bool {
    one.organizations == other.organizations
        && one.source_weights == other.source_weights
        && one.difficulty == other.difficulty
        && one.work_lines == other.work_lines
}

fn are_kin(scheme: &Scheme, rule: &Rule, base: &Scheme, other: &Rule) -> bool {
    rule.when == other.when
        && (rule.when != Kind::Manual || rule.id == other.id)
        && rule.condition == other.condition
        && rule.times == other.times
        && rule.points.is_sign_positive() == other.points.is_sign_positive()
        && !other.points.is_zero()
        && !rule.points.is_zero()
        && is_exact(scheme, rule)
        && is_exact(base, other)
}

/// Whether no entry of the rule is ever rounded: points and coefficients have so few places that their product has
/// no more than entries have.
fn is_exact(scheme: &Scheme, rule: &Rule) -> bool {
    let places = |it: &Decimal| it.normalize().scale();
    let source = scheme.source_weights.values().map(places).max();
    let difficulty = scheme.difficulty.iter().map(|it| places(&it.times)).max();
    places(&rule.points) + source.unwrap_or(0) + difficulty.unwrap_or(0) <= POINT_PLACES
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::domain::{
        account::Account,
        finding,
        scheme::{book::BUILT_IN, parse},
        step,
        testing::{histories, settle},
    };

    fn variation(points: i64) -> Scheme {
        let text = BUILT_IN[0].replace("points: -2,", &format!("points: -{points}.25,"));
        parse(&text.replace("points: 0.5,", "points: 7.5,")).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        /// Other points over the same rules: what the ledger's sums say is what judging every fact says.
        /// Proves M44.
        #[test]
        fn the_ledger_knows_what_other_points_would_have_come_to(histories in histories(), points in 1_i64..90) {
            let book = Book::built_in().unwrap();
            let base = book.get("national-department", 0).unwrap();
            let scheme = variation(points);
            let period: Period = "2026-04".parse().unwrap();
            let mut account = Account::new(book.clone());
            let events = histories.iter().flat_map(|it| &it.events);
            let moves: Vec<_> = events.flat_map(|it| account.fold(it)).collect();
            let mut stored: BTreeMap<String, RuleSums> = BTreeMap::new();
            for (slot, content) in settle(moves).into_iter().filter(|(_, it)| period.contains(it.day)) {
                let sum = stored.entry(content.organization).or_default().entry(slot.rule).or_default();
                sum.0 += 1;
                sum.1 += content.points;
            }
            let (known, new) = divide(&scheme, &book, period);
            prop_assert!(new.is_empty());
            let mut derived: BTreeMap<String, RuleSums> = BTreeMap::new();
            for (organization, sums) in &stored {
                for kin in &known {
                    prop_assert_eq!(kin.base.map(|it| &it.0.id), Some(&base.id));
                    if let Some(sum) = kin.sum(sums) {
                        derived.entry(organization.clone()).or_default().insert(kin.rule.id.clone(), sum);
                    }
                }
            }
            let mut judged = BTreeMap::new();
            for task in account.tasks.values() {
                step::judge_as_if(&finding::bare(task.fact()), &scheme, period, &mut judged);
            }
            prop_assert_eq!(derived, judged);
        }
    }

    /// A rule that asks something new, coefficients that differ, or places that would be rounded away: the facts say.
    /// Proves M44.
    #[test]
    fn only_what_is_alike_is_taken_from_the_ledger() {
        let book = Book::built_in().unwrap();
        let period: Period = "2026-04".parse().unwrap();
        let new = |from: &str, to: &str| {
            let text = BUILT_IN[0].replace(from, to);
            assert_ne!(text, BUILT_IN[0]);
            let scheme = parse(&text).unwrap();
            divide(&scheme, &book, period).1.len()
        };
        let all = book.get("national-department", 0).unwrap().rules.len();
        assert_eq!(new("title: 返工,", "title: 二次返工,"), 0);
        assert_eq!(
            new("when: reworked,", "when: reworked, if: 'round > 1',"),
            1
        );
        assert_eq!(new("when: reworked,", "when: reworked, times: 'round',"), 1);
        assert_eq!(
            new("when: reworked, points: -2", "when: reworked, points: 2"),
            1
        );
        assert_eq!(new("times: 2}", "times: 3}"), all);
        // Each rule's product has four places, and one more would be rounded.
        let fine = parse(&BUILT_IN[0].replace("times: 2}", "times: 1.0001}")).unwrap();
        let whole: Vec<_> = { fine.rules.iter() }
            .filter(|it| is_exact(&fine, it))
            .map(|it| it.points.normalize().scale())
            .collect();
        assert!(!whole.is_empty() && whole.iter().all(|it| *it == 0));
    }
}
