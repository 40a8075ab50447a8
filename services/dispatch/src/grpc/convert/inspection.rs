//! Inspections and their rounds.

use liandong_proto::dispatch as wire;
use uuid::Uuid;

use super::{words, write};
use crate::domain::inspection::{
    Finding, Inspection, InspectionRound, Merge, MergeAnswer, Object, Order,
};
use crate::domain::{CaseId, InspectionId, RoundId, case};

/// A round as it stands; lists leave its objects out.
pub(crate) fn round(
    id: RoundId,
    version: i64,
    it: &InspectionRound,
    with_objects: bool,
) -> wire::InspectionRound {
    let Some(planned) = &it.planned else {
        return wire::InspectionRound::default();
    };
    let objects = planned.objects.iter().filter(|_| with_objects);
    wire::InspectionRound {
        name: write::round(id),
        state: words::round_state(it.state),
        etag: version.to_string(),
        title: planned.title.clone(),
        organization: write::organization(&planned.organization),
        person: planned.person.to_string(),
        mode: words::mode(planned.mode),
        matters: planned.matters.iter().map(write::matter).collect(),
        objects: objects.map(object).collect(),
        sample_size: i32::from(planned.sample),
        first_day: planned.first_day.to_string(),
        last_day: planned.last_day.to_string(),
        seed: it.seed.clone(),
        inspections: it
            .inspections
            .iter()
            .map(|it| write::inspection(*it))
            .collect(),
        plan_time: write::time_if(it.planned_at),
        draw_time: write::time_if(it.drawn_at),
        cancel_reason: it.cancel_reason.clone(),
    }
}

/// An inspection as it stands.
pub(crate) fn inspection(id: InspectionId, version: i64, it: &Inspection) -> wire::Inspection {
    let Some(planned) = &it.planned else {
        return wire::Inspection::default();
    };
    let names = |all: &[InspectionId]| all.iter().map(|it| write::inspection(*it)).collect();
    wire::Inspection {
        name: write::inspection(id),
        state: words::inspection_state(it.state),
        etag: version.to_string(),
        organization: write::organization(&planned.organization),
        person: planned.person.to_string(),
        partners: it.partners.iter().map(write::organization).collect(),
        mode: words::mode(planned.mode),
        object: Some(object(&planned.object)),
        matters: planned.matters.iter().map(write::matter).collect(),
        first_day: planned.first_day.to_string(),
        last_day: planned.last_day.to_string(),
        round: planned.round.map(write::round).unwrap_or_default(),
        overlaps: names(&planned.overlaps),
        separate_reason: planned.separate_reason.clone(),
        merges: it.merges.iter().map(merge).collect(),
        merged_into: it.merged_into.map(write::inspection).unwrap_or_default(),
        findings: (1..)
            .zip(&it.findings)
            .map(|(n, it)| finding(n, it))
            .collect(),
        conclusion: it.conclusion.clone(),
        cancel_reason: it.cancel_reason.clone(),
        plan_time: write::time_if(it.planned_at),
        start_time: write::time_if(it.started_at),
        end_time: write::time_if(it.ended_at),
    }
}

/// Puts where the cases of its orders stand into an inspection.
pub(crate) fn with_cases(it: &mut wire::Inspection, cases: &[(CaseId, case::State)]) {
    for order in it.findings.iter_mut().filter_map(|it| it.order.as_mut()) {
        let found = cases.iter().find(|(id, _)| write::case(*id) == order.case);
        order.case_state = found
            .map(|(_, state)| words::case_state(*state))
            .unwrap_or_default();
    }
}

/// An object.
pub(crate) fn object(it: &Object) -> wire::InspectedObject {
    wire::InspectedObject {
        reference: it.reference.clone(),
        title: it.title.clone(),
        area: write::area(&it.area),
        address: it.address.clone(),
    }
}

/// A proposal.
pub(crate) fn merge(it: &Merge) -> wire::InspectionMerge {
    let answer = it.answer.as_ref();
    wire::InspectionMerge {
        from: write::inspection(it.from),
        organization: write::organization(&it.organization),
        reason: it.reason.clone(),
        propose_time: Some(write::time(it.at)),
        answer: answer.map(|it| accepted(it.accepted)).unwrap_or_default(),
        note: answer.map(|it| it.note.clone()).unwrap_or_default(),
        answer_time: write::time_if(answer.map(|it| it.at)),
    }
}

/// An answer.
pub(crate) fn answered(from: InspectionId, it: &MergeAnswer) -> wire::InspectionMerge {
    wire::InspectionMerge {
        from: write::inspection(from),
        organization: write::organization(&it.organization),
        answer: accepted(it.accepted),
        note: it.note.clone(),
        answer_time: Some(write::time(it.at)),
        ..Default::default()
    }
}

/// Something found.
pub(crate) fn finding(number: i32, it: &Finding) -> wire::InspectionFinding {
    wire::InspectionFinding {
        number,
        matter: write::matter(&it.matter),
        title: it.title.clone(),
        description: it.description.clone(),
        organization: write::organization(&it.organization),
        person: it.person.to_string(),
        find_time: Some(write::time(it.at)),
        order: it.order.as_ref().map(order),
        no_order_reason: it.no_order_reason.clone(),
    }
}

/// An order to mend.
pub(crate) fn order(it: &Order) -> wire::RectificationOrder {
    wire::RectificationOrder {
        organization: write::organization(&it.organization),
        case: write::case(it.case),
        task: write::task(it.task),
        order_time: Some(write::time(it.at)),
        case_state: 0,
    }
}

fn accepted(it: bool) -> i32 {
    (if it {
        wire::inspection_merge::Answer::Accepted
    } else {
        wire::inspection_merge::Answer::Declined
    }) as i32
}

/// The id of something listed.
pub(crate) fn id(text: &str) -> Uuid {
    Uuid::try_parse(text).unwrap_or_default()
}
