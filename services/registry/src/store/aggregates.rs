//! Items as the log knows them: entered once, amended any number of times; and the guard of the whole.

use liandong_kit::{
    commit::{NotLoaded, Work},
    log::{Aggregate, Recorded},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::domain::{
    Area, District, Entry, Item, Matter, Officer, Organization, Person, Power, PublishedYear,
};

/// The words of the log for a kind of item. Never changed once released.
pub(super) trait Logged: Item {
    const KIND: &'static str;
    const ENTERED: &'static str;
    const AMENDED: &'static str;

    fn entry(self) -> Entry;
}

/// An item as it stands in the log.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound(serialize = "T: Serialize", deserialize = "T: DeserializeOwned"))]
pub(super) struct Stored<T> {
    item: Option<T>,
}

/// What can happen to an item.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound(serialize = "T: Serialize", deserialize = "T: DeserializeOwned"))]
pub(super) enum ItemEvent<T> {
    /// It is registered.
    Entered { item: T },
    /// It is registered otherwise.
    Amended { item: T },
}

impl<T> Default for Stored<T> {
    fn default() -> Self {
        Self { item: None }
    }
}

impl<T: Logged> Aggregate for Stored<T> {
    const KIND: &'static str = T::KIND;
    type Event = ItemEvent<T>;

    fn kind_of(event: &Self::Event) -> &'static str {
        match event {
            ItemEvent::Entered { .. } => T::ENTERED,
            ItemEvent::Amended { .. } => T::AMENDED,
        }
    }

    fn apply(&mut self, event: &Self::Event) {
        match event {
            ItemEvent::Entered { item } | ItemEvent::Amended { item } => {
                self.item = Some(item.clone())
            }
        }
    }
}

/// The id of a district's one guard.
pub(super) const GUARD: &str = "catalogue";

/// Counts a district's changes: its version is the catalogue's revision.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Guard {
    changes: u64,
}

/// What can happen to a catalogue.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum GuardEvent {
    /// So many entries were entered or amended in one change.
    Changed { entries: u32 },
}

impl Aggregate for Guard {
    const KIND: &'static str = "catalogue";
    type Event = GuardEvent;

    fn kind_of(event: &Self::Event) -> &'static str {
        match event {
            GuardEvent::Changed { .. } => "CatalogueChanged",
        }
    }

    fn apply(&mut self, event: &Self::Event) {
        match event {
            GuardEvent::Changed { .. } => self.changes += 1,
        }
    }
}

/// Has an entry's aggregate loaded.
pub(super) fn touch(work: &Work<'_>, entry: &Entry) {
    fn of<T: Logged>(work: &Work<'_>, item: &T) {
        // What is missing is noted by the committer; nothing else can go wrong.
        let _ = work.version::<Stored<T>>(item.id().as_str());
    }
    match entry {
        Entry::District(it) => of(work, it),
        Entry::Organization(it) => of(work, it),
        Entry::Area(it) => of(work, it),
        Entry::Matter(it) => of(work, it),
        Entry::Power(it) => of(work, it),
        Entry::Officer(it) => of(work, it),
        Entry::Person(it) => of(work, it),
        Entry::Year(it) => of(work, it),
    }
}

/// Records an entry.
pub(super) fn record(work: &mut Work<'_>, entry: &Entry) -> Result<(), NotLoaded> {
    fn of<T: Logged>(work: &mut Work<'_>, item: &T) -> Result<(), NotLoaded> {
        let (id, item) = (item.id().as_str(), item.clone());
        let event = match work.version::<Stored<T>>(id)? {
            0 => ItemEvent::Entered { item: item.clone() },
            _ => ItemEvent::Amended { item: item.clone() },
        };
        work.record::<Stored<T>>(item.id().as_str(), [event])
    }
    match entry {
        Entry::District(it) => of(work, it),
        Entry::Organization(it) => of(work, it),
        Entry::Area(it) => of(work, it),
        Entry::Matter(it) => of(work, it),
        Entry::Power(it) => of(work, it),
        Entry::Officer(it) => of(work, it),
        Entry::Person(it) => of(work, it),
        Entry::Year(it) => of(work, it),
    }
}

/// What an event of the log says.
pub(super) enum Said {
    /// An entry as it is from now on.
    Entry(Entry),
    /// A change was completed; the catalogue's revision.
    Revision(i64),
    /// Nothing this release knows.
    Nothing,
}

/// Reads an event.
pub(super) fn read(event: &Recorded) -> Result<Said, serde_json::Error> {
    fn of<T: Logged>(event: &Recorded) -> Result<Said, serde_json::Error> {
        Ok(match event.decode::<Stored<T>>()? {
            Some(ItemEvent::Entered { item } | ItemEvent::Amended { item }) => {
                Said::Entry(item.entry())
            }
            None => Said::Nothing,
        })
    }
    match event.aggregate.as_str() {
        <Guard as Aggregate>::KIND => Ok(Said::Revision(event.version)),
        District::KIND => of::<District>(event),
        Organization::KIND => of::<Organization>(event),
        Area::KIND => of::<Area>(event),
        Matter::KIND => of::<Matter>(event),
        Power::KIND => of::<Power>(event),
        Officer::KIND => of::<Officer>(event),
        Person::KIND => of::<Person>(event),
        PublishedYear::KIND => of::<PublishedYear>(event),
        _ => Ok(Said::Nothing),
    }
}

impl Logged for District {
    const KIND: &'static str = "district";
    const ENTERED: &'static str = "DistrictEntered";
    const AMENDED: &'static str = "DistrictAmended";

    fn entry(self) -> Entry {
        Entry::District(self)
    }
}

impl Logged for Organization {
    const KIND: &'static str = "organization";
    const ENTERED: &'static str = "OrganizationEntered";
    const AMENDED: &'static str = "OrganizationAmended";

    fn entry(self) -> Entry {
        Entry::Organization(self)
    }
}

impl Logged for Area {
    const KIND: &'static str = "area";
    const ENTERED: &'static str = "AreaEntered";
    const AMENDED: &'static str = "AreaAmended";

    fn entry(self) -> Entry {
        Entry::Area(self)
    }
}

impl Logged for Matter {
    const KIND: &'static str = "matter";
    const ENTERED: &'static str = "MatterEntered";
    const AMENDED: &'static str = "MatterAmended";

    fn entry(self) -> Entry {
        Entry::Matter(self)
    }
}

impl Logged for Power {
    const KIND: &'static str = "power";
    const ENTERED: &'static str = "PowerEntered";
    const AMENDED: &'static str = "PowerAmended";

    fn entry(self) -> Entry {
        Entry::Power(self)
    }
}

impl Logged for Officer {
    const KIND: &'static str = "officer";
    const ENTERED: &'static str = "OfficerEntered";
    const AMENDED: &'static str = "OfficerAmended";

    fn entry(self) -> Entry {
        Entry::Officer(self)
    }
}

impl Logged for Person {
    const KIND: &'static str = "person";
    const ENTERED: &'static str = "PersonEntered";
    const AMENDED: &'static str = "PersonAmended";

    fn entry(self) -> Entry {
        Entry::Person(self)
    }
}

impl Logged for PublishedYear {
    const KIND: &'static str = "calendar_year";
    const ENTERED: &'static str = "CalendarYearPublished";
    const AMENDED: &'static str = "CalendarYearCorrected";

    fn entry(self) -> Entry {
        Entry::Year(self)
    }
}
