//! What every Liandong service needs; no business words.
//!
//! Two halves. The core keeps what must never be lost: [`db`], the event [`log`], the [`commit`]ter, [`clock`],
//! [`wake`] (timers) and [`cursor`] (consumers). The edge speaks gRPC.

mod audit;
pub mod auth;
mod call;
pub mod client;
pub mod clock;
pub mod commit;
pub mod cursor;
pub mod db;
pub mod health;
pub mod log;
pub mod name;
pub mod page;
pub mod program;
pub mod sabotage;
pub mod server;
pub mod signal;
pub mod status;
pub mod telemetry;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod wake;

/// Of every program that a service is part of.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
