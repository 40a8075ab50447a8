//! The development issuer: makes tokens with a key in a folder. In production an OIDC provider does.

use std::{
    fmt,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use jsonwebtoken::{Algorithm, EncodingKey, Header};

use super::{
    AUDIENCE, Claims, Error, ISSUER,
    claims::{Signed, role_name},
    keys,
};

/// Signs tokens. Cheap to clone.
#[derive(Clone)]
pub struct Issuer {
    folder: PathBuf,
    kid: String,
    key: Arc<EncodingKey>,
}

impl Issuer {
    /// Opens the issuer of a folder, making its keys on first use: the private one readable by its owner only.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self, Error> {
        let folder = folder.as_ref().to_owned();
        let key = keys::private(&folder)?;
        let (kid, public) = keys::public_of(&key)?;
        keys::publish(&folder, public)?;
        Ok(Self {
            folder,
            kid,
            key: Arc::new(key),
        })
    }

    /// Starts signing with a new key. Tokens signed so far stay good until they expire.
    pub fn rotate(self) -> Result<Self, Error> {
        keys::replace_private(&self.folder)?;
        Self::open(&self.folder)
    }

    /// Refuses addresses that others can reach: whoever reads the folder can be anybody.
    pub fn require_loopback(address: SocketAddr) -> Result<(), Error> {
        if address.ip().is_loopback() {
            Ok(())
        } else {
            Err(Error::NotLoopback(address))
        }
    }

    /// A signed token, valid from now.
    pub fn token(&self, claims: &Claims) -> Result<String, Error> {
        let now = crate::clock::wall().unix_timestamp();
        let signed = Signed {
            iss: ISSUER.into(),
            aud: AUDIENCE.into(),
            sub: claims.person.clone(),
            organization: claims.organization.clone(),
            district: claims.district.clone(),
            roles: claims
                .roles
                .iter()
                .map(|it| role_name(*it).to_owned())
                .collect(),
            iat: now,
            exp: now.saturating_add_unsigned(claims.lifetime.as_secs()),
        };
        let header = Header {
            kid: Some(self.kid.clone()),
            ..Header::new(Algorithm::EdDSA)
        };
        Ok(jsonwebtoken::encode(&header, &signed, &self.key)?)
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issuer")
            .field("folder", &self.folder)
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}
