//! Scoring's work leads back to the commands whose events it counts.

use std::collections::BTreeSet;

use liandong_kit::testing::{Keys, Traces, eventually, sqlite};
use uuid::Uuid;

use super::{Scoring, ScriptedLog};
use crate::domain::testing::sample_log;

/// However many events are applied in one transaction, each one's trace is linked to.
/// Proves M37.
#[tokio::test(flavor = "multi_thread")]
async fn every_event_is_linked_from_the_work_it_caused() {
    let shared = Traces::shared();
    let mut events = sample_log();
    events.truncate(250);
    for event in &mut events {
        event.reference.trace_id = Uuid::now_v7().simple().to_string();
    }
    let wanted: BTreeSet<_> = events
        .iter()
        .map(|it| it.reference.trace_id.clone())
        .collect();
    let (keys, log) = (Keys::new().into(), ScriptedLog::start().await);
    log.append(&events);
    let database = sqlite();
    let scoring = Scoring::start(&database, &keys, &log).await;
    scoring.caught_up(250).await;
    eventually("every link", || async {
        let spans = shared.flushed().await.spans();
        let ours = spans
            .iter()
            .filter(|it| it.service == "scoring" && it.name.starts_with("apply"));
        let linked: BTreeSet<_> = ours.flat_map(|it| it.links.clone()).collect();
        wanted.is_subset(&linked).then_some(())
    })
    .await;
    scoring.stop().await;
}
