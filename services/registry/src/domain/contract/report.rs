//! How a contract is kept, as of a day: which items are met, open, missed.

use time::Date;

use super::{Contract, ContractItem, ContractResult, ContractState, Outcome, rounds};
use crate::domain::{Catalogue, Kept, Validity};

/// How a contract is kept.
#[derive(Debug, PartialEq)]
pub struct Report<'a> {
    /// Where the contract stands.
    pub state: ContractState,
    /// Its items, in its order.
    pub items: Vec<ItemReport<'a>>,
}

/// How an item is kept.
#[derive(Debug, PartialEq)]
pub struct ItemReport<'a> {
    /// The item.
    pub item: &'a ContractItem,
    /// Its periods that have begun.
    pub periods: Vec<PeriodReport<'a>>,
}

/// How an item is kept in one period.
#[derive(Debug, PartialEq)]
pub struct PeriodReport<'a> {
    /// The period.
    pub period: Validity,
    /// Whether it is over.
    pub over: bool,
    /// What came of it.
    pub result: Option<&'a Kept<ContractResult>>,
}

/// How an item stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Every period that is over has a result, and all of them are met.
    Met,
    /// No result yet, or a period that is over has none.
    Open,
    /// At least one period was missed.
    Missed,
}

/// How a contract is kept by what counts on a day.
pub fn report<'a>(catalogue: &'a Catalogue, contract: &'a Contract, day: Date) -> Report<'a> {
    let of = |it: &&Kept<ContractResult>| it.item.contract == contract.id;
    let all = catalogue.contract_results.after(None).map(|it| &**it);
    let results: Vec<_> = all.filter(of).collect();
    with(contract, &results, day)
}

/// How a contract is kept, its results being known.
pub(super) fn with<'a>(
    contract: &'a Contract,
    results: &[&'a Kept<ContractResult>],
    day: Date,
) -> Report<'a> {
    let items = contract.items.iter().map(|item| ItemReport {
        item,
        periods: rounds(item.rhythm, &contract.validity)
            .into_iter()
            .take_while(|it| it.first.is_none_or(|first| first <= day))
            .map(|period| PeriodReport {
                period,
                over: period.last.is_some_and(|last| last < day),
                result: results.iter().copied().find(|kept| {
                    let it = &kept.item;
                    it.item == item.id && it.period == period && counts(it, day)
                }),
            })
            .collect(),
    });
    Report {
        state: contract.state_on(day),
        items: items.collect(),
    }
}

/// Whether a result counts on a day: recorded by then and not withdrawn.
fn counts(result: &ContractResult, day: Date) -> bool {
    use crate::domain::Item;
    result.validity().covers(day)
}

impl Report<'_> {
    /// How many items stand so.
    pub fn count(&self, status: Status) -> usize {
        self.items.iter().filter(|it| it.status() == status).count()
    }

    /// Points so far, and the most there could be.
    pub fn points(&self) -> (u32, u32) {
        let all = self.items.iter().map(ItemReport::points);
        all.fold((0, 0), |sum, it| (sum.0 + it.0, sum.1 + it.1))
    }
}

impl ItemReport<'_> {
    /// How it stands.
    pub fn status(&self) -> Status {
        let begun = self
            .periods
            .iter()
            .filter(|it| it.over || it.result.is_some());
        let mut all = Status::Open;
        let mut open = false;
        for period in begun {
            match period.status() {
                Status::Missed => return Status::Missed,
                Status::Open => open = true,
                Status::Met => all = Status::Met,
            }
        }
        if open { Status::Open } else { all }
    }

    /// How many periods stand so.
    pub fn count(&self, status: Status) -> usize {
        let all = self.periods.iter();
        all.filter(|it| it.status() == status).count()
    }

    /// Points so far, and the most there could be: of the periods that are over or have a result.
    pub fn points(&self) -> (u32, u32) {
        let due = self
            .periods
            .iter()
            .filter(|it| it.over || it.result.is_some());
        due.fold((0, 0), |(points, most), it| {
            let gained = it.result.map_or(0, |it| it.item.points);
            (points + gained, most + self.item.points_max)
        })
    }
}

impl PeriodReport<'_> {
    /// How it stands.
    pub fn status(&self) -> Status {
        match self.result.map(|it| it.item.outcome) {
            Some(Outcome::Met) => Status::Met,
            Some(Outcome::Missed) => Status::Missed,
            None => Status::Open,
        }
    }

    /// Whether a result should be there and is not.
    pub fn is_overdue(&self) -> bool {
        self.over && self.result.is_none()
    }
}
