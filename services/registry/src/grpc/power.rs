//! `PowerService`.

use liandong_kit::status::Problem;
use liandong_proto::registry::{self as proto, power_service_server::PowerService};
use tonic::{Request, Response, Status, Streaming};

use super::{Handlers, encoded::Encoded, preview};

#[tonic::async_trait]
impl PowerService for Handlers {
    async fn get_matter(
        &self,
        request: Request<proto::GetMatterRequest>,
    ) -> Result<Response<proto::GetMatterResponse>, Status> {
        self.got(request)
    }

    async fn list_matters(
        &self,
        request: Request<proto::ListMattersRequest>,
    ) -> Result<Response<proto::ListMattersResponse>, Status> {
        self.listed(request)
    }

    async fn list_powers(
        &self,
        request: Request<proto::ListPowersRequest>,
    ) -> Result<Response<proto::ListPowersResponse>, Status> {
        self.listed(request)
    }

    async fn create_matter(
        &self,
        request: Request<proto::CreateMatterRequest>,
    ) -> Result<Response<proto::CreateMatterResponse>, Status> {
        self.created(request).await
    }

    async fn update_matter(
        &self,
        request: Request<proto::UpdateMatterRequest>,
    ) -> Result<Response<proto::UpdateMatterResponse>, Status> {
        self.updated(request).await
    }

    async fn deactivate_matter(
        &self,
        request: Request<proto::DeactivateMatterRequest>,
    ) -> Result<Response<proto::DeactivateMatterResponse>, Status> {
        self.ended(request).await
    }

    async fn get_power(
        &self,
        request: Request<proto::GetPowerRequest>,
    ) -> Result<Response<proto::GetPowerResponse>, Status> {
        self.got(request)
    }

    async fn create_power(
        &self,
        request: Request<proto::CreatePowerRequest>,
    ) -> Result<Response<proto::CreatePowerResponse>, Status> {
        self.created(request).await
    }

    async fn update_power(
        &self,
        request: Request<proto::UpdatePowerRequest>,
    ) -> Result<Response<proto::UpdatePowerResponse>, Status> {
        self.updated(request).await
    }

    async fn deactivate_power(
        &self,
        request: Request<proto::DeactivatePowerRequest>,
    ) -> Result<Response<proto::DeactivatePowerResponse>, Status> {
        self.ended(request).await
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
