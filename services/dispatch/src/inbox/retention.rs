//! How long inboxes are kept. The log itself is kept longer; only the right to resume in an inbox ends here.

use std::time::Duration;

use liandong_kit::{clock::Clock, log::Log};
use sea_orm::DbErr;
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;

use crate::store::inbox;

/// Inbox rows are kept for so long (DESIGN section 4; R18).
pub(crate) const KEPT: time::Duration = time::Duration::days(400);
const EVERY: Duration = Duration::from_secs(6 * 3600);

/// Removes what is older than [`KEPT`], at the start and every six hours, until stopped.
pub(crate) async fn run(log: Log, clock: Clock, stop: CancellationToken) {
    loop {
        if let Err(error) = compact(&log, clock.now() - KEPT).await {
            tracing::error!(%error, "inboxes cannot be compacted");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// Removes the inbox rows of everything recorded before `before`.
pub(crate) async fn compact(log: &Log, before: OffsetDateTime) -> Result<(), DbErr> {
    for district in log.districts().await? {
        let through = last_before(log, &district, before).await?;
        if through > 0 {
            let name = district.clone();
            let removed = log
                .db()
                .write(move |tx| {
                    let district = name.clone();
                    Box::pin(async move { inbox::compact(tx, &district, through).await })
                })
                .await?;
            tracing::info!(district, through, removed, "inboxes compacted");
        }
    }
    Ok(())
}

/// The last position recorded before a time; 0 if there is none. Recording times grow with positions.
async fn last_before(log: &Log, district: &str, before: OffsetDateTime) -> Result<i64, DbErr> {
    let (mut older, mut newer) = (0, log.head(district).await?.map_or(0, |it| it.position) + 1);
    while newer - older > 1 {
        let middle = older + (newer - older) / 2;
        let event = log.read(district, middle - 1, 1).await?.pop();
        if event.is_some_and(|it| it.recorded_at < before) {
            older = middle;
        } else {
            newer = middle;
        }
    }
    Ok(older)
}
