//! Where lines and points lie to each other, exactly.
//!
//! Coordinates are doubled, so that the middle of a line is a whole number too. A line in China is at most 1.3e9 of
//! these long in either direction: its products fit into 64 bits. [`is_east_of`] alone is asked about points anywhere.

use super::Point;

/// A point in half units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Wide {
    pub(super) x: i64,
    pub(super) y: i64,
}

/// How two lines meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meeting {
    /// Not at all.
    Apart,
    /// In one point that is an end of at least one of them.
    Touch,
    /// In one point inside both.
    Cross,
    /// In more than one point.
    Overlap,
}

impl Wide {
    pub(super) fn of(point: Point) -> Self {
        Self {
            x: i64::from(point.longitude) * 2,
            y: i64::from(point.latitude) * 2,
        }
    }

    /// The point halfway to another one; both must have been made of whole units.
    pub(super) fn middle(self, other: Self) -> Self {
        Self {
            x: i64::midpoint(self.x, other.x),
            y: i64::midpoint(self.y, other.y),
        }
    }
}

/// On which side of the line from `a` to `b` a point lies: positive to the left, zero on it.
fn side(a: Wide, b: Wide, point: Wide) -> i128 {
    let (dx, dy) = (i128::from(b.x - a.x), i128::from(b.y - a.y));
    dx * i128::from(point.y - a.y) - dy * i128::from(point.x - a.x)
}

/// What a line adds to twice the land of its ring, in whole units.
pub(super) fn turn(a: Wide, b: Wide) -> i128 {
    (i128::from(a.x) * i128::from(b.y) - i128::from(b.x) * i128::from(a.y)) / 4
}

/// Whether a ray from a point to the east crosses a line. A point on the line lies west of nothing: it counts as a
/// hair further east, and a hair of that further north.
pub(super) fn is_east_of(a: Wide, b: Wide, point: Wide) -> bool {
    let (low, high) = if a.y < b.y { (a, b) } else { (b, a) };
    if !(low.y <= point.y && point.y < high.y) {
        return false;
    }
    if point.x >= low.x.max(high.x) {
        return false;
    }
    point.x < low.x.min(high.x) || side(low, high, point) > 0
}

/// Whether a point lies on a line, its ends included.
pub(super) fn lies_on(point: Wide, a: Wide, b: Wide) -> bool {
    let within = |it: i64, one: i64, two: i64| one.min(two) <= it && it <= one.max(two);
    within(point.x, a.x, b.x) && within(point.y, a.y, b.y) && side(a, b, point) == 0
}

/// How two lines meet.
pub(super) fn meet((a, b): (Wide, Wide), (c, d): (Wide, Wide)) -> Meeting {
    let sides = [side(a, b, c), side(a, b, d), side(c, d, a), side(c, d, b)].map(i128::signum);
    if sides[0] * sides[1] < 0 && sides[2] * sides[3] < 0 {
        return Meeting::Cross;
    }
    let ends = [
        lies_on(c, a, b),
        lies_on(d, a, b),
        lies_on(a, c, d),
        lies_on(b, c, d),
    ];
    if ends.iter().all(|it| !it) {
        return Meeting::Apart;
    }
    // Lines on one line overlap if they share two different points; every end that lies on the other is shared.
    let shared = [c, d, a, b]
        .into_iter()
        .zip(ends)
        .filter_map(|(point, on)| on.then_some(point));
    let mut shared = shared.collect::<Vec<_>>();
    shared.sort_unstable();
    shared.dedup();
    if shared.len() > 1 {
        Meeting::Overlap
    } else {
        Meeting::Touch
    }
}
