//! The catalogue: everything registered in a district at one version, indexed for questions.
//!
//! What must stay true: a catalogue is never changed once it is shared. A change makes a new one (rows are shared),
//! and [`Catalogue::seal`] builds its indexes.

use std::{ops::Deref, sync::Arc};

use liandong_calendar::Calendar;
use time::{Date, OffsetDateTime};

use super::{
    Area, Duty, Entry, Organization, Power, asset::Nearby, brief::Briefs, collections::Tables,
    geometry::Point, index::Index, spatial,
};

/// Everything registered in a district.
#[derive(Clone, Debug)]
pub struct Catalogue {
    /// The district's code.
    pub district: String,
    /// Position in the log up to which it is folded.
    pub version: i64,
    /// How many changes it has had; what guards a change against another one in between.
    pub revision: i64,
    tables: Tables,
    index: Index,
    /// The tables as they were when the index was made.
    indexed: Tables,
}

/// Where a code leads.
#[derive(Debug, PartialEq)]
pub struct Located<'a> {
    /// The smallest area.
    pub area: &'a Area,
    /// Whether the code is the area's own (or its alias).
    pub exact: bool,
}

/// A catalogue is its tables, with what is known about all of them.
impl Deref for Catalogue {
    type Target = Tables;

    fn deref(&self) -> &Tables {
        &self.tables
    }
}

impl Catalogue {
    /// A district in which nothing is registered.
    pub fn empty(district: &str) -> Self {
        Self {
            district: district.to_owned(),
            version: 0,
            revision: 0,
            tables: Tables::default(),
            index: Index::default(),
            indexed: Tables::default(),
        }
    }

    /// Puts an entry in. [`Catalogue::seal`] when all are in.
    pub fn put(&mut self, entry: Entry, version: i64, changed_at: OffsetDateTime) {
        self.tables.put(entry, version, changed_at);
    }

    /// Brings the indexes up to date: those of tables that have changed since they were made.
    pub fn seal(&mut self) {
        self.index
            .renew(&self.indexed, &self.tables, &self.district);
        self.indexed = self.tables.clone();
    }

    /// The catalogue as it would be with these entries.
    pub fn with(&self, entries: &[Entry], at: OffsetDateTime) -> Self {
        let mut next = self.clone();
        for entry in entries {
            let version = self.version_of(entry) + 1;
            next.put(entry.clone(), version, at);
        }
        next.seal();
        next
    }

    /// An area and those around it as the newest states have it, the nearest first. Ends where a tree closes on itself.
    pub fn path(&self, area: &str) -> Vec<&Area> {
        self.path_on(area, Date::MAX)
    }

    /// An area and those around it on a day, the nearest first.
    pub fn path_on(&self, area: &str, day: Date) -> Vec<&Area> {
        let mut path = Vec::with_capacity(DEEPEST);
        let mut next = self.areas.get(area);
        while let Some(area) = next.filter(|_| path.len() < DEEPEST) {
            path.push(area);
            let around = area.parent_on(day);
            next = around.and_then(|it| self.areas.get(it.as_str()));
        }
        path
    }

    /// Whether an area is, or lies inside, another, as the newest states have it.
    pub fn lies_in(&self, area: &str, around: &str) -> bool {
        self.lies_in_on(area, around, Date::MAX)
    }

    /// Whether an area is, or lies inside, another on a day.
    pub fn lies_in_on(&self, area: &str, around: &str, day: Date) -> bool {
        let path = self.path_on(area, day);
        path.iter().any(|it| it.id.as_str() == around)
    }

    /// The smallest area of a day that contains a point (M5); see [`Spatial`](super::spatial::Spatial) for borders.
    pub fn locate_point(&self, point: Point, day: Date) -> Option<&Area> {
        let found = self.index.territory.spatial.locate(point, day)?;
        self.areas.get(found.as_str())
    }

    /// The surveyed assets within a radius of a point, the nearest first (M9).
    pub fn assets_near(&self, point: Point, radius_m: u32) -> Vec<Nearby<'_>> {
        self.index.assets.within(point, radius_m)
    }

    /// The same answer as [`Catalogue::locate_point`] from a look at every boundary.
    pub fn scan_point(&self, point: Point, day: Date) -> Option<&Area> {
        let found = spatial::scan(&self.areas, point, day)?;
        self.areas.get(found.as_str())
    }

    /// The smallest area of a day that covers a code: the area with that code or alias, else the one with the
    /// longest official code it begins with (M5).
    pub fn locate(&self, code: &str, day: Date) -> Option<Located<'_>> {
        let live = |id: &str| self.areas.get(id).filter(|it| it.validity.covers(day));
        let own = live(code).or_else(|| self.by_alias(code, day));
        if let Some(area) = own {
            return Some(Located { area, exact: true });
        }
        if !code
            .bytes()
            .all(|it| it.is_ascii_alphanumeric() || it == b'-')
        {
            return None;
        }
        let official = |len: usize| {
            code.get(..len)
                .filter(|it| it.bytes().all(|it| it.is_ascii_digit()))
        };
        (SHORTEST_CODE..code.len())
            .rev()
            .filter_map(official)
            .find_map(live)
            .map(|area| Located { area, exact: false })
    }

    /// The unit that stands for an id on a day: itself, or from the day after its last one its successor, and so on.
    /// The last of the chain, live or not; `None` if the id is unknown.
    pub fn current(&self, organization: &str, day: Date) -> Option<&Organization> {
        let mut unit = self.organizations.get(organization)?;
        // Every step leads to another unit, unless the chain closes on itself.
        for _ in 0..self.organizations.len() {
            let ended = unit.validity.last.is_some_and(|last| last < day);
            let successor = unit.successor.as_ref().filter(|_| ended);
            match successor.and_then(|it| self.organizations.get(it.as_str())) {
                Some(successor) => unit = successor,
                None => break,
            }
        }
        Some(unit)
    }

    /// The day after which nobody stands for an organization's id: the last one of the unit at the end of the chain of
    /// its successors. `None`: somebody always will.
    pub fn ends_on(&self, organization: &str) -> Option<Date> {
        let end = self.current(organization, Date::MAX)?;
        // A chain that closes on itself, or leads to an unknown unit, is reported where it does.
        end.validity.last.filter(|_| end.successor.is_none())
    }

    /// What questions of authority read of the rows; made when the first one is asked.
    pub(super) fn briefs(&self) -> &Briefs {
        let make = || Briefs::of(&self.tables, &self.district);
        self.index.briefs.get_or_init(make)
    }

    /// The powers over a matter.
    pub fn powers_over(&self, matter: &str) -> impl Iterator<Item = &Power> {
        self.briefs().powers_over(matter).iter().map(|it| &**it)
    }

    /// The duties that name an area, past and future ones too.
    pub fn duties_in(&self, area: &str) -> impl Iterator<Item = &Duty> {
        let here = self.index.duties_of_area.get(area);
        here.into_iter().flatten().map(|it| &it.item)
    }

    /// The district's name in Chinese; its code while it is not registered.
    pub fn district_name(&self) -> &str {
        self.districts
            .get(&self.district)
            .map_or(&self.district, |it| &it.name)
    }

    /// The working calendar of the district.
    pub fn calendar(&self) -> &Arc<Calendar> {
        &self.index.calendar
    }

    /// The working calendar in an organization's own office hours.
    pub fn calendar_of(&self, organization: &Organization) -> &Arc<Calendar> {
        self.index
            .calendars
            .get(&organization.id)
            .unwrap_or(&self.index.calendar)
    }

    /// The area of a day that lists this alias.
    pub fn by_alias(&self, alias: &str, day: Date) -> Option<&Area> {
        let area = self.index.territory.listing(alias, day)?;
        self.areas.get(area.as_str())
    }
}

/// The code of a district (GB/T 2260); nothing shorter is looked up by prefix.
const SHORTEST_CODE: usize = 6;
/// Areas from a lane to its city are six tiers; a path goes on only where a tree closes on itself.
const DEEPEST: usize = 8;

#[cfg(test)]
mod tests {
    use time::macros::date;

    use crate::town;

    /// Proves M5.
    #[test]
    fn a_code_leads_to_the_smallest_area_that_covers_it() {
        let catalogue = town::catalogue();
        let day = date!(2026 - 02 - 01);
        let locate = |code: &str| {
            catalogue
                .locate(code, day)
                .map(|it| (it.area.id.to_string(), it.exact))
        };
        assert_eq!(locate("320311001001"), Some(("320311001001".into(), true)));
        assert_eq!(
            locate("320311001001001"),
            Some(("320311001001001".into(), true))
        );
        assert_eq!(
            locate("320311001001777"),
            Some(("320311001001".into(), false)),
            "no such grid"
        );
        assert_eq!(
            locate("32031100100100188"),
            Some(("320311001001001".into(), false)),
            "a house in a grid"
        );
        assert_eq!(locate("320311999"), Some(("320311".into(), false)));
        assert_eq!(locate("110101001"), None);
        assert_eq!(locate("桥北"), Some(("320311001001".into(), true)));
        assert_eq!(locate("JH-01"), Some(("320311001001".into(), true)));
        assert_eq!(locate("后巷"), None, "a name is no alias");
        assert_eq!(locate(""), None);
    }

    /// Proves M5.
    #[test]
    fn an_area_that_does_not_exist_yet_is_not_found() {
        let catalogue = town::catalogue();
        let before = catalogue
            .locate("320311001002", date!(2023 - 12 - 31))
            .unwrap();
        assert_eq!(
            (before.area.id.as_str(), before.exact),
            ("320311001", false)
        );
    }

    /// Proves M1.
    #[test]
    fn an_old_id_resolves_to_the_unit_that_took_over() {
        let catalogue = town::catalogue();
        let current = |id, day| catalogue.current(id, day).unwrap().id.to_string();
        assert_eq!(current("commerce", date!(2018 - 12 - 31)), "commerce");
        assert_eq!(current("commerce", date!(2019 - 01 - 01)), "market");
        assert!(catalogue.current("nobody", date!(2019 - 01 - 01)).is_none());
    }

    #[test]
    fn deadlines_are_counted_in_the_organizations_own_office_hours() {
        let catalogue = town::catalogue();
        let hours = |id| {
            let unit = catalogue.organizations.get(id).unwrap();
            catalogue.calendar_of(unit).office_hours().windows().len()
        };
        assert_eq!((hours("environment"), hours("planning")), (1, 2));
    }
}
