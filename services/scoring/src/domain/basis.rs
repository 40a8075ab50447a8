//! What a decision was computed from: the period, the scheme's version and the state of knowledge, so that the same
//! numbers can be had again.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

/// The state of knowledge behind a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basis {
    /// The period, as it is written.
    pub period: String,
    /// The version of the scheme that rated.
    pub scheme_version: i32,
    /// The epoch of dispatch's log; none before its first event.
    pub epoch: Option<Uuid>,
    /// The position of the last event that was counted.
    pub position: i64,
    /// The length of the ledger then.
    pub entries: i64,
    /// When it was computed.
    #[serde(with = "time::serde::timestamp::microseconds")]
    pub at: OffsetDateTime,
    /// The closed period and the number of its edition, if it was computed from one.
    #[serde(default)]
    pub closed: Option<(String, i32)>,
}

impl Basis {
    /// Nothing yet.
    pub fn none(at: OffsetDateTime) -> Self {
        Self {
            period: String::new(),
            scheme_version: 0,
            epoch: None,
            position: 0,
            entries: 0,
            at,
            closed: None,
        }
    }
}
