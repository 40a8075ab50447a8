//! One database behind the same code: SQLite files for a laptop, PostgreSQL in production.
//!
//! What must stay true:
//! - "committed" means on disk: the settings that make it so are asserted when a database is opened;
//! - SQLite has one writer connection (several give pauses of a second) and a pool of readers;
//! - every write transaction begins here, so that it is IMMEDIATE on SQLite and retried when it lost a race.

mod files;
mod open;
pub mod rows;
mod snapshot;
mod time;
mod write;

use std::{fmt, num::NonZeroUsize};

use sea_orm::{DatabaseConnection, DbErr};
use sea_orm_migration::MigratorTrait;

pub use self::time::{from_micros, micros};
pub use self::write::is_lost_race;
pub(crate) use self::write::is_refused;

/// Where a service keeps its data.
#[derive(Clone, Debug, clap::Args)]
pub struct DatabaseConfig {
    /// `sqlite:///absolute/path/file.db` or `postgres://user:password@host:port/name`.
    #[arg(long = "database", env = "LIANDONG_DATABASE")]
    pub url: String,
    /// Connections for reading, per process.
    #[arg(
        long = "database-readers",
        env = "LIANDONG_DATABASE_READERS",
        default_value_t = 8
    )]
    pub readers: u32,
    /// Changes that may share a transaction; 1: each is committed by itself, which is slower as soon as several wait.
    #[arg(
        long = "database-changes",
        env = "LIANDONG_DATABASE_CHANGES",
        default_value_t = CHANGES
    )]
    pub changes: NonZeroUsize,
}

/// Changes in one transaction, unless something else is said: enough that a commit's cost is shared by many, few enough
/// that nobody waits long for the others.
pub const CHANGES: NonZeroUsize = NonZeroUsize::new(256).unwrap();

impl DatabaseConfig {
    /// The usual settings for this address.
    pub fn at(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            readers: 8,
            changes: CHANGES,
        }
    }
}

/// An open database.
#[derive(Clone)]
pub struct Db {
    write: DatabaseConnection,
    read: DatabaseConnection,
    changes: NonZeroUsize,
}

/// Why a database could not be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Neither `sqlite:` nor `postgres:`.
    #[error("unknown kind of database in {0}: expected sqlite: or postgres:")]
    UnknownKind(String),
    /// A setting under which acknowledged changes could be lost.
    #[error("unsafe database setting: {setting} is {found}, must be {wanted}")]
    Unsafe {
        /// The setting's name.
        setting: &'static str,
        /// What the database answered.
        found: String,
        /// What it must be.
        wanted: &'static str,
    },
    /// The database refused or is away.
    #[error("database")]
    Database(#[from] DbErr),
}

impl Db {
    /// Opens a database and asserts that a commit is durable (RELIABILITY 1.5).
    pub async fn open(config: &DatabaseConfig) -> Result<Self, Error> {
        if config.url.starts_with("sqlite:") {
            open::sqlite(config).await
        } else if config.url.starts_with("postgres:") || config.url.starts_with("postgresql:") {
            open::postgres(config).await
        } else {
            Err(Error::UnknownKind(
                config
                    .url
                    .split("://")
                    .next()
                    .unwrap_or_default()
                    .to_owned(),
            ))
        }
    }

    /// Brings the tables up to date, under a lock, so that several replicas may start at once.
    pub async fn migrate<M: MigratorTrait>(&self) -> Result<(), Error> {
        let tx = self.begin().await?;
        if self.is_postgres() {
            use sea_orm::ConnectionTrait;
            tx.execute_unprepared("SELECT pg_advisory_xact_lock(7109260714)")
                .await?;
        }
        M::up(&tx, None).await?;
        tx.commit().await?;
        Ok(())
    }

    /// For reading: single SELECT statements, each its own snapshot.
    pub fn read(&self) -> &DatabaseConnection {
        &self.read
    }

    /// Changes that may share a transaction.
    pub(crate) fn changes(&self) -> NonZeroUsize {
        self.changes
    }

    /// Whether this is PostgreSQL (else SQLite).
    pub fn is_postgres(&self) -> bool {
        matches!(
            self.write.get_database_backend(),
            sea_orm::DbBackend::Postgres
        )
    }

    /// Closes all connections; on SQLite this also folds the write-ahead log into the file.
    pub async fn close(self) -> Result<(), Error> {
        self.read.close().await?;
        self.write.close().await?;
        Ok(())
    }
}

impl fmt::Debug for Db {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Db")
            .field("backend", &self.write.get_database_backend())
            .finish()
    }
}
