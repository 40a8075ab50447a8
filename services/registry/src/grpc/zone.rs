//! `ZoneService`.

use liandong_kit::status::{FieldProblem, Violations};
use liandong_proto::registry::{self as proto, zone_service_server::ZoneService};
use tonic::{Request, Response, Status};

use super::{Handlers, change::Change, convert, status};
use crate::domain::{
    Area, Matter, Zone, day,
    zone::{Question, check},
};

#[tonic::async_trait]
impl ZoneService for Handlers {
    async fn get_zone(
        &self,
        request: Request<proto::GetZoneRequest>,
    ) -> Result<Response<proto::GetZoneResponse>, Status> {
        self.got(request)
    }

    async fn list_zones(
        &self,
        request: Request<proto::ListZonesRequest>,
    ) -> Result<Response<proto::ListZonesResponse>, Status> {
        self.listed(request)
    }

    async fn create_zone(
        &self,
        request: Request<proto::CreateZoneRequest>,
    ) -> Result<Response<proto::CreateZoneResponse>, Status> {
        self.created(request).await
    }

    async fn update_zone(
        &self,
        request: Request<proto::UpdateZoneRequest>,
    ) -> Result<Response<proto::UpdateZoneResponse>, Status> {
        self.updated(request).await
    }

    async fn deactivate_zone(
        &self,
        request: Request<proto::DeactivateZoneRequest>,
    ) -> Result<Response<proto::DeactivateZoneResponse>, Status> {
        self.ended(request).await
    }

    async fn approve_zone(
        &self,
        request: Request<proto::ApproveZoneRequest>,
    ) -> Result<Response<proto::ApproveZoneResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let mut change = Change::of(&request);
        let approval = convert::zone::required_approval(&mut change.bad, request.approval.as_ref());
        let apply = move |it: &mut Zone| {
            if let Some(approval) = approval.clone() {
                it.approve(approval);
            }
        };
        self.amend::<Zone, _>(asks, change, &request.name, &request.etag, apply, |it| {
            proto::ApproveZoneResponse { zone: Some(it) }
        })
        .await
    }

    async fn suspend_zone(
        &self,
        request: Request<proto::SuspendZoneRequest>,
    ) -> Result<Response<proto::SuspendZoneResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let mut change = Change::of(&request);
        let suspension =
            convert::zone::required_suspension(&mut change.bad, request.suspension.as_ref());
        let apply = move |it: &mut Zone| {
            if let Some(suspension) = suspension.clone() {
                it.suspend(suspension);
            }
        };
        self.amend::<Zone, _>(asks, change, &request.name, &request.etag, apply, |it| {
            proto::SuspendZoneResponse { zone: Some(it) }
        })
        .await
    }

    async fn resume_zone(
        &self,
        request: Request<proto::ResumeZoneRequest>,
    ) -> Result<Response<proto::ResumeZoneResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let mut change = Change::of(&request);
        let first = convert::required_day(&mut change.bad, "first_day", &request.first_day);
        let apply = move |it: &mut Zone| {
            if let Some(first) = first {
                it.resume(first);
            }
        };
        self.amend::<Zone, _>(asks, change, &request.name, &request.etag, apply, |it| {
            proto::ResumeZoneResponse { zone: Some(it) }
        })
        .await
    }

    async fn check_zone(
        &self,
        request: Request<proto::CheckZoneRequest>,
    ) -> Result<Response<proto::CheckZoneResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let mut bad = Violations::new();
        if request.point.is_none() && request.area.is_empty() {
            let required = FieldProblem::new("a point or an area is required", "须填写坐标或辖区");
            bad.add("point", required);
        }
        let point = convert::position(&mut bad, "point", request.point.as_ref());
        let area = bad.take("area", convert::optional::<Area>(&request.area));
        let at = convert::required_instant(request.at_time.as_ref());
        let at = bad.take("at_time", at);
        let matter = bad.take("matter", convert::optional::<Matter>(&request.matter));
        let (Some(area), Some(at), Some(matter), true) = (area, at, matter, bad.is_empty()) else {
            return Err(bad.into());
        };
        let on = day::of(at);
        let areas = &asks.catalogue.areas;
        let there = |id: &str| areas.get(id).is_some_and(|it| it.validity.covers(on));
        if area.as_ref().is_some_and(|it| !there(it.as_str())) {
            return Err(status::missing("AREA_NOT_FOUND", &request.area));
        }
        let question = Question {
            point,
            area: area.as_ref().map(|it| it.as_str()),
            at,
            matter: matter.as_ref().map(|it| it.as_str()),
            trade: Some(request.trade.as_str()).filter(|it| !it.is_empty()),
        };
        let answer = check(&asks.catalogue, &question);
        let version = asks.catalogue.version;
        Ok(Response::new(convert::zone::answer(&answer, on, version)))
    }
}
