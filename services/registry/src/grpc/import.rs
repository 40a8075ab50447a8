//! `ImportService`.

use std::{sync::Arc, time::Duration};

use ::time::OffsetDateTime;
use liandong_kit::{
    auth::Caller,
    commit::RequestKey,
    status::{Problem, Violations},
};
use liandong_proto::registry::{
    self as proto, import_service_server::ImportService, import_street_request::Piece,
};
use prost::Message;
use sha2::{Digest, Sha256};
use tokio::sync::{Semaphore, SemaphorePermit};
use tonic::{Request, Response, Status, Streaming};

use super::{Handlers, convert, status};
use crate::{
    domain::Catalogue,
    store::{Decision, Error},
    street::{self, Format, Import, Source},
};

/// Files that are read at once in this process: each may take a few hundred megabytes while it is a tree.
static READING: Semaphore = Semaphore::const_new(2);
/// Megabytes of files on their way in or waiting to be read.
static ARRIVING: Semaphore = Semaphore::const_new(512);
/// When to try again if there is no room.
const AGAIN: Duration = Duration::from_secs(5);

/// Why nothing was imported.
#[derive(Clone, Debug)]
enum Refused {
    OtherDistrict(String),
    Problems(Box<proto::ImportStreetResponse>),
}

/// A file that has arrived.
struct Arrived {
    start: proto::ImportStreetStart,
    format: Format,
    bytes: Vec<u8>,
    _room: Option<SemaphorePermit<'static>>,
}

#[tonic::async_trait]
impl ImportService for Handlers {
    async fn import_street(
        &self,
        request: Request<Streaming<proto::ImportStreetRequest>>,
    ) -> Result<Response<proto::ImportStreetResponse>, Status> {
        let caller = Caller::of(&request)?;
        let file = Arc::new(gather(request.into_inner()).await?);
        let _turn = READING.acquire().await.map_err(Problem::internal)?;
        let (key, author) = (key(&file), caller.author());
        let settled = if file.start.validate_only {
            let (catalogue, now) = (self.store.catalogue(&caller.district), self.store.now());
            let checked = tokio::task::spawn_blocking(move || decide(&catalogue, &file, now));
            let decided = checked.await.map_err(Problem::internal)?;
            decided.map(|(_, answer)| answer).map_err(Error::Refused)
        } else {
            self.store
                .change(author, key, move |catalogue, now| {
                    decide(catalogue, &file, now)
                })
                .await
        };
        let mut answer = match settled {
            Ok(answer) => answer,
            Err(Error::Refused(Refused::Problems(answer))) => *answer,
            Err(Error::Refused(Refused::OtherDistrict(district))) => {
                return Err(other_district(&district, &caller));
            }
            Err(error) => return Err(status::failed(error)),
        };
        answer.catalogue_version = self.store.catalogue(&caller.district).version;
        Ok(Response::new(answer))
    }
}

/// A repeat is the same file, imported in the same way.
fn key(file: &Arrived) -> Option<RequestKey> {
    if file.start.request_id.is_empty() {
        return None; // and nothing needs to be hashed
    }
    let mut digest = Sha256::new();
    digest.update(file.start.encode_to_vec());
    digest.update(&file.bytes);
    let piece = Some(Piece::Chunk(digest.finalize().to_vec()));
    let body = proto::ImportStreetRequest { piece };
    RequestKey::of("ImportStreet", &file.start.request_id, &body)
}

fn decide(
    catalogue: &Catalogue,
    file: &Arrived,
    now: OffsetDateTime,
) -> Decision<proto::ImportStreetResponse, Refused> {
    let source = Source {
        format: file.format,
        section: &file.start.section,
        bytes: &file.bytes,
    };
    let import = street::import_file(catalogue, &source, now);
    match &import.district {
        Some(district) if *district != catalogue.district => {
            Err(Refused::OtherDistrict(district.clone()))
        }
        _ => answered(import, file.start.validate_only),
    }
}

fn answered(import: Import, validate_only: bool) -> Decision<proto::ImportStreetResponse, Refused> {
    let answer = convert::import::wire(&import, validate_only);
    if import.problems.is_empty() {
        Ok((import.plan.changes, answer))
    } else {
        Err(Refused::Problems(Box::new(answer)))
    }
}

pub(super) fn other_district(district: &str, caller: &Caller) -> Status {
    let english = format!(
        "the file is about {district}, the caller belongs to {}",
        caller.district
    );
    Problem::denied("OTHER_DISTRICT", english, "文件不属于本区")
        .with("district", district)
        .into()
}

/// The messages of an import put together: first how, then the file.
async fn gather(mut pieces: Streaming<proto::ImportStreetRequest>) -> Result<Arrived, Status> {
    let first = pieces.message().await?.and_then(|it| it.piece);
    let Some(Piece::Start(start)) = first else {
        return Err(wrong(
            "start",
            "the first message must be `start`",
            "第一条消息必须是 start",
        ));
    };
    let mut bad = Violations::new();
    let format = convert::file::start(&mut bad, &start);
    let Some(format) = format.filter(|_| bad.is_empty()) else {
        return Err(bad.into());
    };
    let (mut bytes, mut room) = (Vec::new(), None);
    while let Some(message) = pieces.message().await? {
        let Some(Piece::Chunk(chunk)) = message.piece else {
            return Err(wrong(
                "chunk",
                "every message after the first must be a `chunk`",
                "其后的消息必须是 chunk",
            ));
        };
        if bytes.len() + chunk.len() > format.bytes_max() {
            let max = format.bytes_max() >> 20;
            let english = format!("the file is larger than {max} MiB");
            return Err(wrong("chunk", &english, &format!("文件超过 {max} MiB")));
        }
        bytes.extend(chunk);
        take_room(&mut room, bytes.len())?;
    }
    Ok(Arrived {
        start,
        format,
        bytes,
        _room: room,
    })
}

/// Takes room for every megabyte that is begun.
fn take_room(room: &mut Option<SemaphorePermit<'static>>, bytes: usize) -> Result<(), Status> {
    while room.as_ref().map_or(0, SemaphorePermit::num_permits) << 20 < bytes {
        let more = ARRIVING.try_acquire().map_err(|_| {
            let english = "too many files are being imported at once";
            Problem::exhausted("IMPORTS_BUSY", english, "正在导入的文件过多，请稍后再试")
                .retry_after(AGAIN)
                .status()
        })?;
        match room {
            Some(room) => room.merge(more),
            None => *room = Some(more),
        }
    }
    Ok(())
}

fn wrong(field: &str, english: &str, chinese: &str) -> Status {
    let mut bad = Violations::new();
    bad.check(false, field, english, chinese);
    bad.into()
}
