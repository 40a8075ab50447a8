//! RankingService.

use std::collections::BTreeMap;

use liandong_kit::name;
use liandong_proto::scoring::{
    ExportRankingRequest, ExportRankingResponse, GetRankingRequest, GetRankingResponse,
    GetWhatIfRequest, GetWhatIfResponse, RankingRow, SchemeVersion, WhatIfRow,
    ranking_service_server::RankingService,
};
use rust_decimal::Decimal;
use tonic::{Request, Response, Status};

use super::{
    Handlers, convert, export,
    request::{self, Other},
    status,
};
use crate::{
    domain::{
        number::{RATE_PLACES, fixed},
        ranking::Row,
        scheme::Scheme,
    },
    store::view::Entries,
};

#[tonic::async_trait]
impl RankingService for Handlers {
    async fn get_ranking(
        &self,
        request: Request<GetRankingRequest>,
    ) -> Result<Response<GetRankingResponse>, Status> {
        let (caller, _) = self.enter(&request)?;
        let (asked, view, page) = request::ranking(request.get_ref())?;
        let league = self.league(&caller, &asked, view).await?;
        let begin = page.after.as_deref().and_then(|it| it.parse().ok());
        let begin: usize = begin.unwrap_or(0);
        let rows = (begin..)
            .zip(league.rows.iter().skip(begin))
            .take(page.size + 1)
            .collect();
        let (rows, next_page_token) = page.cut(rows, |(at, _)| (at + 1).to_string());
        Ok(Response::new(GetRankingResponse {
            period: Some(convert::period(league.period)),
            scheme: name::of("schemes", &league.scheme.id),
            scheme_version: league.scheme.version,
            as_of: Some(convert::as_of(&league.as_of)),
            rows: rows.into_iter().map(|(_, row)| league.row(row)).collect(),
            total_size: i32::try_from(league.rows.len()).unwrap_or(i32::MAX),
            next_page_token,
            edition: league.edition,
        }))
    }

    async fn get_what_if(
        &self,
        request: Request<GetWhatIfRequest>,
    ) -> Result<Response<GetWhatIfResponse>, Status> {
        let (caller, _) = self.enter(&request)?;
        let (asked, other) = request::what_if(request.into_inner())?;
        let district = &caller.district;
        let base = self.scheme(district, &asked).await?;
        let other = match other {
            Other::Document(text) => {
                let (read, _) = self.read_scheme(district, &text).await;
                read.map_err(|all| request::problems(&all))?
            }
            Other::Known(id, version) => {
                let book = self.book(district).await?;
                let found = book.get(&id, version);
                found.ok_or_else(|| status::no_scheme(&id))?.clone()
            }
        };
        let kinds = self.names.kinds(district).await.unwrap_or_default();
        let held = Entries::of(&base);
        let before = self
            .compute(&caller, asked.period, &base, held, &kinds)
            .await?;
        let after = self
            .compute(&caller, asked.period, &other, Entries::AsIf, &kinds)
            .await?;
        let besides = (
            self.beside(&caller, &base.id, asked.period).await?,
            self.beside(&caller, &other.id, asked.period).await?,
        );
        let mut bases: BTreeMap<&str, &Row> = { before.rows.iter() }
            .map(|it| (it.organization.as_str(), it))
            .collect();
        let mut rows: Vec<WhatIfRow> = vec![];
        for it in &after.rows {
            let old = bases.remove(it.organization.as_str());
            rows.push(compared(
                old.map(|old| (old, convert::row(&base, old, &besides.0))),
                Some((it, convert::row(&other, it, &besides.1))),
            ));
        }
        for old in bases.into_values() {
            let row = convert::row(&base, old, &besides.0);
            rows.push(compared(Some((old, row)), None));
        }
        let version = |it: &Scheme| SchemeVersion {
            name: name::of("schemes", &it.id),
            version: it.version,
        };
        Ok(Response::new(GetWhatIfResponse {
            period: Some(convert::period(asked.period)),
            as_of: Some(convert::as_of(&after.ranked.as_of)),
            base: Some(version(&base)),
            other: Some(version(&other)),
            rows,
            facts_read: after.ranked.facts_read,
        }))
    }

    async fn export_ranking(
        &self,
        request: Request<ExportRankingRequest>,
    ) -> Result<Response<ExportRankingResponse>, Status> {
        let (caller, _) = self.enter(&request)?;
        let (asked, view, format) = request::export(request.get_ref())?;
        let league = self.league(&caller, &asked, view).await?;
        export::file(&league, format).map(Response::new)
    }
}

/// One organization by both schemes.
fn compared(base: Option<(&Row, RankingRow)>, other: Option<(&Row, RankingRow)>) -> WhatIfRow {
    let points = |it: &Option<(&Row, RankingRow)>| it.as_ref().and_then(|it| it.0.composite.points);
    let rank = |it: &Option<(&Row, RankingRow)>| it.as_ref().and_then(|it| it.0.rank);
    let change = points(&other).zip(points(&base));
    let change = change.map(|(now, then): (Decimal, Decimal)| fixed(now - then, RATE_PLACES));
    let places = rank(&base).zip(rank(&other)).map(|(then, now)| then - now);
    let (base, other) = (base.map(|it| it.1), other.map(|it| it.1));
    let known = other.as_ref().or(base.as_ref());
    WhatIfRow {
        organization: known.map_or_else(String::new, |it| it.organization.clone()),
        display_name: known.map_or_else(String::new, |it| it.display_name.clone()),
        points_change: change,
        rank_change: places,
        base,
        other,
    }
}
