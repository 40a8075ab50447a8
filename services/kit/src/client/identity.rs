//! In whose name a peer is called.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use http::HeaderValue;
use liandong_proto::types::Role;
use time::OffsetDateTime;
use tokio::time::Instant;
use tonic::Status;

use crate::{
    auth::{Claims, Issuer},
    clock::wall,
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
    token: Mutex<Option<Made>>,
}

/// A token, and when it was made: by time that passes, and by the clock that those who check it go by.
#[derive(Debug)]
struct Made {
    header: HeaderValue,
    at: Instant,
    wall: OffsetDateTime,
}

impl Made {
    /// Whether it is good for a while; after a jump of the clock, in whichever direction, it may not be.
    fn is_fresh(&self) -> bool {
        let by_wall = wall() - self.wall;
        self.at.elapsed() < RENEW_AFTER
            && !by_wall.is_negative()
            && by_wall.unsigned_abs() < RENEW_AFTER
    }
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

    /// Whoever a request that is being served speaks for, with the token it came with: to ask a peer what its caller
    /// may see there.
    pub fn of_request<T>(request: &tonic::Request<T>) -> Self {
        let bearer = request.metadata().get("authorization");
        let bearer = bearer.and_then(|it| it.to_str().ok());
        bearer
            .and_then(|it| it.split_once(' '))
            .map_or(Self::Nobody, |(_, token)| Self::token(token))
    }

    /// Whoever the token speaks for. A token that no header can carry speaks for nobody.
    pub fn token(token: &str) -> Self {
        header(token).map_or(Self::Nobody, Self::Token)
    }

    /// Makes a new token for the next call, if it makes them itself; whether it does.
    pub(super) fn renew(&self) -> bool {
        let Self::Service(own) = self else {
            return false;
        };
        *own.token.lock().unwrap_or_else(PoisonError::into_inner) = None;
        true
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
        if let Some(made) = kept.as_ref().filter(|it| it.is_fresh()) {
            return Ok(made.header.clone());
        }
        let token = self.issuer.token(&self.claims).map_err(Problem::internal)?;
        let header = header(&token)
            .ok_or_else(|| Problem::internal("a token does not fit into a header"))?;
        *kept = Some(Made {
            header: header.clone(),
            at: Instant::now(),
            wall: wall(),
        });
        Ok(header)
    }
}

fn header(token: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::try_from(format!("Bearer {token}")).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_made_anew_when_the_clock_has_jumped() {
        let made = |by: i64| Made {
            header: HeaderValue::from_static("Bearer x"),
            at: Instant::now(),
            wall: wall() - time::Duration::seconds(by),
        };
        assert!(made(1).is_fresh());
        assert!(!made(3600).is_fresh(), "an hour forward: it has expired");
        assert!(!made(-3600).is_fresh(), "an hour back: it is of the future");
    }
}
