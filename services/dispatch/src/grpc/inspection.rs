//! InspectionService: rounds, inspections, and the orders that come of them.

use liandong_kit::commit::Command;
use liandong_kit::log::Loaded;
use liandong_proto::dispatch::{self as wire, inspection_service_server};
use prost::Message;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::convert::inspection as convert;
use super::convert::inspection_read as read;
use super::convert::query;
use super::docket::Listing;
use super::known::{Named, each};
use super::patrol::today;
use super::{Desk, etag, open, organization, person, status};
use crate::domain::inspection::{
    Change, Inspection, InspectionRound, Refused, RoundChange, RoundEvent,
};
use crate::domain::{InspectionId, Refusal, RoundId};
use crate::store::Etag;

/// Serves inspections.
#[derive(Clone)]
pub(crate) struct InspectionService(pub(crate) Desk);

#[tonic::async_trait]
impl inspection_service_server::InspectionService for InspectionService {
    async fn plan_inspection_round(
        &self,
        request: Request<wire::PlanInspectionRoundRequest>,
    ) -> Result<Response<wire::PlanInspectionRoundResponse>, Status> {
        let (caller, message) = open(request)?;
        let desk = &self.0;
        let command = desk
            .command(
                &caller,
                "PlanInspectionRound",
                &message.request_id,
                &message,
            )
            .validate_only(message.validate_only);
        let at = command.occurred_at();
        let planned = read::plan_round(message, &caller, today(at)?)?;
        let areas = (0..).zip(planned.objects.iter().map(|it| &it.area));
        let areas = areas.map(|(n, it)| (format!("objects[{n}].area"), it));
        let named = Named {
            areas: areas.collect(),
            matters: each("matters", &planned.matters),
            ..Named::default()
        };
        desk.known(&caller, named, at).await?;
        desk.looks(&caller, planned.mode).await?;
        let id = RoundId(Uuid::now_v7());
        let decide = move |_: &InspectionRound| {
            let organization = planned.organization.clone();
            let change = RoundChange::Planned(Box::new(planned.clone()));
            Ok(vec![RoundEvent {
                at,
                organization,
                change,
            }])
        };
        let answer = |inspection_round| wire::PlanInspectionRoundResponse { inspection_round };
        let target = (id, None);
        self.change_round(command, target, decide, answer).await
    }

    async fn draw_inspection_round(
        &self,
        request: Request<wire::DrawInspectionRoundRequest>,
    ) -> Result<Response<wire::DrawInspectionRoundResponse>, Status> {
        let (caller, message) = open(request)?;
        let (id, seed, reason) = read::draw(&message)?;
        let command = self
            .0
            .command(
                &caller,
                "DrawInspectionRound",
                &message.request_id,
                &message,
            )
            .validate_only(message.validate_only);
        let seed = if seed.is_empty() {
            Uuid::now_v7().simple().to_string()
        } else {
            seed
        };
        let missing = Refusal::from(Refused::RoundNotFound);
        let found = self
            .0
            .found::<InspectionRound>(&caller, id.to_string(), &missing);
        let planned = found.await?.state.planned;
        let drawn = planned.map_or(0, |it| match it.sample {
            0 => it.objects.len(),
            sample => sample.into(),
        });
        let ids = (0..drawn).map(|_| InspectionId(Uuid::now_v7())).collect();
        let target = (id, etag(message.etag), organization(&caller));
        let with = (seed, person(&caller), reason);
        let answer = round_as(id, |inspection_round| wire::DrawInspectionRoundResponse {
            inspection_round,
        });
        let changed = self.0.store.draw_round(command, target, with, ids, answer);
        changed.await.map(Response::new).map_err(status::change)
    }

    async fn cancel_inspection_round(
        &self,
        request: Request<wire::CancelInspectionRoundRequest>,
    ) -> Result<Response<wire::CancelInspectionRoundResponse>, Status> {
        let (caller, message) = open(request)?;
        let (id, reason) = read::cancel_round(&message)?;
        let command = self
            .0
            .command(
                &caller,
                "CancelInspectionRound",
                &message.request_id,
                &message,
            )
            .validate_only(message.validate_only);
        let (at, organization) = (command.occurred_at(), organization(&caller));
        let decide = move |round: &InspectionRound| {
            let changes = round.cancel(&organization, &reason)?;
            let event = |change| RoundEvent {
                at,
                organization: organization.clone(),
                change,
            };
            Ok(changes.into_iter().map(event).collect())
        };
        let answer = |inspection_round| wire::CancelInspectionRoundResponse { inspection_round };
        let target = (id, etag(message.etag));
        self.change_round(command, target, decide, answer).await
    }

    async fn get_inspection_round(
        &self,
        request: Request<wire::GetInspectionRoundRequest>,
    ) -> Result<Response<wire::GetInspectionRoundResponse>, Status> {
        let (caller, message) = open(request)?;
        let id = read::round_name(&message.name)?;
        let missing = Refusal::from(Refused::RoundNotFound);
        let found = self
            .0
            .found::<InspectionRound>(&caller, id.to_string(), &missing);
        let found = found.await?;
        let inspection_round = Some(convert::round(id, found.version, &found.state, true));
        Ok(Response::new(wire::GetInspectionRoundResponse {
            inspection_round,
        }))
    }

    async fn list_inspection_rounds(
        &self,
        request: Request<wire::ListInspectionRoundsRequest>,
    ) -> Result<Response<wire::ListInspectionRoundsResponse>, Status> {
        let (caller, message) = open(request)?;
        let asked = (
            (message.page_size, message.page_token),
            (message.filter, message.facets),
        );
        let listed = self
            .0
            .listed::<InspectionRound>(&caller, asked, query::ROUNDS);
        let Listing {
            found,
            next_page_token,
            facets,
        } = listed.await?;
        let round = |it: &Loaded<InspectionRound>| {
            convert::round(RoundId(convert::id(&it.id)), it.version, &it.state, false)
        };
        Ok(Response::new(wire::ListInspectionRoundsResponse {
            inspection_rounds: found.iter().map(round).collect(),
            next_page_token,
            facets,
        }))
    }

    async fn plan_inspection(
        &self,
        request: Request<wire::PlanInspectionRequest>,
    ) -> Result<Response<wire::PlanInspectionResponse>, Status> {
        let (caller, message) = open(request)?;
        let desk = &self.0;
        let command = desk
            .command(&caller, "PlanInspection", &message.request_id, &message)
            .validate_only(message.validate_only);
        let at = command.occurred_at();
        let planned = read::plan(message, &caller, today(at)?)?;
        let named = Named {
            areas: vec![("object.area".into(), &planned.object.area)],
            matters: each("matters", &planned.matters),
            ..Named::default()
        };
        desk.known(&caller, named, at).await?;
        desk.looks(&caller, planned.mode).await?;
        let id = InspectionId(Uuid::now_v7());
        let answer = as_it_is(id, |inspection| wire::PlanInspectionResponse { inspection });
        let changed = desk.store.plan_inspection(command, (id, planned), answer);
        changed.await.map(Response::new).map_err(status::change)
    }

    async fn start_inspection(
        &self,
        request: Request<wire::StartInspectionRequest>,
    ) -> Result<Response<wire::StartInspectionResponse>, Status> {
        let (caller, message) = open(request)?;
        let id = read::named(&message.name, &message.request_id)?;
        let command = self
            .0
            .command(&caller, "StartInspection", &message.request_id, &message)
            .validate_only(message.validate_only);
        let organization = organization(&caller);
        let decide = move |it: &Inspection| it.start(&organization);
        let answer = |inspection| wire::StartInspectionResponse { inspection };
        let target = (id, etag(message.etag));
        self.change(command, target, decide, answer).await
    }

    async fn record_inspection_finding(
        &self,
        request: Request<wire::RecordInspectionFindingRequest>,
    ) -> Result<Response<wire::RecordInspectionFindingResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(
                &caller,
                "RecordInspectionFinding",
                &message.request_id,
                &message,
            )
            .validate_only(message.validate_only);
        let (at, etag) = (command.occurred_at(), etag(message.etag.clone()));
        let (id, finding) = read::found(message, &caller, at)?;
        let decide = move |it: &Inspection| it.find(finding.clone());
        let answer = |inspection| wire::RecordInspectionFindingResponse { inspection };
        self.change(command, (id, etag), decide, answer).await
    }

    async fn order_rectification(
        &self,
        request: Request<wire::OrderRectificationRequest>,
    ) -> Result<Response<wire::OrderRectificationResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "OrderRectification", &message.request_id, &message)
            .validate_only(message.validate_only);
        let (at, etag) = (command.occurred_at(), etag(message.etag.clone()));
        let asked = read::rectify(message)?;
        let id = asked.id;
        let ordering = self.ordering(&caller, asked, at).await?;
        let target = (id, etag, organization(&caller));
        let answer = as_it_is(id, |inspection| wire::OrderRectificationResponse {
            inspection,
        });
        let changed = self
            .0
            .store
            .order_rectification(command, target, ordering, answer);
        changed.await.map(Response::new).map_err(status::change)
    }

    async fn conclude_inspection(
        &self,
        request: Request<wire::ConcludeInspectionRequest>,
    ) -> Result<Response<wire::ConcludeInspectionResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "ConcludeInspection", &message.request_id, &message)
            .validate_only(message.validate_only);
        let named = (message.name.as_str(), message.request_id.as_str());
        let (id, conclusion) = read::because(named, "conclusion", message.conclusion)?;
        let organization = organization(&caller);
        let decide = move |it: &Inspection| it.conclude(&organization, &conclusion);
        let answer = |inspection| wire::ConcludeInspectionResponse { inspection };
        let target = (id, etag(message.etag));
        self.change(command, target, decide, answer).await
    }

    async fn cancel_inspection(
        &self,
        request: Request<wire::CancelInspectionRequest>,
    ) -> Result<Response<wire::CancelInspectionResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "CancelInspection", &message.request_id, &message)
            .validate_only(message.validate_only);
        let named = (message.name.as_str(), message.request_id.as_str());
        let (id, reason) = read::because(named, "reason", message.reason)?;
        let organization = organization(&caller);
        let decide = move |it: &Inspection| it.cancel(&organization, &reason);
        let answer = |inspection| wire::CancelInspectionResponse { inspection };
        let target = (id, etag(message.etag));
        self.change(command, target, decide, answer).await
    }

    async fn propose_inspection_merge(
        &self,
        request: Request<wire::ProposeInspectionMergeRequest>,
    ) -> Result<Response<wire::ProposeInspectionMergeResponse>, Status> {
        let (caller, message) = open(request)?;
        let (id, into, reason) = read::propose(&message)?;
        let command = self
            .0
            .command(
                &caller,
                "ProposeInspectionMerge",
                &message.request_id,
                &message,
            )
            .validate_only(message.validate_only);
        let target = (id, etag(message.etag), organization(&caller));
        let answer = as_it_is(id, |inspection| wire::ProposeInspectionMergeResponse {
            inspection,
        });
        let changed = self
            .0
            .store
            .propose_merge(command, target, (into, reason), answer);
        changed.await.map(Response::new).map_err(status::change)
    }

    async fn answer_inspection_merge(
        &self,
        request: Request<wire::AnswerInspectionMergeRequest>,
    ) -> Result<Response<wire::AnswerInspectionMergeResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(
                &caller,
                "AnswerInspectionMerge",
                &message.request_id,
                &message,
            )
            .validate_only(message.validate_only);
        let (into, from, given) = read::answer(&message, &caller, command.occurred_at())?;
        let target = (into, etag(message.etag), organization(&caller));
        let answer = as_it_is(into, |inspection| wire::AnswerInspectionMergeResponse {
            inspection,
        });
        let changed = self
            .0
            .store
            .answer_merge(command, target, (from, given), answer);
        changed.await.map(Response::new).map_err(status::change)
    }

    async fn get_inspection(
        &self,
        request: Request<wire::GetInspectionRequest>,
    ) -> Result<Response<wire::GetInspectionResponse>, Status> {
        let (caller, message) = open(request)?;
        let id = read::named(&message.name, "")?;
        let missing = Refusal::from(Refused::NotFound);
        let found = self
            .0
            .found::<Inspection>(&caller, id.to_string(), &missing);
        let mut seen = self.0.inspections(&caller, &[found.await?]).await?;
        Ok(Response::new(wire::GetInspectionResponse {
            inspection: seen.pop(),
        }))
    }

    async fn list_inspections(
        &self,
        request: Request<wire::ListInspectionsRequest>,
    ) -> Result<Response<wire::ListInspectionsResponse>, Status> {
        let (caller, message) = open(request)?;
        let asked = (
            (message.page_size, message.page_token),
            (message.filter, message.facets),
        );
        let listed = self
            .0
            .listed::<Inspection>(&caller, asked, query::INSPECTIONS);
        let Listing {
            found,
            next_page_token,
            facets,
        } = listed.await?;
        Ok(Response::new(wire::ListInspectionsResponse {
            inspections: self.0.inspections(&caller, &found).await?,
            next_page_token,
            facets,
        }))
    }
}

impl InspectionService {
    /// Lets `decide` change an inspection, and answers with it as it is then.
    async fn change<R: Message + Default + 'static>(
        &self,
        command: Command,
        target: (InspectionId, Etag),
        decide: impl Fn(&Inspection) -> Result<Vec<Change>, Refused> + Send + 'static,
        answer: fn(Option<wire::Inspection>) -> R,
    ) -> Result<Response<R>, Status> {
        let answer = as_it_is(target.0, answer);
        let store = &self.0.store;
        let changed = store.change_inspection(command, target, decide, answer);
        changed.await.map(Response::new).map_err(status::change)
    }

    /// The same of a round.
    async fn change_round<R: Message + Default + 'static>(
        &self,
        command: Command,
        (id, etag): (RoundId, Etag),
        decide: impl Fn(&InspectionRound) -> Result<Vec<RoundEvent>, Refusal> + Send + 'static,
        answer: fn(Option<wire::InspectionRound>) -> R,
    ) -> Result<Response<R>, Status> {
        let (target, answer) = ((id.to_string(), etag), round_as(id, answer));
        let store = &self.0.store;
        let changed = store.change_listed(command, target, decide, answer);
        changed.await.map(Response::new).map_err(status::change)
    }
}

/// The answer with the round as it is then.
fn round_as<R: 'static>(
    id: RoundId,
    answer: fn(Option<wire::InspectionRound>) -> R,
) -> impl Fn(i64, &InspectionRound) -> R + Send + 'static {
    move |version, it| answer(Some(convert::round(id, version, it, true)))
}

/// The answer with the inspection as it is then.
fn as_it_is<R: 'static>(
    id: InspectionId,
    answer: fn(Option<wire::Inspection>) -> R,
) -> impl Fn(i64, &Inspection) -> R + Send + 'static {
    move |version, it| answer(Some(convert::inspection(id, version, it)))
}
