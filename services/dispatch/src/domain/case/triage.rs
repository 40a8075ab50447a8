//! Who does something about a filed case (巡查交办分流, M14), and what each way leads to.
//!
//! | Way | Leads to |
//! |---|---|
//! | on site | closed: whoever found it put it right |
//! | own power | a task in which the holder leads and nobody else works; its power is asked (R1) |
//! | push | a task in which the one responsible unit leads and nobody else works |
//! | joint | a task in which at least two work |
//! | consultation | a meeting of the parties; a task only when they have agreed, without enforcing acts |
//! | service | a task without enforcing acts |

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::timestamp::microseconds as us;

use super::refusal::Refused;
use super::revisit::Revisit;
use super::{Case, CaseChange, State};
use crate::domain::plan::{Participant, Plan};
use crate::domain::{CaseId, OrganizationId, PersonId, PowerId, RecordId, Refusal, Role};

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[allow(missing_docs)] // the module says it
pub enum Way {
    OnSite,
    OwnPower,
    Push,
    Joint,
    Consultation,
    Service,
}

/// A decision on who does something about a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Triage {
    /// Which way.
    pub way: Way,
    /// The responsible unit: of a push, or the holder itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<OrganizationId>,
    /// The holder's power on the matter, for its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power: Option<PowerId>,
    /// Why; on site: what was done.
    pub note: String,
    /// Of what was done on site, as in a report.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
    /// Who decided.
    pub person: PersonId,
    /// When.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
}

/// 会商: a meeting of the parties.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consultation {
    /// Which units met.
    pub organizations: Vec<OrganizationId>,
    /// Which of the people of the case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<RecordId>,
    /// Whether they agreed.
    pub agreed: bool,
    /// On what, or why not.
    pub agreement: String,
    /// Who recorded it.
    pub person: PersonId,
    /// When they met.
    #[serde(with = "us")]
    pub met_at: OffsetDateTime,
}

/// What keeps a plan from being what the case was triaged for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Misfit {
    /// The holder, or the unit it was pushed to, does not lead.
    Lead,
    /// Somebody else works too.
    OnlyOne,
    /// Only one works.
    SeveralNeeded,
    /// Somebody enforces.
    NoEnforcing,
    /// The parties have not agreed.
    NotAgreed,
}

impl Case {
    /// Decides which way a filed case goes. On site: it is closed.
    pub fn triage(
        &self,
        id: CaseId,
        triage: Triage,
        revisits: Vec<Revisit>,
    ) -> Result<Vec<CaseChange>, Refusal> {
        let same = |it: &Triage| {
            it.way == triage.way && it.organization == triage.organization && it.note == triage.note
        };
        let repeated = self.triage.as_ref().is_some_and(same);
        match (self.state, self.task, triage.way) {
            (State::Filed | State::Dispatched | State::Closed, ..) if repeated => Ok(vec![]),
            (State::Filed, None, Way::OnSite) => Ok(vec![CaseChange::DisposedOnSite {
                triage: Box::new(triage),
                revisits,
            }]),
            (State::Filed, None, _) => Ok(vec![CaseChange::Triaged(Box::new(triage))]),
            (state, task, _) => Err(Refusal::CaseNotFiled {
                case: id,
                state,
                task,
            }),
        }
    }

    /// Records a meeting of the parties of a case that was triaged for one.
    pub fn consult(&self, id: CaseId, met: Consultation) -> Result<Vec<CaseChange>, Refusal> {
        if self.consultations.last() == Some(&met) {
            return Ok(vec![]);
        }
        if self.state != State::Filed || self.task.is_some() {
            return Err(Refusal::CaseNotFiled {
                case: id,
                state: self.state,
                task: self.task,
            });
        }
        if self.triage.as_ref().map(|it| it.way) != Some(Way::Consultation) {
            return Err(Refused::NotForConsultation.into());
        }
        let unknown = met.people.iter().find(|it| self.person(**it).is_none());
        if unknown.is_some() {
            return Err(Refused::PersonNotFound.into());
        }
        Ok(vec![CaseChange::Consulted(Box::new(met))])
    }

    /// Whether a plan is what the case was triaged for; what was not triaged may be planned anyhow.
    pub fn check_plan(&self, id: CaseId, plan: &Plan) -> Result<(), Refusal> {
        let Some(triage) = &self.triage else {
            return Ok(());
        };
        let misfits = self.misfits(triage, plan);
        if misfits.is_empty() {
            return Ok(());
        }
        Err(Refused::TriagedOtherwise {
            case: id,
            way: triage.way,
            organization: triage.organization.clone(),
            misfits,
        }
        .into())
    }

    fn misfits(&self, triage: &Triage, plan: &Plan) -> Vec<Misfit> {
        let active: Vec<&Participant> = plan
            .participants
            .iter()
            .filter(|it| it.role != Role::Awareness)
            .collect();
        let mut misfits = Vec::new();
        let one_leads = matches!(triage.way, Way::OwnPower | Way::Push);
        if one_leads {
            let lead = active.iter().find(|it| it.role == Role::Lead);
            if lead.map(|it| &it.organization) != triage.organization.as_ref() {
                misfits.push(Misfit::Lead);
            }
            if active.len() > 1 {
                misfits.push(Misfit::OnlyOne);
            }
        }
        if triage.way == Way::Joint && active.len() < 2 {
            misfits.push(Misfit::SeveralNeeded);
        }
        let gentle = matches!(triage.way, Way::Service | Way::Consultation);
        if gentle && active.iter().any(|it| it.act.enforces()) {
            misfits.push(Misfit::NoEnforcing);
        }
        let agreed = self.consultations.last().is_some_and(|it| it.agreed);
        if triage.way == Way::Consultation && !agreed {
            misfits.push(Misfit::NotAgreed);
        }
        misfits
    }
}
