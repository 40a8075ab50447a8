//! CaseSettingsService: how a district runs its cases.

use liandong_proto::dispatch::{self as wire, case_settings_service_server};
use tonic::{Request, Response, Status};

use super::convert::case_settings as convert;
use super::known::Named;
use super::{Desk, etag, open, status};
use crate::domain::CaseSettings;

/// Serves the settings.
#[derive(Clone)]
pub(crate) struct CaseSettingsService(pub(crate) Desk);

#[tonic::async_trait]
impl case_settings_service_server::CaseSettingsService for CaseSettingsService {
    async fn get_case_settings(
        &self,
        request: Request<wire::GetCaseSettingsRequest>,
    ) -> Result<Response<wire::GetCaseSettingsResponse>, Status> {
        let (caller, _) = open(request)?;
        let found = self.0.store.case_settings(&caller.district).await;
        let (version, settings) = found.map_err(status::database)?;
        Ok(Response::new(wire::GetCaseSettingsResponse {
            settings: Some(convert::settings(version, &settings)),
        }))
    }

    async fn update_case_settings(
        &self,
        request: Request<wire::UpdateCaseSettingsRequest>,
    ) -> Result<Response<wire::UpdateCaseSettingsResponse>, Status> {
        let (caller, message) = open(request)?;
        let id = &message.request_id;
        let command = self
            .0
            .command(&caller, "UpdateCaseSettings", id, &message)
            .validate_only(message.validate_only);
        let sent = message.settings.as_ref().map(|it| it.etag.clone());
        let to = convert::read_settings(message)?;
        let named = Named::organization("settings.revisitor", to.revisitor.as_ref());
        let at = command.occurred_at();
        self.0.known_unless_away(&caller, named, at).await?;
        let answer = |version, it: &CaseSettings| wire::UpdateCaseSettingsResponse {
            settings: Some(convert::settings(version, it)),
        };
        let change = (etag(sent.unwrap_or_default()), to);
        let changed = self.0.store.change_settings(command, change, answer);
        changed.await.map(Response::new).map_err(status::change)
    }
}
