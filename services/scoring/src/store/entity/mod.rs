//! Columns of scoring's tables; nothing else. Times are microseconds since the epoch, UTC; days are `2026-04-17`;
//! points and coefficients are whole ten-thousandths. The rollup's columns are the domain's cells: see `rollup.rs`.

/// One round of an assignment.
pub(crate) mod fact {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "fact")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) district: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) task: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) assignment: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) round: i32,
        pub(crate) version: i64,
        pub(crate) organization: String,
        pub(crate) area: String,
        pub(crate) matter: String,
        pub(crate) source: String,
        pub(crate) role: String,
        pub(crate) standing: String,
        pub(crate) offered_at: Option<i64>,
        pub(crate) sign_due_at: Option<i64>,
        pub(crate) signed_at: Option<i64>,
        pub(crate) sign_overdue_at: Option<i64>,
        pub(crate) on_site_due_at: Option<i64>,
        pub(crate) on_site_at: Option<i64>,
        pub(crate) on_site_overdue_at: Option<i64>,
        pub(crate) disposal_due_at: Option<i64>,
        pub(crate) reported_at: Option<i64>,
        pub(crate) disposal_overdue_at: Option<i64>,
        pub(crate) checked_at: Option<i64>,
        pub(crate) check_passed: Option<bool>,
        pub(crate) extensions: i32,
        #[sea_orm(column_type = "Text")]
        pub(crate) rulings: String,
        pub(crate) first_day: String,
        pub(crate) last_day: String,
        pub(crate) organizer: String,
        pub(crate) checker: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// One event a round's fact rests on, apart from it: whoever counts rounds reads none of them.
pub(crate) mod fact_evidence {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "fact_evidence")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) district: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) task: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) assignment: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) round: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) position: i64,
        pub(crate) id: Uuid,
        pub(crate) kind: String,
        pub(crate) occurred_at: i64,
        pub(crate) trace_id: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// How a joint task finished.
pub(crate) mod task_fact {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "task_fact")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) district: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) task: Uuid,
        pub(crate) finished_at: i64,
        pub(crate) cases: i64,
        #[sea_orm(column_type = "Text")]
        pub(crate) evidence: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// One case.
pub(crate) mod case_fact {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "case_fact")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) district: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) case_id: Uuid,
        pub(crate) version: i64,
        pub(crate) organization: String,
        pub(crate) area: String,
        pub(crate) matter: String,
        pub(crate) source: String,
        pub(crate) reported_at: Option<i64>,
        pub(crate) filed_at: Option<i64>,
        pub(crate) closed_at: Option<i64>,
        #[sea_orm(column_type = "Text")]
        pub(crate) stages: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// One ledger entry.
pub(crate) mod entry {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "entry")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) district: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) sequence: i64,
        pub(crate) task: Uuid,
        pub(crate) assignment: i32,
        pub(crate) round: i32,
        pub(crate) scheme: String,
        pub(crate) rule: String,
        pub(crate) occasion: i64,
        pub(crate) version: i32,
        pub(crate) title: String,
        pub(crate) indicator: String,
        pub(crate) organization: String,
        pub(crate) day: String,
        pub(crate) coefficient: i64,
        pub(crate) points: i64,
        pub(crate) formula: String,
        #[sea_orm(column_type = "Text")]
        pub(crate) inputs: String,
        #[sea_orm(column_type = "Text")]
        pub(crate) evidence: String,
        #[sea_orm(column_type = "Text")]
        pub(crate) cause: String,
        pub(crate) reverses: i64,
        pub(crate) recorded_at: i64,
        pub(crate) posted_at: i64,
        pub(crate) previous_hash: String,
        pub(crate) hash: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Where a district's ledger ends. Locked while a batch is applied: one consumer at a time.
pub(crate) mod ledger_head {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "ledger_head")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) district: String,
        pub(crate) sequence: i64,
        pub(crate) hash: String,
        pub(crate) schemes: i64,
        pub(crate) latest_at: i64,
        pub(crate) last_event: Option<Uuid>,
        pub(crate) last_position: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod decided;

pub(crate) use self::decided::{
    appeal, appeal_reviewer, closed_period, decision, edition, exemption, item, revisit,
    scheme_version, sheet,
};
