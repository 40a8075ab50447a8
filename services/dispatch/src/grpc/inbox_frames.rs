//! The way out of a stream: bounded, so that a client that does not read holds up only itself.

use std::time::Duration;

use liandong_kit::status::Problem;
use liandong_proto::dispatch::{StreamInboxResponse, stream_inbox_response::Frame};
use tokio::sync::mpsc::{self, OwnedPermit, Receiver, Sender};
use tonic::Status;

use super::inbox_convert::frame;

/// Frames that wait for the socket.
const WAITING: usize = 64;

type Answer = Result<StreamInboxResponse, Status>;

/// Sends frames. Room for the last word, the status, is kept from the start.
#[derive(Debug)]
pub(super) struct Frames {
    sender: Sender<Answer>,
    last_word: Option<OwnedPermit<Answer>>,
    patience: Duration,
}

/// Why nothing can be sent any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Undeliverable {
    /// The client has gone.
    Gone,
    /// It takes nothing.
    Slow,
}

impl Frames {
    pub(super) fn channel(patience: Duration) -> (Self, Receiver<Answer>) {
        let (sender, receiver) = mpsc::channel(WAITING + 1);
        let last_word = sender.clone().try_reserve_owned().ok();
        (
            Self {
                sender,
                last_word,
                patience,
            },
            receiver,
        )
    }

    /// Queues a frame; waits for the client, but not for ever.
    pub(super) async fn send(&self, it: Frame) -> Result<(), Undeliverable> {
        match tokio::time::timeout(self.patience, self.sender.send(Ok(frame(it)))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Undeliverable::Gone),
            Err(_) => Err(Undeliverable::Slow),
        }
    }

    /// Returns when the client has gone.
    pub(super) async fn gone(&self) {
        self.sender.closed().await;
    }

    /// The last word.
    pub(super) fn end(mut self, status: Status) {
        if let Some(room) = self.last_word.take() {
            room.send(Err(status));
        }
    }
}

/// RESOURCE_EXHAUSTED: what the client did not read comes again when it reconnects.
pub(super) fn too_slow(patience: Duration) -> Status {
    let seconds = patience.as_secs();
    let english = format!("the client has not read for {seconds} s; reconnect, nothing is lost");
    Problem::exhausted(
        "SLOW_CONSUMER",
        english,
        format!("客户端 {seconds} 秒未读取，请重新连接，消息不会丢失"),
    )
    .retry_after(Duration::from_secs(1))
    .into()
}

#[cfg(test)]
mod tests {
    use liandong_proto::dispatch::ProgressFrame;
    use tokio_stream::{StreamExt, wrappers::ReceiverStream};
    use tonic::Code;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_client_that_does_not_read_is_told_so_after_everything_it_was_sent() {
        let (frames, answers) = Frames::channel(Duration::from_secs(10));
        let mut sent = 0;
        let slow = loop {
            match frames.send(Frame::Progress(ProgressFrame::default())).await {
                Ok(()) => sent += 1,
                Err(problem) => break problem,
            }
        };
        assert_eq!(slow, Undeliverable::Slow);
        frames.end(too_slow(Duration::from_secs(10)));
        let mut answers: Vec<_> = ReceiverStream::new(answers).collect().await;
        assert_eq!(
            answers.pop().unwrap().unwrap_err().code(),
            Code::ResourceExhausted
        );
        assert_eq!(answers.len(), sent);
    }
}
