//! Background work.

pub(crate) mod timers;
