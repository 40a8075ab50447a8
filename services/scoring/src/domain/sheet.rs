//! Sheets: what something besides tasks and cases adds to the counts, as it stands now. A whistle, a record of the
//! hotline, a manual item: each has an id and a version, and the highest version holds.
//!
//! What an appeal took out of a sheet stays out of every later version of it.

use std::collections::BTreeSet;

use time::Date;
use uuid::Uuid;

use super::{
    contribution::{Place, Rollup, Sink},
    finding::Finding,
    measure::Cell,
};

/// What one thing adds.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Sheet {
    /// What kind of thing, e.g. `whistle`.
    pub kind: String,
    /// Which one.
    pub id: Uuid,
    /// Its number in the history of the thing, from 1. Of two sheets of the same thing the higher holds.
    pub version: i64,
    /// What it would add to the rollup, were nothing of it exempt.
    pub tallies: Vec<Tally>,
    /// What rules might react to, were nothing of it exempt.
    pub findings: Vec<Finding>,
    /// The occasions of its findings that appeals took out of the counts (M39).
    #[serde(default)]
    pub exempt: BTreeSet<i64>,
}

/// A count in one row of the rollup.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Tally {
    /// What is counted.
    pub cell: Cell,
    /// How many.
    pub count: i64,
    /// The civil day.
    pub day: Date,
    /// Who is counted.
    pub organization: String,
    /// Where; may be empty.
    pub area: String,
    /// About what; may be empty.
    pub matter: String,
    /// Where it came from; may be empty.
    pub source: String,
    /// The role; may be empty.
    pub role: String,
}

/// The id of the sheet of something that has a name and no UUID of its own.
pub fn id_of(name: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes())
}

impl Sheet {
    /// A sheet that adds nothing yet.
    pub fn empty(kind: &str, id: Uuid, version: i64) -> Self {
        Self {
            kind: kind.to_owned(),
            id,
            version,
            tallies: vec![],
            findings: vec![],
            exempt: BTreeSet::new(),
        }
    }

    /// What it adds to the rollup: whoever a finding that is exempt is about is not counted in it at all.
    pub fn rollup(&self) -> Rollup {
        let mut rollup = Rollup::default();
        self.add_to(&mut rollup);
        rollup.0.retain(|_, counts| !counts.is_zero());
        rollup
    }

    /// What rules may react to.
    pub fn counted_findings(&self) -> Vec<Finding> {
        let counted = |it: &&Finding| !self.exempt.contains(&it.occasion);
        self.findings.iter().filter(counted).cloned().collect()
    }

    /// Adds that to the rollup, or to something coarser.
    pub fn add_to(&self, rollup: &mut impl Sink) {
        let exempt = |it: &&Finding| self.exempt.contains(&it.occasion);
        let exempt: BTreeSet<&str> = { self.findings.iter().filter(exempt) }
            .map(|it| it.organization.as_str())
            .collect();
        let counted = |it: &&Tally| !exempt.contains(it.organization.as_str());
        for it in self.tallies.iter().filter(counted) {
            let place = Place {
                organization: &it.organization,
                area: &it.area,
                matter: &it.matter,
                source: &it.source,
                role: &it.role,
            };
            rollup.count(place, it.day, it.cell, it.count);
        }
    }
}
