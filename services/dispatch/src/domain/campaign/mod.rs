//! Campaigns (专项行动, 重点整治): cases, tasks and inspections that go their usual way, grouped under a plan (M23).
//!
//! ```text
//! Planned ─start─▶ Running ─close─▶ Closed: report and progress are frozen
//!    └──────cancel────┴──▶ Cancelled: the work goes on
//! ```
//!
//! What must stay true: progress is computed from the work itself, never typed; nothing is part of a campaign that lies
//! outside its areas and matters.

mod event;
mod progress;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use time::serde::timestamp::microseconds as us;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

pub use self::event::{CampaignEvent, Change, Facts};
pub use self::progress::{Progress, Work};
use super::{
    AreaId, Case, CaseId, Inspection, InspectionId, MatterId, OrganizationId, PersonId, Task,
    TaskId,
};

/// The most work a campaign groups.
const MEMBERS_MAX: usize = 500;

/// Where a campaign stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum State {
    /// Being drawn up.
    #[default]
    Planned,
    /// Runs.
    Running,
    /// Over, with its report.
    Closed,
    /// Given up.
    Cancelled,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[allow(missing_docs)] // the words of the contract
pub enum Measure {
    CasesClosed,
    TasksFinished,
    InspectionsConcluded,
    FindingsMended,
}

/// What is to be reached in numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// What is counted.
    pub measure: Measure,
    /// How many at least.
    pub amount: i64,
}

/// What a campaign is to do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// One line.
    pub title: String,
    /// What is to be reached, how and by whom.
    pub plan: String,
    /// Where.
    pub areas: Vec<AreaId>,
    /// On what.
    pub matters: Vec<MatterId>,
    /// The days.
    pub days: Option<(Date, Date)>,
    /// In numbers.
    pub targets: Vec<Target>,
    /// Who takes part.
    pub organizations: Vec<OrganizationId>,
}

/// Something that is part of a campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Member {
    Case(CaseId),
    Task(TaskId),
    Inspection(InspectionId),
}

/// How a campaign was closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closing {
    /// The report in words.
    pub report: String,
    /// Why it was closed while work went on.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unfinished_reason: String,
    /// How far it was.
    pub progress: Progress,
}

/// A campaign.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Campaign {
    /// Where it stands.
    pub state: State,
    /// Who leads it.
    pub organization: OrganizationId,
    /// Who drew it up.
    pub person: PersonId,
    /// What it is to do.
    pub scope: Scope,
    /// Who ever took part: nobody stops to see it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parties: Vec<OrganizationId>,
    /// What is part of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Member>,
    /// How it was closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closing: Option<Closing>,
    /// Why it was given up.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub cancel_reason: String,
    /// When it was drawn up; none before the first event.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub created_at: Option<OffsetDateTime>,
    /// When it began.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub started_at: Option<OffsetDateTime>,
    /// When it was over.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<OffsetDateTime>,
}

/// Why something with campaigns is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // the message says it
pub enum Refused {
    #[error("no such campaign")]
    NotFound,
    #[error("the campaign is over")]
    Ended { state: State },
    #[error("the campaign does not run")]
    NotRunning { state: State },
    #[error("the campaign says not what is to be done")]
    PlanMissing,
    #[error("a running campaign is changed with a reason")]
    ReasonMissing,
    #[error("no such work, or none of those who take part")]
    MemberNotFound { member: Member },
    #[error("it lies outside the campaign's areas and matters")]
    OutsideScope { member: Member },
    #[error("a campaign groups {MEMBERS_MAX} at most")]
    TooManyMembers,
    #[error("{open} of its cases, tasks and inspections go on, and no reason is given")]
    WorkUnfinished { open: i64 },
}

/// A member as it stands, to be judged.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub enum Candidate<'a> {
    Case(&'a Case),
    Task(&'a Task),
    Inspection(&'a Inspection),
}

impl std::fmt::Display for Member {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Member::Case(id) => write!(f, "cases/{id}"),
            Member::Task(id) => write!(f, "tasks/{id}"),
            Member::Inspection(id) => write!(f, "inspections/{id}"),
        }
    }
}

impl Member {
    /// The bare id.
    pub fn id(self) -> Uuid {
        match self {
            Member::Case(id) => id.0,
            Member::Task(id) => id.0,
            Member::Inspection(id) => id.0,
        }
    }
}

impl Campaign {
    /// Refuses everybody but who leads it; for them it is not there.
    pub fn led_by(&self, organization: &OrganizationId) -> Result<(), Refused> {
        let leads = self.created_at.is_some() && self.organization == *organization;
        leads.then_some(()).ok_or(Refused::NotFound)
    }

    /// Changes what is to be done.
    pub fn update(
        &self,
        organization: &OrganizationId,
        (scope, reason): (Scope, String),
    ) -> Result<Vec<Change>, Refused> {
        self.led_by(organization)?;
        self.is_open()?;
        if self.scope == scope {
            return Ok(vec![]);
        }
        if self.state == State::Running && reason.trim().is_empty() {
            return Err(Refused::ReasonMissing);
        }
        if self.state == State::Running && scope.plan.trim().is_empty() {
            return Err(Refused::PlanMissing);
        }
        Ok(vec![Change::Updated {
            scope: Box::new(scope),
            reason,
        }])
    }

    /// Begins.
    pub fn start(&self, organization: &OrganizationId) -> Result<Vec<Change>, Refused> {
        self.led_by(organization)?;
        match self.state {
            State::Running => Ok(vec![]),
            State::Planned if self.scope.plan.trim().is_empty() => Err(Refused::PlanMissing),
            State::Planned => Ok(vec![Change::Started]),
            state => Err(Refused::Ended { state }),
        }
    }

    /// Takes in work; what is in it already is left. Every member comes with how it stands; none if it is not there.
    pub fn add(
        &self,
        organization: &OrganizationId,
        candidates: &[(Member, Option<Candidate<'_>>)],
    ) -> Result<Vec<Change>, Refused> {
        self.led_by(organization)?;
        self.is_running()?;
        let mut members: Vec<Member> = Vec::new();
        for (member, candidate) in candidates {
            if self.members.contains(member) || members.contains(member) {
                continue;
            }
            let missing = Refused::MemberNotFound { member: *member };
            let candidate = candidate.filter(|it| it.is_of(self)).ok_or(missing)?;
            if !candidate.is_within(&self.scope) {
                return Err(Refused::OutsideScope { member: *member });
            }
            members.push(*member);
        }
        if self.members.len() + members.len() > MEMBERS_MAX {
            return Err(Refused::TooManyMembers);
        }
        Ok(if members.is_empty() {
            vec![]
        } else {
            vec![Change::MembersAdded { members }]
        })
    }

    /// Leaves work out again; what is not in it is left.
    pub fn remove(
        &self,
        organization: &OrganizationId,
        members: &[Member],
        reason: &str,
    ) -> Result<Vec<Change>, Refused> {
        self.led_by(organization)?;
        self.is_running()?;
        let there = self.members.iter().filter(|it| members.contains(it));
        let members: Vec<Member> = there.copied().collect();
        Ok(if members.is_empty() {
            vec![]
        } else {
            vec![Change::MembersRemoved {
                members,
                reason: reason.to_owned(),
            }]
        })
    }

    /// Closes it, with how far it is.
    pub fn close(
        &self,
        organization: &OrganizationId,
        closing: Closing,
    ) -> Result<Vec<Change>, Refused> {
        self.led_by(organization)?;
        let same = |it: &Closing| it.report == closing.report;
        if self.state == State::Closed && self.closing.as_ref().is_some_and(same) {
            return Ok(vec![]);
        }
        self.is_running()?;
        let open = closing.progress.open();
        if open > 0 && closing.unfinished_reason.trim().is_empty() {
            return Err(Refused::WorkUnfinished { open });
        }
        Ok(vec![Change::Closed(Box::new(closing))])
    }

    /// Gives it up.
    pub fn cancel(
        &self,
        organization: &OrganizationId,
        reason: &str,
    ) -> Result<Vec<Change>, Refused> {
        self.led_by(organization)?;
        if self.state == State::Cancelled && self.cancel_reason == reason {
            return Ok(vec![]);
        }
        self.is_open()?;
        Ok(vec![Change::Cancelled {
            reason: reason.to_owned(),
        }])
    }

    fn is_open(&self) -> Result<(), Refused> {
        match self.state {
            State::Planned | State::Running => Ok(()),
            state => Err(Refused::Ended { state }),
        }
    }

    fn is_running(&self) -> Result<(), Refused> {
        match self.state {
            State::Running => Ok(()),
            state => Err(Refused::NotRunning { state }),
        }
    }

    /// Folds one event; total, so history always replays.
    pub fn apply(&mut self, event: &CampaignEvent) {
        let at = event.at;
        match &event.change {
            Change::Created {
                organization,
                person,
                scope,
            } => {
                self.organization = organization.clone();
                self.person = person.clone();
                self.created_at = Some(at);
                self.take(scope);
            }
            Change::Updated { scope, .. } => self.take(scope),
            Change::Started => (self.state, self.started_at) = (State::Running, Some(at)),
            Change::MembersAdded { members } => self.members.extend(members),
            Change::MembersRemoved { members, .. } => {
                self.members.retain(|it| !members.contains(it));
            }
            Change::Closed(closing) => {
                (self.state, self.ended_at) = (State::Closed, Some(at));
                self.closing = Some((**closing).clone());
            }
            Change::Cancelled { reason } => {
                (self.state, self.ended_at) = (State::Cancelled, Some(at));
                self.cancel_reason.clone_from(reason);
            }
        }
    }

    fn take(&mut self, scope: &Scope) {
        self.scope = scope.clone();
        let own = std::iter::once(&self.organization);
        let all = own.chain(&scope.organizations).chain(&self.parties);
        let mut parties: Vec<_> = all.cloned().collect();
        parties.sort();
        parties.dedup();
        self.parties = parties;
    }
}

impl Candidate<'_> {
    /// Whether it is work of those who take part.
    fn is_of(&self, campaign: &Campaign) -> bool {
        let own = std::iter::once(&campaign.organization);
        let mut all = own.chain(&campaign.scope.organizations);
        match self {
            Candidate::Case(it) => all.any(|who| it.report.organization == *who),
            Candidate::Task(it) => all.any(|who| it.organizer == *who),
            Candidate::Inspection(it) => all.any(|who| it.of(who).is_ok()),
        }
    }

    /// Whether it lies in the areas and is about one of the matters; a case that is not filed is about none yet.
    fn is_within(&self, scope: &Scope) -> bool {
        let inside = |area: &AreaId| {
            let mut areas = scope.areas.iter();
            areas.any(|it| area.as_str().starts_with(it.as_str()))
        };
        match self {
            Candidate::Case(it) => {
                let matter = it.filing.as_ref().map(|it| &it.matter);
                inside(&it.report.area) && matter.is_none_or(|it| scope.matters.contains(it))
            }
            Candidate::Task(it) => inside(&it.area) && scope.matters.contains(&it.matter),
            Candidate::Inspection(it) => it.planned.as_ref().is_some_and(|it| {
                let mut matters = it.matters.iter();
                inside(&it.object.area) && matters.any(|it| scope.matters.contains(it))
            }),
        }
    }
}
