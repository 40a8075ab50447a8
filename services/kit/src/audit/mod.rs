//! Who was turned away, and why: one row for like calls of one minute.
//!
//! ```text
//! edge ─ denied ─▶ Audit ─▶ keeper: Tally ─▶ table denied_call ─▶ AuditService/ListDeniedCalls
//!   ▲                         │
//!   └─ the first of its kind: answered when it is on disk; the others are, within a second
//! ```
//!
//! What must stay true: nobody learns that he was denied before that is recorded; a flood of denied calls writes a
//! bounded number of rows, a few times a second; times are the wall clock's, as those of the tokens are.

mod entity;
mod keeper;
mod migration;
mod service;
mod tally;

use std::time::Duration;

use time::OffsetDateTime;
use tokio::sync::{mpsc, oneshot};
use tonic::Code;

use crate::db::Db;

pub(crate) use migration::CreateDeniedCalls;
pub(crate) use service::service;

/// So many may wait to be recorded; further ones wait to wait.
const WAITING: usize = 1_024;
/// A denied caller waits no longer for its record than this: the database may be away.
const PATIENCE: Duration = Duration::from_secs(2);

/// A call that was denied.
#[derive(Clone, Debug)]
pub(crate) struct Denied {
    pub(crate) who: Who,
    pub(crate) method: String,
    pub(crate) code: Code,
    pub(crate) reason: String,
    pub(crate) address: String,
    pub(crate) trace_id: String,
    pub(crate) at: OffsetDateTime,
}

/// Whom the token spoke for; nobody, if there was no good one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Who {
    pub(crate) district: String,
    pub(crate) organization: String,
    pub(crate) person: String,
}

/// Takes denied calls. When the last is dropped, its keeper ends.
#[derive(Clone, Debug)]
pub(crate) struct Audit(mpsc::Sender<Asked>);

struct Asked {
    denied: Denied,
    recorded: oneshot::Sender<()>,
}

impl Audit {
    /// What takes denied calls, and the work of keeping them, which is to be run.
    pub(crate) fn open(db: Db) -> (Self, impl Future<Output = ()> + Send) {
        let (sender, asked) = mpsc::channel(WAITING);
        (Self(sender), keeper::keep(db, asked))
    }

    /// Whether an answer with this code is a denial.
    pub(crate) fn concerns(code: Code) -> bool {
        matches!(code, Code::Unauthenticated | Code::PermissionDenied)
    }

    /// Records a denied call. Returns when it is on disk, or one like it and this one soon will be.
    pub(crate) async fn record(&self, denied: Denied) {
        let (recorded, done) = oneshot::channel();
        let asked = async {
            let asked = Asked { denied, recorded };
            self.0.send(asked).await.is_ok() && done.await.is_ok()
        };
        if tokio::time::timeout(PATIENCE, asked).await != Ok(true) {
            tracing::error!("a denied call could not be recorded in time");
        }
    }
}

#[cfg(test)]
mod tests;
