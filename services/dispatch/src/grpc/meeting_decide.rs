//! What the registry says of everything that a decision does, asked before the change that does it.

use liandong_kit::auth::Caller;
use liandong_kit::status::Problem;
use time::OffsetDateTime;
use tonic::Status;

use super::{Desk, status};
use crate::domain::meeting::Effect;
use crate::domain::{Meeting, Refusal, Task, TaskId};
use crate::store::Sight;
use crate::store::meetings::Ready;

impl Desk {
    /// Everything a decision does, with what the registry says of it.
    pub(super) async fn ready(
        &self,
        caller: &Caller,
        meeting: &Meeting,
        effects: &[Effect],
        at: OffsetDateTime,
    ) -> Result<Vec<Ready>, Status> {
        let mut ready = Vec::new();
        for effect in effects {
            ready.push(self.one(caller, meeting, effect, at).await?);
        }
        Ok(ready)
    }

    async fn one(
        &self,
        caller: &Caller,
        meeting: &Meeting,
        effect: &Effect,
        at: OffsetDateTime,
    ) -> Result<Ready, Status> {
        let district = &caller.district;
        Ok(match effect {
            Effect::Dispatch { task: id } => {
                let task = self
                    .within(caller, meeting, *id, Refusal::TaskNotFound)
                    .await?;
                let questions = if task.may_be_issued() {
                    task.questions()
                } else {
                    vec![]
                };
                let mut standings = self
                    .registry
                    .standings(district, &task.area, at, &questions)
                    .await?;
                for (part, standing) in task.plan.participants.iter().zip(&mut standings) {
                    let handed = (part.role, part.hand_over.as_ref());
                    self.registry
                        .add_hand_over(district, standing, handed, at)
                        .await?;
                }
                Ready::Dispatch(*id, standings)
            }
            Effect::Redispatch { assignment, to } => {
                let task = self
                    .within(
                        caller,
                        meeting,
                        assignment.task,
                        Refusal::AssignmentNotFound,
                    )
                    .await?;
                let part = task.assignment(assignment.number).ok_or_else(missing)?;
                let act = to.act.unwrap_or(part.offer.act);
                let question = (to.organization.clone(), part.offer.matter.clone(), act);
                let place = (district.as_str(), &task.area);
                let asked = (question, part.offer.role, None);
                let next = self.successor(place, to.clone(), asked, at).await?;
                Ready::Redispatch(*assignment, Box::new(next))
            }
            Effect::Extend { assignment, limit } => Ready::Extend(*assignment, *limit),
            Effect::Hold {
                assignment,
                ground,
                until,
            } => Ready::Hold(*assignment, (*ground, *until)),
            Effect::Transfer {
                case,
                body,
                document_number,
            } => Ready::Transfer(*case, (body.clone(), document_number.clone())),
            Effect::Designate { dispute, holder } => {
                let found = self.store.dispute(district, &Sight::District, *dispute);
                let found = found.await.map_err(status::database)?;
                let all = meeting.participants();
                let seen = found.filter(|it| {
                    meeting.reaches(&it.opened.area) && all.iter().any(|who| it.concerns(who))
                });
                let hidden = || Status::from(status::refused(&Refusal::DisputeNotFound));
                let opened = seen.ok_or_else(hidden)?.opened;
                let next = self.designee(district, &opened, holder.clone(), at).await?;
                let superior = self.registry.superior(district, &opened.organizer, at);
                Ready::Designate(*dispute, Box::new(next), superior.await?)
            }
        })
    }

    /// A task within a meeting's reach.
    async fn within(
        &self,
        caller: &Caller,
        meeting: &Meeting,
        id: TaskId,
        refusal: Refusal,
    ) -> Result<Task, Status> {
        let found = self.store.task(&caller.district, &Sight::District, id);
        let found = found.await.map_err(status::database)?;
        let all = meeting.participants();
        let seen =
            found.filter(|it| meeting.reaches(&it.area) && all.iter().any(|who| it.concerns(who)));
        seen.ok_or_else(|| status::refused(&refusal).into())
    }
}

fn missing() -> Status {
    let problem: Problem = status::refused(&Refusal::AssignmentNotFound);
    problem.into()
}
