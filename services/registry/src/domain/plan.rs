//! What a set of entries would change: created, changed, unchanged.

use std::fmt::Debug;

use super::{
    Area, Catalogue, District, Item, Matter, Officer, Organization, Person, Power, PublishedYear,
    Table,
};

/// Anything that is registered.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant)] // a few thousand at most, and only while they are imported
pub enum Entry {
    /// The district itself.
    District(District),
    /// An organization.
    Organization(Organization),
    /// An area.
    Area(Area),
    /// A matter.
    Matter(Matter),
    /// A power.
    Power(Power),
    /// An officer or auxiliary.
    Officer(Officer),
    /// A person who may log in.
    Person(Person),
    /// A published year.
    Year(PublishedYear),
}

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
pub fn plan(catalogue: &Catalogue, entries: Vec<Entry>) -> Plan {
    let mut plan = Plan::default();
    for entry in entries {
        let count = plan.count(entry.section());
        match catalogue.state_of(&entry) {
            State::New => count.created += 1,
            State::Different => count.changed += 1,
            State::Same => {
                count.unchanged += 1;
                continue;
            }
        }
        plan.changes.push(entry);
    }
    plan
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

impl Entry {
    /// The collection it belongs to.
    pub fn section(&self) -> &'static str {
        match self {
            Self::District(_) => District::COLLECTION,
            Self::Organization(_) => Organization::COLLECTION,
            Self::Area(_) => Area::COLLECTION,
            Self::Matter(_) => Matter::COLLECTION,
            Self::Power(_) => Power::COLLECTION,
            Self::Officer(_) => Officer::COLLECTION,
            Self::Person(_) => Person::COLLECTION,
            Self::Year(_) => PublishedYear::COLLECTION,
        }
    }

    /// Its id.
    pub fn id(&self) -> &str {
        match self {
            Self::District(it) => it.id.as_str(),
            Self::Organization(it) => it.id.as_str(),
            Self::Area(it) => it.id.as_str(),
            Self::Matter(it) => it.id.as_str(),
            Self::Power(it) => it.id.as_str(),
            Self::Officer(it) => it.id.as_str(),
            Self::Person(it) => it.id.as_str(),
            Self::Year(it) => it.id.as_str(),
        }
    }
}

enum State {
    New,
    Different,
    Same,
}

impl Catalogue {
    fn state_of(&self, entry: &Entry) -> State {
        fn state<T: Item>(table: &Table<T>, item: &T) -> State {
            match table.get(item.id().as_str()) {
                None => State::New,
                Some(there) if there == item => State::Same,
                Some(_) => State::Different,
            }
        }
        match entry {
            Entry::District(it) => state(&self.districts, it),
            Entry::Organization(it) => state(&self.organizations, it),
            Entry::Area(it) => state(&self.areas, it),
            Entry::Matter(it) => state(&self.matters, it),
            Entry::Power(it) => state(&self.powers, it),
            Entry::Officer(it) => state(&self.officers, it),
            Entry::Person(it) => state(&self.people, it),
            Entry::Year(it) => state(&self.years, it),
        }
    }
}
