//! The log's tables, written once for SQLite and PostgreSQL. Never edited after release: add a new one.

use crate::audit::CreateDeniedCalls;
use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, binary, string, text, uuid},
};

/// To be put before a service's own migrations.
pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(CreateLog), Box::new(CreateDeniedCalls)]
}

struct CreateLog;

impl MigrationName for CreateLog {
    fn name(&self) -> &'static str {
        "kit_0001_create_log"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateLog {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            event(),
            aggregate(),
            head(),
            checkpoint(),
            request(),
            cursor(),
        ] {
            manager.create_table(table).await?;
        }
        for index in [history(), wake()] {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

fn event() -> TableCreateStatement {
    Table::create()
        .table("event")
        .col(string("district"))
        .col(big_integer("position"))
        .col(uuid("id"))
        .col(string("aggregate"))
        .col(string("aggregate_id"))
        .col(big_integer("version"))
        .col(string("kind"))
        .col(text("payload"))
        .col(string("person"))
        .col(string("organization"))
        .col(big_integer("occurred_at"))
        .col(big_integer("recorded_at"))
        .col(string("traceparent"))
        .col(string("prev_hash"))
        .col(string("hash"))
        .primary_key(Index::create().col("district").col("position"))
        .to_owned()
}

fn aggregate() -> TableCreateStatement {
    Table::create()
        .table("aggregate")
        .col(string("district"))
        .col(string("kind"))
        .col(string("id"))
        .col(big_integer("version"))
        .col(string("hash"))
        .col(big_integer_null("wake_at"))
        .col(text("state"))
        .primary_key(Index::create().col("district").col("kind").col("id"))
        .to_owned()
}

fn head() -> TableCreateStatement {
    Table::create()
        .table("log_head")
        .col(string("district").primary_key())
        .col(uuid("epoch"))
        .col(big_integer("position"))
        .col(string("hash"))
        .to_owned()
}

fn checkpoint() -> TableCreateStatement {
    Table::create()
        .table("checkpoint")
        .col(string("district"))
        .col(big_integer("position"))
        .col(string("hash"))
        .col(big_integer("recorded_at"))
        .primary_key(Index::create().col("district").col("position"))
        .to_owned()
}

fn request() -> TableCreateStatement {
    Table::create()
        .table("request")
        .col(string("key").primary_key())
        .col(string("body_hash"))
        .col(binary("answer"))
        .col(big_integer("recorded_at"))
        .to_owned()
}

fn cursor() -> TableCreateStatement {
    Table::create()
        .table("cursor")
        .col(string("consumer"))
        .col(string("district"))
        .col(uuid("epoch"))
        .col(big_integer("position"))
        .col(big_integer("updated_at"))
        .primary_key(Index::create().col("consumer").col("district"))
        .to_owned()
}

/// One aggregate's events in order; unique, so the database too refuses two events of the same version.
fn history() -> IndexCreateStatement {
    Index::create()
        .name("event_history")
        .table("event")
        .col("district")
        .col("aggregate")
        .col("aggregate_id")
        .col("version")
        .unique()
        .to_owned()
}

/// Timers: only rows that want to be woken.
fn wake() -> IndexCreateStatement {
    Index::create()
        .name("aggregate_wake")
        .table("aggregate")
        .col("wake_at")
        .and_where(Expr::col("wake_at").is_not_null())
        .to_owned()
}
