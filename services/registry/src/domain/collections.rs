//! The one list of what is registered. A line here gives a kind of item its table in the catalogue, its place in an
//! import, and its events in the log.

use time::OffsetDateTime;

use super::{Id, Item, Kept, Table, mentions::Mentions};

/// What can be done with an item of whatever kind.
pub trait Visit {
    /// What comes of it.
    type Out;

    /// Does it.
    fn item<T: Registered>(self, item: &T) -> Self::Out;
}

/// What can be done for a kind of item.
pub trait VisitKind {
    /// What comes of it.
    type Out;

    /// Does it.
    fn kind<T: Registered>(self) -> Self::Out;
}

/// A kind of item that has a table in the catalogue.
pub trait Registered: Item + Mentions {
    /// Its table.
    fn table(tables: &Tables) -> &Table<Self>;

    /// The item as an entry.
    fn entry(self) -> Entry;

    /// The item in an entry, if it is one of these.
    fn of(entry: &Entry) -> Option<&Self>;
}

/// How an entry stands to what is registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// There is none with its id.
    New,
    /// The one with its id differs.
    Different,
    /// It is there, just so.
    Same,
}

macro_rules! collections {
    ($($(#[$doc:meta])+ $item:ident: $table:ident,)+) => {
        /// Anything that is registered.
        #[derive(Clone, Debug, PartialEq)]
        #[allow(clippy::large_enum_variant)] // they live only while they are imported
        pub enum Entry {
            $($(#[$doc])+ $item(super::$item),)+
        }

        /// A table for every kind of item.
        #[derive(Clone, Debug, Default)]
        pub struct Tables {
            $($(#[$doc])+ pub $table: Table<super::$item>,)+
        }

        $(impl Registered for super::$item {
            fn table(tables: &Tables) -> &Table<Self> {
                &tables.$table
            }

            fn entry(self) -> Entry {
                Entry::$item(self)
            }

            fn of(entry: &Entry) -> Option<&Self> {
                match entry {
                    Entry::$item(item) => Some(item),
                    _ => None,
                }
            }
        })+

        impl Entry {
            /// The section of a street file it belongs to.
            pub fn section(&self) -> &'static str {
                match self {
                    $(Self::$item(_) => super::$item::SECTION,)+
                }
            }

            /// Its id.
            pub fn id(&self) -> &str {
                match self {
                    $(Self::$item(item) => item.id().as_str(),)+
                }
            }

            /// Does something with the item in it.
            pub fn visit<V: Visit>(&self, visitor: V) -> V::Out {
                match self {
                    $(Self::$item(item) => visitor.item(item),)+
                }
            }
        }

        impl Tables {
            /// Puts an entry in.
            pub(super) fn put(&mut self, entry: Entry, version: i64, changed_at: OffsetDateTime) {
                match entry {
                    $(Entry::$item(item) => self.$table.put(Kept { item, version, changed_at }),)+
                }
            }
        }

        /// Does something for every kind of item, in the order of the list: references come after what they refer to.
        pub fn every_kind<V: VisitKind + Clone>(visitor: &V) -> Vec<V::Out> {
            vec![$(visitor.clone().kind::<super::$item>(),)+]
        }

        /// Does something for the kind with this word of the log, if there is one.
        pub fn kind_of<V: VisitKind>(word: &str, visitor: V) -> Option<V::Out> {
            match word {
                $(super::$item::KIND => Some(visitor.kind::<super::$item>()),)+
                _ => None,
            }
        }
    };
}

collections! {
    /// The district itself; at most one.
    District: districts,
    /// The territory tree.
    Area: areas,
    /// Organizations.
    Organization: organizations,
    /// Matters.
    Matter: matters,
    /// Powers.
    Power: powers,
    /// Officers and auxiliaries.
    Officer: officers,
    /// People who may log in.
    Person: people,
    /// Officers lent by a department to a street.
    Secondment: secondments,
    /// Who is on duty when.
    Roster: rosters,
    /// Vehicles of organizations.
    Vehicle: vehicles,
    /// Which section of a street office faces which department.
    Interface: interfaces,
    /// Years the district has published itself.
    PublishedYear: years,
    /// Days that the city or district decides otherwise.
    DayOverride: day_overrides,
    /// Lines of work.
    WorkLine: work_lines,
    /// Schemes of responsibility.
    DutyScheme: duty_schemes,
    /// People who are responsible.
    DutyHolder: duty_holders,
    /// Who is responsible for what, where and when.
    Duty: duties,
    /// What areas are provided with.
    Provision: provisions,
    /// Kinds of asset.
    AssetKind: asset_kinds,
    /// Municipal components.
    Asset: assets,
    /// Designated zones.
    Zone: zones,
    /// Responsibility contracts and pledges.
    Contract: contracts,
    /// What came of their items.
    ContractResult: contract_results,
    /// Contests in keeping them.
    Contest: contests,
    /// What communities may be asked to take on.
    AccessList: access_lists,
}

impl Tables {
    /// The table of a kind.
    pub fn table<T: Registered>(&self) -> &Table<T> {
        T::table(self)
    }

    /// The item with this id.
    pub fn find<T: Registered>(&self, id: &Id<T>) -> Option<&T> {
        self.table::<T>().get(id.as_str())
    }

    /// How often the entry with this id has been entered or amended; 0 if it is new.
    pub fn version_of(&self, entry: &Entry) -> i64 {
        struct Version<'a>(&'a Tables);
        impl Visit for Version<'_> {
            type Out = i64;

            fn item<T: Registered>(self, item: &T) -> i64 {
                let kept = self.0.table::<T>().kept(item.id().as_str());
                kept.map_or(0, |it| it.version)
            }
        }
        entry.visit(Version(self))
    }

    /// How an entry stands to what is registered.
    pub fn state_of(&self, entry: &Entry) -> State {
        struct Compare<'a>(&'a Tables);
        impl Visit for Compare<'_> {
            type Out = State;

            fn item<T: Registered>(self, item: &T) -> State {
                match self.0.find(item.id()) {
                    None => State::New,
                    Some(there) if there == item => State::Same,
                    Some(_) => State::Different,
                }
            }
        }
        entry.visit(Compare(self))
    }
}
