//! What the territory says about itself: grids against their norm, boundaries against each other, figures.
//!
//! Pure and as of a day. Shares are numerator and denominator; a share of nothing is not applicable, never 0%.

pub mod figures;
pub mod geometry;
pub mod grids;

use std::collections::HashMap;

use time::Date;

use super::{Area, AreaId, Catalogue};

/// A share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ratio {
    /// How many have it.
    pub numerator: u64,
    /// Of how many.
    pub denominator: u64,
}

impl Ratio {
    /// Counts one more, which has it or has not.
    pub fn count(&mut self, has: bool) {
        self.numerator += u64::from(has);
        self.denominator += 1;
    }

    /// In hundredths of a percent, rounded half up; `None`: not applicable.
    pub fn basis_points(self) -> Option<u64> {
        let half = self.denominator / 2;
        (self.numerator * 10_000 + half).checked_div(self.denominator)
    }
}

/// The areas that exist on a day: one and all below it, or all of them. In the order of their codes.
pub fn within<'a>(catalogue: &'a Catalogue, around: Option<&str>, day: Date) -> Vec<&'a Area> {
    let live = catalogue.areas.iter().filter(|it| it.validity.covers(day));
    match around {
        None => live.collect(),
        Some(around) => {
            let mut known = HashMap::new();
            live.filter(|it| lies_in(catalogue, it, around, day, &mut known))
                .collect()
        }
    }
}

/// Whether an area is, or lies in, another one; what was found out on the way up is remembered.
fn lies_in<'a>(
    catalogue: &'a Catalogue,
    area: &'a Area,
    around: &str,
    day: Date,
    known: &mut HashMap<&'a AreaId, bool>,
) -> bool {
    let mut passed = Vec::new();
    let mut next = Some(area);
    let mut answer = false;
    while let Some(area) = next {
        if area.id.as_str() == around {
            answer = true;
            break;
        }
        if let Some(found) = known.get(&area.id) {
            answer = *found;
            break;
        }
        // A tree that closes on itself is refused, but must not hang us.
        known.insert(&area.id, false);
        passed.push(&area.id);
        let parent = area.parent_on(day);
        next = parent.and_then(|it| catalogue.areas.get(it.as_str()));
    }
    known.extend(passed.into_iter().map(|it| (it, answer)));
    answer
}

#[cfg(test)]
mod tests {
    use super::Ratio;

    #[test]
    fn a_share_of_nothing_is_not_applicable() {
        let share = |numerator, denominator| {
            Ratio {
                numerator,
                denominator,
            }
            .basis_points()
        };
        assert_eq!(share(0, 0), None);
        assert_eq!(share(0, 7), Some(0));
        assert_eq!(share(18, 136), Some(1324));
        assert_eq!(share(1, 3), Some(3333));
        assert_eq!(share(2, 3), Some(6667));
        assert_eq!(share(136, 136), Some(10_000));
    }
}
