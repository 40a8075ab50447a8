//! `liandong inbox`: what concerns an organization, in order.

use clap::Args;
use liandong_proto::{
    dispatch::{
        AckFrame, EventFrame, PullInboxRequest, StartFrame, StreamInboxRequest,
        stream_inbox_request::Frame as Ask, stream_inbox_response::Frame as Answer,
    },
    types::Role,
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use crate::{
    client::{ClientOptions, Services},
    output::{Output, Table, message, messages},
    story,
};

/// Whose inbox, and how to read it.
#[derive(Args, Debug)]
pub struct InboxArgs {
    /// Whose, by id. Default: that of the first handler.
    #[arg(long)]
    pub organization: Option<String>,
    /// Reader with a place of its own. Only `--follow` moves it.
    #[arg(long, default_value = "command-line")]
    pub group: String,
    /// Stay and show what comes, acknowledging it.
    #[arg(long)]
    pub follow: bool,
    /// At most so many, without `--follow`.
    #[arg(long, default_value_t = 50)]
    pub limit: i32,
}

/// Shows it.
pub async fn run(args: InboxArgs, client: &ClientOptions, output: Output) -> anyhow::Result<()> {
    let session = client.session()?;
    let services = match &args.organization {
        Some(organization) => session.acting_for(Role::Handler, organization).await?,
        None => session.acting(Role::Handler).await?,
    };
    if args.follow {
        follow(&services, args.group, output).await
    } else {
        read(&services, args, output).await
    }
}

async fn read(services: &Services, args: InboxArgs, output: Output) -> anyhow::Result<()> {
    let request = PullInboxRequest {
        group: args.group,
        max_events: args.limit.clamp(1, 500),
        ..Default::default()
    };
    let page = services.inbox().pull_inbox(request).await?.into_inner();
    output.json(&messages("events", "dispatch.v1.EventFrame", &page.events));
    let mut table = Table::new(["时间", "事件", "对象", "单位", "人员"]);
    for event in page.events.iter().filter_map(|it| it.event.as_ref()) {
        table.row(story::cells(event));
    }
    output.table(&table);
    output.line(format!("{} more behind these", page.backlog));
    Ok(())
}

async fn follow(services: &Services, group: String, output: Output) -> anyhow::Result<()> {
    let (ask, asked) = mpsc::channel(16);
    let start = StartFrame {
        group,
        ..Default::default()
    };
    ask.send(StreamInboxRequest {
        frame: Some(Ask::Start(start)),
    })
    .await?;
    let mut frames = services
        .inbox()
        .stream_inbox(ReceiverStream::new(asked))
        .await?
        .into_inner();
    while let Some(frame) = frames.message().await? {
        match frame.frame {
            Some(Answer::Event(event)) => {
                show(&event, output);
                let ack = AckFrame {
                    through: event.cursor,
                };
                ask.send(StreamInboxRequest {
                    frame: Some(Ask::Ack(ack)),
                })
                .await?;
            }
            Some(Answer::Drain(drain)) => {
                output.line(format!("the service is going away ({})", drain.reason));
                break;
            }
            _ => {}
        }
    }
    Ok(())
}

fn show(frame: &EventFrame, output: Output) {
    output.json_line(&message("dispatch.v1.EventFrame", frame));
    if let Some(event) = &frame.event {
        output.line(story::cells(event).join("  "));
    }
}
