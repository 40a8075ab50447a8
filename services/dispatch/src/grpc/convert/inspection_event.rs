//! Events of inspections, as readers see them.

use liandong_proto::dispatch::{self as wire, event::Payload};

use super::{inspection, words, write};
use crate::domain::inspection::{
    Change, Facts, InspectionEvent, InspectionRound, ObjectEvent, RoundChange, RoundEvent,
};
use crate::domain::{InspectionId, RoundId};

/// An event of a round.
pub(crate) fn round(id: RoundId, it: RoundEvent) -> Payload {
    match &it.change {
        RoundChange::Planned(_) => {
            let mut round = InspectionRound::default();
            round.apply(&it);
            Payload::InspectionRoundPlanned(wire::InspectionRoundPlanned {
                inspection_round: Some(inspection::round(id, 1, &round, true)),
            })
        }
        RoundChange::Drawn { seed, inspections } => {
            Payload::InspectionRoundDrawn(wire::InspectionRoundDrawn {
                seed: seed.clone(),
                inspections: inspections
                    .iter()
                    .map(|it| write::inspection(*it))
                    .collect(),
            })
        }
        RoundChange::Cancelled { reason } => {
            Payload::InspectionRoundCancelled(wire::InspectionRoundCancelled {
                reason: reason.clone(),
            })
        }
    }
}

/// An event of an inspected object.
pub(crate) fn object(it: &ObjectEvent) -> Payload {
    match it {
        ObjectEvent::Opened(open) => Payload::InspectedObjectOpened(wire::InspectedObjectOpened {
            inspection: write::inspection(open.inspection),
            organization: write::organization(&open.organization),
            first_day: open.first_day.to_string(),
            last_day: open.last_day.to_string(),
        }),
        ObjectEvent::Released { inspection } => {
            Payload::InspectedObjectReleased(wire::InspectedObjectReleased {
                inspection: write::inspection(*inspection),
            })
        }
    }
}

/// An event of an inspection.
pub(crate) fn happened(id: InspectionId, it: InspectionEvent) -> Payload {
    let facts = it.facts.as_ref().map(|facts| self::facts(id, facts));
    match it.change {
        Change::Planned(it) => Payload::InspectionPlanned(wire::InspectionPlanned {
            facts,
            object: Some(inspection::object(&it.object)),
            matters: it.matters.iter().map(write::matter).collect(),
            first_day: it.first_day.to_string(),
            last_day: it.last_day.to_string(),
            overlaps: it
                .overlaps
                .iter()
                .map(|it| write::inspection(*it))
                .collect(),
            separate_reason: it.separate_reason,
        }),
        Change::Overlapped {
            other,
            organization,
        } => Payload::InspectionOverlapFound(wire::InspectionOverlapFound {
            facts,
            other: write::inspection(other),
            other_organization: write::organization(&organization),
        }),
        Change::MergeProposed(it) => {
            Payload::InspectionMergeProposed(wire::InspectionMergeProposed {
                facts,
                merge: Some(inspection::merge(&it)),
            })
        }
        Change::MergeAnswered { from, answer, .. } => {
            Payload::InspectionMergeAnswered(wire::InspectionMergeAnswered {
                facts,
                merge: Some(inspection::answered(from, &answer)),
            })
        }
        Change::Merged { into } => Payload::InspectionMerged(wire::InspectionMerged {
            facts,
            into: write::inspection(into),
        }),
        Change::Started => Payload::InspectionStarted(wire::InspectionStarted { facts }),
        Change::FindingRecorded(it) => {
            let number = facts.as_ref().map_or(0, |it| it.finding_count);
            Payload::InspectionFindingRecorded(wire::InspectionFindingRecorded {
                facts,
                finding: Some(inspection::finding(number, &it)),
            })
        }
        Change::Ordered { finding, order } => {
            Payload::RectificationOrdered(wire::RectificationOrdered {
                facts,
                finding: i32::from(finding),
                order: Some(inspection::order(&order)),
            })
        }
        Change::Concluded { conclusion } => {
            Payload::InspectionConcluded(wire::InspectionConcluded { facts, conclusion })
        }
        Change::Cancelled { reason } => {
            Payload::InspectionCancelled(wire::InspectionCancelled { facts, reason })
        }
    }
}

fn facts(id: InspectionId, it: &Facts) -> wire::InspectionFacts {
    wire::InspectionFacts {
        inspection: write::inspection(id),
        state: words::inspection_state(it.state),
        organization: write::organization(&it.organization),
        partners: it.partners.iter().map(write::organization).collect(),
        mode: words::mode(it.mode),
        reference: it.reference.clone(),
        area: write::area(&it.area),
        round: it.round.map(write::round).unwrap_or_default(),
        finding_count: write::count(it.findings),
        mends: it.mends.iter().map(write::organization).collect(),
    }
}
