//! Units: what is scored as one. An organization alone, or the members of a bundle together (M40).

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::{Kinds, Standing};
use crate::domain::{
    number::{RATE_PLACES, rounded},
    scheme::{Bundle, Scheme, Who},
};

/// What is scored as one.
pub(super) struct Unit {
    /// The bundle; empty for an organization alone.
    pub(super) bundle: String,
    /// What is known of all of them together.
    pub(super) standing: Standing,
    /// Who belongs to it, by id.
    pub(super) members: Vec<UnitMember>,
}

/// One organization of a unit.
pub(super) struct UnitMember {
    pub(super) organization: String,
    pub(super) share: Option<Decimal>,
    pub(super) ledger_points: Decimal,
}

/// Merges the members of bundles; everyone else stays alone.
pub(super) fn units(
    scheme: &Scheme,
    mut all: BTreeMap<String, Standing>,
    kinds: &Kinds,
) -> Vec<Unit> {
    let mut units = vec![];
    for bundle in &scheme.bundles {
        let shares = shares(bundle, &all, kinds);
        let mut unit = Unit {
            bundle: bundle.id.clone(),
            standing: Standing::default(),
            members: vec![],
        };
        for (organization, share) in shares {
            let standing = all.remove(&organization).unwrap_or_default();
            unit.standing.merge(&standing);
            unit.members
                .push(member(organization, &standing, Some(share)));
        }
        if !unit.members.is_empty() {
            units.push(unit);
        }
    }
    for (organization, standing) in all {
        let members = vec![member(organization, &standing, None)];
        units.push(Unit {
            bundle: String::new(),
            standing,
            members,
        });
    }
    units
}

/// Every member of a bundle of which anything is known, with its share: those of a kind divide theirs evenly, and
/// what cannot be divided goes to the first by id.
fn shares(
    bundle: &Bundle,
    all: &BTreeMap<String, Standing>,
    kinds: &Kinds,
) -> BTreeMap<String, Decimal> {
    let mut shares = BTreeMap::new();
    for member in &bundle.members {
        if let Who::Organization(id) = &member.who
            && all.contains_key(id)
        {
            shares.insert(id.clone(), member.share);
        }
    }
    for member in &bundle.members {
        let Who::Kind(kind) = &member.who else {
            continue;
        };
        let of_kind = |id: &&String| kinds.get(*id) == Some(kind) && !shares.contains_key(*id);
        let ids: Vec<String> = all.keys().filter(of_kind).cloned().collect();
        let each = Decimal::from(ids.len().max(1));
        let cent = Decimal::new(1, RATE_PLACES);
        let mut even = rounded(member.share / each, RATE_PLACES);
        if even * each > member.share {
            even -= cent;
        }
        let mut rest = member.share - even * each;
        for id in ids {
            shares.insert(id, even + rest);
            rest = Decimal::ZERO;
        }
    }
    shares
}

fn member(organization: String, standing: &Standing, share: Option<Decimal>) -> UnitMember {
    UnitMember {
        organization,
        share,
        ledger_points: standing.sums.values().map(|(_, points)| points).sum(),
    }
}
