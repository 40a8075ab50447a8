//! A rate with its two counts. Where there is nothing to divide by, there is no rate: never 0%, never 100%.

use rust_decimal::Decimal;

use super::number::{RATE_PLACES, rounded};

/// A part of a whole; the numerator counts some of what the denominator counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Ratio {
    /// How many meet the condition.
    pub numerator: i64,
    /// How many there are.
    pub denominator: i64,
}

impl Ratio {
    /// The rate in percent, to two places. `None`: not applicable.
    pub fn percent(self) -> Option<Decimal> {
        self.share(Decimal::ONE_HUNDRED)
            .map(|it| rounded(it, RATE_PLACES))
    }

    /// The same share of `whole`, unrounded. `None`: not applicable.
    pub fn share(self, whole: Decimal) -> Option<Decimal> {
        (self.denominator > 0)
            .then(|| whole * Decimal::from(self.numerator) / Decimal::from(self.denominator))
    }

    /// What is missing to the whole: `(denominator - numerator) / denominator`.
    pub fn rest(self) -> Self {
        Self {
            numerator: self.denominator - self.numerator,
            denominator: self.denominator,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::number::fixed;

    /// The figures that street offices published for their own linkage.
    /// Proves M35.
    #[test]
    fn published_figures_come_out() {
        for (numerator, denominator, published) in [
            (6507, 6523, "99.75"),
            (413, 429, "96.27"),
            (404, 429, "94.17"),
            (92, 93, "98.92"),
        ] {
            let percent = Ratio {
                numerator,
                denominator,
            }
            .percent()
            .unwrap();
            assert_eq!(fixed(percent, RATE_PLACES), published);
        }
    }

    /// A numerator above its denominator would be a bug of ours: it must show, not hide behind 100%.
    /// Proves M36.
    #[test]
    fn a_rate_is_never_capped() {
        let wrong = Ratio {
            numerator: 5,
            denominator: 4,
        };
        assert_eq!(wrong.percent(), Some(Decimal::from(125)));
    }

    /// Proves M35, M36.
    #[test]
    fn nothing_to_divide_by_is_not_applicable() {
        assert_eq!(Ratio::default().percent(), None);
        assert_eq!(Ratio::default().share(Decimal::from(30)), None);
        assert_eq!(Ratio::default().rest().percent(), None);
        assert_eq!(
            Ratio {
                numerator: 0,
                denominator: 3
            }
            .percent(),
            Some(Decimal::ZERO)
        );
    }
}
