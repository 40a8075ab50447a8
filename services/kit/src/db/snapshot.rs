//! Several reads of one moment.

use futures::future::BoxFuture;
use sea_orm::{
    AccessMode, DatabaseTransaction, DbErr, IsolationLevel, TransactionOptions, TransactionTrait,
};

use super::Db;

impl Db {
    /// Runs several SELECTs that must agree with each other: all see the database as it was at the first of them.
    /// Runs to its end on a task of its own even if the caller goes away.
    pub async fn snapshot<T, F>(&self, work: F) -> Result<T, DbErr>
    where
        T: Send + 'static,
        F: for<'a> FnOnce(&'a DatabaseTransaction) -> BoxFuture<'a, Result<T, DbErr>>
            + Send
            + 'static,
    {
        use tracing::{Instrument, instrument::WithSubscriber};
        let options = TransactionOptions {
            // On SQLite every transaction is a snapshot; the setting would only warn.
            isolation_level: self.is_postgres().then_some(IsolationLevel::RepeatableRead),
            access_mode: self.is_postgres().then_some(AccessMode::ReadOnly),
            ..TransactionOptions::default()
        };
        let read = self.read.clone();
        let task = async move {
            #[allow(clippy::disallowed_methods)] // on a task that nobody cancels
            let tx = read.begin_with_options(options).await?;
            let result = work(&tx).await;
            // Nothing was written: how it ends makes no difference.
            let _ = tx.rollback().await;
            result
        };
        match tokio::spawn(task.in_current_span().with_current_subscriber()).await {
            Ok(settled) => settled,
            Err(failure) => Err(DbErr::Custom(format!("snapshot task: {failure}"))),
        }
    }
}
