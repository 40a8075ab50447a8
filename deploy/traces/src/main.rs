//! `liandong-traces`: reads the flags, opens the two ports, runs until Ctrl-C.

use std::{io::Write, net::SocketAddr};

use anyhow::Context;
use clap::Parser;
use liandong_traces::{Room, serve};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

/// Shows the traces of a Liandong running on this machine.
#[derive(Parser)]
#[command(version)]
struct Flags {
    /// Where OTLP over gRPC comes in.
    #[arg(long, env = "LIANDONG_TRACES_OTLP", default_value = "127.0.0.1:4317")]
    otlp: SocketAddr,
    /// Where the page and the query API are served. There is no login: keep it on loopback.
    #[arg(long, env = "LIANDONG_TRACES_UI", default_value = "127.0.0.1:10188")]
    ui: SocketAddr,
    /// How many traces are kept.
    #[arg(long, env = "LIANDONG_TRACES_KEPT", default_value_t = 20_000)]
    traces: u32,
    /// How much memory they may take together, in MiB.
    #[arg(long, env = "LIANDONG_TRACES_MEBIBYTES", default_value_t = 512)]
    mebibytes: usize,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let flags = Flags::parse();
    let otlp = open(flags.otlp).await?;
    let ui = open(flags.ui).await?;
    let mut out = std::io::stdout();
    writeln!(
        out,
        "OTLP in   http://{}  (export OTEL_EXPORTER_OTLP_ENDPOINT=http://{0})",
        otlp.local_addr()?
    )?;
    writeln!(
        out,
        "Jaeger UI http://{}/  (Ctrl-C stops)",
        ui.local_addr()?
    )?;

    let mut terminate = signal(SignalKind::terminate())?;
    let room = Room {
        traces: flags.traces,
        mebibytes: flags.mebibytes,
    };
    tokio::select! {
        ended = serve(otlp, ui, room) => ended,
        _ = tokio::signal::ctrl_c() => Ok(()),
        _ = terminate.recv() => Ok(()),
    }
}

async fn open(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}"))
}
