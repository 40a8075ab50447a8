//! The services scoring calls: dispatch for events, the registry for names. One file each.

pub(crate) mod dispatch;
mod event;
pub(crate) mod registry;
