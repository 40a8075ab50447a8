//! Followers of inboxes: how long after its record an event reaches its organization.

use hdrhistogram::Histogram;
use liandong_kit::clock::Clock;
use liandong_proto::dispatch::{
    AckFrame, StartFrame, StreamInboxRequest, stream_inbox_request::Frame as Ask,
    stream_inbox_response::Frame as Answer,
};
use tokio::{sync::mpsc, task::JoinSet};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;

use super::{
    street::{self, UNITS},
    tally::{Latency, histogram, latency, micros},
};
use crate::{
    client::{Services, Session},
    output::words,
};

/// Acknowledged is every so many events.
const ACKNOWLEDGE_EVERY: u32 = 50;
/// Events that may be unacknowledged.
const WINDOW: i32 = 1000;

/// Streams that are read until the run is over.
pub(super) struct Followers {
    tasks: JoinSet<anyhow::Result<Histogram<u64>>>,
    stop: CancellationToken,
}

impl Followers {
    /// So many units follow, each over a connection of its own; returns when every stream is open and up to date.
    pub(super) async fn start(
        session: &Session,
        clock: &Clock,
        count: usize,
    ) -> anyhow::Result<Self> {
        let (mut tasks, stop) = (JoinSet::new(), CancellationToken::new());
        let (open, mut opened) = mpsc::channel(count.max(1));
        for index in 0..count {
            let services = street::handler(session, index % UNITS)?;
            let group = format!("bench-{}", index / UNITS);
            let reader = (clock.clone(), stop.clone());
            tasks.spawn(follow(services, group, open.clone(), reader));
        }
        drop(open);
        for _ in 0..count {
            // None: a stream ended early, and says why when it is joined.
            let _ = opened.recv().await;
        }
        Ok(Self { tasks, stop })
    }

    /// Ends the streams; how long delivery took, if anybody followed.
    pub(super) async fn stop(mut self) -> anyhow::Result<Option<Latency>> {
        self.stop.cancel();
        let mut all = histogram();
        while let Some(one) = self.tasks.join_next().await {
            all.add(one??)?;
        }
        Ok((!all.is_empty()).then(|| latency("record to frame", &all)))
    }
}

async fn follow(
    services: Services,
    group: String,
    open: mpsc::Sender<()>,
    (clock, stop): (Clock, CancellationToken),
) -> anyhow::Result<Histogram<u64>> {
    let (ask, asked) = mpsc::channel(64);
    let start = StartFrame {
        group,
        max_outstanding: WINDOW,
        ..Default::default()
    };
    ask.send(frame(Ask::Start(start))).await?;
    let mut frames = services
        .inbox()
        .stream_inbox(ReceiverStream::new(asked))
        .await?
        .into_inner();
    open.send(()).await?;
    drop(open);
    let began = clock.now();
    let (mut seen, mut unacknowledged) = (histogram(), 0);
    loop {
        let next = tokio::select! {
            next = frames.message() => next?,
            () = stop.cancelled() => return Ok(seen),
        };
        let Some(next) = next else { return Ok(seen) };
        let Some(Answer::Event(event)) = next.frame else {
            continue;
        };
        let recorded = event.event.as_ref().and_then(|it| it.record_time.as_ref());
        if let Some(recorded) = recorded.and_then(words::instant).filter(|it| *it > began) {
            let took = (clock.now() - recorded).try_into().unwrap_or_default();
            seen.saturating_record(micros(took));
        }
        unacknowledged += 1;
        if unacknowledged == ACKNOWLEDGE_EVERY {
            unacknowledged = 0;
            let through = event.cursor;
            ask.send(frame(Ask::Ack(AckFrame { through }))).await?;
        }
    }
}

fn frame(ask: Ask) -> StreamInboxRequest {
    StreamInboxRequest { frame: Some(ask) }
}
