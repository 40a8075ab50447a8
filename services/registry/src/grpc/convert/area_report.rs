//! What the territory says about itself.

use liandong_kit::status::{FieldProblem, Violations};
use liandong_proto::registry as proto;

use super::{area::level as level_wire, geometry::point_wire, name_of};
use crate::domain::{
    Area, AreaOn, Id,
    geometry::measure::Land,
    report::{
        Ratio,
        figures::Figures,
        geometry::{Finding, Kind},
        grids::{Deviation, Need, Norm, Off, Summary},
    },
};

/// The largest norm and the most workers that are taken.
const NORM_MAX: i32 = 1_000_000;
const WORKERS_MAX: i32 = 1_000;

/// A norm; what is left out is the default.
pub(in crate::grpc) fn norm(bad: &mut Violations, wire: Option<&proto::GridNorm>) -> Norm {
    let (norm, Some(wire)) = (Norm::default(), wire) else {
        return Norm::default();
    };
    let mut number = |field: &str, value: i32, most: i32| {
        let ok = (0..=most).contains(&value);
        let english = format!("must be from 0 to {most}");
        bad.check(
            ok,
            format!("norm.{field}"),
            english,
            format!("应在 0 至 {most} 之间"),
        );
        u32::try_from(value).unwrap_or(0)
    };
    let households = number("households", wire.households, NORM_MAX);
    let tolerance = wire
        .tolerance_percent
        .map(|it| number("tolerance_percent", it, 99));
    let least = wire
        .workers_min
        .map(|it| number("workers_min", it, WORKERS_MAX));
    let most = wire
        .workers_max
        .map(|it| number("workers_max", it, WORKERS_MAX));
    let workers_min = least.unwrap_or(norm.workers_min);
    let workers_max = most.unwrap_or_else(|| norm.workers_max.max(workers_min));
    bad.check(
        workers_min <= workers_max,
        "norm.workers_max",
        "must not be less than workers_min",
        "不能小于 workers_min",
    );
    Norm {
        households: if households == 0 {
            norm.households
        } else {
            households
        },
        tolerance_percent: tolerance.unwrap_or(norm.tolerance_percent),
        workers_min,
        workers_max,
    }
}

/// A number of households.
pub(in crate::grpc) fn households(wire: i32) -> Result<u64, FieldProblem> {
    let negative = || FieldProblem::new("must not be negative", "不能为负数");
    u64::try_from(wire).map_err(|_| negative())
}

/// A norm to the wire.
pub(in crate::grpc) fn norm_wire(norm: &Norm) -> proto::GridNorm {
    proto::GridNorm {
        households: small(norm.households),
        tolerance_percent: Some(small(norm.tolerance_percent)),
        workers_min: Some(small(norm.workers_min)),
        workers_max: Some(small(norm.workers_max)),
    }
}

/// What households need.
pub(in crate::grpc) fn need(need: &Need) -> proto::GridNeed {
    proto::GridNeed {
        households: large(need.households),
        grids: large(need.grids),
        workers_min: large(need.workers_min),
        workers_max: large(need.workers_max),
    }
}

/// A share.
pub(in crate::grpc) fn ratio(ratio: Ratio) -> proto::Ratio {
    proto::Ratio {
        numerator: large(ratio.numerator),
        denominator: large(ratio.denominator),
        basis_points: ratio
            .basis_points()
            .map(|it| i32::try_from(it).unwrap_or(i32::MAX)),
    }
}

/// All grids.
pub(in crate::grpc) fn summary(summary: &Summary, deviations: usize) -> proto::GridSummary {
    proto::GridSummary {
        grids: large(summary.grids),
        households: large(summary.households),
        workers: large(summary.workers),
        need: Some(need(&summary.need)),
        within_norm: Some(ratio(summary.within_norm)),
        staffed: Some(ratio(summary.staffed)),
        deviations: i64::try_from(deviations).unwrap_or(i64::MAX),
    }
}

/// A grid that is off, as it is on the day.
pub(in crate::grpc) fn deviation(it: &Deviation<'_>, state: &AreaOn<'_>) -> proto::GridDeviation {
    use proto::GridDeviationKind as Wire;
    let kind = |off: &Off| match off {
        Off::TooManyHouseholds => Wire::TooManyHouseholds,
        Off::TooFewHouseholds => Wire::TooFewHouseholds,
        Off::HouseholdsUnknown => Wire::HouseholdsUnknown,
        Off::TooFewWorkers => Wire::TooFewWorkers,
        Off::TooManyWorkers => Wire::TooManyWorkers,
    };
    proto::GridDeviation {
        area: it.grid.id.name(),
        display_name: state.name.to_owned(),
        parent: name_of(state.parent),
        households: state.households.map(small),
        workers: small(it.workers),
        kinds: it.off.iter().map(|it| kind(it).into()).collect(),
    }
}

/// Something that is wrong with boundaries.
pub(in crate::grpc) fn finding(it: &Finding<'_>) -> proto::GeometryFinding {
    let kind = match it.kind {
        Kind::Overlap => proto::GeometryFindingKind::Overlap,
        Kind::OutsideParent => proto::GeometryFindingKind::OutsideParent,
        Kind::Uncovered => proto::GeometryFindingKind::Uncovered,
        Kind::NoBoundary => proto::GeometryFindingKind::NoBoundary,
    };
    proto::GeometryFinding {
        kind: kind.into(),
        area: it.area.name(),
        other_area: it.other.map(Id::name).unwrap_or_default(),
        area_square_metres: large(it.square_metres),
        pieces: i32::try_from(it.pieces).unwrap_or(i32::MAX),
        point: it.point.map(point_wire),
    }
}

/// The figures of an area (none: of the whole district, whose own are unknown then).
pub(in crate::grpc) fn figures(
    figures: &Figures,
    area: Option<(&Area, AreaOn<'_>)>,
) -> proto::TerritoryFigures {
    let state = area.map(|it| it.1);
    let boundary = state.and_then(|it| it.boundary);
    let levels = figures
        .levels
        .iter()
        .map(|(level, it)| proto::AreaLevelFigures {
            level: level_wire(*level).into(),
            areas: large(it.areas),
            households: large(it.households),
            households_counted: large(it.households_counted),
            residents: large(it.residents),
            residents_counted: large(it.residents_counted),
            with_boundary: large(it.with_boundary),
        });
    let kinds = figures
        .kinds
        .iter()
        .map(|(kind, areas)| proto::AreaKindFigures {
            kind: kind.clone(),
            areas: large(*areas),
        });
    proto::TerritoryFigures {
        area: area.map(|it| it.0.id.name()).unwrap_or_default(),
        display_name: state.map(|it| it.name.to_owned()).unwrap_or_default(),
        households: state.and_then(|it| it.households).map(small),
        residents: state.and_then(|it| it.residents).map(small),
        area_square_metres: boundary.map(|it| Land::of(it).square_metres().round() as i64), // land on earth
        levels: levels.collect(),
        kinds: kinds.collect(),
        property_managed: Some(ratio(figures.managed)),
        without_property_management: large(figures.unmanaged()),
    }
}

fn small(it: u32) -> i32 {
    i32::try_from(it).unwrap_or(i32::MAX)
}

fn large(it: u64) -> i64 {
    i64::try_from(it).unwrap_or(i64::MAX)
}
