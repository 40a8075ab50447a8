//! Inspections (检查): one object each, planned singly or drawn in a round; what they find is mended by somebody else,
//! as a case and a task like any other (M21).
//!
//! ```text
//! round:      Planned ─draw by seed─▶ Drawn          inspection: Planned ─start─▶ InProgress ─conclude─▶ Concluded
//!                └─cancel─▶ Cancelled                               └──merge into another, cancel──▶ Merged, Cancelled
//!
//! object:     which inspections of it are open, so that a second one of the same days meets the first (M22, R15)
//! ```
//!
//! What must stay true: the list of a round is fixed before its seed, so anybody can draw again; whoever inspects never
//! mends; a finding has its order or a reason for none before its inspection is concluded.

mod event;
mod merge;
mod object;
mod round;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use time::serde::timestamp::microseconds as us;
use time::{Date, OffsetDateTime};

pub use self::event::{Change, Facts, InspectionEvent};
pub use self::merge::{Merge, MergeAnswer};
pub use self::object::{InspectedObject, Object, ObjectEvent, Open};
pub use self::round::{InspectionRound, RoundChange, RoundEvent, RoundState, Rounded, draw};
use super::{CaseId, InspectionId, MatterId, OrganizationId, PersonId, RoundId, TaskId};

/// Who looks and who mends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Mode {
    /// 区查街改.
    DistrictFindsStreetMends,
    /// 块查条改.
    BlockFindsLineMends,
    /// Any other, of a department.
    Department,
}

/// Where in the linkage a unit stands, as far as a mode asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// City or district, neither street nor community.
    Above,
    /// A street office (块).
    Block,
    /// A community (块): it looks with the street, and only helps to mend (R12).
    Community,
    /// A department or squad at street level, or a unit without a tier.
    Line,
}

impl Place {
    /// Whether it stands in the block (块).
    fn is_block(self) -> bool {
        matches!(self, Place::Block | Place::Community)
    }
}

impl Mode {
    /// Whether a unit may look in this mode.
    pub fn looks(self, place: Place) -> bool {
        match self {
            Mode::DistrictFindsStreetMends => place == Place::Above,
            Mode::BlockFindsLineMends => place.is_block(),
            Mode::Department => true,
        }
    }

    /// Refuses a unit that may not be told to mend in this mode. Who mends leads, and a community only helps (R12).
    pub fn mends(self, organization: &OrganizationId, place: Place) -> Result<(), Refused> {
        let organization = organization.clone();
        let fits = match self {
            Mode::DistrictFindsStreetMends => place.is_block(),
            Mode::BlockFindsLineMends => !place.is_block(),
            Mode::Department => true,
        };
        match place {
            _ if !fits => Err(Refused::ModeMismatch {
                organization,
                looks: false,
            }),
            Place::Community => Err(Refused::CommunityOnlyHelps { organization }),
            Place::Above | Place::Block | Place::Line => Ok(()),
        }
    }
}

/// Where an inspection stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum State {
    /// Nobody was there yet.
    #[default]
    Planned,
    /// Inspectors are there, or were.
    InProgress,
    /// Over.
    Concluded,
    /// Made together with another one.
    Merged,
    /// Given up.
    Cancelled,
}

/// What is to be inspected, by whom and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// Who looks and who mends.
    pub mode: Mode,
    /// What.
    pub object: Object,
    /// What is looked at.
    pub matters: Vec<MatterId>,
    /// The first day.
    pub first_day: Date,
    /// The last one.
    pub last_day: Date,
    /// Who inspects.
    pub organization: OrganizationId,
    /// Who planned it.
    pub person: PersonId,
    /// The round it was drawn in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round: Option<RoundId>,
    /// Other open inspections of the object in these days.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overlaps: Vec<InspectionId>,
    /// Why it is made apart from them.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub separate_reason: String,
}

/// An order to mend: a case and a task like any other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Who mends.
    pub organization: OrganizationId,
    /// The case.
    pub case: CaseId,
    /// The task.
    pub task: TaskId,
    /// When it was given.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
}

/// Something found; number n is at n - 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// On which matter.
    pub matter: MatterId,
    /// One line.
    pub title: String,
    /// In words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Who found it.
    pub organization: OrganizationId,
    /// In person.
    pub person: PersonId,
    /// When.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
    /// Why nothing is ordered.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub no_order_reason: String,
    /// The order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<Order>,
}

/// An inspection of one object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inspection {
    /// Where it stands.
    pub state: State,
    /// What was planned; none before the first event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned: Option<Planned>,
    /// Who inspects along.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub partners: Vec<OrganizationId>,
    /// Proposals to make it together with another.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub merges: Vec<Merge>,
    /// The inspection it went into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<InspectionId>,
    /// What was found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// What it came to.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub conclusion: String,
    /// Why it was given up.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub cancel_reason: String,
    /// When it was planned.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub planned_at: Option<OffsetDateTime>,
    /// When inspectors first were there.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub started_at: Option<OffsetDateTime>,
    /// When it was over.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<OffsetDateTime>,
}

/// Why something with inspections is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // the message says it
pub enum Refused {
    #[error("no such round of inspections")]
    RoundNotFound,
    #[error("the round is drawn or given up")]
    RoundNotPlanned { state: RoundState },
    #[error("no such inspection")]
    NotFound,
    #[error("others inspect the object in these days (R15)")]
    Overlaps {
        others: Vec<(InspectionId, OrganizationId)>,
    },
    #[error("{organization} does not {} in this mode", if *looks { "look" } else { "mend" })]
    ModeMismatch {
        organization: OrganizationId,
        looks: bool,
    },
    #[error("{organization} is a community: it helps to mend, and does not lead (R12)")]
    CommunityOnlyHelps { organization: OrganizationId },
    #[error("the inspection is over")]
    Ended { state: State },
    #[error("inspectors were not there yet")]
    NotStarted,
    #[error("a proposal to merge waits for an answer")]
    MergePending { other: InspectionId },
    #[error("there is no such proposal to merge")]
    NoMergeProposed,
    #[error("the two inspect different objects")]
    OtherObject,
    #[error("something was found already")]
    FindingsRecorded,
    #[error("the inspection does not look at {matter}")]
    MatterNotInspected { matter: MatterId },
    #[error("no such finding")]
    FindingNotFound,
    #[error("the finding has its order, or a reason for none")]
    AlreadyOrdered { task: Option<TaskId> },
    #[error("{organization} inspects, and so does not mend (M21)")]
    InspectorIsFixer { organization: OrganizationId },
    #[error("findings have neither an order nor a reason for none")]
    FindingsOpen { numbers: Vec<u16> },
}

impl Inspection {
    /// Whether it is neither over nor given up.
    pub fn is_open(&self) -> bool {
        self.planned.is_some() && matches!(self.state, State::Planned | State::InProgress)
    }

    /// Who inspects: whose it is, and partners.
    pub fn inspectors(&self) -> impl Iterator<Item = &OrganizationId> {
        let own = self.planned.iter().map(|it| &it.organization);
        own.chain(&self.partners)
    }

    /// Who mends by order.
    pub fn mends(&self) -> Vec<OrganizationId> {
        let orders = self.findings.iter().filter_map(|it| it.order.as_ref());
        let mut all: Vec<_> = orders.map(|it| it.organization.clone()).collect();
        all.sort();
        all.dedup();
        all
    }

    /// What was planned, for who inspects; for everybody else it is not there.
    pub fn of(&self, organization: &OrganizationId) -> Result<&Planned, Refused> {
        let planned = self.planned.as_ref().ok_or(Refused::NotFound)?;
        let mut inspectors = self.inspectors();
        inspectors
            .any(|it| it == organization)
            .then_some(planned)
            .ok_or(Refused::NotFound)
    }

    /// Plans it, when nobody inspects the object in these days or it is said why nevertheless (R15).
    pub fn plan(
        planned: Planned,
        others: &[(InspectionId, OrganizationId)],
        drawn: bool,
    ) -> Result<Change, Refused> {
        if !others.is_empty() && !drawn && planned.separate_reason.trim().is_empty() {
            return Err(Refused::Overlaps {
                others: others.to_vec(),
            });
        }
        let overlaps = others.iter().map(|it| it.0).collect();
        Ok(Change::Planned(Box::new(Planned {
            overlaps,
            ..planned
        })))
    }

    /// Records that inspectors are there.
    pub fn start(&self, organization: &OrganizationId) -> Result<Vec<Change>, Refused> {
        self.of(organization)?;
        match self.state {
            State::InProgress => Ok(vec![]),
            State::Planned => self.no_merge_pending().map(|()| vec![Change::Started]),
            state => Err(Refused::Ended { state }),
        }
    }

    /// Records something found. The same again changes nothing.
    pub fn find(&self, finding: Finding) -> Result<Vec<Change>, Refused> {
        let planned = self.of(&finding.organization)?;
        self.in_progress()?;
        if !planned.matters.contains(&finding.matter) {
            return Err(Refused::MatterNotInspected {
                matter: finding.matter,
            });
        }
        let same = |it: &Finding| {
            (&it.matter, &it.title, &it.description)
                == (&finding.matter, &finding.title, &finding.description)
        };
        if self.findings.iter().any(same) {
            return Ok(vec![]);
        }
        Ok(vec![Change::FindingRecorded(Box::new(finding))])
    }

    /// What an order to mend would be about, if this organization may have one at all. Whether it may be given now is for
    /// [`orderable`](Self::orderable) to say, when a repeated request has been told from a new one.
    pub fn finding(
        &self,
        organization: &OrganizationId,
        number: u16,
        mends: &OrganizationId,
    ) -> Result<(&Planned, &Finding), Refused> {
        let planned = self.of(organization)?;
        let index = usize::from(number).checked_sub(1);
        let finding = index
            .and_then(|it| self.findings.get(it))
            .ok_or_else(|| self.in_progress().err().unwrap_or(Refused::FindingNotFound))?;
        if self.inspectors().any(|it| it == mends) {
            return Err(Refused::InspectorIsFixer {
                organization: mends.clone(),
            });
        }
        Ok((planned, finding))
    }

    /// What an order to mend is about: the finding, if it may have one of this organization.
    pub fn orderable(
        &self,
        organization: &OrganizationId,
        number: u16,
        mends: &OrganizationId,
    ) -> Result<(&Planned, &Finding), Refused> {
        self.of(organization)?;
        self.in_progress()?;
        let (planned, finding) = self.finding(organization, number, mends)?;
        if finding.order.is_some() || !finding.no_order_reason.is_empty() {
            let task = finding.order.as_ref().map(|it| it.task);
            return Err(Refused::AlreadyOrdered { task });
        }
        Ok((planned, finding))
    }

    /// Ends it.
    pub fn conclude(
        &self,
        organization: &OrganizationId,
        conclusion: &str,
    ) -> Result<Vec<Change>, Refused> {
        self.of(organization)?;
        if self.state == State::Concluded && self.conclusion == conclusion {
            return Ok(vec![]);
        }
        self.in_progress()?;
        let open = (1..).zip(&self.findings);
        let open = open.filter(|(_, it)| it.order.is_none() && it.no_order_reason.is_empty());
        let numbers: Vec<u16> = open.map(|(number, _)| number).collect();
        if !numbers.is_empty() {
            return Err(Refused::FindingsOpen { numbers });
        }
        Ok(vec![Change::Concluded {
            conclusion: conclusion.to_owned(),
        }])
    }

    /// Gives it up.
    pub fn cancel(
        &self,
        organization: &OrganizationId,
        reason: &str,
    ) -> Result<Vec<Change>, Refused> {
        let planned = self.of(organization)?;
        if planned.organization != *organization {
            return Err(Refused::NotFound); // a partner stays away, and gives nothing up for others
        }
        match self.state {
            State::Cancelled if self.cancel_reason == reason => Ok(vec![]),
            State::Planned | State::InProgress if self.findings.is_empty() => {
                Ok(vec![Change::Cancelled {
                    reason: reason.to_owned(),
                }])
            }
            State::Planned | State::InProgress => Err(Refused::FindingsRecorded),
            state => Err(Refused::Ended { state }),
        }
    }

    fn in_progress(&self) -> Result<(), Refused> {
        match self.state {
            State::InProgress => Ok(()),
            State::Planned => Err(Refused::NotStarted),
            state => Err(Refused::Ended { state }),
        }
    }

    /// Folds one event; total, so history always replays.
    pub fn apply(&mut self, event: &InspectionEvent) {
        let at = event.at;
        match &event.change {
            Change::Planned(it) => {
                self.planned = Some((**it).clone());
                self.planned_at = Some(at);
            }
            Change::Overlapped { other, .. } => {
                if let Some(planned) = &mut self.planned {
                    planned.overlaps.push(*other);
                }
            }
            Change::MergeProposed(it) => self.merges.push(it.clone()),
            Change::MergeAnswered {
                from,
                answer,
                taken,
            } => self.answered(*from, answer, taken.as_deref()),
            Change::Merged { into } => {
                (self.state, self.ended_at) = (State::Merged, Some(at));
                self.merged_into = Some(*into);
            }
            Change::Started => (self.state, self.started_at) = (State::InProgress, Some(at)),
            Change::FindingRecorded(it) => self.findings.push((**it).clone()),
            Change::Ordered { finding, order } => {
                let index = usize::from(*finding).checked_sub(1);
                if let Some(it) = index.and_then(|it| self.findings.get_mut(it)) {
                    it.order = Some(order.clone());
                }
            }
            Change::Concluded { conclusion } => {
                (self.state, self.ended_at) = (State::Concluded, Some(at));
                self.conclusion.clone_from(conclusion);
            }
            Change::Cancelled { reason } => {
                (self.state, self.ended_at) = (State::Cancelled, Some(at));
                self.cancel_reason.clone_from(reason);
            }
        }
    }
}
