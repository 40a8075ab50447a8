//! Write transactions.

use std::time::Duration;

use futures::future::BoxFuture;
use sea_orm::{
    DatabaseConnection, DatabaseTransaction, DbErr, RuntimeErr, SqliteTransactionMode,
    TransactionOptions, TransactionTrait, sqlx,
};

use super::Db;
use crate::sabotage::point;

const ATTEMPTS: u32 = 8;

impl Db {
    /// Begins a write transaction: IMMEDIATE on SQLite, READ COMMITTED on PostgreSQL.
    ///
    /// Only for tasks that nobody cancels: dropping this future on PostgreSQL may leave an open transaction
    /// in the pool. Handlers change data through the committer, which is such a task.
    pub(crate) async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        #[allow(clippy::disallowed_methods)] // the one place
        self.write.begin_with_options(options).await
    }

    /// For a statement that is a transaction by itself, on a connection that is used for writing. Only for tasks that
    /// nobody cancels.
    pub(crate) fn alone(&self) -> &DatabaseConnection {
        &self.write
    }

    /// Runs `work` in one write transaction, again if it lost a race. For background work that owns its tables;
    /// runs to its end on a task of its own even if the caller goes away.
    pub async fn write<T, F>(&self, work: F) -> Result<T, DbErr>
    where
        T: Send + 'static,
        F: for<'a> Fn(&'a DatabaseTransaction) -> BoxFuture<'a, Result<T, DbErr>>
            + Send
            + Sync
            + 'static,
    {
        use tracing::{Instrument, instrument::WithSubscriber};
        let db = self.clone();
        let task = async move {
            let mut attempt = 0;
            loop {
                attempt += 1;
                match db.attempt(&work).await {
                    Err(error) if is_lost_race(&error) && attempt < ATTEMPTS => {
                        tokio::time::sleep(Duration::from_millis(1 << attempt)).await;
                    }
                    settled => return settled,
                }
            }
        };
        match tokio::spawn(task.in_current_span().with_current_subscriber()).await {
            Ok(settled) => settled,
            Err(failure) => Err(DbErr::Custom(format!("write task: {failure}"))),
        }
    }

    async fn attempt<T, F>(&self, work: &F) -> Result<T, DbErr>
    where
        F: for<'a> Fn(&'a DatabaseTransaction) -> BoxFuture<'a, Result<T, DbErr>> + Sync,
    {
        let tx = self.begin().await?;
        point("write begun").await?;
        match work(&tx).await {
            Ok(value) => {
                point("write done").await?;
                tx.commit().await?;
                point("write committed").await?;
                Ok(value)
            }
            Err(error) => {
                // A failed rollback leaves nothing behind either: the connection is thrown away (`open::is_clean`).
                let _ = tx.rollback().await;
                Err(error)
            }
        }
    }
}

/// Whether the database itself refused a statement, or never got it: nothing of it happened. If the connection broke, or
/// the server was stopped, it may have.
pub(crate) fn is_refused(error: &DbErr) -> bool {
    match error {
        DbErr::ConnectionAcquire(_) => true,
        DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause)) => {
            let code = cause.as_database_error().and_then(|it| it.code());
            code.is_some_and(|it| !it.starts_with("08") && !it.starts_with("57"))
        }
        _ => false,
    }
}

/// Whether the transaction lost a race and may simply be run again: serialization failure, deadlock, SQLite busy.
pub fn is_lost_race(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(cause))
    | DbErr::Query(RuntimeErr::SqlxError(cause))
    | DbErr::Conn(RuntimeErr::SqlxError(cause))) = error
    else {
        return false;
    };
    let sqlx::Error::Database(cause) = cause.as_ref() else {
        return false;
    };
    matches!(
        cause.code().as_deref(),
        Some("40001" | "40P01" | "5" | "517")
    )
}

#[cfg(test)]
mod tests {
    use sea_orm::{ConnectionTrait, Statement};

    use crate::{
        db::Db,
        testing::{self, eventually},
    };

    /// SQLite ends a transaction by itself when the disk is full; here we do it. Whatever is acknowledged afterwards is
    /// committed, and others see it at once.
    #[tokio::test]
    async fn nothing_is_nested_in_a_transaction_that_the_database_has_ended() {
        let database = testing::sqlite();
        let db = Db::open(&database.config).await.unwrap();
        let tx = db.begin().await.unwrap();
        tx.execute_unprepared("CREATE TABLE kept (n INTEGER)")
            .await
            .unwrap();
        tx.commit().await.unwrap();

        let tx = db.begin().await.unwrap();
        tx.execute_unprepared("ROLLBACK").await.unwrap();
        assert!(tx.rollback().await.is_err(), "there is none to roll back");
        // A change that is refused, and one that is done.
        let tx = db.begin().await.unwrap();
        tx.rollback().await.unwrap();
        let tx = db.begin().await.unwrap();
        tx.execute_unprepared("INSERT INTO kept VALUES (1)")
            .await
            .unwrap();
        tx.commit().await.unwrap();

        let count = Statement::from_string(
            db.read().get_database_backend(),
            "SELECT count(*) FROM kept",
        );
        eventually("others to see it", || async {
            let row = db.read().query_one_raw(count.clone()).await.ok()??;
            let many: i64 = row.try_get_by_index(0).ok()?;
            (many == 1).then_some(())
        })
        .await;
    }
}
