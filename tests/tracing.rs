//! Traces, as a real collector receives them over OTLP: one command is one trace over every service it touches.
//!
//! Each test has a collector and a subscriber of its own: everything of a test runs on one thread, whose default
//! subscriber it is.

use liandong_kit::{
    client::{Identity, Peer},
    telemetry::{self, Guard, TelemetryConfig},
    testing::{Span, Traces},
};
use liandong_proto::{
    dispatch::{
        GetCaseRequest, IssueTaskRequest, ObjectionGround, ReplayTaskRequest,
        case_service_client::CaseServiceClient, task_service_client::TaskServiceClient,
    },
    types::Role,
};
use std::collections::BTreeSet;
use tonic::{Code, Request};

use crate::{
    refusal::refused,
    steps::{GARBAGE, kind, lead, of},
    ten::{PARTS, called_together},
    world::{STREET, World},
};

const CLIENT: i32 = 3;
const SERVER: i32 = 2;
const UNSET: i32 = 0;
const ERROR: i32 = 2;
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// A collector, and telemetry that sends everything of this thread to it.
struct Telemetry {
    traces: Traces,
    guard: Guard,
    _default: ::tracing::dispatcher::DefaultGuard,
}

impl Telemetry {
    async fn start() -> Self {
        let (traces, url) = Traces::start().await;
        let config = TelemetryConfig {
            otlp_endpoint: Some(url),
            log: "off".into(),
            ..TelemetryConfig::default()
        };
        let (dispatch, guard) = telemetry::dispatch(&config, "tests").unwrap();
        Self {
            traces,
            guard,
            _default: ::tracing::dispatcher::set_default(&dispatch),
        }
    }

    /// Waits for a span of a trace.
    async fn span(&self, trace: &str, kind: i32, service: &str, name: &str) -> Span {
        for _ in 0..500 {
            self.guard.flush().await;
            let found = self
                .traces
                .of(trace)
                .into_iter()
                .find(|it| it.kind == kind && it.service == service && it.name.ends_with(name));
            if let Some(it) = found {
                return it;
            }
            tokio::task::yield_now().await;
        }
        let seen: Vec<_> = self
            .traces
            .of(trace)
            .into_iter()
            .map(|it| (it.kind, it.service, it.name))
            .collect();
        panic!("no span {kind} {service} {name} in {seen:#?}");
    }
}

/// Client span → server span of dispatch → its question to the registry → server span of the registry, all in the trace
/// the caller brought; the events carry that trace, and nothing carries the token.
#[tokio::test]
async fn one_command_is_one_trace_over_dispatch_and_registry() {
    let telemetry = Telemetry::start().await;
    let world = World::start().await;
    let street = world.coordinator();
    let case = street.filed(GARBAGE).await;
    let task = street.planned(&case, vec![lead("sanitation")]).await;
    let token = world.token(STREET, "he-jianfeng", &[Role::Coordinator]);

    let outer = ::tracing::info_span!("outer");
    let client = Peer::connect_lazy(
        &world.endpoints().dispatch,
        "dispatch",
        Identity::token(&token),
    )
    .unwrap();
    let issue = async {
        let trace = telemetry::trace_id_of(&telemetry::current_traceparent());
        let request = IssueTaskRequest {
            name: task.name.clone(),
            ..Default::default()
        };
        TaskServiceClient::new(client)
            .issue_task(request)
            .await
            .unwrap();
        trace
    };
    let trace = ::tracing::Instrument::instrument(issue, outer.clone()).await;
    drop(outer);

    let ask = telemetry
        .span(&trace, CLIENT, "tests", "TaskService/IssueTask")
        .await;
    let serve = telemetry
        .span(&trace, SERVER, "dispatch", "TaskService/IssueTask")
        .await;
    let peer = telemetry
        .span(
            &trace,
            CLIENT,
            "dispatch",
            "PowerService/ResolveAuthorityBatch",
        )
        .await;
    let resolve = telemetry
        .span(
            &trace,
            SERVER,
            "registry",
            "PowerService/ResolveAuthorityBatch",
        )
        .await;
    assert_eq!(serve.parent_id, ask.span_id);
    assert_eq!(resolve.parent_id, peer.span_id);
    let all = telemetry.traces.of(&trace);
    let mut above = peer.clone();
    while above.span_id != serve.span_id {
        above = all
            .iter()
            .find(|it| it.span_id == above.parent_id)
            .expect("the question hangs under the command")
            .clone();
    }
    let replay = street
        .events()
        .replay_task(ReplayTaskRequest { name: task.name })
        .await
        .unwrap()
        .into_inner();
    let issued: Vec<_> = replay
        .events
        .iter()
        .filter(|it| it.trace_id == trace)
        .map(|it| it.traceparent.clone())
        .collect();
    assert!(
        issued.len() >= 3,
        "issued, offered, dispatched: all carry the command's trace"
    );
    assert!(issued.iter().all(|it| it.contains(&trace)));
    telemetry.guard.flush().await;
    for span in telemetry.traces.spans() {
        let text = format!("{span:?}").to_lowercase();
        assert!(
            !text.contains("bearer") && !text.contains("authorization"),
            "{span:#?}"
        );
        assert!(
            !text.contains(&token.to_lowercase()) && !text.contains("eyj"),
            "a token in {span:#?}"
        );
    }
}

/// A caller in another language brings its own W3C context; the whole command joins it.
#[tokio::test]
async fn a_callers_own_trace_is_joined() {
    let telemetry = Telemetry::start().await;
    let world = World::start().await;
    let street = world.coordinator();
    let case = street.filed(GARBAGE).await;
    let task = street.planned(&case, vec![lead("sanitation")]).await;
    let mut request = Request::new(IssueTaskRequest {
        name: task.name.clone(),
        ..Default::default()
    });
    let parent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    request
        .metadata_mut()
        .insert("traceparent", parent.parse().unwrap());
    street.tasks().issue_task(request).await.unwrap();
    let serve = telemetry
        .span(TRACE, SERVER, "dispatch", "TaskService/IssueTask")
        .await;
    assert_eq!(serve.parent_id, "00f067aa0ba902b7");
    telemetry
        .span(
            TRACE,
            SERVER,
            "registry",
            "PowerService/ResolveAuthorityBatch",
        )
        .await;
    let replay = street
        .events()
        .replay_task(ReplayTaskRequest { name: task.name })
        .await
        .unwrap()
        .into_inner();
    assert!(
        replay
            .events
            .iter()
            .any(|it| it.trace_id == TRACE && it.traceparent.starts_with(&format!("00-{TRACE}-")))
    );
}

/// What happens later, elsewhere, links back: scoring to the event's trace.
#[tokio::test]
async fn scorings_work_links_back_to_the_event() {
    let telemetry = Telemetry::start().await;
    let world = World::start().await;
    let task = world
        .coordinator()
        .issued(GARBAGE, vec![lead("sanitation")])
        .await;
    let sanitation = world.handler("sanitation");
    let name = of(&task, "sanitation").name.clone();
    sanitation.worked(&name, &[]).await;
    let mut request = Request::new(liandong_proto::dispatch::CheckAssignmentRequest {
        name,
        result: liandong_proto::dispatch::check::Result::Pass as i32,
        note: "已解决".into(),
        ..Default::default()
    });
    request.metadata_mut().insert(
        "traceparent",
        format!("00-{TRACE}-00f067aa0ba902b7-01").parse().unwrap(),
    );
    world
        .checker()
        .checks()
        .check_assignment(request)
        .await
        .unwrap();
    world.scored().await;
    telemetry.guard.flush().await;
    let linked = telemetry
        .traces
        .wait_for(|it| it.service == "scoring" && it.links.iter().any(|it| it == TRACE))
        .await;
    assert_ne!(linked.trace_id, TRACE, "a trace of its own, with a link");
}

/// A call that fails is an error in the caller's span and says its code in both; what the caller did wrong is no error
/// of the server (semantic conventions of RPC), and what went well is nobody's.
#[tokio::test]
async fn a_failed_calls_span_says_so() {
    let telemetry = Telemetry::start().await;
    let world = World::start().await;
    let case = world.coordinator().filed(GARBAGE).await.name;
    let token = world.token(STREET, "he-jianfeng", &[Role::Coordinator]);
    let peer = Peer::connect_lazy(
        &world.endpoints().dispatch,
        "dispatch",
        Identity::token(&token),
    )
    .unwrap();
    let read = async |name: &str| {
        let call = async {
            let trace = telemetry::trace_id_of(&telemetry::current_traceparent());
            (
                CaseServiceClient::new(peer.clone())
                    .get_case(GetCaseRequest {
                        name: name.to_owned(),
                    })
                    .await,
                trace,
            )
        };
        ::tracing::Instrument::instrument(call, ::tracing::info_span!("outer")).await
    };
    let (missing, trace) = read("cases/0190a6f0-0000-7000-8000-000000000000").await;
    refused(missing, Code::NotFound, "CASE_NOT_FOUND");
    let ask = telemetry
        .span(&trace, CLIENT, "tests", "CaseService/GetCase")
        .await;
    let serve = telemetry
        .span(&trace, SERVER, "dispatch", "CaseService/GetCase")
        .await;
    assert_eq!((ask.status, serve.status), (ERROR, UNSET), "{ask:#?}");
    for it in [&ask, &serve] {
        assert_eq!(it.attributes["rpc.response.status_code"], "NOT_FOUND");
    }
    let (found, trace) = read(&case).await;
    found.unwrap();
    for (kind, service) in [(CLIENT, "tests"), (SERVER, "dispatch")] {
        let span = telemetry
            .span(&trace, kind, service, "CaseService/GetCase")
            .await;
        assert_eq!(
            (
                span.status,
                span.attributes["rpc.response.status_code"].as_str()
            ),
            (UNSET, "OK")
        );
    }
}

/// Ten members on one lane: the collector has every step of the task's history, served by dispatch in the trace that its
/// event names; the order to go out asked the registry in the same trace.
///
/// Proves A10.
#[tokio::test]
async fn the_work_of_ten_members_is_seen_whole_by_the_collector() {
    let telemetry = Telemetry::start().await;
    let world = World::start().await;
    let (street, centre) = (world.coordinator(), world.checker());
    let task = called_together(&street).await;
    let order = |who: &str| of(&task, who).name.clone();
    for (who, ..) in PARTS {
        world.handler(who).sign(&order(who)).await.unwrap();
    }
    let construction = order("construction");
    let ground = ObjectionGround::NotOurDuty;
    let objector = world.handler("construction");
    objector.object(&construction, ground).await.unwrap();
    street.reject(&construction).await.unwrap();
    let swept = order("sanitation");
    world.handler("sanitation").handled(&swept, &[]).await;
    centre.fail(&swept).await.unwrap();

    let request = ReplayTaskRequest { name: task.name };
    let replay = street.events().replay_task(request).await.unwrap();
    let replay = replay.into_inner();
    assert!(replay.replay_equals_state);
    let mut steps = BTreeSet::new();
    for event in &replay.events {
        let method = match kind(event.payload.as_ref().unwrap()).as_str() {
            "TaskPlanned" => "TaskService/PlanTask",
            "TaskIssued" | "AssignmentOffered" => "TaskService/IssueTask",
            "AssignmentSigned" => "AssignmentService/SignAssignment",
            "AssignmentObjected" => "AssignmentService/ObjectAssignment",
            "ObjectionRuled" => "TaskService/RuleObjection",
            "AssignmentCommitted" => "AssignmentService/CommitAssignment",
            "OfficersReportedIn" | "ReportedIn" => "AssignmentService/ReportIn",
            "AssignmentReported" => "AssignmentService/ReportAssignment",
            "AssignmentChecked" | "RoundOpened" => "CheckService/CheckAssignment",
            _ => continue,
        };
        let serve = telemetry
            .span(&event.trace_id, SERVER, "dispatch", method)
            .await;
        let all = telemetry.traces.of(&event.trace_id);
        let named = event.traceparent.split('-').nth(2).unwrap();
        assert!(
            all.iter().any(|it| it.span_id == named),
            "the event names a span of {serve:#?}"
        );
        steps.insert(method);
        if method == "TaskService/IssueTask" {
            let asked = "PowerService/ResolveAuthorityBatch";
            telemetry
                .span(&event.trace_id, SERVER, "registry", asked)
                .await;
        }
    }
    assert!(steps.len() >= 7, "{steps:?}");
}
