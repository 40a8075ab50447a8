//! `ProvisionService`.

use liandong_proto::registry::{self as proto, provision_service_server::ProvisionService};
use tonic::{Request, Response, Status};

use super::Handlers;

#[tonic::async_trait]
impl ProvisionService for Handlers {
    async fn get_provision(
        &self,
        request: Request<proto::GetProvisionRequest>,
    ) -> Result<Response<proto::GetProvisionResponse>, Status> {
        self.got(request)
    }

    async fn list_provisions(
        &self,
        request: Request<proto::ListProvisionsRequest>,
    ) -> Result<Response<proto::ListProvisionsResponse>, Status> {
        self.listed(request)
    }

    async fn create_provision(
        &self,
        request: Request<proto::CreateProvisionRequest>,
    ) -> Result<Response<proto::CreateProvisionResponse>, Status> {
        self.created(request).await
    }

    async fn update_provision(
        &self,
        request: Request<proto::UpdateProvisionRequest>,
    ) -> Result<Response<proto::UpdateProvisionResponse>, Status> {
        self.updated(request).await
    }

    async fn deactivate_provision(
        &self,
        request: Request<proto::DeactivateProvisionRequest>,
    ) -> Result<Response<proto::DeactivateProvisionResponse>, Status> {
        self.ended(request).await
    }
}
