//! The services as a client sees them: generated clients over one connection each, in somebody's name.

mod folder;
mod people;
mod session;

pub use folder::{Endpoints, Folder, Lock, Settings};
pub use people::Person;
pub use session::{ClientOptions, Session, claims};

use liandong_kit::client::{Identity, Peer};
use liandong_proto::{
    dispatch::{
        assignment_service_client::AssignmentServiceClient,
        campaign_service_client::CampaignServiceClient, case_service_client::CaseServiceClient,
        check_sample_service_client::CheckSampleServiceClient,
        check_service_client::CheckServiceClient, clock_service_client::ClockServiceClient,
        dispute_service_client::DisputeServiceClient, event_service_client::EventServiceClient,
        evidence_service_client::EvidenceServiceClient,
        follow_up_service_client::FollowUpServiceClient, inbox_service_client::InboxServiceClient,
        inspection_service_client::InspectionServiceClient,
        meeting_series_service_client::MeetingSeriesServiceClient,
        meeting_service_client::MeetingServiceClient, patrol_service_client::PatrolServiceClient,
        task_service_client::TaskServiceClient, whistle_service_client::WhistleServiceClient,
    },
    registry::{
        area_service_client::AreaServiceClient, catalogue_service_client::CatalogueServiceClient,
        duty_service_client::DutyServiceClient, export_service_client::ExportServiceClient,
        import_service_client::ImportServiceClient,
        organization_service_client::OrganizationServiceClient,
        personnel_service_client::PersonnelServiceClient, power_service_client::PowerServiceClient,
        staffing_service_client::StaffingServiceClient, zone_service_client::ZoneServiceClient,
    },
    scoring::{
        allocation_service_client::AllocationServiceClient,
        appeal_service_client::AppealServiceClient, feed_service_client::FeedServiceClient,
        fund_service_client::FundServiceClient, indicator_service_client::IndicatorServiceClient,
        integrity_service_client::IntegrityServiceClient, item_service_client::ItemServiceClient,
        ledger_service_client::LedgerServiceClient, outside_service_client::OutsideServiceClient,
        period_service_client::PeriodServiceClient, ranking_service_client::RankingServiceClient,
        scheme_service_client::SchemeServiceClient, survey_service_client::SurveyServiceClient,
    },
    types::audit_service_client::AuditServiceClient,
};

/// The three services in one caller's name. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Services {
    registry: Peer,
    dispatch: Peer,
    scoring: Peer,
}

impl Services {
    /// Connects at the first call.
    pub fn connect(at: &Endpoints, identity: Identity) -> Result<Self, tonic::transport::Error> {
        let peer = |url: &str, name| {
            Peer::connect_lazy(url, name, identity.clone()).map(Peer::without_breaker)
        };
        Ok(Self {
            registry: peer(&at.registry, "registry")?,
            dispatch: peer(&at.dispatch, "dispatch")?,
            scoring: peer(&at.scoring, "scoring")?,
        })
    }

    /// The same connections in another caller's name.
    pub fn speaking_as(&self, identity: &Identity) -> Self {
        Self {
            registry: self.registry.speaking_as(identity.clone()),
            dispatch: self.dispatch.speaking_as(identity.clone()),
            scoring: self.scoring.speaking_as(identity.clone()),
        }
    }
}

macro_rules! clients {
    ($($(#[$comment:meta])* $name:ident: $client:ident over $peer:ident;)*) => {
        impl Services {
            $($(#[$comment])* pub fn $name(&self) -> $client<Peer> {
                $client::new(self.$peer.clone())
            })*
        }
    };
}

clients! {
    /// Calls that dispatch has denied.
    dispatch_audit: AuditServiceClient over dispatch;
    /// Calls that the registry has denied.
    registry_audit: AuditServiceClient over registry;
    /// Calls that scoring has denied.
    scoring_audit: AuditServiceClient over scoring;
    /// Cases.
    cases: CaseServiceClient over dispatch;
    /// What happens after a case was closed.
    follow_up: FollowUpServiceClient over dispatch;
    /// Joint tasks.
    tasks: TaskServiceClient over dispatch;
    /// The caller's organization's assignments.
    assignments: AssignmentServiceClient over dispatch;
    /// Calls that oblige others to answer.
    whistles: WhistleServiceClient over dispatch;
    /// Whose duty it is.
    disputes: DisputeServiceClient over dispatch;
    /// Post-disposal checks.
    checks: CheckServiceClient over dispatch;
    /// Checks by sample.
    samples: CheckSampleServiceClient over dispatch;
    /// Clocks that law sets, delivery, outages.
    clocks: ClockServiceClient over dispatch;
    /// The caller's organization's inbox.
    inbox: InboxServiceClient over dispatch;
    /// Photographs, videos, documents.
    evidence: EvidenceServiceClient over dispatch;
    /// Campaigns.
    campaigns: CampaignServiceClient over dispatch;
    /// Series of meetings.
    meeting_series: MeetingSeriesServiceClient over dispatch;
    /// Coordination meetings.
    meetings: MeetingServiceClient over dispatch;
    /// Patrols and daily logs.
    patrols: PatrolServiceClient over dispatch;
    /// Inspections and their rounds.
    inspections: InspectionServiceClient over dispatch;
    /// The log of events.
    events: EventServiceClient over dispatch;
    /// Organizations.
    organizations: OrganizationServiceClient over registry;
    /// Officers and people.
    personnel: PersonnelServiceClient over registry;
    /// Matters, powers, who may act.
    powers: PowerServiceClient over registry;
    /// The territory.
    areas: AreaServiceClient over registry;
    /// The catalogue as a whole, and every change of it.
    catalogue: CatalogueServiceClient over registry;
    /// The registry as a file.
    export: ExportServiceClient over registry;
    /// Who is responsible.
    duties: DutyServiceClient over registry;
    /// People and vehicles against their norms.
    staffing: StaffingServiceClient over registry;
    /// Designated zones.
    zones: ZoneServiceClient over registry;
    /// Street files.
    import: ImportServiceClient over registry;
    /// Funds.
    funds: FundServiceClient over scoring;
    /// Funding that follows the work.
    allocations: AllocationServiceClient over scoring;
    /// Appeals against entries.
    appeals: AppealServiceClient over scoring;
    /// Manual items.
    items: ItemServiceClient over scoring;
    /// Surveys.
    surveys: SurveyServiceClient over scoring;
    /// Records of other systems.
    outside: OutsideServiceClient over scoring;
    /// The report against gaming.
    integrity: IntegrityServiceClient over scoring;
    /// The ranking.
    ranking: RankingServiceClient over scoring;
    /// Schemes.
    schemes: SchemeServiceClient over scoring;
    /// Closed periods.
    periods: PeriodServiceClient over scoring;
    /// The ledger.
    ledger: LedgerServiceClient over scoring;
    /// Indicators.
    indicators: IndicatorServiceClient over scoring;
    /// How far scoring has come.
    feed: FeedServiceClient over scoring;
}
