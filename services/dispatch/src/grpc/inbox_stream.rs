//! One inbox stream: reads for the [`Delivery`], sends what it says, keeps what is acknowledged.
//!
//! ```text
//! start ─▶ generation + 1 ─▶ started ─▶ ┌ send what may be sent ─▶ wait: client frame, commit, retry, progress,    ┐
//!                                       └────────────────────────  kept ack, newer stream, stop, client gone ──────┘
//! ```
//! It sleeps until one of these happens; a commit wakes it only if its inbox was touched. Other replicas' commits and
//! generations are looked for in the database a few times a second.

use std::time::Duration;

use futures::{Stream, StreamExt};
use liandong_kit::status::Problem;
use liandong_proto::dispatch::{StreamInboxRequest, stream_inbox_request::Frame as Asked};
use tokio::{sync::watch, time::Instant};
use tokio_util::sync::CancellationToken;
use tonic::Status;

use super::{
    inbox::InboxService,
    inbox_convert::{self as convert, Start},
    inbox_frames::{Frames, too_slow},
    inbox_session::{End, Session, saved},
};
use crate::inbox::Owner;

/// A client says how it starts within this time.
const START: Duration = Duration::from_secs(10);

/// Serves one stream to its end.
pub(super) async fn run<S>(
    service: InboxService,
    owner: Owner,
    asked: S,
    frames: Frames,
    stop: CancellationToken,
) where
    S: Stream<Item = Result<StreamInboxRequest, Status>> + Send + Unpin,
{
    let patience = service.pace.patience;
    let status = match serve(service, owner, asked, &frames, stop).await {
        End::Gone | End::Done | End::Drain => return,
        End::Superseded => Problem::aborted(
            "STREAM_SUPERSEDED",
            "a newer stream of the same group was opened",
            "同一消费组已建立新的连接，本连接结束",
        )
        .into(),
        End::Slow => too_slow(patience),
        End::Refused(status) => *status,
    };
    frames.end(status);
}

async fn serve<S>(
    service: InboxService,
    owner: Owner,
    mut asked: S,
    frames: &Frames,
    stop: CancellationToken,
) -> End
where
    S: Stream<Item = Result<StreamInboxRequest, Status>> + Send + Unpin,
{
    let first = tokio::select! {
        first = first(owner, &mut asked) => first,
        () = stop.cancelled() => Err(End::Done),
        () = frames.gone() => Err(End::Gone),
    };
    let start = match first {
        Ok(start) => start,
        Err(end) => return end,
    };
    let commits = service.log.watch();
    let mut session = match Session::open(service, start).await {
        Ok(session) => session,
        Err(end) => return end,
    };
    let end = match session.follow(&mut asked, frames, &stop, commits).await {
        Ok(()) => End::Done,
        Err(end) => end,
    };
    session.close(end, frames).await
}

/// The first frame: how the client starts.
async fn first<S>(owner: Owner, asked: &mut S) -> Result<Start, End>
where
    S: Stream<Item = Result<StreamInboxRequest, Status>> + Unpin,
{
    let missing = || {
        Status::from(Problem::invalid(
            "START_MISSING",
            "the first frame must be `start`",
            "首帧必须是 start",
        ))
    };
    match tokio::time::timeout(START, asked.next()).await {
        Ok(Some(Ok(StreamInboxRequest {
            frame: Some(Asked::Start(it)),
        }))) => Ok(convert::start(owner, it)?),
        Ok(Some(Err(_))) => Err(End::Gone),
        Ok(Some(Ok(_)) | None) | Err(_) => Err(missing().into()),
    }
}

impl Session {
    async fn follow<S>(
        &mut self,
        asked: &mut S,
        frames: &Frames,
        stop: &CancellationToken,
        mut commits: watch::Receiver<u64>,
    ) -> Result<(), End>
    where
        S: Stream<Item = Result<StreamInboxRequest, Status>> + Send + Unpin,
    {
        let pace = self.service.pace;
        let superseded = self.lease.superseded().clone();
        frames.send(self.started()).await?;
        let mut progress = Instant::now() + pace.progress;
        let mut look = Instant::now() + pace.look;
        let mut fence = Instant::now() + pace.fence;
        loop {
            commits.mark_unchanged();
            self.committed();
            self.deliver(frames).await?;
            if !self.listening && self.delivery.is_full() {
                return Ok(());
            }
            self.save();
            let wake = self
                .delivery
                .resume_at()
                .map_or(look, |it| look.min(Instant::from_std(it)));
            tokio::select! {
                () = superseded.cancelled() => return Err(End::Superseded),
                () = stop.cancelled() => return Err(End::Drain),
                () = frames.gone() => return Err(End::Gone),
                it = asked.next(), if self.listening => match it {
                    Some(Ok(it)) => self.heard(it).await?,
                    Some(Err(_)) => return Err(End::Gone),
                    None => self.listening = false,
                },
                kept = saved(&mut self.saving) => {
                    self.saving = None;
                    frames.send(self.kept(kept?)?).await?;
                }
                _ = commits.changed() => {}
                () = tokio::time::sleep_until(wake) => {}
                () = tokio::time::sleep_until(progress) => {
                    progress = Instant::now() + pace.progress;
                    frames.send(self.progress().await?).await?;
                }
            }
            let now = Instant::now();
            if now >= look {
                look = now + pace.look;
                self.look().await?;
            }
            if now >= fence {
                fence = now + pace.fence;
                self.check_fence().await?;
            }
        }
    }
}
