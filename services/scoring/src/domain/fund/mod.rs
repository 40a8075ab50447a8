//! The reward and penalty fund of a year (奖罚基金, M41).
//!
//! ```text
//!  BUDGET ──open──▶ FUND ──award (provisional)──▶ HELD/unit        every quarter
//!                    ▲ └◀────penalty───────────────┘
//!                    │
//!  settle:  HELD/* ──▶ FUND ──share of the year──▶ HELD/unit ──▶ PAID/unit,   rest ──▶ BUDGET or stays ──▶ CARRIED
//! ```
//!
//! Every movement is a transfer out of one account into another, so the books balance by construction; a posting is a
//! list of transfers, and what was wrong is reversed by the opposite ones.
//!
//! What must stay true: no account but BUDGET is ever below zero; what was paid and what is left sum to what was put in,
//! to the fen; a posting that stands never changes.

mod award;
mod book;
pub mod money;
pub mod rating;
mod terms;
#[cfg(test)]
mod tests;

use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};

pub use self::{
    award::{Outcome, award},
    book::{Account, Book, Transfer},
    money::Fen,
    terms::{Member, Party, Remainder, Rules, Terms},
};
use super::{basis::Basis, number, period::Period};

/// A fund. Before its first event it has no terms.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fund {
    /// What it is about; none before it was opened.
    pub terms: Option<Terms>,
    /// Its journal, oldest first; a posting's number is its place, from 1.
    pub postings: Vec<Posting>,
    /// The balances.
    pub book: Book,
    /// What the year came to; none before the settlement.
    pub settlement: Option<Vec<Outcome>>,
}

/// One entry of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    /// Why money moved.
    pub cause: Cause,
    /// How, in order.
    pub transfers: Vec<Transfer>,
    /// What it was computed from.
    pub basis: Option<Basis>,
    /// What each party came to.
    pub results: Vec<Outcome>,
    /// Who posted it.
    pub by: Actor,
    /// The posting that takes it back, by number.
    pub reversed_by: Option<usize>,
}

/// Why money moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    /// The fund was opened.
    Opening,
    /// A quarter, 1 to 4, was rated.
    Quarter(u8),
    /// The posting of this number was taken back.
    Reversal {
        /// Which.
        of: usize,
        /// Why.
        reason: String,
    },
    /// The year was settled.
    Settlement,
    /// The rest went into the fund of this id.
    Carry(String),
}

/// Who acts, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The person.
    pub person: String,
    /// Its organization.
    pub organization: String,
    /// When.
    #[serde(with = "time::serde::timestamp::microseconds")]
    pub at: OffsetDateTime,
}

/// Each party's points in a period, in the order of the parties; none where nothing was applicable.
pub type Points = Vec<Option<Decimal>>;

/// What happens to a fund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// It was opened.
    Opened(Box<Terms>, Box<Posting>),
    /// Something was posted.
    Posted(Box<Posting>),
    /// The year was settled.
    Settled(Box<Posting>),
}

/// Why a change of a fund is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It was settled.
    #[error("the fund was settled; nothing more is posted")]
    Settled,
    /// The period is not over.
    #[error("{period} is over only after {last}")]
    PeriodNotOver {
        /// Which.
        period: String,
        /// Its last day.
        last: Date,
    },
    /// The quarter was posted.
    #[error("quarter {quarter} was posted as posting {posting}")]
    QuarterPosted {
        /// Which.
        quarter: u8,
        /// As which.
        posting: usize,
    },
    /// Not every quarter was posted.
    #[error("quarters {} are not posted", list(.0))]
    QuartersMissing(Vec<u8>),
    /// There is no such posting.
    #[error("the fund has no posting {0}")]
    PostingNotFound(usize),
    /// It is no quarter's, or was taken back.
    #[error("posting {0} is not of a quarter, or was taken back already")]
    NotReversible(usize),
    /// An account would come below zero.
    #[error("{account} holds {missing} yuan too little to take that back")]
    BelowZero {
        /// Which.
        account: String,
        /// What is missing.
        missing: Fen,
    },
    /// There is no rest to carry.
    #[error("funds/{0} has nothing to carry: not settled, or its rest was returned or carried")]
    NothingToCarry(String),
}

fn list(numbers: &[u8]) -> String {
    let texts: Vec<String> = numbers.iter().map(u8::to_string).collect();
    texts.join(", ")
}

impl Event {
    /// Its word in the log.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Opened(..) => "FundOpened",
            Self::Posted(_) => "FundPosted",
            Self::Settled(_) => "FundSettled",
        }
    }
}

impl Fund {
    /// Opens a fund with its money, and `carried` out of an earlier one.
    pub fn open(terms: Terms, by: Actor) -> Vec<Event> {
        let mut transfers = vec![];
        book::push(
            &mut transfers,
            Account::Budget,
            Account::Fund,
            terms.opening,
        );
        if let Some((_, carried)) = &terms.carried {
            book::push(&mut transfers, Account::Carried, Account::Fund, *carried);
        }
        let posting = Posting::new(Cause::Opening, transfers, by);
        vec![Event::Opened(Box::new(terms), Box::new(posting))]
    }

    /// Posts a quarter's provisional awards and penalties.
    pub fn post_quarter(
        &self,
        quarter: u8,
        (points, basis): (&Points, Basis),
        today: Date,
        by: Actor,
    ) -> Result<Vec<Event>, Refusal> {
        let terms = self.running()?;
        over(terms.quarter(quarter), today)?;
        if let Some(posting) = self.quarter_posting(quarter) {
            return Err(Refusal::QuarterPosted { quarter, posting });
        }
        let pot = terms.quarter_pot().min(self.book.balance(&Account::Fund));
        let results = award(terms, points, pot, Some(terms.rules.penalty_cap));
        let mut book = self.book.clone();
        let mut transfers = vec![];
        for (party, result) in terms.parties.iter().zip(&results) {
            // What a unit does not hold cannot be taken now; the settlement knows what it owes.
            for (organization, penalty) in party.split(result.penalty) {
                let held = Account::Held(organization);
                let taken = penalty.min(book.balance(&held));
                book.transfer(&mut transfers, held, Account::Fund, taken);
            }
        }
        for (party, result) in terms.parties.iter().zip(&results) {
            for (organization, fen) in party.split(result.award) {
                book.transfer(
                    &mut transfers,
                    Account::Fund,
                    Account::Held(organization),
                    fen,
                );
            }
        }
        let posting = Posting {
            basis: Some(basis),
            results,
            ..Posting::new(Cause::Quarter(quarter), transfers, by)
        };
        Ok(vec![Event::Posted(Box::new(posting))])
    }

    /// Takes a quarter's posting back.
    pub fn reverse(&self, number: usize, reason: &str, by: Actor) -> Result<Vec<Event>, Refusal> {
        self.running()?;
        let posting = number.checked_sub(1).and_then(|at| self.postings.get(at));
        let posting = posting.ok_or(Refusal::PostingNotFound(number))?;
        if !matches!(posting.cause, Cause::Quarter(_)) || posting.reversed_by.is_some() {
            return Err(Refusal::NotReversible(number));
        }
        let mut book = self.book.clone();
        let mut transfers = vec![];
        for it in posting.transfers.iter().rev() {
            let there = book.balance(&it.to);
            if there < it.amount {
                return Err(Refusal::BelowZero {
                    account: it.to.to_string(),
                    missing: it.amount - there,
                });
            }
            book.transfer(&mut transfers, it.to.clone(), it.from.clone(), it.amount);
        }
        let cause = Cause::Reversal {
            of: number,
            reason: reason.to_owned(),
        };
        Ok(vec![Event::Posted(Box::new(Posting::new(
            cause, transfers, by,
        )))])
    }

    /// Settles the year: everything is shared anew by its points, less each member's penalties, and paid.
    pub fn settle(
        &self,
        (points, basis): (&Points, Basis),
        today: Date,
        by: Actor,
    ) -> Result<Vec<Event>, Refusal> {
        let terms = self.running()?;
        over(terms.period(), today)?;
        let missing: Vec<u8> = (1..=4)
            .filter(|it| self.quarter_posting(*it).is_none())
            .collect();
        if !missing.is_empty() {
            return Err(Refusal::QuartersMissing(missing));
        }
        let mut book = self.book.clone();
        let mut transfers = vec![];
        for (account, held) in self.book.held() {
            book.transfer(&mut transfers, account, Account::Fund, held);
        }
        let mut results = award(terms, points, book.balance(&Account::Fund), None);
        let owed = self.penalties(terms);
        for (at, (party, result)) in terms.parties.iter().zip(&mut results).enumerate() {
            result.penalty = owed[at];
            let (awards, owed) = (party.split(result.award), party.split(owed[at]));
            for ((organization, award), (_, owed)) in awards.into_iter().zip(owed) {
                let (paid, held) = (award.less(owed), Account::Held(organization.clone()));
                book.transfer(&mut transfers, Account::Fund, held.clone(), paid);
                book.transfer(&mut transfers, held, Account::Paid(organization), paid);
            }
        }
        if terms.rules.remainder == Remainder::Return {
            let rest = book.balance(&Account::Fund);
            book.transfer(&mut transfers, Account::Fund, Account::Budget, rest);
        }
        let posting = Posting {
            basis: Some(basis),
            results,
            ..Posting::new(Cause::Settlement, transfers, by)
        };
        Ok(vec![Event::Settled(Box::new(posting))])
    }

    /// Gives the rest to a later fund: what is carried, and the event of this one.
    pub fn carry(&self, id: &str, into: &str, by: Actor) -> Result<(Fen, Event), Refusal> {
        let rest = self.book.balance(&Account::Fund);
        if self.settlement.is_none() || !rest.is_positive() {
            return Err(Refusal::NothingToCarry(id.to_owned()));
        }
        let mut transfers = vec![];
        book::push(&mut transfers, Account::Fund, Account::Carried, rest);
        let posting = Posting::new(Cause::Carry(into.to_owned()), transfers, by);
        Ok((rest, Event::Posted(Box::new(posting))))
    }

    /// The number of the posting of a quarter that stands.
    pub fn quarter_posting(&self, quarter: u8) -> Option<usize> {
        let standing =
            |it: &Posting| it.cause == Cause::Quarter(quarter) && it.reversed_by.is_none();
        self.postings.iter().position(standing).map(|at| at + 1)
    }

    /// Folds one event. The only place that changes a fund; total, so history always replays.
    pub fn apply(&mut self, event: &Event) {
        let posting = match event {
            Event::Opened(terms, posting) => {
                self.terms = Some((**terms).clone());
                posting
            }
            Event::Posted(posting) => posting,
            Event::Settled(posting) => {
                self.settlement = Some(posting.results.clone());
                posting
            }
        };
        if let Cause::Reversal { of, .. } = posting.cause {
            let number = self.postings.len() + 1;
            let reversed = of.checked_sub(1).and_then(|at| self.postings.get_mut(at));
            if let Some(reversed) = reversed {
                reversed.reversed_by = Some(number);
            }
        }
        self.book.apply(&posting.transfers);
        self.postings.push((**posting).clone());
    }

    fn running(&self) -> Result<&Terms, Refusal> {
        let terms = self.terms.as_ref().filter(|_| self.settlement.is_none());
        terms.ok_or(Refusal::Settled)
    }

    /// What each party was to pay in the quarters that stand, whether it could or not.
    fn penalties(&self, terms: &Terms) -> Vec<Fen> {
        let mut owed = vec![Fen::ZERO; terms.parties.len()];
        let standing = self.postings.iter().filter(|it| it.reversed_by.is_none());
        for posting in standing.filter(|it| matches!(it.cause, Cause::Quarter(_))) {
            for (owed, result) in owed.iter_mut().zip(&posting.results) {
                *owed = *owed + result.penalty;
            }
        }
        owed
    }
}

impl Posting {
    fn new(cause: Cause, transfers: Vec<Transfer>, by: Actor) -> Self {
        Self {
            cause,
            transfers,
            basis: None,
            results: vec![],
            by,
            reversed_by: None,
        }
    }
}

fn over(period: Period, today: Date) -> Result<(), Refusal> {
    let last = period.last_day();
    if last < today {
        Ok(())
    } else {
        Err(Refusal::PeriodNotOver {
            period: period.to_string(),
            last,
        })
    }
}

/// Points as hundredths: the weight of a share. Points are published with two places, so nothing is lost.
fn hundredths(points: Decimal) -> u64 {
    let whole = number::rounded(points, number::RATE_PLACES) * Decimal::ONE_HUNDRED;
    whole.to_u64().unwrap_or(0)
}
