//! Sheets, exemptions and decisions between tables and domain.

use std::collections::{BTreeMap, BTreeSet};

use liandong_kit::db::{from_micros, micros};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter,
    QueryOrder, QuerySelect, sea_query::OnConflict,
};
use time::Duration;
use uuid::Uuid;

use super::entity::{decision, exemption, revisit, sheet};
use crate::domain::{
    decision::{Decided, Exemption, Topic},
    fact::Revisit,
    period::{Period, midnight},
    sheet::Sheet,
};

/// Which sheet: its kind and its id.
pub(crate) type SheetKey = (String, Uuid);

/// These sheets; unknown ones are left out.
pub(crate) async fn sheets(
    db: &impl ConnectionTrait,
    district: &str,
    keys: &BTreeSet<SheetKey>,
) -> Result<BTreeMap<SheetKey, Sheet>, DbErr> {
    let ids: Vec<Uuid> = keys.iter().map(|(_, id)| *id).collect();
    let mut sheets = sheets_of(db, district, &ids).await?;
    sheets.retain(|key, _| keys.contains(key));
    Ok(sheets)
}

/// The sheets of these ids, of whatever kind; unknown ones are left out.
pub(crate) async fn sheets_of(
    db: &impl ConnectionTrait,
    district: &str,
    ids: &[Uuid],
) -> Result<BTreeMap<SheetKey, Sheet>, DbErr> {
    let mut sheets = BTreeMap::new();
    for part in super::parts(ids) {
        let rows = sheet::Entity::find()
            .filter(sheet::Column::District.eq(district))
            .filter(sheet::Column::Id.is_in(part.iter().copied()));
        for row in rows.all(db).await? {
            sheets.insert((row.kind, row.id), super::from_json(&row.content)?);
        }
    }
    Ok(sheets)
}

/// The next sheets, by kind and id, at most `limit`.
pub(crate) async fn sheets_after(
    db: &impl ConnectionTrait,
    district: &str,
    after: Option<&SheetKey>,
    limit: u64,
) -> Result<BTreeMap<SheetKey, Sheet>, DbErr> {
    use sheet::Column as C;
    let mut select = sheet::Entity::find().filter(C::District.eq(district));
    if let Some((kind, id)) = after {
        let same = C::Kind.eq(kind.as_str()).and(C::Id.gt(*id));
        select = select.filter(C::Kind.gt(kind.as_str()).or(same));
    }
    let rows = select
        .order_by_asc(C::Kind)
        .order_by_asc(C::Id)
        .limit(limit)
        .all(db)
        .await?;
    let read = |row: sheet::Model| Ok(((row.kind, row.id), super::from_json(&row.content)?));
    rows.into_iter().map(read).collect()
}

/// Saves sheets as they are now.
pub(crate) async fn save_sheets(
    tx: &impl ConnectionTrait,
    district: &str,
    sheets: &[&Sheet],
) -> Result<(), DbErr> {
    use sheet::Column as C;
    let row = |it: &&Sheet| -> Result<_, DbErr> {
        Ok(sheet::ActiveModel {
            district: Set(district.to_owned()),
            kind: Set(it.kind.clone()),
            id: Set(it.id),
            content: Set(super::json(it)?),
        })
    };
    for part in super::parts(sheets) {
        let rows = part.iter().map(row).collect::<Result<Vec<_>, _>>()?;
        let others = OnConflict::columns([C::District, C::Kind, C::Id])
            .update_column(C::Content)
            .to_owned();
        let insert = sheet::Entity::insert_many(rows).on_conflict(others);
        insert.exec_without_returning(tx).await?;
    }
    Ok(())
}

/// The looks at these tasks' results, with the positions of their events.
pub(crate) async fn revisits(
    db: &impl ConnectionTrait,
    district: &str,
    tasks: &[Uuid],
) -> Result<Vec<(Uuid, i64, Revisit)>, DbErr> {
    let mut found = vec![];
    for part in super::parts(tasks) {
        let rows = revisit::Entity::find()
            .filter(revisit::Column::District.eq(district))
            .filter(revisit::Column::Task.is_in(part.iter().copied()));
        for row in rows.all(db).await? {
            found.push(looked(row)?);
        }
    }
    Ok(found)
}

/// The looks at the results of the tasks behind one and up to another, with the positions of their events.
pub(crate) async fn revisits_between(
    db: &impl ConnectionTrait,
    district: &str,
    after: Uuid,
    upto: Uuid,
) -> Result<Vec<(Uuid, i64, Revisit)>, DbErr> {
    let rows = revisit::Entity::find()
        .filter(revisit::Column::District.eq(district))
        .filter(revisit::Column::Task.gt(after))
        .filter(revisit::Column::Task.lte(upto));
    rows.all(db).await?.into_iter().map(looked).collect()
}

fn looked(row: revisit::Model) -> Result<(Uuid, i64, Revisit), DbErr> {
    let revisit = Revisit {
        at: from_micros(row.at),
        passed: row.passed,
        evidence: super::from_json(&row.evidence)?,
    };
    Ok((row.task, row.position, revisit))
}

/// The tasks whose results were looked at in a period.
pub(crate) async fn revisited_in(
    db: &impl ConnectionTrait,
    district: &str,
    period: Period,
) -> Result<Vec<Uuid>, DbErr> {
    let (from, to) = (midnight(period.first_day()), midnight(period.last_day()));
    revisit::Entity::find()
        .select_only()
        .column(revisit::Column::Task)
        .distinct()
        .filter(revisit::Column::District.eq(district))
        .filter(revisit::Column::At.gte(micros(from)))
        .filter(revisit::Column::At.lt(micros(to + Duration::DAY)))
        .into_tuple()
        .all(db)
        .await
}

/// Keeps looks at results that are new.
pub(crate) async fn save_revisits(
    tx: &impl ConnectionTrait,
    district: &str,
    new: &[(Uuid, i64, &Revisit)],
) -> Result<(), DbErr> {
    let row = |(task, position, it): &(Uuid, i64, &Revisit)| -> Result<_, DbErr> {
        Ok(revisit::ActiveModel {
            district: Set(district.to_owned()),
            task: Set(*task),
            position: Set(*position),
            at: Set(micros(it.at)),
            passed: Set(it.passed),
            evidence: Set(super::json(&it.evidence)?),
        })
    };
    for part in super::parts(new) {
        let rows = part.iter().map(row).collect::<Result<Vec<_>, _>>()?;
        revisit::Entity::insert_many(rows)
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

/// What is exempt of these tasks.
pub(crate) async fn exemptions(
    db: &impl ConnectionTrait,
    district: &str,
    tasks: &[Uuid],
) -> Result<Vec<Exemption>, DbErr> {
    let mut exempt = vec![];
    for part in super::parts(tasks) {
        let rows = exemption::Entity::find()
            .filter(exemption::Column::District.eq(district))
            .filter(exemption::Column::Task.is_in(part.iter().copied()));
        for row in rows.all(db).await? {
            exempt.push(exempted(row)?);
        }
    }
    Ok(exempt)
}

/// What is exempt of the tasks behind one and up to another.
pub(crate) async fn exemptions_between(
    db: &impl ConnectionTrait,
    district: &str,
    after: Uuid,
    upto: Uuid,
) -> Result<Vec<Exemption>, DbErr> {
    let rows = exemption::Entity::find()
        .filter(exemption::Column::District.eq(district))
        .filter(exemption::Column::Task.gt(after))
        .filter(exemption::Column::Task.lte(upto));
    rows.all(db).await?.into_iter().map(exempted).collect()
}

fn exempted(row: exemption::Model) -> Result<Exemption, DbErr> {
    Ok(Exemption {
        task: row.task,
        assignment: row.assignment,
        round: row.round,
        topic: Topic::named(&row.topic)
            .ok_or_else(|| DbErr::Type(format!("unknown topic {}", row.topic)))?,
        occasion: row.occasion,
    })
}

/// Saves exemptions of tasks; those that are there stay. A sheet knows its own.
pub(crate) async fn save_exemptions(
    tx: &impl ConnectionTrait,
    district: &str,
    exempt: &[Exemption],
) -> Result<(), DbErr> {
    use exemption::Column as C;
    let row = |it: &Exemption| exemption::ActiveModel {
        district: Set(district.to_owned()),
        task: Set(it.task),
        assignment: Set(it.assignment),
        round: Set(it.round),
        topic: Set(it.topic.name().to_owned()),
        occasion: Set(it.occasion),
    };
    for part in super::parts(exempt) {
        let key = [
            C::District,
            C::Task,
            C::Assignment,
            C::Round,
            C::Topic,
            C::Occasion,
        ];
        let there = OnConflict::columns(key).do_nothing().to_owned();
        let insert = exemption::Entity::insert_many(part.iter().map(row)).on_conflict(there);
        insert.exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Keeps decisions with the place they took effect at.
pub(crate) async fn save_decisions(
    tx: &impl ConnectionTrait,
    district: &str,
    decided: &[Decided],
) -> Result<(), DbErr> {
    let row = |it: &Decided| -> Result<_, DbErr> {
        Ok(decision::ActiveModel {
            district: Set(district.to_owned()),
            number: Set(it.number),
            after: Set(it.after),
            reference: Set(super::json(&it.reference)?),
            recorded_at: Set(micros(it.recorded_at)),
            decision: Set(super::json(&it.decision)?),
        })
    };
    for part in super::parts(decided) {
        let rows = part.iter().map(row).collect::<Result<Vec<_>, _>>()?;
        decision::Entity::insert_many(rows)
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

/// The decisions behind a number, in their order, at most `limit`.
pub(crate) async fn decisions_after(
    db: &impl ConnectionTrait,
    district: &str,
    after: i64,
    limit: u64,
) -> Result<Vec<Decided>, DbErr> {
    use decision::Column as C;
    let rows = decision::Entity::find()
        .filter(C::District.eq(district))
        .filter(C::Number.gt(after))
        .order_by_asc(C::Number)
        .limit(limit)
        .all(db)
        .await?;
    let read = |row: decision::Model| -> Result<_, DbErr> {
        Ok(Decided {
            number: row.number,
            after: row.after,
            reference: super::from_json(&row.reference)?,
            recorded_at: from_micros(row.recorded_at),
            decision: super::from_json(&row.decision)?,
        })
    };
    rows.into_iter().map(read).collect()
}

/// The number of the last decision; 0 before the first.
pub(crate) async fn last_decision(db: &impl ConnectionTrait, district: &str) -> Result<i64, DbErr> {
    let last = decision::Entity::find()
        .select_only()
        .column(decision::Column::Number)
        .filter(decision::Column::District.eq(district))
        .order_by_desc(decision::Column::Number)
        .into_tuple::<i64>()
        .one(db)
        .await?;
    Ok(last.unwrap_or(0))
}
