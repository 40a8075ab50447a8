//! `ImportService`.

use ::time::OffsetDateTime;
use liandong_kit::{
    auth::Caller,
    commit::RequestKey,
    status::{Problem, Violations},
};
use liandong_proto::registry::{
    self as proto, import_service_server::ImportService, import_street_request::Piece,
};
use tonic::{Request, Response, Status, Streaming};

use super::{Handlers, convert, status};
use crate::{
    domain::Catalogue,
    store::{Decision, Error},
    street::{self, Import},
};

/// The largest file.
const FILE_MAX: usize = 16 << 20;

/// Why nothing was imported.
#[derive(Clone, Debug)]
enum Refused {
    OtherDistrict(String),
    Problems(Box<proto::ImportStreetResponse>),
}

#[tonic::async_trait]
impl ImportService for Handlers {
    async fn import_street(
        &self,
        request: Request<Streaming<proto::ImportStreetRequest>>,
    ) -> Result<Response<proto::ImportStreetResponse>, Status> {
        let caller = Caller::of(&request)?;
        let (start, text) = gather(request.into_inner()).await?;
        let whole = proto::ImportStreetRequest {
            piece: Some(Piece::Chunk(text.as_bytes().to_vec())),
        };
        let key = RequestKey::of("ImportStreet", &start.request_id, &whole);
        let author = caller.author();
        let settled = if start.validate_only {
            let (catalogue, now) = (self.store.catalogue(&caller.district), self.store.now());
            let checked = tokio::task::spawn_blocking(move || decide(&catalogue, &text, now, true));
            let decided = checked.await.map_err(Problem::internal)?;
            decided.map(|(_, answer)| answer).map_err(Error::Refused)
        } else {
            self.store
                .change(author, key, move |catalogue, now| {
                    decide(catalogue, &text, now, false)
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

fn decide(
    catalogue: &Catalogue,
    text: &str,
    now: OffsetDateTime,
    validate_only: bool,
) -> Decision<proto::ImportStreetResponse, Refused> {
    let import = street::import(catalogue, text, now);
    match &import.district {
        Some(district) if *district != catalogue.district => {
            Err(Refused::OtherDistrict(district.clone()))
        }
        _ => answered(import, validate_only),
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

fn other_district(district: &str, caller: &Caller) -> Status {
    let english = format!(
        "the file is about {district}, the caller belongs to {}",
        caller.district
    );
    Problem::denied("OTHER_DISTRICT", english, "文件不属于本区")
        .with("district", district)
        .into()
}

/// The messages of an import put together: first how, then the file.
async fn gather(
    mut pieces: Streaming<proto::ImportStreetRequest>,
) -> Result<(proto::ImportStreetStart, String), Status> {
    let first = pieces.message().await?.and_then(|it| it.piece);
    let Some(Piece::Start(start)) = first else {
        return Err(wrong(
            "start",
            "the first message must be `start`",
            "第一条消息必须是 start",
        ));
    };
    let mut bad = Violations::new();
    convert::request_id(&mut bad, &start.request_id);
    bad.finish()?;
    let mut bytes = Vec::new();
    while let Some(message) = pieces.message().await? {
        let Some(Piece::Chunk(chunk)) = message.piece else {
            return Err(wrong(
                "chunk",
                "every message after the first must be a `chunk`",
                "其后的消息必须是 chunk",
            ));
        };
        if bytes.len() + chunk.len() > FILE_MAX {
            return Err(wrong(
                "chunk",
                "the file is larger than 16 MiB",
                "文件超过 16 MiB",
            ));
        }
        bytes.extend(chunk);
    }
    let text = String::from_utf8(bytes)
        .map_err(|_| wrong("chunk", "the file is not UTF-8", "文件不是 UTF-8 编码"))?;
    Ok((start, text))
}

fn wrong(field: &str, english: &str, chinese: &str) -> Status {
    let mut bad = Violations::new();
    bad.check(false, field, english, chinese);
    bad.into()
}
