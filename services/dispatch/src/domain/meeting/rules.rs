//! What may be done at a meeting, and by whom.

use time::OffsetDateTime;

use super::agenda::{ITEMS_MAX, item};
use super::decision::Voice;
use super::item::{Item, ItemState, Kind, Subject};
use super::series::Referral;
use super::{
    Addendum, Attendance, Change, Date, Decision, Meeting, Names, Presence, Ranking, Refused, State,
};
use crate::domain::ids::{MeetingId, MeetingSeriesId};
use crate::domain::{AreaId, ContentHash, OrganizationId, PersonId};

/// Something put on the agenda by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Motion {
    /// One line.
    pub title: String,
    /// What it is about.
    pub subject: Option<Subject>,
    /// Why.
    pub note: String,
    /// By whom.
    pub person: PersonId,
}

impl Meeting {
    /// Refuses everybody but the chair; for whom it does not concern it is not there.
    pub fn chaired_by(&self, organization: &OrganizationId) -> Result<(), Refused> {
        let theirs = self.created_at.is_some() && self.convened.organization == *organization;
        theirs.then_some(()).ok_or(Refused::NotFound)
    }

    fn attended_by(&self, organization: &OrganizationId) -> Result<(), Refused> {
        let theirs = self.created_at.is_some() && self.participants().contains(organization);
        theirs.then_some(()).ok_or(Refused::NotFound)
    }

    fn draft(&self) -> Result<(), Refused> {
        match self.state {
            State::Draft => Ok(()),
            state => Err(Refused::NotDraft { state }),
        }
    }

    fn open(&self) -> Result<(), Refused> {
        match self.state {
            State::Open => Ok(()),
            state => Err(Refused::NotOpen { state }),
        }
    }

    fn closed(&self) -> Result<(), Refused> {
        match self.state {
            State::Closed => Ok(()),
            state => Err(Refused::NotClosed { state }),
        }
    }

    /// Refuses a meeting that is over.
    pub fn goes_on(&self) -> Result<(), Refused> {
        if self.is_over() {
            Err(Refused::Over { state: self.state })
        } else {
            Ok(())
        }
    }

    fn to_settle(&self, number: u16) -> Result<&Item, Refused> {
        let it = self.item(number).ok_or(Refused::ItemNotFound)?;
        match it.state {
            ItemState::Open => Ok(it),
            state => Err(Refused::ItemSettled { state }),
        }
    }

    /// Changes when and where it is held.
    pub fn relocate(&self, by: &OrganizationId, date: Date) -> Result<Vec<Change>, Refused> {
        self.chaired_by(by)?;
        self.draft()?;
        let same = self.date.as_ref() == Some(&date);
        Ok(if same {
            vec![]
        } else {
            vec![Change::Moved(date)]
        })
    }

    /// Puts something on the agenda: the chair until it is over, a member until it is opened.
    pub fn add(&self, by: &OrganizationId, motion: Motion) -> Result<Vec<Change>, Refused> {
        self.attended_by(by)?;
        self.goes_on()?;
        if self.convened.organization != *by {
            self.draft()?;
        }
        let same = |it: &&Item| {
            it.state == ItemState::Open
                && it.kind == Kind::Manual
                && (&it.title, it.subject, it.person.as_ref())
                    == (&motion.title, motion.subject, Some(&motion.person))
        };
        if self.items.iter().any(|it| same(&it)) {
            return Ok(vec![]);
        }
        if self.items.len() >= ITEMS_MAX {
            return Err(Refused::AgendaFull);
        }
        let number = u16::try_from(self.items.len() + 1).unwrap_or(u16::MAX);
        let by = std::slice::from_ref(by);
        let added = vec![Item {
            number,
            note: motion.note,
            person: Some(motion.person),
            ..item(Kind::Manual, motion.subject, &motion.title, by, None)
        }];
        let removed = vec![];
        Ok(vec![Change::Built { added, removed }])
    }

    /// Takes an item off.
    pub fn remove(
        &self,
        by: &OrganizationId,
        number: u16,
        (person, reason): (&PersonId, &str),
    ) -> Result<Vec<Change>, Refused> {
        self.chaired_by(by)?;
        let it = self.item(number).ok_or(Refused::ItemNotFound)?;
        if it.state == ItemState::Removed && it.note == reason {
            return Ok(vec![]);
        }
        self.goes_on()?;
        self.to_settle(number)?;
        Ok(vec![Change::Removed {
            item: number,
            person: person.clone(),
            reason: reason.to_owned(),
        }])
    }

    /// Begins.
    pub fn begin(&self, by: &OrganizationId) -> Result<Vec<Change>, Refused> {
        self.chaired_by(by)?;
        if self.state == State::Open {
            return Ok(vec![]);
        }
        self.draft()?;
        Ok(vec![Change::Opened])
    }

    /// Records how an organization takes part: the chair for everybody, a member for itself.
    pub fn attend(&self, by: &OrganizationId, it: Attendance) -> Result<Vec<Change>, Refused> {
        self.attended_by(by)?;
        self.goes_on()?;
        if !self.participants().contains(&it.organization) {
            let organization = it.organization;
            return Err(Refused::NotAMember { organization });
        }
        if self.convened.organization != *by && it.organization != *by {
            let chair = self.convened.organization.clone();
            return Err(Refused::NotTheChair { chair });
        }
        let members = &self.convened.members;
        let member = members.iter().find(|m| m.organization == it.organization);
        let representative = member.and_then(|it| it.representative.as_ref());
        if let Some(who) = representative.filter(|_| it.presence == Presence::Present) {
            let stands_in = it.delegate_of.as_ref() == Some(who) && !it.note.trim().is_empty();
            if it.person.as_ref() != Some(who) && !stands_in {
                return Err(Refused::DelegateWithoutAuthority {
                    representative: who.to_string(),
                });
            }
        }
        let same = |old: &&Attendance| {
            Attendance {
                at: it.at,
                recorder: it.recorder.clone(),
                ..(*old).clone()
            } == it
        };
        if self.attendances.iter().any(|old| same(&old)) {
            return Ok(vec![]);
        }
        Ok(vec![Change::Attended(it)])
    }

    /// Shows a ranking.
    pub fn show(&self, by: &OrganizationId, it: Ranking) -> Result<Vec<Change>, Refused> {
        self.chaired_by(by)?;
        self.open()?;
        let same = |old: &&Ranking| {
            Ranking {
                at: it.at,
                ..(*old).clone()
            } == it
        };
        if self.rankings.iter().any(|old| same(&old)) {
            return Ok(vec![]);
        }
        Ok(vec![Change::Shown(Box::new(it))])
    }

    /// Refuses to decide without those who have to be there; who took no part does not count.
    fn quorate(&self, recusals: &[Voice]) -> Result<(), Refused> {
        let counts = |it: &&OrganizationId| {
            self.is_present(it) && !recusals.iter().any(|out| out.organization == **it)
        };
        let all = self.participants();
        let (here, missing): (Vec<_>, Vec<_>) = all.iter().partition(counts);
        let present = u32::try_from(here.len()).unwrap_or(u32::MAX);
        if present >= self.convened.quorum {
            return Ok(());
        }
        Err(Refused::NoQuorum {
            present,
            needed: self.convened.quorum,
            missing: missing.into_iter().cloned().collect(),
        })
    }

    /// Whether it may change work in an area that somebody organizes: the chair's own, or that of somebody who is
    /// there and agrees.
    pub fn may_direct(
        &self,
        organizer: &OrganizationId,
        area: &AreaId,
        decision: &Decision,
    ) -> Result<(), Refused> {
        let out = |all: &[Voice]| all.iter().any(|it| it.organization == *organizer);
        let agrees = self.is_present(organizer) && !out(&decision.dissents);
        let theirs = self.convened.organization == *organizer;
        if self.reaches(area) && (theirs || agrees) && !out(&decision.recusals) {
            return Ok(());
        }
        Err(Refused::OrganizerNotPresent {
            organization: organizer.clone(),
        })
    }

    /// Whether an item waits to be decided so; false: it was decided exactly so already.
    pub fn may_decide(
        &self,
        by: &OrganizationId,
        number: u16,
        decision: &Decision,
    ) -> Result<bool, Refused> {
        self.chaired_by(by)?;
        let it = self.item(number).ok_or(Refused::ItemNotFound)?;
        if it
            .decision
            .as_ref()
            .is_some_and(|it| it.says_the_same(decision))
        {
            return Ok(false);
        }
        self.open()?;
        self.to_settle(number)?;
        let there = self.participants();
        for voice in &decision.recusals {
            if !there.contains(&voice.organization) {
                let organization = voice.organization.clone();
                return Err(Refused::NotAMember { organization });
            }
        }
        self.quorate(&decision.recusals)?;
        let takes_part = |it: &OrganizationId| {
            let recused = decision.recusals.iter().any(|out| out.organization == *it);
            self.is_present(it) && !recused
        };
        for voice in &decision.dissents {
            if !takes_part(&voice.organization) {
                let organization = voice.organization.clone();
                return Err(Refused::NotAMember { organization });
            }
        }
        match &decision.lead {
            None if !decision.effects.is_empty() || !decision.works.is_empty() => {
                Err(Refused::ActionWithoutLead)
            }
            Some(_) if decision.effects.is_empty() && decision.works.is_empty() => {
                Err(Refused::ActionWithoutWork)
            }
            _ => Ok(true),
        }
    }

    /// Records a decision whose effects are done. The work of the earlier decision it is about stays followed.
    pub fn decided(&self, number: u16, mut decision: Decision) -> Vec<Change> {
        let earlier = self.item(number).and_then(|it| it.followed.clone());
        decision
            .works
            .extend(earlier.into_iter().flat_map(|it| it.works));
        decision.works.sort();
        decision.works.dedup();
        vec![Change::Decided {
            item: number,
            decision: Box::new(decision),
        }]
    }

    /// What returns to the tiers below that an item came from: each series once.
    pub fn answers(&self, id: MeetingId, number: u16) -> Vec<(MeetingSeriesId, Referral)> {
        let decided = self.item(number).filter(|it| it.kind != Kind::Answer);
        let Some((it, decision)) = decided.and_then(|it| Some((it, it.decision.as_ref()?))) else {
            return vec![];
        };
        let mut below: Vec<MeetingSeriesId> = Vec::new();
        for origin in it.origins.iter().filter(|it| it.tier < self.convened.tier) {
            if !below.contains(&origin.series) {
                below.push(origin.series);
            }
        }
        let answer = Referral {
            origins: self.origin(id, it),
            subject: it.subject,
            title: it.title.clone(),
            organizations: decision.bound(),
            note: decision.text.clone(),
            answer: true,
            at: decision.at.unwrap_or(OffsetDateTime::UNIX_EPOCH),
        };
        below.into_iter().map(|it| (it, answer.clone())).collect()
    }

    /// Forwards an item to the series above, with everything it went through.
    pub fn forward(
        &self,
        by: &OrganizationId,
        (id, number): (MeetingId, u16),
        note: &str,
        at: OffsetDateTime,
    ) -> Result<Option<(Change, MeetingSeriesId, Referral)>, Refused> {
        self.chaired_by(by)?;
        let it = self.item(number).ok_or(Refused::ItemNotFound)?;
        if it.state == ItemState::Forwarded && it.note == note {
            return Ok(None);
        }
        self.open()?;
        self.to_settle(number)?;
        self.quorate(&[])?;
        let to = self.convened.upper.ok_or(Refused::NoSeriesAbove)?;
        let referral = Referral {
            origins: self.origin(id, it),
            subject: it.subject,
            title: it.title.clone(),
            organizations: it.organizations.clone(),
            note: note.to_owned(),
            answer: false,
            at,
        };
        let note = note.to_owned();
        let item = number;
        Ok(Some((Change::Forwarded { item, to, note }, to, referral)))
    }

    /// Closes it: freezes the minutes, and tells everybody what it means for them.
    pub fn close(
        &self,
        (id, by): (MeetingId, &OrganizationId),
        (at, names): (OffsetDateTime, &Names),
        hash: impl Fn(&str) -> ContentHash,
    ) -> Result<Vec<Change>, Refused> {
        self.chaired_by(by)?;
        if self.state == State::Closed {
            return Ok(vec![]);
        }
        self.open()?;
        let minutes = self.minutes(id, at, names);
        let mut changes = vec![Change::Closed {
            hash: hash(&minutes),
            minutes,
        }];
        changes.extend(self.digests().into_iter().map(Change::DigestIssued));
        Ok(changes)
    }

    /// Gives a draft up.
    pub fn cancel(&self, by: &OrganizationId, reason: &str) -> Result<Vec<Change>, Refused> {
        self.chaired_by(by)?;
        if self.state == State::Cancelled && self.cancel_reason == reason {
            return Ok(vec![]);
        }
        self.draft()?;
        let reason = reason.to_owned();
        Ok(vec![Change::Cancelled { reason }])
    }

    /// Adds to frozen minutes; each addendum is bound to all before it.
    pub fn amend(
        &self,
        by: &OrganizationId,
        (text, person): (&str, &PersonId),
        at: OffsetDateTime,
        hash: impl Fn(&str) -> ContentHash,
    ) -> Result<Vec<Change>, Refused> {
        self.chaired_by(by)?;
        self.closed()?;
        let last = self.addenda.last();
        if last.is_some_and(|it| it.text == text && it.person == *person) {
            return Ok(vec![]);
        }
        let before = last.map(|it| &it.hash).or(self.minutes_hash.as_ref());
        let before = before.map(ToString::to_string).unwrap_or_default();
        let micros = at.unix_timestamp_nanos() / 1_000;
        Ok(vec![Change::Added(Addendum {
            number: u32::try_from(self.addenda.len() + 1).unwrap_or(u32::MAX),
            hash: hash(&format!("{before}\n{person}\n{micros}\n{text}")),
            text: text.to_owned(),
            person: person.clone(),
            at,
        })])
    }

    /// Signs that an organization knows.
    pub fn sign(&self, by: &OrganizationId, person: &PersonId) -> Result<Vec<Change>, Refused> {
        if !self.concerns(by) {
            return Err(Refused::NotFound);
        }
        self.closed()?;
        let theirs = self.digests.iter().find(|it| it.organization == *by);
        match theirs.ok_or(Refused::NoDigest)?.signer.as_ref() {
            Some(it) if it == person => Ok(vec![]),
            Some(it) => Err(Refused::DigestSigned { by: it.to_string() }),
            None => Ok(vec![Change::DigestSigned {
                organization: by.clone(),
                person: person.clone(),
            }]),
        }
    }
}
