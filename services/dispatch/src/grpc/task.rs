//! TaskService: joint tasks are planned, issued, ruled on, cancelled.

use liandong_kit::auth::Caller;
use liandong_kit::commit::Command;
use liandong_kit::sabotage::{self, Sabotage};
use liandong_proto::dispatch::{self as wire, task_service_server};
use prost::Message;
use time::OffsetDateTime;
use tonic::{Code, Request, Response, Status};
use uuid::Uuid;

use super::convert::{course, facet, leave, query, task as convert};
use super::known::Named;
use super::{Desk, etag, open, organization, person, sight, status, status_tiers};
use crate::domain::dispute::Cause;
use crate::domain::hand_back::Successor;
use crate::domain::objection::NewHolder;
use crate::domain::plan::Standing;
use crate::domain::task::Contested;
use crate::domain::{AssignmentId, Refusal, Task, TaskChange, TaskId};
use crate::peers::registry::Question;
use crate::store::{Opening, Sight, contested_id};

/// Serves joint tasks.
#[derive(Clone)]
pub(crate) struct TaskService(pub(crate) Desk);

#[tonic::async_trait]
impl task_service_server::TaskService for TaskService {
    async fn plan_task(
        &self,
        request: Request<wire::PlanTaskRequest>,
    ) -> Result<Response<wire::PlanTaskResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "PlanTask", &message.request_id, &message)
            .validate_only(message.validate_only);
        let planned = convert::plan_task(message)?;
        let at = command.occurred_at();
        self.0.known_parts(&caller, &planned.plan, at).await?;
        let id = TaskId(Uuid::now_v7());
        let who = (id, organization(&caller), person(&caller));
        let answer = move |it: &Task| wire::PlanTaskResponse {
            task: Some(convert::task(id, it)),
        };
        let changed = self.0.store.plan_task(command, who, planned, answer).await;
        changed.map(Response::new).map_err(status::change)
    }

    async fn update_plan(
        &self,
        request: Request<wire::UpdatePlanRequest>,
    ) -> Result<Response<wire::UpdatePlanResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "UpdatePlan", &message.request_id, &message)
            .validate_only(message.validate_only);
        let sent = message.etag.clone();
        let (id, plan) = convert::update_plan(message)?;
        let at = command.occurred_at();
        self.0.known_parts(&caller, &plan, at).await?;
        let decide = move |it: &Task| it.replan(plan.clone());
        let answer = |task| wire::UpdatePlanResponse { task };
        self.change(&caller, command, (id, sent), decide, answer)
            .await
    }

    async fn issue_task(
        &self,
        request: Request<wire::IssueTaskRequest>,
    ) -> Result<Response<wire::IssueTaskResponse>, Status> {
        let (caller, message) = open(request)?;
        let id = convert::named(&message.name, &message.request_id)?;
        let command = self
            .0
            .command(&caller, "IssueTask", &message.request_id, &message)
            .validate_only(message.validate_only);
        let at = command.occurred_at();
        let task = self.organized(&caller, id).await?;
        let questions = if task.may_be_issued() {
            task.questions()
        } else {
            vec![]
        };
        let standings = self.standings(&caller, &task, &questions, at).await?;
        let time = self.0.registry.work_time(&caller.district).await?;
        let contested = task.contested(&standings);
        if !contested.is_empty() {
            let opening = Opening {
                time: time.clone(),
                superior: None,
            };
            return Err(self
                .disputed(&caller, command, id, contested, opening)
                .await);
        }
        let decide = move |it: &Task| it.issue(&standings, &time, at);
        let answer = |task| wire::IssueTaskResponse { task };
        self.change(&caller, command, (id, message.etag), decide, answer)
            .await
    }

    async fn rule_objection(
        &self,
        request: Request<wire::RuleObjectionRequest>,
    ) -> Result<Response<wire::RuleObjectionResponse>, Status> {
        let (caller, message) = open(request)?;
        let rule = convert::rule(&message)?;
        let command = self
            .0
            .command(&caller, "RuleObjection", &message.request_id, &message)
            .validate_only(message.validate_only);
        let id = rule.assignment.task;
        let decide = self.ruling(&caller, &command, rule).await?;
        let answer = |task| wire::RuleObjectionResponse { task };
        self.change(&caller, command, (id, message.etag), decide, answer)
            .await
    }

    async fn answer_extension(
        &self,
        request: Request<wire::AnswerExtensionRequest>,
    ) -> Result<Response<wire::AnswerExtensionResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "AnswerExtension", &message.request_id, &message)
            .validate_only(message.validate_only);
        let (target, at) = (
            (message.name.as_str(), message.request_id.as_str()),
            command.occurred_at(),
        );
        let (decision, note) = (message.decision, &message.note);
        let (id, given) = leave::answer(target, decision, note, &caller.person, at)?;
        let time = self.0.registry.work_time(&caller.district).await?;
        let decide = move |it: &Task| it.answer_extension(id.number, given.clone(), &time);
        let answer = |task| wire::AnswerExtensionResponse { task };
        self.change(&caller, command, (id.task, message.etag), decide, answer)
            .await
    }

    async fn answer_hold(
        &self,
        request: Request<wire::AnswerHoldRequest>,
    ) -> Result<Response<wire::AnswerHoldResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "AnswerHold", &message.request_id, &message)
            .validate_only(message.validate_only);
        let (target, at) = (
            (message.name.as_str(), message.request_id.as_str()),
            command.occurred_at(),
        );
        let (decision, note) = (message.decision, &message.note);
        let (id, given) = leave::answer(target, decision, note, &caller.person, at)?;
        let decide = move |it: &Task| it.answer_hold(id.number, given.clone());
        let answer = |task| wire::AnswerHoldResponse { task };
        self.change(&caller, command, (id.task, message.etag), decide, answer)
            .await
    }

    async fn answer_hand_back(
        &self,
        request: Request<wire::AnswerHandBackRequest>,
    ) -> Result<Response<wire::AnswerHandBackResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "AnswerHandBack", &message.request_id, &message)
            .validate_only(message.validate_only);
        let (target, at) = (
            (message.name.as_str(), message.request_id.as_str()),
            command.occurred_at(),
        );
        let (decision, note) = (message.decision, &message.note);
        let (id, given) = leave::answer(target, decision, note, &caller.person, at)?;
        let new = course::new_holder(message.new_holder, given.granted)?;
        let new = new.filter(|_| given.granted);
        let successor = self.successor(&caller, id, new, at).await?;
        let time = self.0.registry.work_time(&caller.district).await?;
        let decide = move |it: &Task| {
            it.answer_hand_back(id.number, given.clone(), successor.as_ref(), &time)
        };
        let answer = |task| wire::AnswerHandBackResponse { task };
        self.change(&caller, command, (id.task, message.etag), decide, answer)
            .await
    }

    async fn withdraw_assignment(
        &self,
        request: Request<wire::WithdrawAssignmentRequest>,
    ) -> Result<Response<wire::WithdrawAssignmentResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "WithdrawAssignment", &message.request_id, &message)
            .validate_only(message.validate_only);
        let at = command.occurred_at();
        let target = (message.name.as_str(), message.request_id.as_str());
        let (id, reason) = course::noted(target, ("reason", &message.reason))?;
        let new = course::new_holder(message.new_holder, false)?;
        let successor = self.successor(&caller, id, new, at).await?;
        let time = self.0.registry.work_time(&caller.district).await?;
        let decide =
            move |it: &Task| it.withdraw(id.number, &reason, successor.as_ref(), &time, at);
        let answer = |task| wire::WithdrawAssignmentResponse { task };
        self.change(&caller, command, (id.task, message.etag), decide, answer)
            .await
    }

    async fn cancel_task(
        &self,
        request: Request<wire::CancelTaskRequest>,
    ) -> Result<Response<wire::CancelTaskResponse>, Status> {
        let (caller, message) = open(request)?;
        let (id, reason) = convert::cancel(&message)?;
        let command = self
            .0
            .command(&caller, "CancelTask", &message.request_id, &message)
            .validate_only(message.validate_only);
        let decide = move |it: &Task| -> Result<Vec<TaskChange>, Refusal> {
            let mut changes = it.cancel(&reason)?;
            if sabotage::on(Sabotage::LeaveParties) && changes.len() > 1 {
                changes.remove(0);
            }
            Ok(changes)
        };
        let answer = |task| wire::CancelTaskResponse { task };
        self.change(&caller, command, (id, message.etag), decide, answer)
            .await
    }

    async fn get_task(
        &self,
        request: Request<wire::GetTaskRequest>,
    ) -> Result<Response<wire::GetTaskResponse>, Status> {
        let (caller, message) = open(request)?;
        let id = convert::named(&message.name, "")?;
        let found = self
            .0
            .store
            .task(&caller.district, &sight(&caller), id)
            .await;
        let found = found
            .map_err(status::database)?
            .ok_or_else(|| status::refused(&Refusal::TaskNotFound))?;
        Ok(Response::new(wire::GetTaskResponse {
            task: Some(convert::task(id, &found)),
        }))
    }

    async fn list_tasks(
        &self,
        request: Request<wire::ListTasksRequest>,
    ) -> Result<Response<wire::ListTasksResponse>, Status> {
        let (caller, message) = open(request)?;
        let (store, sight) = (&self.0.store, sight(&caller));
        let asked = (&*message.filter, &*message.order_by, &*message.facets);
        let page = (message.page_size, &*message.page_token);
        let fields = (query::TASKS, "plan_time");
        let (mut asked, page) = query::list(page, asked, fields, &format!("{sight:?}"))?;
        let listed = store
            .task_ids(&caller.district, &sight, &asked, &page)
            .await;
        let (ids, next_page_token) = listed.map_err(status::database)?;
        if page.after.is_some() {
            asked.facets.clear();
        }
        let counts = store.task_facets(&caller.district, &sight, &asked).await;
        let counts = counts.map_err(status::database)?;
        let keys: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let found = store
            .several::<Task>(&caller.district, &keys)
            .await
            .map_err(status::database)?;
        let named = found
            .iter()
            .filter_map(|it| Some((TaskId(Uuid::try_parse(&it.id).ok()?), &it.state)));
        let tasks = named.map(|(id, it)| convert::task(id, it)).collect();
        Ok(Response::new(wire::ListTasksResponse {
            tasks,
            next_page_token,
            facets: facet::counted(counts, query::TASKS),
        }))
    }
}

impl TaskService {
    /// Changes a task that the caller's organization organizes.
    async fn change<R: Message + Default + 'static>(
        &self,
        caller: &Caller,
        command: Command,
        (id, sent): (TaskId, String),
        decide: impl Fn(&Task) -> Result<Vec<TaskChange>, Refusal> + Send + 'static,
        answer: fn(Option<wire::Task>) -> R,
    ) -> Result<Response<R>, Status> {
        let target = (id, etag(sent), organization(caller));
        let answer = move |it: &Task| answer(Some(convert::task(id, it)));
        let changed = self
            .0
            .store
            .change_task(command, target, decide, answer)
            .await;
        changed.map(Response::new).map_err(status::change)
    }

    /// A task that the caller's organization organizes.
    async fn organized(&self, caller: &Caller, id: TaskId) -> Result<Task, Status> {
        let mine = organization(caller);
        let found = self
            .0
            .store
            .task(&caller.district, &Sight::Of(mine.clone()), id)
            .await;
        let found = found
            .map_err(status::database)?
            .filter(|it| it.organizer == mine);
        found.ok_or_else(|| status::refused(&Refusal::TaskNotFound).into())
    }

    /// What the registry says of every part of a plan: whether it may act, and whether the work may be handed down.
    async fn standings(
        &self,
        caller: &Caller,
        task: &Task,
        questions: &[Question],
        at: OffsetDateTime,
    ) -> Result<Vec<Standing>, Status> {
        let (registry, district) = (&self.0.registry, &caller.district);
        let mut standings = registry
            .standings(district, &task.area, at, questions)
            .await?;
        // A question for each part, in their order.
        for (part, standing) in task.plan.participants.iter().zip(&mut standings) {
            let handed = (part.role, part.hand_over.as_ref());
            registry
                .add_hand_over(district, standing, handed, at)
                .await?;
        }
        Ok(standings)
    }

    /// Opens a dispute for every part that nobody, or more than one, has the power for, and says so.
    async fn disputed(
        &self,
        caller: &Caller,
        command: Command,
        id: TaskId,
        contested: Vec<Contested>,
        opening: Opening,
    ) -> Status {
        let disputes = contested.iter().map(|it| contested_id(id, it)).collect();
        let first = contested.first().map(|it| it.cause);
        // A change of its own: the issue is refused, and its request id stays unused.
        let command = Command::new(caller.author(), command.occurred_at())
            .validate_only(command.is_validate_only());
        let store = &self.0.store;
        match store.open_contested(command, id, contested, opening).await {
            Ok(()) => status_tiers::disputed(first == Some(Cause::Nobody), disputes).into(),
            Err(error) => status::change(error),
        }
    }

    /// Who would take an order over, if somebody is named.
    async fn successor(
        &self,
        caller: &Caller,
        id: AssignmentId,
        new: Option<NewHolder>,
        at: OffsetDateTime,
    ) -> Result<Option<Successor>, Status> {
        let task = self.organized(caller, id.task).await?;
        let hidden = || Status::from(status::refused(&Refusal::AssignmentNotFound));
        let part = task.assignment(id.number).ok_or_else(hidden)?;
        let Some(new) = new else {
            return Ok(None);
        };
        let named = Named::organization("new_holder.organization", Some(&new.organization));
        self.0.known_unless_away(caller, named, at).await?;
        let act = new.act.unwrap_or(part.offer.act);
        let question = (new.organization.clone(), part.offer.matter.clone(), act);
        let asked = (question, part.offer.role, None);
        let place = (caller.district.as_str(), &task.area);
        self.0.successor(place, new, asked, at).await.map(Some)
    }

    /// The rule of a ruling, once the registry has said whether the new holder may act.
    async fn ruling(
        &self,
        caller: &Caller,
        command: &Command,
        rule: convert::Rule,
    ) -> Result<impl Fn(&Task) -> Result<Vec<TaskChange>, Refusal> + Send + 'static, Status> {
        let (at, number, person) = (
            command.occurred_at(),
            rule.assignment.number,
            person(caller),
        );
        let hidden = |status: Status| match status.code() {
            Code::NotFound => status::refused(&Refusal::AssignmentNotFound).into(),
            _ => status,
        };
        let task = self
            .organized(caller, rule.assignment.task)
            .await
            .map_err(hidden)?;
        let new = rule.new.as_ref().map(|it| &it.organization);
        let named = Named::organization("new_organization", new);
        self.0.known_unless_away(caller, named, at).await?;
        let question = rule
            .new
            .as_ref()
            .and_then(|new| task.question_for(number, new));
        let question: Vec<Question> = question.into_iter().collect();
        let registry = &self.0.registry;
        let mut standing = registry
            .standings(&caller.district, &task.area, at, &question)
            .await?
            .pop();
        if let (Some(it), Some(part)) = (&mut standing, task.assignment(number)) {
            let handed = (part.offer.role, None);
            registry
                .add_hand_over(&caller.district, it, handed, at)
                .await?;
        }
        let time = self.0.registry.work_time(&caller.district).await?;
        Ok(move |it: &Task| match (&rule.new, &standing) {
            (None, _) => it.reject_objection(number, &rule.note, &person, &time, at),
            (Some(new), Some(standing)) => {
                it.uphold_objection(number, new, standing, (&rule.note, &person), &time, at)
            }
            (Some(_), None) => Err(Refusal::AssignmentNotFound),
        })
    }
}
