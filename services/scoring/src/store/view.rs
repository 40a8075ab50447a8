//! What is shown: counts, entries and where they stand, all of one moment.

use std::collections::BTreeMap;

use liandong_kit::{
    clock::Clock,
    cursor::{self, Place},
};
use rust_decimal::Decimal;
use sea_orm::{DatabaseTransaction, DbErr};
use time::OffsetDateTime;

use super::{CONSUMER, Store, ledger, rollup};
use crate::domain::{
    basis::Basis,
    entry::Entry,
    measure::PeriodCounts,
    period::{Period, civil_day},
    scheme::Scheme,
};

/// The state of knowledge an answer comes from.
#[derive(Clone, Debug)]
pub(crate) struct AsOf {
    /// Whose.
    pub(crate) district: String,
    /// The log applied so far; none before the first batch.
    pub(crate) place: Option<Place>,
    /// The length of the ledger.
    pub(crate) entries: i64,
    /// When it was computed.
    pub(crate) time: OffsetDateTime,
}

/// A period's counts per organization.
#[derive(Clone, Debug)]
pub(crate) struct Counted {
    /// What they come from.
    pub(crate) as_of: AsOf,
    /// By organization.
    pub(crate) counts: BTreeMap<String, PeriodCounts>,
    /// The points that stand in the ledger, by organization.
    pub(crate) points: BTreeMap<String, Decimal>,
}

/// An indicator's entries.
#[derive(Clone, Debug, Default)]
pub(crate) struct Behind {
    /// Deductions first, each with the sequence of the entry that reverses it.
    pub(crate) entries: Vec<(Entry, Option<i64>)>,
    /// How many there are in all.
    pub(crate) count: i64,
}

/// What an explanation of a rank needs besides the counts.
#[derive(Clone, Debug)]
pub(crate) struct Explained {
    /// Counts and ledger points.
    pub(crate) counted: Counted,
    /// By indicator.
    pub(crate) behind: BTreeMap<String, Behind>,
}

impl AsOf {
    /// What a decision on a period was computed from.
    pub(crate) fn basis(&self, period: Period, scheme_version: i32) -> Basis {
        Basis {
            period: period.to_string(),
            scheme_version,
            epoch: self.place.map(|it| it.epoch),
            position: self.place.map_or(0, |it| it.position),
            entries: self.entries,
            at: self.time,
        }
    }
}

impl Store {
    /// A period's counts and ledger points per organization.
    pub(crate) async fn counted(
        &self,
        district: &str,
        period: Period,
        filter: rollup::Filter,
        clock: &Clock,
    ) -> Result<Counted, DbErr> {
        let (district, now) = (district.to_owned(), clock.now());
        self.db
            .snapshot(move |tx| {
                Box::pin(async move { counted(tx, &district, period, &filter, now).await })
            })
            .await
    }

    /// The counts of a period, and the standing entries behind one organization's indicators, at most `limit` each.
    pub(crate) async fn explained(
        &self,
        district: &str,
        organization: &str,
        period: Period,
        scheme: &Scheme,
        limit: u64,
        clock: &Clock,
    ) -> Result<Explained, DbErr> {
        let (district, now) = (district.to_owned(), clock.now());
        let of_scheme = rollup::Filter {
            roles: scheme.roles.clone(),
            ..rollup::Filter::default()
        };
        let filters: Vec<_> = scheme
            .indicators
            .iter()
            .map(|it| ledger::Filter {
                organization: Some(organization.to_owned()),
                period: Some(period),
                indicator: Some((scheme.id.clone(), it.id.clone())),
                standing: true,
                ..ledger::Filter::default()
            })
            .collect();
        self.db
            .snapshot(move |tx| {
                Box::pin(async move {
                    let counted = counted(tx, &district, period, &of_scheme, now).await?;
                    let mut behind = BTreeMap::new();
                    for filter in filters {
                        let found = behind_one(tx, &district, &filter, limit).await?;
                        let indicator = filter.indicator.map(|(_, indicator)| indicator);
                        behind.insert(indicator.unwrap_or_default(), found);
                    }
                    Ok(Explained { counted, behind })
                })
            })
            .await
    }

    /// Entries in the order of the ledger, each with the sequence of the one that reverses it.
    pub(crate) async fn entries(
        &self,
        district: &str,
        filter: ledger::Filter,
        after: i64,
        limit: u64,
    ) -> Result<Vec<(Entry, Option<i64>)>, DbErr> {
        let district = district.to_owned();
        self.db
            .snapshot(move |tx| {
                Box::pin(async move {
                    ledger::list(tx, &district, &filter, ledger::Sort::Sequence, after, limit).await
                })
            })
            .await
    }
}

async fn counted(
    tx: &DatabaseTransaction,
    district: &str,
    period: Period,
    filter: &rollup::Filter,
    now: OffsetDateTime,
) -> Result<Counted, DbErr> {
    let mut counts = rollup::period_counts(tx, district, period, civil_day(now), filter).await?;
    counts.retain(|_, it| !it.is_empty());
    let standing = ledger::Filter {
        period: Some(period),
        standing: true,
        ..ledger::Filter::default()
    };
    let totals = ledger::totals(tx, district, &standing).await?;
    let place = cursor::load(tx, CONSUMER, district).await?;
    let entries = ledger::head(tx, district).await?.sequence;
    Ok(Counted {
        as_of: AsOf {
            district: district.to_owned(),
            place,
            entries,
            time: now,
        },
        counts,
        points: totals
            .into_iter()
            .map(|(it, (_, points))| (it, points))
            .collect(),
    })
}

async fn behind_one(
    tx: &DatabaseTransaction,
    district: &str,
    filter: &ledger::Filter,
    limit: u64,
) -> Result<Behind, DbErr> {
    let totals = ledger::totals(tx, district, filter).await?;
    let entries = ledger::list(tx, district, filter, ledger::Sort::Weight, 0, limit).await?;
    Ok(Behind {
        entries,
        count: totals.values().map(|(count, _)| count).sum(),
    })
}
