//! Distances on the ground. Only answers are made of them: nothing that is stored or replayed.

use super::geometry::{Boundary, Point, UNITS};

/// A hundredth of a metre.
pub type Centimetres = i64;

/// The mean radius of the earth (IUGG), in centimetres.
const RADIUS: f64 = 637_100_880.0;

/// Between two points, along a great circle; right to half a percent.
pub fn between(a: Point, b: Point) -> Centimetres {
    let (north_a, north_b) = (radians(a.latitude), radians(b.latitude));
    let half = |it: f64| (it / 2.0).sin().powi(2);
    let east = radians(b.longitude) - radians(a.longitude);
    let chord = half(north_b - north_a) + north_a.cos() * north_b.cos() * half(east);
    rounded(2.0 * RADIUS * chord.sqrt().min(1.0).asin())
}

/// From a point to the nearest line of a boundary, whichever side of it the point is on.
pub fn to_border(boundary: &Boundary, point: Point) -> Centimetres {
    let rings = boundary.polygons().iter().flat_map(|it| it.rings());
    let mut nearest = f64::INFINITY;
    for ring in rings {
        let corners = ring.points();
        let after = corners.iter().cycle().skip(1);
        for (a, b) in corners.iter().zip(after) {
            nearest = nearest.min(to_line(point, *a, *b));
        }
    }
    if nearest.is_finite() {
        rounded(nearest).max(1) // it is not on the border, or it would count as inside
    } else {
        Centimetres::MAX
    }
}

/// On the plane that touches the earth at the point: right for the lengths of a zone.
fn to_line(point: Point, a: Point, b: Point) -> f64 {
    let shrink = radians(point.latitude).cos();
    let place = |it: Point| {
        let east = radians(it.longitude) - radians(point.longitude);
        let north = radians(it.latitude) - radians(point.latitude);
        (east * shrink * RADIUS, north * RADIUS)
    };
    let ((ax, ay), (bx, by)) = (place(a), place(b));
    let (dx, dy) = (bx - ax, by - ay);
    let length = dx * dx + dy * dy;
    let along = if length > 0.0 {
        (-(ax * dx + ay * dy) / length).clamp(0.0, 1.0)
    } else {
        0.0
    };
    (ax + along * dx).hypot(ay + along * dy)
}

fn radians(units: i32) -> f64 {
    (f64::from(units) / f64::from(UNITS)).to_radians()
}

#[allow(clippy::cast_possible_truncation)] // half the earth's girth is far below
fn rounded(centimetres: f64) -> Centimetres {
    centimetres.round() as Centimetres
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_degree_of_latitude_is_111_kilometres_and_one_of_longitude_shrinks() {
        let at = |east: i32, north: i32| Point::new(east * UNITS, north * UNITS);
        let north = between(at(117, 34), at(117, 35));
        assert!((11_119_000..11_120_500).contains(&north), "{north}");
        let east = between(at(117, 60), at(118, 60));
        assert!((5_559_000..5_560_500).contains(&east), "{east}");
        assert_eq!(between(at(117, 34), at(117, 34)), 0);
    }

    #[test]
    fn the_distance_to_a_border_is_that_to_its_nearest_line() {
        let corner = |east: i32, north: i32| {
            Point::new(1_170_000_000 + east * 10_000, 340_000_000 + north * 10_000)
        };
        let square = vec![corner(0, 0), corner(1, 0), corner(1, 1), corner(0, 1)];
        let square = Boundary::new(vec![vec![square]]).unwrap();
        let south = Point::new(1_170_005_000, 340_000_000 - 9_000);
        let far = to_border(&square, south);
        assert!((9_900..10_100).contains(&far), "100 m: {far}");
    }
}
