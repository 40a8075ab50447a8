//! `PowerService`.

use liandong_kit::status::Problem;
use liandong_proto::registry::{self as proto, power_service_server::PowerService};
use tonic::{Request, Response, Status, Streaming};

use super::{Handlers, change::Change, encoded::Encoded, list::Wanted, preview};
use crate::domain::{Matter, Power};

#[tonic::async_trait]
impl PowerService for Handlers {
    async fn get_matter(
        &self,
        request: Request<proto::GetMatterRequest>,
    ) -> Result<Response<proto::GetMatterResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let matter = asks.get::<Matter>(&request.name, None)?;
        Ok(Response::new(proto::GetMatterResponse {
            matter: Some(matter),
            catalogue_version: asks.catalogue.version,
        }))
    }

    async fn list_matters(
        &self,
        request: Request<proto::ListMattersRequest>,
    ) -> Result<Response<proto::ListMattersResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let wanted = Wanted {
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: &request.filter,
            as_of_time: request.as_of_time.as_ref(),
            show_ended: request.show_ended,
        };
        let (matters, next_page_token) = asks.list::<Matter>(&wanted)?;
        Ok(Response::new(proto::ListMattersResponse {
            matters,
            next_page_token,
            catalogue_version: asks.catalogue.version,
        }))
    }

    async fn list_powers(
        &self,
        request: Request<proto::ListPowersRequest>,
    ) -> Result<Response<proto::ListPowersResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let wanted = Wanted {
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: &request.filter,
            as_of_time: request.as_of_time.as_ref(),
            show_ended: request.show_ended,
        };
        let (powers, next_page_token) = asks.list::<Power>(&wanted)?;
        Ok(Response::new(proto::ListPowersResponse {
            powers,
            next_page_token,
            catalogue_version: asks.catalogue.version,
        }))
    }

    async fn create_matter(
        &self,
        request: Request<proto::CreateMatterRequest>,
    ) -> Result<Response<proto::CreateMatterResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let change = Change::of(
            "CreateMatter",
            &request,
            &request.request_id,
            request.validate_only,
        );
        let id = ("matter_id", request.matter_id.as_str());
        self.create::<Matter, _>(asks, change, id, request.matter, |it| {
            proto::CreateMatterResponse { matter: Some(it) }
        })
        .await
    }

    async fn update_matter(
        &self,
        request: Request<proto::UpdateMatterRequest>,
    ) -> Result<Response<proto::UpdateMatterResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let change = Change::of(
            "UpdateMatter",
            &request,
            &request.request_id,
            request.validate_only,
        );
        let (etag, mask) = (request.etag, request.update_mask);
        self.update::<Matter, _>(asks, change, &etag, mask, request.matter, |it| {
            proto::UpdateMatterResponse { matter: Some(it) }
        })
        .await
    }

    async fn deactivate_matter(
        &self,
        request: Request<proto::DeactivateMatterRequest>,
    ) -> Result<Response<proto::DeactivateMatterResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let change = Change::of(
            "DeactivateMatter",
            &request,
            &request.request_id,
            request.validate_only,
        );
        let ends = (request.etag.as_str(), request.last_day.as_str());
        self.end::<Matter, _>(
            asks,
            change,
            &request.name,
            ends,
            |_| (),
            |it| proto::DeactivateMatterResponse { matter: Some(it) },
        )
        .await
    }

    async fn get_power(
        &self,
        request: Request<proto::GetPowerRequest>,
    ) -> Result<Response<proto::GetPowerResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let power = asks.get::<Power>(&request.name, None)?;
        Ok(Response::new(proto::GetPowerResponse {
            power: Some(power),
            catalogue_version: asks.catalogue.version,
        }))
    }

    async fn create_power(
        &self,
        request: Request<proto::CreatePowerRequest>,
    ) -> Result<Response<proto::CreatePowerResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let change = Change::of(
            "CreatePower",
            &request,
            &request.request_id,
            request.validate_only,
        );
        let id = ("power_id", request.power_id.as_str());
        self.create::<Power, _>(asks, change, id, request.power, |it| {
            proto::CreatePowerResponse { power: Some(it) }
        })
        .await
    }

    async fn update_power(
        &self,
        request: Request<proto::UpdatePowerRequest>,
    ) -> Result<Response<proto::UpdatePowerResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let change = Change::of(
            "UpdatePower",
            &request,
            &request.request_id,
            request.validate_only,
        );
        let (etag, mask) = (request.etag, request.update_mask);
        self.update::<Power, _>(asks, change, &etag, mask, request.power, |it| {
            proto::UpdatePowerResponse { power: Some(it) }
        })
        .await
    }

    async fn deactivate_power(
        &self,
        request: Request<proto::DeactivatePowerRequest>,
    ) -> Result<Response<proto::DeactivatePowerResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let change = Change::of(
            "DeactivatePower",
            &request,
            &request.request_id,
            request.validate_only,
        );
        let ends = (request.etag.as_str(), request.last_day.as_str());
        self.end::<Power, _>(
            asks,
            change,
            &request.name,
            ends,
            |_| (),
            |it| proto::DeactivatePowerResponse { power: Some(it) },
        )
        .await
    }

    type PreviewCatalogueChangeStream = preview::Frames;

    async fn preview_catalogue_change(
        &self,
        request: Request<Streaming<proto::PreviewCatalogueChangeRequest>>,
    ) -> Result<Response<Self::PreviewCatalogueChangeStream>, Status> {
        self.preview(request).await
    }

    /// As part of this trait for completeness: [`Quick`](super::quick::Quick) answers it.
    async fn resolve_authority(
        &self,
        request: Request<proto::ResolveAuthorityRequest>,
    ) -> Result<Response<proto::ResolveAuthorityResponse>, Status> {
        read(&self.answer(request)?)
    }

    /// As part of this trait for completeness: [`Quick`](super::quick::Quick) answers it.
    async fn resolve_authority_batch(
        &self,
        request: Request<proto::ResolveAuthorityBatchRequest>,
    ) -> Result<Response<proto::ResolveAuthorityBatchResponse>, Status> {
        read(&self.answer_all(request)?)
    }
}

/// A written message.
#[allow(clippy::result_large_err)] // tonic's Status
fn read<R: prost::Message + Default>(written: &Encoded) -> Result<Response<R>, Status> {
    let message = R::decode(written.bytes()).map_err(Problem::internal)?;
    Ok(Response::new(message))
}
