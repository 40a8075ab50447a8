//! A simulation by the real clock: every department follows its inbox over a stream, as its own system would, and
//! answers when its time has come.

use std::time::Duration;

use anyhow::Context;
use liandong_kit::clock::wall;
use liandong_proto::dispatch::{
    AckFrame, StartFrame, StreamInboxRequest, stream_inbox_request::Frame as Ask,
    stream_inbox_response::Frame as Answer,
};
use time::OffsetDateTime;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::Streaming;

use super::{
    checker::Checker,
    department::Department,
    lockstep::{Agent, heard},
    street::Street,
};

/// How often those look who are not told: the checkers, and the street office.
const LOOK: Duration = Duration::from_millis(500);
/// Before a broken stream is opened again.
const AGAIN: Duration = Duration::from_secs(1);

/// Runs one agent until stopped.
pub(super) async fn run(agent: Agent, stop: CancellationToken) -> anyhow::Result<()> {
    match agent {
        Agent::Department(it) => department(*it, &stop).await,
        Agent::Street(it) => street(*it, &stop).await,
        Agent::Checker(it) => checker(*it, &stop).await,
    }
}

/// Follows the stream; when it breaks, opens it again where it last acknowledged.
async fn department(mut department: Department, stop: &CancellationToken) -> anyhow::Result<()> {
    while !stop.is_cancelled() {
        if let Err(error) = follow(&mut department, stop).await {
            tracing::warn!(
                organization = department.organization,
                error = format!("{error:#}"),
                "the stream broke"
            );
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(AGAIN) => {}
            }
        }
    }
    Ok(())
}

async fn follow(department: &mut Department, stop: &CancellationToken) -> anyhow::Result<()> {
    let (ask, asked) = mpsc::channel(64);
    let start = StartFrame {
        group: "department-live".into(),
        ..Default::default()
    };
    ask.send(StreamInboxRequest {
        frame: Some(Ask::Start(start)),
    })
    .await?;
    let stream = department
        .services()
        .inbox()
        .stream_inbox(ReceiverStream::new(asked))
        .await;
    let mut frames: Streaming<_> = stream.context("opening the inbox")?.into_inner();
    loop {
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = until(department.next()) => {
                department.act(wall()).await?;
            }
            frame = frames.message() => match frame?.and_then(|it| it.frame) {
                Some(Answer::Event(frame)) => {
                    if let Some(event) = &frame.event {
                        department.hear(event, wall());
                    }
                    let ack = AckFrame { through: frame.cursor };
                    ask.send(StreamInboxRequest { frame: Some(Ask::Ack(ack)) }).await?;
                }
                Some(Answer::Drain(_)) | None => return Ok(()),
                Some(_) => {}
            }
        }
    }
}

async fn street(mut street: Street, stop: &CancellationToken) -> anyhow::Result<()> {
    while pause(stop).await {
        if heard(street.listen(wall()).await)? {
            street.act(wall()).await?;
        }
    }
    Ok(())
}

async fn checker(mut checker: Checker, stop: &CancellationToken) -> anyhow::Result<()> {
    while pause(stop).await {
        if heard(checker.listen(wall()).await)? {
            checker.act(wall()).await?;
        }
    }
    Ok(())
}

/// Waits a little; false when it is time to stop.
async fn pause(stop: &CancellationToken) -> bool {
    tokio::select! {
        () = stop.cancelled() => false,
        () = tokio::time::sleep(LOOK) => true,
    }
}

/// Waits for a time; for ever if there is none.
async fn until(at: Option<OffsetDateTime>) {
    match at {
        Some(at) => tokio::time::sleep(Duration::try_from(at - wall()).unwrap_or_default()).await,
        None => std::future::pending().await,
    }
}
