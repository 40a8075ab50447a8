//! `PowerService`.

use liandong_kit::status::Violations;
use liandong_proto::registry::{self as proto, power_service_server::PowerService};
use tonic::{Request, Response, Status};

use super::{
    Asks, Handlers,
    convert::{self, authority::Asked},
    list::{List, Wanted},
    status,
};
use crate::domain::{Holder, Matter, Power, resolve::resolve};

const MATTER_FIELDS: [&str; 2] = ["category", "external_code"];
const POWER_FIELDS: [&str; 6] = [
    "matter",
    "organization",
    "holder_kind",
    "area",
    "basis_kind",
    "delegator",
];
/// Questions in one batch.
const BATCH_MAX: usize = 500;

#[tonic::async_trait]
impl PowerService for Handlers {
    async fn get_matter(
        &self,
        request: Request<proto::GetMatterRequest>,
    ) -> Result<Response<proto::GetMatterResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let mut bad = Violations::new();
        let Some(id) = bad.take("name", convert::id::<Matter>(&request.name)) else {
            return Err(bad.into());
        };
        let missing = || status::missing("MATTER_NOT_FOUND", &request.name);
        let kept = asks
            .catalogue
            .matters
            .kept(id.as_str())
            .ok_or_else(missing)?;
        let matter = Some(convert::matter::wire(kept));
        Ok(Response::new(proto::GetMatterResponse {
            matter,
            catalogue_version: asks.catalogue.version,
        }))
    }

    async fn list_matters(
        &self,
        request: Request<proto::ListMattersRequest>,
    ) -> Result<Response<proto::ListMattersResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let wanted = Wanted {
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: &request.filter,
            as_of_time: request.as_of_time.as_ref(),
            show_ended: request.show_ended,
        };
        let list = List::read(&asks, "matters", &wanted, &MATTER_FIELDS)?;
        let holds = |matter: &Matter, field: &str, value: &str| match field {
            "category" => matter.category == value,
            _ => matter.external_code == value,
        };
        let (rows, next_page_token) = list.rows(&asks.catalogue.matters, |it| it.validity, holds);
        Ok(Response::new(proto::ListMattersResponse {
            matters: rows.into_iter().map(convert::matter::wire).collect(),
            next_page_token,
            catalogue_version: asks.catalogue.version,
        }))
    }

    async fn list_powers(
        &self,
        request: Request<proto::ListPowersRequest>,
    ) -> Result<Response<proto::ListPowersResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let wanted = Wanted {
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: &request.filter,
            as_of_time: request.as_of_time.as_ref(),
            show_ended: request.show_ended,
        };
        let list = List::read(&asks, "powers", &wanted, &POWER_FIELDS)?;
        let (rows, next_page_token) = list.rows(&asks.catalogue.powers, |it| it.validity, holds);
        Ok(Response::new(proto::ListPowersResponse {
            powers: rows.into_iter().map(convert::power::wire).collect(),
            next_page_token,
            catalogue_version: asks.catalogue.version,
        }))
    }

    async fn resolve_authority(
        &self,
        request: Request<proto::ResolveAuthorityRequest>,
    ) -> Result<Response<proto::ResolveAuthorityResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let mut bad = Violations::new();
        let Some(asked) = Asked::read(&mut bad, &request, asks.now) else {
            return Err(bad.into());
        };
        let authority = Some(answer(&asks, &asked, None)?);
        Ok(Response::new(proto::ResolveAuthorityResponse { authority }))
    }

    async fn resolve_authority_batch(
        &self,
        request: Request<proto::ResolveAuthorityBatchRequest>,
    ) -> Result<Response<proto::ResolveAuthorityBatchResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let mut bad = Violations::new();
        bad.check(
            request.requests.len() <= BATCH_MAX,
            "requests",
            "at most 500",
            "最多 500 项",
        );
        bad.finish()?;
        let mut bad = Violations::new();
        let read = request
            .requests
            .iter()
            .enumerate()
            .filter_map(|(index, it)| {
                let mut inner = Violations::new();
                let asked = Asked::read(&mut inner, it, asks.now);
                bad.nest(&format!("requests[{index}]"), inner);
                asked
            });
        let asked: Vec<_> = read.collect();
        bad.finish()?;
        let answers = asked
            .iter()
            .enumerate()
            .map(|(index, it)| answer(&asks, it, Some(index)));
        let authorities = answers.collect::<Result<_, _>>()?;
        Ok(Response::new(proto::ResolveAuthorityBatchResponse {
            authorities,
        }))
    }
}

#[allow(clippy::result_large_err)] // tonic's Status
fn answer(asks: &Asks, asked: &Asked, index: Option<usize>) -> Result<proto::Authority, Status> {
    let question = asked.question();
    match resolve(&asks.catalogue, &question) {
        Ok(authority) => Ok(convert::authority::wire(
            &authority,
            asked.at,
            asks.catalogue.version,
        )),
        Err(refusal) => Err(status::resolve(&refusal, &question, index)),
    }
}

fn holds(power: &Power, field: &str, value: &str) -> bool {
    match field {
        "matter" => power.matters.iter().any(|it| it.name() == value),
        "organization" => matches!(&power.holder, Holder::Organization(id) if id.name() == value),
        "holder_kind" => matches!(&power.holder, Holder::Kind(kind) if kind.as_str() == value),
        "area" => convert::name_of(power.area.as_ref()) == value,
        "basis_kind" => power.basis_kind.word() == value,
        _ => convert::name_of(power.delegator.as_ref()) == value,
    }
}
