//! The platform was away (平台停机): that time is charged to nobody.
//!
//! ```text
//! ledger   RUN ─────────────────────┬─ HOLD ─┬─ RUN ────      what was charged in the outage becomes NOT_DELIVERED,
//! outage             ├─────────────────────────┤             what was not charged anyhow stays as it is: two outages
//! becomes  RUN ──────┤ NOT_DELIVERED├─ HOLD ─┤ ├ RUN ──      that overlap, or one in a pause, are not counted twice
//! ```
//!
//! Clocks of the current round that ran meanwhile run out that much later, and what was found overdue only for the
//! outage is so no longer. Clocks that law sets run on. The same holds for what is owed beside the work: replies,
//! revisits, answers to whistles, the tiers of a dispute, daily logs (`owed`).

mod orders;
mod owed;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::timestamp::microseconds as us;
use uuid::Uuid;

use super::clock::IntervalKind;
use super::ids::OutageId;
use super::{OrganizationId, PersonId};

/// A span of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Since when.
    #[serde(rename = "f", with = "us")]
    pub from: OffsetDateTime,
    /// Until when.
    #[serde(rename = "t", with = "us")]
    pub to: OffsetDateTime,
}

/// A span of time on an assignment's ledger that is charged to nobody after all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freed {
    /// When.
    #[serde(rename = "s")]
    pub span: Span,
    /// What time was until then.
    #[serde(rename = "k")]
    pub kind: IntervalKind,
    /// Whether it ends with the outage, and time is again what it was.
    #[serde(rename = "e", default, skip_serializing_if = "std::ops::Not::not")]
    pub ends: bool,
}

/// An outage as it is put on record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Away {
    /// When.
    pub span: Span,
    /// Why.
    pub reason: String,
    /// Whether the service found it by itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub detected: bool,
    /// Who recorded it.
    pub person: PersonId,
    /// In whose name; none if the service did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<OrganizationId>,
    /// Tasks of which clocks were moved.
    pub tasks: u32,
    /// Cases of which clocks, replies or revisits were moved.
    pub cases: u32,
    /// Whistles of which answers were moved.
    pub whistles: u32,
    /// Disputes of which the time at their tier was moved.
    #[serde(default)]
    pub disputes: u32,
    /// Daily logs that may be handed in later.
    #[serde(default)]
    pub logs: u32,
}

/// The event of an outage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutageRecorded {
    /// When it was recorded.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
    /// The outage.
    pub away: Away,
}

/// An outage. Its default is before its only event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outage {
    /// As it was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded: Option<OutageRecorded>,
}

impl Span {
    /// The outage of a span: the same times are the same outage.
    pub fn id(&self) -> OutageId {
        let micros = |it: OffsetDateTime| it.unix_timestamp_nanos() / 1_000;
        let name = format!("outage:{}:{}", micros(self.from), micros(self.to));
        OutageId(Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes()))
    }

    /// What of it lies before an instant; nothing if that is nothing.
    fn before(self, end: Option<OffsetDateTime>) -> Option<Span> {
        let to = end.map_or(self.to, |it| it.min(self.to));
        (self.from < to).then_some(Span { to, ..self })
    }

    /// What of it lies between two instants.
    fn between(self, from: OffsetDateTime, to: Option<OffsetDateTime>) -> Option<Span> {
        let from = from.max(self.from);
        Span { from, ..self }.before(to)
    }

    /// What of it is in none of the others.
    fn without(self, others: &[Span]) -> Vec<Span> {
        let mut left = vec![self];
        for other in others {
            let cut = |it: Span| {
                let before = it.before(Some(other.from));
                [before, it.between(other.to, None)].into_iter().flatten()
            };
            left = left.into_iter().flat_map(cut).collect();
        }
        left
    }
}

/// The parts of spans that lie in none of those before them.
pub fn apart(spans: &[Span]) -> Vec<Span> {
    let earlier = |(n, it): (usize, &Span)| it.without(spans.get(..n).unwrap_or_default());
    spans.iter().enumerate().flat_map(earlier).collect()
}

impl Outage {
    /// Folds its event.
    pub fn apply(&mut self, event: &OutageRecorded) {
        self.recorded = Some(event.clone());
    }
}
