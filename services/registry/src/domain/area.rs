//! The territory tree (M5): city, district, street, community, grid, lane.
//!
//! ```text
//!  first day ──earlier[0]──▶ its last day │ ──earlier[1]──▶ its last day │ ──the area's own fields──▶ last day or open
//! ```
//!
//! Code, tier and the days of its existence belong to an area for life. Everything else may change by date: the fields
//! of [`Area`] are its newest state, what was before is in [`Area::earlier`], and [`Area::on`] says how it was on a day.

use serde::{Deserialize, Serialize};
use time::Date;

use super::{Id, Item, OrganizationId, Validity, geometry::Boundary};

/// The code of an area.
pub type AreaId = Id<Area>;

/// The kind of a residential compound (小区), with or without property management (A6).
pub const RESIDENTIAL: &str = "residential";

/// A node of the tree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Area {
    /// Its code: official (GB/T 2260 and what continues it) or an own one.
    pub id: AreaId,
    /// In Chinese.
    pub name: String,
    /// Its tier.
    pub level: AreaLevel,
    /// The area around it.
    pub parent: Option<AreaId>,
    /// What it is, as data: `village`, `market`; may be empty.
    pub kind: String,
    /// Households, if counted.
    pub households: Option<u32>,
    /// Residents, if counted.
    pub residents: Option<u32>,
    /// When it existed.
    pub validity: Validity,
    /// Other names or address codes that resolve to it.
    pub aliases: Vec<String>,
    /// Who manages the property, if anybody does.
    #[serde(default)]
    pub property_manager: Option<OrganizationId>,
    /// What it covers, if surveyed.
    #[serde(default)]
    pub boundary: Option<Boundary>,
    /// How it was before, the oldest first.
    #[serde(default)]
    pub earlier: Vec<AreaState>,
}

/// How an area was until a day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AreaState {
    /// The last day on which it was so.
    #[serde(with = "super::day::iso")]
    pub last: Date,
    /// In Chinese.
    pub name: String,
    /// The area around it.
    pub parent: Option<AreaId>,
    /// What it was, as data.
    pub kind: String,
    /// Households, if counted.
    pub households: Option<u32>,
    /// Residents, if counted.
    pub residents: Option<u32>,
    /// Other names or address codes that resolved to it.
    pub aliases: Vec<String>,
    /// Who managed the property.
    pub property_manager: Option<OrganizationId>,
    /// What it covered.
    pub boundary: Option<Boundary>,
}

/// An area as it is on a day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AreaOn<'a> {
    /// The days on which it is so.
    pub validity: Validity,
    /// In Chinese.
    pub name: &'a str,
    /// The area around it.
    pub parent: Option<&'a AreaId>,
    /// What it is, as data.
    pub kind: &'a str,
    /// Households, if counted.
    pub households: Option<u32>,
    /// Residents, if counted.
    pub residents: Option<u32>,
    /// Other names or address codes that resolve to it.
    pub aliases: &'a [String],
    /// Who manages the property.
    pub property_manager: Option<&'a OrganizationId>,
    /// What it covers.
    pub boundary: Option<&'a Boundary>,
}

/// A change of a past that is over: the day lies before the newest state and begins none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an area changes from a day after {newest} on, or on the first day of one of its states")]
pub struct LaterState {
    /// The first day of the newest state.
    pub newest: Date,
}

/// Tiers of the tree, the widest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AreaLevel {
    /// 市.
    City,
    /// 区/县.
    District,
    /// 街道/镇.
    Street,
    /// 社区/村.
    Community,
    /// 网格.
    Grid,
    /// 街巷、路段、小区.
    Lane,
}

impl Area {
    /// An area that has a name and a tier and always existed.
    pub fn new(id: AreaId, name: &str, level: AreaLevel) -> Self {
        Self {
            id,
            name: name.to_owned(),
            level,
            parent: None,
            kind: String::new(),
            households: None,
            residents: None,
            validity: Validity::ALWAYS,
            aliases: Vec::new(),
            property_manager: None,
            boundary: None,
            earlier: Vec::new(),
        }
    }

    /// How it is on a day; before its first one and after its last one, the nearest.
    pub fn on(&self, day: Date) -> AreaOn<'_> {
        let past = self.earlier.iter().position(|it| day <= it.last);
        self.state(past.unwrap_or(self.earlier.len()))
    }

    /// The area around it on a day.
    pub fn parent_on(&self, day: Date) -> Option<&AreaId> {
        self.on(day).parent
    }

    /// Every state, the oldest first; at least one.
    pub fn states(&self) -> impl Iterator<Item = AreaOn<'_>> {
        (0..=self.earlier.len()).map(|it| self.state(it))
    }

    /// This area with other values from a day on. What was before is kept with the day before as its last. From the
    /// first day of a state, or from `None`: that state, or the newest one, is corrected.
    pub fn changed(
        &self,
        from: Option<Date>,
        change: impl FnOnce(&mut Self),
    ) -> Result<Self, LaterState> {
        let newest = self.state(self.earlier.len()).validity.first;
        let mut next = self.clone();
        match (from, newest) {
            (None, _) => change(&mut next),
            (from, newest) if from == newest => change(&mut next),
            (Some(from), newest) if newest.is_none_or(|it| it < from) => {
                change(&mut next);
                let same = next.newest(from) == self.newest(from);
                if let (false, Some(last)) = (same, from.previous_day()) {
                    next.earlier.push(self.newest(last));
                }
            }
            (Some(from), newest) => {
                let begins = |it: &usize| self.state(*it).validity.first == Some(from);
                let corrected = (0..self.earlier.len()).find(begins);
                let at = corrected.ok_or(LaterState {
                    newest: newest.unwrap_or(from),
                })?;
                let mut past = self.as_then(&self.earlier[at]);
                change(&mut past);
                next.earlier[at] = past.newest(self.earlier[at].last);
                (next.level, next.validity) = (past.level, past.validity);
            }
        }
        Ok(next)
    }

    /// Takes everything over from another one but the id and what was before.
    pub fn take_over(&mut self, other: Self) {
        let (id, earlier) = (self.id.clone(), std::mem::take(&mut self.earlier));
        *self = Self {
            id,
            earlier,
            ..other
        };
    }

    fn state(&self, at: usize) -> AreaOn<'_> {
        let before = at.checked_sub(1).and_then(|it| self.earlier.get(it));
        let first = match before {
            Some(before) => before.last.next_day(),
            None => self.validity.first,
        };
        match self.earlier.get(at) {
            Some(past) => AreaOn {
                validity: Validity {
                    first,
                    last: Some(past.last),
                },
                name: &past.name,
                parent: past.parent.as_ref(),
                kind: &past.kind,
                households: past.households,
                residents: past.residents,
                aliases: &past.aliases,
                property_manager: past.property_manager.as_ref(),
                boundary: past.boundary.as_ref(),
            },
            None => AreaOn {
                validity: Validity {
                    first,
                    last: self.validity.last,
                },
                name: &self.name,
                parent: self.parent.as_ref(),
                kind: &self.kind,
                households: self.households,
                residents: self.residents,
                aliases: &self.aliases,
                property_manager: self.property_manager.as_ref(),
                boundary: self.boundary.as_ref(),
            },
        }
    }

    /// Its newest state, as one that ends on a day.
    fn newest(&self, last: Date) -> AreaState {
        AreaState {
            last,
            name: self.name.clone(),
            parent: self.parent.clone(),
            kind: self.kind.clone(),
            households: self.households,
            residents: self.residents,
            aliases: self.aliases.clone(),
            property_manager: self.property_manager.clone(),
            boundary: self.boundary.clone(),
        }
    }

    /// The area as if an earlier state were the newest.
    fn as_then(&self, past: &AreaState) -> Self {
        Self {
            id: self.id.clone(),
            name: past.name.clone(),
            level: self.level,
            parent: past.parent.clone(),
            kind: past.kind.clone(),
            households: past.households,
            residents: past.residents,
            validity: self.validity,
            aliases: past.aliases.clone(),
            property_manager: past.property_manager.clone(),
            boundary: past.boundary.clone(),
            earlier: Vec::new(),
        }
    }
}

impl Item for Area {
    const COLLECTION: &'static str = "areas";
    const KIND: &'static str = "area";
    const ENTERED: &'static str = "AreaEntered";
    const AMENDED: &'static str = "AreaAmended";

    fn id(&self) -> &AreaId {
        &self.id
    }

    fn validity(&self) -> Validity {
        self.validity
    }

    fn end(&mut self, last: Date) {
        self.validity.last = Some(last);
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    fn grid() -> Area {
        let mut grid = Area::new(Id::stored("320311001001001"), "第一网格", AreaLevel::Grid);
        grid.households = Some(400);
        grid.validity.first = Some(date!(2020 - 01 - 01));
        grid
    }

    fn counted(area: &Area, day: Date) -> Option<u32> {
        area.on(day).households
    }

    /// Proves M5.
    #[test]
    fn an_area_is_what_it_was_on_the_day_that_is_asked_about() {
        let from = |day| Some(day);
        let grid = grid()
            .changed(from(date!(2023 - 01 - 01)), |it| it.households = Some(450))
            .unwrap();
        let grid = grid
            .changed(from(date!(2025 - 07 - 01)), |it| it.households = Some(500))
            .unwrap();
        assert_eq!(
            counted(&grid, date!(2019 - 06 - 01)),
            Some(400),
            "before its first day"
        );
        assert_eq!(counted(&grid, date!(2022 - 12 - 31)), Some(400));
        assert_eq!(counted(&grid, date!(2023 - 01 - 01)), Some(450));
        assert_eq!(counted(&grid, date!(2025 - 06 - 30)), Some(450));
        assert_eq!(counted(&grid, date!(2030 - 01 - 01)), Some(500));
        let periods: Vec<_> = grid.states().map(|it| it.validity.to_string()).collect();
        assert_eq!(
            periods,
            [
                "2020-01-01..2022-12-31",
                "2023-01-01..2025-06-30",
                "2025-07-01.."
            ]
        );
    }

    #[test]
    fn a_state_is_corrected_on_its_first_day_and_no_other() {
        let day = date!(2023 - 01 - 01);
        let grid = grid()
            .changed(Some(day), |it| it.households = Some(450))
            .unwrap();
        let newest = grid
            .changed(Some(day), |it| it.households = Some(460))
            .unwrap();
        assert_eq!((newest.earlier.len(), newest.households), (1, Some(460)));
        assert_eq!(
            grid.changed(None, |it| it.households = Some(460)),
            Ok(newest)
        );
        let oldest = grid
            .changed(Some(date!(2020 - 01 - 01)), |it| it.name = "旧名".into())
            .unwrap();
        assert_eq!(
            (oldest.earlier[0].name.as_str(), oldest.name.as_str()),
            ("旧名", "第一网格")
        );
        assert_eq!(
            grid.changed(Some(date!(2021 - 01 - 01)), |it| it.households = None),
            Err(LaterState { newest: day })
        );
        let same = grid.changed(Some(date!(2024 - 01 - 01)), |_| ()).unwrap();
        assert_eq!(same, grid, "what changes nothing is no new state");
    }
}
