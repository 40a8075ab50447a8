//! Events of cases, of parties and of the settings, as readers see them.

use liandong_proto::dispatch::{self as wire, event::Payload};

use super::{case, case_course as course, case_settings, penalty, person, revisit, words, write};
use crate::domain::case::CaseChange;
use crate::domain::penalty::PartyEvent;
use crate::domain::settings::SettingsChanged;
use crate::domain::{CaseEvent, CaseFacts, CaseId, PartyId};

/// A case after an event.
pub(super) fn facts(id: CaseId, it: &CaseFacts) -> wire::CaseFacts {
    let filed = it.filed.as_ref();
    wire::CaseFacts {
        case: write::case(id),
        state: words::case_state(it.state),
        source: words::source(it.source),
        external_reference: it.external_reference.clone(),
        title: it.title.clone(),
        area: write::area(&it.area),
        matter: filed
            .map(|it| write::matter(&it.matter))
            .unwrap_or_default(),
        condition: filed.map(|it| it.condition.clone()).unwrap_or_default(),
        organization: write::organization(&it.organization),
        report_time: write::time_if(it.reported_at),
        file_time: filed.map(|it| write::time(it.at)),
        close_time: write::time_if(it.closed_at),
        task: it.task.map(write::task).unwrap_or_default(),
        round: i32::from(it.round),
        triage: it.way.map(words::triage).unwrap_or_default(),
        merged_into: it.merged_into.map(write::case).unwrap_or_default(),
        relapse_of: it.relapse_of.map(write::case).unwrap_or_default(),
        clocks: it.clocks.iter().map(course::clock).collect(),
        replies: it.replies.iter().map(|it| course::reply(id, it)).collect(),
        position: it.position.map(course::position),
        object: it.object.clone(),
        exercise: it.exercise,
    }
}

/// What happened to a case.
pub(super) fn payload(id: CaseId, it: CaseEvent) -> Payload {
    match it.change {
        CaseChange::Reported(it) => Payload::CaseReported(wire::CaseReported {
            description: it.description,
            address: it.address,
        }),
        CaseChange::Verified(it) => Payload::CaseVerified(wire::CaseVerified {
            verification: Some(case::verification(&it)),
        }),
        CaseChange::Filed(it) => Payload::CaseFiled(wire::CaseFiled {
            filing: Some(case::filing(&it)),
        }),
        CaseChange::Rejected(it) => Payload::CaseRejected(wire::CaseRejected {
            rejection: Some(case::rejection(&it)),
        }),
        CaseChange::Planned { task } => Payload::CasePlanned(wire::CasePlanned {
            task: write::task(task),
        }),
        CaseChange::Dispatched { task } => Payload::CaseDispatched(wire::CaseDispatched {
            task: write::task(task),
        }),
        CaseChange::Closed { task, .. } => Payload::CaseClosed(wire::CaseClosed {
            task: write::task(task),
        }),
        CaseChange::Returned { task, reason, .. } => Payload::CaseReturned(wire::CaseReturned {
            task: write::task(task),
            reason,
        }),
        other => later(id, other),
    }
}

/// What happened to it beyond its way into a task.
fn later(id: CaseId, it: CaseChange) -> Payload {
    match it {
        CaseChange::Triaged(it) => Payload::CaseTriaged(wire::CaseTriaged {
            triage: Some(course::triage(&it)),
        }),
        CaseChange::DisposedOnSite { triage, revisits } => {
            Payload::CaseDisposedOnSite(wire::CaseDisposedOnSite {
                triage: Some(course::triage(&triage)),
                revisits: revisits.iter().map(|it| revisit::revisit(id, it)).collect(),
            })
        }
        CaseChange::Consulted(it) => Payload::ConsultationHeld(wire::ConsultationHeld {
            consultation: Some(course::consultation(&it)),
        }),
        CaseChange::Merged {
            into,
            reason,
            person,
        } => Payload::CaseMerged(wire::CaseMerged {
            into: write::case(into),
            reason,
            person: person.to_string(),
        }),
        CaseChange::Absorbed(it) => Payload::CaseAbsorbed(wire::CaseAbsorbed {
            case: write::case(it.case),
            replies: it.replies.iter().map(|it| course::reply(id, it)).collect(),
            people: it.people.iter().map(person::reference).collect(),
            clocks: it.clocks.iter().map(course::clock).collect(),
        }),
        CaseChange::Redirected(it) => Payload::CaseRedirected(wire::CaseRedirected {
            redirection: Some(course::redirection(&it)),
        }),
        CaseChange::Receipted { receipt, .. } => {
            Payload::RedirectReceipted(wire::RedirectReceipted {
                receipt: Some(course::receipt(&receipt)),
            })
        }
        CaseChange::Overdue { clock } => Payload::CaseStageOverdue(wire::CaseStageOverdue {
            clock: Some(course::clock(&clock)),
        }),
        CaseChange::Replied(it) => Payload::ReporterReplied(wire::ReporterReplied {
            reply: Some(course::reply(id, &it)),
        }),
        CaseChange::ReplyOverdue(it) => Payload::ReplyOverdue(wire::ReplyOverdue {
            reply: Some(course::reply(id, &it)),
        }),
        CaseChange::RevisitDue(it) => Payload::RevisitDue(wire::RevisitDue {
            revisit: Some(revisit::revisit(id, &it)),
        }),
        CaseChange::Revisited { revisit, task, .. } => {
            Payload::RevisitRecorded(wire::RevisitRecorded {
                revisit: Some(revisit::revisit(id, &revisit)),
                task: task.map(write::task).unwrap_or_default(),
            })
        }
        CaseChange::RevisitOverdue(it) => Payload::RevisitOverdue(wire::RevisitOverdue {
            revisit: Some(revisit::revisit(id, &it)),
        }),
        CaseChange::Reopened(it) => Payload::CaseReopened(revisit::reopened(id, &it)),
        CaseChange::RelapseFound {
            earlier,
            distance_m,
            relapses,
        } => Payload::RelapseFound(wire::RelapseFound {
            earlier: write::case(earlier),
            distance_m: i32::try_from(distance_m).unwrap_or(i32::MAX),
            relapses: i32::from(relapses),
        }),
        CaseChange::Relapsed { by, relapses } => Payload::CaseRelapsed(wire::CaseRelapsed {
            relapse: write::case(by),
            relapses: i32::from(relapses),
        }),
        CaseChange::RootCauseNoted(it) => Payload::RootCauseNoted(wire::RootCauseNoted {
            root_cause: Some(revisit::root_cause(&it)),
        }),
        CaseChange::PersonRecorded(it) => Payload::PersonRecorded(wire::PersonRecorded {
            person: Some(person::reference(&it)),
        }),
        CaseChange::PeopleRead { people, reason } => {
            Payload::PersonalDataRead(wire::PersonalDataRead {
                people: people.into_iter().map(write::person).collect(),
                reason,
            })
        }
        CaseChange::PeopleErased { people, reason } => {
            Payload::PersonalDataErased(wire::PersonalDataErased {
                people: people.into_iter().map(write::person).collect(),
                reason,
            })
        }
        CaseChange::OffencesLookedUp(it) => Payload::OffencesLookedUp(wire::OffencesLookedUp {
            history: Some(penalty::history(&it)),
        }),
        CaseChange::OutageExcused {
            span,
            clocks,
            replies,
            revisits,
        } => super::outage::case_excused(id, span, (&clocks, &replies, &revisits)),
        // The rest is told apart in `payload`.
        CaseChange::Reported(_)
        | CaseChange::Verified(_)
        | CaseChange::Filed(_)
        | CaseChange::Rejected(_)
        | CaseChange::Planned { .. }
        | CaseChange::Dispatched { .. }
        | CaseChange::Closed { .. }
        | CaseChange::Returned { .. } => Payload::CaseReported(wire::CaseReported::default()),
    }
}

/// What was decided about a party.
pub(super) fn party(id: PartyId, it: &PartyEvent) -> Payload {
    match it {
        PartyEvent::Decided(it) => Payload::PenaltyDecided(wire::PenaltyDecided {
            penalty: Some(penalty::penalty(id, it)),
        }),
        PartyEvent::Served(it) => Payload::CommunityServiceDone(wire::CommunityServiceDone {
            penalty: Some(penalty::penalty(id, it)),
        }),
    }
}

/// How a district runs its cases from here on.
pub(super) fn settings(version: i64, it: &SettingsChanged) -> Payload {
    let settings = crate::domain::CaseSettings {
        updated_at: Some(it.at),
        ..(*it.settings).clone()
    };
    Payload::CaseSettingsChanged(wire::CaseSettingsChanged {
        settings: Some(case_settings::settings(version, &settings)),
        change_time: Some(write::time(it.at)),
    })
}
