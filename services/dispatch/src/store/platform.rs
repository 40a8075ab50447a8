//! What the platform keeps of itself beside the log: its last sign of life, and copies of the registry by which it
//! goes on when it starts while the registry is away.

use liandong_kit::db::{Db, from_micros, micros};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, DbErr, EntityTrait};
use time::OffsetDateTime;

use self::entity::{registry_copy, sign_of_life};
use super::Store;

mod entity {
    #![allow(missing_docs)]

    /// One row: when any replica was last known to serve.
    pub(crate) mod sign_of_life {
        use sea_orm::entity::prelude::*;

        #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
        #[sea_orm(table_name = "sign_of_life")]
        pub(crate) struct Model {
            #[sea_orm(primary_key, auto_increment = false)]
            pub id: i32,
            pub seen_at: i64,
        }

        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub(crate) enum Relation {}

        impl ActiveModelBehavior for ActiveModel {}
    }

    /// A part of the registry as it was last read.
    pub(crate) mod registry_copy {
        use sea_orm::entity::prelude::*;

        #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
        #[sea_orm(table_name = "registry_copy")]
        pub(crate) struct Model {
            #[sea_orm(primary_key, auto_increment = false)]
            pub district: String,
            #[sea_orm(primary_key, auto_increment = false)]
            pub part: String,
            pub content: Vec<u8>,
            pub confirmed_at: i64,
        }

        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub(crate) enum Relation {}

        impl ActiveModelBehavior for ActiveModel {}
    }
}

/// The only row of the sign of life.
const ROW: i32 = 1;

impl Store {
    /// When the platform was last known to serve; none before its first start.
    pub(crate) async fn last_sign_of_life(&self) -> Result<Option<OffsetDateTime>, DbErr> {
        let found = sign_of_life::Entity::find_by_id(ROW);
        let found = found.one(self.log().db().read()).await?;
        Ok(found.map(|it| from_micros(it.seen_at)))
    }

    /// It serves now.
    pub(crate) async fn sign_life(&self) -> Result<(), DbErr> {
        let row = sign_of_life::ActiveModel {
            id: Set(ROW),
            seen_at: Set(micros(self.now())),
        };
        let write = self.log().db().write(move |tx| {
            let row = row.clone();
            Box::pin(async move {
                sign_of_life::Entity::insert(row)
                    .on_conflict(
                        OnConflict::column(sign_of_life::Column::Id)
                            .update_column(sign_of_life::Column::SeenAt)
                            .to_owned(),
                    )
                    .exec_without_returning(tx)
                    .await
            })
        });
        write.await.map(drop)
    }
}

/// A part of a district's registry, as it was last read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeptCopy {
    /// Of which district.
    pub district: String,
    /// Which part.
    pub part: String,
    /// What it says, encoded.
    pub content: Vec<u8>,
    /// When the registry last confirmed it, by the wall clock.
    pub confirmed_at: OffsetDateTime,
}

/// Where copies of the registry are kept. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Copies(Db);

impl Copies {
    /// In a database whose tables are there.
    pub(crate) fn new(db: Db) -> Copies {
        Copies(db)
    }

    /// All there are.
    pub(crate) async fn load(&self) -> Result<Vec<KeptCopy>, DbErr> {
        let rows = registry_copy::Entity::find().all(self.0.read()).await?;
        let copy = |it: registry_copy::Model| KeptCopy {
            district: it.district,
            part: it.part,
            content: it.content,
            confirmed_at: from_micros(it.confirmed_at),
        };
        Ok(rows.into_iter().map(copy).collect())
    }

    /// Keeps one in place of an older one.
    pub(crate) async fn keep(&self, it: KeptCopy) -> Result<(), DbErr> {
        use registry_copy::Column as C;
        let row = registry_copy::ActiveModel {
            district: Set(it.district),
            part: Set(it.part),
            content: Set(it.content),
            confirmed_at: Set(micros(it.confirmed_at)),
        };
        let write = self.0.write(move |tx| {
            let row = row.clone();
            Box::pin(async move {
                registry_copy::Entity::insert(row)
                    .on_conflict(
                        OnConflict::columns([C::District, C::Part])
                            .update_columns([C::Content, C::ConfirmedAt])
                            .to_owned(),
                    )
                    .exec_without_returning(tx)
                    .await
            })
        });
        write.await.map(drop)
    }

    /// The same was confirmed again.
    pub(crate) async fn confirm(
        &self,
        (district, part): (&str, &str),
        at: OffsetDateTime,
    ) -> Result<(), DbErr> {
        use registry_copy::Column as C;
        use sea_orm::{ColumnTrait, QueryFilter};
        let update = registry_copy::Entity::update_many()
            .col_expr(C::ConfirmedAt, Expr::value(micros(at)))
            .filter(C::District.eq(district))
            .filter(C::Part.eq(part));
        let write = self.0.write(move |tx| {
            let update = update.clone();
            Box::pin(async move { update.exec(tx).await })
        });
        write.await.map(drop)
    }
}
