//! In whose name a peer is called.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use http::HeaderValue;
use liandong_proto::types::Role;
use tokio::time::Instant;
use tonic::Status;

use crate::{
    auth::{Claims, Issuer},
    status::Problem,
};

/// A service's own tokens live so long and are renewed when little of it is left.
const LIFETIME: Duration = Duration::from_secs(600);
const RENEW_AFTER: Duration = Duration::from_secs(480);

/// In whose name a peer is called.
#[derive(Clone, Debug)]
pub enum Identity {
    /// A service, with tokens it makes itself.
    Service(Arc<Own>),
    /// Somebody, with the token they brought.
    Token(HeaderValue),
    /// Nobody: only health checks will be answered.
    Nobody,
}

/// A service's own identity.
#[derive(Debug)]
pub struct Own {
    issuer: Issuer,
    claims: Claims,
    token: Mutex<Option<(HeaderValue, Instant)>>,
}

impl Identity {
    /// The service `name` acting in its own name, role SERVICE.
    pub fn service(issuer: Issuer, name: &str, district: &str) -> Self {
        let claims = Claims {
            person: name.to_owned(),
            organization: name.to_owned(),
            district: district.to_owned(),
            roles: vec![Role::Service],
            lifetime: LIFETIME,
        };
        Self::Service(Arc::new(Own {
            issuer,
            claims,
            token: Mutex::default(),
        }))
    }

    /// Whoever the token speaks for. A token that no header can carry speaks for nobody.
    pub fn token(token: &str) -> Self {
        header(token).map_or(Self::Nobody, Self::Token)
    }

    pub(super) fn header(&self) -> Result<Option<HeaderValue>, Status> {
        match self {
            Self::Service(own) => own.header().map(Some),
            Self::Token(header) => Ok(Some(header.clone())),
            Self::Nobody => Ok(None),
        }
    }
}

impl Own {
    fn header(&self) -> Result<HeaderValue, Status> {
        let mut kept = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((header, _)) = kept
            .as_ref()
            .filter(|(_, made)| made.elapsed() < RENEW_AFTER)
        {
            return Ok(header.clone());
        }
        let token = self.issuer.token(&self.claims).map_err(Problem::internal)?;
        let made = header(&token)
            .ok_or_else(|| Problem::internal("a token does not fit into a header"))?;
        *kept = Some((made.clone(), Instant::now()));
        Ok(made)
    }
}

fn header(token: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::try_from(format!("Bearer {token}")).ok()?;
    value.set_sensitive(true);
    Some(value)
}
