//! What happens to a meeting, and what it leaves behind for readers of the log.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::timestamp::microseconds as us;

use super::{
    Addendum, Attendance, Convened, Date, Decision, Digest, Item, ItemState, Meeting, Ranking,
    State,
};
use crate::domain::ids::MeetingSeriesId;
use crate::domain::whistle::Tier;
use crate::domain::{AreaId, ContentHash, OrganizationId, PersonId};

/// What can happen to a meeting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)] // the event's word says it
pub enum Change {
    Convened {
        convened: Box<Convened>,
        date: Date,
    },
    Moved(Date),
    /// By the data.
    Built {
        added: Vec<Item>,
        removed: Vec<u16>,
    },
    /// By hand.
    Removed {
        item: u16,
        person: PersonId,
        reason: String,
    },
    Opened,
    Attended(Attendance),
    Shown(Box<Ranking>),
    Decided {
        item: u16,
        decision: Box<Decision>,
    },
    Forwarded {
        item: u16,
        to: MeetingSeriesId,
        note: String,
    },
    Closed {
        minutes: String,
        hash: ContentHash,
    },
    DigestIssued(Digest),
    DigestSigned {
        organization: OrganizationId,
        person: PersonId,
    },
    Added(Addendum),
    Cancelled {
        reason: String,
    },
}

/// A meeting after an event: all that readers of the log need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Of which series.
    pub series: MeetingSeriesId,
    /// Where it stands.
    pub state: State,
    /// One line.
    pub title: String,
    /// Its tier.
    pub tier: Tier,
    /// Who chairs it.
    pub organization: OrganizationId,
    /// Who takes part besides.
    pub members: Vec<OrganizationId>,
    /// What it is about.
    pub area: AreaId,
    /// When it is held.
    #[serde(with = "us::option")]
    pub meet_at: Option<OffsetDateTime>,
    /// How many items are on the agenda.
    pub items: u32,
    /// How many of them are decided or forwarded.
    pub settled: u32,
    /// The item the event is about, as it stands afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<Box<Item>>,
    /// The digest the event is about, as it stands afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Box<Digest>>,
}

/// An event of a meeting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeetingEvent {
    /// When it happened.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
    /// What happened.
    pub change: Change,
    /// As it stands afterwards; never folded.
    pub facts: Box<Facts>,
}

impl MeetingEvent {
    /// Folds changes one after the other and puts beside each what it leaves behind.
    pub fn of(
        it: &Meeting,
        at: OffsetDateTime,
        changes: impl IntoIterator<Item = Change>,
    ) -> Vec<MeetingEvent> {
        let mut after = it.clone();
        let record = |change: Change| {
            after.apply(&change, at);
            MeetingEvent {
                at,
                facts: Box::new(Facts::of(&after, &change)),
                change,
            }
        };
        changes.into_iter().map(record).collect()
    }

    /// The word for it in the log. Never changed once released.
    pub fn kind(&self) -> &'static str {
        match self.change {
            Change::Convened { .. } => "MeetingConvened",
            Change::Moved(_) => "MeetingMoved",
            Change::Built { .. } => "AgendaBuilt",
            Change::Removed { .. } => "AgendaItemRemoved",
            Change::Opened => "MeetingOpened",
            Change::Attended(_) => "AttendanceRecorded",
            Change::Shown(_) => "RankingShown",
            Change::Decided { .. } => "MeetingItemDecided",
            Change::Forwarded { .. } => "MeetingItemForwarded",
            Change::Closed { .. } => "MeetingClosed",
            Change::DigestIssued(_) => "DigestIssued",
            Change::DigestSigned { .. } => "DigestSigned",
            Change::Added(_) => "AddendumAdded",
            Change::Cancelled { .. } => "MeetingCancelled",
        }
    }

    /// Who is told: chair and members; of a digest the chair and whose it is. Whom a decision binds hears of its task.
    pub fn audience(&self) -> Vec<OrganizationId> {
        let facts = &self.facts;
        let chair = facts.organization.clone();
        let mut all = match &self.change {
            Change::DigestIssued(it) => vec![chair, it.organization.clone()],
            Change::DigestSigned { organization, .. } => vec![chair, organization.clone()],
            _ => {
                let members = facts.members.iter().cloned();
                members.chain([chair]).collect()
            }
        };
        all.sort();
        all.dedup();
        all
    }
}

impl Facts {
    fn of(it: &Meeting, change: &Change) -> Facts {
        let convened = &it.convened;
        let members = convened.members.iter().map(|it| it.organization.clone());
        let on = it.items.iter().filter(|it| it.state != ItemState::Removed);
        let settled = |it: &&Item| matches!(it.state, ItemState::Decided | ItemState::Forwarded);
        let count = |many: usize| u32::try_from(many).unwrap_or(u32::MAX);
        let item = match change {
            Change::Decided { item, .. } | Change::Forwarded { item, .. } => it.item(*item),
            _ => None,
        };
        let digest = match change {
            Change::DigestSigned { organization, .. } => it
                .digests
                .iter()
                .find(|it| it.organization == *organization),
            _ => None,
        };
        Facts {
            series: convened.series,
            state: it.state,
            title: convened.title.clone(),
            tier: convened.tier,
            organization: convened.organization.clone(),
            members: members.collect(),
            area: convened.area.clone(),
            meet_at: it.date.as_ref().map(|it| it.at),
            items: count(on.clone().count()),
            settled: count(on.filter(settled).count()),
            item: item.cloned().map(Box::new),
            digest: digest.cloned().map(Box::new),
        }
    }
}
