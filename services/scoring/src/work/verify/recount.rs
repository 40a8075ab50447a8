//! Verification from the facts alone: rollup and totals must be what the stored facts come to. Dispatch is not asked,
//! and what is held at a time does not grow with the number of cases, so that a whole city's year fits.
//!
//! ```text
//!  hold the feed's gate ─▶ count every fact anew ─▶ compare the totals, and the rollup's sums of each day
//!                       ─▶ neither log may have moved meanwhile (another replica), or it begins again
//! ```

use std::collections::BTreeMap;

use time::Date;
use tokio::sync::mpsc;

use super::{ATTEMPTS, Error, Progress, Until, Verification, sums};
use crate::{
    domain::{
        compare::{self, Difference},
        contribution::Key,
        measure::Counts,
        period::Period,
        totals::Days,
    },
    store::{Store, ledger, recount::Recount, rollup},
    work::feeds::Handle,
};

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
        let mut difference = sums::compare_totals(store, district, recount.days.totals()).await?;
        let mut days = 0;
        if difference.is_none() {
            (difference, days) = compare_rollup(store, district, recount.days).await?;
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

/// Compares the rollup's sums, a month at a time, and says how many there are.
async fn compare_rollup(
    store: &Store,
    district: &str,
    mut days: Days,
) -> Result<(Option<Difference>, i64), Error> {
    let (db, mut compared) = (store.db().read(), 0);
    let mut next = rollup::days(db, district).await?;
    while let Some((first, last)) = next {
        let end = Period::month_of(first).last_day().min(last);
        for (key, counts) in rollup::sums_by_day(db, district, first, end).await? {
            compared += 1;
            let expected = days.take(&key.organization, &key.role, key.day);
            let found = compare::rollup(&key, Some(&counts), expected.as_ref());
            if found.is_some() {
                return Ok((found, compared));
            }
        }
        next = end.next_day().filter(|it| *it <= last).map(|it| (it, last));
    }
    let left: BTreeMap<(Date, &str, &str), &Counts> = { days.rows() }
        .filter(|(.., counts)| !counts.is_zero())
        .map(|(organization, role, day, counts)| ((day, organization, role), counts))
        .collect();
    let lost = left.into_iter().next().and_then(|(at, counts)| {
        let key = Key {
            day: at.0,
            organization: at.1.to_owned(),
            area: String::new(),
            matter: String::new(),
            source: String::new(),
            role: at.2.to_owned(),
        };
        compare::rollup(&key, None, Some(counts))
    });
    Ok((lost, compared))
}
