//! What is on an agenda, and where it was before.

use std::fmt;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::timestamp::microseconds as us;

use super::decision::Decision;
use crate::domain::clock::Deadline;
use crate::domain::ids::{MeetingId, MeetingSeriesId};
use crate::domain::whistle::Tier;
use crate::domain::{AssignmentId, CaseId, DisputeId, OrganizationId, PersonId, TaskId, WhistleId};

/// Why something is on an agenda, in the order of the agenda (M29).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// 上次决定未办结.
    PreviousDecision,
    /// 上级答复.
    Answer,
    /// 下级转呈.
    Forwarded,
    /// 督办到底仍逾期.
    Escalated,
    /// 逾期.
    Overdue,
    /// 推诿争议.
    Dispute,
    /// 返工两次以上.
    Rework,
    /// 回访不合格.
    FailedRevisit,
    /// 挂账.
    Hold,
    /// 末级吹哨无应答.
    UnansweredWhistle,
    /// 派单未送达.
    Undelivered,
    /// 反弹.
    Relapse,
    /// 人工列入.
    Manual,
}

/// Where an item stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ItemState {
    /// Not discussed.
    #[default]
    Open,
    /// Decided.
    Decided,
    /// With the tier above.
    Forwarded,
    /// Off the agenda.
    Removed,
}

/// What an item is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[allow(missing_docs)] // the words of the contract
pub enum Subject {
    Task(TaskId),
    Assignment(AssignmentId),
    Case(CaseId),
    Dispute(DisputeId),
    Whistle(WhistleId),
}

/// Where an item was before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// At which meeting.
    pub meeting: MeetingId,
    /// Of which series.
    pub series: MeetingSeriesId,
    /// Its tier.
    pub tier: Tier,
    /// Who chaired.
    pub organization: OrganizationId,
    /// Its number there.
    pub item: u16,
}

/// The work by which it is seen how far an earlier decision is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Followed {
    /// Which.
    pub works: Vec<Subject>,
    /// Until when it was to be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Deadline>,
}

/// One item of an agenda.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Its number, from 1.
    pub number: u16,
    /// Why it is here.
    pub kind: Kind,
    /// Where it stands.
    pub state: ItemState,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Subject>,
    /// One line.
    pub title: String,
    /// Who is concerned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub organizations: Vec<OrganizationId>,
    /// Since when.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub since: Option<OffsetDateTime>,
    /// Why it was put there, forwarded or removed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Where it was before, the first first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub origins: Vec<Origin>,
    /// Of an earlier decision: the work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub followed: Option<Followed>,
    /// Who put it there or took it off; none: the data did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// What was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    /// The series it was forwarded to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forwarded_to: Option<MeetingSeriesId>,
}

impl Kind {
    /// Whether the data put it there, and takes it off when it is settled.
    pub fn is_of_data(self) -> bool {
        !matches!(self, Kind::Manual | Kind::Answer | Kind::Forwarded)
    }

    /// In Chinese, as agendas and minutes have it.
    pub fn title(self) -> &'static str {
        match self {
            Kind::PreviousDecision => "上次决定",
            Kind::Answer => "上级答复",
            Kind::Forwarded => "下级转呈",
            Kind::Escalated => "督办未果",
            Kind::Overdue => "逾期",
            Kind::Dispute => "推诿争议",
            Kind::Rework => "多次返工",
            Kind::FailedRevisit => "回访不合格",
            Kind::Hold => "挂账",
            Kind::UnansweredWhistle => "吹哨无应答",
            Kind::Undelivered => "派单未送达",
            Kind::Relapse => "问题反弹",
            Kind::Manual => "临时动议",
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Task(it) => write!(f, "tasks/{it}"),
            Subject::Assignment(it) => it.fmt(f),
            Subject::Case(it) => write!(f, "cases/{it}"),
            Subject::Dispute(it) => write!(f, "disputes/{it}"),
            Subject::Whistle(it) => write!(f, "whistles/{it}"),
        }
    }
}

impl Item {
    /// The work that shows how far what was decided is: of its own decision, or of the earlier one it is about.
    pub fn followed(&self) -> Option<Followed> {
        match &self.decision {
            Some(it) => Some(Followed {
                works: it.works.clone(),
                deadline: it.deadline.clone(),
            }),
            None => self.followed.clone(),
        }
    }
}
