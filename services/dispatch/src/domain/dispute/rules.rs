//! Negotiating, going up, designating.

use liandong_calendar::Limit;
use time::OffsetDateTime;

use super::{Decision, Dispute, DisputeChange, Position, State, Tier};
use crate::domain::clock::{Deadline, WorkTime};
use crate::domain::{OrganizationId, PersonId, Refusal};

impl State {
    /// How long it stays at a tier, in the written form of limits; none once it ended.
    fn time(self) -> Option<(&'static str, &'static str)> {
        match self {
            State::Negotiation => Some(("1 WORK_DAYS", "dispute#negotiation")),
            State::Street => Some(("2 WORK_DAYS", "dispute#street")),
            State::District => Some(("3 WORK_DAYS", "dispute#district")),
            State::Settled | State::Designated | State::Lapsed => None,
        }
    }

    /// The tier above.
    fn above(self) -> Option<State> {
        match self {
            State::Negotiation => Some(State::Street),
            State::Street => Some(State::District),
            _ => None,
        }
    }

    /// Whether it is still to be decided.
    pub fn is_open(self) -> bool {
        self.time().is_some()
    }
}

impl Tier {
    /// A tier that begins now, with its deadline (R9).
    pub fn begun(
        state: State,
        whose: &OrganizationId,
        time: &WorkTime,
        at: OffsetDateTime,
    ) -> Result<Tier, Refusal> {
        let (text, rule) = state.time().ok_or(Refusal::DisputeEnded { state })?;
        let limit: Limit = text
            .parse()
            .unwrap_or_else(|_| unreachable!("`{text}` is a limit"));
        let deadline = Deadline {
            limit,
            start: at,
            due: time.due(whose, limit, at)?,
            rule: rule.to_owned(),
            calendar: time.version.clone(),
        };
        Ok(Tier {
            state,
            at,
            deadline,
            overdue: None,
        })
    }
}

/// Who takes a dispute up, and why.
#[derive(Clone, Copy, Debug)]
pub struct Referral<'a> {
    /// Who; none: the time is over.
    pub by: Option<&'a OrganizationId>,
    /// Why.
    pub note: &'a str,
    /// Who stands above the organizer, if anybody does.
    pub superior: Option<&'a OrganizationId>,
}

impl Dispute {
    /// Whether an organization sees it.
    pub fn concerns(&self, organization: &OrganizationId) -> bool {
        self.opened.organizer == *organization
            || self.superior.as_ref() == Some(organization)
            || self.opened.parties.contains(organization)
    }

    /// Whether its tier's time is over.
    pub fn is_overdue(&self) -> bool {
        self.state.is_open() && self.tiers.last().is_some_and(|it| it.overdue.is_some())
    }

    fn open(&self) -> Result<(), Refusal> {
        if self.state.is_open() {
            Ok(())
        } else {
            Err(Refusal::DisputeEnded { state: self.state })
        }
    }

    /// Says whose duty a party believes it to be.
    pub fn state_position(&self, position: Position) -> Result<Vec<DisputeChange>, Refusal> {
        if !self.opened.parties.contains(&position.organization) {
            return Err(Refusal::DisputeNotFound);
        }
        let same = |it: &Position| {
            (&it.organization, &it.holder, &it.note)
                == (&position.organization, &position.holder, &position.note)
        };
        if self.positions.iter().any(same) {
            return Ok(vec![]);
        }
        self.open()?;
        Ok(vec![DisputeChange::Stated(position)])
    }

    /// Whether, while they negotiate, all parties name the same one of them once this is said: it has the duty.
    pub fn is_agreed_with(&self, position: &Position) -> bool {
        let says = |party: &OrganizationId| {
            if *party == position.organization {
                return Some(&position.holder);
            }
            let said = self.positions.iter().find(|it| it.organization == *party);
            said.map(|it| &it.holder)
        };
        let parties = &self.opened.parties;
        self.state == State::Negotiation
            && parties.contains(&position.holder)
            && parties.iter().all(|it| says(it) == Some(&position.holder))
    }

    /// Takes it to the next tier: a party or the organizer, at the street only the organizer, or nobody when its
    /// time is over.
    pub fn refer(
        &self,
        it: Referral<'_>,
        time: &WorkTime,
        at: OffsetDateTime,
    ) -> Result<Vec<DisputeChange>, Refusal> {
        self.open()?;
        let above = self.state.above().ok_or(Refusal::LastTier)?;
        let organizer = &self.opened.organizer;
        if above == State::District && it.by.is_some_and(|by| by != organizer) {
            return Err(Refusal::NotYourTier { state: self.state });
        }
        let organization = match above {
            State::District => it.superior.ok_or(Refusal::NoSuperior)?,
            _ => organizer,
        };
        Ok(vec![DisputeChange::Referred {
            tier: Tier::begun(above, organization, time, at)?,
            organization: organization.clone(),
            note: it.note.to_owned(),
        }])
    }

    /// When a timer must look at it.
    pub fn wake_at(&self) -> Option<OffsetDateTime> {
        let tier = self.tiers.last().filter(|_| self.state.is_open())?;
        let waits = tier.overdue.is_none();
        waits.then(|| tier.deadline.due + time::Duration::MICROSECOND)
    }

    /// Whether a timer takes it to the superior, who has to be asked for first.
    pub fn needs_superior(&self, now: OffsetDateTime) -> bool {
        self.state == State::Street && self.wake_at().is_some_and(|it| it <= now)
    }

    /// What follows when the time of a tier is over: it goes up, or it is on record that nobody is above.
    pub fn tick(
        &self,
        superior: Option<&OrganizationId>,
        time: &WorkTime,
        now: OffsetDateTime,
    ) -> Result<Vec<DisputeChange>, Refusal> {
        if self.wake_at().is_none_or(|it| it > now) {
            return Ok(vec![]);
        }
        let nobody = Referral {
            by: None,
            note: "",
            superior,
        };
        match self.refer(nobody, time, now) {
            Err(Refusal::LastTier | Refusal::NoSuperior) => Ok(vec![DisputeChange::Overdue]),
            referred => referred,
        }
    }

    /// Whether an organization may designate now.
    pub fn may_designate(&self, by: &OrganizationId) -> Result<(), Refusal> {
        if !self.concerns(by) {
            return Err(Refusal::DisputeNotFound);
        }
        self.open()?;
        let theirs = match self.state {
            State::Street => self.opened.organizer == *by,
            State::District => self.superior.as_ref() == Some(by),
            _ => false,
        };
        if theirs {
            Ok(())
        } else {
            Err(Refusal::NotYourTier { state: self.state })
        }
    }

    /// Whether this was decided already, and so.
    pub fn is_decided_so(&self, holder: &OrganizationId, person: &PersonId, note: &str) -> bool {
        self.decision
            .as_ref()
            .is_some_and(|it| it.holder == *holder && it.person == *person && it.note == note)
    }

    /// Ends it with a decision. The parties who claimed otherwise, or pointed elsewhere, lose.
    pub fn decide(
        &self,
        holder: &OrganizationId,
        decider: Option<&OrganizationId>,
        (note, person): (&str, &PersonId),
        at: OffsetDateTime,
    ) -> Vec<DisputeChange> {
        let pointed_away = |party: &&OrganizationId| {
            let said = self.positions.iter().find(|it| it.organization == **party);
            match said {
                Some(it) => it.holder != *holder,
                // By objecting it said that it is not its duty.
                None => *party == holder,
            }
        };
        let losers = if decider.is_some() {
            self.opened
                .parties
                .iter()
                .filter(pointed_away)
                .cloned()
                .collect()
        } else {
            vec![]
        };
        vec![DisputeChange::Decided(Box::new(Decision {
            holder: holder.clone(),
            decider: decider.cloned(),
            note: note.to_owned(),
            person: person.clone(),
            at,
            losers,
        }))]
    }

    /// Ends it because there is nothing left to decide.
    pub fn lapse(&self, reason: &str) -> Vec<DisputeChange> {
        if !self.state.is_open() {
            return vec![];
        }
        vec![DisputeChange::Lapsed {
            reason: reason.to_owned(),
        }]
    }
}
