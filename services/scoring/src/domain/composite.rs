//! The composite score (M36): weighed parts, each with the line that computes it again by hand.
//!
//! A part whose rate has nothing to divide by is *not applicable*: it neither gives nor takes points, and its weight
//! is shared out among the others in proportion: total = 100 × points of the applicable parts / their weights.
//! Where no rate at all is applicable there is no score: a volume band alone says nothing about work.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::{
    measure::{PeriodCounts, ratio},
    number::{POINT_PLACES, RATE_PLACES, fixed, plain, rounded},
    ratio::Ratio,
    scheme::{Band, Input, LedgerPart, Part, Scheme, Workload},
};

/// What an organization's standing entries of a scheme come to in a period: their number and points, by rule.
pub type RuleSums = BTreeMap<String, (i64, Decimal)>;

/// A composite score with its parts.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Composite {
    /// In the order of the scheme.
    pub parts: Vec<Scored>,
    /// Points out of 100, two places; absent when no rate is applicable.
    pub points: Option<Decimal>,
    /// The grade of the points.
    pub grade: Option<Grade>,
    /// The computation in one line.
    pub formula: String,
}

/// One part and what it came to.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Scored {
    /// What it was computed from.
    pub value: Value,
    /// Points out of the part's weight, four places; absent when not applicable.
    pub points: Option<Decimal>,
    /// The computation in one line.
    pub formula: String,
}

/// What a part was computed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Value {
    /// A rate.
    Rate(Ratio),
    /// A count.
    Volume(i64),
    /// Ledger entries.
    Ledger {
        /// How many stand.
        entries: i64,
        /// Their points, after the caps of their rules.
        points: Decimal,
        /// The workload they are divided by.
        workload: Option<Decimal>,
    },
}

/// Grades of the national model.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub enum Grade {
    /// 90 and more.
    A,
    /// 75 and more.
    B,
    /// 60 and more.
    C,
    /// 40 and more.
    D,
    /// Less.
    E,
}

/// Scores an organization's counts and ledger entries of a period.
pub fn score(scheme: &Scheme, counts: &PeriodCounts, sums: &RuleSums) -> Composite {
    let parts: Vec<_> = scheme
        .parts
        .iter()
        .map(|part| score_part(scheme, part, counts, sums))
        .collect();
    let has_rate = parts
        .iter()
        .any(|it| !matches!(it.value, Value::Volume(_)) && it.points.is_some());
    if !has_rate {
        return Composite {
            parts,
            points: None,
            grade: None,
            formula: "no rate is applicable".to_owned(),
        };
    }
    let applicable = || {
        scheme
            .parts
            .iter()
            .zip(&parts)
            .filter_map(|(part, it)| Some((part, it.points?)))
    };
    let weights: Decimal = applicable().map(|(part, _)| part.weight).sum();
    let sum: Decimal = applicable().map(|(_, points)| points).sum();
    let total = rounded(sum * Decimal::ONE_HUNDRED / weights, RATE_PLACES);
    let terms = applicable()
        .map(|(_, points)| fixed(points, POINT_PLACES))
        .collect::<Vec<_>>()
        .join(" + ");
    let formula = if weights == Decimal::ONE_HUNDRED {
        format!("{terms} = {}", fixed(total, RATE_PLACES))
    } else {
        format!(
            "({terms}) × 100 / {} = {}",
            plain(weights),
            fixed(total, RATE_PLACES)
        )
    };
    Composite {
        parts,
        points: Some(total),
        grade: Some(grade(&scheme.grades, total)),
        formula,
    }
}

/// A formula as it is shown to Chinese readers. What is kept and hashed stays as it is.
pub fn in_chinese(formula: &str) -> String {
    formula
        .replace(": not applicable", "：不适用")
        .replace("no rate is applicable", "没有适用的指标，不计分")
        .replace("band(", "分档(")
}

/// The grade of a total.
pub fn grade(least: &[Decimal; 4], points: Decimal) -> Grade {
    let grades = [Grade::A, Grade::B, Grade::C, Grade::D];
    let reached = grades
        .into_iter()
        .zip(least)
        .find(|(_, least)| points >= **least);
    reached.map_or(Grade::E, |(grade, _)| grade)
}

impl Band {
    /// Points out of 100 for a count.
    pub fn points(&self, count: i64) -> Decimal {
        let step = self.steps.iter().find(|(up_to, _)| count <= *up_to);
        step.map_or(self.above, |(_, points)| *points)
    }
}

impl LedgerPart {
    /// The entries that count, and their points after the caps of their rules.
    fn sum(&self, scheme: &Scheme, sums: &RuleSums) -> (i64, Decimal) {
        let mut sum = (0, Decimal::ZERO);
        for id in &self.rules {
            let (count, points) = sums.get(id).copied().unwrap_or_default();
            let cap = scheme.rule(id).and_then(|it| it.cap);
            sum.0 += count;
            sum.1 += cap.map_or(points, |cap| points.clamp(-cap, cap));
        }
        sum
    }
}

impl Workload {
    /// How much there was to do beside the norm, four places.
    fn of(&self, counts: &PeriodCounts) -> Decimal {
        let times = Decimal::from(self.measure.count(counts)) / Decimal::from(self.norm);
        rounded(times, POINT_PLACES).clamp(self.least, self.most)
    }
}

fn score_ledger(
    scheme: &Scheme,
    part: &Part,
    ledger: &LedgerPart,
    counts: &PeriodCounts,
    sums: &RuleSums,
) -> (Value, Option<Decimal>, String) {
    let (entries, points) = ledger.sum(scheme, sums);
    let workload = ledger.workload.as_ref().map(|it| it.of(counts));
    let value = Value::Ledger {
        entries,
        points,
        workload,
    };
    let (weight, start) = (plain(part.weight), plain(ledger.start));
    let sign = if points.is_sign_negative() { '-' } else { '+' };
    let mut how = format!("{weight} × ({start} {sign} {})", plain(points.abs()));
    if let Some(times) = workload {
        how = format!(
            "{weight} × ({start} {sign} {} / {})",
            plain(points.abs()),
            plain(times)
        );
    }
    if entries == 0 && counts.is_empty() {
        return (value, None, how);
    }
    let sum = ledger.start + points / workload.unwrap_or(Decimal::ONE);
    let share = sum.clamp(Decimal::ZERO, Decimal::ONE_HUNDRED);
    if share != sum {
        how = format!("{weight} × {}", plain(share));
    }
    let exact = part.weight * share / Decimal::ONE_HUNDRED;
    (value, Some(exact), format!("{how}/100"))
}

fn score_part(scheme: &Scheme, part: &Part, counts: &PeriodCounts, sums: &RuleSums) -> Scored {
    let of = |at: &usize| {
        let indicator = &scheme.indicators[*at];
        ratio(&indicator.numerator, &indicator.denominator, counts)
    };
    let weight = plain(part.weight);
    let (value, exact, how) = match &part.input {
        Input::Rate(at) => {
            let rate = of(at);
            (
                Value::Rate(rate),
                rate.share(part.weight),
                format!("{weight} × {}/{}", rate.numerator, rate.denominator),
            )
        }
        Input::InverseRate(at) => {
            let rate = of(at);
            let how = format!(
                "{weight} × ({1} - {0})/{1}",
                rate.numerator, rate.denominator
            );
            (Value::Rate(rate), rate.rest().share(part.weight), how)
        }
        Input::Band(band) => {
            let count = band.measure.count(counts);
            let points = band.points(count);
            let exact = part.weight * points / Decimal::ONE_HUNDRED;
            (
                Value::Volume(count),
                Some(exact),
                format!("{weight} × band({count}) {}/100", plain(points)),
            )
        }
        Input::Ledger(ledger) => score_ledger(scheme, part, ledger, counts, sums),
    };
    match exact.map(|it| rounded(it, POINT_PLACES)) {
        Some(points) => Scored {
            value,
            points: Some(points),
            formula: format!("{how} = {}", fixed(points, POINT_PLACES)),
        },
        None => Scored {
            value,
            points: None,
            formula: format!("{how}: not applicable"),
        },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{measure::Cell, scheme::Book};

    fn score(scheme: &Scheme, counts: &PeriodCounts) -> Composite {
        super::score(scheme, counts, &RuleSums::new())
    }

    fn scheme() -> Scheme {
        Book::built_in()
            .unwrap()
            .get("national-department", 0)
            .unwrap()
            .clone()
    }

    fn counts(cells: &[(Cell, i64)]) -> PeriodCounts {
        let mut counts = PeriodCounts::default();
        for (cell, count) in cells {
            counts.within.add(*cell, *count);
        }
        counts
    }

    fn usual(offered: i64, closed: i64, handled: i64, on_time: i64, reworked: i64) -> PeriodCounts {
        counts(&[
            (Cell::Offered, offered),
            (Cell::CloseDone, closed),
            (Cell::HandleDone, handled),
            (Cell::HandleOnTime, on_time),
            (Cell::ReworkedDone, reworked),
        ])
    }

    /// Proves M35.
    #[test]
    fn what_has_no_denominator_is_said_so_in_chinese() {
        let composite = score(&scheme(), &PeriodCounts::default());
        let shown: Vec<String> = composite
            .parts
            .iter()
            .map(|it| in_chinese(&it.formula))
            .chain([in_chinese(&composite.formula)])
            .collect();
        assert_eq!(shown[0], "10 × 分档(0) 100/100 = 10.0000");
        assert_eq!(shown[3], "30 × (0 - 0)/0：不适用");
        assert!(
            shown.iter().all(|it| !it.contains("applicable")),
            "{shown:?}"
        );
    }

    /// 429 due, 404 on time, nothing reworked: 10 × 60% + 30 + 28.2517 + 30.
    /// Proves M36.
    #[test]
    fn the_national_model_by_example() {
        let composite = score(&scheme(), &usual(429, 429, 429, 404, 0));
        let formulas: Vec<_> = composite
            .parts
            .iter()
            .map(|it| it.formula.as_str())
            .collect();
        assert_eq!(
            formulas,
            [
                "10 × band(429) 60/100 = 6.0000",
                "30 × 429/429 = 30.0000",
                "30 × 404/429 = 28.2517",
                "30 × (429 - 0)/429 = 30.0000"
            ]
        );
        assert_eq!(
            composite.formula,
            "6.0000 + 30.0000 + 28.2517 + 30.0000 = 94.25"
        );
        assert_eq!(composite.grade, Some(Grade::A));
    }

    /// A known bug elsewhere: a unit without any rework got 0 points for it.
    /// Proves M36.
    #[test]
    fn no_rework_at_all_earns_the_whole_part() {
        let composite = score(&scheme(), &usual(40, 40, 40, 40, 0));
        assert_eq!(composite.parts[3].points, Some(Decimal::from(30)));
        assert_eq!(composite.points, Some(Decimal::ONE_HUNDRED));
    }

    /// A known bug elsewhere: the band was looked up with another variable than the volume.
    /// Proves M36.
    #[test]
    fn the_band_looks_at_the_volume_and_nothing_else() {
        let edges = [
            (0, 10),
            (50, 10),
            (51, 9),
            (100, 9),
            (101, 75),
            (200, 75),
            (201, 6),
            (500, 6),
            (501, 4),
            (1000, 4),
            (1001, 0),
            (i64::MAX, 0),
        ];
        for (offered, points) in edges {
            let points = if points == 75 {
                Decimal::new(75, 1)
            } else {
                Decimal::from(points)
            };
            let composite = score(&scheme(), &usual(offered, 3, 2000, 700, 1));
            assert_eq!(composite.parts[0].value, Value::Volume(offered));
            assert_eq!(composite.parts[0].points, Some(points), "{offered}");
        }
    }

    /// A known bug elsewhere: nothing due counted as 0%.
    /// Proves M35, M36.
    #[test]
    fn a_part_without_a_denominator_gives_its_weight_to_the_others() {
        // Nothing was due to close: closing and rework do not exist; 10 + 30 × 3/4 of 40.
        let composite = score(&scheme(), &usual(4, 0, 4, 3, 0));
        assert_eq!(composite.parts[1].points, None);
        assert_eq!(composite.parts[3].points, None);
        assert_eq!(composite.parts[3].formula, "30 × (0 - 0)/0: not applicable");
        assert_eq!(composite.formula, "(10.0000 + 22.5000) × 100 / 40 = 81.25");
        assert_eq!(composite.grade, Some(Grade::B));
        // Nothing at all: no score rather than a bad one, though the band would give points.
        let composite = score(&scheme(), &usual(0, 0, 0, 0, 0));
        assert_eq!((composite.points, composite.grade), (None, None));
    }

    /// Proves M36.
    #[test]
    fn grades_begin_at_their_points() {
        let least = scheme().grades;
        let of = |text: &str| grade(&least, text.parse().unwrap());
        assert_eq!(
            [of("100"), of("90"), of("89.99"), of("75"), of("74.99")],
            [Grade::A, Grade::A, Grade::B, Grade::B, Grade::C]
        );
        assert_eq!(
            [of("60"), of("59.99"), of("40"), of("39.99"), of("0")],
            [Grade::C, Grade::D, Grade::D, Grade::E, Grade::E]
        );
    }

    /// Who whistles is scored by how much and with what success, who is called by how it answers.
    /// Proves M35, M43, R19.
    #[test]
    fn both_sides_of_a_whistle_have_a_score() {
        let book = Book::built_in().unwrap();
        let shipped = |id: &str| book.get(id, 0).unwrap();
        let street = |whistles: i64, answered: i64| {
            let whistled = [
                (Cell::Whistles, whistles),
                (Cell::WhistlesAnswered, answered),
            ];
            let composite = score(shipped("district-streets"), &counts(&whistled));
            composite.parts[3..]
                .iter()
                .map(|it| it.formula.clone())
                .collect::<Vec<_>>()
        };
        for (whistles, formula) in [
            (1, "10 × band(1) 60/100 = 6.0000"),
            (2, "10 × band(2) 100/100 = 10.0000"),
            (30, "10 × band(30) 100/100 = 10.0000"),
            (31, "10 × band(31) 80/100 = 8.0000"),
            (61, "10 × band(61) 50/100 = 5.0000"),
        ] {
            let answered = format!("10 × {whistles}/{whistles} = 10.0000");
            assert_eq!(street(whistles, whistles), [formula, answered.as_str()]);
        }
        assert_eq!(street(0, 0)[1], "10 × 0/0: not applicable");

        let called = [
            (Cell::Called, 4),
            (Cell::Answered, 4),
            (Cell::AnsweredOnTime, 3),
        ];
        let department = score(shipped("streets-departments"), &counts(&called));
        assert_eq!(department.parts[0].formula, "30 × 3/4 = 22.5000");
        assert_eq!(department.formula, "(22.5000) × 100 / 30 = 75.00");
        assert_eq!(department.grade, Some(Grade::B));
    }

    proptest! {
        /// A known bug elsewhere: a higher closing rate lowered the score.
        /// Proves M36.
        #[test]
        fn doing_better_never_costs_points(due in 1_i64..3000, closed in 0_i64..3000, on_time in 0_i64..3000, reworked in 0_i64..3000) {
            let of = |closed: i64, on_time: i64, reworked: i64| {
                let mut counts = usual(due, closed.min(due), due, on_time.min(due), reworked.min(due));
                counts.overdue.add(Cell::CloseOpen, due - closed.min(due));
                counts.within.0[Cell::ReworkedDone as usize] = reworked.min(closed.min(due));
                score(&scheme(), &counts).points.unwrap()
            };
            let now = of(closed, on_time, reworked);
            prop_assert!(now >= Decimal::ZERO && now <= Decimal::ONE_HUNDRED);
            prop_assert!(of(closed + 1, on_time, reworked.min(closed)) >= of(closed, on_time, reworked.min(closed)));
            prop_assert!(of(closed, on_time + 1, reworked) >= now);
            prop_assert!(of(closed, on_time, (reworked - 1).max(0)) >= now);
        }
    }
}
