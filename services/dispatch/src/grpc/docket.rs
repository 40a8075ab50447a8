//! Reading the docket: one thing, or a page.

use liandong_kit::auth::Caller;
use liandong_kit::log::Loaded;
use liandong_proto::dispatch as wire;
use tonic::Status;

use super::convert::facet;
use super::convert::query::{self, Fields};
use super::{Desk, sight, status};
use crate::domain::Refusal;
use crate::store::docket::Listed;

/// A page of a list.
pub(super) struct Listing<A> {
    /// What is on it.
    pub(super) found: Vec<Loaded<A>>,
    /// Empty on the last page.
    pub(super) next_page_token: String,
    /// How the whole list is spread over the fields that were asked for.
    pub(super) facets: Vec<wire::Facet>,
}

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

    /// A page of what the caller may see: asked with page size and page token, filter and the fields to count by.
    pub(super) async fn listed<A: Listed>(
        &self,
        caller: &Caller,
        ((page_size, page_token), (filter, facets)): ((i32, String), (String, Vec<String>)),
        fields: Fields,
    ) -> Result<Listing<A>, Status> {
        let sight = sight(caller);
        let rows = format!("{}{sight:?}", A::KIND);
        let page = (page_size, &*page_token);
        let query::Asked {
            terms,
            facets,
            page,
        } = query::page(page, (&filter, &facets), fields, &rows)?;
        let (store, seen) = (&self.store, (caller.district.as_str(), &sight));
        let listed = store.listed_ids::<A>(seen, &terms, &page);
        let (ids, next_page_token) = listed.await.map_err(status::database)?;
        let counts = store.listed_facets::<A>(seen, &terms, &facets).await;
        let found = store.several::<A>(&caller.district, &ids).await;
        Ok(Listing {
            found: found.map_err(status::database)?,
            next_page_token,
            facets: facet::counted(counts.map_err(status::database)?, fields),
        })
    }
}
