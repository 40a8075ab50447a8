//! Every stored fact once more, counted per organization, role and day. What it holds at a time is a page of facts and
//! the counts, whatever the number of cases; several stretches of tasks are read at once.

use std::collections::BTreeMap;

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use tokio::{sync::mpsc, task::JoinSet};
use uuid::Uuid;

use super::{
    Store,
    entity::{fact, task_fact},
    facts,
    packed::{self, Fields, PACKED},
    sheets,
};
use crate::domain::{
    contribution::{add_case, add_task},
    event::{Check, Clock, Snapshot},
    fact::{RoundFact, TaskFact},
    totals::Days,
};

/// Rows per page.
const PAGE: u64 = 8192;
/// Stretches of tasks that are read at once: more only take memory from the pool of readers.
const STRETCHES: u128 = 4;

/// What all facts come to.
#[derive(Debug, Default)]
pub(crate) struct Recount {
    /// The counts.
    pub(crate) days: Days,
    /// Rounds of assignments.
    pub(crate) rounds: i64,
}

/// The columns of a round that are counted, in the order they are read in.
const ROUND: [fact::Column; 20] = {
    use fact::Column as C;
    [
        C::Assignment,
        C::Round,
        C::Version,
        C::Organization,
        C::Source,
        C::Role,
        C::Standing,
        C::OfferedAt,
        C::SignDueAt,
        C::SignedAt,
        C::OnSiteDueAt,
        C::OnSiteAt,
        C::DisposalDueAt,
        C::ReportedAt,
        C::CheckedAt,
        C::CheckPassed,
        C::Extensions,
        C::Rulings,
        C::Organizer,
        C::Checker,
    ]
};

impl Store {
    /// Counts every fact anew; `seen` hears how many rounds each page had. The caller sees to it that nothing is
    /// written meanwhile.
    pub(crate) async fn recount(
        &self,
        district: &str,
        seen: &mpsc::Sender<i64>,
    ) -> Result<Recount, DbErr> {
        let mut stretches = JoinSet::new();
        for (after, last) in self.stretches(district).await? {
            let (store, district, seen) = (self.clone(), district.to_owned(), seen.clone());
            let work = async move { store.count_tasks(&district, after, last, &seen).await };
            stretches.spawn(work);
        }
        let (store, of_cases) = (self.clone(), district.to_owned());
        stretches.spawn(async move { store.count_cases(&of_cases).await });
        let mut all = Recount::default();
        while let Some(ended) = stretches.join_next().await {
            let one = ended.map_err(|error| DbErr::Custom(error.to_string()))??;
            all.days.merge(&one.days);
            all.rounds += one.rounds;
        }
        let (db, mut after) = (self.db.read(), None);
        loop {
            let page = sheets::sheets_after(db, district, after.as_ref(), PAGE).await?;
            page.values().for_each(|it| it.add_to(&mut all.days));
            match page.into_keys().next_back() {
                Some(last) => after = Some(last),
                None => return Ok(all),
            }
        }
    }

    /// Equal parts of the ids from the first task to the last, each without its beginning: ids begin with the time
    /// they were made at, so parts of the ids are parts of the year.
    async fn stretches(&self, district: &str) -> Result<Vec<(Uuid, Uuid)>, DbErr> {
        use fact::Column as C;
        let of = || {
            let select = fact::Entity::find().select_only().column(C::Task);
            select.filter(C::District.eq(district)).limit(1)
        };
        let db = self.db.read();
        let first: Option<Uuid> = of().order_by_asc(C::Task).into_tuple().one(db).await?;
        let last: Option<Uuid> = of().order_by_desc(C::Task).into_tuple().one(db).await?;
        let Some((first, last)) = first.zip(last) else {
            return Ok(vec![]);
        };
        let (first, last) = (first.as_u128(), last.as_u128());
        let before = first.saturating_sub(1);
        let step = (last - before).div_ceil(STRETCHES).max(1);
        let mut cuts: Vec<u128> = (0..STRETCHES)
            .map(|it| last.min(before.saturating_add(it * step)))
            .collect();
        cuts.push(last);
        let stretch = |it: &[u128]| (Uuid::from_u128(it[0]), Uuid::from_u128(it[1]));
        Ok(cuts.windows(2).map(stretch).collect())
    }

    async fn count_cases(&self, district: &str) -> Result<Recount, DbErr> {
        let (db, mut after) = (self.db.read(), None);
        let mut counted = Recount::default();
        loop {
            let page = facts::cases_after(db, district, after, PAGE).await?;
            page.values().for_each(|it| add_case(&mut counted.days, it));
            match page.into_keys().next_back() {
                Some(last) => after = Some(last),
                None => return Ok(counted),
            }
        }
    }

    async fn count_tasks(
        &self,
        district: &str,
        mut after: Uuid,
        last: Uuid,
        seen: &mpsc::Sender<i64>,
    ) -> Result<Recount, DbErr> {
        let mut counted = Recount::default();
        while after < last {
            let (upto, tasks) = page(self.db.read(), district, after, last).await?;
            let rounds = tasks.values().map(|it| it.rounds.len()).sum::<usize>();
            for task in tasks.values() {
                add_task(&mut counted.days, task);
            }
            let rounds = i64::try_from(rounds).unwrap_or(i64::MAX);
            counted.rounds += rounds;
            // Whether anybody listens makes no difference.
            let _ = seen.send(rounds).await;
            after = upto;
        }
        Ok(counted)
    }
}

/// The tasks behind `after`, as many as fit a page, and up to which id they are all there are.
async fn page(
    db: &impl ConnectionTrait,
    district: &str,
    after: Uuid,
    last: Uuid,
) -> Result<(Uuid, BTreeMap<Uuid, TaskFact>), DbErr> {
    use fact::Column as C;
    let mut rows: Vec<(Uuid, String)> = fact::Entity::find()
        .select_only()
        .column(C::Task)
        .column_as(packed::columns(ROUND.map(|it| it.into_expr())), PACKED)
        .filter(C::District.eq(district))
        .filter(C::Task.gt(after))
        .filter(C::Task.lte(last))
        .order_by_asc(C::Task)
        .order_by_asc(C::Assignment)
        .order_by_asc(C::Round)
        .limit(PAGE)
        .into_tuple()
        .all(db)
        .await?;
    let mut upto = last;
    if rows.len() as u64 == PAGE
        && let Some(cut) = rows.last().map(|it| it.0)
    {
        // The last task may go on in the next page: it is read there, whole.
        rows.retain(|it| it.0 != cut);
        let whole = rows.last().map(|it| it.0);
        upto = whole.ok_or_else(|| DbErr::Custom(format!("task {cut} is larger than a page")))?;
    }
    let mut tasks: BTreeMap<Uuid, TaskFact> = BTreeMap::new();
    for (task, packed) in rows {
        let (at, round) = round(&packed)?;
        tasks.entry(task).or_default().rounds.insert(at, round);
    }
    add_ends(db, district, (after, upto), &mut tasks).await?;
    Ok((upto, tasks))
}

/// How these tasks finished, what was seen of their results later, and what is exempt of them.
async fn add_ends(
    db: &impl ConnectionTrait,
    district: &str,
    (after, upto): (Uuid, Uuid),
    tasks: &mut BTreeMap<Uuid, TaskFact>,
) -> Result<(), DbErr> {
    use task_fact::Column as T;
    let finished = task_fact::Entity::find()
        .filter(T::District.eq(district))
        .filter(T::Task.gt(after))
        .filter(T::Task.lte(upto));
    for row in finished.all(db).await? {
        if let Some(task) = tasks.get_mut(&row.task) {
            task.finished = Some(facts::finish(&row)?);
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

/// The round of a row, without what only the ledger and finer counts look at: place, matter and evidence.
fn round(packed: &str) -> Result<((i32, i32), RoundFact), DbErr> {
    let mut it = Fields::of(packed);
    let at = (it.number()?, it.number()?);
    let version = it.number()?;
    let (organization, source, role) = (it.text()?, it.text()?, it.text()?);
    let standing = facts::standing(it.text()?)?;
    let offered_at = it.time()?;
    let mut clock = || -> Result<Clock, DbErr> {
        Ok(Clock {
            due_at: it.time()?,
            done_at: it.time()?,
            overdue_at: None,
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
        organization: organization.to_owned(),
        area: String::new(),
        matter: String::new(),
        source: source.to_owned(),
        role: role.to_owned(),
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
    Ok((at, round))
}
