//! `SecondmentService`.

use liandong_proto::registry::{self as proto, secondment_service_server::SecondmentService};
use tonic::{Request, Response, Status};

use super::Handlers;

#[tonic::async_trait]
impl SecondmentService for Handlers {
    async fn get_secondment(
        &self,
        request: Request<proto::GetSecondmentRequest>,
    ) -> Result<Response<proto::GetSecondmentResponse>, Status> {
        self.got(request)
    }

    async fn list_secondments(
        &self,
        request: Request<proto::ListSecondmentsRequest>,
    ) -> Result<Response<proto::ListSecondmentsResponse>, Status> {
        self.listed(request)
    }

    async fn create_secondment(
        &self,
        request: Request<proto::CreateSecondmentRequest>,
    ) -> Result<Response<proto::CreateSecondmentResponse>, Status> {
        self.created(request).await
    }

    async fn update_secondment(
        &self,
        request: Request<proto::UpdateSecondmentRequest>,
    ) -> Result<Response<proto::UpdateSecondmentResponse>, Status> {
        self.updated(request).await
    }

    async fn deactivate_secondment(
        &self,
        request: Request<proto::DeactivateSecondmentRequest>,
    ) -> Result<Response<proto::DeactivateSecondmentResponse>, Status> {
        self.ended(request).await
    }
}
