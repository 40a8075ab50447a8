//! A step of an organization with an assignment it holds: the one way all of them go.

use liandong_kit::auth::Caller;
use liandong_kit::commit::{Command, Work};
use liandong_proto::dispatch as wire;
use prost::Message;
use time::OffsetDateTime;
use tonic::{Response, Status};

use super::{Desk, convert, etag, organization, status};
use crate::domain::{AssignmentId, EvidenceId, Refusal, Task, TaskChange};
use crate::store::{Refused, held_by};

/// What a step is taken with.
pub(super) struct Target {
    /// The assignment.
    pub(super) id: AssignmentId,
    /// The etag as sent.
    pub(super) etag: String,
    /// Evidence it refers to.
    pub(super) cited: Vec<EvidenceId>,
}

impl Target {
    /// An assignment, without evidence.
    pub(super) fn of(id: AssignmentId, etag: String) -> Target {
        let cited = vec![];
        Target { id, etag, cited }
    }
}

impl Desk {
    /// Takes a step with an assignment that the caller's organization holds. It shows that an order has arrived which
    /// could not be delivered, so the clocks go on first, moved by the time that is charged to nobody.
    pub(super) async fn step<R: Message + Default + 'static>(
        &self,
        caller: &Caller,
        command: Command,
        target: Target,
        decide: impl Fn(&Task) -> Result<Vec<TaskChange>, Refusal> + Send + 'static,
        answer: fn(Option<wire::Assignment>) -> R,
    ) -> Result<Response<R>, Status> {
        let nothing = |_: &mut Work<'_>, _| Ok(());
        self.step_and(caller, command, target, (decide, nothing), answer)
            .await
    }

    /// The same, with what follows from it elsewhere, in the same change.
    pub(super) async fn step_and<R: Message + Default + 'static>(
        &self,
        caller: &Caller,
        command: Command,
        Target {
            id,
            etag: sent,
            cited,
        }: Target,
        (decide, follow): (
            impl Fn(&Task) -> Result<Vec<TaskChange>, Refusal> + Send + 'static,
            impl Fn(&mut Work<'_>, OffsetDateTime) -> Result<(), Refused> + Send + 'static,
        ),
        answer: fn(Option<wire::Assignment>) -> R,
    ) -> Result<Response<R>, Status> {
        let (mine, at) = (organization(caller), command.occurred_at());
        let target = (id, etag(sent), (mine.clone(), cited));
        // Without a calendar the step counts all the same, and the next one moves the clocks.
        let time = self.registry.work_time(&caller.district).await.ok();
        let decide = move |it: &Task| {
            held_by(it, id.number, &mine)?;
            match &time {
                Some(time) => it.step(id.number, time, at, &decide),
                None => decide(it),
            }
        };
        let answer = move |it: &Task| {
            let part = it.assignment(id.number);
            answer(part.map(|part| convert::assignment::assignment(id.task, it, part)))
        };
        let changed = self
            .store
            .change_assignment_and(command, target, (decide, follow), answer);
        changed.await.map(Response::new).map_err(status::change)
    }
}
