//! Organizations in brief.

use std::{ops::Deref, sync::Arc};

use time::Date;

use super::{Number, Numbers, number, texts::Texts};
use crate::domain::{Kept, Organization, Validity, collections::Tables};

/// An organization in brief. Everything else is in its row, to which it leads.
#[derive(Debug)]
pub struct UnitBrief {
    row: Arc<Kept<Organization>>,
    texts: Texts<2>,
    pub(in crate::domain) validity: Validity,
    pub(in crate::domain) number: Number,
    pub(in crate::domain) kind: Number,
    /// Where it works; `None`: in the whole district.
    pub(in crate::domain) area: Option<Number>,
    successor: Option<Number>,
    pub(in crate::domain) is_resident_unit: bool,
    /// Whether its name depends on the day.
    is_renamed: bool,
}

impl UnitBrief {
    fn of((number_of_it, row): (Number, &Arc<Kept<Organization>>), numbers: &Numbers) -> Self {
        let unit = &row.item;
        let (area, successor) = (unit.area.as_ref(), unit.successor.as_ref());
        Self {
            row: Arc::clone(row),
            texts: Texts::of([unit.id.as_str(), unit.name_on(Date::MAX)]),
            validity: unit.validity,
            number: number_of_it,
            kind: number(&numbers.kinds, &unit.kind),
            area: area.map(|it| number(&numbers.areas, it.as_str())),
            successor: successor.map(|it| number(&numbers.units, it.as_str())),
            is_resident_unit: unit.is_resident_unit(),
            is_renamed: unit.names.len() > 1,
        }
    }

    /// Its id.
    pub fn slug(&self) -> &str {
        self.texts.get(0)
    }

    /// Its name in use on a day; see [`Organization::name_on`].
    pub fn name_on(&self, day: Date) -> &str {
        if self.is_renamed {
            self.row.item.name_on(day)
        } else {
            self.texts.get(1)
        }
    }

    /// Who stands in its place on a day, if it has ended by then.
    pub(super) fn successor_on(&self, day: Date) -> Option<Number> {
        let ended = self.validity.last.is_some_and(|last| last < day);
        self.successor.filter(|_| ended)
    }
}

impl PartialEq for UnitBrief {
    fn eq(&self, other: &Self) -> bool {
        self.row.item == other.row.item
    }
}

impl Deref for UnitBrief {
    type Target = Organization;

    fn deref(&self) -> &Organization {
        &self.row.item
    }
}

/// Every organization.
pub(super) fn units(tables: &Tables, numbers: &Numbers) -> Box<[UnitBrief]> {
    let rows = (0..).zip(tables.organizations.rows());
    rows.map(|it| UnitBrief::of(it, numbers)).collect()
}
