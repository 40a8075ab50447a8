//! IntegrityService.

use std::collections::BTreeSet;

use liandong_kit::{name, page::PageRequest};
use liandong_proto::scoring::{
    GetIntegrityReportRequest, GetIntegrityReportResponse, IntegrityCounter, IntegrityRow,
    IntegrityValue, integrity_service_server::IntegrityService,
};
use tonic::{Request, Response, Status};

use super::{Handlers, convert, reach::Reach, read::Fields, status};
use crate::{
    domain::integrity::{self, Counter, Value},
    store::rollup,
};

#[tonic::async_trait]
impl IntegrityService for Handlers {
    async fn get_integrity_report(
        &self,
        request: Request<GetIntegrityReportRequest>,
    ) -> Result<Response<GetIntegrityReportResponse>, Status> {
        let (caller, message) = self.asks(request)?;
        let mut fields = Fields::default();
        let period = fields.period("period", &message.period);
        let period = fields.all(period)?;
        let query = format!("integrity {period} {}", caller.organization);
        let page = PageRequest::parse(message.page_size, &message.page_token, &query)?;
        let district = &caller.district;
        let filter = rollup::Filter::default();
        let counted = self.store.counted(district, period, filter, &self.clock);
        let counted = counted.await.map_err(status::database)?;
        let closings = self.store.closings(district, period).await;
        let closings = closings.map_err(status::database)?;
        let names = self.names.of(district).await;
        let reach = Reach::of(&caller);
        let organizations: BTreeSet<&String> =
            counted.counts.keys().chain(closings.keys()).collect();
        let organizations = organizations.into_iter().filter(|it| reach.covers(it));
        let mut rows: Vec<IntegrityRow> = organizations
            .map(|organization| {
                let counts = counted
                    .counts
                    .get(organization)
                    .copied()
                    .unwrap_or_default();
                let closings = closings.get(organization).cloned().unwrap_or_default();
                let values = integrity::values(period, &counts, &closings);
                let marked = values.iter().filter(|it| it.marked).count();
                IntegrityRow {
                    display_name: names.get(organization).unwrap_or(organization).clone(),
                    organization: name::of("organizations", organization),
                    values: values.iter().map(value).collect(),
                    marked_count: i32::try_from(marked).unwrap_or(i32::MAX),
                }
            })
            .collect();
        // Stable: within equal marks the organizations stay in order.
        rows.sort_by_key(|it| std::cmp::Reverse(it.marked_count));
        let begin = page.after.as_deref().and_then(|it| it.parse().ok());
        let begin: usize = begin.unwrap_or(0);
        let rows = (begin..).zip(rows.into_iter().skip(begin));
        let (rows, next_page_token) = page.cut(rows.take(page.size + 1).collect(), |(at, _)| {
            (at + 1).to_string()
        });
        Ok(Response::new(GetIntegrityReportResponse {
            period: Some(convert::period(period)),
            as_of: Some(convert::as_of(&counted.as_of)),
            rows: rows.into_iter().map(|(_, row)| row).collect(),
            next_page_token,
        }))
    }
}

fn value(it: &Value) -> IntegrityValue {
    let counter = match it.counter {
        Counter::ClosedNotFixed => IntegrityCounter::ClosedNotFixed,
        Counter::Declined => IntegrityCounter::Declined,
        Counter::SelfFound => IntegrityCounter::SelfFound,
        Counter::EndOfPeriod => IntegrityCounter::EndOfPeriod,
        Counter::BatchClosing => IntegrityCounter::BatchClosing,
        Counter::Unfiled => IntegrityCounter::Unfiled,
        Counter::SelfVerified => IntegrityCounter::SelfVerified,
        Counter::RevisitFailed => IntegrityCounter::RevisitFailed,
    };
    IntegrityValue {
        counter: counter.into(),
        ratio: Some(convert::ratio(it.ratio)),
        threshold: it.threshold.to_string(),
        least: it.least,
        marked: it.marked,
    }
}
