//! Every stored fact once more, counted per organization, role and day. What it holds at a time is a page of facts and
//! the counts, whatever the number of cases; several stretches of tasks are read at once.

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, sea_query::SelectStatement,
};
use tokio::{sync::mpsc, task::JoinSet};
use uuid::Uuid;

use super::{
    Store,
    bare::{self, PAGE},
    entity::{case_fact, fact},
    packed::{self, Fields, PACKED},
    sheets,
};
use crate::domain::{
    contribution::{add_case, add_task},
    event::CaseSnapshot,
    fact::CaseFact,
    totals::Days,
};

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

/// The columns of a case that are counted.
const CASE: [case_fact::Column; 6] = {
    use case_fact::Column as C;
    [
        C::Version,
        C::Organization,
        C::Source,
        C::ReportedAt,
        C::FiledAt,
        C::Stages,
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
        let (db, mut after) = (self.db.read(), Uuid::nil());
        let mut counted = Recount::default();
        loop {
            let page = packed::page(db, cases(db, district, after)).await?;
            let mut last = None;
            for packed in packed::rows(&page) {
                let (id, case) = case(packed)?;
                add_case(&mut counted.days, &case);
                last = last.max(Some(id));
            }
            match last {
                Some(last) => after = last,
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
            let (upto, tasks) = bare::page(self.db.read(), district, after, last).await?;
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

fn cases(db: &impl ConnectionTrait, district: &str, after: Uuid) -> SelectStatement {
    use case_fact::Column as C;
    let id = packed::id(db.get_database_backend(), C::CaseId.into_expr());
    let columns = std::iter::once(id).chain(CASE.map(|it| it.into_expr()));
    let select = case_fact::Entity::find()
        .select_only()
        .column_as(packed::columns(columns), PACKED)
        .filter(C::District.eq(district))
        .filter(C::CaseId.gt(after))
        .order_by_asc(C::CaseId)
        .limit(PAGE);
    select.into_query()
}

/// The case of a row, without what only finer counts look at.
fn case(packed: &str) -> Result<(Uuid, CaseFact), DbErr> {
    let mut it = Fields::of(packed);
    let (id, version) = (it.id()?, it.number()?);
    let snapshot = CaseSnapshot {
        organization: it.text()?.to_owned(),
        area: String::new(),
        matter: String::new(),
        source: it.text()?.to_owned(),
        reported_at: it.time()?,
        filed_at: it.time()?,
        closed_at: None,
        stages: super::from_json(it.text()?)?,
    };
    Ok((id, CaseFact { version, snapshot }))
}
