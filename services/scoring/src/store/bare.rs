//! Facts without what they rest on, many at a time: enough to count and to judge by, and a small part of their weight.

use std::collections::BTreeMap;

use liandong_kit::db::from_micros;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Select,
};
use uuid::Uuid;

use super::{
    entity::{fact, task_fact},
    facts,
    packed::{self, Fields, PACKED},
    sheets,
};
use crate::domain::{
    event::{Check, Clock, Snapshot},
    fact::{Finished, RoundFact, TaskFact},
    period::Period,
};

/// Rows per page.
pub(super) const PAGE: u64 = 8192;

/// The columns of a round, in the order they are read in.
const ROUND: [fact::Column; 25] = {
    use fact::Column as C;
    [
        C::Assignment,
        C::Round,
        C::Version,
        C::Organization,
        C::Area,
        C::Matter,
        C::Source,
        C::Role,
        C::Standing,
        C::OfferedAt,
        C::SignDueAt,
        C::SignedAt,
        C::SignOverdueAt,
        C::OnSiteDueAt,
        C::OnSiteAt,
        C::OnSiteOverdueAt,
        C::DisposalDueAt,
        C::ReportedAt,
        C::DisposalOverdueAt,
        C::CheckedAt,
        C::CheckPassed,
        C::Extensions,
        C::Rulings,
        C::Organizer,
        C::Checker,
    ]
};

/// The tasks behind `after`, as many as fit a page, and up to which id they are all there are.
pub(super) async fn page(
    db: &impl ConnectionTrait,
    district: &str,
    after: Uuid,
    last: Uuid,
) -> Result<(Uuid, BTreeMap<Uuid, TaskFact>), DbErr> {
    use fact::Column as C;
    let next = rounds(db, district)
        .filter(C::Task.gt(after))
        .filter(C::Task.lte(last))
        .order_by_asc(C::Task)
        .order_by_asc(C::Assignment)
        .order_by_asc(C::Round)
        .limit(PAGE);
    let page = packed::page(db, next.into_query()).await?;
    let (mut upto, mut rows) = (last, 0);
    let mut tasks: BTreeMap<Uuid, TaskFact> = BTreeMap::new();
    for packed in packed::rows(&page) {
        let (task, at, round) = round(packed)?;
        tasks.entry(task).or_default().rounds.insert(at, round);
        rows += 1;
    }
    if rows == PAGE
        && let Some((cut, _)) = tasks.pop_last()
    {
        // The last task may go on in the next page: it is read there, whole.
        let whole = tasks.last_key_value().map(|it| *it.0);
        upto = whole.ok_or_else(|| DbErr::Custom(format!("task {cut} is larger than a page")))?;
    }
    add_ends(db, district, (after, upto), &mut tasks).await?;
    Ok((upto, tasks))
}

/// The rounds of these tasks, in no order.
pub(super) async fn rounds_of(
    db: &impl ConnectionTrait,
    district: &str,
    tasks: &[Uuid],
) -> Result<Vec<Round>, DbErr> {
    let of_tasks = fact::Column::Task.is_in(tasks.iter().copied());
    let select = rounds(db, district).filter(of_tasks);
    let page = packed::page(db, select.into_query()).await?;
    packed::rows(&page).map(round).collect()
}

/// The tasks of which something may be dated in a period, ascending.
pub(super) async fn tasks_of_period(
    db: &impl ConnectionTrait,
    district: &str,
    period: Period,
) -> Result<Vec<Uuid>, DbErr> {
    use fact::Column as C;
    let id = packed::id(db.get_database_backend(), C::Task.into_expr());
    let select = fact::Entity::find()
        .select_only()
        .distinct()
        .column_as(packed::columns([id]), PACKED)
        .filter(C::District.eq(district))
        .filter(C::LastDay.gte(period.first_day().to_string()))
        .filter(C::FirstDay.lte(period.last_day().to_string()));
    let rounds = packed::page(db, select.into_query()).await?;
    let mut ids = sheets::revisited_in(db, district, period).await?;
    for packed in packed::rows(&rounds) {
        ids.push(Fields::of(packed).id()?);
    }
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

fn rounds(db: &impl ConnectionTrait, district: &str) -> Select<fact::Entity> {
    use fact::Column as C;
    let id = packed::id(db.get_database_backend(), C::Task.into_expr());
    let columns = std::iter::once(id).chain(ROUND.map(|it| it.into_expr()));
    fact::Entity::find()
        .select_only()
        .column_as(packed::columns(columns), PACKED)
        .filter(C::District.eq(district))
}

/// How these tasks finished, what was seen of their results later, and what is exempt of them.
async fn add_ends(
    db: &impl ConnectionTrait,
    district: &str,
    (after, upto): (Uuid, Uuid),
    tasks: &mut BTreeMap<Uuid, TaskFact>,
) -> Result<(), DbErr> {
    use task_fact::Column as T;
    let id = packed::id(db.get_database_backend(), T::Task.into_expr());
    let columns = [id, T::FinishedAt.into_expr(), T::Cases.into_expr()];
    let finished = task_fact::Entity::find()
        .select_only()
        .column_as(packed::columns(columns), PACKED)
        .filter(T::District.eq(district))
        .filter(T::Task.gt(after))
        .filter(T::Task.lte(upto));
    let page = packed::page(db, finished.into_query()).await?;
    for packed in packed::rows(&page) {
        let mut it = Fields::of(packed);
        if let Some(task) = tasks.get_mut(&it.id()?) {
            task.finished = Some(Finished {
                at: from_micros(it.number()?),
                cases: it.number()?,
                evidence: None,
            });
        }
    }
    for (id, position, it) in sheets::revisits_between(db, district, after, upto).await? {
        if let Some(task) = tasks.get_mut(&id) {
            task.revisits.insert(position, it);
        }
    }
    for it in sheets::exemptions_between(db, district, after, upto).await? {
        if let Some(task) = tasks.get_mut(&it.task) {
            task.exempt(&it);
        }
    }
    Ok(())
}

/// The task, assignment and number of a round, and how it stands.
type Round = (Uuid, (i32, i32), RoundFact);

fn round(packed: &str) -> Result<Round, DbErr> {
    let mut it = Fields::of(packed);
    let task = it.id()?;
    let at = (it.number()?, it.number()?);
    let version = it.number()?;
    let mut text = || it.text().map(str::to_owned);
    let (organization, area, matter, source, role) = (text()?, text()?, text()?, text()?, text()?);
    let standing = facts::standing(it.text()?)?;
    let offered_at = it.time()?;
    let mut clock = || -> Result<Clock, DbErr> {
        Ok(Clock {
            due_at: it.time()?,
            done_at: it.time()?,
            overdue_at: it.time()?,
        })
    };
    let (sign, on_site, disposal) = (clock()?, clock()?, clock()?);
    let check = it.time()?.zip(it.yes()?);
    let extensions = it.number()?;
    let rulings = match it.text()? {
        "{}" => BTreeMap::new(),
        rulings => super::from_json(rulings)?,
    };
    let snapshot = Snapshot {
        standing,
        organization,
        area,
        matter,
        source,
        role,
        offered_at,
        sign,
        on_site,
        disposal,
        check: check.map(|(at, passed)| Check { at, passed }),
        extensions,
        organizer: it.text()?.to_owned(),
        checker: it.text()?.to_owned(),
    };
    let round = RoundFact {
        version,
        snapshot,
        rulings,
        evidence: BTreeMap::new(),
    };
    Ok((task, at, round))
}
