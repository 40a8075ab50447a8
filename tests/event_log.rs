//! The district's log of events as its readers see it: no gap, nothing twice, nothing before its time, and chained.

use std::collections::HashMap;

use futures::future::join_all;
use liandong_proto::dispatch::{
    Event, WatchEventsRequest, WatchEventsResponse, watch_events_response::Frame,
};
use tonic::{Code, Status, Streaming};

use crate::{
    caller::Caller,
    refusal::refused_with,
    steps::{GARBAGE, kinds, lead, of},
    world::{DISTRICT, World},
};

fn after(position: i64) -> WatchEventsRequest {
    WatchEventsRequest {
        district: format!("districts/{DISTRICT}"),
        after_position: position,
        ..Default::default()
    }
}

async fn watch(
    caller: &Caller,
    request: WatchEventsRequest,
) -> Result<Streaming<WatchEventsResponse>, Status> {
    Ok(caller.events().watch_events(request).await?.into_inner())
}

/// All there is after a position, and the epoch of the log.
async fn read(
    caller: &Caller,
    request: WatchEventsRequest,
) -> Result<(Vec<Event>, String), Status> {
    let mut stream = watch(caller, request).await?;
    let (mut events, mut epoch) = (Vec::new(), String::new());
    while let Some(it) = stream.message().await? {
        match it.frame.unwrap() {
            Frame::Events(it) => events.extend(it.events),
            Frame::Progress(it) => epoch = it.epoch,
        }
    }
    Ok((events, epoch))
}

/// Positions count from 1 without a gap; each history has its own versions and its own chain of hashes.
#[track_caller]
fn is_whole(events: &[Event]) {
    let mut last: HashMap<&str, &Event> = HashMap::new();
    for (position, it) in (1..).zip(events) {
        assert_eq!(it.position, position);
        let (version, hash) = match last.get(it.aggregate.as_str()) {
            Some(before) => (before.version + 1, before.hash.as_str()),
            None => (1, it.prev_hash.as_str()),
        };
        assert_eq!(
            (it.version, it.prev_hash.as_str()),
            (version, hash),
            "{} at {position}",
            it.aggregate
        );
        assert_eq!(it.hash.len(), 64);
        last.insert(&it.aggregate, it);
    }
    let mut ids: Vec<_> = events.iter().map(|it| &it.id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), events.len(), "each event has an id of its own");
}

/// Twenty-four cases go their way at the same time; whoever follows meanwhile sees each event once and in order.
async fn many_at_once(world: &World) {
    let auditor = world.auditor();
    let mut stream = watch(
        &auditor,
        WatchEventsRequest {
            follow: true,
            ..after(0)
        },
    )
    .await
    .unwrap();
    let (street, centre) = (world.coordinator(), world.checker());
    let one = |number: usize| {
        let (street, centre) = (street.clone(), centre.clone());
        let organization = ["sanitation", "municipal-works", "landscaping"][number % 3];
        let handler = world.handler(organization);
        async move {
            let task = street.issued(GARBAGE, vec![lead(organization)]).await;
            let name = &of(&task, organization).name;
            handler.worked(name, &[]).await;
            if number.is_multiple_of(4) {
                centre.fail(name).await.unwrap();
                handler.handled(name, &[]).await;
            }
            centre.pass(name).await.unwrap();
        }
    };
    join_all((0..24).map(one)).await;
    let (events, epoch) = read(&auditor, after(0)).await.unwrap();
    is_whole(&events);
    assert_eq!(
        kinds(&events)
            .iter()
            .filter(|it| *it == "CaseClosed")
            .count(),
        24
    );
    let mut followed = Vec::new();
    while followed.len() < events.len() {
        if let Frame::Events(it) = stream.message().await.unwrap().unwrap().frame.unwrap() {
            followed.extend(it.events);
        }
    }
    assert_eq!(followed, events, "to the letter");
    let half = i64::try_from(events.len() / 2).unwrap();
    let (rest, _) = read(
        &auditor,
        WatchEventsRequest {
            epoch,
            ..after(half)
        },
    )
    .await
    .unwrap();
    assert_eq!(rest, events[events.len() / 2..]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_has_no_gap_however_many_write_at_once() {
    many_at_once(&World::start().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_has_no_gap_on_postgresql_either() {
    many_at_once(&World::on_postgres().await).await;
}

/// The same events after a restart; a position of another log, or beyond the head, is refused as what it is.
#[tokio::test]
async fn a_reader_resumes_after_a_restart_and_never_at_another_place() {
    let world = World::start().await;
    world
        .coordinator()
        .issued(GARBAGE, vec![lead("sanitation")])
        .await;
    let (before, epoch) = read(&world.auditor(), after(0)).await.unwrap();
    let world = world.restarted().await;
    let auditor = world.auditor();
    let (events, again) = read(
        &auditor,
        WatchEventsRequest {
            epoch: epoch.clone(),
            ..after(0)
        },
    )
    .await
    .unwrap();
    assert_eq!((events, &again), (before.clone(), &epoch));
    let head = before.last().unwrap().position;
    assert_eq!(read(&auditor, after(head)).await.unwrap().0, []);
    refused_with(
        read(&auditor, after(head + 1)).await,
        Code::OutOfRange,
        "POSITION_AHEAD",
    );
    let foreign = WatchEventsRequest {
        epoch: "0190a6f0-0000-7000-8000-000000000000".into(),
        ..after(1)
    };
    refused_with(
        read(&auditor, foreign).await,
        Code::FailedPrecondition,
        "EPOCH_CHANGED",
    );
    let negative = read(&auditor, after(-1)).await.unwrap_err();
    assert!(
        matches!(negative.code(), Code::InvalidArgument | Code::OutOfRange),
        "{negative:?}"
    );
}
