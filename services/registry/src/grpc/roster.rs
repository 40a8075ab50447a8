//! `RosterService`.

use liandong_kit::status::Violations;
use liandong_proto::registry::{self as proto, roster_service_server::RosterService};
use tonic::{Request, Response, Status};

use super::{Handlers, convert, resource::Resource, status};
use crate::domain::{Organization, hours};

#[tonic::async_trait]
impl RosterService for Handlers {
    async fn get_roster(
        &self,
        request: Request<proto::GetRosterRequest>,
    ) -> Result<Response<proto::GetRosterResponse>, Status> {
        self.got(request)
    }

    async fn list_rosters(
        &self,
        request: Request<proto::ListRostersRequest>,
    ) -> Result<Response<proto::ListRostersResponse>, Status> {
        self.listed(request)
    }

    async fn create_roster(
        &self,
        request: Request<proto::CreateRosterRequest>,
    ) -> Result<Response<proto::CreateRosterResponse>, Status> {
        self.created(request).await
    }

    async fn update_roster(
        &self,
        request: Request<proto::UpdateRosterRequest>,
    ) -> Result<Response<proto::UpdateRosterResponse>, Status> {
        self.updated(request).await
    }

    async fn deactivate_roster(
        &self,
        request: Request<proto::DeactivateRosterRequest>,
    ) -> Result<Response<proto::DeactivateRosterResponse>, Status> {
        self.ended(request).await
    }

    async fn report_hours(
        &self,
        request: Request<proto::ReportHoursRequest>,
    ) -> Result<Response<proto::ReportHoursResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let mut bad = Violations::new();
        let id = bad.take(
            "organization",
            convert::id::<Organization>(&request.organization),
        );
        let month = bad.take("month", convert::roster::month(&request.month));
        let (Some(id), Some(month)) = (id, month) else {
            return Err(bad.into());
        };
        let unit = asks.catalogue.organizations.get(id.as_str());
        let unit =
            unit.ok_or_else(|| status::missing(Organization::MISSING, &request.organization))?;
        let report = hours::report(&asks.catalogue, unit, month).map_err(status::calendar)?;
        Ok(Response::new(proto::ReportHoursResponse {
            officers: convert::roster::hours(&report),
            office_minutes: report.office,
            calendar: asks.catalogue.calendar_of(unit).version().to_owned(),
            catalogue_version: asks.catalogue.version,
        }))
    }
}
