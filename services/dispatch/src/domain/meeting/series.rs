//! A series of meetings of one tier (M28), with what waits for its next agenda.

use serde::{Deserialize, Serialize};
use time::serde::timestamp::microseconds as us;
use time::{Duration, OffsetDateTime};

use super::item::{Origin, Subject};
use super::schedule::Schedule;
use super::{Convened, Meeting, Refused};
use crate::domain::ids::{MeetingId, MeetingSeriesId};
use crate::domain::whistle::Tier;
use crate::domain::{AreaId, OrganizationId, PersonId};

/// How long until it is looked again whether a calendar is published.
const LOOK_AGAIN: Duration = Duration::days(1);

/// Who takes part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Which organization.
    pub organization: OrganizationId,
    /// Who represents it; none: whoever it sends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub representative: Option<PersonId>,
}

/// What a series is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Set {
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
    /// When it meets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
    /// Where.
    pub place: String,
    /// How many have to be present; 0: more than half.
    pub quorum: u32,
    /// The series above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upper: Option<MeetingSeriesId>,
}

/// An item or an answer on its way between the tiers (M31).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Referral {
    /// Where it comes from, the first first.
    pub origins: Vec<Origin>,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Subject>,
    /// One line.
    pub title: String,
    /// Who is concerned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub organizations: Vec<OrganizationId>,
    /// Why it was forwarded, or what was decided.
    pub note: String,
    /// Whether it is an answer.
    pub answer: bool,
    /// When it was sent.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
}

/// A series of meetings. Its default is before its first event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeetingSeries {
    /// What it is.
    pub set: Set,
    /// Who ever took part: nobody stops to see it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parties: Vec<OrganizationId>,
    /// The meeting that was drawn up last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<MeetingId>,
    /// How many were drawn up.
    pub count: u32,
    /// When it meets next.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub next: Option<OffsetDateTime>,
    /// Since when it is not known when it meets next: the calendar of that year is not published.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub unknown_since: Option<OffsetDateTime>,
    /// What waits for its next agenda.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waiting: Vec<Referral>,
    /// When it was set up.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub created_at: Option<OffsetDateTime>,
    /// When it ended.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<OffsetDateTime>,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub end_reason: String,
}

/// What can happen to a series.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)] // the event's word says it
pub enum SeriesChange {
    Saved {
        set: Box<Set>,
        #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
        next: Option<OffsetDateTime>,
    },
    Ended {
        reason: String,
    },
    /// Its last meeting was not over.
    Missed {
        #[serde(with = "us")]
        at: OffsetDateTime,
        #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
        next: Option<OffsetDateTime>,
    },
    Numbered {
        meeting: MeetingId,
        #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
        next: Option<OffsetDateTime>,
    },
    Received(Box<Referral>),
    Taken {
        meeting: MeetingId,
        count: u32,
    },
}

/// An event of a series.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeriesEvent {
    /// When it happened.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
    /// What happened.
    pub change: SeriesChange,
    /// As it stands afterwards; never folded.
    pub series: Box<MeetingSeries>,
}

impl Set {
    /// Chair and members.
    pub fn participants(&self) -> Vec<OrganizationId> {
        let members = self.members.iter().map(|it| it.organization.clone());
        let mut all: Vec<_> = members.chain([self.organization.clone()]).collect();
        all.sort();
        all.dedup();
        all
    }

    /// How many have to be present.
    pub fn needed(&self) -> u32 {
        let all = u32::try_from(self.participants().len()).unwrap_or(u32::MAX);
        if self.quorum == 0 {
            all / 2 + 1
        } else {
            self.quorum
        }
    }

    /// Refuses what cannot be.
    pub fn check(&self, upper: Option<&MeetingSeries>) -> Result<(), Refused> {
        let participants = u32::try_from(self.participants().len()).unwrap_or(u32::MAX);
        if self.quorum > participants {
            return Err(Refused::QuorumTooHigh { participants });
        }
        match (self.upper, upper) {
            (None, _) => Ok(()),
            (Some(_), Some(it)) if it.created_at.is_none() => Err(Refused::SeriesNotFound),
            (Some(_), Some(it)) if it.set.tier > self.tier => Ok(()),
            (Some(_), Some(_)) => Err(Refused::NotTheTierAbove),
            (Some(_), None) => Err(Refused::SeriesNotFound),
        }
    }
}

impl MeetingSeries {
    /// Refuses everybody but the chair; for them it is not there.
    pub fn chaired_by(&self, organization: &OrganizationId) -> Result<(), Refused> {
        let theirs = self.created_at.is_some() && self.set.organization == *organization;
        theirs.then_some(()).ok_or(Refused::SeriesNotFound)
    }

    /// Refuses a series that meets no more.
    pub fn meets(&self) -> Result<(), Refused> {
        match self.ended_at {
            None if self.created_at.is_some() => Ok(()),
            None => Err(Refused::SeriesNotFound),
            Some(_) => Err(Refused::SeriesEnded),
        }
    }

    /// Changes it; tier, chair and area stay.
    pub fn update(
        &self,
        organization: &OrganizationId,
        set: Set,
        upper: Option<&MeetingSeries>,
        next: Option<OffsetDateTime>,
    ) -> Result<Vec<SeriesChange>, Refused> {
        self.chaired_by(organization)?;
        self.meets()?;
        let set = Set {
            tier: self.set.tier,
            organization: self.set.organization.clone(),
            area: self.set.area.clone(),
            ..set
        };
        set.check(upper)?;
        if set == self.set {
            return Ok(vec![]);
        }
        let set = Box::new(set);
        Ok(vec![SeriesChange::Saved { set, next }])
    }

    /// Ends it; its last meeting has to be over.
    pub fn end(
        &self,
        organization: &OrganizationId,
        reason: &str,
        last: Option<&Meeting>,
    ) -> Result<Vec<SeriesChange>, Refused> {
        self.chaired_by(organization)?;
        if self.ended_at.is_some() && self.end_reason == reason {
            return Ok(vec![]);
        }
        self.meets()?;
        over(last)?;
        Ok(vec![SeriesChange::Ended {
            reason: reason.to_owned(),
        }])
    }

    /// Its next meeting as it is drawn up; the one before has to be over.
    pub fn convene(
        &self,
        id: MeetingSeriesId,
        last: Option<&Meeting>,
    ) -> Result<Convened, Refused> {
        self.meets()?;
        over(last)?;
        let set = &self.set;
        Ok(Convened {
            series: id,
            number: self.count + 1,
            title: set.title.clone(),
            tier: set.tier,
            organization: set.organization.clone(),
            area: set.area.clone(),
            members: set.members.clone(),
            quorum: set.needed(),
            upper: set.upper,
            previous: self.last,
        })
    }

    /// When its next draft is drawn up by itself, or when it is looked again whether the calendar says its day.
    pub fn wake_at(&self) -> Option<OffsetDateTime> {
        let schedule = self
            .set
            .schedule
            .as_ref()
            .filter(|_| self.ended_at.is_none())?;
        let again = self.unknown_since.map(|it| it + LOOK_AGAIN);
        self.next.map(|it| schedule.draft_at(it)).or(again)
    }

    /// Folds one change; total, so history always replays.
    pub fn apply(&mut self, change: &SeriesChange, at: OffsetDateTime) {
        match change {
            SeriesChange::Saved { set, next } => {
                self.set = (**set).clone();
                self.follows(*next, at);
                self.created_at.get_or_insert(at);
                let mut all = self.set.participants();
                all.append(&mut self.parties);
                all.sort();
                all.dedup();
                self.parties = all;
            }
            SeriesChange::Ended { reason } => {
                self.ended_at = Some(at);
                (self.next, self.unknown_since) = (None, None);
                self.end_reason.clone_from(reason);
            }
            SeriesChange::Missed { next, .. } => self.follows(*next, at),
            SeriesChange::Numbered { meeting, next } => {
                self.last = Some(*meeting);
                self.count += 1;
                self.follows(*next, at);
            }
            SeriesChange::Received(it) => self.waiting.push((**it).clone()),
            SeriesChange::Taken { count, .. } => {
                let taken = usize::try_from(*count).unwrap_or(usize::MAX);
                self.waiting.drain(..taken.min(self.waiting.len()));
            }
        }
    }

    /// When it meets next, as far as that is known.
    fn follows(&mut self, next: Option<OffsetDateTime>, at: OffsetDateTime) {
        let unknown = next.is_none() && self.set.schedule.is_some();
        self.next = next;
        self.unknown_since = unknown.then_some(at);
    }
}

fn over(last: Option<&Meeting>) -> Result<(), Refused> {
    match last {
        Some(it) if !it.is_over() => Err(Refused::NotOver { state: it.state }),
        _ => Ok(()),
    }
}

impl SeriesEvent {
    /// Folds changes one after the other and puts beside each what it leaves behind.
    pub fn of(
        it: &MeetingSeries,
        at: OffsetDateTime,
        changes: impl IntoIterator<Item = SeriesChange>,
    ) -> Vec<SeriesEvent> {
        let mut after = it.clone();
        let record = |change: SeriesChange| {
            after.apply(&change, at);
            SeriesEvent {
                at,
                change,
                series: Box::new(after.clone()),
            }
        };
        changes.into_iter().map(record).collect()
    }

    /// The word for it in the log. Never changed once released.
    pub fn kind(&self) -> &'static str {
        match self.change {
            SeriesChange::Saved { .. } => "MeetingSeriesSaved",
            SeriesChange::Ended { .. } => "MeetingSeriesEnded",
            SeriesChange::Missed { .. } => "MeetingMissed",
            SeriesChange::Numbered { .. } => "MeetingNumbered",
            SeriesChange::Received(_) => "MeetingReferralReceived",
            SeriesChange::Taken { .. } => "MeetingReferralsTaken",
        }
    }

    /// Who is told: of what travels between the tiers, and of a calendar that is waited for, the chair; of the rest
    /// chair and members.
    pub fn audience(&self) -> Vec<OrganizationId> {
        match self.change {
            SeriesChange::Received(_) | SeriesChange::Taken { .. } => {
                vec![self.series.set.organization.clone()]
            }
            SeriesChange::Saved { .. } if self.series.unknown_since.is_some() => {
                vec![self.series.set.organization.clone()]
            }
            _ => self.series.set.participants(),
        }
    }
}
