//! Stops asking a peer that does not answer.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// So many failures in a row open it.
const FAILURES: u32 = 5;
const WAIT_FIRST: Duration = Duration::from_millis(500);
const WAIT_LAST: Duration = Duration::from_secs(15);

/// Closed it lets every call through; open, one probe each time the wait is over. A probe that succeeds closes it,
/// one that fails doubles the wait.
#[derive(Debug)]
pub(super) struct Breaker(Option<Mutex<State>>);

#[derive(Debug)]
struct State {
    failures: u32,
    wait: Duration,
    probe_at: Instant,
}

impl Default for Breaker {
    fn default() -> Self {
        Self(Some(Mutex::new(State {
            failures: 0,
            wait: WAIT_FIRST,
            probe_at: Instant::now(),
        })))
    }
}

impl Breaker {
    /// One that never opens.
    pub(super) fn none() -> Self {
        Self(None)
    }

    /// A closed one that opens when this one would.
    pub(super) fn fresh(&self) -> Self {
        self.0.as_ref().map_or_else(Self::none, |_| Self::default())
    }

    /// Whether a call may go out now.
    pub(super) fn allows(&self) -> bool {
        let Some(mut it) = self.lock() else {
            return true;
        };
        if it.failures < FAILURES {
            return true;
        }
        let due = Instant::now() >= it.probe_at;
        if due {
            it.probe_at = Instant::now() + it.wait; // if the probe is never heard of again, another one then
        }
        due
    }

    /// The peer answered, whatever it said.
    pub(super) fn answered(&self) {
        if let Some(mut it) = self.lock() {
            (it.failures, it.wait) = (0, WAIT_FIRST);
        }
    }

    /// The peer did not answer.
    pub(super) fn failed(&self) {
        let Some(mut it) = self.lock() else { return };
        it.failures = it.failures.saturating_add(1);
        if it.failures > FAILURES {
            it.wait = (it.wait * 2).min(WAIT_LAST);
        }
        it.probe_at = Instant::now() + it.wait.mul_f64(rand::random_range(0.8..1.2));
    }

    fn lock(&self) -> Option<MutexGuard<'_, State>> {
        let state = self.0.as_ref()?;
        Some(state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_open_breaker_lets_one_probe_through_and_closes_when_it_is_answered() {
        let breaker = Breaker::default();
        for _ in 0..FAILURES {
            assert!(breaker.allows());
            breaker.failed();
        }
        assert!(!breaker.allows());
        tokio::time::advance(WAIT_FIRST * 2).await;
        assert!(breaker.allows(), "the probe");
        assert!(!breaker.allows(), "only one");
        breaker.failed();
        tokio::time::advance(WAIT_FIRST).await;
        assert!(!breaker.allows(), "the wait has doubled");
        tokio::time::advance(WAIT_FIRST * 2).await;
        assert!(breaker.allows());
        breaker.answered();
        assert!(breaker.allows() && breaker.allows());
    }

    #[test]
    fn one_that_never_opens_never_opens() {
        let breaker = Breaker::none().fresh();
        for _ in 0..2 * FAILURES {
            breaker.failed();
            assert!(breaker.allows());
        }
    }
}
