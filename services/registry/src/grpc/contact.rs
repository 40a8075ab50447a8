//! `ContactService`.

use liandong_proto::registry::{self as proto, contact_service_server::ContactService};
use tonic::{Request, Response, Status};

use super::{Handlers, responsibility};

#[tonic::async_trait]
impl ContactService for Handlers {
    async fn list_contact_cards(
        &self,
        request: Request<proto::ListContactCardsRequest>,
    ) -> Result<Response<proto::ListContactCardsResponse>, Status> {
        let (asks, request) = self.open(request)?;
        responsibility::contacts(&asks, &request).map(Response::new)
    }
}
