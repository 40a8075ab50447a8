//! Every service in one process, for a laptop, a demo or a test. They still speak gRPC to each other.
//!
//! ```text
//! lock the folder ─▶ keys ─▶ databases ─▶ three services on their listeners ─▶ ready? ─▶ street file ─▶ endpoints.json
//! ```
//! What must stay true: loopback only, because the folder's issuer makes anybody's token; one process per folder; a
//! later start goes on where the last one stopped, and an import of the same street changes nothing.

mod import;
mod options;
mod services;

pub use import::{DEMO, district_of, import, import_all, problem_lines, problems, send};
pub use options::{Options, StreetSource, UpArgs};
pub(crate) use services::open as open_database;

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use liandong_kit::{auth::Issuer, clock::Clock};
use liandong_proto::{
    dispatch::ListCasesRequest, registry::ListOrganizationsRequest, scoring::GetFeedStatusRequest,
    types::Role,
};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tonic::Code;

use crate::client::{Endpoints, Folder, Lock, Person, Session, Settings};

/// How long the services have to answer their first call.
const READY_WITHIN: Duration = Duration::from_secs(60);

/// The services, running.
#[derive(Debug)]
pub struct Running {
    /// Where they are.
    pub endpoints: Endpoints,
    /// Their clock.
    pub clock: Clock,
    /// Makes tokens for them.
    pub issuer: Issuer,
    /// Their folder.
    pub folder: Folder,
    /// How long the start took, until the street was imported.
    pub started_in: Duration,
    stop: CancellationToken,
    tasks: JoinSet<anyhow::Result<()>>,
    _lock: Lock,
    _temporary: Option<tempfile::TempDir>,
}

/// Starts everything and returns when every service answers and the street is there.
pub async fn start(options: Options) -> anyhow::Result<Running> {
    let began = Instant::now();
    let (folder, temporary) = match &options.data {
        Some(path) => (Folder::new(path), None),
        None => {
            let made = tempfile::Builder::new().prefix("liandong-").tempdir()?;
            (Folder::new(made.path()), Some(made))
        }
    };
    let lock = folder.lock().await?;
    let settings = settings(&folder, &options)?;
    let issuer = Issuer::open(folder.keys())?;
    let stop = CancellationToken::new();
    let mut tasks = JoinSet::new();
    let endpoints = services::spawn(&mut tasks, &folder, &options, &settings, &stop).await?;
    let session = Session::of_issuer(endpoints.clone(), issuer.clone())?;
    tokio::select! {
        ready = ready(&session, options.scoring) => ready?,
        Some(ended) = tasks.join_next() => bail!(ended_early(ended)),
    }
    if let Some((text, name)) = options.street.text(&folder)? {
        let answer = import_all(&session, &text, &name).await?;
        tracing::info!(outcome = ?answer.outcome(), "the street is imported");
        folder.keep_street(&text)?;
    }
    folder.set_settings(&settings)?;
    folder.set_endpoints(&endpoints)?;
    Ok(Running {
        endpoints,
        clock: options.clock,
        issuer,
        folder,
        started_in: began.elapsed(),
        stop,
        tasks,
        _lock: lock,
        _temporary: temporary,
    })
}

impl Running {
    /// A session that may speak for anybody.
    pub fn session(&self) -> anyhow::Result<Session> {
        Ok(Session::of_issuer(
            self.endpoints.clone(),
            self.issuer.clone(),
        )?)
    }

    /// Waits for `stop`, or for a service that ends by itself, and stops all of them.
    pub async fn until(mut self, stop: CancellationToken) -> anyhow::Result<()> {
        let early = tokio::select! {
            () = stop.cancelled() => None,
            Some(ended) = self.tasks.join_next() => Some(ended_early(ended)),
        };
        self.stop().await?;
        early.map_or(Ok(()), Err)
    }

    /// Stops the services gracefully: calls end, streams drain, databases close.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        self.folder.clear_endpoints();
        self.stop.cancel();
        let mut first = Ok(());
        while let Some(ended) = self.tasks.join_next().await {
            first = first.and(ended.context("a service panicked").and_then(|it| it));
        }
        first
    }
}

/// What the folder is for: as it was made, or as it is made now.
fn settings(folder: &Folder, options: &Options) -> anyhow::Result<Settings> {
    let database = if options.database.is_some() {
        "postgres"
    } else {
        "sqlite"
    };
    let known = folder.settings()?;
    if let Some(known) = known.as_ref().filter(|it| it.database != database) {
        bail!(
            "{} was started with {}: {}",
            folder.path().display(),
            known.database,
            if known.database == "postgres" {
                "give --database again"
            } else {
                "leave --database away"
            }
        );
    }
    let district = match options.street.text(folder)? {
        Some((text, _)) => district_of(&text)?,
        None => known
            .as_ref()
            .map(|it| it.district.clone())
            .context("no street: give --street FILE")?,
    };
    if let Some(known) = known.filter(|it| it.district != district) {
        bail!(
            "{} holds district {}, not {district}: use another --data",
            folder.path().display(),
            known.district
        );
    }
    Ok(Settings {
        district,
        database: database.into(),
    })
}

/// Returns when every service answers a call.
async fn ready(session: &Session, scoring: bool) -> anyhow::Result<()> {
    let prober = Person {
        id: "liandong".into(),
        name: String::new(),
        organization: "liandong".into(),
        roles: vec![Role::Service, Role::Viewer],
    };
    let services = session.speaking_as(&prober)?;
    let probe = async || {
        services
            .organizations()
            .list_organizations(ListOrganizationsRequest {
                page_size: 1,
                ..Default::default()
            })
            .await?;
        services
            .cases()
            .list_cases(ListCasesRequest {
                page_size: 1,
                ..Default::default()
            })
            .await?;
        if scoring {
            services
                .feed()
                .get_feed_status(GetFeedStatusRequest {})
                .await?;
        }
        Ok::<(), tonic::Status>(())
    };
    let deadline = Instant::now() + READY_WITHIN;
    loop {
        match probe().await {
            Ok(()) => return Ok(()),
            // What a service says about its data is an answer too.
            Err(status) if matches!(status.code(), Code::NotFound | Code::FailedPrecondition) => {
                return Ok(());
            }
            Err(status) if Instant::now() > deadline => {
                return Err(status).context("the services did not become ready");
            }
            Err(status) => {
                tracing::debug!(%status, "not ready yet");
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    }
}

fn ended_early(ended: Result<anyhow::Result<()>, tokio::task::JoinError>) -> anyhow::Error {
    match ended {
        Ok(Ok(())) => anyhow::anyhow!("a service stopped by itself"),
        Ok(Err(error)) => error.context("a service stopped"),
        Err(panic) => anyhow::Error::from(panic).context("a service panicked"),
    }
}

/// The folder people get unless they say otherwise.
pub fn default_folder() -> PathBuf {
    PathBuf::from(".liandong")
}
