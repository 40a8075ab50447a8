//! Sending the bytes of a piece of evidence.

use futures::{Stream, StreamExt, TryStreamExt, stream};
use liandong_kit::status::Problem;
use liandong_proto::dispatch::{self as wire, download_evidence_response::Frame};
use prost::bytes::Bytes;
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;
use tonic::Status;

use super::{
    convert::{evidence as convert, words},
    evidence::refuse,
    evidence_status as why,
};
use crate::{
    domain::{
        ContentHash, Evidence,
        evidence::{Media, Refused, View},
    },
    evidence::Store,
};

type Answer = Result<wire::DownloadEvidenceResponse, Status>;

/// The copy to send.
pub(super) struct Copy {
    view: View,
    media: Media,
    content: ContentHash,
    length: i64,
}

/// The copy asked for, or the best one the caller sees.
pub(super) fn chosen(evidence: &Evidence, view: View, asked: Option<View>) -> Result<Copy, Status> {
    let missing = || refuse(Refused::EvidenceNotFound);
    let examined = evidence.examined.as_ref().ok_or_else(missing)?;
    let announced = evidence.announced.as_ref().ok_or_else(missing)?;
    match asked.unwrap_or(view) {
        View::Original if view < View::Original => Err(refuse(Refused::OriginalWithheld)),
        View::Original => Ok(Copy {
            view: View::Original,
            media: examined.media,
            content: announced.content.clone(),
            length: announced.length,
        }),
        View::Shared => {
            let shared = examined.shared.content();
            let (content, length) = shared.ok_or_else(|| refuse(Refused::NoSharedCopy))?;
            Ok(Copy {
                view: View::Shared,
                media: convert::shared_media(examined),
                content: content.clone(),
                length,
            })
        }
    }
}

/// Its frames: what comes, the bytes from `offset` on, the hash of the whole.
pub(super) async fn send(
    files: &Store,
    district: &str,
    copy: Copy,
    offset: u64,
    stop: CancellationToken,
) -> Result<impl Stream<Item = Answer> + Send + 'static, Status> {
    let length = u64::try_from(copy.length).unwrap_or_default();
    if offset > length {
        return Err(Problem::out_of_range(
            "BEYOND_LENGTH",
            format!("it has {length} bytes"),
            format!("该文件只有 {length} 字节"),
        )
        .with("length", length)
        .into());
    }
    let bytes = files.read(district, &copy.content, offset..length).await;
    let bytes = bytes.map_err(why::store)?.map_err(why::store);
    let pieces = bytes.map_ok(pieces).try_flatten();
    let mut at = copy.length - i64::try_from(length - offset).unwrap_or_default();
    let chunks = pieces.map_ok(move |data| {
        let begins = at;
        at += i64::try_from(data.len()).unwrap_or_default();
        Frame::Chunk(wire::EvidenceChunk {
            offset: begins,
            sha256: Sha256::digest(&data).to_vec(),
            data: data.into(),
        })
    });
    let started = Frame::Started(wire::DownloadStarted {
        copy: words::copy(copy.view),
        media_type: words::media(copy.media),
        length: copy.length,
    });
    let ended = Frame::Ended(wire::DownloadEnded {
        sha256: convert::bytes(&copy.content),
    });
    let frames = stream::iter([Ok(started)])
        .chain(chunks)
        .chain(stream::iter([Ok(ended)]))
        .map_ok(|frame| wire::DownloadEvidenceResponse { frame: Some(frame) });
    let stopping = || {
        Problem::unavailable(
            "STOPPING",
            "the server is stopping",
            "服务正在停止，请重新连接",
        )
    };
    let stopped = stream::once(async move {
        stop.cancelled().await;
        Err(Status::from(stopping()))
    });
    Ok(until_error(stream::select(
        frames.map(Some).chain(stream::iter([None])),
        stopped.map(Some),
    )))
}

/// Ends after the last frame or the first failure.
fn until_error(
    all: impl Stream<Item = Option<Answer>> + Send + 'static,
) -> impl Stream<Item = Answer> + Send + 'static {
    all.take_while(|it| std::future::ready(it.is_some()))
        .filter_map(std::future::ready)
        .scan(false, |failed, it| {
            let before = std::mem::replace(failed, it.is_err());
            std::future::ready((!before).then_some(it))
        })
}

/// At most a chunk's bytes each.
fn pieces(bytes: Bytes) -> impl Stream<Item = Result<Bytes, Status>> + Send {
    let starts = (0..bytes.len()).step_by(convert::CHUNK_MAX);
    let cut: Vec<Bytes> = starts
        .map(|at| bytes.slice(at..bytes.len().min(at + convert::CHUNK_MAX)))
        .collect();
    stream::iter(cut.into_iter().map(Ok))
}
