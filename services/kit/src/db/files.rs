//! The database's own check of what it keeps.

use std::path::{Path, PathBuf};

use sea_orm::{ConnectionTrait, DbErr, Statement};

use super::Db;
use crate::log::Broken;

impl Db {
    /// The folder of an SQLite file. Nothing for PostgreSQL, whose files may be on another machine.
    pub(crate) async fn folder(&self) -> Option<PathBuf> {
        if self.is_postgres() {
            return None;
        }
        let backend = self.read.get_database_backend();
        let files = "SELECT file FROM pragma_database_list WHERE name = 'main'";
        let row = self
            .read
            .query_one_raw(Statement::from_string(backend, files))
            .await
            .ok()??;
        let file: String = row.try_get_by_index(0).ok()?;
        Path::new(&file).parent().map(Path::to_owned)
    }

    /// Reads every page of an SQLite file and compares tables with their indexes. PostgreSQL checks its pages by
    /// checksum when it reads them, so there reading the log is the check.
    pub(crate) async fn check_files(&self) -> Result<(), Broken> {
        if self.is_postgres() {
            return Ok(());
        }
        let statement = Statement::from_string(
            self.read.get_database_backend(),
            "PRAGMA integrity_check".to_owned(),
        );
        let row = self.read.query_one_raw(statement).await?;
        let row = row.ok_or_else(|| DbErr::RecordNotFound("integrity_check".to_owned()))?;
        match row.try_get_by_index::<String>(0)?.as_str() {
            "ok" => Ok(()),
            problem => Err(Broken::Files(problem.to_owned())),
        }
    }
}
