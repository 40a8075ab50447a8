//! Which organizations' inboxes an event goes to.

use super::case::CaseChange;
use super::clock::Stage;
use super::clock_change::ClockChange;
use super::dispute::DisputeEvent;
use super::event::{CaseEvent, DutyEvent, TaskChange, TaskEvent};
use super::penalty::PartyEvent;
use super::whistle::WhistleEvent;
use super::{OrganizationId, Task};

/// Who is told of a task's event: the organizer of everything; the holder of what concerns its assignment; the
/// checker of what waits for it; the lead of what decides whether its task comes to its end; every participant of
/// the task's beginning and end. `task` may be later than the event: nobody ever leaves a task.
pub fn of_task(event: &TaskEvent, task: &Task) -> Vec<OrganizationId> {
    let mut audience = vec![task.organizer.clone()];
    if let Some(facts) = &event.facts {
        audience.push(facts.organization.clone());
    }
    match &event.change {
        TaskChange::Reported { .. } | TaskChange::Checked { .. } | TaskChange::Overdue { .. } => {
            audience.extend(event.facts.as_ref().map(|it| it.checker.clone()));
            audience.extend(task.lead().cloned());
        }
        TaskChange::Clock { what, .. } => audience.extend(told_of_clock(event, what, task)),
        TaskChange::Objected { .. } | TaskChange::Ruled { .. } | TaskChange::RoundOpened { .. } => {
            audience.extend(task.lead().cloned());
        }
        TaskChange::Issued { .. }
        | TaskChange::Finished { .. }
        | TaskChange::Cancelled { .. }
        | TaskChange::SceneFinished(_) => {
            audience.extend(
                task.assignments
                    .iter()
                    .map(|it| it.offer.organization.clone()),
            );
        }
        TaskChange::Disputed { numbers, .. } => {
            let disputed = numbers.iter().filter_map(|it| task.assignment(*it));
            audience.extend(disputed.map(|it| it.offer.organization.clone()));
        }
        _ => {}
    }
    distinct(audience)
}

/// Who is told of a whistle's event: who blew it, and everybody who was called.
pub fn of_whistle(event: &WhistleEvent) -> Vec<OrganizationId> {
    let called = event.facts.calls.iter().map(|it| it.organization.clone());
    distinct(
        [event.facts.organization.clone()]
            .into_iter()
            .chain(called)
            .collect(),
    )
}

/// Who is told of a dispute's event: its parties, the organizer, and the superior it went to.
pub fn of_dispute(event: &DisputeEvent) -> Vec<OrganizationId> {
    let it = &event.facts;
    let others = [it.organizer.clone()]
        .into_iter()
        .chain(it.superior.clone());
    distinct(it.parties.iter().cloned().chain(others).collect())
}

/// The checker of the check's clock; the lead of what is overdue; the rung of the duty chain that is told.
fn told_of_clock(event: &TaskEvent, what: &ClockChange, task: &Task) -> Vec<OrganizationId> {
    let mut told = Vec::new();
    if what.stage() == Some(Stage::Check) {
        told.extend(event.facts.as_ref().map(|it| it.checker.clone()));
    }
    match what {
        ClockChange::Escalated { rung, .. } => {
            told.extend(rung.organization.clone());
            told.extend(task.lead().cloned());
        }
        ClockChange::Supervised { .. } | ClockChange::OnAgenda { .. } => {
            told.extend(task.lead().cloned());
        }
        ClockChange::NotDelivered(it) => told.push(it.organization.clone()),
        ClockChange::Excused { .. } => {
            told.extend(event.facts.as_ref().map(|it| it.checker.clone()));
        }
        _ => {}
    }
    told
}

/// Who is told of a case's event: who holds it, of a revisit who may record it, and of what it found whose work it was.
/// Of the rest participants hear by its task.
pub fn of_case(event: &CaseEvent) -> Vec<OrganizationId> {
    let mut audience = vec![event.facts.organization.clone()];
    if let CaseChange::RevisitDue(it)
    | CaseChange::RevisitOverdue(it)
    | CaseChange::Revisited { revisit: it, .. } = &event.change
    {
        audience.extend(it.revisitor.clone());
        audience.extend(it.visited.as_ref().map(|it| it.organization.clone()));
    }
    if let CaseChange::Revisited { handlers, .. } = &event.change {
        audience.extend(handlers.iter().cloned());
    }
    distinct(audience)
}

/// Who is told of a decision about a party: who decided it. Others ask when they prepare one of their own.
pub fn of_party(event: &PartyEvent) -> Vec<OrganizationId> {
    let (PartyEvent::Decided(it) | PartyEvent::Served(it)) = event;
    vec![it.organization.clone()]
}

/// Who is told of an officer's event: nobody; it follows from an assignment's event that they are told of.
pub fn of_duty(_: &DutyEvent) -> Vec<OrganizationId> {
    vec![]
}

fn distinct(mut all: Vec<OrganizationId>) -> Vec<OrganizationId> {
    all.sort();
    all.dedup();
    all
}
