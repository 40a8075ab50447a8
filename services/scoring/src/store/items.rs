//! Lists of manual items.

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::entity::item;
use crate::domain::period::Period;

/// Which items are listed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    /// Only about this organization.
    pub(crate) organization: Option<String>,
    /// Only with a day in this period.
    pub(crate) period: Option<Period>,
    /// Behind this one.
    pub(crate) after: Option<Uuid>,
}

/// Items, the newest first: their ids rise with time.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    district: &str,
    filter: &Filter,
    limit: u64,
) -> Result<Vec<Uuid>, DbErr> {
    use item::Column as C;
    let mut select = item::Entity::find().filter(C::District.eq(district));
    if let Some(organization) = &filter.organization {
        select = select.filter(C::Organization.eq(organization.as_str()));
    }
    if let Some(period) = filter.period {
        let (first, last) = (period.first_day(), period.last_day());
        select = select.filter(C::Day.between(first.to_string(), last.to_string()));
    }
    if let Some(after) = filter.after {
        select = select.filter(C::Id.lt(after));
    }
    select
        .select_only()
        .column(C::Id)
        .order_by_desc(C::Id)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await
}
