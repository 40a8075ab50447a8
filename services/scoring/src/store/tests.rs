//! What only a database can get wrong.

use std::collections::BTreeMap;

use liandong_kit::{db::Db, testing::databases};
use time::macros::{date, datetime};
use uuid::Uuid;

use super::{ledger::Sort, *};
use crate::domain::{
    account::Account,
    contribution::{Key, Rollup},
    entry::GENESIS,
    event::Event,
    feed::Stop,
    measure::{Counts, MEASURES, PeriodCounts},
    period::Period,
    testing::sample_log as log,
};

pub(super) const DISTRICT: &str = "320311";
const EPOCH: Uuid = Uuid::from_u128(9);

fn batch(after: usize, events: &[Event]) -> Batch {
    Batch {
        district: DISTRICT.into(),
        epoch: EPOCH,
        after: i64::try_from(after).unwrap(),
        events: events.into(),
        now: datetime!(2026-07-01 0:00 UTC),
    }
}

pub(super) async fn store(database: &liandong_kit::testing::Database) -> Store {
    let db = Db::open(&database.config).await.unwrap();
    Store::open(db, Book::built_in().unwrap(), Clock::real())
        .await
        .unwrap()
}

pub(super) async fn fill(store: &Store, events: &[Event], size: usize) {
    for (number, part) in events.chunks(size).enumerate() {
        let applied = store.apply(batch(number * size, part)).await.unwrap();
        assert!(matches!(applied, Applied::Done(_)), "{applied:?}");
    }
}

pub(super) async fn stored_rollup(store: &Store) -> Rollup {
    let (mut rollup, mut after) = (Rollup::default(), None::<Key>);
    loop {
        let rows = rollup::rows_after(store.db().read(), DISTRICT, after.as_ref(), 7)
            .await
            .unwrap();
        let Some((last, _)) = rows.last() else {
            return rollup;
        };
        after = Some(last.clone());
        rollup.0.extend(
            rows.into_iter()
                .filter(|(_, counts)| *counts != Counts::default()),
        );
    }
}

async fn all_entries(store: &Store) -> Vec<(crate::domain::entry::Entry, Option<i64>)> {
    let filter = ledger::Filter::default();
    ledger::list(
        store.db().read(),
        DISTRICT,
        &filter,
        Sort::Sequence,
        0,
        100_000,
    )
    .await
    .unwrap()
}

/// However the log is cut into batches, the same rows are stored: facts, rollup and ledger, hash for hash.
/// Proves M34, M37.
#[tokio::test]
async fn batches_of_any_size_store_the_same() {
    let events = log();
    let mut folded = Account::new(Book::built_in().unwrap());
    for event in &events {
        folded.fold(event);
    }
    let mut hashes = vec![];
    for database in databases().await {
        let store = store(&database).await;
        fill(&store, &events, 500).await;
        let size_seven = store_of_size_seven(&database, &events).await;
        for store in [&store, &size_seven] {
            let ids: Vec<_> = folded.tasks.keys().copied().collect();
            let facts = facts::tasks(store.db().read(), DISTRICT, &ids)
                .await
                .unwrap();
            for (id, task) in &folded.tasks {
                assert_eq!(&facts[id], task.fact(), "{}", database.name);
            }
            assert_eq!(
                stored_rollup(store).await,
                folded.gained,
                "{}",
                database.name
            );
            let head = ledger::head(store.db().read(), DISTRICT).await.unwrap();
            let entries = all_entries(store).await;
            assert_eq!(entries.len(), usize::try_from(head.sequence).unwrap());
            let mut previous = GENESIS.to_owned();
            for (entry, _) in &entries {
                assert_eq!(
                    (&entry.previous_hash, &entry.hash),
                    (&previous, &entry.chain(DISTRICT))
                );
                previous.clone_from(&entry.hash);
            }
            assert!(
                entries.iter().any(|(it, _)| it.reverses != 0),
                "the log has corrections"
            );
            hashes.push(head.hash);
        }
    }
    assert!(
        hashes.iter().all(|it| *it == hashes[0]),
        "the same ledger on every database: {hashes:?}"
    );
}

async fn store_of_size_seven(like: &liandong_kit::testing::Database, events: &[Event]) -> Store {
    let all = databases().await;
    let database = all.into_iter().find(|it| it.name == like.name).unwrap();
    let store = store(&database).await;
    fill(&store, events, 7).await;
    // The folder of a SQLite database lives as long as the process of this test.
    std::mem::forget(database);
    store
}

/// Proves M34.
#[tokio::test]
async fn a_batch_takes_effect_once_whoever_applies_it() {
    let events = log();
    for database in databases().await {
        let store = store(&database).await;
        let first = batch(0, &events[..50]);
        let both =
            futures::future::join(store.apply(first.clone()), store.apply(first.clone())).await;
        let both = [both.0.unwrap(), both.1.unwrap()];
        assert!(
            both.contains(&Applied::Moved),
            "{}: {both:?}",
            database.name
        );
        assert!(
            both.iter().any(|it| matches!(it, Applied::Done(_))),
            "{}: {both:?}",
            database.name
        );
        let before = stored_rollup(&store).await;
        assert_eq!(store.apply(first).await.unwrap(), Applied::Moved);
        let foreign = Batch {
            epoch: Uuid::from_u128(8),
            ..batch(50, &events[50..60])
        };
        assert_eq!(store.apply(foreign).await.unwrap(), Applied::Moved);
        assert_eq!(stored_rollup(&store).await, before);
        let place = store.place(DISTRICT).await.unwrap().unwrap();
        assert_eq!((place.epoch, place.position), (EPOCH, 50));
    }
}

/// A ledger that lost an entry which must be reversed is not written on.
/// Proves M34.
#[tokio::test]
async fn a_damaged_ledger_stops_and_nothing_is_half_written() {
    use sea_orm::ConnectionTrait;
    let events = log();
    for database in databases().await {
        let store = store(&database).await;
        let entries = {
            fill(&store, &events, 500).await;
            all_entries(&store).await
        };
        let (reversal, _) = entries.iter().find(|(it, _)| it.reverses != 0).unwrap();
        let at = usize::try_from(reversal.cause.position).unwrap() - 1;

        let other = databases()
            .await
            .into_iter()
            .find(|it| it.name == database.name)
            .unwrap();
        let store = self::store(&other).await;
        fill(&store, &events[..at], 500).await;
        let sequence = reversal.reverses;
        store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    tx.execute_unprepared(&format!("DELETE FROM entry WHERE sequence = {sequence}"))
                        .await
                })
            })
            .await
            .unwrap();
        let before = stored_rollup(&store).await;
        let applied = store.apply(batch(at, &events[at..])).await.unwrap();
        assert!(
            matches!(applied, Applied::Broken(Stop::Damaged(_))),
            "{applied:?}"
        );
        assert_eq!(stored_rollup(&store).await, before);
        let place = store.place(DISTRICT).await.unwrap().unwrap();
        assert_eq!(place.position, i64::try_from(at).unwrap());
    }
}

/// The sums of the database are the sums of the domain, for any period and filter.
/// Proves M35.
#[tokio::test]
async fn sums_in_the_database_are_sums_in_the_domain() {
    let events = log();
    let mut folded = Account::new(Book::built_in().unwrap());
    for event in &events {
        folded.fold(event);
    }
    for database in databases().await {
        let store = store(&database).await;
        fill(&store, &events, 500).await;
        for (text, today) in [
            ("2026-04", date!(2026 - 07 - 01)),
            ("2026-W15", date!(2026 - 07 - 01)),
            ("2026-Q2", date!(2026 - 04 - 20)),
            ("2026-05-03..2026-05-03", date!(2026 - 05 - 03)),
            ("2019", date!(2026 - 07 - 01)),
        ] {
            for (source, role) in [
                ("", ""),
                ("PATROL", ""),
                ("MEDIA", "CO_HANDLER"),
                ("", "LEAD"),
            ] {
                let period: Period = text.parse().unwrap();
                let mut expected: BTreeMap<String, PeriodCounts> = BTreeMap::new();
                for (key, counts) in &folded.gained.0 {
                    let other = |mine: &str, wanted: &str| !wanted.is_empty() && mine != wanted;
                    if other(&key.source, source) || other(&key.role, role) {
                        continue;
                    }
                    let sums = expected.entry(key.organization.clone()).or_default();
                    if period.contains(key.day) {
                        sums.within.merge(counts, 1);
                    }
                    if key.day <= period.last_day() {
                        sums.until.merge(counts, 1);
                        if key.day < today {
                            sums.overdue.merge(counts, 1);
                        }
                    }
                }
                let filter = rollup::Filter {
                    source: source.into(),
                    roles: [role]
                        .into_iter()
                        .filter(|it| !it.is_empty())
                        .map(Into::into)
                        .collect(),
                    ..rollup::Filter::default()
                };
                let found =
                    rollup::period_counts(store.db().read(), DISTRICT, period, today, &filter)
                        .await
                        .unwrap();
                for (organization, expected) in &expected {
                    let found = found.get(organization).copied().unwrap_or_default();
                    for measure in MEASURES {
                        let name = measure.name();
                        assert_eq!(
                            measure.count(&found),
                            measure.count(expected),
                            "{organization} {name} {text}"
                        );
                    }
                }
            }
        }
    }
}

/// Proves M37.
#[tokio::test]
async fn entries_are_listed_by_what_is_asked_for() {
    let events = log();
    for database in databases().await {
        let store = store(&database).await;
        fill(&store, &events, 500).await;
        let all = all_entries(&store).await;
        let db = store.db().read();
        let list = async |filter: &ledger::Filter, sort| {
            ledger::list(db, DISTRICT, filter, sort, 0, 1000)
                .await
                .unwrap()
        };
        let may = ledger::Filter {
            organization: Some("police".into()),
            period: Some("2026-05".parse().unwrap()),
            standing: true,
            ..ledger::Filter::default()
        };
        let found = list(&may, Sort::Weight).await;
        let wanted = all.iter().filter(|(it, by)| {
            let day = it.content.day;
            by.is_none()
                && it.reverses == 0
                && it.content.organization == "police"
                && (date!(2026 - 05 - 01)..=date!(2026 - 05 - 31)).contains(&day)
        });
        assert_eq!(found.len(), wanted.clone().count());
        assert!(!found.is_empty());
        assert!(found.is_sorted_by_key(|(it, _)| (it.content.points, it.sequence)));
        let (count, points) = ledger::totals(db, DISTRICT, &may).await.unwrap()["police"];
        assert_eq!(count, i64::try_from(found.len()).unwrap());
        assert_eq!(points, wanted.map(|(it, _)| it.content.points).sum());
        let task = ledger::Filter {
            task: Some(Uuid::from_u128(4)),
            ..ledger::Filter::default()
        };
        let of_task = list(&task, Sort::Sequence).await;
        assert!(
            of_task
                .iter()
                .all(|(it, _)| it.content.slot.task == Uuid::from_u128(4))
        );
        assert_eq!(
            of_task.len(),
            all.iter()
                .filter(|(it, _)| it.content.slot.task == Uuid::from_u128(4))
                .count()
        );
        let elsewhere = ledger::list(
            db,
            "110000",
            &ledger::Filter::default(),
            Sort::Sequence,
            0,
            10,
        )
        .await
        .unwrap();
        assert!(elsewhere.is_empty());
    }
}

#[test]
fn rows_are_cut_into_few_kinds_of_parts() {
    let rows: Vec<i32> = (0..1301).collect();
    let sizes: Vec<_> = parts(&rows).map(<[i32]>::len).collect();
    assert_eq!(sizes, [256, 256, 256, 256, 256, 16, 4, 1]);
    assert_eq!(parts(&rows).flatten().copied().collect::<Vec<_>>(), rows);
    assert_eq!(parts::<i32>(&[]).count(), 0);
}
