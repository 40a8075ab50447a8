//! `CatalogueService`.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
};

use liandong_kit::{
    auth::Caller,
    server::Stopping,
    status::{FieldProblem, Problem, Violations},
    telemetry,
};
use liandong_proto::registry::{self as proto, catalogue_service_server::CatalogueService};
use tokio::sync::mpsc;
use tokio_stream::{Stream, StreamExt, wrappers::ReceiverStream};
use tonic::{Request, Response, Status};

use super::{
    Handlers,
    convert::{
        cursor::{Cursor, fingerprint},
        entry::FOLLOWED,
        timestamp,
    },
    follow::{Follower, WAITING, epoch_changed},
    status,
};
use crate::domain::collections::{Registered, Tables, VisitKind, every_kind};

#[tonic::async_trait]
impl CatalogueService for Handlers {
    type WatchCatalogueStream =
        Pin<Box<dyn Stream<Item = Result<proto::WatchCatalogueResponse, Status>> + Send>>;

    async fn get_catalogue(
        &self,
        request: Request<proto::GetCatalogueRequest>,
    ) -> Result<Response<proto::GetCatalogueResponse>, Status> {
        let caller = Caller::of(&request)?;
        let mut bad = Violations::new();
        let district = district(&mut bad, &request.get_ref().district);
        bad.finish()?;
        own_district(&caller, district)?;
        let held = self.store.held(&caller.district);
        let counted = counts(&held.catalogue);
        Ok(Response::new(proto::GetCatalogueResponse {
            district: liandong_kit::name::of("districts", &caller.district),
            catalogue_version: held.catalogue.version,
            revision: held.catalogue.revision,
            epoch: held.epoch.map(|it| it.to_string()).unwrap_or_default(),
            counts: counted.iter().map(|(count, _)| count.clone()).collect(),
            update_time: counted.iter().filter_map(|it| it.1).max().map(timestamp),
            read_time: Some(timestamp(self.store.now())),
            confirmed_time: held.confirmed_at.map(timestamp),
        }))
    }

    async fn watch_catalogue(
        &self,
        request: Request<proto::WatchCatalogueRequest>,
    ) -> Result<Response<Self::WatchCatalogueStream>, Status> {
        let (caller, stop) = (Caller::of(&request)?, Stopping::of(&request));
        let request = request.into_inner();
        let mut bad = Violations::new();
        let district = district(&mut bad, &request.district);
        let collections = chosen(&mut bad, &request.collections);
        let cursor = cursor(&mut bad, &request.cursor);
        bad.finish()?;
        own_district(&caller, district)?;
        let follows = fingerprint(&request.collections);
        let mut follower =
            Follower::new(self.store.clone(), &caller.district, collections, follows);
        if let Some(cursor) = cursor {
            own_cursor(&cursor, &caller, follows)?;
            let head = self.store.log().head(&caller.district).await;
            let head = head.map_err(|error| status::database(&error))?;
            // Given out before anything was registered, it is the beginning of any log.
            let beginning = cursor.epoch.is_nil() && cursor.position == 0;
            let (epoch, end) = head.map_or((None, 0), |it| (Some(it.epoch), it.position));
            if !beginning && epoch != Some(cursor.epoch) {
                return Err(epoch_changed());
            }
            if cursor.position > end {
                return Err(ahead(end));
            }
            follower.resume(
                if beginning { epoch } else { Some(cursor.epoch) },
                cursor.position,
            );
        }
        let (frames, answers) = mpsc::channel(WAITING);
        let last_word = Arc::new(Mutex::new(None));
        let said = Arc::clone(&last_word);
        telemetry::spawn(async move {
            let ended = follower.run(&frames, stop).await;
            *said.lock().unwrap_or_else(PoisonError::into_inner) = ended.err();
        });
        // The last word waits outside the queue: it must come through to somebody who lets the queue fill up.
        let last = tokio_stream::once(()).filter_map(move |()| {
            let mut word = last_word.lock().unwrap_or_else(PoisonError::into_inner);
            word.take().map(|it| Err(*it))
        });
        let stream = ReceiverStream::new(answers).map(Ok).chain(last);
        Ok(Response::new(Box::pin(stream)))
    }
}

/// The district that is named, if one is.
fn district<'a>(bad: &mut Violations, name: &'a str) -> Option<&'a str> {
    if name.is_empty() {
        return None;
    }
    bad.take("district", liandong_kit::name::id(name, "districts"))
}

/// A district other than the caller's is refused.
#[allow(clippy::result_large_err)] // tonic's Status
fn own_district(caller: &Caller, district: Option<&str>) -> Result<(), Status> {
    match district {
        Some(district) if district != caller.district => Err(other_district(district)),
        _ => Ok(()),
    }
}

fn other_district(district: &str) -> Status {
    let english = format!("{district} is not the caller's district");
    Problem::denied("OTHER_DISTRICT", english, "不属于本区")
        .with("district", district)
        .into()
}

/// The collections in the order of a snapshot; none given: all.
fn chosen(bad: &mut Violations, names: &[String]) -> Vec<&'static str> {
    for (index, name) in names.iter().enumerate() {
        let english = format!("an unknown collection; known: {}", FOLLOWED.join(", "));
        let known = FOLLOWED.contains(&name.as_str());
        bad.check(
            known,
            format!("collections[{index}]"),
            english,
            "未知的集合",
        );
    }
    let wanted = |it: &&'static str| names.is_empty() || names.iter().any(|name| name == *it);
    FOLLOWED.iter().copied().filter(wanted).collect()
}

/// Where the caller is, if it says so.
fn cursor(bad: &mut Violations, text: &str) -> Option<Cursor> {
    if text.is_empty() {
        return None;
    }
    let read = Cursor::decode(text)
        .ok_or_else(|| FieldProblem::new("not a cursor of this service", "不是本服务给出的游标"));
    bad.take("cursor", read)
}

/// A cursor of another district or of other collections is refused.
#[allow(clippy::result_large_err)] // tonic's Status
fn own_cursor(cursor: &Cursor, caller: &Caller, follows: u64) -> Result<(), Status> {
    if cursor.district != caller.district {
        return Err(other_district(&cursor.district));
    }
    if cursor.collections != follows {
        let mut bad = Violations::new();
        let english = "the cursor belongs to another choice of collections";
        bad.add("cursor", FieldProblem::new(english, "游标属于另一组集合"));
        return Err(
            Problem::invalid("CURSOR_OF_OTHER_COLLECTIONS", english, "游标属于另一组集合")
                .fields(bad)
                .into(),
        );
    }
    Ok(())
}

fn ahead(end: i64) -> Status {
    let english = "the cursor is beyond the newest change";
    Problem::out_of_range("CURSOR_AHEAD", english, "游标超出最新变更")
        .with("catalogue_version", end)
        .into()
}

type Counted = (proto::CollectionCount, Option<::time::OffsetDateTime>);

/// How many entries each collection has, and when one was last changed.
fn counts(tables: &Tables) -> Vec<Counted> {
    #[derive(Clone)]
    struct Counts<'a>(&'a Tables);
    impl VisitKind for Counts<'_> {
        type Out = Counted;

        fn kind<T: Registered>(self) -> Counted {
            let table = self.0.table::<T>();
            let count = proto::CollectionCount {
                collection: T::COLLECTION.to_owned(),
                entries: i64::try_from(table.len()).unwrap_or(i64::MAX),
            };
            (count, table.rows().map(|it| it.changed_at).max())
        }
    }
    every_kind(&Counts(tables))
}
