//! `ContestService`.

use liandong_proto::registry::{self as proto, contest_service_server::ContestService};
use tonic::{Request, Response, Status};

use super::{Handlers, change::Change, convert, list::Wanted};
use crate::domain::{Contest, contract::table};

#[tonic::async_trait]
impl ContestService for Handlers {
    async fn get_contest(
        &self,
        request: Request<proto::GetContestRequest>,
    ) -> Result<Response<proto::GetContestResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let contest = asks.get::<Contest>(&request.name, request.as_of_time.as_ref())?;
        Ok(Response::new(proto::GetContestResponse {
            contest: Some(contest),
            catalogue_version: asks.catalogue.version,
        }))
    }

    async fn list_contests(
        &self,
        request: Request<proto::ListContestsRequest>,
    ) -> Result<Response<proto::ListContestsResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let wanted = Wanted {
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: &request.filter,
            as_of_time: request.as_of_time.as_ref(),
            show_ended: request.show_ended,
        };
        let (contests, next_page_token) = asks.list::<Contest>(&wanted)?;
        Ok(Response::new(proto::ListContestsResponse {
            contests,
            next_page_token,
            catalogue_version: asks.catalogue.version,
        }))
    }

    async fn create_contest(
        &self,
        request: Request<proto::CreateContestRequest>,
    ) -> Result<Response<proto::CreateContestResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (key, check) = (&request.request_id, request.validate_only);
        let change = Change::of("CreateContest", &request, key, check);
        let id = ("contest_id", request.contest_id.as_str());
        self.create::<Contest, _>(asks, change, id, request.contest, |it| {
            proto::CreateContestResponse { contest: Some(it) }
        })
        .await
    }

    async fn update_contest(
        &self,
        request: Request<proto::UpdateContestRequest>,
    ) -> Result<Response<proto::UpdateContestResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (key, check) = (&request.request_id, request.validate_only);
        let change = Change::of("UpdateContest", &request, key, check);
        let (etag, mask) = (&request.etag, request.update_mask);
        self.update::<Contest, _>(asks, change, etag, mask, request.contest, |it| {
            proto::UpdateContestResponse { contest: Some(it) }
        })
        .await
    }

    async fn deactivate_contest(
        &self,
        request: Request<proto::DeactivateContestRequest>,
    ) -> Result<Response<proto::DeactivateContestResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (key, check) = (&request.request_id, request.validate_only);
        let change = Change::of("DeactivateContest", &request, key, check);
        let ends = (request.etag.as_str(), request.last_day.as_str());
        self.end::<Contest, _>(
            asks,
            change,
            &request.name,
            ends,
            |_| (),
            |it| proto::DeactivateContestResponse { contest: Some(it) },
        )
        .await
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
