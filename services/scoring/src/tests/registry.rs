//! A registry behind its wire contract that knows some organizations, and nothing else.

use liandong_kit::testing::listener;
use liandong_proto::registry::{
    self as wire,
    organization_service_server::{OrganizationService, OrganizationServiceServer},
};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, transport::Server};

/// The organizations it knows.
struct ScriptedRegistry(Vec<wire::Organization>);

/// Serves these organizations; answers where.
pub(super) async fn registry_of(organizations: &[&str]) -> String {
    let (listener, address) = listener().await;
    let all = organizations.iter().map(|id| wire::Organization {
        name: format!("organizations/{id}"),
        display_name: (*id).to_owned(),
        ..wire::Organization::default()
    });
    let service = OrganizationServiceServer::new(ScriptedRegistry(all.collect()));
    let serving = Server::builder()
        .add_service(service)
        .serve_with_incoming(TcpListenerStream::new(listener));
    tokio::spawn(serving);
    format!("http://{address}")
}

/// Scoring has no business with these.
fn unasked<T>() -> Result<Response<T>, Status> {
    Err(Status::unimplemented("scoring only lists organizations"))
}

#[tonic::async_trait]
impl OrganizationService for ScriptedRegistry {
    async fn list_organizations(
        &self,
        _: Request<wire::ListOrganizationsRequest>,
    ) -> Result<Response<wire::ListOrganizationsResponse>, Status> {
        Ok(Response::new(wire::ListOrganizationsResponse {
            organizations: self.0.clone(),
            ..wire::ListOrganizationsResponse::default()
        }))
    }

    async fn get_organization(
        &self,
        _: Request<wire::GetOrganizationRequest>,
    ) -> Result<Response<wire::GetOrganizationResponse>, Status> {
        unasked()
    }

    async fn create_organization(
        &self,
        _: Request<wire::CreateOrganizationRequest>,
    ) -> Result<Response<wire::CreateOrganizationResponse>, Status> {
        unasked()
    }

    async fn update_organization(
        &self,
        _: Request<wire::UpdateOrganizationRequest>,
    ) -> Result<Response<wire::UpdateOrganizationResponse>, Status> {
        unasked()
    }

    async fn deactivate_organization(
        &self,
        _: Request<wire::DeactivateOrganizationRequest>,
    ) -> Result<Response<wire::DeactivateOrganizationResponse>, Status> {
        unasked()
    }

    async fn merge_organizations(
        &self,
        _: Request<wire::MergeOrganizationsRequest>,
    ) -> Result<Response<wire::MergeOrganizationsResponse>, Status> {
        unasked()
    }

    async fn split_organization(
        &self,
        _: Request<wire::SplitOrganizationRequest>,
    ) -> Result<Response<wire::SplitOrganizationResponse>, Status> {
        unasked()
    }

    async fn list_successions(
        &self,
        _: Request<wire::ListSuccessionsRequest>,
    ) -> Result<Response<wire::ListSuccessionsResponse>, Status> {
        unasked()
    }
}
