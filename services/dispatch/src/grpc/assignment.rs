//! AssignmentService: what an organization does with the orders it holds.

use liandong_kit::auth::Caller;
use liandong_kit::commit::{Command, Work};
use liandong_kit::page::PageRequest;
use liandong_proto::dispatch::{self as wire, assignment_service_server};
use prost::Message;
use time::OffsetDateTime;
use tonic::{Request, Response, Status};

use super::convert::{assignment as convert, course, facet, leave, query};
use super::step::Target;
use super::{Desk, open, organization, person, sight, status};
use crate::domain::assignment::State;
use crate::domain::rest::Urgency;
use crate::domain::scene::SceneFinished;
use crate::domain::{
    Act, Assignment, AssignmentId, EvidenceId, Fitness, OfficerId, Refusal, Task, TaskChange,
};
use crate::inbox::Owner;
use crate::store::{Opening, Sight, inbox, objected};

/// Serves assignments.
#[derive(Clone)]
pub(crate) struct AssignmentService(pub(crate) Desk);

#[tonic::async_trait]
impl assignment_service_server::AssignmentService for AssignmentService {
    async fn get_assignment(
        &self,
        request: Request<wire::GetAssignmentRequest>,
    ) -> Result<Response<wire::GetAssignmentResponse>, Status> {
        let (caller, message) = open(request)?;
        let id = convert::named(&message.name, "")?;
        let sight = sight(&caller);
        let task = self.0.store.task(&caller.district, &sight, id.task).await;
        let task = task.map_err(status::database)?;
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
        let (caller, message) = open(request)?;
        let asked = (&*message.filter, &*message.order_by, &*message.facets);
        let page = (message.page_size, &*message.page_token);
        let fields = (query::ASSIGNMENTS, "offer_time");
        let (mut asked, page) = query::list(page, asked, fields, &caller.organization)?;
        // Read before the rows, so that whatever they do not show yet comes after it.
        let inbox_cursor = self.inbox_cursor(&caller, &page).await?;
        let (store, mine) = (&self.0.store, &caller.organization);
        let listed = store
            .assignment_ids(&caller.district, mine, &asked, &page)
            .await;
        let (ids, next_page_token) = listed.map_err(status::database)?;
        if page.after.is_some() {
            asked.facets.clear();
        }
        let counts = store
            .assignment_facets(&caller.district, mine, &asked)
            .await;
        let counts = counts.map_err(status::database)?;
        let assignments = self.0.assignments(&caller.district, &ids).await?;
        Ok(Response::new(wire::ListAssignmentsResponse {
            assignments,
            next_page_token,
            inbox_cursor,
            facets: facet::counted(counts, query::ASSIGNMENTS),
        }))
    }

    async fn sign_assignment(
        &self,
        request: Request<wire::SignAssignmentRequest>,
    ) -> Result<Response<wire::SignAssignmentResponse>, Status> {
        let (caller, message) = open(request)?;
        let id = convert::named(&message.name, &message.request_id)?;
        let command = self
            .0
            .command(&caller, "SignAssignment", &message.request_id, &message)
            .validate_only(message.validate_only);
        let time = self.0.registry.work_time(&caller.district).await?;
        let (at, person) = (command.occurred_at(), person(&caller));
        let decide = move |it: &Task| it.sign(id.number, &person, &time, at);
        let answer = |assignment| wire::SignAssignmentResponse { assignment };
        self.step(&caller, command, (id, message.etag, vec![]), decide, answer)
            .await
    }

    async fn commit_assignment(
        &self,
        request: Request<wire::CommitAssignmentRequest>,
    ) -> Result<Response<wire::CommitAssignmentResponse>, Status> {
        let (caller, message) = open(request)?;
        let (id, officers) =
            convert::with_officers(&message.name, &message.officers, &message.request_id)?;
        let command = self
            .0
            .command(&caller, "CommitAssignment", &message.request_id, &message)
            .validate_only(message.validate_only);
        let at = command.occurred_at();
        let time = self.0.registry.work_time(&caller.district).await?;
        let officers = self.committing(&caller, id, &officers, at).await?;
        let person = person(&caller);
        let decide = move |it: &Task| it.commit(id.number, &person, &officers, &time, at);
        let answer = |assignment| wire::CommitAssignmentResponse { assignment };
        self.step(&caller, command, (id, message.etag, vec![]), decide, answer)
            .await
    }

    async fn object_assignment(
        &self,
        request: Request<wire::ObjectAssignmentRequest>,
    ) -> Result<Response<wire::ObjectAssignmentResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "ObjectAssignment", &message.request_id, &message)
            .validate_only(message.validate_only);
        let at = command.occurred_at();
        let (id, objection, cited) = convert::object(&message, &caller, at)?;
        self.0
            .known_proposed(&caller, objection.proposed.as_ref(), at)
            .await?;
        let opening = self.opening(&caller, id, objection.to_superior, at).await?;
        let decide = move |it: &Task| it.object(id.number, objection.clone());
        // Whoever points at each other, or objects again, is in dispute.
        let follow = move |work: &mut Work<'_>, at| objected(work, id, &opening, at);
        let answer = |assignment| wire::ObjectAssignmentResponse { assignment };
        let target = Target {
            id,
            etag: message.etag,
            cited,
        };
        self.0
            .step_and(&caller, command, target, (decide, follow), answer)
            .await
    }

    async fn report_in(
        &self,
        request: Request<wire::ReportInRequest>,
    ) -> Result<Response<wire::ReportInResponse>, Status> {
        let (caller, message) = open(request)?;
        let (id, officers, reason) = convert::arrival(&message)?;
        let command = self
            .0
            .command(&caller, "ReportIn", &message.request_id, &message)
            .validate_only(message.validate_only);
        let (at, person) = (command.occurred_at(), person(&caller));
        let part = self.enforcing(&caller, id).await?;
        let fitness = self.arriving(&caller, part.as_ref(), &officers, at).await?;
        let urgency = self.urgency(&caller, part.as_ref(), reason, at).await?;
        let decide =
            move |it: &Task| it.report_in(id.number, &person, &officers, &fitness, &urgency, at);
        let answer = |assignment| wire::ReportInResponse { assignment };
        self.step(&caller, command, (id, message.etag, vec![]), decide, answer)
            .await
    }

    async fn report_assignment(
        &self,
        request: Request<wire::ReportAssignmentRequest>,
    ) -> Result<Response<wire::ReportAssignmentResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "ReportAssignment", &message.request_id, &message)
            .validate_only(message.validate_only);
        let at = command.occurred_at();
        let (id, report, cited) = convert::report(&message, &caller.person, at)?;
        let time = self.0.registry.work_time(&caller.district).await?;
        let decide = move |it: &Task| it.report(id.number, report.clone(), &time);
        let answer = |assignment| wire::ReportAssignmentResponse { assignment };
        self.step(&caller, command, (id, message.etag, cited), decide, answer)
            .await
    }

    async fn request_extension(
        &self,
        request: Request<wire::RequestExtensionRequest>,
    ) -> Result<Response<wire::RequestExtensionResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "RequestExtension", &message.request_id, &message)
            .validate_only(message.validate_only);
        let (id, extension) =
            leave::ask_extension(&message, &caller.person, command.occurred_at())?;
        let decide = move |it: &Task| it.ask_extension(id.number, extension.clone());
        let answer = |assignment| wire::RequestExtensionResponse { assignment };
        self.step(&caller, command, (id, message.etag, vec![]), decide, answer)
            .await
    }

    async fn request_hold(
        &self,
        request: Request<wire::RequestHoldRequest>,
    ) -> Result<Response<wire::RequestHoldResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "RequestHold", &message.request_id, &message)
            .validate_only(message.validate_only);
        let (id, hold) = leave::ask_hold(&message, &caller.person, command.occurred_at())?;
        let decide = move |it: &Task| it.ask_hold(id.number, hold.clone());
        let answer = |assignment| wire::RequestHoldResponse { assignment };
        self.step(&caller, command, (id, message.etag, vec![]), decide, answer)
            .await
    }

    async fn resume_assignment(
        &self,
        request: Request<wire::ResumeAssignmentRequest>,
    ) -> Result<Response<wire::ResumeAssignmentResponse>, Status> {
        let (caller, message) = open(request)?;
        let id = convert::named(&message.name, &message.request_id)?;
        let command = self
            .0
            .command(&caller, "ResumeAssignment", &message.request_id, &message)
            .validate_only(message.validate_only);
        let time = self.0.registry.work_time(&caller.district).await?;
        let (at, person) = (command.occurred_at(), person(&caller));
        let decide = move |it: &Task| it.resume(id.number, Some(&person), &time, at);
        let answer = |assignment| wire::ResumeAssignmentResponse { assignment };
        self.step(&caller, command, (id, message.etag, vec![]), decide, answer)
            .await
    }

    async fn declare_recusal(
        &self,
        request: Request<wire::DeclareRecusalRequest>,
    ) -> Result<Response<wire::DeclareRecusalResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "DeclareRecusal", &message.request_id, &message)
            .validate_only(message.validate_only);
        let (id, recusal) = leave::recusal(&message, &caller.person, command.occurred_at())?;
        let time = self.0.registry.work_time(&caller.district).await?;
        let decide = move |it: &Task| it.recuse(id.number, recusal.clone(), &time);
        let answer = |assignment| wire::DeclareRecusalResponse { assignment };
        self.step(&caller, command, (id, message.etag, vec![]), decide, answer)
            .await
    }

    async fn request_hand_back(
        &self,
        request: Request<wire::RequestHandBackRequest>,
    ) -> Result<Response<wire::RequestHandBackResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "RequestHandBack", &message.request_id, &message)
            .validate_only(message.validate_only);
        let at = command.occurred_at();
        let (id, asked) = course::ask_back(&message, &caller, at)?;
        self.0
            .known_proposed(&caller, asked.proposed.as_ref(), at)
            .await?;
        let decide = move |it: &Task| it.ask_hand_back(id.number, asked.clone());
        let answer = |assignment| wire::RequestHandBackResponse { assignment };
        self.step(&caller, command, (id, message.etag, vec![]), decide, answer)
            .await
    }

    async fn declare_scene_finished(
        &self,
        request: Request<wire::DeclareSceneFinishedRequest>,
    ) -> Result<Response<wire::DeclareSceneFinishedResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(
                &caller,
                "DeclareSceneFinished",
                &message.request_id,
                &message,
            )
            .validate_only(message.validate_only);
        let target = (message.name.as_str(), message.request_id.as_str());
        let (id, note) = course::noted(target, ("note", &message.note))?;
        let declared = SceneFinished {
            number: id.number,
            person: person(&caller),
            at: command.occurred_at(),
            note,
        };
        let decide = move |it: &Task| it.finish_scene(declared.clone());
        let answer = |assignment| wire::DeclareSceneFinishedResponse { assignment };
        self.step(&caller, command, (id, message.etag, vec![]), decide, answer)
            .await
    }

    async fn state_resources(
        &self,
        request: Request<wire::StateResourcesRequest>,
    ) -> Result<Response<wire::StateResourcesResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "StateResources", &message.request_id, &message)
            .validate_only(message.validate_only);
        let (id, resources) = course::stated(&message)?;
        let decide = move |it: &Task| it.state_resources(id.number, resources.clone());
        let answer = |assignment| wire::StateResourcesResponse { assignment };
        self.step(&caller, command, (id, message.etag, vec![]), decide, answer)
            .await
    }

    async fn acknowledge_withdrawal(
        &self,
        request: Request<wire::AcknowledgeWithdrawalRequest>,
    ) -> Result<Response<wire::AcknowledgeWithdrawalResponse>, Status> {
        let (caller, message) = open(request)?;
        let id = convert::named(&message.name, &message.request_id)?;
        let command = self
            .0
            .command(
                &caller,
                "AcknowledgeWithdrawal",
                &message.request_id,
                &message,
            )
            .validate_only(message.validate_only);
        let person = person(&caller);
        let decide = move |it: &Task| it.acknowledge(id.number, &person);
        let answer = |assignment| wire::AcknowledgeWithdrawalResponse { assignment };
        self.step(&caller, command, (id, message.etag, vec![]), decide, answer)
            .await
    }
}

impl AssignmentService {
    /// What a dispute needs to know that an objection may open.
    async fn opening(
        &self,
        caller: &Caller,
        id: AssignmentId,
        to_superior: bool,
        at: OffsetDateTime,
    ) -> Result<Opening, Status> {
        let (registry, district) = (&self.0.registry, &caller.district);
        let superior = if to_superior {
            let sight = Sight::Of(organization(caller));
            let task = self.0.store.task(district, &sight, id.task).await;
            match task.map_err(status::database)? {
                Some(task) => registry.superior(district, &task.organizer, at).await?,
                None => None,
            }
        } else {
            None
        };
        let time = registry.work_time(district).await?;
        Ok(Opening { time, superior })
    }

    /// Whether people are left in peace now, if it is to be coerced, and why that cannot wait (R13).
    async fn urgency(
        &self,
        caller: &Caller,
        part: Option<&Assignment>,
        reason: String,
        at: OffsetDateTime,
    ) -> Result<Urgency, Status> {
        let rest = match part.map(|it| it.offer.act) {
            Some(Act::Coerce) => {
                let time = self.0.registry.work_time(&caller.district).await?;
                time.rest(at)
                    .map_err(|it| Status::from(status::refused(&it)))?
            }
            _ => None,
        };
        Ok(Urgency { rest, reason })
    }

    /// Takes a step with an assignment that the caller's organization holds, referring to evidence perhaps.
    async fn step<R: Message + Default + 'static>(
        &self,
        caller: &Caller,
        command: Command,
        (id, etag, cited): (AssignmentId, String, Vec<EvidenceId>),
        decide: impl Fn(&Task) -> Result<Vec<TaskChange>, Refusal> + Send + 'static,
        answer: fn(Option<wire::Assignment>) -> R,
    ) -> Result<Response<R>, Status> {
        let target = Target { id, etag, cited };
        self.0.step(caller, command, target, decide, answer).await
    }

    /// What the registry says of the officers who are to be committed (R3). Whoever enforces nothing needs no fitness.
    async fn committing(
        &self,
        caller: &Caller,
        id: AssignmentId,
        officers: &[OfficerId],
        at: OffsetDateTime,
    ) -> Result<Vec<Fitness>, Status> {
        let Some(it) = self.enforcing(caller, id).await? else {
            return Ok(officers.iter().cloned().map(Fitness::unasked).collect());
        };
        let whose = (&it.offer.organization, &it.offer.matter);
        let registry = &self.0.registry;
        registry
            .fitness(&caller.district, whose, officers, at)
            .await
    }

    /// What the registry says, on arrival, of the officers who arrive to enforce: these, or all who were committed (R3).
    async fn arriving(
        &self,
        caller: &Caller,
        part: Option<&Assignment>,
        officers: &[OfficerId],
        at: OffsetDateTime,
    ) -> Result<Vec<Fitness>, Status> {
        let Some(it) = part.filter(|it| it.state == State::Committed) else {
            return Ok(vec![]);
        };
        let whose = (&it.offer.organization, &it.offer.matter);
        let officers = if officers.is_empty() {
            &it.officers
        } else {
            officers
        };
        let registry = &self.0.registry;
        registry
            .fitness(&caller.district, whose, officers, at)
            .await
    }

    /// An assignment that the caller's organization holds, if it enforces: only then something has to be known of it
    /// before the step.
    async fn enforcing(
        &self,
        caller: &Caller,
        id: AssignmentId,
    ) -> Result<Option<Assignment>, Status> {
        let (store, mine) = (&self.0.store, organization(caller));
        if store.enforces_nothing(&caller.district, id) {
            return Ok(None);
        }
        let sight = Sight::Of(mine.clone());
        let task = store.task(&caller.district, &sight, id.task).await;
        let task = task.map_err(status::database)?;
        let part = task.and_then(|it| it.assignment(id.number).cloned());
        Ok(part.filter(|it| it.offer.organization == mine && it.enforces()))
    }

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

fn part(task: &Task, id: AssignmentId) -> Option<wire::Assignment> {
    task.assignment(id.number)
        .map(|it| convert::assignment(id.task, task, it))
}
