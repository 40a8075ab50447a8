//! Where the keys are.

use std::path::PathBuf;

use clap::Args;

use super::{Error, Issuer, Verifier};

/// Keys to check tokens with, and for the development issuer the one to sign with.
#[derive(Args, Clone, Debug)]
#[group(skip)]
pub struct AuthConfig {
    /// Folder of the keys: `jwks.json`, and `issuer.pem` where tokens are made.
    #[arg(long, env = "LIANDONG_KEYS", default_value = ".liandong/keys")]
    pub keys: PathBuf,
}

impl AuthConfig {
    /// Keys in this folder.
    pub fn new(keys: impl Into<PathBuf>) -> Self {
        Self { keys: keys.into() }
    }

    /// What checks callers' tokens.
    pub fn verifier(&self) -> Result<Verifier, Error> {
        Verifier::open(&self.keys)
    }

    /// The issuer whose key signs this service's own tokens.
    pub fn issuer(&self) -> Result<Issuer, Error> {
        Issuer::open(&self.keys)
    }
}
