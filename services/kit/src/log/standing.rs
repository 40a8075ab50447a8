//! Everything as it is now: for a service that keeps a district in memory and would not replay its whole history.

use sea_orm::{
    ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, JoinType, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, RelationDef,
    sea_query::{Expr, ExprTrait},
};
use time::OffsetDateTime;

use super::{Aggregate, Head, Log, entity};
use crate::db::from_micros;

/// Rows read at once.
const PAGE: u64 = 2000;

/// A district's log at one moment, and what it has come to.
#[derive(Clone, Debug)]
pub struct Whole {
    /// Where the log ends.
    pub head: Head,
    /// Every aggregate of every kind.
    pub standing: Vec<Standing>,
}

/// An aggregate as it is, its state not read yet.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Its kind.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// How many events it has had.
    pub version: i64,
    /// When its last event happened.
    pub changed_at: OffsetDateTime,
    state: String,
}

impl Standing {
    /// Its state.
    ///
    /// # Errors
    /// The state is not what this release understands.
    pub fn state<A: Aggregate>(&self) -> Result<A, serde_json::Error> {
        serde_json::from_str(&self.state)
    }
}

impl Log {
    /// Everything of a district as of one moment; `None` if it has no log yet. Costs what there is, however much has
    /// happened to it.
    pub async fn whole(&self, district: &str) -> Result<Option<Whole>, DbErr> {
        let district = district.to_owned();
        self.db()
            .snapshot(move |tx| Box::pin(async move { whole(tx, &district).await }))
            .await
    }
}

async fn whole(tx: &DatabaseTransaction, district: &str) -> Result<Option<Whole>, DbErr> {
    use entity::{aggregate::Column, event};
    let Some(head) = entity::head::Entity::find_by_id(district).one(tx).await? else {
        return Ok(None);
    };
    let mut standing: Vec<Standing> = Vec::new();
    loop {
        let last = standing.last();
        let rows = entity::aggregate::Entity::find()
            .select_only()
            .columns([Column::Kind, Column::Id, Column::Version, Column::State])
            .column(event::Column::OccurredAt)
            .join(JoinType::InnerJoin, last_event())
            .filter(Column::District.eq(district))
            .apply_if(last, |query, last| {
                let here = Expr::tuple([Column::Kind, Column::Id].map(|it| it.into_expr()));
                let there = Expr::tuple([&last.kind, &last.id].map(|it| Expr::value(it.as_str())));
                query.filter(here.gt(there))
            })
            .order_by_asc(Column::Kind)
            .order_by_asc(Column::Id)
            .limit(PAGE)
            .into_tuple::<(String, String, i64, String, i64)>()
            .all(tx)
            .await?;
        let is_last = (rows.len() as u64) < PAGE;
        standing.extend(
            rows.into_iter()
                .map(|(kind, id, version, state, occurred_at)| Standing {
                    kind,
                    id,
                    version,
                    changed_at: from_micros(occurred_at),
                    state,
                }),
        );
        if is_last {
            break;
        }
    }
    let head = Head {
        epoch: head.epoch,
        position: head.position,
        hash: head.hash,
    };
    Ok(Some(Whole { head, standing }))
}

/// From an aggregate to the event that made it what it is.
fn last_event() -> RelationDef {
    use entity::{
        aggregate::{Column as From, Entity},
        event::{Column as To, Entity as Event},
    };
    Entity::belongs_to(Event)
        .from((From::District, From::Kind, From::Id, From::Version))
        .to((To::District, To::Aggregate, To::AggregateId, To::Version))
        .into()
}
