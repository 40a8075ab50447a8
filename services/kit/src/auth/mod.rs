//! Who calls, and whether they may.
//!
//! ```text
//! token ─▶ Verifier: signature, audience, expiry ─▶ Identity ─┐
//! path  ─▶ Methods: the permission option of the method ──────┼─▶ Caller (in the request's extensions) or refusal
//! ```
//!
//! What must stay true: nobody is called without a [`Caller`]; a method without the option is never served; a
//! token's life is measured by the wall clock, whatever the services' own clock says.

mod caller;
mod claims;
mod config;
mod issuer;
mod keys;
mod methods;
mod verifier;

pub use caller::Caller;
pub use claims::{AUDIENCE, Claims, ISSUER, role_name, role_named};
pub use config::AuthConfig;
pub use issuer::Issuer;
pub use methods::{Method, Methods, Permission};
pub(crate) use verifier::Identity;
pub use verifier::{TokenProblem, Verifier};

use std::{net::SocketAddr, path::PathBuf};

/// Why keys or tokens cannot be made or used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A key file cannot be read or written.
    #[error("key file {path} cannot be used")]
    File {
        /// Which file.
        path: PathBuf,
        /// What went wrong.
        #[source]
        source: std::io::Error,
    },
    /// A key file holds something else.
    #[error("key file {path} does not hold the keys it should")]
    Content {
        /// Which file.
        path: PathBuf,
    },
    /// There are no public keys to check tokens with.
    #[error("no public keys in {path}: start an issuer there first, or point --keys at its folder")]
    NoKeys {
        /// Which file.
        path: PathBuf,
    },
    /// The development issuer must not serve the network.
    #[error("the development issuer refuses to serve {0}: it is for loopback addresses only")]
    NotLoopback(SocketAddr),
    /// The token library refused.
    #[error("the token cannot be made")]
    Token(#[from] jsonwebtoken::errors::Error),
    /// The descriptors do not decode.
    #[error("the protobuf descriptors do not decode")]
    Descriptors(#[from] prost_reflect::DescriptorError),
}

#[cfg(test)]
mod tests;
