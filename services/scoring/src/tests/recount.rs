//! Verification from the facts alone, on both databases.

use std::sync::Arc;

use liandong_kit::{
    db::Db,
    testing::{Keys, databases},
};
use sea_orm::ConnectionTrait;

use super::{Scoring, log::ScriptedLog};
use crate::domain::testing::sample_log;

/// Rollup and totals are what the facts come to, which dispatch need not be asked for; whoever changes one of the three
/// is found out.
/// Proves M34.
#[tokio::test(flavor = "multi_thread")]
async fn counts_are_proved_from_the_facts_alone() {
    let events = sample_log();
    let head = i64::try_from(events.len()).unwrap();
    let keys: Arc<Keys> = Keys::new().into();
    for database in databases().await {
        let log = ScriptedLog::start().await;
        log.append(&events);
        let scoring = Scoring::start(&database, &keys, &log).await;
        scoring.caught_up(head).await;
        let whole = scoring.verify().await.unwrap();
        log.away(true);
        let found = scoring.verify_facts().await.unwrap();
        assert!(found.equal, "{}: {:?}", database.name, found.difference);
        assert_eq!(found.fact_count, whole.fact_count);
        assert_eq!(found.as_of.unwrap().position, head);
        assert!(found.rollup_count > 0);

        let db = Db::open(&database.config).await.unwrap();
        let tampering = [
            (
                "UPDATE rollup SET handle_done = handle_done + {} WHERE organization = 'police'",
                "rollup",
                "handle_done",
            ),
            (
                "UPDATE total SET offered = offered + {} WHERE span = 'M2026-04'",
                "totals",
                "offered",
            ),
            (
                "UPDATE fact SET extensions = extensions + {} WHERE standing = 'OWING'",
                "totals",
                "extended_done",
            ),
        ];
        for (sql, part, field) in tampering {
            for (by, wrong) in [("1", true), ("-1", false)] {
                let sql = sql.replace("{}", by);
                db.write(move |tx| {
                    let sql = sql.clone();
                    Box::pin(async move { tx.execute_unprepared(&sql).await })
                })
                .await
                .unwrap();
                let found = scoring.verify_facts().await.unwrap();
                assert_eq!(!found.equal, wrong, "{part}: {:?}", found.difference);
                if let Some(it) = found.difference {
                    assert_eq!((it.part.as_str(), it.field.as_str()), (part, field));
                    assert_ne!(it.stored, it.recomputed);
                }
            }
        }
        scoring.stop().await;
    }
}
