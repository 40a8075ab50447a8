//! What has happened to a catalogue after a version, change by change.

use liandong_kit::log::Recorded;
use sea_orm::DbErr;
use time::OffsetDateTime;

use super::{
    Store,
    aggregates::{Said, read},
};
use crate::domain::Entry;

/// Events read at once, and so the most entries of one part.
const PAGE: u64 = 500;

/// A committed change, or a part of a large one.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// What was entered or amended: the entry, how often it has been so, and when.
    pub(crate) entries: Vec<(Entry, i64, OffsetDateTime)>,
    /// The catalogue's revision, if this part ends its change.
    pub(crate) revision: Option<i64>,
    /// The position of its last event.
    pub(crate) position: i64,
    /// When it was committed.
    pub(crate) committed_at: OffsetDateTime,
    /// Who changed it.
    pub(crate) person: String,
    /// In whose name.
    pub(crate) organization: String,
    /// The trace it belongs to.
    pub(crate) traceparent: String,
}

impl Store {
    /// The next parts after a position, up to a version; none when there is nothing between. Events follow each other
    /// without a gap, or it is an error.
    pub(crate) async fn parts(
        &self,
        district: &str,
        after: i64,
        version: i64,
    ) -> Result<Vec<Part>, DbErr> {
        let mut events = self.log().read(district, after, PAGE).await?;
        events.retain(|it| it.position <= version);
        let mut expected = after;
        for event in &events {
            expected += 1;
            if event.position != expected {
                let text = format!("after {} comes {}", expected - 1, event.position);
                return Err(DbErr::Custom(format!("the log of {district}: {text}")));
            }
        }
        parts(&events)
    }
}

/// Events grouped by change; a change ends with the event that counts it.
fn parts(events: &[Recorded]) -> Result<Vec<Part>, DbErr> {
    let mut parts = Vec::new();
    let mut open: Option<Part> = None;
    for event in events {
        let part = open.get_or_insert_with(|| Part {
            entries: Vec::new(),
            revision: None,
            position: event.position,
            committed_at: event.recorded_at,
            person: event.person.clone(),
            organization: event.organization.clone(),
            traceparent: event.traceparent.clone(),
        });
        part.position = event.position;
        match read(event).map_err(|error| DbErr::Json(error.to_string()))? {
            Said::Entry(entry) => part.entries.push((entry, event.version, event.occurred_at)),
            Said::Revision(revision) => {
                part.revision = Some(revision);
                parts.extend(open.take());
            }
            Said::Nothing => {}
        }
    }
    parts.extend(open);
    Ok(parts)
}
