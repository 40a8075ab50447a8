//! The rules: pure functions on plain data. No clock, no database, no network, no floating point.
//!
//! ```text
//!  dispatch's events ─fold─▶ facts ─┬─contribution─▶ rollup ─sum─▶ indicators ─scheme─▶ composite, ranking
//!                                   └─findings────▶ scheme's rules ─▶ ledger entries
//! ```
//!
//! What must stay true: facts depend only on the set of events, not on the order they came in; the rollup is the
//! sum of the facts' contributions; the entries that stand are what the rules make of the facts as they are now.

pub mod account;
pub mod allocation;
pub mod appeal;
pub mod basis;
pub mod closing;
pub mod compare;
pub mod composite;
pub mod contribution;
pub mod decision;
pub mod entry;
pub mod event;
pub mod fact;
pub mod feed;
pub mod finding;
pub mod fund;
pub mod integrity;
pub mod item;
#[cfg(test)]
mod ledgers;
pub mod measure;
pub mod number;
pub mod outside;
pub mod period;
pub mod ranking;
pub mod ratio;
#[cfg(test)]
mod real_year;
pub mod refusal;
pub mod regulation;
pub mod scheme;
pub mod sheet;
pub mod step;
pub mod survey;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
pub mod totals;
