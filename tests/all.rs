//! Stories over real gRPC, and the rules that hold everywhere. One binary, so that it links once.
#![allow(clippy::unwrap_used, missing_docs)]

mod tidy;
mod wire;
