//! Background work.

mod cases;
mod meetings;
mod patrol;
pub(crate) mod people;
pub(crate) mod timers;
