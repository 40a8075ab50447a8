//! What an event leaves behind, for readers of the log: all that inboxes and scoring need.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::timestamp::microseconds as us;

use super::assignment::{Assignment, Ruling, State};
use super::case::clock::{CaseClock, PromisedReply};
use super::case::place::Position;
use super::case::triage::Way;
use super::case::{self, Case, Source};
use super::clock::StageClock;
use super::hand_back::HandBack;
use super::ids::{DisputeId, WhistleId};
use super::statutory::StatutoryClock;
use super::{Act, AreaId, CaseId, MatterId, OrganizationId, Outreach, Role, Task, TaskId};

/// An assignment and its current round after an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The assignment's number in the task.
    pub number: u16,
    /// The cases it is about.
    pub cases: Vec<CaseId>,
    /// Who holds it.
    pub organization: OrganizationId,
    /// Who organizes the task.
    pub organizer: OrganizationId,
    /// Who checks it.
    pub checker: OrganizationId,
    /// Where.
    pub area: AreaId,
    /// On which matter.
    pub matter: MatterId,
    /// Where its first case came from.
    pub source: Source,
    /// When its first case was filed.
    #[serde(with = "us::option", default, skip_serializing_if = "Option::is_none")]
    pub filed_at: Option<OffsetDateTime>,
    /// As what.
    pub role: Role,
    /// What in law.
    pub act: Act,
    /// Where it stands.
    pub state: State,
    /// When it was sent.
    #[serde(with = "us")]
    pub offered_at: OffsetDateTime,
    /// When it was signed.
    #[serde(with = "us::option", default, skip_serializing_if = "Option::is_none")]
    pub signed_at: Option<OffsetDateTime>,
    /// How many objections so far.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub objections: u16,
    /// How the latest was ruled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ruling: Option<Ruling>,
    /// Which kind of work its task is (M26).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outreach: Option<Outreach>,
    /// On the real path, and never scored.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exercise: bool,
    /// The whistle its task answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whistle: Option<WhistleId>,
    /// The dispute that laid it on its organization.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub designation: Option<DisputeId>,
    /// Whether it was handed back by agreement.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub handed_back: bool,
    /// The current round; none if it is for awareness only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round: Option<RoundFacts>,
    /// The clocks that law sets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statutory: Vec<StatutoryClock>,
    /// Since when its latest order could not be delivered.
    #[serde(with = "us::option", default, skip_serializing_if = "Option::is_none")]
    pub undelivered: Option<OffsetDateTime>,
}

/// A round after an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoundFacts {
    /// 1, 2, ...
    pub number: u16,
    /// When it began.
    #[serde(with = "us")]
    pub started_at: OffsetDateTime,
    /// Its clocks.
    pub clocks: Vec<StageClock>,
    /// When officers were committed.
    #[serde(with = "us::option", default, skip_serializing_if = "Option::is_none")]
    pub committed_at: Option<OffsetDateTime>,
    /// When they arrived.
    #[serde(with = "us::option", default, skip_serializing_if = "Option::is_none")]
    pub on_site_at: Option<OffsetDateTime>,
    /// When the result was reported.
    #[serde(with = "us::option", default, skip_serializing_if = "Option::is_none")]
    pub reported_at: Option<OffsetDateTime>,
    /// When it was checked.
    #[serde(with = "us::option", default, skip_serializing_if = "Option::is_none")]
    pub checked_at: Option<OffsetDateTime>,
    /// What the check found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passed: Option<bool>,
    /// How many extensions were granted.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub extensions: u16,
}

/// A case after an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseFacts {
    /// Where it stands.
    pub state: case::State,
    /// Where it came from.
    pub source: Source,
    /// Its number there.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub external_reference: String,
    /// One line.
    pub title: String,
    /// Where.
    pub area: AreaId,
    /// Who holds it.
    pub organization: OrganizationId,
    /// When it was reported.
    #[serde(with = "us::option")]
    pub reported_at: Option<OffsetDateTime>,
    /// Under which matter and condition it is filed, and when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filed: Option<FiledFacts>,
    /// When it was closed.
    #[serde(with = "us::option", default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<OffsetDateTime>,
    /// Its task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskId>,
    /// Its round, from 1; 0 where nobody counted yet.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub round: u16,
    /// Which way it was triaged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub way: Option<Way>,
    /// The case it was merged into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<CaseId>,
    /// The closed case it repeats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relapse_of: Option<CaseId>,
    /// Its clocks in this round.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<CaseClock>,
    /// The replies that were promised.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replies: Vec<PromisedReply>,
    /// Where exactly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
    /// What it is about.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub object: String,
    /// On the real path, and never scored.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exercise: bool,
}

/// A filing after an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FiledFacts {
    /// The matter.
    pub matter: MatterId,
    /// Its filing condition.
    pub condition: String,
    /// When.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
}

impl Facts {
    /// What one assignment of a task looks like now.
    pub fn of(task: &Task, number: u16) -> Option<Facts> {
        let it = task.assignment(number)?;
        let round = it.round().map(|round| RoundFacts {
            number: round.number,
            started_at: round.started_at,
            clocks: round.clocks.clone(),
            committed_at: round.committed_at,
            on_site_at: round.on_site_at,
            reported_at: round.report.as_ref().map(|it| it.at),
            checked_at: round.check.as_ref().map(|it| it.at),
            passed: round.check.as_ref().map(|it| it.passed),
            extensions: it.extensions_in(round.number),
        });
        Some(Facts {
            number,
            cases: task.cases.clone(),
            organization: it.offer.organization.clone(),
            organizer: task.organizer.clone(),
            checker: it.offer.checker.clone(),
            area: task.area.clone(),
            matter: it.offer.matter.clone(),
            source: task.source,
            filed_at: task.filed_at,
            role: it.offer.role,
            act: it.offer.act,
            state: it.state,
            offered_at: it.offered_at,
            signed_at: it.signed_at,
            objections: u16::try_from(it.objections.len()).unwrap_or(u16::MAX),
            ruling: it
                .objections
                .last()
                .and_then(|it| it.ruled.as_ref())
                .map(|it| it.ruling),
            outreach: Some(task.plan.outreach()),
            exercise: task.exercise,
            whistle: task.whistle,
            designation: it.designation,
            handed_back: it.hand_backs.iter().any(HandBack::is_granted),
            round,
            statutory: it.statutory.clone(),
            undelivered: it.undelivered,
        })
    }
}

impl Assignment {
    fn extensions_in(&self, round: u16) -> u16 {
        let granted = self.granted_extensions().filter(|it| it.round == round);
        u16::try_from(granted.count()).unwrap_or(u16::MAX)
    }
}

impl CaseFacts {
    /// What a case looks like now.
    pub fn of(case: &Case) -> CaseFacts {
        let report = &case.report;
        CaseFacts {
            state: case.state,
            source: report.source,
            external_reference: report.external_reference.clone(),
            title: report.title.clone(),
            area: report.area.clone(),
            organization: report.organization.clone(),
            reported_at: report.reported_at,
            filed: case.filing.as_ref().map(|it| FiledFacts {
                matter: it.matter.clone(),
                condition: it.condition.clone(),
                at: it.at,
            }),
            closed_at: case.closed_at,
            task: case.task,
            round: case.round(),
            way: case.triage.as_ref().map(|it| it.way),
            merged_into: case.merged_into,
            relapse_of: case.relapse_of,
            clocks: case
                .clocks
                .iter()
                .filter(|it| it.round == case.round())
                .cloned()
                .collect(),
            replies: case.replies.clone(),
            position: report.position,
            object: report.object.clone(),
            exercise: report.exercise,
        }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
fn is_zero(it: &u16) -> bool {
    *it == 0
}
