//! Random questions: nothing repeats, so no cache can win by repetition.

use liandong_proto::registry::{Act, ResolveAuthorityRequest};
use prost_types::Timestamp;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{City, MATTERS, one, powers::STREET_MATTERS};

/// Which matters are asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spread {
    /// Any of the 500.
    Any,
    /// The 60 that happen in the street, each with a dozen powers.
    Street,
}

/// A caller's questions about its own district.
pub(crate) struct Questions<'a> {
    areas: &'a [String],
    matters: usize,
    dice: ChaCha8Rng,
}

/// 2024-01-01 and the days to 2026-12-31, over which questions are spread.
const FIRST: i64 = 1_704_067_200;
const DAYS: i64 = 1_096;

impl<'a> Questions<'a> {
    /// The questions of the `caller`th caller, who belongs to the district of that number.
    pub(crate) fn of(city: &'a City, caller: usize, seed: u64, spread: Spread) -> Self {
        let district = &city.districts[caller % city.districts.len()];
        let matters = if spread == Spread::Street {
            STREET_MATTERS
        } else {
            MATTERS
        };
        Self {
            areas: &district.areas,
            matters,
            dice: ChaCha8Rng::seed_from_u64(seed ^ ((caller as u64 + 1) << 32)),
        }
    }

    /// The next one.
    pub(crate) fn next(&mut self) -> ResolveAuthorityRequest {
        let acts = [
            Act::Unspecified,
            Act::Inspect,
            Act::OrderCorrection,
            Act::Stop,
            Act::Penalise,
            Act::Seize,
            Act::Dispose,
        ];
        let matter = self.dice.random_range(1..=self.matters);
        let area = one(&mut self.dice, self.areas);
        let day = self.dice.random_range(0..DAYS);
        ResolveAuthorityRequest {
            matter: format!("matters/matter-{matter:03}"),
            area: format!("areas/{area}"),
            as_of_time: Some(Timestamp {
                seconds: FIRST + day * 86_400 + 36_000,
                nanos: 0,
            }),
            act: (*one(&mut self.dice, &acts)).into(),
            asking_organization: String::new(),
        }
    }
}
