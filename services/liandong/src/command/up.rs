//! `liandong up`.

use liandong_kit::signal::stop_token;
use serde_json::json;

use crate::{
    cli::TelemetryArgs,
    client::ClientOptions,
    output::{Output, Table},
    up::{self, Running, UpArgs},
};

/// Starts everything, says where it is, and stays until Ctrl-C.
pub async fn run(
    args: &UpArgs,
    client: &ClientOptions,
    telemetry: &TelemetryArgs,
    output: Output,
) -> anyhow::Result<()> {
    let stop = stop_token()?;
    let mut options = args.options(client.data.clone());
    options.viewer = telemetry.viewer(args.viewer.as_ref());
    let running = tokio::select! {
        running = up::start(options) => running?,
        () = stop.cancelled() => return Ok(()),
    };
    show(&running, output);
    running.until(stop).await
}

/// Where the services are and what to do next.
pub fn show(running: &Running, output: Output) {
    let at = &running.endpoints;
    let mut value = serde_json::to_value(at).unwrap_or_default();
    value["started_seconds"] = json!(running.started_in.as_secs_f64());
    output.json_line(&value);
    let mut table = Table::new(["service", "endpoint"]);
    for (service, url) in [
        ("registry", &at.registry),
        ("dispatch", &at.dispatch),
        ("scoring", &at.scoring),
    ] {
        table.row([service.into(), url.clone()]);
    }
    output.table(&table);
    let data = at.data.display();
    output.line(format!(
        "district {}, data in {data} ({}), started in {:.0} ms. Ctrl-C stops.",
        at.district,
        at.database,
        running.started_in.as_secs_f64() * 1000.0
    ));
    output.line(format!(
        "next: liandong case list --data {data}; liandong registry people --data {data}"
    ));
}
