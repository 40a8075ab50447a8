//! The three services in this process, each with its listener, its database and its peers' addresses.

use std::net::SocketAddr;

use anyhow::Context;
use liandong_kit::{
    auth::{AuthConfig, Issuer},
    db::{DatabaseConfig, Db},
    server::ServerConfig,
};
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;

use super::Options;
use crate::client::{Endpoints, Folder, Settings};

/// Binds, opens and spawns everything; says where it is.
pub(super) async fn spawn(
    tasks: &mut JoinSet<anyhow::Result<()>>,
    folder: &Folder,
    options: &Options,
    settings: &Settings,
    stop: &CancellationToken,
) -> anyhow::Result<Endpoints> {
    let port = |offset: u16| {
        if options.port_base == 0 {
            0
        } else {
            options.port_base.saturating_add(offset)
        }
    };
    let registry = bind(SocketAddr::new(options.listen, port(0))).await?;
    let dispatch = bind(SocketAddr::new(options.listen, port(1))).await?;
    let scoring = bind(SocketAddr::new(options.listen, port(2))).await?;
    let url = |listener: &TcpListener| listener.local_addr().map(|it| format!("http://{it}"));
    let endpoints = Endpoints {
        district: settings.district.clone(),
        registry: url(&registry)?,
        dispatch: url(&dispatch)?,
        scoring: url(&scoring)?,
        pid: std::process::id(),
        clock: if options.clock.is_virtual() {
            "virtual"
        } else {
            "real"
        }
        .into(),
        database: settings.database.clone(),
        data: folder.path().to_owned(),
        viewer: options.viewer.clone(),
    };
    let auth = AuthConfig::new(folder.keys());
    let server = ServerConfig {
        reflection: true,
        drain_seconds: 5,
        ..ServerConfig::default()
    };

    let database = open(folder, options, "registry").await?;
    let config = liandong_registry::Config {
        server: server.clone(),
        auth: auth.clone(),
    };
    let (clock, ended) = (options.clock.clone(), stop.clone());
    let serving = liandong_registry::serve(config, registry, database.clone(), clock, ended);
    tasks.spawn(closing("registry", database, serving));

    let database = open(folder, options, "dispatch").await?;
    let config = liandong_dispatch::Config {
        outage_minutes: options.outage_minutes,
        registry_url: endpoints.registry.clone(),
        evidence: liandong_dispatch::EvidenceConfig::at(folder.evidence()),
        auth: auth.clone(),
        server: server.clone(),
    };
    let (clock, ended) = (options.clock.clone(), stop.clone());
    let serving = liandong_dispatch::serve(config, dispatch, database.clone(), clock, ended);
    tasks.spawn(closing("dispatch", database, serving));

    if !options.scoring {
        return Ok(endpoints);
    }
    let database = open(folder, options, "scoring").await?;
    let config = liandong_scoring::Config {
        auth,
        server,
        dispatch_url: endpoints.dispatch.clone(),
        registry_url: endpoints.registry.clone(),
        districts: vec![settings.district.clone()],
    };
    let (clock, ended) = (options.clock.clone(), stop.clone());
    let serving = liandong_scoring::serve(config, scoring, database.clone(), clock, ended);
    tasks.spawn(closing("scoring", database, serving));
    Ok(endpoints)
}

/// The address, only if it is loopback: whoever reads the folder can be anybody.
async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    Issuer::require_loopback(address)?;
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}"))
}

/// Runs a service and closes its database after it, which on SQLite leaves one file behind.
async fn closing(
    service: &'static str,
    database: Db,
    serving: impl Future<Output = anyhow::Result<()>>,
) -> anyhow::Result<()> {
    let served = serving.await;
    let closed = database.close().await;
    served.with_context(|| format!("the service {service}"))?;
    closed.with_context(|| format!("closing the database of {service}"))
}

/// A service's own database: a file in the folder, or a schema in the PostgreSQL database.
pub(crate) async fn open(folder: &Folder, options: &Options, service: &str) -> anyhow::Result<Db> {
    let url = match &options.database {
        None => folder.sqlite(service)?,
        Some(url) => {
            let schema = format!("liandong_{service}");
            create_schema(url, &schema)
                .await
                .with_context(|| format!("making the schema {schema}"))?;
            let separator = if url.contains('?') { '&' } else { '?' };
            format!("{url}{separator}options=-c%20search_path%3D{schema}")
        }
    };
    let config = DatabaseConfig {
        changes: options.changes,
        ..DatabaseConfig::at(url)
    };
    Db::open(&config)
        .await
        .with_context(|| format!("opening the database of {service}"))
}

async fn create_schema(url: &str, schema: &str) -> anyhow::Result<()> {
    use sea_orm::ConnectionTrait;
    let database = Db::open(&DatabaseConfig {
        readers: 1,
        ..DatabaseConfig::at(url)
    })
    .await?;
    let made = database
        .read()
        .execute_unprepared(&format!("CREATE SCHEMA IF NOT EXISTS {schema}"))
        .await;
    database.close().await?;
    made?;
    Ok(())
}
