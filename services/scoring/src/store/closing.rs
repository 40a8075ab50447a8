//! Closed periods: lists of them, and the rows of their editions.

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::entity::{closed_period, edition};
use crate::domain::ranking::Row;

/// Which closed periods are listed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    /// Only by this scheme.
    pub(crate) scheme: Option<String>,
    /// Only those that were shown.
    pub(crate) published: bool,
    /// Behind this one; see [`Listed::cursor`].
    pub(crate) after: Option<String>,
}

/// A closed period in a list.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    /// Its id.
    pub(crate) id: String,
    last_day: String,
}

impl Listed {
    /// Names its place in the list.
    pub(crate) fn cursor(&self) -> String {
        format!("{} {}", self.last_day, self.id)
    }
}

/// Closed periods, the newest first, those of a day by scheme and period.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    district: &str,
    filter: &Filter,
    limit: u64,
) -> Result<Vec<Listed>, DbErr> {
    use closed_period::Column as C;
    let mut select = closed_period::Entity::find().filter(C::District.eq(district));
    if let Some(scheme) = &filter.scheme {
        select = select.filter(C::Scheme.eq(scheme.as_str()));
    }
    if filter.published {
        select = select.filter(C::State.eq("PUBLISHED"));
    }
    let after = filter.after.as_deref().and_then(|it| it.split_once(' '));
    if let Some((day, id)) = after {
        let (scheme, period) = id.split_once(':').unwrap_or_default();
        let same_scheme = C::Scheme.eq(scheme).and(C::Period.gt(period));
        let same_day = C::LastDay.eq(day).and(C::Scheme.gt(scheme).or(same_scheme));
        select = select.filter(C::LastDay.lt(day).or(same_day));
    }
    let rows = select
        .order_by_desc(C::LastDay)
        .order_by_asc(C::Scheme)
        .order_by_asc(C::Period)
        .limit(limit)
        .all(db)
        .await?;
    let listed = |row: closed_period::Model| Listed {
        id: format!("{}:{}", row.scheme, row.period),
        last_day: row.last_day,
    };
    Ok(rows.into_iter().map(listed).collect())
}

/// The rows of an edition.
pub(crate) async fn rows(
    db: &impl ConnectionTrait,
    district: &str,
    id: &str,
    number: i32,
) -> Result<Vec<Row>, DbErr> {
    let (scheme, period) = id.split_once(':').unwrap_or_default();
    let key = (
        district.to_owned(),
        scheme.to_owned(),
        period.to_owned(),
        number,
    );
    let row = edition::Entity::find_by_id(key).one(db).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound(format!("edition {number} of {id}")))?;
    super::from_json(&row.content)
}
