//! FollowUpService: is a closed case still solved.

use liandong_proto::dispatch::{self as wire, follow_up_service_server};
use tonic::{Request, Response, Status};

use super::case::answered;
use super::convert::{query, revisit as convert};
use super::{Desk, etag, open, organization, person, sight, status};
use crate::domain::Case;
use crate::domain::case::revisit::RootCause;
use crate::store::Sight;

/// Serves revisits, relapses and root causes.
#[derive(Clone)]
pub(crate) struct FollowUpService(pub(crate) Desk);

#[tonic::async_trait]
impl follow_up_service_server::FollowUpService for FollowUpService {
    async fn record_revisit(
        &self,
        request: Request<wire::RecordRevisitRequest>,
    ) -> Result<Response<wire::RecordRevisitResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "RecordRevisit", &message.request_id, &message)
            .validate_only(message.validate_only);
        let sent = etag(message.etag.clone());
        let by = (person(&caller), command.occurred_at());
        let (mine, at) = (organization(&caller), command.occurred_at());
        let mut it = convert::read_revisit(message, mine.clone(), by)?;
        let registry = &self.0.registry;
        let who = (&it.visited.person, &mine);
        it.visited.units = registry.units(&caller.district, who, at).await?;
        let answer = answered(it.case, |case| wire::RecordRevisitResponse { case });
        let which = (it.case, it.number, sent);
        let changed = self
            .0
            .store
            .record_revisit(command, which, (it.visited, it.cited), answer);
        changed.await.map(Response::new).map_err(status::change)
    }

    async fn list_revisits(
        &self,
        request: Request<wire::ListRevisitsRequest>,
    ) -> Result<Response<wire::ListRevisitsResponse>, Status> {
        let (caller, message) = open(request)?;
        let store = &self.0.store;
        let settings = store.case_settings(&caller.district).await;
        let (_, settings) = settings.map_err(status::database)?;
        let sight = match sight(&caller) {
            Sight::Of(own) if settings.revisitor.as_ref() == Some(&own) => Sight::District,
            other => other,
        };
        let page = (message.page_size, &*message.page_token);
        let rows = format!("{sight:?}");
        let query::Asked { terms, page, .. } =
            query::page(page, (&message.filter, &[]), query::REVISITS, &rows)?;
        let listed = store.revisit_ids(&caller.district, &sight, &terms, &page);
        let (ids, next_page_token) = listed.await.map_err(status::database)?;
        let mut keys: Vec<String> = ids.iter().map(|(case, _)| case.to_string()).collect();
        keys.sort();
        keys.dedup();
        let found = store.several::<Case>(&caller.district, &keys).await;
        let found = found.map_err(status::database)?;
        let find = |(case, number): &(crate::domain::CaseId, u16)| {
            let key = case.to_string();
            let it = &found.iter().find(|it| it.id == key)?.state;
            Some(convert::revisit(*case, it.revisit(*number)?))
        };
        Ok(Response::new(wire::ListRevisitsResponse {
            revisits: ids.iter().filter_map(find).collect(),
            next_page_token,
        }))
    }

    async fn reopen_case(
        &self,
        request: Request<wire::ReopenCaseRequest>,
    ) -> Result<Response<wire::ReopenCaseResponse>, Status> {
        let (caller, message) = open(request)?;
        let (id, relapse) = convert::read_reopening(&message)?;
        let command = self
            .0
            .command(&caller, "ReopenCase", &message.request_id, &message)
            .validate_only(message.validate_only);
        let target = (id, etag(message.etag), organization(&caller));
        let answer = answered(id, |case| wire::ReopenCaseResponse { case });
        let changed = self
            .0
            .store
            .reopen_case(command, target, (relapse, person(&caller)), answer);
        changed.await.map(Response::new).map_err(status::change)
    }

    async fn record_root_cause(
        &self,
        request: Request<wire::RecordRootCauseRequest>,
    ) -> Result<Response<wire::RecordRootCauseResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "RecordRootCause", &message.request_id, &message)
            .validate_only(message.validate_only);
        let by = (person(&caller), command.occurred_at());
        let (id, cause) = convert::read_root_cause(&message, by)?;
        let target = (id, etag(message.etag), organization(&caller));
        let answer = answered(id, |case| wire::RecordRootCauseResponse { case });
        let decide = move |it: &Case| {
            Ok(it.note_root_cause(RootCause {
                round: it.round(),
                ..cause.clone()
            }))
        };
        let changed = self.0.store.change_case(command, target, decide, answer);
        changed.await.map(Response::new).map_err(status::change)
    }
}
