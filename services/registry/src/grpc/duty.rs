//! `DutyService`.

use liandong_proto::registry::{self as proto, duty_service_server::DutyService};
use tonic::{Request, Response, Status};

use super::{Handlers, change::Change, list::Wanted, responsibility};
use crate::domain::Duty;

#[tonic::async_trait]
impl DutyService for Handlers {
    async fn get_duty(
        &self,
        request: Request<proto::GetDutyRequest>,
    ) -> Result<Response<proto::GetDutyResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let duty = asks.get::<Duty>(&request.name, request.as_of_time.as_ref())?;
        Ok(Response::new(proto::GetDutyResponse {
            duty: Some(duty),
            catalogue_version: asks.catalogue.version,
        }))
    }

    async fn list_duties(
        &self,
        request: Request<proto::ListDutiesRequest>,
    ) -> Result<Response<proto::ListDutiesResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let wanted = Wanted {
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: &request.filter,
            as_of_time: request.as_of_time.as_ref(),
            show_ended: request.show_ended,
        };
        let (duties, next_page_token) = asks.list::<Duty>(&wanted)?;
        Ok(Response::new(proto::ListDutiesResponse {
            duties,
            next_page_token,
            catalogue_version: asks.catalogue.version,
        }))
    }

    async fn create_duty(
        &self,
        request: Request<proto::CreateDutyRequest>,
    ) -> Result<Response<proto::CreateDutyResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (key, only) = (&request.request_id, request.validate_only);
        let change = Change::of("CreateDuty", &request, key, only);
        let id = ("duty_id", request.duty_id.as_str());
        self.create::<Duty, _>(asks, change, id, request.duty, |it| {
            proto::CreateDutyResponse { duty: Some(it) }
        })
        .await
    }

    async fn update_duty(
        &self,
        request: Request<proto::UpdateDutyRequest>,
    ) -> Result<Response<proto::UpdateDutyResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (key, only) = (&request.request_id, request.validate_only);
        let change = Change::of("UpdateDuty", &request, key, only);
        let (etag, mask, message) = (&request.etag, request.update_mask, request.duty);
        self.update::<Duty, _>(asks, change, etag, mask, message, |it| {
            proto::UpdateDutyResponse { duty: Some(it) }
        })
        .await
    }

    async fn deactivate_duty(
        &self,
        request: Request<proto::DeactivateDutyRequest>,
    ) -> Result<Response<proto::DeactivateDutyResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (key, only) = (&request.request_id, request.validate_only);
        let change = Change::of("DeactivateDuty", &request, key, only);
        let ends = (request.etag.as_str(), request.last_day.as_str());
        self.end::<Duty, _>(
            asks,
            change,
            &request.name,
            ends,
            |_| (),
            |it| proto::DeactivateDutyResponse { duty: Some(it) },
        )
        .await
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
