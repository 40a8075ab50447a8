//! Comparing what is only added to: rollup, totals, points, and sheets.
//!
//! Databases sort texts their own way, so the rows are matched by key, not by order.

use std::collections::BTreeMap;

use sea_orm::DbErr;

use super::{Error, PAGE, Recomputation};
use crate::{
    domain::{
        compare::{self, Difference},
        contribution::Key,
        measure::Counts,
        totals,
    },
    store::{Store, rollup, sheets, totals as stored},
};

impl Recomputation<'_> {
    pub(super) async fn compare_rollup(&self) -> Result<Option<Difference>, Error> {
        let (db, mut after, mut seen) = (self.store.db().read(), None::<Key>, 0);
        let recomputed = &self.account.gained.0;
        loop {
            let page = rollup::rows_after(db, self.district, after.as_ref(), PAGE).await?;
            for (key, counts) in &page {
                let expected = recomputed.get(key);
                seen += usize::from(expected.is_some());
                let found = compare::rollup(key, Some(counts), expected);
                if found.is_some() {
                    return Ok(found);
                }
            }
            match page.into_iter().next_back() {
                Some((last, _)) => after = Some(last),
                None => break,
            }
        }
        if seen == recomputed.len() {
            return Ok(None);
        }
        for (key, counts) in recomputed {
            if !rollup::has(db, self.district, key).await? {
                return Ok(compare::rollup(key, None, Some(counts)));
            }
        }
        Ok(None)
    }

    pub(super) async fn compare_sheets(&self) -> Result<Option<Difference>, Error> {
        let (db, mut after) = (self.store.db().read(), None);
        let mut missing = self.account.sheets.clone();
        loop {
            let page = sheets::sheets_after(db, self.district, after.as_ref(), PAGE).await?;
            for (key, sheet) in &page {
                let expected = missing.remove(key).flatten();
                let name = format!("{}/{}", key.0, key.1);
                let found = compare::sheets(&name, Some(sheet), expected.as_ref());
                if found.is_some() {
                    return Ok(found);
                }
            }
            match page.into_keys().next_back() {
                Some(last) => after = Some(last),
                None => break,
            }
        }
        let lost = missing.into_iter().find_map(|(key, it)| Some((key, it?)));
        Ok(lost.and_then(|(key, it)| {
            compare::sheets(&format!("{}/{}", key.0, key.1), None, Some(&it))
        }))
    }

    pub(super) async fn compare_points(&self) -> Result<Option<Difference>, Error> {
        let (db, mut after) = (self.store.db().read(), None::<totals::PointsKey>);
        let mut missing: BTreeMap<_, _> = self.points.clone();
        loop {
            let page = stored::points_after(db, self.district, after.as_ref(), PAGE);
            let page = page.await.map_err(|it: DbErr| Error::Database(it))?;
            for (key, points) in &page {
                let found = compare::points(key, Some(points), missing.remove(key).as_ref());
                if found.is_some() {
                    return Ok(found);
                }
            }
            match page.into_iter().next_back() {
                Some((last, _)) => after = Some(last),
                None => break,
            }
        }
        let mut lost = missing.iter();
        Ok(lost.find_map(|(key, it)| compare::points(key, None, Some(it))))
    }
}

/// Compares the totals with what they should be.
pub(super) async fn compare_totals(
    store: &Store,
    district: &str,
    mut missing: BTreeMap<totals::Key, Counts>,
) -> Result<Option<Difference>, Error> {
    let (db, mut after) = (store.db().read(), None::<totals::Key>);
    loop {
        let page = stored::rows_after(db, district, after.as_ref(), PAGE).await?;
        for (key, counts) in &page {
            let found = compare::totals(key, Some(counts), missing.remove(key).as_ref());
            if found.is_some() {
                return Ok(found);
            }
        }
        match page.into_iter().next_back() {
            Some((last, _)) => after = Some(last),
            None => break,
        }
    }
    let mut lost = missing.iter();
    Ok(lost.find_map(|(key, it)| compare::totals(key, None, Some(it))))
}
