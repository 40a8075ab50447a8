//! RankingService.

use liandong_kit::name;
use liandong_proto::scoring::{
    GetRankingRequest, GetRankingResponse, ranking_service_server::RankingService,
};
use tonic::{Request, Response, Status};

use super::{Handlers, convert, request, status};
use crate::{domain::ranking, store::rollup};

#[tonic::async_trait]
impl RankingService for Handlers {
    async fn get_ranking(
        &self,
        request: Request<GetRankingRequest>,
    ) -> Result<Response<GetRankingResponse>, Status> {
        let (caller, _) = self.enter(&request)?;
        let (asked, page) = request::ranking(request.get_ref())?;
        let scheme = self.scheme(&asked)?;
        let filter = rollup::Filter {
            roles: scheme.roles.clone(),
            ..rollup::Filter::default()
        };
        let found = self
            .store
            .counted(&caller.district, asked.period, filter, &self.clock)
            .await;
        let found = found.map_err(status::database)?;
        let names = self.names.of(&caller.district).await;
        let rows = ranking::rank(scheme, found.counts);
        let total_size = i32::try_from(rows.len()).unwrap_or(i32::MAX);
        let begin = page
            .after
            .as_deref()
            .and_then(|it| it.parse().ok())
            .unwrap_or(0_usize);
        let rows = (begin..)
            .zip(rows.into_iter().skip(begin))
            .take(page.size + 1)
            .collect();
        let (rows, next_page_token) = page.cut(rows, |(at, _)| (at + 1).to_string());
        Ok(Response::new(GetRankingResponse {
            period: Some(convert::period(asked.period)),
            scheme: name::of("schemes", &scheme.id),
            scheme_version: scheme.version,
            as_of: Some(convert::as_of(&found.as_of)),
            rows: rows
                .into_iter()
                .map(|(_, row)| {
                    let points = found
                        .points
                        .get(&row.organization)
                        .copied()
                        .unwrap_or_default();
                    let display_name = names.get(&row.organization);
                    convert::row(scheme, row, display_name, points)
                })
                .collect(),
            total_size,
            next_page_token,
        }))
    }
}
