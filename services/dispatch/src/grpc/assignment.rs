//! AssignmentService: what an organization does with the orders it holds.

use liandong_kit::auth::Caller;
use liandong_kit::commit::RequestKey;
use liandong_kit::page::PageRequest;
use liandong_proto::dispatch::{self as wire, assignment_service_server};
use tonic::{Request, Response, Status};

use super::convert::{assignment as convert, query};
use super::{Desk, etag, sight, status};
use crate::domain::{AssignmentId, OrganizationId, PersonId, Refusal, Task};
use crate::inbox::Owner;
use crate::store::{held_by, inbox};

/// Serves assignments.
#[derive(Clone)]
pub(crate) struct AssignmentService(pub Desk);

#[tonic::async_trait]
impl assignment_service_server::AssignmentService for AssignmentService {
    async fn get_assignment(
        &self,
        request: Request<wire::GetAssignmentRequest>,
    ) -> Result<Response<wire::GetAssignmentResponse>, Status> {
        let (caller, message) = (Caller::of(&request)?, request.into_inner());
        let id = convert::named(&message.name, "")?;
        let sight = sight(&caller);
        let task = self
            .0
            .store
            .task(&caller.district, &sight, id.task)
            .await
            .map_err(status::database)?;
        let seen = task.filter(|task| sight.reaches(task, id.number));
        let assignment = seen.and_then(|task| part(&task, id));
        let assignment = assignment.ok_or_else(|| status::refused(&Refusal::AssignmentNotFound))?;
        Ok(Response::new(wire::GetAssignmentResponse {
            assignment: Some(assignment),
        }))
    }

    async fn list_assignments(
        &self,
        request: Request<wire::ListAssignmentsRequest>,
    ) -> Result<Response<wire::ListAssignmentsResponse>, Status> {
        let (caller, message) = (Caller::of(&request)?, request.into_inner());
        let terms = query::filter(&message.filter, query::ASSIGNMENTS)?;
        let fingerprint = format!("{}{terms:?}", caller.organization);
        let page = PageRequest::parse(message.page_size, &message.page_token, &fingerprint)?;
        let store = &self.0.store;
        // Read before the rows, so that whatever they do not show yet comes after it.
        let inbox_cursor = self.inbox_cursor(&caller, &page).await?;
        let listed = store
            .assignment_ids(&caller.district, &caller.organization, &terms, &page)
            .await;
        let (ids, next_page_token) = listed.map_err(status::database)?;
        let assignments = self.0.assignments(&caller.district, &ids).await?;
        Ok(Response::new(wire::ListAssignmentsResponse {
            assignments,
            next_page_token,
            inbox_cursor,
        }))
    }

    async fn sign_assignment(
        &self,
        request: Request<wire::SignAssignmentRequest>,
    ) -> Result<Response<wire::SignAssignmentResponse>, Status> {
        let (caller, message) = (Caller::of(&request)?, request.into_inner());
        let id = convert::named(&message.name, &message.request_id)?;
        let command = self.0.store.command(
            &caller,
            RequestKey::of("SignAssignment", &message.request_id, &message),
        );
        let (at, time) = (
            command.occurred_at(),
            self.0.registry.work_time(&caller.district).await?,
        );
        let (mine, person) = me(&caller);
        let decide = move |it: &Task| {
            held_by(it, id.number, &mine)?;
            it.sign(id.number, &person, &time, at)
        };
        let answer = move |it: &Task| wire::SignAssignmentResponse {
            assignment: part(it, id),
        };
        let changed = self
            .0
            .store
            .change_assignment(command, (id, etag(message.etag)), decide, answer)
            .await;
        changed.map(Response::new).map_err(status::change)
    }

    async fn commit_assignment(
        &self,
        request: Request<wire::CommitAssignmentRequest>,
    ) -> Result<Response<wire::CommitAssignmentResponse>, Status> {
        let (caller, message) = (Caller::of(&request)?, request.into_inner());
        let (id, officers) =
            convert::with_officers(&message.name, &message.officers, &message.request_id)?;
        let command = self.0.store.command(
            &caller,
            RequestKey::of("CommitAssignment", &message.request_id, &message),
        );
        let (at, time) = (
            command.occurred_at(),
            self.0.registry.work_time(&caller.district).await?,
        );
        let (mine, person) = me(&caller);
        let officers = self
            .0
            .registry
            .fitness(&caller.district, &caller.organization, &officers, at)
            .await?;
        let decide = move |it: &Task| {
            held_by(it, id.number, &mine)?;
            it.commit(id.number, &person, &officers, &time, at)
        };
        let answer = move |it: &Task| wire::CommitAssignmentResponse {
            assignment: part(it, id),
        };
        let changed = self
            .0
            .store
            .change_assignment(command, (id, etag(message.etag)), decide, answer)
            .await;
        changed.map(Response::new).map_err(status::change)
    }

    async fn object_assignment(
        &self,
        request: Request<wire::ObjectAssignmentRequest>,
    ) -> Result<Response<wire::ObjectAssignmentResponse>, Status> {
        let (caller, message) = (Caller::of(&request)?, request.into_inner());
        let command = self.0.store.command(
            &caller,
            RequestKey::of("ObjectAssignment", &message.request_id, &message),
        );
        let (id, objection) = convert::object(&message, &caller.person, command.occurred_at())?;
        let (mine, _) = me(&caller);
        let decide = move |it: &Task| {
            held_by(it, id.number, &mine)?;
            it.object(id.number, objection.clone())
        };
        let answer = move |it: &Task| wire::ObjectAssignmentResponse {
            assignment: part(it, id),
        };
        let changed = self
            .0
            .store
            .change_assignment(command, (id, etag(message.etag)), decide, answer)
            .await;
        changed.map(Response::new).map_err(status::change)
    }

    async fn report_in(
        &self,
        request: Request<wire::ReportInRequest>,
    ) -> Result<Response<wire::ReportInResponse>, Status> {
        let (caller, message) = (Caller::of(&request)?, request.into_inner());
        let (id, officers) =
            convert::with_officers(&message.name, &message.officers, &message.request_id)?;
        let command = self.0.store.command(
            &caller,
            RequestKey::of("ReportIn", &message.request_id, &message),
        );
        let at = command.occurred_at();
        let (mine, person) = me(&caller);
        let decide = move |it: &Task| {
            held_by(it, id.number, &mine)?;
            it.report_in(id.number, &person, &officers, at)
        };
        let answer = move |it: &Task| wire::ReportInResponse {
            assignment: part(it, id),
        };
        let changed = self
            .0
            .store
            .change_assignment(command, (id, etag(message.etag)), decide, answer)
            .await;
        changed.map(Response::new).map_err(status::change)
    }

    async fn report_assignment(
        &self,
        request: Request<wire::ReportAssignmentRequest>,
    ) -> Result<Response<wire::ReportAssignmentResponse>, Status> {
        let (caller, message) = (Caller::of(&request)?, request.into_inner());
        let command = self.0.store.command(
            &caller,
            RequestKey::of("ReportAssignment", &message.request_id, &message),
        );
        let (id, report) = convert::report(&message, &caller.person, command.occurred_at())?;
        let time = self.0.registry.work_time(&caller.district).await?;
        let (mine, _) = me(&caller);
        let decide = move |it: &Task| {
            held_by(it, id.number, &mine)?;
            it.report(id.number, report.clone(), &time)
        };
        let answer = move |it: &Task| wire::ReportAssignmentResponse {
            assignment: part(it, id),
        };
        let changed = self
            .0
            .store
            .change_assignment(command, (id, etag(message.etag)), decide, answer)
            .await;
        changed.map(Response::new).map_err(status::change)
    }

    async fn acknowledge_withdrawal(
        &self,
        request: Request<wire::AcknowledgeWithdrawalRequest>,
    ) -> Result<Response<wire::AcknowledgeWithdrawalResponse>, Status> {
        let (caller, message) = (Caller::of(&request)?, request.into_inner());
        let id = convert::named(&message.name, &message.request_id)?;
        let key = RequestKey::of("AcknowledgeWithdrawal", &message.request_id, &message);
        let command = self.0.store.command(&caller, key);
        let (mine, person) = me(&caller);
        let decide = move |it: &Task| {
            held_by(it, id.number, &mine)?;
            it.acknowledge(id.number, &person)
        };
        let answer = move |it: &Task| wire::AcknowledgeWithdrawalResponse {
            assignment: part(it, id),
        };
        let changed = self
            .0
            .store
            .change_assignment(command, (id, etag(message.etag)), decide, answer)
            .await;
        changed.map(Response::new).map_err(status::change)
    }
}

impl AssignmentService {
    /// Where the caller's inbox stands, on a list's first page.
    async fn inbox_cursor(&self, caller: &Caller, page: &PageRequest) -> Result<String, Status> {
        if page.after.is_some() {
            return Ok(String::new());
        }
        let owner = Owner {
            district: caller.district.clone(),
            organization: caller.organization.clone(),
        };
        let extent = inbox::extent(self.0.store.log(), &owner)
            .await
            .map_err(status::database)?;
        Ok(extent.cursor(extent.head))
    }
}

fn me(caller: &Caller) -> (OrganizationId, PersonId) {
    (
        OrganizationId::from(caller.organization.as_str()),
        PersonId::from(caller.person.as_str()),
    )
}

fn part(task: &Task, id: AssignmentId) -> Option<wire::Assignment> {
    task.assignment(id.number)
        .map(|it| convert::assignment(id.task, task, it))
}
