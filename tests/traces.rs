//! What a collector receives, in a process where every world is traced: beside worlds that are not, the switch that
//! says whether anybody listens is shared, and spans get lost.
#![allow(clippy::unwrap_used, dead_code, missing_docs)]

mod caller;
mod refusal;
mod steps;
mod ten;
mod tracing;
mod world;
