//! Who is too close to an entry to review an appeal against it, whatever it did.

use std::collections::{BTreeSet, HashMap};

use super::{Filed, Refusal};
use crate::domain::scheme::{Bundle, Scheme, Who};

/// An organization as the registry has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unit {
    /// Its kind, as schemes write it.
    pub kind: String,
    /// Whom it is under; empty at the top.
    pub parent: String,
}

/// Somebody who may review, as the registry has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Candidate {
    /// The person.
    pub person: String,
    /// The organization it reviews for.
    pub organization: String,
    /// Its own organization, if it may log in today.
    pub own: Option<String>,
    /// As an officer: its home, and whoever it is lent to today.
    pub serves: BTreeSet<String>,
}

impl Candidate {
    /// Every organization it belongs to.
    pub fn belongs(&self) -> impl Iterator<Item = &String> {
        let own = std::iter::once(&self.organization).chain(&self.own);
        own.chain(&self.serves)
    }
}

impl Filed {
    /// Refuses who is scored, scored it, or is tied to one of them: in person, or by any organization it belongs to.
    pub(super) fn impartial(&self, it: &Candidate, tied: &BTreeSet<String>) -> Result<(), Refusal> {
        let scorers = || self.scorers.iter();
        let involved = |organization: &&String| {
            self.subject.organization == **organization
                || scorers().any(|it| it.organization == **organization)
                || tied.contains(*organization)
        };
        if let Some(organization) = it.belongs().find(involved) {
            return Err(Refusal::Involved(organization.clone()));
        }
        if self.by.person == it.person || scorers().any(|scorer| scorer.person == it.person) {
            return Err(Refusal::Involved(it.organization.clone()));
        }
        Ok(())
    }
}

/// The organizations tied to an entry on one: of the kind that scores by its scheme, sharing its result in a bundle,
/// above or below it.
pub fn tied(
    scheme: &Scheme,
    organization: &str,
    units: &HashMap<String, Unit>,
) -> BTreeSet<String> {
    let kind = units.get(organization).map_or("", |it| it.kind.as_str());
    let shares = |bundle: &Bundle, id: &str, kind: &str| {
        bundle.members.iter().any(|it| match &it.who {
            Who::Organization(member) => member == id,
            Who::Kind(member) => member == kind,
        })
    };
    let bundles = { scheme.bundles.iter() }.filter(|it| shares(it, organization, kind));
    let bundles: Vec<&Bundle> = bundles.collect();
    let tied = |(id, unit): &(&String, &Unit)| {
        unit.kind == scheme.scorer
            || bundles.iter().any(|it| shares(it, id, &unit.kind))
            || is_above(id, organization, units)
            || is_above(organization, id, units)
    };
    let all = units.iter().filter(tied).map(|(id, _)| id.clone());
    all.filter(|it| it != organization).collect()
}

/// Whether one organization stands above another in the line. A cycle ends after as many steps as there are units.
fn is_above(one: &str, other: &str, units: &HashMap<String, Unit>) -> bool {
    let parent = |id: &str| units.get(id).map(|it| it.parent.as_str());
    let mut above = parent(other);
    for _ in 0..units.len() {
        match above {
            Some(id) if id == one => return true,
            Some(id) => above = parent(id),
            None => return false,
        }
    }
    false
}
