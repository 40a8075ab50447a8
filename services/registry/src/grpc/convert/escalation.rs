//! Chains of escalation. What is not published of a holder goes to those only who may see the full record.

use ::time::OffsetDateTime;
use liandong_kit::auth::Caller;
use liandong_proto::{registry as proto, types::Role};

use super::{name_of, timestamp};
use crate::domain::{
    DutyHolder, day,
    responsibility::{
        cards::Published,
        chain::{Chain, OnDuty, Reason, ReasonCode, Rung},
    },
};

/// Whether a caller may see more of a holder than what is published.
pub(in crate::grpc) fn sees_all(caller: &Caller) -> bool {
    let full = [Role::Coordinator, Role::Registrar, Role::Service];
    full.into_iter().any(|it| caller.has(it))
}

/// A chain.
pub(in crate::grpc) fn wire(
    chain: &Chain<'_>,
    full: bool,
    at: OffsetDateTime,
    version: i64,
) -> proto::GetEscalationChainResponse {
    proto::GetEscalationChainResponse {
        work_line: chain.line.id.name(),
        work_line_display_name: chain.line.name.clone(),
        scheme: name_of(chain.scheme.map(|it| &it.id)),
        rungs: chain.rungs.iter().map(|it| rung(it, full, at)).collect(),
        answering_rung: place(chain.answering()),
        first_responsible_answers: chain.first_answers(),
        at_time: Some(timestamp(at)),
        catalogue_version: version,
    }
}

fn rung(rung: &Rung<'_>, full: bool, at: OffsetDateTime) -> proto::Rung {
    let state = if rung.on_duty.is_empty() {
        proto::RungState::Vacant
    } else if rung.stood_in() {
        proto::RungState::StoodIn
    } else {
        proto::RungState::Filled
    };
    let own = rung
        .on_duty
        .first()
        .map_or("", |it| &it.duty.responsibility);
    let responsibility = if own.is_empty() {
        &rung.role.responsibility
    } else {
        own
    };
    proto::Rung {
        area: rung.area.id.name(),
        area_display_name: rung.area.on(day::of(at)).name.to_owned(),
        scheme: rung.scheme.id.name(),
        role: rung.role.id.to_string(),
        role_display_name: rung.role.name.clone(),
        first_responsible: rung.role.first,
        state: state.into(),
        on_duty: rung
            .on_duty
            .iter()
            .map(|it| on_duty(it, full, at))
            .collect(),
        reasons: rung.reasons.iter().map(reason).collect(),
        stand_in_rung: place(rung.stand_in),
        responsibility: responsibility.to_owned(),
    }
}

fn on_duty(it: &OnDuty<'_>, full: bool, at: OffsetDateTime) -> proto::OnDuty {
    let holder = it.holder;
    let seen = seen(holder, full);
    let only_full = |text: String| if full { text } else { String::new() };
    proto::OnDuty {
        duty: it.duty.id.name(),
        holder: only_full(holder.id.name()),
        display_name: seen.name.to_owned(),
        organization: name_of(it.organization.map(|it| &it.id)),
        organization_display_name: it
            .organization
            .map(|it| it.name_on(day::of(at)).to_owned())
            .unwrap_or_default(),
        post: seen.post.to_owned(),
        phone: seen.phone.to_owned(),
        photo_uri: seen.photo.to_owned(),
        stands_in_for: it
            .stands_in_for
            .map(|it| self::seen(it, full).name.to_owned())
            .unwrap_or_default(),
        person: only_full(name_of(holder.person.as_ref())),
        officer: only_full(name_of(holder.officer.as_ref())),
    }
}

/// What a caller sees of a holder, the organization aside.
pub(in crate::grpc) fn seen(holder: &DutyHolder, full: bool) -> Published<'_> {
    if full {
        Published {
            name: &holder.name,
            organization: "",
            post: &holder.post,
            phone: &holder.phone,
            photo: &holder.photo,
        }
    } else {
        Published::of(holder, "")
    }
}

fn reason(it: &Reason<'_>) -> proto::RungReason {
    use proto::RungReasonCode as Wire;
    let code = match it.code {
        ReasonCode::NobodyAppointed => Wire::NobodyAppointed,
        ReasonCode::OffHours => Wire::OffHours,
        ReasonCode::NotYetValid => Wire::NotYetValid,
        ReasonCode::Expired => Wire::Expired,
        ReasonCode::Absent => Wire::Absent,
        ReasonCode::HolderNotLive => Wire::HolderNotLive,
        ReasonCode::RosterHole => Wire::RosterHole,
        ReasonCode::ReachedFromAbove => Wire::ReachedFromAbove,
        ReasonCode::OtherScheme => Wire::OtherScheme,
        ReasonCode::WiderLine => Wire::WiderLine,
    };
    proto::RungReason {
        code: code.into(),
        duty: name_of(it.duty.map(|it| &it.id)),
        text_zh: it.text_zh.clone(),
        text: it.text.clone(),
    }
}

fn place(at: Option<usize>) -> i32 {
    at.map_or(-1, |it| i32::try_from(it).unwrap_or(i32::MAX))
}
