//! `SecondmentService`.

use liandong_proto::registry::{self as proto, secondment_service_server::SecondmentService};
use tonic::{Request, Response, Status};

use super::{Handlers, change::Change, list::Wanted};
use crate::domain::Secondment;

#[tonic::async_trait]
impl SecondmentService for Handlers {
    async fn get_secondment(
        &self,
        request: Request<proto::GetSecondmentRequest>,
    ) -> Result<Response<proto::GetSecondmentResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let secondment = asks.get::<Secondment>(&request.name, None)?;
        Ok(Response::new(proto::GetSecondmentResponse {
            secondment: Some(secondment),
            catalogue_version: asks.catalogue.version,
        }))
    }

    async fn list_secondments(
        &self,
        request: Request<proto::ListSecondmentsRequest>,
    ) -> Result<Response<proto::ListSecondmentsResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let wanted = Wanted {
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: &request.filter,
            as_of_time: request.as_of_time.as_ref(),
            show_ended: request.show_ended,
        };
        let (secondments, next_page_token) = asks.list::<Secondment>(&wanted)?;
        Ok(Response::new(proto::ListSecondmentsResponse {
            secondments,
            next_page_token,
            catalogue_version: asks.catalogue.version,
        }))
    }

    async fn create_secondment(
        &self,
        request: Request<proto::CreateSecondmentRequest>,
    ) -> Result<Response<proto::CreateSecondmentResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (key, only) = (&request.request_id, request.validate_only);
        let change = Change::of("CreateSecondment", &request, key, only);
        let id = ("secondment_id", request.secondment_id.as_str());
        self.create::<Secondment, _>(asks, change, id, request.secondment, |it| {
            proto::CreateSecondmentResponse {
                secondment: Some(it),
            }
        })
        .await
    }

    async fn update_secondment(
        &self,
        request: Request<proto::UpdateSecondmentRequest>,
    ) -> Result<Response<proto::UpdateSecondmentResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (key, only) = (&request.request_id, request.validate_only);
        let change = Change::of("UpdateSecondment", &request, key, only);
        let (etag, mask) = (request.etag.as_str(), request.update_mask);
        self.update::<Secondment, _>(asks, change, etag, mask, request.secondment, |it| {
            proto::UpdateSecondmentResponse {
                secondment: Some(it),
            }
        })
        .await
    }

    async fn deactivate_secondment(
        &self,
        request: Request<proto::DeactivateSecondmentRequest>,
    ) -> Result<Response<proto::DeactivateSecondmentResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (key, only) = (&request.request_id, request.validate_only);
        let change = Change::of("DeactivateSecondment", &request, key, only);
        let ends = (request.etag.as_str(), request.last_day.as_str());
        self.end::<Secondment, _>(
            asks,
            change,
            &request.name,
            ends,
            |_| (),
            |it| proto::DeactivateSecondmentResponse {
                secondment: Some(it),
            },
        )
        .await
    }
}
