//! `DutyService`.

use liandong_proto::registry::{self as proto, duty_service_server::DutyService};
use tonic::{Request, Response, Status};

use super::{Handlers, responsibility};

#[tonic::async_trait]
impl DutyService for Handlers {
    async fn get_duty(
        &self,
        request: Request<proto::GetDutyRequest>,
    ) -> Result<Response<proto::GetDutyResponse>, Status> {
        self.got(request)
    }

    async fn list_duties(
        &self,
        request: Request<proto::ListDutiesRequest>,
    ) -> Result<Response<proto::ListDutiesResponse>, Status> {
        self.listed(request)
    }

    async fn create_duty(
        &self,
        request: Request<proto::CreateDutyRequest>,
    ) -> Result<Response<proto::CreateDutyResponse>, Status> {
        self.created(request).await
    }

    async fn update_duty(
        &self,
        request: Request<proto::UpdateDutyRequest>,
    ) -> Result<Response<proto::UpdateDutyResponse>, Status> {
        self.updated(request).await
    }

    async fn deactivate_duty(
        &self,
        request: Request<proto::DeactivateDutyRequest>,
    ) -> Result<Response<proto::DeactivateDutyResponse>, Status> {
        self.ended(request).await
    }

    async fn get_escalation_chain(
        &self,
        request: Request<proto::GetEscalationChainRequest>,
    ) -> Result<Response<proto::GetEscalationChainResponse>, Status> {
        let (asks, request) = self.open(request)?;
        responsibility::escalation(&asks, &request).map(Response::new)
    }

    async fn get_coverage(
        &self,
        request: Request<proto::GetCoverageRequest>,
    ) -> Result<Response<proto::GetCoverageResponse>, Status> {
        let (asks, request) = self.open(request)?;
        responsibility::covered(&asks, &request).map(Response::new)
    }

    async fn get_readiness(
        &self,
        request: Request<proto::GetReadinessRequest>,
    ) -> Result<Response<proto::GetReadinessResponse>, Status> {
        let (asks, request) = self.open(request)?;
        responsibility::ready(&asks, &request).map(Response::new)
    }

    async fn list_expected_logs(
        &self,
        request: Request<proto::ListExpectedLogsRequest>,
    ) -> Result<Response<proto::ListExpectedLogsResponse>, Status> {
        let (asks, request) = self.open(request)?;
        responsibility::logs(&asks, &request).map(Response::new)
    }
}
