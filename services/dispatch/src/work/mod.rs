//! Background work.

mod cases;
mod patrol;
pub(crate) mod people;
pub(crate) mod timers;
