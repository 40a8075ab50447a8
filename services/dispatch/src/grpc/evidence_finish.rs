//! Looking into an upload and storing it: bytes first, then the event. Runs to its end even when the caller goes; a crash
//! on the way leaves an open upload, and blobs that are written again or swept.

use liandong_kit::{auth::Caller, commit::Command, status::Problem};
use tokio::task::JoinError;
use tonic::Status;

use super::{
    evidence::{EvidenceService, place, refuse},
    evidence_status as why, status,
};
use crate::{
    domain::{
        Evidence, EvidenceId,
        evidence::{Announced, Examined, Ground, Refused, SharedCopy, State, Unfit},
    },
    evidence::{
        Place, Store, StoreError,
        examine::{self, Found, Shared},
        hash,
    },
};

/// Finishes an upload of the caller's organization; answers with the stored evidence.
pub(super) async fn finish(
    service: EvidenceService,
    caller: Caller,
    id: EvidenceId,
) -> Result<Evidence, Status> {
    let _alone = service.files.looking.acquire().await.map_err(stopping)?;
    let found = service.own(&caller, id).await?;
    if found.state == State::Stored {
        return Ok(found);
    }
    let announced = found.open(found.attempt).map_err(refuse)?;
    let place = place(&caller.district, id, &found);
    let looked = look(&service.files, &place, announced).await?;
    // No key of the request: an attempt ends once, and what was stored before an answer got lost is answered above.
    // A key would answer a later attempt with an earlier one's end.
    let command = Command::new(caller.author(), service.desk.store.now());
    let attempt = (id, found.attempt);
    let recorded = service
        .desk
        .store
        .finish_upload(command, attempt, looked, |_, _| ());
    recorded.await.map_err(status::change)?;
    service.tidy(&caller.district, id).await;
    let finished = service.own(&caller, id).await?;
    match finished.state {
        State::Stored => Ok(finished),
        _ => Err(refuse(finished.refusal())),
    }
}

/// What the bytes are. If they are fit, original and copy are durable afterwards.
async fn look(
    files: &Store,
    place: &Place,
    announced: &Announced,
) -> Result<Result<Examined, Unfit>, Status> {
    let segments = files.segments(place).await.map_err(why::store)?;
    let offset = i64::try_from(segments.end).unwrap_or(i64::MAX);
    let length = announced.length;
    if offset != length {
        return Err(refuse(Refused::UploadIncomplete { offset, length }));
    }
    let bytes = files.whole(&segments).await.map_err(why::store)?;
    let (wanted, limits) = (announced.clone(), files.limits);
    let examined = tokio::task::spawn_blocking(move || {
        if hash(&bytes) != wanted.content {
            let detail = "the bytes have another SHA-256 than was announced";
            return Err(Unfit::new(Ground::WrongHash, detail));
        }
        examine::examine(&bytes, wanted.media, limits).map(|found| (bytes, found))
    });
    match examined.await {
        Ok(Ok((bytes, found))) => keep(files, place, bytes, found)
            .await
            .map(Ok)
            .map_err(why::store),
        Ok(Err(unfit)) => Ok(Err(unfit)),
        // A file that breaks a decoder is no evidence.
        Err(error) => {
            tracing::warn!(%error, "a file broke its decoder");
            Ok(Err(Unfit::new(Ground::Damaged, "it cannot be opened")))
        }
    }
}

async fn keep(
    files: &Store,
    place: &Place,
    bytes: Vec<u8>,
    found: Found,
) -> Result<Examined, StoreError> {
    let length = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    let original = prost::bytes::Bytes::from(bytes);
    let content = files.keep(&place.district, original.clone()).await?;
    let shared = match found.shared {
        Shared::Redrawn(copy) => {
            let (content, length) = shared(files, place, copy).await?;
            SharedCopy::Redrawn { content, length }
        }
        Shared::Cleaned(holes) => {
            let mut copy = Vec::from(original);
            examine::empty(&mut copy, &holes);
            let (content, length) = shared(files, place, copy).await?;
            SharedCopy::Cleaned { content, length }
        }
        Shared::Withheld => SharedCopy::Withheld,
    };
    Ok(Examined {
        content,
        length,
        media: found.media,
        width: found.size.0,
        height: found.size.1,
        shared,
    })
}

async fn shared(
    files: &Store,
    place: &Place,
    copy: Vec<u8>,
) -> Result<(crate::domain::ContentHash, i64), StoreError> {
    let length = i64::try_from(copy.len()).unwrap_or(i64::MAX);
    let content = files.keep(&place.district, copy.into()).await?;
    Ok((content, length))
}

/// Our own work broke.
pub(super) fn broken(error: JoinError) -> Status {
    Problem::internal(error).into()
}

fn stopping(_: tokio::sync::AcquireError) -> Status {
    Problem::unavailable("STOPPING", "the server is stopping", "服务正在停止").into()
}
