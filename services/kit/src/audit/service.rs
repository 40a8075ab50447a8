//! Denied calls on the wire.

use liandong_proto::types::{
    DeniedCall, ListDeniedCallsRequest, ListDeniedCallsResponse,
    audit_service_server::{self, AuditServiceServer},
};
use prost_types::Timestamp;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use crate::{
    auth::Caller,
    db::Db,
    limited, name,
    page::PageRequest,
    status::{FieldProblem, Problem, Violations},
};

/// The service over this database's denied calls.
pub(crate) fn service(db: Db) -> AuditServiceServer<Service> {
    limited!(AuditServiceServer::new(Service(db)))
}

#[derive(Debug)]
pub(crate) struct Service(Db);

#[tonic::async_trait]
impl audit_service_server::AuditService for Service {
    async fn list_denied_calls(
        &self,
        request: Request<ListDeniedCallsRequest>,
    ) -> Result<Response<ListDeniedCallsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let asked = request.into_inner();
        let query = ListDeniedCallsRequest {
            page_size: 0,
            page_token: String::new(),
            ..asked.clone()
        };
        let query = format!("denied {} {query:?}", caller.district);
        let page = PageRequest::parse(asked.page_size, &asked.page_token, &query)?;
        let mut condition = condition(&caller, asked)?;
        if let Some(after) = &page.after {
            let after = Uuid::try_parse(after).map_err(|_| stale_token())?;
            condition = condition.add(Column::Id.lt(after));
        }
        let rows = Entity::find()
            .filter(condition)
            .order_by_desc(Column::Id)
            .limit(page.limit())
            .all(self.0.read())
            .await
            .map_err(|error| {
                tracing::error!(%error, "denied calls cannot be read");
                Problem::unavailable("DATABASE_AWAY", "the database is away", "数据库暂不可用")
            })?;
        let (rows, next_page_token) = page.cut(rows, |it| it.id.to_string());
        Ok(Response::new(ListDeniedCallsResponse {
            denied_calls: rows.into_iter().map(wire).collect(),
            next_page_token,
        }))
    }
}

/// What is asked, within the caller's district.
fn condition(caller: &Caller, asked: ListDeniedCallsRequest) -> Result<Condition, Status> {
    let mut bad = Violations::new();
    let organization = bad.take("organization", organization(&asked.organization));
    bad.finish()?;
    let mut condition =
        Condition::all().add(Column::District.is_in([caller.district.as_str(), ""]));
    let equal = [
        (Column::Organization, organization.unwrap_or_default()),
        (Column::Person, asked.person),
        (Column::Method, asked.method),
        (Column::Reason, asked.reason),
    ];
    for (column, value) in equal.into_iter().filter(|it| !it.1.is_empty()) {
        condition = condition.add(column.eq(value));
    }
    if let Some(it) = asked.start_time {
        condition = condition.add(Column::LastAt.gte(micros(&it)));
    }
    if let Some(it) = asked.end_time {
        condition = condition.add(Column::FirstAt.lt(micros(&it)));
    }
    Ok(condition)
}

fn organization(asked: &str) -> Result<String, FieldProblem> {
    match asked {
        "" => Ok(String::new()),
        _ => name::id(asked, "organizations").map(str::to_owned),
    }
}

fn stale_token() -> Status {
    let mut bad = Violations::new();
    bad.check(false, "page_token", "is malformed", "格式不正确");
    bad.into()
}

fn micros(it: &Timestamp) -> i64 {
    it.seconds
        .saturating_mul(1_000_000)
        .saturating_add(i64::from(it.nanos) / 1_000)
}

fn time(micros: i64) -> Option<Timestamp> {
    Some(Timestamp {
        seconds: micros.div_euclid(1_000_000),
        nanos: i32::try_from(micros.rem_euclid(1_000_000)).unwrap_or_default() * 1_000,
    })
}

fn wire(it: Model) -> DeniedCall {
    let named = |collection: &str, id: String| match id.as_str() {
        "" => id,
        id => format!("{collection}/{id}"),
    };
    DeniedCall {
        id: it.id.to_string(),
        method: it.method,
        code: it.code,
        reason: it.reason,
        person: it.person,
        organization: named("organizations", it.organization),
        district: named("districts", it.district),
        address: it.address,
        count: it.count,
        first_time: time(it.first_at),
        last_time: time(it.last_at),
        trace_id: it.trace_id,
    }
}
