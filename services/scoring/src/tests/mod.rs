//! Scoring as a whole, over real gRPC on both databases, reading a log that can be told to misbehave in ways
//! that dispatch never should.

mod appeals;
mod fund;
mod log;
mod nothing;
mod others;
mod people;
mod periods;
mod recount;
mod registry;
mod story;
mod tracing;
mod trouble;

use std::sync::Arc;

use liandong_kit::{
    client::Peer,
    clock::Clock,
    db::Db,
    server::ServerConfig,
    testing::{DISTRICT, Database, Keys, eventually, listener},
};
use liandong_proto::{
    scoring::{
        FeedStatus, GetFeedStatusRequest, Verification, VerifyLedgerRequest,
        feed_service_client::FeedServiceClient, indicator_service_client::IndicatorServiceClient,
        ledger_service_client::LedgerServiceClient, ranking_service_client::RankingServiceClient,
        scheme_service_client::SchemeServiceClient, verify_ledger_response::Step,
    },
    types::Role,
};
use time::{OffsetDateTime, macros::datetime};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::Status;

pub(crate) use self::log::ScriptedLog;

/// A running scoring service.
pub(crate) struct Scoring {
    url: String,
    keys: Arc<Keys>,
    stop: CancellationToken,
    task: JoinHandle<anyhow::Result<()>>,
}

impl Scoring {
    /// Starts on a database, following `log`. The registry is away.
    async fn start(database: &Database, keys: &Arc<Keys>, log: &ScriptedLog) -> Self {
        Self::start_at(database, keys, log, datetime!(2026-07-01 12:00 +8)).await
    }

    /// Starts at another time.
    async fn start_at(
        database: &Database,
        keys: &Arc<Keys>,
        log: &ScriptedLog,
        now: OffsetDateTime,
    ) -> Self {
        Self::start_beside(database, keys, log, now, "http://127.0.0.1:9".into()).await
    }

    /// Starts on the first of March 2026, beside a registry that knows the organizations of [`periods::document`].
    async fn start_early(database: &Database, keys: &Arc<Keys>, log: &ScriptedLog) -> Self {
        let early = datetime!(2026-03-01 12:00 +8);
        let registry = registry::registry_of(&["sanitation", "police", "market"]).await;
        Self::start_beside(database, keys, log, early, registry).await
    }

    async fn start_beside(
        database: &Database,
        keys: &Arc<Keys>,
        log: &ScriptedLog,
        now: OffsetDateTime,
        registry_url: String,
    ) -> Self {
        let (listener, address) = listener().await;
        let stop = CancellationToken::new();
        let config = crate::Config {
            auth: keys.config(),
            server: ServerConfig {
                drain_seconds: 1,
                ..ServerConfig::default()
            },
            dispatch_url: log.url(),
            registry_url,
            districts: vec![DISTRICT.into()],
        };
        let db = Db::open(&database.config).await.unwrap();
        let clock = Clock::virtual_from(now);
        let serving = crate::serve(config, listener, db, clock, stop.clone());
        let task = tokio::spawn(serving);
        Self {
            url: format!("http://{address}"),
            keys: keys.clone(),
            stop,
            task,
        }
    }

    fn peer(&self, organization: &str, roles: &[Role]) -> Peer {
        self.person(organization, "zhang-wei", roles)
    }

    /// A connection in somebody's name.
    fn person(&self, organization: &str, person: &str, roles: &[Role]) -> Peer {
        let identity = self.keys.identity(organization, person, roles);
        Peer::connect_lazy(&self.url, "scoring", identity)
            .unwrap()
            .safe()
    }

    fn ranking(&self, organization: &str, roles: &[Role]) -> RankingServiceClient<Peer> {
        RankingServiceClient::new(self.peer(organization, roles))
    }

    fn indicators(&self, organization: &str, roles: &[Role]) -> IndicatorServiceClient<Peer> {
        IndicatorServiceClient::new(self.peer(organization, roles))
    }

    fn ledger(&self, organization: &str, roles: &[Role]) -> LedgerServiceClient<Peer> {
        LedgerServiceClient::new(self.peer(organization, roles))
    }

    fn schemes(&self, roles: &[Role]) -> SchemeServiceClient<Peer> {
        SchemeServiceClient::new(self.peer("street-office", roles))
    }

    async fn feed(&self) -> Option<FeedStatus> {
        let mut client = FeedServiceClient::new(self.peer("street-office", &[Role::Auditor]));
        let answer = client.get_feed_status(GetFeedStatusRequest {}).await.ok()?;
        answer.into_inner().status
    }

    /// Waits until everything up to `position` is applied.
    async fn caught_up(&self, position: i64) {
        eventually("scoring to follow", || async {
            self.feed().await.filter(|it| it.position == position)
        })
        .await;
    }

    async fn verify(&self) -> Result<Verification, Status> {
        self.verify_by(VerifyLedgerRequest { facts_only: false })
            .await
    }

    async fn verify_facts(&self) -> Result<Verification, Status> {
        self.verify_by(VerifyLedgerRequest { facts_only: true })
            .await
    }

    async fn verify_by(&self, how: VerifyLedgerRequest) -> Result<Verification, Status> {
        let mut client = self.ledger("street-office", &[Role::Auditor]);
        let mut steps = client.verify_ledger(how).await?.into_inner();
        while let Some(step) = steps.message().await? {
            if let Some(Step::Result(result)) = step.step {
                return Ok(result);
            }
        }
        Err(Status::internal("no result"))
    }

    /// Stops as SIGTERM does.
    async fn stop(self) {
        self.stop.cancel();
        self.task.await.unwrap().unwrap();
    }
}
