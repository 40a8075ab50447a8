//! Between wire messages and domain values, split by resource. Nothing else knows both.
//!
//! Reading names every bad field at once ([`Violations`](liandong_kit::status::Violations)); writing cannot fail.

pub(crate) mod assignment;
pub(crate) mod campaign;
pub(crate) mod case;
pub(crate) mod case_course;
mod case_event;
pub(crate) mod case_settings;
pub(crate) mod check_sample;
pub(crate) mod clock;
pub(crate) mod course;
pub(crate) mod dispute;
pub(crate) mod event;
pub(crate) mod evidence;
pub(crate) mod facet;
mod filter;
pub(crate) mod inspection;
pub(crate) mod inspection_event;
pub(crate) mod inspection_read;
mod labels;
pub(crate) mod leave;
pub(crate) mod meeting;
pub(crate) mod meeting_decision;
mod meeting_event;
pub(crate) mod meeting_ranking;
pub(crate) mod meeting_read;
pub(crate) mod outage;
pub(crate) mod patrol;
pub(crate) mod patrol_event;
pub(crate) mod penalty;
pub(crate) mod person;
pub(crate) mod query;
pub(crate) mod read;
pub(crate) mod revisit;
pub(crate) mod task;
pub(crate) mod whistle;
pub(crate) mod words;
pub(crate) mod write;
