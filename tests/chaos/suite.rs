//! The whole suite as it runs in production: every service a process of its own, a network between every two.
//!
//! ```text
//! caller ═▶ registry   caller ═▶ dispatch ═▶ registry   caller ═▶ scoring ═▶ dispatch, registry
//!                                dispatch ═▶ PostgreSQL                        ═▶ is a fault proxy
//! ```

use std::{
    collections::HashMap,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use liandong_kit::{
    auth::Issuer,
    testing::{self, Database},
};
use liandong_proto::registry::{
    ImportOutcome, ImportStreetRequest, ImportStreetStart,
    import_service_client::ImportServiceClient, import_street_request::Piece,
};
use tempfile::TempDir;
use tonic::Request;

use crate::{
    binaries::{Binaries, Program},
    caller::{Answer, Call, Caller, DISTRICT},
    process::Process,
    proxy::{Proxy, Weather},
    setting::Setting,
    street::{self, FILE},
};

/// What the services keep their data in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    Sqlite,
    Postgres,
}

/// How the services are set up.
pub(crate) struct Plan {
    pub(crate) backend: Backend,
    /// Replicas of dispatch besides the first.
    pub(crate) replicas: usize,
    /// Dispatch's database, if the trial has made one.
    pub(crate) dispatch_database: Option<String>,
    /// What every process is told besides.
    pub(crate) environment: Vec<(&'static str, String)>,
}

impl Plan {
    /// What most trials need.
    pub(crate) fn on(backend: Backend) -> Self {
        Self {
            backend,
            replicas: 0,
            dispatch_database: None,
            environment: Vec::new(),
        }
    }
}

/// How long a service may take to answer its first call; far more than it needs.
const PATIENCE: Duration = Duration::from_secs(60);

/// One process, and how to start it again.
struct Node {
    service: &'static str,
    program: Program,
    environment: Vec<(&'static str, String)>,
    log: PathBuf,
    process: Option<Process>,
}

/// Everything, running. `dispatch`, `dispatch-1`, … are replicas on one database.
pub(crate) struct Suite {
    nodes: HashMap<String, Node>,
    /// By who calls whom: `caller>dispatch`, `dispatch>registry`, `dispatch>database`.
    pub(crate) links: HashMap<String, Proxy>,
    issuer: Issuer,
    pub(crate) backend: Backend,
    folder: TempDir,
    _databases: Vec<Database>,
}

impl Suite {
    /// Starts all services with the demo street, and `replicas` more of dispatch.
    pub(crate) async fn start(
        setting: &Setting,
        backend: Backend,
        replicas: usize,
    ) -> anyhow::Result<Self> {
        let plan = Plan {
            replicas,
            ..Plan::on(backend)
        };
        Self::start_as(setting, plan).await
    }

    /// Starts all services as planned.
    pub(crate) async fn start_as(setting: &Setting, plan: Plan) -> anyhow::Result<Self> {
        let binaries = Binaries::get(setting.breaks_services(), setting.short)?;
        let folder = tempfile::Builder::new()
            .prefix("liandong-chaos-")
            .tempdir()?;
        let keys = folder.path().join("keys");
        let mut suite = Self {
            nodes: HashMap::new(),
            links: HashMap::new(),
            issuer: Issuer::open(&keys)?,
            backend: plan.backend,
            _databases: Vec::new(),
            folder,
        };
        let sabotage = setting.sabotage.unwrap_or_default().to_owned();
        let shared = |listen: SocketAddr, database: &str| {
            let mut all = plan.environment.clone();
            all.extend([
                ("LIANDONG_KEYS", keys.display().to_string()),
                ("LIANDONG_LOG", "warn".to_owned()),
                ("LIANDONG_DRAIN_SECONDS", "2".to_owned()),
                ("LIANDONG_LISTEN", listen.to_string()),
                ("LIANDONG_DATABASE", database.to_owned()),
            ]);
            all
        };

        let registry = free_port()?;
        let database = suite.database("registry").await?;
        suite.add(
            "registry",
            "registry",
            &binaries,
            shared(registry, &database),
        );
        suite.link("caller>registry", registry).await?;
        suite.link("dispatch>registry", registry).await?;
        suite.link("scoring>registry", registry).await?;

        let direct = match &plan.dispatch_database {
            Some(url) => url.clone(),
            None => suite.database("dispatch").await?,
        };
        let database = suite.through_proxy("dispatch>database", &direct).await?;
        let evidence = suite.folder.path().join("evidence");
        for number in 0..=plan.replicas {
            let name = dispatcher(number);
            let dispatch = free_port()?;
            let mut environment = shared(dispatch, &database);
            environment.extend([
                (
                    "LIANDONG_REGISTRY_URL",
                    suite.links["dispatch>registry"].url(),
                ),
                ("LIANDONG_EVIDENCE_STORE", evidence.display().to_string()),
                ("LIANDONG_SABOTAGE", sabotage.clone()),
            ]);
            suite.add(&name, "dispatch", &binaries, environment);
            suite.link(&format!("caller>{name}"), dispatch).await?;
            if number == 0 {
                suite.link("scoring>dispatch", dispatch).await?;
            }
        }

        let scoring = free_port()?;
        let database = suite.database("scoring").await?;
        let mut environment = shared(scoring, &database);
        environment.extend([
            (
                "LIANDONG_DISPATCH_URL",
                suite.links["scoring>dispatch"].url(),
            ),
            (
                "LIANDONG_REGISTRY_URL",
                suite.links["scoring>registry"].url(),
            ),
            ("LIANDONG_DISTRICTS", DISTRICT.to_owned()),
        ]);
        suite.add("scoring", "scoring", &binaries, environment);
        suite.link("caller>scoring", scoring).await?;

        let mut names: Vec<String> = suite.nodes.keys().cloned().collect();
        names.sort_by_key(|name| (name != "registry", name.clone()));
        for name in names {
            suite.begin(&name)?;
            suite.ready(&name).await?;
        }
        suite.import().await.context("importing the demo street")?;
        Ok(suite)
    }

    /// A client of the services, of the replica of dispatch with this number.
    pub(crate) fn caller(&self, replica: usize) -> Caller {
        let url = |link: &str| self.links[link].url();
        let dispatch = format!("caller>{}", dispatcher(replica));
        let urls = [
            ("registry", url("caller>registry")),
            ("dispatch", url(&dispatch)),
            ("scoring", url("caller>scoring")),
            ("type", url(&dispatch)),
        ];
        Caller::new(self.issuer.clone(), &urls)
    }

    /// A client of one process alone, also of what all of them serve.
    pub(crate) fn caller_of(&self, name: &str) -> Caller {
        let url = format!("http://{}", self.address(name));
        let urls = [(self.nodes[name].service, url.clone()), ("type", url)];
        Caller::new(self.issuer.clone(), &urls)
    }

    /// Something that each of them answers.
    pub(crate) fn question(&self, name: &str) -> &'static str {
        match self.nodes[name].service {
            "registry" => "registry.v1.CalendarService/ListCalendarYears",
            "dispatch" => "dispatch.v1.CaseService/ListCases",
            _ => "scoring.v1.FeedService/GetFeedStatus",
        }
    }

    /// A client none of whose answers come through: what it asks is done all the same.
    pub(crate) async fn lossy_caller(&mut self) -> anyhow::Result<Caller> {
        let mut urls = Vec::new();
        for service in ["registry", "dispatch", "scoring"] {
            let (name, target) = (format!("lost>{service}"), self.address(service).parse()?);
            self.link(&name, target).await?;
            self.links[&name].set(Weather::HalfOpen);
            urls.push((service, self.links[&name].url()));
        }
        Ok(Caller::new(self.issuer.clone(), &urls))
    }

    /// Ends a process at once, as a power cut would.
    pub(crate) fn kill(&mut self, name: &str) {
        if let Some(process) = self.node(name).process.as_mut() {
            process.kill();
        }
    }

    /// Asks a process to end; whether it did so in order.
    pub(crate) fn end(&mut self, name: &str) -> bool {
        self.node(name).process.as_mut().is_some_and(Process::end)
    }

    /// Starts a process (again).
    pub(crate) fn begin(&mut self, name: &str) -> anyhow::Result<()> {
        let node = self.node(name);
        node.process = None;
        node.process = Some(Process::start(&node.program, &node.environment, &node.log)?);
        Ok(())
    }

    /// Starts a process again if it has ended by itself.
    pub(crate) fn begin_if_ended(&mut self, name: &str) -> anyhow::Result<()> {
        let lives = self.node(name).process.as_mut().is_some_and(Process::lives);
        if lives { Ok(()) } else { self.begin(name) }
    }

    /// What a process is told at its next start.
    pub(crate) fn set(&mut self, name: &str, variable: &'static str, value: String) {
        let environment = &mut self.node(name).environment;
        environment.retain(|it| it.0 != variable);
        environment.push((variable, value));
    }

    /// How often the processes said something.
    pub(crate) fn said(&self, what: &str) -> usize {
        let texts = self
            .nodes
            .values()
            .map(|it| std::fs::read_to_string(&it.log));
        texts
            .map(|it| it.unwrap_or_default().matches(what).count())
            .sum()
    }

    /// A running process.
    pub(crate) fn process(&self, name: &str) -> &Process {
        self.nodes[name].process.as_ref().expect("it was started")
    }

    /// Waits until a process answers a call; how long that took.
    pub(crate) async fn ready(&mut self, name: &str) -> anyhow::Result<Duration> {
        let began = Instant::now();
        let method = self.question(name);
        let who = street::coordinator(0);
        let call = Call {
            deadline: Duration::from_secs(2),
            trace: None,
        };
        loop {
            // A connection of its own: what is measured is the service, not a client's patience.
            let caller = self.caller_of(name);
            match caller.call(method, &who, vec![], &call).await {
                Answer::Unknown(code, said) => {
                    if !self.node(name).process.as_mut().is_some_and(Process::lives) {
                        bail!("{name} has ended: {}", self.process(name).last_words());
                    }
                    if began.elapsed() > PATIENCE {
                        let words = self.process(name).last_words();
                        bail!("{name} does not become ready: {code:?} {said}\n{words}");
                    }
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                _ => return Ok(began.elapsed()),
            }
        }
    }

    /// What a service's program, asked to `verify`, says of the data of a service, which should not be running.
    pub(crate) fn verify(&self, name: &str) -> Result<serde_json::Value, String> {
        let node = &self.nodes[name];
        let output = std::process::Command::new(&node.program.path)
            .args(&node.program.words)
            .arg("verify")
            .env_clear()
            .envs(node.environment.iter().map(|(key, value)| (*key, value)))
            .output()
            .map_err(|error| error.to_string())?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(format!("{name}: {said}"));
        }
        let text = String::from_utf8_lossy(&output.stdout);
        let line = text.lines().next().unwrap_or("null");
        serde_json::from_str(line).map_err(|error| format!("{name}: {error}"))
    }

    /// Where their files are.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The processes' names.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.nodes.keys().cloned().collect();
        names.sort();
        names
    }

    /// The last lines of every process.
    pub(crate) fn last_words(&self) -> String {
        let words = |name: String| format!("--- {name}\n{}", self.process(&name).last_words());
        self.names()
            .into_iter()
            .map(words)
            .collect::<Vec<_>>()
            .join("\n")
    }

    fn node(&mut self, name: &str) -> &mut Node {
        self.nodes.get_mut(name).expect("a process of the suite")
    }

    fn address(&self, name: &str) -> String {
        let environment = &self.nodes[name].environment;
        let listen = environment.iter().find(|it| it.0 == "LIANDONG_LISTEN");
        listen.map(|it| it.1.clone()).unwrap_or_default()
    }

    fn add(
        &mut self,
        name: &str,
        service: &'static str,
        binaries: &Binaries,
        environment: Vec<(&'static str, String)>,
    ) {
        let node = Node {
            service,
            program: binaries.of(service),
            environment,
            log: self.folder.path().join(format!("{name}.log")),
            process: None,
        };
        self.nodes.insert(name.to_owned(), node);
    }

    async fn link(&mut self, name: &str, target: SocketAddr) -> anyhow::Result<()> {
        self.links.insert(name.to_owned(), Proxy::to(target).await?);
        Ok(())
    }

    /// The address of a fresh database.
    async fn database(&mut self, name: &str) -> anyhow::Result<String> {
        Ok(match self.backend {
            Backend::Sqlite => {
                let file = self.folder.path().join(format!("{name}.db"));
                format!("sqlite://{}", file.display())
            }
            Backend::Postgres => {
                let database = testing::postgres().await;
                let url = database.config.url.clone();
                self._databases.push(database);
                url
            }
        })
    }

    /// The same database behind a proxy; a file has no network.
    async fn through_proxy(&mut self, name: &str, url: &str) -> anyhow::Result<String> {
        if url.starts_with("sqlite:") {
            return Ok(url.to_owned());
        }
        let at = url
            .split(['@', '/'])
            .nth(3)
            .context("an address in the URL")?;
        self.link(name, at.parse()?).await?;
        Ok(url.replace(at, &self.links[name].address.to_string()))
    }

    async fn import(&self) -> anyhow::Result<()> {
        let channel = tonic::transport::Endpoint::from_shared(self.links["caller>registry"].url())?
            .connect()
            .await?;
        let first = Piece::Start(ImportStreetStart::default());
        let rest = FILE
            .as_bytes()
            .chunks(512 << 10)
            .map(|it| Piece::Chunk(it.to_vec()));
        let pieces: Vec<_> = std::iter::once(first)
            .chain(rest)
            .map(|piece| ImportStreetRequest { piece: Some(piece) })
            .collect();
        let mut request = Request::new(tokio_stream::iter(pieces));
        let token = self.caller(0).token(&street::registrar());
        request.metadata_mut().insert("authorization", token);
        let answer = ImportServiceClient::new(channel)
            .import_street(request)
            .await?;
        match answer.into_inner().outcome() {
            ImportOutcome::Applied => Ok(()),
            other => bail!("{other:?}"),
        }
    }
}

/// `dispatch`, `dispatch-1`, …
pub(crate) fn dispatcher(number: usize) -> String {
    match number {
        0 => "dispatch".to_owned(),
        more => format!("dispatch-{more}"),
    }
}

/// A port that stays a service's own while it is down: not one of those that connections going out are given.
fn free_port() -> anyhow::Result<SocketAddr> {
    let mut problem = None;
    for _ in 0..100 {
        let address = SocketAddr::from(([127, 0, 0, 1], rand::random_range(11_000..32_000)));
        match TcpListener::bind(address) {
            Ok(_) => return Ok(address),
            Err(error) => problem = Some(error),
        }
    }
    Err(problem.map_or_else(|| anyhow::anyhow!("no free port"), Into::into))
}
