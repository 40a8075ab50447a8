//! WhistleService: calls that oblige the called organizations to answer in time.

use futures::future::try_join_all;
use liandong_kit::auth::Caller;
use liandong_kit::status::{FieldProblem, Problem, Violations};
use liandong_proto::dispatch::{self as wire, whistle_service_server};
use time::OffsetDateTime;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::convert::{facet, query, whistle as convert};
use super::{Desk, etag, open, organization, sight, status};
use crate::domain::whistle::Blown;
use crate::domain::{AreaId, OrganizationId, Refusal, Whistle, WhistleId};
use crate::peers::registry::Ladder;

/// Serves whistles.
#[derive(Clone)]
pub(crate) struct WhistleService(pub(crate) Desk);

#[tonic::async_trait]
impl whistle_service_server::WhistleService for WhistleService {
    async fn blow_whistle(
        &self,
        request: Request<wire::BlowWhistleRequest>,
    ) -> Result<Response<wire::BlowWhistleResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "BlowWhistle", &message.request_id, &message)
            .validate_only(message.validate_only);
        let at = command.occurred_at();
        let blow = convert::blow(message, &caller)?;
        let ladder = self.ladder(&caller, &blow.called, at).await?;
        let time = self.0.registry.work_time(&caller.district).await?;
        let mut blown = Blown {
            tier: ladder.tier,
            ladder: ladder.rungs,
            area: self.area(&caller, &blow.blown.area, at).await?,
            ..blow.blown
        };
        let called = blown.call(&blow.called, &blow.limit, &time, at);
        called.map_err(|it| Status::from(status::refused(&it)))?;
        let id = WhistleId(Uuid::now_v7());
        let answer = move |it: &Whistle| wire::BlowWhistleResponse {
            whistle: Some(convert::whistle(id, it)),
        };
        let changed = self.0.store.blow_whistle(command, (id, blown), answer);
        changed.await.map(Response::new).map_err(status::change)
    }

    async fn answer_whistle(
        &self,
        request: Request<wire::AnswerWhistleRequest>,
    ) -> Result<Response<wire::AnswerWhistleResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "AnswerWhistle", &message.request_id, &message)
            .validate_only(message.validate_only);
        let (id, given) = convert::answer_of(&message, &caller, command.occurred_at())?;
        let mine = organization(&caller);
        let decide = move |it: &Whistle| it.answer(&mine, given.clone());
        let answer = move |it: &Whistle| wire::AnswerWhistleResponse {
            whistle: Some(convert::whistle(id, it)),
        };
        let target = (id, etag(message.etag));
        let changed = self.0.store.change_whistle(command, target, decide, answer);
        changed.await.map(Response::new).map_err(status::change)
    }

    async fn close_whistle(
        &self,
        request: Request<wire::CloseWhistleRequest>,
    ) -> Result<Response<wire::CloseWhistleResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "CloseWhistle", &message.request_id, &message)
            .validate_only(message.validate_only);
        let (id, outcome, note) = convert::close(&message)?;
        let mine = organization(&caller);
        let decide = move |it: &Whistle| it.close(&mine, outcome, &note);
        let answer = move |it: &Whistle| wire::CloseWhistleResponse {
            whistle: Some(convert::whistle(id, it)),
        };
        let target = (id, etag(message.etag));
        let changed = self.0.store.change_whistle(command, target, decide, answer);
        changed.await.map(Response::new).map_err(status::change)
    }

    async fn withdraw_whistle(
        &self,
        request: Request<wire::WithdrawWhistleRequest>,
    ) -> Result<Response<wire::WithdrawWhistleResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "WithdrawWhistle", &message.request_id, &message)
            .validate_only(message.validate_only);
        let (id, reason) = convert::withdraw(&message)?;
        let mine = organization(&caller);
        let decide = move |it: &Whistle| it.withdraw(&mine, &reason);
        let answer = move |it: &Whistle| wire::WithdrawWhistleResponse {
            whistle: Some(convert::whistle(id, it)),
        };
        let target = (id, etag(message.etag));
        let changed = self.0.store.change_whistle(command, target, decide, answer);
        changed.await.map(Response::new).map_err(status::change)
    }

    async fn get_whistle(
        &self,
        request: Request<wire::GetWhistleRequest>,
    ) -> Result<Response<wire::GetWhistleResponse>, Status> {
        let (caller, message) = open(request)?;
        let id = convert::named(&message.name)?;
        let sight = sight(&caller);
        let found = self.0.store.whistle(&caller.district, &sight, id).await;
        let found = found
            .map_err(status::database)?
            .ok_or_else(|| status::refused(&Refusal::WhistleNotFound))?;
        Ok(Response::new(wire::GetWhistleResponse {
            whistle: Some(convert::whistle(id, &found)),
        }))
    }

    async fn list_whistles(
        &self,
        request: Request<wire::ListWhistlesRequest>,
    ) -> Result<Response<wire::ListWhistlesResponse>, Status> {
        let (caller, message) = open(request)?;
        let (store, sight) = (&self.0.store, sight(&caller));
        let page = (message.page_size, &*message.page_token);
        let asked = (&*message.filter, &*message.facets);
        let query::Asked {
            terms,
            facets,
            page,
        } = query::page(page, asked, query::WHISTLES, &format!("{sight:?}"))?;
        let seen = (caller.district.as_str(), &sight);
        let listed = store.whistle_ids(seen, &terms, &page).await;
        let (ids, next_page_token) = listed.map_err(status::database)?;
        let counts = store.whistle_facets(seen, &terms, &facets).await;
        let keys: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let found = store.several::<Whistle>(&caller.district, &keys).await;
        let found = found.map_err(status::database)?;
        let whistles = ids.iter().zip(&found);
        Ok(Response::new(wire::ListWhistlesResponse {
            whistles: whistles
                .map(|(id, it)| convert::whistle(*id, &it.state))
                .collect(),
            next_page_token,
            facets: facet::counted(counts.map_err(status::database)?, query::WHISTLES),
        }))
    }
}

impl WhistleService {
    /// The smallest area of the registry for a code.
    async fn area(
        &self,
        caller: &Caller,
        code: &AreaId,
        at: OffsetDateTime,
    ) -> Result<AreaId, Status> {
        let found = self.0.registry.area(&caller.district, code, at).await?;
        let unknown = || {
            FieldProblem::new(
                format!("unknown area `{code}`"),
                format!("没有辖区“{code}”"),
            )
        };
        let mut bad = Violations::new();
        let area = bad.take("area", found.ok_or_else(unknown));
        bad.finish()?;
        Ok(area.unwrap_or_default())
    }

    /// The tiers above the caller. Everybody who is called must be known.
    async fn ladder(
        &self,
        caller: &Caller,
        called: &[OrganizationId],
        at: OffsetDateTime,
    ) -> Result<Ladder, Status> {
        let (registry, mine) = (&self.0.registry, organization(caller));
        let asked = called.iter().chain([&mine]);
        let asked = asked.map(|it| registry.ladder(&caller.district, it, at));
        let mut ladders = try_join_all(asked).await?;
        let own = ladders.pop().flatten();
        let unknown: Vec<String> = called
            .iter()
            .zip(&ladders)
            .filter(|(_, found)| found.is_none())
            .map(|(it, _)| it.to_string())
            .chain(own.is_none().then(|| mine.to_string()))
            .collect();
        own.filter(|_| unknown.is_empty()).ok_or_else(|| {
            let names = unknown.join(", ");
            Problem::precondition(
                "NO_SUCH_ORGANIZATION",
                format!("the registry knows no such organization: {names}"),
                format!("基础信息中没有这个单位：{names}"),
            )
            .help("name organizations of the registry")
            .into()
        })
    }
}
