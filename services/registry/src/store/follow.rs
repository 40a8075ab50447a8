//! Keeping the catalogues in memory up with the log, whoever writes it.

use std::{
    collections::BTreeSet,
    sync::{Arc, PoisonError},
};

use liandong_kit::log::Recorded;
use sea_orm::DbErr;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};
use uuid::Uuid;

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
        let mut districts: BTreeSet<String> = self.log().districts().await?.into_iter().collect();
        {
            // Also those whose log is gone: the database may have been restored to before they began.
            let held = self.shared.held.read();
            let held = held.unwrap_or_else(PoisonError::into_inner);
            districts.extend(held.keys().cloned());
        }
        for district in districts {
            self.catch_up(&district).await?;
        }
        Ok(())
    }

    /// Folds what a district's log has that its catalogue has not. A log of another epoch, or one that ends before the
    /// catalogue, is another log (the database was restored): then everything is folded anew.
    pub(super) async fn catch_up(&self, district: &str) -> Result<(), DbErr> {
        let _one = self.shared.catching_up.lock().await;
        let now = self.now();
        let mut held = self.held(district);
        let head = self.log().head(district).await?;
        let (epoch, end) = head.map_or((None, 0), |it| (Some(it.epoch), it.position));
        let begun = held.catalogue.version > 0 || held.epoch.is_some();
        if begun && (held.epoch != epoch || end < held.catalogue.version) {
            warn!(district, "the registry's log was restored: folding it anew");
            held.catalogue = Arc::new(Catalogue::empty(district));
        }
        if end > held.catalogue.version {
            let Some(next) = self.fold_on(district, &held.catalogue, epoch).await? else {
                return Ok(()); // restored while it was read: the next look sees a whole log
            };
            info!(district, version = next.version, "catalogue");
            held.catalogue = Arc::new(next);
        }
        (held.epoch, held.confirmed_at) = (epoch, Some(now));
        let mut all = self
            .shared
            .held
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        all.insert(district.to_owned(), held);
        drop(all);
        self.shared.moved.send_modify(|count| *count += 1);
        Ok(())
    }

    /// The catalogue with everything its log has after it; `None` if the log is another one by then.
    async fn fold_on(
        &self,
        district: &str,
        before: &Arc<Catalogue>,
        epoch: Option<Uuid>,
    ) -> Result<Option<Catalogue>, DbErr> {
        let mut events = self.log().read(district, before.version, PAGE).await?;
        // To the end in one go: a change is seen as a whole, never its first half.
        while let Some(last) = events.last().map(|it| it.position) {
            let more = self.log().read(district, last, PAGE).await?;
            if more.is_empty() {
                break;
            }
            events.extend(more);
        }
        if self.log().head(district).await?.map(|it| it.epoch) != epoch {
            return Ok(None);
        }
        let before = Arc::clone(before);
        let folded = tokio::task::spawn_blocking(move || fold(&before, &events)).await;
        let folded = folded.map_err(|error| DbErr::Custom(error.to_string()))?;
        folded.map(Some)
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
