//! Money in fen (分), and how an amount is shared so that the parts sum to it exactly.

use std::fmt;

/// An amount in fen. Never a floating point number.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
)]
pub struct Fen(pub i64);

/// The most that is handled: a thousand billion yuan. Sums of what a fund may hold stay far inside `i64`.
pub const FEN_MAX: i64 = 100_000_000_000_000;

impl Fen {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Whether there is anything.
    pub fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// What is left after taking `other` away, but never below zero.
    pub fn less(self, other: Self) -> Self {
        Self((self.0 - other.0).max(0))
    }
}

impl std::ops::Add for Fen {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl std::ops::Sub for Fen {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl std::iter::Sum for Fen {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        Self(all.map(|it| it.0).sum())
    }
}

/// In yuan with two places: `100000.00`.
impl fmt::Display for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let fen = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", fen / 100, fen % 100)
    }
}

/// Shares an amount in proportion to weights by the largest remainder: everyone gets the whole fen of its quota, and
/// the fen that are left go, one each, to the largest remainders; among equal ones to the first named.
///
/// The parts sum to the amount, none is below zero, and none is a whole fen away from its quota. `None` when there is
/// nothing to share by: no weight is above zero.
pub fn shared(amount: Fen, weights: &[u64]) -> Option<Vec<Fen>> {
    let whole: u128 = weights.iter().map(|it| u128::from(*it)).sum();
    if whole == 0 {
        return None;
    }
    let money = u128::from(amount.0.max(0).unsigned_abs());
    let quotas: Vec<(u128, u128)> = weights
        .iter()
        .map(|it| money * u128::from(*it))
        .map(|it| (it / whole, it % whole))
        .collect();
    let given: u128 = quotas.iter().map(|(fen, _)| fen).sum();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    // Stable: among equal remainders the first named comes first.
    order.sort_by_key(|at| std::cmp::Reverse(quotas[*at].1));
    let mut parts: Vec<u128> = quotas.iter().map(|(fen, _)| *fen).collect();
    // Less than a fen is missing for each weight above zero, so there are enough remainders above zero.
    let left = usize::try_from(money - given).unwrap_or(usize::MAX);
    for at in order.into_iter().take(left) {
        parts[at] += 1;
    }
    let fen = |it: u128| Fen(i64::try_from(it).unwrap_or(i64::MAX));
    Some(parts.into_iter().map(fen).collect())
}

/// As [`shared`], but nobody gets more than `cap`; what is over goes to the others in proportion. Answers the parts and
/// what nobody could take.
pub fn shared_up_to(amount: Fen, weights: &[u64], cap: Option<Fen>) -> (Vec<Fen>, Fen) {
    let mut parts = vec![Fen::ZERO; weights.len()];
    let (mut left, mut open) = (amount, weights.to_vec());
    while let Some(more) = shared(left, &open) {
        let Some(cap) = cap else {
            return (more, Fen::ZERO);
        };
        if more.iter().all(|it| *it <= cap) {
            for (part, more) in parts.iter_mut().zip(more) {
                *part = *part + more;
            }
            return (parts, Fen::ZERO);
        }
        // Whoever would get more than the cap gets the cap and is out; the others are shared to anew.
        for at in 0..open.len() {
            if more[at] > cap {
                parts[at] = cap;
                left = left - cap;
                open[at] = 0;
            }
        }
    }
    (parts, left)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fen(all: &[i64]) -> Vec<Fen> {
        all.iter().map(|it| Fen(*it)).collect()
    }

    #[test]
    fn the_fen_that_are_left_go_to_the_largest_remainders() {
        // 100 by 1 : 1 : 1 are 33, 33, 33 and one more for the first.
        assert_eq!(shared(Fen(100), &[1, 1, 1]), Some(fen(&[34, 33, 33])));
        // 1000 by 47 : 16 : 15.8 : 12 : 6.1 : 3.1, the textbook example of Hamilton's method with a house of 100.
        let votes = [47_000, 16_000, 15_800, 12_000, 6_100, 3_100];
        assert_eq!(shared(Fen(10), &votes), Some(fen(&[5, 2, 1, 1, 1, 0])));
        assert_eq!(shared(Fen(7), &[0, 3, 0]), Some(fen(&[0, 7, 0])));
        assert_eq!(shared(Fen(7), &[0, 0]), None);
        assert_eq!(shared(Fen(0), &[5, 2]), Some(fen(&[0, 0])));
    }

    #[test]
    fn what_is_over_the_cap_goes_to_the_others() {
        let cap = Some(Fen(40));
        assert_eq!(
            shared_up_to(Fen(100), &[8, 1, 1], cap),
            (fen(&[40, 30, 30]), Fen(0))
        );
        assert_eq!(
            shared_up_to(Fen(100), &[8, 2], cap),
            (fen(&[40, 40]), Fen(20))
        );
        assert_eq!(shared_up_to(Fen(9), &[0], cap), (fen(&[0]), Fen(9)));
        assert_eq!(shared_up_to(Fen(9), &[1, 2], None), (fen(&[3, 6]), Fen(0)));
    }

    #[test]
    fn amounts_are_written_in_yuan() {
        assert_eq!(Fen(10_000_000).to_string(), "100000.00");
        assert_eq!(Fen(-5).to_string(), "-0.05");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100_000))]

        /// Proves M41.
        #[test]
        fn parts_sum_to_the_fen_and_stay_within_a_fen_of_their_quota(
            amount in 0..=FEN_MAX,
            weights in prop::collection::vec(0_u64..=1_000_000, 1..12),
            cap in prop::option::of(0..=FEN_MAX),
        ) {
            let whole: u128 = weights.iter().map(|it| u128::from(*it)).sum();
            if let Some(parts) = shared(Fen(amount), &weights) {
                prop_assert_eq!(parts.iter().copied().sum::<Fen>(), Fen(amount));
                for (part, weight) in parts.iter().zip(&weights) {
                    let quota = u128::from(amount.unsigned_abs()) * u128::from(*weight);
                    let part = u128::from(part.0.unsigned_abs()) * whole;
                    prop_assert!(part.abs_diff(quota) < whole);
                }
            } else {
                prop_assert_eq!(whole, 0);
            }
            let (parts, left) = shared_up_to(Fen(amount), &weights, cap.map(Fen));
            prop_assert_eq!(parts.iter().copied().sum::<Fen>() + left, Fen(amount));
            prop_assert!(left >= Fen::ZERO && parts.iter().all(|it| *it >= Fen::ZERO));
            if let Some(cap) = cap {
                prop_assert!(parts.iter().all(|it| it.0 <= cap));
                let room = parts.iter().zip(&weights).any(|(it, weight)| *weight > 0 && it.0 < cap);
                prop_assert!(!(room && left > Fen::ZERO), "nothing stays while somebody has room");
            }
        }
    }
}
