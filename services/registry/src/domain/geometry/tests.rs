//! Boundaries by example and by property.

use proptest::prelude::*;

use super::{measure::Land, *};

/// A point so many ten-thousandths of a degree east and north of 117°E 34°N.
fn at(x: i32, y: i32) -> Point {
    Point::new(117 * UNITS + x * 1000, 34 * UNITS + y * 1000)
}

fn ring(points: &[(i32, i32)]) -> Vec<Point> {
    points.iter().map(|(x, y)| at(*x, *y)).collect()
}

fn square(x: i32, y: i32, size: i32) -> Vec<Point> {
    ring(&[(x, y), (x + size, y), (x + size, y + size), (x, y + size)])
}

fn flaws(polygons: Vec<Vec<Vec<Point>>>) -> Vec<(Option<usize>, Option<usize>, Fault)> {
    let flaws = Boundary::new(polygons).unwrap_err();
    flaws
        .into_iter()
        .map(|it| (it.ring, it.point, it.fault))
        .collect()
}

fn boundary(rings: Vec<Vec<Point>>) -> Boundary {
    Boundary::new(vec![rings]).unwrap()
}

/// Proves M5.
#[test]
fn what_is_no_boundary_is_refused_with_its_place() {
    use Fault::*;
    let bow = ring(&[(0, 0), (10, 10), (10, 0), (0, 10), (-5, 5)]);
    assert_eq!(flaws(vec![vec![bow]]), [(Some(0), Some(0), CrossesItself)]);
    let even = ring(&[(0, 0), (10, 10), (10, 0), (0, 10)]);
    assert_eq!(
        flaws(vec![vec![even]]),
        [(Some(0), Some(0), CrossesItself)],
        "with as much land on its left as on its right"
    );
    let pinched = ring(&[(0, 0), (10, 0), (10, 10), (5, 0), (0, 10)]);
    assert_eq!(
        flaws(vec![vec![pinched]]),
        [(Some(0), Some(0), CrossesItself)],
        "a corner on another line"
    );
    let spike = ring(&[(0, 0), (10, 0), (20, 0), (10, 0), (10, 10), (0, 10)]);
    assert_eq!(flaws(vec![vec![spike]])[0].2, CrossesItself);
    let line = ring(&[(0, 0), (10, 0), (20, 0)]);
    assert_eq!(flaws(vec![vec![line]]), [(Some(0), None, NoLand)]);
    let swapped = vec![Point::new(34 * UNITS, 117 * UNITS), at(0, 0), at(1, 1)];
    let abroad = vec![Point::new(10 * UNITS, 50 * UNITS), at(0, 0), at(1, 1)];
    assert_eq!(
        flaws(vec![vec![swapped, abroad]]),
        [(Some(0), Some(0), OffEarth), (Some(1), Some(0), Abroad)]
    );
    assert_eq!(flaws(vec![]), [(None, None, Empty)]);
    assert_eq!(flaws(vec![vec![]]), [(None, None, Empty)]);
    let many = vec![at(0, 0); POINTS_MAX + 1];
    assert_eq!(flaws(vec![vec![many]]), [(None, None, TooMany)]);
}

/// Proves M5.
#[test]
fn rings_must_fit_into_each_other() {
    use Fault::*;
    let outer = square(0, 0, 100);
    let beside = vec![outer.clone(), square(200, 0, 10)];
    assert_eq!(flaws(vec![beside]), [(Some(1), None, HoleOutside)]);
    let across = vec![outer.clone(), square(95, 50, 10)];
    assert_eq!(flaws(vec![across]), [(Some(1), Some(0), CrossesAnother)]);
    let nested = vec![outer.clone(), square(10, 10, 50), square(20, 20, 10)];
    assert_eq!(flaws(vec![nested]), [(Some(2), None, HoleInHole)]);
    let pieces = vec![vec![outer.clone()], vec![square(20, 20, 10)]];
    assert_eq!(flaws(pieces), [(Some(0), None, Overlaps)]);
    // A piece in the hole of another one, and a hole that touches the outer ring in a point, are in order.
    let island = vec![
        vec![outer.clone(), square(10, 10, 50)],
        vec![square(20, 20, 10)],
    ];
    assert!(Boundary::new(island).is_ok());
    let touching = vec![outer, ring(&[(0, 50), (20, 40), (20, 60)])];
    assert!(Boundary::new(vec![touching]).is_ok());
    // Its corners all lie on the outer ring, yet it runs outside.
    let notched = ring(&[(0, 0), (100, 0), (100, 100), (50, 20), (0, 100)]);
    let roof = ring(&[(0, 100), (50, 20), (100, 100)]);
    assert!(
        Boundary::new(vec![vec![notched, roof]]).is_err(),
        "the roof runs along the notch and leaves it"
    );
}

#[test]
fn rings_are_kept_as_rfc_7946_has_them() {
    let mut clockwise = square(0, 0, 100);
    clockwise.reverse();
    let mut repeated = clockwise.clone();
    repeated.insert(1, repeated[0]);
    repeated.push(repeated[0]);
    let plain = boundary(vec![clockwise, square(10, 10, 10)]);
    assert_eq!(plain, boundary(vec![repeated, square(10, 10, 10)]));
    let rings = plain.polygons()[0].rings();
    assert!(rings[0].turn() > 0 && rings[1].turn() < 0);
    let text = serde_json::to_string(&plain).unwrap();
    assert!(text.starts_with("[[[[1170000000,340100000],"), "{text}");
    assert_eq!(serde_json::from_str::<Boundary>(&text).unwrap(), plain);
}

/// Proves M5.
#[test]
fn a_point_on_a_shared_border_is_in_exactly_one_area() {
    let tiles: Vec<Boundary> = (0..9)
        .map(|it| boundary(vec![square(it % 3 * 10, it / 3 * 10, 10)]))
        .collect();
    let around = |x, y| {
        let held = tiles.iter().enumerate();
        let held = held.filter(|(_, it)| it.contains(at(x, y)));
        held.map(|(it, _)| it).collect::<Vec<_>>()
    };
    assert_eq!(around(10, 5), [1], "to the east of a border");
    assert_eq!(around(5, 10), [3], "to the north of one that runs due east");
    assert_eq!(around(10, 10), [4], "north-east of a corner");
    assert_eq!(
        around(30, 5),
        [0; 0],
        "outer borders to the east have nobody"
    );
    assert!(tiles[2].borders(at(30, 5)) && !tiles[2].borders(at(31, 5)));
    for x in 0..30 {
        for y in 0..30 {
            assert_eq!(around(x, y).len(), 1, "{x} {y}");
        }
    }
}

#[test]
fn holes_belong_to_nobody() {
    let ring = boundary(vec![square(0, 0, 100), square(40, 40, 20)]);
    assert!(ring.contains(at(10, 10)) && !ring.contains(at(50, 50)));
    assert!(!ring.contains(at(40, 50)), "the hole's western border");
    assert!(ring.contains(at(60, 50)), "the hole's eastern border");
    assert_eq!(ring.size(), 2 * (100_000 * 100_000 - 20_000 * 20_000));
}

/// Proves M5.
#[test]
fn land_is_measured_on_the_ellipsoid() {
    // 0.01° by 0.01° at 34°N: 924.4 m by 1109.4 m.
    let hectares = boundary(vec![square(0, 0, 100)]);
    let metres = Land::of(&hectares).square_metres();
    assert!((1_024_000.0..1_026_500.0).contains(&metres), "{metres}");
    let east = Land::of(&boundary(vec![square(90, 0, 100)]));
    let shared = Land::of(&hectares).shared(&east);
    assert!((shared.square_metres() / metres - 0.1).abs() < 1e-4);
    let inside = shared.point().unwrap();
    assert!(at(90, 0) < inside && inside < at(100, 100));
    let left = Land::of(&hectares).without(&Land::together(&[shared.clone(), east]));
    assert!((left.square_metres() / metres - 0.9).abs() < 1e-4);
    assert_eq!(
        (left.pieces(), shared.of_at_least(200_000.0).pieces()),
        (1, 0)
    );
}

/// A star: a simple ring whatever the radii.
fn star() -> impl Strategy<Value = Vec<Point>> {
    proptest::collection::vec(100..1000_i32, 3..12).prop_map(|radii| {
        let count = radii.len() as f64;
        let corner = |(at_, radius): (usize, i32)| {
            let angle = at_ as f64 / count * std::f64::consts::TAU;
            let (x, y) = (angle.cos(), angle.sin());
            at(
                (x * f64::from(radius)) as i32,
                (y * f64::from(radius)) as i32,
            )
        };
        radii.into_iter().enumerate().map(corner).collect()
    })
}

proptest! {
    /// Beside an independent implementation, wherever a point is not on a border.
    #[test]
    fn containment_agrees_with_floating_point(star in star(), x in -1000..1000_i32, y in -1000..1000_i32) {
        use geo::Contains;
        let boundary = boundary(vec![star.clone()]);
        let point = at(x, y);
        prop_assume!(!boundary.borders(point));
        let corner = |it: &Point| (f64::from(it.longitude), f64::from(it.latitude));
        let polygon = geo::Polygon::new(star.iter().map(corner).collect(), vec![]);
        prop_assert_eq!(boundary.contains(point), polygon.contains(&geo::Point::from(corner(&point))));
    }

    /// Whatever comes in is refused or is a boundary that comes out as it went in.
    #[test]
    fn a_boundary_is_a_fixed_point(points in proptest::collection::vec((0..20_i32, 0..20_i32), 0..9)) {
        if let Ok(boundary) = Boundary::new(vec![vec![ring(&points)]]) {
            let rings = boundary.polygons()[0].rings();
            let again = Boundary::new(vec![rings.iter().map(|it| it.points().to_vec()).collect()]);
            prop_assert_eq!(again, Ok(boundary));
        }
    }
}
