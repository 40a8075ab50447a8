//! The store: what is durable, who goes on, what is swept. In a folder; and where `LIANDONG_TEST_STORE` says, as in
//! `s3://bucket/empty-prefix`.

use futures::TryStreamExt;
use liandong_kit::{clock::Clock, db::Db, testing::databases};
use time::Duration;
use uuid::Uuid;

use crate::{
    domain::{EvidenceId, tests::MONDAY},
    evidence::{EvidenceConfig, Place, Store, StoreError, hash, sweep},
    inbox::Index,
    store::{self, Migrations, Rows},
};

fn place(attempt: u32) -> Place {
    Place {
        district: "990101".into(),
        id: EvidenceId(Uuid::from_u128(7)),
        attempt,
    }
}

/// A folder, and the store of the environment if there is one.
fn stores() -> Vec<(Store, Option<tempfile::TempDir>)> {
    let (store, folder) = opened();
    let mut all = vec![(store, Some(folder))];
    if let Ok(url) = std::env::var("LIANDONG_TEST_STORE") {
        let url = format!("{url}/{}", Uuid::now_v7());
        all.push((Store::open(&EvidenceConfig::at(url)).unwrap(), None));
    }
    all
}

fn opened() -> (Store, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("evidence").display().to_string();
    (Store::open(&EvidenceConfig::at(at)).unwrap(), folder)
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(40))]
    /// However a file is cut: the same bytes, and the offset is where they end.
    #[test]
    fn segments_of_any_length_are_the_same_file(
        bytes in proptest::collection::vec(proptest::num::u8::ANY, 1..3000), cuts in proptest::collection::vec(1usize..900, 0..12),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (store, _folder) = opened();
            let (mut rest, mut at) = (bytes.as_slice(), 0);
            for cut in cuts.into_iter().chain([bytes.len()]) {
                let (segment, more) = rest.split_at(cut.min(rest.len()));
                if !segment.is_empty() {
                    store.append(&place(1), at, segment.to_vec()).await.unwrap();
                }
                (at, rest) = (at + segment.len() as u64, more);
                let durable = store.segments(&place(1)).await.unwrap();
                assert_eq!(durable.end, at);
            }
            let segments = store.segments(&place(1)).await.unwrap();
            assert_eq!(store.whole(&segments).await.unwrap(), bytes);
        });
    }
}

#[tokio::test]
async fn of_two_streams_at_one_place_one_goes_on() {
    for (store, _folder) in stores() {
        store.append(&place(1), 0, b"abc".to_vec()).await.unwrap();
        let second = store.append(&place(1), 0, b"xy".to_vec()).await;
        assert!(matches!(second, Err(StoreError::Taken)), "{second:?}");
        // What begins elsewhere than at the end does not count, nor what another attempt sent.
        store.append(&place(1), 9, b"far".to_vec()).await.unwrap();
        store.append(&place(2), 0, b"other".to_vec()).await.unwrap();
        let segments = store.segments(&place(1)).await.unwrap();
        assert_eq!(segments.end, 3);
        assert_eq!(store.whole(&segments).await.unwrap(), b"abc");
        store.discard(&place(1)).await.unwrap();
        store.discard(&place(1)).await.unwrap();
        assert_eq!(store.segments(&place(1)).await.unwrap().end, 0);
        assert_eq!(store.segments(&place(2)).await.unwrap().end, 5);
    }
}

#[tokio::test]
async fn the_same_content_is_kept_once_and_read_from_anywhere() {
    for (store, folder) in stores() {
        for _ in 0..2 {
            let kept = store.keep("990101", "photograph".into()).await.unwrap();
            assert_eq!(kept, hash(b"photograph"));
        }
        if let Some(folder) = &folder {
            let shelf = folder.path().join("evidence/blobs/990101");
            assert_eq!(std::fs::read_dir(shelf).unwrap().count(), 1);
        }
        let content = hash(b"photograph");
        let read = |range| store.read("990101", &content, range);
        let parts: Vec<_> = read(5..10).await.unwrap().try_collect().await.unwrap();
        assert_eq!(parts.concat(), b"graph");
        let parts: Vec<_> = read(10..10).await.unwrap().try_collect().await.unwrap();
        assert!(parts.is_empty());
        assert!(store.read("990102", &content, 0..1).await.is_err());
    }
}

#[tokio::test]
async fn what_no_event_speaks_of_is_swept_when_it_is_no_longer_young() {
    for database in databases().await {
        let db = Db::open(&database.config).await.unwrap();
        db.migrate::<Migrations>().await.unwrap();
        let clock = Clock::virtual_from(MONDAY);
        let events = store::Store::new(db, clock, Rows::new(Index::default()));
        let (files, _folder) = opened();
        files.append(&place(1), 0, b"abc".to_vec()).await.unwrap();
        files.keep("990101", "orphan".into()).await.unwrap();
        let young = sweep::sweep(&files, &events, Duration::DAY).await.unwrap();
        assert_eq!(young, 0);
        let old = sweep::sweep(&files, &events, -Duration::MINUTE).await;
        assert_eq!(old.unwrap(), 2);
        assert_eq!(files.segments(&place(1)).await.unwrap().end, 0);
        assert!(files.read("990101", &hash(b"orphan"), 0..1).await.is_err());
    }
}

#[test]
fn a_setting_that_is_no_store_is_said_to_be() {
    for wrong in ["http://store", "file:///x", "/proc/nowhere/evidence"] {
        let error = Store::open(&EvidenceConfig::at(wrong)).unwrap_err();
        assert!(error.to_string().contains(wrong), "{error}");
    }
}
