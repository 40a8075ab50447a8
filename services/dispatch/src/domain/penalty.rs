//! What was decided about a party, by whichever unit: one history for each party, so that nobody is fined twice for
//! the same act (R6; Penalty Law 29), and everybody knows whether it is a first offence (R16; Penalty Law 33).

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::timestamp::microseconds as us;

use super::case::refusal::Refused;
use super::duty::act_key;
use super::{AssignmentId, CaseId, MatterId, OrganizationId, PartyId, PersonId, PowerId, Refusal};

/// What was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Decided {
    /// 警告、通报批评.
    Warning,
    /// 罚款.
    Fine {
        /// How much, in fen.
        fen: i64,
    },
    /// 没收.
    Confiscation,
    /// Another kind the law provides for.
    Other,
    /// 首违不罚.
    Exempt,
    /// Community service instead (M26).
    CommunityService {
        /// How long.
        minutes: u32,
    },
}

/// A decision about a party.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Penalty {
    /// Its number for the party, from 1.
    pub number: u16,
    /// Under which assignment.
    pub assignment: AssignmentId,
    /// In which case.
    pub case: CaseId,
    /// By whom.
    pub organization: OrganizationId,
    /// In person.
    pub person: PersonId,
    /// Under which power.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power: Option<PowerId>,
    /// On which matter.
    pub matter: MatterId,
    /// What identifies the act.
    pub act_reference: String,
    /// What.
    pub decided: Decided,
    /// Whether the party has corrected it.
    pub corrected: bool,
    /// Why.
    pub reason: String,
    /// When.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
    /// What was known of the party before.
    pub history: History,
    /// When community service was done.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub served_at: Option<OffsetDateTime>,
}

/// What is known of a party across all units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// Who.
    pub party: PartyId,
    /// Offences of whatever matter.
    pub offences: u16,
    /// Of them on the matter that was asked about.
    pub same_matter: u16,
    /// Whether a first, slight offence of that matter that is corrected goes unpunished.
    pub exempt: bool,
    /// When it was looked up.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
}

/// What can happen to a party.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)] // the event's word says it
pub enum PartyEvent {
    Decided(Box<Penalty>),
    /// As it stands afterwards.
    Served(Box<Penalty>),
}

/// A party, by what was decided about it. Its id is a keyed hash of its identity.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// Oldest first; number n is at n - 1.
    pub penalties: Vec<Penalty>,
}

impl History {
    /// Whether no offence on that matter is on record.
    pub fn is_first(&self) -> bool {
        self.same_matter == 0
    }
}

impl Party {
    /// What is known of it.
    pub fn history(
        &self,
        party: PartyId,
        matter: &MatterId,
        exempt: bool,
        at: OffsetDateTime,
    ) -> History {
        let count = |it: usize| u16::try_from(it).unwrap_or(u16::MAX);
        let same = self.penalties.iter().filter(|it| it.matter == *matter);
        History {
            party,
            offences: count(self.penalties.len()),
            same_matter: count(same.count()),
            exempt,
            at,
        }
    }

    /// Decides about it. A fine is refused if there is one for the same act already; going unpunished, or serving the
    /// community instead, is for first offenders who have corrected what they did.
    pub fn decide(&self, penalty: Penalty) -> Result<Option<PartyEvent>, Refusal> {
        let act = act_key(&penalty.act_reference);
        let same_act = |it: &&Penalty| act_key(&it.act_reference) == act;
        if self.repeated(&penalty).is_some() {
            return Ok(None); // a repeat changes nothing
        }
        let fined = |it: &&Penalty| matches!(it.decided, Decided::Fine { .. });
        let fines = self.penalties.iter().filter(same_act).find(fined);
        if let (Decided::Fine { .. }, Some(it)) = (penalty.decided, fines) {
            return Err(Refused::AlreadyFined {
                case: it.case,
                organization: it.organization.clone(),
            }
            .into());
        }
        let lenient = matches!(
            penalty.decided,
            Decided::Exempt | Decided::CommunityService { .. }
        );
        let exempt = penalty.decided != Decided::Exempt || penalty.history.exempt;
        if lenient && !(penalty.history.is_first() && penalty.corrected && exempt) {
            return Err(Refused::NoLeniency {
                same_matter: penalty.history.same_matter,
                corrected: penalty.corrected,
                exempt: penalty.history.exempt,
            }
            .into());
        }
        let number = u16::try_from(self.penalties.len()).unwrap_or(u16::MAX);
        Ok(Some(PartyEvent::Decided(Box::new(Penalty {
            number: number.saturating_add(1),
            ..penalty
        }))))
    }

    /// The decision that another one repeats: of the same assignment, about the same act, with the same outcome.
    pub fn repeated(&self, by: &Penalty) -> Option<&Penalty> {
        let act = act_key(&by.act_reference);
        let same = |it: &&Penalty| {
            (it.assignment, it.decided) == (by.assignment, by.decided)
                && act_key(&it.act_reference) == act
        };
        self.penalties.iter().rev().find(same)
    }

    /// Records that community service was done.
    pub fn serve(&self, number: u16, at: OffsetDateTime) -> Result<Option<PartyEvent>, Refusal> {
        let it = self.penalty(number).ok_or(Refused::PenaltyNotFound)?;
        match (it.decided, it.served_at) {
            (Decided::CommunityService { .. }, None) => {
                Ok(Some(PartyEvent::Served(Box::new(Penalty {
                    served_at: Some(at),
                    ..it.clone()
                }))))
            }
            (Decided::CommunityService { .. }, Some(_)) => Ok(None),
            _ => Err(Refused::NoCommunityService.into()),
        }
    }

    /// A decision by its number.
    pub fn penalty(&self, number: u16) -> Option<&Penalty> {
        self.penalties.get(usize::from(number).checked_sub(1)?)
    }

    /// Folds one event.
    pub fn apply(&mut self, event: &PartyEvent) {
        match event {
            PartyEvent::Decided(it) => self.penalties.push((**it).clone()),
            PartyEvent::Served(it) => {
                let index = usize::from(it.number).checked_sub(1);
                if let Some(own) = index.and_then(|index| self.penalties.get_mut(index)) {
                    own.clone_from(it);
                }
            }
        }
    }
}

impl PartyEvent {
    /// The word for it in the log. Never changed once released.
    pub fn kind(&self) -> &'static str {
        match self {
            PartyEvent::Decided(_) => "PenaltyDecided",
            PartyEvent::Served(_) => "CommunityServiceDone",
        }
    }
}
