//! Going on where a killed replay stopped.
//!
//! The log says how far it came: the clock is moved to its last event, closed cases are left alone, and the others run
//! from their first step again with the same request ids, so that what was done is only answered.

use std::path::Path;

use anyhow::bail;
use liandong_proto::dispatch::{WatchEventsRequest, watch_events_response::Frame};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use super::{Options, mapping::Mapping};
use crate::{
    client::{Folder, Services},
    output::words,
};

const FILE: &str = "replay.json";

/// What a folder replays. Something else needs another folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct What {
    /// The mapping's name.
    import: String,
    /// SHA-256 of the export.
    file: String,
    /// SHA-256 of the street it implies, which follows from the mapping and the rows.
    street: String,
    /// The limit of rows.
    limit: Option<usize>,
}

impl What {
    pub(super) fn new(mapping: &Mapping, file: &str, options: &Options, street: &str) -> Self {
        Self {
            import: mapping.name.clone(),
            file: file.to_owned(),
            street: digest(street.as_bytes()),
            limit: options.limit,
        }
    }

    /// Refuses a folder that replays something else.
    pub(super) fn check(&self, data: &Path) -> anyhow::Result<()> {
        match Folder::new(data).read::<Self>(FILE)? {
            Some(known) if known != *self => bail!(
                "{} holds the replay `{}` of another file, mapping or limit: use another --data",
                data.display(),
                known.import
            ),
            _ => Ok(()),
        }
    }

    pub(super) fn keep(&self, folder: &Folder) -> anyhow::Result<()> {
        folder.write(FILE, &serde_json::to_vec_pretty(self)?)
    }
}

/// SHA-256 in hex.
pub(super) fn digest(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// The newest position of the log.
pub async fn head(services: &Services, district: &str) -> anyhow::Result<i64> {
    let mut frames = services
        .events()
        .watch_events(watch(district, 0))
        .await?
        .into_inner();
    while let Some(frame) = frames.message().await? {
        if let Some(Frame::Progress(progress)) = frame.frame {
            return Ok(progress.head_position);
        }
    }
    Ok(0)
}

/// When the last event was recorded; none before the first.
pub(super) async fn last_time(
    services: &Services,
    district: &str,
) -> anyhow::Result<Option<OffsetDateTime>> {
    let head = head(services, district).await?;
    if head == 0 {
        return Ok(None);
    }
    let mut frames = services
        .events()
        .watch_events(watch(district, head - 1))
        .await?
        .into_inner();
    let mut last = None;
    while let Some(frame) = frames.message().await? {
        if let Some(Frame::Events(batch)) = frame.frame {
            last = batch
                .events
                .last()
                .and_then(|it| it.record_time.as_ref())
                .and_then(words::instant)
                .max(last);
        }
    }
    Ok(last)
}

fn watch(district: &str, after_position: i64) -> WatchEventsRequest {
    WatchEventsRequest {
        district: format!("districts/{district}"),
        after_position,
        ..Default::default()
    }
}
