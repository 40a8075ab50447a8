//! TaskService: joint tasks are planned, issued, ruled on, cancelled.

use liandong_kit::auth::Caller;
use liandong_kit::commit::Command;
use liandong_kit::page::PageRequest;
use liandong_proto::dispatch::{self as wire, task_service_server};
use prost::Message;
use tonic::{Code, Request, Response, Status};
use uuid::Uuid;

use super::convert::{leave, query, task as convert};
use super::{Desk, etag, open, organization, person, sight, status};
use crate::domain::{Refusal, Task, TaskChange, TaskId};
use crate::peers::registry::Question;
use crate::store::Sight;

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
            .command(&caller, "PlanTask", &message.request_id, &message);
        let planned = convert::plan_task(message)?;
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
            .command(&caller, "UpdatePlan", &message.request_id, &message);
        let sent = message.etag.clone();
        let (id, plan) = convert::update_plan(message)?;
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
            .command(&caller, "IssueTask", &message.request_id, &message);
        let at = command.occurred_at();
        let task = self.organized(&caller, id).await?;
        let questions = if task.may_be_issued() {
            task.questions()
        } else {
            vec![]
        };
        let standings = self
            .0
            .registry
            .standings(&caller.district, &task.area, at, &questions)
            .await?;
        let time = self.0.registry.work_time(&caller.district).await?;
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
            .command(&caller, "RuleObjection", &message.request_id, &message);
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
            .command(&caller, "AnswerExtension", &message.request_id, &message);
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
            .command(&caller, "AnswerHold", &message.request_id, &message);
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

    async fn cancel_task(
        &self,
        request: Request<wire::CancelTaskRequest>,
    ) -> Result<Response<wire::CancelTaskResponse>, Status> {
        let (caller, message) = open(request)?;
        let (id, reason) = convert::cancel(&message)?;
        let command = self
            .0
            .command(&caller, "CancelTask", &message.request_id, &message);
        let decide = move |it: &Task| it.cancel(&reason);
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
        let terms = query::filter(&message.filter, query::TASKS)?;
        let page = PageRequest::parse(
            message.page_size,
            &message.page_token,
            &format!("{sight:?}{terms:?}"),
        )?;
        let listed = store
            .task_ids(&caller.district, &sight, &terms, &page)
            .await;
        let (ids, next_page_token) = listed.map_err(status::database)?;
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
        let question = rule
            .new
            .as_ref()
            .and_then(|new| task.question_for(number, new));
        let question: Vec<Question> = question.into_iter().collect();
        let standing = self
            .0
            .registry
            .standings(&caller.district, &task.area, at, &question)
            .await?
            .pop();
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
