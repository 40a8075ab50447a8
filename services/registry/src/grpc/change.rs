//! Changes: decided on the catalogue, stored unless only a check is asked for.

use ::time::OffsetDateTime;
use liandong_kit::commit::RequestKey;
use prost::Message;
use tonic::{Response, Status};

use super::{Asks, Handlers, status};
use crate::{
    domain::{Catalogue, amend::Refusal},
    store::Decision,
};

impl Handlers {
    /// Stores what `decide` decides, or only says what it would be.
    pub(super) async fn settle<R, F>(
        &self,
        asks: Asks,
        key: Option<RequestKey>,
        validate_only: bool,
        name: &str,
        decide: F,
    ) -> Result<Response<R>, Status>
    where
        R: Message + Default + Clone + Send + Sync + 'static,
        F: Fn(&Catalogue, OffsetDateTime) -> Decision<R, Refusal> + Send + Sync + 'static,
    {
        let settled = if validate_only {
            let decided = decide(&asks.catalogue, asks.now).map(|(_, answer)| answer);
            decided.map_err(crate::store::Error::Refused)
        } else {
            self.store.change(asks.caller.author(), key, decide).await
        };
        settled
            .map(Response::new)
            .map_err(|error| status::change(error, name))
    }
}
