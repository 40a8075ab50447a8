//! A reported problem, as data. The rules are in `rules`, `triage`, `clock`, `merge`, `revisit` and `people`.
//!
//! ```text
//! Reported ─verify─▶ Verified ─file─▶ Filed ─plan, issue─▶ Dispatched ─task finished─▶ Closed
//!   │ └──────reject────┴──▶ Rejected    │ ▲◀─task cancelled──┘ (filed again)              │
//!   └─merge, redirect───┴───────────────┤ └──── a failed revisit, a relapse: round + 1 ◀──┤
//!                    Merged, Redirected ◀┘ put right on site ────────────────────────────▶┘
//! ```
//!
//! What must stay true: rounds, revisits and records of people only grow; a merged case owes nothing to anybody any
//! more, whoever it was merged into does.

mod apply;
pub mod clock;
pub mod merge;
pub mod people;
pub mod place;
pub mod refusal;
pub mod revisit;
mod rules;
pub mod triage;
pub mod zone;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::timestamp::microseconds as us;

use self::clock::{CaseClock, PromisedReply};
use self::merge::{Absorbed, Receipt, Redirection};
use self::people::PersonRef;
use self::place::Position;
use self::revisit::{FormerRound, Reopened, Revisit, RootCause};
use self::triage::{Consultation, Triage};
use super::clock::{Deadline, RuledLimit};
use super::outage::Span;
use super::penalty::History;
use super::{AreaId, CaseId, MatterId, OrganizationId, PersonId, RecordId, TaskId};

/// Where a case stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum State {
    /// Nobody has looked yet.
    #[default]
    Reported,
    /// Looked at before filing (核实).
    Verified,
    /// Taken up under a matter (立案).
    Filed,
    /// Part of an issued task.
    Dispatched,
    /// Its task is finished.
    Closed,
    /// Not filed.
    Rejected,
    /// Part of another case.
    Merged,
    /// Handed to a body outside the linkage.
    Redirected,
}

/// Where it came from (案件来源).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[allow(missing_docs)] // the words of the glossary
pub enum Source {
    #[default]
    Patrol,
    Hotline,
    DigitalCity,
    Media,
    Leader,
    Superior,
    Department,
    ResidentUnit,
    Public,
}

/// Why a case is not filed (不予立案).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RejectionReason {
    /// Verification found no problem.
    NotFound,
    /// Below every filing condition.
    BelowCondition,
    /// Outside the territory.
    OutsideArea,
    /// Already a case.
    Duplicate,
    /// Legal where and when it was seen.
    Lawful,
    /// Solved while it was verified.
    SolvedOnSite,
}

/// What was reported.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reported {
    /// Where it came from.
    pub source: Source,
    /// Its number there.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub external_reference: String,
    /// One line.
    pub title: String,
    /// In words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The smallest area known.
    pub area: AreaId,
    /// Inside the area.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub address: String,
    /// Who took it in and holds it.
    pub organization: OrganizationId,
    /// Who recorded it.
    pub person: PersonId,
    /// When it was reported, in microseconds; may lie before it was recorded.
    #[serde(with = "us::option")]
    pub reported_at: Option<OffsetDateTime>,
    /// Where exactly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
    /// What it is about: an asset's code, a shop.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub object: String,
    /// The matter the reporter takes it for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supposed_matter: Option<MatterId>,
    /// The clock of its verification; it goes to the case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<CaseClock>,
    /// By when the reporter is promised a reply; it goes to the case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promise: Option<Deadline>,
    /// On the real path, and never scored.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exercise: bool,
}

/// 核实: does it exist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verification {
    /// Whether it does.
    pub exists: bool,
    /// Who looked.
    pub organization: OrganizationId,
    /// In person.
    pub person: PersonId,
    /// When.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
    /// What was found.
    pub note: String,
    /// The clock of the intake; it goes to the case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<CaseClock>,
}

/// 立案: under what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filing {
    /// The matter.
    pub matter: MatterId,
    /// Its filing condition that holds.
    pub condition: String,
    /// The limit the condition gives, with its rule.
    pub limit: RuledLimit,
    /// Who filed it.
    pub person: PersonId,
    /// When.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
    /// What identifies the unlawful act; empty if there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub act_reference: String,
    /// The designated zone in whose hours it was seen, and why it is a case all the same (R14).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<ZoneException>,
    /// Whether a first, slight and corrected offence of the matter goes unpunished (Penalty Law 33).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub first_offence_exempt: bool,
    /// The clock of the dispatch; it goes to the case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<CaseClock>,
}

/// A case that was seen inside a designated zone and its hours (R14).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZoneException {
    /// The zone, a slug of the registry.
    pub zone: String,
    /// Why it is a case all the same.
    pub reason: String,
}

/// 不予立案: why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    /// The coded ground.
    pub reason: RejectionReason,
    /// In words.
    pub note: String,
    /// Who decided.
    pub person: PersonId,
    /// When.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
}

/// What can happen to a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)] // the event's word says it
pub enum CaseChange {
    Reported(Box<Reported>),
    Verified(Verification),
    Filed(Box<Filing>),
    Rejected(Rejection),
    Triaged(Box<Triage>),
    /// Put right by who found it: closed without a task.
    DisposedOnSite {
        triage: Box<Triage>,
        revisits: Vec<Revisit>,
    },
    Consulted(Box<Consultation>),
    /// It is part of a task that is being planned.
    Planned {
        task: TaskId,
    },
    /// That task was issued.
    Dispatched {
        task: TaskId,
    },
    /// That task was finished.
    Closed {
        task: TaskId,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        revisits: Vec<Revisit>,
    },
    /// That task was cancelled.
    Returned {
        task: TaskId,
        reason: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        clock: Option<CaseClock>,
    },
    Merged {
        into: CaseId,
        reason: String,
        person: PersonId,
    },
    /// With everything that came along.
    Absorbed(Box<Absorbed>),
    Redirected(Redirection),
    /// If declined: with the clock of the stage it is in again.
    Receipted {
        receipt: Receipt,
        clock: Option<CaseClock>,
    },
    Overdue {
        clock: CaseClock,
    },
    Replied(PromisedReply),
    ReplyOverdue(PromisedReply),
    RevisitDue(Box<Revisit>),
    /// With the task whose result was looked at, and whose work it was.
    Revisited {
        revisit: Box<Revisit>,
        task: Option<TaskId>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        handlers: Vec<OrganizationId>,
    },
    RevisitOverdue(Box<Revisit>),
    Reopened(Box<Reopened>),
    /// It repeats a closed case.
    RelapseFound {
        earlier: CaseId,
        distance_m: u32,
        relapses: u16,
    },
    /// Another case repeats it.
    Relapsed {
        by: CaseId,
        relapses: u16,
    },
    RootCauseNoted(RootCause),
    PersonRecorded(PersonRef),
    PeopleRead {
        people: Vec<RecordId>,
        reason: String,
    },
    /// Without a reason: by the retention rule.
    PeopleErased {
        people: Vec<RecordId>,
        reason: String,
    },
    OffencesLookedUp(History),
    /// The platform was away: clocks, replies and revisits with their new deadlines.
    OutageExcused {
        span: Span,
        clocks: Vec<CaseClock>,
        replies: Vec<PromisedReply>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        revisits: Vec<Revisit>,
    },
}

/// A reported problem.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Where it stands.
    pub state: State,
    /// What was reported.
    pub report: Reported,
    /// The pre-filing verification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verification: Option<Verification>,
    /// The filing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filing: Option<Filing>,
    /// Its task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskId>,
    /// When it was closed.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<OffsetDateTime>,
    /// Why it was not filed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejection: Option<Rejection>,
    /// Who is to do something about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub triage: Option<Triage>,
    /// Meetings of its parties, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consultations: Vec<Consultation>,
    /// Its clocks, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<CaseClock>,
    /// The replies that were promised, one for each report.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replies: Vec<PromisedReply>,
    /// The case it was merged into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<CaseId>,
    /// Since when it has been part of that case.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub merged_at: Option<OffsetDateTime>,
    /// The cases that were merged into it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub merged: Vec<CaseId>,
    /// Where it was handed to, the latest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirection: Option<Redirection>,
    /// The rounds that were closed and reopened.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rounds: Vec<FormerRound>,
    /// Its revisits; number n is at n - 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub revisits: Vec<Revisit>,
    /// The closed case it repeats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relapse_of: Option<CaseId>,
    /// The cases that repeated it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub relapses: Vec<CaseId>,
    /// Why it keeps coming back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub root_causes: Vec<RootCause>,
    /// That there are records about people, and nothing of what they say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<PersonRef>,
    /// What was known of its parties when a penalty was prepared (R16).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub look_ups: Vec<History>,
    /// The outages that were taken off its clocks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excused: Vec<Span>,
}

impl Case {
    /// Its round, from 1.
    pub fn round(&self) -> u16 {
        u16::try_from(self.rounds.len())
            .unwrap_or(u16::MAX)
            .saturating_add(1)
    }

    /// The matter it is about: as filed, else as the reporter takes it.
    pub fn matter(&self) -> Option<&MatterId> {
        let filed = self.filing.as_ref().map(|it| &it.matter);
        filed.or(self.report.supposed_matter.as_ref())
    }

    /// Whether a first, slight and corrected offence of a matter goes unpunished, as it was when the case was filed.
    pub fn exempts(&self, matter: &MatterId) -> bool {
        let filing = self.filing.as_ref().filter(|it| it.matter == *matter);
        filing.is_some_and(|it| it.first_offence_exempt)
    }

    /// When it ended, unless it goes on: then what is known of its people is kept only for a while.
    pub fn ended_at(&self) -> Option<OffsetDateTime> {
        match self.state {
            State::Closed => self.closed_at,
            State::Rejected => self.rejection.as_ref().map(|it| it.at),
            State::Merged => self.merged_at,
            State::Redirected => {
                let receipt = self.redirection.as_ref()?.receipt.as_ref()?;
                Some(receipt.at)
            }
            _ => None,
        }
    }
}
