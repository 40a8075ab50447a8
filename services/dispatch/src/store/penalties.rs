//! Decisions about parties, each in the transaction that looks up what is known of the party (R6, R16).

use liandong_kit::commit::{Command, Work};
use prost::Message;
use time::OffsetDateTime;

use super::change::Refused;
use super::{Error, Store, held_by};
use crate::domain::assignment::State;
use crate::domain::case::refusal::Refused as No;
use crate::domain::penalty::{Decided, History, Penalty};
use crate::domain::{
    Act, AssignmentId, Case, CaseId, OrganizationId, Party, PartyId, PersonId, RecordId, Refusal,
    Task,
};

/// What a unit decides about a party.
#[derive(Clone, Debug)]
pub(crate) struct Decision {
    /// Under which assignment.
    pub assignment: AssignmentId,
    /// About whom: a record of a case of its task.
    pub record: RecordId,
    /// What.
    pub decided: Decided,
    /// Whether the party has corrected it.
    pub corrected: bool,
    /// What identifies the act; empty: what the case was filed with.
    pub act_reference: String,
    /// Why.
    pub reason: String,
}

/// Who decides, in whose name.
pub(crate) type Decider = (OrganizationId, PersonId);

/// What a decision is about, as it was found.
struct Subject {
    case: CaseId,
    act_reference: String,
    party: PartyId,
    known: Party,
    history: History,
    penalty: Option<crate::domain::PowerId>,
    matter: crate::domain::MatterId,
    state: State,
}

impl Store {
    /// Records what a unit decided about a party.
    pub(crate) async fn decide_penalty<R>(
        &self,
        command: Command,
        (organization, person): Decider,
        decision: Decision,
        answer: impl Fn(PartyId, &Penalty) -> R + Send + 'static,
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
    {
        let at = command.occurred_at();
        let rule = move |work: &mut Work<'_>| {
            let which = (decision.assignment, decision.record);
            let it = subject(work, which, &organization, at)?;
            let at_work = [
                State::Committed,
                State::OnSite,
                State::Reported,
                State::Done,
            ];
            if !at_work.contains(&it.state) {
                return Err(Refusal::NotCommitted { state: it.state }.into());
            }
            let act_reference = if decision.act_reference.is_empty() {
                it.act_reference
            } else {
                decision.act_reference.clone()
            };
            let penalty = Penalty {
                number: 0,
                assignment: decision.assignment,
                case: it.case,
                organization: organization.clone(),
                person: person.clone(),
                power: it.penalty,
                matter: it.matter,
                act_reference,
                decided: decision.decided,
                corrected: decision.corrected,
                reason: decision.reason.clone(),
                at,
                history: it.history,
                served_at: None,
            };
            let key = it.party.to_string();
            if let Some(event) = it.known.decide(penalty.clone())? {
                work.record::<Party>(&key, [event])?;
            }
            let after = work.get::<Party>(&key)?;
            let decided = after.and_then(|it| it.repeated(&penalty));
            Ok(answer(it.party, decided.ok_or(No::PenaltyNotFound)?))
        };
        self.change(command, rule).await
    }

    /// Records that community service was done.
    pub(crate) async fn record_service<R>(
        &self,
        command: Command,
        organization: OrganizationId,
        (party, number): (PartyId, u16),
        answer: impl Fn(PartyId, &Penalty) -> R + Send + 'static,
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
    {
        let at = command.occurred_at();
        let rule = move |work: &mut Work<'_>| {
            let key = party.to_string();
            let known = work.get::<Party>(&key)?.cloned().unwrap_or_default();
            let own = |it: &&Penalty| it.organization == organization;
            known
                .penalty(number)
                .filter(own)
                .ok_or(No::PenaltyNotFound)?;
            if let Some(event) = known.serve(number, at)? {
                work.record::<Party>(&key, [event])?;
            }
            let after = work.get::<Party>(&key)?;
            let penalty = after.and_then(|it| it.penalty(number));
            Ok(answer(party, penalty.ok_or(No::PenaltyNotFound)?))
        };
        self.change(command, rule).await
    }

    /// What is known of a party, for whoever prepares a penalty.
    pub(crate) async fn offences<R>(
        &self,
        command: Command,
        organization: OrganizationId,
        which: (AssignmentId, RecordId),
        answer: impl Fn(PartyId, &History, &Party) -> R + Send + 'static,
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
    {
        let at = command.occurred_at();
        let rule = move |work: &mut Work<'_>| {
            let it = subject(work, which, &organization, at)?;
            Ok(answer(it.party, &it.history, &it.known))
        };
        self.change(command, rule).await
    }
}

fn subject(
    work: &Work<'_>,
    (id, record): (AssignmentId, RecordId),
    organization: &OrganizationId,
    at: OffsetDateTime,
) -> Result<Subject, Refused> {
    let task = work
        .get::<Task>(&id.task.to_string())?
        .ok_or(Refusal::AssignmentNotFound)?;
    held_by(task, id.number, organization)?;
    let assignment = task
        .assignment(id.number)
        .ok_or(Refusal::AssignmentNotFound)?;
    if assignment.offer.act != Act::Penalise {
        return Err(No::NotPenalising.into());
    }
    let mut found = None;
    for case in &task.cases {
        let it = work.get::<Case>(&case.to_string())?;
        let person = it.and_then(|it| Some((*case, it, it.person(record)?)));
        found = found.or(person);
    }
    let (case, it, person) = found.ok_or(No::PersonNotFound)?;
    let party = person.party.ok_or(No::PartyUnknown)?;
    let known = work.get::<Party>(&party.to_string())?.cloned();
    let known = known.unwrap_or_default();
    let matter = assignment.offer.matter.clone();
    let filed = it.filing.as_ref().map(|it| it.act_reference.as_str());
    let act_reference = filed.filter(|it| !it.is_empty());
    Ok(Subject {
        case,
        act_reference: act_reference.map_or_else(|| format!("cases/{case}"), str::to_owned),
        party,
        history: known.history(party, &matter, it.exempts(&matter), at),
        known,
        penalty: assignment.offer.power.clone(),
        matter,
        state: assignment.state,
    })
}
