//! `DutyHolderService`.

use liandong_proto::registry::{self as proto, duty_holder_service_server::DutyHolderService};
use tonic::{Request, Response, Status};

use super::{Handlers, change::Change, list::Wanted};
use crate::domain::DutyHolder;

#[tonic::async_trait]
impl DutyHolderService for Handlers {
    async fn get_duty_holder(
        &self,
        request: Request<proto::GetDutyHolderRequest>,
    ) -> Result<Response<proto::GetDutyHolderResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let duty_holder = asks.get::<DutyHolder>(&request.name, request.as_of_time.as_ref())?;
        Ok(Response::new(proto::GetDutyHolderResponse {
            duty_holder: Some(duty_holder),
            catalogue_version: asks.catalogue.version,
        }))
    }

    async fn list_duty_holders(
        &self,
        request: Request<proto::ListDutyHoldersRequest>,
    ) -> Result<Response<proto::ListDutyHoldersResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let wanted = Wanted {
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: &request.filter,
            as_of_time: request.as_of_time.as_ref(),
            show_ended: request.show_ended,
        };
        let (duty_holders, next_page_token) = asks.list::<DutyHolder>(&wanted)?;
        Ok(Response::new(proto::ListDutyHoldersResponse {
            duty_holders,
            next_page_token,
            catalogue_version: asks.catalogue.version,
        }))
    }

    async fn create_duty_holder(
        &self,
        request: Request<proto::CreateDutyHolderRequest>,
    ) -> Result<Response<proto::CreateDutyHolderResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (key, only) = (&request.request_id, request.validate_only);
        let change = Change::of("CreateDutyHolder", &request, key, only);
        let id = ("duty_holder_id", request.duty_holder_id.as_str());
        self.create::<DutyHolder, _>(asks, change, id, request.duty_holder, |it| {
            proto::CreateDutyHolderResponse {
                duty_holder: Some(it),
            }
        })
        .await
    }

    async fn update_duty_holder(
        &self,
        request: Request<proto::UpdateDutyHolderRequest>,
    ) -> Result<Response<proto::UpdateDutyHolderResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (key, only) = (&request.request_id, request.validate_only);
        let change = Change::of("UpdateDutyHolder", &request, key, only);
        let (etag, mask, message) = (&request.etag, request.update_mask, request.duty_holder);
        self.update::<DutyHolder, _>(asks, change, etag, mask, message, |it| {
            proto::UpdateDutyHolderResponse {
                duty_holder: Some(it),
            }
        })
        .await
    }

    async fn deactivate_duty_holder(
        &self,
        request: Request<proto::DeactivateDutyHolderRequest>,
    ) -> Result<Response<proto::DeactivateDutyHolderResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (key, only) = (&request.request_id, request.validate_only);
        let change = Change::of("DeactivateDutyHolder", &request, key, only);
        let ends = (request.etag.as_str(), request.last_day.as_str());
        self.end::<DutyHolder, _>(
            asks,
            change,
            &request.name,
            ends,
            |_| (),
            |it| proto::DeactivateDutyHolderResponse {
                duty_holder: Some(it),
            },
        )
        .await
    }
}
