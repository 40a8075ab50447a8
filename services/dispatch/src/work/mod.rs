//! Background work.

mod cases;
mod meetings;
pub(crate) mod outages;
mod patrol;
pub(crate) mod people;
pub(crate) mod timers;
