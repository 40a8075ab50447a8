//! `liandong-dispatch`: the service as a process of its own.

use clap::Parser;
use liandong_dispatch::{Config, SERVICE, serve};
use liandong_kit::{clock::Clock, db::Db, signal, telemetry};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let config = Config::parse();
    let telemetry = telemetry::init(&config.telemetry, SERVICE)?;
    let stop = signal::stop_token()?;
    let db = Db::open(&config.database).await?;
    let listener = TcpListener::bind(config.listen).await?;
    let served = serve(config, listener, db, Clock::real(), stop).await;
    telemetry.finish().await;
    served
}
