//! MeetingService: agendas that build themselves, decisions that take effect, minutes that stay.

use liandong_kit::auth::Caller;
use liandong_kit::commit::Command;
use liandong_kit::log::Loaded;
use liandong_proto::dispatch::{self as wire, meeting_service_server};
use prost::Message;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::convert::{
    meeting as convert, meeting_decision, meeting_ranking, meeting_read as read, query,
};
use super::docket::Listing;
use super::known::Named;
use super::{Desk, etag, meeting_export, open, organization, person, status};
use crate::domain::clock::Deadline;
use crate::domain::meeting::{Change, Date, Names, Refused};
use crate::domain::{Meeting, MeetingId, MeetingSeries, Refusal};
use crate::store::Sight;
use crate::store::meetings::{Convening, hash};

/// Serves meetings.
#[derive(Clone)]
pub(crate) struct MeetingService(pub(crate) Desk);

#[tonic::async_trait]
impl meeting_service_server::MeetingService for MeetingService {
    async fn create_meeting(
        &self,
        request: Request<wire::CreateMeetingRequest>,
    ) -> Result<Response<wire::CreateMeetingResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "CreateMeeting", &message.request_id, &message)
            .validate_only(message.validate_only);
        let (series, at, place) = read::create(&message, command.occurred_at())?;
        let mine = organization(&caller);
        let (store, district) = (&self.0.store, &caller.district);
        let (key, sight) = (series.to_string(), Sight::Of(mine.clone()));
        let found = store.listed::<MeetingSeries>(district, &sight, &key);
        let found = found.await.map_err(status::database)?;
        let hidden = || Status::from(status::refused(&Refused::SeriesNotFound.into()));
        let area = found.ok_or_else(hidden)?.state.set.area;
        let candidates = store.candidates(district, &area).await;
        let convening = Convening {
            series,
            meeting: MeetingId(Uuid::now_v7()),
            by: Some(mine),
            at,
            place,
            candidates: candidates.map_err(status::database)?,
            time: self.0.registry.work_time(district).await?,
        };
        let answer = as_it_is(convening.meeting, |meeting| wire::CreateMeetingResponse {
            meeting,
        });
        let drawn = store.convene(command, convening, answer).await;
        drawn.map(Response::new).map_err(status::change)
    }

    async fn update_meeting(
        &self,
        request: Request<wire::UpdateMeetingRequest>,
    ) -> Result<Response<wire::UpdateMeetingResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "UpdateMeeting", &message.request_id, &message)
            .validate_only(message.validate_only);
        let (id, at, place) = read::update(&message, command.occurred_at())?;
        let by = organization(&caller);
        let date = Date { at, place };
        let decide = move |it: &Meeting| it.relocate(&by, date.clone());
        let answer = |meeting| wire::UpdateMeetingResponse { meeting };
        self.change(command, (id, message.etag), decide, answer)
            .await
    }

    async fn build_agenda(
        &self,
        request: Request<wire::BuildAgendaRequest>,
    ) -> Result<Response<wire::BuildAgendaResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "BuildAgenda", &message.request_id, &message)
            .validate_only(message.validate_only);
        let id = read::named(&message.name, &message.request_id)?;
        let answer = |meeting| wire::BuildAgendaResponse { meeting };
        let target = (id, message.etag);
        self.build(&caller, command, target, (false, answer)).await
    }

    async fn add_agenda_item(
        &self,
        request: Request<wire::AddAgendaItemRequest>,
    ) -> Result<Response<wire::AddAgendaItemResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "AddAgendaItem", &message.request_id, &message)
            .validate_only(message.validate_only);
        let (id, motion) = read::motion(&message, &caller)?;
        let target = (id, etag(message.etag), organization(&caller));
        let answer = as_it_is(id, |meeting| wire::AddAgendaItemResponse { meeting });
        let added = self.0.store.add_item(command, target, motion, answer).await;
        added.map(Response::new).map_err(status::change)
    }

    async fn remove_agenda_item(
        &self,
        request: Request<wire::RemoveAgendaItemRequest>,
    ) -> Result<Response<wire::RemoveAgendaItemResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "RemoveAgendaItem", &message.request_id, &message)
            .validate_only(message.validate_only);
        let named = (message.name.as_str(), message.request_id.as_str());
        let because = ("reason", message.reason.as_str());
        let (id, item, reason) = read::about(named, Some(message.item), because)?;
        let (by, person) = (organization(&caller), person(&caller));
        let decide = move |it: &Meeting| it.remove(&by, item, (&person, &reason));
        let answer = |meeting| wire::RemoveAgendaItemResponse { meeting };
        self.change(command, (id, message.etag), decide, answer)
            .await
    }

    async fn open_meeting(
        &self,
        request: Request<wire::OpenMeetingRequest>,
    ) -> Result<Response<wire::OpenMeetingResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "OpenMeeting", &message.request_id, &message)
            .validate_only(message.validate_only);
        let id = read::named(&message.name, &message.request_id)?;
        let answer = |meeting| wire::OpenMeetingResponse { meeting };
        let target = (id, message.etag);
        self.build(&caller, command, target, (true, answer)).await
    }

    async fn record_attendance(
        &self,
        request: Request<wire::RecordAttendanceRequest>,
    ) -> Result<Response<wire::RecordAttendanceResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "RecordAttendance", &message.request_id, &message)
            .validate_only(message.validate_only);
        let (id, attendance) = read::attendance(&message, &caller, command.occurred_at())?;
        let by = organization(&caller);
        let decide = move |it: &Meeting| it.attend(&by, attendance.clone());
        let answer = |meeting| wire::RecordAttendanceResponse { meeting };
        self.change(command, (id, message.etag), decide, answer)
            .await
    }

    async fn show_ranking(
        &self,
        request: Request<wire::ShowRankingRequest>,
    ) -> Result<Response<wire::ShowRankingResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "ShowRanking", &message.request_id, &message)
            .validate_only(message.validate_only);
        let sent = message.etag.clone();
        let (id, ranking) = meeting_ranking::ranking(message, command.occurred_at())?;
        let by = organization(&caller);
        let decide = move |it: &Meeting| it.show(&by, ranking.clone());
        let answer = |meeting| wire::ShowRankingResponse { meeting };
        self.change(command, (id, sent), decide, answer).await
    }

    async fn decide_item(
        &self,
        request: Request<wire::DecideItemRequest>,
    ) -> Result<Response<wire::DecideItemResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "DecideItem", &message.request_id, &message)
            .validate_only(message.validate_only);
        let (at, sent) = (command.occurred_at(), message.etag.clone());
        let asked = meeting_decision::decide(message, &caller.person, at)?;
        let (id, item, mut decision) = (asked.meeting, asked.item, asked.decision);
        let mine = organization(&caller);
        let meeting = self.seen(&caller, id).await?;
        let time = self.0.registry.work_time(&caller.district).await?;
        // Who is refused, or decided exactly so already, asks the registry nothing.
        let waits = meeting.may_decide(&mine, item, &decision).unwrap_or(false);
        if waits {
            let named = asked.named.iter().map(|(field, id)| (field.clone(), id));
            let named = Named {
                organizations: named.collect(),
                ..Named::default()
            };
            self.0.known_unless_away(&caller, named, at).await?;
        }
        let effects = if waits {
            decision.effects.as_slice()
        } else {
            &[]
        };
        let ready = self.0.ready(&caller, &meeting, effects, at).await?;
        if let Some((lead, limit)) = decision.lead.as_ref().zip(asked.limit) {
            let due = time.due(lead, limit, at);
            let due = due.map_err(|it| Status::from(status::refused(&it)))?;
            decision.deadline = Some(Deadline {
                limit,
                start: at,
                due,
                rule: "meeting#decision".into(),
                calendar: time.version.clone(),
            });
        }
        let target = (id, etag(sent), mine);
        let answer = as_it_is(id, |meeting| wire::DecideItemResponse { meeting });
        let store = &self.0.store;
        let decided = store.decide_item(command, target, (item, decision, ready), (time, answer));
        decided.await.map(Response::new).map_err(status::change)
    }

    async fn forward_item(
        &self,
        request: Request<wire::ForwardItemRequest>,
    ) -> Result<Response<wire::ForwardItemResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "ForwardItem", &message.request_id, &message)
            .validate_only(message.validate_only);
        let named = (message.name.as_str(), message.request_id.as_str());
        let because = ("note", message.note.as_str());
        let (id, item, note) = read::about(named, Some(message.item), because)?;
        let target = (id, etag(message.etag), organization(&caller));
        let answer = as_it_is(id, |meeting| wire::ForwardItemResponse { meeting });
        let store = &self.0.store;
        let sent = store.forward_item(command, target, (item, note), answer);
        sent.await.map(Response::new).map_err(status::change)
    }

    async fn close_meeting(
        &self,
        request: Request<wire::CloseMeetingRequest>,
    ) -> Result<Response<wire::CloseMeetingResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "CloseMeeting", &message.request_id, &message)
            .validate_only(message.validate_only);
        let id = read::named(&message.name, &message.request_id)?;
        let (by, at) = (organization(&caller), command.occurred_at());
        let names = self.names(&caller, &self.seen(&caller, id).await?).await;
        let decide = move |it: &Meeting| it.close((id, &by), (at, &names), hash);
        let answer = |meeting| wire::CloseMeetingResponse { meeting };
        self.change(command, (id, message.etag), decide, answer)
            .await
    }

    async fn cancel_meeting(
        &self,
        request: Request<wire::CancelMeetingRequest>,
    ) -> Result<Response<wire::CancelMeetingResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "CancelMeeting", &message.request_id, &message)
            .validate_only(message.validate_only);
        let named = (message.name.as_str(), message.request_id.as_str());
        let (id, _, reason) = read::about(named, None, ("reason", &message.reason))?;
        let by = organization(&caller);
        let decide = move |it: &Meeting| it.cancel(&by, &reason);
        let answer = |meeting| wire::CancelMeetingResponse { meeting };
        self.change(command, (id, message.etag), decide, answer)
            .await
    }

    async fn add_addendum(
        &self,
        request: Request<wire::AddAddendumRequest>,
    ) -> Result<Response<wire::AddAddendumResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "AddAddendum", &message.request_id, &message)
            .validate_only(message.validate_only);
        let named = (message.name.as_str(), message.request_id.as_str());
        let (id, _, text) = read::about(named, None, ("text", &message.text))?;
        let (by, person, at) = (
            organization(&caller),
            person(&caller),
            command.occurred_at(),
        );
        let decide = move |it: &Meeting| it.amend(&by, (&text, &person), at, hash);
        let answer = |meeting| wire::AddAddendumResponse { meeting };
        self.change(command, (id, message.etag), decide, answer)
            .await
    }

    async fn sign_digest(
        &self,
        request: Request<wire::SignDigestRequest>,
    ) -> Result<Response<wire::SignDigestResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "SignDigest", &message.request_id, &message)
            .validate_only(message.validate_only);
        let id = read::named(&message.name, &message.request_id)?;
        let (by, person) = (organization(&caller), person(&caller));
        let decide = move |it: &Meeting| it.sign(&by, &person);
        let answer = |meeting| wire::SignDigestResponse { meeting };
        self.change(command, (id, message.etag), decide, answer)
            .await
    }

    async fn get_meeting(
        &self,
        request: Request<wire::GetMeetingRequest>,
    ) -> Result<Response<wire::GetMeetingResponse>, Status> {
        let (caller, message) = open(request)?;
        let id = read::named(&message.name, "")?;
        let meeting = Some(self.followed(&caller, id).await?);
        Ok(Response::new(wire::GetMeetingResponse { meeting }))
    }

    async fn list_meetings(
        &self,
        request: Request<wire::ListMeetingsRequest>,
    ) -> Result<Response<wire::ListMeetingsResponse>, Status> {
        let (caller, message) = open(request)?;
        let asked = (
            (message.page_size, message.page_token),
            (message.filter, message.facets),
        );
        let listed = self.0.listed::<Meeting>(&caller, asked, query::MEETINGS);
        let Listing {
            found,
            next_page_token,
            facets,
        } = listed.await?;
        let seen = |it: &Loaded<Meeting>| {
            let id = MeetingId(Uuid::try_parse(&it.id).unwrap_or_default());
            convert::meeting(id, it.version, &it.state, &[])
        };
        Ok(Response::new(wire::ListMeetingsResponse {
            meetings: found.iter().map(seen).collect(),
            next_page_token,
            facets,
        }))
    }

    async fn export_meeting(
        &self,
        request: Request<wire::ExportMeetingRequest>,
    ) -> Result<Response<wire::ExportMeetingResponse>, Status> {
        let (caller, message) = open(request)?;
        let id = read::named(&message.name, "")?;
        let format = read::format(message.format())?;
        let meeting = self.followed(&caller, id).await?;
        let live = self.seen(&caller, id).await?;
        let names = self.names(&caller, &live).await;
        let ended = live.ended_at.unwrap_or(self.0.store.now());
        let minutes = live.minutes(id, ended, &names);
        meeting_export::file(&meeting, (&minutes, &names), format).map(Response::new)
    }
}

impl MeetingService {
    /// Changes a meeting; who may is for `decide` to say.
    async fn change<R: Message + Default + 'static>(
        &self,
        command: Command,
        (id, sent): (MeetingId, String),
        decide: impl Fn(&Meeting) -> Result<Vec<Change>, Refused> + Send + 'static,
        answer: fn(Option<wire::Meeting>) -> R,
    ) -> Result<Response<R>, Status> {
        let target = (id, etag(sent));
        let store = &self.0.store;
        let changed = store.change_meeting(command, target, decide, as_it_is(id, answer));
        changed.await.map(Response::new).map_err(status::change)
    }

    /// Lets the agenda follow the data, and perhaps opens the meeting.
    async fn build<R: Message + Default + 'static>(
        &self,
        caller: &Caller,
        command: Command,
        (id, sent): (MeetingId, String),
        (opens, answer): (bool, fn(Option<wire::Meeting>) -> R),
    ) -> Result<Response<R>, Status> {
        let (store, district) = (&self.0.store, &caller.district);
        let area = self.seen(caller, id).await?.convened.area;
        let candidates = store.candidates(district, &area).await;
        let found = (candidates.map_err(status::database)?, opens);
        let target = (id, etag(sent), organization(caller));
        let built = store.build_agenda(command, target, found, as_it_is(id, answer));
        built.await.map(Response::new).map_err(status::change)
    }

    /// What its minutes speak of is called, as far as the registry answers.
    async fn names(&self, caller: &Caller, it: &Meeting) -> Names {
        let registry = &self.0.registry;
        registry.names(&caller.district, it.spoken_of()).await
    }

    /// A meeting that concerns the caller's organization.
    async fn seen(&self, caller: &Caller, id: MeetingId) -> Result<Meeting, Status> {
        let (sight, key) = (super::sight(caller), id.to_string());
        let found = self.0.store.meeting(&caller.district, &sight, &key);
        let hidden = || Status::from(status::refused(&Refused::NotFound.into()));
        found.await.map_err(status::database)?.ok_or_else(hidden)
    }

    /// A meeting with how far its decisions are.
    async fn followed(&self, caller: &Caller, id: MeetingId) -> Result<wire::Meeting, Status> {
        let missing = Refusal::from(Refused::NotFound);
        let found = self.0.found::<Meeting>(caller, id.to_string(), &missing);
        let found = found.await?;
        let (store, it) = (&self.0.store, &found.state);
        let follow_ups = store.follow_ups(&caller.district, it, store.now()).await;
        let follow_ups = follow_ups.map_err(status::database)?;
        Ok(convert::meeting(id, found.version, it, &follow_ups))
    }
}

/// The answer with the meeting as it is then.
fn as_it_is<R: 'static>(
    id: MeetingId,
    answer: fn(Option<wire::Meeting>) -> R,
) -> impl Fn(i64, &Meeting) -> R + Send + 'static {
    move |version, it| answer(Some(convert::meeting(id, version, it, &[])))
}
