//! Background work.

mod patrol;
pub(crate) mod timers;
