//! `liandong trace`: a task's whole history, and where to see each step.

use clap::Args;
use liandong_proto::{
    dispatch::{Event, ReplayTaskRequest},
    types::Role,
};

use crate::{
    client::ClientOptions,
    output::{Output, Table, message, words},
    story,
};

/// Which task.
#[derive(Args, Debug)]
pub struct TraceArgs {
    /// `tasks/{uuid}` or the UUID.
    pub task: String,
    /// Address of the trace viewer's pages. Default: as `up` was told.
    #[arg(long, env = "LIANDONG_VIEWER")]
    pub viewer: Option<String>,
}

/// Shows it.
pub async fn run(args: TraceArgs, client: &ClientOptions, output: Output) -> anyhow::Result<()> {
    let session = client.session()?;
    let services = session.acting(Role::Coordinator).await?;
    let request = ReplayTaskRequest {
        name: words::full("tasks", &args.task),
    };
    let answer = services.events().replay_task(request).await?.into_inner();
    output.json(&message("dispatch.v1.ReplayTaskResponse", &answer));
    let viewer = args.viewer.or(session.endpoints.viewer.clone());
    let mut table = Table::new([">序号", "时间", "事件", "对象", "单位", "人员", "追踪"]);
    for event in &answer.events {
        let [time, what, subject, organization, person] = story::cells(event);
        let trace = link(event, viewer.as_deref());
        table.row([
            event.position.to_string(),
            time,
            what,
            subject,
            organization,
            person,
            trace,
        ]);
    }
    output.table(&table);
    let equal = if answer.replay_equals_state {
        "与当前状态一致"
    } else {
        "与当前状态不一致！"
    };
    output.line(format!("{} 个事件，重放{equal}", answer.events.len()));
    if viewer.is_none() {
        output.line(
            "to see the traces: `make traces`, then `up` with OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4317",
        );
    }
    Ok(())
}

/// The address of an event's trace, or the bare trace id without a viewer.
pub fn link(event: &Event, viewer: Option<&str>) -> String {
    match viewer {
        Some(viewer) if !event.trace_id.is_empty() => {
            format!("{}/trace/{}", viewer.trim_end_matches('/'), event.trace_id)
        }
        _ => event.trace_id.clone(),
    }
}
