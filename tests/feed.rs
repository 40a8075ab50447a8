//! What scoring does when dispatch's log, the real one, is not what it was: it stops, says so, and passes nothing over.
//!
//! ```text
//!  an event is missing          GAP
//!  a backup was put back        POSITION_WENT_BACK, also once the log is longer again than before
//!  another log in its place     EPOCH_CHANGED
//!  an operator says `restored`  EPOCH_CHANGED, until the same is said in scoring
//! ```

use std::{fs, path::Path};

use liandong_kit::{
    db::{DatabaseConfig, Db},
    log::Log,
    testing::eventually,
};
use liandong_proto::{
    dispatch::{PullInboxRequest, WatchEventsRequest},
    scoring::{
        FeedState, FeedStatus, GetFeedStatusRequest, VerifyLedgerRequest,
        verify_ledger_response::Step,
    },
};
use sea_orm::ConnectionTrait;
use tonic::{Code, Status};

use crate::{
    june::{entries, june, ranking},
    refusal::refused_with,
    steps::{GARBAGE, lead},
    world::{DISTRICT, World},
};

/// A file and what belongs to it.
const FILES: [&str; 3] = ["", "-wal", "-shm"];

async fn status(world: &World) -> Option<FeedStatus> {
    let mut feed = world.auditor().feed();
    let answer = feed.get_feed_status(GetFeedStatusRequest {}).await.ok()?;
    answer.into_inner().status
}

/// Waits until it has stopped for this reason; nothing is recomputed from such a log either.
async fn stopped(world: &World, reason: &str) -> FeedStatus {
    let status = eventually("scoring to stop", || async {
        let status = status(world).await?;
        (status.state() == FeedState::Stopped).then_some(status)
    })
    .await;
    assert_eq!(status.stop_reason, reason, "{}", status.detail);
    let asked = { world.auditor().ledger() }
        .verify_ledger(VerifyLedgerRequest::default())
        .await;
    refused_with(asked, Code::FailedPrecondition, "FEED_STOPPED");
    status
}

fn copy(from: &Path, to: &Path, name: &str) {
    for end in FILES {
        let _ = fs::remove_file(to.join(format!("{name}{end}")));
        let file = from.join(format!("{name}{end}"));
        if file.exists() {
            fs::copy(&file, to.join(format!("{name}{end}"))).unwrap();
        }
    }
}

fn remove(folder: &Path, name: &str) {
    copy(Path::new("/nowhere"), folder, name);
}

/// Runs a statement on a service's tables while it is down.
async fn execute(folder: &Path, name: &str, sql: &'static str) {
    let config = DatabaseConfig::at(format!("sqlite://{}/{name}", folder.display()));
    let db = Db::open(&config).await.unwrap();
    let changed = db.write(move |tx| Box::pin(async move { tx.execute_unprepared(sql).await }));
    assert!(changed.await.unwrap().rows_affected() > 0, "{sql}");
    db.close().await.unwrap();
}

/// What `liandong-dispatch --database URL restored` does, and the same of scoring.
async fn restored(folder: &Path, name: &str) {
    let config = DatabaseConfig::at(format!("sqlite://{}/{name}", folder.display()));
    let db = Db::open(&config).await.unwrap();
    let renewed = Log::new(db.clone()).begin_epoch().await.unwrap();
    assert!(renewed.iter().all(|it| it.was != it.epoch));
    db.close().await.unwrap();
}

/// Every event after a position until the stream ends, and how it ended.
async fn read(world: &World) -> (i64, Result<(), Status>) {
    let request = WatchEventsRequest {
        district: format!("districts/{DISTRICT}"),
        ..Default::default()
    };
    let mut events = world.auditor().events();
    let mut stream = events.watch_events(request).await.unwrap().into_inner();
    let mut last = 0;
    loop {
        match stream.message().await {
            Ok(Some(it)) => last = last.max(newest(it)),
            Ok(None) => return (last, Ok(())),
            Err(status) => return (last, Err(status)),
        }
    }
}

fn newest(answer: liandong_proto::dispatch::WatchEventsResponse) -> i64 {
    use liandong_proto::dispatch::watch_events_response::Frame;
    match answer.frame {
        Some(Frame::Events(it)) => it.events.last().map_or(0, |it| it.position),
        _ => 0,
    }
}

/// A lost event is told to every reader, with everything before it; scoring stands there, after every restart too.
///
/// Proves M34, R18.
#[tokio::test]
async fn a_lost_event_stops_scoring_and_nothing_behind_it_is_counted() {
    let world = World::start().await;
    june(&world).await;
    let whole = entries(&world.auditor()).await;
    let mut world = world
        .restarted_on(async |files| {
            execute(
                files,
                "dispatch.db",
                "DELETE FROM event WHERE position = 21",
            )
            .await;
            remove(files, "scoring.db");
        })
        .await;
    for _ in 0..2 {
        let (last, ended) = read(&world).await;
        assert_eq!(last, 20);
        refused_with(ended, Code::DataLoss, "LOG_GAP");
        let status = stopped(&world, "GAP").await;
        assert_eq!(status.position, 20);
        let known = entries(&world.auditor()).await;
        assert!(known.len() < whole.len());
        let before = { known.iter() }.flat_map(|it| &it.evidence);
        assert!(before.map(|it| it.position).all(|it| it <= 20));
        world = world.restarted().await;
    }
}

/// The end of the log is lost: its head says how far it went.
///
/// Proves M34, R18.
#[tokio::test]
async fn a_lost_end_of_the_log_stops_scoring() {
    let world = World::start().await;
    june(&world).await;
    let world = world
        .restarted_on(async |files| {
            execute(
                files,
                "dispatch.db",
                "DELETE FROM event WHERE position > 30",
            )
            .await;
            remove(files, "scoring.db");
        })
        .await;
    let status = stopped(&world, "GAP").await;
    assert_eq!(status.position, 30);
}

/// What was applied and is no more is not scored twice in another way.
///
/// Proves M34, R18.
#[tokio::test]
async fn a_backup_that_was_put_back_stops_scoring_also_once_the_log_is_longer_again() {
    let backup = tempfile::tempdir().unwrap();
    let world = World::start().await;
    june(&world).await;
    let world = world
        .restarted_on(async |files| copy(files, backup.path(), "dispatch.db"))
        .await;
    let street = world.coordinator();
    street.issued(GARBAGE, vec![lead("sanitation")]).await;
    world.scored().await;
    let (shown, head) = (ranking(&street).await, world.head().await);
    let world = world
        .restarted_on(async |files| copy(backup.path(), files, "dispatch.db"))
        .await;
    let status = stopped(&world, "POSITION_WENT_BACK").await;
    assert_eq!(status.position, head);

    // Work goes on, and the log becomes longer than it was: still it is not the one that was applied.
    let street = world.coordinator();
    while world.head().await <= head + 1 {
        street.issued(GARBAGE, vec![lead("planning")]).await;
    }
    let world = world.restarted().await;
    let status = stopped(&world, "POSITION_WENT_BACK").await;
    assert_eq!(status.position, head);
    let after = ranking(&world.coordinator()).await;
    assert_eq!((after.rows, after.as_of), (shown.rows, shown.as_of));
}

/// Proves M34.
#[tokio::test]
async fn another_log_in_its_place_stops_scoring() {
    let world = World::start().await;
    june(&world).await;
    let head = world.head().await;
    let world = world
        .restarted_on(async |files| remove(files, "dispatch.db"))
        .await;
    let street = world.coordinator();
    street.issued(GARBAGE, vec![lead("sanitation")]).await;
    let status = stopped(&world, "EPOCH_CHANGED").await;
    assert_eq!(status.position, head);
}

/// A backup that was put back properly: everybody who read dispatch's log is told, nobody reads on by himself; and scoring
/// goes on once an operator has looked, because what it has applied is still there.
///
/// Proves M34, R18.
#[tokio::test]
async fn a_restored_log_is_told_to_its_readers_and_followed_on_when_an_operator_says_so() {
    let world = World::start().await;
    june(&world).await;
    let (head, shown) = (world.head().await, ranking(&world.coordinator()).await);
    let sanitation = world.handler("sanitation");
    let place = PullInboxRequest {
        group: "desk".into(),
        ..PullInboxRequest::default()
    };
    let first = sanitation.inbox().pull_inbox(place.clone()).await.unwrap();
    let acknowledged = PullInboxRequest {
        ack_through: first.into_inner().next_cursor,
        ..place.clone()
    };
    sanitation
        .inbox()
        .pull_inbox(acknowledged.clone())
        .await
        .unwrap();

    let world = world
        .restarted_on(async |files| restored(files, "dispatch.db").await)
        .await;
    let status = stopped(&world, "EPOCH_CHANGED").await;
    assert_eq!(status.position, head);
    let sanitation = world.handler("sanitation");
    for asked in [place, acknowledged] {
        let pulled = sanitation.inbox().pull_inbox(asked).await;
        refused_with(pulled, Code::FailedPrecondition, "INBOX_EPOCH_CHANGED");
    }
    let street = world.coordinator();
    street.issued(GARBAGE, vec![lead("sanitation")]).await;
    let world = world.restarted().await;
    stopped(&world, "EPOCH_CHANGED").await;

    let world = world
        .restarted_on(async |files| restored(files, "scoring.db").await)
        .await;
    world.scored().await;
    let now = ranking(&world.coordinator()).await;
    assert!(now.as_of.unwrap().position > shown.as_of.unwrap().position);
    let asked = { world.auditor().ledger() }
        .verify_ledger(VerifyLedgerRequest::default())
        .await;
    let mut steps = asked.unwrap().into_inner();
    while let Some(step) = steps.message().await.unwrap() {
        if let Some(Step::Result(found)) = step.step {
            assert!(found.equal, "{:?}", found.difference);
            return;
        }
    }
    panic!("no result");
}
