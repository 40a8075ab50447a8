//! The table of denied calls. Never edited after release: add a new one.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, string, uuid},
};

/// Put before a service's own migrations by [`log::migrations`](crate::log::migrations).
pub(crate) struct CreateDeniedCalls;

impl MigrationName for CreateDeniedCalls {
    fn name(&self) -> &'static str {
        "kit_0002_create_denied_calls"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateDeniedCalls {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("denied_call")
            .col(uuid("id").primary_key())
            .col(string("district"))
            .col(string("organization"))
            .col(string("person"))
            .col(string("method"))
            .col(string("code"))
            .col(string("reason"))
            .col(string("address"))
            .col(string("trace_id"))
            .col(big_integer("count"))
            .col(big_integer("first_at"))
            .col(big_integer("last_at"))
            .to_owned();
        manager.create_table(table).await?;
        let by_age = Index::create()
            .name("denied_call_age")
            .table("denied_call")
            .col("last_at")
            .to_owned();
        manager.create_index(by_age).await
    }
}
