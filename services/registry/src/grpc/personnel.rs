//! `PersonnelService`.

use liandong_proto::registry::{self as proto, personnel_service_server::PersonnelService};
use tonic::{Request, Response, Status};

use super::{
    Asks, Handlers,
    change::Change,
    convert::check::{self, Asked},
    list::Wanted,
    resource::Resource,
    status,
};
use crate::domain::{
    Matter, Officer, Organization, Person,
    capacity::{
        self, Presence, Question,
        teams::{self, TEAM},
    },
    day,
};

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

    async fn create_officer(
        &self,
        request: Request<proto::CreateOfficerRequest>,
    ) -> Result<Response<proto::CreateOfficerResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (key, only) = (&request.request_id, request.validate_only);
        let change = Change::of("CreateOfficer", &request, key, only);
        let id = ("officer_id", request.officer_id.as_str());
        self.create::<Officer, _>(asks, change, id, request.officer, |it| {
            proto::CreateOfficerResponse { officer: Some(it) }
        })
        .await
    }

    async fn update_officer(
        &self,
        request: Request<proto::UpdateOfficerRequest>,
    ) -> Result<Response<proto::UpdateOfficerResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (key, only) = (&request.request_id, request.validate_only);
        let change = Change::of("UpdateOfficer", &request, key, only);
        let (etag, mask) = (request.etag.as_str(), request.update_mask);
        self.update::<Officer, _>(asks, change, etag, mask, request.officer, |it| {
            proto::UpdateOfficerResponse { officer: Some(it) }
        })
        .await
    }

    async fn deactivate_officer(
        &self,
        request: Request<proto::DeactivateOfficerRequest>,
    ) -> Result<Response<proto::DeactivateOfficerResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (key, only) = (&request.request_id, request.validate_only);
        let change = Change::of("DeactivateOfficer", &request, key, only);
        let ends = (request.etag.as_str(), request.last_day.as_str());
        self.end::<Officer, _>(
            asks,
            change,
            &request.name,
            ends,
            |_| (),
            |it| proto::DeactivateOfficerResponse { officer: Some(it) },
        )
        .await
    }

    async fn check_officers(
        &self,
        request: Request<proto::CheckOfficersRequest>,
    ) -> Result<Response<proto::CheckOfficersResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let asked = Asked::check(&request)?;
        let question = asks.question(&asked, Presence::Sometime)?;
        let officers = asked.officers.iter().map(String::as_str);
        let checks = capacity::check(&asks.catalogue, &question, officers);
        let able = checks.iter().filter(|it| it.obstacles.is_empty()).count();
        let (teams, _) = teams::teams(&checks, TEAM);
        Ok(Response::new(proto::CheckOfficersResponse {
            able_count: i32::try_from(able).unwrap_or(i32::MAX),
            checks: checks.iter().map(check::check).collect(),
            catalogue_version: asks.catalogue.version,
            team_count: i32::try_from(teams.len()).unwrap_or(i32::MAX),
        }))
    }

    async fn get_person(
        &self,
        request: Request<proto::GetPersonRequest>,
    ) -> Result<Response<proto::GetPersonResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let person = asks.get::<Person>(&request.name, None)?;
        Ok(Response::new(proto::GetPersonResponse {
            person: Some(person),
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
            as_of_time: request.as_of_time.as_ref(),
            show_ended: request.show_ended,
        };
        let (people, next_page_token) = asks.list::<Person>(&wanted)?;
        Ok(Response::new(proto::ListPeopleResponse {
            people,
            next_page_token,
            catalogue_version: asks.catalogue.version,
        }))
    }

    async fn create_person(
        &self,
        request: Request<proto::CreatePersonRequest>,
    ) -> Result<Response<proto::CreatePersonResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (key, only) = (&request.request_id, request.validate_only);
        let change = Change::of("CreatePerson", &request, key, only);
        let id = ("person_id", request.person_id.as_str());
        self.create::<Person, _>(asks, change, id, request.person, |it| {
            proto::CreatePersonResponse { person: Some(it) }
        })
        .await
    }

    async fn update_person(
        &self,
        request: Request<proto::UpdatePersonRequest>,
    ) -> Result<Response<proto::UpdatePersonResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (key, only) = (&request.request_id, request.validate_only);
        let change = Change::of("UpdatePerson", &request, key, only);
        let (etag, mask) = (request.etag.as_str(), request.update_mask);
        self.update::<Person, _>(asks, change, etag, mask, request.person, |it| {
            proto::UpdatePersonResponse { person: Some(it) }
        })
        .await
    }

    async fn deactivate_person(
        &self,
        request: Request<proto::DeactivatePersonRequest>,
    ) -> Result<Response<proto::DeactivatePersonResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (key, only) = (&request.request_id, request.validate_only);
        let change = Change::of("DeactivatePerson", &request, key, only);
        let ends = (request.etag.as_str(), request.last_day.as_str());
        self.end::<Person, _>(
            asks,
            change,
            &request.name,
            ends,
            |_| (),
            |it| proto::DeactivatePersonResponse { person: Some(it) },
        )
        .await
    }
}

impl Asks {
    /// A question about officers, of the unit and the matter it names.
    #[allow(clippy::result_large_err)] // tonic's Status
    pub(super) fn question<'q>(
        &'q self,
        asked: &'q Asked,
        presence: Presence,
    ) -> Result<Question<'q>, Status> {
        let first = day::of(asked.start);
        let unit = self.catalogue.current(asked.organization.as_str(), first);
        let unknown = || status::missing(Organization::MISSING, &asked.organization.name());
        let matter = asked.matter.as_ref().map(|id| {
            let unknown = || status::missing(Matter::MISSING, &id.name());
            self.catalogue.matters.get(id.as_str()).ok_or_else(unknown)
        });
        Ok(Question {
            organization: unit.ok_or_else(unknown)?,
            matter: matter.transpose()?,
            act: asked.act,
            start: asked.start,
            end: asked.end,
            presence,
            recused: &asked.recused,
            committed: &asked.committed,
        })
    }
}
