//! `OrganizationService`.

use liandong_kit::{page::PageRequest, status::Violations};
use liandong_proto::registry::{self as proto, organization_service_server::OrganizationService};
use tonic::{Request, Response, Status};

use super::{
    Handlers,
    change::{Change, after},
    convert,
    resource::Resource,
    status,
};
use crate::domain::{Catalogue, Organization, amend, day, staffing, succession};

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
        let line = staffing::line(&asks.catalogue, &kept.item, day::of(at));
        let area = kept.item.area.as_ref().map(|it| it.as_str());
        let block = area.map(|it| asks.catalogue.path(it)).unwrap_or_default();
        let line = line.get(1..).unwrap_or_default();
        Ok(Response::new(proto::GetOrganizationResponse {
            organization: Some(Organization::wire(kept, day::of(at))),
            current_organization: current.id.name(),
            line: line.iter().map(|it| it.id.name()).collect(),
            block: block.iter().map(|it| it.id.name()).collect(),
            catalogue_version: asks.catalogue.version,
        }))
    }

    async fn list_organizations(
        &self,
        request: Request<proto::ListOrganizationsRequest>,
    ) -> Result<Response<proto::ListOrganizationsResponse>, Status> {
        self.listed(request)
    }

    async fn create_organization(
        &self,
        request: Request<proto::CreateOrganizationRequest>,
    ) -> Result<Response<proto::CreateOrganizationResponse>, Status> {
        self.created(request).await
    }

    async fn update_organization(
        &self,
        request: Request<proto::UpdateOrganizationRequest>,
    ) -> Result<Response<proto::UpdateOrganizationResponse>, Status> {
        self.updated(request).await
    }

    async fn deactivate_organization(
        &self,
        request: Request<proto::DeactivateOrganizationRequest>,
    ) -> Result<Response<proto::DeactivateOrganizationResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let mut change = Change::of(&request);
        let successor = convert::optional::<Organization>(&request.successor);
        let successor = change.bad.take("successor", successor).flatten();
        let ends = (request.etag.as_str(), request.last_day.as_str());
        // Another last day is no reason to forget who takes over.
        let hand_over = move |it: &mut Organization| {
            it.successor = successor.clone().or_else(|| it.successor.take());
        };
        self.end::<Organization, _>(asks, change, &request.name, ends, hand_over, |it| {
            proto::DeactivateOrganizationResponse {
                organization: Some(it),
            }
        })
        .await
    }

    async fn merge_organizations(
        &self,
        request: Request<proto::MergeOrganizationsRequest>,
    ) -> Result<Response<proto::MergeOrganizationsResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let mut change = Change::of(&request);
        let merger = convert::succession::Merger::read(&mut change.bad, &request);
        let (Some(it), true) = (merger, change.bad.is_empty()) else {
            return Err(change.bad.into());
        };
        let decide = move |catalogue: &Catalogue, now| {
            let last = it.last;
            let entries = succession::merge(catalogue, &it.units, &it.successor, last, now)?;
            let organizations = it.units.iter();
            let organizations = organizations.map(|id| after(catalogue, &entries, id, now));
            let organizations = organizations.collect::<Result<_, _>>()?;
            Ok((entries, proto::MergeOrganizationsResponse { organizations }))
        };
        let name = request.organizations.join(", ");
        self.settle(asks, change, Organization::MISSING, &name, decide)
            .await
    }

    async fn split_organization(
        &self,
        request: Request<proto::SplitOrganizationRequest>,
    ) -> Result<Response<proto::SplitOrganizationResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let mut change = Change::of(&request);
        let split = convert::succession::Split::read(&mut change.bad, &request);
        let (Some(it), true) = (split, change.bad.is_empty()) else {
            return Err(change.bad.into());
        };
        let decide = move |catalogue: &Catalogue, now| {
            let unit = &amend::current(catalogue, &it.unit, it.etag)?.item;
            let entries = succession::split(catalogue, unit, &it.successors, it.last, now)?;
            let organization = Some(after(catalogue, &entries, &it.unit, now)?);
            Ok((entries, proto::SplitOrganizationResponse { organization }))
        };
        self.settle(asks, change, Organization::MISSING, &request.name, decide)
            .await
    }

    async fn list_successions(
        &self,
        request: Request<proto::ListSuccessionsRequest>,
    ) -> Result<Response<proto::ListSuccessionsResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let mut bad = Violations::new();
        let id = bad.take("organization", convert::id(&request.organization));
        let query = format!(
            "successions|{}|{}",
            asks.caller.district, request.organization
        );
        let page = (request.page_size, request.page_token.as_str());
        let page = PageRequest::read(&mut bad, page, &query);
        let (Some(id), true) = (id, bad.is_empty()) else {
            return Err(bad.into());
        };
        let unit = asks.catalogue.find::<Organization>(&id);
        let missing = || status::missing(Organization::MISSING, &request.organization);
        let chain = succession::chain(&asks.catalogue, unit.ok_or_else(missing)?);
        let (rows, next_page_token) = convert::succession::page(&page, &chain);
        Ok(Response::new(proto::ListSuccessionsResponse {
            successions: rows,
            next_page_token,
            catalogue_version: asks.catalogue.version,
        }))
    }
}
