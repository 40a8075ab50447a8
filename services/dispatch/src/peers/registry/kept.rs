//! What is kept of the registry's answers, and for how long. Real time: a virtual clock does not age a copy.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tonic::Status;

use super::CALENDAR_MAX;
use crate::domain::clock::WorkTime;

/// How long an answer is used without asking again.
pub(super) const FRESH: Duration = Duration::from_secs(2);
/// Entries of one kind; more, and all are forgotten.
const MANY: usize = 20_000;

/// Answers by id. What was not found is not kept: it may be added any moment.
pub(super) struct Kept<T>(Mutex<HashMap<String, (Instant, T)>>);

impl<T: Clone> Kept<T> {
    /// A fresh answer.
    pub(super) fn get(&self, id: &str) -> Option<T> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(id)
            .filter(|(at, _)| at.elapsed() < FRESH)
            .map(|(_, it)| it.clone())
    }

    /// The last answer, however old.
    pub(super) fn last(&self, id: &str) -> Option<T> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(id).map(|(_, it)| it.clone())
    }

    /// Keeps an answer.
    pub(super) fn put(&self, id: &str, it: T) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MANY {
            kept.clear();
        }
        kept.insert(id.to_owned(), (Instant::now(), it));
    }
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Kept(Mutex::default())
    }
}

/// The working calendar, with when it was read.
#[derive(Default)]
pub(super) struct KeptCalendar {
    last: Mutex<Option<(Instant, Arc<WorkTime>)>>,
    /// Held while it is being read, so that only one call reads it.
    reading: tokio::sync::Mutex<()>,
}

impl KeptCalendar {
    /// A fresh one; else one read by `fetch`; else, while another call reads it or the registry is away, the last one.
    pub(super) async fn get<F>(&self, fetch: impl FnOnce() -> F) -> Result<Arc<WorkTime>, Status>
    where
        F: Future<Output = Result<WorkTime, Status>>,
    {
        if let Some(fresh) = self.younger_than(FRESH) {
            return Ok(fresh);
        }
        let turn = match (self.reading.try_lock(), self.younger_than(CALENDAR_MAX)) {
            (Ok(turn), _) => turn,
            (Err(_), Some(last)) => return Ok(last),
            (Err(_), None) => self.reading.lock().await,
        };
        if let Some(fresh) = self.younger_than(FRESH) {
            return Ok(fresh);
        }
        let read = fetch().await;
        drop(turn);
        match (read, self.younger_than(CALENDAR_MAX)) {
            (Ok(it), _) => Ok(self.keep(Arc::new(it))),
            (Err(_), Some(last)) => Ok(last),
            (Err(status), None) => Err(status),
        }
    }

    /// One that was read so long ago, unless it was read since.
    pub(super) fn put_if_none(&self, read: Option<Instant>, it: WorkTime) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(read) = read.filter(|_| last.is_none()) {
            *last = Some((read, Arc::new(it)));
        }
    }

    /// As if so much time had passed.
    #[cfg(test)]
    pub(super) fn age(&self, by: Duration) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, _)) = last.as_mut() {
            *at = at.checked_sub(by).unwrap_or(*at);
        }
    }

    fn younger_than(&self, age: Duration) -> Option<Arc<WorkTime>> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.as_ref()
            .filter(|(at, _)| at.elapsed() < age)
            .map(|(_, it)| it.clone())
    }

    fn keep(&self, it: Arc<WorkTime>) -> Arc<WorkTime> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        *last = Some((Instant::now(), it.clone()));
        it
    }
}
