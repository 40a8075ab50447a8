//! ClockService: clocks that law sets, and time that is charged to nobody.

use liandong_proto::dispatch::{self as wire, clock_service_server};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::convert::{assignment as assignments, clock as convert, outage, query};
use super::step::Target;
use super::{Desk, etag, open, organization, person, status};
use crate::domain::outage::OutageRecorded;
use crate::domain::{Outage, OutageId, Refusal, Task};
use crate::store::Sight;

/// Serves clocks.
#[derive(Clone)]
pub(crate) struct ClockService(pub(crate) Desk);

#[tonic::async_trait]
impl clock_service_server::ClockService for ClockService {
    async fn start_statutory_clock(
        &self,
        request: Request<wire::StartStatutoryClockRequest>,
    ) -> Result<Response<wire::StartStatutoryClockResponse>, Status> {
        let (caller, message) = open(request)?;
        let (desk, method) = (&self.0, "StartStatutoryClock");
        let command = desk
            .command(&caller, method, &message.request_id, &message)
            .validate_only(message.validate_only);
        let (id, start) = convert::start(&message, &caller.person, command.occurred_at())?;
        let time = desk.registry.work_time(&caller.district).await?;
        let decide = move |it: &Task| it.start_statutory(id.number, &start, &time);
        let answer = |assignment| wire::StartStatutoryClockResponse { assignment };
        let target = Target::of(id, message.etag);
        desk.step(&caller, command, target, decide, answer).await
    }

    async fn extend_statutory_clock(
        &self,
        request: Request<wire::ExtendStatutoryClockRequest>,
    ) -> Result<Response<wire::ExtendStatutoryClockResponse>, Status> {
        let (caller, message) = open(request)?;
        let (desk, method) = (&self.0, "ExtendStatutoryClock");
        let command = desk
            .command(&caller, method, &message.request_id, &message)
            .validate_only(message.validate_only);
        let (at, names) = (
            command.occurred_at(),
            (&*message.name, &*message.request_id),
        );
        let (id, paper) = convert::paper(names, message.clock, &message.document, &caller.person)?;
        let time = desk.registry.work_time(&caller.district).await?;
        let decide = move |it: &Task| it.extend_statutory(id.number, &paper, &time, at);
        let answer = |assignment| wire::ExtendStatutoryClockResponse { assignment };
        let target = Target::of(id, message.etag);
        desk.step(&caller, command, target, decide, answer).await
    }

    async fn stop_statutory_clock(
        &self,
        request: Request<wire::StopStatutoryClockRequest>,
    ) -> Result<Response<wire::StopStatutoryClockResponse>, Status> {
        let (caller, message) = open(request)?;
        let (desk, method) = (&self.0, "StopStatutoryClock");
        let command = desk
            .command(&caller, method, &message.request_id, &message)
            .validate_only(message.validate_only);
        let (at, names) = (
            command.occurred_at(),
            (&*message.name, &*message.request_id),
        );
        let (id, paper) = convert::paper(names, message.clock, &message.document, &caller.person)?;
        let time = desk.registry.work_time(&caller.district).await?;
        let transfer = message.transfer;
        let decide = move |it: &Task| it.stop_statutory(id.number, &paper, transfer, &time, at);
        let answer = |assignment| wire::StopStatutoryClockResponse { assignment };
        let target = Target::of(id, message.etag);
        desk.step(&caller, command, target, decide, answer).await
    }

    async fn record_outage(
        &self,
        request: Request<wire::RecordOutageRequest>,
    ) -> Result<Response<wire::RecordOutageResponse>, Status> {
        let (caller, message) = open(request)?;
        let (desk, only) = (&self.0, message.validate_only);
        let command = desk
            .command(&caller, "RecordOutage", &message.request_id, &message)
            .validate_only(only);
        let who = (organization(&caller), person(&caller));
        let away = outage::record(message, who, command.occurred_at())?;
        let time = desk.registry.work_time(&caller.district).await?;
        let answer = |id, it: &OutageRecorded| wire::RecordOutageResponse {
            outage: Some(outage::outage(id, it)),
        };
        let recorded = desk
            .store
            .record_outage(command, (&caller.district, away), time, answer);
        recorded.await.map(Response::new).map_err(status::change)
    }

    async fn list_outages(
        &self,
        request: Request<wire::ListOutagesRequest>,
    ) -> Result<Response<wire::ListOutagesResponse>, Status> {
        let (caller, message) = open(request)?;
        let page = (message.page_size, &*message.page_token);
        let query::Asked { terms, page, .. } =
            query::page(page, (&message.filter, &[]), query::OUTAGES, "outages")?;
        let (store, all) = (&self.0.store, Sight::District);
        let listed = store.listed_ids::<Outage>((&caller.district, &all), &terms, &page);
        let (ids, next_page_token) = listed.await.map_err(status::database)?;
        let found = store.several::<Outage>(&caller.district, &ids).await;
        let found = found.map_err(status::database)?;
        let shown = found.iter().filter_map(|it| {
            let id = OutageId(Uuid::try_parse(&it.id).ok()?);
            Some(outage::outage(id, it.state.recorded.as_ref()?))
        });
        Ok(Response::new(wire::ListOutagesResponse {
            outages: shown.collect(),
            next_page_token,
        }))
    }

    async fn confirm_delivery(
        &self,
        request: Request<wire::ConfirmDeliveryRequest>,
    ) -> Result<Response<wire::ConfirmDeliveryResponse>, Status> {
        let (caller, message) = open(request)?;
        let (desk, method) = (&self.0, "ConfirmDelivery");
        let command = desk
            .command(&caller, method, &message.request_id, &message)
            .validate_only(message.validate_only);
        let (at, mine, person) = (
            command.occurred_at(),
            organization(&caller),
            person(&caller),
        );
        let (id, note) = convert::confirmed(&message)?;
        let time = desk.registry.work_time(&caller.district).await?;
        let organizer = mine.clone();
        let decide = move |it: &Task| {
            if it.organizer != organizer {
                return Err(Refusal::AssignmentNotFound);
            }
            it.confirm_delivery(id.number, &person, &note, &time, at)
        };
        let answer = move |it: &Task| wire::ConfirmDeliveryResponse {
            assignment: it
                .assignment(id.number)
                .map(|part| assignments::assignment(id.task, it, part)),
        };
        let target = (id, etag(message.etag), (mine, vec![]));
        let changed = desk
            .store
            .change_assignment(command, target, decide, answer);
        changed.await.map(Response::new).map_err(status::change)
    }
}
