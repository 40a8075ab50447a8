//! Recording what the rules decided, with everything that follows from it in other aggregates: officers are booked
//! and freed (R3), cases go with their task. What follows is read off the state before and after, so no command can
//! forget it.

use liandong_kit::commit::{NotLoaded, Work};
use time::OffsetDateTime;

use crate::domain::case::CaseChange;
use crate::domain::{
    AssignmentId, Case, CaseEvent, CaseId, Duty, OfficerId, OrganizationId, Refusal, Task,
    TaskChange, TaskEvent, TaskId, task,
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

/// The version a caller wants to change: none means whichever there is.
pub(crate) type Etag = Option<String>;

/// Refuses a version that is not the present one.
pub(super) fn expect(etag: &Etag, current: i64) -> Result<(), Refusal> {
    match etag {
        Some(etag) if *etag != current.to_string() => Err(Refusal::StaleEtag { current }),
        _ => Ok(()),
    }
}

/// Records changes of a case.
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
    let events = CaseEvent::of(case, at, decide(case)?);
    if !events.is_empty() {
        work.record::<Case>(&key, events)?;
    }
    Ok(())
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
    let before = work.get::<Task>(&key)?.cloned().unwrap_or_default();
    let events = TaskEvent::of(&before, at, changes);
    work.record::<Task>(&key, events)?;
    let after = work.get::<Task>(&key)?.cloned().unwrap_or_default();
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
    let existed = before.version > 0;
    let change = match (before.state, after.state) {
        (task::State::Planned, task::State::Issued) => CaseChange::Dispatched { task },
        (was, task::State::Finished) if was != task::State::Finished => CaseChange::Closed { task },
        (was, task::State::Cancelled) if was != task::State::Cancelled => CaseChange::Returned {
            task,
            reason: after.cancel_reason.clone(),
        },
        _ => return Ok(()),
    };
    debug_assert!(
        existed,
        "a task is planned before anything else happens to it"
    );
    for case in &after.cases {
        record_case(work, *case, at, |_| Ok(vec![change.clone()]))?;
    }
    Ok(())
}
