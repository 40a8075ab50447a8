//! Contests in keeping contracts (履约竞赛): parties ranked by the points of their results.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use time::Date;

use super::{Contract, ContractId, ContractResult, Status, report};
use crate::domain::{Catalogue, Id, Item, Kept, OrganizationId, Validity};

/// The id of a contest.
pub type ContestId = Id<Contest>;

/// A contest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contest {
    /// Its id.
    pub id: ContestId,
    /// The title in Chinese.
    pub name: String,
    /// The programme it belongs to; may be empty.
    pub programme: String,
    /// Who holds it.
    pub organizer: OrganizationId,
    /// Its period, with both ends. Results whose period lies inside it count.
    pub validity: Validity,
    /// The contracts that take part; at least two.
    pub contracts: Vec<ContractId>,
    /// The items that count, by id; none: all of them.
    pub items: Vec<String>,
}

/// One party in the table of a contest.
#[derive(Debug, PartialEq)]
pub struct Row<'a> {
    /// Its place, from 1. Equal points share a place, and the next one is as many further.
    pub place: usize,
    /// Whether the place is shared.
    pub tied: bool,
    /// The contract.
    pub contract: &'a Contract,
    /// Points.
    pub points: u32,
    /// The most points there could be so far.
    pub points_max: u32,
    /// Periods of items that were met.
    pub met: usize,
    /// Periods of items that are open.
    pub open: usize,
    /// Periods of items that were missed.
    pub missed: usize,
}

/// The table of a contest by what counts on a day.
pub fn table<'a>(catalogue: &'a Catalogue, contest: &Contest, day: Date) -> Vec<Row<'a>> {
    let mut results: HashMap<&ContractId, Vec<&Kept<ContractResult>>> = HashMap::new();
    for kept in catalogue.contract_results.after(None) {
        let of = &kept.item.contract;
        results.entry(of).or_default().push(kept);
    }
    let contracts = contest.contracts.iter();
    let mut rows: Vec<_> = contracts
        .filter_map(|id| catalogue.contracts.get(id.as_str()))
        .map(|contract| {
            let own = results.get(&contract.id).map_or(&[][..], Vec::as_slice);
            row(contest, contract, own, day)
        })
        .collect();
    rows.sort_by(|a, b| {
        b.points
            .cmp(&a.points)
            .then(a.contract.id.cmp(&b.contract.id))
    });
    let points: Vec<_> = rows.iter().map(|it| it.points).collect();
    for row in &mut rows {
        row.place = 1 + points.iter().filter(|it| **it > row.points).count();
        row.tied = points.iter().filter(|it| **it == row.points).count() > 1;
    }
    rows
}

fn row<'a>(
    contest: &Contest,
    contract: &'a Contract,
    results: &[&'a Kept<ContractResult>],
    day: Date,
) -> Row<'a> {
    let mut report = report::with(contract, results, day);
    report.items.retain(|it| contest.counts(&it.item.id));
    for item in &mut report.items {
        item.periods.retain(|it| contest.spans(&it.period));
    }
    let (points, points_max) = report.points();
    let periods = |status: Status| report.items.iter().map(|it| it.count(status)).sum();
    Row {
        place: 0,
        tied: false,
        contract,
        points,
        points_max,
        met: periods(Status::Met),
        open: periods(Status::Open),
        missed: periods(Status::Missed),
    }
}

impl Contest {
    /// Whether an item counts.
    pub fn counts(&self, item: &str) -> bool {
        self.items.is_empty() || self.items.iter().any(|it| it == item)
    }

    /// Whether a period lies inside the contest's.
    fn spans(&self, period: &Validity) -> bool {
        let (Some(first), Some(last)) = (period.first, period.last) else {
            return false;
        };
        self.validity.covers_all(first, last)
    }
}

impl Item for Contest {
    const COLLECTION: &'static str = "contests";
    const SECTION: &'static str = "contests";
    const KIND: &'static str = "contest";
    const ENTERED: &'static str = "ContestEntered";
    const AMENDED: &'static str = "ContestAmended";

    fn id(&self) -> &ContestId {
        &self.id
    }

    fn validity(&self) -> Validity {
        self.validity
    }

    fn end(&mut self, last: Date) {
        self.validity.last = Some(last);
    }
}
