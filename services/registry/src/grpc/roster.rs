//! `RosterService`.

use liandong_kit::status::Violations;
use liandong_proto::registry::{self as proto, roster_service_server::RosterService};
use tonic::{Request, Response, Status};

use super::{Handlers, change::Change, convert, list::Wanted, resource::Resource, status};
use crate::domain::{Organization, Roster, hours};

#[tonic::async_trait]
impl RosterService for Handlers {
    async fn get_roster(
        &self,
        request: Request<proto::GetRosterRequest>,
    ) -> Result<Response<proto::GetRosterResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let roster = asks.get::<Roster>(&request.name, None)?;
        Ok(Response::new(proto::GetRosterResponse {
            roster: Some(roster),
            catalogue_version: asks.catalogue.version,
        }))
    }

    async fn list_rosters(
        &self,
        request: Request<proto::ListRostersRequest>,
    ) -> Result<Response<proto::ListRostersResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let wanted = Wanted {
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: &request.filter,
            as_of_time: request.as_of_time.as_ref(),
            show_ended: request.show_ended,
        };
        let (rosters, next_page_token) = asks.list::<Roster>(&wanted)?;
        Ok(Response::new(proto::ListRostersResponse {
            rosters,
            next_page_token,
            catalogue_version: asks.catalogue.version,
        }))
    }

    async fn create_roster(
        &self,
        request: Request<proto::CreateRosterRequest>,
    ) -> Result<Response<proto::CreateRosterResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (key, only) = (&request.request_id, request.validate_only);
        let change = Change::of("CreateRoster", &request, key, only);
        let id = ("roster_id", request.roster_id.as_str());
        self.create::<Roster, _>(asks, change, id, request.roster, |it| {
            proto::CreateRosterResponse { roster: Some(it) }
        })
        .await
    }

    async fn update_roster(
        &self,
        request: Request<proto::UpdateRosterRequest>,
    ) -> Result<Response<proto::UpdateRosterResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (key, only) = (&request.request_id, request.validate_only);
        let change = Change::of("UpdateRoster", &request, key, only);
        let (etag, mask) = (request.etag.as_str(), request.update_mask);
        self.update::<Roster, _>(asks, change, etag, mask, request.roster, |it| {
            proto::UpdateRosterResponse { roster: Some(it) }
        })
        .await
    }

    async fn deactivate_roster(
        &self,
        request: Request<proto::DeactivateRosterRequest>,
    ) -> Result<Response<proto::DeactivateRosterResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (key, only) = (&request.request_id, request.validate_only);
        let change = Change::of("DeactivateRoster", &request, key, only);
        let ends = (request.etag.as_str(), request.last_day.as_str());
        self.end::<Roster, _>(
            asks,
            change,
            &request.name,
            ends,
            |_| (),
            |it| proto::DeactivateRosterResponse { roster: Some(it) },
        )
        .await
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
