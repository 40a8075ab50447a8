//! Readers of a log that was put back from a backup: everyone is told, nobody reads on as if nothing had happened.

use liandong_kit::testing::databases;
use liandong_proto::dispatch::{PullInboxRequest, WatchEventsRequest};

use super::*;

fn pull(cursor: &str, ack_through: &str) -> PullInboxRequest {
    PullInboxRequest {
        group: "main".into(),
        cursor: cursor.into(),
        ack_through: ack_through.into(),
        ..PullInboxRequest::default()
    }
}

/// Live streams end, cursors and the place that is kept for a group are refused, in every way of reading; a cursor of the
/// new epoch, as a fresh list gives it, is where a group goes on.
/// Proves R18.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_epoch_is_told_to_every_reader() {
    for database in databases().await {
        let replica = Replica::start(database).await;
        for _ in 0..3 {
            replica.report("sanitation").await;
        }
        let mut live = Stream::main(&replica, "sanitation").await;
        let events = live.events(3).await;
        live.settle(&events[1].cursor).await;
        let (old, log) = (replica.status().await, replica.store.log());
        let watch = |epoch: &str, follow| WatchEventsRequest {
            district: format!("districts/{DISTRICT}"),
            after_position: 2,
            epoch: epoch.into(),
            follow,
        };
        let following = replica.events().watch_events(watch(&old.epoch, true)).await;
        let mut following = following.unwrap().into_inner();

        log.begin_epoch().await.unwrap();
        let changed = (Code::FailedPrecondition, "INBOX_EPOCH_CHANGED".to_owned());
        assert_eq!(refusal(&live.end().await), changed);
        let ended = loop {
            match following.message().await {
                Ok(Some(_)) => {}
                Ok(None) => panic!("it ended as if nothing had happened"),
                Err(status) => break status,
            }
        };
        let other = (Code::FailedPrecondition, "EPOCH_CHANGED".to_owned());
        assert_eq!(refusal(&ended), other);
        let asked = replica
            .events()
            .watch_events(watch(&old.epoch, false))
            .await;
        assert_eq!(refusal(&asked.unwrap_err()), other);

        // What the group holds itself, what is kept for it, and what its status says of it.
        for start in [
            start("main"),
            StartFrame {
                cursor: events[0].cursor.clone(),
                ..start("main")
            },
        ] {
            let mut stream = Stream::open(replica.inbox("sanitation"), start).await;
            assert_eq!(refusal(&stream.end().await), changed);
        }
        let kept = replica.group().await;
        assert_eq!((kept.generation, position(&kept.acked_cursor)), (1, 2));
        for (cursor, ack) in [
            ("", ""),
            (events[0].cursor.as_str(), ""),
            ("", events[2].cursor.as_str()),
            (kept.acked_cursor.as_str(), ""),
        ] {
            let pulled = replica
                .inbox("sanitation")
                .pull_inbox(pull(cursor, ack))
                .await;
            assert_eq!(refusal(&pulled.unwrap_err()), changed, "{cursor} {ack}");
        }

        // A group that begins now stands at the beginning; the old one goes on where its consumer says.
        let mut new = Stream::open(replica.inbox("sanitation"), start("new")).await;
        let again = new.events(3).await;
        assert_eq!(positions(&again), [1, 2, 3]);
        let own = StartFrame {
            cursor: replica.status().await.head_cursor,
            ..start("main")
        };
        let mut live = Stream::open(replica.inbox("sanitation"), own).await;
        replica.report("sanitation").await;
        let next = live.event().await;
        assert_eq!(positions(std::slice::from_ref(&next)), [4]);
        live.settle(&next.cursor).await;
        drop(live);
        let mut live = Stream::main(&replica, "sanitation").await;
        replica.report("sanitation").await;
        assert_eq!(
            positions(&[live.event().await]),
            [5],
            "the kept place is good again"
        );
    }
}

/// Without a stream a group goes on with its first acknowledgement of the new epoch.
/// Proves R18.
#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_pulls_goes_on_with_an_acknowledgement_of_the_new_epoch() {
    for database in databases().await {
        let replica = Replica::start(database).await;
        for _ in 0..3 {
            replica.report("sanitation").await;
        }
        let pulled = async |cursor: &str, ack: &str| {
            replica
                .inbox("sanitation")
                .pull_inbox(pull(cursor, ack))
                .await
        };
        let first = pulled("", "").await.unwrap().into_inner();
        pulled("", &first.events[1].cursor).await.unwrap();
        replica.store.log().begin_epoch().await.unwrap();
        let refused = pulled("", "").await.unwrap_err();
        assert_eq!(refusal(&refused).1, "INBOX_EPOCH_CHANGED");

        // The same place as before the restore is no step forward, and yet it is of the new epoch.
        let head = replica.status().await.head_cursor;
        let cursor = crate::inbox::Cursor {
            position: 2,
            ..crate::inbox::Cursor::decode(&head).unwrap()
        };
        let after = pulled("", &cursor.encode()).await.unwrap().into_inner();
        assert_eq!(positions(&after.events), [3]);
        let after = pulled("", "").await.unwrap().into_inner();
        assert_eq!(positions(&after.events), [3]);
    }
}
