//! Reading the docket: one thing, or a page.

use liandong_kit::auth::Caller;
use liandong_kit::log::Loaded;
use liandong_kit::page::PageRequest;
use tonic::Status;

use super::convert::query::{self, Fields};
use super::{Desk, sight, status};
use crate::domain::Refusal;
use crate::store::docket::Listed;

impl Desk {
    /// One thing the caller may see, or `missing`.
    pub(super) async fn found<A: Listed>(
        &self,
        caller: &Caller,
        key: String,
        missing: &Refusal,
    ) -> Result<Loaded<A>, Status> {
        let sight = sight(caller);
        let found = self.store.listed::<A>(&caller.district, &sight, &key);
        let found = found.await.map_err(status::database)?;
        found.ok_or_else(|| status::refused(missing).into())
    }

    /// A page of what the caller may see: asked with page size, page token and filter.
    pub(super) async fn listed<A: Listed>(
        &self,
        caller: &Caller,
        (page_size, page_token, filter): (i32, String, String),
        fields: Fields,
    ) -> Result<(Vec<Loaded<A>>, String), Status> {
        let sight = sight(caller);
        let terms = query::filter(&filter, fields)?;
        let asked = format!("{}{sight:?}{terms:?}", A::KIND);
        let page = PageRequest::parse(page_size, &page_token, &asked)?;
        let store = &self.store;
        let listed = store.listed_ids::<A>(&caller.district, &sight, &terms, &page);
        let (ids, next) = listed.await.map_err(status::database)?;
        let found = store.several::<A>(&caller.district, &ids).await;
        Ok((found.map_err(status::database)?, next))
    }
}
