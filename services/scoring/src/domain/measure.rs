//! What is counted. Every count is additive: a day's sum over facts, so that a changed fact is corrected by taking
//! its old contribution away and adding the new one.
//!
//! Two layers. A [`Cell`] is a column of the rollup, counted on a civil day. A [`Measure`] is what a scheme may
//! name, computed from the cells of a period:
//!
//! ```text
//!  done in the period                 = sum of `done` over its days
//!  not done at its end, time passed   = sum up to its last day of `late_in` - `late_out`   (was done later, late)
//!                                     + sum up to its last day of `open`                  (is not done yet)
//! ```
//!
//! `open` and `late_in` stand on the day of the deadline, `late_out` on the day it was done after all. So a period
//! long past still answers what was in arrears at its end.

use super::ratio::Ratio;

macro_rules! cells {
    ($($cell:ident = $name:literal,)*) => {
        /// A column of the rollup.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
        )]
        pub enum Cell { $(#[doc = concat!("Column `", $name, "`.")] $cell,)* }

        /// Every cell, in the order of the columns.
        pub const CELLS: &[Cell] = &[$(Cell::$cell,)*];

        impl Cell {
            /// The name of its column.
            pub fn column(self) -> &'static str {
                match self { $(Self::$cell => $name,)* }
            }
        }
    };
}

cells! {
    Offered = "offered",
    SelfFound = "self_found",
    SignDone = "sign_done",
    SignOnTime = "sign_on_time",
    SignOpen = "sign_open",
    SignLateIn = "sign_late_in",
    SignLateOut = "sign_late_out",
    OnSiteDone = "on_site_done",
    OnSiteOnTime = "on_site_on_time",
    OnSiteOpen = "on_site_open",
    OnSiteLateIn = "on_site_late_in",
    OnSiteLateOut = "on_site_late_out",
    HandleDone = "handle_done",
    HandleOnTime = "handle_on_time",
    HandleOpen = "handle_open",
    HandleLateIn = "handle_late_in",
    HandleLateOut = "handle_late_out",
    ExtendedDone = "extended_done",
    ExtendedOpen = "extended_open",
    ExtendedLateIn = "extended_late_in",
    ExtendedLateOut = "extended_late_out",
    CloseDone = "close_done",
    CloseOnTime = "close_on_time",
    CloseOpen = "close_open",
    CloseLateIn = "close_late_in",
    CloseLateOut = "close_late_out",
    ReworkedDone = "reworked_done",
    ReworkedOpen = "reworked_open",
    ReworkedLateIn = "reworked_late_in",
    ReworkedLateOut = "reworked_late_out",
    FirstChecked = "first_checked",
    FirstPassed = "first_passed",
    ObjectionsRuled = "objections_ruled",
    ObjectionsUpheld = "objections_upheld",
    CasesClosed = "cases_closed",
    CasesClosedOnTime = "cases_closed_on_time",
    CasesReported = "cases_reported",
    CasesFiled = "cases_filed",
    Called = "called",
    Answered = "answered",
    AnsweredOnTime = "answered_on_time",
    Whistles = "whistles",
    WhistlesAnswered = "whistles_answered",
    Revisited = "revisited",
    RevisitPassed = "revisit_passed",
    IntakeDone = "intake_done",
    IntakeOnTime = "intake_on_time",
    DispatchDone = "dispatch_done",
    DispatchOnTime = "dispatch_on_time",
    LogsDue = "logs_due",
    LogsKept = "logs_kept",
    DisputesRuled = "disputes_ruled",
    DisputesLost = "disputes_lost",
    CheckedInside = "checked_inside",
    Hotline = "hotline",
    HotlineOnTime = "hotline_on_time",
    HotlineSatisfied = "hotline_satisfied",
    HotlineRepeated = "hotline_repeated",
    CityCases = "city_cases",
    CityCasesOnTime = "city_cases_on_time",
    CityCasesSatisfied = "city_cases_satisfied",
    CityCasesRepeated = "city_cases_repeated",
    SurveyRatings = "survey_ratings",
    SurveySatisfied = "survey_satisfied",
}

/// How many cells the first set of tables had; the others were added behind them.
pub const FIRST_CELLS: usize = 38;

/// How many the second had.
pub const SECOND_CELLS: usize = 53;

/// How many the third had.
pub const THIRD_CELLS: usize = 64;

/// How many cells there are.
pub const CELL_COUNT: usize = CELLS.len();

/// A count per cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts(pub [i64; CELL_COUNT]);

impl Default for Counts {
    fn default() -> Self {
        Self([0; CELL_COUNT])
    }
}

impl Counts {
    /// One cell's count.
    pub fn get(&self, cell: Cell) -> i64 {
        self.0[cell as usize]
    }

    /// Adds to one cell.
    pub fn add(&mut self, cell: Cell, count: i64) {
        self.0[cell as usize] += count;
    }

    /// Adds another's counts `sign` times; -1 takes them away.
    pub fn merge(&mut self, other: &Self, sign: i64) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine += sign * theirs;
        }
    }

    /// Whether nothing is counted.
    pub fn is_zero(&self) -> bool {
        self.0.iter().all(|count| *count == 0)
    }
}

/// What a period's cells sum to, each cell as its measure needs it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PeriodCounts {
    /// Sums over the days of the period.
    pub within: Counts,
    /// Sums over all days up to the period's last, of the `late_in` and `late_out` cells.
    pub until: Counts,
    /// Sums over all days up to the period's last that are over, of the `open` cells.
    pub overdue: Counts,
}

impl PeriodCounts {
    /// Adds another's counts.
    pub fn merge(&mut self, other: &Self) {
        self.within.merge(&other.within, 1);
        self.until.merge(&other.until, 1);
        self.overdue.merge(&other.overdue, 1);
    }

    /// Whether no measure has any count.
    pub fn is_empty(&self) -> bool {
        MEASURES.iter().all(|it| it.count(self) == 0)
    }
}

macro_rules! measures {
    ($($measure:ident = $name:literal $(in $parent:ident)?, $rule:expr;)*) => {
        /// What a scheme may name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Measure { $(#[doc = concat!("`", $name, "`.")] $measure,)* }

        /// Every measure.
        pub const MEASURES: &[Measure] = &[$(Measure::$measure,)*];

        impl Measure {
            /// Its name in schemes.
            pub fn name(self) -> &'static str {
                match self { $(Self::$measure => $name,)* }
            }

            /// The measure it is a part of: everything it counts, that one counts too.
            pub fn parent(self) -> Option<Self> {
                match self { $(Self::$measure => measures!(@parent $($parent)?),)* }
            }

            fn rule(self) -> Rule {
                match self { $(Self::$measure => $rule,)* }
            }
        }
    };
    (@parent) => { None };
    (@parent $parent:ident) => { Some(Self::$parent) };
}

/// How a measure is computed from a period's cells.
enum Rule {
    /// What happened in the period.
    Within(Cell),
    /// What was in arrears at its end: open, late in, late out.
    Arrears(Cell, Cell, Cell),
}

use Rule::{Arrears, Within};

measures! {
    Offered = "offered", Within(Cell::Offered);
    SelfFound = "self-found" in Offered, Within(Cell::SelfFound);
    Signed = "signed", Within(Cell::SignDone);
    SignedOnTime = "signed-on-time" in Signed, Within(Cell::SignOnTime);
    UnsignedOverdue = "unsigned-overdue", Arrears(Cell::SignOpen, Cell::SignLateIn, Cell::SignLateOut);
    OnSite = "on-site", Within(Cell::OnSiteDone);
    OnSiteOnTime = "on-site-on-time" in OnSite, Within(Cell::OnSiteOnTime);
    NotOnSiteOverdue = "not-on-site-overdue", Arrears(Cell::OnSiteOpen, Cell::OnSiteLateIn, Cell::OnSiteLateOut);
    Handled = "handled", Within(Cell::HandleDone);
    HandledOnTime = "handled-on-time" in Handled, Within(Cell::HandleOnTime);
    HandledExtended = "handled-extended" in Handled, Within(Cell::ExtendedDone);
    UnhandledOverdue = "unhandled-overdue", Arrears(Cell::HandleOpen, Cell::HandleLateIn, Cell::HandleLateOut);
    UnhandledExtended = "unhandled-overdue-extended" in UnhandledOverdue,
        Arrears(Cell::ExtendedOpen, Cell::ExtendedLateIn, Cell::ExtendedLateOut);
    Closed = "closed", Within(Cell::CloseDone);
    ClosedOnTime = "closed-on-time" in Closed, Within(Cell::CloseOnTime);
    ClosedReworked = "closed-reworked" in Closed, Within(Cell::ReworkedDone);
    UnclosedOverdue = "unclosed-overdue", Arrears(Cell::CloseOpen, Cell::CloseLateIn, Cell::CloseLateOut);
    UnclosedReworked = "unclosed-overdue-reworked" in UnclosedOverdue,
        Arrears(Cell::ReworkedOpen, Cell::ReworkedLateIn, Cell::ReworkedLateOut);
    FirstChecked = "first-checked", Within(Cell::FirstChecked);
    FirstPassed = "first-passed" in FirstChecked, Within(Cell::FirstPassed);
    ObjectionsRuled = "objections-ruled", Within(Cell::ObjectionsRuled);
    ObjectionsUpheld = "objections-upheld" in ObjectionsRuled, Within(Cell::ObjectionsUpheld);
    CasesClosed = "cases-closed", Within(Cell::CasesClosed);
    CasesClosedOnTime = "cases-closed-on-time" in CasesClosed, Within(Cell::CasesClosedOnTime);
    CasesReported = "cases-reported", Within(Cell::CasesReported);
    CasesFiled = "cases-filed" in CasesReported, Within(Cell::CasesFiled);
    Called = "called", Within(Cell::Called);
    Answered = "answered" in Called, Within(Cell::Answered);
    AnsweredOnTime = "answered-on-time" in Called, Within(Cell::AnsweredOnTime);
    Whistles = "whistles", Within(Cell::Whistles);
    WhistlesAnswered = "whistles-answered" in Whistles, Within(Cell::WhistlesAnswered);
    Revisited = "revisited", Within(Cell::Revisited);
    RevisitPassed = "revisit-passed" in Revisited, Within(Cell::RevisitPassed);
    IntakeDone = "intake-done", Within(Cell::IntakeDone);
    IntakeOnTime = "intake-on-time" in IntakeDone, Within(Cell::IntakeOnTime);
    DispatchDone = "dispatch-done", Within(Cell::DispatchDone);
    DispatchOnTime = "dispatch-on-time" in DispatchDone, Within(Cell::DispatchOnTime);
    LogsDue = "logs-due", Within(Cell::LogsDue);
    LogsKept = "logs-kept" in LogsDue, Within(Cell::LogsKept);
    DisputesRuled = "disputes-ruled", Within(Cell::DisputesRuled);
    DisputesLost = "disputes-lost" in DisputesRuled, Within(Cell::DisputesLost);
    CheckedInside = "first-checked-inside" in FirstChecked, Within(Cell::CheckedInside);
    Hotline = "hotline", Within(Cell::Hotline);
    HotlineOnTime = "hotline-on-time" in Hotline, Within(Cell::HotlineOnTime);
    HotlineSatisfied = "hotline-satisfied" in Hotline, Within(Cell::HotlineSatisfied);
    HotlineRepeated = "hotline-repeated" in Hotline, Within(Cell::HotlineRepeated);
    CityCases = "city-cases", Within(Cell::CityCases);
    CityCasesOnTime = "city-cases-on-time" in CityCases, Within(Cell::CityCasesOnTime);
    CityCasesSatisfied = "city-cases-satisfied" in CityCases, Within(Cell::CityCasesSatisfied);
    CityCasesRepeated = "city-cases-repeated" in CityCases, Within(Cell::CityCasesRepeated);
    SurveyRatings = "survey-ratings", Within(Cell::SurveyRatings);
    SurveySatisfied = "survey-satisfied" in SurveyRatings, Within(Cell::SurveySatisfied);
}

impl Measure {
    /// The measure of that name.
    pub fn named(name: &str) -> Option<Self> {
        MEASURES.iter().copied().find(|it| it.name() == name)
    }

    /// Its count in a period.
    pub fn count(self, counts: &PeriodCounts) -> i64 {
        match self.rule() {
            Within(cell) => counts.within.get(cell),
            Arrears(open, late_in, late_out) => {
                counts.overdue.get(open) + counts.until.get(late_in) - counts.until.get(late_out)
            }
        }
    }
}

/// A rate over measures.
pub fn ratio(numerator: &[Measure], denominator: &[Measure], counts: &PeriodCounts) -> Ratio {
    let sum = |measures: &[Measure]| measures.iter().map(|it| it.count(counts)).sum();
    Ratio {
        numerator: sum(numerator),
        denominator: sum(denominator),
    }
}

/// Whether everything the numerator counts is counted by the denominator, each of it once: every measure above is,
/// or is a part of, a different measure below (M35).
pub fn is_part_of(numerator: &[Measure], denominator: &[Measure]) -> bool {
    let mut free = denominator.to_vec();
    numerator.iter().all(|part| {
        let whole = free
            .iter()
            .position(|it| it == part || part.parent() == Some(*it));
        whole.map(|at| free.swap_remove(at)).is_some()
    }) && has_no_repeat(denominator)
}

fn has_no_repeat(measures: &[Measure]) -> bool {
    measures.iter().enumerate().all(|(at, one)| {
        measures[at + 1..].iter().all(|other| {
            one != other && one.parent() != Some(*other) && other.parent() != Some(*one)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Proves M35.
    #[test]
    fn a_numerator_must_be_a_part_of_its_denominator() {
        use Measure::*;
        assert!(is_part_of(&[Handled], &[Handled, UnhandledOverdue]));
        assert!(is_part_of(&[HandledOnTime], &[Handled, UnhandledOverdue]));
        assert!(is_part_of(
            &[ClosedReworked, UnclosedReworked],
            &[Closed, UnclosedOverdue]
        ));
        assert!(
            !is_part_of(&[Closed], &[Handled]),
            "closed counts assignments, handled counts rounds"
        );
        assert!(
            !is_part_of(&[HandledOnTime, HandledExtended], &[Handled]),
            "the two overlap"
        );
        assert!(!is_part_of(&[Handled, Handled], &[Handled]));
        assert!(
            !is_part_of(&[Handled], &[Handled, HandledOnTime]),
            "some would be counted twice below"
        );
        assert!(!is_part_of(&[Handled], &[]));
    }

    #[test]
    fn names_are_unique() {
        for measure in MEASURES {
            assert_eq!(Measure::named(measure.name()), Some(*measure));
        }
        for cell in CELLS {
            assert_eq!(
                CELLS
                    .iter()
                    .filter(|it| it.column() == cell.column())
                    .count(),
                1
            );
        }
    }
}
