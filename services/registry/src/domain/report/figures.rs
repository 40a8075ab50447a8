//! Figures of an area and all below it (A6).

use std::collections::BTreeMap;

use time::Date;

use super::{Ratio, within};
use crate::domain::{AreaLevel, Catalogue, area::RESIDENTIAL};

/// What there is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// By tier, the widest first.
    pub levels: BTreeMap<AreaLevel, LevelFigures>,
    /// Areas by kind; those without a kind are left out.
    pub kinds: BTreeMap<String, u64>,
    /// Residential compounds with property management, of all.
    pub managed: Ratio,
}

/// Areas of one tier.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LevelFigures {
    /// How many.
    pub areas: u64,
    /// Their households, as far as counted.
    pub households: u64,
    /// In how many they are counted.
    pub households_counted: u64,
    /// Their residents, as far as counted.
    pub residents: u64,
    /// In how many they are counted.
    pub residents_counted: u64,
    /// How many have a boundary.
    pub with_boundary: u64,
}

impl Figures {
    /// Residential compounds without property management.
    pub fn unmanaged(&self) -> u64 {
        self.managed.denominator - self.managed.numerator
    }
}

/// Counts an area and all below it, or everything, on a day.
pub fn report(catalogue: &Catalogue, around: Option<&str>, day: Date) -> Figures {
    let mut figures = Figures::default();
    for area in within(catalogue, around, day) {
        let state = area.on(day);
        let level = figures.levels.entry(area.level).or_default();
        level.areas += 1;
        level.households += u64::from(state.households.unwrap_or(0));
        level.households_counted += u64::from(state.households.is_some());
        level.residents += u64::from(state.residents.unwrap_or(0));
        level.residents_counted += u64::from(state.residents.is_some());
        level.with_boundary += u64::from(state.boundary.is_some());
        if !state.kind.is_empty() {
            *figures.kinds.entry(state.kind.to_owned()).or_default() += 1;
        }
        if state.kind == RESIDENTIAL {
            figures.managed.count(state.property_manager.is_some());
        }
    }
    figures
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use time::macros::date;

    use super::*;
    use crate::town;

    /// Proves A6.
    #[test]
    fn compounds_with_property_management_are_a_share_of_all() {
        let mut compounds = String::from("areas:\n");
        for index in 0..136 {
            let managed = if index < 18 {
                ", property_manager: mall"
            } else {
                ""
            };
            writeln!(
                compounds,
                "  - {{code: yard-{index:03}, name: 小区, level: lane, kind: residential, parent: \"320311001001\"{managed}}}"
            )
            .unwrap();
        }
        let catalogue = town::catalogue_of(&town::file_with("areas:\n", &compounds));
        let figures = report(&catalogue, Some("320311001"), date!(2026 - 02 - 02));
        assert_eq!(
            (figures.managed.numerator, figures.managed.denominator),
            (18, 136)
        );
        assert_eq!(figures.managed.basis_points(), Some(1324), "13.2%");
        assert_eq!(figures.unmanaged(), 118);
        assert_eq!(figures.kinds["residential"], 136);
        let elsewhere = report(&catalogue, Some("320311002"), date!(2026 - 02 - 02));
        assert_eq!(elsewhere.managed.basis_points(), None, "not applicable");
    }

    /// Proves M5.
    #[test]
    fn figures_are_counted_by_tier_on_the_day() {
        let catalogue = town::catalogue();
        let on = |day| report(&catalogue, None, day);
        let before = on(date!(2023 - 12 - 31));
        let after = on(date!(2026 - 02 - 02));
        let communities = |it: &Figures| it.levels[&AreaLevel::Community].areas;
        assert_eq!((communities(&before), communities(&after)), (1, 2));
        let streets = &after.levels[&AreaLevel::Street];
        assert_eq!(
            (
                streets.areas,
                streets.households,
                streets.households_counted
            ),
            (2, 5783, 1)
        );
        assert_eq!(after.kinds["village"], 1);
    }
}
