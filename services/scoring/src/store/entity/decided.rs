//! Columns of the tables of what people decide.

/// A decision, and behind which event of dispatch's log it took effect.
pub(crate) mod decision {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "decision")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) district: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) number: i64,
        pub(crate) after: i64,
        #[sea_orm(column_type = "Text")]
        pub(crate) reference: String,
        pub(crate) recorded_at: i64,
        #[sea_orm(column_type = "Text")]
        pub(crate) decision: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A part of a task that is not counted.
pub(crate) mod exemption {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "exemption")]
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
        pub(crate) topic: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) occasion: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// An appeal against the entry of the same sequence.
pub(crate) mod appeal {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "appeal")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) district: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) sequence: i64,
        pub(crate) organization: String,
        pub(crate) scheme: String,
        pub(crate) day: String,
        pub(crate) state: String,
        pub(crate) open: bool,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Who reviews an appeal, or did.
pub(crate) mod appeal_reviewer {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "appeal_reviewer")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) district: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) sequence: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) person: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What something besides tasks and cases adds.
pub(crate) mod sheet {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "sheet")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) district: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) kind: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        #[sea_orm(column_type = "Text")]
        pub(crate) content: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A version of a scheme that a district put in force.
pub(crate) mod scheme_version {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "scheme_version")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) district: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) number: i64,
        pub(crate) scheme: String,
        pub(crate) version: i32,
        pub(crate) put_at: i64,
        #[sea_orm(column_type = "Text")]
        pub(crate) document: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A closed period.
pub(crate) mod closed_period {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "closed_period")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) district: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) scheme: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) period: String,
        pub(crate) last_day: String,
        pub(crate) version: i64,
        pub(crate) state: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A frozen ranking with its rows.
pub(crate) mod edition {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "edition")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) district: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) scheme: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) period: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) number: i32,
        #[sea_orm(column_type = "Text")]
        pub(crate) content: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A manual item, for lists.
pub(crate) mod item {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "item")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) district: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) organization: String,
        pub(crate) day: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A look at a task's result some time later.
pub(crate) mod revisit {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "revisit")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) district: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) task: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) position: i64,
        pub(crate) at: i64,
        pub(crate) passed: bool,
        #[sea_orm(column_type = "Text")]
        pub(crate) evidence: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
