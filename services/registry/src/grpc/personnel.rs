//! `PersonnelService`.

use liandong_kit::status::Violations;
use liandong_proto::registry::{self as proto, personnel_service_server::PersonnelService};
use tonic::{Request, Response, Status};

use super::{
    Handlers,
    convert::{self, officer::Asked},
    list::{List, Wanted},
    status,
};
use crate::domain::{Officer, Person, Validity, capacity};

#[tonic::async_trait]
impl PersonnelService for Handlers {
    async fn get_officer(
        &self,
        request: Request<proto::GetOfficerRequest>,
    ) -> Result<Response<proto::GetOfficerResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let mut bad = Violations::new();
        let Some(id) = bad.take("name", convert::id::<Officer>(&request.name)) else {
            return Err(bad.into());
        };
        let missing = || status::missing("OFFICER_NOT_FOUND", &request.name);
        let kept = asks
            .catalogue
            .officers
            .kept(id.as_str())
            .ok_or_else(missing)?;
        let officer = Some(convert::officer::wire(kept));
        Ok(Response::new(proto::GetOfficerResponse {
            officer,
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
        let list = List::read(&asks, "officers", &wanted, &["organization", "kind"])?;
        let holds = |officer: &Officer, field: &str, value: &str| match field {
            "organization" => officer.organization.name() == value,
            _ => convert::officer::kind_word(officer.kind) == value,
        };
        let (rows, next_page_token) = list.rows(&asks.catalogue.officers, |it| it.validity, holds);
        Ok(Response::new(proto::ListOfficersResponse {
            officers: rows.into_iter().map(convert::officer::wire).collect(),
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
        let list = List::read(&asks, "people", &wanted, &["organization", "role"])?;
        let holds = |person: &Person, field: &str, value: &str| match field {
            "organization" => person.organization.name() == value,
            _ => person.roles.iter().any(|it| it.word() == value),
        };
        let (rows, next_page_token) =
            list.rows(&asks.catalogue.people, |_| Validity::ALWAYS, holds);
        Ok(Response::new(proto::ListPeopleResponse {
            people: rows.into_iter().map(convert::officer::person).collect(),
            next_page_token,
            catalogue_version: asks.catalogue.version,
        }))
    }
}
