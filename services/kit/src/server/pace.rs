//! How many calls a second are done when there is enough to do: measured, not set.

use std::time::Duration;

use tokio::time::Instant;

/// From so many calls at once on, what is done a second is what can be done.
const BUSY: usize = 16;
/// A measurement lasts so long at least, and until so many calls were done.
const WINDOW: Duration = Duration::from_millis(250);
const SAMPLE: u32 = 8;
/// It lasts no longer, however little was done.
const WINDOW_MAX: Duration = Duration::from_secs(2);
/// What a new measurement weighs against those before it.
const WEIGHT: f64 = 0.3;

/// Calls done a second. Knows nothing until there was enough to do for once.
#[derive(Debug, Default)]
pub(super) struct Pace {
    rate: Option<f64>,
    measuring: Option<Measurement>,
}

#[derive(Debug)]
struct Measurement {
    began: Instant,
    done: u32,
}

impl Pace {
    /// Calls that can be done a second, if that is known.
    pub(super) fn rate(&self) -> Option<f64> {
        self.rate
    }

    /// A call was done by itself: not cut off, not given up.
    pub(super) fn done(&mut self) {
        if let Some(it) = &mut self.measuring {
            it.done += 1;
        }
    }

    /// So many calls are under way now. Said whenever their number changes.
    pub(super) fn look(&mut self, under_way: usize, now: Instant) {
        if under_way < BUSY {
            self.measuring = None;
            return;
        }
        let measured = self.measuring.get_or_insert(Measurement {
            began: now,
            done: 0,
        });
        let took = now - measured.began;
        if took < WINDOW || measured.done < SAMPLE && took < WINDOW_MAX {
            return;
        }
        let sample = f64::from(measured.done) / took.as_secs_f64();
        self.rate = Some(self.rate.map_or(sample, |it| it + WEIGHT * (sample - it)));
        self.measuring = Some(Measurement {
            began: now,
            done: 0,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten calls a second for so many seconds, with so many under way.
    fn steady(pace: &mut Pace, under_way: usize, seconds: u64, from: Instant) -> Instant {
        let mut now = from;
        for _ in 0..seconds * 10 {
            now += Duration::from_millis(100);
            pace.done();
            pace.look(under_way, now);
        }
        now
    }

    #[test]
    fn what_is_done_in_a_quiet_hour_says_nothing_of_what_can_be_done() {
        let mut pace = Pace::default();
        steady(&mut pace, BUSY - 1, 3_600, Instant::now());
        assert_eq!(pace.rate(), None);
    }

    #[test]
    fn a_busy_time_is_measured_and_remembered() {
        let mut pace = Pace::default();
        let now = steady(&mut pace, BUSY, 10, Instant::now());
        let rate = pace.rate().unwrap();
        assert!((9.0..=13.0).contains(&rate), "{rate}");
        pace.look(0, now);
        assert_eq!(pace.rate(), Some(rate));
    }

    #[test]
    fn standing_still_is_noticed() {
        let mut pace = Pace::default();
        let mut now = steady(&mut pace, BUSY, 10, Instant::now());
        for _ in 0..20 {
            now += WINDOW_MAX;
            pace.look(BUSY, now);
        }
        assert!(pace.rate().unwrap() < 0.1);
    }
}
