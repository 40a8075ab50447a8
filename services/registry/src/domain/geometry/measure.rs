//! Land in square metres, what boundaries share and what they leave out: for reports, never for what is stored.

use geo::{BooleanOps, Coord, GeodesicArea, InteriorPoint, LineString, MultiPolygon};

use super::{Boundary, Point, UNITS};

/// Land that some operation on boundaries left, on the plane of whole units.
#[derive(Clone, Debug)]
pub struct Land(MultiPolygon<f64>);

impl Land {
    /// What a boundary covers.
    pub fn of(boundary: &Boundary) -> Self {
        let polygons = boundary.polygons().iter().map(|polygon| {
            let mut rings = polygon.rings().iter().map(|ring| {
                let corner = |it: &Point| Coord {
                    x: f64::from(it.longitude),
                    y: f64::from(it.latitude),
                };
                LineString::new(ring.points().iter().map(corner).collect())
            });
            let outer = rings.next().unwrap_or_else(|| LineString::new(Vec::new()));
            geo::Polygon::new(outer, rings.collect())
        });
        Self(MultiPolygon::new(polygons.collect()))
    }

    /// What both cover.
    pub fn shared(&self, other: &Self) -> Self {
        Self(self.0.intersection(&other.0))
    }

    /// What this covers and the other does not.
    pub fn without(&self, other: &Self) -> Self {
        Self(self.0.difference(&other.0))
    }

    /// What any of these covers.
    pub fn together(all: &[Self]) -> Self {
        let polygons: Vec<&geo::Polygon<f64>> = all.iter().flat_map(|it| it.0.iter()).collect();
        Self(geo::unary_union(polygons))
    }

    /// Only the pieces with at least so many square metres.
    pub fn of_at_least(&self, square_metres: f64) -> Self {
        let large = self
            .0
            .iter()
            .filter(|it| square_metres_of(it) >= square_metres);
        Self(MultiPolygon::new(large.cloned().collect()))
    }

    /// How many pieces.
    pub fn pieces(&self) -> usize {
        self.0.0.len()
    }

    /// Square metres on the ellipsoid.
    pub fn square_metres(&self) -> f64 {
        self.0.iter().map(square_metres_of).sum()
    }

    /// A point inside the largest piece.
    pub fn point(&self) -> Option<Point> {
        let largest = self
            .0
            .iter()
            .max_by(|a, b| square_metres_of(a).total_cmp(&square_metres_of(b)))?;
        let inside = largest.interior_point()?;
        let whole = |it: f64| it.round() as i32; // between corners that are i32
        Some(Point::new(whole(inside.x()), whole(inside.y())))
    }
}

/// Rings in either direction are measured; holes are taken off.
fn square_metres_of(polygon: &geo::Polygon<f64>) -> f64 {
    let ring = |it: &LineString<f64>| {
        let degrees = |at: &Coord<f64>| Coord {
            x: at.x / f64::from(UNITS),
            y: at.y / f64::from(UNITS),
        };
        let corners = it.0.iter().map(degrees).collect();
        geo::Polygon::new(LineString::new(corners), Vec::new())
            .geodesic_area_signed()
            .abs()
    };
    let holes: f64 = polygon.interiors().iter().map(ring).sum();
    ring(polygon.exterior()) - holes
}
