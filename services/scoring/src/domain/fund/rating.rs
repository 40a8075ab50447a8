//! How a party is rated: its members' work is counted together and scored as one (M40).

use std::collections::BTreeMap;

use super::{Points, Terms};
use crate::domain::{composite, ranking::Standing, scheme::Scheme};

/// Each party's points, in the order of the parties; none where nothing is applicable.
pub fn points(terms: &Terms, scheme: &Scheme, all: &BTreeMap<String, Standing>) -> Points {
    let rated = terms.parties.iter().map(|party| {
        let mut together = Standing::default();
        let members = party.members.iter();
        for standing in members.filter_map(|it| all.get(&it.organization)) {
            together.merge(standing);
        }
        composite::score(scheme, &together.counts, &together.sums).points
    });
    rated.collect()
}
