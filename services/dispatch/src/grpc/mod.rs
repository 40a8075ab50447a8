//! The services on the wire: one file each. A handler asks who calls and what for, does it, and answers.

pub(crate) mod assignment;
pub(crate) mod campaign;
mod campaign_status;
pub(crate) mod case;
pub(crate) mod check;
pub(crate) mod clock;
mod clock_status;
pub(crate) mod convert;
mod docket;
pub(crate) mod event;
mod event_convert;
pub(crate) mod evidence;
mod evidence_download;
mod evidence_finish;
mod evidence_status;
mod evidence_upload;
mod feed;
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
pub(crate) mod patrol;
mod patrol_status;
mod status;
mod step;
pub(crate) mod task;

use liandong_kit::auth::Caller;
use liandong_kit::commit::{Command, RequestKey};
use liandong_proto::dispatch as wire;
use liandong_proto::types::Role;
use prost::Message;
use tonic::{Request, Status};

use crate::domain::{AssignmentId, OrganizationId, PersonId, Task};
use crate::peers::registry::Registry;
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
    if caller.has(Role::Auditor) || caller.has(Role::Service) {
        Sight::District
    } else {
        Sight::Of(organization(caller))
    }
}

/// An etag as sent: empty means any version.
fn etag(sent: String) -> Etag {
    (!sent.is_empty()).then_some(sent)
}
