//! `PersonnelService`.

use liandong_proto::registry::{self as proto, personnel_service_server::PersonnelService};
use tonic::{Request, Response, Status};

use super::{
    Handlers,
    convert::{self, officer::Asked},
    list::Wanted,
    status,
};
use crate::domain::{Officer, Person, capacity};

#[tonic::async_trait]
impl PersonnelService for Handlers {
    async fn get_officer(
        &self,
        request: Request<proto::GetOfficerRequest>,
    ) -> Result<Response<proto::GetOfficerResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let officer = asks.get::<Officer>(&request.name, None)?;
        Ok(Response::new(proto::GetOfficerResponse {
            officer: Some(officer),
            catalogue_version: asks.catalogue.version,
        }))
    }

    async fn list_officers(
        &self,
        request: Request<proto::ListOfficersRequest>,
    ) -> Result<Response<proto::ListOfficersResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let wanted = Wanted {
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: &request.filter,
            as_of_time: request.as_of_time.as_ref(),
            show_ended: request.show_ended,
        };
        let (officers, next_page_token) = asks.list::<Officer>(&wanted)?;
        Ok(Response::new(proto::ListOfficersResponse {
            officers,
            next_page_token,
            catalogue_version: asks.catalogue.version,
        }))
    }

    async fn check_officers(
        &self,
        request: Request<proto::CheckOfficersRequest>,
    ) -> Result<Response<proto::CheckOfficersResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let asked = Asked::read(&request)?;
        let unit = asks
            .catalogue
            .current(asked.organization.as_str(), asked.first);
        let unit =
            unit.ok_or_else(|| status::missing("ORGANIZATION_NOT_FOUND", &request.organization))?;
        let checks = capacity::check(
            &asks.catalogue,
            unit,
            &asked.officers,
            asked.first,
            asked.last,
        );
        let able = checks.iter().filter(|it| it.obstacles.is_empty()).count();
        Ok(Response::new(proto::CheckOfficersResponse {
            able_count: i32::try_from(able).unwrap_or(i32::MAX),
            checks: checks.iter().map(convert::officer::check).collect(),
            catalogue_version: asks.catalogue.version,
        }))
    }

    async fn list_people(
        &self,
        request: Request<proto::ListPeopleRequest>,
    ) -> Result<Response<proto::ListPeopleResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let wanted = Wanted {
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: &request.filter,
            as_of_time: None,
            show_ended: false,
        };
        let (people, next_page_token) = asks.list::<Person>(&wanted)?;
        Ok(Response::new(proto::ListPeopleResponse {
            people,
            next_page_token,
            catalogue_version: asks.catalogue.version,
        }))
    }
}
