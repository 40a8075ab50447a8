//! Somebody who follows the catalogue and does not read is let go, and nothing is lost by it.

use std::{fmt::Write, time::Duration};

use liandong_proto::registry as proto;
use liandong_proto::registry::catalogue_service_client::CatalogueServiceClient;
use liandong_proto::registry::watch_catalogue_response::Frame;
use liandong_proto::types::Role;
use tonic::{Code, Request, Streaming, transport::Endpoint};

use crate::world::{TOWN, World, is};

/// Far more than what fits between a server and a client that does not read.
const UNITS: usize = 8_000;
/// Longer than a server waits for somebody who does not read.
const SILENCE: Duration = Duration::from_secs(33);

fn town() -> String {
    let (before, after) = TOWN.split_once("\nmatters:\n").unwrap();
    let mut units = String::new();
    for number in 0..UNITS {
        writeln!(
            units,
            "  - {{id: unit-{number}, name: 第{number}号辖区单位, kind: RESIDENT_UNIT, area: \"320311001001\"}}"
        )
        .unwrap();
    }
    format!("{before}\n{units}\nmatters:\n{after}")
}

/// A follower whose window is as small as it may be.
async fn watch(world: &World) -> Streaming<proto::WatchCatalogueResponse> {
    let endpoint = Endpoint::from_shared(world.url().to_owned()).unwrap();
    let channel = endpoint
        .initial_stream_window_size(65_535)
        .initial_connection_window_size(65_535)
        .connect_lazy();
    let mut request = Request::new(proto::WatchCatalogueRequest::default());
    let token = format!("Bearer {}", world.token(&[Role::Service]));
    let token = token.parse().unwrap();
    request.metadata_mut().insert("authorization", token);
    let mut client = CatalogueServiceClient::new(channel);
    client.watch_catalogue(request).await.unwrap().into_inner()
}

/// Reads up to the end of the snapshot: how many entries came, or why not all of them.
async fn read(frames: &mut Streaming<proto::WatchCatalogueResponse>) -> Result<i64, tonic::Status> {
    let mut entries = 0;
    loop {
        let message = tokio::time::timeout(Duration::from_secs(60), frames.message()).await;
        match message.expect("a frame in time")?.unwrap().frame.unwrap() {
            Frame::Entries(it) => entries += i64::try_from(it.entries.len()).unwrap(),
            Frame::SnapshotComplete(it) => {
                assert_eq!(it.entries, entries);
                return Ok(entries);
            }
            _ => {}
        }
    }
}

#[tokio::test]
async fn whoever_is_silent_too_long_is_told_so_and_gets_everything_when_he_comes_back() {
    let world = World::with(&town()).await;
    let mut cut = None;
    // A server that is itself slow to send may need a second silence.
    for _ in 0..3 {
        let mut frames = watch(&world).await;
        assert!(frames.message().await.unwrap().is_some(), "it has begun");
        tokio::time::sleep(SILENCE).await;
        cut = read(&mut frames).await.err();
        if cut.is_some() {
            break;
        }
    }
    is(&cut.unwrap(), Code::ResourceExhausted, "WATCHER_TOO_SLOW");
    let whole = read(&mut watch(&world).await).await.unwrap();
    assert!(whole > i64::try_from(UNITS).unwrap());
}
