//! Following the catalogue: a snapshot, then every change as it is committed, until somebody ends it.
//!
//! ```text
//!  cursor ──────────────────────────┐
//!  no cursor ─▶ snapshot, complete ─┴▶ change, change, … ─▶ heartbeat ─▶ change, …
//! ```
//!
//! What must stay true: a change is sent after everything before it and never twice on one stream; only its last part
//! carries a cursor; a heartbeat says a version only after all up to it has been sent. Somebody who does not read
//! holds a few frames and is let go after [`PATIENCE`].

use std::{sync::Arc, time::Duration};

use liandong_kit::status::Problem;
use liandong_proto::registry::{self as proto, watch_catalogue_response::Frame};
use prost::Message;
use tokio::{
    sync::mpsc::Sender,
    time::{Instant, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;
use tonic::Status;
use uuid::Uuid;

use super::{
    convert::{cursor::Cursor, entry, timestamp},
    status,
};
use crate::{
    domain::{Catalogue, day},
    store::{Held, Part, Store},
};

/// Frames that wait for the socket.
pub(super) const WAITING: usize = 4;
/// How long somebody may leave them there.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often a quiet stream says that it is alive.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// Entries of a frame, and about how many bytes they may have together.
const ENTRIES: usize = 200;
const BYTES: usize = 512 << 10;

/// One stream.
pub(super) struct Follower {
    store: Store,
    district: String,
    collections: Vec<&'static str>,
    /// Their fingerprint.
    follows: u64,
    /// `None`: nothing was registered yet.
    epoch: Option<Uuid>,
    /// The version that has been sent.
    position: i64,
    resumed: bool,
}

/// Why a stream ends before it is told to.
type End = Box<Status>;

impl Follower {
    /// From a snapshot.
    pub(super) fn new(
        store: Store,
        district: &str,
        collections: Vec<&'static str>,
        follows: u64,
    ) -> Self {
        Self {
            store,
            district: district.to_owned(),
            collections,
            follows,
            epoch: None,
            position: 0,
            resumed: false,
        }
    }

    /// From a place in the log instead.
    pub(super) fn resume(&mut self, epoch: Option<Uuid>, position: i64) {
        (self.epoch, self.position, self.resumed) = (epoch, position, true);
    }

    /// Sends until told to stop, or until nobody listens.
    pub(super) async fn run(
        mut self,
        frames: &Sender<proto::WatchCatalogueResponse>,
        stop: CancellationToken,
    ) -> Result<(), End> {
        tokio::select! {
            () = stop.cancelled() => Ok(()),
            () = frames.closed() => Ok(()),
            ended = self.follow(frames) => ended,
        }
    }

    async fn follow(&mut self, frames: &Sender<proto::WatchCatalogueResponse>) -> Result<(), End> {
        let held = self.store.held(&self.district);
        if !self.resumed {
            (self.epoch, self.position) = (held.epoch, held.catalogue.version);
        }
        let started = proto::WatchStarted {
            catalogue_version: self.position,
            epoch: self.epoch.map(|it| it.to_string()).unwrap_or_default(),
            resumed: self.resumed,
        };
        push(frames, Frame::Started(started)).await?;
        if !self.resumed {
            self.snapshot(&held.catalogue, frames).await?;
        }
        drop(held);
        let (mut told, mut due) = (None, Instant::now());
        let mut moved = self.store.moved();
        loop {
            moved.mark_unchanged();
            let held = self.store.held(&self.district);
            self.same_log(&held)?;
            while self.position < held.catalogue.version {
                self.changes(&held, frames).await?;
            }
            if told != Some(self.position) || Instant::now() >= due {
                self.heartbeat(&held, frames).await?;
                (told, due) = (Some(self.position), Instant::now() + HEARTBEAT);
            }
            tokio::select! {
                _ = moved.changed() => {}
                () = sleep_until(due) => {}
            }
        }
    }

    /// The registry may have been restored since; a log that has only just begun is no other one.
    fn same_log(&mut self, held: &Held) -> Result<(), End> {
        match (self.epoch, held.epoch) {
            (None, now) => self.epoch = now,
            (Some(before), now) if now != Some(before) => return Err(Box::new(epoch_changed())),
            _ => {}
        }
        Ok(())
    }

    async fn snapshot(
        &self,
        catalogue: &Arc<Catalogue>,
        frames: &Sender<proto::WatchCatalogueResponse>,
    ) -> Result<(), End> {
        let on = day::of(self.store.now());
        let mut sent = 0;
        for collection in &self.collections {
            let mut last: Option<String> = None;
            loop {
                let rows = entry::after(catalogue, collection, (last.as_deref(), ENTRIES), on);
                let Some((id, _)) = rows.last() else {
                    break;
                };
                last = Some(id.clone());
                sent += i64::try_from(rows.len()).unwrap_or(i64::MAX);
                for entries in packed(rows.into_iter().map(|(_, it)| it)) {
                    push(frames, Frame::Entries(proto::SnapshotEntries { entries })).await?;
                }
            }
        }
        let complete = proto::SnapshotComplete {
            catalogue_version: catalogue.version,
            revision: catalogue.revision,
            entries: sent,
            cursor: self.cursor(),
        };
        push(frames, Frame::SnapshotComplete(complete)).await
    }

    /// Sends the next changes up to what this replica has.
    async fn changes(
        &mut self,
        held: &Held,
        frames: &Sender<proto::WatchCatalogueResponse>,
    ) -> Result<(), End> {
        let version = held.catalogue.version;
        let parts = self
            .store
            .parts(&self.district, self.position, version)
            .await;
        // What was read belongs to the log that was followed so far only if that log is still there.
        let head = self.store.log().head(&self.district).await.map_err(away)?;
        if head.map(|it| it.epoch) != self.epoch {
            return Err(Box::new(epoch_changed()));
        }
        let parts = parts.map_err(away)?;
        if parts.is_empty() {
            return Err(Box::new(
                Problem::internal("the log ends before the catalogue").into(),
            ));
        }
        for part in parts {
            self.part(part, frames).await?;
        }
        Ok(())
    }

    async fn part(
        &mut self,
        part: Part,
        frames: &Sender<proto::WatchCatalogueResponse>,
    ) -> Result<(), End> {
        let on = day::of(self.store.now());
        let wired = part
            .entries
            .into_iter()
            .filter_map(|(entry, version, changed_at)| {
                let (collection, entry) = entry::wire(entry, (version, changed_at), on)?;
                self.collections.contains(&collection).then_some(entry)
            });
        let mut pieces = packed(wired);
        self.position = part.position;
        if pieces.is_empty() && part.revision.is_some() {
            pieces.push(Vec::new());
        }
        let last = pieces.len().saturating_sub(1);
        for (index, entries) in pieces.into_iter().enumerate() {
            let complete = part.revision.filter(|_| index == last);
            let change = proto::CommittedChange {
                entries,
                complete: complete.is_some(),
                catalogue_version: complete.map_or(0, |_| self.position),
                revision: complete.unwrap_or_default(),
                commit_time: Some(timestamp(part.committed_at)),
                person: liandong_kit::name::of("people", &part.person),
                organization: liandong_kit::name::of("organizations", &part.organization),
                traceparent: part.traceparent.clone(),
                cursor: complete.map_or_else(String::new, |_| self.cursor()),
            };
            push(frames, Frame::Change(change)).await?;
        }
        Ok(())
    }

    async fn heartbeat(
        &self,
        held: &Held,
        frames: &Sender<proto::WatchCatalogueResponse>,
    ) -> Result<(), End> {
        let heartbeat = proto::CatalogueHeartbeat {
            catalogue_version: self.position,
            time: Some(timestamp(
                held.confirmed_at.unwrap_or_else(|| self.store.now()),
            )),
            cursor: self.cursor(),
        };
        push(frames, Frame::Heartbeat(heartbeat)).await
    }

    fn cursor(&self) -> String {
        let cursor = Cursor {
            district: self.district.clone(),
            epoch: self.epoch.unwrap_or_default(),
            position: self.position,
            collections: self.follows,
        };
        cursor.encode()
    }
}

/// Entries in frames of a bearable size.
fn packed(entries: impl Iterator<Item = proto::CatalogueEntry>) -> Vec<Vec<proto::CatalogueEntry>> {
    let mut frames: Vec<Vec<_>> = Vec::new();
    let mut bytes = 0;
    for entry in entries {
        let size = entry.encoded_len();
        let full = |it: &Vec<_>| it.len() >= ENTRIES || bytes + size > BYTES;
        match frames.last_mut().filter(|it| !full(it)) {
            Some(frame) => frame.push(entry),
            None => {
                frames.push(vec![entry]);
                bytes = 0;
            }
        }
        bytes += size;
    }
    frames
}

async fn push(frames: &Sender<proto::WatchCatalogueResponse>, frame: Frame) -> Result<(), End> {
    let frame = proto::WatchCatalogueResponse { frame: Some(frame) };
    match timeout(PATIENCE, frames.send(frame)).await {
        // Who is gone is noticed by `run`.
        Ok(_) => Ok(()),
        Err(_) => Err(Box::new(too_slow())),
    }
}

fn too_slow() -> Status {
    let seconds = PATIENCE.as_secs();
    let english = format!("nothing was read for {seconds} s; come back with the last cursor");
    let chinese = format!("{seconds}秒未读取，请以最后的游标重新连接");
    Problem::exhausted("WATCHER_TOO_SLOW", english, chinese)
        .retry_after(Duration::from_secs(1))
        .into()
}

/// The registry was restored from a backup.
pub(super) fn epoch_changed() -> Status {
    let english = "the registry was restored from a backup since; begin again without a cursor";
    Problem::precondition(
        "CATALOGUE_EPOCH_CHANGED",
        english,
        "登记库已从备份恢复，请不带游标重新开始",
    )
    .help("watch again with an empty cursor and forget what was received")
    .into()
}

fn away(error: sea_orm::DbErr) -> End {
    Box::new(status::database(&error))
}

#[cfg(test)]
mod tests {
    use liandong_kit::status;
    use tonic::Code;

    use super::*;

    fn frame() -> Frame {
        Frame::Heartbeat(proto::CatalogueHeartbeat::default())
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_does_not_read_is_let_go_and_told_why() {
        let (frames, mut answers) = tokio::sync::mpsc::channel(WAITING);
        for _ in 0..WAITING {
            push(&frames, frame()).await.unwrap();
        }
        let began = Instant::now();
        let end = push(&frames, frame()).await.unwrap_err();
        assert_eq!(began.elapsed(), PATIENCE);
        assert_eq!(end.code(), Code::ResourceExhausted);
        assert_eq!(status::reason(&end).as_deref(), Some("WATCHER_TOO_SLOW"));
        for _ in 0..WAITING {
            assert!(answers.recv().await.is_some(), "what was sent is not lost");
        }
        push(&frames, frame()).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_reads_late_but_in_time_is_kept() {
        let (frames, mut answers) = tokio::sync::mpsc::channel(1);
        push(&frames, frame()).await.unwrap();
        let late = async {
            sleep_until(Instant::now() + PATIENCE - Duration::from_secs(1)).await;
            answers.recv().await
        };
        let (pushed, _) = tokio::join!(push(&frames, frame()), late);
        pushed.unwrap();
    }
}
