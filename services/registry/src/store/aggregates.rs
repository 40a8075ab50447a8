//! Items as the log knows them: entered once, amended any number of times; and the guard of the whole.

use std::sync::Arc;

use liandong_kit::{
    commit::{NotLoaded, Work},
    log::{Aggregate, Check, Recorded, Standing, states_of},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::domain::{
    Entry, Item, Registered,
    collections::{Visit, VisitKind, kind_of},
};

/// An item as it stands in the log; the event that brought it shares it, for an import has hundreds of thousands.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound(serialize = "T: Serialize", deserialize = "T: DeserializeOwned"))]
pub(super) struct Stored<T> {
    item: Option<Arc<T>>,
}

/// What can happen to an item.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound(serialize = "T: Serialize", deserialize = "T: DeserializeOwned"))]
pub(super) enum ItemEvent<T> {
    /// It is registered.
    Entered { item: Arc<T> },
    /// It is registered otherwise.
    Amended { item: Arc<T> },
}

impl<T> Default for Stored<T> {
    fn default() -> Self {
        Self { item: None }
    }
}

impl<T: Item> Aggregate for Stored<T> {
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
                self.item = Some(Arc::clone(item))
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

/// How each kind is proved.
pub(super) fn check(kind: &str) -> Option<Check> {
    struct Prove;
    impl VisitKind for Prove {
        type Out = Check;

        fn kind<T: Registered>(self) -> Check {
            states_of::<Stored<T>>
        }
    }
    if kind == Guard::KIND {
        return Some(states_of::<Guard>);
    }
    kind_of(kind, Prove)
}

/// Has an entry's aggregate loaded.
pub(super) fn touch(work: &Work<'_>, entry: &Entry) {
    struct Touch<'a, 'w>(&'a Work<'w>);
    impl Visit for Touch<'_, '_> {
        type Out = ();

        fn item<T: Registered>(self, item: &T) {
            // What is missing is noted by the committer; nothing else can go wrong.
            let _ = self.0.version::<Stored<T>>(item.id().as_str());
        }
    }
    entry.visit(Touch(work));
}

/// Records an entry.
pub(super) fn record(work: &mut Work<'_>, entry: &Entry) -> Result<(), NotLoaded> {
    struct Record<'a, 'w>(&'a mut Work<'w>);
    impl Visit for Record<'_, '_> {
        type Out = Result<(), NotLoaded>;

        fn item<T: Registered>(self, item: &T) -> Self::Out {
            let (id, item) = (item.id().as_str(), Arc::new(item.clone()));
            let event = match self.0.version::<Stored<T>>(id)? {
                0 => ItemEvent::Entered { item },
                _ => ItemEvent::Amended { item },
            };
            self.0.record::<Stored<T>>(id, [event])
        }
    }
    entry.visit(Record(work))
}

/// What is registered, as its aggregate stands.
pub(super) fn read_standing(it: &Standing) -> Result<Said, serde_json::Error> {
    struct Read<'a>(&'a Standing);
    impl VisitKind for Read<'_> {
        type Out = Result<Said, serde_json::Error>;

        fn kind<T: Registered>(self) -> Self::Out {
            let item = self.0.state::<Stored<T>>()?.item;
            let entry = |it: Arc<T>| Said::Entry(Arc::unwrap_or_clone(it).entry());
            Ok(item.map_or(Said::Nothing, entry))
        }
    }
    if it.kind == Guard::KIND {
        return Ok(Said::Revision(it.version));
    }
    kind_of(&it.kind, Read(it)).unwrap_or(Ok(Said::Nothing))
}

/// What an event of the log says.
#[allow(clippy::large_enum_variant)] // one lives at a time, while the log is folded
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
    struct Read<'a>(&'a Recorded);
    impl VisitKind for Read<'_> {
        type Out = Result<Said, serde_json::Error>;

        fn kind<T: Registered>(self) -> Self::Out {
            Ok(match self.0.decode::<Stored<T>>()? {
                Some(ItemEvent::Entered { item } | ItemEvent::Amended { item }) => {
                    Said::Entry(Arc::unwrap_or_clone(item).entry())
                }
                None => Said::Nothing,
            })
        }
    }
    if event.aggregate == Guard::KIND {
        return Ok(Said::Revision(event.version));
    }
    kind_of(&event.aggregate, Read(event)).unwrap_or(Ok(Said::Nothing))
}
