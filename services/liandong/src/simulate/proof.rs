//! The files a department puts behind a report where the matter asks for them: two photographs and a document, as
//! small as such files can be.

use futures::stream;
use liandong_kit::status::reason;
use liandong_proto::dispatch::{
    Assignment, EvidenceChunk, FinishUploadRequest, ReportAssignmentRequest, StartUploadRequest,
    UploadEvidenceRequest,
};
use sha2::{Digest, Sha256};
use tonic::Status;
use uuid::Uuid;

use super::{errands::Errand, order::Move};
use crate::client::Services;

/// What is uploaded, with its file name.
const FILES: [(&str, &[u8]); 3] = [
    ("before.png", include_bytes!("evidence/before.png")),
    ("after.png", include_bytes!("evidence/after.png")),
    ("decision.pdf", include_bytes!("evidence/decision.pdf")),
];

/// Reports; where the matter asks for files, again with them.
pub(super) async fn report(
    services: &Services,
    errand: &Errand<Move>,
    mut request: ReportAssignmentRequest,
) -> Result<Option<Assignment>, Status> {
    let mut calls = services.assignments();
    let mut answer = calls.report_assignment(errand.ask(request.clone())).await;
    if let Err(status) = &answer
        && reason(status).is_some_and(|it| it == "EVIDENCE_MISSING")
    {
        request.evidence = upload(services, &request.name).await?;
        answer = calls.report_assignment(errand.ask(request)).await;
    }
    Ok(answer?.into_inner().assignment)
}

/// Uploads them for an assignment; `evidence/{uuid}` of each.
async fn upload(services: &Services, assignment: &str) -> Result<Vec<String>, Status> {
    let mut names = vec![];
    for (file_name, bytes) in FILES {
        let mut client = services.evidence();
        let start = StartUploadRequest {
            parent: assignment.to_owned(),
            length: i64::try_from(bytes.len()).unwrap_or_default(),
            sha256: Sha256::digest(bytes).to_vec(),
            file_name: file_name.to_owned(),
            request_id: Uuid::now_v7().to_string(),
            ..Default::default()
        };
        let started = client.start_upload(start).await?.into_inner().upload;
        let name = started.unwrap_or_default().name;
        let chunk = UploadEvidenceRequest {
            name: name.clone(),
            chunk: Some(EvidenceChunk {
                offset: 0,
                sha256: Sha256::digest(bytes).to_vec(),
                data: bytes.to_vec(),
            }),
        };
        client.upload_evidence(stream::iter([chunk])).await?;
        let finish = FinishUploadRequest {
            name,
            request_id: Uuid::now_v7().to_string(),
        };
        let finished = client.finish_upload(finish).await?.into_inner().evidence;
        names.push(finished.unwrap_or_default().name);
    }
    Ok(names)
}
