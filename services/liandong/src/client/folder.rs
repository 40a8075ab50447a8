//! The data folder: databases, keys, and where the services of a running `up` are.
//!
//! ```text
//! .liandong/
//!   registry.db dispatch.db scoring.db   SQLite (unless --database)
//!   evidence/                            photographs, videos, documents
//!   keys/                                the development issuer's; whoever reads it can be anybody
//!   settings.json                        what the folder was made for: district, kind of database
//!   street.yaml                          the street file imported last, for people to read
//!   endpoints.json                       where the services are; there while `up` runs
//!   lock                                 held while `up` runs
//! ```

use std::{
    fs::{self, File, TryLockError},
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// How long a folder that is in use may take to become free.
const LOCK_PATIENCE: Duration = Duration::from_secs(2);

/// A data folder.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

/// Where the services of a running `up` are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoints {
    /// The district's code.
    pub district: String,
    /// The registry's URL.
    pub registry: String,
    /// Dispatch's URL.
    pub dispatch: String,
    /// Scoring's URL.
    pub scoring: String,
    /// The process.
    pub pid: u32,
    /// `real` or `virtual`.
    pub clock: String,
    /// `sqlite` or `postgres`.
    pub database: String,
    /// The data folder.
    pub data: PathBuf,
    /// The trace viewer, if one is configured.
    pub viewer: Option<String>,
}

/// What a folder was made for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// The district's code.
    pub district: String,
    /// `sqlite` or `postgres`.
    pub database: String,
}

/// Keeps a second `up` out of the folder while it lives.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Folder {
    /// The folder at `path`, which need not exist yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Makes it if it is not there, and takes its lock. Waits a moment for a holder that was just killed: the
    /// system frees a dead process's lock only when it is done with it.
    pub async fn lock(&self) -> anyhow::Result<Lock> {
        fs::create_dir_all(&self.0)
            .with_context(|| format!("cannot make the folder {}", self.0.display()))?;
        let path = self.0.join("lock");
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .with_context(|| format!("cannot open {}", path.display()))?;
        let patience = Instant::now() + LOCK_PATIENCE;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Lock { _file: file }),
                Err(TryLockError::WouldBlock) if Instant::now() < patience => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                Err(TryLockError::WouldBlock) => {
                    bail!(
                        "{} is in use by another `liandong`; stop that one or use another --data",
                        self.0.display()
                    )
                }
                Err(TryLockError::Error(error)) => {
                    return Err(error).with_context(|| format!("cannot lock {}", path.display()));
                }
            }
        }
    }

    /// Where the keys are.
    pub fn keys(&self) -> PathBuf {
        self.0.join("keys")
    }

    /// Where the evidence files are.
    pub fn evidence(&self) -> String {
        self.0.join("evidence").display().to_string()
    }

    /// The URL of a service's SQLite file.
    pub fn sqlite(&self, service: &str) -> anyhow::Result<String> {
        let folder =
            fs::canonicalize(&self.0).with_context(|| format!("no folder {}", self.0.display()))?;
        Ok(format!("sqlite://{}/{service}.db", folder.display()))
    }

    /// Where the services are; none if no `up` runs here.
    pub fn endpoints(&self) -> anyhow::Result<Option<Endpoints>> {
        self.read("endpoints.json")
    }

    /// What the folder was made for; none if nothing was started here yet.
    pub fn settings(&self) -> anyhow::Result<Option<Settings>> {
        self.read("settings.json")
    }

    /// Says where the services are.
    pub fn set_endpoints(&self, endpoints: &Endpoints) -> anyhow::Result<()> {
        self.write("endpoints.json", &serde_json::to_vec_pretty(endpoints)?)
    }

    /// The services are gone.
    pub fn clear_endpoints(&self) {
        fs::remove_file(self.0.join("endpoints.json")).ok();
    }

    /// Says what the folder is for.
    pub fn set_settings(&self, settings: &Settings) -> anyhow::Result<()> {
        self.write("settings.json", &serde_json::to_vec_pretty(settings)?)
    }

    /// Keeps the street file that was imported.
    pub fn keep_street(&self, text: &str) -> anyhow::Result<()> {
        self.write("street.yaml", text.as_bytes())
    }

    /// Reads a small JSON file; none if it is not there.
    pub fn read<T: DeserializeOwned>(&self, name: &str) -> anyhow::Result<Option<T>> {
        let path = self.0.join(name);
        match fs::read(&path) {
            Ok(bytes) => {
                let value = serde_json::from_slice(&bytes);
                value
                    .map(Some)
                    .with_context(|| format!("{} is damaged", path.display()))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    /// Writes a small file whole or not at all.
    pub fn write(&self, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
        let (path, new) = (self.0.join(name), self.0.join(format!("{name}.new")));
        let whole = || -> std::io::Result<()> {
            let mut file = File::create(&new)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::rename(&new, &path)
        };
        whole().with_context(|| format!("cannot write {}", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn two_may_not_use_one_folder() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = Folder::new(temporary.path().join("new"));
        let lock = folder.lock().await.unwrap();
        assert!(
            folder
                .lock()
                .await
                .unwrap_err()
                .to_string()
                .contains("in use")
        );
        drop(lock);
        folder.lock().await.unwrap();
    }

    #[test]
    fn what_is_written_is_read_back_and_a_damaged_file_is_said_to_be() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = Folder::new(temporary.path());
        assert_eq!(folder.settings().unwrap(), None);
        let settings = Settings {
            district: "990101".into(),
            database: "sqlite".into(),
        };
        folder.set_settings(&settings).unwrap();
        assert_eq!(folder.settings().unwrap(), Some(settings));
        fs::write(temporary.path().join("settings.json"), "{").unwrap();
        assert!(
            folder
                .settings()
                .unwrap_err()
                .to_string()
                .contains("is damaged")
        );
    }
}
