//! The league table: best first within a comparison group, equal points share a place, who has no score has no place.
//!
//! ```text
//!  counts, entries ─▶ who is scored ─▶ bundles merged: units ─▶ composite ─▶ places by group ─▶ a row per organization
//! ```

mod trend;
mod unit;

use std::collections::{BTreeMap, HashMap};

use rust_decimal::Decimal;

pub use self::trend::{PartChange, Trend, add_trends};
use self::unit::Unit;
use super::{
    composite::{self, Composite, RuleSums, Value},
    measure::{Measure, PeriodCounts},
    scheme::{Group, Scheme},
};

/// What is known of an organization in a period.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// What is counted.
    pub counts: PeriodCounts,
    /// Its entries by the scheme.
    pub sums: RuleSums,
}

impl Standing {
    /// Adds another's: both count as one.
    pub fn merge(&mut self, other: &Self) {
        self.counts.merge(&other.counts);
        for (rule, (count, points)) in &other.sums {
            let mine = self.sums.entry(rule.clone()).or_default();
            mine.0 += count;
            mine.1 += points;
        }
    }
}

/// The kinds of organizations, by id, as the registry has them; none while it is away.
pub type Kinds = HashMap<String, String>;

/// One organization's place.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Row {
    /// From 1; equal points share it and the next is skipped. Absent without a score.
    pub rank: Option<i32>,
    /// Its id.
    pub organization: String,
    /// Its score, or its bundle's.
    pub composite: Composite,
    /// Others have exactly the same points.
    pub tied: bool,
    /// The largest denominator of its rates is below the scheme's small-sample limit.
    pub small_sample: bool,
    /// The points of its own entries.
    pub ledger_points: Decimal,
    /// Its comparison group; empty without groups.
    pub group: String,
    /// Its bundle; empty outside one.
    pub bundle: String,
    /// Its share of the bundle in percent.
    pub share: Option<Decimal>,
    /// How it stood in the period before.
    pub trend: Option<Trend>,
}

/// Whether a scheme scores an organization. Of an organization whose kind is not known this cannot be said; it is shown.
pub fn is_scored(scheme: &Scheme, organization: &str, kinds: &Kinds) -> bool {
    if !scheme.organizations.is_empty() {
        return scheme.organizations.iter().any(|it| it == organization);
    }
    let kind = kinds.get(organization);
    kind.is_none_or(|kind| scheme.scores(kind))
}

/// Ranks organizations by a scheme: by group, then by place, then by id.
pub fn rank(scheme: &Scheme, all: BTreeMap<String, Standing>, kinds: &Kinds) -> Vec<Row> {
    let mut scored = all;
    scored.retain(|id, _| is_scored(scheme, id, kinds));
    let mut ranked: Vec<Ranked> = unit::units(scheme, scored, kinds)
        .into_iter()
        .map(|unit| Ranked::of(scheme, unit, kinds))
        .collect();
    places(&mut ranked);
    let mut rows: Vec<(usize, Row)> = vec![];
    for it in ranked {
        for member in it.unit.members {
            let row = Row {
                rank: it.rank,
                composite: it.composite.clone(),
                tied: it.tied,
                small_sample: it.small_sample,
                ledger_points: member.ledger_points,
                group: it.group.1.clone(),
                bundle: it.unit.bundle.clone(),
                share: member.share,
                organization: member.organization,
                trend: None,
            };
            rows.push((it.group.0, row));
        }
    }
    // A row without a place comes behind all others of its group.
    rows.sort_by_cached_key(|(group, it)| {
        let place = it.rank.unwrap_or(i32::MAX);
        (*group, place, it.organization.clone())
    });
    rows.into_iter().map(|(_, row)| row).collect()
}

struct Ranked {
    unit: Unit,
    composite: Composite,
    /// Points first, then what decides between equals.
    strength: Option<Vec<Decimal>>,
    small_sample: bool,
    group: (usize, String),
    rank: Option<i32>,
    tied: bool,
}

impl Ranked {
    fn of(scheme: &Scheme, unit: Unit, kinds: &Kinds) -> Self {
        let composite = composite::score(scheme, &unit.standing.counts, &unit.standing.sums);
        let rates = composite.parts.iter().filter_map(|part| match part.value {
            Value::Rate(rate) => Some(rate.denominator),
            Value::Volume(_) | Value::Ledger { .. } => None,
        });
        let offered = Measure::Offered.count(&unit.standing.counts);
        let sample = rates.max().unwrap_or(offered);
        let small_sample = composite.points.is_some() && sample < scheme.small_sample;
        let parts = scheme.tie_break.iter();
        let ties = parts.map(|at| composite.parts[*at].points.unwrap_or_default());
        let strength = composite
            .points
            .map(|it| [it].into_iter().chain(ties).collect());
        let ranked = !(small_sample && scheme.small_sample_unranked);
        Self {
            group: group_of(scheme, &unit, kinds),
            strength: strength.filter(|_| ranked),
            unit,
            composite,
            small_sample,
            rank: None,
            tied: false,
        }
    }
}

fn places(all: &mut [Ranked]) {
    let strengths: Vec<_> = { all.iter() }
        .map(|it| (it.group.0, it.strength.clone()))
        .collect();
    for (it, (group, mine)) in all.iter_mut().zip(&strengths) {
        if mine.is_some() {
            let others = || strengths.iter().filter(|(other, _)| other == group);
            let better = others().filter(|(_, it)| it > mine).count();
            it.rank = i32::try_from(better + 1).ok();
            it.tied = others().filter(|(_, it)| it == mine).count() > 1;
        }
    }
}

/// The group of a unit, by its first member; those in none come last.
fn group_of(scheme: &Scheme, unit: &Unit, kinds: &Kinds) -> (usize, String) {
    let Some(first) = unit.members.first() else {
        return (usize::MAX, String::new());
    };
    let id = &first.organization;
    let named = |it: &Group| it.organizations.contains(id);
    let of_kind = |it: &Group| kinds.get(id).is_some_and(|kind| it.kinds.contains(kind));
    let groups = &scheme.groups;
    let found = { groups.iter().position(named) }.or_else(|| groups.iter().position(of_kind));
    match found {
        Some(at) => (at, groups[at].id.clone()),
        None => (usize::MAX, String::new()),
    }
}

#[cfg(test)]
mod tests;
