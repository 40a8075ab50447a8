//! Opening a database with settings under which an acknowledged change survives a power cut.

use std::{str::FromStr, time::Duration};

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr, Statement,
    sqlx::{
        self, Connection, SqliteConnection,
        postgres::PgConnectOptions,
        sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
    },
};

use super::{DatabaseConfig, Db, Error};

/// Older releases can lose committed transactions of the write-ahead log.
const SQLITE_OLDEST: (u32, u32, u32) = (3, 51, 3);

pub(super) async fn sqlite(config: &DatabaseConfig) -> Result<Db, Error> {
    let write = Database::connect(sqlite_options(config, 1, false)).await?;
    let version = text(&write, "SELECT sqlite_version()").await?;
    let mut parts = version
        .split('.')
        .filter_map(|part| u32::from_str(part).ok());
    let mut next = || parts.next().unwrap_or(0);
    if (next(), next(), next()) < SQLITE_OLDEST {
        return Err(Error::Unsafe {
            setting: "sqlite_version",
            found: version,
            wanted: "at least 3.51.3",
        });
    }
    expect(&write, "journal_mode", "PRAGMA journal_mode", "wal").await?;
    let synchronous: i64 = value(&write, "PRAGMA synchronous").await?;
    if synchronous < 2 {
        return Err(Error::Unsafe {
            setting: "synchronous",
            found: synchronous.to_string(),
            wanted: "2 (FULL)",
        });
    }
    let read = Database::connect(sqlite_options(config, config.readers, true)).await?;
    let changes = config.changes;
    Ok(Db {
        write,
        read,
        changes,
    })
}

/// A process that is frozen in the middle of a transaction must not keep every other replica from writing: after
/// this time PostgreSQL ends its transaction. A commit of ours never idles so long.
const IDLE_IN_TRANSACTION: &str = "5s";

/// Connections for writing: the committer's, and one for background work. They are never used for reading, so that the
/// committer's has its statements prepared, and never waits for a reader's.
const WRITERS: u32 = 2;

pub(super) async fn postgres(config: &DatabaseConfig) -> Result<Db, Error> {
    let options = |connections| {
        let mut options = ConnectOptions::new(&config.url);
        common(&mut options);
        options
            .max_connections(connections)
            .min_connections(1)
            .test_before_acquire_if_idle_for(Duration::from_secs(30))
            .statement_timeout(Duration::from_secs(30))
            .map_sqlx_postgres_opts(|it: PgConnectOptions| {
                it.options([("idle_in_transaction_session_timeout", IDLE_IN_TRANSACTION)])
            });
        options
    };
    let write = Database::connect(options(WRITERS)).await?;
    for setting in ["fsync", "full_page_writes", "synchronous_commit"] {
        let found = text(&write, &format!("SHOW {setting}")).await?;
        let safe = found == "on"
            || setting == "synchronous_commit" && (found == "remote_apply" || found == "local");
        if !safe {
            return Err(Error::Unsafe {
                setting,
                found,
                wanted: "on",
            });
        }
    }
    let read = Database::connect(options(config.readers)).await?;
    let changes = config.changes;
    Ok(Db {
        write,
        read,
        changes,
    })
}

/// Pages of SQLite's write-ahead log at which they are copied into the file, within the commit that comes to it. The
/// pages of lists and of what is worked on change again and again: the more come together, the fewer are copied.
const CHECKPOINT_PAGES: &str = "4000";

fn sqlite_options(config: &DatabaseConfig, connections: u32, read_only: bool) -> ConnectOptions {
    let mut options = ConnectOptions::new(&config.url);
    common(&mut options);
    options
        .max_connections(connections)
        .min_connections(1)
        .map_sqlx_sqlite_opts(move |it: SqliteConnectOptions| {
            it.create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(Duration::from_secs(10))
                .foreign_keys(true)
                .pragma("query_only", if read_only { "on" } else { "off" })
                .pragma("cache_size", if read_only { "-2000" } else { "-16000" })
                .pragma("wal_autocheckpoint", CHECKPOINT_PAGES)
                // Pages as they were before a statement: a file for them would be written for each batch.
                .pragma("temp_store", "memory")
        })
        .map_sqlx_sqlite_pool_opts(|it| it.before_acquire(|conn, _| Box::pin(is_clean(conn))));
    options
}

/// Whether no transaction is left on a connection. After a full disk SQLite has ended a transaction by itself, its ROLLBACK
/// fails, and the driver takes it to be open still: what came next would be nested in it, acknowledged, and never
/// committed. Such a connection is closed, and a fresh one takes its place.
async fn is_clean(conn: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    let clean = !conn.is_in_transaction();
    if !clean {
        tracing::warn!("a connection with an unfinished transaction is closed");
    }
    Ok(clean)
}

fn common(options: &mut ConnectOptions) {
    options
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        .test_before_acquire(false)
        .acquire_timeout(Duration::from_secs(10));
}

async fn expect(
    db: &DatabaseConnection,
    setting: &'static str,
    sql: &str,
    wanted: &'static str,
) -> Result<(), Error> {
    let found = text(db, sql).await?;
    if found == wanted {
        Ok(())
    } else {
        Err(Error::Unsafe {
            setting,
            found,
            wanted,
        })
    }
}

async fn text(db: &DatabaseConnection, sql: &str) -> Result<String, Error> {
    value(db, sql).await
}

async fn value<T: sea_orm::TryGetable>(db: &DatabaseConnection, sql: &str) -> Result<T, Error> {
    let row = db
        .query_one_raw(Statement::from_string(db.get_database_backend(), sql))
        .await?
        .ok_or_else(|| DbErr::RecordNotFound(sql.to_owned()))?;
    Ok(row.try_get_by_index(0)?)
}
