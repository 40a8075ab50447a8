//! A consumer of an inbox stream, as a department's program would be one.

use std::{collections::VecDeque, time::Duration};

use liandong_proto::dispatch::{
    AckFrame, EventFrame, StartFrame, StartedFrame, StreamInboxRequest, StreamInboxResponse,
    stream_inbox_request::Frame as Asked, stream_inbox_response::Frame,
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming};

use crate::caller::Caller;

/// A consumer's side of a stream.
pub(crate) struct Consumer {
    ask: mpsc::Sender<StreamInboxRequest>,
    pub(crate) answers: Streaming<StreamInboxResponse>,
    pub(crate) started: StartedFrame,
    /// Events that came while something else was waited for.
    waiting: VecDeque<EventFrame>,
}

pub(crate) fn start(group: &str) -> StartFrame {
    StartFrame {
        group: group.into(),
        ..Default::default()
    }
}

impl Consumer {
    pub(crate) async fn open(caller: &Caller, start: StartFrame) -> Result<Self, Status> {
        let (ask, frames) = mpsc::channel(16);
        ask.send(StreamInboxRequest {
            frame: Some(Asked::Start(start)),
        })
        .await
        .unwrap();
        let answers = caller
            .inbox()
            .stream_inbox(ReceiverStream::new(frames))
            .await?
            .into_inner();
        let mut it = Self {
            ask,
            answers,
            started: StartedFrame::default(),
            waiting: VecDeque::new(),
        };
        let Some(Frame::Started(started)) = it.next().await? else {
            panic!("the first frame is not `started`")
        };
        it.started = started;
        Ok(it)
    }

    pub(crate) async fn next(&mut self) -> Result<Option<Frame>, Status> {
        let frame = tokio::time::timeout(Duration::from_secs(10), self.answers.message())
            .await
            .expect("no frame for ten seconds");
        Ok(frame?.and_then(|it| it.frame))
    }

    /// The next event.
    pub(crate) async fn event(&mut self) -> EventFrame {
        if let Some(it) = self.waiting.pop_front() {
            return it;
        }
        loop {
            match self.next().await.unwrap().expect("the stream ended") {
                Frame::Event(it) => return it,
                Frame::Progress(_) | Frame::AckResult(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    pub(crate) async fn events(&mut self, many: usize) -> Vec<EventFrame> {
        let mut all = Vec::new();
        while all.len() < many {
            all.push(self.event().await);
        }
        all
    }

    pub(crate) async fn say(&self, frame: Asked) {
        self.ask
            .send(StreamInboxRequest { frame: Some(frame) })
            .await
            .unwrap();
    }

    /// Acknowledges, waits until that is durable, and says where the group now stands: there, or after events that are
    /// not for it.
    pub(crate) async fn ack(&mut self, through: &str) -> String {
        self.say(Asked::Ack(AckFrame {
            through: through.to_owned(),
        }))
        .await;
        loop {
            match self.next().await.unwrap().expect("the stream ended") {
                Frame::AckResult(it) => return it.through,
                Frame::Event(it) => self.waiting.push_back(it),
                _ => {}
            }
        }
    }

    /// The status it ends with.
    pub(crate) async fn end(mut self) -> Status {
        loop {
            match self.next().await {
                Ok(Some(_)) => {}
                Ok(None) => panic!("it ended without a status"),
                Err(status) => return status,
            }
        }
    }
}
