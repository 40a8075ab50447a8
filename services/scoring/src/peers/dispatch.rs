//! Dispatch: the event log of a district, followed or read to its end.

use liandong_kit::{
    client::{Identity, Peer},
    name, status,
};
use liandong_proto::dispatch::{
    self as wire, GetEvidenceRequest, WatchEventsRequest, event_service_client::EventServiceClient,
    evidence_service_client::EvidenceServiceClient, watch_events_response::Frame as WireFrame,
};
use tokio::sync::mpsc;
use tonic::{Code, Status};
use uuid::Uuid;

use super::event;
use crate::domain::{appeal::Exhibit, event::Event, feed::Stop};

/// Frames read ahead while a batch is being written.
const AHEAD: usize = 64;

/// The largest frame.
const DECODE_MAX: usize = 16 << 20;

/// Dispatch as one district's log. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Dispatch {
    client: EventServiceClient<Peer>,
    peer: Peer,
    district: String,
}

/// What the log says.
#[derive(Debug)]
pub(crate) enum Frame {
    /// Events, each with the W3C trace context it happened in.
    Events(Vec<(Event, String)>),
    /// Which log it is, and how far it goes.
    Head {
        /// Its epoch, as dispatch writes it.
        epoch: String,
        /// The newest position.
        position: i64,
    },
}

/// Why no more frames come.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Dispatch is away, or the stream ended: try again.
    Away(Status),
    /// Something came that must not be passed over.
    Stop(Stop),
}

impl Dispatch {
    /// The log of a district.
    pub(crate) fn new(peer: Peer, district: &str) -> Self {
        let client = EventServiceClient::new(peer.clone()).max_decoding_message_size(DECODE_MAX);
        Self {
            client,
            peer,
            district: district.to_owned(),
        }
    }

    /// Events after a position. With `follow` the frames go on for ever, else they end at the log's head.
    pub(crate) async fn watch(
        &self,
        epoch: Option<Uuid>,
        after: i64,
        follow: bool,
    ) -> Result<mpsc::Receiver<Result<Frame, Failure>>, Failure> {
        let request = WatchEventsRequest {
            district: format!("districts/{}", self.district),
            after_position: after,
            epoch: epoch.map(|it| it.to_string()).unwrap_or_default(),
            follow,
        };
        let opened = self.client.clone().watch_events(request).await;
        let mut stream = opened
            .map_err(|status| refused(status, epoch, after))?
            .into_inner();
        let (frames, received) = mpsc::channel(AHEAD);
        let read = async move {
            loop {
                let frame = match stream.message().await {
                    Ok(Some(answer)) => frame(answer),
                    Ok(None) => return,
                    Err(status) => Err(refused(status, epoch, after)),
                };
                let failed = frame.is_err();
                if frames.send(frame).await.is_err() || failed {
                    return; // nobody listens any more, or nothing can follow
                }
            }
        };
        liandong_kit::telemetry::spawn(read);
        Ok(received)
    }
}

impl Dispatch {
    /// Who caused the events at these positions: organization and person, without the services' own timers.
    pub(crate) async fn actors(&self, positions: &[i64]) -> Result<Vec<(String, String)>, Status> {
        let mut actors = vec![];
        for position in positions {
            let request = WatchEventsRequest {
                district: format!("districts/{}", self.district),
                after_position: position - 1,
                ..WatchEventsRequest::default()
            };
            let mut stream = self
                .client
                .clone()
                .watch_events(request)
                .await?
                .into_inner();
            let event = loop {
                match stream.message().await?.and_then(|it| it.frame) {
                    Some(WireFrame::Events(batch)) => break batch.events.into_iter().next(),
                    Some(WireFrame::Progress(_)) => {}
                    None => break None,
                }
            };
            let event = event.filter(|it| it.position == *position);
            let event = event
                .ok_or_else(|| Status::unavailable(format!("the log has no event {position}")))?;
            if let Ok(organization) = name::id(&event.organization, "organizations") {
                actors.push((organization.to_owned(), event.person));
            }
        }
        Ok(actors)
    }
}

impl Dispatch {
    /// Pieces of evidence as somebody may see them; `None` if one is not there for them.
    pub(crate) async fn exhibits(
        &self,
        bearer: Identity,
        ids: &[Uuid],
    ) -> Result<Option<Vec<Exhibit>>, Status> {
        let mut client = EvidenceServiceClient::new(self.peer.speaking_as(bearer).safe());
        let mut exhibits = vec![];
        for id in ids {
            let name = name::of("evidence", id);
            match client.get_evidence(GetEvidenceRequest { name }).await {
                Ok(answer) => exhibits.extend(answer.into_inner().evidence.map(|it| Exhibit {
                    evidence: *id,
                    sha256: it.sha256,
                    length: it.length,
                    parent: it.parent,
                })),
                Err(status) if status.code() == Code::NotFound => return Ok(None),
                Err(status) => return Err(status),
            }
        }
        Ok(Some(exhibits))
    }
}

fn frame(answer: wire::WatchEventsResponse) -> Result<Frame, Failure> {
    match answer.frame {
        Some(WireFrame::Events(batch)) => {
            let events = batch
                .events
                .iter()
                .map(|it| Ok((event::read(it)?, it.traceparent.clone())));
            Ok(Frame::Events(
                events.collect::<Result<_, _>>().map_err(Failure::Stop)?,
            ))
        }
        Some(WireFrame::Progress(it)) => Ok(Frame::Head {
            epoch: it.epoch,
            position: it.head_position,
        }),
        None => Err(Failure::Away(Status::internal(
            "a frame of an unknown kind",
        ))),
    }
}

/// Some refusals say that the log is not the one we followed: those are never retried.
fn refused(refused: Status, epoch: Option<Uuid>, after: i64) -> Failure {
    let number = |key| status::detail(&refused, key).and_then(|it| it.parse().ok());
    match status::reason(&refused).as_deref() {
        Some("EPOCH_CHANGED") => Failure::Stop(Stop::EpochChanged {
            expected: epoch.unwrap_or_default(),
            found: refused.message().to_owned(),
        }),
        Some("POSITION_AHEAD") => Failure::Stop(Stop::WentBack {
            last: after,
            found: number("head_position").unwrap_or_else(|| after.saturating_sub(1)),
        }),
        Some("LOG_GAP") => Failure::Stop(Stop::Gap {
            expected: number("expected").unwrap_or(after + 1),
            found: number("found").unwrap_or_default(),
        }),
        _ => Failure::Away(refused),
    }
}
