//! Lists, newest first, by keyset. Each takes what its caller may see; there is no list without it.

use liandong_kit::page::PageRequest;
use sea_orm::sea_query::Query;
use sea_orm::{
    ColumnTrait, Condition, DbErr, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect, Select,
};
use uuid::Uuid;

use super::entity::{assignment_row, case_row, task_row};
use super::facets::Counts;
use super::query::{self, CaseOrder, CaseQuery, Term};
use super::{Sight, Store, text};
use crate::domain::{AssignmentId, CaseId, TaskId, assignment};

/// A page of ids, and the token of the next one.
pub(crate) type Page<T> = (Vec<T>, String);

impl Store {
    /// Cases a caller may see.
    pub(crate) async fn case_ids(
        &self,
        district: &str,
        sight: &Sight,
        asked: &CaseQuery,
        page: &PageRequest,
    ) -> Result<Page<CaseId>, DbErr> {
        use case_row::Column as C;
        let (time, rising) = match asked.order {
            CaseOrder::Newest => (C::ReportedAt, false),
            CaseOrder::Oldest => (C::ReportedAt, true),
            CaseOrder::MostUrgent => (C::DueAt, true),
        };
        let mut select = cases(district, sight, &asked.terms)
            .select_only()
            .columns([time, C::Id]);
        if asked.order == CaseOrder::MostUrgent {
            select = select.filter(C::DueAt.is_not_null());
        }
        if let Some((at, id)) = page.after.as_deref().and_then(key) {
            select = select.filter(if rising {
                younger(time, C::Id, at, id)
            } else {
                older(time, C::Id, at, id)
            });
        }
        let order = if rising { Order::Asc } else { Order::Desc };
        let select = select
            .order_by(time, order.clone())
            .order_by(C::Id, order)
            .limit(page.limit());
        let rows: Vec<(i64, Uuid)> = select.into_tuple().all(self.log().db().read()).await?;
        let (rows, next) = page.cut(rows, |(at, id)| format!("{at}:{id}"));
        Ok((rows.into_iter().map(|(_, id)| CaseId(id)).collect(), next))
    }

    /// How the cases of such a list are spread over the values of the fields asked for.
    pub(crate) async fn case_facets(
        &self,
        district: &str,
        sight: &Sight,
        asked: &CaseQuery,
    ) -> Result<Vec<Counts>, DbErr> {
        let rows = cases(district, sight, &asked.terms);
        self.spread(rows, &asked.facets, case_column).await
    }

    /// Tasks a caller may see.
    pub(crate) async fn task_ids(
        &self,
        district: &str,
        sight: &Sight,
        terms: &[Term],
        page: &PageRequest,
    ) -> Result<Page<TaskId>, DbErr> {
        use task_row::Column as C;
        let mut select = tasks(district, sight, terms)
            .select_only()
            .columns([C::PlannedAt, C::Id]);
        if let Some((at, id)) = page.after.as_deref().and_then(key) {
            select = select.filter(older(C::PlannedAt, C::Id, at, id));
        }
        let select = select
            .order_by_desc(C::PlannedAt)
            .order_by_desc(C::Id)
            .limit(page.limit());
        let rows: Vec<(i64, Uuid)> = select.into_tuple().all(self.log().db().read()).await?;
        let (rows, next) = page.cut(rows, |(at, id)| format!("{at}:{id}"));
        Ok((rows.into_iter().map(|(_, id)| TaskId(id)).collect(), next))
    }

    /// Assignments an organization holds.
    pub(crate) async fn assignment_ids(
        &self,
        district: &str,
        organization: &str,
        terms: &[Term],
        page: &PageRequest,
    ) -> Result<Page<AssignmentId>, DbErr> {
        use assignment_row::Column as C;
        let mut select = assignments(district, organization, terms)
            .select_only()
            .columns([C::OfferedAt, C::Task, C::Number]);
        if let Some((at, task, number)) = page.after.as_deref().and_then(long_key) {
            let same = Condition::all()
                .add(C::OfferedAt.eq(at))
                .add(C::Task.eq(task))
                .add(C::Number.lt(number));
            select = select.filter(older(C::OfferedAt, C::Task, at, task).add(same));
        }
        let select = select
            .order_by_desc(C::OfferedAt)
            .order_by_desc(C::Task)
            .order_by_desc(C::Number);
        let rows: Vec<(i64, Uuid, i32)> = select
            .limit(page.limit())
            .into_tuple()
            .all(self.log().db().read())
            .await?;
        let (rows, next) = page.cut(rows, |(at, task, number)| format!("{at}:{task}:{number}"));
        Ok((
            rows.into_iter()
                .map(|(_, task, number)| named(task, number))
                .collect(),
            next,
        ))
    }

    /// How a caller's list of tasks is spread over fields.
    pub(crate) async fn task_facets(
        &self,
        district: &str,
        sight: &Sight,
        terms: &[Term],
        facets: &[&'static str],
    ) -> Result<Vec<Counts>, DbErr> {
        let rows = tasks(district, sight, terms);
        self.spread(rows, facets, task_column).await
    }

    /// How an organization's list of assignments is spread over fields.
    pub(crate) async fn assignment_facets(
        &self,
        district: &str,
        organization: &str,
        terms: &[Term],
        facets: &[&'static str],
    ) -> Result<Vec<Counts>, DbErr> {
        let rows = assignments(district, organization, terms);
        self.spread(rows, facets, assignment_column).await
    }

    /// Assignments that wait for a check by an organization, the most urgent first.
    pub(crate) async fn pending_checks(
        &self,
        district: &str,
        checker: &str,
        page: &PageRequest,
    ) -> Result<Page<AssignmentId>, DbErr> {
        use assignment_row::Column as C;
        let mut select = assignment_row::Entity::find()
            .select_only()
            .columns([C::DueAt, C::Task, C::Number])
            .filter(C::District.eq(district))
            .filter(C::Checker.eq(checker))
            .filter(C::State.eq(text(assignment::State::Reported)));
        if let Some((at, task, number)) = page.after.as_deref().and_then(long_key) {
            let later_task = Condition::all().add(C::DueAt.eq(at)).add(C::Task.gt(task));
            let later_number = Condition::all()
                .add(C::DueAt.eq(at))
                .add(C::Task.eq(task))
                .add(C::Number.gt(number));
            select = select.filter(
                Condition::any()
                    .add(C::DueAt.gt(at))
                    .add(later_task)
                    .add(later_number),
            );
        }
        let select = select
            .order_by_asc(C::DueAt)
            .order_by_asc(C::Task)
            .order_by_asc(C::Number);
        let rows: Vec<(i64, Uuid, i32)> = select
            .limit(page.limit())
            .into_tuple()
            .all(self.log().db().read())
            .await?;
        let (rows, next) = page.cut(rows, |(at, task, number)| format!("{at}:{task}:{number}"));
        Ok((
            rows.into_iter()
                .map(|(_, task, number)| named(task, number))
                .collect(),
            next,
        ))
    }
}

fn tasks(district: &str, sight: &Sight, terms: &[Term]) -> Select<task_row::Entity> {
    use task_row::Column as C;
    let rows = task_row::Entity::find()
        .filter(C::District.eq(district))
        .filter(query::all(terms, task_column));
    let Sight::Of(organization) = sight else {
        return rows;
    };
    let seen = Condition::any().add(C::Organizer.eq(organization.as_str()));
    rows.filter(seen.add(C::Id.in_subquery(taking_part(district, organization.as_str()))))
}

fn task_column(field: &str) -> Option<task_row::Column> {
    use task_row::Column as C;
    match field {
        "state" => Some(C::State),
        "area" => Some(C::Area),
        "matter" => Some(C::Matter),
        "organizer" => Some(C::Organizer),
        "overdue" => Some(C::Overdue),
        "plan_time" => Some(C::PlannedAt),
        _ => None,
    }
}

fn assignments(
    district: &str,
    organization: &str,
    terms: &[Term],
) -> Select<assignment_row::Entity> {
    use assignment_row::Column as C;
    assignment_row::Entity::find()
        .filter(C::District.eq(district))
        .filter(C::Organization.eq(organization))
        .filter(query::all(terms, assignment_column))
}

fn assignment_column(field: &str) -> Option<assignment_row::Column> {
    use assignment_row::Column as C;
    match field {
        "state" => Some(C::State),
        "role" => Some(C::Role),
        "area" => Some(C::Area),
        "matter" => Some(C::Matter),
        "overdue" => Some(C::Overdue),
        "offer_time" => Some(C::OfferedAt),
        "due_time" => Some(C::DueAt),
        _ => None,
    }
}

fn case_column(field: &str) -> Option<case_row::Column> {
    use case_row::Column as C;
    match field {
        "state" => Some(C::State),
        "source" => Some(C::Source),
        "area" => Some(C::Area),
        "matter" => Some(C::Matter),
        "organization" => Some(C::Organization),
        "external_reference" => Some(C::ExternalReference),
        "report_time" => Some(C::ReportedAt),
        "triage" => Some(C::Triage),
        "object" => Some(C::Object),
        "overdue" => Some(C::Overdue),
        "close_time" => Some(C::ClosedAt),
        "due_time" => Some(C::DueAt),
        _ => None,
    }
}

/// The cases a caller may see, and which it asks for.
fn cases(district: &str, sight: &Sight, terms: &[Term]) -> Select<case_row::Entity> {
    use case_row::Column as C;
    let select = case_row::Entity::find()
        .filter(C::District.eq(district))
        .filter(query::all(terms, case_column));
    let Sight::Of(organization) = sight else {
        return select;
    };
    let own = Condition::any().add(C::Organization.eq(organization.as_str()));
    let theirs = taking_part(district, organization.as_str());
    select.filter(own.add(C::Task.in_subquery(theirs)))
}

/// The tasks an organization holds or checks a part of.
pub(super) fn taking_part(
    district: &str,
    organization: &str,
) -> sea_orm::sea_query::SelectStatement {
    use assignment_row::Column as C;
    let theirs = Condition::any()
        .add(C::Organization.eq(organization))
        .add(C::Checker.eq(organization));
    Query::select()
        .column(C::Task)
        .from(assignment_row::Entity)
        .cond_where(Condition::all().add(C::District.eq(district)).add(theirs))
        .to_owned()
}

/// Rows after a key, when the oldest come first.
fn younger<C: ColumnTrait>(time: C, id: C, at: i64, key: Uuid) -> Condition {
    let same_time = Condition::all().add(time.eq(at)).add(id.gt(key));
    Condition::any().add(time.gt(at)).add(same_time)
}

/// Rows after a key, when the newest come first.
pub(super) fn older<C: ColumnTrait>(time: C, id: C, at: i64, key: Uuid) -> Condition {
    let same_time = Condition::all().add(time.eq(at)).add(id.lt(key));
    Condition::any().add(time.lt(at)).add(same_time)
}

pub(super) fn key(cursor: &str) -> Option<(i64, Uuid)> {
    let (at, id) = cursor.split_once(':')?;
    Some((at.parse().ok()?, Uuid::try_parse(id).ok()?))
}

pub(super) fn long_key(cursor: &str) -> Option<(i64, Uuid, i32)> {
    let (front, number) = cursor.rsplit_once(':')?;
    let (at, task) = key(front)?;
    Some((at, task, number.parse().ok()?))
}

fn named(task: Uuid, number: i32) -> AssignmentId {
    AssignmentId {
        task: TaskId(task),
        number: u16::try_from(number).unwrap_or_default(),
    }
}
