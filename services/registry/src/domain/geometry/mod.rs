//! Boundaries: polygons on the map, in whole numbers of 1e-7 degrees (about a centimetre).
//!
//! CGCS2000 and WGS 84 differ by a few decimetres at most and are treated as one. Everything that decides something
//! (does a ring cross itself, does a boundary contain a point) is exact integer arithmetic, so that a replay decides
//! the same; only reports measure land, in [`measure`].
//!
//! What must stay true: a [`Boundary`] is made by [`Boundary::new`], which refuses what is no boundary. Its rings are
//! simple, do not cross each other, lie in China; outer rings run counter-clockwise, holes clockwise (RFC 7946).

mod check;
mod cross;
pub mod measure;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use self::check::{Fault, Flaw};
use self::cross::Wide;

/// Points a boundary may have, all rings together.
pub const POINTS_MAX: usize = 20_000;
/// Rings a boundary may have.
pub const RINGS_MAX: usize = 1_000;
/// Units per degree.
pub const UNITS: i32 = 10_000_000;

/// A place on the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "(i32, i32)", into = "(i32, i32)")]
pub struct Point {
    /// Longitude in 1e-7 degrees, east positive.
    pub longitude: i32,
    /// Latitude in 1e-7 degrees, north positive.
    pub latitude: i32,
}

/// What an area covers: pieces of land that do not overlap. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Boundary {
    polygons: Arc<[Polygon]>,
}

/// A piece of land: the outer ring first, then its holes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Polygon {
    rings: Vec<Ring>,
}

/// Corners; the line from the last to the first is understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ring {
    points: Vec<Point>,
}

/// The smallest rectangle around something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// The south-western corner.
    pub least: Point,
    /// The north-eastern corner.
    pub most: Point,
}

impl Point {
    /// A place, in 1e-7 degrees.
    pub const fn new(longitude: i32, latitude: i32) -> Self {
        Self {
            longitude,
            latitude,
        }
    }

    /// Whether it is on the globe at all.
    pub fn is_on_earth(self) -> bool {
        self.longitude.unsigned_abs() <= 180 * UNITS.unsigned_abs()
            && self.latitude.unsigned_abs() <= 90 * UNITS.unsigned_abs()
    }

    /// Whether it is in the rectangle around China: 73° to 136° east, 3° to 54° north. What is not has mostly its
    /// numbers in the wrong order.
    pub fn is_in_china(self) -> bool {
        (73 * UNITS..=136 * UNITS).contains(&self.longitude)
            && (3 * UNITS..=54 * UNITS).contains(&self.latitude)
    }
}

impl Boundary {
    /// Checks rings as they were given: polygons of rings of points, the first ring of each the outer one. Rings are
    /// open (the first point is not repeated). Everything that is wrong is named.
    pub fn new(polygons: Vec<Vec<Vec<Point>>>) -> Result<Self, Vec<Flaw>> {
        check::boundary(polygons)
    }

    /// The pieces.
    pub fn polygons(&self) -> &[Polygon] {
        &self.polygons
    }

    /// How many points it has.
    pub fn points(&self) -> usize {
        self.rings().map(|it| it.points.len()).sum()
    }

    /// The rectangle around it.
    pub fn extent(&self) -> Extent {
        let mut corners = self.rings().flat_map(|it| it.points.iter().copied());
        let first = corners.next().unwrap_or(Point::new(0, 0));
        let start = Extent {
            least: first,
            most: first,
        };
        corners.fold(start, Extent::with)
    }

    /// Whether it contains a point. A point on a border counts as if it lay a hair further east, and less of a hair
    /// further north: of areas that share a border exactly one contains it.
    pub fn contains(&self, point: Point) -> bool {
        let wide = Wide::of(point);
        let crossed = self.rings().filter(|it| it.is_around(wide)).count();
        crossed % 2 == 1
    }

    /// Whether a point lies on one of its borders.
    pub fn borders(&self, point: Point) -> bool {
        let wide = Wide::of(point);
        self.rings()
            .any(|ring| ring.edges().any(|(a, b)| cross::lies_on(wide, a, b)))
    }

    /// Twice its land in square units, on the plane of degrees: only for comparing sizes.
    pub fn size(&self) -> i128 {
        self.rings().map(Ring::turn).sum()
    }

    fn rings(&self) -> impl Iterator<Item = &Ring> {
        self.polygons.iter().flat_map(|it| it.rings.iter())
    }
}

impl Polygon {
    /// The outer ring, then the holes.
    pub fn rings(&self) -> &[Ring] {
        &self.rings
    }
}

impl Ring {
    /// The corners.
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// Its lines, the one back to the start last.
    fn edges(&self) -> impl Iterator<Item = (Wide, Wide)> {
        let after = self.points.iter().cycle().skip(1);
        let pairs = self.points.iter().zip(after);
        pairs.map(|(a, b)| (Wide::of(*a), Wide::of(*b)))
    }

    /// Whether a ray to the east leaves it oftener than it enters it.
    fn is_around(&self, point: Wide) -> bool {
        self.edges()
            .filter(|(a, b)| cross::is_east_of(*a, *b, point))
            .count()
            % 2
            == 1
    }

    /// Twice its land; negative if it runs clockwise.
    fn turn(&self) -> i128 {
        self.edges().map(|(a, b)| cross::turn(a, b)).sum()
    }
}

impl Extent {
    /// Whether a point is in it, its sides included.
    pub fn contains(&self, point: Point) -> bool {
        (self.least.longitude..=self.most.longitude).contains(&point.longitude)
            && (self.least.latitude..=self.most.latitude).contains(&point.latitude)
    }

    /// Whether some point is in both.
    pub fn meets(&self, other: &Self) -> bool {
        self.least.longitude <= other.most.longitude
            && other.least.longitude <= self.most.longitude
            && self.least.latitude <= other.most.latitude
            && other.least.latitude <= self.most.latitude
    }

    fn with(self, point: Point) -> Self {
        Self {
            least: Point::new(
                self.least.longitude.min(point.longitude),
                self.least.latitude.min(point.latitude),
            ),
            most: Point::new(
                self.most.longitude.max(point.longitude),
                self.most.latitude.max(point.latitude),
            ),
        }
    }
}

impl From<(i32, i32)> for Point {
    fn from((longitude, latitude): (i32, i32)) -> Self {
        Self::new(longitude, latitude)
    }
}

impl From<Point> for (i32, i32) {
    fn from(point: Point) -> Self {
        (point.longitude, point.latitude)
    }
}
