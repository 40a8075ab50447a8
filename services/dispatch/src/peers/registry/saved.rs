//! The copies of the catalogue and of the working calendar, kept in the database: a dispatch that starts while the
//! registry is away goes on by them as long as they are young enough, counted from when the registry confirmed them.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use liandong_kit::clock::wall;
use liandong_proto::registry as wire;
use prost::Message;
use sea_orm::DbErr;
use time::OffsetDateTime;

use super::copy::{Copied, Snapshot};
use super::{District, convert};
use crate::store::{Copies, KeptCopy};

/// How often it is written at most that the same was confirmed again.
const EVERY: Duration = Duration::from_secs(30);
/// How often something new is written at most.
const SOON: Duration = Duration::from_secs(3);
const CATALOGUE: &str = "catalogue";
const CALENDAR: &str = "calendar";

/// Where a district's copies go.
#[derive(Clone)]
pub(super) struct Keep(Option<Arc<Kept>>);

struct Kept {
    copies: Copies,
    district: String,
    catalogue: Mutex<Option<Instant>>,
    /// With what was written.
    calendar: Mutex<Option<(Instant, Vec<u8>)>>,
}

impl Keep {
    /// Into a database, or nowhere.
    pub(super) fn new(copies: Option<Copies>, district: &str) -> Keep {
        let kept = |copies| Kept {
            copies,
            district: district.to_owned(),
            catalogue: Mutex::default(),
            calendar: Mutex::default(),
        };
        Keep(copies.map(kept).map(Arc::new))
    }

    /// Keeps the catalogue, unless that was done lately.
    pub(super) async fn catalogue(&self, copy: &Copied) {
        let Some(kept) = self.0.as_ref().filter(|_| copy.is_confirmed()) else {
            return;
        };
        let every = if copy.is_changed() { SOON } else { EVERY };
        {
            let mut last = kept
                .catalogue
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            if last.is_some_and(|at| at.elapsed() < every) {
                return;
            }
            *last = Some(Instant::now());
        }
        self.catalogue_now(copy).await;
    }

    /// Keeps the catalogue as it stands.
    pub(super) async fn catalogue_now(&self, copy: &Copied) {
        let Some(kept) = &self.0 else { return };
        let Some((confirmed, snapshot)) = copy.to_keep() else {
            return;
        };
        let at = wall() - confirmed.elapsed();
        let kept = match snapshot {
            Some(it) => kept.put(CATALOGUE, it.encode_to_vec(), at).await,
            None => kept.confirm(CATALOGUE, at).await,
        };
        if let Err(error) = kept {
            tracing::warn!(%error, "the copy of the catalogue is not kept");
            copy.not_kept();
        }
    }

    /// Keeps the calendars as they were just read.
    pub(super) async fn calendar(&self, it: &wire::ListCalendarYearsResponse) {
        let Some(kept) = &self.0 else { return };
        let content = it.encode_to_vec();
        let known = {
            let mut last = kept.calendar.lock().unwrap_or_else(PoisonError::into_inner);
            let known = last.as_ref().is_some_and(|(_, it)| *it == content);
            if known && last.as_ref().is_some_and(|(at, _)| at.elapsed() < EVERY) {
                return;
            }
            *last = Some((Instant::now(), content.clone()));
            known
        };
        let done = if known {
            kept.confirm(CALENDAR, wall()).await
        } else {
            kept.put(CALENDAR, content, wall()).await
        };
        if let Err(error) = done {
            tracing::warn!(%error, "the copy of the calendars is not kept");
            *kept.calendar.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }
}

impl Kept {
    async fn put(
        &self,
        part: &str,
        content: Vec<u8>,
        confirmed_at: OffsetDateTime,
    ) -> Result<(), DbErr> {
        let copy = KeptCopy {
            district: self.district.clone(),
            part: part.to_owned(),
            content,
            confirmed_at,
        };
        self.copies.keep(copy).await
    }

    async fn confirm(&self, part: &str, at: OffsetDateTime) -> Result<(), DbErr> {
        self.copies.confirm((&self.district, part), at).await
    }
}

/// Takes in what was kept. What cannot be read is left: the registry is asked.
pub(super) fn take(district: &District, copy: &KeptCopy) {
    let age = Duration::try_from(wall() - copy.confirmed_at).unwrap_or_default();
    let confirmed = Instant::now().checked_sub(age);
    match copy.part.as_str() {
        CATALOGUE => {
            let kept = Snapshot::decode(copy.content.as_slice()).ok();
            if let Some((kept, confirmed)) = kept.zip(confirmed) {
                district.copy.restore(kept, confirmed);
            }
        }
        CALENDAR => {
            let kept = wire::ListCalendarYearsResponse::decode(copy.content.as_slice()).ok();
            if let Some(time) = kept.and_then(|it| convert::work_time(it).ok()) {
                district.kept_calendar.put_if_none(confirmed, time);
            }
        }
        _ => {}
    }
}
