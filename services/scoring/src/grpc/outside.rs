//! OutsideService.

use liandong_kit::{
    auth::Caller,
    commit::{RequestKey, Work},
    name,
    page::PageRequest,
};
use liandong_proto::scoring::{
    self as wire, ImportOutsideFileRequest, ImportOutsideFileResponse, ImportOutsideRecordsRequest,
    ImportOutsideRecordsResponse, ListOutsideRecordsRequest, ListOutsideRecordsResponse,
    OutsideKind, OutsideOutcome, OutsideRecord, OutsideTotal, QueryOutsideTotalsRequest,
    QueryOutsideTotalsResponse, outside_service_server::OutsideService,
};
use time::Date;
use tonic::{Request, Response, Status, Streaming};

use super::{
    Handlers, convert, decide::independent, outside_file, reach::Reach, read::Fields, status,
};
use crate::{
    domain::{
        fund::Actor,
        outside::{self, Content, Counts, Kind, Record, TOTAL_MAX, Written},
        period::civil_day,
        ratio::Ratio,
    },
    store::{
        change::{Refused, at_hand},
        outside::{Filter, Total},
    },
};

/// The most records of one request.
const RECORDS_MAX: usize = 1_000;

#[tonic::async_trait]
impl OutsideService for Handlers {
    async fn import_outside_records(
        &self,
        request: Request<ImportOutsideRecordsRequest>,
    ) -> Result<Response<ImportOutsideRecordsResponse>, Status> {
        let (caller, message) = self.asks(request)?;
        let method = "ImportOutsideRecords";
        let command = self.command(&caller, method, &message.request_id, &message);
        let records = records(&message, civil_day(command.occurred_at()))?;
        let path = |at: usize| format!("records[{at}].organization");
        let named = records.iter().enumerate();
        let named = named.map(|(at, it)| (path(at), it.organization.as_str()));
        self.known_organizations(&caller, &named.collect::<Vec<_>>())
            .await?;
        let by = self.actor(&caller, &command);
        let rule = move |work: &mut Work<'_>| {
            let outcome = Some(write(work, &by, &records)?);
            Ok(ImportOutsideRecordsResponse { outcome })
        };
        let changed = self
            .store
            .change(command, message.validate_only, rule)
            .await;
        changed.map(Response::new).map_err(status::change)
    }

    async fn import_outside_file(
        &self,
        request: Request<Streaming<ImportOutsideFileRequest>>,
    ) -> Result<Response<ImportOutsideFileResponse>, Status> {
        let (caller, stream) = self.asks(request)?;
        let (start, bytes) = outside_file::gather(stream).await?;
        let (source, kind) = outside_file::start(&start)?;
        let key = outside_file::key(&start, &bytes);
        let units = self.names.units_now(&caller.district).await;
        let today = civil_day(self.clock.now());
        // Up to 8 MiB are read: not on the thread that serves others.
        let read = tokio::task::spawn_blocking(move || {
            let known = |id: &str| units.as_ref().is_none_or(|it| it.contains_key(id));
            let reading = outside::Reading {
                source: &source,
                kind,
                known: &known,
                today,
            };
            outside_file::rows(&bytes).and_then(|rows| reading.read(&rows))
        });
        let records = match read
            .await
            .map_err(liandong_kit::status::Problem::internal)?
        {
            Ok(records) => records,
            Err(problems) => return Ok(Response::new(outside_file::problems(&problems))),
        };
        let request = RequestKey::of("ImportOutsideFile", &start.request_id, &key);
        let command = self
            .command(&caller, "ImportOutsideFile", "", &key)
            .request(request);
        let by = self.actor(&caller, &command);
        let rule = move |work: &mut Work<'_>| {
            Ok(ImportOutsideFileResponse {
                outcome: Some(write(work, &by, &records)?),
                ..ImportOutsideFileResponse::default()
            })
        };
        let changed = self.store.change(command, start.validate_only, rule).await;
        changed.map(Response::new).map_err(status::change)
    }

    async fn list_outside_records(
        &self,
        request: Request<ListOutsideRecordsRequest>,
    ) -> Result<Response<ListOutsideRecordsResponse>, Status> {
        let (caller, message) = self.asks(request)?;
        let filter = filter(&message)?;
        let query = format!("outside {filter:?}");
        let page = PageRequest::parse(message.page_size, &message.page_token, &query)?;
        let Some(filter) = in_reach(&caller, filter) else {
            return Ok(Response::new(ListOutsideRecordsResponse::default()));
        };
        let after = page.after.as_deref().and_then(|it| it.split_once('/'));
        let after = after.map(|(source, record)| (source.to_owned(), record.to_owned()));
        let found = self
            .store
            .outside_records(&caller.district, &filter, after, page.limit())
            .await
            .map_err(status::database)?;
        let (found, next_page_token) = page.cut(found, |(it, _)| it.id());
        Ok(Response::new(ListOutsideRecordsResponse {
            records: found.iter().map(record).collect(),
            next_page_token,
        }))
    }

    async fn query_outside_totals(
        &self,
        request: Request<QueryOutsideTotalsRequest>,
    ) -> Result<Response<QueryOutsideTotalsResponse>, Status> {
        let (caller, message) = self.asks(request)?;
        let mut fields = Fields::default();
        let period = fields.period("period", &message.period);
        let period = fields.all(period)?;
        let filter = Filter {
            period: Some(period),
            ..Filter::default()
        };
        let totals = match in_reach(&caller, filter) {
            Some(filter) => self.store.outside_totals(&caller.district, &filter).await,
            None => Ok(vec![]),
        };
        let totals = totals.map_err(status::database)?;
        Ok(Response::new(QueryOutsideTotalsResponse {
            period: Some(convert::period(period)),
            totals: totals.iter().map(total).collect(),
        }))
    }
}

/// Writes records: all that are new or corrected.
fn write(work: &mut Work<'_>, by: &Actor, records: &[Content]) -> Result<OutsideOutcome, Refused> {
    let own = records.iter().map(|it| it.organization.as_str());
    let own: Vec<&str> = own.filter(|it| *it == by.organization).collect();
    independent(by, |organization| own.contains(&organization))?;
    let ids: Vec<String> = records.iter().map(Content::id).collect();
    at_hand::<Record>(work, ids.iter().map(String::as_str))?;
    let mut outcome = OutsideOutcome::default();
    for (id, content) in ids.iter().zip(records) {
        let before = work.get::<Record>(id)?.cloned().unwrap_or_default();
        let (written, event) = before.write(content);
        work.record::<Record>(id, event)?;
        match written {
            Written::Created => outcome.created += 1,
            Written::Corrected => outcome.corrected += 1,
            Written::Unchanged => outcome.unchanged += 1,
        }
    }
    Ok(outcome)
}

fn records(it: &ImportOutsideRecordsRequest, today: Date) -> Result<Vec<Content>, Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let counted = fields.count("records", it.records.len(), 1, RECORDS_MAX);
    let (mut read, mut known) = (vec![], std::collections::HashSet::new());
    for (at, it) in it.records.iter().enumerate().take(RECORDS_MAX) {
        let Some(content) = content(&mut fields, at, it) else {
            continue;
        };
        let new = known.insert(content.id());
        let path = format!("records[{at}].record");
        fields.check(new, &path, "is named twice", "记录重复");
        fields.check(
            content.day <= today,
            &format!("records[{at}].day"),
            "must not be after today",
            "不得晚于今天",
        );
        read.push(content);
    }
    fields.all(counted.then_some(read))
}

fn content(fields: &mut Fields, at: usize, it: &OutsideRecord) -> Option<Content> {
    let path = |field: &str| format!("records[{at}].{field}");
    let source = fields.slug(&path("source"), &it.source);
    let record = fields.slug(&path("record"), &it.record);
    let kind = kind(fields, &path("kind"), it.kind());
    let organization = fields.organization(&path("organization"), &it.organization);
    let day = fields.day(&path("day"), &it.day);
    let total = fields.whole(&path("total"), it.total, 0, TOTAL_MAX);
    let mut part = |field: &str, value| fields.whole(&path(field), value, 0, it.total.max(0));
    let (on_time, satisfied, repeated) = (
        part("punctual", it.punctual),
        part("satisfied", it.satisfied),
        part("repeated", it.repeated),
    );
    Some(Content {
        source: source?,
        record: record?,
        kind: kind?,
        organization: organization?,
        day: day?,
        counts: Counts {
            total: total?,
            on_time: on_time?,
            satisfied: satisfied?,
            repeated: repeated?,
        },
        withdrawn: it.withdrawn,
    })
}

/// A kind that may be imported: surveys are written by their own service.
pub(super) fn kind(fields: &mut Fields, field: &str, it: OutsideKind) -> Option<Kind> {
    let kind = match it {
        OutsideKind::Hotline => Some(Kind::Hotline),
        OutsideKind::DigitalCity => Some(Kind::DigitalCity),
        OutsideKind::Survey | OutsideKind::Unspecified => None,
    };
    fields.check(
        kind.is_some(),
        field,
        "must be HOTLINE or DIGITAL_CITY",
        "应为 HOTLINE 或 DIGITAL_CITY",
    );
    kind
}

fn filter(it: &ListOutsideRecordsRequest) -> Result<Filter, Status> {
    let mut fields = Fields::default();
    let mut filter = Filter::default();
    if !it.source.is_empty() {
        filter.source = fields.slug("source", &it.source);
    }
    if !it.organization.is_empty() {
        filter.organization = fields.organization("organization", &it.organization);
    }
    if !it.period.is_empty() {
        filter.period = fields.period("period", &it.period);
    }
    fields.all(Some(filter))
}

/// The filter narrowed to what the caller may see; nothing if that leaves nothing.
fn in_reach(caller: &Caller, filter: Filter) -> Option<Filter> {
    let asked = filter.organization.clone().into_iter().collect();
    let organization = Reach::of(caller).narrow(asked)?.pop();
    Some(Filter {
        organization,
        ..filter
    })
}

fn wire_kind(it: Kind) -> OutsideKind {
    match it {
        Kind::Hotline => OutsideKind::Hotline,
        Kind::DigitalCity => OutsideKind::DigitalCity,
        Kind::Survey => OutsideKind::Survey,
    }
}

fn record((it, revision): &(Content, i64)) -> OutsideRecord {
    OutsideRecord {
        source: it.source.clone(),
        record: it.record.clone(),
        kind: wire_kind(it.kind).into(),
        organization: name::of("organizations", &it.organization),
        day: it.day.to_string(),
        total: it.counts.total,
        punctual: it.counts.on_time,
        satisfied: it.counts.satisfied,
        repeated: it.counts.repeated,
        withdrawn: it.withdrawn,
        revision: *revision,
    }
}

fn total(it: &Total) -> OutsideTotal {
    let part = |numerator| {
        let denominator = it.counts.total;
        Some(convert::ratio(Ratio {
            numerator,
            denominator,
        }))
    };
    wire::OutsideTotal {
        organization: name::of("organizations", &it.organization),
        kind: wire_kind(it.kind).into(),
        record_count: it.records,
        punctual: part(it.counts.on_time),
        satisfied: part(it.counts.satisfied),
        repeated: part(it.counts.repeated),
    }
}
