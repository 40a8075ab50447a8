//! The only clock. Real, or virtual for replays and tests.
//!
//! A virtual clock stands still until it is moved, and it moves only as fast as the background workers follow:
//! [`Clock::advance_to`] returns when every worker has done what was due by then. So a replay of half a year is
//! exact and takes seconds.

use std::{
    collections::HashMap,
    future::Future,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use time::OffsetDateTime;
use tokio::sync::watch;

use crate::db::{from_micros, micros};

/// A real worker looks at least this often, so that another replica's changes are seen too.
const LONGEST_IDLE: Duration = Duration::from_secs(1);

/// The time, from wherever it comes. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Clock {
    moved: Option<Arc<Virtual>>,
    /// Microseconds by which it is ahead of what it shows the time of.
    ahead: i64,
}

#[derive(Debug)]
struct Virtual {
    now: watch::Sender<i64>,
    /// Up to which time each worker has caught up.
    workers: watch::Sender<HashMap<u64, i64>>,
    next_worker: AtomicU64,
    moving: Mutex<()>,
}

/// The wall clock, whatever a service's own clock says: for credentials and certificates.
pub fn wall() -> OffsetDateTime {
    #[allow(clippy::disallowed_methods)] // the one place
    OffsetDateTime::now_utc()
}

impl Clock {
    /// The machine's clock.
    pub fn real() -> Self {
        Self {
            moved: None,
            ahead: 0,
        }
    }

    /// A clock that stands at `start` until it is moved.
    pub fn virtual_from(start: OffsetDateTime) -> Self {
        let moved = Virtual {
            now: watch::Sender::new(micros(start)),
            workers: watch::Sender::new(HashMap::new()),
            next_worker: AtomicU64::new(0),
            moving: Mutex::new(()),
        };
        Self {
            moved: Some(Arc::new(moved)),
            ahead: 0,
        }
    }

    /// The same clock as a machine sees it that is this much ahead, or behind if negative. It moves with the other.
    #[must_use]
    pub fn ahead_by(&self, skew: time::Duration) -> Self {
        let more = i64::try_from(skew.whole_microseconds()).unwrap_or_default();
        Self {
            ahead: self.ahead.saturating_add(more),
            ..self.clone()
        }
    }

    /// Now, UTC, in whole microseconds.
    pub fn now(&self) -> OffsetDateTime {
        let shown = match &self.moved {
            None => micros(wall()),
            Some(clock) => *clock.now.borrow(),
        };
        from_micros(shown.saturating_add(self.ahead))
    }

    /// Whether it only moves when told to.
    pub fn is_virtual(&self) -> bool {
        self.moved.is_some()
    }

    /// Moves a virtual clock forward (never back) and waits until every worker has caught up.
    /// Does nothing to a real clock.
    pub async fn advance_to(&self, time: OffsetDateTime) {
        let Some(clock) = &self.moved else { return };
        let target = {
            let _one_at_a_time = clock.moving.lock().unwrap_or_else(PoisonError::into_inner);
            let target = (micros(time) - self.ahead).max(*clock.now.borrow());
            clock.now.send_replace(target);
            target
        };
        let mut workers = clock.workers.subscribe();
        let _ = workers
            .wait_for(|all| all.values().all(|at| *at >= target))
            .await;
    }

    /// Registers a background worker: from now on a virtual clock waits for it.
    pub fn worker(&self) -> Worker {
        let id = self.moved.as_ref().map_or(0, |clock| {
            let id = clock.next_worker.fetch_add(1, Ordering::Relaxed);
            clock.workers.send_modify(|all| {
                all.insert(id, i64::MIN);
            });
            id
        });
        Worker {
            clock: self.clone(),
            id,
        }
    }
}

/// A background worker's side of the clock. Dropping it releases the clock.
#[derive(Debug)]
pub struct Worker {
    clock: Clock,
    id: u64,
}

impl Worker {
    /// Says that everything due at `seen` is done, and returns when there may be more to do: it is `next`,
    /// `signal` has come, or (on a real clock) a second has passed.
    pub async fn idle(
        &self,
        seen: OffsetDateTime,
        next: Option<OffsetDateTime>,
        signal: impl Future<Output = ()>,
    ) {
        match &self.clock.moved {
            None => {
                let left = next.map_or(LONGEST_IDLE, |next| {
                    Duration::try_from(next - self.clock.now())
                        .unwrap_or_default()
                        .min(LONGEST_IDLE)
                });
                tokio::select! {
                    () = tokio::time::sleep(left) => {}
                    () = signal => {}
                }
            }
            Some(clock) => {
                let seen = micros(seen) - self.clock.ahead;
                let mut now = clock.now.subscribe();
                clock.workers.send_modify(|all| {
                    all.insert(self.id, seen);
                });
                tokio::select! {
                    _ = now.wait_for(|now| *now > seen) => {}
                    () = signal => {}
                }
            }
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        if let Some(clock) = &self.clock.moved {
            clock.workers.send_modify(|all| {
                all.remove(&self.id);
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[tokio::test]
    async fn a_machine_that_is_ahead_sees_the_same_time_pass() {
        let start = datetime!(2025-01-01 0:00 UTC);
        let clock = Clock::virtual_from(start);
        let (ahead, behind) = (
            clock.ahead_by(time::Duration::MINUTE),
            clock.ahead_by(-time::Duration::HOUR),
        );
        assert_eq!(ahead.now(), datetime!(2025-01-01 0:01 UTC));
        assert_eq!(behind.now(), datetime!(2024-12-31 23:00 UTC));
        behind.advance_to(datetime!(2025-01-01 0:00 UTC)).await;
        assert_eq!(clock.now(), datetime!(2025-01-01 1:00 UTC));
        assert_eq!(ahead.now(), datetime!(2025-01-01 1:01 UTC));
    }

    #[tokio::test]
    async fn virtual_time_waits_for_its_workers() {
        let start = datetime!(2025-01-01 0:00 UTC);
        let clock = Clock::virtual_from(start);
        let worker = clock.worker();
        let (done, mut seen) = watch::channel(start);
        let inner = clock.clone();
        let task = tokio::spawn(async move {
            loop {
                let now = inner.now();
                tokio::task::yield_now().await;
                done.send_replace(now);
                worker.idle(now, None, std::future::pending()).await;
            }
        });
        for hour in 1..50 {
            let time = start + time::Duration::hours(hour);
            clock.advance_to(time).await;
            assert_eq!(*seen.borrow_and_update(), time);
        }
        task.abort();
        let _ = task.await;
        clock.advance_to(datetime!(2026-01-01 0:00 UTC)).await; // a worker that is gone holds nothing up
        clock.advance_to(start).await;
        assert_eq!(
            clock.now(),
            datetime!(2026-01-01 0:00 UTC),
            "time never goes back"
        );
    }
}
