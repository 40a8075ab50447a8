//! The rules of dispatch: pure functions on plain data. They read no clock, no database and no network; what they
//! need to know of the registry and of the time is passed in.
//!
//! A rule looks at a state and answers with changes or a [`Refusal`]; `apply` folds changes into the state.

pub mod act;
mod apply;
pub mod assignment;
pub mod audience;
pub mod campaign;
pub mod case;
mod check;
pub mod check_sample;
pub mod clock;
pub mod clock_change;
pub mod delivery;
pub mod dispute;
pub mod duty;
pub mod event;
pub mod evidence;
pub mod extension;
pub mod facts;
pub mod hand_back;
pub mod hold;
pub mod ids;
pub mod inspection;
pub mod lot;
pub mod meeting;
pub mod next;
pub mod objection;
pub mod outage;
pub mod parts;
pub mod patrol;
pub mod penalty;
pub mod plan;
pub mod recusal;
pub mod refusal;
pub mod resource;
pub mod rest;
mod resumed;
pub mod scene;
pub mod settings;
pub mod statutory;
mod steps;
pub mod supervision;
pub mod task;
pub mod template;
#[cfg(test)]
pub(crate) mod tests;
pub mod whistle;

pub use act::{Act, CompletionRule, Outreach, Role};
pub use assignment::Assignment;
pub use campaign::Campaign;
pub use case::Case;
pub use check_sample::CheckSample;
pub use clock_change::ClockChange;
pub use dispute::{Dispute, DisputeEvent};
pub use duty::{ActClaim, Duty};
pub use event::{CaseEvent, TaskChange, TaskEvent};
pub use evidence::{Allowance, Evidence, EvidenceEvent};
pub use facts::{CaseFacts, Facts};
pub use ids::{
    AreaId, AssignmentId, CampaignId, CaseId, CheckSampleId, ContentHash, DisputeId, EvidenceId,
    HolderId, InspectionId, MatterId, MeetingId, MeetingSeriesId, OfficerId, OrganizationId,
    OutageId, PartyId, PatrolPlanId, PersonId, PowerId, RecordId, RoundId, TaskId, WhistleId,
};
pub use inspection::{InspectedObject, Inspection, InspectionRound};
pub use meeting::{Meeting, MeetingSeries};
pub use outage::Outage;
pub use patrol::{DailyLog, PatrolPlan};
pub use penalty::Party;
pub use refusal::Refusal;
pub use settings::CaseSettings;
pub use steps::Fitness;
pub use task::Task;
pub use template::{TaskTemplate, TemplateEvent};
pub use whistle::{Whistle, WhistleEvent};
