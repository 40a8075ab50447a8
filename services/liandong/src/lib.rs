//! The `liandong` command: every service in one process, and the command line client.
//!
//! ```text
//! up      starts registry, dispatch and scoring on loopback; everything else is a gRPC client of them
//! demo    up + simulate, under the virtual clock
//! replay  up + a city's export, under the virtual clock
//! bench   up + closed-loop load, with a report
//! case, task, assignment, inbox, ranking, explain, trace, ...   one call, one table (or --json)
//! ```

pub mod agenda;
pub mod bench;
pub mod cli;
pub mod client;
pub mod command;
pub mod demo;
pub mod output;
pub mod replay;
pub mod simulate;
pub mod story;
mod story_meetings;
mod story_rounds;
pub mod up;
