//! What patrols, inspections and campaigns ask: who owes a log, whose duty it is, what kind of unit somebody is.

use liandong_proto::registry as wire;
use liandong_proto::registry::duty_holder_service_client::DutyHolderServiceClient;
use liandong_proto::registry::duty_service_client::DutyServiceClient;
use liandong_proto::registry::organization_service_client::OrganizationServiceClient;
use time::{Date, Time};
use tonic::Status;

use super::{Registry, convert::bare, found, refused};
use crate::domain::inspection::Place;
use crate::domain::patrol::Whose;
use crate::domain::{AreaId, HolderId, OfficerId, OrganizationId};
use crate::grpc::convert::write;
use crate::store::patrol::Owed;

/// Logs asked for at once.
const PAGE: i32 = 500;

/// A holder of duties.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Holder {
    /// Its organization.
    pub organization: OrganizationId,
    /// The officer it is.
    pub officer: Option<OfficerId>,
    /// The person who logs in; none if that is not registered.
    pub person: Option<String>,
}

impl Registry {
    /// Who owes a daily log for a day in an area (R20); nobody on a day that is no working day.
    pub(crate) async fn owed_logs(
        &self,
        district: &str,
        area: &AreaId,
        day: Date,
    ) -> Result<Vec<Owed>, Status> {
        let mut duties = DutyServiceClient::new(self.district(district)?.peer.clone());
        let noon =
            liandong_calendar::civil::instant(day, Time::MIDNIGHT) + time::Duration::HOUR * 12;
        let (mut owed, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = wire::ListExpectedLogsRequest {
                area: write::area(area),
                as_of_time: Some(write::time(noon)),
                page_size: PAGE,
                page_token,
            };
            let answer = duties.list_expected_logs(request).await;
            let answer = answer.map_err(|status| refused(&status))?.into_inner();
            for log in answer.logs {
                owed.push(expected(log, day)?);
            }
            page_token = answer.next_page_token;
            if page_token.is_empty() {
                return Ok(owed);
            }
        }
    }

    /// A holder of duties; none if there is none.
    pub(crate) async fn holder(
        &self,
        district: &str,
        id: &HolderId,
    ) -> Result<Option<Holder>, Status> {
        let mut holders = DutyHolderServiceClient::new(self.district(district)?.peer.clone());
        let request = wire::GetDutyHolderRequest {
            name: write::holder(id),
            ..Default::default()
        };
        let Some(answer) = found(holders.get_duty_holder(request).await)? else {
            return Ok(None);
        };
        let it = answer.duty_holder.unwrap_or_default();
        Ok(Some(Holder {
            organization: bare(&it.organization, "organizations")?.into(),
            officer: named(&it.officer, "officers")?.map(OfficerId::from),
            person: named(&it.person, "people")?,
        }))
    }
}

impl Registry {
    /// Where in the linkage a unit stands; none if there is none.
    pub(crate) async fn place(
        &self,
        district: &str,
        id: &OrganizationId,
    ) -> Result<Option<Place>, Status> {
        let district = self.district(district)?;
        if let Some(place) = district.kept_places.get(id.as_str()) {
            return Ok(Some(place));
        }
        let mut units = OrganizationServiceClient::new(district.peer.clone());
        let request = wire::GetOrganizationRequest {
            name: write::organization(id),
            ..Default::default()
        };
        let Some(answer) = found(units.get_organization(request).await)? else {
            return Ok(None);
        };
        let it = answer.organization.unwrap_or_default();
        let above = [
            wire::OrganizationLevel::City,
            wire::OrganizationLevel::District,
        ];
        let place = match it.member_kind() {
            wire::MemberKind::StreetOffice => Place::Block,
            wire::MemberKind::Community => Place::Community,
            _ if above.contains(&it.level()) => Place::Above,
            _ => Place::Line,
        };
        district.kept_places.put(id.as_str(), place);
        Ok(Some(place))
    }
}

fn expected(it: wire::ExpectedLog, day: Date) -> Result<Owed, Status> {
    let areas = it
        .areas
        .iter()
        .map(|it| bare(it, "areas").map(AreaId::from));
    let whose = Whose {
        holder: bare(&it.holder, "dutyHolders")?.into(),
        organization: bare(&it.organization, "organizations")?.into(),
        officer: named(&it.officer, "officers")?.map(OfficerId::from),
        day,
    };
    Ok((whose, areas.collect::<Result<_, _>>()?))
}

fn named(name: &str, collection: &str) -> Result<Option<String>, Status> {
    if name.is_empty() {
        return Ok(None);
    }
    bare(name, collection).map(Some)
}
