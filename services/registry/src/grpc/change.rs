//! Changes: decided on the catalogue, stored unless only a check is asked for.

use ::time::{Date, OffsetDateTime};
use liandong_kit::{
    commit::RequestKey,
    status::{FieldProblem, Violations},
};
use prost::Message;
use prost_types::FieldMask;
use tonic::{Response, Status};

use super::{
    Asks, Handlers, convert,
    requests::Keyed,
    resource::{Editable, Resource, overlay, seen},
    status,
};
use crate::{
    domain::{
        Catalogue, Entry, Id, Kept,
        amend::{self, Refusal},
        area::LaterState,
        day,
    },
    store::Decision,
};

/// Why a change is refused.
#[derive(Clone, Debug)]
pub(super) enum No {
    /// The rules say so.
    Rule(Refusal),
    /// What the request and the item come to together is malformed.
    Malformed(Violations),
    /// It would change a past that is over.
    LaterState(LaterState),
}

impl From<Refusal> for No {
    fn from(refusal: Refusal) -> Self {
        Self::Rule(refusal)
    }
}

/// What every request for a change says.
pub(super) struct Change {
    key: Option<RequestKey>,
    validate_only: bool,
    /// What is wrong with the request so far.
    pub(super) bad: Violations,
}

impl Change {
    /// Reads it from a request. A repeat is known by the method, the id, and what the request says.
    pub(super) fn of(request: &impl Keyed) -> Self {
        let mut bad = Violations::new();
        convert::request_id(&mut bad, request.request_id());
        seen(&mut bad, request);
        Self {
            key: key(request),
            validate_only: request.validate_only(),
            bad,
        }
    }
}

fn key<R: Keyed>(request: &R) -> Option<RequestKey> {
    let method = R::NAME.trim_end_matches("Request");
    RequestKey::of(method, request.request_id(), request)
}

impl Handlers {
    /// Registers a new item under an id, which stands in a field of its own.
    pub(super) async fn create<T: Editable, R>(
        &self,
        asks: Asks,
        mut change: Change,
        (field, id): (&str, &str),
        message: Option<T::Message>,
        answer: impl Fn(T::Message) -> R + Send + Sync + 'static,
    ) -> Result<Response<R>, Status>
    where
        R: Message + Default + Clone + Send + Sync + 'static,
    {
        let id: Option<Id<T>> = change.bad.take(field, convert::bare(id));
        let item = match message {
            Some(message) => read(&mut change.bad, id, &message),
            None => {
                let required = FieldProblem::new("required", "必填");
                change.bad.add(T::FIELD, required);
                None
            }
        };
        let (Some(item), true) = (item, change.bad.is_empty()) else {
            return Err(change.bad.into());
        };
        let name = item.id().name();
        let decide = move |catalogue: &Catalogue, now| {
            let entries = amend::create(catalogue, item.clone(), now)?;
            let message = after(catalogue, &entries, item.id(), now)?;
            Ok((entries, answer(message)))
        };
        self.settle(asks, change, T::MISSING, &name, decide).await
    }

    /// Takes the masked fields of a message over.
    pub(super) async fn update<T: Editable, R>(
        &self,
        asks: Asks,
        mut change: Change,
        etag: &str,
        mask: Option<FieldMask>,
        message: Option<T::Message>,
        answer: impl Fn(T::Message) -> R + Send + Sync + 'static,
    ) -> Result<Response<R>, Status>
    where
        R: Message + Default + Clone + Send + Sync + 'static,
    {
        let message = message.unwrap_or_default();
        let name = T::name_of(&message).to_owned();
        let field = format!("{}.name", T::FIELD);
        let id = change.bad.take(field, convert::id::<T>(&name));
        let etag = change.bad.take("etag", convert::version(etag));
        // The mask is checked here; what it comes to depends on what is there.
        overlay::<T>(&mut change.bad, &message, &message, mask.as_ref());
        let (Some(id), Some(etag), true) = (id, etag, change.bad.is_empty()) else {
            return Err(change.bad.into());
        };
        let decide = move |catalogue: &Catalogue, now| {
            let kept = amend::current(catalogue, &id, etag)?;
            let before = T::wire(kept, day::of(now));
            let mut bad = Violations::new();
            let merged = overlay::<T>(&mut bad, &before, &message, mask.as_ref());
            let item = merged.and_then(|it| read(&mut bad, Some(id.clone()), &it));
            let (Some(item), true) = (item, bad.is_empty()) else {
                return Err(No::Malformed(bad));
            };
            let entries = amend::checked(catalogue, item.entry(), now)?;
            let message = after(catalogue, &entries, &id, now)?;
            Ok((entries, answer(message)))
        };
        self.settle(asks, change, T::MISSING, &name, decide).await
    }

    /// Changes an item by a verb.
    pub(super) async fn amend<T: Resource, R>(
        &self,
        asks: Asks,
        mut change: Change,
        name: &str,
        etag: &str,
        apply: impl Fn(&mut T) + Send + Sync + 'static,
        answer: impl Fn(T::Message) -> R + Send + Sync + 'static,
    ) -> Result<Response<R>, Status>
    where
        R: Message + Default + Clone + Send + Sync + 'static,
    {
        let id = change.bad.take("name", convert::id::<T>(name));
        let etag = change.bad.take("etag", convert::version(etag));
        let (Some(id), Some(etag), true) = (id, etag, change.bad.is_empty()) else {
            return Err(change.bad.into());
        };
        let decide = move |catalogue: &Catalogue, now| {
            let entries = amend::update(catalogue, &id, etag, now, &apply)?;
            let message = after(catalogue, &entries, &id, now)?;
            Ok((entries, answer(message)))
        };
        self.settle(asks, change, T::MISSING, name, decide).await
    }

    /// Ends an item with a last day, changing what goes with that.
    pub(super) async fn end<T: Resource, R>(
        &self,
        asks: Asks,
        mut change: Change,
        name: &str,
        (etag, last_day): (&str, &str),
        also: impl Fn(&mut T) + Send + Sync + 'static,
        answer: impl Fn(T::Message) -> R + Send + Sync + 'static,
    ) -> Result<Response<R>, Status>
    where
        R: Message + Default + Clone + Send + Sync + 'static,
    {
        let bad = &mut change.bad;
        let id = bad.take("name", convert::id::<T>(name));
        let etag = bad.take("etag", convert::version(etag));
        bad.check(!last_day.is_empty(), "last_day", "required", "必填");
        let last = bad.take("last_day", convert::day(last_day)).flatten();
        let (Some(id), Some(etag), Some(last), true) = (id, etag, last, bad.is_empty()) else {
            return Err(change.bad.into());
        };
        let decide = move |catalogue: &Catalogue, now| {
            let entries = amend::end(catalogue, &id, etag, now, (last, &also))?;
            let message = after(catalogue, &entries, &id, now)?;
            Ok((entries, answer(message)))
        };
        self.settle(asks, change, T::MISSING, name, decide).await
    }

    /// Stores what `decide` decides, or only says what it would be.
    pub(super) async fn settle<R, F>(
        &self,
        asks: Asks,
        change: Change,
        missing: &str,
        name: &str,
        decide: F,
    ) -> Result<Response<R>, Status>
    where
        R: Message + Default + Clone + Send + Sync + 'static,
        F: Fn(&Catalogue, OffsetDateTime) -> Decision<R, No> + Send + Sync + 'static,
    {
        let settled = if change.validate_only {
            let decided = decide(&asks.catalogue, asks.now).map(|(_, answer)| answer);
            decided.map_err(crate::store::Error::Refused)
        } else {
            let author = asks.caller.author();
            self.store.change(author, change.key, decide).await
        };
        settled
            .map(Response::new)
            .map_err(|error| status::change(error, missing, name))
    }
}

/// The item in a message; what is bad is named below the request's field.
pub(super) fn read<T: Editable>(
    bad: &mut Violations,
    id: Option<Id<T>>,
    message: &T::Message,
) -> Option<T> {
    let mut inner = Violations::new();
    let item = T::read(&mut inner, id, message).filter(|_| inner.is_empty());
    bad.nest(T::FIELD, inner);
    item
}

/// The item as it is after a change that comes to these entries.
pub(super) fn after<T: Resource>(
    catalogue: &Catalogue,
    entries: &[Entry],
    id: &Id<T>,
    now: OffsetDateTime,
) -> Result<T::Message, Refusal> {
    after_on(catalogue, entries, id, now, day::of(now))
}

/// As [`after`], as of a day.
pub(super) fn after_on<T: Resource>(
    catalogue: &Catalogue,
    entries: &[Entry],
    id: &Id<T>,
    now: OffsetDateTime,
    on: Date,
) -> Result<T::Message, Refusal> {
    let there = catalogue.table::<T>().kept(id.as_str());
    let changed = entries.iter().filter_map(T::of).find(|it| it.id() == id);
    match (changed, there) {
        (Some(item), there) => {
            let kept = Kept {
                item: item.clone(),
                version: there.map_or(0, |it| it.version) + 1,
                changed_at: now,
            };
            Ok(T::wire(&kept, on))
        }
        (None, Some(there)) => Ok(T::wire(there, on)),
        (None, None) => Err(Refusal::Missing),
    }
}
