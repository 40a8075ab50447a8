//! Tokens for tests.

use std::{path::Path, time::Duration};

use liandong_proto::types::Role;
use tempfile::TempDir;

use crate::{
    auth::{AuthConfig, Claims, Issuer, Verifier},
    client::Identity,
};

/// The fictional district of the tests.
pub const DISTRICT: &str = "320311";

/// Keys of a test's own, in a folder that goes when it is dropped.
#[derive(Debug)]
pub struct Keys {
    folder: TempDir,
    issuer: Issuer,
}

impl Default for Keys {
    fn default() -> Self {
        Self::new()
    }
}

impl Keys {
    /// Fresh keys.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let issuer = Issuer::open(folder.path()).expect("keys in a fresh folder");
        Self { folder, issuer }
    }

    /// Where they are.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// As a service's settings.
    pub fn config(&self) -> AuthConfig {
        AuthConfig::new(self.folder())
    }

    /// The issuer.
    pub fn issuer(&self) -> Issuer {
        self.issuer.clone()
    }

    /// What checks the tokens.
    pub fn verifier(&self) -> Verifier {
        Verifier::open(self.folder()).expect("public keys beside the private one")
    }

    /// A token of `organization`'s `person`, good for an hour.
    pub fn token(&self, organization: &str, person: &str, roles: &[Role]) -> String {
        let claims = Claims {
            person: person.into(),
            organization: organization.into(),
            district: DISTRICT.into(),
            roles: roles.to_vec(),
            lifetime: Duration::from_secs(3600),
        };
        self.issuer.token(&claims).expect("a token")
    }

    /// The same as an identity for a [`Peer`](crate::client::Peer).
    pub fn identity(&self, organization: &str, person: &str, roles: &[Role]) -> Identity {
        Identity::token(&self.token(organization, person, roles))
    }
}
