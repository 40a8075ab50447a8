//! The scoring service as a process of its own: `liandong-scoring`.

use crate::{Config, serve, verify};

liandong_kit::service! {
    /// The scoring service, for [`liandong_kit::program::run`].
    Scoring: "scoring", "liandong-scoring" at "127.0.0.1:7703",
    "Scores what dispatch has recorded.", Config, serve, verify
}
