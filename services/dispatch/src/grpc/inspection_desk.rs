//! What inspections need besides their own state: the registry's word on matters and units, and where cases stand.

use liandong_kit::auth::Caller;
use liandong_kit::log::Loaded;
use liandong_kit::status::Violations;
use liandong_proto::dispatch as wire;
use time::OffsetDateTime;
use tonic::Status;
use uuid::Uuid;

use super::convert::case::File;
use super::convert::inspection as convert;
use super::convert::inspection_read::Rectify;
use super::inspection::InspectionService;
use super::known::unknown_organization;
use super::{Desk, organization, person, status};
use crate::domain::case::{self, Reported, Source};
use crate::domain::inspection::{Inspection, Mode, Order, Refused};
use crate::domain::plan::{Participant, Plan};
use crate::domain::{
    Case, CaseId, CompletionRule, InspectionId, OrganizationId, Refusal, Role, TaskId,
};
use crate::store::inspection::Ordering;

impl InspectionService {
    /// An order, once the registry knows who mends and under what the case is filed.
    pub(super) async fn ordering(
        &self,
        caller: &Caller,
        asked: Rectify,
        at: OffsetDateTime,
    ) -> Result<Ordering, Status> {
        let missing = Refusal::from(Refused::NotFound);
        let found = self
            .0
            .found::<Inspection>(caller, asked.id.to_string(), &missing);
        let inspection = found.await?.state;
        let mine = organization(caller);
        let (planned, finding) = inspection
            .finding(&mine, asked.finding, &asked.organization)
            .map_err(|it| Status::from(status::refused(&it.into())))?;
        self.0
            .mends(caller, planned.mode, &asked.organization)
            .await?;
        let case = CaseId(Uuid::now_v7());
        let file = File {
            case,
            matter: finding.matter.clone(),
            condition: asked.condition,
            act_reference: String::new(),
            zone_reason: String::new(),
        };
        let source = match planned.mode {
            Mode::DistrictFindsStreetMends => Source::Superior,
            _ => Source::Department,
        };
        let reported = Reported {
            source,
            external_reference: format!("inspections/{}/findings/{}", asked.id, asked.finding),
            title: finding.title.clone(),
            description: finding.description.clone(),
            area: planned.object.area.clone(),
            address: planned.object.address.clone(),
            organization: mine.clone(),
            person: person(caller),
            reported_at: Some(finding.at),
            ..Reported::default()
        };
        let cases = super::case::CaseService(self.0.clone());
        let settings = cases.settings(caller).await?;
        let found = Case {
            report: reported.clone(),
            ..Case::default()
        };
        let filing = cases.filing(caller, (&file, &found), &settings, at).await?;
        let about = Reported {
            supposed_matter: Some(filing.matter.clone()),
            ..found.report
        };
        let nearby = cases.relapses(caller, (case, &about), &settings).await?;
        let part = Participant {
            organization: asked.organization.clone(),
            role: Role::Lead,
            act: asked.act,
            duty: asked.duty,
            matter: None,
            disposal: None,
            checker: Some(mine),
            resources: Vec::new(),
            hand_over: None,
        };
        let order = Order {
            organization: asked.organization,
            case,
            task: TaskId(Uuid::now_v7()),
            at,
        };
        Ok(Ordering {
            finding: asked.finding,
            order,
            reported,
            filing,
            nearby,
            time: self.0.registry.work_time(&caller.district).await?,
            plan: Plan {
                text: asked.plan,
                participants: vec![part],
                completion: CompletionRule::All,
                ..Plan::default()
            },
            person: person(caller),
        })
    }
}

impl Desk {
    /// Inspections with where the cases of their orders stand: one query for all.
    pub(super) async fn inspections(
        &self,
        caller: &Caller,
        found: &[Loaded<Inspection>],
    ) -> Result<Vec<wire::Inspection>, Status> {
        let orders = found.iter().flat_map(|it| &it.state.findings);
        let orders = orders.filter_map(|it| it.order.as_ref());
        let mut keys: Vec<String> = orders.map(|it| it.case.to_string()).collect();
        keys.sort();
        keys.dedup();
        let cases = self.store.several::<Case>(&caller.district, &keys).await;
        let cases = cases.map_err(status::database)?;
        let state = |it: &Loaded<Case>| (CaseId(convert::id(&it.id)), it.state.state);
        let cases: Vec<(CaseId, case::State)> = cases.iter().map(state).collect();
        let seen = |it: &Loaded<Inspection>| {
            let id = InspectionId(convert::id(&it.id));
            let mut seen = convert::inspection(id, it.version, &it.state);
            convert::with_cases(&mut seen, &cases);
            seen
        };
        Ok(found.iter().map(seen).collect())
    }

    /// Refuses a mode in which the caller's organization does not look.
    pub(super) async fn looks(&self, caller: &Caller, mode: Mode) -> Result<(), Status> {
        let organization = organization(caller);
        let place = self.registry.place(&caller.district, &organization).await?;
        if place.is_none_or(|it| !mode.looks(it)) {
            let refused = Refused::ModeMismatch {
                organization,
                looks: true,
            };
            return Err(status::refused(&refused.into()).into());
        }
        Ok(())
    }

    /// Refuses an organization that is not there, or does not mend in this mode.
    async fn mends(
        &self,
        caller: &Caller,
        mode: Mode,
        organization: &OrganizationId,
    ) -> Result<(), Status> {
        let place = self.registry.place(&caller.district, organization).await?;
        let Some(place) = place else {
            let mut bad = Violations::new();
            bad.add("organization", unknown_organization(organization));
            return Err(bad.into());
        };
        let may = mode.mends(organization, place);
        may.map_err(|it| status::refused(&it.into()).into())
    }
}
