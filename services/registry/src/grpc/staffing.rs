//! `StaffingService`.

use liandong_kit::status::Violations;
use liandong_proto::registry::{self as proto, staffing_service_server::StaffingService};
use tonic::{Request, Response, Status};

use super::{
    Handlers,
    convert::{self, check::Asked},
    resource::Resource,
    status,
};
use crate::domain::{
    Organization,
    capacity::{Presence, teams},
    day, staffing,
};

#[tonic::async_trait]
impl StaffingService for Handlers {
    async fn report_staffing(
        &self,
        request: Request<proto::ReportStaffingRequest>,
    ) -> Result<Response<proto::ReportStaffingResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let mut bad = Violations::new();
        let name = &request.organization;
        let id = bad.take("organization", convert::optional::<Organization>(name));
        let at = convert::now_or(request.as_of_time.as_ref(), asks.now);
        let at = bad.take("as_of_time", at);
        let (Some(id), Some(at)) = (id, at) else {
            return Err(bad.into());
        };
        let on = day::of(at);
        let missing = || status::missing(Organization::MISSING, name);
        let top = id.map(|it| asks.catalogue.current(it.as_str(), on).ok_or_else(missing));
        let top = top.transpose()?;
        let below = request.include_subordinates;
        let units = staffing::scope(&asks.catalogue, top, below, on);
        let (each, total) = staffing::report(&asks.catalogue, &units, on);
        let normed = |it: &&staffing::Staffing<'_>| {
            let norms = it.establishment.as_ref().is_some_and(|it| it.has_norms());
            !request.only_with_norms || norms || !it.findings.is_empty()
        };
        let shown = each.iter().filter(normed);
        Ok(Response::new(proto::ReportStaffingResponse {
            organizations: shown
                .map(|it| convert::staffing::staffing(it, on))
                .collect(),
            total: Some(convert::staffing::staffing(&total, on)),
            catalogue_version: asks.catalogue.version,
        }))
    }

    async fn check_capacity(
        &self,
        request: Request<proto::CheckCapacityRequest>,
    ) -> Result<Response<proto::CheckCapacityResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (asked, act) = Asked::capacity(&request)?;
        let question = asks.question(&asked, Presence::Throughout)?;
        let capacity = teams::capacity(&asks.catalogue, &question, act);
        let version = asks.catalogue.version;
        let answer = convert::check::capacity(&capacity, &request, version);
        Ok(Response::new(answer))
    }
}
