//! WatchEvents.

use std::collections::HashSet;

use liandong_kit::testing::{databases, sqlite};
use liandong_proto::dispatch::{
    Event, WatchEventsRequest, WatchEventsResponse, WatchProgress, watch_events_response::Frame,
};
use sea_orm::ConnectionTrait;

use super::*;

fn watch(after_position: i64, follow: bool) -> WatchEventsRequest {
    WatchEventsRequest {
        district: format!("districts/{DISTRICT}"),
        after_position,
        epoch: String::new(),
        follow,
    }
}

async fn opened(replica: &Replica, request: WatchEventsRequest) -> Streaming<WatchEventsResponse> {
    replica
        .events()
        .watch_events(request)
        .await
        .unwrap()
        .into_inner()
}

/// Everything to the end of the stream.
async fn read(replica: &Replica, request: WatchEventsRequest) -> (Vec<Event>, Vec<WatchProgress>) {
    let (mut events, mut progress) = (vec![], vec![]);
    let mut stream = opened(replica, request).await;
    while let Some(answer) = stream.message().await.unwrap() {
        match answer.frame.unwrap() {
            Frame::Events(batch) => events.extend(batch.events),
            Frame::Progress(it) => progress.push(it),
        }
    }
    (events, progress)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_gets_the_whole_log_without_a_gap_and_the_head_it_leads_to() {
    for database in databases().await {
        let replica = Replica::start(database).await;
        let (events, progress) = read(&replica, watch(0, false)).await;
        assert!(
            events.is_empty() && progress[0].head_position == 0 && progress[0].epoch.is_empty()
        );

        let reports = (0..1200).map(|n| replica.report(["sanitation", "planning"][n % 2]));
        futures::future::join_all(reports).await;
        let (events, progress) = read(&replica, watch(0, false)).await;
        let positions: Vec<i64> = events.iter().map(|it| it.position).collect();
        assert_eq!(positions, (1..=1200).collect::<Vec<_>>());
        assert_eq!(
            events.iter().map(|it| &it.id).collect::<HashSet<_>>().len(),
            1200
        );
        assert!(
            events
                .iter()
                .all(|it| it.case_facts.is_some() && it.payload.is_some())
        );
        let head = replica.store.log().head(DISTRICT).await.unwrap().unwrap();
        let last = progress.last().unwrap();
        assert_eq!((last.position, last.head_position), (1200, 1200));
        assert_eq!(
            (&last.epoch, &last.head_hash),
            (&head.epoch.to_string(), &head.hash)
        );

        let (rest, _) = read(
            &replica,
            WatchEventsRequest {
                epoch: last.epoch.clone(),
                ..watch(1190, false)
            },
        )
        .await;
        assert_eq!(rest.len(), 10);
    }
}

/// Everything before it is sent, nothing behind it.
/// Proves R18.
#[tokio::test(flavor = "multi_thread")]
async fn a_missing_event_is_told_and_not_passed_over() {
    for database in databases().await {
        let replica = Replica::start(database).await;
        for _ in 0..12 {
            replica.report("sanitation").await;
        }
        for (sql, whole) in [
            ("DELETE FROM event WHERE position > 9", 9),
            ("DELETE FROM event WHERE position = 5", 4),
            ("DELETE FROM event WHERE position = 1", 0),
        ] {
            let db = replica.store.log().db();
            let deleted =
                db.write(move |tx| Box::pin(async move { tx.execute_unprepared(sql).await }));
            deleted.await.unwrap();
            for follow in [false, true] {
                let mut stream = opened(&replica, watch(0, follow)).await;
                let mut last = 0;
                let lost = loop {
                    match stream.message().await {
                        Ok(Some(it)) => {
                            if let Some(Frame::Events(batch)) = it.frame {
                                last = batch.events.last().unwrap().position;
                            }
                        }
                        Ok(None) => panic!("{sql}: the stream ended as if nothing were missing"),
                        Err(status) => break status,
                    }
                };
                assert_eq!(refusal(&lost), (Code::DataLoss, "LOG_GAP".into()), "{sql}");
                assert_eq!(last, whole, "{sql}");
                let expected = status::detail(&lost, "expected");
                assert_eq!(expected, Some((whole + 1).to_string()), "{sql}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_of_a_log_that_does_not_exist_yet_gets_its_first_event() {
    let replica = Replica::start(sqlite()).await;
    let mut stream = opened(&replica, watch(0, true)).await;
    let Frame::Progress(first) = stream.message().await.unwrap().unwrap().frame.unwrap() else {
        panic!("progress comes first")
    };
    assert_eq!((first.position, first.head_position), (0, 0));
    let mut seen = vec![];
    for n in 1..=3 {
        replica.report("sanitation").await;
        while seen.len() < n {
            if let Frame::Events(batch) = stream.message().await.unwrap().unwrap().frame.unwrap() {
                seen.extend(batch.events.into_iter().map(|it| it.position));
            }
        }
    }
    assert_eq!(seen, [1, 2, 3]);
    assert_eq!(replica.head().await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_of_another_log_is_refused_precisely() {
    let replica = Replica::start(sqlite()).await;
    replica.report("sanitation").await;
    let refused = async |request: WatchEventsRequest| {
        refusal(&replica.events().watch_events(request).await.unwrap_err())
    };
    let with = |district: &str, epoch: &str, after| WatchEventsRequest {
        district: district.into(),
        epoch: epoch.into(),
        ..watch(after, false)
    };
    let ours = format!("districts/{DISTRICT}");
    let other = Uuid::from_u128(1).to_string();
    assert_eq!(
        refused(with(&ours, "", 2)).await,
        (Code::OutOfRange, "POSITION_AHEAD".into())
    );
    assert_eq!(
        refused(with(&ours, &other, 0)).await,
        (Code::FailedPrecondition, "EPOCH_CHANGED".into())
    );
    assert_eq!(
        refused(with("districts/110101", "", 0)).await,
        (Code::PermissionDenied, "DISTRICT_FOREIGN".into())
    );
    for bad in [
        with("320311", "", 0),
        with(&ours, "x", 0),
        with(&ours, "", -1),
    ] {
        assert_eq!(refused(bad).await.0, Code::InvalidArgument);
    }
}
