//! Columns of the query tables; nothing else. Times are microseconds since the epoch, UTC; words are as on the wire,
//! without their prefix.

/// A row per case.
pub(crate) mod case_row {
    #![allow(missing_docs)]
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "case_row")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub district: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub state: String,
        pub source: String,
        pub area: String,
        pub matter: String,
        pub organization: String,
        pub external_reference: String,
        pub task: Option<Uuid>,
        pub reported_at: i64,
        /// The matter it is filed under or, before, taken for.
        pub about: String,
        pub latitude: Option<i32>,
        pub longitude: Option<i32>,
        pub address: String,
        pub object: String,
        pub triage: String,
        pub overdue: bool,
        pub closed_at: Option<i64>,
        /// When the next of its running clocks runs out; none when nothing runs.
        pub due_at: Option<i64>,
        /// Whether it belongs on an agenda.
        pub agenda: bool,
        pub exercise: bool,
        /// Whether a promised reply was not given, or not in time.
        pub owes_reply: bool,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A row per task.
pub(crate) mod task_row {
    #![allow(missing_docs)]
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "task_row")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub district: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub state: String,
        pub area: String,
        pub matter: String,
        pub organizer: String,
        pub overdue: bool,
        pub planned_at: i64,
        /// When the next of its running clocks runs out; none when nothing runs.
        pub due_at: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A row per assignment.
pub(crate) mod assignment_row {
    #![allow(missing_docs)]
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "assignment_row")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub district: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub task: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i32,
        pub organization: String,
        pub checker: String,
        pub state: String,
        pub role: String,
        pub area: String,
        pub matter: String,
        pub overdue: bool,
        pub offered_at: i64,
        /// When the next of its running clocks runs out; none when nothing runs.
        pub due_at: Option<i64>,
        /// Whether it belongs on an agenda.
        pub agenda: bool,
        /// When its result passed the check that ended it.
        pub accepted_at: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
