//! `liandong demo`.

use std::io::IsTerminal;

use liandong_kit::signal::stop_token;

use crate::{
    cli::TelemetryArgs,
    client::ClientOptions,
    demo::{self, DemoArgs, Options},
    output::Output,
    up::StreetSource,
};

/// Runs it, and stays up so that people can look around.
pub async fn run(
    args: &DemoArgs,
    client: &ClientOptions,
    telemetry: &TelemetryArgs,
    output: Output,
) -> anyhow::Result<()> {
    let stop = stop_token()?;
    let options = Options {
        cases: args.cases,
        weeks: args.weeks,
        seed: args.seed,
        street: args
            .street
            .clone()
            .map_or(StreetSource::Demo, StreetSource::File),
        data: args.keep.then(|| client.data.clone()),
        viewer: telemetry.viewer(args.viewer.as_ref()),
        traced: telemetry.otlp_endpoint.is_some(),
        progress: std::io::stderr().is_terminal(),
        output,
        stop: stop.clone(),
    };
    let (running, _) = demo::run(options).await?;
    if args.exit || stop.is_cancelled() {
        return running.stop().await;
    }
    super::up::show(&running, output);
    running.until(stop).await
}
