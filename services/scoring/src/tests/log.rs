//! A district's log behind dispatch's wire contract, told what to contain.

use std::{
    pin::Pin,
    sync::{Arc, Mutex},
};

use futures::Stream;
use liandong_kit::{db::from_micros, testing::listener};
use liandong_proto::{
    dispatch::{self as wire, event::Payload, event_service_server, watch_events_response::Frame},
    types::Deadline,
};
use prost_types::Timestamp;
use time::OffsetDateTime;
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::{ReceiverStream, TcpListenerStream};
use tonic::{Request, Response, Status, transport::Server};
use uuid::Uuid;

use crate::domain::event::{Change, Clock, Event, Part, Snapshot, Standing};

type Answers = Pin<Box<dyn Stream<Item = Result<wire::WatchEventsResponse, Status>> + Send>>;

/// The log. Cheap to clone.
#[derive(Clone)]
pub(crate) struct ScriptedLog {
    content: Arc<Mutex<Content>>,
    changed: watch::Sender<u64>,
    address: std::net::SocketAddr,
}

struct Content {
    epoch: Uuid,
    events: Vec<wire::Event>,
    away: bool,
    /// Rises when every stream must end.
    generation: u64,
}

impl ScriptedLog {
    /// An empty log on a free port.
    pub(crate) async fn start() -> Self {
        let (listener, address) = listener().await;
        let content = Content {
            epoch: Uuid::now_v7(),
            events: vec![],
            away: false,
            generation: 0,
        };
        let log = Self {
            content: Arc::new(Mutex::new(content)),
            changed: watch::Sender::new(0),
            address,
        };
        let service = event_service_server::EventServiceServer::new(log.clone());
        let serving = Server::builder()
            .add_service(service)
            .serve_with_incoming(TcpListenerStream::new(listener));
        tokio::spawn(serving);
        log
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Appends events as they are, whatever their positions.
    pub(crate) fn append(&self, events: &[Event]) {
        self.change(|it| it.events.extend(events.iter().map(to_wire)));
    }

    /// Puts something else in its place.
    pub(crate) fn replace(&self, epoch: Uuid, events: &[Event]) {
        self.change(|it| (it.epoch, it.events) = (epoch, events.iter().map(to_wire).collect()));
    }

    /// Cuts every stream and refuses new ones, or serves again.
    pub(crate) fn away(&self, away: bool) {
        self.change(|it| (it.away, it.generation) = (away, it.generation + 1));
    }

    pub(crate) fn epoch(&self) -> Uuid {
        self.content.lock().unwrap().epoch
    }

    fn change(&self, change: impl FnOnce(&mut Content)) {
        change(&mut self.content.lock().unwrap());
        self.changed.send_modify(|it| *it += 1);
    }

    fn progress(&self) -> Frame {
        let content = self.content.lock().unwrap();
        let head = content.events.last().map_or(0, |it| it.position);
        let epoch = if head == 0 {
            String::new()
        } else {
            content.epoch.to_string()
        };
        Frame::Progress(wire::WatchProgress {
            head_position: head,
            epoch,
            ..Default::default()
        })
    }
}

#[tonic::async_trait]
impl event_service_server::EventService for ScriptedLog {
    type WatchEventsStream = Answers;

    async fn watch_events(
        &self,
        request: Request<wire::WatchEventsRequest>,
    ) -> Result<Response<Answers>, Status> {
        let request = request.into_inner();
        let log = self.clone();
        let generation = {
            let content = log.content.lock().unwrap();
            if content.away {
                return Err(Status::unavailable("away"));
            }
            content.generation
        };
        let (frames, answers) = mpsc::channel(4);
        tokio::spawn(async move {
            let mut changed = log.changed.subscribe();
            let mut sent = 0;
            let mut last = request.after_position;
            let send = async |frame| {
                frames
                    .send(Ok(wire::WatchEventsResponse { frame: Some(frame) }))
                    .await
                    .is_ok()
            };
            if !send(log.progress()).await {
                return;
            }
            loop {
                let next: Vec<_> = {
                    let content = log.content.lock().unwrap();
                    if content.generation != generation {
                        return;
                    }
                    // What was appended since is sent as it is; before that, what lies behind the position.
                    let new = content
                        .events
                        .iter()
                        .skip(sent)
                        .filter(|it| sent > 0 || it.position > last);
                    let new = new.cloned().collect();
                    sent = content.events.len();
                    new
                };
                for part in next.chunks(40) {
                    last = part.last().map_or(last, |it| it.position);
                    let batch = wire::EventBatch {
                        events: part.to_vec(),
                    };
                    if !send(Frame::Events(batch)).await {
                        return;
                    }
                }
                if !send(log.progress()).await
                    || !request.follow
                    || changed.changed().await.is_err()
                {
                    return;
                }
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(answers))))
    }

    async fn replay_task(
        &self,
        _: Request<wire::ReplayTaskRequest>,
    ) -> Result<Response<wire::ReplayTaskResponse>, Status> {
        Err(Status::unimplemented("not part of a log"))
    }

    async fn explain_clock(
        &self,
        _: Request<wire::ExplainClockRequest>,
    ) -> Result<Response<wire::ExplainClockResponse>, Status> {
        Err(Status::unimplemented("not part of a log"))
    }
}

/// An event as dispatch would send it.
fn to_wire(event: &Event) -> wire::Event {
    let at = &event.reference;
    let (facts, aggregate) = match &event.change {
        Change::Assignment { part, snapshot, .. } => {
            (Some(facts(part, snapshot)), format!("tasks/{}", part.task))
        }
        Change::Finished { task, .. } => (None, format!("tasks/{task}")),
        Change::Case(..) | Change::Revisited { .. } | Change::Sheet(_) | Change::Nothing => {
            panic!("not in these logs")
        }
    };
    wire::Event {
        id: at.id.to_string(),
        position: at.position,
        occur_time: time(Some(at.occurred_at)),
        record_time: time(Some(event.recorded_at)),
        traceparent: format!("00-{}-00f067aa0ba902b7-01", at.trace_id),
        trace_id: at.trace_id.clone(),
        aggregate,
        version: event.version,
        facts,
        payload: Some(payload(event)),
        ..wire::Event::default()
    }
}

fn payload(event: &Event) -> Payload {
    use wire::objection::Ruling;
    let text = event.reference.kind.as_str();
    match (text, &event.change) {
        ("TaskFinished", Change::Finished { cases, .. }) => {
            let cases = vec!["cases/x".to_owned(); usize::try_from(*cases).unwrap()];
            Payload::TaskFinished(wire::TaskFinished { cases })
        }
        (
            "ObjectionRuled",
            Change::Assignment {
                ruled: Some(upheld),
                ..
            },
        ) => {
            let ruling = if *upheld {
                Ruling::Upheld
            } else {
                Ruling::Rejected
            };
            Payload::ObjectionRuled(wire::ObjectionRuled {
                ruling: ruling.into(),
                ..Default::default()
            })
        }
        ("AssignmentOffered", _) => Payload::AssignmentOffered(Default::default()),
        ("AssignmentSigned", _) => Payload::AssignmentSigned(Default::default()),
        ("AssignmentObjected", _) => Payload::AssignmentObjected(Default::default()),
        ("AssignmentReportedIn", _) => Payload::AssignmentReportedIn(Default::default()),
        ("AssignmentReported", _) => Payload::AssignmentReported(Default::default()),
        ("AssignmentChecked", _) => Payload::AssignmentChecked(Default::default()),
        ("AssignmentReleased", _) => Payload::AssignmentReleased(Default::default()),
        ("RoundOpened", _) => Payload::RoundOpened(Default::default()),
        ("StageOverdue", _) => Payload::StageOverdue(Default::default()),
        other => panic!("{other:?}"),
    }
}

fn facts(part: &Part, it: &Snapshot) -> wire::AssignmentFacts {
    use wire::{assignment::State, check::Result as Found};
    let state = match it.standing {
        Standing::Owing => State::Signed,
        Standing::Released => State::Released,
        Standing::Uncounted => State::Informed,
    };
    let clock = |stage: wire::Stage, it: &Clock| wire::StageClock {
        stage: stage.into(),
        deadline: Some(Deadline {
            due_time: time(it.due_at),
            ..Deadline::default()
        }),
        met_time: time(it.done_at),
        overdue_time: time(it.overdue_at),
        ..wire::StageClock::default()
    };
    let found = it.check.map_or(Found::Unspecified, |check| {
        if check.passed {
            Found::Pass
        } else {
            Found::Fail
        }
    });
    wire::AssignmentFacts {
        assignment: format!("tasks/{}/assignments/{}", part.task, part.assignment),
        task: format!("tasks/{}", part.task),
        organization: format!("organizations/{}", it.organization),
        area: format!("areas/{}", it.area),
        matter: format!("matters/{}", it.matter),
        source: wire::CaseSource::from_str_name(&format!("CASE_SOURCE_{}", it.source))
            .unwrap()
            .into(),
        role: wire::Role::from_str_name(&format!("ROLE_{}", it.role))
            .unwrap()
            .into(),
        state: state.into(),
        round: part.round,
        clocks: vec![
            clock(wire::Stage::Sign, &it.sign),
            clock(wire::Stage::OnSite, &it.on_site),
            clock(wire::Stage::Disposal, &it.disposal),
        ],
        offer_time: time(it.offered_at),
        sign_time: time(it.sign.done_at),
        on_site_time: time(it.on_site.done_at),
        report_time: time(it.disposal.done_at),
        check_time: time(it.check.map(|check| check.at)),
        check_result: found.into(),
        organizer: format!("organizations/{}", it.organizer),
        checker: match it.checker.as_str() {
            "" => String::new(),
            id => format!("organizations/{id}"),
        },
        ..wire::AssignmentFacts::default()
    }
}

fn time(at: Option<OffsetDateTime>) -> Option<Timestamp> {
    let at = at?;
    assert_eq!(
        from_micros(liandong_kit::db::micros(at)),
        at,
        "whole microseconds"
    );
    Some(Timestamp {
        seconds: at.unix_timestamp(),
        nanos: i32::try_from(at.nanosecond()).unwrap(),
    })
}
