//! `OrganizationService`.

use liandong_kit::status::Violations;
use liandong_proto::registry::{self as proto, organization_service_server::OrganizationService};
use tonic::{Request, Response, Status};

use super::{
    Handlers,
    change::{Change, after},
    convert::{self, organization::Changes},
    list::Wanted,
    resource::Resource,
    status,
};
use crate::domain::{Catalogue, Organization, amend, day};

#[tonic::async_trait]
impl OrganizationService for Handlers {
    async fn get_organization(
        &self,
        request: Request<proto::GetOrganizationRequest>,
    ) -> Result<Response<proto::GetOrganizationResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let mut bad = Violations::new();
        let id = bad.take("name", convert::id::<Organization>(&request.name));
        let at = bad.take(
            "as_of_time",
            convert::now_or(request.as_of_time.as_ref(), asks.now),
        );
        let (Some(id), Some(at)) = (id, at) else {
            return Err(bad.into());
        };
        let missing = || status::missing("ORGANIZATION_NOT_FOUND", &request.name);
        let kept = asks
            .catalogue
            .organizations
            .kept(id.as_str())
            .ok_or_else(missing)?;
        let current = asks
            .catalogue
            .current(id.as_str(), day::of(at))
            .ok_or_else(missing)?;
        Ok(Response::new(proto::GetOrganizationResponse {
            organization: Some(Organization::wire(kept, day::of(at))),
            current_organization: current.id.name(),
            catalogue_version: asks.catalogue.version,
        }))
    }

    async fn list_organizations(
        &self,
        request: Request<proto::ListOrganizationsRequest>,
    ) -> Result<Response<proto::ListOrganizationsResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let wanted = Wanted {
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: &request.filter,
            as_of_time: request.as_of_time.as_ref(),
            show_ended: request.show_ended,
        };
        let (organizations, next_page_token) = asks.list::<Organization>(&wanted)?;
        Ok(Response::new(proto::ListOrganizationsResponse {
            organizations,
            next_page_token,
            catalogue_version: asks.catalogue.version,
        }))
    }

    async fn create_organization(
        &self,
        request: Request<proto::CreateOrganizationRequest>,
    ) -> Result<Response<proto::CreateOrganizationResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let change = Change::of(
            "CreateOrganization",
            &request,
            &request.request_id,
            request.validate_only,
        );
        let id = ("organization_id", request.organization_id.as_str());
        self.create::<Organization, _>(asks, change, id, request.organization, |it| {
            proto::CreateOrganizationResponse {
                organization: Some(it),
            }
        })
        .await
    }

    async fn update_organization(
        &self,
        request: Request<proto::UpdateOrganizationRequest>,
    ) -> Result<Response<proto::UpdateOrganizationResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let mut change = Change::of(
            "UpdateOrganization",
            &request,
            &request.request_id,
            request.validate_only,
        );
        let bad = &mut change.bad;
        let wire = request.organization.unwrap_or_default();
        let id = bad.take("organization.name", convert::id::<Organization>(&wire.name));
        let etag = bad.take("etag", convert::version(&request.etag));
        let mask = request.update_mask.unwrap_or_default();
        let changes = Changes::masked(bad, &wire, &mask.paths);
        let (Some(id), Some(etag), true) = (id, etag, change.bad.is_empty()) else {
            return Err(change.bad.into());
        };
        let decide = move |catalogue: &Catalogue, now| {
            let entries = amend::update::<Organization>(catalogue, &id, etag, now, |unit| {
                changes.clone().apply(unit)
            })?;
            let organization = Some(after(catalogue, &entries, &id, now)?);
            Ok((entries, proto::UpdateOrganizationResponse { organization }))
        };
        self.settle(asks, change, Organization::MISSING, &wire.name, decide)
            .await
    }

    async fn deactivate_organization(
        &self,
        request: Request<proto::DeactivateOrganizationRequest>,
    ) -> Result<Response<proto::DeactivateOrganizationResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let mut change = Change::of(
            "DeactivateOrganization",
            &request,
            &request.request_id,
            request.validate_only,
        );
        let successor = convert::optional::<Organization>(&request.successor);
        let successor = change.bad.take("successor", successor).flatten();
        let ends = (request.etag.as_str(), request.last_day.as_str());
        let hand_over = move |it: &mut Organization| it.successor = successor.clone();
        self.end::<Organization, _>(asks, change, &request.name, ends, hand_over, |it| {
            proto::DeactivateOrganizationResponse {
                organization: Some(it),
            }
        })
        .await
    }
}
