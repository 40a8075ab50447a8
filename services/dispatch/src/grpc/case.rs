//! CaseService: from a reported problem to a filed case.

use liandong_kit::auth::Caller;
use liandong_kit::status::{FieldProblem, Violations};
use liandong_proto::dispatch::{self as wire, case_service_server};
use time::OffsetDateTime;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::convert::{case as convert, facet, query};
use super::known::{Named, unknown_matter};
use super::{Desk, etag, open, organization, person, sight, status};
use crate::domain::case::clock::{CaseClock, CaseStage};
use crate::domain::case::place::Place;
use crate::domain::case::{Filing, Rejection, Reported, Verification};
use crate::domain::clock::RuledLimit;
use crate::domain::{AreaId, Case, CaseId, CaseSettings, Refusal};
use crate::peers::registry::Matter;

/// Serves cases.
#[derive(Clone)]
pub(crate) struct CaseService(pub(crate) Desk);

#[tonic::async_trait]
impl case_service_server::CaseService for CaseService {
    async fn report_case(
        &self,
        request: Request<wire::ReportCaseRequest>,
    ) -> Result<Response<wire::ReportCaseResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "ReportCase", &message.request_id, &message)
            .validate_only(message.validate_only);
        let at = command.occurred_at();
        let mut reported = convert::report(message, &caller.organization, &caller.person, at)?;
        reported.area = self.place(&caller, &reported, at).await?;
        let settings = self.settings(&caller).await?;
        let time = self.0.registry.work_time(&caller.district).await?;
        let id = CaseId(Uuid::now_v7());
        let near = self
            .duplicates(&caller, (id, &reported), &settings.into())
            .await?;
        let answer = move |version, it: &Case| wire::ReportCaseResponse {
            case: Some(convert::case(id, version, it)),
            duplicates: near.clone(),
        };
        let changed = self
            .0
            .store
            .report_case(command, (id, reported), time, answer)
            .await;
        changed.map(Response::new).map_err(status::change)
    }

    async fn verify_case(
        &self,
        request: Request<wire::VerifyCaseRequest>,
    ) -> Result<Response<wire::VerifyCaseResponse>, Status> {
        let (caller, message) = open(request)?;
        let (id, note) = convert::verify(&message)?;
        let command = self
            .0
            .command(&caller, "VerifyCase", &message.request_id, &message)
            .validate_only(message.validate_only);
        let (organization, person, at) = (
            organization(&caller),
            person(&caller),
            command.occurred_at(),
        );
        let target = (id, etag(message.etag), organization.clone());
        let found = Verification {
            exists: message.exists,
            clock: Some(self.clock(&caller, CaseStage::Intake, at).await?),
            organization,
            person,
            at,
            note,
        };
        let answer = answered(id, |case| wire::VerifyCaseResponse { case });
        let changed =
            self.0
                .store
                .change_case(command, target, move |it| it.verify(found.clone()), answer);
        changed.await.map(Response::new).map_err(status::change)
    }

    async fn file_case(
        &self,
        request: Request<wire::FileCaseRequest>,
    ) -> Result<Response<wire::FileCaseResponse>, Status> {
        let (caller, message) = open(request)?;
        let file = convert::file(&message)?;
        let command = self
            .0
            .command(&caller, "FileCase", &message.request_id, &message)
            .validate_only(message.validate_only);
        let at = command.occurred_at();
        let case = self.held(&caller, file.case).await?;
        let settings = self.settings(&caller).await?;
        let filing = self.filing(&caller, (&file, &case), &settings, at).await?;
        let about = Reported {
            supposed_matter: Some(filing.matter.clone()),
            ..case.report
        };
        let relapses = self.relapses(&caller, (file.case, &about), &settings);
        let relapses = relapses.await?;
        let near = self
            .duplicates(&caller, (file.case, &about), &settings.into())
            .await?;
        let target = (file.case, etag(message.etag), organization(&caller));
        let id = file.case;
        let answer = move |version, it: &Case| wire::FileCaseResponse {
            case: Some(convert::case(id, version, it)),
            duplicates: near.clone(),
        };
        let changed = self
            .0
            .store
            .file_case(command, target, (filing, relapses), answer)
            .await;
        changed.map(Response::new).map_err(status::change)
    }

    async fn reject_case(
        &self,
        request: Request<wire::RejectCaseRequest>,
    ) -> Result<Response<wire::RejectCaseResponse>, Status> {
        let (caller, message) = open(request)?;
        let (id, reason, note) = convert::reject(&message)?;
        let command = self
            .0
            .command(&caller, "RejectCase", &message.request_id, &message)
            .validate_only(message.validate_only);
        let target = (id, etag(message.etag), organization(&caller));
        let rejection = Rejection {
            reason,
            note,
            person: person(&caller),
            at: command.occurred_at(),
        };
        let answer = answered(id, |case| wire::RejectCaseResponse { case });
        let changed = self.0.store.change_case(
            command,
            target,
            move |it| it.reject(rejection.clone()),
            answer,
        );
        changed.await.map(Response::new).map_err(status::change)
    }

    async fn triage_case(
        &self,
        request: Request<wire::TriageCaseRequest>,
    ) -> Result<Response<wire::TriageCaseResponse>, Status> {
        self.triage_case_now(request).await
    }

    async fn record_consultation(
        &self,
        request: Request<wire::RecordConsultationRequest>,
    ) -> Result<Response<wire::RecordConsultationResponse>, Status> {
        self.record_consultation_now(request).await
    }

    async fn query_duplicates(
        &self,
        request: Request<wire::QueryDuplicatesRequest>,
    ) -> Result<Response<wire::QueryDuplicatesResponse>, Status> {
        self.query_duplicates_now(request).await
    }

    async fn merge_cases(
        &self,
        request: Request<wire::MergeCasesRequest>,
    ) -> Result<Response<wire::MergeCasesResponse>, Status> {
        self.merge_cases_now(request).await
    }

    async fn redirect_case(
        &self,
        request: Request<wire::RedirectCaseRequest>,
    ) -> Result<Response<wire::RedirectCaseResponse>, Status> {
        self.redirect_case_now(request).await
    }

    async fn record_receipt(
        &self,
        request: Request<wire::RecordReceiptRequest>,
    ) -> Result<Response<wire::RecordReceiptResponse>, Status> {
        self.record_receipt_now(request).await
    }

    async fn reply_to_reporter(
        &self,
        request: Request<wire::ReplyToReporterRequest>,
    ) -> Result<Response<wire::ReplyToReporterResponse>, Status> {
        self.reply_to_reporter_now(request).await
    }

    async fn get_case(
        &self,
        request: Request<wire::GetCaseRequest>,
    ) -> Result<Response<wire::GetCaseResponse>, Status> {
        let (caller, message) = open(request)?;
        let id = convert::name(&message.name)?;
        let found = self
            .0
            .store
            .case(&caller.district, &sight(&caller), id)
            .await
            .map_err(status::database)?;
        let found =
            found.ok_or_else(|| status::refused(&Refusal::CaseNotFound { case: Some(id) }))?;
        let case = Some(convert::case(id, found.version, &found.state));
        Ok(Response::new(wire::GetCaseResponse { case }))
    }

    async fn list_cases(
        &self,
        request: Request<wire::ListCasesRequest>,
    ) -> Result<Response<wire::ListCasesResponse>, Status> {
        let (caller, message) = open(request)?;
        let (store, sight) = (&self.0.store, sight(&caller));
        let asked = (&*message.filter, &*message.order_by, &*message.facets);
        let page = (message.page_size, &*message.page_token);
        let fields = (query::CASES, "report_time");
        let (asked, page) = query::list(page, asked, fields, &format!("{sight:?}"))?;
        let listed = store.case_ids(&caller.district, &sight, &asked, &page);
        let (ids, next_page_token) = listed.await.map_err(status::database)?;
        let cases = self.several(&caller, &ids).await?;
        let counted = store.case_facets(&caller.district, &sight, &asked);
        let facets = counted.await.map_err(status::database)?;
        Ok(Response::new(wire::ListCasesResponse {
            cases,
            next_page_token,
            facets: facet::counted(facets, query::CASES),
        }))
    }
}

impl CaseService {
    /// The smallest area of the registry for where something was reported; what it is taken for must be there too.
    async fn place(
        &self,
        caller: &Caller,
        it: &Reported,
        at: OffsetDateTime,
    ) -> Result<AreaId, Status> {
        let matter = it.supposed_matter.iter();
        let named = Named {
            catalogued: matter.map(|it| ("supposed_matter".into(), it)).collect(),
            ..Named::default()
        };
        self.0.located(caller, ("area", &it.area), &named, at).await
    }

    /// The filing, once matter and condition are found and no zone permits what was seen (R14).
    pub(super) async fn filing(
        &self,
        caller: &Caller,
        (it, case): (&convert::File, &Case),
        settings: &CaseSettings,
        at: OffsetDateTime,
    ) -> Result<Filing, Status> {
        let found = self.0.registry.matter(&caller.district, &it.matter).await?;
        let found = found.filter(|matter| matter.is_in_force(at));
        let unknown = || unknown_matter(&it.matter);
        let matter = known("matter", found.ok_or_else(unknown))?;
        let (condition, limit) = known("condition", condition(&matter, &it.condition))?;
        let (place, seen_at) = (Place::of(case), case.report.reported_at.unwrap_or(at));
        let about = (&place, &it.matter);
        let zone = self.0.registry.zone(&caller.district, about, seen_at);
        let zone = zone.await?.admit(&it.zone_reason);
        Ok(Filing {
            matter: it.matter.clone(),
            limit: RuledLimit {
                limit,
                rule: format!("matters/{}#{condition}", it.matter),
            },
            condition,
            person: person(caller),
            at,
            act_reference: it.act_reference.clone(),
            zone: zone.map_err(|it| status::refused(&it.into()))?,
            first_offence_exempt: matter.first_offence_exempt,
            clock: Some(CaseClock::dispatch(case.round(), settings.dispatch, at)),
        })
    }
}

/// The condition asked for, or the only one.
fn condition(
    matter: &Matter,
    id: &str,
) -> Result<(String, liandong_calendar::Limit), FieldProblem> {
    let ids: Vec<&str> = matter.conditions.iter().map(|it| it.0.as_str()).collect();
    let found = match matter.conditions.as_slice() {
        [only] if id.is_empty() => Some(only),
        all => all.iter().find(|it| it.0 == id),
    };
    found.cloned().ok_or_else(|| {
        let known = ids.join(", ");
        FieldProblem::new(
            format!("`{id}` is not a filing condition of the matter; known: {known}"),
            format!("该事项没有立案条件“{id}”，可用：{known}"),
        )
    })
}

pub(super) fn known<T>(field: &str, found: Result<T, FieldProblem>) -> Result<T, Status> {
    found.map_err(|problem| {
        let mut bad = Violations::new();
        bad.add(field, problem);
        bad.into()
    })
}

/// The answer with the case as it is then.
pub(super) fn answered<R>(
    id: CaseId,
    answer: fn(Option<wire::Case>) -> R,
) -> impl Fn(i64, &Case) -> R + Send + 'static
where
    R: 'static,
{
    move |version, it| answer(Some(convert::case(id, version, it)))
}
