//! MeetingSeriesService: when which tier meets.

use liandong_kit::auth::Caller;
use liandong_kit::log::Loaded;
use liandong_proto::dispatch::{self as wire, meeting_series_service_server};
use time::OffsetDateTime;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::convert::{meeting as convert, meeting_read as read, query};
use super::docket::Listing;
use super::known::Named;
use super::{Desk, etag, open, organization, status};
use crate::domain::meeting::Refused;
use crate::domain::meeting::series::Set;
use crate::domain::{MeetingSeries, MeetingSeriesId, OrganizationId, Refusal};

/// Serves series of meetings.
#[derive(Clone)]
pub(crate) struct MeetingSeriesService(pub(crate) Desk);

#[tonic::async_trait]
impl meeting_series_service_server::MeetingSeriesService for MeetingSeriesService {
    async fn create_meeting_series(
        &self,
        request: Request<wire::CreateMeetingSeriesRequest>,
    ) -> Result<Response<wire::CreateMeetingSeriesResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(
                &caller,
                "CreateMeetingSeries",
                &message.request_id,
                &message,
            )
            .validate_only(message.validate_only);
        let at = command.occurred_at();
        let mut set = read::create_series(message)?;
        let named = Named {
            areas: vec![("area".into(), &set.area)],
            organizations: members(&set),
            ..Named::default()
        };
        self.0.known(&caller, named, at).await?;
        let mine = organization(&caller);
        let seat = self.0.registry.seat(&caller.district, &mine, at).await?;
        let outside = || Status::from(status::refused(&Refused::AreaOutside.into()));
        let (tier, area) = seat.ok_or_else(outside)?;
        if !set.area.as_str().starts_with(area.as_str()) {
            return Err(outside());
        }
        (set.tier, set.organization) = (tier, mine);
        let next = self.next(&caller, &set, at).await?;
        let id = MeetingSeriesId(Uuid::now_v7());
        let answer = as_it_is(id, |meeting_series| wire::CreateMeetingSeriesResponse {
            meeting_series,
        });
        let store = &self.0.store;
        let saved = store.save_series(command, (id, None), (None, set), (next, answer));
        saved.await.map(Response::new).map_err(status::change)
    }

    async fn update_meeting_series(
        &self,
        request: Request<wire::UpdateMeetingSeriesRequest>,
    ) -> Result<Response<wire::UpdateMeetingSeriesResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(
                &caller,
                "UpdateMeetingSeries",
                &message.request_id,
                &message,
            )
            .validate_only(message.validate_only);
        let etag = etag(message.etag.clone());
        let (id, set) = read::update_series(message)?;
        let named = Named {
            organizations: members(&set),
            ..Named::default()
        };
        let at = command.occurred_at();
        self.0.known(&caller, named, at).await?;
        let next = self.next(&caller, &set, at).await?;
        let by = Some(organization(&caller));
        let answer = as_it_is(id, |meeting_series| wire::UpdateMeetingSeriesResponse {
            meeting_series,
        });
        let store = &self.0.store;
        let saved = store.save_series(command, (id, etag), (by, set), (next, answer));
        saved.await.map(Response::new).map_err(status::change)
    }

    async fn end_meeting_series(
        &self,
        request: Request<wire::EndMeetingSeriesRequest>,
    ) -> Result<Response<wire::EndMeetingSeriesResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "EndMeetingSeries", &message.request_id, &message)
            .validate_only(message.validate_only);
        let (id, reason) = read::series_end(&message)?;
        let target = (id, etag(message.etag), organization(&caller));
        let answer = as_it_is(id, |meeting_series| wire::EndMeetingSeriesResponse {
            meeting_series,
        });
        let store = &self.0.store;
        let ended = store.end_series(command, target, reason, answer).await;
        ended.map(Response::new).map_err(status::change)
    }

    async fn get_meeting_series(
        &self,
        request: Request<wire::GetMeetingSeriesRequest>,
    ) -> Result<Response<wire::GetMeetingSeriesResponse>, Status> {
        let (caller, message) = open(request)?;
        let id = read::series_named(("name", &message.name), "")?;
        let missing = Refusal::from(Refused::SeriesNotFound);
        let found = self
            .0
            .found::<MeetingSeries>(&caller, id.to_string(), &missing)
            .await?;
        Ok(Response::new(wire::GetMeetingSeriesResponse {
            meeting_series: Some(convert::series(id, found.version, &found.state)),
        }))
    }

    async fn list_meeting_series(
        &self,
        request: Request<wire::ListMeetingSeriesRequest>,
    ) -> Result<Response<wire::ListMeetingSeriesResponse>, Status> {
        let (caller, message) = open(request)?;
        let asked = (
            (message.page_size, message.page_token),
            (message.filter, message.facets),
        );
        let listed = self
            .0
            .listed::<MeetingSeries>(&caller, asked, query::MEETING_SERIES);
        let Listing {
            found,
            next_page_token,
            facets,
        } = listed.await?;
        let seen = |it: &Loaded<MeetingSeries>| {
            let id = MeetingSeriesId(Uuid::try_parse(&it.id).unwrap_or_default());
            convert::series(id, it.version, &it.state)
        };
        Ok(Response::new(wire::ListMeetingSeriesResponse {
            meeting_series: found.iter().map(seen).collect(),
            next_page_token,
            facets,
        }))
    }
}

impl MeetingSeriesService {
    /// When it meets next.
    async fn next(
        &self,
        caller: &Caller,
        set: &Set,
        at: OffsetDateTime,
    ) -> Result<Option<OffsetDateTime>, Status> {
        let Some(schedule) = &set.schedule else {
            return Ok(None);
        };
        let time = self.0.registry.work_time(&caller.district).await?;
        let next = schedule.next(at, &time);
        next.map(Some)
            .map_err(|it| Status::from(status::refused(&it)))
    }
}

/// Who takes part, each with its field.
fn members(set: &Set) -> Vec<(String, &OrganizationId)> {
    let all = (0..).zip(&set.members);
    all.map(|(n, it)| (format!("members[{n}].organization"), &it.organization))
        .collect()
}

/// The answer with the series as it is then.
fn as_it_is<R: 'static>(
    id: MeetingSeriesId,
    answer: fn(Option<wire::MeetingSeries>) -> R,
) -> impl Fn(i64, &MeetingSeries) -> R + Send + 'static {
    move |version, it| answer(Some(convert::series(id, version, it)))
}
