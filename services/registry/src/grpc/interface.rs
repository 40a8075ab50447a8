//! `InterfaceService`.

use liandong_kit::status::Violations;
use liandong_proto::registry::{self as proto, interface_service_server::InterfaceService};
use tonic::{Request, Response, Status};

use super::{Handlers, change::Change, convert, list::Wanted, resource::Resource, status};
use crate::domain::{Interface, Organization, day, interface};

/// How many departments a section may face before it is pointed out, unless the question says otherwise.
const DEPARTMENTS_MAX: i32 = 5;

#[tonic::async_trait]
impl InterfaceService for Handlers {
    async fn get_interface(
        &self,
        request: Request<proto::GetInterfaceRequest>,
    ) -> Result<Response<proto::GetInterfaceResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let interface = asks.get::<Interface>(&request.name, None)?;
        Ok(Response::new(proto::GetInterfaceResponse {
            interface: Some(interface),
            catalogue_version: asks.catalogue.version,
        }))
    }

    async fn list_interfaces(
        &self,
        request: Request<proto::ListInterfacesRequest>,
    ) -> Result<Response<proto::ListInterfacesResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let wanted = Wanted {
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: &request.filter,
            as_of_time: request.as_of_time.as_ref(),
            show_ended: request.show_ended,
        };
        let (interfaces, next_page_token) = asks.list::<Interface>(&wanted)?;
        Ok(Response::new(proto::ListInterfacesResponse {
            interfaces,
            next_page_token,
            catalogue_version: asks.catalogue.version,
        }))
    }

    async fn create_interface(
        &self,
        request: Request<proto::CreateInterfaceRequest>,
    ) -> Result<Response<proto::CreateInterfaceResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (key, only) = (&request.request_id, request.validate_only);
        let change = Change::of("CreateInterface", &request, key, only);
        let id = ("interface_id", request.interface_id.as_str());
        self.create::<Interface, _>(asks, change, id, request.interface, |it| {
            proto::CreateInterfaceResponse {
                interface: Some(it),
            }
        })
        .await
    }

    async fn update_interface(
        &self,
        request: Request<proto::UpdateInterfaceRequest>,
    ) -> Result<Response<proto::UpdateInterfaceResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (key, only) = (&request.request_id, request.validate_only);
        let change = Change::of("UpdateInterface", &request, key, only);
        let (etag, mask) = (request.etag.as_str(), request.update_mask);
        self.update::<Interface, _>(asks, change, etag, mask, request.interface, |it| {
            proto::UpdateInterfaceResponse {
                interface: Some(it),
            }
        })
        .await
    }

    async fn deactivate_interface(
        &self,
        request: Request<proto::DeactivateInterfaceRequest>,
    ) -> Result<Response<proto::DeactivateInterfaceResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (key, only) = (&request.request_id, request.validate_only);
        let change = Change::of("DeactivateInterface", &request, key, only);
        let ends = (request.etag.as_str(), request.last_day.as_str());
        self.end::<Interface, _>(
            asks,
            change,
            &request.name,
            ends,
            |_| (),
            |it| proto::DeactivateInterfaceResponse {
                interface: Some(it),
            },
        )
        .await
    }

    async fn report_interfaces(
        &self,
        request: Request<proto::ReportInterfacesRequest>,
    ) -> Result<Response<proto::ReportInterfacesResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let mut bad = Violations::new();
        let id = bad.take(
            "organization",
            convert::id::<Organization>(&request.organization),
        );
        let at = convert::now_or(request.as_of_time.as_ref(), asks.now);
        let at = bad.take("as_of_time", at);
        let max = request.departments_max;
        bad.check(
            max >= 0,
            "departments_max",
            "must not be negative",
            "不能为负数",
        );
        let (Some(id), Some(at), true) = (id, at, bad.is_empty()) else {
            return Err(bad.into());
        };
        let on = day::of(at);
        let street = asks.catalogue.current(id.as_str(), on);
        let street =
            street.ok_or_else(|| status::missing(Organization::MISSING, &request.organization))?;
        let found = interface::fan_in(&asks.catalogue, street, on);
        let max = if max == 0 { DEPARTMENTS_MAX } else { max };
        let version = asks.catalogue.version;
        let answer = convert::interface::fan_in(&found, on, max, version);
        Ok(Response::new(answer))
    }
}
