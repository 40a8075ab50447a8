//! IndicatorService.

use liandong_kit::{name, status::Violations};
use liandong_proto::scoring::{
    IndicatorTable, OrganizationIndicators, QueryIndicatorsRequest, QueryIndicatorsResponse,
    indicator_service_server::IndicatorService,
};
use tonic::{Request, Response, Status};

use super::{Handlers, convert, reach::Reach, request, status};
use crate::domain::scheme::{Indicator, Scheme};

#[tonic::async_trait]
impl IndicatorService for Handlers {
    async fn query_indicators(
        &self,
        request: Request<QueryIndicatorsRequest>,
    ) -> Result<Response<QueryIndicatorsResponse>, Status> {
        let (caller, _) = self.enter(&request)?;
        let (asked, mut filter, page) = request::indicators(request.get_ref())?;
        let scheme = self.scheme(&caller.district, &asked).await?;
        let indicators = chosen(&scheme, &request.get_ref().indicators)?;
        if filter.roles.is_empty() {
            filter.roles = scheme.counted_roles();
        }
        let covered = Reach::of(&caller).narrow(std::mem::take(&mut filter.organizations));
        let in_reach = covered.is_some();
        filter.organizations = covered.unwrap_or_default();
        let found = self
            .store
            .counted(&caller.district, asked.period, filter, &self.clock)
            .await;
        let found = found.map_err(status::database)?;
        let names = self.names.of(&caller.district).await;
        let after = page.after.clone().unwrap_or_default();
        let behind = found
            .counts
            .into_iter()
            .filter(|(it, _)| in_reach && *it > after);
        let (rows, next_page_token) =
            page.cut(behind.take(page.size + 1).collect(), |(it, _)| it.clone());
        let rows = rows.into_iter().map(|(id, counts)| OrganizationIndicators {
            display_name: names.get(&id).unwrap_or(&id).clone(),
            organization: name::of("organizations", &id),
            values: indicators
                .iter()
                .map(|it| convert::value(it, &counts))
                .collect(),
        });
        let table = IndicatorTable {
            period: Some(convert::period(asked.period)),
            as_of: Some(convert::as_of(&found.as_of)),
            rows: rows.collect(),
            definitions: indicators
                .iter()
                .map(|it| convert::definition(it))
                .collect(),
        };
        Ok(Response::new(QueryIndicatorsResponse {
            table: Some(table),
            next_page_token,
        }))
    }
}

/// The indicators asked for, in the order of the scheme; none asked for: all.
fn chosen<'s>(scheme: &'s Scheme, ids: &[String]) -> Result<Vec<&'s Indicator>, Status> {
    let mut bad = Violations::new();
    for (at, id) in ids.iter().enumerate() {
        let known = scheme.indicator(id).is_some();
        let english = format!("schemes/{} has no indicator of that id", scheme.id);
        bad.check(
            known,
            format!("indicators[{at}]"),
            english,
            "该考核办法没有此指标",
        );
    }
    bad.finish()?;
    let wanted = |it: &&Indicator| ids.is_empty() || ids.contains(&it.id);
    Ok(scheme.indicators.iter().filter(wanted).collect())
}
