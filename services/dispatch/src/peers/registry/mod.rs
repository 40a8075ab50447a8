//! The registry: areas, matters, powers, officers, the working calendar.
//!
//! Whether a unit may act, and whether an officer is fit, is asked anew every time: a power that was taken back is
//! never used (T17). Only what enforces nothing is planned by a [`copy`] of the catalogue while the registry is away.
//! What changes rarely is kept for moments ([`Kept`]): areas and matters for [`kept::FRESH`]; and
//! the working calendar, so that work in flight goes on while the registry is away, for at most [`CALENDAR_MAX`],
//! under the version it was read with, which every deadline names. Both copies are also kept in the database
//! ([`saved`]), so that a dispatch that starts while the registry is away goes on by them, under the same bounds.

mod convert;
mod copy;
mod kept;
mod names;
mod rounds;
mod saved;
#[cfg(test)]
mod tests;
mod tiers;
mod zones;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use liandong_calendar::Limit;
use liandong_kit::auth::Issuer;
use liandong_kit::client::{Identity, Peer};
use liandong_kit::sabotage::{self, Sabotage};
use liandong_kit::status::{Problem, localized, reason};
use liandong_proto::registry as wire;
use liandong_proto::registry::area_service_client::AreaServiceClient;
use liandong_proto::registry::calendar_service_client::CalendarServiceClient;
use liandong_proto::registry::catalogue_service_client::CatalogueServiceClient;
use liandong_proto::registry::duty_service_client::DutyServiceClient;
use liandong_proto::registry::personnel_service_client::PersonnelServiceClient;
use liandong_proto::registry::power_service_client::PowerServiceClient;
use liandong_proto::registry::zone_service_client::ZoneServiceClient;
use sea_orm::DbErr;
use time::OffsetDateTime;
use tonic::{Code, Status};

use self::copy::Copied;
use self::kept::{Kept, KeptCalendar};
use self::saved::Keep;
pub(crate) use self::tiers::Ladder;
use crate::domain::clock::WorkTime;
use crate::domain::inspection::Place;
use crate::domain::plan::Standing;
use crate::domain::supervision::Rung;
use crate::domain::{Act, AreaId, Fitness, MatterId, OfficerId, OrganizationId, PersonId, PowerId};
use crate::grpc::convert::write;
use crate::store::{Copies, KeptCopy};

/// How long the registry may take for one question.
const CALL_TIME: Duration = Duration::from_secs(2);
/// The oldest copy of the working calendar that deadlines are computed with.
pub(crate) const CALENDAR_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// A question of authority: who, on which matter, which act.
pub(crate) type Question = (OrganizationId, MatterId, Act);

/// The registry, as seen from every district. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Registry(Arc<Shared>);

struct Shared {
    url: String,
    issuer: Issuer,
    copies: Option<Copies>,
    /// Read at the start, taken by a district when it is first asked about.
    saved: Mutex<Vec<KeptCopy>>,
    districts: Mutex<HashMap<String, Arc<District>>>,
}

/// One district's registry: a service speaks for one district at a time.
struct District {
    peer: Peer,
    areas: AreaServiceClient<Peer>,
    powers: PowerServiceClient<Peer>,
    personnel: PersonnelServiceClient<Peer>,
    duties: DutyServiceClient<Peer>,
    calendar: CalendarServiceClient<Peer>,
    copy: Copied,
    keep: Keep,
    kept_communities: Kept<bool>,
    kept_places: Kept<Place>,
    zones: ZoneServiceClient<Peer>,
    kept_areas: Kept<AreaId>,
    kept_matters: Kept<Arc<Matter>>,
    kept_calendar: KeptCalendar,
}

/// What filing needs to know of a matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Matter {
    /// Its filing conditions, by id, each with its limit.
    pub conditions: Vec<(String, Limit)>,
    /// The civil days on which it is in force, `YYYY-MM-DD`; empty means open.
    pub validity: (String, String),
    /// Whether a first, slight and corrected offence goes unpunished.
    pub first_offence_exempt: bool,
}

impl Matter {
    /// Whether it is in force on the civil day of an instant.
    pub(crate) fn is_in_force(&self, at: OffsetDateTime) -> bool {
        let Some(day) = liandong_calendar::civil::date(at).map(|it| it.to_string()) else {
            return false;
        };
        let (first, last) = &self.validity;
        (first.is_empty() || *first <= day) && (last.is_empty() || day <= *last)
    }
}

impl Registry {
    /// The registry at `url`, called in dispatch's own name; with the copies of it that are kept.
    pub(crate) async fn open(url: &str, issuer: Issuer, copies: Copies) -> Result<Registry, DbErr> {
        let saved = copies.load().await?;
        Ok(Registry(Arc::new(Shared {
            url: url.to_owned(),
            issuer,
            copies: Some(copies),
            saved: Mutex::new(saved),
            districts: Mutex::default(),
        })))
    }

    /// Without copies beyond this process.
    #[cfg(test)]
    pub(crate) fn new(url: &str, issuer: Issuer) -> Registry {
        Registry(Arc::new(Shared {
            url: url.to_owned(),
            issuer,
            copies: None,
            saved: Mutex::default(),
            districts: Mutex::default(),
        }))
    }

    /// The smallest area that covers a code; none if the district has none.
    pub(crate) async fn area(
        &self,
        district: &str,
        code: &AreaId,
        at: OffsetDateTime,
    ) -> Result<Option<AreaId>, Status> {
        let it = self.district(district)?;
        if let Some(area) = it.kept_areas.get(code.as_str()) {
            return Ok(Some(area));
        }
        let place = Some(wire::locate_request::Place::Code(code.to_string()));
        let request = wire::LocateRequest {
            place,
            as_of_time: Some(write::time(at)),
        };
        let answer = match found(it.areas.clone().locate(request).await) {
            Err(away) if away.code() == Code::Unavailable => {
                return it.copy.area(code, at).map(Some).ok_or(away);
            }
            answer => answer?,
        };
        let Some(answer) = answer else {
            return Ok(None);
        };
        let name = answer.area.map(|it| it.name).unwrap_or_default();
        let area = AreaId::from(convert::bare(&name, "areas")?);
        it.kept_areas.put(code.as_str(), area.clone());
        Ok(Some(area))
    }

    /// A matter of the catalogue; none if there is none.
    pub(crate) async fn matter(
        &self,
        district: &str,
        id: &MatterId,
    ) -> Result<Option<Arc<Matter>>, Status> {
        let it = self.district(district)?;
        if let Some(matter) = it.kept_matters.get(id.as_str()) {
            return Ok(Some(matter));
        }
        let request = wire::GetMatterRequest {
            name: write::matter(id),
        };
        let answer = match found(it.powers.clone().get_matter(request).await) {
            Err(away) if away.code() == Code::Unavailable => {
                let (matter, _) = it.copy.matter(id).ok_or(away)?;
                return convert::matter(matter).map(|it| Some(Arc::new(it)));
            }
            answer => answer?,
        };
        let Some(answer) = answer else {
            return Ok(None);
        };
        let matter = Arc::new(convert::matter(answer.matter.unwrap_or_default())?);
        it.kept_matters.put(id.as_str(), matter.clone());
        Ok(Some(matter))
    }

    /// Who may do what in an area now, with the limits of each stage: one call for all questions.
    pub(crate) async fn standings(
        &self,
        district: &str,
        area: &AreaId,
        at: OffsetDateTime,
        questions: &[Question],
    ) -> Result<Vec<Standing>, Status> {
        if questions.is_empty() {
            return Ok(vec![]);
        }
        let requests = questions
            .iter()
            .map(|it| convert::question(it, area, at))
            .collect();
        let it = self.district(district)?;
        let batch = wire::ResolveAuthorityBatchRequest { requests };
        let answer = it.powers.clone().resolve_authority_batch(batch).await;
        let authorities = match answer.map_err(|status| refused(&status)) {
            Err(away) if away.code() == Code::Unavailable => {
                let copied = questions.iter().map(|question| it.copied(question, at));
                return copied.collect::<Option<_>>().ok_or(away)?;
            }
            answer => answer?.into_inner().authorities,
        };
        if authorities.len() != questions.len() {
            return Err(Problem::internal("the registry did not answer every question").into());
        }
        questions
            .iter()
            .zip(authorities)
            .map(|(question, answer)| convert::standing(question, answer))
            .collect()
    }

    /// Whether officers may enforce a matter for an organization now (R3). No officers, no question.
    pub(crate) async fn fitness(
        &self,
        district: &str,
        (organization, matter): (&OrganizationId, &MatterId),
        officers: &[OfficerId],
        at: OffsetDateTime,
    ) -> Result<Vec<Fitness>, Status> {
        if officers.is_empty() {
            return Ok(vec![]);
        }
        let request = wire::CheckOfficersRequest {
            officers: officers.iter().map(write::officer).collect(),
            organization: write::organization(organization),
            matter: write::matter(matter),
            start_time: Some(write::time(at)),
            ..Default::default()
        };
        let mut personnel = self.district(district)?.personnel.clone();
        let answer = personnel
            .check_officers(request)
            .await
            .map_err(|status| refused(&status))?;
        Ok(convert::fitness(officers, answer.into_inner().checks))
    }

    /// Who is on duty up the chain of a place for a matter's line of work, the nearest first. Where nobody is
    /// responsible there is no chain.
    pub(crate) async fn chain(
        &self,
        district: &str,
        area: &AreaId,
        matter: &MatterId,
        at: OffsetDateTime,
    ) -> Result<Vec<Rung>, Status> {
        use wire::get_escalation_chain_request::Subject;
        let request = wire::GetEscalationChainRequest {
            area: write::area(area),
            subject: Some(Subject::Matter(write::matter(matter))),
            at_time: Some(write::time(at)),
        };
        let mut duties = self.district(district)?.duties.clone();
        match duties.get_escalation_chain(request).await {
            Ok(answer) => Ok(convert::chain(&answer.into_inner())),
            Err(status) if is_no(status.code()) => Ok(vec![]),
            Err(status) => Err(refused(&status)),
        }
    }

    /// The organizations a person belongs to as an officer, at home and where they serve (R10): by the copy of the
    /// catalogue, which follows every change at once; without one, by asking.
    pub(crate) async fn units(
        &self,
        district: &str,
        (person, organization): (&PersonId, &OrganizationId),
        at: OffsetDateTime,
    ) -> Result<Vec<OrganizationId>, Status> {
        let it = self.district(district)?;
        if let Some(units) = it.copy.units(person, at) {
            return Ok(units);
        }
        let request = wire::CheckOfficersRequest {
            officers: vec![format!("officers/{person}")],
            organization: write::organization(organization),
            start_time: Some(write::time(at)),
            ..Default::default()
        };
        match it.personnel.clone().check_officers(request).await {
            Ok(answer) => Ok(convert::units(&answer.into_inner().checks)),
            Err(status) if is_no(status.code()) => Ok(vec![]),
            Err(status) => Err(refused(&status)),
        }
    }

    /// The working calendar: fresh if the registry answers, else the last one read.
    pub(crate) async fn work_time(&self, district: &str) -> Result<Arc<WorkTime>, Status> {
        let it = self.district(district)?;
        let (calendar, keep) = (it.calendar.clone(), it.keep.clone());
        let read = || async move {
            let answer = fetch_calendar(calendar).await?;
            keep.calendar(&answer).await;
            convert::work_time(answer)
        };
        it.kept_calendar.get(read).await
    }

    /// Keeps the copies as they stand: the service stops.
    pub(crate) async fn keep_copies(&self) {
        let districts: Vec<Arc<District>> = {
            let districts = self.0.districts.lock();
            let districts = districts.unwrap_or_else(PoisonError::into_inner);
            districts.values().cloned().collect()
        };
        for it in districts {
            it.keep.catalogue_now(&it.copy).await;
        }
    }

    /// The copies of a district that were read at the start.
    fn saved(&self, code: &str) -> Vec<KeptCopy> {
        let mut saved = self.0.saved.lock().unwrap_or_else(PoisonError::into_inner);
        let all = std::mem::take(&mut *saved).into_iter();
        let (its, others) = all.partition(|it| it.district == code);
        *saved = others;
        its
    }

    fn district(&self, code: &str) -> Result<Arc<District>, Status> {
        let mut districts = self
            .0
            .districts
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(it) = districts.get(code) {
            return Ok(it.clone());
        }
        let identity = Identity::service(self.0.issuer.clone(), "dispatch", code);
        let peer =
            Peer::connect_lazy(&self.0.url, "registry", identity).map_err(Problem::internal)?;
        let peer = peer.within(CALL_TIME).safe();
        let catalogue = CatalogueServiceClient::new(peer.clone());
        let it = Arc::new(District {
            peer: peer.clone(),
            keep: Keep::new(self.0.copies.clone(), code),
            copy: Copied::default(),
            areas: AreaServiceClient::new(peer.clone()),
            powers: PowerServiceClient::new(peer.clone()),
            personnel: PersonnelServiceClient::new(peer.clone()),
            duties: DutyServiceClient::new(peer.clone()),
            calendar: CalendarServiceClient::new(peer.clone()),
            zones: ZoneServiceClient::new(peer),
            kept_communities: Kept::default(),
            kept_places: Kept::default(),
            kept_areas: Kept::default(),
            kept_matters: Kept::default(),
            kept_calendar: KeptCalendar::default(),
        });
        for copy in self.saved(code) {
            saved::take(&it, &copy);
        }
        districts.insert(code.to_owned(), it.clone());
        tokio::spawn(copy::follow(Arc::downgrade(&it), catalogue));
        Ok(it)
    }
}

impl District {
    /// What the copy says of a part that enforces nothing; none if it may not be used, or has no such matter.
    fn copied(&self, question: &Question, at: OffsetDateTime) -> Option<Result<Standing, Status>> {
        let (_, matter, act) = question;
        if act.enforces() && !sabotage::on(Sabotage::TrustCopies) {
            return None;
        }
        let (matter, fresh) = self.copy.matter(matter)?;
        let copied = copy::is_live(matter.validity.as_ref(), at)
            .then(|| convert::copied(question, matter, fresh))?;
        // A copy says nothing of powers: only who breaks the promise comes here with an act that needs one.
        Some(copied.map(|mut it| {
            if act.enforces() {
                it.power = Some(PowerId::from("trusted"));
            }
            it
        }))
    }
}

async fn fetch_calendar(
    mut calendar: CalendarServiceClient<Peer>,
) -> Result<wire::ListCalendarYearsResponse, Status> {
    let request = wire::ListCalendarYearsRequest {
        page_size: 500,
        page_token: String::new(),
    };
    let answer = calendar
        .list_calendar_years(request)
        .await
        .map_err(|status| refused(&status))?;
    Ok(answer.into_inner())
}

/// An answer; none if the registry knows nothing of the kind.
fn found<T>(answer: Result<tonic::Response<T>, Status>) -> Result<Option<T>, Status> {
    match answer {
        Ok(answer) => Ok(Some(answer.into_inner())),
        Err(status) if status.code() == Code::NotFound => Ok(None),
        Err(status) => Err(refused(&status)),
    }
}

/// Whether the registry answered that there is no such thing, or not so.
fn is_no(code: Code) -> bool {
    use Code::{FailedPrecondition, InvalidArgument, NotFound};
    matches!(code, NotFound | FailedPrecondition | InvalidArgument)
}

/// What the registry's refusal means to our caller.
fn refused(status: &Status) -> Status {
    let why = || reason(status).unwrap_or_else(|| "REGISTRY_REFUSED".into());
    match status.code() {
        code if is_no(code) => {
            Problem::precondition(why(), status.message(), localized(status)).into()
        }
        Code::Unavailable | Code::DeadlineExceeded | Code::ResourceExhausted | Code::Cancelled => {
            tracing::warn!(code = ?status.code(), error = status.message(), "the registry does not answer");
            unavailable()
        }
        // Whatever the registry says itself has a reason: this is a connection that broke within an answer.
        code if reason(status).is_none() => {
            tracing::warn!(
                ?code,
                error = status.message(),
                "the registry's answer broke off"
            );
            unavailable()
        }
        code => Problem::internal(format!("registry: {code:?} {}", status.message())).into(),
    }
}

/// UNAVAILABLE, reason REGISTRY_UNAVAILABLE.
fn unavailable() -> Status {
    let english = "the registry does not answer; nothing was changed";
    Problem::unavailable(
        "REGISTRY_UNAVAILABLE",
        english,
        "基础信息服务暂不可用，未作任何更改，请稍后再试",
    )
    .into()
}
