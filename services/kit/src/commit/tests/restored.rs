//! A backup that was put back: a new epoch, and everything else as it was.

use uuid::Uuid;

use super::*;
use crate::{
    cursor::{self, Place},
    log::Log,
};

/// Every district has an epoch of its own again; positions, chains and states stay, and a committer that was running
/// goes on in the new epoch. Places in other logs forget the epoch only.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_epoch_voids_places_and_changes_nothing_else() {
    for database in testing::databases().await {
        let committer = start(&database.config).await;
        let log = Log::new(Db::open(&database.config).await.unwrap());
        for district in [DISTRICT, "320312"] {
            let author = Author {
                district: district.into(),
                ..command().author
            };
            let command = Command::new(author, START);
            add(&committer, "shared", 3, command).await.unwrap();
        }
        let place = Place {
            epoch: Uuid::from_u128(7),
            position: 40,
        };
        let kept = log.db().write(move |tx| {
            Box::pin(async move { cursor::save(tx, "reader", DISTRICT, place, START).await })
        });
        kept.await.unwrap();
        let before = log.head(DISTRICT).await.unwrap().unwrap();

        let renewed = log.begin_epoch().await.unwrap();
        let said: Vec<_> = { renewed.iter() }
            .map(|it| (it.district.as_str(), it.position))
            .collect();
        assert_eq!(said, [(DISTRICT, 1), ("320312", 1)]);
        let after = log.head(DISTRICT).await.unwrap().unwrap();
        assert_eq!(
            (renewed[0].was, renewed[0].epoch),
            (before.epoch, after.epoch)
        );
        assert_ne!(before.epoch, after.epoch);
        assert_eq!((before.position, before.hash), (after.position, after.hash));
        let epochs: HashSet<_> = renewed.iter().map(|it| it.epoch).collect();
        assert_eq!(epochs.len(), 2);
        let kept = cursor::load(log.db().read(), "reader", DISTRICT).await;
        let kept = kept.unwrap().unwrap();
        assert_eq!((kept.known_epoch(), kept.position), (None, 40));

        add(&committer, "shared", 4, command()).await.unwrap();
        assert_eq!(log.verify(DISTRICT).await.unwrap().events, 2);
        let head = log.head(DISTRICT).await.unwrap().unwrap();
        assert_eq!((head.epoch, head.position), (after.epoch, 2));
        let counter = log.load::<Counter>(DISTRICT, "shared").await.unwrap();
        assert_eq!(counter.unwrap().state.total, 7);
    }
}
