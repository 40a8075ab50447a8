//! Seeded chance. Every throw is named by what it decides (which order, which step), not by when it is thrown: so the
//! same seed gives the same course, in whatever order the agents get to act.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};

/// The dice of one simulation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dice {
    seed: u64,
}

impl Dice {
    /// Dice that always fall the same way for the same seed.
    pub(super) fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The generator for one decision.
    pub(super) fn of(self, decision: &[&str]) -> ChaCha8Rng {
        let mut hash = Sha256::new();
        hash.update(self.seed.to_le_bytes());
        for part in decision {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        ChaCha8Rng::from_seed(hash.finalize().into())
    }

    /// Whether something with this probability happens.
    pub(super) fn happens(self, probability: f64, decision: &[&str]) -> bool {
        self.of(decision).random::<f64>() < probability
    }

    /// A number in `0..1`, spread evenly.
    pub(super) fn share(self, decision: &[&str]) -> f64 {
        self.of(decision).random()
    }

    /// One of them.
    pub(super) fn one_of<'a, T>(self, all: &'a [T], decision: &[&str]) -> Option<&'a T> {
        if all.is_empty() {
            return None;
        }
        all.get(self.of(decision).random_range(0..all.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_falls_the_same_way_and_another_does_not() {
        let course = |seed| {
            (0..64)
                .map(|it: i32| Dice::new(seed).happens(0.5, &["sign", &it.to_string()]))
                .collect::<Vec<_>>()
        };
        assert_eq!(course(7), course(7));
        assert_ne!(course(7), course(8));
        assert_ne!(
            Dice::new(1).share(&["ab", "c"]),
            Dice::new(1).share(&["a", "bc"])
        );
    }

    #[test]
    fn chances_are_what_they_say() {
        let hits = (0..4000)
            .filter(|it: &i32| Dice::new(3).happens(0.2, &[&it.to_string()]))
            .count();
        assert!((680..920).contains(&hits), "{hits}");
    }
}
