//! Sheets: what something besides tasks and cases adds to the counts, as it stands now. A whistle, a revisit, a record
//! of the hotline, a manual item: each has an id and a version, and the highest version holds.

use time::Date;
use uuid::Uuid;

use super::{
    contribution::{Key, Rollup},
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
    /// What it adds to the rollup.
    pub tallies: Vec<Tally>,
    /// What rules may react to.
    pub findings: Vec<Finding>,
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

impl Sheet {
    /// What it adds to the rollup.
    pub fn rollup(&self) -> Rollup {
        let mut rollup = Rollup::default();
        for it in &self.tallies {
            let key = Key {
                day: it.day,
                organization: it.organization.clone(),
                area: it.area.clone(),
                matter: it.matter.clone(),
                source: it.source.clone(),
                role: it.role.clone(),
            };
            let counts = rollup.0.entry(key).or_default();
            counts.add(it.cell, it.count);
        }
        rollup.0.retain(|_, counts| !counts.is_zero());
        rollup
    }
}
