//! What a change touches is all that can go wrong by it: random changes, checked both ways.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use rand::{Rng, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use super::{Doubtful, validate, validate_change};
use crate::{
    domain::{
        Catalogue, Entry, Problem, Registered,
        collections::{VisitKind, every_kind},
        mentions::Names,
    },
    street,
    town::{self, AT},
};

const DEMO: &str = include_str!("../../../../../deploy/demo/street.yaml");

fn demo() -> Catalogue {
    let empty = Catalogue::empty("990101");
    let import = street::import(&empty, DEMO, AT);
    empty.with(&import.plan.changes, AT)
}

/// Every item of every kind as JSON.
struct Items(Vec<OfKind>);

/// The items of a kind, and what turns JSON back into an entry.
type OfKind = (Vec<Value>, fn(Value) -> Option<Entry>);

impl Items {
    fn of(catalogue: &Catalogue) -> Self {
        #[derive(Clone)]
        struct Json<'a>(&'a Catalogue);
        impl VisitKind for Json<'_> {
            type Out = OfKind;

            fn kind<T: Registered>(self) -> Self::Out {
                let items = self.0.table::<T>().iter();
                let items = items.map(|it| serde_json::to_value(it).unwrap());
                (items.collect(), |json| {
                    serde_json::from_value::<T>(json).ok().map(T::entry)
                })
            }
        }
        let mut kinds = every_kind(&Json(catalogue));
        kinds.retain(|(items, _)| !items.is_empty());
        Self(kinds)
    }

    /// An item that differs in a few places from one there is.
    fn other(&self, rng: &mut ChaCha8Rng) -> Option<Entry> {
        // Mostly what others rest on, also at second hand: units, areas, powers, officers.
        let (items, read) = match rng.random_bool(0.6) {
            true => self.0[..self.0.len().min(6)].choose(rng)?,
            false => self.0.choose(rng)?,
        };
        let mut item = items.choose(rng)?.clone();
        for _ in 0..rng.random_range(1..3) {
            let like = items.choose(rng)?;
            change(&mut item, like, rng);
        }
        if rng.random_bool(0.3) {
            item["id"] = Value::from(format!("new-{}", rng.random_range(0..3)));
        }
        read(item)
    }
}

/// Changes something somewhere in a value, mostly to what stands there in another one.
fn change(value: &mut Value, like: &Value, rng: &mut ChaCha8Rng) {
    match (value, like) {
        (Value::Object(map), Value::Object(other)) => {
            let keys: Vec<_> = map.keys().filter(|it| *it != "id").cloned().collect();
            let Some(key) = keys.choose(rng) else { return };
            let there = other.get(key).cloned().unwrap_or(Value::Null);
            if let Some(value) = map.get_mut(key) {
                match rng.random_range(0..4) {
                    0 => *value = there,
                    1 if value.is_string() || value.is_number() => *value = Value::Null,
                    _ => change(value, &there, rng),
                }
            }
        }
        (Value::Array(list), other) => match rng.random_range(0..4) {
            0 if !list.is_empty() => {
                list.remove(rng.random_range(0..list.len()));
            }
            1 => list.extend(other.as_array().and_then(|it| it.choose(rng)).cloned()),
            2 => list.extend(list.choose(rng).cloned()),
            _ => {
                let like = other.as_array().and_then(|it| it.choose(rng)).cloned();
                let index = rng.random_range(0..list.len().max(1));
                if let Some(value) = list.get_mut(index) {
                    change(value, &like.unwrap_or(Value::Null), rng);
                }
            }
        },
        (value, like) => match (rng.random_range(0..3), value.as_str().map(str::len)) {
            (0, Some(10)) => *value = Value::from(*DAYS.choose(rng).unwrap()),
            (1, _) => *value = Value::Null,
            _ => *value = like.clone(),
        },
    }
}

const DAYS: [&str; 4] = ["1999-12-31", "2024-06-30", "2026-02-01", "2031-01-01"];

fn sorted(mut problems: Vec<Problem>) -> Vec<String> {
    let mut texts: Vec<_> = problems.drain(..).map(|it| it.to_string()).collect();
    texts.sort();
    texts
}

fn same_both_ways(mut catalogue: Catalogue, seed: u64) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut items = Items::of(&catalogue);
    for _ in 0..60 {
        let count = if rng.random_bool(0.2) { 3 } else { 1 };
        let entries: Vec<_> = (0..count).filter_map(|_| items.other(&mut rng)).collect();
        let next = catalogue.with(&entries, AT);
        let whole = sorted(validate(&next, &Doubtful::default()));
        let change = sorted(validate_change(&catalogue, &next, &entries));
        assert_eq!(change, whole, "seed {seed}: {entries:#?}");
        if whole.is_empty() && !entries.is_empty() {
            catalogue = next;
            items = Items::of(&catalogue);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn a_look_at_what_a_change_touches_finds_what_a_look_at_everything_finds(seed: u64) {
        same_both_ways(demo(), seed);
        same_both_ways(town::catalogue(), seed);
    }
}

/// Section and id of an entry.
type Key = (&'static str, String);

/// What every entry names.
fn named(catalogue: &Catalogue) -> BTreeMap<Key, BTreeSet<Key>> {
    #[derive(Clone)]
    struct Naming<'a>(&'a Catalogue);
    impl VisitKind for Naming<'_> {
        type Out = Vec<(Key, BTreeSet<Key>)>;

        fn kind<T: Registered>(self) -> Self::Out {
            let names = |item: &T| {
                let mut all = BTreeSet::new();
                item.mentions(&mut Names(&mut |section, id| {
                    all.insert((section, id.to_owned()));
                }));
                ((T::SECTION, item.id().as_str().to_owned()), all)
            };
            self.0.table::<T>().iter().map(names).collect()
        }
    }
    every_kind(&Naming(catalogue))
        .into_iter()
        .flatten()
        .collect()
}

/// For every entry those that rest on it only at second hand: they name somebody who names it.
fn at_second_hand(names: &BTreeMap<Key, BTreeSet<Key>>) -> BTreeMap<&Key, BTreeSet<&Key>> {
    let mut found: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for (one, first) in names {
        let second = first.iter().filter_map(|it| names.get(it)).flatten();
        for it in second.filter(|it| *it != one && !first.contains(*it)) {
            found.entry(it).or_default().insert(one);
        }
    }
    found
}

/// An entry with other values in one of its fields: none, that of another of its kind, an early end.
fn otherwise(catalogue: &Catalogue, (section, id): &Key) -> Vec<Entry> {
    struct Otherwise<'a>(&'a Catalogue, &'a str, &'a str);
    impl Clone for Otherwise<'_> {
        fn clone(&self) -> Self {
            Self(self.0, self.1, self.2)
        }
    }
    impl VisitKind for Otherwise<'_> {
        type Out = Vec<Entry>;

        fn kind<T: Registered>(self) -> Self::Out {
            let Self(catalogue, section, id) = self;
            let table = catalogue.table::<T>();
            let Some(item) = table.get(id).filter(|_| section == T::SECTION) else {
                return Vec::new();
            };
            let item = serde_json::to_value(item).unwrap();
            let other = table.iter().find(|it| it.id().as_str() != id);
            let other = other.map_or(Value::Null, |it| serde_json::to_value(it).unwrap());
            let fields = item.as_object().unwrap().keys().filter(|it| *it != "id");
            let changed = |field: &String, value: Value| {
                let mut item = item.clone();
                item[field.as_str()] = value;
                serde_json::from_value::<T>(item).ok().map(T::entry)
            };
            let ended = serde_json::json!({"first": null, "last": "2014-01-01"});
            fields
                .flat_map(|it| {
                    [
                        (it, Value::Null),
                        (it, other[it.as_str()].clone()),
                        (it, ended.clone()),
                    ]
                })
                .filter_map(|(field, value)| changed(field, value))
                .collect()
        }
    }
    let every = every_kind(&Otherwise(catalogue, section, id));
    every.into_iter().flatten().collect()
}

/// Entries of each kind that are changed in every way.
const SOME: usize = 15;

/// Only what others rest on through somebody else is changed, and often one of those others breaks by it.
#[test]
fn what_breaks_through_somebody_else_is_found_too() {
    let mut broken = BTreeMap::<_, usize>::new();
    for catalogue in [demo(), town::catalogue()] {
        let names = named(&catalogue);
        let resting = at_second_hand(&names);
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut kinds = BTreeMap::<_, Vec<_>>::new();
        for one in &resting {
            kinds.entry(one.0.0).or_default().push(one);
        }
        let some = kinds
            .values()
            .flat_map(|it| it.choose_multiple(&mut rng, SOME).collect::<Vec<_>>());
        for (key, on_it) in some {
            for entry in otherwise(&catalogue, key) {
                let entries = [entry];
                let next = catalogue.with(&entries, AT);
                let whole = validate(&next, &Doubtful::default());
                for it in &whole {
                    if on_it.contains(&(it.section, it.id.clone())) {
                        *broken.entry((key.0, it.section)).or_default() += 1;
                    }
                }
                let change = validate_change(&catalogue, &next, &entries);
                assert_eq!(sorted(change), sorted(whole), "{entries:#?}");
            }
        }
    }
    let times: usize = broken.values().sum();
    let kinds: Vec<_> = broken.keys().copied().collect();
    // A power of a unit that was taken over rests on the one that took over.
    let second_hand = [
        ("areas", "duties"),
        ("areas", "zones"),
        ("organizations", "powers"),
    ];
    assert_eq!(kinds, second_hand);
    assert!(times >= 20, "{broken:?}");
}
