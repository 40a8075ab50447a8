//! Planning and issuing a joint task: nobody is told before lead, plan and every duty stand (R7), nobody enforces
//! without a power (R1), and every order carries deadlines with their rules (R9).

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::timestamp::microseconds as us;

use super::assignment::{Assignment, Limits, Offer, State};
use super::case::Source;
use super::clock::{RuledLimit, Stage, StageClock, WorkTime};
use super::dispute::Cause;
use super::event::TaskChange;
use super::evidence::Required;
use super::refusal::{Missing, NotHandedOver, Powerless, Why};
use super::resource::{HandOver, Resource};
use super::task::{self, Contested, Designated, Task};
use super::template::Copied;
use super::{
    Act, AreaId, CaseId, CompletionRule, MatterId, OrganizationId, Outreach, PersonId, PowerId,
    Refusal, Role, WhistleId,
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
    /// What it requires.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<Resource>,
    /// What goes with work that is pushed down (R12).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hand_over: Option<HandOver>,
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
    /// 事不完，人不撤.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub until_scene_finished: bool,
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
    /// On the real path, and never scored.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exercise: bool,
    /// The whistle it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whistle: Option<WhistleId>,
    /// The template it was planned from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copied: Option<Copied>,
}

/// What the registry says of a jurisdiction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Jurisdiction {
    /// Somebody holds the power, and stands first.
    #[default]
    Clear,
    /// Nobody does; these hold something near it.
    Nobody {
        /// Who should negotiate.
        concerned: Vec<OrganizationId>,
    },
    /// Several do, with the same rank.
    Conflict {
        /// Who.
        contenders: Vec<OrganizationId>,
    },
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
    /// The evidence a report must carry.
    pub evidence: Vec<Required>,
    /// The catalogue this was read from.
    pub catalogue_version: i64,
    /// Whether it is clear whose it is (M20).
    pub jurisdiction: Jurisdiction,
    /// What stands against handing the work down to it (R12); nothing if it may be.
    pub hand_over: Vec<Why>,
    /// When the registry was away: when it last confirmed the copy of the catalogue this was read from. It says
    /// nothing of powers.
    pub copy: Option<OffsetDateTime>,
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
    pub fn replan(&self, mut plan: Plan) -> Result<Vec<TaskChange>, Refusal> {
        // Of an emergency nobody leaves early, whatever the plan says later.
        plan.until_scene_finished |= self.whistle.is_some() && self.plan.until_scene_finished;
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
        self.may_be_handed_down(&parts)?;
        for (part, standing) in &parts {
            self.is_undisputed(part, standing)?;
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
            changes.extend(self.bound(number, part));
        }
        Ok(changes)
    }

    /// Nothing is pushed down to a community without what has to go with it (R12).
    fn may_be_handed_down(&self, parts: &[(&Participant, &Standing)]) -> Result<(), Refusal> {
        let lacking = parts.iter().filter(|(_, it)| !it.hand_over.is_empty());
        let lacking: Vec<_> = lacking.map(|(_, it)| it.not_handed_over()).collect();
        if lacking.is_empty() {
            Ok(())
        } else {
            Err(Refusal::HandOverIncomplete { parts: lacking })
        }
    }

    /// What was decided about a part before it was sent binds who it is sent to.
    fn bound(&self, number: u16, part: &Participant) -> Option<TaskChange> {
        let it = self.decided(part)?;
        (it.organization == part.organization).then(|| TaskChange::Designated {
            number: Some(number),
            dispute: it.dispute,
            organization: it.organization.clone(),
            matter: it.matter.clone(),
            act: it.act,
            role: part.role,
        })
    }

    /// The latest decision about whose a part is.
    fn decided(&self, part: &Participant) -> Option<&Designated> {
        let asked = (self.matter_of(part), part.act);
        let mut all = self.designations.iter().rev();
        all.find(|it| (&it.matter, it.act) == asked)
    }

    /// Where several hold a power with the same rank only who was designated acts on it (M20; Penalty Law 25).
    fn is_undisputed(&self, part: &Participant, standing: &Standing) -> Result<(), Refusal> {
        match (self.decided(part), &standing.jurisdiction) {
            (Some(it), _) if it.organization != part.organization && part.act.binds() => {
                Err(Refusal::DesignatedElsewhere {
                    organization: it.organization.clone(),
                    dispute: it.dispute,
                })
            }
            (None, Jurisdiction::Conflict { contenders })
                if part.act.binds() && contenders.contains(&part.organization) =>
            {
                Err(Refusal::JurisdictionDisputed { dispute: None })
            }
            _ => Ok(()),
        }
    }

    /// The parts of a plan that enforce what by the registry nobody may, or bind somebody where more than one may with
    /// the same rank: each opens a dispute before the task is issued.
    pub fn contested(&self, standings: &[Standing]) -> Vec<Contested> {
        let found = |part: &Participant| {
            let standing = self.standing(part, standings)?;
            let (cause, others) = match &standing.jurisdiction {
                Jurisdiction::Clear => return None,
                Jurisdiction::Nobody { concerned } if part.act.enforces() => {
                    (Cause::Nobody, concerned)
                }
                Jurisdiction::Conflict { contenders }
                    if contenders.contains(&part.organization) =>
                {
                    (Cause::Conflict, contenders)
                }
                Jurisdiction::Nobody { .. } | Jurisdiction::Conflict { .. } => return None,
            };
            let matter = self.matter_of(part);
            if !part.act.binds() || self.decided(part).is_some() {
                return None;
            }
            let mut parties = others.clone();
            parties.push(part.organization.clone());
            parties.sort();
            parties.dedup();
            Some(Contested {
                cause,
                matter: matter.clone(),
                act: part.act,
                parties,
            })
        };
        self.plan.participants.iter().filter_map(found).collect()
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
            evidence: standing.evidence.clone(),
            catalogue_copy: standing.copy,
            replaces: None,
            resources: part.resources.clone(),
            hand_over: part.hand_over.clone(),
        }
    }

    /// The change that sends an offer, with the clocks that start: none for awareness. Sent to the same organization
    /// again, the clock of its disposal goes on where it stopped.
    pub(super) fn offered(
        &self,
        offer: Offer,
        time: &WorkTime,
        at: OffsetDateTime,
    ) -> Result<TaskChange, Refusal> {
        let (mut clocks, mut resumes): (Vec<StageClock>, _) = (vec![], None);
        if offer.role != Role::Awareness {
            let (whose, limits) = (&offer.organization, &offer.limits);
            clocks.push(time.clock(whose, Stage::Sign, &limits.sign, at)?);
            let earlier = self.earlier(&offer);
            resumes = earlier.map(Assignment::number);
            clocks.push(match earlier {
                Some(earlier) => time.resumed_clock(earlier, at)?,
                None => time.clock(whose, Stage::Disposal, &limits.disposal, at)?,
            });
        }
        Ok(TaskChange::Offered {
            offer: Box::new(offer),
            plan: self.plan.text.clone(),
            clocks,
            resumes,
        })
    }

    /// The matter a part acts on.
    pub fn matter_of<'a>(&'a self, part: &'a Participant) -> &'a MatterId {
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
    /// What is missing before work is handed down to it (R12).
    pub fn not_handed_over(&self) -> NotHandedOver {
        NotHandedOver {
            organization: self.organization.clone(),
            matter: self.matter.clone(),
            missing: self.hand_over.clone(),
        }
    }

    /// Refuses a holder without the power that the act needs (R1), or without what has to go with the work (R12).
    pub fn may_hold(&self) -> Result<(), Refusal> {
        if let Some(part) = self.powerless() {
            return Err(Refusal::NoPower { parts: vec![part] });
        }
        if !self.hand_over.is_empty() {
            let parts = vec![self.not_handed_over()];
            return Err(Refusal::HandOverIncomplete { parts });
        }
        Ok(())
    }

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
