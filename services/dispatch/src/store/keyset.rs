//! The one way to page a list: by a time and then by what names the row, all rising or all falling, from the last row
//! of the page before.

use liandong_kit::page::PageRequest;
use sea_orm::sea_query::{Expr, ExprTrait, Value};
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect, Select,
    TryGetableMany,
};
use uuid::Uuid;

use super::Store;

/// A page of keys, and the token of the next one.
pub(crate) type Page<T> = (Vec<T>, String);

/// What the rows of a list are ordered and named by.
pub(super) trait Key: Sized {
    /// As it stands in a page token.
    fn cursor(&self) -> String;
    /// Out of a page token; none if it is of another list.
    fn read(cursor: &str) -> Option<Self>;
    /// Its columns' values.
    fn values(self) -> Vec<Value>;
}

impl Key for (i64, Uuid) {
    fn cursor(&self) -> String {
        format!("{}:{}", self.0, self.1)
    }

    fn read(cursor: &str) -> Option<Self> {
        let (at, id) = cursor.split_once(':')?;
        Some((at.parse().ok()?, Uuid::try_parse(id).ok()?))
    }

    fn values(self) -> Vec<Value> {
        vec![self.0.into(), self.1.into()]
    }
}

impl Key for (i64, Uuid, i32) {
    fn cursor(&self) -> String {
        format!("{}:{}:{}", self.0, self.1, self.2)
    }

    fn read(cursor: &str) -> Option<Self> {
        let (front, number) = cursor.rsplit_once(':')?;
        let (at, id) = <(i64, Uuid)>::read(front)?;
        Some((at, id, number.parse().ok()?))
    }

    fn values(self) -> Vec<Value> {
        vec![self.0.into(), self.1.into(), self.2.into()]
    }
}

impl Key for (i64, String) {
    fn cursor(&self) -> String {
        format!("{}:{}", self.0, self.1)
    }

    fn read(cursor: &str) -> Option<Self> {
        let (at, id) = cursor.split_once(':')?;
        Some((at.parse().ok()?, id.to_owned()))
    }

    fn values(self) -> Vec<Value> {
        vec![self.0.into(), self.1.into()]
    }
}

impl Key for String {
    fn cursor(&self) -> String {
        self.clone()
    }

    fn read(cursor: &str) -> Option<Self> {
        Some(cursor.to_owned())
    }

    fn values(self) -> Vec<Value> {
        vec![self.into()]
    }
}

impl Store {
    /// A page of rows by these columns, which are the key's.
    pub(super) async fn page<E: EntityTrait, K: Key + TryGetableMany>(
        &self,
        rows: Select<E>,
        (columns, order): (&[E::Column], Order),
        page: &PageRequest,
    ) -> Result<Page<K>, DbErr> {
        let rows = paged::<E, K>(rows, (columns, order), page).into_tuple::<K>();
        let rows = rows.all(self.log().db().read()).await?;
        Ok(page.cut(rows, K::cursor))
    }
}

/// The rows of a page and the first of the next one.
pub(super) fn paged<E: EntityTrait, K: Key>(
    rows: Select<E>,
    (columns, order): (&[E::Column], Order),
    page: &PageRequest,
) -> Select<E> {
    let mut rows = rows.select_only().columns(columns.iter().copied());
    if let Some(after) = page.after.as_deref().and_then(K::read) {
        rows = rows.filter(beyond(columns, after.values(), &order));
    }
    for column in columns {
        rows = rows.order_by(*column, order.clone());
    }
    rows.limit(page.limit())
}

/// Rows after a key: an index in the list's order is entered there.
fn beyond<C: ColumnTrait>(columns: &[C], key: Vec<Value>, order: &Order) -> Expr {
    let columns = Expr::tuple(columns.iter().map(|it| it.into_expr()));
    let key = Expr::tuple(key.into_iter().map(Expr::val));
    match order {
        Order::Asc => columns.gt(key),
        _ => columns.lt(key),
    }
}
