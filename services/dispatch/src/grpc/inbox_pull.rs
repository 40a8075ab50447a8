//! The inbox without a stream: acknowledge, then wait for the next events.

use liandong_proto::dispatch as wire;
use prost::Message;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::Status;

use super::{
    inbox::{InboxService, away},
    inbox_convert::{self as convert, Pull},
};
use crate::{
    inbox::{Ack, CursorError, Extent, GroupKey, Kept},
    store::{inbox, inbox_group},
};

/// An answer stays below this, well under what the server encodes.
const ANSWER_MAX: usize = 2 << 20;

pub(super) async fn run(
    service: &InboxService,
    pull: Pull,
    stop: CancellationToken,
) -> Result<wire::PullInboxResponse, Status> {
    let until = Instant::now() + pull.wait;
    let key = &pull.start.key;
    let mut extent = inbox::extent(&service.log, &key.owner)
        .await
        .map_err(away)?;
    let cursor = convert::place(&extent, &pull.start.cursor, "cursor")?;
    let acked = acknowledge(service, &pull, &extent).await?;
    if cursor.is_none() && acked < extent.floor {
        let error = CursorError::Compacted {
            floor: extent.floor,
        };
        return Err(convert::cursor_problem(error, "cursor").into());
    }
    let from = cursor.unwrap_or(acked);

    let mut commits = service.log.watch();
    loop {
        commits.mark_unchanged();
        // The head first: what is committed up to it is there to be read.
        extent = reach(service, extent).await?;
        let answer = page(service, &pull, &extent, from, acked).await?;
        if !answer.events.is_empty() || Instant::now() >= until || stop.is_cancelled() {
            return Ok(answer);
        }
        let look = until.min(Instant::now() + service.pace.look);
        loop {
            let looked = tokio::select! {
                () = stop.cancelled() => true,
                () = tokio::time::sleep_until(look) => true,
                _ = commits.changed() => false,
            };
            if looked || service.index.touched_after(&key.owner, extent.head) {
                break;
            }
        }
    }
}

/// How far the inbox reaches by now. In another epoch the place that is waited at would be another one.
async fn reach(service: &InboxService, before: Extent) -> Result<Extent, Status> {
    let now = inbox::extent(&service.log, &before.owner)
        .await
        .map_err(away)?;
    if !before.epoch.is_nil() && now.epoch != before.epoch {
        return Err(convert::cursor_problem(CursorError::EpochChanged, "cursor").into());
    }
    Ok(now)
}

/// Keeps the acknowledgement, if there is one; answers where the group stands.
async fn acknowledge(service: &InboxService, pull: &Pull, extent: &Extent) -> Result<i64, Status> {
    let key = &pull.start.key;
    match convert::place(extent, &pull.ack_through, "ack_through")? {
        Some(through) => {
            let ack = Ack {
                key: key.clone(),
                extent: extent.clone(),
                fence: None,
                through,
                explicit: true,
            };
            match service.acks.save(ack).kept().await.map_err(away)? {
                Kept::Through(acked) => Ok(acked),
                Kept::Superseded => Ok(through),
            }
        }
        None => {
            let group = inbox_group::find(service.log.db().read(), key)
                .await
                .map_err(away)?;
            if pull.start.cursor.is_empty() {
                let kept = group.as_ref().map_or(Ok(()), |it| extent.keeps(it.epoch));
                kept.map_err(|it| convert::cursor_problem(it, "cursor"))?;
            }
            if group.is_none() {
                // From now on it is there, whether it ever acknowledges or not.
                let joined = inbox_group::join(service.log.db(), key, extent, service.clock.now());
                joined.await.map_err(away)?;
            }
            Ok(group.map_or(extent.floor, |it| it.acked))
        }
    }
}

async fn page(
    service: &InboxService,
    pull: &Pull,
    extent: &Extent,
    from: i64,
    acked: i64,
) -> Result<wire::PullInboxResponse, Status> {
    let (key, kinds, db) = (&pull.start.key, &pull.start.kinds, service.log.db().read());
    let recorded = inbox::read(db, key, kinds, from, pull.start.window)
        .await
        .map_err(away)?;
    let attempts = Attempts::of(service, key, !recorded.is_empty()).await?;
    let (mut events, mut size, mut whole) = (
        Vec::with_capacity(recorded.len()),
        0,
        recorded.len() < pull.start.window,
    );
    let mut last = from;
    for it in &recorded {
        let event = convert::event(extent, it, attempts.of_position(it.position))?;
        size += event.encoded_len();
        if size > ANSWER_MAX && !events.is_empty() {
            whole = false;
            break;
        }
        last = it.position;
        events.push(event);
    }
    let next = if whole { last.max(extent.head) } else { last };
    let backlog = if whole {
        0
    } else {
        inbox::backlog(db, key, kinds, next, Some(inbox::COUNTED))
            .await
            .map_err(away)?
    };
    Ok(wire::PullInboxResponse {
        events,
        next_cursor: extent.cursor(next),
        acked_through: extent.cursor(acked),
        backlog,
    })
}

/// How often the delivery of the group's troublesome event has failed.
struct Attempts(Option<(i64, u32)>);

impl Attempts {
    async fn of(service: &InboxService, key: &GroupKey, wanted: bool) -> Result<Self, Status> {
        if !wanted {
            return Ok(Self(None));
        }
        let group = inbox_group::find(service.log.db().read(), key)
            .await
            .map_err(away)?;
        Ok(Self(group.map(|it| {
            (it.suspect, u32::try_from(it.failures).unwrap_or(0))
        })))
    }

    fn of_position(&self, position: i64) -> u32 {
        1 + self.0.filter(|it| it.0 == position).map_or(0, |it| it.1)
    }
}
