//! InboxService: the departments' inboxes (DESIGN section 4).

use std::{pin::Pin, time::Duration};

use futures::Stream;
use liandong_kit::{
    auth::Caller, clock::Clock, db::from_micros, log::Log, server::Stopping, status::Problem,
    telemetry,
};
use liandong_proto::dispatch::{self as wire, inbox_service_server};
use sea_orm::DbErr;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use super::{
    convert::write, inbox_convert as read, inbox_frames::Frames, inbox_pull, inbox_stream,
};
use crate::{
    inbox::{Acks, Extent, GroupKey, Index, Owner, Streams},
    store::{Store, inbox, inbox_group},
};

/// Serves the inboxes of one database. Cheap to clone.
#[derive(Clone)]
pub(crate) struct InboxService {
    pub(super) store: Store,
    pub(super) log: Log,
    pub(super) clock: Clock,
    pub(super) index: Index,
    pub(super) acks: Acks,
    pub(super) streams: Streams,
    pub(super) pace: Pace,
}

/// How often and how long, in real time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// Between progress frames.
    pub(super) progress: Duration,
    /// A client that takes nothing for so long is let go.
    pub(super) patience: Duration,
    /// Between looks at the log for what other replicas commit.
    pub(super) look: Duration,
    /// Between looks at the generation, for streams opened on other replicas.
    pub(super) fence: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            progress: Duration::from_secs(15),
            patience: Duration::from_secs(10),
            look: Duration::from_millis(250),
            fence: Duration::from_secs(1),
        }
    }
}

impl InboxService {
    /// `index` is the one the committer's views write with.
    pub(crate) fn new(store: Store, clock: Clock, index: Index) -> Self {
        let log = store.log().clone();
        let acks = Acks::start(log.db().clone(), clock.clone());
        Self {
            store,
            log,
            clock,
            index,
            acks,
            streams: Streams::default(),
            pace: Pace::default(),
        }
    }

    async fn status(
        &self,
        owner: Owner,
        only: Option<String>,
    ) -> Result<wire::GetInboxStatusResponse, Status> {
        let extent = inbox::extent(&self.log, &owner).await.map_err(away)?;
        let db = self.log.db().read();
        let given_up = inbox_group::parked(db, &owner).await.map_err(away)?;
        let mut groups = Vec::new();
        for group in inbox_group::all(db, &owner).await.map_err(away)? {
            if only.as_ref().is_none_or(|it| *it == group.grp) {
                groups.push(self.group(&extent, group, &given_up).await.map_err(away)?);
            }
        }
        Ok(wire::GetInboxStatusResponse {
            groups,
            epoch: epoch(&extent),
            head_cursor: extent.cursor(extent.head),
        })
    }

    async fn group(
        &self,
        extent: &Extent,
        group: inbox_group::Group,
        given_up: &[inbox_group::Parked],
    ) -> Result<wire::InboxGroup, DbErr> {
        let db = self.log.db().read();
        let key = GroupKey {
            owner: extent.owner.clone(),
            group: group.grp,
        };
        let oldest = inbox::read(db, &key, &[], group.acked, 1).await?.pop();
        let parked = given_up
            .iter()
            .filter(|it| it.grp == key.group)
            .map(|it| wire::ParkedEvent {
                event: it.event.to_string(),
                cursor: extent.cursor(it.position),
                reason: it.reason.clone(),
                attempts: it.attempts,
                park_time: Some(write::time(from_micros(it.parked_at))),
            });
        // The place of a group that has not gone on since the log was restored is one of the old epoch.
        let place = match extent.keeps(group.epoch) {
            Ok(()) => extent.clone(),
            Err(_) => Extent {
                epoch: group.epoch,
                ..extent.clone()
            },
        };
        Ok(wire::InboxGroup {
            acked_cursor: place.cursor(group.acked),
            backlog: inbox::backlog(db, &key, &[], group.acked, None).await?,
            oldest_time: oldest.map(|it| write::time(it.recorded_at)),
            generation: group.generation,
            connected: self.streams.is_open(&key),
            parked: parked.collect(),
            group: key.group,
        })
    }
}

#[tonic::async_trait]
impl inbox_service_server::InboxService for InboxService {
    type StreamInboxStream =
        Pin<Box<dyn Stream<Item = Result<wire::StreamInboxResponse, Status>> + Send>>;

    async fn stream_inbox(
        &self,
        request: Request<Streaming<wire::StreamInboxRequest>>,
    ) -> Result<Response<Self::StreamInboxStream>, Status> {
        let owner = read::owner(&Caller::of(&request)?);
        let stop = Stopping::of(&request);
        let (frames, answers) = Frames::channel(self.pace.patience);
        let work = inbox_stream::run(self.clone(), owner, request.into_inner(), frames, stop);
        telemetry::spawn(work);
        Ok(Response::new(Box::pin(ReceiverStream::new(answers))))
    }

    async fn pull_inbox(
        &self,
        request: Request<wire::PullInboxRequest>,
    ) -> Result<Response<wire::PullInboxResponse>, Status> {
        let owner = read::owner(&Caller::of(&request)?);
        let stop = Stopping::of(&request);
        let pull = read::pull(owner, request.into_inner())?;
        Ok(Response::new(inbox_pull::run(self, pull, stop).await?))
    }

    async fn get_inbox_status(
        &self,
        request: Request<wire::GetInboxStatusRequest>,
    ) -> Result<Response<wire::GetInboxStatusResponse>, Status> {
        let owner = read::owner(&Caller::of(&request)?);
        let group = read::status_group(request.into_inner().group)?;
        Ok(Response::new(self.status(owner, group).await?))
    }
}

/// The epoch as it goes out; empty before there is a log.
pub(super) fn epoch(extent: &Extent) -> String {
    if extent.epoch.is_nil() {
        String::new()
    } else {
        extent.epoch.to_string()
    }
}

/// The database is away: the same call may work later.
pub(super) fn away(error: DbErr) -> Status {
    tracing::error!(%error, "the inbox cannot be read or kept");
    Problem::unavailable(
        "DATABASE_UNAVAILABLE",
        "the database is away",
        "数据库暂时不可用",
    )
    .retry_after(Duration::from_secs(1))
    .into()
}
