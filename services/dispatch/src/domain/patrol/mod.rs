//! Patrols (巡查): a standing plan, and one log per patroller and civil day (M15, R20).
//!
//! ```text
//! plan: Active ─each day by timer: who owes a log─▶ logs            ─last day opened─▶ Ended
//!
//! log:  Expected ─submit in time─▶ Submitted           amended: only ever appended
//!          ├─its time is over─▶ Missing ─submit─▶ Late
//!          └─excuse─▶ Excused                          Voluntary: handed in though nobody asked
//! ```
//!
//! What must stay true: what was written stays; a missing log is itself a finding, and stays one when the log comes
//! late; a log is on time up to and including its due instant; the platform's outages are not charged to anybody, and what
//! was missing only for one was never missing.

mod log;
mod plan;
#[cfg(test)]
mod tests;

use time::Date;

pub use self::log::{
    Change, DailyLog, Entry, Excuse, Expected, Facts, Finding, FindingKind, Handed, LogEvent,
    State, Visit, Whose, key,
};
pub use self::plan::{PatrolPlan, PlanChange, PlanEvent, PlanState, Planned};
use super::AreaId;

/// Why something with patrols is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // the message says it
pub enum Refused {
    #[error("no such patrol plan")]
    PlanNotFound,
    #[error("the plan has ended")]
    PlanEnded,
    #[error("the logs of {day} are asked for already")]
    DayAlreadyOpened { day: Date },
    #[error("no such daily log")]
    LogNotFound,
    #[error("no such duty holder")]
    HolderNotFound,
    #[error("the duty holder logs in as somebody else")]
    NotOwnLog,
    #[error("the log was handed in already")]
    LogAlreadySubmitted { state: State },
    #[error("the log is not handed in")]
    LogNotSubmitted { state: State },
    #[error("planned areas were not visited, and no reason is given")]
    AreasNotVisited { areas: Vec<AreaId> },
}
