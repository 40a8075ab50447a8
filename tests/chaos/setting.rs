//! What a run is told: seed, length, and what is broken on purpose.

use liandong_kit::clock;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// A standby that no commit waits for: broken in PostgreSQL's settings.
pub(crate) const ASYNC_STANDBY: &str = "async-standby";

/// One run.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    /// Everything random follows from it.
    pub(crate) seed: u64,
    /// 1: the figures of docs/reliability.md; a small part of it beside the ordinary tests.
    pub(crate) scale: f64,
    /// Whether it is the short part beside the ordinary tests.
    pub(crate) short: bool,
    /// Whether the sabotaged twins are run too.
    pub(crate) twins: bool,
    /// The promise that is broken in the services of this run.
    pub(crate) sabotage: Option<&'static str>,
}

impl Setting {
    /// `SEED`, `CHAOS_SCALE` and `CHAOS_TWINS`; without a seed one that nobody has tried.
    pub(crate) fn from_environment(short: bool) -> Self {
        let variable = |name: &str| std::env::var(name).ok();
        let fresh = || clock::wall().unix_timestamp().unsigned_abs();
        let scale = if short { 0.02 } else { 1.0 };
        Self {
            seed: variable("SEED")
                .and_then(|it| it.parse().ok())
                .unwrap_or_else(fresh),
            scale: variable("CHAOS_SCALE")
                .and_then(|it| it.parse().ok())
                .unwrap_or(scale),
            twins: variable("CHAOS_TWINS").map_or(!short, |it| it != "0"),
            short,
            sabotage: None,
        }
    }

    /// The same on services that break a promise; a tenth of the length is enough to see it.
    pub(crate) fn sabotaged(&self, promise: &'static str) -> Self {
        Self {
            sabotage: Some(promise),
            scale: (self.scale / 10.0).max(0.05),
            ..self.clone()
        }
    }

    /// Whether what is broken is in the services, and not in what they rely on.
    pub(crate) fn breaks_services(&self) -> bool {
        self.sabotage.is_some_and(|it| it != ASYNC_STANDBY)
    }

    /// So many of what the figure names, at this length; at least `least`.
    pub(crate) fn of(&self, figure: usize, least: usize) -> usize {
        ((figure as f64 * self.scale) as usize).max(least)
    }

    /// Chance, for one purpose of its own.
    pub(crate) fn dice(&self, purpose: u64) -> ChaCha8Rng {
        let mut dice = ChaCha8Rng::seed_from_u64(self.seed);
        dice.set_stream(purpose);
        dice
    }
}
