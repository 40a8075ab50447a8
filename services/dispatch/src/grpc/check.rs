//! CheckService: post-disposal checks (核查).

use liandong_kit::page::PageRequest;
use liandong_kit::sabotage::{self, Sabotage};
use liandong_proto::dispatch::{self as wire, check_service_server};
use tonic::{Request, Response, Status};

use super::convert::{assignment as convert, words};
use super::{Desk, etag, open, organization, status};
use crate::domain::Task;

/// Serves checks.
#[derive(Clone)]
pub(crate) struct CheckService(pub(crate) Desk);

#[tonic::async_trait]
impl check_service_server::CheckService for CheckService {
    async fn list_pending_checks(
        &self,
        request: Request<wire::ListPendingChecksRequest>,
    ) -> Result<Response<wire::ListPendingChecksResponse>, Status> {
        let (caller, message) = open(request)?;
        let page =
            PageRequest::parse(message.page_size, &message.page_token, &caller.organization)?;
        let listed = self
            .0
            .store
            .pending_checks(&caller.district, &caller.organization, &page)
            .await;
        let (ids, next_page_token) = listed.map_err(status::database)?;
        let assignments = self.0.assignments(&caller.district, &ids).await?;
        Ok(Response::new(wire::ListPendingChecksResponse {
            assignments,
            next_page_token,
        }))
    }

    async fn check_assignment(
        &self,
        request: Request<wire::CheckAssignmentRequest>,
    ) -> Result<Response<wire::CheckAssignmentResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "CheckAssignment", &message.request_id, &message)
            .validate_only(message.validate_only);
        let at = command.occurred_at();
        let (id, mut check, cited) =
            convert::check(&message, &caller.organization, &caller.person, at)?;
        let registry = &self.0.registry;
        let time = registry.work_time(&caller.district).await?;
        let who = (&check.person, &check.organization);
        let units = registry.units(&caller.district, who, at).await?;
        if !sabotage::on(Sabotage::CheckYourself) {
            check.units = units;
        }
        let decide = move |it: &Task| {
            let decide = |it: &Task| it.check(id.number, check.clone(), &time);
            it.step(id.number, &time, at, decide)
        };
        let answer = move |it: &Task| wire::CheckAssignmentResponse {
            assignment: it
                .assignment(id.number)
                .map(|part| convert::assignment(id.task, it, part)),
            task_state: words::task_state(it.state),
        };
        let target = (id, etag(message.etag), (organization(&caller), cited));
        let changed = self
            .0
            .store
            .change_assignment(command, target, decide, answer);
        changed.await.map(Response::new).map_err(status::change)
    }
}
