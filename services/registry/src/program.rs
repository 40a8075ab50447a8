//! The registry as a process of its own: `liandong-registry`.

use crate::{Config, serve, verify};

liandong_kit::service! {
    /// The registry, for [`liandong_kit::program::run`].
    Registry: "registry", "liandong-registry" at "127.0.0.1:7701",
    "Who is responsible for a place, who holds which power, who may act, which days are working days.",
    Config, serve, verify
}
