//! Fixed-point numbers. There is no floating point anywhere in scoring.
//!
//! Rounding is half away from zero (四舍五入), and happens once, at the end of a computation: rates to two places
//! of a percent, points of a part or an entry to four, totals to two.

use rust_decimal::{Decimal, RoundingStrategy};

/// Places of a published rate or total.
pub const RATE_PLACES: u32 = 2;
/// Places of a part's or an entry's points.
pub const POINT_PLACES: u32 = 4;

/// Rounds half away from zero.
pub fn rounded(value: Decimal, places: u32) -> Decimal {
    value.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero)
}

/// Written with exactly so many places: `30.0000`. Rounds first, and knows no negative zero.
pub fn fixed(value: Decimal, places: u32) -> String {
    let mut value = rounded(value, places);
    if value.is_zero() {
        value = Decimal::ZERO;
    }
    format!("{value:.*}", places as usize)
}

/// Written without trailing zeros, for formulas: `-2`, `0.5`.
pub fn plain(value: Decimal) -> String {
    value.normalize().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_rounded_away_from_zero() {
        assert_eq!(fixed("94.165".parse().unwrap(), 2), "94.17");
        assert_eq!(fixed("-0.00005".parse().unwrap(), 4), "-0.0001");
        assert_eq!(fixed("-0.004".parse().unwrap(), 2), "0.00");
        assert_eq!(fixed(Decimal::from(30), 4), "30.0000");
        assert_eq!(plain("2.50".parse().unwrap()), "2.5");
    }
}
