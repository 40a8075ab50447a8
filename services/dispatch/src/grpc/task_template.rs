//! TaskTemplateService: plans kept for the next time.

use liandong_proto::dispatch::{self as wire, task_template_service_server};
use tonic::{Request, Response, Status};

use super::convert::{course as convert, query};
use super::{Desk, etag, open, organization, person, status};
use crate::domain::{Refusal, TaskTemplate};

/// Serves templates.
#[derive(Clone)]
pub(crate) struct TaskTemplateService(pub(crate) Desk);

#[tonic::async_trait]
impl task_template_service_server::TaskTemplateService for TaskTemplateService {
    async fn save_task_template(
        &self,
        request: Request<wire::SaveTaskTemplateRequest>,
    ) -> Result<Response<wire::SaveTaskTemplateResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "SaveTaskTemplate", &message.request_id, &message)
            .validate_only(message.validate_only);
        let sent = etag(message.etag.clone());
        let saved = convert::save(message, &organization(&caller))?;
        let at = command.occurred_at();
        self.0.known_parts(&caller, &saved.plan, at).await?;
        let target = (saved.id(), sent, person(&caller));
        let decide = move |it: Option<&TaskTemplate>| {
            let new = TaskTemplate::default();
            Ok(it.unwrap_or(&new).save(it.is_some(), saved.clone()))
        };
        let answer = |version, it: &TaskTemplate| wire::SaveTaskTemplateResponse {
            task_template: Some(convert::kept(version, it)),
        };
        let changed = self
            .0
            .store
            .change_template(command, target, decide, answer);
        changed.await.map(Response::new).map_err(status::change)
    }

    async fn retire_task_template(
        &self,
        request: Request<wire::RetireTaskTemplateRequest>,
    ) -> Result<Response<wire::RetireTaskTemplateResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "RetireTaskTemplate", &message.request_id, &message)
            .validate_only(message.validate_only);
        let mine = organization(&caller);
        let id = convert::template_named(&message.name, &message.request_id)?;
        let target = (id, etag(message.etag), person(&caller));
        let decide = move |it: Option<&TaskTemplate>| {
            let theirs = it.filter(|it| it.saved.organization == mine);
            Ok(theirs.ok_or(Refusal::TaskTemplateNotFound)?.retire())
        };
        let answer = |version, it: &TaskTemplate| wire::RetireTaskTemplateResponse {
            task_template: Some(convert::kept(version, it)),
        };
        let changed = self
            .0
            .store
            .change_template(command, target, decide, answer);
        changed.await.map(Response::new).map_err(status::change)
    }

    async fn get_task_template(
        &self,
        request: Request<wire::GetTaskTemplateRequest>,
    ) -> Result<Response<wire::GetTaskTemplateResponse>, Status> {
        let (caller, message) = open(request)?;
        let id = convert::template_named(&message.name, "")?;
        let found = self
            .0
            .store
            .several::<TaskTemplate>(&caller.district, &[id])
            .await;
        let mine = organization(&caller);
        let found = found.map_err(status::database)?.pop();
        let found = found
            .filter(|it| it.state.saved.organization == mine)
            .ok_or_else(|| status::refused(&Refusal::TaskTemplateNotFound))?;
        Ok(Response::new(wire::GetTaskTemplateResponse {
            task_template: Some(convert::kept(found.version, &found.state)),
        }))
    }

    async fn list_task_templates(
        &self,
        request: Request<wire::ListTaskTemplatesRequest>,
    ) -> Result<Response<wire::ListTaskTemplatesResponse>, Status> {
        let (caller, message) = open(request)?;
        let mine = organization(&caller);
        let page = (message.page_size, &*message.page_token);
        let query::Asked { terms, page, .. } = query::page(
            page,
            (&message.filter, &[]),
            query::TEMPLATES,
            mine.as_str(),
        )?;
        let (store, whose) = (&self.0.store, (caller.district.as_str(), &mine));
        let listed = store.template_ids(whose, &terms, &page).await;
        let (ids, next_page_token) = listed.map_err(status::database)?;
        let found = store.several::<TaskTemplate>(&caller.district, &ids).await;
        let found = found.map_err(status::database)?;
        Ok(Response::new(wire::ListTaskTemplatesResponse {
            task_templates: found
                .iter()
                .map(|it| convert::kept(it.version, &it.state))
                .collect(),
            next_page_token,
        }))
    }
}
