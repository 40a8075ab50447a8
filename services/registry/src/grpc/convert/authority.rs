//! Questions of authority and their answers.
//!
//! Answers are written at once: their dozens of texts would otherwise each be allocated, measured, copied and freed.

use ::time::{Date, OffsetDateTime};
use liandong_calendar::Limit;
use liandong_kit::status::Violations;
use liandong_proto::registry as proto;

use super::{evidence, id, matter, now_or, optional, power::basis_kind, timestamp};
use crate::{
    domain::{
        Act, Area, AreaId, FilingCondition, Matter, MatterId, Organization, OrganizationId, Power,
        StageLimits,
        brief::{Phrases, PowerBrief},
        day,
        resolve::{
            Authority, Exclusion, ExclusionCode, Holding, Language, Outcome, Question, Reason, law,
        },
    },
    grpc::encoded::Encoded,
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

/// Writes an answer, the fields of `Authority`.
pub(in crate::grpc) fn write(
    to: &mut Encoded,
    answer: &Authority<'_>,
    at: OffsetDateTime,
    version: i64,
) {
    let outcome = match answer.outcome() {
        Outcome::Resolved => proto::AuthorityOutcome::Resolved,
        Outcome::Nobody => proto::AuthorityOutcome::Nobody,
        Outcome::Conflict => proto::AuthorityOutcome::Conflict,
    };
    let (about, on) = (answer.matter, day::of(at));
    let exempt = about.is_first_offence_exempt();
    to.name::<Matter>(1, about.slug());
    to.name::<Area>(2, answer.area.slug());
    to.value(3, matter::act_wire(answer.act));
    to.whole(4, &timestamp(at));
    to.value(5, outcome);
    for it in &answer.holders {
        to.message(6, |to| holder(to, it, on));
    }
    for it in &answer.exclusions {
        to.message(7, |to| exclusion(to, it));
    }
    for it in &answer.helpers {
        to.name::<Organization>(8, it.slug());
    }
    to.flag(9, answer.asking_holds);
    to.number(10, answer.required_officers());
    to.flag(11, exempt);
    to.fields(about.written(limits));
    to.number(14, version);
    to.text(15, about.title());
    to.text(16, about.category());
    if answer.look_up_is_due() {
        to.message(17, |to| look_up(to, exempt));
    }
    if let Some(it) = law::officers(answer.act) {
        to.message(18, |to| basis(to, &it));
    }
    dispute(to, answer);
    for it in answer.evidence() {
        to.whole(20, &evidence::wire_one(it));
    }
}

/// The matter's conditions and limits: fields 12 and 13, in every answer about it the same.
fn limits(about: &Matter) -> Box<[u8]> {
    let mut to = Encoded::with_capacity(0);
    for it in &about.conditions {
        to.message(12, |to| condition(to, it));
    }
    to.message(13, |to| stages(to, &about.stages.or_default()));
    to.kept()
}

/// The answer as a message of its own, for messages it is part of.
pub(in crate::grpc) fn wire(
    answer: &Authority<'_>,
    at: OffsetDateTime,
    version: i64,
) -> proto::Authority {
    let mut encoded = Encoded::with_capacity(ANSWER);
    write(&mut encoded, answer, at, version);
    prost::Message::decode(encoded.bytes()).unwrap_or_default()
}

/// Bytes of an answer; few are longer.
pub(in crate::grpc) const ANSWER: usize = 4 << 10;

/// `FilingCondition`.
fn condition(to: &mut Encoded, it: &FilingCondition) {
    to.text(1, &it.id);
    to.text(2, &it.text);
    limit(to, 3, it.limit);
    to.text(4, &it.close);
}

/// `StageLimits`.
fn stages(to: &mut Encoded, it: &StageLimits) {
    let each = [it.sign, it.commit, it.on_site, it.check];
    for (field, given) in (1..).zip(each) {
        if let Some(given) = given {
            limit(to, field, given);
        }
    }
}

fn limit(to: &mut Encoded, field: u32, limit: Limit) {
    to.whole(field, &matter::limit_wire(limit));
}

/// `LegalBasis`: a provision of the law itself.
fn basis(to: &mut Encoded, (law, article): &law::Provision) {
    to.text(1, law);
    to.text(2, article);
}

/// `OffenceLookUp`: what is looked up before a penalty (R16).
fn look_up(to: &mut Encoded, exempt: bool) {
    let (text, text_zh) = law::look_up_words(exempt);
    to.flag(1, true);
    to.flag(2, exempt);
    to.message(3, |to| basis(to, &law::LOOK_UP));
    to.text(4, text_zh);
    to.text(5, text);
}

/// `JurisdictionDispute`, where there is one.
fn dispute(to: &mut Encoded, answer: &Authority<'_>) {
    let Some((text, text_zh)) = law::dispute_words(answer) else {
        return;
    };
    to.message(19, |to| {
        for it in answer.contenders() {
            to.name::<Organization>(1, it.slug());
        }
        for it in answer.concerned() {
            to.name::<Organization>(2, it.slug());
        }
        to.message(3, |to| basis(to, &law::JURISDICTION));
        to.text(4, text_zh);
        to.text(5, text);
    });
}

/// `AuthorityHolder`.
fn holder(to: &mut Encoded, holding: &Holding<'_>, on: Date) {
    let (unit, power) = (holding.organization, holding.power);
    to.name::<Organization>(1, unit.slug());
    to.text(2, unit.name_on(on));
    let phrases = power.written(phrases);
    to.fields(&phrases.what);
    to.number(8, holding.rank);
    for it in holding.reasons() {
        match it {
            Reason::Basis(_) => to.fields(&phrases.basis),
            other => because(to, &other),
        }
    }
    if let Some(own) = holding.in_name_of() {
        to.name::<Organization>(10, own);
    }
    to.fields(&phrases.days);
}

/// What is the same in every answer: fields 3 to 7, one of the fields 9, fields 11 and 12.
fn phrases(power: &PowerBrief) -> Phrases {
    let (mut what, mut basis, mut days) = (
        Encoded::with_capacity(0),
        Encoded::with_capacity(0),
        Encoded::with_capacity(0),
    );
    what.name::<Power>(3, power.slug());
    what.value(4, basis_kind(power.basis_kind));
    what.text(5, power.basis());
    what.text(6, power.instrument());
    what.numbers(7, power.acts.iter().map(|it| matter::act_wire(*it).into()));
    because(&mut basis, &Reason::Basis(power));
    write_day(&mut days, 11, power.published_on);
    days.message(12, |to| {
        write_day(to, 1, power.validity.first);
        write_day(to, 2, power.validity.last);
    });
    Phrases {
        what: what.kept(),
        basis: basis.kept(),
        days: days.kept(),
    }
}

/// `HoldingReason`: field 9.
fn because(to: &mut Encoded, it: &Reason<'_>) {
    to.message(9, |to| {
        to.value(1, reason(it));
        to.said(2, |pen| it.say(Language::Chinese, pen));
        to.said(3, |pen| it.say(Language::English, pen));
    });
}

fn write_day(to: &mut Encoded, field: u32, day: Option<Date>) {
    if let Some(day) = day {
        to.text(field, day::Text::of(day).as_str());
    }
}

fn reason(reason: &Reason<'_>) -> proto::HoldingReasonCode {
    match reason {
        Reason::Named(..) | Reason::TakenOver(..) => proto::HoldingReasonCode::Named,
        Reason::OfKind(..) => proto::HoldingReasonCode::OfKind,
        Reason::Basis(_) => proto::HoldingReasonCode::Basis,
        Reason::Scope(_) => proto::HoldingReasonCode::Area,
        Reason::InNameOf(..) => proto::HoldingReasonCode::InNameOf,
        Reason::Seconded(_) => proto::HoldingReasonCode::SecondedOfficers,
    }
}

/// `AuthorityExclusion`.
fn exclusion(to: &mut Encoded, it: &Exclusion<'_>) {
    if let Some(unit) = it.organization {
        to.name::<Organization>(1, unit.slug());
    }
    if let Some(power) = it.power {
        to.name::<Power>(2, power.slug());
    }
    to.value(3, code(it.code));
    to.said(4, |pen| it.say(Language::Chinese, pen));
    to.said(5, |pen| it.say(Language::English, pen));
}

fn code(code: ExclusionCode) -> proto::ExclusionReasonCode {
    use proto::ExclusionReasonCode as Wire;
    match code {
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
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use ::time::macros::datetime;
    use prost::Message;
    use prost_reflect::{DescriptorPool, DynamicMessage};

    use super::*;
    use crate::{domain::resolve::resolve, town};

    /// Every question the town can be asked: what is written is a message in the form that prost gives it, so no field
    /// has another's number, and together the answers have every field but the evidence no matter of the town needs.
    #[test]
    fn a_written_answer_is_the_message_it_says_it_is() {
        let catalogue = town::catalogue();
        let pool = DescriptorPool::decode(liandong_proto::DESCRIPTORS).unwrap();
        let descriptor = pool
            .get_message_by_name("liandong.registry.v1.Authority")
            .unwrap();
        let (mut answers, mut seen) = (0, BTreeSet::new());
        let days = [
            datetime!(2018-06-01 4:00 UTC),
            datetime!(2026-02-02 4:00 UTC),
        ];
        for (matter, area) in catalogue
            .matters
            .iter()
            .flat_map(|it| catalogue.areas.iter().map(move |area| (it, area)))
        {
            let acts = Act::ALL.into_iter().map(Some).chain([None]);
            for (act, at) in acts.flat_map(|act| days.map(|at| (act, at))) {
                let question = Question {
                    matter: matter.id.as_str(),
                    area: area.id.as_str(),
                    day: day::of(at),
                    act,
                    asking: Some("squad"),
                };
                let Ok(answer) = resolve(&catalogue, &question) else {
                    continue;
                };
                let mut written = Encoded::with_capacity(0);
                write(&mut written, &answer, at, 7);
                let message = wire(&answer, at, 7);
                assert_eq!(message.encode_to_vec(), written.bytes(), "{question:?}");
                assert_eq!(message.matter, matter.id.name());
                assert_eq!(message.holders.len(), answer.holders.len());
                let read = DynamicMessage::decode(descriptor.clone(), written.bytes()).unwrap();
                assert_eq!(read.unknown_fields().count(), 0);
                seen.extend(read.fields().map(|(field, _)| field.name().to_owned()));
                answers += 1;
            }
        }
        assert!(answers > 100, "{answers}");
        let fields = descriptor.fields().map(|it| it.name().to_owned());
        let never: Vec<_> = fields.filter(|it| !seen.contains(it)).collect();
        assert_eq!(never, ["evidence_requirements"]);
    }
}
