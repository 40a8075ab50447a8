//! `AccessService`.

use liandong_kit::status::Violations;
use liandong_proto::registry::{self as proto, access_service_server::AccessService};
use tonic::{Request, Response, Status};

use super::{Handlers, convert, status};
use crate::domain::{
    Matter, Organization,
    access::{Question, check},
    day,
};

#[tonic::async_trait]
impl AccessService for Handlers {
    async fn get_access_list(
        &self,
        request: Request<proto::GetAccessListRequest>,
    ) -> Result<Response<proto::GetAccessListResponse>, Status> {
        self.got(request)
    }

    async fn list_access_lists(
        &self,
        request: Request<proto::ListAccessListsRequest>,
    ) -> Result<Response<proto::ListAccessListsResponse>, Status> {
        self.listed(request)
    }

    async fn create_access_list(
        &self,
        request: Request<proto::CreateAccessListRequest>,
    ) -> Result<Response<proto::CreateAccessListResponse>, Status> {
        self.created(request).await
    }

    async fn update_access_list(
        &self,
        request: Request<proto::UpdateAccessListRequest>,
    ) -> Result<Response<proto::UpdateAccessListResponse>, Status> {
        self.updated(request).await
    }

    async fn deactivate_access_list(
        &self,
        request: Request<proto::DeactivateAccessListRequest>,
    ) -> Result<Response<proto::DeactivateAccessListResponse>, Status> {
        self.ended(request).await
    }

    async fn check_hand_over(
        &self,
        request: Request<proto::CheckHandOverRequest>,
    ) -> Result<Response<proto::CheckHandOverResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let mut bad = Violations::new();
        let unit = convert::id::<Organization>(&request.organization);
        let unit = bad.take("organization", unit);
        let matter = bad.take("matter", convert::id::<Matter>(&request.matter));
        let role = bad.take("role", convert::access::role(request.role));
        let at = convert::now_or(request.act_time.as_ref(), asks.now);
        let at = bad.take("act_time", at);
        let hand_over = convert::access::hand_over(&mut bad, request.hand_over.as_ref());
        let (Some(unit), Some(matter), Some(role), Some(at), Some(hand_over), true) =
            (unit, matter, role, at, hand_over, bad.is_empty())
        else {
            return Err(bad.into());
        };
        let day = day::of(at);
        let receiver = asks.catalogue.current(unit.as_str(), day);
        let unknown = || status::missing("ORGANIZATION_NOT_FOUND", &request.organization);
        let receiver = receiver.ok_or_else(unknown)?;
        let matter = asks.catalogue.matters.get(matter.as_str());
        let unknown = || status::missing("MATTER_NOT_FOUND", &request.matter);
        let question = Question {
            receiver,
            matter: matter.ok_or_else(unknown)?,
            role,
            day,
            hand_over: &hand_over,
        };
        let verdict = check(&asks.catalogue, &question);
        let version = asks.catalogue.version;
        let answer = convert::access::verdict(&verdict, receiver, version);
        Ok(Response::new(answer))
    }
}
