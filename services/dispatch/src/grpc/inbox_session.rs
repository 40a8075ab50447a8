//! What one inbox stream knows, and what it does when something happens: see [`super::inbox_stream`].

use std::time::Duration;

use liandong_kit::{log::Recorded, status::Problem};
use liandong_proto::dispatch::{
    self as wire, StreamInboxRequest, stream_inbox_request::Frame as Asked,
    stream_inbox_response::Frame,
};
use sea_orm::DbErr;
use tokio::time::Instant;
use tonic::Status;

use super::{
    inbox::{InboxService, away, epoch},
    inbox_convert::{self as convert, Nack, Start},
    inbox_frames::{Frames, Undeliverable},
};
use crate::{
    inbox::{
        Ack, CursorError, DELIVERIES_MAX, Delivery, Extent, Kept, Lease, Nacked, Saving, Suspect,
    },
    store::{inbox, inbox_group},
};

const RECONNECT: Duration = Duration::from_secs(1);

/// Why a stream ends.
pub(super) enum End {
    /// The client has gone, or its connection broke.
    Gone,
    /// Nothing is left to be said.
    Done,
    /// The server stops.
    Drain,
    /// A newer stream has the group.
    Superseded,
    /// It takes nothing.
    Slow,
    /// The client was wrong, or we are in trouble.
    Refused(Box<Status>),
}

impl From<Undeliverable> for End {
    fn from(it: Undeliverable) -> Self {
        match it {
            Undeliverable::Gone => Self::Gone,
            Undeliverable::Slow => Self::Slow,
        }
    }
}

impl From<Status> for End {
    fn from(it: Status) -> Self {
        Self::Refused(Box::new(it))
    }
}

impl From<DbErr> for End {
    fn from(it: DbErr) -> Self {
        away(it).into()
    }
}

pub(super) struct Session {
    pub(super) service: InboxService,
    pub(super) lease: Lease,
    extent: Extent,
    kinds: Vec<String>,
    pub(super) delivery: Delivery,
    /// Whether the group's kept place may follow what is settled: not while the client reads ahead of it.
    contiguous: bool,
    /// Whether this group's consumers acknowledge at all; only then does a broken connection tell something.
    acknowledges: bool,
    /// The furthest acknowledgement not yet on its way to the disk.
    unsaved: Option<i64>,
    pub(super) saving: Option<Saving>,
    /// Whether the client may still say something.
    pub(super) listening: bool,
}

impl Session {
    /// Judges the cursor before anything else; only then are older streams of the group fenced.
    pub(super) async fn open(service: InboxService, start: Start) -> Result<Self, End> {
        let key = start.key;
        let extent = inbox::extent(&service.log, &key.owner).await?;
        let cursor = convert::place(&extent, &start.cursor, "start.cursor")?;
        if cursor.is_none() {
            let kept = inbox_group::find(service.log.db().read(), &key).await?;
            kept.map_or(Ok(()), |it| extent.keeps(it.epoch))
                .map_err(|it| refused(it, "start.cursor"))?;
        }
        let group = inbox_group::open(service.log.db(), &key, &extent, service.clock.now()).await?;
        if cursor.is_none() && group.acked < extent.floor {
            return Err(refused(
                CursorError::Compacted {
                    floor: extent.floor,
                },
                "start.cursor",
            ));
        }
        let position = cursor.unwrap_or(group.acked);
        let suspect = Suspect {
            position: group.suspect,
            failures: u32::try_from(group.failures).unwrap_or(0),
        };
        let known = Some(suspect).filter(|it| it.failures > 0);
        Ok(Self {
            lease: service.streams.open(key, group.generation),
            service,
            extent,
            kinds: start.kinds,
            delivery: Delivery::new(position, start.window, known),
            contiguous: position <= group.acked,
            acknowledges: group.acknowledges,
            unsaved: None,
            saving: None,
            listening: true,
        })
    }

    /// Sends everything that may be sent now.
    pub(super) async fn deliver(&mut self, frames: &Frames) -> Result<(), End> {
        let mut reached = false;
        loop {
            let now = Instant::now().into_std();
            while let Some(next) = self.delivery.next(now) {
                let event = convert::event(&self.extent, &next.event, next.attempt)?;
                frames.send(Frame::Event(event)).await?;
            }
            let Some((after, limit)) = self.delivery.wants(now) else {
                return Ok(());
            };
            if self.extent.epoch.is_nil() {
                self.reach().await?;
            }
            let events = self.page(after, limit).await?;
            let head = self.extent.head;
            if events.is_empty() && !reached && self.touched_after(head) {
                // What touched the inbox was filtered out: learn how far that is. Or it is not committed yet.
                reached = true;
                self.reach().await?;
                continue;
            }
            self.extent.head = events.last().map_or(head, |it| it.position.max(head));
            self.delivery.read(after, limit, events, Some(head));
        }
    }

    async fn page(&self, after: i64, limit: usize) -> Result<Vec<Recorded>, End> {
        if self.extent.epoch.is_nil() {
            return Ok(vec![]); // there is no log yet, and no cursor for what comes in between
        }
        let db = self.service.log.db().read();
        Ok(inbox::read(db, self.lease.key(), &self.kinds, after, limit).await?)
    }

    pub(super) async fn heard(&mut self, it: StreamInboxRequest) -> Result<(), End> {
        match it.frame {
            Some(Asked::Ack(it)) => self.ack(&it.through),
            Some(Asked::Nack(it)) => self.nack(convert::nack(it)?).await,
            Some(Asked::Window(it)) => {
                self.delivery.resize(convert::window(it)?);
                Ok(())
            }
            Some(Asked::Start(_)) | None => {
                let english = "after `start` only `ack`, `nack` and `window` may come";
                Err(Status::from(Problem::invalid(
                    "FRAME_UNEXPECTED",
                    english,
                    "此处只能发送确认、退回或窗口帧",
                ))
                .into())
            }
        }
    }

    fn ack(&mut self, cursor: &str) -> Result<(), End> {
        let through = self
            .extent
            .place(cursor)
            .map_err(|it| refused(it, "ack.through"))?;
        self.delivery
            .ack(through)
            .map_err(|it| Status::from(convert::ack_problem(it, "ack.through")))?;
        self.unsaved = self.unsaved.max(Some(through));
        self.acknowledges = true;
        Ok(())
    }

    async fn nack(&mut self, it: Nack) -> Result<(), End> {
        let position = self
            .extent
            .place(&it.cursor)
            .map_err(|it| refused(it, "nack.cursor"))?;
        let resume_at = (Instant::now() + it.retry_after).into_std();
        let nacked = self.delivery.nack(position, resume_at);
        match nacked.map_err(|it| Status::from(convert::ack_problem(it, "nack.cursor")))? {
            Nacked::Settled => Ok(()),
            Nacked::Again(suspect) => Ok(self.suspect(suspect).await?),
            Nacked::Park(suspect) => Ok(self.park(suspect, it.reason).await?),
        }
    }

    /// Begins to write the furthest acknowledgement down, one write at a time.
    pub(super) fn save(&mut self) {
        if self.saving.is_none()
            && let Some(through) = self.unsaved.take()
        {
            // What is settled beyond the acknowledged event was filtered out or parked.
            let through = through.max(self.delivery.settled());
            self.saving = Some(self.keep(through, true));
        }
    }

    fn keep(&self, through: i64, explicit: bool) -> Saving {
        let ack = Ack {
            key: self.lease.key().clone(),
            extent: self.extent.clone(),
            fence: Some(self.lease.generation()),
            through,
            explicit,
        };
        self.service.acks.save(ack)
    }

    pub(super) fn kept(&mut self, kept: Kept) -> Result<Frame, End> {
        let Kept::Through(place) = kept else {
            return Err(End::Superseded);
        };
        self.contiguous = true;
        Ok(Frame::AckResult(wire::AckResultFrame {
            through: self.extent.cursor(place),
        }))
    }

    /// After a commit of this process: is there something for us?
    pub(super) fn committed(&mut self) {
        if self.delivery.caught_up() && self.touched_after(self.delivery.sent()) {
            self.delivery.stir();
        }
    }

    fn touched_after(&self, position: i64) -> bool {
        self.service
            .index
            .touched_after(&self.extent.owner, position)
    }

    /// A look at the log itself: other replicas' commits, and how far a quiet consumer has come.
    pub(super) async fn look(&mut self) -> Result<(), End> {
        self.reach().await?;
        if self.extent.head > self.delivery.sent() {
            self.delivery.stir();
        }
        Ok(())
    }

    /// Learns how far the log reaches.
    async fn reach(&mut self) -> Result<(), End> {
        let Some(head) = self.service.log.head(&self.extent.owner.district).await? else {
            return Ok(());
        };
        if !self.extent.epoch.is_nil() && head.epoch != self.extent.epoch {
            return Err(refused(CursorError::EpochChanged, "stream"));
        }
        self.extent.epoch = head.epoch;
        self.extent.head = self.extent.head.max(head.position);
        Ok(())
    }

    pub(super) async fn check_fence(&self) -> Result<(), End> {
        let group = inbox_group::find(self.service.log.db().read(), self.lease.key()).await?;
        let ours = group.is_some_and(|it| it.generation == self.lease.generation());
        if ours { Ok(()) } else { Err(End::Superseded) }
    }

    pub(super) fn started(&self) -> Frame {
        Frame::Started(wire::StartedFrame {
            cursor: self.extent.cursor(self.delivery.sent()),
            generation: self.lease.generation(),
            epoch: epoch(&self.extent),
        })
    }

    /// How far the stream has come; the group's kept place follows what is settled, so that a quiet one advances too.
    pub(super) async fn progress(&mut self) -> Result<Frame, End> {
        if self.contiguous && self.saving.is_none() {
            let settled = self.delivery.settled();
            if self.keep(settled, false).kept().await? == Kept::Superseded {
                return Err(End::Superseded);
            }
        }
        let sent = self.delivery.sent();
        let backlog = inbox::backlog(
            self.service.log.db().read(),
            self.lease.key(),
            &self.kinds,
            sent,
            Some(inbox::COUNTED),
        )
        .await?;
        Ok(Frame::Progress(wire::ProgressFrame {
            cursor: self.extent.cursor(sent),
            backlog,
        }))
    }

    /// Keeps what was acknowledged, notes a delivery that failed with the connection, and says goodbye.
    pub(super) async fn close(mut self, end: End, frames: &Frames) -> End {
        if matches!(end, End::Superseded) {
            return end;
        }
        let broken = self
            .delivery
            .broken()
            .filter(|_| matches!(end, End::Gone) && self.acknowledges);
        match self.leave(broken).await {
            Ok(Some(last)) if matches!(end, End::Drain) => {
                let reconnect_after = prost_types::Duration::try_from(RECONNECT).ok();
                let drain = Frame::Drain(wire::DrainFrame {
                    reason: "shutdown".into(),
                    reconnect_after,
                });
                let _ = frames.send(last).await;
                let _ = frames.send(drain).await;
            }
            Ok(_) => {}
            Err(End::Superseded) => return End::Superseded,
            // The client learns it anyway: what was not kept comes again.
            Err(_) => tracing::warn!(
                group = self.lease.key().group,
                "a stream's last acknowledgements were not kept"
            ),
        }
        end
    }

    async fn leave(&mut self, broken: Option<Suspect>) -> Result<Option<Frame>, End> {
        let mut last = None;
        if let Some(mut saving) = self.saving.take() {
            last = Some(saving.kept().await?);
        }
        self.save();
        if let Some(mut saving) = self.saving.take() {
            last = Some(saving.kept().await?);
        }
        if self.contiguous || last.is_some() {
            last = Some(self.keep(self.delivery.settled(), false).kept().await?);
        }
        match broken {
            Some(it) if it.failures >= DELIVERIES_MAX => {
                self.park(it, "the connection broke each time".into())
                    .await?
            }
            Some(it) => self.suspect(it).await?,
            None => {}
        }
        last.map(|it| self.kept(it)).transpose()
    }

    async fn suspect(&self, suspect: Suspect) -> Result<(), DbErr> {
        inbox_group::suspect(self.service.log.db(), self.lease.key(), suspect).await
    }

    /// Gives an event up for this group: it is left out from now on, and an operator must look.
    async fn park(&self, suspect: Suspect, reason: String) -> Result<(), DbErr> {
        let (key, log) = (self.lease.key(), &self.service.log);
        let found = log
            .read(&key.owner.district, suspect.position - 1, 1)
            .await?
            .pop();
        let Some(event) = found else { return Ok(()) };
        tracing::error!(
            organization = key.owner.organization, group = key.group, event = %event.id, position = event.position,
            kind = event.kind, attempts = suspect.failures, reason, incident = "INBOX_EVENT_PARKED",
            "an event could not be delivered and was parked"
        );
        self.book(&event, suspect, &reason).await;
        inbox_group::park(
            log.db(),
            key,
            event,
            (suspect, reason),
            self.service.clock.now(),
        )
        .await
    }
}

impl Session {
    /// Nobody is charged for an order that no group of the organization has.
    async fn book(&self, event: &Recorded, suspect: Suspect, reason: &str) {
        let (key, db) = (self.lease.key(), self.service.log.db().read());
        let arrived = match inbox_group::all(db, &key.owner).await {
            Ok(groups) => groups
                .iter()
                .any(|it| it.grp != key.group && it.acknowledges && it.acked >= event.position),
            Err(_) => false,
        };
        if arrived {
            return;
        }
        let why = (suspect, reason);
        if let Err(error) = self.service.store.not_delivered(event, key, why).await {
            tracing::error!(event = %event.id, %error, "an order that was not delivered was not booked");
        }
    }
}

fn refused(error: CursorError, field: &str) -> End {
    Status::from(convert::cursor_problem(error, field)).into()
}

/// The write that is under way; never, if none is.
pub(super) async fn saved(saving: &mut Option<Saving>) -> Result<Kept, DbErr> {
    match saving {
        Some(saving) => saving.kept().await,
        None => std::future::pending().await,
    }
}
