//! `ProvisionService`.

use liandong_proto::registry::{self as proto, provision_service_server::ProvisionService};
use tonic::{Request, Response, Status};

use super::{Handlers, change::Change, list::Wanted};
use crate::domain::Provision;

#[tonic::async_trait]
impl ProvisionService for Handlers {
    async fn get_provision(
        &self,
        request: Request<proto::GetProvisionRequest>,
    ) -> Result<Response<proto::GetProvisionResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let provision = asks.get::<Provision>(&request.name, request.as_of_time.as_ref())?;
        Ok(Response::new(proto::GetProvisionResponse {
            provision: Some(provision),
            catalogue_version: asks.catalogue.version,
        }))
    }

    async fn list_provisions(
        &self,
        request: Request<proto::ListProvisionsRequest>,
    ) -> Result<Response<proto::ListProvisionsResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let wanted = Wanted {
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: &request.filter,
            as_of_time: request.as_of_time.as_ref(),
            show_ended: request.show_ended,
        };
        let (provisions, next_page_token) = asks.list::<Provision>(&wanted)?;
        Ok(Response::new(proto::ListProvisionsResponse {
            provisions,
            next_page_token,
            catalogue_version: asks.catalogue.version,
        }))
    }

    async fn create_provision(
        &self,
        request: Request<proto::CreateProvisionRequest>,
    ) -> Result<Response<proto::CreateProvisionResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (key, only) = (&request.request_id, request.validate_only);
        let change = Change::of("CreateProvision", &request, key, only);
        let id = ("provision_id", request.provision_id.as_str());
        self.create::<Provision, _>(asks, change, id, request.provision, |it| {
            proto::CreateProvisionResponse {
                provision: Some(it),
            }
        })
        .await
    }

    async fn update_provision(
        &self,
        request: Request<proto::UpdateProvisionRequest>,
    ) -> Result<Response<proto::UpdateProvisionResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (key, only) = (&request.request_id, request.validate_only);
        let change = Change::of("UpdateProvision", &request, key, only);
        let (etag, mask, message) = (&request.etag, request.update_mask, request.provision);
        self.update::<Provision, _>(asks, change, etag, mask, message, |it| {
            proto::UpdateProvisionResponse {
                provision: Some(it),
            }
        })
        .await
    }

    async fn deactivate_provision(
        &self,
        request: Request<proto::DeactivateProvisionRequest>,
    ) -> Result<Response<proto::DeactivateProvisionResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (key, only) = (&request.request_id, request.validate_only);
        let change = Change::of("DeactivateProvision", &request, key, only);
        let ends = (request.etag.as_str(), request.last_day.as_str());
        self.end::<Provision, _>(
            asks,
            change,
            &request.name,
            ends,
            |_| (),
            |it| proto::DeactivateProvisionResponse {
                provision: Some(it),
            },
        )
        .await
    }
}
