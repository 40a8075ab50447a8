//! Logs that misbehave, peers that go away, tables that were tampered with.

use std::sync::Arc;

use liandong_kit::{
    db::Db,
    log::Log,
    testing::{Keys, databases, eventually, postgres, sqlite},
};
use liandong_proto::scoring::{FeedState, FeedStatus};
use sea_orm::ConnectionTrait;
use tonic::Code;
use uuid::Uuid;

use super::{Scoring, ScriptedLog};
use crate::domain::{event::Event, testing::sample_log};

async fn stopped(scoring: &Scoring) -> FeedStatus {
    eventually("the feed to stop", || async {
        scoring
            .feed()
            .await
            .filter(|it| it.state() == FeedState::Stopped)
    })
    .await
}

/// What makes a log unusable, and the reason that is given.
type Trouble = (&'static str, fn(&ScriptedLog, &[Event]));

/// Proves M34.
#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_misbehaves_stops_the_feed_and_nothing_is_skipped() {
    let events = sample_log();
    let troubles: [Trouble; 6] = [
        ("GAP", |log, events| log.append(&events[101..])),
        ("POSITION_WENT_BACK", |log, events| {
            let mut other = events[50].clone();
            other.reference.id = Uuid::from_u128(77);
            log.append(&[other]);
        }),
        ("EPOCH_CHANGED", |log, events| {
            log.away(true);
            log.replace(Uuid::from_u128(5), events);
            log.away(false);
        }),
        ("POSITION_WENT_BACK", |log, events| {
            log.away(true);
            log.replace(log.epoch(), &events[..60]);
            log.away(false);
        }),
        // Restored from a backup it went on otherwise, further than what was applied.
        ("POSITION_WENT_BACK", |log, events| {
            log.away(true);
            let mut other = events[..110].to_vec();
            for event in &mut other[60..] {
                event.reference.id = Uuid::from_u128(event.reference.id.as_u128() + 1_000_000);
            }
            log.replace(log.epoch(), &other);
            log.away(false);
        }),
        ("UNREADABLE_EVENT", |log, events| {
            let mut event = events[100].clone();
            if let crate::domain::event::Change::Assignment { snapshot, .. } = &mut event.change {
                snapshot.organization = "no such/name".into();
            }
            log.append(&[event]);
        }),
    ];
    for (reason, trouble) in troubles {
        let database = sqlite();
        let (keys, log): (Arc<Keys>, _) = (Keys::new().into(), ScriptedLog::start().await);
        log.append(&events[..100]);
        let scoring = Scoring::start(&database, &keys, &log).await;
        scoring.caught_up(100).await;
        trouble(&log, &events);
        let status = stopped(&scoring).await;
        assert_eq!(status.stop_reason, reason, "{}", status.detail);
        assert_eq!(status.position, 100, "{reason}");
        let refused = scoring.verify().await.unwrap_err();
        assert_eq!(refused.code(), Code::FailedPrecondition);
        assert_eq!(
            liandong_kit::status::reason(&refused).as_deref(),
            Some("FEED_STOPPED")
        );
        scoring.stop().await;
    }
}

/// A restored log has another epoch. Once an operator has said that it was restored, the feed goes on with it if it holds
/// what was applied; if it holds something else there, or ends before it, the feed stays where it is.
/// Proves M34.
#[tokio::test(flavor = "multi_thread")]
async fn a_restored_log_is_followed_on_once_an_operator_says_so() {
    let events = sample_log();
    let other = {
        let mut other = events.clone();
        other[99].reference.id = Uuid::from_u128(1_000_000);
        other
    };
    let cases: [(&[Event], Result<i64, &str>); 4] = [
        (&events[..100], Ok(100)),
        (&events[..133], Ok(133)),
        (&events[..99], Err("POSITION_WENT_BACK")),
        (&other[..133], Err("POSITION_WENT_BACK")),
    ];
    for (number, (restored, expected)) in cases.into_iter().enumerate() {
        let database = if number == 1 {
            postgres().await
        } else {
            sqlite()
        };
        let (keys, log): (Arc<Keys>, _) = (Keys::new().into(), ScriptedLog::start().await);
        log.append(&events[..100]);
        let scoring = Scoring::start(&database, &keys, &log).await;
        scoring.caught_up(100).await;
        log.away(true);
        log.replace(Uuid::now_v7(), restored);
        log.away(false);
        assert_eq!(stopped(&scoring).await.stop_reason, "EPOCH_CHANGED");
        scoring.stop().await;
        let db = Db::open(&database.config).await.unwrap();
        Log::new(db).begin_epoch().await.unwrap();
        let scoring = Scoring::start(&database, &keys, &log).await;
        match expected {
            Ok(head) => {
                scoring.caught_up(head).await;
                let found = scoring.verify().await.unwrap();
                assert!(found.equal, "{:?}", found.difference);
            }
            Err(reason) => assert_eq!(stopped(&scoring).await.stop_reason, reason),
        }
        scoring.stop().await;
    }
}

/// A repeat is dropped, and a log that begins while it is followed is taken from its first event.
/// Proves M34.
#[tokio::test(flavor = "multi_thread")]
async fn repeats_are_dropped_and_an_empty_log_may_begin() {
    let events = sample_log();
    let database = sqlite();
    let (keys, log) = (Keys::new().into(), ScriptedLog::start().await);
    let scoring = Scoring::start(&database, &keys, &log).await;
    eventually("contact", || async {
        scoring
            .feed()
            .await
            .filter(|it| it.state() == FeedState::Running)
    })
    .await;
    log.append(&events[..30]);
    scoring.caught_up(30).await;
    log.append(&events[10..60]);
    scoring.caught_up(60).await;
    let status = scoring.feed().await.unwrap();
    assert_eq!((status.state(), status.lag), (FeedState::Running, 0));
    scoring.stop().await;
}

/// Dispatch goes away in the middle, scoring is stopped in the middle and started again: the ledger is the one of an
/// undisturbed run, hash for hash.
/// Proves M34, M37.
#[tokio::test(flavor = "multi_thread")]
async fn interruptions_leave_no_mark() {
    let events = sample_log();
    let head = i64::try_from(events.len()).unwrap();
    let keys: Arc<Keys> = Keys::new().into();
    for (calm, rough) in databases().await.into_iter().zip(databases().await) {
        let log = ScriptedLog::start().await;
        log.append(&events);
        let undisturbed = Scoring::start(&calm, &keys, &log).await;
        undisturbed.caught_up(head).await;
        let expected = undisturbed.verify().await.unwrap();
        undisturbed.stop().await;

        let log = ScriptedLog::start().await;
        log.append(&events[..70]);
        let scoring = Scoring::start(&rough, &keys, &log).await;
        scoring.caught_up(70).await;
        log.away(true);
        log.append(&events[70..133]);
        eventually("dispatch to be missed", || async {
            scoring
                .feed()
                .await
                .filter(|it| it.state() == FeedState::Connecting)
        })
        .await;
        log.away(false);
        scoring.caught_up(133).await;
        scoring.stop().await;
        log.append(&events[133..]);
        let scoring = Scoring::start(&rough, &keys, &log).await;
        scoring.caught_up(head).await;
        let found = scoring.verify().await.unwrap();
        assert!(found.equal, "{:?}", found.difference);
        assert_eq!(found.head_hash, expected.head_hash, "{}", rough.name);
        scoring.stop().await;
    }
}

/// Verification names what differs first: part, row, field, what is stored and what the log says.
/// Proves M34, R18.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_changes_a_row_is_found_out() {
    let events = sample_log();
    let head = i64::try_from(events.len()).unwrap();
    let tampering = [
        (
            "UPDATE entry SET points = 10000 WHERE sequence = 21",
            "ledger",
            "points",
        ),
        ("DELETE FROM entry WHERE sequence = 4", "ledger", ""),
        (
            "UPDATE fact SET reported_at = reported_at - 1 WHERE round = 2 AND role = 'CO_HANDLER'",
            "facts",
            "disposal",
        ),
        ("DELETE FROM task_fact", "facts", "finished"),
        (
            "UPDATE rollup SET handle_on_time = handle_on_time + 1 WHERE organization = 'police'",
            "rollup",
            "handle_on_time",
        ),
        ("DELETE FROM rollup WHERE role = 'LEAD'", "rollup", ""),
        (
            "UPDATE ledger_head SET sequence = sequence + 1",
            "ledger",
            "hash",
        ),
        (
            "UPDATE fact_evidence SET kind = 'AssignmentOffered' WHERE round = 2",
            "facts",
            "evidence",
        ),
    ];
    for (number, (sql, part, field)) in tampering.into_iter().enumerate() {
        // PostgreSQL need not be told every story.
        let fresh = if number % 3 == 0 {
            postgres().await
        } else {
            sqlite()
        };
        let (keys, log) = (Keys::new().into(), ScriptedLog::start().await);
        log.append(&events);
        let scoring = Scoring::start(&fresh, &keys, &log).await;
        scoring.caught_up(head).await;
        assert!(scoring.verify().await.unwrap().equal);
        let db = Db::open(&fresh.config).await.unwrap();
        db.write(move |tx| Box::pin(async move { tx.execute_unprepared(sql).await }))
            .await
            .unwrap();
        let found = scoring.verify().await.unwrap();
        assert!(!found.equal, "{sql}");
        let difference = found.difference.unwrap();
        assert_eq!(difference.part, part, "{sql}: {difference:?}");
        if !field.is_empty() {
            assert_eq!(difference.field, field, "{sql}: {difference:?}");
        }
        assert_ne!(difference.stored, difference.recomputed);
        scoring.stop().await;
    }
}
