//! The services scoring calls: dispatch for events, the registry for names. One file each.

mod apart;
pub(crate) mod dispatch;
mod event;
pub(crate) mod registry;
