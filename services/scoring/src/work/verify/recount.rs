//! Verification from the facts alone: rollup and totals must be what the stored facts come to. Dispatch is not asked,
//! and what is held at a time does not grow with the number of cases, so that a whole city's year fits.
//!
//! ```text
//!  hold the feed's gate ─▶ count every fact anew ─▶ compare the totals, and the rollup's sums of each day
//!                       ─▶ neither log may have moved meanwhile (another replica), or it begins again
//! ```

use std::{collections::BTreeSet, pin::pin};

use futures::{StreamExt, TryStreamExt, stream};
use time::Date;
use tokio::sync::mpsc;

use super::{ATTEMPTS, Error, PAGE, Progress, Until, Verification};
use crate::{
    domain::{
        compare::{self, Difference},
        contribution,
        measure::Counts,
        period::Period,
        totals::{Days, Key, Row},
    },
    store::{Store, ledger, recount::Recount, rollup, totals},
    work::feeds::Handle,
};

/// Months that are summed at once.
const MONTHS: usize = 4;

/// Verifies a district's counts.
pub(crate) async fn run(
    store: &Store,
    handle: &Handle,
    district: &str,
    progress: &mpsc::Sender<Progress>,
) -> Result<Verification, Error> {
    let _turn = handle.gate.lock().await;
    for _ in 0..ATTEMPTS {
        let until = Until::now(store, district).await?;
        let recount = counted(store, district, progress).await?;
        let mut difference = compare_totals(store, district, &recount.days).await?;
        let mut days = 0;
        if difference.is_none() {
            (difference, days) = compare_rollup(store, district, &recount.days).await?;
        }
        let head = ledger::head(store.db().read(), district).await?;
        if Until::now(store, district).await? == until {
            return Ok(Verification {
                difference,
                place: until.place,
                head,
                facts: recount.rounds,
                rows: days,
            });
        }
    }
    Err(Error::Busy)
}

/// Counts anew, and tells how far it has come.
async fn counted(
    store: &Store,
    district: &str,
    progress: &mpsc::Sender<Progress>,
) -> Result<Recount, Error> {
    let (seen, mut pages) = mpsc::channel(8);
    let tell = async {
        let mut sum = 0;
        while let Some(rounds) = pages.recv().await {
            sum += rounds;
            progress.send((sum, 0)).await.map_err(|_| Error::Gone)?;
        }
        Ok(())
    };
    let count = async {
        let counted = store.recount(district, &seen).await;
        drop(seen);
        counted.map_err(Error::Database)
    };
    // Whoever fails first ends the other.
    let (counted, ()) = futures::future::try_join(count, tell).await?;
    Ok(counted)
}

/// The rows of days that are not seen yet: day, organization and role.
type Unseen<'a> = BTreeSet<(Date, &'a str, &'a str)>;

fn unseen(days: &Days) -> Unseen<'_> {
    { days.rows() }
        .filter(|(.., counts)| !counts.is_zero())
        .map(|(organization, role, day, _)| (day, organization, role))
        .collect()
}

/// The counts of a row, which is seen now.
fn seen<'a>(unseen: &mut Unseen<'a>, row: Option<Row<'a>>) -> Option<&'a Counts> {
    let (organization, role, day, counts) = row?;
    unseen.remove(&(day, organization, role));
    Some(counts)
}

/// Compares the totals: those of days with the counts as they are, only months and years have to be summed up.
async fn compare_totals(
    store: &Store,
    district: &str,
    days: &Days,
) -> Result<Option<Difference>, Error> {
    let (mut coarse, mut unseen) = (days.coarse(), unseen(days));
    let (db, mut after) = (store.db().read(), None);
    loop {
        let page = totals::rows_after(db, district, after.as_ref(), PAGE).await?;
        for (key, counts) in &page {
            let summed;
            let expected = if let Some(day) = key.day() {
                seen(&mut unseen, days.row(&key.organization, &key.role, day))
            } else {
                summed = coarse.remove(key);
                summed.as_ref()
            };
            let found = compare::totals(key, Some(counts), expected);
            if found.is_some() {
                return Ok(found);
            }
        }
        match page.into_iter().next_back() {
            Some((last, _)) => after = Some(last),
            None => break,
        }
    }
    let mut lost = coarse.iter();
    if let Some(found) = lost.find_map(|(key, it)| compare::totals(key, None, Some(it))) {
        return Ok(Some(found));
    }
    let lost = unseen.first().and_then(|&(day, organization, role)| {
        let key = Key::of_day(day, organization, role);
        let row = days.row(organization, role, day);
        compare::totals(&key, None, row.map(|it| it.3))
    });
    Ok(lost)
}

/// Compares the rollup's sums, some months at a time, and says how many there are.
async fn compare_rollup(
    store: &Store,
    district: &str,
    days: &Days,
) -> Result<(Option<Difference>, i64), Error> {
    let (db, mut compared, mut unseen) = (store.db().read(), 0, unseen(days));
    let months = months(rollup::days(db, district).await?);
    let sums =
        stream::iter(months).map(|(first, last)| rollup::sums_by_day(db, district, first, last));
    let mut sums = pin!(sums.buffered(MONTHS));
    while let Some(month) = sums.try_next().await? {
        for (key, counts) in month {
            compared += 1;
            let expected = seen(&mut unseen, days.row(&key.organization, &key.role, key.day));
            let found = compare::rollup(&key, Some(&counts), expected);
            if found.is_some() {
                return Ok((found, compared));
            }
        }
    }
    let lost = unseen.first().and_then(|&(day, organization, role)| {
        let key = rollup_key(day, organization, role);
        let row = days.row(organization, role, day);
        compare::rollup(&key, None, row.map(|it| it.3))
    });
    Ok((lost, compared))
}

/// The months from one day to another, each with its first and last day.
fn months(days: Option<(Date, Date)>) -> Vec<(Date, Date)> {
    let mut months = vec![];
    let mut next = days;
    while let Some((first, last)) = next {
        let end = Period::month_of(first).last_day().min(last);
        months.push((first, end));
        next = end.next_day().filter(|it| *it <= last).map(|it| (it, last));
    }
    months
}

fn rollup_key(day: Date, organization: &str, role: &str) -> contribution::Key {
    contribution::Key {
        day,
        organization: organization.to_owned(),
        area: String::new(),
        matter: String::new(),
        source: String::new(),
        role: role.to_owned(),
    }
}
