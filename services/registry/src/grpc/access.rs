//! `AccessService`.

use liandong_kit::status::Violations;
use liandong_proto::registry::{self as proto, access_service_server::AccessService};
use tonic::{Request, Response, Status};

use super::{Handlers, change::Change, convert, list::Wanted, status};
use crate::domain::{
    AccessList, Matter, Organization,
    access::{Question, check},
    day,
};

#[tonic::async_trait]
impl AccessService for Handlers {
    async fn get_access_list(
        &self,
        request: Request<proto::GetAccessListRequest>,
    ) -> Result<Response<proto::GetAccessListResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let access_list = asks.get::<AccessList>(&request.name, request.as_of_time.as_ref())?;
        Ok(Response::new(proto::GetAccessListResponse {
            access_list: Some(access_list),
            catalogue_version: asks.catalogue.version,
        }))
    }

    async fn list_access_lists(
        &self,
        request: Request<proto::ListAccessListsRequest>,
    ) -> Result<Response<proto::ListAccessListsResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let wanted = Wanted {
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: &request.filter,
            as_of_time: request.as_of_time.as_ref(),
            show_ended: request.show_ended,
        };
        let (access_lists, next_page_token) = asks.list::<AccessList>(&wanted)?;
        Ok(Response::new(proto::ListAccessListsResponse {
            access_lists,
            next_page_token,
            catalogue_version: asks.catalogue.version,
        }))
    }

    async fn create_access_list(
        &self,
        request: Request<proto::CreateAccessListRequest>,
    ) -> Result<Response<proto::CreateAccessListResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (key, check) = (&request.request_id, request.validate_only);
        let change = Change::of("CreateAccessList", &request, key, check);
        let id = ("access_list_id", request.access_list_id.as_str());
        self.create::<AccessList, _>(asks, change, id, request.access_list, |it| {
            proto::CreateAccessListResponse {
                access_list: Some(it),
            }
        })
        .await
    }

    async fn update_access_list(
        &self,
        request: Request<proto::UpdateAccessListRequest>,
    ) -> Result<Response<proto::UpdateAccessListResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (key, check) = (&request.request_id, request.validate_only);
        let change = Change::of("UpdateAccessList", &request, key, check);
        let (etag, mask) = (&request.etag, request.update_mask);
        self.update::<AccessList, _>(asks, change, etag, mask, request.access_list, |it| {
            proto::UpdateAccessListResponse {
                access_list: Some(it),
            }
        })
        .await
    }

    async fn deactivate_access_list(
        &self,
        request: Request<proto::DeactivateAccessListRequest>,
    ) -> Result<Response<proto::DeactivateAccessListResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (key, check) = (&request.request_id, request.validate_only);
        let change = Change::of("DeactivateAccessList", &request, key, check);
        let ends = (request.etag.as_str(), request.last_day.as_str());
        self.end::<AccessList, _>(
            asks,
            change,
            &request.name,
            ends,
            |_| (),
            |it| proto::DeactivateAccessListResponse {
                access_list: Some(it),
            },
        )
        .await
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
