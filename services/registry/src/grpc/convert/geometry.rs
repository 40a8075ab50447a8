//! Points and boundaries.

use liandong_kit::status::{FieldProblem, Violations};
use liandong_proto::registry as proto;

use crate::domain::geometry::{Boundary, Flaw, Point};

/// A point anywhere on earth.
pub(in crate::grpc) fn point(wire: &proto::GeoPoint) -> Result<Point, FieldProblem> {
    let point = Point::new(wire.longitude_e7, wire.latitude_e7);
    if point.is_on_earth() {
        return Ok(point);
    }
    Err(FieldProblem::new(
        "must be a longitude from -180 to 180 and a latitude from -90 to 90, in 1e-7 degrees",
        "经度应在 -180 至 180 之间，纬度应在 -90 至 90 之间（单位为一千万分之一度）",
    ))
}

/// A point to the wire.
pub(in crate::grpc) fn point_wire(point: Point) -> proto::GeoPoint {
    proto::GeoPoint {
        longitude_e7: point.longitude,
        latitude_e7: point.latitude,
    }
}

/// A boundary from the wire; every flaw is named with its polygon, ring and point.
pub(in crate::grpc) fn boundary(
    bad: &mut Violations,
    field: &str,
    wire: &proto::Boundary,
) -> Option<Boundary> {
    let ring = |ring: &proto::GeoRing| {
        let points = ring.points.iter();
        points
            .map(|it| Point::new(it.longitude_e7, it.latitude_e7))
            .collect()
    };
    let polygon = |it: &proto::GeoPolygon| it.rings.iter().map(ring).collect();
    match Boundary::new(wire.polygons.iter().map(polygon).collect()) {
        Ok(boundary) => Some(boundary),
        Err(flaws) => {
            for flaw in flaws {
                let (english, chinese) = flaw.fault.text();
                bad.add(path(field, &flaw), FieldProblem::new(english, chinese));
            }
            None
        }
    }
}

/// A boundary to the wire.
pub(in crate::grpc) fn boundary_wire(boundary: &Boundary) -> proto::Boundary {
    let polygons = boundary.polygons().iter().map(|polygon| {
        let rings = polygon.rings().iter().map(|ring| proto::GeoRing {
            points: ring.points().iter().map(|it| point_wire(*it)).collect(),
        });
        proto::GeoPolygon {
            rings: rings.collect(),
        }
    });
    proto::Boundary {
        polygons: polygons.collect(),
    }
}

fn path(field: &str, flaw: &Flaw) -> String {
    let mut path = field.to_owned();
    for (step, index) in [
        ("polygons", flaw.polygon),
        ("rings", flaw.ring),
        ("points", flaw.point),
    ] {
        if let Some(index) = index {
            path += &format!(".{step}[{index}]");
        }
    }
    path
}
