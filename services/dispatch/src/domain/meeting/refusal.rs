//! Why something with meetings is refused.

use super::{ItemState, State, Subject};
use crate::domain::OrganizationId;

/// Why something with meetings is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // the message says it
pub enum Refused {
    #[error("no such series of meetings")]
    SeriesNotFound,
    #[error("the series meets no more")]
    SeriesEnded,
    #[error("there are only {participants} to be present")]
    QuorumTooHigh { participants: u32 },
    #[error("the series above is of no higher tier")]
    NotTheTierAbove,
    #[error("the area is not the chair's")]
    AreaOutside,
    #[error("the meeting before is not over")]
    NotOver { state: State },
    #[error("no such meeting")]
    NotFound,
    #[error("the meeting is no longer a draft")]
    NotDraft { state: State },
    #[error("the meeting does not meet")]
    NotOpen { state: State },
    #[error("the meeting is not closed")]
    NotClosed { state: State },
    #[error("the meeting is over")]
    Over { state: State },
    #[error("the agenda is full")]
    AgendaFull,
    #[error("no such work of chair or members in the area: {subject}")]
    SubjectNotFound { subject: Subject },
    #[error("no such item")]
    ItemNotFound,
    #[error("the item is settled")]
    ItemSettled { state: ItemState },
    #[error("{organization} is neither chair nor member, or not there")]
    NotAMember { organization: OrganizationId },
    #[error("a member records its own attendance; that of others is for the chair, {chair}")]
    NotTheChair { chair: OrganizationId },
    #[error("whoever stands in says for whom, and by which authority")]
    DelegateWithoutAuthority { representative: String },
    #[error("{present} of the {needed} who have to be present")]
    NoQuorum {
        present: u32,
        needed: u32,
        missing: Vec<OrganizationId>,
    },
    #[error("somebody is to lead, and no work would show how far it is")]
    ActionWithoutWork,
    #[error("something is to be done, and nobody leads")]
    ActionWithoutLead,
    #[error("{organization} organizes the work, and neither chairs nor is there and agrees")]
    OrganizerNotPresent { organization: OrganizationId },
    #[error("there is no series above, or it has ended")]
    NoSeriesAbove,
    #[error("the meeting has no digest for the organization")]
    NoDigest,
    #[error("the digest was signed by {by}")]
    DigestSigned { by: String },
}
