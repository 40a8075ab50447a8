//! TaskService: joint tasks are planned, issued, ruled on, cancelled.

use liandong_kit::auth::Caller;
use liandong_kit::commit::{Command, RequestKey};
use liandong_kit::page::PageRequest;
use liandong_proto::dispatch::{self as wire, task_service_server};
use tonic::{Code, Request, Response, Status};
use uuid::Uuid;

use super::convert::{query, task as convert};
use super::{Desk, etag, sight, status};
use crate::domain::{OrganizationId, PersonId, Refusal, Task, TaskId};
use crate::peers::registry::Question;
use crate::store::Sight;

/// Serves joint tasks.
#[derive(Clone)]
pub(crate) struct TaskService(pub Desk);

#[tonic::async_trait]
impl task_service_server::TaskService for TaskService {
    async fn plan_task(
        &self,
        request: Request<wire::PlanTaskRequest>,
    ) -> Result<Response<wire::PlanTaskResponse>, Status> {
        let (caller, message) = (Caller::of(&request)?, request.into_inner());
        let command = self.0.store.command(
            &caller,
            RequestKey::of("PlanTask", &message.request_id, &message),
        );
        let planned = convert::plan_task(message)?;
        let id = TaskId(Uuid::now_v7());
        let (organizer, person) = (organizer(&caller), PersonId::from(caller.person));
        let answer = move |it: &Task| wire::PlanTaskResponse {
            task: Some(convert::task(id, it)),
        };
        let changed = self
            .0
            .store
            .plan_task(command, (id, organizer, person), planned, answer)
            .await;
        changed.map(Response::new).map_err(status::change)
    }

    async fn update_plan(
        &self,
        request: Request<wire::UpdatePlanRequest>,
    ) -> Result<Response<wire::UpdatePlanResponse>, Status> {
        let (caller, message) = (Caller::of(&request)?, request.into_inner());
        let command = self.0.store.command(
            &caller,
            RequestKey::of("UpdatePlan", &message.request_id, &message),
        );
        let expected = etag(message.etag.clone());
        let (id, plan) = convert::update_plan(message)?;
        let target = (id, expected, organizer(&caller));
        let answer = move |it: &Task| wire::UpdatePlanResponse {
            task: Some(convert::task(id, it)),
        };
        let changed = self
            .0
            .store
            .change_task(command, target, move |it| it.replan(plan.clone()), answer)
            .await;
        changed.map(Response::new).map_err(status::change)
    }

    async fn issue_task(
        &self,
        request: Request<wire::IssueTaskRequest>,
    ) -> Result<Response<wire::IssueTaskResponse>, Status> {
        let (caller, message) = (Caller::of(&request)?, request.into_inner());
        let id = convert::named(&message.name, &message.request_id)?;
        let command = self.0.store.command(
            &caller,
            RequestKey::of("IssueTask", &message.request_id, &message),
        );
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
        let target = (id, etag(message.etag), organizer(&caller));
        let answer = move |it: &Task| wire::IssueTaskResponse {
            task: Some(convert::task(id, it)),
        };
        let changed = self.0.store.change_task(
            command,
            target,
            move |it| it.issue(&standings, &time, at),
            answer,
        );
        changed.await.map(Response::new).map_err(status::change)
    }

    async fn rule_objection(
        &self,
        request: Request<wire::RuleObjectionRequest>,
    ) -> Result<Response<wire::RuleObjectionResponse>, Status> {
        let (caller, message) = (Caller::of(&request)?, request.into_inner());
        let rule = convert::rule(&message)?;
        let command = self.0.store.command(
            &caller,
            RequestKey::of("RuleObjection", &message.request_id, &message),
        );
        self.ruled(&caller, command, rule, etag(message.etag))
            .await
            .map(Response::new)
    }

    async fn cancel_task(
        &self,
        request: Request<wire::CancelTaskRequest>,
    ) -> Result<Response<wire::CancelTaskResponse>, Status> {
        let (caller, message) = (Caller::of(&request)?, request.into_inner());
        let (id, reason) = convert::cancel(&message)?;
        let command = self.0.store.command(
            &caller,
            RequestKey::of("CancelTask", &message.request_id, &message),
        );
        let target = (id, etag(message.etag), organizer(&caller));
        let answer = move |it: &Task| wire::CancelTaskResponse {
            task: Some(convert::task(id, it)),
        };
        let changed = self
            .0
            .store
            .change_task(command, target, move |it| it.cancel(&reason), answer)
            .await;
        changed.map(Response::new).map_err(status::change)
    }

    async fn get_task(
        &self,
        request: Request<wire::GetTaskRequest>,
    ) -> Result<Response<wire::GetTaskResponse>, Status> {
        let (caller, message) = (Caller::of(&request)?, request.into_inner());
        let id = convert::named(&message.name, "")?;
        let found = self
            .0
            .store
            .task(&caller.district, &sight(&caller), id)
            .await
            .map_err(status::database)?;
        let found = found.ok_or_else(|| status::refused(&Refusal::TaskNotFound))?;
        Ok(Response::new(wire::GetTaskResponse {
            task: Some(convert::task(id, &found)),
        }))
    }

    async fn list_tasks(
        &self,
        request: Request<wire::ListTasksRequest>,
    ) -> Result<Response<wire::ListTasksResponse>, Status> {
        let (caller, message) = (Caller::of(&request)?, request.into_inner());
        let sight = sight(&caller);
        let terms = query::filter(&message.filter, query::TASKS)?;
        let page = PageRequest::parse(
            message.page_size,
            &message.page_token,
            &format!("{sight:?}{terms:?}"),
        )?;
        let store = &self.0.store;
        let (ids, next_page_token) = store
            .task_ids(&caller.district, &sight, &terms, &page)
            .await
            .map_err(status::database)?;
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
    /// A task that the caller's organization organizes.
    async fn organized(&self, caller: &Caller, id: TaskId) -> Result<Task, Status> {
        let mine = organizer(caller);
        let found = self
            .0
            .store
            .task(&caller.district, &Sight::Of(mine.clone()), id)
            .await
            .map_err(status::database)?;
        found
            .filter(|it| it.organizer == mine)
            .ok_or_else(|| status::refused(&Refusal::TaskNotFound).into())
    }

    async fn ruled(
        &self,
        caller: &Caller,
        command: Command,
        rule: convert::Rule,
        etag: crate::store::Etag,
    ) -> Result<wire::RuleObjectionResponse, Status> {
        let (at, id) = (command.occurred_at(), rule.assignment.task);
        let hidden = |status: Status| match status.code() {
            Code::NotFound => status::refused(&Refusal::AssignmentNotFound).into(),
            _ => status,
        };
        let task = self.organized(caller, id).await.map_err(hidden)?;
        let question = rule
            .new
            .as_ref()
            .and_then(|new| task.question_for(rule.assignment.number, new));
        let question: Vec<Question> = question.into_iter().collect();
        let standing = self
            .0
            .registry
            .standings(&caller.district, &task.area, at, &question)
            .await?
            .pop();
        let time = self.0.registry.work_time(&caller.district).await?;
        let person = PersonId::from(caller.person.as_str());
        let decide = move |it: &Task| {
            let number = rule.assignment.number;
            match (&rule.new, &standing) {
                (None, _) => it.reject_objection(number, &rule.note, &person, &time, at),
                (Some(new), Some(standing)) => {
                    it.uphold_objection(number, new, standing, (&rule.note, &person), &time, at)
                }
                (Some(_), None) => Err(Refusal::AssignmentNotFound),
            }
        };
        let answer = move |it: &Task| wire::RuleObjectionResponse {
            task: Some(convert::task(id, it)),
        };
        let target = (id, etag, organizer(caller));
        self.0
            .store
            .change_task(command, target, decide, answer)
            .await
            .map_err(status::change)
    }
}

fn organizer(caller: &Caller) -> OrganizationId {
    OrganizationId::from(caller.organization.as_str())
}
