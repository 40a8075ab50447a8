//! StreamInbox.

use liandong_kit::testing::{databases, eventually, postgres, sqlite};
use liandong_proto::dispatch::WindowFrame;

use super::*;

/// Delivered, disconnected, delivered again from the kept place: in order, nothing skipped, nobody else's.
#[tokio::test(flavor = "multi_thread")]
async fn a_department_gets_its_events_in_order_and_resumes_where_it_acknowledged() {
    for database in databases().await {
        let replica = Replica::start(database).await;
        for n in 0..6 {
            replica.report(["sanitation", "planning"][n % 2]).await;
        }
        let mut first = Stream::main(&replica, "sanitation").await;
        let events = first.events(3).await;
        assert_eq!(positions(&events), [1, 3, 5]);
        assert!(events.iter().all(|it| it.attempt == 1));
        first.settle(&events[1].cursor).await;
        drop(first);

        let mut second = Stream::main(&replica, "sanitation").await;
        let again = second.event().await;
        assert_eq!(again.event.as_ref().unwrap().position, 5);
        assert_eq!(
            again.event.unwrap().id,
            events[2].event.as_ref().unwrap().id
        );
        replica.report("sanitation").await;
        assert_eq!(positions(&[second.event().await]), [7]);

        // A cursor of its own wins over the kept place.
        let own = StartFrame {
            cursor: events[0].cursor.clone(),
            ..start("copy")
        };
        let mut third = Stream::open(replica.inbox("sanitation"), own).await;
        assert_eq!(positions(&third.events(3).await), [3, 5, 7]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_wrong_cursor_has_its_own_answer() {
    let replica = Replica::start(sqlite()).await;
    replica.report("sanitation").await;
    let mut stream = Stream::main(&replica, "sanitation").await;
    let cursor = stream.event().await.cursor;
    let refused = async |organization: &str, cursor: String| {
        let start = StartFrame {
            cursor,
            ..start("other")
        };
        let mut stream = Stream::open(replica.inbox(organization), start).await;
        refusal(&stream.end().await)
    };
    let parsed = crate::inbox::Cursor::decode(&cursor).unwrap();
    let restored = crate::inbox::Cursor {
        epoch: Uuid::from_u128(1),
        ..parsed.clone()
    };
    let ahead = crate::inbox::Cursor {
        position: 99,
        ..parsed
    };
    for (organization, cursor, code, reason) in [
        (
            "sanitation",
            "garbage".to_owned(),
            Code::InvalidArgument,
            "CURSOR_MALFORMED",
        ),
        ("planning", cursor, Code::PermissionDenied, "CURSOR_FOREIGN"),
        (
            "sanitation",
            restored.encode(),
            Code::FailedPrecondition,
            "INBOX_EPOCH_CHANGED",
        ),
        (
            "sanitation",
            ahead.encode(),
            Code::OutOfRange,
            "CURSOR_AHEAD",
        ),
    ] {
        assert_eq!(
            refused(organization, cursor).await,
            (code, reason.to_owned())
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_older_than_the_retention_is_refused_and_never_jumped_over() {
    let replica = Replica::start(sqlite()).await;
    for _ in 0..3 {
        replica.report("sanitation").await;
    }
    let mut stream = Stream::main(&replica, "sanitation").await;
    let events = stream.events(3).await;
    stream.settle(&events[0].cursor).await;
    drop(stream);
    let log = replica.store.log();
    crate::inbox::retention::compact(log, NOW + time::Duration::days(1))
        .await
        .unwrap();

    let compacted = (Code::OutOfRange, "CURSOR_COMPACTED".to_owned());
    let old = StartFrame {
        cursor: events[1].cursor.clone(),
        ..start("copy")
    };
    let mut stream = Stream::open(replica.inbox("sanitation"), old).await;
    assert_eq!(refusal(&stream.end().await), compacted);
    let mut stream = Stream::main(&replica, "sanitation").await;
    assert_eq!(
        refusal(&stream.end().await),
        compacted,
        "the kept place too"
    );

    // A new group stands at the earliest place there is.
    let mut stream = Stream::open(replica.inbox("sanitation"), start("new")).await;
    let Frame::Started(started) = stream.next().await.unwrap() else {
        panic!("not started")
    };
    assert_eq!(position(&started.cursor), 3);
    replica.report("sanitation").await;
    assert_eq!(positions(&[stream.event().await]), [4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_stops_at_the_window_and_follows_its_changes() {
    let replica = Replica::start(sqlite()).await;
    for _ in 0..10 {
        replica.report("sanitation").await;
    }
    let narrow = StartFrame {
        max_outstanding: 2,
        ..start("main")
    };
    let mut stream = Stream::open(replica.inbox("sanitation"), narrow).await;
    let events = stream.events(2).await;
    let progress = loop {
        match stream.next().await.unwrap() {
            Frame::Event(it) => panic!("beyond the window: {it:?}"),
            Frame::Progress(it) => break it,
            _ => {}
        }
    };
    assert_eq!(
        (position(&progress.cursor), progress.backlog),
        (2, 8),
        "never ahead of an undelivered event"
    );
    stream.ack(&events[0].cursor).await;
    assert_eq!(positions(&stream.events(1).await), [3]);
    stream
        .ask(Ask::Window(WindowFrame { max_outstanding: 5 }))
        .await;
    assert_eq!(positions(&stream.events(3).await), [4, 5, 6]);
    stream
        .ask(Ask::Window(WindowFrame { max_outstanding: 0 }))
        .await;
    assert_eq!(stream.end().await.code(), Code::InvalidArgument);
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_goes_on_through_what_is_filtered_out_and_is_kept() {
    for database in databases().await {
        let replica = Replica::start(database).await;
        let case = replica.report("sanitation").await;
        for _ in 0..4 {
            replica.report("sanitation").await;
            replica.report("planning").await;
        }
        let only = StartFrame {
            kinds: vec!["case_verified".into()],
            ..start("main")
        };
        let mut stream = Stream::open(replica.inbox("sanitation"), only).await;
        loop {
            match stream.next().await.unwrap() {
                Frame::Progress(it) if position(&it.cursor) == 9 => {
                    break assert_eq!(it.backlog, 0);
                }
                Frame::Event(it) => panic!("filtered out: {it:?}"),
                _ => {}
            }
        }
        replica.verify("sanitation", case).await;
        assert_eq!(positions(&[stream.event().await]), [10]);
        // The quiet consumer's place on the server has come along, but not over the event it has not acknowledged.
        let group = eventually("the kept place to follow", async || {
            Some(replica.group().await).filter(|it| position(&it.acked_cursor) == 9)
        });
        let group = group.await;
        assert_eq!(
            (group.backlog, group.connected, group.generation),
            (1, true, 1)
        );
        assert!(group.oldest_time.is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_stream_of_the_group_ends_the_older() {
    let replica = Replica::start(sqlite()).await;
    let mut older = Stream::main(&replica, "sanitation").await;
    assert!(matches!(older.next().await.unwrap(), Frame::Started(it) if it.generation == 1));
    let mut newer = Stream::main(&replica, "sanitation").await;
    assert!(matches!(newer.next().await.unwrap(), Frame::Started(it) if it.generation == 2));
    let superseded = (Code::Aborted, "STREAM_SUPERSEDED".to_owned());
    assert_eq!(refusal(&older.end().await), superseded);
    replica.report("sanitation").await;
    assert_eq!(positions(&[newer.event().await]), [1]);
}

/// The generation in the database fences, also between replicas; and an event written by one is sent by the other.
#[tokio::test(flavor = "multi_thread")]
async fn replicas_share_groups_and_events() {
    let here = Replica::start(postgres().await).await;
    let there = here.another().await;
    let mut older = Stream::main(&here, "sanitation").await;
    there.report("sanitation").await;
    let event = older.event().await;
    assert_eq!(positions(std::slice::from_ref(&event)), [1]);
    let mut newer = Stream::main(&there, "sanitation").await;
    assert!(matches!(newer.next().await.unwrap(), Frame::Started(it) if it.generation == 2));
    older.ack(&event.cursor).await;
    assert_eq!(
        refusal(&older.end().await),
        (Code::Aborted, "STREAM_SUPERSEDED".to_owned())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nacked_event_comes_again_and_is_parked_after_five_failures() {
    let replica = Replica::start(sqlite()).await;
    for _ in 0..3 {
        replica.report("sanitation").await;
    }
    let mut stream = Stream::main(&replica, "sanitation").await;
    let events = stream.events(3).await;
    stream.ack(&events[0].cursor).await;
    for attempt in 2..=5 {
        stream.nack(&events[1].cursor).await;
        let again = stream.events(2).await;
        assert_eq!(
            (positions(&again), again[0].attempt),
            (vec![2, 3], attempt),
            "in order again"
        );
    }
    stream.nack(&events[1].cursor).await;
    let next = stream.event().await;
    assert_eq!(
        positions(std::slice::from_ref(&next)),
        [3],
        "the stream goes on without it"
    );
    stream.settle(&next.cursor).await;

    let group = replica.group().await;
    assert_eq!((group.backlog, group.parked.len()), (0, 1));
    let parked = &group.parked[0];
    assert_eq!((parked.attempts, parked.reason.as_str()), (5, "应用繁忙"));
    assert_eq!(parked.event, events[1].event.as_ref().unwrap().id);
    // Another group still gets it.
    let mut other = Stream::open(replica.inbox("sanitation"), start("other")).await;
    assert_eq!(positions(&other.events(3).await), [1, 2, 3]);
}

/// A consumer that falls over the same event each time is told apart from one that only reads.
#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_breaks_the_connection_each_time_is_parked() {
    let replica = Replica::start(sqlite()).await;
    for _ in 0..2 {
        replica.report("sanitation").await;
    }
    let gone = async || Some(replica.group().await).filter(|it| !it.connected);
    let mut stream = Stream::main(&replica, "sanitation").await;
    let events = stream.events(2).await;
    stream.settle(&events[0].cursor).await;
    for attempt in 2..=5 {
        drop(stream);
        eventually("the server to notice", gone).await;
        stream = Stream::main(&replica, "sanitation").await;
        let event = stream.event().await;
        assert_eq!((position(&event.cursor), event.attempt), (2, attempt));
    }
    drop(stream);
    eventually("the server to notice", gone).await;
    let mut stream = Stream::main(&replica, "sanitation").await;
    replica.report("sanitation").await;
    assert_eq!(
        positions(&[stream.event().await]),
        [3],
        "parked, and the stream goes on"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_speaks_out_of_turn_is_told_why() {
    let replica = Replica::start(sqlite()).await;
    replica.report("sanitation").await;
    let (ask, asked) = mpsc::channel(1);
    ask.send(frame(Ask::Ack(AckFrame::default())))
        .await
        .unwrap();
    let frames = replica
        .inbox("sanitation")
        .stream_inbox(ReceiverStream::new(asked))
        .await
        .unwrap()
        .into_inner();
    let mut mute = Stream { ask, frames };
    assert_eq!(
        refusal(&mute.end().await),
        (Code::InvalidArgument, "START_MISSING".to_owned())
    );

    let mut twice = Stream::main(&replica, "sanitation").await;
    twice.ask(Ask::Start(start("main"))).await;
    assert_eq!(
        refusal(&twice.end().await),
        (Code::InvalidArgument, "FRAME_UNEXPECTED".to_owned())
    );

    let narrow = StartFrame {
        max_outstanding: 1,
        ..start("ahead")
    };
    replica.report("sanitation").await;
    let mut ahead = Stream::open(replica.inbox("sanitation"), narrow).await;
    let first = ahead.event().await;
    let parsed = crate::inbox::Cursor::decode(&first.cursor).unwrap();
    ahead
        .ack(
            &crate::inbox::Cursor {
                position: 2,
                ..parsed
            }
            .encode(),
        )
        .await;
    assert_eq!(
        refusal(&ahead.end().await),
        (Code::OutOfRange, "ACK_AHEAD".to_owned())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopping_server_drains_its_streams_and_keeps_what_was_acknowledged() {
    let replica = Replica::start(sqlite()).await;
    replica.report("sanitation").await;
    let mut stream = Stream::main(&replica, "sanitation").await;
    let event = stream.event().await;
    stream.ack(&event.cursor).await;
    // The ack may still be on its way when the server stops: either it is kept, or the event comes again.
    let Frame::AckResult(_) = stream.next().await.unwrap() else {
        panic!("no result")
    };
    replica.stop.cancel();
    loop {
        match stream.next().await.unwrap() {
            Frame::Drain(it) => break assert_eq!(it.reason, "shutdown"),
            Frame::Event(it) => panic!("{it:?}"),
            _ => {}
        }
    }
    assert_eq!(stream.end().await.code(), Code::Ok);
    let again = replica.another().await;
    again.report("sanitation").await;
    assert_eq!(
        positions(&[Stream::main(&again, "sanitation").await.event().await]),
        [2]
    );
}

/// Nothing is read for a second; what the client had not read comes when it is back.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_read_is_let_go_and_loses_nothing() {
    let replica = Replica::start(sqlite()).await;
    let reports = (0..1000).map(|_| replica.report("sanitation"));
    futures::future::join_all(reports).await;
    let wide = StartFrame {
        max_outstanding: 1000,
        ..start("main")
    };
    let mut stream = Stream::open(replica.inbox("sanitation"), wide.clone()).await;
    eventually("the stream to open", async || {
        replica.status().await.groups.pop()
    })
    .await;
    let gone = async || Some(replica.group().await).filter(|it| !it.connected);
    eventually("the server to lose patience", gone).await;
    assert_eq!(
        refusal(&stream.end().await),
        (Code::ResourceExhausted, "SLOW_CONSUMER".to_owned())
    );
    let mut stream = Stream::open(replica.inbox("sanitation"), wide).await;
    let events = stream.events(1000).await;
    assert_eq!(positions(&events), (1..=1000).collect::<Vec<_>>());
}

/// Ten followers while everybody writes: each gets exactly its own, in order.
#[tokio::test(flavor = "multi_thread")]
async fn followers_keep_up_with_concurrent_commits() {
    for database in databases().await {
        let replica = Replica::start(database).await;
        let names: Vec<String> = (0..10).map(|n| format!("unit-{n}")).collect();
        let followers = names.iter().map(|name| {
            let (inbox, name) = (replica.inbox(name), name.clone());
            tokio::spawn(async move {
                let mut stream = Stream::open(inbox, start("main")).await;
                let mut seen = vec![];
                while seen.len() < 50 {
                    let event = stream.event().await;
                    stream.ack(&event.cursor).await;
                    seen.push(event);
                }
                assert!(
                    seen.iter()
                        .all(|it| it.event.as_ref().unwrap().organization.ends_with(&name))
                );
                positions(&seen)
            })
        });
        let followers: Vec<_> = followers.collect();
        let reports = (0..500).map(|n| replica.report(&names[n % 10]));
        futures::future::join_all(reports).await;
        let mut all = vec![];
        for follower in followers {
            let seen = follower.await.unwrap();
            assert!(seen.is_sorted(), "out of order");
            all.extend(seen);
        }
        all.sort_unstable();
        assert_eq!(all, (1..=500).collect::<Vec<_>>(), "lost or doubled");
    }
}
