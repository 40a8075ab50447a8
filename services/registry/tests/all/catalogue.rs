//! The catalogue is followed from a copy: a snapshot, then every change, from a cursor, on every replica.

use std::collections::BTreeMap;
use std::time::Duration;

use liandong_kit::client::Peer;
use liandong_kit::db::Db;
use liandong_kit::testing::{self, Keys, eventually};
use liandong_proto::registry as proto;
use liandong_proto::registry::area_service_client::AreaServiceClient;
use liandong_proto::registry::catalogue_entry::Entry;
use liandong_proto::registry::catalogue_service_client::CatalogueServiceClient;
use liandong_proto::registry::watch_catalogue_response::Frame;
use liandong_proto::types::Role;
use prost_types::FieldMask;
use sea_orm::ConnectionTrait;
use tonic::{Code, Status, Streaming};

use crate::world::{TOWN, World, bad_fields, is};

pub(super) type Frames = Streaming<proto::WatchCatalogueResponse>;

fn client(world: &World) -> CatalogueServiceClient<Peer> {
    CatalogueServiceClient::new(world.peer(&[Role::Service]))
}

pub(super) fn all() -> proto::WatchCatalogueRequest {
    proto::WatchCatalogueRequest::default()
}

pub(super) fn from(cursor: &str) -> proto::WatchCatalogueRequest {
    proto::WatchCatalogueRequest {
        cursor: cursor.into(),
        ..all()
    }
}

pub(super) async fn watch(
    world: &World,
    request: proto::WatchCatalogueRequest,
) -> Result<Frames, Status> {
    client(world)
        .watch_catalogue(request)
        .await
        .map(tonic::Response::into_inner)
}

/// The resource name of an entry, and the entry without what depends on the day.
fn named(entry: &proto::CatalogueEntry) -> (String, String) {
    let entry = entry.entry.as_ref().unwrap();
    let name = match entry {
        Entry::District(it) => &it.name,
        Entry::Organization(it) => &it.name,
        Entry::Area(it) => &it.name,
        Entry::Matter(it) => &it.name,
        Entry::Power(it) => &it.name,
        Entry::Officer(it) => &it.name,
        Entry::Person(it) => &it.name,
        Entry::CalendarYear(it) => &it.name,
        Entry::DayOverride(it) => &it.name,
        other => return (format!("{other:?}"), String::new()),
    };
    (name.clone(), format!("{entry:?}"))
}

/// Somebody who keeps a copy.
#[derive(Default)]
pub(super) struct Copy {
    pub(super) entries: BTreeMap<String, String>,
    /// Of areas that change by date.
    states: BTreeMap<String, Vec<proto::Area>>,
    pending: Vec<proto::CatalogueEntry>,
    pub(super) version: i64,
    pub(super) cursor: String,
    changes: usize,
    heartbeats: usize,
}

impl Copy {
    /// Takes one frame in.
    fn take(&mut self, frame: Frame) {
        match frame {
            Frame::Started(it) => {
                if !it.resumed {
                    self.entries.clear();
                }
            }
            Frame::Entries(it) => self.pending.extend(it.entries),
            Frame::SnapshotComplete(it) => {
                assert_eq!(it.entries, i64::try_from(self.pending.len()).unwrap());
                self.apply(it.catalogue_version, it.cursor);
            }
            Frame::Change(it) => {
                assert_eq!(
                    it.complete,
                    !it.cursor.is_empty(),
                    "only the last part has a cursor"
                );
                self.pending.extend(it.entries);
                if it.complete {
                    assert!(it.catalogue_version > self.version, "in order, never twice");
                    self.changes += 1;
                    self.apply(it.catalogue_version, it.cursor);
                }
            }
            Frame::Heartbeat(it) => {
                assert_eq!(
                    it.catalogue_version, self.version,
                    "what it names has been sent"
                );
                assert!(it.time.is_some());
                self.heartbeats += 1;
                self.cursor = it.cursor;
            }
        }
    }

    fn apply(&mut self, version: i64, cursor: String) {
        for entry in self.pending.drain(..) {
            let (name, said) = named(&entry);
            if !entry.area_states.is_empty() {
                self.states.insert(name.clone(), entry.area_states);
            }
            self.entries.insert(name, said);
        }
        (self.version, self.cursor) = (version, cursor);
    }

    /// Reads until it has a version and has heard that it is the newest.
    pub(super) async fn reach(&mut self, frames: &mut Frames, version: i64) {
        let heard = self.heartbeats;
        while self.version < version || self.heartbeats == heard {
            let frame = tokio::time::timeout(Duration::from_secs(20), frames.message()).await;
            self.take(
                frame
                    .expect("a frame in time")
                    .unwrap()
                    .unwrap()
                    .frame
                    .unwrap(),
            );
        }
    }
}

/// A copy of what is there now.
pub(super) async fn snapshot(world: &World) -> Copy {
    let (mut copy, mut frames) = (Copy::default(), watch(world, all()).await.unwrap());
    copy.reach(&mut frames, 0).await;
    copy
}

/// Gives an organization another code: one change.
pub(super) async fn touch(world: &World, id: &str, code: &str) -> i64 {
    let request = proto::UpdateOrganizationRequest {
        organization: Some(proto::Organization {
            name: format!("organizations/{id}"),
            external_code: code.into(),
            ..Default::default()
        }),
        update_mask: Some(FieldMask {
            paths: vec!["external_code".into()],
        }),
        ..Default::default()
    };
    world
        .registrar()
        .update_organization(request)
        .await
        .unwrap();
    about(world).await.catalogue_version
}

async fn about(world: &World) -> proto::GetCatalogueResponse {
    let request = proto::GetCatalogueRequest::default();
    client(world)
        .get_catalogue(request)
        .await
        .unwrap()
        .into_inner()
}

/// Whoever began when, a snapshot and the changes after it are the catalogue at every version.
#[tokio::test]
async fn a_snapshot_and_what_follows_is_the_catalogue_at_every_version() {
    let world = World::new().await;
    let mut followers = Vec::new();
    let units = ["planning", "traffic", "market", "squad", "mall"];
    for step in 0..8_usize {
        followers.push((Copy::default(), watch(&world, all()).await.unwrap()));
        let version = touch(&world, units[step * 3 % units.len()], &format!("c{step}")).await;
        if step == 4 {
            let more = format!(
                "{TOWN}\nday_overrides:\n  - {{id: typhoon, date: 2026-08-13, change: off, notice: 某号, reason: 台风}}\n"
            );
            world.import(&more, false).await.unwrap();
        }
        let version = about(&world).await.catalogue_version.max(version);
        let truth = snapshot(&world).await;
        assert_eq!(truth.version, version);
        for (copy, frames) in &mut followers {
            copy.reach(frames, version).await;
            assert_eq!(copy.entries, truth.entries, "at version {version}");
        }
    }
    assert_eq!(
        followers[0].0.changes, 9,
        "each change once, the import as a whole"
    );
}

#[tokio::test]
async fn the_catalogue_says_how_much_it_holds_and_how_new_it_is() {
    let world = World::new().await;
    let about = about(&world).await;
    assert_eq!(
        (about.district.as_str(), about.revision),
        ("districts/320311", 1)
    );
    let count = |name: &str| {
        about
            .counts
            .iter()
            .find(|it| it.collection == name)
            .unwrap()
            .entries
    };
    assert_eq!(
        (
            count("organizations"),
            count("powers"),
            count("dayOverrides")
        ),
        (12, 7, 0)
    );
    assert!(!about.epoch.is_empty() && about.update_time.is_some());
    assert_eq!(
        about.confirmed_time, about.read_time,
        "the clock stands still"
    );
    let other = proto::GetCatalogueRequest {
        district: "districts/110101".into(),
    };
    is(
        &client(&world).get_catalogue(other).await.unwrap_err(),
        Code::PermissionDenied,
        "OTHER_DISTRICT",
    );
}

#[tokio::test]
async fn only_the_chosen_collections_are_sent_and_every_change_moves_the_version() {
    let world = World::new().await;
    let request = proto::WatchCatalogueRequest {
        collections: vec!["powers".into(), "matters".into()],
        ..all()
    };
    let mut frames = watch(&world, request.clone()).await.unwrap();
    let mut copy = Copy::default();
    copy.reach(&mut frames, 0).await;
    assert_eq!(copy.entries.len(), 11);
    assert!(
        copy.entries
            .keys()
            .all(|it| it.starts_with("powers/") || it.starts_with("matters/"))
    );
    let version = touch(&world, "planning", "x").await;
    copy.reach(&mut frames, version).await;
    assert_eq!(
        (copy.entries.len(), copy.changes),
        (11, 1),
        "an empty change is a change"
    );
    let unknown = proto::WatchCatalogueRequest {
        collections: vec!["powers".into(), "unicorns".into()],
        ..all()
    };
    assert_eq!(
        bad_fields(&watch(&world, unknown).await.unwrap_err()),
        ["collections[1]"]
    );
    is(
        &watch(&world, from(&copy.cursor)).await.unwrap_err(),
        Code::InvalidArgument,
        "CURSOR_OF_OTHER_COLLECTIONS",
    );
    let turned = proto::WatchCatalogueRequest {
        collections: vec!["matters".into(), "powers".into()],
        ..from(&copy.cursor)
    };
    watch(&world, turned).await.unwrap();
}

/// Proves M5.
#[tokio::test]
async fn an_area_that_changes_by_date_is_sent_with_all_its_states() {
    let world = World::new().await;
    let request = proto::WatchCatalogueRequest {
        collections: vec!["areas".into()],
        ..all()
    };
    let mut frames = watch(&world, request.clone()).await.unwrap();
    let mut copy = Copy::default();
    copy.reach(&mut frames, 0).await;
    assert!(copy.states.is_empty());
    let name = "areas/320311001002";
    let update = proto::UpdateAreaRequest {
        area: Some(proto::Area {
            name: name.into(),
            parent: "areas/320311".into(),
            ..Default::default()
        }),
        update_mask: Some(FieldMask {
            paths: vec!["parent".into()],
        }),
        from_day: "2030-01-01".into(),
        ..Default::default()
    };
    let updated = AreaServiceClient::new(world.peer(&[Role::Registrar]))
        .update_area(update)
        .await
        .unwrap();
    let state = updated.into_inner().area.unwrap().state_validity.unwrap();
    assert_eq!(state.first_day, "2030-01-01");
    let version = about(&world).await.catalogue_version;
    copy.reach(&mut frames, version).await;
    let mut fresh = Copy::default();
    let mut again = watch(&world, request).await.unwrap();
    fresh.reach(&mut again, 0).await;
    for states in [&copy.states[name], &fresh.states[name]] {
        let days = |it: &proto::Area| {
            let state = it.state_validity.clone().unwrap();
            (it.parent.clone(), state.first_day, state.last_day)
        };
        let states: Vec<_> = states.iter().map(days).collect();
        let day = str::to_owned;
        assert_eq!(
            states,
            [
                (day("areas/320311001"), day("2024-01-01"), day("2029-12-31")),
                (day("areas/320311"), day("2030-01-01"), String::new()),
            ]
        );
    }
}

#[tokio::test]
async fn a_follower_goes_on_where_it_was_also_after_a_restart() {
    let world = World::new().await;
    let mut frames = watch(&world, all()).await.unwrap();
    let mut copy = Copy::default();
    copy.reach(&mut frames, 0).await;
    let before = touch(&world, "planning", "a").await;
    copy.reach(&mut frames, before).await;

    let restarted = tokio::spawn(world.restart());
    // The server stops: the stream ends, and not with an error.
    while let Some(frame) = frames.message().await.unwrap() {
        copy.take(frame.frame.unwrap());
    }
    let world = restarted.await.unwrap();
    let missed = touch(&world, "traffic", "b").await;
    let mut frames = watch(&world, from(&copy.cursor)).await.unwrap();
    copy.reach(&mut frames, missed).await;
    assert_eq!(copy.entries, snapshot(&world).await.entries);
    assert_eq!(copy.changes, 2, "nothing twice");
}

#[tokio::test]
async fn a_cursor_is_never_taken_for_another_place() {
    let world = World::new().await;
    let copy = snapshot(&world).await;
    for bad in ["x", "00", &copy.cursor[2..]] {
        assert_eq!(
            bad_fields(&watch(&world, from(bad)).await.unwrap_err()),
            ["cursor"]
        );
    }
    let foreign = proto::WatchCatalogueRequest {
        district: "districts/110101".into(),
        ..all()
    };
    is(
        &watch(&world, foreign).await.unwrap_err(),
        Code::PermissionDenied,
        "OTHER_DISTRICT",
    );
    // The same cursor, where the log is shorter.
    let other = World::start(Keys::new(), testing::sqlite()).await;
    is(
        &watch(&other, from(&copy.cursor)).await.unwrap_err(),
        Code::FailedPrecondition,
        "CATALOGUE_EPOCH_CHANGED",
    );
    let mut viewer = CatalogueServiceClient::new(world.peer(&[Role::Viewer, Role::Handler]));
    assert_eq!(
        viewer.watch_catalogue(all()).await.unwrap_err().code(),
        Code::PermissionDenied
    );
}

#[tokio::test]
async fn whoever_follows_before_anything_is_registered_sees_all_of_it() {
    let world = World::start(Keys::new(), testing::sqlite()).await;
    let mut frames = watch(&world, all()).await.unwrap();
    let mut copy = Copy::default();
    copy.reach(&mut frames, 0).await;
    assert!(copy.entries.is_empty() && copy.version == 0);
    let beginning = copy.cursor.clone();
    world.import(TOWN, false).await.unwrap();
    let version = about(&world).await.catalogue_version;
    copy.reach(&mut frames, version).await;
    assert_eq!(copy.entries, snapshot(&world).await.entries);
    let mut again = Copy::default();
    again
        .reach(&mut watch(&world, from(&beginning)).await.unwrap(), version)
        .await;
    assert_eq!(
        again.entries, copy.entries,
        "the beginning is the beginning of any log"
    );
}

/// A restored database: its log has another epoch.
#[tokio::test]
async fn a_restored_registry_is_noticed_and_nothing_is_skipped_silently() {
    let world = World::new().await;
    let mut frames = watch(&world, all()).await.unwrap();
    let mut copy = Copy::default();
    copy.reach(&mut frames, 0).await;
    let before = about(&world).await;
    let db = Db::open(&world.database().config).await.unwrap();
    let restore = "UPDATE log_head SET epoch = (SELECT id FROM event LIMIT 1)";
    db.write(move |tx| {
        Box::pin(async move {
            tx.execute_unprepared(restore).await?;
            Ok(())
        })
    })
    .await
    .unwrap();
    let ended = loop {
        match frames.message().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("a silent end"),
            Err(status) => break status,
        }
    };
    is(&ended, Code::FailedPrecondition, "CATALOGUE_EPOCH_CHANGED");
    is(
        &watch(&world, from(&copy.cursor)).await.unwrap_err(),
        Code::FailedPrecondition,
        "CATALOGUE_EPOCH_CHANGED",
    );
    let after = eventually("the registry to fold the restored log", async || {
        let now = about(&world).await;
        (now.epoch != before.epoch).then_some(now)
    })
    .await;
    assert_eq!(
        (after.catalogue_version, after.counts),
        (before.catalogue_version, before.counts)
    );
    assert_eq!(snapshot(&world).await.entries, copy.entries);
}

/// Two replicas on one PostgreSQL: what one writes, whoever follows the other sees.
#[tokio::test]
async fn a_follower_of_one_replica_sees_what_the_other_writes() {
    let ours = World::start(Keys::new(), testing::postgres().await).await;
    ours.import(TOWN, false).await.unwrap();
    let theirs = ours.replica().await;
    let mut frames = watch(&theirs, all()).await.unwrap();
    let mut copy = Copy::default();
    let version = touch(&ours, "planning", "a").await;
    copy.reach(&mut frames, version).await;
    let version = touch(&theirs, "planning", "b").await;
    let version = touch(&ours, "traffic", "c").await.max(version);
    copy.reach(&mut frames, version).await;
    assert_eq!(copy.entries, snapshot(&ours).await.entries);
    // The cursor of one replica is good on the other.
    let mut frames = watch(&ours, from(&copy.cursor)).await.unwrap();
    let version = touch(&theirs, "squad", "d").await;
    copy.reach(&mut frames, version).await;
    assert_eq!(copy.entries, snapshot(&theirs).await.entries);
}
