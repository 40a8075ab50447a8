//! The suite inside this process, under a virtual clock: services that crash, links that are cut, clocks that differ.
//!
//! ```text
//! agents ═▶ registry   agents ═▶ dispatch ═▶ registry   agents ═▶ scoring ═▶ dispatch, registry
//! each service: a runtime, a listener and a clock of its own          ═▶ is a fault proxy
//! ```
//! A crash takes the runtime away with everything in it, in the middle of whatever it does; the files stay.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, bail, ensure};
use liandong::client::{Endpoints, Session};
use liandong_kit::{
    auth::{AuthConfig, Issuer},
    clock::Clock,
    db::{DatabaseConfig, Db},
    program::Service,
    server::ServerConfig,
    testing,
};
use liandong_proto::dispatch::ReportCaseRequest;
use prost::Message;
use time::OffsetDateTime;
use tokio::{net::TcpListener, runtime::Runtime, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::{
    caller::{Answer, Call, Caller, DISTRICT},
    proxy::{Proxy, Weather},
    street,
};

/// How long a service may take to answer; far more than it needs.
const PATIENCE: Duration = Duration::from_secs(120);

/// The services.
pub(crate) const SERVICES: [&str; 3] = ["registry", "dispatch", "scoring"];

/// Who calls whom.
pub(crate) const LINKS: [&str; 6] = [
    "agents>registry",
    "agents>dispatch",
    "agents>scoring",
    "dispatch>registry",
    "scoring>registry",
    "scoring>dispatch",
];

/// One suite in one folder.
pub(crate) struct World {
    /// The time that all clocks follow.
    pub(crate) clock: Clock,
    issuer: Issuer,
    folder: PathBuf,
    nodes: BTreeMap<&'static str, Node>,
    links: BTreeMap<&'static str, Proxy>,
}

/// A service.
struct Node {
    /// How much its clock is ahead.
    skew: time::Duration,
    life: Option<Life>,
}

/// A service that runs.
struct Life {
    runtime: Runtime,
    address: SocketAddr,
    stop: CancellationToken,
    served: JoinHandle<anyhow::Result<()>>,
}

impl World {
    /// Starts all services in a folder, which may hold databases already.
    pub(crate) async fn start(folder: &Path, clock: Clock) -> anyhow::Result<Self> {
        let mut world = Self {
            clock,
            issuer: Issuer::open(folder.join("keys"))?,
            folder: folder.to_owned(),
            nodes: BTreeMap::new(),
            links: BTreeMap::new(),
        };
        // Where nobody is, until the services are started.
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 9));
        for link in LINKS {
            world.links.insert(link, Proxy::to(nowhere).await?);
        }
        for service in SERVICES {
            let skew = time::Duration::ZERO;
            world.nodes.insert(service, Node { skew, life: None });
            world.begin(service).await?;
        }
        Ok(world)
    }

    /// Starts a service and waits until it answers.
    pub(crate) async fn begin(&mut self, service: &'static str) -> anyhow::Result<()> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let stop = CancellationToken::new();
        let start = Start {
            listener,
            database: self.database(service),
            clock: self.clock.ahead_by(self.nodes[service].skew),
            stop: stop.clone(),
        };
        let (auth, server) = (AuthConfig::new(self.folder.join("keys")), server());
        let url = |link: &str| self.links[link].url();
        let served = match service {
            "registry" => {
                let config = liandong_registry::Config { server, auth };
                runtime.spawn(start.serve::<liandong_registry::Registry>(config))
            }
            "dispatch" => {
                let evidence = self.folder.join("evidence").display().to_string();
                let config = liandong_dispatch::Config {
                    registry_url: url("dispatch>registry"),
                    // Signs of life are given by the real clock: they say nothing here.
                    outage_minutes: 0,
                    evidence: liandong_dispatch::EvidenceConfig::at(evidence),
                    auth,
                    server,
                };
                runtime.spawn(start.serve::<liandong_dispatch::Dispatch>(config))
            }
            _ => {
                let config = liandong_scoring::Config {
                    auth,
                    server,
                    dispatch_url: url("scoring>dispatch"),
                    registry_url: url("scoring>registry"),
                    districts: vec![DISTRICT.to_owned()],
                };
                runtime.spawn(start.serve::<liandong_scoring::Scoring>(config))
            }
        };
        for (link, proxy) in &self.links {
            if link.ends_with(&format!(">{service}")) {
                proxy.lead_to(address);
            }
        }
        let life = Life {
            runtime,
            address,
            stop,
            served,
        };
        self.node(service).life = Some(life);
        self.ready(service).await?;
        // Its timers have seen what time it is.
        self.clock.advance_to(self.clock.now()).await;
        Ok(())
    }

    /// Ends a service at once. Its clock is this much ahead when it comes back.
    pub(crate) async fn crash(
        &mut self,
        service: &'static str,
        skew: time::Duration,
    ) -> anyhow::Result<()> {
        let node = self.node(service);
        node.skew = skew;
        if let Some(life) = node.life.take() {
            tokio::task::spawn_blocking(move || life.runtime.shutdown_timeout(PATIENCE)).await?;
        }
        for (link, proxy) in &self.links {
            if link.ends_with(&format!(">{service}")) || link.starts_with(&format!("{service}>")) {
                proxy.ended().await;
            }
        }
        Ok(())
    }

    /// Whether a service runs.
    pub(crate) fn runs(&self, service: &str) -> bool {
        self.nodes[service].life.is_some()
    }

    /// What a link does from now on.
    pub(crate) async fn set(&self, link: &str, weather: Weather) {
        let link = &self.links[link];
        link.set(weather);
        if weather == Weather::Cut {
            link.ended().await;
        }
    }

    /// How many answers a link has lost to [`Weather::Unanswered`].
    pub(crate) fn answers_lost(&self, link: &str) -> usize {
        self.links[link].answers_lost()
    }

    /// Waits until dispatch finds the registry again.
    pub(crate) async fn reached(&self) -> anyhow::Result<()> {
        let (caller, who) = (self.caller(), street::coordinator(0));
        for number in 0_u32.. {
            // A place that is not there is asked about anew every time.
            let request = ReportCaseRequest {
                area: format!("areas/9999{number:08}"),
                title: "问路".into(),
                source: liandong_proto::dispatch::CaseSource::Patrol.into(),
                validate_only: true,
                ..Default::default()
            };
            let method = "dispatch.v1.CaseService/ReportCase";
            let answer = caller
                .call(method, &who, request.encode_to_vec(), &Call::default())
                .await;
            match answer {
                Answer::Unknown(..) if number < 1200 => {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                Answer::Unknown(..) => bail!("dispatch does not find the registry: {answer:?}"),
                _ => return Ok(()),
            }
        }
        Ok(())
    }

    /// A session over the links.
    pub(crate) fn session(&self) -> anyhow::Result<Session> {
        let url = |link: &str| self.links[link].url();
        let endpoints = Endpoints {
            district: DISTRICT.to_owned(),
            registry: url("agents>registry"),
            dispatch: url("agents>dispatch"),
            scoring: url("agents>scoring"),
            pid: std::process::id(),
            clock: "virtual".into(),
            database: "sqlite".into(),
            data: self.folder.clone(),
            viewer: None,
        };
        Ok(Session::of_issuer(endpoints, self.issuer.clone())?)
    }

    /// A client past the links, of what runs.
    pub(crate) fn caller(&self) -> Caller {
        let urls: Vec<(&str, String)> = self
            .nodes
            .iter()
            .filter_map(|(service, node)| {
                let life = node.life.as_ref()?;
                Some((*service, format!("http://{}", life.address)))
            })
            .collect();
        Caller::new(self.issuer.clone(), &urls)
    }

    /// A client past all networks: what it asks is decoded and done where it asks.
    pub(crate) fn inside(&self) -> Caller {
        let servers = self.nodes.iter().filter_map(|(service, node)| {
            let life = node.life.as_ref()?;
            Some((*service, testing::inside(life.address)?))
        });
        Caller::inside(self.issuer.clone(), servers.collect())
    }

    /// Stops all services in order, and has their databases proved.
    pub(crate) async fn end(mut self) -> anyhow::Result<Ended> {
        let now = self.clock.now();
        for service in SERVICES {
            if let Some(life) = self.node(service).life.take() {
                life.stop.cancel();
                life.served.await?.with_context(|| service.to_owned())?;
                tokio::task::spawn_blocking(move || life.runtime.shutdown_timeout(PATIENCE))
                    .await?;
            }
        }
        let mut ended = Ended::default();
        for service in SERVICES {
            let database = self.database(service);
            let proved = match service {
                "registry" => prove::<liandong_registry::Registry>(&database, now).await,
                "dispatch" => prove::<liandong_dispatch::Dispatch>(&database, now).await,
                _ => prove::<liandong_scoring::Scoring>(&database, now).await,
            };
            match proved {
                Ok(due) if service == "dispatch" => ended.timers_due = due,
                Ok(_) => {}
                Err(error) => ended.wrong.push(format!("I3 I4 I10 {service}: {error:#}")),
            }
        }
        Ok(ended)
    }

    fn node(&mut self, service: &str) -> &mut Node {
        self.nodes.get_mut(service).expect("one of the services")
    }

    fn database(&self, service: &str) -> String {
        format!("sqlite://{}/{service}.db", self.folder.display())
    }

    async fn ready(&mut self, service: &'static str) -> anyhow::Result<()> {
        let (method, who) = match service {
            "registry" => (
                "registry.v1.CalendarService/ListCalendarYears",
                street::coordinator(0),
            ),
            "dispatch" => ("dispatch.v1.CaseService/ListCases", street::coordinator(0)),
            _ => ("scoring.v1.FeedService/GetFeedStatus", street::assessor()),
        };
        let began = std::time::Instant::now();
        loop {
            let answer = self
                .caller()
                .call(method, &who, vec![], &Call::default())
                .await;
            let Answer::Unknown(..) = answer else {
                return Ok(());
            };
            let life = self.nodes[service]
                .life
                .as_ref()
                .context("it was started")?;
            ensure!(!life.served.is_finished(), "{service} has ended");
            ensure!(
                began.elapsed() < PATIENCE,
                "{service} is not ready: {answer:?}"
            );
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

impl Drop for World {
    /// A world that is given up ends at once, wherever that is done: nobody waits for its services.
    fn drop(&mut self) {
        for node in self.nodes.values_mut() {
            if let Some(life) = node.life.take() {
                life.runtime.shutdown_background();
            }
        }
    }
}

/// What is left when all have stopped.
#[derive(Debug, Default)]
pub(crate) struct Ended {
    /// Timers whose time had come and that had not fired.
    pub(crate) timers_due: u64,
    /// What must not be.
    pub(crate) wrong: Vec<String>,
}

/// What a service is started with.
struct Start {
    listener: std::net::TcpListener,
    database: String,
    clock: Clock,
    stop: CancellationToken,
}

impl Start {
    async fn serve<S: Service>(self, config: S::Config) -> anyhow::Result<()> {
        let db = Db::open(&files(&self.database)).await?;
        let listener = TcpListener::from_std(self.listener)?;
        let served = S::serve(config, listener, db.clone(), self.clock, self.stop).await;
        db.close().await?;
        served
    }
}

fn server() -> ServerConfig {
    ServerConfig {
        drain_seconds: 2,
        ..ServerConfig::default()
    }
}

fn files(url: &str) -> DatabaseConfig {
    DatabaseConfig {
        readers: 2,
        ..DatabaseConfig::at(url)
    }
}

/// Proves a database; how many timers were due.
async fn prove<S: Service>(database: &str, now: OffsetDateTime) -> anyhow::Result<u64> {
    let db = Db::open(&files(database)).await?;
    let proved = S::verify(db.clone(), now).await;
    db.close().await?;
    Ok(proved?.iter().map(|it| it.timers_due).sum())
}
