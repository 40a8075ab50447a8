//! Reading a district's log in order and following it: the feed of scoring, audit and whoever keeps a copy.
//!
//! Frames: progress first, then batches without a gap; progress again at the head and every 15 seconds. A reader that
//! is slow holds up only itself; nothing is read ahead of it but a few batches.

use std::time::Duration;

use liandong_kit::{
    clock::Clock,
    log::{Head, Log, Recorded},
    status::Problem,
};
use liandong_proto::dispatch::{self as wire, watch_events_response::Frame};
use prost::Message;
use tokio::{sync::mpsc, time::Instant};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status};

use super::{
    convert::{self, write},
    event_convert::Watch,
    status::database,
};

/// Batches that wait for the socket.
pub(super) const WAITING: usize = 4;
/// Events read at once.
const PAGE: usize = 1000;
/// Events in a batch, and its size in bytes: far below what a client decodes by default (4 MiB).
const BATCH: usize = 500;
const BATCH_BYTES: usize = 1 << 20;
const PROGRESS: Duration = Duration::from_secs(15);

type Answer = Result<wire::WatchEventsResponse, Status>;

/// One reading of the log.
pub(super) struct Reader {
    log: Log,
    clock: Clock,
    district: String,
    follow: bool,
    position: i64,
    /// None before the log has its first event.
    head: Option<Head>,
}

/// Why a reading ends before it is told to.
enum End {
    Gone,
    Failed(Box<Status>),
}

impl From<Status> for End {
    fn from(status: Status) -> Self {
        Self::Failed(Box::new(status))
    }
}

impl Reader {
    /// Judges where the reader wants to start.
    pub(super) async fn open(log: Log, clock: Clock, watch: Watch) -> Result<Self, Status> {
        let head = log.head(&watch.district).await.map_err(database)?;
        let current = head.as_ref().map(|it| it.epoch);
        if watch.epoch.is_some() && watch.epoch != current {
            return Err(epoch_changed(&head));
        }
        let end = head.as_ref().map_or(0, |it| it.position);
        if watch.after > end {
            let english = format!("position {} is beyond the head, {end}", watch.after);
            let problem = Problem::out_of_range("POSITION_AHEAD", english, "指定位置超出日志末尾");
            return Err(problem.with("head_position", end).into());
        }
        Ok(Self {
            log,
            clock,
            district: watch.district,
            follow: watch.follow,
            position: watch.after,
            head,
        })
    }

    /// Reads to the head, or until told to stop.
    pub(super) async fn run(mut self, frames: mpsc::Sender<Answer>, stop: CancellationToken) {
        if let Err(End::Failed(status)) = self.read(&frames, &stop).await {
            let _ = frames.send(Err(*status)).await;
        }
    }

    async fn read(
        &mut self,
        frames: &mpsc::Sender<Answer>,
        stop: &CancellationToken,
    ) -> Result<(), End> {
        let mut commits = self.log.watch();
        self.progress(frames).await?;
        let (mut told, mut due) = (None, Instant::now() + PROGRESS);
        while !stop.is_cancelled() {
            commits.mark_unchanged();
            let head = self.head.as_ref().map_or(0, |it| it.position);
            let page = self
                .log
                .read(&self.district, self.position, PAGE as u64)
                .await
                .map_err(database)?;
            let whole = page.len() < PAGE;
            self.send(page, frames).await?;
            if whole && self.position < head {
                // The head was there before the page was read: what it counts is lost.
                return Err(self.gap(head).into());
            }
            if Instant::now() >= due || whole && told != Some(self.position) {
                self.refresh().await?;
                self.progress(frames).await?;
                (told, due) = (Some(self.position), Instant::now() + PROGRESS);
            }
            if !whole || self.follow && self.is_behind() {
                continue;
            }
            if !self.follow {
                return Ok(());
            }
            tokio::select! {
                () = self.log.wait(&mut commits) => {}
                () = stop.cancelled() => {}
                () = frames.closed() => return Err(End::Gone),
            }
        }
        Ok(())
    }

    /// Sends events in batches, and proves that none is missing.
    async fn send(
        &mut self,
        page: Vec<Recorded>,
        frames: &mpsc::Sender<Answer>,
    ) -> Result<(), End> {
        let (mut events, mut size) = (Vec::with_capacity(page.len().min(BATCH)), 0);
        let mut lost = None;
        for it in &page {
            if it.position != self.position + 1 {
                lost = Some(self.gap(it.position));
                break;
            }
            self.position = it.position;
            let event =
                convert::event::event(it).map_err(|it| Status::from(Problem::internal(it)))?;
            size += event.encoded_len();
            events.push(event);
            if events.len() == BATCH || size >= BATCH_BYTES {
                push(
                    frames,
                    Frame::Events(wire::EventBatch {
                        events: std::mem::take(&mut events),
                    }),
                )
                .await?;
                size = 0;
            }
        }
        if !events.is_empty() {
            push(frames, Frame::Events(wire::EventBatch { events })).await?;
        }
        lost.map_or(Ok(()), |status| Err(status.into()))
    }

    /// The next event is missing: whoever follows must hear of it, and somebody must look at the log.
    fn gap(&self, found: i64) -> Status {
        let (district, expected) = (self.district.as_str(), self.position + 1);
        tracing::error!(district, expected, found, "events are missing in the log");
        let english = format!("the event at position {expected} is missing");
        Problem::new(Code::DataLoss, "LOG_GAP", english, "日志缺少事件")
            .help("let an operator run `liandong-dispatch verify` and restore the log")
            .with("expected", expected)
            .with("found", found)
            .into()
    }

    async fn progress(&self, frames: &mpsc::Sender<Answer>) -> Result<(), End> {
        let head = self.head.as_ref();
        let progress = wire::WatchProgress {
            position: self.position,
            head_position: head.map_or(0, |it| it.position),
            epoch: head.map(|it| it.epoch.to_string()).unwrap_or_default(),
            head_hash: head.map(|it| it.hash.clone()).unwrap_or_default(),
            time: Some(write::time(self.clock.now())),
        };
        push(frames, Frame::Progress(progress)).await
    }

    async fn refresh(&mut self) -> Result<(), End> {
        let head = self.log.head(&self.district).await.map_err(database)?;
        let epochs = (
            self.head.as_ref().map(|it| it.epoch),
            head.as_ref().map(|it| it.epoch),
        );
        if let (Some(before), now) = epochs
            && now != Some(before)
        {
            return Err(epoch_changed(&head).into());
        }
        self.head = head;
        Ok(())
    }

    fn is_behind(&self) -> bool {
        self.head
            .as_ref()
            .is_some_and(|it| it.position > self.position)
    }
}

async fn push(frames: &mpsc::Sender<Answer>, frame: Frame) -> Result<(), End> {
    frames
        .send(Ok(wire::WatchEventsResponse { frame: Some(frame) }))
        .await
        .map_err(|_| End::Gone)
}

fn epoch_changed(head: &Option<Head>) -> Status {
    let english = "the log was restored from a backup since; start again from position 0";
    Problem::precondition("EPOCH_CHANGED", english, "日志已从备份恢复，请从头读取")
        .help("read from position 0 with an empty epoch")
        .with(
            "epoch",
            head.as_ref()
                .map(|it| it.epoch.to_string())
                .unwrap_or_default(),
        )
        .into()
}
