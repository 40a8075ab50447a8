//! Coordination meetings (M28-M33): the community's weekly meeting, the street's monthly review, the district's group.
//!
//! ```text
//! Draft ─open─▶ Open: items are decided or forwarded ─close─▶ Closed: minutes are frozen, digests go out
//!   └─cancel─▶ Cancelled              what is left of either is carried over to the next meeting of the series
//! ```
//!
//! What must stay true: the agenda is built from data; a decision is recorded with what it changes, or not at all; how
//! far it is is read off the work; frozen minutes only grow by addenda.

pub mod agenda;
pub mod decision;
mod event;
mod item;
mod minutes;
mod refusal;
mod rules;
pub mod schedule;
pub mod series;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::timestamp::microseconds as us;

pub use self::decision::{Decision, Effect, FollowUp};
pub use self::event::{Change, Facts, MeetingEvent};
pub use self::item::{Followed, Item, ItemState, Kind, Origin, Subject};
pub use self::minutes::{Digest, Names};
pub use self::refusal::Refused;
pub use self::rules::Motion;
pub use self::series::{MeetingSeries, Member, Referral, SeriesEvent};
use super::ids::{MeetingId, MeetingSeriesId};
use super::whistle::Tier;
use super::{AreaId, ContentHash, OrganizationId, PersonId};

/// Where a meeting stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum State {
    /// Its agenda is drawn up.
    #[default]
    Draft,
    /// It meets.
    Open,
    /// Its minutes are frozen.
    Closed,
    /// It was not held.
    Cancelled,
}

/// How an organization takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Presence {
    /// 出席.
    Present,
    /// 请假.
    Excused,
    /// 缺席.
    Absent,
}

/// A meeting as it is drawn up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Convened {
    /// Of which series.
    pub series: MeetingSeriesId,
    /// Which of it, from 1.
    pub number: u32,
    /// One line.
    pub title: String,
    /// Its tier.
    pub tier: Tier,
    /// Who chairs it.
    pub organization: OrganizationId,
    /// What it is about.
    pub area: AreaId,
    /// Who takes part besides.
    pub members: Vec<Member>,
    /// How many have to be present.
    pub quorum: u32,
    /// The series above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upper: Option<MeetingSeriesId>,
    /// The meeting before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<MeetingId>,
}

/// When and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Date {
    /// When.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
    /// Where.
    pub place: String,
}

/// Who was there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attendance {
    /// For which organization.
    pub organization: OrganizationId,
    /// How.
    pub presence: Presence,
    /// Who.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// For whom they stand in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delegate_of: Option<PersonId>,
    /// The authorisation, or why nobody comes.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Who recorded it.
    pub recorder: PersonId,
    /// When.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
}

/// A place in a ranking that was shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rank {
    /// The place; none without a score.
    pub rank: Option<u32>,
    /// Whose.
    pub organization: OrganizationId,
    /// Points, as shown.
    pub points: String,
    /// The grade, as shown.
    pub grade: String,
    /// Others have the same points.
    pub tied: bool,
    /// Too few assignments.
    pub small_sample: bool,
    /// Appeals that are not decided.
    pub open_appeals: u32,
}

/// A ranking that was shown, bound to what the ledger was then (M32).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ranking {
    /// Of which period.
    pub period: String,
    /// By which scheme.
    pub scheme: String,
    /// Which version of it.
    pub scheme_version: String,
    /// The epoch of the log.
    pub epoch: String,
    /// The last event that was counted.
    pub position: i64,
    /// The length of the ledger.
    pub entries: i64,
    /// When it was computed.
    #[serde(with = "us")]
    pub as_of: OffsetDateTime,
    /// The places.
    pub rows: Vec<Rank>,
    /// When it was shown.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
}

/// What was added to frozen minutes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addendum {
    /// Its number, from 1.
    pub number: u32,
    /// In words.
    pub text: String,
    /// Who.
    pub person: PersonId,
    /// When.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
    /// Over the hash before it and this.
    pub hash: ContentHash,
}

/// A coordination meeting. Its default is before its first event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meeting {
    /// Where it stands.
    pub state: State,
    /// As it was drawn up.
    pub convened: Convened,
    /// When and where; none before the first event.
    pub date: Option<Date>,
    /// Who was there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attendances: Vec<Attendance>,
    /// The agenda: item n is at n - 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<Item>,
    /// What was shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rankings: Vec<Ranking>,
    /// The frozen minutes.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub minutes: String,
    /// Their hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes_hash: Option<ContentHash>,
    /// What was added to them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addenda: Vec<Addendum>,
    /// What it means for each organization.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub digests: Vec<Digest>,
    /// When it was drawn up.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub created_at: Option<OffsetDateTime>,
    /// When it was opened.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub opened_at: Option<OffsetDateTime>,
    /// When it was closed or cancelled.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<OffsetDateTime>,
    /// Why it was not held.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub cancel_reason: String,
}

impl Meeting {
    /// An item by its number.
    pub fn item(&self, number: u16) -> Option<&Item> {
        self.items.get(usize::from(number).checked_sub(1)?)
    }

    /// Chair and members.
    pub fn participants(&self) -> Vec<OrganizationId> {
        self.convened.participants()
    }

    /// Everybody it concerns: chair, members, and whom it bound.
    pub fn parties(&self) -> Vec<OrganizationId> {
        let bound = self.digests.iter().map(|it| it.organization.clone());
        let mut all = self.participants();
        all.extend(bound);
        all.sort();
        all.dedup();
        all
    }

    /// Whether an organization sees it.
    pub fn concerns(&self, organization: &OrganizationId) -> bool {
        self.created_at.is_some() && self.parties().contains(organization)
    }

    /// Whether it is over, held or not.
    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Closed | State::Cancelled)
    }

    /// Whether somebody is there for an organization.
    pub fn is_present(&self, organization: &OrganizationId) -> bool {
        let theirs = |it: &&Attendance| it.organization == *organization;
        let found = self.attendances.iter().find(theirs);
        found.is_some_and(|it| it.presence == Presence::Present)
    }

    /// The agenda in the order in which it is gone through.
    pub fn agenda(&self) -> Vec<&Item> {
        let mut items: Vec<&Item> = self.items.iter().collect();
        items.sort_by_key(|it| (it.kind, it.number));
        items
    }

    /// Folds one change. The only place that changes a meeting; total, so history always replays.
    pub fn apply(&mut self, change: &Change, at: OffsetDateTime) {
        match change {
            Change::Convened { convened, date } => {
                self.convened = (**convened).clone();
                self.date = Some(date.clone());
                self.created_at = Some(at);
            }
            Change::Moved(date) => self.date = Some(date.clone()),
            Change::Built { added, removed } => {
                for number in removed {
                    self.settle(*number, |it| it.state = ItemState::Removed);
                }
                self.items.extend(added.iter().cloned());
            }
            Change::Removed {
                item,
                person,
                reason,
            } => self.settle(*item, |it| {
                it.state = ItemState::Removed;
                it.person = Some(person.clone());
                it.note.clone_from(reason);
            }),
            Change::Opened => {
                self.state = State::Open;
                self.opened_at = Some(at);
            }
            Change::Attended(it) => {
                self.attendances
                    .retain(|old| old.organization != it.organization);
                self.attendances.push(it.clone());
            }
            Change::Shown(it) => self.rankings.push((**it).clone()),
            Change::Decided { item, decision } => self.settle(*item, |it| {
                it.state = ItemState::Decided;
                it.decision = Some((**decision).clone());
            }),
            Change::Forwarded { item, to, note, .. } => self.settle(*item, |it| {
                it.state = ItemState::Forwarded;
                it.forwarded_to = Some(*to);
                it.note.clone_from(note);
            }),
            Change::Closed { minutes, hash } => {
                self.state = State::Closed;
                self.ended_at = Some(at);
                self.minutes.clone_from(minutes);
                self.minutes_hash = Some(hash.clone());
            }
            Change::DigestIssued(it) => self.digests.push(it.clone()),
            Change::DigestSigned {
                organization,
                person,
            } => {
                let mut all = self.digests.iter_mut();
                if let Some(it) = all.find(|it| it.organization == *organization) {
                    it.signer = Some(person.clone());
                    it.signed_at = Some(at);
                }
            }
            Change::Added(it) => self.addenda.push(it.clone()),
            Change::Cancelled { reason } => {
                self.state = State::Cancelled;
                self.ended_at = Some(at);
                self.cancel_reason.clone_from(reason);
            }
        }
    }

    fn settle(&mut self, number: u16, change: impl FnOnce(&mut Item)) {
        let index = usize::from(number).checked_sub(1);
        if let Some(it) = index.and_then(|it| self.items.get_mut(it)) {
            change(it);
        }
    }
}

impl Convened {
    /// Chair and members.
    pub fn participants(&self) -> Vec<OrganizationId> {
        let members = self.members.iter().map(|it| it.organization.clone());
        let mut all: Vec<_> = members.chain([self.organization.clone()]).collect();
        all.sort();
        all.dedup();
        all
    }
}
