//! FeedService.

use liandong_proto::scoring::{
    GetFeedStatusRequest, GetFeedStatusResponse, feed_service_server::FeedService,
};
use tonic::{Request, Response, Status};

use super::{Handlers, convert};

#[tonic::async_trait]
impl FeedService for Handlers {
    async fn get_feed_status(
        &self,
        request: Request<GetFeedStatusRequest>,
    ) -> Result<Response<GetFeedStatusResponse>, Status> {
        let (caller, handle) = self.enter(&request)?;
        let status = convert::feed(&caller.district, &handle.board.read());
        Ok(Response::new(GetFeedStatusResponse {
            status: Some(status),
        }))
    }
}
