//! `WorkLineService`.

use liandong_proto::registry::{self as proto, work_line_service_server::WorkLineService};
use tonic::{Request, Response, Status};

use super::{Handlers, change::Change, list::Wanted};
use crate::domain::WorkLine;

#[tonic::async_trait]
impl WorkLineService for Handlers {
    async fn get_work_line(
        &self,
        request: Request<proto::GetWorkLineRequest>,
    ) -> Result<Response<proto::GetWorkLineResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let work_line = asks.get::<WorkLine>(&request.name, request.as_of_time.as_ref())?;
        Ok(Response::new(proto::GetWorkLineResponse {
            work_line: Some(work_line),
            catalogue_version: asks.catalogue.version,
        }))
    }

    async fn list_work_lines(
        &self,
        request: Request<proto::ListWorkLinesRequest>,
    ) -> Result<Response<proto::ListWorkLinesResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let wanted = Wanted {
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: &request.filter,
            as_of_time: request.as_of_time.as_ref(),
            show_ended: request.show_ended,
        };
        let (work_lines, next_page_token) = asks.list::<WorkLine>(&wanted)?;
        Ok(Response::new(proto::ListWorkLinesResponse {
            work_lines,
            next_page_token,
            catalogue_version: asks.catalogue.version,
        }))
    }

    async fn create_work_line(
        &self,
        request: Request<proto::CreateWorkLineRequest>,
    ) -> Result<Response<proto::CreateWorkLineResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (key, only) = (&request.request_id, request.validate_only);
        let change = Change::of("CreateWorkLine", &request, key, only);
        let id = ("work_line_id", request.work_line_id.as_str());
        self.create::<WorkLine, _>(asks, change, id, request.work_line, |it| {
            proto::CreateWorkLineResponse {
                work_line: Some(it),
            }
        })
        .await
    }

    async fn update_work_line(
        &self,
        request: Request<proto::UpdateWorkLineRequest>,
    ) -> Result<Response<proto::UpdateWorkLineResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (key, only) = (&request.request_id, request.validate_only);
        let change = Change::of("UpdateWorkLine", &request, key, only);
        let (etag, mask, message) = (&request.etag, request.update_mask, request.work_line);
        self.update::<WorkLine, _>(asks, change, etag, mask, message, |it| {
            proto::UpdateWorkLineResponse {
                work_line: Some(it),
            }
        })
        .await
    }

    async fn deactivate_work_line(
        &self,
        request: Request<proto::DeactivateWorkLineRequest>,
    ) -> Result<Response<proto::DeactivateWorkLineResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (key, only) = (&request.request_id, request.validate_only);
        let change = Change::of("DeactivateWorkLine", &request, key, only);
        let ends = (request.etag.as_str(), request.last_day.as_str());
        self.end::<WorkLine, _>(
            asks,
            change,
            &request.name,
            ends,
            |_| (),
            |it| proto::DeactivateWorkLineResponse {
                work_line: Some(it),
            },
        )
        .await
    }
}
