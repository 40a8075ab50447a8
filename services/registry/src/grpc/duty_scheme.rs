//! `DutySchemeService`.

use liandong_proto::registry::{self as proto, duty_scheme_service_server::DutySchemeService};
use tonic::{Request, Response, Status};

use super::Handlers;

#[tonic::async_trait]
impl DutySchemeService for Handlers {
    async fn get_duty_scheme(
        &self,
        request: Request<proto::GetDutySchemeRequest>,
    ) -> Result<Response<proto::GetDutySchemeResponse>, Status> {
        self.got(request)
    }

    async fn list_duty_schemes(
        &self,
        request: Request<proto::ListDutySchemesRequest>,
    ) -> Result<Response<proto::ListDutySchemesResponse>, Status> {
        self.listed(request)
    }

    async fn create_duty_scheme(
        &self,
        request: Request<proto::CreateDutySchemeRequest>,
    ) -> Result<Response<proto::CreateDutySchemeResponse>, Status> {
        self.created(request).await
    }

    async fn update_duty_scheme(
        &self,
        request: Request<proto::UpdateDutySchemeRequest>,
    ) -> Result<Response<proto::UpdateDutySchemeResponse>, Status> {
        self.updated(request).await
    }

    async fn deactivate_duty_scheme(
        &self,
        request: Request<proto::DeactivateDutySchemeRequest>,
    ) -> Result<Response<proto::DeactivateDutySchemeResponse>, Status> {
        self.ended(request).await
    }
}
