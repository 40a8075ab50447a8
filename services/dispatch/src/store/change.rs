//! Recording what the rules decided, with everything that follows from it in other aggregates: officers are booked
//! and freed (R3), cases go with their task. What follows is read off the state before and after, so no command can
//! forget it.

use liandong_kit::commit::{NotLoaded, Work};
use time::OffsetDateTime;

use crate::domain::case::CaseChange;
use crate::domain::case::clock::CaseClock;
use crate::domain::case::revisit::Revisit;
use crate::domain::settings::CASE_SETTINGS;
use crate::domain::{
    Act, AssignmentId, Case, CaseEvent, CaseId, CaseSettings, Duty, OfficerId, OrganizationId,
    Party, Refusal, Task, TaskChange, TaskEvent, TaskId, case, task,
};

/// Why a change did not come about.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    /// An aggregate is being loaded; the rule runs again. Callers never see it.
    #[error(transparent)]
    NotLoaded(#[from] NotLoaded),
    /// The rules say no.
    #[error(transparent)]
    Rules(#[from] Refusal),
    /// Nothing was to be recorded; with the encoded answer. Callers never see it.
    #[error("only tried")]
    Tried(Vec<u8>),
}

impl From<case::refusal::Refused> for Refused {
    fn from(refused: case::refusal::Refused) -> Self {
        Self::Rules(refused.into())
    }
}

/// The version a caller wants to change: none means whichever there is.
pub(crate) type Etag = Option<String>;

/// Refuses a version that is not the present one.
pub(super) fn expect(etag: &Etag, current: i64) -> Result<(), Refusal> {
    match etag {
        Some(etag) if *etag != current.to_string() => Err(Refusal::StaleEtag { current }),
        _ => Ok(()),
    }
}

/// Records changes of a case, after what has run out on it meanwhile.
pub(super) fn record_case(
    work: &mut Work<'_>,
    id: CaseId,
    at: OffsetDateTime,
    decide: impl FnOnce(&Case) -> Result<Vec<CaseChange>, Refusal>,
) -> Result<(), Refused> {
    let key = id.to_string();
    let case = work
        .get::<Case>(&key)?
        .ok_or(Refusal::CaseNotFound { case: Some(id) })?;
    let mut changes = case.tick(at);
    let decided = if changes.is_empty() {
        decide(case)?
    } else {
        let mut late = case.clone();
        for change in &changes {
            late.apply(change, at);
        }
        decide(&late)?
    };
    changes.extend(decided);
    let events = CaseEvent::of(case, at, changes);
    if !events.is_empty() {
        work.record::<Case>(&key, events)?;
    }
    Ok(())
}

/// How the district runs its cases.
pub(super) fn settings(work: &Work<'_>) -> Result<CaseSettings, NotLoaded> {
    let found = work.get::<CaseSettings>(CASE_SETTINGS)?;
    Ok(found.cloned().unwrap_or_default())
}

/// Records changes of a task and what follows from them.
pub(crate) fn record_task(
    work: &mut Work<'_>,
    id: TaskId,
    at: OffsetDateTime,
    changes: Vec<TaskChange>,
) -> Result<(), Refused> {
    if changes.is_empty() {
        return Ok(());
    }
    let key = id.to_string();
    let before = work.shared::<Task>(&key)?;
    let events = TaskEvent::of(&before, at, changes);
    work.record::<Task>(&key, events)?;
    let after = work.shared::<Task>(&key)?;
    if after.assignments.len() > before.assignments.len() {
        // Whoever takes part now sees the cases: they are read, so that this can be written (`parties`).
        for case in &after.cases {
            work.get::<Case>(&case.to_string())?;
        }
    }
    settle_officers(work, id, &before, &after)?;
    settle_cases(work, id, &before, &after, at)?;
    super::tiers::settle(work, id, &before, &after, at)
}

fn settle_officers(
    work: &mut Work<'_>,
    id: TaskId,
    before: &Task,
    after: &Task,
) -> Result<(), Refused> {
    let (were, are) = (bookings(id, before), bookings(id, after));
    for (officer, assignment, _) in were.iter().filter(|it| !are.contains(it)) {
        let event = work
            .get::<Duty>(officer.as_str())?
            .and_then(|it| it.release(*assignment));
        if let Some(event) = event {
            work.record::<Duty>(officer.as_str(), [event])?;
        }
    }
    for (officer, assignment, organization) in are.iter().filter(|it| !were.contains(it)) {
        let duty = work
            .get::<Duty>(officer.as_str())?
            .cloned()
            .unwrap_or_default();
        if let Some(event) = duty.book(officer, *assignment, organization)? {
            work.record::<Duty>(officer.as_str(), [event])?;
        }
    }
    Ok(())
}

fn bookings(id: TaskId, task: &Task) -> Vec<(OfficerId, AssignmentId, OrganizationId)> {
    let named = |number| AssignmentId { task: id, number };
    let booked = task.booked();
    booked
        .map(|(officer, it)| {
            (
                officer.clone(),
                named(it.number()),
                it.offer.organization.clone(),
            )
        })
        .collect()
}

fn settle_cases(
    work: &mut Work<'_>,
    task: TaskId,
    before: &Task,
    after: &Task,
    at: OffsetDateTime,
) -> Result<(), Refused> {
    if before.state == after.state {
        return Ok(());
    }
    let settings = settings(work)?;
    let change = |id: CaseId, case: &Case| match (before.state, after.state) {
        (task::State::Planned, task::State::Issued) => {
            case.check_plan(id, &after.plan)?;
            Ok(vec![CaseChange::Dispatched { task }])
        }
        (was, task::State::Finished) if was != task::State::Finished => {
            Ok(vec![CaseChange::Closed {
                task,
                revisits: Revisit::series(case, &settings.revisit_days, at),
            }])
        }
        (was, task::State::Cancelled) if was != task::State::Cancelled => {
            Ok(vec![CaseChange::Returned {
                task,
                reason: after.cancel_reason.clone(),
                clock: Some(CaseClock::dispatch(case.round(), settings.dispatch, at)),
            }])
        }
        _ => Ok(vec![]),
    };
    for id in &after.cases {
        record_case(work, *id, at, |case| change(*id, case))?;
    }
    if after.state == task::State::Issued {
        look_up_offences(work, after, at)?;
    }
    Ok(())
}

/// Before anybody is penalised, what every unit knows of the parties is put on record (R16).
fn look_up_offences(work: &mut Work<'_>, task: &Task, at: OffsetDateTime) -> Result<(), Refused> {
    let penalising = task.plan.participants.iter();
    let penalising = penalising.filter(|it| it.act == Act::Penalise);
    let matters: Vec<_> = penalising.map(|it| task.matter_of(it).clone()).collect();
    for id in task.cases.iter().filter(|_| !matters.is_empty()) {
        let key = id.to_string();
        let Some(case) = work.get::<Case>(&key)? else {
            continue;
        };
        let mut found = Vec::new();
        for party in case.people.iter().filter_map(|it| it.party) {
            let party_key = party.to_string();
            let known = work.get::<Party>(&party_key)?.cloned().unwrap_or_default();
            for matter in &matters {
                let exempt = case.exempts(matter);
                found.push(known.history(party, matter, exempt, at));
            }
        }
        let changes = found.into_iter().map(CaseChange::OffencesLookedUp);
        let changes: Vec<_> = changes.collect();
        record_case(work, *id, at, |_| Ok(changes))?;
    }
    Ok(())
}
