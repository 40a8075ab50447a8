//! What makes rings a boundary: every flaw of them at once, each with its place.

use std::collections::BTreeMap;

use super::{
    Boundary, POINTS_MAX, Point, Polygon, RINGS_MAX, Ring,
    cross::{Meeting, Wide, lies_on, meet},
};

/// Something that is wrong with a boundary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// Which polygon, from 0; `None`: the boundary as a whole.
    pub polygon: Option<usize>,
    /// Which of its rings, 0 the outer one; `None`: the polygon as a whole.
    pub ring: Option<usize>,
    /// Which of its points; `None`: the ring as a whole.
    pub point: Option<usize>,
    /// What is wrong.
    pub fault: Fault,
}

/// What can be wrong with a boundary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A list that must not be empty.
    Empty,
    /// More points or rings than are taken.
    TooMany,
    /// Not on the globe.
    OffEarth,
    /// On the globe, but not in China.
    Abroad,
    /// A ring with fewer than three different points, or without land.
    NoLand,
    /// A ring that crosses or touches itself; the point begins the line.
    CrossesItself,
    /// Rings that cross or run along each other; the point begins the line.
    CrossesAnother,
    /// A hole that is not inside the outer ring.
    HoleOutside,
    /// A hole inside of another hole.
    HoleInHole,
    /// A piece of land inside of another one.
    Overlaps,
}

impl Fault {
    /// In English and Chinese.
    pub fn text(self) -> (&'static str, &'static str) {
        match self {
            Self::Empty => ("must not be empty", "不能为空"),
            Self::TooMany => (
                "has more than 20000 points or 1000 rings",
                "超过 20000 个点或 1000 个环",
            ),
            Self::OffEarth => (
                "must be a longitude from -180 to 180 first, then a latitude from -90 to 90",
                "先经度（-180 至 180），后纬度（-90 至 90）",
            ),
            Self::Abroad => (
                "is not in China: longitude 73 to 136 first, then latitude 3 to 54",
                "不在中国境内：先经度（73 至 136），后纬度（3 至 54）",
            ),
            Self::NoLand => (
                "a ring needs at least three different points and some land inside",
                "环至少需要三个不同的点，且须围成面积",
            ),
            Self::CrossesItself => ("the ring crosses or touches itself here", "环在此处自相交"),
            Self::CrossesAnother => (
                "the ring crosses or runs along another one here",
                "环在此处与另一环相交或重叠",
            ),
            Self::HoleOutside => ("the hole is not inside the outer ring", "洞不在外环之内"),
            Self::HoleInHole => ("the hole lies in another hole", "洞位于另一个洞之内"),
            Self::Overlaps => (
                "this piece of land lies in another one",
                "该部分与另一部分重叠",
            ),
        }
    }
}

/// Bad meetings after which the sweep stops: rings made to keep it busy have millions.
const MEETINGS_MAX: usize = 1_000;

/// A line of a ring.
#[derive(Clone, Copy)]
struct Line {
    polygon: usize,
    ring: usize,
    /// Which point it begins with, and how many its ring has.
    at: usize,
    of: usize,
    ends: (Wide, Wide),
}

/// A ring while it is checked, and which of the given points each of its points was.
struct Given {
    ring: Ring,
    origins: Vec<usize>,
}

pub(super) fn boundary(polygons: Vec<Vec<Vec<Point>>>) -> Result<Boundary, Vec<Flaw>> {
    let mut flaws = Vec::new();
    whole(&polygons, &mut flaws);
    if !flaws.is_empty() {
        return Err(flaws);
    }
    let mut given: Vec<Vec<Given>> = Vec::with_capacity(polygons.len());
    for (index, rings) in polygons.iter().enumerate() {
        let rings = rings.iter().enumerate();
        let rings = rings.filter_map(|(at, points)| ring(points, (index, at), &mut flaws));
        given.push(rings.collect());
    }
    if flaws.is_empty() {
        flaws = meetings(&given);
    }
    if flaws.is_empty() {
        flaws = nesting(&given);
    }
    if !flaws.is_empty() {
        return Err(flaws);
    }
    let polygons = given.into_iter().map(|rings| Polygon {
        rings: rings
            .into_iter()
            .enumerate()
            .map(|(at, it)| turned(it.ring, at == 0))
            .collect(),
    });
    Ok(Boundary {
        polygons: polygons.collect(),
    })
}

/// What is seen without looking at points.
fn whole(polygons: &[Vec<Vec<Point>>], flaws: &mut Vec<Flaw>) {
    let flaw = |polygon, ring, fault| Flaw {
        polygon,
        ring,
        point: None,
        fault,
    };
    if polygons.is_empty() {
        flaws.push(flaw(None, None, Fault::Empty));
    }
    let rings: usize = polygons.iter().map(Vec::len).sum();
    let points: usize = polygons.iter().flatten().map(Vec::len).sum();
    if rings > RINGS_MAX || points > POINTS_MAX {
        flaws.push(flaw(None, None, Fault::TooMany));
        return;
    }
    for (index, polygon) in polygons.iter().enumerate() {
        if polygon.is_empty() {
            flaws.push(flaw(Some(index), None, Fault::Empty));
        }
    }
}

/// A ring on its own: its points in range, no point twice in a row.
fn ring(points: &[Point], (polygon, ring): (usize, usize), flaws: &mut Vec<Flaw>) -> Option<Given> {
    let flaw = |point, fault| Flaw {
        polygon: Some(polygon),
        ring: Some(ring),
        point,
        fault,
    };
    let before = flaws.len();
    for (at, point) in points.iter().enumerate() {
        if !point.is_on_earth() {
            flaws.push(flaw(Some(at), Fault::OffEarth));
        } else if !point.is_in_china() {
            flaws.push(flaw(Some(at), Fault::Abroad));
        }
    }
    if flaws.len() > before {
        return None;
    }
    let mut kept: Vec<(usize, Point)> = points.iter().copied().enumerate().collect();
    kept.dedup_by_key(|it| it.1);
    while kept.len() > 1 && kept.first().map(|it| it.1) == kept.last().map(|it| it.1) {
        kept.pop();
    }
    let (origins, points) = kept.into_iter().unzip();
    let ring = Ring { points };
    if ring.points.len() < 3 || is_straight(&ring.points) {
        flaws.push(flaw(None, Fault::NoLand));
        return None;
    }
    Some(Given { ring, origins })
}

/// Whether all points lie on one line. A ring that goes as much to the left as to the right crosses itself, which is
/// said where it does.
fn is_straight(points: &[Point]) -> bool {
    let off = |a: Point, b: Point| {
        let (x, y) = (
            i64::from(b.longitude) - i64::from(a.longitude),
            i64::from(b.latitude) - i64::from(a.latitude),
        );
        (x, y)
    };
    let (x, y) = off(points[0], points[1]);
    points.iter().all(|it| {
        let (to_x, to_y) = off(points[0], *it);
        x * to_y == y * to_x
    })
}

/// As RFC 7946 wants it; the first point stays the first.
fn turned(mut ring: Ring, outer: bool) -> Ring {
    if (ring.turn() > 0) != outer {
        ring.points[1..].reverse();
    }
    ring
}

/// Lines that meet where they must not, found by a sweep from west to east; one flaw per pair of rings, at the first
/// of its points.
fn meetings(polygons: &[Vec<Given>]) -> Vec<Flaw> {
    let mut lines = lines(polygons);
    lines.sort_by_key(|it| it.ends.0.x.min(it.ends.1.x));
    let mut active: Vec<Line> = Vec::new();
    let mut found: BTreeMap<[(usize, usize); 2], Flaw> = BTreeMap::new();
    let mut count = 0;
    for line in lines {
        let west = line.ends.0.x.min(line.ends.1.x);
        active.retain(|it| it.ends.0.x.max(it.ends.1.x) >= west);
        for other in &active {
            let Some(fault) = refused(&line, other) else {
                continue;
            };
            count += 1;
            let mut both = [line, *other];
            both.sort_by_key(|it| (it.polygon, it.ring, it.at));
            let rings = both.map(|it| (it.polygon, it.ring));
            // Of two rings the later one is named, of one ring the earlier line.
            let named = if rings[0] == rings[1] {
                both[0]
            } else {
                both[1]
            };
            let flaw = Flaw {
                polygon: Some(named.polygon),
                ring: Some(named.ring),
                point: Some(polygons[named.polygon][named.ring].origins[named.at]),
                fault,
            };
            let there = found.entry(rings).or_insert_with(|| flaw.clone());
            if flaw.point < there.point {
                *there = flaw;
            }
        }
        if count > MEETINGS_MAX {
            break;
        }
        active.push(line);
    }
    found.into_values().collect()
}

fn lines(polygons: &[Vec<Given>]) -> Vec<Line> {
    let mut lines = Vec::new();
    for (polygon, rings) in polygons.iter().enumerate() {
        for (ring, given) in rings.iter().enumerate() {
            let of = given.ring.points.len();
            let edges = given.ring.edges().enumerate();
            lines.extend(edges.map(|(at, ends)| Line {
                polygon,
                ring,
                at,
                of,
                ends,
            }));
        }
    }
    lines
}

/// What is wrong with two lines meeting, if anything.
fn refused(one: &Line, two: &Line) -> Option<Fault> {
    let (low, high) = (
        one.ends.0.y.min(one.ends.1.y),
        one.ends.0.y.max(one.ends.1.y),
    );
    if two.ends.0.y.max(two.ends.1.y) < low || two.ends.0.y.min(two.ends.1.y) > high {
        return None;
    }
    let meeting = meet(one.ends, two.ends);
    if (one.polygon, one.ring) != (two.polygon, two.ring) {
        // Rings may touch in a point.
        return matches!(meeting, Meeting::Cross | Meeting::Overlap)
            .then_some(Fault::CrossesAnother);
    }
    let neighbours = (one.at + 1) % one.of == two.at || (two.at + 1) % two.of == one.at;
    match meeting {
        Meeting::Apart => None,
        Meeting::Touch if neighbours => None,
        _ => Some(Fault::CrossesItself),
    }
}

/// Holes inside their outer ring and beside each other, pieces of land beside each other. No line crosses another.
fn nesting(polygons: &[Vec<Given>]) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    let flaw = |polygon, ring, fault| Flaw {
        polygon: Some(polygon),
        ring: Some(ring),
        point: None,
        fault,
    };
    let polygons: Vec<Vec<&Ring>> = polygons
        .iter()
        .map(|it| it.iter().map(|it| &it.ring).collect())
        .collect();
    for (index, polygon) in polygons.iter().enumerate() {
        let (outer, holes) = (polygon[0], &polygon[1..]);
        for (at, hole) in holes.iter().enumerate() {
            let mut others = holes.iter().enumerate().filter(|(it, _)| *it != at);
            if samples(hole, outer).any(|it| !outer.is_around(it)) {
                flaws.push(flaw(index, at + 1, Fault::HoleOutside));
            } else if others.any(|(_, it)| is_inside(hole, it)) {
                flaws.push(flaw(index, at + 1, Fault::HoleInHole));
            }
        }
        let inside = |other: &[&Ring]| {
            let in_hole = |hole: &&Ring| samples(polygon[0], hole).all(|it| hole.is_around(it));
            is_inside(polygon[0], other[0]) && !other[1..].iter().any(in_hole)
        };
        let mut others = polygons.iter().enumerate().filter(|(it, _)| *it != index);
        if others.any(|(_, it)| inside(it)) {
            flaws.push(flaw(index, 0, Fault::Overlaps));
        }
    }
    flaws
}

/// Whether some of a ring runs inside another one.
fn is_inside(ring: &Ring, other: &Ring) -> bool {
    samples(ring, other).any(|it| other.is_around(it))
}

/// A point of each part of a ring that lies between two touches of another ring: each such part is wholly inside or
/// wholly outside of it.
fn samples<'a>(ring: &'a Ring, other: &'a Ring) -> impl Iterator<Item = Wide> + 'a {
    let extent = |it: &Ring| {
        let (mut low, mut high) = (Wide::of(it.points[0]), Wide::of(it.points[0]));
        for point in it.points.iter().map(|it| Wide::of(*it)) {
            (low.x, low.y) = (low.x.min(point.x), low.y.min(point.y));
            (high.x, high.y) = (high.x.max(point.x), high.y.max(point.y));
        }
        (low, high)
    };
    let ((low, high), (other_low, other_high)) = (extent(ring), extent(other));
    let apart = low.x > other_high.x
        || other_low.x > high.x
        || low.y > other_high.y
        || other_low.y > high.y;
    // Rings that are far from each other: one point says all.
    let count = if apart { 1 } else { ring.points.len() };
    ring.edges().take(count).flat_map(move |(a, b)| {
        let corners = other.points.iter().filter(|_| !apart);
        let on = corners
            .map(|it| Wide::of(*it))
            .filter(|it| lies_on(*it, a, b));
        let mut stops: Vec<Wide> = on.chain([a, b]).collect();
        stops.sort_unstable();
        stops.dedup();
        let middles: Vec<_> = stops.windows(2).map(|it| it[0].middle(it[1])).collect();
        middles
    })
}
