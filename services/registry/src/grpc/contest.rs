//! `ContestService`.

use liandong_proto::registry::{self as proto, contest_service_server::ContestService};
use tonic::{Request, Response, Status};

use super::{Handlers, convert};
use crate::domain::{Contest, contract::table};

#[tonic::async_trait]
impl ContestService for Handlers {
    async fn get_contest(
        &self,
        request: Request<proto::GetContestRequest>,
    ) -> Result<Response<proto::GetContestResponse>, Status> {
        self.got(request)
    }

    async fn list_contests(
        &self,
        request: Request<proto::ListContestsRequest>,
    ) -> Result<Response<proto::ListContestsResponse>, Status> {
        self.listed(request)
    }

    async fn create_contest(
        &self,
        request: Request<proto::CreateContestRequest>,
    ) -> Result<Response<proto::CreateContestResponse>, Status> {
        self.created(request).await
    }

    async fn update_contest(
        &self,
        request: Request<proto::UpdateContestRequest>,
    ) -> Result<Response<proto::UpdateContestResponse>, Status> {
        self.updated(request).await
    }

    async fn deactivate_contest(
        &self,
        request: Request<proto::DeactivateContestRequest>,
    ) -> Result<Response<proto::DeactivateContestResponse>, Status> {
        self.ended(request).await
    }

    async fn get_contest_table(
        &self,
        request: Request<proto::GetContestTableRequest>,
    ) -> Result<Response<proto::GetContestTableResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (kept, on) = asks.kept::<Contest>(&request.name, request.as_of_time.as_ref())?;
        let rows = table(&asks.catalogue, &kept.item, on);
        let rows = rows.iter();
        Ok(Response::new(proto::GetContestTableResponse {
            contest: kept.item.id.name(),
            rows: rows
                .map(|it| convert::contest::row(&asks.catalogue, it, on))
                .collect(),
            contest_version: kept.version,
            catalogue_version: asks.catalogue.version,
        }))
    }
}
