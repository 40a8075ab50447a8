//! The platform's own absences: a sign of life is kept in the database, and a start that comes long after the last one
//! puts an outage on record, before any timer says that somebody was late.

use std::time::Duration;

use liandong_kit::commit::{Author, Command};
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;

use crate::domain::outage::{Away, Span};
use crate::peers::registry::Registry;
use crate::store::Store;

/// How often it is said that the platform serves.
const EVERY: Duration = Duration::from_secs(10);
/// How often it is tried again to record an outage.
const AGAIN: Duration = Duration::from_secs(5);

/// The outage that ends now, if the last sign of life lies at least so far back; none if that is nothing, or never.
pub(crate) async fn found(store: &Store, least: time::Duration) -> anyhow::Result<Option<Span>> {
    let (last, now) = (store.last_sign_of_life().await?, store.now());
    let away = last.filter(|last| least.is_positive() && now - *last >= least);
    Ok(away.map(|from| Span { from, to: now }))
}

/// Records an outage for every district; says whether that was possible for all of them.
pub(crate) async fn record(store: &Store, registry: &Registry, span: Span) -> anyhow::Result<bool> {
    let mut all = true;
    for district in store.log().districts().await? {
        let recorded = record_for(store, registry, (&district, span), store.now()).await;
        if let Err(error) = recorded {
            tracing::warn!(district, %error, "an outage is not on record yet");
            all = false;
        }
    }
    Ok(all)
}

/// Signs life until stopped, and once more then; meanwhile records what could not be recorded at the start.
pub(crate) async fn run(
    store: Store,
    registry: Registry,
    mut left: Option<Span>,
    stop: CancellationToken,
) {
    loop {
        if let Err(error) = store.sign_life().await {
            tracing::error!(%error, "the sign of life is not kept");
        }
        if stop.is_cancelled() {
            return;
        }
        if let Some(span) = left
            && record(&store, &registry, span).await.unwrap_or_default()
        {
            left = None;
        }
        let pause = if left.is_some() { AGAIN } else { EVERY };
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

async fn record_for(
    store: &Store,
    registry: &Registry,
    (district, span): (&str, Span),
    now: OffsetDateTime,
) -> anyhow::Result<()> {
    let time = registry.work_time(district).await?;
    let author = Author {
        district: district.to_owned(),
        organization: String::new(),
        person: "dispatch".into(),
    };
    let away = Away {
        span,
        reason: "no sign of life until it was started again（平台停止运行，直至重新启动）".into(),
        detected: true,
        person: "dispatch".into(),
        organization: None,
        tasks: 0,
        cases: 0,
        whistles: 0,
        disputes: 0,
        logs: 0,
    };
    let command = Command::new(author, now);
    let recorded = store.record_outage(command, (district, away), time, |_, _| ());
    recorded.await?;
    tracing::warn!(district, from = %span.from, to = %span.to, "an outage is on record");
    Ok(())
}
