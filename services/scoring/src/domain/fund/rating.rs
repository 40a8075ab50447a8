//! How a party is rated: its members' work is counted together and scored as one (M40).

use std::collections::BTreeMap;

use super::{Points, Terms};
use crate::domain::{composite, measure::PeriodCounts, scheme::Scheme};

/// Each party's points, in the order of the parties; none where nothing is applicable.
pub fn points(terms: &Terms, scheme: &Scheme, counts: &BTreeMap<String, PeriodCounts>) -> Points {
    let rated = terms.parties.iter().map(|party| {
        let mut together = PeriodCounts::default();
        let members = party.members.iter();
        for counts in members.filter_map(|it| counts.get(&it.organization)) {
            together.within.merge(&counts.within, 1);
            together.until.merge(&counts.until, 1);
            together.overdue.merge(&counts.overdue, 1);
        }
        composite::score(scheme, &together).points
    });
    rated.collect()
}
