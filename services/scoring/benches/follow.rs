//! How fast scoring follows a log: events per second through gRPC into facts, rollup and ledger, on SQLite (FULL) and
//! PostgreSQL (fsync). `cargo bench -p liandong-scoring --bench follow -- [tasks]`
#![allow(missing_docs, clippy::unwrap_used)]

use std::{
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::Stream;
use liandong_kit::{
    client::Peer,
    clock::Clock,
    db::Db,
    server::ServerConfig,
    testing::{DISTRICT, Keys, databases, listener},
};
use liandong_proto::{
    dispatch::{
        self as wire, AssignmentFacts, Event, EventBatch, Stage, StageClock, WatchProgress,
        assignment::State, check, event::Payload, event_service_server,
        watch_events_response::Frame,
    },
    scoring::{GetFeedStatusRequest, feed_service_client::FeedServiceClient},
    types::{Deadline, Role},
};
use prost_types::Timestamp;
use tokio::sync::mpsc;
use tokio_stream::wrappers::{ReceiverStream, TcpListenerStream};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};
use uuid::Uuid;

/// 2026-04-01 09:00 in Asia/Shanghai.
const START: i64 = 1_775_005_200;
const HOUR: i64 = 3600;
const ORGANIZATIONS: [&str; 4] = ["sanitation", "planning", "environment", "traffic-police"];

fn main() {
    let tasks = std::env::args()
        .filter_map(|it| it.parse().ok())
        .next()
        .unwrap_or(4000);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(measure(tasks));
}

async fn measure(tasks: usize) {
    let log = Log(Arc::new(events(tasks)));
    let (socket, address) = listener().await;
    let service = event_service_server::EventServiceServer::new(log.clone());
    let serving = tonic::transport::Server::builder().add_service(service);
    tokio::spawn(serving.serve_with_incoming(TcpListenerStream::new(socket)));
    let head = i64::try_from(log.0.len()).unwrap();
    for database in databases().await {
        let (socket, own) = listener().await;
        let (keys, stop) = (Keys::new(), CancellationToken::new());
        let config = liandong_scoring::Config {
            auth: keys.config(),
            server: ServerConfig {
                drain_seconds: 1,
                ..ServerConfig::default()
            },
            dispatch_url: format!("http://{address}"),
            registry_url: "http://127.0.0.1:9".into(),
            districts: vec![DISTRICT.into()],
        };
        let db = Db::open(&database.config).await.unwrap();
        let begin = Instant::now();
        let scoring = tokio::spawn(liandong_scoring::serve(
            config,
            socket,
            db,
            Clock::real(),
            stop.clone(),
        ));
        let identity = keys.identity("street-office", "bench", &[Role::Auditor]);
        let peer = Peer::connect_lazy(&format!("http://{own}"), "scoring", identity).unwrap();
        let mut feed = FeedServiceClient::new(peer.safe());
        loop {
            tokio::time::sleep(Duration::from_millis(20)).await;
            let Ok(answer) = feed.get_feed_status(GetFeedStatusRequest {}).await else {
                continue;
            };
            let status = answer.into_inner().status.unwrap();
            assert_eq!(status.stop_reason, "", "{}", status.detail);
            if status.position == head {
                break;
            }
        }
        let seconds = begin.elapsed().as_secs_f64();
        let rate = head as f64 / seconds;
        println!(
            "{}: {head} events in {seconds:.1} s, {rate:.0} a second",
            database.name
        );
        stop.cancel();
        scoring.await.unwrap().unwrap();
    }
}

/// The life of each task: four parts, each offered, signed, committed, on site, reported and checked; a new task every
/// seven minutes, so that hundreds are in hand at once.
fn events(tasks: usize) -> Vec<Event> {
    let mut all: Vec<(i64, Event)> = vec![];
    for number in 0..tasks {
        let task = Uuid::from_u128(number as u128 + 1);
        let start = START + i64::try_from(number).unwrap() * 420;
        let mut moments = vec![];
        for (part, organization) in ORGANIZATIONS.iter().enumerate() {
            for (step, hours) in [0, 1, 2, 5, 20, 22].into_iter().enumerate() {
                moments.push((start + hours * HOUR, part, organization, step));
            }
        }
        moments.sort_unstable();
        for (version, (at, part, organization, step)) in (1..).zip(moments) {
            let facts = facts(task, part, organization, start, step);
            all.push((at, event(task, version, at, step, facts)));
        }
    }
    all.sort_by_key(|(at, _)| *at); // stable: a task keeps its order
    let mut events: Vec<Event> = all.into_iter().map(|(_, event)| event).collect();
    for (position, event) in (1..).zip(&mut events) {
        event.position = position;
        event.id = Uuid::from_u128(u128::try_from(position).unwrap()).to_string();
    }
    events
}

fn event(task: Uuid, version: i64, at: i64, step: usize, facts: AssignmentFacts) -> Event {
    let payload = match step {
        0 => Payload::AssignmentOffered(Default::default()),
        1 => Payload::AssignmentSigned(Default::default()),
        2 => Payload::AssignmentCommitted(Default::default()),
        3 => Payload::AssignmentReportedIn(Default::default()),
        4 => Payload::AssignmentReported(Default::default()),
        _ => Payload::AssignmentChecked(Default::default()),
    };
    Event {
        district: format!("districts/{DISTRICT}"),
        occur_time: time(at),
        record_time: time(at),
        traceparent: format!("00-{:032x}-00f067aa0ba902b7-00", task.as_u128() << 32 | 1),
        trace_id: format!("{:032x}", task.as_u128() << 32 | 1),
        aggregate: format!("tasks/{task}"),
        version,
        facts: Some(facts),
        payload: Some(payload),
        ..Event::default()
    }
}

fn facts(task: Uuid, part: usize, organization: &str, start: i64, step: usize) -> AssignmentFacts {
    let reached =
        |at: usize, hours: i64| (step >= at).then_some(start + hours * HOUR).and_then(time);
    let clock = |stage: Stage, hours: i64, met: Option<Timestamp>| StageClock {
        stage: stage.into(),
        deadline: Some(Deadline {
            due_time: time(start + hours * HOUR),
            ..Deadline::default()
        }),
        met_time: met,
        overdue_time: None,
        ..StageClock::default()
    };
    AssignmentFacts {
        assignment: format!("tasks/{task}/assignments/{}", part + 1),
        organization: format!("organizations/{organization}"),
        organizer: "organizations/street-office".into(),
        area: format!("areas/3203110010{:02}", task.as_u128() % 12),
        matter: format!("matters/matter-{}", task.as_u128() % 40),
        source: wire::CaseSource::Hotline.into(),
        role: if part == 0 {
            wire::Role::Lead
        } else {
            wire::Role::CoHandler
        }
        .into(),
        state: if step == 5 {
            State::Done
        } else {
            State::Signed
        }
        .into(),
        round: 1,
        clocks: vec![
            clock(Stage::Sign, 2, reached(1, 1)),
            clock(Stage::OnSite, 8, reached(3, 5)),
            // One part in four is late.
            clock(
                Stage::Disposal,
                if part == 3 { 18 } else { 48 },
                reached(4, 20),
            ),
        ],
        offer_time: time(start),
        sign_time: reached(1, 1),
        commit_time: reached(2, 2),
        on_site_time: reached(3, 5),
        report_time: reached(4, 20),
        check_time: reached(5, 22),
        check_result: if step == 5 {
            check::Result::Pass
        } else {
            check::Result::Unspecified
        }
        .into(),
        ..AssignmentFacts::default()
    }
}

fn time(seconds: i64) -> Option<Timestamp> {
    Some(Timestamp { seconds, nanos: 0 })
}

/// The log behind dispatch's wire contract.
#[derive(Clone)]
struct Log(Arc<Vec<Event>>);

#[tonic::async_trait]
impl event_service_server::EventService for Log {
    type WatchEventsStream =
        Pin<Box<dyn Stream<Item = Result<wire::WatchEventsResponse, Status>> + Send>>;

    async fn watch_events(
        &self,
        request: Request<wire::WatchEventsRequest>,
    ) -> Result<Response<Self::WatchEventsStream>, Status> {
        let (log, after) = (self.clone(), request.into_inner().after_position);
        let (frames, answers) = mpsc::channel(4);
        tokio::spawn(async move {
            let progress = Frame::Progress(WatchProgress {
                head_position: i64::try_from(log.0.len()).unwrap(),
                epoch: Uuid::from_u128(1).to_string(),
                ..WatchProgress::default()
            });
            let batches = log.0[usize::try_from(after).unwrap()..].chunks(500);
            let events = batches.map(|it| {
                Frame::Events(EventBatch {
                    events: it.to_vec(),
                })
            });
            for frame in std::iter::once(progress).chain(events) {
                let answer = wire::WatchEventsResponse { frame: Some(frame) };
                if frames.send(Ok(answer)).await.is_err() {
                    return;
                }
            }
            frames.closed().await;
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
