//! What people do with evidence, one step each.

use futures::stream;
use liandong_proto::dispatch::{
    DownloadEvidenceRequest, Evidence, EvidenceChunk, EvidenceCopy, EvidencePlace,
    FinishUploadRequest, GetEvidenceRequest, GetUploadRequest, ListEvidenceRequest,
    StartUploadRequest, Upload, UploadEvidenceRequest, download_evidence_response::Frame,
};
use sha2::{Digest, Sha256};
use tonic::Status;

use crate::caller::Caller;

/// Small, so that a small file has many.
pub(super) const CHUNK: usize = 2_000;

pub(super) fn announced(parent: &str, bytes: &[u8]) -> StartUploadRequest {
    StartUploadRequest {
        parent: parent.to_owned(),
        length: i64::try_from(bytes.len()).unwrap(),
        sha256: Sha256::digest(bytes).to_vec(),
        file_name: "IMG_0001.jpg".into(),
        note: "张三家门前".into(),
        place: Some(EvidencePlace {
            latitude_e7: 342_058_000,
            longitude_e7: 1_172_843_000,
        }),
        ..Default::default()
    }
}

/// The chunks of a file from an offset on.
pub(super) fn chunks(upload: &Upload, bytes: &[u8]) -> Vec<UploadEvidenceRequest> {
    let from = usize::try_from(upload.offset).unwrap();
    let starts = (from..bytes.len()).step_by(CHUNK);
    let chunk = |at: usize| {
        let data = bytes[at..bytes.len().min(at + CHUNK)].to_vec();
        UploadEvidenceRequest {
            name: upload.name.clone(),
            chunk: Some(EvidenceChunk {
                offset: i64::try_from(at).unwrap(),
                sha256: Sha256::digest(&data).to_vec(),
                data,
            }),
        }
    };
    starts.map(chunk).collect()
}

impl Caller {
    pub(super) async fn start(&self, request: StartUploadRequest) -> Result<Upload, Status> {
        let started = self.evidence().start_upload(request).await?.into_inner();
        Ok(started.upload.unwrap())
    }

    pub(super) async fn send(&self, chunks: Vec<UploadEvidenceRequest>) -> Result<i64, Status> {
        let sent = self.evidence().upload_evidence(stream::iter(chunks)).await;
        Ok(sent?.into_inner().offset)
    }

    pub(super) async fn upload(&self, name: &str) -> Result<Upload, Status> {
        let request = GetUploadRequest { name: name.into() };
        let found = self.evidence().get_upload(request).await?.into_inner();
        Ok(found.upload.unwrap())
    }

    pub(super) async fn finish(&self, name: &str) -> Result<Evidence, Status> {
        let request = FinishUploadRequest {
            name: name.into(),
            ..Default::default()
        };
        let finished = self.evidence().finish_upload(request).await?.into_inner();
        Ok(finished.evidence.unwrap())
    }

    /// Announces, sends and finishes.
    pub(crate) async fn stored(&self, parent: &str, bytes: &[u8]) -> Result<Evidence, Status> {
        let upload = self.start(announced(parent, bytes)).await?;
        self.send(chunks(&upload, bytes)).await?;
        self.finish(&upload.name).await
    }

    pub(super) async fn evidence_named(&self, name: &str) -> Result<Evidence, Status> {
        let request = GetEvidenceRequest { name: name.into() };
        let found = self.evidence().get_evidence(request).await?.into_inner();
        Ok(found.evidence.unwrap())
    }

    pub(super) async fn listed(&self, parent: &str) -> Result<Vec<Evidence>, Status> {
        let request = ListEvidenceRequest {
            parent: parent.into(),
            ..Default::default()
        };
        let listed = self.evidence().list_evidence(request).await?;
        Ok(listed.into_inner().evidence)
    }

    /// The bytes from an offset on; the hash at the end is of the whole.
    pub(super) async fn fetched(
        &self,
        name: &str,
        copy: EvidenceCopy,
        offset: i64,
    ) -> Result<(Vec<u8>, Vec<u8>), Status> {
        let request = DownloadEvidenceRequest {
            name: name.into(),
            copy: copy.into(),
            offset,
        };
        let frames = self.evidence().download_evidence(request).await?;
        let mut frames = frames.into_inner();
        let (mut bytes, mut hash) = (vec![], vec![]);
        while let Some(it) = frames.message().await? {
            match it.frame.unwrap() {
                Frame::Started(_) => assert!(bytes.is_empty()),
                Frame::Chunk(it) => {
                    let at = usize::try_from(it.offset - offset).unwrap();
                    assert_eq!(at, bytes.len());
                    bytes.extend(it.data);
                }
                Frame::Ended(it) => hash = it.sha256,
            }
        }
        Ok((bytes, hash))
    }
}

pub(super) fn holds(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|it| it == text)
}
