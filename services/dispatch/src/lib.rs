//! Cases, joint tasks, assignments, clocks and the departments' inbox.
//!
//! ```text
//! main ─▶ serve ─▶ grpc ───────┬─▶ store ─▶ kit's committer and log
//!                  work/timers ┘     │ views: lists, inbox index
//!                  grpc ─▶ evidence: the files, in a folder or an object store
//!                  grpc ─▶ peers/registry
//!                  all of them ─▶ domain: the rules, without I/O
//! ```

pub mod domain;
mod evidence;
mod grpc;
mod inbox;
mod peers;
mod program;
mod store;
mod work;

use anyhow::Context;
use clap::Args;
use liandong_kit::auth::AuthConfig;
use liandong_kit::clock::Clock;
use liandong_kit::db::Db;
use liandong_kit::limited;
use liandong_kit::log::{Broken, Proved};
use liandong_kit::server::{Server, ServerConfig};
use liandong_kit::telemetry;
use liandong_proto::dispatch::assignment_service_server::AssignmentServiceServer;
use liandong_proto::dispatch::campaign_service_server::CampaignServiceServer;
use liandong_proto::dispatch::case_service_server::CaseServiceServer;
use liandong_proto::dispatch::case_settings_service_server::CaseSettingsServiceServer;
use liandong_proto::dispatch::check_sample_service_server::CheckSampleServiceServer;
use liandong_proto::dispatch::check_service_server::CheckServiceServer;
use liandong_proto::dispatch::clock_service_server::ClockServiceServer;
use liandong_proto::dispatch::dispute_service_server::DisputeServiceServer;
use liandong_proto::dispatch::event_service_server::EventServiceServer;
use liandong_proto::dispatch::evidence_service_server::EvidenceServiceServer;
use liandong_proto::dispatch::follow_up_service_server::FollowUpServiceServer;
use liandong_proto::dispatch::inbox_service_server::InboxServiceServer;
use liandong_proto::dispatch::inspection_service_server::InspectionServiceServer;
use liandong_proto::dispatch::meeting_series_service_server::MeetingSeriesServiceServer;
use liandong_proto::dispatch::meeting_service_server::MeetingServiceServer;
use liandong_proto::dispatch::patrol_service_server::PatrolServiceServer;
use liandong_proto::dispatch::penalty_service_server::PenaltyServiceServer;
use liandong_proto::dispatch::personal_data_service_server::PersonalDataServiceServer;
use liandong_proto::dispatch::task_service_server::TaskServiceServer;
use liandong_proto::dispatch::task_template_service_server::TaskTemplateServiceServer;
use liandong_proto::dispatch::whistle_service_server::WhistleServiceServer;
use std::time::Duration;
use time::OffsetDateTime;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use crate::evidence::EvidenceConfig;
use crate::grpc::Desk;
pub use crate::grpc::meeting_words;
pub use crate::program::Dispatch;

/// The name of this service, as it appears in traces, metrics and tokens.
pub const SERVICE: &str = "dispatch";

/// Settings of dispatch. Where it listens and its database are its starter's.
#[derive(Args, Clone, Debug)]
#[group(skip)]
pub struct Config {
    /// Where the registry is.
    #[arg(
        long,
        env = "LIANDONG_REGISTRY_URL",
        default_value = "http://127.0.0.1:7701"
    )]
    pub registry_url: String,
    /// After how many minutes without a sign of life a start puts an outage on record, whose time is charged to
    /// nobody; 0: never.
    #[arg(long, env = "LIANDONG_OUTAGE_MINUTES", default_value_t = 30)]
    pub outage_minutes: u32,
    /// Where evidence files are kept.
    #[command(flatten)]
    pub evidence: EvidenceConfig,
    /// Keys of callers, and of this service.
    #[command(flatten)]
    pub auth: AuthConfig,
    /// How it serves.
    #[command(flatten)]
    pub server: ServerConfig,
}

/// What is refused while little space is left on the disk. Cases are still reported, and what has begun is still
/// answered, reported on, checked and closed.
const NEW_WORK: [&str; 11] = [
    "liandong.dispatch.v1.TaskService/PlanTask",
    "liandong.dispatch.v1.TaskService/IssueTask",
    "liandong.dispatch.v1.TaskTemplateService/SaveTaskTemplate",
    "liandong.dispatch.v1.CampaignService/CreateCampaign",
    "liandong.dispatch.v1.CampaignService/StartCampaign",
    "liandong.dispatch.v1.InspectionService/PlanInspectionRound",
    "liandong.dispatch.v1.InspectionService/PlanInspection",
    "liandong.dispatch.v1.MeetingSeriesService/CreateMeetingSeries",
    "liandong.dispatch.v1.PatrolService/CreatePatrolPlan",
    "liandong.dispatch.v1.CheckSampleService/PlanCheckSample",
    "liandong.dispatch.v1.EvidenceService/StartUpload",
];

/// Proves a database of dispatch, as after a restore: see [`liandong_kit::log::Log::prove`].
pub async fn verify(db: Db, now: OffsetDateTime) -> Result<Vec<Proved>, Broken> {
    store::prove(db, now).await
}

/// Serves dispatch on `listener` until `stop`. Brings the tables up to date first.
pub async fn serve(
    config: Config,
    listener: TcpListener,
    db: Db,
    clock: Clock,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    db.migrate::<store::Migrations>()
        .await
        .context("bringing dispatch's tables up to date")?;
    let index = inbox::Index::default();
    let copies = store::Copies::new(db.clone());
    let store = store::Store::new(db.clone(), clock.clone(), store::Rows::new(index.clone()));
    let issuer = config.auth.issuer().context("opening the keys")?;
    let registry = peers::registry::Registry::open(&config.registry_url, issuer, copies)
        .await
        .context("reading the copies of the registry")?;
    let files = evidence::Store::open(&config.evidence).context("opening the evidence store")?;
    let desk = Desk {
        store: store.clone(),
        registry: registry.clone(),
    };
    let log = store.log().clone();
    let (cases, samples) = (desk.clone(), desk.clone());

    let server = Server::new(
        SERVICE,
        &config.server,
        config.auth.verifier().context("opening the keys")?,
    )
    .database(&db)
    .new_work(&NEW_WORK)
    .add(limited!(CaseServiceServer::new(grpc::case::CaseService(
        desk.clone()
    ))))
    .add(limited!(TaskServiceServer::new(grpc::task::TaskService(
        desk.clone()
    ))))
    .add(limited!(AssignmentServiceServer::new(
        grpc::assignment::AssignmentService(desk.clone())
    )))
    .add(limited!(WhistleServiceServer::new(
        grpc::whistle::WhistleService(desk.clone())
    )))
    .add(limited!(DisputeServiceServer::new(
        grpc::dispute::DisputeService(desk.clone())
    )))
    .add(limited!(TaskTemplateServiceServer::new(
        grpc::task_template::TaskTemplateService(desk.clone())
    )))
    .add(limited!(CheckServiceServer::new(
        grpc::check::CheckService(desk.clone())
    )))
    .add(limited!(ClockServiceServer::new(
        grpc::clock::ClockService(desk.clone())
    )))
    .add(limited!(CampaignServiceServer::new(
        grpc::campaign::CampaignService(desk.clone())
    )))
    .add(limited!(InspectionServiceServer::new(
        grpc::inspection::InspectionService(desk.clone())
    )))
    .add(limited!(MeetingSeriesServiceServer::new(
        grpc::meeting_series::MeetingSeriesService(desk.clone())
    )))
    .add(limited!(MeetingServiceServer::new(
        grpc::meeting::MeetingService(desk.clone())
    )))
    .add(limited!(PatrolServiceServer::new(
        grpc::patrol::PatrolService(desk.clone())
    )))
    .add(limited!(EvidenceServiceServer::new(
        grpc::evidence::EvidenceService {
            desk,
            files: files.clone(),
        }
    )))
    .add(limited!(FollowUpServiceServer::new(
        grpc::follow_up::FollowUpService(cases.clone())
    )))
    .add(limited!(PersonalDataServiceServer::new(
        grpc::personal_data::PersonalDataService(cases.clone())
    )))
    .add(limited!(PenaltyServiceServer::new(
        grpc::penalty::PenaltyService(cases.clone())
    )))
    .add(limited!(CaseSettingsServiceServer::new(
        grpc::case_settings::CaseSettingsService(cases)
    )))
    .add(limited!(CheckSampleServiceServer::new(
        grpc::check_sample::CheckSampleService(samples)
    )))
    .add(limited!(InboxServiceServer::new(
        grpc::inbox::InboxService::new(store.clone(), clock.clone(), index)
    )))
    .add(limited!(EventServiceServer::new(
        grpc::event::EventService::new(store.clone(), clock.clone())
    )))
    .time_for(
        "liandong.dispatch.v1.InboxService/PullInbox",
        Duration::from_secs(60),
    )
    .time_for(
        "liandong.dispatch.v1.EvidenceService/FinishUpload",
        Duration::from_secs(120),
    );

    // Before any timer: what an outage excuses was never late.
    let least = time::Duration::minutes(config.outage_minutes.into());
    let mut outage = work::outages::found(&store, least)
        .await
        .context("reading the last sign of life")?;
    if let Some(span) = outage
        && work::outages::record(&store, &registry, span).await?
    {
        outage = None;
    }
    let living = tokio::spawn(telemetry::in_service(
        SERVICE,
        work::outages::run(store.clone(), registry.clone(), outage, stop.clone()),
    ));
    let timers = tokio::spawn(telemetry::in_service(
        SERVICE,
        work::timers::run(store.clone(), registry.clone(), clock.clone(), stop.clone()),
    ));
    let sweeping = tokio::spawn(telemetry::in_service(
        SERVICE,
        evidence::sweep::run(files, store.clone(), stop.clone()),
    ));
    let people = tokio::spawn(telemetry::in_service(
        SERVICE,
        work::people::run(store, stop.clone()),
    ));
    let keeping = tokio::spawn(telemetry::in_service(
        SERVICE,
        inbox::retention::run(log, clock, stop.clone()),
    ));
    let served = server.run(listener, stop.clone()).await;
    stop.cancel();
    timers.await?;
    keeping.await?;
    sweeping.await?;
    people.await?;
    living.await?;
    registry.keep_copies().await;
    served.context("serving dispatch")
}
