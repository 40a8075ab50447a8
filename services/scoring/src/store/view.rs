//! What is shown: counts, entries and where they stand, all of one moment.

use std::collections::BTreeMap;

use liandong_kit::{
    clock::Clock,
    cursor::{self, Place},
};
use sea_orm::{DatabaseTransaction, DbErr};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{CONSUMER, Store, bare, books::Books, ledger, rollup, sheets, totals};
use crate::domain::{
    basis::Basis,
    composite::RuleSums,
    entry::Entry,
    finding,
    measure::PeriodCounts,
    period::{Period, civil_day},
    ranking::Standing,
    scheme::{
        Origin, Scheme,
        kin::{self, Kin},
    },
    step,
};

/// Sheets per page when they are judged one by one.
const PAGE: u64 = 512;

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
}

/// What a ranking of a period is made of.
#[derive(Clone, Debug)]
pub(crate) struct Ranked {
    /// What it comes from.
    pub(crate) as_of: AsOf,
    /// The hash of the ledger's last entry.
    pub(crate) ledger_hash: String,
    /// By organization.
    pub(crate) standings: BTreeMap<String, Standing>,
    /// The same one period earlier.
    pub(crate) before: BTreeMap<String, Standing>,
    /// Facts that were read one by one.
    pub(crate) facts_read: i64,
}

/// How the entries of a scheme are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entries {
    /// In the ledger: the scheme is in force.
    Ledger,
    /// From facts, as if it had been in force: what-if.
    AsIf,
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
    /// Counts and entries.
    pub(crate) ranked: Ranked,
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
            closed: None,
        }
    }
}

impl Store {
    /// What a ranking of a period by a scheme is made of, and of the period before.
    pub(crate) async fn ranked(
        &self,
        district: &str,
        period: Period,
        scheme: &Scheme,
        entries: Entries,
        clock: &Clock,
    ) -> Result<Ranked, DbErr> {
        let (district, now, scheme) = (district.to_owned(), clock.now(), scheme.clone());
        let books = self.books.clone();
        self.db
            .snapshot(move |tx| {
                Box::pin(async move {
                    let by = (&scheme, entries);
                    ranked(tx, &books, &district, period, by, now).await
                })
            })
            .await
    }

    /// A period's counts per organization.
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
        let (scheme, books) = (scheme.clone(), self.books.clone());
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
                    let by = (&scheme, Entries::of(&scheme));
                    let ranked = ranked(tx, &books, &district, period, by, now).await?;
                    let mut behind = BTreeMap::new();
                    for filter in filters {
                        let found = behind_one(tx, &district, &filter, limit).await?;
                        let indicator = filter.indicator.map(|(_, indicator)| indicator);
                        behind.insert(indicator.unwrap_or_default(), found);
                    }
                    Ok(Explained { ranked, behind })
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
    let today = civil_day(now);
    let mut counts = if filter.is_by_role() {
        totals::period_counts(tx, district, period, today, &filter.roles).await?
    } else {
        rollup::period_counts(tx, district, period, today, filter).await?
    };
    counts.retain(|_, it| !it.is_empty());
    let (as_of, _) = as_of(tx, district, now).await?;
    Ok(Counted { as_of, counts })
}

async fn as_of(
    tx: &DatabaseTransaction,
    district: &str,
    now: OffsetDateTime,
) -> Result<(AsOf, String), DbErr> {
    let place = cursor::load(tx, CONSUMER, district).await?;
    let head = ledger::head(tx, district).await?;
    let as_of = AsOf {
        district: district.to_owned(),
        place,
        entries: head.sequence,
        time: now,
    };
    Ok((as_of, head.hash))
}

async fn ranked(
    tx: &DatabaseTransaction,
    books: &Books,
    district: &str,
    period: Period,
    (scheme, entries): (&Scheme, Entries),
    now: OffsetDateTime,
) -> Result<Ranked, DbErr> {
    let mut facts_read = 0;
    let mut both = vec![];
    for period in [period, period.before()] {
        let roles = &scheme.counted_roles();
        let counts = totals::period_counts(tx, district, period, civil_day(now), roles).await?;
        let sums = match entries {
            Entries::Ledger => totals::period_points(tx, district, period, &scheme.id).await?,
            Entries::AsIf if !scheme.reads_ledger() => BTreeMap::new(),
            Entries::AsIf => {
                let end = ledger::end(tx, district).await?;
                let book = books.of(tx, district, end.schemes).await?;
                let (known, new) = kin::divide(scheme, &book, period);
                let mut sums = BTreeMap::new();
                if !new.is_empty() {
                    let rules = new.into_iter().cloned().collect();
                    let asked = Scheme {
                        rules,
                        ..scheme.clone()
                    };
                    sums = as_if(tx, district, period, &asked, &mut facts_read).await?;
                }
                add_known(tx, district, period, &known, &mut sums).await?;
                sums
            }
        };
        let mut standings: BTreeMap<String, Standing> = BTreeMap::new();
        for (id, counts) in counts.into_iter().filter(|(_, it)| !it.is_empty()) {
            standings.entry(id).or_default().counts = counts;
        }
        for (id, sums) in sums {
            standings.entry(id).or_default().sums = sums;
        }
        both.push(standings);
    }
    let (as_of, ledger_hash) = as_of(tx, district, now).await?;
    let before = both.pop().unwrap_or_default();
    Ok(Ranked {
        as_of,
        ledger_hash,
        standings: both.pop().unwrap_or_default(),
        before,
        facts_read,
    })
}

/// Adds what rules would have come to whose entries are those of rules in force, for other points.
async fn add_known(
    tx: &DatabaseTransaction,
    district: &str,
    period: Period,
    known: &[Kin<'_>],
    sums: &mut BTreeMap<String, RuleSums>,
) -> Result<(), DbErr> {
    let mut stored: BTreeMap<&str, BTreeMap<String, RuleSums>> = BTreeMap::new();
    for kin in known {
        let Some((base, _)) = kin.base else { continue };
        if !stored.contains_key(base.id.as_str()) {
            let points = totals::period_points(tx, district, period, &base.id).await?;
            stored.insert(&base.id, points);
        }
        for (organization, of) in &stored[base.id.as_str()] {
            if let Some(sum) = kin.sum(of) {
                let known = sums.entry(organization.clone()).or_default();
                known.insert(kin.rule.id.clone(), sum);
            }
        }
    }
    Ok(())
}

/// What the scheme's entries would come to had it been in force: every fact that may have a finding in the period is
/// judged by it, a page at a time.
async fn as_if(
    tx: &DatabaseTransaction,
    district: &str,
    period: Period,
    scheme: &Scheme,
    facts_read: &mut i64,
) -> Result<BTreeMap<String, RuleSums>, DbErr> {
    let mut sums = BTreeMap::new();
    let ids = bare::tasks_of_period(tx, district, period).await?;
    let (mut rest, last) = (ids.as_slice(), ids.last().copied());
    while let Some((first, last)) = rest.first().zip(last) {
        let before = Uuid::from_u128(first.as_u128().saturating_sub(1));
        // Those between that are not of the period have no finding in it.
        let (upto, tasks) = bare::page(tx, district, before, last).await?;
        for fact in tasks.values() {
            *facts_read += i64::try_from(fact.rounds.len()).unwrap_or(0);
            step::judge_as_if(&finding::bare(fact), scheme, period, &mut sums);
        }
        rest = &rest[rest.partition_point(|it| *it <= upto)..];
    }
    let mut after = None;
    loop {
        let page = sheets::sheets_after(tx, district, after.as_ref(), PAGE).await?;
        let Some(last) = page.keys().next_back().cloned() else {
            return Ok(sums);
        };
        for it in page.values() {
            *facts_read += 1;
            step::judge_as_if(&it.counted_findings(), scheme, period, &mut sums);
        }
        after = Some(last);
    }
}

impl Entries {
    /// How the entries of a scheme of the book are found: a pattern has none in the ledger.
    pub(crate) fn of(scheme: &Scheme) -> Self {
        match scheme.origin {
            Origin::Template => Self::AsIf,
            Origin::BuiltIn | Origin::District => Self::Ledger,
        }
    }
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
