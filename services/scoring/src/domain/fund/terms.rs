//! What a fund is about: its money, who shares it and how. Fixed when it is opened.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use time::{Date, Month};

use super::money::{Fen, shared};
use crate::domain::{number, period::Period};

/// What a fund is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Its title.
    pub title: String,
    /// The civil year.
    pub year: i32,
    /// What it was opened with.
    pub opening: Fen,
    /// The earlier fund whose rest came into it, and how much that was.
    pub carried: Option<(String, Fen)>,
    /// Who shares it.
    pub parties: Vec<Party>,
    /// How.
    pub rules: Rules,
}

/// Who is rated and rewarded as one: a unit, or a bundle that shares one result (M40).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// Its id within the fund.
    pub id: String,
    /// Its name on screens.
    pub title: String,
    /// Who is in it.
    pub members: Vec<Member>,
}

/// A member of a party.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The organization.
    pub organization: String,
    /// Its share, relative to the others'; above zero.
    pub weight: u32,
}

/// How points become money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// The scheme that rates.
    pub scheme: String,
    /// The part of all money that a quarter awards, in percent.
    pub quarter_share: Decimal,
    /// Who has so many points shares the awards.
    pub award_from: Decimal,
    /// Who has fewer points pays.
    pub penalty_below: Decimal,
    /// For each point missing.
    pub penalty_per_point: Fen,
    /// The most a party pays in a quarter; zero: no cap.
    pub penalty_cap: Fen,
    /// The most a party is awarded in the year; zero: no cap.
    pub award_cap: Fen,
    /// What becomes of the rest.
    pub remainder: Remainder,
}

/// What becomes of the money that a settlement leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Remainder {
    /// It goes back to the budget.
    Return,
    /// It waits for a later fund.
    Carry,
}

impl Terms {
    /// All the money there ever is.
    pub fn money(&self) -> Fen {
        let carried = self.carried.as_ref().map_or(Fen::ZERO, |(_, fen)| *fen);
        self.opening + carried
    }

    /// What a quarter awards: its share, down to the whole fen.
    pub fn quarter_pot(&self) -> Fen {
        use rust_decimal::prelude::ToPrimitive;
        let pot = Decimal::from(self.money().0) * self.rules.quarter_share / Decimal::ONE_HUNDRED;
        Fen(pot.trunc().to_i64().unwrap_or(0))
    }

    /// The year.
    pub fn period(&self) -> Period {
        Period::Year(first(self.year, Month::January))
    }

    /// A quarter of it, 1 to 4.
    pub fn quarter(&self, quarter: u8) -> Period {
        let month = Month::January.nth_next((quarter.clamp(1, 4) - 1) * 3);
        Period::Quarter(first(self.year, month))
    }

    /// Whether an organization is rewarded by it.
    pub fn rewards(&self, organization: &str) -> bool {
        let members = self.parties.iter().flat_map(|it| &it.members);
        members
            .into_iter()
            .any(|it| it.organization == organization)
    }
}

impl Party {
    /// Splits an amount among the members, in their order.
    pub fn split(&self, amount: Fen) -> Vec<(String, Fen)> {
        let weights: Vec<u64> = self.members.iter().map(|it| it.weight.into()).collect();
        let parts = shared(amount, &weights).unwrap_or_default();
        let members = self.members.iter().map(|it| it.organization.clone());
        members.zip(parts).collect()
    }
}

impl Rules {
    /// The penalty for so many points, before any cap: rounded half up to the fen.
    pub(super) fn penalty(&self, points: Decimal) -> Fen {
        use rust_decimal::prelude::ToPrimitive;
        if points >= self.penalty_below {
            return Fen::ZERO;
        }
        let missing = self.penalty_below - points;
        let fen = number::rounded(missing * Decimal::from(self.penalty_per_point.0), 0);
        Fen(fen.to_i64().unwrap_or(i64::MAX))
    }
}

/// Zero stands for no cap.
pub(super) fn cap(fen: Fen) -> Option<Fen> {
    fen.is_positive().then_some(fen)
}

fn first(year: i32, month: Month) -> Date {
    // Years are checked at the edge: every year that is accepted has its first days.
    Date::from_calendar_date(year, month, 1).unwrap_or(Date::MIN)
}
