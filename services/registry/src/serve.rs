//! Starting the registry.

use anyhow::Context;
use clap::Args;
use liandong_kit::{
    auth::AuthConfig,
    clock::Clock,
    db::Db,
    server::{Server, ServerConfig},
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{Migrations, Store, grpc};

/// The registry's settings. Where it listens and its database are its starter's.
#[derive(Args, Clone, Debug)]
pub struct Config {
    /// How it serves.
    #[command(flatten)]
    pub server: ServerConfig,
    /// How it knows its callers.
    #[command(flatten)]
    pub auth: AuthConfig,
}

/// What is refused while little space is left on the disk; what the registry knows is still kept up to date.
const NEW_WORK: [&str; 1] = ["liandong.registry.v1.ImportService/ImportStreet"];

/// Serves until `stop`. Brings the tables up to date and folds the log first.
pub async fn serve(
    config: Config,
    listener: TcpListener,
    db: Db,
    clock: Clock,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let verifier = config.auth.verifier().context("opening the keys")?;
    db.migrate::<Migrations>()
        .await
        .context("bringing the registry's tables up to date")?;
    let store = Store::open(db.clone(), clock)
        .await
        .context("reading the registry")?;
    // What we stop is ours alone.
    let stop = stop.child_token();
    let following = tokio::spawn(store.clone().follow(stop.clone()));
    let server = Server::new("registry", &config.server, verifier)
        .database(&db)
        .new_work(&NEW_WORK);
    let server = grpc::add(server, store);
    let served = server.run(listener, stop.clone()).await;
    // However it ended, nothing goes on in the background.
    stop.cancel();
    following.await.context("following the log")?;
    served.context("serving the registry")
}
