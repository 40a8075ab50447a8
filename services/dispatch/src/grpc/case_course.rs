//! What happens to a case beside its way into a task; and what is looked up for it.

use liandong_kit::auth::Caller;
use liandong_proto::dispatch as wire;
use time::OffsetDateTime;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::case::{CaseService, answered};
use super::convert::{case as convert, case_course as read};
use super::known::{Named, each};
use super::{etag, open, organization, person, sight, status};
use crate::domain::case::Reported;
use crate::domain::case::clock::{CaseClock, CaseStage, GivenReply};
use crate::domain::case::place::{Nearby, Place};
use crate::domain::case::triage::Way;
use crate::domain::{Case, CaseId, CaseSettings, OrganizationId, Refusal};
use crate::store::Sight;
use crate::store::nearby::{Among, Search};

type Answer<T> = Result<Response<T>, Status>;

/// How near and how soon after another a report may be the same.
pub(super) struct Likeness {
    within_m: u32,
    hours: u32,
}

impl From<CaseSettings> for Likeness {
    fn from(it: CaseSettings) -> Self {
        Likeness {
            within_m: it.duplicate_distance_m,
            hours: it.duplicate_hours,
        }
    }
}

impl CaseService {
    pub(super) async fn triage_case_now(
        &self,
        request: Request<wire::TriageCaseRequest>,
    ) -> Answer<wire::TriageCaseResponse> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "TriageCase", &message.request_id, &message)
            .validate_only(message.validate_only);
        let (at, sent) = (command.occurred_at(), message.etag.clone());
        let mut it = read::read_triage(message, (person(&caller), at))?;
        let case = self.held(&caller, it.case).await?;
        let named = Named::organization("organization", it.triage.organization.as_ref());
        self.0.known_unless_away(&caller, named, at).await?;
        if it.triage.way == Way::OwnPower {
            let own = organization(&caller);
            it.triage.power = self.own_power(&caller, (&case, &own), it.act, at).await?;
            it.triage.organization = Some(own);
        }
        let target = (it.case, etag(sent), organization(&caller));
        let answer = answered(it.case, |case| wire::TriageCaseResponse { case });
        let changed = self
            .0
            .store
            .triage_case(command, target, (it.triage, it.cited), answer);
        changed.await.map(Response::new).map_err(status::change)
    }

    pub(super) async fn record_consultation_now(
        &self,
        request: Request<wire::RecordConsultationRequest>,
    ) -> Answer<wire::RecordConsultationResponse> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "RecordConsultation", &message.request_id, &message)
            .validate_only(message.validate_only);
        let sent = message.etag.clone();
        let at = command.occurred_at();
        let (id, met) = read::read_consultation(message, (person(&caller), at))?;
        let named = Named {
            organizations: each("consultation.organizations", &met.organizations),
            ..Named::default()
        };
        self.0.known_unless_away(&caller, named, at).await?;
        let target = (id, etag(sent), organization(&caller));
        let answer = answered(id, |case| wire::RecordConsultationResponse { case });
        let decide = move |it: &Case| it.consult(id, met.clone());
        let changed = self.0.store.change_case(command, target, decide, answer);
        changed.await.map(Response::new).map_err(status::change)
    }

    pub(super) async fn query_duplicates_now(
        &self,
        request: Request<wire::QueryDuplicatesRequest>,
    ) -> Answer<wire::QueryDuplicatesResponse> {
        let (caller, message) = open(request)?;
        let (id, within_m, hours) = read::read_duplicates(&message)?;
        let case = self.seen(&caller, id).await?;
        let usual = Likeness::from(self.settings(&caller).await?);
        let likeness = Likeness {
            within_m: within_m.unwrap_or(usual.within_m),
            hours: hours.unwrap_or(usual.hours),
        };
        let about = Reported {
            supposed_matter: case.matter().cloned(),
            ..case.report
        };
        let duplicates = self.duplicates(&caller, (id, &about), &likeness).await?;
        Ok(Response::new(wire::QueryDuplicatesResponse { duplicates }))
    }

    pub(super) async fn merge_cases_now(
        &self,
        request: Request<wire::MergeCasesRequest>,
    ) -> Answer<wire::MergeCasesResponse> {
        let (caller, message) = open(request)?;
        let (into, cases, reason) = read::read_merge(&message)?;
        let command = self
            .0
            .command(&caller, "MergeCases", &message.request_id, &message)
            .validate_only(message.validate_only);
        let target = (into, etag(message.etag), organization(&caller));
        let answer = answered(into, |case| wire::MergeCasesResponse { case });
        let merging = (cases, reason, person(&caller));
        let changed = self.0.store.merge_cases(command, target, merging, answer);
        changed.await.map(Response::new).map_err(status::change)
    }

    pub(super) async fn redirect_case_now(
        &self,
        request: Request<wire::RedirectCaseRequest>,
    ) -> Answer<wire::RedirectCaseResponse> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "RedirectCase", &message.request_id, &message)
            .validate_only(message.validate_only);
        let by = (person(&caller), command.occurred_at());
        let (id, to) = read::read_redirection(&message, by)?;
        let target = (id, etag(message.etag), organization(&caller));
        let answer = answered(id, |case| wire::RedirectCaseResponse { case });
        let decide = move |it: &Case| it.redirect(to.clone());
        let changed = self.0.store.change_case(command, target, decide, answer);
        changed.await.map(Response::new).map_err(status::change)
    }

    pub(super) async fn record_receipt_now(
        &self,
        request: Request<wire::RecordReceiptRequest>,
    ) -> Answer<wire::RecordReceiptResponse> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "RecordReceipt", &message.request_id, &message)
            .validate_only(message.validate_only);
        let by = (person(&caller), command.occurred_at());
        let (id, receipt) = read::read_receipt(&message, by)?;
        let time = self.0.registry.work_time(&caller.district).await?;
        let target = (id, etag(message.etag), organization(&caller));
        let answer = answered(id, |case| wire::RecordReceiptResponse { case });
        let changed = self
            .0
            .store
            .receipt(command, target, (receipt, time), answer);
        changed.await.map(Response::new).map_err(status::change)
    }

    pub(super) async fn reply_to_reporter_now(
        &self,
        request: Request<wire::ReplyToReporterRequest>,
    ) -> Answer<wire::ReplyToReporterResponse> {
        let (caller, message) = open(request)?;
        let (id, which, text) = read::read_reply(&message)?;
        let command = self
            .0
            .command(&caller, "ReplyToReporter", &message.request_id, &message)
            .validate_only(message.validate_only);
        let given = GivenReply {
            person: person(&caller),
            at: command.occurred_at(),
            text,
        };
        let target = (id, etag(message.etag), organization(&caller));
        let answer = answered(id, |case| wire::ReplyToReporterResponse { case });
        let decide = move |it: &Case| it.reply_to(id, which, &given);
        let changed = self.0.store.change_case(command, target, decide, answer);
        changed.await.map(Response::new).map_err(status::change)
    }

    /// How the caller's district runs its cases.
    pub(super) async fn settings(&self, caller: &Caller) -> Result<CaseSettings, Status> {
        let found = self.0.store.case_settings(&caller.district).await;
        found.map(|(_, it)| it).map_err(status::database)
    }

    /// A stage's clock of a case in its first round that starts now.
    pub(super) async fn clock(
        &self,
        caller: &Caller,
        stage: CaseStage,
        at: OffsetDateTime,
    ) -> Result<CaseClock, Status> {
        let settings = self.settings(caller).await?;
        let time = self.0.registry.work_time(&caller.district).await?;
        let start = (stage, 1, settings.limit(stage));
        let clock = CaseClock::start(start, &organization(caller), &time, at);
        clock.map_err(|it| status::refused(&it).into())
    }

    /// A case the caller's organization holds.
    pub(super) async fn held(&self, caller: &Caller, id: CaseId) -> Result<Case, Status> {
        let case = self.seen(caller, id).await?;
        if case.report.organization == organization(caller) {
            Ok(case)
        } else {
            Err(status::refused(&Refusal::CaseNotFound { case: Some(id) }).into())
        }
    }

    /// A case the caller may see.
    async fn seen(&self, caller: &Caller, id: CaseId) -> Result<Case, Status> {
        let sight: Sight = sight(caller);
        let found = self.0.store.case(&caller.district, &sight, id).await;
        let found = found.map_err(status::database)?.map(|it| it.state);
        found.ok_or_else(|| status::refused(&Refusal::CaseNotFound { case: Some(id) }).into())
    }

    /// Cases by id, in that order.
    pub(super) async fn several(
        &self,
        caller: &Caller,
        ids: &[CaseId],
    ) -> Result<Vec<wire::Case>, Status> {
        let keys: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let found = self
            .0
            .store
            .several::<Case>(&caller.district, &keys)
            .await
            .map_err(status::database)?;
        let named = found
            .iter()
            .filter_map(|it| Some((CaseId(Uuid::try_parse(&it.id).ok()?), it)));
        Ok(named
            .map(|(id, it)| convert::case(id, it.version, &it.state))
            .collect())
    }

    /// Open cases of the caller's organization that may be the same as a report.
    pub(super) async fn duplicates(
        &self,
        caller: &Caller,
        (id, about): (CaseId, &Reported),
        likeness: &Likeness,
    ) -> Result<Vec<wire::NearbyCase>, Status> {
        let place = place(about);
        let own = organization(caller);
        let at = about.reported_at.unwrap_or_else(|| self.0.store.now());
        let hours = time::Duration::hours(i64::from(likeness.hours));
        let search = Search {
            place: &place,
            within_m: likeness.within_m,
            matter: about.supposed_matter.as_ref(),
            among: Among::Open(&own, at.saturating_sub(hours), at.saturating_add(hours)),
        };
        let found = self.0.store.nearby(&caller.district, search, id).await;
        let found = found.map_err(status::database)?;
        let ids: Vec<CaseId> = found.iter().map(|it| it.case).collect();
        let cases = self.several(caller, &ids).await?;
        let near = cases.into_iter().zip(found);
        let near = near.filter(|(case, _)| case.exercise == about.exercise);
        Ok(near
            .map(|(case, it)| wire::NearbyCase {
                case: Some(case),
                distance_m: i32::try_from(it.distance_m).unwrap_or(i32::MAX),
            })
            .collect())
    }

    /// Lately closed cases of the same matter at the same place, whoever holds them.
    pub(super) async fn relapses(
        &self,
        caller: &Caller,
        (id, about): (CaseId, &Reported),
        settings: &CaseSettings,
    ) -> Result<Vec<Nearby>, Status> {
        let place = place(about);
        let days = time::Duration::days(i64::from(settings.relapse_days));
        let search = Search {
            place: &place,
            within_m: settings.duplicate_distance_m,
            matter: about.supposed_matter.as_ref(),
            among: Among::ClosedSince(self.0.store.now().saturating_sub(days)),
        };
        let found = self.0.store.nearby(&caller.district, search, id).await;
        found.map_err(status::database)
    }

    /// The power the holder has to do it itself; none needed for acts open to all (R1).
    async fn own_power(
        &self,
        caller: &Caller,
        (case, own): (&Case, &OrganizationId),
        act: crate::domain::Act,
        at: OffsetDateTime,
    ) -> Result<Option<crate::domain::PowerId>, Status> {
        let Some(filing) = &case.filing else {
            return Ok(None); // the rules say that it is not filed
        };
        let question = [(own.clone(), filing.matter.clone(), act)];
        let area = &case.report.area;
        let standings = self
            .0
            .registry
            .standings(&caller.district, area, at, &question);
        let standings = standings.await?;
        let parts: Vec<_> = standings.iter().filter_map(|it| it.powerless()).collect();
        if !parts.is_empty() {
            return Err(status::refused(&Refusal::NoPower { parts }).into());
        }
        Ok(standings.into_iter().find_map(|it| it.power))
    }
}

fn place(about: &Reported) -> Place {
    Place {
        position: about.position,
        area: about.area.clone(),
        address: about.address.clone(),
        object: about.object.clone(),
    }
}
