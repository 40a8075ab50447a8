//! Somebody who calls: a token, and a plain generated client for every gRPC service. No retries and nothing of ours in
//! between, as a department's own program would call.

use liandong_proto::{
    dispatch::{
        assignment_service_client::AssignmentServiceClient,
        campaign_service_client::CampaignServiceClient, case_service_client::CaseServiceClient,
        case_settings_service_client::CaseSettingsServiceClient,
        check_sample_service_client::CheckSampleServiceClient,
        check_service_client::CheckServiceClient, clock_service_client::ClockServiceClient,
        dispute_service_client::DisputeServiceClient, event_service_client::EventServiceClient,
        evidence_service_client::EvidenceServiceClient,
        follow_up_service_client::FollowUpServiceClient, inbox_service_client::InboxServiceClient,
        inspection_service_client::InspectionServiceClient,
        meeting_series_service_client::MeetingSeriesServiceClient,
        meeting_service_client::MeetingServiceClient, patrol_service_client::PatrolServiceClient,
        penalty_service_client::PenaltyServiceClient,
        personal_data_service_client::PersonalDataServiceClient,
        task_service_client::TaskServiceClient,
        task_template_service_client::TaskTemplateServiceClient,
        whistle_service_client::WhistleServiceClient,
    },
    registry::{
        area_service_client::AreaServiceClient, calendar_service_client::CalendarServiceClient,
        import_service_client::ImportServiceClient,
        organization_service_client::OrganizationServiceClient,
        personnel_service_client::PersonnelServiceClient, power_service_client::PowerServiceClient,
    },
    scoring::{
        allocation_service_client::AllocationServiceClient,
        appeal_service_client::AppealServiceClient, feed_service_client::FeedServiceClient,
        fund_service_client::FundServiceClient, indicator_service_client::IndicatorServiceClient,
        item_service_client::ItemServiceClient, ledger_service_client::LedgerServiceClient,
        outside_service_client::OutsideServiceClient, period_service_client::PeriodServiceClient,
        ranking_service_client::RankingServiceClient, scheme_service_client::SchemeServiceClient,
        survey_service_client::SurveyServiceClient,
    },
};
use tonic::{
    Request, Status,
    metadata::{Ascii, MetadataValue},
    service::{Interceptor, interceptor::InterceptedService},
    transport::Channel,
};

use crate::world::Channels;

/// Puts the token on every call.
#[derive(Clone)]
pub(crate) struct Bearer(Option<MetadataValue<Ascii>>);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(header) = &self.0 {
            request
                .metadata_mut()
                .insert("authorization", header.clone());
        }
        Ok(request)
    }
}

type Connection = InterceptedService<Channel, Bearer>;

/// Somebody who calls. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Caller {
    registry: Connection,
    dispatch: Connection,
    scoring: Connection,
}

impl Caller {
    pub(crate) fn new(channels: &Channels, token: Option<&str>) -> Self {
        let bearer = Bearer(token.map(|it| format!("Bearer {it}").parse().unwrap()));
        let over = |channel: &Channel| InterceptedService::new(channel.clone(), bearer.clone());
        Self {
            registry: over(&channels.registry),
            dispatch: over(&channels.dispatch),
            scoring: over(&channels.scoring),
        }
    }
}

macro_rules! clients {
    ($($name:ident: $client:ident over $service:ident;)*) => {
        impl Caller {
            $(pub(crate) fn $name(&self) -> $client<Connection> {
                $client::new(self.$service.clone())
            })*
        }
    };
}

clients! {
    organizations: OrganizationServiceClient over registry;
    areas: AreaServiceClient over registry;
    powers: PowerServiceClient over registry;
    personnel: PersonnelServiceClient over registry;
    calendar: CalendarServiceClient over registry;
    import: ImportServiceClient over registry;
    cases: CaseServiceClient over dispatch;
    follow_up: FollowUpServiceClient over dispatch;
    people: PersonalDataServiceClient over dispatch;
    penalties: PenaltyServiceClient over dispatch;
    settings: CaseSettingsServiceClient over dispatch;
    tasks: TaskServiceClient over dispatch;
    assignments: AssignmentServiceClient over dispatch;
    checks: CheckServiceClient over dispatch;
    samples: CheckSampleServiceClient over dispatch;
    clocks: ClockServiceClient over dispatch;
    whistles: WhistleServiceClient over dispatch;
    disputes: DisputeServiceClient over dispatch;
    templates: TaskTemplateServiceClient over dispatch;
    inbox: InboxServiceClient over dispatch;
    events: EventServiceClient over dispatch;
    evidence: EvidenceServiceClient over dispatch;
    campaigns: CampaignServiceClient over dispatch;
    inspections: InspectionServiceClient over dispatch;
    meeting_series: MeetingSeriesServiceClient over dispatch;
    meetings: MeetingServiceClient over dispatch;
    patrols: PatrolServiceClient over dispatch;
    ranking: RankingServiceClient over scoring;
    indicators: IndicatorServiceClient over scoring;
    ledger: LedgerServiceClient over scoring;
    schemes: SchemeServiceClient over scoring;
    feed: FeedServiceClient over scoring;
    appeals: AppealServiceClient over scoring;
    items: ItemServiceClient over scoring;
    periods: PeriodServiceClient over scoring;
    funds: FundServiceClient over scoring;
    allocations: AllocationServiceClient over scoring;
    surveys: SurveyServiceClient over scoring;
    outside: OutsideServiceClient over scoring;
}
