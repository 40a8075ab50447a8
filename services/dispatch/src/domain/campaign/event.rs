//! What happens to a campaign, and what it leaves behind for readers of the log.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::timestamp::microseconds as us;

use super::{Campaign, Closing, Member, Scope, State};
use crate::domain::{OrganizationId, PersonId};

/// What can happen to a campaign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)] // the event's word says it
pub enum Change {
    Created {
        organization: OrganizationId,
        person: PersonId,
        scope: Box<Scope>,
    },
    Updated {
        scope: Box<Scope>,
        reason: String,
    },
    Started,
    MembersAdded {
        members: Vec<Member>,
    },
    MembersRemoved {
        members: Vec<Member>,
        reason: String,
    },
    Closed(Box<Closing>),
    Cancelled {
        reason: String,
    },
}

/// A campaign after an event: all that readers of the log need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Where it stands.
    pub state: State,
    /// One line.
    pub title: String,
    /// Who leads it.
    pub organization: OrganizationId,
    /// Who takes part.
    pub organizations: Vec<OrganizationId>,
    /// How many members it has.
    pub members: u32,
}

/// An event of a campaign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CampaignEvent {
    /// When it happened.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
    /// What happened.
    pub change: Change,
    /// The campaign as it stands afterwards; never folded.
    pub facts: Box<Facts>,
}

impl CampaignEvent {
    /// Folds changes one after the other and puts beside each what it leaves behind.
    pub fn of(
        it: &Campaign,
        at: OffsetDateTime,
        changes: impl IntoIterator<Item = Change>,
    ) -> Vec<CampaignEvent> {
        let mut after = it.clone();
        let record = |change: Change| {
            let facts = Box::new(Facts::of(&after));
            let mut event = CampaignEvent { at, change, facts };
            after.apply(&event);
            event.facts = Box::new(Facts::of(&after));
            event
        };
        changes.into_iter().map(record).collect()
    }

    /// The word for it in the log. Never changed once released.
    pub fn kind(&self) -> &'static str {
        match self.change {
            Change::Created { .. } => "CampaignCreated",
            Change::Updated { .. } => "CampaignUpdated",
            Change::Started => "CampaignStarted",
            Change::MembersAdded { .. } => "CampaignMembersAdded",
            Change::MembersRemoved { .. } => "CampaignMembersRemoved",
            Change::Closed(_) => "CampaignClosed",
            Change::Cancelled { .. } => "CampaignCancelled",
        }
    }

    /// Who is told: who leads it, and who takes part.
    pub fn audience(&self) -> Vec<OrganizationId> {
        let mut all = self.facts.organizations.clone();
        all.push(self.facts.organization.clone());
        all.sort();
        all.dedup();
        all
    }
}

impl Facts {
    fn of(it: &Campaign) -> Facts {
        Facts {
            state: it.state,
            title: it.scope.title.clone(),
            organization: it.organization.clone(),
            organizations: it.scope.organizations.clone(),
            members: u32::try_from(it.members.len()).unwrap_or(u32::MAX),
        }
    }
}
