//! What a token says.

use std::time::Duration;

use liandong_proto::types::Role;
use serde::{Deserialize, Serialize};

/// Who the tokens are for.
pub const AUDIENCE: &str = "liandong";
/// Who makes them.
pub const ISSUER: &str = "liandong";

/// Whom a token speaks for, and how long.
#[derive(Clone, Debug)]
pub struct Claims {
    /// The person, or the service acting in its own name: a bare id.
    pub person: String,
    /// The organization it acts for: a bare id.
    pub organization: String,
    /// The district both belong to: its code.
    pub district: String,
    /// What it may do.
    pub roles: Vec<Role>,
    /// How long the token lives.
    pub lifetime: Duration,
}

/// The claims as they are signed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Signed {
    pub(super) iss: String,
    pub(super) aud: String,
    pub(super) sub: String,
    pub(super) organization: String,
    pub(super) district: String,
    pub(super) roles: Vec<String>,
    /// Seconds since 1970.
    pub(super) iat: i64,
    /// Seconds since 1970.
    pub(super) exp: i64,
}

/// A role as tokens and people write it: `HANDLER`.
pub fn role_name(role: Role) -> &'static str {
    let name = role.as_str_name();
    name.strip_prefix("ROLE_").unwrap_or(name)
}

/// The role of that name. UNSPECIFIED is none.
pub fn role_named(name: &str) -> Option<Role> {
    Role::from_str_name(&format!("ROLE_{name}")).filter(|it| *it != Role::Unspecified)
}
