//! Removes what no event speaks of: segments of uploads that have ended, blobs of a finish that came to nothing. Nothing
//! younger than a day is touched, so that what is just being finished stays; and no file is looked into meanwhile.

use std::{collections::HashSet, time::Duration};

use futures::TryStreamExt;
use liandong_kit::clock;
use object_store::{ObjectStoreExt, path::Path};
use tokio_util::sync::CancellationToken;

use super::{Place, Store};
use crate::{
    domain::{ContentHash, Evidence, evidence::State},
    store,
};

const EVERY: Duration = Duration::from_secs(3600);
/// Ages are those of the files: by the machine's clock, whatever the service's own says.
const YOUNG: time::Duration = time::Duration::DAY;

/// Why a sweep ended early; the next one goes on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The files.
    #[error(transparent)]
    Store(#[from] object_store::Error),
    /// What the events say.
    #[error(transparent)]
    Database(#[from] sea_orm::DbErr),
}

/// Sweeps at the start and every hour, until stopped.
pub(crate) async fn run(files: Store, events: store::Store, stop: CancellationToken) {
    loop {
        match sweep(&files, &events, YOUNG).await {
            Ok(0) => {}
            Ok(removed) => tracing::info!(removed, "evidence files nobody needs removed"),
            Err(error) => tracing::error!(%error, "evidence files cannot be swept"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// Removes what is older than `young` and nobody needs; says how many files.
pub(crate) async fn sweep(
    files: &Store,
    events: &store::Store,
    young: time::Duration,
) -> Result<usize, Error> {
    let before = (clock::wall() - young).unix_timestamp();
    let mut removed = 0;
    for folder in ["uploads", "blobs"] {
        let listed = files.objects().list(Some(&Path::from(folder)));
        let old =
            listed.try_filter(|it| std::future::ready(it.last_modified.timestamp() <= before));
        let mut pages = old.map_ok(|it| it.location).try_chunks(500);
        while let Some(page) = pages.try_next().await.map_err(|it| it.1)? {
            let _alone = files.looking.acquire().await;
            for path in unneeded(events, page).await? {
                match files.objects().delete(&path).await {
                    Ok(()) => removed += 1,
                    Err(object_store::Error::NotFound { .. }) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
    }
    Ok(removed)
}

/// Which of some files no event speaks of.
async fn unneeded(events: &store::Store, page: Vec<Path>) -> Result<Vec<Path>, Error> {
    let mut unneeded = Vec::new();
    let mut blobs: Vec<(String, ContentHash, Path)> = Vec::new();
    for path in page {
        if let Some(place) = Place::read(&path).filter(|_| path.as_ref().starts_with("uploads/")) {
            let key = place.id.to_string();
            let found = events.log().load::<Evidence>(&place.district, &key).await?;
            let takes_bytes = found.is_some_and(|it| {
                it.state.state == State::Open && it.state.attempt == place.attempt
            });
            if !takes_bytes {
                unneeded.push(path);
            }
            continue;
        }
        let names: Vec<String> = path.parts().map(|it| it.as_ref().to_owned()).collect();
        if let [folder, district, _, content] = names.as_slice()
            && folder == "blobs"
        {
            blobs.push((district.clone(), ContentHash::from(content.as_str()), path));
        }
    }
    let districts: HashSet<String> = blobs.iter().map(|it| it.0.clone()).collect();
    for district in districts {
        let here: Vec<_> = blobs.iter().filter(|it| it.0 == district).collect();
        let contents: Vec<&ContentHash> = here.iter().map(|it| &it.1).collect();
        let needed = events.contents_needed(&district, &contents).await?;
        let gone = here.into_iter().filter(|it| !needed.contains(&it.1));
        unneeded.extend(gone.map(|it| it.2.clone()));
    }
    Ok(unneeded)
}
