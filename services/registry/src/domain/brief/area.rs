//! Areas in brief.

use std::{
    collections::HashMap,
    ops::{Deref, Range},
    sync::Arc,
};

use time::Date;

use super::{Number, Numbers, UNKNOWN, Working, number, texts::Texts, unit::UnitBrief};
use crate::domain::{Area, Kept, Validity, collections::Tables};

/// An area in brief. Everything else is in its row, to which it leads.
#[derive(Debug)]
pub struct AreaBrief {
    row: Arc<Kept<Area>>,
    texts: Texts<2>,
    pub(in crate::domain) validity: Validity,
    /// The one around it, as its newest state has it; [`UNKNOWN`]: none.
    parent: Number,
    /// Whether it was otherwise before.
    has_changed: bool,
    /// The part of [`Briefs::working`](super::Briefs::working) with those who work here.
    pub(super) working: Range<usize>,
}

/// An area and those around it, by number, the nearest first.
#[derive(Debug, Default)]
pub(in crate::domain) struct Path {
    areas: [Number; DEEPEST],
    count: usize,
}

/// Areas from a lane to its city are six tiers; a path goes on only where a tree closes on itself.
const DEEPEST: usize = 8;

impl AreaBrief {
    fn of(row: &Arc<Kept<Area>>, working: Range<usize>, numbers: &Numbers) -> Self {
        let area = &row.item;
        let parent = area.parent.as_ref();
        Self {
            row: Arc::clone(row),
            texts: Texts::of([area.id.as_str(), &area.name]),
            validity: area.validity,
            parent: parent.map_or(UNKNOWN, |it| number(&numbers.areas, it.as_str())),
            has_changed: !area.earlier.is_empty(),
            working,
        }
    }

    /// Its id.
    pub fn slug(&self) -> &str {
        self.texts.get(0)
    }

    /// Its name, as its newest state has it.
    pub fn title(&self) -> &str {
        self.texts.get(1)
    }

    /// The area around it on a day.
    pub(super) fn parent_on(&self, day: Date, numbers: &Numbers) -> Number {
        if !self.has_changed {
            return self.parent;
        }
        let parent = self.row.item.parent_on(day);
        parent.map_or(UNKNOWN, |it| number(&numbers.areas, it.as_str()))
    }
}

impl PartialEq for AreaBrief {
    fn eq(&self, other: &Self) -> bool {
        self.row.item == other.row.item
    }
}

impl Deref for AreaBrief {
    type Target = Area;

    fn deref(&self) -> &Area {
        &self.row.item
    }
}

impl Path {
    /// Adds the area around the last one. Whether there was room.
    pub(super) fn push(&mut self, area: Number) -> bool {
        let room = self.areas.get_mut(self.count);
        self.count += usize::from(room.is_some());
        room.map(|it| *it = area).is_some()
    }

    /// The areas.
    pub(in crate::domain) fn areas(&self) -> &[Number] {
        &self.areas[..self.count]
    }

    /// How many steps the place is inside an area; `None` outside.
    pub(in crate::domain) fn distance(&self, area: Number) -> Option<usize> {
        self.areas().iter().position(|it| *it == area)
    }
}

/// Who works where; under `None`: in the whole district.
pub(super) struct ByArea(HashMap<Option<Number>, Vec<Working>>);

impl ByArea {
    pub(super) fn of(units: &[UnitBrief]) -> Self {
        let mut by_area: HashMap<_, Vec<_>> = HashMap::new();
        for (unit, it) in (0..).zip(units) {
            let kind = it.kind;
            let here = by_area.entry(it.area).or_default();
            here.push(Working { kind, unit });
        }
        Self(by_area)
    }

    /// Who works there, by kind and then by id.
    pub(super) fn take(&mut self, area: Option<Number>) -> Vec<Working> {
        let mut here = self.0.remove(&area).unwrap_or_default();
        here.sort_unstable();
        here
    }
}

/// Every area, and who works in which.
pub(super) fn areas(
    tables: &Tables,
    numbers: &Numbers,
    by_area: &mut ByArea,
) -> (Box<[AreaBrief]>, Box<[Working]>) {
    let mut working = Vec::new();
    let brief = |(number, row): (Number, &Arc<Kept<Area>>)| {
        let begin = working.len();
        working.extend(by_area.take(Some(number)));
        AreaBrief::of(row, begin..working.len(), numbers)
    };
    let areas = (0..).zip(tables.areas.rows()).map(brief).collect();
    (areas, working.into())
}
