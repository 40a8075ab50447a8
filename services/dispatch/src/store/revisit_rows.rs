//! The list of revisits: a row for each.

use liandong_kit::db::{micros, rows::Writes};
use liandong_kit::page::PageRequest;
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{
    ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Set,
};
use uuid::Uuid;

use self::entity::{ActiveModel, Column as C, Entity};
use super::keyset::Page;
use super::lists::seen_cases;
use super::query::{self, Term};
use super::{Sight, Store, text};
use crate::domain::case::revisit::State;
use crate::domain::outage::Span;
use crate::domain::{Case, CaseId};

mod entity {
    #![allow(missing_docs)]
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "revisit_row")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub district: String,
        /// The case.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i32,
        pub state: String,
        /// Who holds the case.
        pub organization: String,
        pub area: String,
        pub matter: String,
        pub overdue: bool,
        /// The end of the time for it, or its day while planned.
        pub due_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The rows of a case.
pub(super) fn of(district: &str, id: &str, case: &Case) -> Vec<ActiveModel> {
    let Ok(id) = Uuid::try_parse(id) else {
        return vec![];
    };
    let row = |it: &crate::domain::case::revisit::Revisit| {
        let due = it.deadline.as_ref().map_or(it.planned_at, |it| it.due);
        let matter = case.matter().map(ToString::to_string);
        ActiveModel {
            district: Set(district.to_owned()),
            id: Set(id),
            number: Set(i32::from(it.number)),
            state: Set(text(it.state)),
            organization: Set(case.report.organization.to_string()),
            area: Set(case.report.area.to_string()),
            matter: Set(matter.unwrap_or_default()),
            overdue: Set(it.state == State::Due && it.overdue.is_some()),
            due_at: Set(micros(due)),
        }
    };
    case.revisits.iter().map(row).collect()
}

pub(super) async fn upsert(rows: &mut Writes<'_>, revisits: Vec<ActiveModel>) -> Result<(), DbErr> {
    let key = [C::District, C::Id, C::Number];
    rows.upsert(revisits, &key, &[C::State, C::Overdue, C::DueAt])
        .await
}

/// Cases with revisits that were to be recorded, or were recorded, after an outage began.
pub(super) fn begun(district: &str, outage: Span) -> SelectStatement {
    let recorded = Condition::all()
        .add(C::State.is_in([State::Passed, State::Failed].map(text)))
        .add(C::DueAt.gt(micros(outage.from)));
    let theirs = Condition::all().add(C::District.eq(district)).add(
        Condition::any()
            .add(C::State.eq(text(State::Due)))
            .add(recorded),
    );
    Query::select()
        .column(C::Id)
        .from(Entity)
        .cond_where(theirs)
        .to_owned()
}

impl Store {
    /// Revisits that are still to come and that an organization may record, the most urgent first: of its cases, of
    /// those of tasks it has a part in, and if it is the district's revisitor, all.
    pub(crate) async fn revisit_ids(
        &self,
        district: &str,
        sight: &Sight,
        terms: &[Term],
        page: &PageRequest,
    ) -> Result<Page<(CaseId, u16)>, DbErr> {
        use super::entity::case_row;
        let column = |field: &str| match field {
            "state" => Some(C::State),
            "area" => Some(C::Area),
            "matter" => Some(C::Matter),
            "overdue" => Some(C::Overdue),
            "due_time" => Some(C::DueAt),
            _ => None,
        };
        let mut select = Entity::find()
            .filter(C::District.eq(district))
            .filter(C::State.is_in([State::Planned, State::Due].map(text)))
            .filter(query::all(terms, column));
        if let Sight::Of(organization) = sight {
            let theirs = seen_cases(district, sight, &[]).select_only();
            let theirs = theirs.column(case_row::Column::Id).into_query();
            let seen = Condition::any().add(C::Organization.eq(organization.as_str()));
            select = select.filter(seen.add(C::Id.in_subquery(theirs)));
        }
        let by = (&[C::DueAt, C::Id, C::Number][..], sea_orm::Order::Asc);
        let (rows, next) = self.page(select, by, page).await?;
        let named = |(_, case, number): (i64, Uuid, i32)| {
            (CaseId(case), u16::try_from(number).unwrap_or_default())
        };
        Ok((rows.into_iter().map(named).collect(), next))
    }
}
