//! The query tables of what people decide, written in the transaction that changes what they show.

use liandong_kit::{
    commit::{Batch, Views},
    db::rows::Writes,
};
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait,
    sea_query::OnConflict,
};
use uuid::Uuid;

use super::{
    aggregates::decoded,
    appeals,
    books::Books,
    decide,
    entity::{closed_period, edition, item},
    outside, surveys,
};
use crate::domain::{closing::ClosedPeriod, item::Item, period::Period};

/// Writes the query tables, and what decisions change of facts, rollup and ledger.
pub(crate) struct Rows {
    books: Books,
}

impl Rows {
    pub(crate) fn new(books: Books) -> Self {
        Self { books }
    }
}

#[async_trait::async_trait]
impl Views for Rows {
    async fn write(&self, rows: &mut Writes<'_>, batch: &Batch<'_>) -> Result<(), DbErr> {
        let tx = rows.written().await?;
        decide::carry_out(tx, &self.books, batch).await?;
        periods(tx, batch).await?;
        items(tx, batch).await?;
        outside::write(tx, batch).await?;
        appeals::write(tx, batch).await?;
        surveys::write(tx, batch).await
    }

    fn rows_only(&self) -> bool {
        false
    }
}

async fn periods(tx: &DatabaseTransaction, batch: &Batch<'_>) -> Result<(), DbErr> {
    use closed_period::Column as C;
    for (_, version, it) in batch.changed::<ClosedPeriod>() {
        let period: Period =
            { it.period.parse() }.map_err(|error| DbErr::Type(format!("{error}")))?;
        let state = if it.shown > 0 { "PUBLISHED" } else { "CLOSED" };
        let row = closed_period::ActiveModel {
            district: Set(batch.district().to_owned()),
            scheme: Set(it.scheme.clone()),
            period: Set(it.period.clone()),
            last_day: Set(period.last_day().to_string()),
            version: Set(version),
            state: Set(state.to_owned()),
        };
        let newest = OnConflict::columns([C::District, C::Scheme, C::Period])
            .update_columns([C::Version, C::State])
            .to_owned();
        let insert = closed_period::Entity::insert(row).on_conflict(newest);
        insert.exec_without_returning(tx).await?;
    }
    for event in batch.events() {
        let Some(decoded) = decoded::<ClosedPeriod>(event)? else {
            continue;
        };
        let Some((made, rows)) = decoded.edition() else {
            continue;
        };
        let (scheme, period) = event.aggregate_id.split_once(':').unwrap_or_default();
        let row = edition::ActiveModel {
            district: Set(batch.district().to_owned()),
            scheme: Set(scheme.to_owned()),
            period: Set(period.to_owned()),
            number: Set(made.number),
            content: Set(super::json(&rows)?),
        };
        insert(tx, row).await?;
    }
    Ok(())
}

async fn insert(tx: &impl ConnectionTrait, row: edition::ActiveModel) -> Result<(), DbErr> {
    edition::Entity::insert(row)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

async fn items(tx: &DatabaseTransaction, batch: &Batch<'_>) -> Result<(), DbErr> {
    use item::Column as C;
    let mut rows = vec![];
    for (id, _, it) in batch.changed::<Item>() {
        if let Some(recorded) = &it.recorded {
            rows.push(item::ActiveModel {
                district: Set(batch.district().to_owned()),
                id: Set(Uuid::parse_str(id).map_err(|error| DbErr::Type(error.to_string()))?),
                organization: Set(recorded.organization.clone()),
                day: Set(recorded.day.to_string()),
            });
        }
    }
    for part in super::parts(&rows) {
        let there = OnConflict::columns([C::District, C::Id])
            .do_nothing()
            .to_owned();
        let insert = item::Entity::insert_many(part.to_vec()).on_conflict(there);
        insert.exec_without_returning(tx).await?;
    }
    Ok(())
}
