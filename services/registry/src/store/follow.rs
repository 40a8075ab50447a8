//! Keeping the catalogues in memory up with the log, whoever writes it.

use std::sync::{Arc, PoisonError};

use liandong_kit::log::Recorded;
use sea_orm::DbErr;
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

use super::{
    Store,
    aggregates::{Said, read},
};
use crate::domain::Catalogue;

/// Events read at once.
const PAGE: u64 = 2000;

impl Store {
    /// Follows the log until `stop`, so that what another replica writes is seen here within half a second.
    pub async fn follow(self, stop: CancellationToken) {
        let mut commits = self.log().watch();
        let mut away = false;
        while !stop.is_cancelled() {
            let caught_up = self.catch_up_all().await;
            if let Err(error) = &caught_up
                && !away
            {
                error!(%error, "the registry cannot follow its log");
            }
            away = caught_up.is_err();
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.log().wait(&mut commits) => {}
            }
        }
    }

    async fn catch_up_all(&self) -> Result<(), DbErr> {
        for district in self.log().districts().await? {
            self.catch_up(&district).await?;
        }
        Ok(())
    }

    /// Folds what a district's log has that its catalogue has not.
    pub(super) async fn catch_up(&self, district: &str) -> Result<(), DbErr> {
        let _one = self.shared.catching_up.lock().await;
        let before = self.catalogue(district);
        let mut events = self.log().read(district, before.version, PAGE).await?;
        if events.is_empty() {
            return Ok(());
        }
        // To the end in one go: a change is seen as a whole, never its first half.
        while let Some(last) = events.last().map(|it| it.position) {
            let more = self.log().read(district, last, PAGE).await?;
            if more.is_empty() {
                break;
            }
            events.extend(more);
        }
        let folded = tokio::task::spawn_blocking(move || fold(&before, &events));
        let next = folded
            .await
            .map_err(|error| DbErr::Custom(error.to_string()))??;
        info!(district, version = next.version, "catalogue");
        let mut catalogues = self
            .shared
            .catalogues
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        catalogues.insert(district.to_owned(), Arc::new(next));
        Ok(())
    }
}

fn fold(before: &Catalogue, events: &[Recorded]) -> Result<Catalogue, DbErr> {
    let mut next = before.clone();
    for event in events {
        match read(event).map_err(|error| DbErr::Json(error.to_string()))? {
            Said::Entry(entry) => next.put(entry, event.version, event.occurred_at),
            Said::Revision(revision) => next.revision = revision,
            Said::Nothing => {}
        }
        next.version = event.position;
    }
    next.seal();
    Ok(next)
}
