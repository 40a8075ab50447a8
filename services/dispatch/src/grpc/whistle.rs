//! WhistleService: calls that oblige the called organizations to answer in time.

use liandong_kit::auth::Caller;
use liandong_kit::status::Problem;
use liandong_proto::dispatch::{self as wire, whistle_service_server};
use time::OffsetDateTime;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::convert::{facet, query, whistle as convert};
use super::known::{Named, each};
use super::{Desk, etag, open, organization, sight, status};
use crate::domain::whistle::Blown;
use crate::domain::{AreaId, Refusal, Whistle, WhistleId};
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
        let area = self.place(&caller, &blow, at).await?;
        let ladder = self.ladder(&caller, at).await?;
        let time = self.0.registry.work_time(&caller.district).await?;
        let mut blown = Blown {
            tier: ladder.tier,
            ladder: ladder.rungs,
            area,
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
    /// The smallest area of the registry for where it is blown; everything else that is named must be there too.
    async fn place(
        &self,
        caller: &Caller,
        it: &convert::Blow,
        at: OffsetDateTime,
    ) -> Result<AreaId, Status> {
        let matter = it.blown.matter.iter();
        let named = Named {
            catalogued: matter.map(|it| ("matter".into(), it)).collect(),
            organizations: each("organizations", &it.called),
            ..Named::default()
        };
        let area = ("area", &it.blown.area);
        self.0.located(caller, area, &named, at).await
    }

    /// The tiers above the caller.
    async fn ladder(&self, caller: &Caller, at: OffsetDateTime) -> Result<Ladder, Status> {
        let mine = organization(caller);
        let found = self.0.registry.ladder(&caller.district, &mine, at).await?;
        found.ok_or_else(|| {
            Problem::precondition(
                "NO_SUCH_ORGANIZATION",
                format!("the registry does not know the caller's organization, {mine}"),
                format!("基础信息中没有本单位：{mine}"),
            )
            .help("register the organization")
            .into()
        })
    }
}
