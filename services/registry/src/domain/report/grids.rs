//! Grids against the norm (M5, A2): 400 households with a tolerance, one or two grid workers.

use std::collections::BTreeSet;

use time::Date;

use super::{Ratio, within};
use crate::domain::{Area, AreaLevel, Catalogue, Duty};

/// How large a grid should be and who works in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Norm {
    /// Households per grid, at least 1.
    pub households: u32,
    /// How far a grid may be off, in percent, below 100.
    pub tolerance_percent: u32,
    /// Grid workers per grid, at least.
    pub workers_min: u32,
    /// Grid workers per grid, at most.
    pub workers_max: u32,
}

/// What a number of households needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Need {
    /// How many households.
    pub households: u64,
    /// One grid for each full norm, and one for the rest.
    pub grids: u64,
    /// Workers at least.
    pub workers_min: u64,
    /// Workers at most.
    pub workers_max: u64,
}

/// All grids of an area.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// How many.
    pub grids: u64,
    /// Their households, as far as counted.
    pub households: u64,
    /// Their workers.
    pub workers: u64,
    /// What these households need.
    pub need: Need,
    /// Those that keep the norm of households, of those counted.
    pub within_norm: Ratio,
    /// Those with as many workers as they should have, of all.
    pub staffed: Ratio,
}

/// In what a grid is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Off {
    /// More households than norm and tolerance allow.
    TooManyHouseholds,
    /// Fewer.
    TooFewHouseholds,
    /// Not counted.
    HouseholdsUnknown,
    /// Fewer workers than the norm.
    TooFewWorkers,
    /// More.
    TooManyWorkers,
}

/// A grid that is off.
#[derive(Clone, Debug, PartialEq)]
pub struct Deviation<'a> {
    /// The grid.
    pub grid: &'a Area,
    /// Its workers.
    pub workers: u32,
    /// In what; at least one.
    pub off: Vec<Off>,
}

impl Default for Norm {
    /// 400 households within a fifth, one or two workers.
    fn default() -> Self {
        Self {
            households: 400,
            tolerance_percent: 20,
            workers_min: 1,
            workers_max: 2,
        }
    }
}

impl Norm {
    /// What a number of households needs.
    pub fn need(&self, households: u64) -> Need {
        let grids = households.div_ceil(u64::from(self.households.max(1)));
        Need {
            households,
            grids,
            workers_min: grids * u64::from(self.workers_min),
            workers_max: grids * u64::from(self.workers_max),
        }
    }

    /// In what a grid is off.
    fn off(&self, households: Option<u32>, workers: u32) -> Vec<Off> {
        let percent = |it: u32| u64::from(self.households) * u64::from(it);
        let size = match households.map(|it| u64::from(it) * 100) {
            None => Some(Off::HouseholdsUnknown),
            Some(it) if it > percent(100 + self.tolerance_percent) => Some(Off::TooManyHouseholds),
            Some(it) if it < percent(100_u32.saturating_sub(self.tolerance_percent)) => {
                Some(Off::TooFewHouseholds)
            }
            Some(_) => None,
        };
        let staff = if workers < self.workers_min {
            Some(Off::TooFewWorkers)
        } else if workers > self.workers_max {
            Some(Off::TooManyWorkers)
        } else {
            None
        };
        size.into_iter().chain(staff).collect()
    }
}

/// How many people work in a grid on a day: those who have a duty of a grid's role in it. Deputies do not count, nor
/// whoever is responsible for more than grids.
pub fn workers(catalogue: &Catalogue, grid: &Area, day: Date) -> u32 {
    let of_grids = |duty: &&Duty| {
        let scheme = catalogue.duty_schemes.get(duty.scheme.as_str());
        let role = scheme.and_then(|it| it.role(duty.role.as_str()));
        role.is_some_and(|(_, role)| role.level == Some(AreaLevel::Grid))
    };
    let duties = catalogue
        .duties_in(grid.id.as_str())
        .filter(|it| it.validity.covers(day))
        .filter(of_grids);
    let people: BTreeSet<_> = duties
        .flat_map(|it| it.shifts(day))
        .map(|(holder, _)| holder)
        .collect();
    u32::try_from(people.len()).unwrap_or(u32::MAX)
}

/// Compares the grids of an area (or of all) with the norm. `workers` says how many work in a grid on the day.
pub fn report<'a>(
    catalogue: &'a Catalogue,
    around: Option<&str>,
    norm: &Norm,
    day: Date,
    workers: impl Fn(&Area) -> u32,
) -> (Summary, Vec<Deviation<'a>>) {
    let (mut summary, mut deviations) = (Summary::default(), Vec::new());
    let all = within(catalogue, around, day);
    for grid in all.into_iter().filter(|it| it.level == AreaLevel::Grid) {
        let (households, workers) = (grid.on(day).households, workers(grid));
        let off = norm.off(households, workers);
        summary.grids += 1;
        summary.households += u64::from(households.unwrap_or(0));
        summary.workers += u64::from(workers);
        let is_off = |any: &[Off]| off.iter().any(|it| any.contains(it));
        if households.is_some() {
            summary
                .within_norm
                .count(!is_off(&[Off::TooManyHouseholds, Off::TooFewHouseholds]));
        }
        summary
            .staffed
            .count(!is_off(&[Off::TooFewWorkers, Off::TooManyWorkers]));
        if !off.is_empty() {
            deviations.push(Deviation { grid, workers, off });
        }
    }
    summary.need = norm.need(summary.households);
    (summary, deviations)
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;
    use crate::town;

    /// Proves A2.
    #[test]
    fn households_need_so_many_grids_and_workers() {
        let need = |households| {
            let need = Norm::default().need(households);
            (need.grids, need.workers_min, need.workers_max)
        };
        assert_eq!(need(5_783), (15, 15, 30));
        assert_eq!(need(15_000), (38, 38, 76));
        assert_eq!(need(400), (1, 1, 2));
        assert_eq!(need(401), (2, 2, 4));
        assert_eq!(need(0), (0, 0, 0));
    }

    #[test]
    fn the_tolerance_is_included() {
        let norm = Norm::default();
        let off = |households| norm.off(households, 1);
        assert_eq!(off(Some(320)), []);
        assert_eq!(off(Some(319)), [Off::TooFewHouseholds]);
        assert_eq!(off(Some(480)), []);
        assert_eq!(off(Some(481)), [Off::TooManyHouseholds]);
        assert_eq!(
            norm.off(None, 0),
            [Off::HouseholdsUnknown, Off::TooFewWorkers]
        );
        assert_eq!(norm.off(Some(400), 3), [Off::TooManyWorkers]);
    }

    /// Proves M5.
    #[test]
    fn grids_that_are_off_are_named() {
        let text = town::file_with(
            "{code: \"320311001001001\", name: 第一网格, level: grid, households: 400}",
            "{code: \"320311001001001\", name: 第一网格, level: grid, households: 400}
          - {code: \"320311001001002\", name: 第二网格, level: grid, households: 700}
          - {code: \"320311001001003\", name: 第三网格, level: grid}",
        );
        let catalogue = town::catalogue_of(&text);
        let workers = |grid: &Area| u32::from(!grid.id.as_str().ends_with('2'));
        let day = date!(2026 - 02 - 02);
        let around = Some("320311001");
        let (summary, off) = report(&catalogue, around, &Norm::default(), day, workers);
        assert_eq!(
            (summary.grids, summary.households, summary.workers),
            (3, 1100, 2)
        );
        assert_eq!(summary.need.grids, 3);
        assert_eq!(
            (
                summary.within_norm.numerator,
                summary.within_norm.denominator
            ),
            (1, 2)
        );
        let off: Vec<_> = off
            .iter()
            .map(|it| (it.grid.id.as_str(), &it.off[..]))
            .collect();
        assert_eq!(
            off,
            [
                (
                    "320311001001002",
                    &[Off::TooManyHouseholds, Off::TooFewWorkers][..]
                ),
                ("320311001001003", &[Off::HouseholdsUnknown][..]),
            ]
        );
        let elsewhere = report(
            &catalogue,
            Some("320311002"),
            &Norm::default(),
            day,
            workers,
        );
        assert_eq!(
            (elsewhere.0.grids, elsewhere.0.staffed.basis_points()),
            (0, None)
        );
    }
}
