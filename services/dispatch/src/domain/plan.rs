//! Planning and issuing a joint task: nobody is told before lead, plan and every duty stand (R7), nobody enforces
//! without a power (R1), and every order carries deadlines with their rules (R9).

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::timestamp::microseconds as us;

use super::assignment::{Limits, Offer, State};
use super::case::Source;
use super::clock::{RuledLimit, Stage, StageClock, WorkTime};
use super::event::TaskChange;
use super::refusal::{Missing, Powerless, Why};
use super::task::{self, Task};
use super::{
    Act, AreaId, CaseId, CompletionRule, MatterId, OrganizationId, Outreach, PersonId, PowerId,
    Refusal, Role,
};

/// One organization's part as planned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Participant {
    /// Who; each only once.
    pub organization: OrganizationId,
    /// As what.
    pub role: Role,
    /// What in law.
    pub act: Act,
    /// In words.
    pub duty: String,
    /// On which matter, if not the task's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matter: Option<MatterId>,
    /// How long for disposal, if not the filing condition's limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disposal: Option<RuledLimit>,
    /// Who checks, if not the organizer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checker: Option<OrganizationId>,
}

/// What is to be reached, how, and by whom.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// In words.
    pub text: String,
    /// The parts.
    pub participants: Vec<Participant>,
    /// When it is finished.
    pub completion: CompletionRule,
}

/// A task as it is first planned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// Its cases.
    pub cases: Vec<CaseId>,
    /// Who organizes it.
    pub organizer: OrganizationId,
    /// Who planned it.
    pub person: PersonId,
    /// Area of the first case.
    pub area: AreaId,
    /// Matter of the first case.
    pub matter: MatterId,
    /// Source of the first case.
    pub source: Source,
    /// When the first case was filed.
    #[serde(with = "us")]
    pub filed_at: OffsetDateTime,
    /// The limit of the first case's filing condition.
    pub limit: RuledLimit,
    /// The plan.
    pub plan: Plan,
}

/// What the registry says of one part: may it act, and how long does each stage take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Who was asked about.
    pub organization: OrganizationId,
    /// On which matter.
    pub matter: MatterId,
    /// Which act.
    pub act: Act,
    /// The power it holds for that act, in that area, on that day.
    pub power: Option<PowerId>,
    /// Who holds it, by rank.
    pub holders: Vec<OrganizationId>,
    /// Why the organization does not.
    pub why: Vec<Why>,
    /// How long each stage takes.
    pub limits: Limits,
    /// The catalogue this was read from.
    pub catalogue_version: i64,
}

impl Plan {
    /// Which of the three kinds of work it is (M26).
    pub fn outreach(&self) -> Outreach {
        let active = self.participants.iter();
        Outreach::of(
            active
                .filter(|it| it.role != Role::Awareness)
                .map(|it| it.act),
        )
    }

    /// Everything that is missing before it can be issued (R7, R10).
    pub fn missing(&self, organizer: &OrganizationId) -> Vec<Missing> {
        let mut missing = Vec::new();
        let active = || {
            self.participants
                .iter()
                .filter(|it| it.role != Role::Awareness)
        };
        if self.text.trim().is_empty() {
            missing.push(Missing::Plan);
        }
        if active().next().is_none() {
            missing.push(Missing::Participants);
        }
        match self
            .participants
            .iter()
            .filter(|it| it.role == Role::Lead)
            .count()
        {
            0 => missing.push(Missing::Lead),
            1 => {}
            _ => missing.push(Missing::SingleLead),
        }
        for part in active() {
            let organization = part.organization.clone();
            if part.duty.trim().is_empty() {
                missing.push(Missing::Duty {
                    organization: organization.clone(),
                });
            }
            if part.checker.as_ref().unwrap_or(organizer) == &organization {
                missing.push(Missing::Checker { organization });
            }
        }
        missing
    }
}

impl Task {
    /// Replaces the plan while nobody has been told.
    pub fn replan(&self, plan: Plan) -> Result<Vec<TaskChange>, Refusal> {
        match self.state {
            task::State::Planned if self.plan == plan => Ok(vec![]),
            task::State::Planned => Ok(vec![TaskChange::Replanned(Box::new(plan))]),
            state => Err(Refusal::TaskNotPlanned { state }),
        }
    }

    /// Whether issuing it is worth asking the registry.
    pub fn may_be_issued(&self) -> bool {
        self.state == task::State::Planned && self.plan.missing(&self.organizer).is_empty()
    }

    /// The questions to put to the registry before issuing: who, on which matter, with which act.
    pub fn questions(&self) -> Vec<(OrganizationId, MatterId, Act)> {
        let ask = |it: &Participant| (it.organization.clone(), self.matter_of(it).clone(), it.act);
        self.plan.participants.iter().map(ask).collect()
    }

    /// Turns every part into an assignment with its deadlines.
    pub fn issue(
        &self,
        standings: &[Standing],
        time: &WorkTime,
        at: OffsetDateTime,
    ) -> Result<Vec<TaskChange>, Refusal> {
        match self.state {
            task::State::Planned => {}
            task::State::Issued => return Ok(vec![]), // a repeat changes nothing
            state => return Err(Refusal::TaskNotPlanned { state }),
        }
        let missing = self.plan.missing(&self.organizer);
        if !missing.is_empty() {
            return Err(Refusal::PlanIncomplete { missing });
        }
        let parts = self.plan.participants.iter();
        let parts: Vec<(&Participant, &Standing)> = parts
            .map(|it| {
                self.standing(it, standings)
                    .map(|standing| (it, standing))
                    .ok_or(Refusal::PlanChanged)
            })
            .collect::<Result<_, _>>()?;
        let powerless: Vec<Powerless> = parts
            .iter()
            .filter_map(|(_, standing)| standing.powerless())
            .collect();
        if !powerless.is_empty() {
            return Err(Refusal::NoPower { parts: powerless });
        }
        let catalogue_version = parts
            .iter()
            .map(|(_, it)| it.catalogue_version)
            .max()
            .unwrap_or_default();
        let mut changes = vec![TaskChange::Issued {
            catalogue_version,
            parts: u16::try_from(parts.len()).unwrap_or(u16::MAX),
        }];
        for (number, (part, standing)) in (1..).zip(parts) {
            changes.push(self.offered(self.offer(number, part, standing), time, at)?);
        }
        Ok(changes)
    }

    fn offer(&self, number: u16, part: &Participant, standing: &Standing) -> Offer {
        let mut limits = standing.limits.clone();
        if let Some(own) = &part.disposal {
            limits.disposal = own.clone();
        } else if self.matter == standing.matter {
            limits.disposal = self.limit.clone();
        }
        Offer {
            number,
            organization: part.organization.clone(),
            role: part.role,
            act: part.act,
            duty: part.duty.clone(),
            matter: standing.matter.clone(),
            checker: part
                .checker
                .clone()
                .unwrap_or_else(|| self.organizer.clone()),
            power: standing.power.clone(),
            limits,
            replaces: None,
        }
    }

    /// The change that sends an offer, with the clocks that start: none for awareness.
    pub(super) fn offered(
        &self,
        offer: Offer,
        time: &WorkTime,
        at: OffsetDateTime,
    ) -> Result<TaskChange, Refusal> {
        let clocks: Vec<StageClock> = if offer.role == Role::Awareness {
            vec![]
        } else {
            vec![
                time.clock(&offer.organization, Stage::Sign, &offer.limits.sign, at)?,
                time.clock(
                    &offer.organization,
                    Stage::Disposal,
                    &offer.limits.disposal,
                    at,
                )?,
            ]
        };
        Ok(TaskChange::Offered {
            offer: Box::new(offer),
            plan: self.plan.text.clone(),
            clocks,
        })
    }

    fn matter_of<'a>(&'a self, part: &'a Participant) -> &'a MatterId {
        part.matter.as_ref().unwrap_or(&self.matter)
    }

    fn standing<'a>(&self, part: &Participant, standings: &'a [Standing]) -> Option<&'a Standing> {
        let matter = self.matter_of(part);
        standings.iter().find(|it| {
            it.organization == part.organization && it.matter == *matter && it.act == part.act
        })
    }
}

impl Standing {
    /// Set if the act enforces and the organization has no power for it (R1).
    pub fn powerless(&self) -> Option<Powerless> {
        (self.act.enforces() && self.power.is_none()).then(|| Powerless {
            organization: self.organization.clone(),
            act: self.act,
            matter: self.matter.clone(),
            holders: self.holders.clone(),
            why: self.why.clone(),
        })
    }
}

/// Where an offer begins its life.
pub(super) fn first_state(role: Role) -> State {
    if role == Role::Awareness {
        State::Informed
    } else {
        State::Offered
    }
}
