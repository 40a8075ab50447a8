//! Decisions about parties.

use liandong_kit::name;
use liandong_kit::status::FieldProblem;
use liandong_proto::dispatch as wire;
use tonic::Status;
use uuid::Uuid;

use super::read::{Fields, LINE_MAX, TEXT_MAX};
use super::write;
use crate::domain::penalty::{Decided, History, Penalty};
use crate::domain::{AssignmentId, PartyId, RecordId};
use crate::store::Decision;

/// What a unit decides.
pub(crate) fn read_decision(it: wire::DecidePenaltyRequest) -> Result<Decision, Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let (assignment, record) = subject(&mut fields, &it.assignment, &it.person);
    let decided = decided(&it);
    let decided = fields.0.take("kind", decided);
    let fine = matches!(decided, Some(Decided::Fine { .. }));
    fields.0.check(
        fine == (it.amount_fen > 0) && it.amount_fen >= 0,
        "amount_fen",
        "at least 1 for FINE, else 0",
        "罚款须填写金额（分），其他处理不填",
    );
    let service = matches!(decided, Some(Decided::CommunityService { .. }));
    fields.0.check(
        service == (it.service_minutes > 0) && it.service_minutes >= 0,
        "service_minutes",
        "at least 1 for COMMUNITY_SERVICE, else 0",
        "社区服务须填写分钟数，其他处理不填",
    );
    let act_reference = it.act_reference.trim().to_owned();
    let act_reference = fields.text("act_reference", act_reference, LINE_MAX);
    let reason = fields.required("reason", it.reason, TEXT_MAX);
    fields.0.finish()?;
    Ok(Decision {
        assignment: assignment.unwrap_or_default(),
        record: record.unwrap_or_default(),
        decided: decided.unwrap_or(Decided::Other),
        corrected: it.corrected,
        act_reference,
        reason,
    })
}

/// Which assignment, about whom.
pub(crate) fn read_subject(
    it: &wire::GetOffenceHistoryRequest,
) -> Result<(AssignmentId, RecordId), Status> {
    let mut fields = Fields::default();
    let (assignment, record) = subject(&mut fields, &it.assignment, &it.person);
    fields.0.finish()?;
    Ok((assignment.unwrap_or_default(), record.unwrap_or_default()))
}

fn subject(
    fields: &mut Fields,
    assignment: &str,
    person: &str,
) -> (Option<AssignmentId>, Option<RecordId>) {
    let assignment = fields.assignment("assignment", assignment);
    let record = fields.0.take("person", name::uuid(person, "people"));
    (assignment, record.map(RecordId))
}

fn decided(it: &wire::DecidePenaltyRequest) -> Result<Decided, FieldProblem> {
    use wire::PenaltyKind;
    let minutes = u32::try_from(it.service_minutes).unwrap_or_default();
    Ok(match PenaltyKind::try_from(it.kind) {
        Ok(PenaltyKind::Warning) => Decided::Warning,
        Ok(PenaltyKind::Fine) => Decided::Fine { fen: it.amount_fen },
        Ok(PenaltyKind::Confiscation) => Decided::Confiscation,
        Ok(PenaltyKind::Other) => Decided::Other,
        Ok(PenaltyKind::Exempt) => Decided::Exempt,
        Ok(PenaltyKind::CommunityService) => Decided::CommunityService { minutes },
        Ok(PenaltyKind::Unspecified) => return Err(Fields::missing()),
        Err(_) => {
            let known = it.kind;
            return Err(FieldProblem::new(
                format!("{known} is not a known value"),
                format!("未知的取值 {known}"),
            ));
        }
    })
}

/// `parties/{uuid}/penalties/{n}`.
pub(crate) fn read_name(
    it: &wire::RecordCommunityServiceRequest,
) -> Result<(PartyId, u16), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let named = name::nested(&it.name, "parties", "penalties");
    let named: Option<(Uuid, u32)> = fields.0.take("name", named);
    fields.0.finish()?;
    let (party, number) = named.unwrap_or_default();
    Ok((PartyId(party), u16::try_from(number).unwrap_or(u16::MAX)))
}

/// A decision.
pub(crate) fn penalty(party: PartyId, it: &Penalty) -> wire::Penalty {
    use wire::PenaltyKind;
    let (kind, amount_fen, minutes) = match it.decided {
        Decided::Warning => (PenaltyKind::Warning, 0, 0),
        Decided::Fine { fen } => (PenaltyKind::Fine, fen, 0),
        Decided::Confiscation => (PenaltyKind::Confiscation, 0, 0),
        Decided::Other => (PenaltyKind::Other, 0, 0),
        Decided::Exempt => (PenaltyKind::Exempt, 0, 0),
        Decided::CommunityService { minutes } => (PenaltyKind::CommunityService, 0, minutes),
    };
    wire::Penalty {
        name: format!("parties/{party}/penalties/{}", it.number),
        assignment: write::assignment(it.assignment),
        case: write::case(it.case),
        organization: write::organization(&it.organization),
        person: it.person.to_string(),
        power: it
            .power
            .as_ref()
            .map(|it| format!("powers/{it}"))
            .unwrap_or_default(),
        matter: write::matter(&it.matter),
        act_reference: it.act_reference.clone(),
        kind: kind as i32,
        amount_fen,
        service_minutes: i32::try_from(minutes).unwrap_or(i32::MAX),
        corrected: it.corrected,
        reason: it.reason.clone(),
        decide_time: Some(write::time(it.at)),
        history: Some(history(&it.history)),
        serve_time: write::time_if(it.served_at),
    }
}

/// What is known of a party.
pub(crate) fn history(it: &History) -> wire::OffenceHistory {
    wire::OffenceHistory {
        party: write::party(it.party),
        offences: i32::from(it.offences),
        same_matter: i32::from(it.same_matter),
        first_offence: it.is_first(),
        first_offence_exempt: it.exempt,
        look_up_time: Some(write::time(it.at)),
    }
}
