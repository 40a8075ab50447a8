//! The departments' inboxes: streams that resume, pulls, windows, cursors.

use std::time::Duration;

use liandong_kit::testing::eventually;
use liandong_proto::dispatch::{
    EventFrame, GetInboxStatusRequest, InboxGroup, ListAssignmentsRequest, NackFrame,
    PullInboxRequest, PullInboxResponse, StartFrame, WindowFrame,
    stream_inbox_request::Frame as Asked, stream_inbox_response::Frame,
};
use tonic::Code;

use crate::{
    caller::Caller,
    consumer::{Consumer, start},
    refusal::{malformed, refused, refused_with},
    steps::{GARBAGE, kind, lead, of},
    world::World,
};

fn positions(frames: &[EventFrame]) -> Vec<i64> {
    frames
        .iter()
        .map(|it| it.event.as_ref().unwrap().position)
        .collect()
}

fn kinds(frames: &[EventFrame]) -> Vec<String> {
    frames
        .iter()
        .map(|it| kind(it.event.as_ref().unwrap().payload.as_ref().unwrap()))
        .collect()
}

async fn pull(caller: &Caller, request: PullInboxRequest) -> PullInboxResponse {
    caller
        .inbox()
        .pull_inbox(request)
        .await
        .unwrap()
        .into_inner()
}

async fn group(caller: &Caller, name: &str) -> InboxGroup {
    let request = GetInboxStatusRequest {
        group: name.to_owned(),
    };
    let mut status = caller
        .inbox()
        .get_inbox_status(request)
        .await
        .unwrap()
        .into_inner();
    status
        .groups
        .pop()
        .unwrap_or_else(|| panic!("no group {name}"))
}

/// Orders come as they are issued, others' do not; after a cut the group goes on after what it acknowledged, and a
/// cursor goes on after itself: nothing is missed and nothing comes twice.
#[tokio::test]
async fn a_stream_resumes_without_loss_and_without_doubles() {
    let world = World::start().await;
    let (street, sanitation) = (world.coordinator(), world.handler("sanitation"));
    let mut stream = Consumer::open(&sanitation, start("main")).await.unwrap();
    assert!(stream.started.generation >= 1);
    street.issued(GARBAGE, vec![lead("municipal-works")]).await;
    for _ in 0..3 {
        street.issued(GARBAGE, vec![lead("sanitation")]).await;
    }
    let first = stream.events(4).await;
    assert_eq!(
        kinds(&first),
        [
            "TaskIssued",
            "AssignmentOffered",
            "TaskIssued",
            "AssignmentOffered"
        ]
    );
    assert!(first.iter().all(|it| it.attempt == 1));
    let acknowledged = stream.ack(&first[1].cursor).await;
    drop(stream); // the network is cut: two were delivered and not acknowledged

    for _ in 0..2 {
        street.issued(GARBAGE, vec![lead("sanitation")]).await;
    }
    let mut again = Consumer::open(&sanitation, start("main")).await.unwrap();
    assert_eq!(
        again.started.cursor, acknowledged,
        "where it last acknowledged"
    );
    let rest = again.events(8).await;
    assert_eq!(
        positions(&rest)[..2],
        positions(&first)[2..],
        "what was not acknowledged comes again"
    );
    let mut all = positions(&first[..2]);
    all.extend(positions(&rest));
    assert!(
        all.windows(2).all(|it| it[0] < it[1]),
        "strictly in order, no doubles: {all:?}"
    );

    let from = StartFrame {
        cursor: first[0].cursor.clone(),
        ..start("other-program")
    };
    let mut other = Consumer::open(&sanitation, from).await.unwrap();
    assert_eq!(
        positions(&other.events(9).await),
        all[1..],
        "another group has a place of its own"
    );
}

/// Delivered events and acknowledged places are durable.
#[tokio::test]
async fn a_group_goes_on_where_it_was_after_a_restart() {
    let world = World::start().await;
    let sanitation = world.handler("sanitation");
    world
        .coordinator()
        .issued(GARBAGE, vec![lead("sanitation")])
        .await;
    let mut stream = Consumer::open(&sanitation, start("main")).await.unwrap();
    let first = stream.events(2).await;
    stream.ack(&first[1].cursor).await;
    let (stopped, world) = tokio::join!(
        async {
            loop {
                match stream.next().await {
                    Ok(Some(Frame::Drain(_))) => return true,
                    Ok(Some(_)) => {}
                    _ => return false,
                }
            }
        },
        world.restarted()
    );
    assert!(stopped, "a server that stops says so first");
    world
        .coordinator()
        .issued(GARBAGE, vec![lead("sanitation")])
        .await;
    let sanitation = world.handler("sanitation");
    let mut again = Consumer::open(&sanitation, start("main")).await.unwrap();
    let next = again.event().await;
    assert!(next.event.unwrap().position > first[1].event.as_ref().unwrap().position);
}

#[tokio::test]
async fn the_newer_stream_of_a_group_ends_the_older() {
    let world = World::start().await;
    let sanitation = world.handler("sanitation");
    let older = Consumer::open(&sanitation, start("main")).await.unwrap();
    let elsewhere = Consumer::open(&sanitation, start("second")).await.unwrap();
    let generation = older.started.generation;
    let mut newer = Consumer::open(&sanitation, start("main")).await.unwrap();
    assert!(newer.started.generation > generation);
    refused_with::<()>(Err(older.end().await), Code::Aborted, "STREAM_SUPERSEDED");
    world
        .coordinator()
        .issued(GARBAGE, vec![lead("sanitation")])
        .await;
    newer.event().await;
    let mut elsewhere = elsewhere;
    elsewhere.event().await;
    assert!(group(&sanitation, "main").await.connected);
}

/// No more than the window is outstanding; an acknowledgement or a wider window lets the next through.
#[tokio::test]
async fn a_window_holds_back_what_is_not_acknowledged() {
    let world = World::start().await;
    let (street, sanitation) = (world.coordinator(), world.handler("sanitation"));
    for _ in 0..3 {
        street.issued(GARBAGE, vec![lead("sanitation")]).await;
    }
    let mut stream = Consumer::open(
        &sanitation,
        StartFrame {
            max_outstanding: 2,
            ..start("main")
        },
    )
    .await
    .unwrap();
    let first = stream.events(2).await;
    let more = tokio::time::timeout(Duration::from_millis(300), stream.answers.message()).await;
    assert!(more.is_err(), "a third event came through a window of two");
    stream.ack(&first[0].cursor).await;
    let third = stream.event().await;
    stream
        .say(Asked::Window(WindowFrame {
            max_outstanding: 10,
        }))
        .await;
    let rest = stream.events(3).await;
    let mut all = positions(&first);
    all.extend(positions(&[third]));
    all.extend(positions(&rest));
    assert!(all.windows(2).all(|it| it[0] < it[1]));
    let wide = StartFrame {
        max_outstanding: 1001,
        ..start("main")
    };
    let answer = Consumer::open(&sanitation, wide)
        .await
        .map(|_| tonic::Response::new(()));
    malformed(answer, &["max_outstanding"]);
}

/// What a consumer cannot process now comes again, in order; after five times it is parked, and the rest goes on.
#[tokio::test]
async fn an_event_that_cannot_be_processed_comes_again_and_is_parked_in_the_end() {
    let world = World::start().await;
    let sanitation = world.handler("sanitation");
    world
        .coordinator()
        .issued(GARBAGE, vec![lead("sanitation")])
        .await;
    let mut stream = Consumer::open(&sanitation, start("main")).await.unwrap();
    let bad = stream.event().await;
    for attempt in 2..=6 {
        let nack = NackFrame {
            cursor: bad.cursor.clone(),
            reason: "系统繁忙".into(),
            ..Default::default()
        };
        stream.say(Asked::Nack(nack)).await;
        if attempt <= 5 {
            let again = loop {
                let it = stream.event().await;
                if it.attempt == attempt {
                    break it;
                }
            };
            assert_eq!(positions(&[again]), positions(std::slice::from_ref(&bad)));
        }
    }
    let parked = eventually("the event to be parked", || async {
        group(&sanitation, "main").await.parked.pop()
    })
    .await;
    assert_eq!(
        (
            parked.cursor.as_str(),
            parked.reason.as_str(),
            parked.attempts
        ),
        (bad.cursor.as_str(), "系统繁忙", 5)
    );
    let next = stream.event().await;
    assert!(
        positions(&[next])[0] > positions(&[bad])[0],
        "the rest goes on"
    );
}

/// The same without a stream.
#[tokio::test]
async fn a_pull_acknowledges_then_answers_what_comes_next() {
    let world = World::start().await;
    let (street, sanitation) = (world.coordinator(), world.handler("sanitation"));
    let request = PullInboxRequest {
        group: "main".into(),
        max_events: 3,
        ..Default::default()
    };
    assert!(pull(&sanitation, request.clone()).await.events.is_empty());
    for _ in 0..2 {
        street.issued(GARBAGE, vec![lead("sanitation")]).await;
    }
    let first = pull(&sanitation, request.clone()).await;
    assert_eq!((first.events.len(), first.backlog), (3, 1));
    assert_eq!(first.next_cursor, first.events[2].cursor);
    let same = pull(&sanitation, request.clone()).await;
    assert_eq!(
        positions(&same.events),
        positions(&first.events),
        "not acknowledged: it comes again"
    );
    let ack = PullInboxRequest {
        ack_through: first.next_cursor.clone(),
        ..request.clone()
    };
    let second = pull(&sanitation, ack.clone()).await;
    assert_eq!(
        (
            second.events.len(),
            second.acked_through.as_str(),
            second.backlog
        ),
        (1, first.next_cursor.as_str(), 0)
    );
    let wait = PullInboxRequest {
        cursor: second.next_cursor,
        wait: Some(prost_types::Duration {
            seconds: 50,
            nanos: 0,
        }),
        ..request
    };
    let (woken, _) = tokio::join!(
        pull(&sanitation, wait),
        street.issued(GARBAGE, vec![lead("sanitation")])
    );
    assert!(
        !woken.events.is_empty(),
        "a waiting pull is answered when something happens"
    );
    let bad = PullInboxRequest {
        group: "Main!".into(),
        max_events: 501,
        wait: Some(prost_types::Duration {
            seconds: 56,
            nanos: 0,
        }),
        kinds: vec!["nonsense".into()],
        ..Default::default()
    };
    malformed(
        sanitation.inbox().pull_inbox(bad).await,
        &["group", "kinds[0]", "max_events", "wait"],
    );
}

/// Filtered events are passed over, and the cursor goes past them: a consumer that wants little never falls behind.
#[tokio::test]
async fn a_quiet_consumers_cursor_moves_on() {
    let world = World::start().await;
    let (street, sanitation) = (world.coordinator(), world.handler("sanitation"));
    let request = PullInboxRequest {
        group: "alarms".into(),
        kinds: vec!["stage_overdue".into()],
        ..Default::default()
    };
    let empty = pull(&sanitation, request.clone()).await;
    for _ in 0..3 {
        street.issued(GARBAGE, vec![lead("sanitation")]).await;
    }
    let next = pull(
        &sanitation,
        PullInboxRequest {
            cursor: empty.next_cursor.clone(),
            ..request.clone()
        },
    )
    .await;
    assert!(next.events.is_empty());
    assert_ne!(
        next.next_cursor, empty.next_cursor,
        "past everything that was filtered out"
    );
    world.later(time::Duration::hours(2)).await;
    let late = pull(
        &sanitation,
        PullInboxRequest {
            cursor: next.next_cursor,
            ..request
        },
    )
    .await;
    assert_eq!(
        kinds(&late.events),
        ["StageOverdue"; 3],
        "three orders should have been signed by 9:00"
    );
}

/// `ListAssignments` and the inbox fit together: what the list does not show comes after its cursor.
#[tokio::test]
async fn a_snapshot_and_the_stream_after_it_are_complete() {
    let world = World::start().await;
    let (street, sanitation) = (world.coordinator(), world.handler("sanitation"));
    street.issued(GARBAGE, vec![lead("sanitation")]).await;
    let list = sanitation
        .assignments()
        .list_assignments(ListAssignmentsRequest::default())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(list.assignments.len(), 1);
    let later = street.issued(GARBAGE, vec![lead("sanitation")]).await;
    let from = StartFrame {
        cursor: list.inbox_cursor,
        ..start("main")
    };
    let mut stream = Consumer::open(&sanitation, from).await.unwrap();
    let events = stream.events(2).await;
    assert_eq!(kinds(&events), ["TaskIssued", "AssignmentOffered"]);
    let facts = events[1].event.as_ref().unwrap().facts.as_ref().unwrap();
    assert_eq!(facts.assignment, of(&later, "sanitation").name);
}

/// Somebody else's cursor, a damaged one, one beyond the head: each is refused as what it is, on streams and pulls.
#[tokio::test]
async fn a_wrong_cursor_is_refused_and_never_another_place() {
    let world = World::start().await;
    let (street, sanitation) = (world.coordinator(), world.handler("sanitation"));
    street.issued(GARBAGE, vec![lead("sanitation")]).await;
    let planning = world.handler("planning");
    let theirs = pull(
        &planning,
        PullInboxRequest {
            group: "main".into(),
            ..Default::default()
        },
    )
    .await
    .next_cursor;
    let own = pull(
        &sanitation,
        PullInboxRequest {
            group: "main".into(),
            ..Default::default()
        },
    )
    .await
    .next_cursor;
    let mut damaged = own.clone();
    damaged.replace_range(5..6, if &own[5..6] == "A" { "B" } else { "A" });
    for (cursor, code, reason) in [
        (theirs.as_str(), Code::PermissionDenied, "CURSOR_FOREIGN"),
        ("garbage", Code::InvalidArgument, "CURSOR_MALFORMED"),
        (damaged.as_str(), Code::InvalidArgument, "CURSOR_MALFORMED"),
    ] {
        let request = PullInboxRequest {
            group: "main".into(),
            cursor: cursor.into(),
            ..Default::default()
        };
        refused(
            sanitation.inbox().pull_inbox(request.clone()).await,
            code,
            reason,
        );
        let ack = PullInboxRequest {
            cursor: String::new(),
            ack_through: cursor.into(),
            ..request
        };
        refused(sanitation.inbox().pull_inbox(ack).await, code, reason);
        let from = StartFrame {
            cursor: cursor.into(),
            ..start("main")
        };
        refused_with(
            Consumer::open(&sanitation, from).await.map(|_| ()),
            code,
            reason,
        );
    }
    let silent = sanitation.inbox().stream_inbox(tokio_stream::empty()).await;
    let status = match silent {
        Ok(stream) => stream.into_inner().message().await.unwrap_err(),
        Err(status) => status,
    };
    refused_with::<()>(Err(status), Code::InvalidArgument, "START_MISSING");
    let colleague = world.person(
        "sanitation",
        "night-shift",
        &[liandong_proto::types::Role::Handler],
    );
    pull(
        &colleague,
        PullInboxRequest {
            group: "main".into(),
            cursor: own,
            ..Default::default()
        },
    )
    .await;
}
