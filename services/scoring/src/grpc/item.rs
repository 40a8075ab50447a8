//! ItemService.

use liandong_kit::{auth::Caller, commit::Work, name, page::PageRequest};
use liandong_proto::scoring::{
    Item as WireItem, ListItemsRequest, ListItemsResponse, RecordItemRequest, RecordItemResponse,
    WithdrawItemRequest, WithdrawItemResponse, item_service_server::ItemService,
};
use rust_decimal::Decimal;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{Handlers, convert::time, decide::independent, reach::Reach, read::Fields, status};
use crate::{
    domain::{
        item::{self, Item, Recorded, Refused},
        number::{POINT_PLACES, fixed},
        period::civil_day,
        ranking,
        refusal::Refusal,
    },
    store::{
        change::{self, Target, answered},
        items,
    },
};

/// The longest reason, in characters.
const REASON_MAX: usize = 1000;
/// The longest line of evidence, in characters, and how many there may be.
const EVIDENCE: (usize, usize) = (200, 20);

#[tonic::async_trait]
impl ItemService for Handlers {
    async fn record_item(
        &self,
        request: Request<RecordItemRequest>,
    ) -> Result<Response<RecordItemResponse>, Status> {
        let (caller, it) = self.asks(request)?;
        let command = self.command(&caller, "RecordItem", &it.request_id, &it);
        let by = self.actor(&caller, &command);
        let recorded = self.recorded(&caller, &it, by.at).await?;
        let about = recorded.organization.clone();
        let id = Uuid::now_v7().to_string();
        let rule = move |work: &mut Work<'_>| -> Result<_, change::Refused> {
            independent(&by, |it| it == about)?;
            work.record::<Item>(&id, [item::Event::Recorded(Box::new(recorded.clone()))])?;
            answered(work, &id, &|id: &str, version, it: &Item| {
                RecordItemResponse {
                    item: wire(id, version, it),
                }
            })
        };
        let changed = self.store.change(command, it.validate_only, rule).await;
        changed.map(Response::new).map_err(status::change)
    }

    async fn withdraw_item(
        &self,
        request: Request<WithdrawItemRequest>,
    ) -> Result<Response<WithdrawItemResponse>, Status> {
        let (caller, it) = self.asks(request)?;
        let mut fields = Fields::default();
        fields.request_id(&it.request_id);
        let id = fields.0.take("name", name::uuid(&it.name, "items"));
        let reason = fields.text("reason", &it.reason, REASON_MAX);
        let (id, reason) = fields.all(id.zip(reason))?;
        let command = self.command(&caller, "WithdrawItem", &it.request_id, &it);
        let by = self.actor(&caller, &command);
        let target = Target {
            id: id.to_string(),
            etag: it.etag,
            validate_only: it.validate_only,
        };
        let decide = move |it: &Item| {
            let about = it.recorded.as_ref().map(|it| it.organization.as_str());
            independent(&by, |own| about == Some(own))?;
            it.withdraw(&reason, by.at)
        };
        let answer = |id: &str, version, it: &Item| WithdrawItemResponse {
            item: wire(id, version, it),
        };
        let changed = self.store.change_one(command, target, decide, answer).await;
        changed.map(Response::new).map_err(status::change)
    }

    async fn list_items(
        &self,
        request: Request<ListItemsRequest>,
    ) -> Result<Response<ListItemsResponse>, Status> {
        let (caller, it) = self.asks(request)?;
        let mut fields = Fields::default();
        let mut organizations = vec![];
        if !it.organization.is_empty() {
            organizations.extend(fields.organization("organization", &it.organization));
        }
        let period = match it.period.as_str() {
            "" => None,
            text => fields.period("period", text),
        };
        fields.0.finish()?;
        let Some(organizations) = Reach::of(&caller).narrow(organizations) else {
            return Ok(Response::new(ListItemsResponse::default()));
        };
        let query = format!("items {organizations:?} {period:?}");
        let page = PageRequest::parse(it.page_size, &it.page_token, &query)?;
        let after = page
            .after
            .as_deref()
            .and_then(|it| Uuid::parse_str(it).ok());
        let filter = items::Filter {
            organization: organizations.into_iter().next(),
            period,
            after,
        };
        let (district, db) = (&caller.district, self.store.db().read());
        let ids = items::list(db, district, &filter, page.limit()).await;
        let (ids, next_page_token) = page.cut(ids.map_err(status::database)?, Uuid::to_string);
        let mut all = vec![];
        for id in ids {
            let one = self.store.one::<Item>(district, &id.to_string()).await;
            let one = one.map_err(status::database)?;
            all.extend(one.and_then(|it| wire(&it.id, it.version, &it.state)));
        }
        Ok(Response::new(ListItemsResponse {
            items: all,
            next_page_token,
        }))
    }
}

impl Handlers {
    /// What a request records, if the scheme that scores its day lets it.
    async fn recorded(
        &self,
        caller: &Caller,
        it: &RecordItemRequest,
        at: time::OffsetDateTime,
    ) -> Result<Recorded, Status> {
        let mut fields = Fields::default();
        fields.request_id(&it.request_id);
        let scheme_id = fields.id("scheme", &it.scheme, "schemes");
        let rule = fields.slug("rule", &it.rule);
        let organization = fields.organization("organization", &it.organization);
        let day = fields.day("day", &it.day);
        let reason = fields.text("reason", &it.reason, REASON_MAX);
        fields.count("evidence", it.evidence.len(), 0, EVIDENCE.1);
        let mut evidence = vec![];
        for (at, line) in it.evidence.iter().enumerate() {
            evidence.extend(fields.text(&format!("evidence[{at}]"), line, EVIDENCE.0));
        }
        let read = scheme_id.zip(rule).zip(organization).zip(day).zip(reason);
        let ((((scheme_id, rule), organization), day), reason) = fields.all(read)?;
        let book = self.book(&caller.district).await?;
        let scheme = book.in_force(day).find(|it| it.id == scheme_id);
        let scheme = scheme.ok_or_else(|| status::no_scheme(&scheme_id))?;
        let refused = |it: Refusal| Status::from(status::refused(&it));
        let (title, points) = item::check(scheme, &rule, (day, civil_day(at))).map_err(refused)?;
        let kinds = self.names.kinds(&caller.district).await.unwrap_or_default();
        if !ranking::is_scored(scheme, &organization, &kinds) {
            return Err(refused(Refused::NotScored(organization).into()));
        }
        Ok(Recorded {
            scheme: scheme_id,
            version: scheme.version,
            rule,
            title,
            points,
            organization,
            day,
            reason,
            evidence,
            author: caller.person.clone(),
            author_organization: caller.organization.clone(),
            at,
        })
    }
}

fn wire(id: &str, version: i64, it: &Item) -> Option<WireItem> {
    let recorded = it.recorded.as_ref()?;
    let points: Decimal = recorded.points.parse().unwrap_or_default();
    let withdrawn = it.withdrawn.clone();
    Some(WireItem {
        name: name::of("items", id),
        scheme: name::of("schemes", &recorded.scheme),
        scheme_version: recorded.version,
        rule: recorded.rule.clone(),
        title: recorded.title.clone(),
        organization: name::of("organizations", &recorded.organization),
        day: recorded.day.to_string(),
        points: fixed(points, POINT_PLACES),
        reason: recorded.reason.clone(),
        evidence: recorded.evidence.clone(),
        author: name::of("people", &recorded.author),
        create_time: Some(time(recorded.at)),
        withdraw_time: withdrawn.as_ref().map(|it| time(it.0)),
        withdraw_reason: withdrawn.map(|it| it.1).unwrap_or_default(),
        etag: version.to_string(),
    })
}
