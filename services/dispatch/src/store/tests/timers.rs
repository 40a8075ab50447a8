//! Timers: what becomes overdue is recorded once, not early, and not in vain.

use liandong_kit::testing::Keys;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::peers::registry::Registry;

#[tokio::test]
async fn what_becomes_overdue_is_recorded_exactly_once() {
    for street in streets().await {
        let stop = CancellationToken::new();
        let timers = crate::work::timers::run(
            street.store.clone(),
            Registry::new("http://127.0.0.1:9", Keys::new().issuer()), // nobody asks it
            street.clock.clone(),
            stop.clone(),
        );
        let timers = tokio::spawn(timers);
        tokio::task::yield_now().await;
        let id = street.issued().await;
        street.sign(id, 2).await;
        let overdue = async |street: &Street| {
            let history = street
                .store
                .log()
                .history(DISTRICT, "task", &id.to_string())
                .await
                .unwrap();
            history
                .into_iter()
                .filter(|it| it.kind == "StageOverdue")
                .map(|it| it.occurred_at)
                .collect::<Vec<_>>()
        };
        let due = MONDAY + time::Duration::hours(2);
        street.clock.advance_to(due).await;
        assert!(overdue(&street).await.is_empty(), "not early");
        let after = due + time::Duration::SECOND;
        street.clock.advance_to(after).await;
        assert_eq!(
            overdue(&street).await,
            vec![after],
            "the lead has not signed"
        );
        street
            .clock
            .advance_to(MONDAY + time::Duration::days(1))
            .await;
        assert_eq!(
            overdue(&street).await.len(),
            2,
            "sanitation has not committed"
        );
        let page = liandong_kit::page::PageRequest::parse(0, "", "").unwrap();
        let overdue = query::Term {
            field: "overdue",
            test: query::Test::Flag(true),
        };
        let late = query::ListQuery {
            terms: vec![overdue],
            order: query::Order::Newest,
            facets: vec![],
        };
        let listed = street
            .store
            .assignment_ids(DISTRICT, "sanitation", &late, &page)
            .await
            .unwrap();
        assert_eq!(
            listed.0,
            [AssignmentId {
                task: id,
                number: 2
            }]
        );
        stop.cancel();
        timers.await.unwrap();
        street.proved().await;
    }
}
