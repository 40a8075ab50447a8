//! Facts between tables and domain.

use std::collections::BTreeMap;

use liandong_kit::db::{from_micros, micros};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, Iterable, QueryFilter,
    QueryOrder, QuerySelect, sea_query::OnConflict,
};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::{
    bare,
    entity::{case_fact, fact, task_fact},
    evidence,
};
use crate::domain::{
    event::{CaseSnapshot, Standing},
    fact::{CaseFact, Finished, RoundFact, TaskFact},
    period::civil_day,
};

/// The facts of these tasks; tasks without any are left out.
pub(crate) async fn tasks(
    db: &impl ConnectionTrait,
    district: &str,
    ids: &[Uuid],
) -> Result<BTreeMap<Uuid, TaskFact>, DbErr> {
    let mut facts: BTreeMap<Uuid, TaskFact> = BTreeMap::new();
    for part in super::parts(ids) {
        for (task, at, round) in bare::rounds_of(db, district, part).await? {
            let known = facts.entry(task).or_default();
            known.rounds.insert(at, round);
        }
        for (task, at, it) in evidence::of(db, district, part).await? {
            let known = facts.get_mut(&task).and_then(|it| it.rounds.get_mut(&at));
            if let Some(round) = known {
                round.evidence.insert(it.position, it);
            }
        }
        let finished = task_fact::Entity::find()
            .filter(task_fact::Column::District.eq(district))
            .filter(task_fact::Column::Task.is_in(part.iter().copied()));
        for row in finished.all(db).await? {
            facts.entry(row.task).or_default().finished = Some(finish(&row)?);
        }
    }
    for (task, position, it) in super::sheets::revisits(db, district, ids).await? {
        let known = facts.entry(task).or_default();
        known.revisits.insert(position, it);
    }
    for it in super::sheets::exemptions(db, district, ids).await? {
        facts.entry(it.task).or_default().exempt(&it);
    }
    Ok(facts)
}

/// The next tasks that have facts, by id, at most `limit`.
pub(crate) async fn tasks_after(
    db: &impl ConnectionTrait,
    district: &str,
    after: Option<Uuid>,
    limit: u64,
) -> Result<BTreeMap<Uuid, TaskFact>, DbErr> {
    let after = after.unwrap_or(Uuid::nil());
    let with_rounds: Vec<Uuid> = fact::Entity::find()
        .select_only()
        .column(fact::Column::Task)
        .distinct()
        .filter(fact::Column::District.eq(district))
        .filter(fact::Column::Task.gt(after))
        .order_by_asc(fact::Column::Task)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    let finished: Vec<Uuid> = task_fact::Entity::find()
        .select_only()
        .column(task_fact::Column::Task)
        .filter(task_fact::Column::District.eq(district))
        .filter(task_fact::Column::Task.gt(after))
        .order_by_asc(task_fact::Column::Task)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    let mut ids: Vec<Uuid> = [with_rounds, finished].concat();
    ids.sort_unstable();
    ids.dedup();
    ids.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    tasks(db, district, &ids).await
}

/// The facts of these cases; unknown ones are left out.
pub(crate) async fn cases(
    db: &impl ConnectionTrait,
    district: &str,
    ids: &[Uuid],
) -> Result<BTreeMap<Uuid, CaseFact>, DbErr> {
    let mut facts = BTreeMap::new();
    for part in super::parts(ids) {
        let rows = case_fact::Entity::find()
            .filter(case_fact::Column::District.eq(district))
            .filter(case_fact::Column::CaseId.is_in(part.iter().copied()))
            .all(db)
            .await?;
        for row in rows {
            facts.insert(row.case_id, case(row)?);
        }
    }
    Ok(facts)
}

/// The next cases, by id, at most `limit`.
pub(crate) async fn cases_after(
    db: &impl ConnectionTrait,
    district: &str,
    after: Option<Uuid>,
    limit: u64,
) -> Result<BTreeMap<Uuid, CaseFact>, DbErr> {
    let rows = case_fact::Entity::find()
        .filter(case_fact::Column::District.eq(district))
        .filter(case_fact::Column::CaseId.gt(after.unwrap_or(Uuid::nil())))
        .order_by_asc(case_fact::Column::CaseId)
        .limit(limit)
        .all(db)
        .await?;
    rows.into_iter()
        .map(|row| Ok((row.case_id, case(row)?)))
        .collect()
}

/// Saves rounds as they are now; what they rest on is [`super::evidence`].
pub(crate) async fn save_rounds(
    tx: &impl ConnectionTrait,
    district: &str,
    rounds: &[(Uuid, (i32, i32), &RoundFact)],
) -> Result<(), DbErr> {
    use fact::Column as C;
    let key = [C::District, C::Task, C::Assignment, C::Round];
    for part in super::parts(rounds) {
        let rows = { part.iter() }.map(|(task, at, it)| round_row(district, *task, *at, it));
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        let others = OnConflict::columns(key)
            .update_columns(C::iter().filter(|it| !is_key(it, &key)))
            .to_owned();
        let insert = fact::Entity::insert_many(rows).on_conflict(others);
        insert.exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Saves how tasks finished.
pub(crate) async fn save_finished(
    tx: &impl ConnectionTrait,
    district: &str,
    finished: &[(Uuid, &Finished)],
) -> Result<(), DbErr> {
    use task_fact::Column as T;
    let row = |(task, it): &(Uuid, &Finished)| -> Result<_, DbErr> {
        Ok(task_fact::ActiveModel {
            district: Set(district.to_owned()),
            task: Set(*task),
            finished_at: Set(micros(it.at)),
            cases: Set(it.cases),
            evidence: Set(super::json(&it.evidence)?),
        })
    };
    for part in super::parts(finished) {
        let rows = part.iter().map(row).collect::<Result<Vec<_>, _>>()?;
        let others = OnConflict::columns([T::District, T::Task])
            .update_columns([T::FinishedAt, T::Cases, T::Evidence])
            .to_owned();
        let insert = task_fact::Entity::insert_many(rows).on_conflict(others);
        insert.exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Saves cases as they are now.
pub(crate) async fn save_cases(
    tx: &impl ConnectionTrait,
    district: &str,
    cases: &[(Uuid, &CaseFact)],
) -> Result<(), DbErr> {
    use case_fact::Column as C;
    let key = [C::District, C::CaseId];
    for part in super::parts(cases) {
        let row = |(id, it): &(Uuid, &CaseFact)| -> Result<_, DbErr> {
            Ok(case_fact::ActiveModel {
                district: Set(district.to_owned()),
                case_id: Set(*id),
                version: Set(it.version),
                organization: Set(it.snapshot.organization.clone()),
                area: Set(it.snapshot.area.clone()),
                matter: Set(it.snapshot.matter.clone()),
                source: Set(it.snapshot.source.clone()),
                reported_at: Set(it.snapshot.reported_at.map(micros)),
                filed_at: Set(it.snapshot.filed_at.map(micros)),
                closed_at: Set(it.snapshot.closed_at.map(micros)),
                stages: Set(super::json(&it.snapshot.stages)?),
            })
        };
        let rows = part.iter().map(row).collect::<Result<Vec<_>, _>>()?;
        let others = OnConflict::columns(key)
            .update_columns(C::iter().filter(|it| !is_key(it, &key)))
            .to_owned();
        let insert = case_fact::Entity::insert_many(rows).on_conflict(others);
        insert.exec_without_returning(tx).await?;
    }
    Ok(())
}

fn is_key<C: ColumnTrait>(column: &C, key: &[C]) -> bool {
    key.iter().any(|it| it.as_str() == column.as_str())
}

fn round_row(
    district: &str,
    task: Uuid,
    (assignment, round): (i32, i32),
    fact: &RoundFact,
) -> Result<fact::ActiveModel, DbErr> {
    let it = &fact.snapshot;
    let days = days(fact);
    let time = |at: Option<OffsetDateTime>| Set(at.map(micros));
    Ok(fact::ActiveModel {
        district: Set(district.to_owned()),
        task: Set(task),
        assignment: Set(assignment),
        round: Set(round),
        version: Set(fact.version),
        organization: Set(it.organization.clone()),
        area: Set(it.area.clone()),
        matter: Set(it.matter.clone()),
        source: Set(it.source.clone()),
        role: Set(it.role.clone()),
        standing: Set(standing_text(it.standing).to_owned()),
        offered_at: time(it.offered_at),
        sign_due_at: time(it.sign.due_at),
        signed_at: time(it.sign.done_at),
        sign_overdue_at: time(it.sign.overdue_at),
        on_site_due_at: time(it.on_site.due_at),
        on_site_at: time(it.on_site.done_at),
        on_site_overdue_at: time(it.on_site.overdue_at),
        disposal_due_at: time(it.disposal.due_at),
        reported_at: time(it.disposal.done_at),
        disposal_overdue_at: time(it.disposal.overdue_at),
        checked_at: time(it.check.map(|check| check.at)),
        check_passed: Set(it.check.map(|check| check.passed)),
        extensions: Set(it.extensions),
        rulings: Set(super::json(&fact.rulings)?),
        first_day: Set(days.first().map(Date::to_string).unwrap_or_default()),
        last_day: Set(days.last().map(Date::to_string).unwrap_or_default()),
        organizer: Set(it.organizer.clone()),
        checker: Set(it.checker.clone()),
    })
}

/// The civil days on which something of a round is dated, ascending: no finding of it lies outside them.
fn days(fact: &RoundFact) -> Vec<Date> {
    let it = &fact.snapshot;
    let clocks = [it.sign, it.on_site, it.disposal];
    let clocks = clocks.map(|it| [it.due_at, it.done_at, it.overdue_at]);
    let others = [it.offered_at, it.check.map(|check| check.at)];
    let rulings = fact.rulings.values().map(|it| Some(it.at));
    let times = clocks.into_iter().flatten().chain(others).chain(rulings);
    let mut days: Vec<Date> = times.flatten().map(civil_day).collect();
    days.sort_unstable();
    days
}

fn finish(row: &task_fact::Model) -> Result<Finished, DbErr> {
    Ok(Finished {
        at: from_micros(row.finished_at),
        cases: row.cases,
        evidence: super::from_json(&row.evidence)?,
    })
}

fn case(row: case_fact::Model) -> Result<CaseFact, DbErr> {
    Ok(CaseFact {
        version: row.version,
        snapshot: CaseSnapshot {
            organization: row.organization,
            area: row.area,
            matter: row.matter,
            source: row.source,
            reported_at: row.reported_at.map(from_micros),
            filed_at: row.filed_at.map(from_micros),
            closed_at: row.closed_at.map(from_micros),
            stages: super::from_json(&row.stages)?,
        },
    })
}

fn standing_text(standing: Standing) -> &'static str {
    match standing {
        Standing::Owing => "OWING",
        Standing::Released => "RELEASED",
        Standing::Uncounted => "UNCOUNTED",
    }
}

pub(super) fn standing(text: &str) -> Result<Standing, DbErr> {
    [Standing::Owing, Standing::Released, Standing::Uncounted]
        .into_iter()
        .find(|it| standing_text(*it) == text)
        .ok_or_else(|| DbErr::Type(format!("unknown standing {text}")))
}
