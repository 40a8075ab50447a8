//! Matters, acts, limits.

use ::time::Date;
use liandong_calendar::{Limit, LimitKind};
use liandong_kit::status::{FieldProblem, Violations};
use liandong_proto::{registry as proto, types};

use super::{etag, evidence, kind, timestamp, validity, validity_wire};
use crate::{
    domain::{Act, Catalogue, FilingCondition, Kept, LegalBasis, Matter, MatterId, StageLimits},
    grpc::resource::{Editable, Resource},
};

impl Resource for Matter {
    type Message = proto::Matter;
    const MISSING: &'static str = "MATTER_NOT_FOUND";
    const FILTERS: &'static [&'static str] = &["category", "external_code"];

    fn wire(kept: &Kept<Self>, _on: Date) -> proto::Matter {
        let matter = &kept.item;
        proto::Matter {
            name: matter.id.name(),
            display_name: matter.title.clone(),
            category: matter.category.clone(),
            external_code: matter.external_code.clone(),
            basis: bases(&matter.basis),
            conditions: conditions(&matter.conditions),
            default_act: act_wire(matter.default_act).into(),
            helper_kinds: matter.helpers.iter().map(ToString::to_string).collect(),
            stage_limits: Some(stages(&matter.stages)),
            first_offence_exempt: matter.first_offence_exempt,
            validity: validity_wire(&matter.validity),
            etag: etag(kept),
            update_time: Some(timestamp(kept.changed_at)),
            certificate_fields: matter.certificate_fields.clone(),
            evidence_requirements: evidence::wire(&matter.evidence),
        }
    }

    fn holds(&self, _catalogue: &Catalogue, field: &str, value: &str) -> bool {
        match field {
            "category" => self.category == value,
            _ => self.external_code == value,
        }
    }
}

impl Editable for Matter {
    const FIELD: &'static str = "matter";

    fn name_of(message: &proto::Matter) -> &str {
        &message.name
    }

    fn read(bad: &mut Violations, id: Option<MatterId>, wire: &proto::Matter) -> Option<Self> {
        let filled = |bad: &mut Violations, field: &str, text: &str| {
            bad.check(!text.trim().is_empty(), field, "required", "必填");
        };
        filled(bad, "display_name", &wire.display_name);
        filled(bad, "category", &wire.category);
        let conditions = read_conditions(bad, &wire.conditions);
        let act = bad.take("default_act", act(wire.default_act)).flatten();
        bad.check(act.is_some(), "default_act", "required", "必填");
        let kinds = wire.helper_kinds.iter().enumerate();
        let helpers = kinds.map(|(index, it)| bad.take(format!("helper_kinds[{index}]"), kind(it)));
        let helpers: Vec<_> = helpers.collect();
        let stages = read_stages(bad, wire.stage_limits.as_ref());
        let validity = validity(bad, "validity", wire.validity.as_ref());
        let evidence = evidence::read(bad, &wire.evidence_requirements);
        let basis = wire.basis.iter().map(|it| LegalBasis {
            law: it.law.clone(),
            article: it.article.clone(),
        });
        Some(Self {
            id: id?,
            title: wire.display_name.clone(),
            category: wire.category.clone(),
            external_code: wire.external_code.clone(),
            basis: basis.collect(),
            conditions: conditions?,
            default_act: act?,
            helpers: helpers.into_iter().collect::<Option<_>>()?,
            stages,
            first_offence_exempt: wire.first_offence_exempt,
            validity,
            certificate_fields: wire.certificate_fields.clone(),
            evidence: evidence?,
        })
    }
}

/// Every condition with its own limit; one that cannot be read is named, never defaulted.
fn read_conditions(
    bad: &mut Violations,
    wire: &[proto::FilingCondition],
) -> Option<Vec<FilingCondition>> {
    let each = wire.iter().enumerate().map(|(index, it)| {
        let limit = bad.take(
            format!("conditions[{index}].limit"),
            limit(it.limit.as_ref()),
        );
        Some(FilingCondition {
            id: it.id.clone(),
            text: it.description.clone(),
            limit: limit?,
            close: it.close_condition.clone(),
        })
    });
    let each: Vec<_> = each.collect();
    each.into_iter().collect()
}

fn read_stages(bad: &mut Violations, wire: Option<&proto::StageLimits>) -> StageLimits {
    let wire = wire.copied().unwrap_or_default();
    let mut stage = |field: &str, given: Option<types::Limit>| {
        let given = given.as_ref()?;
        bad.take(format!("stage_limits.{field}"), limit(Some(given)))
    };
    StageLimits {
        sign: stage("sign", wire.sign),
        commit: stage("commit", wire.commit),
        on_site: stage("on_site", wire.on_site),
        check: stage("check", wire.check),
    }
}

/// Provisions.
pub(in crate::grpc) fn bases(bases: &[LegalBasis]) -> Vec<proto::LegalBasis> {
    let each = bases.iter().map(|it| proto::LegalBasis {
        law: it.law.clone(),
        article: it.article.clone(),
    });
    each.collect()
}

/// Filing conditions.
pub(in crate::grpc) fn conditions(conditions: &[FilingCondition]) -> Vec<proto::FilingCondition> {
    let each = conditions.iter().map(|it| proto::FilingCondition {
        id: it.id.clone(),
        description: it.text.clone(),
        limit: Some(limit_wire(it.limit)),
        close_condition: it.close.clone(),
    });
    each.collect()
}

/// Limits of the stages.
pub(in crate::grpc) fn stages(stages: &StageLimits) -> proto::StageLimits {
    proto::StageLimits {
        sign: stages.sign.map(limit_wire),
        commit: stages.commit.map(limit_wire),
        on_site: stages.on_site.map(limit_wire),
        check: stages.check.map(limit_wire),
    }
}

/// An act; unspecified: `None`.
pub(in crate::grpc) fn act(wire: i32) -> Result<Option<Act>, FieldProblem> {
    use proto::Act as Wire;
    Ok(match Wire::try_from(wire) {
        Ok(Wire::Unspecified) => None,
        Ok(Wire::Inspect) => Some(Act::Inspect),
        Ok(Wire::OrderCorrection) => Some(Act::OrderCorrection),
        Ok(Wire::Stop) => Some(Act::Stop),
        Ok(Wire::Penalise) => Some(Act::Penalise),
        Ok(Wire::Seize) => Some(Act::Seize),
        Ok(Wire::Coerce) => Some(Act::Coerce),
        Ok(Wire::Dispose) => Some(Act::Dispose),
        Err(_) => return Err(FieldProblem::new("an unknown act", "未知的执法行为")),
    })
}

/// An act to the wire.
pub(in crate::grpc) fn act_wire(act: Act) -> proto::Act {
    match act {
        Act::Inspect => proto::Act::Inspect,
        Act::OrderCorrection => proto::Act::OrderCorrection,
        Act::Stop => proto::Act::Stop,
        Act::Penalise => proto::Act::Penalise,
        Act::Seize => proto::Act::Seize,
        Act::Coerce => proto::Act::Coerce,
        Act::Dispose => proto::Act::Dispose,
    }
}

/// A limit.
pub(in crate::grpc) fn limit(wire: Option<&types::Limit>) -> Result<Limit, FieldProblem> {
    let wire = wire.ok_or_else(|| FieldProblem::new("required", "必填"))?;
    let kind = match types::LimitKind::try_from(wire.kind) {
        Ok(types::LimitKind::UrgentHours) => LimitKind::UrgentHours,
        Ok(types::LimitKind::WorkHours) => LimitKind::WorkHours,
        Ok(types::LimitKind::WorkDays) => LimitKind::WorkDays,
        Ok(types::LimitKind::CalendarDays) => LimitKind::CalendarDays,
        Ok(types::LimitKind::Unspecified) | Err(_) => {
            return Err(FieldProblem::new(
                "an unknown kind of limit",
                "未知的时限类别",
            ));
        }
    };
    let amount = u32::try_from(wire.amount).unwrap_or_default();
    Limit::new(kind, amount).map_err(|error| FieldProblem::new(error.to_string(), "时限至少为 1"))
}

/// A limit to the wire.
pub(in crate::grpc) fn limit_wire(limit: Limit) -> types::Limit {
    let kind = match limit.kind() {
        LimitKind::UrgentHours => types::LimitKind::UrgentHours,
        LimitKind::WorkHours => types::LimitKind::WorkHours,
        LimitKind::WorkDays => types::LimitKind::WorkDays,
        LimitKind::CalendarDays => types::LimitKind::CalendarDays,
    };
    types::Limit {
        kind: kind.into(),
        amount: i32::try_from(limit.amount()).unwrap_or(i32::MAX),
    }
}
