//! PullInbox and GetInboxStatus.

use std::time::Instant;

use liandong_kit::testing::{databases, sqlite};
use liandong_proto::dispatch::{PullInboxRequest, PullInboxResponse};
use sea_orm::ConnectionTrait;

use super::*;

fn pull(cursor: &str, ack_through: &str, seconds: i64) -> PullInboxRequest {
    PullInboxRequest {
        group: "main".into(),
        cursor: cursor.into(),
        ack_through: ack_through.into(),
        max_events: 2,
        wait: Some(prost_types::Duration { seconds, nanos: 0 }),
        kinds: vec![],
    }
}

async fn pulled(replica: &Replica, request: PullInboxRequest) -> PullInboxResponse {
    replica
        .inbox("sanitation")
        .pull_inbox(request)
        .await
        .unwrap()
        .into_inner()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_simple_client_pulls_acknowledges_and_pulls_on() {
    for database in databases().await {
        let replica = Replica::start(database).await;
        for _ in 0..3 {
            replica.report("sanitation").await;
            replica.report("planning").await;
        }
        let first = pulled(&replica, pull("", "", 0)).await;
        assert_eq!((positions(&first.events), first.backlog), (vec![1, 3], 1));
        let again = pulled(&replica, pull("", "", 0)).await;
        assert_eq!(positions(&again.events), [1, 3], "nothing was acknowledged");
        let second = pulled(&replica, pull("", &first.next_cursor, 0)).await;
        assert_eq!((positions(&second.events), second.backlog), (vec![5], 0));
        assert_eq!(position(&second.acked_through), 3);
        let third = pulled(&replica, pull("", &second.next_cursor, 0)).await;
        assert_eq!(
            (third.events.len(), position(&third.next_cursor)),
            (0, 6),
            "also past others' events"
        );
        let back = pulled(&replica, pull("", &first.events[0].cursor, 0)).await;
        assert_eq!(position(&back.acked_through), 6, "never back");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_poll_returns_with_the_first_event_and_not_before() {
    let replica = Replica::start(sqlite()).await;
    let empty = Instant::now();
    let nothing = pulled(&replica, pull("", "", 1)).await;
    assert!(nothing.events.is_empty() && empty.elapsed() >= Duration::from_secs(1));

    let waiting = {
        let mut inbox = replica.inbox("sanitation");
        let cursor = nothing.next_cursor.clone();
        tokio::spawn(async move {
            inbox
                .pull_inbox(pull(&cursor, "", 30))
                .await
                .unwrap()
                .into_inner()
        })
    };
    replica.report("planning").await;
    replica.report("sanitation").await;
    let answer = tokio::time::timeout(Duration::from_secs(5), waiting)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(positions(&answer.events), [2]);

    let too_long = replica
        .inbox("sanitation")
        .pull_inbox(pull("", "", 56))
        .await
        .unwrap_err();
    assert_eq!(too_long.code(), Code::InvalidArgument);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cursor_of_the_head_is_where_a_snapshot_goes_on() {
    let replica = Replica::start(sqlite()).await;
    let before = replica.status().await;
    assert!(before.groups.is_empty() && before.epoch.is_empty());
    replica.report("sanitation").await;
    let later = pulled(&replica, pull(&before.head_cursor, "", 0)).await;
    assert_eq!(
        positions(&later.events),
        [1],
        "also from before the first event"
    );
    let head = replica.status().await.head_cursor;
    assert_eq!(pulled(&replica, pull(&head, "", 0)).await.events.len(), 0);
    let foreign = replica
        .inbox("planning")
        .pull_inbox(pull(&head, "", 0))
        .await
        .unwrap_err();
    assert_eq!(
        refusal(&foreign),
        (Code::PermissionDenied, "CURSOR_FOREIGN".to_owned())
    );
    let foreign = replica
        .inbox("planning")
        .pull_inbox(pull("", &head, 0))
        .await
        .unwrap_err();
    assert_eq!(
        refusal(&foreign),
        (Code::PermissionDenied, "CURSOR_FOREIGN".to_owned())
    );
}

/// To count what waits must not take longer than to read a page of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_pull_counts_what_waits_up_to_ten_thousand_and_the_status_counts_it_all() {
    for database in databases().await {
        let replica = Replica::start(database).await;
        for _ in 0..3 {
            replica.report("sanitation").await;
        }
        let first = pulled(&replica, pull("", "", 0)).await;
        assert_eq!((positions(&first.events), first.backlog), (vec![1, 2], 1));
        pulled(&replica, pull("", &first.events[0].cursor, 0)).await;

        let many = format!(
            "INSERT INTO inbox (district, organization, position, kind) \
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) \
             SELECT '{DISTRICT}', 'sanitation', 100 + i, 'CaseReported' FROM n"
        );
        let db = replica.store.log().db();
        db.write(move |tx| {
            let many = many.clone();
            Box::pin(async move { tx.execute_unprepared(&many).await.map(drop) })
        })
        .await
        .unwrap();
        let page = pulled(&replica, pull("", "", 0)).await;
        assert_eq!(
            (positions(&page.events), page.backlog),
            (vec![2, 3], 10_000)
        );
        assert_eq!(replica.group().await.backlog, 2 + 20_000);
    }
}

/// A group that pulls and never acknowledges is seen to lag behind.
#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_only_pulls_has_its_place_in_the_status() {
    for database in databases().await {
        let replica = Replica::start(database).await;
        let status = async || {
            let request = Request::new(liandong_proto::dispatch::GetInboxStatusRequest::default());
            let mut inbox = replica.inbox("sanitation");
            let answer = inbox.get_inbox_status(request).await.unwrap();
            answer.into_inner().groups
        };
        assert!(status().await.is_empty());
        for _ in 0..2 {
            replica.report("sanitation").await;
        }
        for _ in 0..2 {
            let events = pulled(&replica, pull("", "", 0)).await.events;
            assert_eq!(positions(&events), [1, 2]);
            let groups = status().await;
            assert_eq!(groups.len(), 1);
            assert_eq!((&*groups[0].group, groups[0].backlog), ("main", 2));
            assert!(groups[0].oldest_time.is_some() && !groups[0].connected);
            assert_eq!(position(&groups[0].acked_cursor), 0);
        }
        let cursor = pulled(&replica, pull("", "", 0)).await.next_cursor;
        pulled(&replica, pull("", &cursor, 0)).await;
        assert_eq!(status().await[0].backlog, 0);
    }
}
