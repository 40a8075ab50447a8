//! The schemes of each district: those every installation has, and those the district put in force. Kept in memory and
//! read again when the ledger's end says that one was added.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use liandong_kit::db::{from_micros, micros};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder,
};
use time::OffsetDateTime;

use super::entity::scheme_version;
use crate::domain::scheme::{Book, Scheme};

/// Every district's schemes. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Books {
    built_in: Book,
    known: Arc<RwLock<HashMap<String, (i64, Book)>>>,
}

/// A version that a district put in force.
#[derive(Clone, Debug)]
pub(crate) struct PutVersion {
    /// The position in scoring's own log.
    pub(crate) number: i64,
    /// When.
    pub(crate) put_at: OffsetDateTime,
    /// What.
    pub(crate) scheme: Scheme,
}

impl Books {
    pub(crate) fn new(built_in: Book) -> Self {
        Self {
            built_in,
            known: Arc::default(),
        }
    }

    /// The schemes every installation has.
    pub(crate) fn built_in(&self) -> &Book {
        &self.built_in
    }

    /// A district's schemes when it had put `count` versions in force.
    pub(crate) async fn of(
        &self,
        db: &impl ConnectionTrait,
        district: &str,
        count: i64,
    ) -> Result<Book, DbErr> {
        if count == 0 {
            return Ok(self.built_in.clone());
        }
        let known = {
            let all = self.known.read().unwrap_or_else(PoisonError::into_inner);
            all.get(district).cloned()
        };
        if let Some((known, book)) = known
            && known == count
        {
            return Ok(book);
        }
        let rows = rows(db, district).await?;
        let mut book = self.built_in.clone();
        for row in rows.iter().take(usize::try_from(count).unwrap_or(0)) {
            book = book
                .with(&row.document)
                .map_err(|_| DbErr::Type(format!("schemes/{} of {district}", row.scheme)))?;
        }
        let mut all = self.known.write().unwrap_or_else(PoisonError::into_inner);
        all.insert(district.to_owned(), (count, book.clone()));
        Ok(book)
    }
}

/// Keeps a version.
pub(crate) async fn save(
    tx: &impl ConnectionTrait,
    district: &str,
    it: &PutVersion,
) -> Result<(), DbErr> {
    let row = scheme_version::ActiveModel {
        district: Set(district.to_owned()),
        number: Set(it.number),
        scheme: Set(it.scheme.id.clone()),
        version: Set(it.scheme.version),
        put_at: Set(micros(it.put_at)),
        document: Set(it.scheme.document.clone()),
    };
    scheme_version::Entity::insert(row)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// When each version of a district was put in force, by scheme and version.
pub(crate) async fn put_times(
    db: &impl ConnectionTrait,
    district: &str,
) -> Result<HashMap<(String, i32), OffsetDateTime>, DbErr> {
    let rows = rows(db, district).await?;
    let time = |row: scheme_version::Model| ((row.scheme, row.version), from_micros(row.put_at));
    Ok(rows.into_iter().map(time).collect())
}

async fn rows(
    db: &impl ConnectionTrait,
    district: &str,
) -> Result<Vec<scheme_version::Model>, DbErr> {
    scheme_version::Entity::find()
        .filter(scheme_version::Column::District.eq(district))
        .order_by_asc(scheme_version::Column::Number)
        .all(db)
        .await
}
