//! The services on the wire: one file each. A handler asks who calls and what for, does it, and answers.

pub(crate) mod assignment;
pub(crate) mod campaign;
mod campaign_status;
pub(crate) mod case;
mod case_course;
pub(crate) mod case_settings;
mod case_status;
pub(crate) mod check;
pub(crate) mod check_sample;
mod check_sample_status;
pub(crate) mod clock;
mod clock_status;
pub(crate) mod convert;
pub(crate) mod dispute;
mod docket;
pub(crate) mod event;
mod event_convert;
pub(crate) mod evidence;
mod evidence_download;
mod evidence_finish;
mod evidence_status;
mod evidence_upload;
mod feed;
pub(crate) mod follow_up;
pub(crate) mod inbox;
mod inbox_convert;
mod inbox_frames;
mod inbox_pull;
mod inbox_session;
mod inbox_stream;
#[cfg(test)]
mod inbox_tests;
pub(crate) mod inspection;
mod inspection_desk;
mod inspection_status;
mod known;
pub(crate) mod meeting;
mod meeting_decide;
mod meeting_export;
pub(crate) mod meeting_series;
mod meeting_status;
pub mod meeting_words;
pub(crate) mod patrol;
mod patrol_status;
pub(crate) mod penalty;
pub(crate) mod personal_data;
mod status;
mod status_tiers;
mod step;
pub(crate) mod task;
pub(crate) mod task_template;
pub(crate) mod whistle;

use liandong_kit::auth::Caller;
use liandong_kit::commit::{Command, RequestKey};
use liandong_kit::status::Problem;
use liandong_proto::dispatch as wire;
use liandong_proto::types;
use prost::Message;
use time::OffsetDateTime;
use tonic::{Request, Status};

use crate::domain::dispute::Opened;
use crate::domain::hand_back::Successor;
use crate::domain::objection::NewHolder;
use crate::domain::resource::HandOver;
use crate::domain::{AreaId, AssignmentId, OrganizationId, PersonId, Role, Task};
use crate::peers::registry::{Question, Registry};
use crate::store::{Etag, Sight, Store};

/// What handlers work with. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Desk {
    /// Cases and tasks.
    pub store: Store,
    /// The registry.
    pub registry: Registry,
}

impl Desk {
    /// A caller's command, now; with a request id it is safe to repeat.
    fn command(
        &self,
        caller: &Caller,
        method: &'static str,
        request_id: &str,
        message: &impl Message,
    ) -> Command {
        let request = RequestKey::of(method, request_id, message);
        Command::new(caller.author(), self.store.now()).request(request)
    }

    /// Somebody who would take an order over, with what the registry says of them: whether they may (R1), and whether
    /// it may be handed down to them (R12).
    async fn successor(
        &self,
        (district, area): (&str, &AreaId),
        new: NewHolder,
        (question, role, hand_over): (Question, Role, Option<&HandOver>),
        at: OffsetDateTime,
    ) -> Result<Successor, Status> {
        let asked = [question];
        let standings = self.registry.standings(district, area, at, &asked).await?;
        let standing = standings.into_iter().next();
        let mut standing =
            standing.ok_or_else(|| Problem::internal("a question without an answer"))?;
        let registry = &self.registry;
        registry
            .add_hand_over(district, &mut standing, (role, hand_over), at)
            .await?;
        Ok(Successor { new, standing })
    }

    /// Somebody who would be designated in a dispute, with what the registry says of them: for the disputed act, if no
    /// other is named, in the first of the disputed roles.
    async fn designee(
        &self,
        district: &str,
        disputed: &Opened,
        new: NewHolder,
        at: OffsetDateTime,
    ) -> Result<Successor, Status> {
        let task = self.store.task(district, &Sight::District, disputed.task);
        let task = task.await.map_err(status::database)?.unwrap_or_default();
        let (role, hand_over) = task.designated_as(&disputed.assignments, &new.organization);
        let act = new.act.unwrap_or(disputed.act);
        let question = (new.organization.clone(), disputed.matter.clone(), act);
        let new = NewHolder {
            act: Some(act),
            ..new
        };
        let asked = (question, role, hand_over.as_ref());
        self.successor((district, &disputed.area), new, asked, at)
            .await
    }

    /// Assignments by id, in that order, with one query.
    async fn assignments(
        &self,
        district: &str,
        ids: &[AssignmentId],
    ) -> Result<Vec<wire::Assignment>, Status> {
        let mut keys: Vec<String> = ids.iter().map(|it| it.task.to_string()).collect();
        keys.sort();
        keys.dedup();
        let tasks = self
            .store
            .several::<Task>(district, &keys)
            .await
            .map_err(status::database)?;
        let find = |id: &AssignmentId| {
            let key = id.task.to_string();
            let task = &tasks.iter().find(|it| it.id == key)?.state;
            Some(convert::assignment::assignment(
                id.task,
                task,
                task.assignment(id.number)?,
            ))
        };
        Ok(ids.iter().filter_map(find).collect())
    }
}

/// Who asks, and what.
fn open<T>(request: Request<T>) -> Result<(Caller, T), Status> {
    let caller = Caller::of(&request)?;
    Ok((caller, request.into_inner()))
}

/// The organization a caller acts for.
fn organization(caller: &Caller) -> OrganizationId {
    OrganizationId::from(caller.organization.as_str())
}

/// The caller in person.
fn person(caller: &Caller) -> PersonId {
    PersonId::from(caller.person.as_str())
}

/// What a caller may see: its own organization's, unless it supervises or serves.
fn sight(caller: &Caller) -> Sight {
    if caller.has(types::Role::Auditor) || caller.has(types::Role::Service) {
        Sight::District
    } else {
        Sight::Of(organization(caller))
    }
}

/// An etag as sent: empty means any version.
fn etag(sent: String) -> Etag {
    (!sent.is_empty()).then_some(sent)
}
