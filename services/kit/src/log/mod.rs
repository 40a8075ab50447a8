//! The event log: the only truth. State, lists, inboxes, audit and scoring are folds of it.
//!
//! ```text
//! command ─▶ decide ─▶ events ─┬─▶ event row   position n+1, chained to the aggregate's last event
//!                              ├─▶ aggregate   the folded state, its version, when to wake it
//!                              ├─▶ views       query tables of the service
//!                              └─▶ head        position, running hash          all in one transaction
//! ```
//!
//! What must stay true: positions of a district are 1, 2, 3, … in commit order, without a gap, because they are
//! given out while the district's head row is locked; versions of an aggregate likewise; `hash` covers the whole
//! event and the aggregate's previous hash; the head's running hash covers every event before it.

mod aggregate;
pub mod entity;
mod hash;
mod migration;
mod prove;
mod read;
mod restored;
mod standing;
mod verify;

pub use self::aggregate::{Aggregate, Author, Recorded};
pub(crate) use self::hash::{chain, running};
pub use self::migration::migrations;
pub use self::prove::{Check, Proved, states_of};
pub use self::read::{Head, Loaded, Log, recorded};
pub use self::restored::Renewed;
pub use self::standing::{Standing, Whole};
pub use self::verify::{Broken, Verified};

/// The hash before the first event.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// A checkpoint of the running hash is kept every so many positions.
pub const CHECKPOINT_EVERY: i64 = 1000;
