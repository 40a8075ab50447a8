//! FundService.

use liandong_kit::{auth::Caller, commit::Work, page::PageRequest};
use liandong_proto::scoring::{
    GetFundRequest, GetFundResponse, ListFundPostingsRequest, ListFundPostingsResponse,
    ListFundsRequest, ListFundsResponse, OpenFundRequest, OpenFundResponse, PostFundQuarterRequest,
    PostFundQuarterResponse, ReverseFundPostingRequest, ReverseFundPostingResponse,
    SettleFundRequest, SettleFundResponse, fund_service_server::FundService,
};
use tonic::{Request, Response, Status};

use super::{Handlers, decide::independent, fund_convert as convert, status, table};
use crate::{
    domain::{
        basis::Basis,
        closing::{self, ClosedPeriod},
        fund::{self, Fund, Terms},
        period::{Period, civil_day},
        refusal::Refusal,
    },
    store::change::{Refused, answered},
};

#[tonic::async_trait]
impl FundService for Handlers {
    async fn open_fund(
        &self,
        request: Request<OpenFundRequest>,
    ) -> Result<Response<OpenFundResponse>, Status> {
        let (caller, message) = self.asks(request)?;
        let command = self.command(&caller, "OpenFund", &message.request_id, &message);
        let by = self.actor(&caller, &command);
        let (id, terms, from) = convert::open(&message)?;
        self.known_organizations(&caller, &convert::members(&terms))
            .await?;
        let schemes = self.book(&caller.district).await?;
        let scheme = schemes.get(&terms.rules.scheme, 0);
        scheme.ok_or_else(|| status::no_scheme(&terms.rules.scheme))?;
        let rule = move |work: &mut Work<'_>| -> Result<OpenFundResponse, Refused> {
            independent(&by, |it| terms.rewards(it))?;
            if work.version::<Fund>(&id)? > 0 {
                return Err(Refusal::Exists("fund").into());
            }
            let mut terms = terms.clone();
            if let Some(from) = &from {
                let earlier = work.get::<Fund>(from)?.ok_or(Refusal::NotFound("fund"))?;
                let (rest, event) = earlier
                    .carry(from, &id, by.clone())
                    .map_err(Refusal::from)?;
                work.record::<Fund>(from, [event])?;
                terms.carried = Some((from.clone(), rest));
            }
            work.record::<Fund>(&id, Fund::open(terms, by.clone()))?;
            answered(work, &id, &|id: &str, version, it: &Fund| {
                OpenFundResponse {
                    fund: Some(convert::fund(id, version, it)),
                }
            })
        };
        let changed = self
            .store
            .change(command, message.validate_only, rule)
            .await;
        changed.map(Response::new).map_err(status::change)
    }

    async fn post_fund_quarter(
        &self,
        request: Request<PostFundQuarterRequest>,
    ) -> Result<Response<PostFundQuarterResponse>, Status> {
        let (caller, message) = self.asks(request)?;
        let (target, quarter) = convert::quarter(&message)?;
        let command = self.command(&caller, "PostFundQuarter", &message.request_id, &message);
        let terms = self.terms(&caller, &target.id).await?;
        let rated = self.rated(&caller, &terms, terms.quarter(quarter)).await?;
        let by = self.actor(&caller, &command);
        let today = civil_day(command.occurred_at());
        let decide = move |it: &Fund| {
            independent(&by, |it| terms.rewards(it))?;
            let rated = (&rated.0, rated.1.clone());
            Ok(it.post_quarter(quarter, rated, today, by.clone())?)
        };
        let district = caller.district.clone();
        let answer = move |id: &str, version, it: &Fund| PostFundQuarterResponse {
            fund: Some(convert::fund(id, version, it)),
            posting: convert::last_posting(&district, id, it),
        };
        let changed = self.store.change_one(command, target, decide, answer).await;
        changed.map(Response::new).map_err(status::change)
    }

    async fn reverse_fund_posting(
        &self,
        request: Request<ReverseFundPostingRequest>,
    ) -> Result<Response<ReverseFundPostingResponse>, Status> {
        let (caller, message) = self.asks(request)?;
        let (target, number, reason) = convert::reverse(&message)?;
        let command = self.command(&caller, "ReverseFundPosting", &message.request_id, &message);
        let by = self.actor(&caller, &command);
        let decide = move |it: &Fund| {
            let rewards = |organization: &str| {
                let terms = it.terms.as_ref();
                terms.is_some_and(|terms| terms.rewards(organization))
            };
            independent(&by, rewards)?;
            Ok(it.reverse(number, &reason, by.clone())?)
        };
        let district = caller.district.clone();
        let answer = move |id: &str, version, it: &Fund| ReverseFundPostingResponse {
            fund: Some(convert::fund(id, version, it)),
            posting: convert::last_posting(&district, id, it),
        };
        let changed = self.store.change_one(command, target, decide, answer).await;
        changed.map(Response::new).map_err(status::change)
    }

    async fn settle_fund(
        &self,
        request: Request<SettleFundRequest>,
    ) -> Result<Response<SettleFundResponse>, Status> {
        let (caller, message) = self.asks(request)?;
        let target = convert::settle(&message)?;
        let command = self.command(&caller, "SettleFund", &message.request_id, &message);
        let terms = self.terms(&caller, &target.id).await?;
        let rated = self.rated(&caller, &terms, terms.period()).await?;
        let by = self.actor(&caller, &command);
        let today = civil_day(command.occurred_at());
        let decide = move |it: &Fund| {
            independent(&by, |it| terms.rewards(it))?;
            Ok(it.settle((&rated.0, rated.1.clone()), today, by.clone())?)
        };
        let district = caller.district.clone();
        let answer = move |id: &str, version, it: &Fund| SettleFundResponse {
            fund: Some(convert::fund(id, version, it)),
            posting: convert::last_posting(&district, id, it),
        };
        let changed = self.store.change_one(command, target, decide, answer).await;
        changed.map(Response::new).map_err(status::change)
    }

    async fn get_fund(
        &self,
        request: Request<GetFundRequest>,
    ) -> Result<Response<GetFundResponse>, Status> {
        let (caller, message) = self.asks(request)?;
        let id = convert::name(&message.name)?;
        let found = self.existing::<Fund>(&caller, &id).await?;
        let fund = convert::fund(&id, found.version, &found.state);
        Ok(Response::new(GetFundResponse { fund: Some(fund) }))
    }

    async fn list_funds(
        &self,
        request: Request<ListFundsRequest>,
    ) -> Result<Response<ListFundsResponse>, Status> {
        let (caller, message) = self.asks(request)?;
        let page = PageRequest::parse(message.page_size, &message.page_token, "funds")?;
        let (found, next_page_token) = self.page_of::<Fund>(&caller, &page).await?;
        let funds = found.iter();
        let funds = funds.map(|it| convert::fund(&it.id, it.version, &it.state));
        Ok(Response::new(ListFundsResponse {
            funds: funds.collect(),
            next_page_token,
        }))
    }

    async fn list_fund_postings(
        &self,
        request: Request<ListFundPostingsRequest>,
    ) -> Result<Response<ListFundPostingsResponse>, Status> {
        let (caller, message) = self.asks(request)?;
        let id = convert::parent(&message.parent)?;
        let query = format!("postings {id}");
        let page = PageRequest::parse(message.page_size, &message.page_token, &query)?;
        let found = self.existing::<Fund>(&caller, &id).await?;
        let after = page.after.as_deref().and_then(|it| it.parse().ok());
        let postings = convert::postings(&caller.district, &id, &found.state);
        let postings = postings.skip(after.unwrap_or(0)).take(page.size + 1);
        let (postings, next_page_token) = page.cut(postings.collect(), |it| it.number.to_string());
        Ok(Response::new(ListFundPostingsResponse {
            postings,
            next_page_token,
        }))
    }
}

impl Handlers {
    /// What a fund is about: its terms never change.
    async fn terms(&self, caller: &Caller, id: &str) -> Result<Terms, Status> {
        let found = self.existing::<Fund>(caller, id).await?;
        let terms = found.state.terms;
        terms.ok_or_else(|| status::refused(&Refusal::NotFound("fund")).into())
    }

    /// Each party's points in a period, as it was closed and last corrected.
    async fn rated(
        &self,
        caller: &Caller,
        terms: &Terms,
        period: Period,
    ) -> Result<(fund::Points, Basis), Status> {
        let id = closing::id(&terms.rules.scheme, period);
        let closed = self.store.one::<ClosedPeriod>(&caller.district, &id).await;
        let closed = closed.map_err(status::database)?;
        let edition = closed.as_ref().and_then(|it| it.state.newest());
        let edition = edition.ok_or_else(|| status::result_not_closed(&id))?;
        let rows = self.rows(caller, &id, edition).await?;
        let points = fund::rating::points(terms, &rows);
        let as_of = table::as_of(&caller.district, edition);
        let basis = Basis {
            closed: Some((id, edition.number)),
            ..as_of.basis(period, edition.version)
        };
        Ok((points, basis))
    }
}
