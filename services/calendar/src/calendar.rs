//! A calendar: published years, what a city changes, and the office hours.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::Date;

use crate::arithmetic::Error;
use crate::hours::OfficeHours;
use crate::index::YearIndex;
use crate::year::{self, Change, SpecialDay, Year, is_weekend};

/// A calendar that can be asked. Cheap to read, costly to clone: share it behind an `Arc`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "Tables", into = "Tables")]
pub struct Calendar {
    tables: Tables,
    index: BTreeMap<i32, YearIndex>,
    version: String,
}

/// The data of a calendar, as it is stored and exchanged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tables {
    /// Whose calendar it is: `national`, or a city.
    pub name: String,
    /// The published years.
    pub years: Vec<Year>,
    /// What the city decides otherwise. Each day once, only in published years.
    #[serde(default)]
    pub overrides: Vec<SpecialDay>,
    /// When its offices work.
    #[serde(default)]
    pub office_hours: OfficeHours,
}

/// What a day is, and because of which festival.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DayKind<'a> {
    /// A plain working day.
    Workday,
    /// 调休: a free day that is worked.
    MakeUp(&'a str),
    /// A plain Saturday or Sunday.
    Weekend,
    /// 放假: a day off.
    Holiday(&'a str),
}

impl DayKind<'_> {
    /// Whether offices work on it.
    pub fn is_workday(self) -> bool {
        matches!(self, DayKind::Workday | DayKind::MakeUp(_))
    }
}

impl Calendar {
    /// The national calendar of the built-in years, 2015 to 2026, with default office hours.
    pub fn national() -> Calendar {
        let years = Year::national().to_vec();
        let tables = Tables {
            name: "national".into(),
            years,
            overrides: vec![],
            office_hours: OfficeHours::default(),
        };
        Calendar::indexed(tables)
    }

    /// A calendar of these tables.
    pub fn new(mut tables: Tables) -> Result<Calendar, year::Error> {
        tables.years.sort_by_key(Year::year);
        tables.overrides.sort();
        if let Some(it) = tables
            .years
            .windows(2)
            .find(|it| it[0].year() == it[1].year())
        {
            return Err(year::Error::YearTwice(it[0].year()));
        }
        if let Some(it) = tables
            .overrides
            .windows(2)
            .find(|it| it[0].date == it[1].date)
        {
            return Err(year::Error::Twice(it[0].date));
        }
        let published = |date: Date| {
            tables
                .years
                .binary_search_by_key(&date.year(), Year::year)
                .is_ok()
        };
        if let Some(it) = tables.overrides.iter().find(|it| !published(it.date)) {
            return Err(year::Error::Unpublished(it.date));
        }
        Ok(Calendar::indexed(tables))
    }

    /// The same calendar with a year published anew, or for the first time.
    pub fn publish(&self, year: Year) -> Calendar {
        let mut tables = self.tables.clone();
        tables.years.retain(|it| it.year() != year.year());
        tables.years.push(year);
        tables.years.sort_by_key(Year::year);
        Calendar::indexed(tables)
    }

    /// The same calendar with other office hours.
    pub fn with_office_hours(&self, office_hours: OfficeHours) -> Calendar {
        Calendar::indexed(Tables {
            office_hours,
            ..self.tables.clone()
        })
    }

    /// The calendar of a city: the same years with the days that it decides otherwise.
    pub fn with_overrides(
        &self,
        name: &str,
        overrides: Vec<SpecialDay>,
    ) -> Result<Calendar, year::Error> {
        Calendar::new(Tables {
            name: name.to_owned(),
            overrides,
            ..self.tables.clone()
        })
    }

    /// Counts tables that are in order and have been checked.
    fn indexed(tables: Tables) -> Calendar {
        let mut index = BTreeMap::new();
        for year in &tables.years {
            let overrides = tables
                .overrides
                .iter()
                .filter(|it| it.date.year() == year.year());
            if let Ok(first) = Date::from_ordinal_date(year.year(), 1) {
                index.insert(
                    year.year(),
                    YearIndex::new(first, year.days().iter().chain(overrides)),
                );
            }
        }
        let version = version(&tables);
        Calendar {
            tables,
            index,
            version,
        }
    }

    /// The data it was made from.
    pub fn tables(&self) -> &Tables {
        &self.tables
    }

    /// When its offices work.
    pub fn office_hours(&self) -> &OfficeHours {
        &self.tables.office_hours
    }

    /// Names these very tables, e.g. `national-2026.5e0c9f31`: name, last year and a digest.
    /// Calendars of one version give the same answers.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// What a day is.
    ///
    /// # Errors
    /// [`Error::NotPublished`] outside the published years.
    pub fn day(&self, date: Date) -> Result<DayKind<'_>, Error> {
        Ok(match self.year(date.year())?.special(date) {
            Some((Change::Off, festival)) => DayKind::Holiday(festival),
            Some((Change::Work, festival)) => DayKind::MakeUp(festival),
            None if is_weekend(date) => DayKind::Weekend,
            None => DayKind::Workday,
        })
    }

    /// Whether offices work on a day; errors as [`Calendar::day`].
    pub fn is_workday(&self, date: Date) -> Result<bool, Error> {
        Ok(self.year(date.year())?.is_workday(date))
    }

    /// How many days of a year are worked; errors as [`Calendar::day`].
    pub fn workdays_in(&self, year: i32) -> Result<u16, Error> {
        Ok(self.year(year)?.total() as u16)
    }

    pub(crate) fn year(&self, year: i32) -> Result<&YearIndex, Error> {
        self.index.get(&year).ok_or(Error::NotPublished { year })
    }
}

/// FNV-1a over everything that decides an answer: stable, and not a protection against forgery.
fn version(tables: &Tables) -> String {
    let days = tables
        .years
        .iter()
        .flat_map(Year::days)
        .chain(&tables.overrides);
    let days = days.map(|it| format!("{}{:?}", it.date, it.change));
    let years = tables.years.iter().map(|it| it.year().to_string());
    let windows = tables
        .office_hours
        .windows()
        .iter()
        .map(ToString::to_string);
    let mut digest: u64 = 0xcbf2_9ce4_8422_2325;
    for part in years.chain(days).chain(windows) {
        for byte in part.bytes().chain([b'\n']) {
            digest = (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    let last = tables.years.last().map_or(0, Year::year);
    format!(
        "{}-{last}.{:08x}",
        tables.name,
        (digest >> 32) ^ (digest & 0xffff_ffff)
    )
}

impl TryFrom<Tables> for Calendar {
    type Error = year::Error;

    fn try_from(tables: Tables) -> Result<Calendar, year::Error> {
        Calendar::new(tables)
    }
}

impl From<Calendar> for Tables {
    fn from(calendar: Calendar) -> Tables {
        calendar.tables
    }
}
