//! Who has, or had, to do with a case or a task: a row for each organization, in the order of its lists. A page of an
//! organization's list is read off its own rows, however many others there are.
//!
//! What must stay true: rows are never removed. A row by itself shows nothing: whoever does not hold a case sees it as long
//! as it is part of the task the row says ([`super::lists`] asks for that).

use std::collections::BTreeSet;

use liandong_kit::commit::Batch;
use liandong_kit::db::{micros, rows::Writes};
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, Select, Set};
use uuid::Uuid;

use self::entity::ActiveModel;
pub(super) use self::entity::{Column, Entity};
use crate::domain::{Case, CaseId, OrganizationId, Task, TaskId};

/// What a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Case,
    Task,
}

mod entity {
    #![allow(missing_docs)]
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "party_row")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub district: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub kind: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub organization: String,
        /// When the case was reported, or the task planned.
        #[sea_orm(primary_key, auto_increment = false)]
        pub began_at: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// When the next of its running clocks runs out; none when nothing runs. A case's clocks run while it is with
        /// its holder alone.
        pub due_at: Option<i64>,
        /// Of a case that is another's: the latest of its tasks that the organization has to do with.
        pub through: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Case => "CASE",
            Self::Task => "TASK",
        }
    }
}

/// Writes the rows of everything a batch changed.
pub(super) async fn write(out: &mut Writes<'_>, batch: &Batch<'_>) -> Result<(), DbErr> {
    let row = |kind: Kind, organization: &OrganizationId, began: Option<_>, id| ActiveModel {
        district: Set(batch.district().to_owned()),
        kind: Set(kind.word().to_owned()),
        organization: Set(organization.to_string()),
        began_at: Set(began.map(micros).unwrap_or_default()),
        id: Set(id),
        due_at: Set(None),
        through: Set(None),
    };
    let held = |id: &str, it: &Case| match Uuid::try_parse(id) {
        Ok(id) => vec![ActiveModel {
            due_at: Set(it.due_at().map(micros)),
            ..row(
                Kind::Case,
                &it.report.organization,
                it.report.reported_at,
                id,
            )
        }],
        Err(_) => vec![],
    };
    let parts = |id: &str, it: &Task| {
        let Ok(id) = Uuid::try_parse(id) else {
            return vec![];
        };
        let parties: BTreeSet<_> = it.parties().collect();
        let others = parties.iter().filter(|party| ***party != it.organizer);
        let all = others.copied().chain([&it.organizer]);
        let due = it.due_at().map(micros);
        let task = |party| ActiveModel {
            due_at: Set(due),
            ..row(Kind::Task, party, it.planned_at, id)
        };
        let mut rows: Vec<ActiveModel> = all.map(task).collect();
        // Whoever recorded a part of a task has looked at its cases (`change::record_task`).
        let seen = |id: &CaseId| Some((id.0, batch.seen::<Case>(&id.to_string())?));
        let own = |(_, case): &(Uuid, &Case)| case.task == Some(TaskId(id));
        for (case, its) in it.cases.iter().filter_map(seen).filter(own) {
            let report = &its.report;
            let others = parties.iter().filter(|it| ***it != report.organization);
            rows.extend(others.map(|party| ActiveModel {
                through: Set(Some(id)),
                ..row(Kind::Case, party, report.reported_at, case)
            }));
        }
        rows
    };
    let mut rows = batch.rows(held);
    rows.extend(batch.rows(parts));
    use Column::{BeganAt, District, DueAt, Id, Kind as Of, Organization, Through};
    let key = [District, Of, Organization, BeganAt, Id];
    out.upsert(rows, &key, &[DueAt, Through]).await
}

/// The rows of an organization.
pub(super) fn of(district: &str, kind: Kind, organization: &str) -> Select<Entity> {
    Entity::find()
        .filter(Column::District.eq(district))
        .filter(Column::Kind.eq(kind.word()))
        .filter(Column::Organization.eq(organization))
}

/// What an organization's rows are about.
pub(super) fn ids(district: &str, kind: Kind, organization: &str) -> SelectStatement {
    Query::select()
        .column(Column::Id)
        .from(Entity)
        .and_where(Column::District.eq(district))
        .and_where(Column::Kind.eq(kind.word()))
        .and_where(Column::Organization.eq(organization))
        .to_owned()
}
