//! Every way the rules say no to what people want to change. Each aggregate has its own reasons; these are everybody's.

use super::{allocation, appeal, closing, fund, item, regulation, survey};

/// Why a change is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is none of this kind with that id.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// There is one of this kind with that id already.
    #[error("the {0} exists already")]
    Exists(&'static str),
    /// Somebody changed it meanwhile.
    #[error("the resource was changed meanwhile")]
    StaleEtag {
        /// Its version now.
        current: i64,
    },
    /// Whoever scores, decides or hands out may not be scored by it (R10).
    #[error("{organization} is scored by this and may not decide it (R10)")]
    ScorerIsScored {
        /// The caller's organization.
        organization: String,
    },
    /// Of an allocation.
    #[error(transparent)]
    Allocation(#[from] allocation::Refusal),
    /// Of an appeal.
    #[error(transparent)]
    Appeal(#[from] appeal::Refusal),
    /// Of a scheme put in force.
    #[error(transparent)]
    Scheme(#[from] regulation::Refused),
    /// Of a closed period.
    #[error(transparent)]
    Period(#[from] closing::Refused),
    /// Of a manual item.
    #[error(transparent)]
    Item(#[from] item::Refused),
    /// Of a fund.
    #[error(transparent)]
    Fund(#[from] fund::Refusal),
    /// Of a survey.
    #[error(transparent)]
    Survey(#[from] survey::Refusal),
}
