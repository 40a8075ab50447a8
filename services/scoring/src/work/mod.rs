//! Background work: following dispatch's log, and recomputing everything from it.

pub(crate) mod feed;
pub(crate) mod feeds;
pub(crate) mod status;
pub(crate) mod verify;
