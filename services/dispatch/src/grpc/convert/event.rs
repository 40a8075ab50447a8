//! Events of the log, as readers see them.

use liandong_kit::log::Recorded;
use liandong_kit::telemetry::trace_id_of;
use liandong_proto::dispatch::{self as wire, event::Payload};
use uuid::Uuid;

use super::{assignment, case_event, clock, dispute, leave, task, whistle, words, write};
use crate::domain::TaskChange;
use crate::domain::event::{Claimed, DutyEvent};
use crate::domain::{
    ActClaim, Allowance, AssignmentId, Campaign, CampaignId, Case, CaseId, CaseSettings,
    CheckSample, CheckSampleId, DailyLog, Dispute, DisputeId, Duty, Evidence, Facts,
    InspectedObject, Inspection, InspectionId, InspectionRound, Meeting, MeetingId, MeetingSeries,
    MeetingSeriesId, Outage, OutageId, Party, PartyId, PatrolPlan, PatrolPlanId, RoundId, Task,
    TaskEvent, TaskId, TaskTemplate, Whistle, WhistleId,
};

/// An event of the log.
///
/// # Errors
/// The payload is not what this release understands.
pub(crate) fn event(it: &Recorded) -> Result<wire::Event, serde_json::Error> {
    let mut event = envelope(it);
    let id = Uuid::try_parse(&it.aggregate_id).unwrap_or_default();
    if let Some(happened) = it.decode::<Task>()? {
        let id = TaskId(id);
        event.facts = happened
            .facts
            .as_ref()
            .map(|facts| assignment_facts(id, facts));
        event.payload = task_payload(id, happened);
    } else if let Some(happened) = it.decode::<Case>()? {
        event.case_facts = Some(case_event::facts(CaseId(id), &happened.facts));
        event.payload = Some(case_event::payload(CaseId(id), happened));
    } else if let Some(happened) = it.decode::<Whistle>()? {
        let id = WhistleId(id);
        event.whistle_facts = Some(whistle::facts(id, &happened.facts));
        event.payload = Some(whistle::payload(happened));
    } else if let Some(happened) = it.decode::<Dispute>()? {
        let id = DisputeId(id);
        event.dispute_facts = Some(dispute::facts(id, &happened.facts));
        event.payload = Some(dispute::payload(happened));
    } else if let Some(happened) = it.decode::<TaskTemplate>()? {
        event.payload = Some(super::course::template_payload(it.version, happened));
    } else if let Some(happened) = it.decode::<Duty>()? {
        event.payload = Some(duty_payload(&happened));
    } else if let Some(happened) = it.decode::<ActClaim>()? {
        event.payload = Some(claim_payload(happened));
    } else if let Some(happened) = it.decode::<Evidence>()? {
        event.payload = Some(super::evidence::payload(happened));
    } else if let Some(happened) = it.decode::<Allowance>()? {
        event.payload = Some(super::evidence::allowance_payload(&happened));
    } else if let Some(happened) = it.decode::<PatrolPlan>()? {
        event.payload = Some(super::patrol_event::plan(PatrolPlanId(id), happened));
    } else if let Some(happened) = it.decode::<DailyLog>()? {
        event.aggregate = write::daily_log(&happened.whose.holder, happened.whose.day);
        event.payload = Some(super::patrol_event::log(happened));
    } else if let Some(happened) = it.decode::<Campaign>()? {
        event.payload = Some(super::campaign::happened(CampaignId(id), happened));
    } else if let Some(happened) = it.decode::<MeetingSeries>()? {
        let id = MeetingSeriesId(id);
        event.payload = Some(super::meeting_event::series(id, it.version, happened));
    } else if let Some(happened) = it.decode::<Meeting>()? {
        event.payload = Some(super::meeting_event::happened(MeetingId(id), happened));
    } else if let Some(happened) = it.decode::<CheckSample>()? {
        event.payload = Some(super::check_sample::happened(CheckSampleId(id), happened));
    } else if let Some(happened) = it.decode::<Outage>()? {
        event.payload = Some(super::outage::recorded(OutageId(id), &happened));
    } else if let Some(happened) = it.decode::<InspectionRound>()? {
        event.payload = Some(super::inspection_event::round(RoundId(id), happened));
    } else if let Some(happened) = it.decode::<Inspection>()? {
        event.payload = Some(super::inspection_event::happened(
            InspectionId(id),
            happened,
        ));
    } else if let Some(happened) = it.decode::<InspectedObject>()? {
        event.payload = Some(super::inspection_event::object(&happened));
    } else if let Some(happened) = it.decode::<Party>()? {
        event.payload = Some(case_event::party(PartyId(id), &happened));
    } else if let Some(happened) = it.decode::<CaseSettings>()? {
        event.payload = Some(case_event::settings(it.version, &happened));
    }
    Ok(event)
}

fn envelope(it: &Recorded) -> wire::Event {
    let collection = match it.aggregate.as_str() {
        "case" => "cases",
        "task" => "tasks",
        "officer" => "officers",
        "evidence" => "evidence",
        "allowance" => "allowances",
        "whistle" => "whistles",
        "dispute" => "disputes",
        "task_template" => "taskTemplates",
        "patrol_plan" => "patrolPlans",
        "campaign" => "campaigns",
        "meeting_series" => "meetingSeries",
        "meeting" => "meetings",
        "check_sample" => "checkSamples",
        "outage" => "outages",
        "inspection_round" => "inspectionRounds",
        "inspection" => "inspections",
        "inspected_object" => "inspectedObjects",
        "party" => "parties",
        "settings" => "settings",
        _ => "acts",
    };
    wire::Event {
        id: it.id.to_string(),
        position: it.position,
        district: format!("districts/{}", it.district),
        occur_time: Some(write::time(it.occurred_at)),
        record_time: Some(write::time(it.recorded_at)),
        organization: if it.organization.is_empty() {
            String::new()
        } else {
            format!("organizations/{}", it.organization)
        },
        person: it.person.clone(),
        trace_id: trace_id_of(&it.traceparent),
        traceparent: it.traceparent.clone(),
        aggregate: format!("{collection}/{}", it.aggregate_id),
        version: it.version,
        prev_hash: it.prev_hash.clone(),
        hash: it.hash.clone(),
        ..Default::default()
    }
}

/// An assignment after an event.
pub(crate) fn assignment_facts(task: TaskId, it: &Facts) -> wire::AssignmentFacts {
    let round = it.round.as_ref();
    wire::AssignmentFacts {
        assignment: write::assignment(AssignmentId {
            task,
            number: it.number,
        }),
        task: write::task(task),
        cases: it.cases.iter().map(|it| write::case(*it)).collect(),
        organization: write::organization(&it.organization),
        organizer: write::organization(&it.organizer),
        area: write::area(&it.area),
        matter: write::matter(&it.matter),
        source: words::source(it.source),
        role: words::role(it.role),
        act: words::act(it.act),
        state: words::state(it.state),
        round: round.map(|it| i32::from(it.number)).unwrap_or_default(),
        round_start_time: round.map(|it| write::time(it.started_at)),
        clocks: round
            .map(|it| it.clocks.iter().map(clock::clock).collect())
            .unwrap_or_default(),
        offer_time: Some(write::time(it.offered_at)),
        sign_time: write::time_if(it.signed_at),
        commit_time: write::time_if(round.and_then(|it| it.committed_at)),
        on_site_time: write::time_if(round.and_then(|it| it.on_site_at)),
        report_time: write::time_if(round.and_then(|it| it.reported_at)),
        check_time: write::time_if(round.and_then(|it| it.checked_at)),
        check_result: round
            .and_then(|it| it.passed)
            .map(words::check_result)
            .unwrap_or_default(),
        objections: i32::from(it.objections),
        ruling: it.ruling.map(words::ruling).unwrap_or_default(),
        checker: write::organization(&it.checker),
        file_time: write::time_if(it.filed_at),
        extensions: round.map(|it| i32::from(it.extensions)).unwrap_or_default(),
        exercise: it.exercise,
        whistle: it.whistle.map(write::whistle).unwrap_or_default(),
        designation: it.designation.map(write::dispute).unwrap_or_default(),
        handed_back: it.handed_back,
        statutory_clocks: it.statutory.iter().map(clock::statutory).collect(),
        undelivered_since_time: write::time_if(it.undelivered),
        outreach: it.outreach.map(words::outreach).unwrap_or_default(),
    }
}

fn duty_payload(it: &DutyEvent) -> Payload {
    match it {
        DutyEvent::Booked {
            assignment,
            organization,
        } => Payload::OfficerBooked(wire::OfficerBooked {
            assignment: write::assignment(*assignment),
            organization: write::organization(organization),
        }),
        DutyEvent::Released { assignment } => Payload::OfficerReleased(wire::OfficerReleased {
            assignment: write::assignment(*assignment),
        }),
    }
}

fn claim_payload(it: Claimed) -> Payload {
    Payload::ActClaimed(wire::ActClaimed {
        case: write::case(it.case),
        organization: write::organization(&it.organization),
        act_reference: it.act_reference,
    })
}

fn task_payload(id: TaskId, it: TaskEvent) -> Option<Payload> {
    let facts = it.facts;
    Some(match it.change {
        TaskChange::Planned(it) => Payload::TaskPlanned(wire::TaskPlanned {
            cases: it.cases.iter().map(|it| write::case(*it)).collect(),
            participants: it.plan.participants.iter().map(task::planned).collect(),
            completion_rule: words::completion(it.plan.completion),
            plan: it.plan.text,
            organizer: write::organization(&it.organizer),
            area: write::area(&it.area),
            matter: write::matter(&it.matter),
            source: words::source(it.source),
            exercise: it.exercise,
            whistle: it.whistle.map(write::whistle).unwrap_or_default(),
            template: it
                .copied
                .as_ref()
                .map(super::course::template_name)
                .unwrap_or_default(),
            template_version: it.copied.as_ref().map(|it| it.version).unwrap_or_default(),
            until_scene_finished: it.plan.until_scene_finished,
        }),
        TaskChange::Replanned(it) => Payload::TaskReplanned(wire::TaskReplanned {
            participants: it.participants.iter().map(task::planned).collect(),
            completion_rule: words::completion(it.completion),
            plan: it.text,
        }),
        TaskChange::Issued {
            catalogue_version,
            parts,
        } => Payload::TaskIssued(wire::TaskIssued {
            catalogue_version,
            assignment_count: i32::from(parts),
        }),
        TaskChange::Finished { cases } => Payload::TaskFinished(wire::TaskFinished {
            cases: cases.iter().map(|it| write::case(*it)).collect(),
        }),
        TaskChange::Cancelled { reason } => Payload::TaskCancelled(wire::TaskCancelled { reason }),
        TaskChange::Offered {
            offer,
            plan,
            resumes,
            ..
        } => {
            let named = |number| write::assignment(AssignmentId { task: id, number });
            Payload::AssignmentOffered(wire::AssignmentOffered {
                duty: offer.duty,
                plan,
                power: offer
                    .power
                    .map(|it| format!("powers/{it}"))
                    .unwrap_or_default(),
                replaces: offer.replaces.map(named).unwrap_or_default(),
                resumes: resumes.map(named).unwrap_or_default(),
            })
        }
        TaskChange::Signed { person, .. } => Payload::AssignmentSigned(wire::AssignmentSigned {
            person: person.to_string(),
        }),
        TaskChange::Committed { officers, .. } => {
            Payload::AssignmentCommitted(wire::AssignmentCommitted {
                officers: officers.iter().map(write::officer).collect(),
            })
        }
        TaskChange::Objected { objection: it, .. } => {
            Payload::AssignmentObjected(wire::AssignmentObjected {
                ground: words::ground(it.ground),
                note: it.note,
                proposed_organization: it
                    .proposed
                    .as_ref()
                    .map(write::organization)
                    .unwrap_or_default(),
                evidence: it.evidence,
            })
        }
        TaskChange::Ruled {
            ruled,
            new_organization,
            ..
        } => Payload::ObjectionRuled(wire::ObjectionRuled {
            ruling: words::ruling(ruled.ruling),
            note: ruled.note,
            new_organization: new_organization
                .as_ref()
                .map(write::organization)
                .unwrap_or_default(),
        }),
        TaskChange::ExtensionAsked { extension, .. } => {
            Payload::ExtensionRequested(wire::ExtensionRequested {
                extension: Some(leave::extension(&extension)),
            })
        }
        TaskChange::ExtensionAnswered { answer, .. } => {
            Payload::ExtensionAnswered(wire::ExtensionAnswered {
                answer: Some(leave::answered(&answer)),
            })
        }
        TaskChange::HoldAsked { hold, .. } => Payload::HoldRequested(wire::HoldRequested {
            hold: Some(leave::hold(&hold)),
        }),
        TaskChange::HoldAnswered { answer, .. } => Payload::HoldAnswered(wire::HoldAnswered {
            answer: Some(leave::answered(&answer)),
        }),
        TaskChange::Resumed { person, .. } => Payload::AssignmentResumed(wire::AssignmentResumed {
            person: person.map(|it| it.to_string()).unwrap_or_default(),
        }),
        TaskChange::Recused { recusal, falls, .. } => {
            Payload::RecusalDeclared(wire::RecusalDeclared {
                recusal: Some(leave::recused(&recusal)),
                commit_anew: falls,
            })
        }
        TaskChange::Acknowledged { .. } => {
            Payload::WithdrawalAcknowledged(wire::WithdrawalAcknowledged {})
        }
        TaskChange::ReportedIn {
            officers,
            emergency,
            ..
        } => Payload::AssignmentReportedIn(wire::AssignmentReportedIn {
            officers: officers.iter().map(write::officer).collect(),
            emergency_reason: emergency,
        }),
        TaskChange::Reported { report, .. } => {
            Payload::AssignmentReported(wire::AssignmentReported {
                report: Some(assignment::reported(&report)),
            })
        }
        TaskChange::Checked { check, .. } => Payload::AssignmentChecked(wire::AssignmentChecked {
            check: Some(assignment::checked(&check)),
        }),
        TaskChange::RoundOpened { round, .. } => Payload::RoundOpened(wire::RoundOpened {
            round: i32::from(round),
        }),
        TaskChange::Released { task_cancelled, .. } => {
            Payload::AssignmentReleased(wire::AssignmentReleased { task_cancelled })
        }
        TaskChange::Clock { what, .. } => clock::payload(what, facts.as_deref(), it.at),
        TaskChange::Overdue { stage, .. } => {
            let deadline = clock::stage_clock(facts.as_deref(), stage);
            let deadline = deadline.map(|it| write::deadline(&it.deadline));
            Payload::StageOverdue(wire::StageOverdue {
                stage: words::stage(stage),
                deadline,
            })
        }
        other => return super::course::payload(id, other),
    })
}
