//! Questions of authority and their answers.

use ::time::OffsetDateTime;
use liandong_kit::status::Violations;
use liandong_proto::registry as proto;

use super::{
    evidence, id, matter, name_of, now_or, optional, power::basis_kind, timestamp, validity_wire,
};
use crate::domain::{
    Act, AreaId, MatterId, OrganizationId, day,
    resolve::{Authority, Exclusion, ExclusionCode, Holding, Outcome, Question, ReasonCode, law},
};

/// A question that owns its ids.
#[derive(Clone, Debug)]
pub(in crate::grpc) struct Asked {
    pub(in crate::grpc) matter: MatterId,
    pub(in crate::grpc) area: AreaId,
    pub(in crate::grpc) at: OffsetDateTime,
    pub(in crate::grpc) act: Option<Act>,
    pub(in crate::grpc) asking: Option<OrganizationId>,
}

impl Asked {
    /// A question from the wire.
    pub(in crate::grpc) fn read(
        bad: &mut Violations,
        wire: &proto::ResolveAuthorityRequest,
        now: OffsetDateTime,
    ) -> Option<Self> {
        let matter = bad.take("matter", id(&wire.matter));
        let area = bad.take("area", id(&wire.area));
        let at = bad.take("as_of_time", now_or(wire.as_of_time.as_ref(), now));
        let act = bad.take("act", matter::act(wire.act));
        let asking = bad.take("asking_organization", optional(&wire.asking_organization));
        Some(Self {
            matter: matter?,
            area: area?,
            at: at?,
            act: act?,
            asking: asking?,
        })
    }

    /// The domain's question.
    pub(in crate::grpc) fn question(&self) -> Question<'_> {
        Question {
            matter: self.matter.as_str(),
            area: self.area.as_str(),
            day: day::of(self.at),
            act: self.act,
            asking: self.asking.as_ref().map(|it| it.as_str()),
        }
    }
}

/// An answer.
pub(in crate::grpc) fn wire(
    answer: Authority<'_>,
    at: OffsetDateTime,
    version: i64,
) -> proto::Authority {
    let outcome = match answer.outcome() {
        Outcome::Resolved => proto::AuthorityOutcome::Resolved,
        Outcome::Nobody => proto::AuthorityOutcome::Nobody,
        Outcome::Conflict => proto::AuthorityOutcome::Conflict,
    };
    proto::Authority {
        matter: answer.matter.id.name(),
        area: answer.area.id.name(),
        act: matter::act_wire(answer.act).into(),
        as_of_time: Some(timestamp(at)),
        outcome: outcome.into(),
        helpers: answer.helpers.iter().map(|it| it.id.name()).collect(),
        asking_organization_holds: answer.asking_holds,
        required_officers: i32::try_from(answer.required_officers()).unwrap_or_default(),
        first_offence_exempt: answer.matter.first_offence_exempt,
        conditions: matter::conditions(&answer.matter.conditions),
        stage_limits: Some(matter::stages(&answer.matter.stages.or_default())),
        catalogue_version: version,
        matter_display_name: answer.matter.title.clone(),
        matter_category: answer.matter.category.clone(),
        required_officers_basis: law::officers(answer.act).iter().map(basis).collect(),
        dispute: dispute(&answer),
        offence_look_up: look_up(&answer),
        evidence_requirements: evidence::wire(answer.evidence()),
        // These move their texts into the message, so they come last.
        holders: answer
            .holders
            .into_iter()
            .map(|it| holder(it, at))
            .collect(),
        exclusions: answer.exclusions.into_iter().map(exclusion).collect(),
    }
}

/// A provision of the law itself.
fn basis((law, article): &law::Provision) -> proto::LegalBasis {
    proto::LegalBasis {
        law: (*law).to_owned(),
        article: (*article).to_owned(),
    }
}

/// What is looked up before a penalty (R16); nothing for other acts.
fn look_up(answer: &Authority<'_>) -> Option<proto::OffenceLookUp> {
    let exempt = answer.matter.first_offence_exempt;
    let (text, text_zh) = law::look_up_words(exempt);
    answer.look_up_is_due().then(|| proto::OffenceLookUp {
        due: true,
        first_offence_exempt: exempt,
        basis: vec![basis(&law::LOOK_UP)],
        text_zh: text_zh.to_owned(),
        text: text.to_owned(),
    })
}

fn dispute(answer: &Authority<'_>) -> Option<proto::JurisdictionDispute> {
    let (text, text_zh) = law::dispute_words(answer)?;
    Some(proto::JurisdictionDispute {
        contenders: answer.contenders().map(|it| it.id.name()).collect(),
        concerned: answer
            .concerned()
            .into_iter()
            .map(|it| it.id.name())
            .collect(),
        basis: Some(basis(&law::JURISDICTION)),
        text_zh: text_zh.to_owned(),
        text: text.to_owned(),
    })
}

fn holder(holding: Holding<'_>, at: OffsetDateTime) -> proto::AuthorityHolder {
    let (unit, power) = (holding.organization, holding.power);
    let reasons = holding.reasons.into_iter().map(|it| proto::HoldingReason {
        code: reason(it.code).into(),
        text_zh: it.text_zh,
        text: it.text,
    });
    proto::AuthorityHolder {
        organization: unit.id.name(),
        display_name: unit.name_on(day::of(at)).to_owned(),
        power: power.id.name(),
        basis_kind: basis_kind(power.basis_kind).into(),
        basis: power.basis.clone(),
        instrument: power.instrument.clone(),
        acts: power
            .acts
            .iter()
            .map(|it| matter::act_wire(*it).into())
            .collect(),
        rank: i32::try_from(holding.rank).unwrap_or(i32::MAX),
        reasons: reasons.collect(),
        acts_in_name_of: name_of(power.in_name_of()),
        published_on: power.published_on.map(day::text).unwrap_or_default(),
        validity: validity_wire(&power.validity),
    }
}

fn reason(code: ReasonCode) -> proto::HoldingReasonCode {
    match code {
        ReasonCode::Named => proto::HoldingReasonCode::Named,
        ReasonCode::OfKind => proto::HoldingReasonCode::OfKind,
        ReasonCode::Basis => proto::HoldingReasonCode::Basis,
        ReasonCode::Area => proto::HoldingReasonCode::Area,
        ReasonCode::InNameOf => proto::HoldingReasonCode::InNameOf,
        ReasonCode::SecondedOfficers => proto::HoldingReasonCode::SecondedOfficers,
    }
}

fn exclusion(it: Exclusion<'_>) -> proto::AuthorityExclusion {
    use proto::ExclusionReasonCode as Wire;
    let code = match it.code {
        ExclusionCode::NotYetValid => Wire::NotYetValid,
        ExclusionCode::Expired => Wire::Expired,
        ExclusionCode::NotPublished => Wire::NotPublished,
        ExclusionCode::OtherArea => Wire::OtherArea,
        ExclusionCode::ActNotAllowed => Wire::ActNotAllowed,
        ExclusionCode::OrganizationNotLive => Wire::OrganizationNotLive,
        ExclusionCode::OrganizationElsewhere => Wire::OrganizationElsewhere,
        ExclusionCode::DelegatorWithoutPower => Wire::DelegatorWithoutPower,
        ExclusionCode::ResidentUnit => Wire::ResidentUnit,
        ExclusionCode::NoPowerOnRecord => Wire::NoPowerOnRecord,
        ExclusionCode::HomeWithoutPower => Wire::HomeWithoutPower,
        ExclusionCode::NobodySeconded => Wire::NobodySeconded,
    };
    proto::AuthorityExclusion {
        organization: it.organization.map(|it| it.id.name()).unwrap_or_default(),
        power: it.power.map(|it| it.id.name()).unwrap_or_default(),
        code: code.into(),
        text_zh: it.text_zh,
        text: it.text,
    }
}
