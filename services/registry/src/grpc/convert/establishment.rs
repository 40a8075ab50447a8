//! Norms of organizations.

use liandong_kit::status::{FieldProblem, Violations};
use liandong_proto::registry as proto;

use super::{validity, validity_wire};
use crate::domain::Establishment;

/// Norms from the wire.
pub(in crate::grpc) fn read(bad: &mut Violations, wire: &proto::Establishment) -> Establishment {
    let count = |bad: &mut Violations, field: &str, it: Option<i32>| {
        let wrong = || FieldProblem::new("must not be negative", "不能为负数");
        let read = it.map(|it| u32::try_from(it).map_err(|_| wrong()));
        bad.take(field, read.transpose()).flatten()
    };
    let money = |bad: &mut Violations, field: &str, it: Option<i64>| {
        let fits = it.is_none_or(|it| it >= 0);
        bad.check(fits, field, "must not be negative", "不能为负数");
        it
    };
    Establishment {
        validity: validity(bad, "validity", wire.validity.as_ref()),
        staff_norm: count(bad, "staff_norm", wire.staff_norm),
        staff_min: count(bad, "staff_min", wire.staff_min),
        staff_max: count(bad, "staff_max", wire.staff_max),
        vehicle_norm: count(bad, "vehicle_norm", wire.vehicle_norm),
        budget_min: money(bad, "budget_min", wire.budget_min),
        budget_max: money(bad, "budget_max", wire.budget_max),
        budget: money(bad, "budget", wire.budget),
        basis: wire.basis.clone(),
    }
}

/// Norms to the wire.
pub(in crate::grpc) fn wire(norms: &Establishment) -> proto::Establishment {
    let count = |it: Option<u32>| it.map(|it| i32::try_from(it).unwrap_or(i32::MAX));
    proto::Establishment {
        validity: validity_wire(&norms.validity),
        staff_norm: count(norms.staff_norm),
        staff_min: count(norms.staff_min),
        staff_max: count(norms.staff_max),
        vehicle_norm: count(norms.vehicle_norm),
        budget_min: norms.budget_min,
        budget_max: norms.budget_max,
        budget: norms.budget,
        basis: norms.basis.clone(),
    }
}
