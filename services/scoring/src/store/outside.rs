//! Outside records as rows: listed and summed per period.

use liandong_kit::commit::Batch;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect, Set, sea_query::OnConflict,
};

use super::{Store, entity_outside as entity};
use crate::domain::{
    outside::{Content, Counts, Kind, Record},
    period::{Period, parse_day},
};

/// Which records are listed; empty fields do not narrow it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    /// Only of this source.
    pub(crate) source: Option<String>,
    /// Only of this organization.
    pub(crate) organization: Option<String>,
    /// Only with a day in this period.
    pub(crate) period: Option<Period>,
}

/// What an organization's records of a kind come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Total {
    /// The organization.
    pub(crate) organization: String,
    /// The kind.
    pub(crate) kind: Kind,
    /// How many records counted.
    pub(crate) records: i64,
    /// What they come to.
    pub(crate) counts: Counts,
}

/// Writes the rows of the records a batch changed.
pub(super) async fn write(tx: &DatabaseTransaction, batch: &Batch<'_>) -> Result<(), DbErr> {
    let rows: Vec<_> = batch
        .changed::<Record>()
        .filter_map(|(_, _, it)| Some(row(batch.district(), it.content.as_ref()?, it.revision)))
        .collect();
    use entity::Column as C;
    let newest = OnConflict::columns([C::District, C::Source, C::Record])
        .update_columns([
            C::Kind,
            C::Organization,
            C::Day,
            C::Total,
            C::OnTime,
            C::Satisfied,
            C::Repeated,
            C::Withdrawn,
            C::Revision,
        ])
        .to_owned();
    for part in super::parts(&rows) {
        entity::Entity::insert_many(part.to_vec())
            .on_conflict(newest.clone())
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

impl Store {
    /// Records behind `after`, by source and record.
    pub(crate) async fn outside_records(
        &self,
        district: &str,
        filter: &Filter,
        after: Option<(String, String)>,
        limit: u64,
    ) -> Result<Vec<(Content, i64)>, DbErr> {
        use entity::Column as C;
        let behind = after.map(|(source, record)| {
            let same = Condition::all()
                .add(C::Source.eq(source.clone()))
                .add(C::Record.gt(record));
            Condition::any().add(C::Source.gt(source)).add(same)
        });
        let rows = entity::Entity::find()
            .filter(condition(district, filter).add_option(behind))
            .order_by_asc(C::Source)
            .order_by_asc(C::Record)
            .limit(limit)
            .all(self.db().read())
            .await?;
        rows.into_iter()
            .map(|row| {
                let revision = row.revision;
                Ok((content(row)?, revision))
            })
            .collect()
    }

    /// What the records of a period come to, by organization and kind.
    pub(crate) async fn outside_totals(
        &self,
        district: &str,
        filter: &Filter,
    ) -> Result<Vec<Total>, DbErr> {
        totals(self.db().read(), district, filter).await
    }
}

async fn totals(
    db: &impl ConnectionTrait,
    district: &str,
    filter: &Filter,
) -> Result<Vec<Total>, DbErr> {
    use entity::Column as C;
    let sum = |column: C| {
        use sea_orm::sea_query::{Alias, ExprTrait};
        // PostgreSQL sums integers to a decimal.
        column.sum().cast_as(Alias::new("bigint"))
    };
    let rows: Vec<(String, String, i64, i64, i64, i64, i64)> = entity::Entity::find()
        .select_only()
        .column(C::Organization)
        .column(C::Kind)
        .expr(C::Record.count())
        .expr(sum(C::Total))
        .expr(sum(C::OnTime))
        .expr(sum(C::Satisfied))
        .expr(sum(C::Repeated))
        .filter(condition(district, filter).add(C::Withdrawn.eq(false)))
        .group_by(C::Organization)
        .group_by(C::Kind)
        .order_by_asc(C::Organization)
        .order_by_asc(C::Kind)
        .into_tuple()
        .all(db)
        .await?;
    rows.into_iter()
        .map(
            |(organization, word, records, total, on_time, satisfied, repeated)| {
                Ok(Total {
                    organization,
                    kind: kind(&word)?,
                    records,
                    counts: Counts {
                        total,
                        on_time,
                        satisfied,
                        repeated,
                    },
                })
            },
        )
        .collect()
}

fn condition(district: &str, filter: &Filter) -> Condition {
    use entity::Column as C;
    let days = filter
        .period
        .map(|it| C::Day.between(it.first_day().to_string(), it.last_day().to_string()));
    Condition::all()
        .add(C::District.eq(district))
        .add_option(filter.source.as_ref().map(|it| C::Source.eq(it.as_str())))
        .add_option(
            filter
                .organization
                .as_ref()
                .map(|it| C::Organization.eq(it.as_str())),
        )
        .add_option(days)
}

fn row(district: &str, it: &Content, revision: i64) -> entity::ActiveModel {
    entity::ActiveModel {
        district: Set(district.to_owned()),
        source: Set(it.source.clone()),
        record: Set(it.record.clone()),
        kind: Set(it.kind.word().to_owned()),
        organization: Set(it.organization.clone()),
        day: Set(it.day.to_string()),
        total: Set(it.counts.total),
        on_time: Set(it.counts.on_time),
        satisfied: Set(it.counts.satisfied),
        repeated: Set(it.counts.repeated),
        withdrawn: Set(it.withdrawn),
        revision: Set(revision),
    }
}

fn content(row: entity::Model) -> Result<Content, DbErr> {
    Ok(Content {
        source: row.source,
        record: row.record,
        kind: kind(&row.kind)?,
        organization: row.organization,
        day: parse_day(&row.day).ok_or_else(|| DbErr::Type(format!("no day: {}", row.day)))?,
        counts: Counts {
            total: row.total,
            on_time: row.on_time,
            satisfied: row.satisfied,
            repeated: row.repeated,
        },
        withdrawn: row.withdrawn,
    })
}

fn kind(word: &str) -> Result<Kind, DbErr> {
    Kind::named(word).ok_or_else(|| DbErr::Type(format!("no kind of outside record: {word}")))
}
