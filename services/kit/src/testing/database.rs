//! A fresh database for each test, on every backend.

use tempfile::TempDir;

use super::postgres::cluster;
use crate::db::DatabaseConfig;

/// An empty database of a test's own. SQLite's files go when it is dropped, PostgreSQL's with the cluster.
#[derive(Debug)]
pub struct Database {
    /// `sqlite` or `postgresql`, for messages.
    pub name: &'static str,
    /// Where it is.
    pub config: DatabaseConfig,
    _folder: Option<TempDir>,
}

/// One fresh database on each backend; a store test runs on all of them.
pub async fn databases() -> Vec<Database> {
    vec![sqlite(), postgres().await]
}

/// A fresh SQLite database.
pub fn sqlite() -> Database {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite://{}", folder.path().join("test.db").display());
    Database {
        name: "sqlite",
        config: DatabaseConfig::at(url),
        _folder: Some(folder),
    }
}

/// A fresh database in this process's own PostgreSQL cluster. Fails, rather than skips, without PostgreSQL.
pub async fn postgres() -> Database {
    let cluster = tokio::task::spawn_blocking(cluster)
        .await
        .expect("a PostgreSQL cluster for tests");
    let url = cluster.create_database().await;
    Database {
        name: "postgresql",
        config: DatabaseConfig::at(url),
        _folder: None,
    }
}
