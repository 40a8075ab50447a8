//! Working time: how long a department has, and until when.
//!
//! Pure arithmetic on plain data: no clock, no database, no network. Instants come in as any
//! [`time::OffsetDateTime`] and go out in UTC, whole microseconds; civil dates are those of
//! Asia/Shanghai, which has been UTC+8 without summer time for every year a table covers.
//!
//! ```text
//!  Year (a published year: days off, make-up workdays, their notices) ─┐
//!  SpecialDay (what a city changes)                                   ─┼─▶ Calendar ─▶ due, explain,
//!  OfficeHours (08:00-12:00, 14:00-18:00)                             ─┘              working_time_between
//! ```
//!
//! A date outside the published years is an error, never a guess: calculations say
//! [`Error::NotPublished`] with the first year that is missing.
//!
//! ```
//! use liandong_calendar::{Calendar, Limit};
//! use time::macros::datetime;
//!
//! let calendar = Calendar::national();
//! let limit: Limit = "2 WORK_HOURS".parse()?;
//! let due = calendar.due(datetime!(2025-01-27 17:30 +8), limit)?;
//! assert_eq!(due.at, datetime!(2025-02-05 09:30 +8)); // the Spring Festival lies between
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod arithmetic;
pub mod calendar;
pub mod civil;
pub mod explain;
pub mod hours;
mod index;
pub mod limit;
mod national;
pub mod table;
pub mod year;

pub use arithmetic::{Due, Error};
pub use calendar::{Calendar, DayKind, Tables};
pub use explain::{Count, Explanation, Interval, Why};
pub use hours::{OfficeHours, Window};
pub use limit::{Limit, LimitKind};
pub use year::{Change, SpecialDay, Year};
