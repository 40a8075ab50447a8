//! Cases, joint tasks, assignments, clocks and the departments' inbox.

pub mod domain;
