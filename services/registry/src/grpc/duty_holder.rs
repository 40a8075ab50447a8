//! `DutyHolderService`.

use liandong_proto::registry::{self as proto, duty_holder_service_server::DutyHolderService};
use tonic::{Request, Response, Status};

use super::Handlers;

#[tonic::async_trait]
impl DutyHolderService for Handlers {
    async fn get_duty_holder(
        &self,
        request: Request<proto::GetDutyHolderRequest>,
    ) -> Result<Response<proto::GetDutyHolderResponse>, Status> {
        self.got(request)
    }

    async fn list_duty_holders(
        &self,
        request: Request<proto::ListDutyHoldersRequest>,
    ) -> Result<Response<proto::ListDutyHoldersResponse>, Status> {
        self.listed(request)
    }

    async fn create_duty_holder(
        &self,
        request: Request<proto::CreateDutyHolderRequest>,
    ) -> Result<Response<proto::CreateDutyHolderResponse>, Status> {
        self.created(request).await
    }

    async fn update_duty_holder(
        &self,
        request: Request<proto::UpdateDutyHolderRequest>,
    ) -> Result<Response<proto::UpdateDutyHolderResponse>, Status> {
        self.updated(request).await
    }

    async fn deactivate_duty_holder(
        &self,
        request: Request<proto::DeactivateDutyHolderRequest>,
    ) -> Result<Response<proto::DeactivateDutyHolderResponse>, Status> {
        self.ended(request).await
    }
}
