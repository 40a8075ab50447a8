//! Key files: `issuer.pem` (private, 0600, PKCS #8) and `jwks.json` (public, several keys while they rotate).

use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use jsonwebtoken::{
    Algorithm, EncodingKey,
    jwk::{Jwk, JwkSet, KeyAlgorithm, PublicKeyUse, ThumbprintHash},
};
use rand::{TryRngCore, rngs::OsRng};

use super::Error;

/// The DER of an Ed25519 private key, up to its 32 bytes (RFC 8410).
const PKCS8_PREFIX: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

pub(super) fn private_path(folder: &Path) -> PathBuf {
    folder.join("issuer.pem")
}

pub(super) fn public_path(folder: &Path) -> PathBuf {
    folder.join("jwks.json")
}

/// The private key of the folder, made if it is not there yet. Two processes starting at once agree on one.
pub(super) fn private(folder: &Path) -> Result<EncodingKey, Error> {
    let path = private_path(folder);
    match fs::read(&path) {
        Ok(pem) => EncodingKey::from_ed_pem(&pem).map_err(|_| Error::Content { path }),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)
                .map_err(file(folder))?;
            let made = temporary(folder, &new_private_key()?, 0o600)?;
            // A link fails if another process was faster; then its key counts.
            let linked = fs::hard_link(&made, &path);
            fs::remove_file(&made).map_err(file(&made))?;
            match linked {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(file(&path)(error)),
                _ => private(folder),
            }
        }
        Err(error) => Err(file(&path)(error)),
    }
}

/// Replaces the private key by a new one. Tokens of the old one stay good: its public key stays.
pub(super) fn replace_private(folder: &Path) -> Result<(), Error> {
    let (path, made) = (
        private_path(folder),
        temporary(folder, &new_private_key()?, 0o600)?,
    );
    fs::rename(made, &path).map_err(file(&path))
}

/// The public half, named by its thumbprint (RFC 7638).
pub(super) fn public_of(key: &EncodingKey) -> Result<(String, Jwk), Error> {
    let mut jwk = Jwk::from_encoding_key(key, Algorithm::EdDSA)?;
    let kid = jwk.thumbprint(ThumbprintHash::SHA256)?;
    jwk.common.key_id = Some(kid.clone());
    jwk.common.key_algorithm = Some(KeyAlgorithm::EdDSA);
    jwk.common.public_key_use = Some(PublicKeyUse::Signature);
    Ok((kid, jwk))
}

/// The public keys of the folder.
pub(super) fn publics(folder: &Path) -> Result<JwkSet, Error> {
    let path = public_path(folder);
    match fs::read(&path) {
        Ok(json) => serde_json::from_slice(&json).map_err(|_| Error::Content { path }),
        Err(error) if error.kind() == ErrorKind::NotFound => Err(Error::NoKeys { path }),
        Err(error) => Err(file(&path)(error)),
    }
}

/// Adds a public key to the folder if it is not there.
pub(super) fn publish(folder: &Path, jwk: Jwk) -> Result<(), Error> {
    let mut set = match publics(folder) {
        Ok(set) => set,
        Err(Error::NoKeys { .. }) => JwkSet { keys: vec![] },
        Err(error) => return Err(error),
    };
    if set.keys.contains(&jwk) {
        return Ok(());
    }
    set.keys.push(jwk);
    let path = public_path(folder);
    let json =
        serde_json::to_vec_pretty(&set).map_err(|_| Error::Content { path: path.clone() })?;
    let made = temporary(folder, &json, 0o644)?;
    fs::rename(made, &path).map_err(file(&path))
}

fn new_private_key() -> Result<Vec<u8>, Error> {
    let mut der = [0; 48];
    der[..16].copy_from_slice(&PKCS8_PREFIX);
    OsRng
        .try_fill_bytes(&mut der[16..])
        .map_err(|error| Error::File {
            path: "the system's random numbers".into(),
            source: std::io::Error::other(error),
        })?;
    let body = STANDARD.encode(der);
    Ok(format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n").into_bytes())
}

/// A complete file of a name of its own, to be moved into place.
fn temporary(folder: &Path, content: &[u8], mode: u32) -> Result<PathBuf, Error> {
    let path = folder.join(format!(".{}", uuid::Uuid::now_v7()));
    let write = || {
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(&path)?;
        file.write_all(content)?;
        file.sync_all()
    };
    write().map_err(file(&path))?;
    Ok(path)
}

fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::File { path, source }
}
