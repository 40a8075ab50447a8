//! `DutySchemeService`.

use liandong_proto::registry::{self as proto, duty_scheme_service_server::DutySchemeService};
use tonic::{Request, Response, Status};

use super::{Handlers, change::Change, list::Wanted};
use crate::domain::DutyScheme;

#[tonic::async_trait]
impl DutySchemeService for Handlers {
    async fn get_duty_scheme(
        &self,
        request: Request<proto::GetDutySchemeRequest>,
    ) -> Result<Response<proto::GetDutySchemeResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let duty_scheme = asks.get::<DutyScheme>(&request.name, request.as_of_time.as_ref())?;
        Ok(Response::new(proto::GetDutySchemeResponse {
            duty_scheme: Some(duty_scheme),
            catalogue_version: asks.catalogue.version,
        }))
    }

    async fn list_duty_schemes(
        &self,
        request: Request<proto::ListDutySchemesRequest>,
    ) -> Result<Response<proto::ListDutySchemesResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let wanted = Wanted {
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: &request.filter,
            as_of_time: request.as_of_time.as_ref(),
            show_ended: request.show_ended,
        };
        let (duty_schemes, next_page_token) = asks.list::<DutyScheme>(&wanted)?;
        Ok(Response::new(proto::ListDutySchemesResponse {
            duty_schemes,
            next_page_token,
            catalogue_version: asks.catalogue.version,
        }))
    }

    async fn create_duty_scheme(
        &self,
        request: Request<proto::CreateDutySchemeRequest>,
    ) -> Result<Response<proto::CreateDutySchemeResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (key, only) = (&request.request_id, request.validate_only);
        let change = Change::of("CreateDutyScheme", &request, key, only);
        let id = ("duty_scheme_id", request.duty_scheme_id.as_str());
        self.create::<DutyScheme, _>(asks, change, id, request.duty_scheme, |it| {
            proto::CreateDutySchemeResponse {
                duty_scheme: Some(it),
            }
        })
        .await
    }

    async fn update_duty_scheme(
        &self,
        request: Request<proto::UpdateDutySchemeRequest>,
    ) -> Result<Response<proto::UpdateDutySchemeResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (key, only) = (&request.request_id, request.validate_only);
        let change = Change::of("UpdateDutyScheme", &request, key, only);
        let (etag, mask, message) = (&request.etag, request.update_mask, request.duty_scheme);
        self.update::<DutyScheme, _>(asks, change, etag, mask, message, |it| {
            proto::UpdateDutySchemeResponse {
                duty_scheme: Some(it),
            }
        })
        .await
    }

    async fn deactivate_duty_scheme(
        &self,
        request: Request<proto::DeactivateDutySchemeRequest>,
    ) -> Result<Response<proto::DeactivateDutySchemeResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (key, only) = (&request.request_id, request.validate_only);
        let change = Change::of("DeactivateDutyScheme", &request, key, only);
        let ends = (request.etag.as_str(), request.last_day.as_str());
        self.end::<DutyScheme, _>(
            asks,
            change,
            &request.name,
            ends,
            |_| (),
            |it| proto::DeactivateDutySchemeResponse {
                duty_scheme: Some(it),
            },
        )
        .await
    }
}
