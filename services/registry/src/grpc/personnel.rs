//! `PersonnelService`.

use liandong_proto::registry::{self as proto, personnel_service_server::PersonnelService};
use tonic::{Request, Response, Status};

use super::{
    Asks, Handlers,
    convert::check::{self, Asked},
    resource::Resource,
    status,
};
use crate::domain::{
    Matter, Organization,
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
        self.got(request)
    }

    async fn list_officers(
        &self,
        request: Request<proto::ListOfficersRequest>,
    ) -> Result<Response<proto::ListOfficersResponse>, Status> {
        self.listed(request)
    }

    async fn create_officer(
        &self,
        request: Request<proto::CreateOfficerRequest>,
    ) -> Result<Response<proto::CreateOfficerResponse>, Status> {
        self.created(request).await
    }

    async fn update_officer(
        &self,
        request: Request<proto::UpdateOfficerRequest>,
    ) -> Result<Response<proto::UpdateOfficerResponse>, Status> {
        self.updated(request).await
    }

    async fn deactivate_officer(
        &self,
        request: Request<proto::DeactivateOfficerRequest>,
    ) -> Result<Response<proto::DeactivateOfficerResponse>, Status> {
        self.ended(request).await
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
        self.got(request)
    }

    async fn list_people(
        &self,
        request: Request<proto::ListPeopleRequest>,
    ) -> Result<Response<proto::ListPeopleResponse>, Status> {
        self.listed(request)
    }

    async fn create_person(
        &self,
        request: Request<proto::CreatePersonRequest>,
    ) -> Result<Response<proto::CreatePersonResponse>, Status> {
        self.created(request).await
    }

    async fn update_person(
        &self,
        request: Request<proto::UpdatePersonRequest>,
    ) -> Result<Response<proto::UpdatePersonResponse>, Status> {
        self.updated(request).await
    }

    async fn deactivate_person(
        &self,
        request: Request<proto::DeactivatePersonRequest>,
    ) -> Result<Response<proto::DeactivatePersonResponse>, Status> {
        self.ended(request).await
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
