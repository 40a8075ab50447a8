//! Dispatch as a process of its own: `liandong-dispatch`.

use crate::{Config, SERVICE, serve, verify};

liandong_kit::service! {
    /// Dispatch, for [`liandong_kit::program::run`].
    Dispatch: SERVICE, "liandong-dispatch" at "127.0.0.1:7702",
    "Cases, joint tasks, assignments, clocks and the departments' inbox.", Config, serve, verify
}
