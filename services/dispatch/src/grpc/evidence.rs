//! EvidenceService: uploads, what is known of evidence, downloads.

use std::{collections::HashMap, pin::Pin};

use futures::Stream;
use liandong_kit::{auth::Caller, page::PageRequest, server::Stopping, telemetry};
use liandong_proto::dispatch::{self as wire, evidence_service_server};
use tonic::{Request, Response, Status, Streaming};

use super::{
    Desk,
    convert::evidence::{self as convert, Announcing},
    evidence_download, evidence_finish, evidence_status as why, evidence_upload, open,
    organization, person, sight, status,
};
use crate::{
    domain::{
        Case, CaseId, Evidence, EvidenceId, Refusal,
        evidence::{Parent, Refused, State, View},
    },
    evidence::{Place, Store},
    store::{Sight, Surroundings},
};

/// Serves evidence.
#[derive(Clone)]
pub(crate) struct EvidenceService {
    pub(crate) desk: Desk,
    pub(crate) files: Store,
}

#[tonic::async_trait]
impl evidence_service_server::EvidenceService for EvidenceService {
    type DownloadEvidenceStream =
        Pin<Box<dyn Stream<Item = Result<wire::DownloadEvidenceResponse, Status>> + Send>>;

    async fn start_upload(
        &self,
        request: Request<wire::StartUploadRequest>,
    ) -> Result<Response<wire::StartUploadResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .desk
            .command(&caller, "StartUpload", &message.request_id, &message);
        let by = Announcing {
            organization: &caller.organization,
            person: &caller.person,
            at: command.occurred_at(),
            length_max: self.files.bytes_max,
        };
        let announced = convert::start(&message, &by)?;
        let id = EvidenceId::of(
            &announced.organization,
            announced.parent,
            &announced.content,
        );
        let asked = (announced, self.files.daily_bytes);
        let started = self
            .desk
            .store
            .start_upload(command, asked, |_, _| ())
            .await;
        started.map_err(status::change)?;
        let upload = Some(self.upload(&caller, id).await?);
        Ok(Response::new(wire::StartUploadResponse { upload }))
    }

    async fn upload_evidence(
        &self,
        request: Request<Streaming<wire::UploadEvidenceRequest>>,
    ) -> Result<Response<wire::UploadEvidenceResponse>, Status> {
        let (caller, stop) = (Caller::of(&request)?, Stopping::of(&request));
        let taking = evidence_upload::take(self.clone(), caller, request.into_inner(), stop);
        // Goes on without us when the caller hangs up: what came whole is kept.
        let taken = telemetry::spawn(taking).await;
        let offset = taken.map_err(super::evidence_finish::broken)??;
        Ok(Response::new(wire::UploadEvidenceResponse { offset }))
    }

    async fn get_upload(
        &self,
        request: Request<wire::GetUploadRequest>,
    ) -> Result<Response<wire::GetUploadResponse>, Status> {
        let (caller, message) = open(request)?;
        let id = convert::upload_named(&message.name, "")?;
        let upload = Some(self.upload(&caller, id).await?);
        Ok(Response::new(wire::GetUploadResponse { upload }))
    }

    async fn finish_upload(
        &self,
        request: Request<wire::FinishUploadRequest>,
    ) -> Result<Response<wire::FinishUploadResponse>, Status> {
        let (caller, message) = open(request)?;
        let id = convert::upload_named(&message.name, &message.request_id)?;
        let finishing = evidence_finish::finish(self.clone(), caller, id);
        let finished = telemetry::spawn(finishing).await;
        let evidence = finished.map_err(evidence_finish::broken)??;
        let evidence = convert::evidence(id, &evidence, View::Original);
        Ok(Response::new(wire::FinishUploadResponse { evidence }))
    }

    async fn abandon_upload(
        &self,
        request: Request<wire::AbandonUploadRequest>,
    ) -> Result<Response<wire::AbandonUploadResponse>, Status> {
        let (caller, message) = open(request)?;
        let id = convert::upload_named(&message.name, &message.request_id)?;
        let command = self
            .desk
            .command(&caller, "AbandonUpload", &message.request_id, &message);
        let (organization, person) = (organization(&caller), person(&caller));
        let target = (id, organization, person);
        let answer = |id, it: &Evidence| wire::AbandonUploadResponse {
            upload: Some(convert::upload(id, it, 0)),
        };
        let given_up = self.desk.store.abandon_upload(command, target, answer);
        let answer = given_up.await.map_err(status::change)?;
        self.tidy(&caller.district, id).await;
        Ok(Response::new(answer))
    }

    async fn get_evidence(
        &self,
        request: Request<wire::GetEvidenceRequest>,
    ) -> Result<Response<wire::GetEvidenceResponse>, Status> {
        let (caller, message) = open(request)?;
        let id = convert::named(&message.name)?;
        let (found, view) = self.seen(&caller, id).await?;
        let evidence = convert::evidence(id, &found, view);
        Ok(Response::new(wire::GetEvidenceResponse { evidence }))
    }

    async fn list_evidence(
        &self,
        request: Request<wire::ListEvidenceRequest>,
    ) -> Result<Response<wire::ListEvidenceResponse>, Status> {
        let (caller, message) = open(request)?;
        let parent = convert::parent(&message.parent)?;
        let asked = format!("{}{parent}", caller.organization);
        let page = PageRequest::parse(message.page_size, &message.page_token, &asked)?;
        let around = self.listed(&caller, parent).await?;
        let cases = around.task.as_ref().map(|it| it.cases.clone());
        let cases = cases.unwrap_or_default();
        let store = &self.desk.store;
        let listed = store.evidence_ids(&caller.district, (parent, &cases), &page);
        let (ids, next_page_token) = listed.await.map_err(status::database)?;
        let evidence = self.seen_of(&caller, &around, &cases, &ids).await?;
        Ok(Response::new(wire::ListEvidenceResponse {
            evidence,
            next_page_token,
        }))
    }

    async fn download_evidence(
        &self,
        request: Request<wire::DownloadEvidenceRequest>,
    ) -> Result<Response<Self::DownloadEvidenceStream>, Status> {
        let stop = Stopping::of(&request);
        let (caller, message) = open(request)?;
        let (id, copy, offset) = convert::download(&message)?;
        let (found, view) = self.seen(&caller, id).await?;
        let sent = evidence_download::chosen(&found, view, copy)?;
        let frames = evidence_download::send(&self.files, &caller.district, sent, offset, stop);
        Ok(Response::new(Box::pin(frames.await?)))
    }
}

impl EvidenceService {
    /// An upload of the caller's organization.
    pub(super) async fn own(&self, caller: &Caller, id: EvidenceId) -> Result<Evidence, Status> {
        let found = self.desk.store.evidence(&caller.district, id).await;
        let mine = organization(caller);
        let found = found
            .map_err(status::database)?
            .filter(|it| it.is_of(&mine));
        found.ok_or_else(|| why::refused(&Refused::UploadNotFound).into())
    }

    /// The same with how far it is.
    async fn upload(&self, caller: &Caller, id: EvidenceId) -> Result<wire::Upload, Status> {
        let found = self.own(caller, id).await?;
        let length = found.announced.as_ref().map(|it| it.length);
        let offset = match found.state {
            State::Open => {
                let place = place(&caller.district, id, &found);
                let segments = self.files.segments(&place).await.map_err(why::store)?;
                i64::try_from(segments.end).unwrap_or(i64::MAX)
            }
            State::Stored => length.unwrap_or_default(),
            _ => 0,
        };
        Ok(convert::upload(id, &found, offset))
    }

    /// Removes what an upload sent that is over; what cannot be removed now is swept later.
    pub(super) async fn tidy(&self, district: &str, id: EvidenceId) {
        let Ok(Some(found)) = self.desk.store.evidence(district, id).await else {
            return;
        };
        if found.state == State::Open {
            return;
        }
        let place = place(district, id, &found);
        if let Err(error) = self.files.discard(&place).await {
            tracing::warn!(%error, upload = %id, "what was uploaded is not removed yet");
        }
    }

    /// Stored evidence, and how much of it the caller sees.
    async fn seen(&self, caller: &Caller, id: EvidenceId) -> Result<(Evidence, View), Status> {
        let missing = || Status::from(why::refused(&Refused::EvidenceNotFound));
        let store = &self.desk.store;
        let found = store.evidence(&caller.district, id).await;
        let found = found.map_err(status::database)?;
        let found = found.filter(|it| it.state == State::Stored);
        let found = found.ok_or_else(missing)?;
        let parent = found.announced.as_ref().map(|it| it.parent);
        let parent = parent.ok_or_else(missing)?;
        let around = store.surroundings(&caller.district, parent).await;
        let around = around.map_err(status::database)?;
        let view = view(caller, &around, &found).ok_or_else(missing)?;
        Ok((found, view))
    }

    /// A parent whose evidence the caller may list.
    async fn listed(&self, caller: &Caller, parent: Parent) -> Result<Surroundings, Status> {
        let around = self.desk.store.surroundings(&caller.district, parent).await;
        let around = around.map_err(status::database)?;
        let may = match sight(caller) {
            Sight::District => around.parents().exists(parent),
            Sight::Of(organization) => around.parents().lists(parent, &organization),
        };
        if may {
            Ok(around)
        } else {
            Err(Status::from(why::refused(&Refused::ParentNotFound)))
        }
    }

    /// Several pieces of evidence of one task or case, as the caller sees them.
    async fn seen_of(
        &self,
        caller: &Caller,
        around: &Surroundings,
        cases: &[CaseId],
        ids: &[EvidenceId],
    ) -> Result<Vec<wire::Evidence>, Status> {
        let (store, district) = (&self.desk.store, &caller.district);
        let keys: Vec<String> = cases.iter().map(ToString::to_string).collect();
        let found = store.several::<Case>(district, &keys).await;
        let found = found.map_err(status::database)?;
        let cases: HashMap<&str, &Case> =
            found.iter().map(|it| (it.id.as_str(), &it.state)).collect();
        let keys: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let pieces = store.several::<Evidence>(district, &keys).await;
        let pieces = pieces.map_err(status::database)?;
        let mut seen = Vec::new();
        for piece in &pieces {
            let parent = piece.state.announced.as_ref().map(|it| it.parent);
            let case = match parent {
                Some(Parent::Case(id)) => cases.get(id.to_string().as_str()).copied(),
                _ => None,
            };
            let around = Surroundings {
                case: case.cloned().or_else(|| around.case.clone()),
                task: around.task.clone(),
            };
            let id = EvidenceId(piece.id.parse().unwrap_or_default());
            let view = view(caller, &around, &piece.state);
            seen.extend(view.and_then(|view| convert::evidence(id, &piece.state, view)));
        }
        Ok(seen)
    }
}

/// How much the caller sees; auditors everything.
fn view(caller: &Caller, around: &Surroundings, evidence: &Evidence) -> Option<View> {
    let announced = evidence.announced.as_ref()?;
    match sight(caller) {
        Sight::District => Some(View::Original),
        Sight::Of(organization) => {
            around
                .parents()
                .view(announced.parent, &announced.organization, &organization)
        }
    }
}

/// Where the present attempt of an upload puts its bytes.
pub(super) fn place(district: &str, id: EvidenceId, it: &Evidence) -> Place {
    Place {
        district: district.to_owned(),
        id,
        attempt: it.attempt,
    }
}

/// A refusal of the rules on evidence.
pub(super) fn refuse(it: Refused) -> Status {
    status::refused(&Refusal::from(it)).into()
}
