//! Lists of cases, tasks and assignments. Each takes what its caller may see; there is no list without it.

use liandong_kit::page::PageRequest;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select,
};
use uuid::Uuid;

use super::entity::{assignment_row, case_row, task_row};
use super::facets::Counts;
use super::keyset::Page;
use super::parties::{self, Kind};
use super::query::{self, ListQuery, Order, Term};
use super::{Sight, Store, text};
use crate::domain::{AssignmentId, CaseId, TaskId, assignment, task};

impl Store {
    /// Cases a caller may see.
    pub(crate) async fn case_ids(
        &self,
        district: &str,
        sight: &Sight,
        asked: &ListQuery,
        page: &PageRequest,
    ) -> Result<Page<CaseId>, DbErr> {
        use case_row::Column as C;
        let rows = cases(district, sight, &asked.terms);
        let (keys, next) = match sight {
            Sight::Of(organization) if !is_referred_to(&asked.terms) => {
                let rows = listed_cases(district, organization.as_str(), &asked.terms);
                self.parties(rows, asked.order, page).await?
            }
            _ => {
                let (rows, time) = asked.order.of(rows, C::ReportedAt, C::DueAt);
                let by = (&[time, C::Id][..], asked.order.direction());
                self.page::<_, (i64, Uuid)>(rows, by, page).await?
            }
        };
        Ok((keys.into_iter().map(|(_, id)| CaseId(id)).collect(), next))
    }

    /// How the cases of such a list are spread over the values of the fields asked for.
    pub(crate) async fn case_facets(
        &self,
        district: &str,
        sight: &Sight,
        asked: &ListQuery,
    ) -> Result<Vec<Counts>, DbErr> {
        let rows = seen_cases(district, sight, &asked.terms);
        self.spread(rows, &asked.facets, case_column).await
    }

    /// Tasks a caller may see.
    pub(crate) async fn task_ids(
        &self,
        district: &str,
        sight: &Sight,
        asked: &ListQuery,
        page: &PageRequest,
    ) -> Result<Page<TaskId>, DbErr> {
        use task_row::Column as C;
        let (keys, next) = match sight {
            Sight::Of(organization) => {
                let rows = listed_tasks(district, organization.as_str(), &asked.terms);
                self.parties(rows, asked.order, page).await?
            }
            Sight::District => {
                let rows = tasks(district, sight, &asked.terms);
                let (rows, time) = asked.order.of(rows, C::PlannedAt, C::DueAt);
                let by = (&[time, C::Id][..], asked.order.direction());
                self.page::<_, (i64, Uuid)>(rows, by, page).await?
            }
        };
        Ok((keys.into_iter().map(|(_, id)| TaskId(id)).collect(), next))
    }

    /// Assignments an organization holds.
    pub(crate) async fn assignment_ids(
        &self,
        district: &str,
        organization: &str,
        asked: &ListQuery,
        page: &PageRequest,
    ) -> Result<Page<AssignmentId>, DbErr> {
        use assignment_row::Column as C;
        let rows = assignments(district, organization, &asked.terms);
        let (rows, time) = asked.order.of(rows, C::OfferedAt, C::DueAt);
        let by = (&[time, C::Task, C::Number][..], asked.order.direction());
        let (keys, next) = self.page(rows, by, page).await?;
        Ok((keys.into_iter().map(named).collect(), next))
    }

    /// Assignments of others that were accepted in a span of time, in tasks of an organization.
    pub(crate) async fn accepted_ids(
        &self,
        (district, organizer): (&str, &str),
        terms: &[Term],
        most: u64,
    ) -> Result<Vec<AssignmentId>, DbErr> {
        use assignment_row::Column as C;
        let own = Query::select()
            .expr(Expr::val(1))
            .from(task_row::Entity)
            .and_where(task_row::Column::District.eq(district))
            .and_where(task_row::Column::Organizer.eq(organizer))
            .and_where(task_row::Column::State.eq(text(task::State::Finished)))
            .and_where(same(task_row::Column::Id, C::Task))
            .to_owned();
        let rows = assignment_row::Entity::find()
            .filter(C::District.eq(district))
            .filter(C::Organization.ne(organizer))
            .filter(C::AcceptedAt.is_not_null())
            .filter(query::all(terms, assignment_column))
            .filter(Expr::exists(own));
        let rows = rows
            .select_only()
            .columns([C::AcceptedAt, C::Task, C::Number])
            .limit(most);
        let rows: Vec<(i64, Uuid, i32)> = rows.into_tuple().all(self.log().db().read()).await?;
        Ok(rows.into_iter().map(named).collect())
    }

    /// How a caller's list of tasks is spread over fields.
    pub(crate) async fn task_facets(
        &self,
        district: &str,
        sight: &Sight,
        asked: &ListQuery,
    ) -> Result<Vec<Counts>, DbErr> {
        let rows = tasks(district, sight, &asked.terms);
        self.spread(rows, &asked.facets, task_column).await
    }

    /// How an organization's list of assignments is spread over fields.
    pub(crate) async fn assignment_facets(
        &self,
        district: &str,
        organization: &str,
        asked: &ListQuery,
    ) -> Result<Vec<Counts>, DbErr> {
        let rows = assignments(district, organization, &asked.terms);
        self.spread(rows, &asked.facets, assignment_column).await
    }

    /// Assignments that wait for a check by an organization, the most urgent first.
    pub(crate) async fn pending_checks(
        &self,
        district: &str,
        checker: &str,
        page: &PageRequest,
    ) -> Result<Page<AssignmentId>, DbErr> {
        use assignment_row::Column as C;
        let rows = assignment_row::Entity::find()
            .filter(C::District.eq(district))
            .filter(C::Checker.eq(checker))
            .filter(C::State.eq(text(assignment::State::Reported)));
        let by = (&[C::DueAt, C::Task, C::Number][..], sea_orm::Order::Asc);
        let (keys, next) = self.page(rows, by, page).await?;
        Ok((keys.into_iter().map(named).collect(), next))
    }

    /// A page of an organization's cases or tasks, read off its own rows.
    async fn parties(
        &self,
        rows: Select<parties::Entity>,
        order: Order,
        page: &PageRequest,
    ) -> Result<Page<(i64, Uuid)>, DbErr> {
        use parties::Column as C;
        let (rows, time) = order.of(rows, C::BeganAt, C::DueAt);
        self.page(rows, (&[time, C::Id][..], order.direction()), page)
            .await
    }
}

/// An organization's rows of the tasks it asks for.
pub(super) fn listed_tasks(
    district: &str,
    organization: &str,
    terms: &[Term],
) -> Select<parties::Entity> {
    let rows = parties::of(district, Kind::Task, organization);
    if terms.is_empty() {
        return rows;
    }
    let asked = tasks(district, &Sight::District, terms);
    rows.filter(there_is(asked, task_row::Column::Id))
}

/// An organization's rows of the cases it may see and asks for.
pub(super) fn listed_cases(
    district: &str,
    organization: &str,
    terms: &[Term],
) -> Select<parties::Entity> {
    use case_row::Column as C;
    let seen = Condition::any()
        .add(C::Organization.eq(organization))
        .add(same(C::Task, parties::Column::Through));
    let asked = cases(district, &Sight::District, terms).filter(seen);
    parties::of(district, Kind::Case, organization).filter(there_is(asked, C::Id))
}

/// Few cases have the same number elsewhere, whosever they are: they are found by it.
fn is_referred_to(terms: &[Term]) -> bool {
    terms.iter().any(|it| it.field == "external_reference")
}

/// That what a party's row is about is among these.
fn there_is<E: EntityTrait>(rows: Select<E>, id: E::Column) -> Expr {
    let rows = rows.filter(same(id, parties::Column::Id));
    Expr::exists(rows.select_only().expr(Expr::val(1)).into_query())
}

fn same(one: impl ColumnTrait, other: impl ColumnTrait) -> Expr {
    one.into_expr().eq(other.into_expr())
}

fn tasks(district: &str, sight: &Sight, terms: &[Term]) -> Select<task_row::Entity> {
    use task_row::Column as C;
    let rows = task_row::Entity::find()
        .filter(C::District.eq(district))
        .filter(query::all(terms, task_column));
    let Sight::Of(organization) = sight else {
        return rows;
    };
    let own = parties::ids(district, Kind::Task, organization.as_str());
    rows.filter(C::Id.in_subquery(own))
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

pub(super) fn assignments(
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
        "accept_time" => Some(C::AcceptedAt),
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
        "exercise" => Some(C::Exercise),
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
    let part = taking_part(district, organization.as_str());
    select.filter(own.add(Expr::exists(part)))
}

/// The same, found by the rows of its parties.
pub(super) fn seen_cases(
    district: &str,
    sight: &Sight,
    terms: &[Term],
) -> Select<case_row::Entity> {
    let rows = cases(district, sight, terms);
    let Sight::Of(organization) = sight else {
        return rows;
    };
    let own = parties::ids(district, Kind::Case, organization.as_str());
    rows.filter(case_row::Column::Id.in_subquery(own))
}

/// That an organization holds or checks a part of the task of a case.
fn taking_part(district: &str, organization: &str) -> SelectStatement {
    use assignment_row::Column as C;
    let theirs = Condition::any()
        .add(C::Organization.eq(organization))
        .add(C::Checker.eq(organization));
    Query::select()
        .expr(Expr::val(1))
        .from(assignment_row::Entity)
        .and_where(C::District.eq(district))
        .and_where(same(C::Task, case_row::Column::Task))
        .cond_where(theirs)
        .to_owned()
}

fn named((_, task, number): (i64, Uuid, i32)) -> AssignmentId {
    AssignmentId {
        task: TaskId(task),
        number: u16::try_from(number).unwrap_or_default(),
    }
}
