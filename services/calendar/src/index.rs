//! What makes a limit over a whole year cost no more than one over a day: the working days of a
//! year, counted once.

use std::collections::BTreeMap;

use time::{Date, Duration};

use crate::year::{Change, SpecialDay, is_weekend};

/// One year, indexed by the day of the year (from 0).
#[derive(Clone, Debug)]
pub(crate) struct YearIndex {
    first: Date,
    /// Working days before each day; one entry more than there are days.
    before: Vec<u16>,
    /// The days that are worked, ascending: the inverse of `before`.
    workdays: Vec<u16>,
    /// The days on which a notice or an override decides.
    special: BTreeMap<u16, (Change, String)>,
}

impl YearIndex {
    /// Counts the year that begins with `first`; a later entry of `days` wins over an earlier one.
    pub(crate) fn new<'a>(first: Date, days: impl Iterator<Item = &'a SpecialDay>) -> YearIndex {
        let special: BTreeMap<u16, (Change, String)> = days
            .map(|it| (day_of(it.date), (it.change, it.festival.clone())))
            .collect();
        let mut index = YearIndex {
            first,
            before: vec![0],
            workdays: Vec::new(),
            special,
        };
        let length = time::util::days_in_year(first.year());
        for (day, date) in (0..length).zip(std::iter::successors(Some(first), |it| it.next_day())) {
            let worked = match index.special.get(&day) {
                Some((change, _)) => *change == Change::Work,
                None => !is_weekend(date),
            };
            if worked {
                index.workdays.push(day);
            }
            index.before.push(index.workdays.len() as u16);
        }
        index
    }

    /// Working days of the whole year.
    pub(crate) fn total(&self) -> i64 {
        self.workdays.len() as i64
    }

    /// Working days of the year before `date`.
    pub(crate) fn before(&self, date: Date) -> i64 {
        self.before
            .get(usize::from(day_of(date)))
            .copied()
            .map_or(0, i64::from)
    }

    /// Whether `date` is worked.
    pub(crate) fn is_workday(&self, date: Date) -> bool {
        let day = usize::from(day_of(date));
        self.before.get(day) < self.before.get(day + 1)
    }

    /// What a notice or an override says about `date`.
    pub(crate) fn special(&self, date: Date) -> Option<(Change, &str)> {
        self.special
            .get(&day_of(date))
            .map(|(change, festival)| (*change, festival.as_str()))
    }

    /// The working day number `rank` of the year, from 0.
    pub(crate) fn workday(&self, rank: i64) -> Option<Date> {
        let day = self.workdays.get(usize::try_from(rank).ok()?)?;
        Some(self.first + Duration::days(i64::from(*day)))
    }
}

fn day_of(date: Date) -> u16 {
    date.ordinal() - 1
}
