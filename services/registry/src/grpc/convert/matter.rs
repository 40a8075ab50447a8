//! Matters, acts, limits.

use ::time::Date;
use liandong_calendar::{Limit, LimitKind};
use liandong_kit::status::FieldProblem;
use liandong_proto::{registry as proto, types};

use super::{etag, timestamp, validity_wire};
use crate::{
    domain::{Act, Catalogue, FilingCondition, Kept, LegalBasis, Matter, StageLimits},
    grpc::resource::Resource,
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
        }
    }

    fn holds(&self, _catalogue: &Catalogue, field: &str, value: &str) -> bool {
        match field {
            "category" => self.category == value,
            _ => self.external_code == value,
        }
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
