//! The domain's aggregates, as the log keeps them. Words in the log never change once released.

use liandong_kit::log::{Aggregate, Check, states_of};
use time::OffsetDateTime;

use crate::domain::campaign::CampaignEvent;
use crate::domain::check_sample::CheckSampleEvent;
use crate::domain::event::{Claimed, DutyEvent};
use crate::domain::evidence::AllowanceEvent;
use crate::domain::inspection::{InspectionEvent, ObjectEvent, RoundEvent};
use crate::domain::meeting::{MeetingEvent, SeriesEvent};
use crate::domain::outage::OutageRecorded;
use crate::domain::patrol::{LogEvent, PlanEvent};
use crate::domain::penalty::PartyEvent;
use crate::domain::settings::SettingsChanged;
use crate::domain::{
    ActClaim, Allowance, Campaign, Case, CaseEvent, CaseSettings, CheckSample, DailyLog, Dispute,
    DisputeEvent, Duty, Evidence, EvidenceEvent, InspectedObject, Inspection, InspectionRound,
    Meeting, MeetingSeries, Outage, Party, PatrolPlan, Task, TaskEvent, TaskTemplate,
    TemplateEvent, Whistle, WhistleEvent,
};

/// How each kind is proved: every aggregate has a line here.
pub(super) fn check(kind: &str) -> Option<Check> {
    Some(match kind {
        Case::KIND => states_of::<Case>,
        Task::KIND => states_of::<Task>,
        Duty::KIND => states_of::<Duty>,
        ActClaim::KIND => states_of::<ActClaim>,
        Evidence::KIND => states_of::<Evidence>,
        Allowance::KIND => states_of::<Allowance>,
        Whistle::KIND => states_of::<Whistle>,
        Dispute::KIND => states_of::<Dispute>,
        TaskTemplate::KIND => states_of::<TaskTemplate>,
        PatrolPlan::KIND => states_of::<PatrolPlan>,
        DailyLog::KIND => states_of::<DailyLog>,
        InspectionRound::KIND => states_of::<InspectionRound>,
        Inspection::KIND => states_of::<Inspection>,
        InspectedObject::KIND => states_of::<InspectedObject>,
        Campaign::KIND => states_of::<Campaign>,
        MeetingSeries::KIND => states_of::<MeetingSeries>,
        Meeting::KIND => states_of::<Meeting>,
        CheckSample::KIND => states_of::<CheckSample>,
        Outage::KIND => states_of::<Outage>,
        CaseSettings::KIND => states_of::<CaseSettings>,
        Party::KIND => states_of::<Party>,
        _ => return None,
    })
}

impl Aggregate for Case {
    const KIND: &'static str = "case";
    type Event = CaseEvent;

    fn kind_of(event: &CaseEvent) -> &'static str {
        event.kind()
    }

    fn apply(&mut self, event: &CaseEvent) {
        Case::apply(self, &event.change, event.at);
    }

    fn wake_at(&self) -> Option<OffsetDateTime> {
        Case::wake_at(self)
    }
}

impl Aggregate for Task {
    const KIND: &'static str = "task";
    type Event = TaskEvent;

    fn kind_of(event: &TaskEvent) -> &'static str {
        event.kind()
    }

    fn apply(&mut self, event: &TaskEvent) {
        Task::apply(self, &event.change, event.at);
    }

    fn wake_at(&self) -> Option<OffsetDateTime> {
        Task::wake_at(self)
    }
}

impl Aggregate for Whistle {
    const KIND: &'static str = "whistle";
    type Event = WhistleEvent;

    fn kind_of(event: &WhistleEvent) -> &'static str {
        event.kind()
    }

    fn apply(&mut self, event: &WhistleEvent) {
        Whistle::apply(self, &event.change, event.at);
    }

    fn wake_at(&self) -> Option<OffsetDateTime> {
        Whistle::wake_at(self)
    }
}

impl Aggregate for Dispute {
    const KIND: &'static str = "dispute";
    type Event = DisputeEvent;

    fn kind_of(event: &DisputeEvent) -> &'static str {
        event.kind()
    }

    fn apply(&mut self, event: &DisputeEvent) {
        Dispute::apply(self, &event.change, event.at);
    }

    fn wake_at(&self) -> Option<OffsetDateTime> {
        Dispute::wake_at(self)
    }
}

/// Its id is `{organization}.{slug}`.
impl Aggregate for TaskTemplate {
    const KIND: &'static str = "task_template";
    type Event = TemplateEvent;

    fn kind_of(event: &TemplateEvent) -> &'static str {
        event.kind()
    }

    fn apply(&mut self, event: &TemplateEvent) {
        TaskTemplate::apply(self, event);
    }
}

/// Its id is the officer's.
impl Aggregate for Duty {
    const KIND: &'static str = "officer";
    type Event = DutyEvent;

    fn kind_of(event: &DutyEvent) -> &'static str {
        event.kind()
    }

    fn apply(&mut self, event: &DutyEvent) {
        Duty::apply(self, event);
    }
}

/// Its id is [`ActClaim::id`].
impl Aggregate for ActClaim {
    const KIND: &'static str = "act";
    type Event = Claimed;

    fn kind_of(_: &Claimed) -> &'static str {
        "ActClaimed"
    }

    fn apply(&mut self, event: &Claimed) {
        ActClaim::apply(self, event);
    }
}

/// Its id is the evidence's and the upload's.
impl Aggregate for Evidence {
    const KIND: &'static str = "evidence";
    type Event = EvidenceEvent;

    fn kind_of(event: &EvidenceEvent) -> &'static str {
        event.kind()
    }

    fn apply(&mut self, event: &EvidenceEvent) {
        Evidence::apply(self, event);
    }

    fn wake_at(&self) -> Option<OffsetDateTime> {
        Evidence::wake_at(self)
    }
}

/// Its id is an organization's and a day's.
impl Aggregate for Allowance {
    const KIND: &'static str = "allowance";
    type Event = AllowanceEvent;

    fn kind_of(event: &AllowanceEvent) -> &'static str {
        event.kind()
    }

    fn apply(&mut self, event: &AllowanceEvent) {
        Allowance::apply(self, event);
    }
}

impl Aggregate for PatrolPlan {
    const KIND: &'static str = "patrol_plan";
    type Event = PlanEvent;

    fn kind_of(event: &PlanEvent) -> &'static str {
        event.kind()
    }

    fn apply(&mut self, event: &PlanEvent) {
        PatrolPlan::apply(self, event);
    }

    fn wake_at(&self) -> Option<OffsetDateTime> {
        PatrolPlan::wake_at(self)
    }
}

/// Its id is the holder's and a day's.
impl Aggregate for DailyLog {
    const KIND: &'static str = "daily_log";
    type Event = LogEvent;

    fn kind_of(event: &LogEvent) -> &'static str {
        event.kind()
    }

    fn apply(&mut self, event: &LogEvent) {
        DailyLog::apply(self, event);
    }

    fn wake_at(&self) -> Option<OffsetDateTime> {
        DailyLog::wake_at(self)
    }
}

impl Aggregate for InspectionRound {
    const KIND: &'static str = "inspection_round";
    type Event = RoundEvent;

    fn kind_of(event: &RoundEvent) -> &'static str {
        event.kind()
    }

    fn apply(&mut self, event: &RoundEvent) {
        InspectionRound::apply(self, event);
    }
}

impl Aggregate for Inspection {
    const KIND: &'static str = "inspection";
    type Event = InspectionEvent;

    fn kind_of(event: &InspectionEvent) -> &'static str {
        event.kind()
    }

    fn apply(&mut self, event: &InspectionEvent) {
        Inspection::apply(self, event);
    }
}

/// Its id is the object's.
impl Aggregate for InspectedObject {
    const KIND: &'static str = "inspected_object";
    type Event = ObjectEvent;

    fn kind_of(event: &ObjectEvent) -> &'static str {
        event.kind()
    }

    fn apply(&mut self, event: &ObjectEvent) {
        InspectedObject::apply(self, event);
    }
}

impl Aggregate for Campaign {
    const KIND: &'static str = "campaign";
    type Event = CampaignEvent;

    fn kind_of(event: &CampaignEvent) -> &'static str {
        event.kind()
    }

    fn apply(&mut self, event: &CampaignEvent) {
        Campaign::apply(self, event);
    }
}

impl Aggregate for CheckSample {
    const KIND: &'static str = "check_sample";
    type Event = CheckSampleEvent;

    fn kind_of(event: &CheckSampleEvent) -> &'static str {
        event.kind()
    }

    fn apply(&mut self, event: &CheckSampleEvent) {
        CheckSample::apply(self, event);
    }
}

/// Its id is that of its times.
impl Aggregate for Outage {
    const KIND: &'static str = "outage";
    type Event = OutageRecorded;

    fn kind_of(_: &OutageRecorded) -> &'static str {
        "OutageRecorded"
    }

    fn apply(&mut self, event: &OutageRecorded) {
        Outage::apply(self, event);
    }
}

/// Its id is [`CASE_SETTINGS`](crate::domain::settings::CASE_SETTINGS).
impl Aggregate for CaseSettings {
    const KIND: &'static str = "settings";
    type Event = SettingsChanged;

    fn kind_of(_: &SettingsChanged) -> &'static str {
        "CaseSettingsChanged"
    }

    fn apply(&mut self, event: &SettingsChanged) {
        CaseSettings::apply(self, event);
    }
}

/// Its id is a keyed hash of the party's identity.
impl Aggregate for Party {
    const KIND: &'static str = "party";
    type Event = PartyEvent;

    fn kind_of(event: &PartyEvent) -> &'static str {
        event.kind()
    }

    fn apply(&mut self, event: &PartyEvent) {
        Party::apply(self, event);
    }
}

impl Aggregate for MeetingSeries {
    const KIND: &'static str = "meeting_series";
    type Event = SeriesEvent;

    fn kind_of(event: &SeriesEvent) -> &'static str {
        event.kind()
    }

    fn apply(&mut self, event: &SeriesEvent) {
        MeetingSeries::apply(self, &event.change, event.at);
    }

    fn wake_at(&self) -> Option<OffsetDateTime> {
        MeetingSeries::wake_at(self)
    }
}

impl Aggregate for Meeting {
    const KIND: &'static str = "meeting";
    type Event = MeetingEvent;

    fn kind_of(event: &MeetingEvent) -> &'static str {
        event.kind()
    }

    fn apply(&mut self, event: &MeetingEvent) {
        Meeting::apply(self, &event.change, event.at);
    }
}
