//! Evidence a matter requires.

use liandong_kit::status::{FieldProblem, Violations};
use liandong_proto::registry as proto;

use super::matter::{act, act_wire};
use crate::domain::{Act, EvidenceKind, EvidenceRequirement, EvidenceStage};

/// Every requirement; what cannot be read is named.
pub(in crate::grpc) fn read(
    bad: &mut Violations,
    wire: &[proto::EvidenceRequirement],
) -> Option<Vec<EvidenceRequirement>> {
    let each = wire.iter().enumerate().map(|(index, it)| {
        let at = |field: &str| format!("evidence_requirements[{index}].{field}");
        let kind = bad.take(at("kind"), kind(it.kind));
        let stage = bad.take(at("stage"), stage(it.stage));
        let negative = |_| FieldProblem::new("must not be negative", "不能为负数");
        let count = bad.take(
            at("minimum_count"),
            u32::try_from(it.minimum_count).map_err(negative),
        );
        let acts = it.acts.iter().enumerate();
        let acts = acts.map(|(n, it)| bad.take(at(&format!("acts[{n}]")), named_act(*it)));
        let acts: Vec<_> = acts.collect();
        Some(EvidenceRequirement {
            kind: kind?,
            stage: stage?,
            count: count?,
            text: it.description.clone(),
            acts: acts.into_iter().collect::<Option<_>>()?,
        })
    });
    let each: Vec<_> = each.collect();
    each.into_iter().collect()
}

/// Requirements to the wire.
pub(in crate::grpc) fn wire(
    requirements: &[EvidenceRequirement],
) -> Vec<proto::EvidenceRequirement> {
    requirements.iter().map(wire_one).collect()
}

/// A requirement to the wire.
pub(in crate::grpc) fn wire_one(it: &EvidenceRequirement) -> proto::EvidenceRequirement {
    proto::EvidenceRequirement {
        kind: kind_wire(it.kind).into(),
        stage: stage_wire(it.stage).into(),
        minimum_count: i32::try_from(it.count).unwrap_or(i32::MAX),
        description: it.text.clone(),
        acts: it.acts.iter().map(|it| act_wire(*it).into()).collect(),
    }
}

fn named_act(wire: i32) -> Result<Act, FieldProblem> {
    act(wire)?.ok_or_else(required)
}

fn kind(wire: i32) -> Result<EvidenceKind, FieldProblem> {
    use proto::EvidenceKind as Wire;
    match Wire::try_from(wire) {
        Ok(Wire::Photo) => Ok(EvidenceKind::Photo),
        Ok(Wire::Video) => Ok(EvidenceKind::Video),
        Ok(Wire::Document) => Ok(EvidenceKind::Document),
        Ok(Wire::Unspecified) => Err(required()),
        Err(_) => Err(FieldProblem::new(
            "an unknown kind of evidence",
            "未知的证据类别",
        )),
    }
}

fn kind_wire(kind: EvidenceKind) -> proto::EvidenceKind {
    match kind {
        EvidenceKind::Photo => proto::EvidenceKind::Photo,
        EvidenceKind::Video => proto::EvidenceKind::Video,
        EvidenceKind::Document => proto::EvidenceKind::Document,
    }
}

fn stage(wire: i32) -> Result<EvidenceStage, FieldProblem> {
    use proto::EvidenceStage as Wire;
    match Wire::try_from(wire) {
        Ok(Wire::Report) => Ok(EvidenceStage::Report),
        Ok(Wire::Unspecified) => Err(required()),
        Err(_) => Err(FieldProblem::new("an unknown stage", "未知的环节")),
    }
}

fn stage_wire(stage: EvidenceStage) -> proto::EvidenceStage {
    match stage {
        EvidenceStage::Report => proto::EvidenceStage::Report,
    }
}

fn required() -> FieldProblem {
    FieldProblem::new("required", "必填")
}
