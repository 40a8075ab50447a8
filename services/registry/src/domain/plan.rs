//! What a set of entries would change: created, changed, unchanged.

use super::{Catalogue, Entry, collections::State};

/// What entries would change.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// Those that are new or differ.
    pub changes: Vec<Entry>,
    /// How many of each collection, in the order in which they first came.
    pub counts: Vec<Count>,
}

/// Entries of one collection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// The collection.
    pub section: &'static str,
    /// New ones.
    pub created: u32,
    /// Different ones.
    pub changed: u32,
    /// Those the catalogue has, just so.
    pub unchanged: u32,
}

/// Compares entries with what is registered.
pub fn plan(catalogue: &Catalogue, mut entries: Vec<Entry>) -> Plan {
    let mut plan = Plan::default();
    // In place: a large file is hundreds of thousands of them.
    entries.retain(|entry| {
        let (count, state) = (plan.count(entry.section()), catalogue.state_of(entry));
        match state {
            State::New => count.created += 1,
            State::Different => count.changed += 1,
            State::Same => count.unchanged += 1,
        }
        state != State::Same
    });
    entries.shrink_to_fit();
    Plan {
        changes: entries,
        ..plan
    }
}

impl Plan {
    fn count(&mut self, section: &'static str) -> &mut Count {
        let at = self
            .counts
            .iter()
            .position(|it| it.section == section)
            .unwrap_or_else(|| {
                self.counts.push(Count {
                    section,
                    ..Count::default()
                });
                self.counts.len() - 1
            });
        &mut self.counts[at]
    }
}
