//! What each party comes to, by its points.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{
    hundredths,
    money::{Fen, shared_up_to},
    terms::{Terms, cap},
};

/// What a party comes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Its id.
    pub party: String,
    /// Its points; none where nothing was applicable.
    pub points: Option<Decimal>,
    /// What it is awarded.
    pub award: Fen,
    /// What it is to pay.
    pub penalty: Fen,
}

/// Shares `pot` among the parties with enough points, in proportion to their points and up to the cap; whoever has too
/// few points is to pay, up to `penalty_cap` if penalties are of this period at all. Without points a party neither gets
/// nor pays.
pub fn award(
    terms: &Terms,
    points: &[Option<Decimal>],
    pot: Fen,
    penalty_cap: Option<Fen>,
) -> Vec<Outcome> {
    let rules = &terms.rules;
    let points = |at: usize| points.get(at).copied().flatten();
    let weight = |at: usize| match points(at) {
        Some(points) if points >= rules.award_from => hundredths(points),
        _ => 0,
    };
    let weights: Vec<u64> = (0..terms.parties.len()).map(weight).collect();
    let (awards, _) = shared_up_to(pot, &weights, cap(rules.award_cap));
    let penalty = |at: usize| {
        let (points, most) = points(at).zip(penalty_cap)?;
        let penalty = rules.penalty(points);
        Some(cap(most).map_or(penalty, |most| penalty.min(most)))
    };
    let parties = terms.parties.iter().zip(awards).enumerate();
    parties
        .map(|(at, (party, award))| Outcome {
            party: party.id.clone(),
            points: points(at),
            award,
            penalty: penalty(at).unwrap_or_default(),
        })
        .collect()
}
