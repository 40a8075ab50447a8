//! What questions of authority read of the rows, in short and close together in memory.
//!
//! A question looks at a dozen powers, their holders, their areas, and the names of all of them. Row by row each of
//! these is a place in memory of its own, in catalogues that fit no cache, and waiting for them was half of what an
//! answer cost. In brief, rows refer to each other by number and a row's texts are one text:
//!
//! ```text
//!  matter ─▶ its powers, one after another ─▶ number of the holder ─▶ units ─▶ number of the area ─▶ areas ─▶ around it
//! ```
//!
//! What must stay true: a brief says nothing that its row does not say; briefs are made of the tables of one catalogue
//! and never changed. Numbers follow the order of the ids.

mod area;
mod matter;
mod power;
mod texts;
mod unit;

use std::{borrow::Borrow, collections::HashMap, hash::Hash};

use time::Date;

pub use self::{
    area::AreaBrief,
    matter::MatterBrief,
    power::{Phrases, PowerBrief},
    unit::UnitBrief,
};
pub(in crate::domain) use self::{area::Path, power::HeldBy};
use self::{
    area::{ByArea, areas},
    matter::matters,
    unit::units,
};
use super::{AreaId, Id, Item, Kind, MatterId, OrganizationId, Table, collections::Tables};

/// The number of a row in brief, or of a kind of organization. The order of the numbers is that of the ids.
pub(in crate::domain) type Number = u32;

/// What is named but not registered.
const UNKNOWN: Number = Number::MAX;

/// The rows of a catalogue in brief.
#[derive(Debug)]
pub(in crate::domain) struct Briefs {
    areas: Box<[AreaBrief]>,
    units: Box<[UnitBrief]>,
    /// Which units work in which area: a part of it for each.
    working: Box<[Working]>,
    /// Which work in the whole district.
    everywhere: Box<[Working]>,
    matters: HashMap<MatterId, MatterBrief>,
    /// The powers over what is no matter yet: a file that is being checked may say such things.
    unregistered: HashMap<MatterId, Box<[PowerBrief]>>,
    numbers: Numbers,
    /// The area that is the whole district.
    district: Number,
}

/// Which number stands for what.
#[derive(Debug, Default)]
struct Numbers {
    areas: HashMap<AreaId, Number>,
    units: HashMap<OrganizationId, Number>,
    kinds: HashMap<Kind, Number>,
}

/// A unit of a kind, in the order of the kinds and then of the ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Working {
    kind: Number,
    unit: Number,
}

impl Briefs {
    /// The rows of a district in brief.
    pub(in crate::domain) fn of(tables: &Tables, district: &str) -> Self {
        let mut kinds: Vec<_> = tables.organizations.iter().map(|it| &it.kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let numbers = Numbers {
            areas: numbered(ids(&tables.areas)),
            units: numbered(ids(&tables.organizations)),
            kinds: numbered(kinds.into_iter().cloned()),
        };
        let units = units(tables, &numbers);
        let mut by_area = ByArea::of(&units);
        let (areas, working) = areas(tables, &numbers, &mut by_area);
        let (matters, unregistered) = matters(tables, &numbers);
        Self {
            matters,
            unregistered,
            district: number(&numbers.areas, district),
            areas,
            units,
            working,
            everywhere: by_area.take(None).into(),
            numbers,
        }
    }

    /// A matter.
    pub(in crate::domain) fn matter(&self, id: &str) -> Option<&MatterBrief> {
        self.matters.get(id)
    }

    /// The powers over a matter, registered or not.
    pub(in crate::domain) fn powers_over(&self, matter: &str) -> &[PowerBrief] {
        match self.matters.get(matter) {
            Some(matter) => &matter.powers,
            None => self.unregistered.get(matter).map_or(&[], |it| it),
        }
    }

    /// An area.
    pub(in crate::domain) fn area(&self, id: &str) -> Option<&AreaBrief> {
        let number = *self.numbers.areas.get(id)?;
        self.area_at(number)
    }

    /// An area by its number.
    pub(in crate::domain) fn area_at(&self, number: Number) -> Option<&AreaBrief> {
        self.areas.get(number as usize)
    }

    /// The number of the area that is the whole district.
    pub(in crate::domain) fn district(&self) -> Number {
        self.district
    }

    /// An area and those around it on a day, the nearest first. Ends where a tree closes on itself.
    pub(in crate::domain) fn path(&self, area: &str, day: Date) -> Path {
        let mut path = Path::default();
        let mut next = number(&self.numbers.areas, area);
        while let Some(area) = self.area_at(next).filter(|_| path.push(next)) {
            next = area.parent_on(day, &self.numbers);
        }
        path
    }

    /// The unit that stands for an id on a day; see [`Catalogue::current`](super::Catalogue::current).
    pub(in crate::domain) fn current(&self, id: &str, day: Date) -> Option<&UnitBrief> {
        self.current_of(number(&self.numbers.units, id), day)
    }

    /// The unit that stands for the one with a number on a day.
    pub(in crate::domain) fn current_of(&self, number: Number, day: Date) -> Option<&UnitBrief> {
        let mut unit = self.units.get(number as usize)?;
        // Every step leads to another unit, unless the chain closes on itself.
        for _ in 0..self.units.len() {
            match unit
                .successor_on(day)
                .and_then(|it| self.units.get(it as usize))
            {
                Some(successor) => unit = successor,
                None => break,
            }
        }
        Some(unit)
    }

    /// The units of a kind that are live on a day and work in the whole district or in one of these areas.
    pub(in crate::domain) fn working_in<'a, 'p>(
        &'a self,
        kind: Number,
        path: &'p Path,
        day: Date,
    ) -> impl Iterator<Item = &'a UnitBrief> + use<'a, 'p> {
        let here = path.areas().iter().filter_map(|it| self.area_at(*it));
        let here = here.map(|it| &self.working[it.working.clone()]);
        let parts = std::iter::once(&*self.everywhere).chain(here);
        let of_kind = parts.flat_map(move |part| {
            let begin = part.partition_point(|it| it.kind < kind);
            let more = part[begin..].iter();
            more.take_while(move |it| it.kind == kind)
        });
        let units = of_kind.map(|it| &self.units[it.unit as usize]);
        units.filter(move |it| it.validity.covers(day))
    }
}

fn ids<T: Item>(table: &Table<T>) -> impl Iterator<Item = Id<T>> {
    table.iter().map(|it| it.id().clone())
}

fn numbered<K: Eq + Hash>(keys: impl Iterator<Item = K>) -> HashMap<K, Number> {
    keys.zip(0..).collect()
}

/// The number of what is named, [`UNKNOWN`] if it is not registered.
fn number<K: Eq + Hash + Borrow<Q>, Q: Eq + Hash + ?Sized>(
    of: &HashMap<K, Number>,
    name: &Q,
) -> Number {
    of.get(name).copied().unwrap_or(UNKNOWN)
}
