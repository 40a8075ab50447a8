//! Which entries a change touches: those whose checks read something that it changes.
//!
//! ```text
//!  changed ─┬─ whoever is below or before it in its own tree or chain ─┬─ whoever names one of these, twice over
//!           └─ whoever shares with it: a secondment its officer,       │
//!              a power the matters that borrowed ones are over ────────┘
//! ```
//!
//! What must stay true: no check reads further than that. An entry that is not touched has nothing wrong now if it had
//! nothing wrong before. A test changes a district at random and compares with a look at everything.

use std::collections::{BTreeSet, HashMap};

use super::super::{
    Area, Catalogue, DayOverride, District, Entry, Item, Organization, Power, PublishedYear,
    Registered, Secondment, WorkLine,
    collections::{Tables, VisitKind, every_kind},
    mentions::Names,
};

/// Steps from an entry to what its check reads of others: a duty's holder, the holder's organization.
const STEPS: usize = 2;
/// With more entries than this in one change, a look at everything costs less.
const FEW: usize = 200;

/// Ids by section.
#[derive(Debug, Default)]
struct Ids(HashMap<&'static str, BTreeSet<String>>);

/// What a change touches.
#[derive(Debug)]
pub(super) struct Touched {
    ids: Ids,
    /// The sections of the entries that are changed themselves.
    changed: BTreeSet<&'static str>,
}

impl Touched {
    /// What the change of these entries touches; `None`: whatever there is.
    pub(super) fn by(before: &Catalogue, next: &Catalogue, entries: &[Entry]) -> Option<Self> {
        let changed: BTreeSet<_> = entries.iter().map(Entry::section).collect();
        let everywhere = [
            District::SECTION,
            PublishedYear::SECTION,
            DayOverride::SECTION,
        ];
        let root = |it: &Entry| it.section() == Area::SECTION && it.id() == next.district;
        if entries.len() > FEW
            || everywhere.iter().any(|it| changed.contains(it))
            // A district without organizations is believed what it says of them.
            || before.organizations.is_empty()
            || entries.iter().any(root)
        {
            return None;
        }
        let (mut ids, mut fresh) = (Ids::default(), Ids::default());
        for entry in entries {
            ids.add(entry.section(), entry.id());
            // Nobody who is in order names what was not there.
            if before.version_of(entry) > 0 {
                fresh.add(entry.section(), entry.id());
            }
        }
        fresh.merge(siblings(before, &ids));
        fresh.merge(siblings(next, &ids));
        chains(next, &mut fresh);
        for _ in 0..STEPS {
            ids.merge_from(&fresh);
            let mut found = naming(next, &fresh);
            found.retain(|section, id| !ids.has(section, id));
            found.merge(siblings(next, &found));
            chains(next, &mut found);
            found.retain(|section, id| !ids.has(section, id));
            fresh = found;
        }
        ids.merge_from(&fresh);
        Some(Self { ids, changed })
    }

    /// The entries of a kind that are touched, in the order of their ids.
    pub(super) fn of<'a, T: Registered>(
        &'a self,
        tables: &'a Tables,
    ) -> impl Iterator<Item = &'a T> {
        let ids = self.ids.0.get(T::SECTION).into_iter().flatten();
        ids.filter_map(|it| tables.table::<T>().get(it))
    }

    /// Whether an entry of a kind is changed itself.
    pub(super) fn changes<T: Item>(&self) -> bool {
        self.changed.contains(T::SECTION)
    }
}

impl Ids {
    fn add(&mut self, section: &'static str, id: &str) -> bool {
        self.0.entry(section).or_default().insert(id.to_owned())
    }

    fn has(&self, section: &str, id: &str) -> bool {
        self.0.get(section).is_some_and(|it| it.contains(id))
    }

    fn of<T: Item>(&self) -> impl Iterator<Item = &str> {
        self.0
            .get(T::SECTION)
            .into_iter()
            .flatten()
            .map(String::as_str)
    }

    fn merge(&mut self, other: Self) {
        for (section, ids) in other.0 {
            self.0.entry(section).or_default().extend(ids);
        }
    }

    fn merge_from(&mut self, other: &Self) {
        for (section, ids) in &other.0 {
            let own = self.0.entry(section).or_default();
            own.extend(ids.iter().cloned());
        }
    }

    fn retain(&mut self, keep: impl Fn(&str, &str) -> bool) {
        self.0.retain(|section, ids| {
            ids.retain(|id| keep(section, id));
            !ids.is_empty()
        });
    }
}

/// Adds who is below one of the ids in its own tree, or comes before it in its own chain.
fn chains(tables: &Tables, ids: &mut Ids) {
    chain::<Organization>(tables, ids);
    chain::<Area>(tables, ids);
    chain::<WorkLine>(tables, ids);
}

fn chain<T: Registered>(tables: &Tables, ids: &mut Ids) {
    let mut open: Vec<String> = ids.of::<T>().map(str::to_owned).collect();
    if open.is_empty() {
        return;
    }
    let mut below: HashMap<String, Vec<&str>> = HashMap::new();
    for item in tables.table::<T>().iter() {
        item.mentions(&mut Names(&mut |section, id| {
            if section == T::SECTION {
                let ids = below.entry(id.to_owned()).or_default();
                ids.push(item.id().as_str());
            }
        }));
    }
    while let Some(id) = open.pop() {
        for below in below.get(&id).into_iter().flatten() {
            if ids.add(T::SECTION, below) {
                open.push((*below).to_owned());
            }
        }
    }
}

/// The officers of secondments, and the borrowed powers over the matters of powers.
fn siblings(tables: &Tables, ids: &Ids) -> Ids {
    let mut found = Ids::default();
    let secondments = ids.of::<Secondment>();
    for it in secondments.filter_map(|it| tables.secondments.get(it)) {
        found.add(crate::domain::Officer::SECTION, it.officer.as_str());
    }
    let powers = ids.of::<Power>().filter_map(|it| tables.powers.get(it));
    let matters: BTreeSet<_> = powers.flat_map(|it| &it.matters).collect();
    if !matters.is_empty() {
        let borrowed = tables
            .powers
            .iter()
            .filter(|it| it.basis_kind.is_borrowed());
        for it in borrowed.filter(|it| it.matters.iter().any(|it| matters.contains(it))) {
            found.add(Power::SECTION, it.id.as_str());
        }
    }
    found
}

/// The entries that name one of the ids.
fn naming(tables: &Tables, ids: &Ids) -> Ids {
    #[derive(Clone, Copy)]
    struct Naming<'a>(&'a Tables, &'a Ids);
    impl VisitKind for Naming<'_> {
        type Out = (&'static str, BTreeSet<String>);

        fn kind<T: Registered>(self) -> Self::Out {
            let Self(tables, ids) = self;
            let names = |item: &&T| {
                let mut found = false;
                item.mentions(&mut Names(&mut |section, id| found |= ids.has(section, id)));
                found
            };
            let named = tables.table::<T>().iter().filter(names);
            (
                T::SECTION,
                named.map(|it| it.id().as_str().to_owned()).collect(),
            )
        }
    }
    if ids.0.is_empty() {
        return Ids::default();
    }
    let found = every_kind(&Naming(tables, ids)).into_iter();
    Ids(found.filter(|(_, ids)| !ids.is_empty()).collect())
}
