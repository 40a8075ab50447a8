//! Lists of cases, tasks and assignments. Each takes what its caller may see; there is no list without it.

use liandong_kit::page::PageRequest;
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QuerySelect, Select};
use uuid::Uuid;

use super::entity::{assignment_row, case_row, task_row};
use super::facets::Counts;
use super::keyset::Page;
use super::query::{self, ListQuery, Term};
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
        let (rows, time) = asked.order.of(rows, C::ReportedAt, C::DueAt);
        let by = (&[time, C::Id][..], asked.order.direction());
        let (keys, next) = self.page::<_, (i64, Uuid)>(rows, by, page).await?;
        Ok((keys.into_iter().map(|(_, id)| CaseId(id)).collect(), next))
    }

    /// How the cases of such a list are spread over the values of the fields asked for.
    pub(crate) async fn case_facets(
        &self,
        district: &str,
        sight: &Sight,
        asked: &ListQuery,
    ) -> Result<Vec<Counts>, DbErr> {
        let rows = cases(district, sight, &asked.terms);
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
        let rows = tasks(district, sight, &asked.terms);
        let (rows, time) = asked.order.of(rows, C::PlannedAt, C::DueAt);
        let by = (&[time, C::Id][..], asked.order.direction());
        let (keys, next) = self.page::<_, (i64, Uuid)>(rows, by, page).await?;
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
            .column(task_row::Column::Id)
            .from(task_row::Entity)
            .and_where(task_row::Column::District.eq(district))
            .and_where(task_row::Column::Organizer.eq(organizer))
            .and_where(task_row::Column::State.eq(text(task::State::Finished)))
            .to_owned();
        let rows = assignment_row::Entity::find()
            .filter(C::District.eq(district))
            .filter(C::Organization.ne(organizer))
            .filter(C::AcceptedAt.is_not_null())
            .filter(query::all(terms, assignment_column))
            .filter(C::Task.in_subquery(own));
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

fn named((_, task, number): (i64, Uuid, i32)) -> AssignmentId {
    AssignmentId {
        task: TaskId(task),
        number: u16::try_from(number).unwrap_or_default(),
    }
}
