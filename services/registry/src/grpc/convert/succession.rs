//! Mergers, splits, and who followed whom.

use ::time::Date;
use liandong_kit::{
    page::PageRequest,
    status::{FieldProblem, Violations},
};
use liandong_proto::registry as proto;

use super::{day, id, ids, version};
use crate::domain::{
    OrganizationId,
    succession::{Kind, Succession},
};

/// Most organizations in one merger or split.
const UNITS_MAX: usize = 50;

/// Several that become one.
#[derive(Debug)]
pub(in crate::grpc) struct Merger {
    pub(in crate::grpc) units: Vec<OrganizationId>,
    pub(in crate::grpc) successor: OrganizationId,
    pub(in crate::grpc) last: Date,
}

/// One that becomes several.
#[derive(Debug)]
pub(in crate::grpc) struct Split {
    pub(in crate::grpc) unit: OrganizationId,
    pub(in crate::grpc) successors: Vec<OrganizationId>,
    pub(in crate::grpc) last: Date,
    pub(in crate::grpc) etag: Option<i64>,
}

impl Merger {
    /// From the wire.
    pub(in crate::grpc) fn read(
        bad: &mut Violations,
        wire: &proto::MergeOrganizationsRequest,
    ) -> Option<Self> {
        let units = several(bad, "organizations", &wire.organizations, 1);
        let successor = bad.take("successor", id(&wire.successor));
        let last = last_day(bad, &wire.last_day);
        let outside = successor.as_ref().is_none_or(|it| !units.contains(it));
        let (text, zh) = ("is itself merged", "承继单位不能同时被合并");
        bad.check(outside, "successor", text, zh);
        Some(Self {
            units,
            successor: successor?,
            last: last?,
        })
    }
}

impl Split {
    /// From the wire.
    pub(in crate::grpc) fn read(
        bad: &mut Violations,
        wire: &proto::SplitOrganizationRequest,
    ) -> Option<Self> {
        let unit: Option<OrganizationId> = bad.take("name", id(&wire.name));
        let successors = several(bad, "successors", &wire.successors, 2);
        let last = last_day(bad, &wire.last_day);
        let etag = bad.take("etag", version(&wire.etag));
        let outside = unit.as_ref().is_none_or(|it| !successors.contains(it));
        let (text, zh) = ("nobody succeeds itself", "不能由本单位承继");
        bad.check(outside, "successors", text, zh);
        Some(Self {
            unit: unit?,
            successors,
            last: last?,
            etag: etag?,
        })
    }
}

/// Different organizations, at least so many.
fn several(
    bad: &mut Violations,
    field: &str,
    names: &[String],
    at_least: usize,
) -> Vec<OrganizationId> {
    let all: Vec<OrganizationId> = ids(bad, field, names);
    let enough = (at_least..=UNITS_MAX).contains(&names.len());
    let (text, zh) = (
        format!("{at_least} to {UNITS_MAX} are needed"),
        format!("应为{at_least}至{UNITS_MAX}个单位"),
    );
    bad.check(enough, field, text, zh);
    for (index, it) in all.iter().enumerate() {
        let first = !all[..index].contains(it);
        bad.check(first, format!("{field}[{index}]"), "named twice", "重复");
    }
    all
}

fn last_day(bad: &mut Violations, text: &str) -> Option<Date> {
    let required = || FieldProblem::new("required", "必填");
    let day = day(text).and_then(|it| it.ok_or_else(required));
    bad.take("last_day", day)
}

/// A page of a chain of successions.
pub(in crate::grpc) fn page(
    page: &PageRequest,
    chain: &[Succession<'_>],
) -> (Vec<proto::Succession>, String) {
    let key = |it: &Succession<'_>| {
        let (from, to) = (&it.predecessor.id, &it.successor.id);
        format!("{} {from} {} {to}", it.first_day, u8::from(!it.resolves))
    };
    let after = page.after.as_deref();
    let rest = chain
        .iter()
        .filter(|it| after.is_none_or(|after| key(it).as_str() > after));
    let limit = usize::try_from(page.limit()).unwrap_or(usize::MAX);
    let (rows, next) = page.cut(rest.take(limit).collect(), |it| key(it));
    (rows.into_iter().map(succession).collect(), next)
}

/// That one followed another.
fn succession(it: &Succession<'_>) -> proto::Succession {
    let kind = match it.kind {
        Kind::Takeover => proto::SuccessionKind::Takeover,
        Kind::Merger => proto::SuccessionKind::Merger,
        Kind::Split => proto::SuccessionKind::Split,
    };
    proto::Succession {
        predecessor: it.predecessor.id.name(),
        successor: it.successor.id.name(),
        first_day: it.first_day.to_string(),
        kind: kind.into(),
        resolves: it.resolves,
    }
}
