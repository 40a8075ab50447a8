//! `InterfaceService`.

use liandong_kit::status::Violations;
use liandong_proto::registry::{self as proto, interface_service_server::InterfaceService};
use tonic::{Request, Response, Status};

use super::{Handlers, convert, resource::Resource, status};
use crate::domain::{Organization, day, interface};

/// How many departments a section may face before it is pointed out, unless the question says otherwise.
const DEPARTMENTS_MAX: i32 = 5;

#[tonic::async_trait]
impl InterfaceService for Handlers {
    async fn get_interface(
        &self,
        request: Request<proto::GetInterfaceRequest>,
    ) -> Result<Response<proto::GetInterfaceResponse>, Status> {
        self.got(request)
    }

    async fn list_interfaces(
        &self,
        request: Request<proto::ListInterfacesRequest>,
    ) -> Result<Response<proto::ListInterfacesResponse>, Status> {
        self.listed(request)
    }

    async fn create_interface(
        &self,
        request: Request<proto::CreateInterfaceRequest>,
    ) -> Result<Response<proto::CreateInterfaceResponse>, Status> {
        self.created(request).await
    }

    async fn update_interface(
        &self,
        request: Request<proto::UpdateInterfaceRequest>,
    ) -> Result<Response<proto::UpdateInterfaceResponse>, Status> {
        self.updated(request).await
    }

    async fn deactivate_interface(
        &self,
        request: Request<proto::DeactivateInterfaceRequest>,
    ) -> Result<Response<proto::DeactivateInterfaceResponse>, Status> {
        self.ended(request).await
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
