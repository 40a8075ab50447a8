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
    aggregates::{Said, read, read_standing},
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
    /// catalogue, is another log (the database was restored): then everything is read anew.
    pub(super) async fn catch_up(&self, district: &str) -> Result<(), DbErr> {
        let turn = self.shared.catching_up.of(district);
        let _one = turn.lock().await;
        let now = self.now();
        let mut held = self.held(district);
        let before = held.catalogue.version;
        let head = self.log().head(district).await?;
        let (epoch, end) = head.map_or((None, 0), |it| (Some(it.epoch), it.position));
        let begun = before > 0 || held.epoch.is_some();
        if begun && (held.epoch != epoch || end < before) {
            warn!(district, "the registry's log was restored: reading it anew");
            held.catalogue = Arc::new(Catalogue::empty(district));
        }
        held.epoch = epoch;
        if held.catalogue.version == 0 && end > 0 {
            let Some((read, epoch)) = self.read_whole(district).await? else {
                return Ok(()); // gone meanwhile: the next look sees what there is
            };
            (held.catalogue, held.epoch) = (Arc::new(read), Some(epoch));
        } else if end > held.catalogue.version {
            let Some(next) = self.fold_on(district, &held.catalogue, epoch, end).await? else {
                return Ok(()); // restored while it was read: the next look sees a whole log
            };
            held.catalogue = Arc::new(next);
        }
        if held.catalogue.version != before {
            info!(district, version = held.catalogue.version, "catalogue");
        }
        held.confirmed_at = Some(now);
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

    /// The catalogue made of the states its log has come to, and the epoch of that log.
    async fn read_whole(&self, district: &str) -> Result<Option<(Catalogue, Uuid)>, DbErr> {
        let Some(whole) = self.log().whole(district).await? else {
            return Ok(None);
        };
        let epoch = whole.head.epoch;
        let mut next = Catalogue::empty(district);
        let read = tokio::task::spawn_blocking(move || {
            for it in whole.standing {
                match read_standing(&it).map_err(unreadable)? {
                    Said::Entry(entry) => next.put(entry, it.version, it.changed_at),
                    Said::Revision(revision) => next.revision = revision,
                    Said::Nothing => {}
                }
            }
            next.version = whole.head.position;
            next.seal();
            Ok::<_, DbErr>(next)
        });
        let read = read
            .await
            .map_err(|error| DbErr::Custom(error.to_string()))?;
        Ok(Some((read?, epoch)))
    }

    /// The catalogue with what its log has after it, up to a position at which a change ends; `None` if the log is
    /// another one by then.
    async fn fold_on(
        &self,
        district: &str,
        before: &Arc<Catalogue>,
        epoch: Option<Uuid>,
        end: i64,
    ) -> Result<Option<Catalogue>, DbErr> {
        let mut events = Vec::new();
        let mut last = before.version;
        // Up to what a head said in one go: a change is seen as a whole, never its first half.
        while last < end {
            let limit = PAGE.min(u64::try_from(end - last).unwrap_or(PAGE));
            let page = self.log().read(district, last, limit).await?;
            let Some(end_of_page) = page.last().map(|it| it.position) else {
                return Ok(None);
            };
            last = end_of_page;
            events.extend(page);
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

#[allow(clippy::needless_pass_by_value)] // given to map_err
fn unreadable(error: serde_json::Error) -> DbErr {
    DbErr::Json(error.to_string())
}

fn fold(before: &Catalogue, events: &[Recorded]) -> Result<Catalogue, DbErr> {
    let mut next = before.clone();
    for event in events {
        match read(event).map_err(unreadable)? {
            Said::Entry(entry) => next.put(entry, event.version, event.occurred_at),
            Said::Revision(revision) => next.revision = revision,
            Said::Nothing => {}
        }
        next.version = event.position;
    }
    next.seal();
    Ok(next)
}
