//! The ledger's table. Rows are only ever added.

use std::collections::{BTreeMap, HashMap, HashSet};

use liandong_kit::db::{from_micros, micros};
use rust_decimal::{Decimal, prelude::ToPrimitive};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QuerySelect,
    sea_query::{Expr, OnConflict},
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::entity::{entry, ledger_head};
use crate::domain::{
    entry::{Content, Entry, GENESIS, Head, Slot},
    number::POINT_PLACES,
    period::{Period, parse_day},
    totals::add_entry,
};

/// Which entries are listed; empty fields do not narrow it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    /// Only of this organization.
    pub(crate) organization: Option<String>,
    /// Only with a day in this period.
    pub(crate) period: Option<Period>,
    /// Only of this task.
    pub(crate) task: Option<Uuid>,
    /// Only of this rule.
    pub(crate) rule: Option<String>,
    /// Only of this scheme.
    pub(crate) scheme: Option<String>,
    /// Only of this indicator of this scheme.
    pub(crate) indicator: Option<(String, String)>,
    /// Only those that stand: neither reversed nor reversing.
    pub(crate) standing: bool,
}

/// In which order entries are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    /// As they were written.
    Sequence,
    /// Deductions first, the largest first; then as they were written.
    Weight,
}

/// The end of a district's ledger, as the transaction that locks it sees it.
#[derive(Clone, Debug)]
pub(crate) struct End {
    /// Where it ends.
    pub(crate) head: Head,
    /// How many versions of schemes the district has put in force.
    pub(crate) schemes: i64,
    /// The latest instant of which anything is known.
    pub(crate) latest_at: OffsetDateTime,
    /// The event of dispatch's log that was applied last, if it is known.
    pub(crate) last: Option<Last>,
}

/// An event and its place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Last {
    /// Its position.
    pub(crate) position: i64,
    /// Its id.
    pub(crate) event: Uuid,
}

impl From<ledger_head::Model> for End {
    fn from(row: ledger_head::Model) -> Self {
        Self {
            head: Head {
                sequence: row.sequence,
                hash: row.hash,
            },
            schemes: row.schemes,
            latest_at: from_micros(row.latest_at),
            last: row.last_event.map(|event| Last {
                position: row.last_position,
                event,
            }),
        }
    }
}

/// Locks the end of a district's ledger until the transaction ends; makes it for the first batch.
pub(crate) async fn lock(tx: &impl ConnectionTrait, district: &str) -> Result<End, DbErr> {
    let nothing = OnConflict::column(ledger_head::Column::District)
        .do_nothing()
        .to_owned();
    let first = ledger_head::ActiveModel {
        district: Set(district.to_owned()),
        sequence: Set(0),
        hash: Set(GENESIS.to_owned()),
        schemes: Set(0),
        latest_at: Set(0),
        last_event: Set(None),
        last_position: Set(0),
    };
    let insert = ledger_head::Entity::insert(first).on_conflict(nothing);
    insert.exec_without_returning(tx).await?;
    let row = ledger_head::Entity::find_by_id(district)
        .lock_exclusive()
        .one(tx)
        .await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound(format!("ledger of {district}")))?;
    Ok(row.into())
}

/// Where a district's ledger ends.
pub(crate) async fn end(db: &impl ConnectionTrait, district: &str) -> Result<End, DbErr> {
    let row = ledger_head::Entity::find_by_id(district).one(db).await?;
    Ok(row.map_or_else(
        || End {
            head: Head::default(),
            schemes: 0,
            latest_at: OffsetDateTime::UNIX_EPOCH,
            last: None,
        },
        End::from,
    ))
}

/// The last entry of a district's ledger.
pub(crate) async fn head(db: &impl ConnectionTrait, district: &str) -> Result<Head, DbErr> {
    Ok(end(db, district).await?.head)
}

/// The districts that have a ledger.
pub(crate) async fn districts(db: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    let rows = ledger_head::Entity::find().order_by_asc(ledger_head::Column::District);
    Ok(rows
        .all(db)
        .await?
        .into_iter()
        .map(|row| row.district)
        .collect())
}

/// Appends entries and moves the end there.
pub(crate) async fn append(
    tx: &impl ConnectionTrait,
    district: &str,
    entries: &[Entry],
    end: &End,
) -> Result<(), DbErr> {
    let mut sums = BTreeMap::new();
    for entry in entries {
        add_entry(&mut sums, entry);
    }
    super::totals::add_points(tx, district, &sums).await?;
    for part in super::parts(entries) {
        let rows = part
            .iter()
            .map(|it| to_row(district, it))
            .collect::<Result<Vec<_>, _>>()?;
        entry::Entity::insert_many(rows)
            .exec_without_returning(tx)
            .await?;
    }
    ledger_head::Entity::update_many()
        .col_expr(ledger_head::Column::Sequence, end.head.sequence.into())
        .col_expr(ledger_head::Column::Hash, end.head.hash.clone().into())
        .col_expr(ledger_head::Column::Schemes, end.schemes.into())
        .col_expr(ledger_head::Column::LatestAt, micros(end.latest_at).into())
        .col_expr(
            ledger_head::Column::LastEvent,
            end.last.map(|it| it.event).into(),
        )
        .col_expr(
            ledger_head::Column::LastPosition,
            end.last.map_or(0, |it| it.position).into(),
        )
        .filter(ledger_head::Column::District.eq(district))
        .exec(tx)
        .await?;
    Ok(())
}

/// The standing entries of these tasks.
pub(crate) async fn standing(
    tx: &impl ConnectionTrait,
    district: &str,
    tasks: &[Uuid],
) -> Result<Vec<Entry>, DbErr> {
    let mut entries: HashMap<i64, Entry> = HashMap::new();
    let mut reversed = HashSet::new();
    for part in super::parts(tasks) {
        let rows = entry::Entity::find()
            .filter(entry::Column::District.eq(district))
            .filter(entry::Column::Task.is_in(part.iter().copied()));
        for row in rows.all(tx).await? {
            let entry = from_row(row)?;
            if entry.reverses == 0 {
                entries.insert(entry.sequence, entry);
            } else {
                reversed.insert(entry.reverses);
            }
        }
    }
    entries.retain(|sequence, _| !reversed.contains(sequence));
    Ok(entries.into_values().collect())
}

/// Entries, each with the sequence of the one that reverses it. Of `after` only what comes behind it in the order
/// of the ledger.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    district: &str,
    filter: &Filter,
    sort: Sort,
    after: i64,
    limit: u64,
) -> Result<Vec<(Entry, Option<i64>)>, DbErr> {
    let mut select = entry::Entity::find()
        .filter(condition(district, filter))
        .filter(entry::Column::Sequence.gt(after))
        .limit(limit);
    if sort == Sort::Weight {
        select = select.order_by_asc(entry::Column::Points);
    }
    let rows = select.order_by_asc(entry::Column::Sequence).all(db).await?;
    let entries = rows
        .into_iter()
        .map(from_row)
        .collect::<Result<Vec<_>, _>>()?;
    let mut reversed = BTreeMap::new();
    for part in super::parts(&entries) {
        let pairs: Vec<(i64, i64)> = entry::Entity::find()
            .select_only()
            .columns([entry::Column::Reverses, entry::Column::Sequence])
            .filter(entry::Column::District.eq(district))
            .filter(entry::Column::Reverses.is_in(part.iter().map(|it| it.sequence)))
            .into_tuple()
            .all(db)
            .await?;
        reversed.extend(pairs);
    }
    Ok(entries
        .into_iter()
        .map(|it| {
            let by = reversed.get(&it.sequence).copied();
            (it, by)
        })
        .collect())
}

/// How many entries there are, and the sum of their points per organization.
pub(crate) async fn totals(
    db: &impl ConnectionTrait,
    district: &str,
    filter: &Filter,
) -> Result<BTreeMap<String, (i64, Decimal)>, DbErr> {
    let rows: Vec<(String, i64, i64)> = entry::Entity::find()
        .select_only()
        .column(entry::Column::Organization)
        .column_as(entry::Column::Sequence.count(), "entries")
        .column_as(
            Expr::col(entry::Column::Points).sum().cast_as("bigint"),
            "points",
        )
        .filter(condition(district, filter))
        .group_by(entry::Column::Organization)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(it, entries, points)| (it, (entries, decimal(points))))
        .collect())
}

fn condition(district: &str, filter: &Filter) -> sea_orm::Condition {
    use entry::Column as C;
    let standing = || {
        let mut reversals = sea_orm::sea_query::Query::select();
        reversals
            .column(C::Reverses)
            .from(entry::Entity)
            .and_where(C::District.eq(district))
            .and_where(C::Reverses.ne(0));
        sea_orm::Condition::all()
            .add(C::Reverses.eq(0))
            .add(C::Sequence.not_in_subquery(reversals))
    };
    sea_orm::Condition::all()
        .add(C::District.eq(district))
        .add_option(
            filter
                .organization
                .as_ref()
                .map(|it| C::Organization.eq(it.as_str())),
        )
        .add_option(
            filter
                .period
                .map(|it| C::Day.between(it.first_day().to_string(), it.last_day().to_string())),
        )
        .add_option(filter.task.map(|it| C::Task.eq(it)))
        .add_option(filter.rule.as_ref().map(|it| C::Rule.eq(it.as_str())))
        .add_option(filter.scheme.as_ref().map(|it| C::Scheme.eq(it.as_str())))
        .add_option(filter.indicator.as_ref().map(|(scheme, indicator)| {
            C::Scheme
                .eq(scheme.as_str())
                .and(C::Indicator.eq(indicator.as_str()))
        }))
        .add_option(filter.standing.then(standing))
}

fn to_row(district: &str, it: &Entry) -> Result<entry::ActiveModel, DbErr> {
    let Content { slot, .. } = &it.content;
    Ok(entry::ActiveModel {
        district: Set(district.to_owned()),
        sequence: Set(it.sequence),
        task: Set(slot.task),
        assignment: Set(slot.assignment),
        round: Set(slot.round),
        scheme: Set(slot.scheme.clone()),
        rule: Set(slot.rule.clone()),
        occasion: Set(slot.occasion),
        version: Set(it.content.version),
        title: Set(it.content.title.clone()),
        indicator: Set(it.content.indicator.clone()),
        organization: Set(it.content.organization.clone()),
        day: Set(it.content.day.to_string()),
        coefficient: Set(whole(it.content.coefficient)?),
        points: Set(whole(it.content.points)?),
        formula: Set(it.content.formula.clone()),
        inputs: Set(super::json(&it.content.inputs)?),
        evidence: Set(super::json(&it.content.evidence)?),
        cause: Set(super::json(&it.cause)?),
        reverses: Set(it.reverses),
        recorded_at: Set(micros(it.recorded_at)),
        posted_at: Set(micros(it.posted_at)),
        previous_hash: Set(it.previous_hash.clone()),
        hash: Set(it.hash.clone()),
    })
}

fn from_row(row: entry::Model) -> Result<Entry, DbErr> {
    Ok(Entry {
        sequence: row.sequence,
        content: Content {
            slot: Slot {
                task: row.task,
                assignment: row.assignment,
                round: row.round,
                scheme: row.scheme,
                rule: row.rule,
                occasion: row.occasion,
            },
            version: row.version,
            title: row.title,
            indicator: row.indicator,
            organization: row.organization,
            day: parse_day(&row.day)
                .ok_or_else(|| DbErr::Type(format!("not a day: {}", row.day)))?,
            coefficient: decimal(row.coefficient),
            points: decimal(row.points),
            formula: row.formula,
            inputs: super::from_json(&row.inputs)?,
            evidence: super::from_json(&row.evidence)?,
        },
        reverses: row.reverses,
        cause: super::from_json(&row.cause)?,
        recorded_at: from_micros(row.recorded_at),
        posted_at: from_micros(row.posted_at),
        previous_hash: row.previous_hash,
        hash: row.hash,
    })
}

/// Whole ten-thousandths.
pub(super) fn whole(value: Decimal) -> Result<i64, DbErr> {
    let scaled = value.checked_mul(Decimal::from(10_i64.pow(POINT_PLACES)));
    let whole = scaled
        .filter(Decimal::is_integer)
        .and_then(|it| it.to_i64());
    whole.ok_or_else(|| DbErr::Type(format!("{value} has no place in the ledger")))
}

pub(super) fn decimal(whole: i64) -> Decimal {
    Decimal::new(whole, POINT_PLACES)
}
