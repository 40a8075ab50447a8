//! Checks tokens against the public keys of a folder.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use liandong_proto::types::Role;
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use super::{
    AUDIENCE, Error, ISSUER,
    claims::{Signed, role_named},
    keys,
};
use crate::name;

/// Clocks of two machines may differ by so much.
const LEEWAY_SECONDS: i64 = 5;
/// How often the key file is looked at, so that a rotated key is known and a withdrawn one refused soon.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// So many checked tokens are remembered, because checking a signature costs more than most calls.
const REMEMBERED: usize = 4_096;

/// What is wrong with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenProblem {
    /// There is none.
    Missing,
    /// It was good once.
    Expired,
    /// Not signed by a key we trust, not for us, or not a token at all. Which of them is for the log only.
    Invalid,
}

/// Whom a good token speaks for.
#[derive(Debug)]
pub(crate) struct Identity {
    pub(crate) person: String,
    pub(crate) organization: String,
    pub(crate) district: String,
    pub(crate) roles: Vec<Role>,
    exp: i64,
}

/// Checks tokens. Cheap to clone; follows the key file as keys are added and withdrawn.
#[derive(Clone, Debug)]
pub struct Verifier {
    path: PathBuf,
    state: Arc<Mutex<State>>,
}

type Keys = HashMap<String, DecodingKey>;

#[derive(Debug)]
struct State {
    keys: Arc<Keys>,
    modified: Option<SystemTime>,
    looked: Instant,
    good: HashMap<[u8; 32], Arc<Identity>>,
}

impl Verifier {
    /// Reads the public keys of a folder (`jwks.json`).
    pub fn open(folder: impl AsRef<Path>) -> Result<Self, Error> {
        let path = folder.as_ref().to_owned();
        let (modified, keys) = (modified(&path), Arc::new(read(&path)?));
        let state = State {
            keys,
            modified,
            looked: Instant::now(),
            good: HashMap::new(),
        };
        Ok(Self {
            path,
            state: Arc::new(Mutex::new(state)),
        })
    }

    /// Whom the token speaks for.
    pub(crate) fn verify(&self, token: &str) -> Result<Arc<Identity>, TokenProblem> {
        let hash: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        let identity = match self.remembered(&hash) {
            Some(identity) => identity,
            None => self.check(token, hash)?,
        };
        if crate::clock::wall().unix_timestamp() < identity.exp + LEEWAY_SECONDS {
            return Ok(identity);
        }
        self.lock().good.remove(&hash);
        Err(TokenProblem::Expired)
    }

    fn remembered(&self, hash: &[u8; 32]) -> Option<Arc<Identity>> {
        let mut state = self.lock();
        if state.looked.elapsed() >= LOOK_EVERY {
            state.look(&self.path);
        }
        state.good.get(hash).cloned()
    }

    /// Checks the signature without holding the lock: a flood of bad tokens must not hold up the good ones.
    fn check(&self, token: &str, hash: [u8; 32]) -> Result<Arc<Identity>, TokenProblem> {
        let refused = |why: &'static str| {
            tracing::info!(why, "token refused");
            TokenProblem::Invalid
        };
        let header = jsonwebtoken::decode_header(token).map_err(|_| refused("no token"))?;
        let kid = header
            .kid
            .filter(|_| header.alg == Algorithm::EdDSA)
            .ok_or_else(|| refused("another algorithm, or no key named"))?;
        let keys = self.keys_with(&kid);
        let identity = Arc::new(
            keys.get(&kid)
                .ok_or("unknown key")
                .and_then(|key| check(token, key))
                .map_err(refused)?,
        );
        let mut state = self.lock();
        if state.good.len() >= REMEMBERED {
            state.good.clear();
        }
        if Arc::ptr_eq(&state.keys, &keys) {
            state.good.insert(hash, identity.clone());
        }
        Ok(identity)
    }

    /// The keys; read again if this one is not among them.
    fn keys_with(&self, kid: &str) -> Arc<Keys> {
        let mut state = self.lock();
        if !state.keys.contains_key(kid) {
            state.look(&self.path);
        }
        state.keys.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn look(&mut self, folder: &Path) {
        self.looked = Instant::now();
        let modified = modified(folder);
        if modified == self.modified {
            return;
        }
        match read(folder) {
            Ok(keys) => {
                (self.keys, self.modified, self.good) = (Arc::new(keys), modified, HashMap::new())
            }
            Err(error) => {
                tracing::error!(%error, "the public keys changed and cannot be read; the old ones stay")
            }
        }
    }
}

/// Everything but the expiry, which is looked at on every call.
fn check(token: &str, key: &DecodingKey) -> Result<Identity, &'static str> {
    let mut rules = Validation::new(Algorithm::EdDSA);
    rules.set_audience(&[AUDIENCE]);
    rules.set_issuer(&[ISSUER]);
    rules.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
    rules.validate_exp = false; // with our own clock, on every call
    let claims = jsonwebtoken::decode::<Signed>(token, key, &rules)
        .map_err(|_| "bad signature or claims")?
        .claims;
    if claims.iat > crate::clock::wall().unix_timestamp() + LEEWAY_SECONDS {
        return Err("issued in the future");
    }
    if [&claims.sub, &claims.organization, &claims.district]
        .iter()
        .any(|it| name::check_id(it).is_err())
    {
        return Err("malformed person, organization or district");
    }
    Ok(Identity {
        person: claims.sub,
        organization: claims.organization,
        district: claims.district,
        roles: claims
            .roles
            .iter()
            .filter_map(|it| role_named(it))
            .collect(), // an unknown role grants nothing
        exp: claims.exp,
    })
}

fn modified(folder: &Path) -> Option<SystemTime> {
    fs::metadata(keys::public_path(folder))
        .and_then(|it| it.modified())
        .ok()
}

fn read(folder: &Path) -> Result<Keys, Error> {
    let path = keys::public_path(folder);
    let mut known = HashMap::new();
    for jwk in keys::publics(folder)?.keys {
        let key = DecodingKey::from_jwk(&jwk).map_err(|_| Error::Content { path: path.clone() })?;
        known.extend(jwk.common.key_id.map(|kid| (kid, key)));
    }
    if known.is_empty() {
        Err(Error::NoKeys { path })
    } else {
        Ok(known)
    }
}
