//! Taking the bytes of an upload. Chunks are checked as they come and gathered into segments; a segment is durable before
//! it counts. Whatever ends the stream, what came whole until then is kept.

use std::time::Duration;

use liandong_kit::{auth::Caller, status::Problem};
use liandong_proto::dispatch as wire;
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;
use tonic::{Status, Streaming};

use super::{
    convert::evidence as convert,
    evidence::{EvidenceService, place, refuse},
    evidence_status as why,
};
use crate::evidence::{Place, Store};

/// Bytes that are written at once. With the uploads at once, what all of them hold in memory.
const SEGMENT: usize = 2 << 20;
/// A stream that sends nothing for so long is ended.
const IDLE: Duration = Duration::from_secs(30);

/// An upload under way.
struct Taking {
    files: Store,
    place: Place,
    name: String,
    length: u64,
    /// So many bytes are durable.
    durable: u64,
    /// Those after them, not durable yet.
    held: Vec<u8>,
}

/// Takes chunks until the caller has sent its last, and says how many bytes are durable.
pub(super) async fn take(
    service: EvidenceService,
    caller: Caller,
    mut chunks: Streaming<wire::UploadEvidenceRequest>,
    stop: CancellationToken,
) -> Result<i64, Status> {
    let Ok(_room) = service.files.uploads.clone().try_acquire_owned() else {
        return Err(overloaded());
    };
    let Some(first) = next(&mut chunks, &stop).await? else {
        return Err(convert::upload_named("", "")
            .err()
            .unwrap_or_else(overloaded));
    };
    let id = convert::upload_named(&first.name, "")?;
    let found = service.own(&caller, id).await?;
    let length = found.open(found.attempt).map_err(refuse)?.length;
    let place = place(&caller.district, id, &found);
    let segments = service.files.segments(&place).await.map_err(why::store)?;
    let mut taking = Taking {
        files: service.files,
        place,
        name: first.name.clone(),
        length: u64::try_from(length).unwrap_or_default(),
        durable: segments.end,
        held: Vec::new(),
    };
    let ended = taking.all(first, &mut chunks, &stop).await;
    // What came whole is kept, whatever came after it.
    let kept = taking.write().await;
    ended.and(kept)?;
    Ok(i64::try_from(taking.durable).unwrap_or(i64::MAX))
}

impl Taking {
    async fn all(
        &mut self,
        first: wire::UploadEvidenceRequest,
        chunks: &mut Streaming<wire::UploadEvidenceRequest>,
        stop: &CancellationToken,
    ) -> Result<(), Status> {
        let mut message = Some(first);
        while let Some(it) = message {
            self.one(it)?;
            if self.held.len() >= SEGMENT {
                self.write().await?;
            }
            message = next(chunks, stop).await?;
        }
        Ok(())
    }

    fn one(&mut self, it: wire::UploadEvidenceRequest) -> Result<(), Status> {
        if !it.name.is_empty() && it.name != self.name {
            return Err(another(&it.name));
        }
        let Some(chunk) = it.chunk else {
            return Ok(());
        };
        convert::chunk(&chunk)?;
        let here = self.durable + self.held.len() as u64;
        let at = |problem: Problem| Status::from(problem.with("offset", here));
        if u64::try_from(chunk.offset) != Ok(here) {
            return Err(at(Problem::out_of_range(
                "OFFSET_MISMATCH",
                format!("the next byte is {here}, not {}", chunk.offset),
                format!("应从第 {here} 字节续传"),
            )));
        }
        if here + chunk.data.len() as u64 > self.length {
            return Err(at(Problem::out_of_range(
                "BEYOND_LENGTH",
                format!("only {} bytes were announced", self.length),
                "超出申报的文件长度",
            )));
        }
        if Sha256::digest(&chunk.data)[..] != chunk.sha256[..] {
            return Err(at(Problem::invalid(
                "CHUNK_HASH_MISMATCH",
                "the chunk was damaged on its way: its SHA-256 is another",
                "数据块在传输中损坏",
            )));
        }
        self.held.extend_from_slice(&chunk.data);
        Ok(())
    }

    /// Makes what is held durable.
    async fn write(&mut self) -> Result<(), Status> {
        if self.held.is_empty() {
            return Ok(());
        }
        let bytes = std::mem::take(&mut self.held);
        let length = bytes.len() as u64;
        let written = self.files.append(&self.place, self.durable, bytes).await;
        written.map_err(why::store)?;
        self.durable += length;
        Ok(())
    }
}

/// The next message; nothing when the caller has sent its last.
async fn next(
    chunks: &mut Streaming<wire::UploadEvidenceRequest>,
    stop: &CancellationToken,
) -> Result<Option<wire::UploadEvidenceRequest>, Status> {
    let stopping = || {
        Problem::unavailable(
            "STOPPING",
            "the server is stopping",
            "服务正在停止，请重新连接",
        )
    };
    let idle = |_| {
        Problem::late(
            "UPLOAD_IDLE",
            "nothing came for too long",
            "长时间没有收到数据",
        )
    };
    tokio::select! {
        () = stop.cancelled() => Err(stopping().into()),
        it = tokio::time::timeout(IDLE, chunks.message()) => it.map_err(idle)?,
    }
}

fn another(name: &str) -> Status {
    let shown: String = name.chars().take(100).collect();
    let mut bad = liandong_kit::status::Violations::new();
    bad.check(
        false,
        "name",
        format!("one stream is one upload; `{shown}` is another"),
        "一个流只能上传一个文件",
    );
    bad.into()
}

fn overloaded() -> Status {
    Problem::exhausted(
        "OVERLOADED",
        "too many uploads at once",
        "同时上传过多，请稍后再试",
    )
    .retry_after(Duration::from_secs(2))
    .into()
}
