//! How many retries are left.

use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

/// Thousandths of a retry.
const RETRY: i64 = 1_000;
/// What each call earns: a tenth of a retry.
const EARNED: i64 = RETRY / 10;
/// The most that is kept, and what there is at the start.
const MOST: i64 = 10 * RETRY;

/// Retries stay under a tenth of the calls, after a burst of ten.
#[derive(Debug)]
pub(super) struct Budget(AtomicI64);

impl Default for Budget {
    fn default() -> Self {
        Self(AtomicI64::new(MOST))
    }
}

impl Budget {
    /// A call goes out.
    pub(super) fn earn(&self) {
        self.0
            .fetch_update(Relaxed, Relaxed, |it| Some((it + EARNED).min(MOST)))
            .ok();
    }

    /// Whether it may be tried again; if so the budget is one retry smaller.
    pub(super) fn spend(&self) -> bool {
        self.0
            .fetch_update(Relaxed, Relaxed, |it| (it >= RETRY).then_some(it - RETRY))
            .is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_stay_under_a_tenth_of_the_calls() {
        let budget = Budget::default();
        let retries = (0..10_000).filter(|_| {
            budget.earn();
            budget.spend()
        });
        let retries = retries.count();
        assert!(
            (1_000..=1_010).contains(&retries),
            "{retries} retries of 10,000 calls"
        );
    }
}
