//! `OrganizationService`.

use liandong_kit::{commit::RequestKey, status::Violations};
use liandong_proto::registry::{self as proto, organization_service_server::OrganizationService};
use tonic::{Request, Response, Status};

use super::{
    Handlers,
    convert::{self, organization::Changes},
    list::{List, Wanted},
    status,
};
use crate::domain::{Catalogue, Entry, Kept, Organization, amend, day};

const FIELDS: [&str; 5] = ["kind", "level", "parent", "area", "external_code"];

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
            organization: Some(convert::organization::wire(kept, day::of(at))),
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
        let list = List::read(&asks, "organizations", &wanted, &FIELDS)?;
        let (rows, next_page_token) =
            list.rows(&asks.catalogue.organizations, |it| it.validity, holds);
        Ok(Response::new(proto::ListOrganizationsResponse {
            organizations: rows
                .into_iter()
                .map(|it| convert::organization::wire(it, list.on))
                .collect(),
            next_page_token,
            catalogue_version: asks.catalogue.version,
        }))
    }

    async fn create_organization(
        &self,
        request: Request<proto::CreateOrganizationRequest>,
    ) -> Result<Response<proto::CreateOrganizationResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let key = RequestKey::of("CreateOrganization", &request.request_id, &request);
        let mut bad = Violations::new();
        convert::request_id(&mut bad, &request.request_id);
        let id = bad.take("organization_id", convert::bare(&request.organization_id));
        let unit = convert::organization::read(&mut bad, id, request.organization.as_ref());
        let (Some(unit), true) = (unit, bad.is_empty()) else {
            return Err(bad.into());
        };
        let name = unit.id.name();
        let decide = move |catalogue: &Catalogue, now| {
            let entries = amend::create(catalogue, unit.clone(), now)?;
            let organization = Some(stored(catalogue, unit.clone(), entries.is_empty(), now));
            Ok((entries, proto::CreateOrganizationResponse { organization }))
        };
        self.settle(asks, key, request.validate_only, &name, decide)
            .await
    }

    async fn update_organization(
        &self,
        request: Request<proto::UpdateOrganizationRequest>,
    ) -> Result<Response<proto::UpdateOrganizationResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let key = RequestKey::of("UpdateOrganization", &request.request_id, &request);
        let mut bad = Violations::new();
        convert::request_id(&mut bad, &request.request_id);
        let wire = request.organization.unwrap_or_default();
        let id = bad.take("organization.name", convert::id::<Organization>(&wire.name));
        let etag = bad.take("etag", convert::version(&request.etag));
        let changes = Changes::masked(
            &mut bad,
            &wire,
            &request.update_mask.unwrap_or_default().paths,
        );
        let (Some(id), Some(etag), true) = (id, etag, bad.is_empty()) else {
            return Err(bad.into());
        };
        let decide = move |catalogue: &Catalogue, now| {
            let entries = amend::update(catalogue, &id, etag, now, |unit| {
                changes.clone().apply(unit)
            })?;
            let organization = after(catalogue, &entries, id.as_str(), now);
            Ok((entries, proto::UpdateOrganizationResponse { organization }))
        };
        self.settle(asks, key, request.validate_only, &wire.name, decide)
            .await
    }

    async fn deactivate_organization(
        &self,
        request: Request<proto::DeactivateOrganizationRequest>,
    ) -> Result<Response<proto::DeactivateOrganizationResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let key = RequestKey::of("DeactivateOrganization", &request.request_id, &request);
        let mut bad = Violations::new();
        convert::request_id(&mut bad, &request.request_id);
        let id = bad.take("name", convert::id::<Organization>(&request.name));
        let etag = bad.take("etag", convert::version(&request.etag));
        let successor = bad.take("successor", convert::optional(&request.successor));
        bad.check(!request.last_day.is_empty(), "last_day", "required", "必填");
        let last = bad
            .take("last_day", convert::day(&request.last_day))
            .flatten();
        let (Some(id), Some(etag), Some(successor), Some(last)) = (id, etag, successor, last)
        else {
            return Err(bad.into());
        };
        bad.finish()?;
        let decide = move |catalogue: &Catalogue, now| {
            let entries = amend::deactivate(catalogue, &id, etag, now, (last, successor.clone()))?;
            let organization = after(catalogue, &entries, id.as_str(), now);
            Ok((
                entries,
                proto::DeactivateOrganizationResponse { organization },
            ))
        };
        self.settle(asks, key, request.validate_only, &request.name, decide)
            .await
    }
}

/// The organization as it is after a change.
fn after(
    catalogue: &Catalogue,
    entries: &[Entry],
    id: &str,
    now: ::time::OffsetDateTime,
) -> Option<proto::Organization> {
    match entries.first() {
        Some(Entry::Organization(unit)) => Some(stored(catalogue, unit.clone(), false, now)),
        _ => Some(convert::organization::wire(
            catalogue.organizations.kept(id)?,
            day::of(now),
        )),
    }
}

fn stored(
    catalogue: &Catalogue,
    unit: Organization,
    unchanged: bool,
    now: ::time::OffsetDateTime,
) -> proto::Organization {
    let version = catalogue
        .organizations
        .kept(unit.id.as_str())
        .map_or(0, |it| it.version);
    let version = if unchanged { version } else { version + 1 };
    convert::organization::wire(
        &Kept {
            item: unit,
            version,
            changed_at: now,
        },
        day::of(now),
    )
}

fn holds(unit: &Organization, field: &str, value: &str) -> bool {
    match field {
        "kind" => unit.kind.as_str() == value,
        "level" => convert::organization::level_word(unit.level) == value,
        "parent" => convert::name_of(unit.parent.as_ref()) == value,
        "area" => convert::name_of(unit.area.as_ref()) == value,
        _ => unit.external_code == value,
    }
}
