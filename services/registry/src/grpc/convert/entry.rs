//! Entries of the catalogue as their resources: the one list of what can be followed.
//!
//! A collection that is added to [`crate::domain::collections`] is followed once it has a case in
//! `CatalogueEntry.entry` (catalogue.proto) and a line here; a test names those without.

use ::time::{Date, OffsetDateTime};
use liandong_proto::registry::{self as proto, catalogue_entry::Entry as Case};

use crate::{
    domain::{
        AccessList, Area, Asset, AssetKind, Catalogue, Contest, Contract, ContractResult,
        DayOverride, District, Duty, DutyHolder, DutyScheme, Entry, Interface, Item, Kept, Matter,
        Officer, Organization, Person, Power, Provision, PublishedYear, Roster, Secondment,
        Vehicle, WorkLine, Zone,
    },
    grpc::resource::Resource,
};

macro_rules! followed {
    ($($item:ident => $case:ident,)+) => {
        /// The collections that can be followed, in the order of a snapshot.
        pub(in crate::grpc) const FOLLOWED: &[&str] = &[$($item::COLLECTION,)+];

        /// An entry as its collection and its resource; nothing if it cannot be followed.
        pub(in crate::grpc) fn wire(
            entry: Entry,
            (version, changed_at): (i64, OffsetDateTime),
            on: Date,
        ) -> Option<(&'static str, proto::CatalogueEntry)> {
            match entry {
                $(Entry::$item(item) => {
                    let kept = Kept { item, version, changed_at };
                    Some(($item::COLLECTION, said(&kept, Case::$case($item::wire(&kept, on)))))
                })+
                #[allow(unreachable_patterns)] // none while every collection has its line
                _ => None,
            }
        }

        /// At most so many entries of a collection after an id, each with its id.
        pub(in crate::grpc) fn after(
            catalogue: &Catalogue,
            collection: &str,
            (id, limit): (Option<&str>, usize),
            on: Date,
        ) -> Vec<(String, proto::CatalogueEntry)> {
            match collection {
                $($item::COLLECTION => {
                    let rows = catalogue.table::<$item>().after(id).take(limit);
                    rows.map(|it| {
                        let message = Case::$case($item::wire(it, on));
                        (it.item.id().as_str().to_owned(), said(it, message))
                    })
                    .collect()
                })+
                _ => Vec::new(),
            }
        }
    };
}

followed! {
    District => District,
    Area => Area,
    Organization => Organization,
    Matter => Matter,
    Power => Power,
    Officer => Officer,
    Person => Person,
    PublishedYear => CalendarYear,
    DayOverride => DayOverride,
    WorkLine => WorkLine,
    DutyScheme => DutyScheme,
    DutyHolder => DutyHolder,
    Duty => Duty,
    Provision => Provision,
    Secondment => Secondment,
    Roster => Roster,
    Vehicle => Vehicle,
    Interface => Interface,
    AssetKind => AssetKind,
    Asset => Asset,
    Zone => Zone,
    Contract => Contract,
    ContractResult => ContractResult,
    Contest => Contest,
    AccessList => AccessList,
}

fn said<T: Resource>(kept: &Kept<T>, entry: Case) -> proto::CatalogueEntry {
    proto::CatalogueEntry {
        entry: Some(entry),
        area_states: T::states(kept),
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::collections::{Registered, VisitKind, every_kind};

    /// A collection that is registered but not followed would be missing from every copy without a word.
    #[test]
    fn every_collection_can_be_followed() {
        #[derive(Clone)]
        struct Name;
        impl VisitKind for Name {
            type Out = &'static str;

            fn kind<T: Registered>(self) -> Self::Out {
                T::COLLECTION
            }
        }
        let mut missing = every_kind(&Name);
        missing.retain(|it| !super::FOLLOWED.contains(it));
        assert!(
            missing.is_empty(),
            "without a line in entry.rs: {missing:?}"
        );
    }
}
