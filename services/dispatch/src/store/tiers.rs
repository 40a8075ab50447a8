//! Changes of whistles and disputes, and what becomes of them when their task ends.

use std::sync::Arc;

use liandong_kit::commit::Work;
use time::OffsetDateTime;

use super::change::Refused;
use crate::domain::clock::WorkTime;
use crate::domain::dispute::DisputeChange;
use crate::domain::whistle::WhistleChange;
use crate::domain::{
    Dispute, DisputeEvent, DisputeId, OrganizationId, Refusal, Task, TaskId, Whistle, WhistleEvent,
    WhistleId, task,
};

/// Records changes of a whistle.
pub(super) fn record_whistle(
    work: &mut Work<'_>,
    id: WhistleId,
    at: OffsetDateTime,
    decide: impl FnOnce(&Whistle) -> Result<Vec<WhistleChange>, Refusal>,
) -> Result<(), Refused> {
    let key = id.to_string();
    let whistle = work.get::<Whistle>(&key)?.ok_or(Refusal::WhistleNotFound)?;
    let events = WhistleEvent::of(whistle, at, decide(whistle)?);
    if !events.is_empty() {
        work.record::<Whistle>(&key, events)?;
    }
    Ok(())
}

/// Records changes of a dispute.
pub(super) fn record_dispute(
    work: &mut Work<'_>,
    id: DisputeId,
    at: OffsetDateTime,
    decide: impl FnOnce(&Dispute) -> Result<Vec<DisputeChange>, Refusal>,
) -> Result<(), Refused> {
    let key = id.to_string();
    let dispute = work.get::<Dispute>(&key)?.ok_or(Refusal::DisputeNotFound)?;
    let events = DisputeEvent::of(dispute, at, decide(dispute)?);
    if !events.is_empty() {
        work.record::<Dispute>(&key, events)?;
    }
    Ok(())
}

/// A whistle ends with its task, and what was disputed about it has become pointless; so has what was disputed before
/// it was issued, and is part of it no more.
pub(super) fn settle(
    work: &mut Work<'_>,
    id: TaskId,
    before: &Task,
    after: &Task,
    at: OffsetDateTime,
) -> Result<(), Refused> {
    if before.state == after.state {
        return Ok(());
    }
    let pointless = match after.state {
        task::State::Planned => return Ok(()),
        task::State::Issued => "the task was issued without what was disputed",
        task::State::Finished | task::State::Cancelled => "the task has ended",
    };
    for dispute in &after.disputes {
        record_dispute(work, *dispute, at, |it| Ok(it.lapse(pointless)))?;
    }
    if let Some(whistle) = after.whistle.filter(|_| after.state != task::State::Issued) {
        let finished = after.state == task::State::Finished;
        record_whistle(work, whistle, at, |it| Ok(it.task_ended(id, finished)))?;
    }
    Ok(())
}

/// Records who is silent, and says whether the whistle has to go up.
pub(crate) fn record_silence(
    id: WhistleId,
    now: OffsetDateTime,
) -> impl Fn(&mut Work<'_>) -> Result<bool, Refused> {
    move |work| {
        record_whistle(work, id, now, |it| Ok(it.tick(now)))?;
        let whistle = work.get::<Whistle>(&id.to_string())?;
        Ok(whistle.is_some_and(Whistle::goes_up))
    }
}

/// Calls the tier above.
pub(crate) fn escalate(
    id: WhistleId,
    time: Arc<WorkTime>,
    now: OffsetDateTime,
) -> impl Fn(&mut Work<'_>) -> Result<(), Refused> {
    move |work| record_whistle(work, id, now, |it| it.escalate(&time, now))
}

/// Takes a dispute up whose time is over.
pub(crate) fn move_up(
    id: DisputeId,
    superior: Option<OrganizationId>,
    time: Arc<WorkTime>,
    now: OffsetDateTime,
) -> impl Fn(&mut Work<'_>) -> Result<(), Refused> {
    move |work| record_dispute(work, id, now, |it| it.tick(superior.as_ref(), &time, now))
}
