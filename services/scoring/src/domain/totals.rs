//! The rollup once more, coarser: per organization and role, by day, month and year. A period is summed from a handful
//! of rows per organization, however many cases lie behind them and however many periods came before.
//!
//! ```text
//!  2026-04-17          the row of the day
//!  2026-03             the row of the month
//!  everything before   the rows of the years, then of this year's months, then of this month's days
//! ```

use std::collections::{BTreeMap, HashMap};

use rust_decimal::Decimal;
use time::{Date, Duration, Month};

use super::{
    contribution::{Place, Rollup, Sink},
    entry::Entry,
    measure::{Cell, Counts},
    period::{Period, last_of_month, parse_day},
};

/// A row of the totals.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// `D2026-04-17`, `M2026-04` or `Y2026`.
    pub span: String,
    /// Who is counted.
    pub organization: String,
    /// The role in the task; empty for what is counted apart from tasks.
    pub role: String,
}

/// A row of the ledger's totals.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PointsKey {
    /// As in [`Key::span`].
    pub span: String,
    /// On whom they are booked.
    pub organization: String,
    /// The scheme.
    pub scheme: String,
    /// The rule.
    pub rule: String,
}

/// What entries come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Points {
    /// How many stand.
    pub entries: i64,
    /// Their points.
    pub points: Decimal,
}

/// Adds an entry. A reversal takes away what it reverses, so that sums are of what stands.
pub fn add_entry(sums: &mut BTreeMap<PointsKey, Points>, entry: &Entry) {
    let it = &entry.content;
    for span in [day(it.day), month(it.day), year(it.day.year())] {
        let key = PointsKey {
            span,
            organization: it.organization.clone(),
            scheme: it.slot.scheme.clone(),
            rule: it.slot.rule.clone(),
        };
        let sum = sums.entry(key).or_default();
        sum.entries += if entry.reverses == 0 { 1 } else { -1 };
        sum.points += it.points;
    }
}

/// Rows from one span to another of the same length, both included.
pub type Range = (String, String);

/// The same counts, coarser.
pub fn of(rollup: &Rollup) -> BTreeMap<Key, Counts> {
    let mut totals: BTreeMap<Key, Counts> = BTreeMap::new();
    for (key, counts) in &rollup.0 {
        for span in [day(key.day), month(key.day), year(key.day.year())] {
            let key = Key {
                span,
                organization: key.organization.clone(),
                role: key.role.clone(),
            };
            totals.entry(key).or_default().merge(counts, 1);
        }
    }
    totals.retain(|_, counts| !counts.is_zero());
    totals
}

/// Counts per organization and role, day by day, as facts are gone through one by one: what it holds does not grow
/// with their number.
#[derive(Clone, Debug, Default)]
pub struct Days {
    /// By organization and role: where its days are.
    slots: HashMap<String, HashMap<String, usize>>,
    /// Boxed: in ascending order, as days come, a tree's nodes stay half empty.
    days: Vec<BTreeMap<Date, Box<Counts>>>,
    /// The last organization and role: what an assignment comes to is counted in a row.
    last: Option<(String, String, usize)>,
}

/// Organization, role, day and what is counted.
pub type Row<'a> = (&'a str, &'a str, Date, &'a Counts);

impl Sink for Days {
    fn count(&mut self, place: Place<'_>, day: Date, cell: Cell, count: i64) {
        let days = self.of(place.organization, place.role);
        days.entry(day).or_default().add(cell, count);
    }
}

impl Days {
    /// Adds another's counts.
    pub fn merge(&mut self, other: &Self) {
        for (organization, role, day, counts) in other.rows() {
            let mine = self.of(organization, role);
            mine.entry(day).or_default().merge(counts, 1);
        }
    }

    /// One day of an organization and role.
    pub fn row(&self, organization: &str, role: &str, day: Date) -> Option<Row<'_>> {
        let (organization, roles) = self.slots.get_key_value(organization)?;
        let (role, slot) = roles.get_key_value(role)?;
        Some((organization, role, day, self.days[*slot].get(&day)?))
    }

    /// Every day of every organization and role.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.slots.iter().flat_map(move |(organization, roles)| {
            roles.iter().flat_map(move |(role, slot)| {
                let (organization, role) = (organization.as_str(), role.as_str());
                let days = self.days[*slot].iter();
                days.map(move |(day, counts)| (organization, role, *day, counts.as_ref()))
            })
        })
    }

    /// The same counts as rows of the totals.
    pub fn totals(&self) -> BTreeMap<Key, Counts> {
        let mut totals = self.coarse();
        for (organization, role, date, counts) in self.rows() {
            totals.insert(Key::of_day(date, organization, role), *counts);
        }
        totals.retain(|_, counts| !counts.is_zero());
        totals
    }

    /// The rows of months and years.
    pub fn coarse(&self) -> BTreeMap<Key, Counts> {
        let mut totals: BTreeMap<Key, Counts> = BTreeMap::new();
        for (organization, role, date, counts) in self.rows() {
            for span in [month(date), year(date.year())] {
                let key = Key {
                    span,
                    organization: organization.to_owned(),
                    role: role.to_owned(),
                };
                totals.entry(key).or_default().merge(counts, 1);
            }
        }
        totals.retain(|_, counts| !counts.is_zero());
        totals
    }

    fn of(&mut self, organization: &str, role: &str) -> &mut BTreeMap<Date, Box<Counts>> {
        if let Some(last) = &self.last
            && last.1 == role
            && last.0 == organization
        {
            return &mut self.days[last.2];
        }
        let known = self.slots.get(organization).and_then(|it| it.get(role));
        let slot = known.copied().unwrap_or_else(|| {
            let roles = self.slots.entry(organization.to_owned()).or_default();
            roles.insert(role.to_owned(), self.days.len());
            self.days.push(BTreeMap::new());
            self.days.len() - 1
        });
        self.last = Some((organization.to_owned(), role.to_owned(), slot));
        &mut self.days[slot]
    }
}

impl Key {
    /// The day of a row of a day.
    pub fn day(&self) -> Option<Date> {
        self.span.strip_prefix('D').and_then(parse_day)
    }

    /// The row of a day.
    pub fn of_day(date: Date, organization: &str, role: &str) -> Self {
        Self {
            span: day(date),
            organization: organization.to_owned(),
            role: role.to_owned(),
        }
    }
}

/// The rows that together are the days of a period.
pub fn within(period: Period) -> Vec<Range> {
    let (mut first, last) = (period.first_day(), period.last_day());
    let mut ranges = vec![];
    while first <= last {
        let end = last_of_month(first.year(), first.month());
        if first.day() == 1 && end <= last {
            ranges.push((month(first), month(first)));
        } else {
            ranges.push((day(first), day(end.min(last))));
        }
        first = end.min(last) + Duration::DAY;
    }
    ranges
}

/// The rows that together are all days up to one.
pub fn until(last: Date) -> Vec<Range> {
    let mut ranges = vec![(year(0), year(last.year() - 1))];
    let next = last + Duration::DAY;
    let (from, to) = (
        Date::from_calendar_date(next.year(), Month::January, 1),
        Date::from_calendar_date(next.year(), next.month(), 1),
    );
    let (Ok(january), Ok(begun)) = (from, to) else {
        return ranges;
    };
    if next.year() > last.year() {
        // The year is whole.
        return vec![(year(0), year(last.year()))];
    }
    if begun > january {
        ranges.push((month(january), month(begun - Duration::DAY)));
    }
    if next > begun {
        ranges.push((day(begun), day(last)));
    }
    ranges
}

fn day(day: Date) -> String {
    format!("D{day}")
}

fn month(day: Date) -> String {
    format!("M{:04}-{:02}", day.year(), u8::from(day.month()))
}

fn year(year: i32) -> String {
    format!("Y{year:04}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::date;

    use super::*;
    use crate::domain::{
        account::Account, contribution::add_task, scheme::Book, testing::histories,
    };

    fn covers(ranges: &[Range], it: Date) -> usize {
        let spans = [day(it), month(it), year(it.year())];
        let of = |span: &String| {
            ranges
                .iter()
                .filter(|(from, to)| from <= span && span <= to)
                .count()
        };
        spans.iter().map(of).sum()
    }

    proptest! {
        /// Every day of a period is in exactly one of its rows, and no other day is; likewise of all days up to one.
        /// Proves M38.
        #[test]
        fn every_day_is_summed_once(start in 0_i64..3000, days in 0_i64..900, probe in 0_i64..4500) {
            let base = date!(2020 - 01 - 01);
            let (first, last) = (base + Duration::days(start), base + Duration::days(start + days));
            let it = base + Duration::days(probe);
            let within = within(Period::Interval(first, last));
            prop_assert_eq!(covers(&within, it), usize::from(first <= it && it <= last));
            prop_assert_eq!(covers(&until(last), it), usize::from(it <= last));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        /// Counted coarsely from the facts, or from the rollup they make: the same totals.
        /// Proves M34.
        #[test]
        fn facts_counted_by_day_come_to_the_same_totals(histories in histories()) {
            let schemes = Book::built_in().unwrap();
            let mut account = Account::new(schemes);
            for event in histories.iter().flat_map(|it| &it.events) {
                account.fold(event);
            }
            let (mut one, mut other) = (Days::default(), Days::default());
            for (at, task) in account.tasks.values().enumerate() {
                let days = if at % 2 == 0 { &mut one } else { &mut other };
                add_task(days, task.fact());
            }
            one.merge(&other);
            prop_assert_eq!(one.totals(), of(&account.gained));
        }
    }

    #[test]
    fn a_month_is_one_row_and_what_came_before_a_few() {
        assert_eq!(
            within("2026-04".parse().unwrap()),
            [("M2026-04".to_owned(), "M2026-04".to_owned())]
        );
        let before: Vec<_> = until(date!(2026 - 04 - 30));
        let text: Vec<_> = before.iter().map(|(a, b)| format!("{a}..{b}")).collect();
        assert_eq!(text, ["Y0000..Y2025", "M2026-01..M2026-04"]);
    }
}
