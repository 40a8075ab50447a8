//! `WorkLineService`.

use liandong_proto::registry::{self as proto, work_line_service_server::WorkLineService};
use tonic::{Request, Response, Status};

use super::Handlers;

#[tonic::async_trait]
impl WorkLineService for Handlers {
    async fn get_work_line(
        &self,
        request: Request<proto::GetWorkLineRequest>,
    ) -> Result<Response<proto::GetWorkLineResponse>, Status> {
        self.got(request)
    }

    async fn list_work_lines(
        &self,
        request: Request<proto::ListWorkLinesRequest>,
    ) -> Result<Response<proto::ListWorkLinesResponse>, Status> {
        self.listed(request)
    }

    async fn create_work_line(
        &self,
        request: Request<proto::CreateWorkLineRequest>,
    ) -> Result<Response<proto::CreateWorkLineResponse>, Status> {
        self.created(request).await
    }

    async fn update_work_line(
        &self,
        request: Request<proto::UpdateWorkLineRequest>,
    ) -> Result<Response<proto::UpdateWorkLineResponse>, Status> {
        self.updated(request).await
    }

    async fn deactivate_work_line(
        &self,
        request: Request<proto::DeactivateWorkLineRequest>,
    ) -> Result<Response<proto::DeactivateWorkLineResponse>, Status> {
        self.ended(request).await
    }
}
