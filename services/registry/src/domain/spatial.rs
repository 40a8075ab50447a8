//! Which area a point lies in (M5): an R*-tree over the boundaries of every state of every area.
//!
//! What must stay true: the answer is the one [`scan`] gives, which looks at every boundary; the tree only leaves out
//! those whose rectangle does not hold the point. Of several areas that contain a point the first in the order of
//! tiers (the narrowest first), land (the least first) and codes is the answer, so that it depends on nothing else.

use std::cmp::Reverse;

use rstar::{AABB, RTree, RTreeObject};
use time::Date;

use super::{
    Area, AreaId, AreaLevel, Table, Validity,
    geometry::{Boundary, Extent, Point},
};

/// The boundaries of a district, findable by point.
#[derive(Clone, Debug, Default)]
pub struct Spatial {
    tree: RTree<Piece>,
}

/// A boundary an area has or had.
#[derive(Clone, Debug)]
struct Piece {
    area: AreaId,
    /// The days on which it is the area's boundary.
    days: Validity,
    boundary: Boundary,
    extent: Extent,
    /// Its place in the order of all of them.
    rank: u32,
}

/// What decides between areas that contain the same point.
type Order<'a> = (Reverse<AreaLevel>, i128, &'a str);

impl Spatial {
    /// The boundaries of these areas.
    pub fn of(areas: &Table<Area>) -> Self {
        let mut pieces: Vec<_> = areas.iter().flat_map(pieces).collect();
        pieces.sort_by(|a, b| a.0.cmp(&b.0));
        let ranked = pieces
            .into_iter()
            .zip(0..)
            .map(|((_, area, days, boundary), rank)| {
                let extent = boundary.extent();
                let (area, boundary) = (area.id.clone(), boundary.clone());
                Piece {
                    area,
                    days,
                    boundary,
                    extent,
                    rank,
                }
            });
        Self {
            tree: RTree::bulk_load(ranked.collect()),
        }
    }

    /// The smallest area that contains a point on a day; if none does, the smallest whose border it lies on.
    pub fn locate(&self, point: Point, day: Date) -> Option<&AreaId> {
        let at = AABB::from_point(corner(point));
        let near = self.tree.locate_in_envelope_intersecting(&at);
        let mut near: Vec<_> = near.filter(|it| it.days.covers(day)).collect();
        near.sort_unstable_by_key(|it| it.rank);
        let inside = near.iter().find(|it| it.boundary.contains(point));
        let found = inside.or_else(|| near.iter().find(|it| it.boundary.borders(point)));
        found.map(|it| &it.area)
    }

    /// How many boundaries there are.
    pub fn len(&self) -> usize {
        self.tree.size()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.tree.size() == 0
    }
}

/// The same answer as [`Spatial::locate`] from a look at every boundary.
pub fn scan(areas: &Table<Area>, point: Point, day: Date) -> Option<&AreaId> {
    let on_day = areas.iter().flat_map(pieces).filter(|it| it.2.covers(day));
    let (mut inside, mut bordering): (Option<_>, Option<_>) = (None, None);
    for (order, area, _, boundary) in on_day {
        let first = |best: &Option<(Order<'_>, _)>| best.as_ref().is_none_or(|it| order < it.0);
        if boundary.contains(point) {
            if first(&inside) {
                inside = Some((order, &area.id));
            }
        } else if boundary.borders(point) && first(&bordering) {
            bordering = Some((order, &area.id));
        }
    }
    inside.or(bordering).map(|it| it.1)
}

/// Every boundary an area has or had, with its days.
fn pieces(area: &Area) -> impl Iterator<Item = (Order<'_>, &Area, Validity, &Boundary)> {
    area.states().filter_map(move |state| {
        let boundary = state.boundary?;
        let order = (Reverse(area.level), boundary.size(), area.id.as_str());
        Some((order, area, state.validity, boundary))
    })
}

fn corner(point: Point) -> [f64; 2] {
    [point.longitude, point.latitude].map(f64::from)
}

impl RTreeObject for Piece {
    type Envelope = AABB<[f64; 2]>;

    fn envelope(&self) -> Self::Envelope {
        // Whole numbers of 32 bits are exact.
        AABB::from_corners(corner(self.extent.least), corner(self.extent.most))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::{OffsetDateTime, macros::date};

    use super::*;
    use crate::domain::{Id, Kept, geometry::UNITS};

    const DAY: Date = date!(2026 - 02 - 02);

    fn at(x: i32, y: i32) -> Point {
        Point::new(117 * UNITS + x, 34 * UNITS + y)
    }

    fn rectangle((x, y): (i32, i32), (width, height): (i32, i32)) -> Boundary {
        let corners = [
            (x, y),
            (x + width, y),
            (x + width, y + height),
            (x, y + height),
        ];
        let ring = corners.iter().map(|(x, y)| at(*x, *y)).collect();
        Boundary::new(vec![vec![ring]]).unwrap()
    }

    fn table(areas: Vec<Area>) -> Table<Area> {
        let mut table = Table::default();
        for item in areas {
            let (version, changed_at) = (1, OffsetDateTime::UNIX_EPOCH);
            table.put(Kept {
                item,
                version,
                changed_at,
            });
        }
        table
    }

    fn area(id: &str, level: AreaLevel, boundary: Boundary) -> Area {
        let mut area = Area::new(Id::stored(id), id, level);
        area.boundary = Some(boundary);
        area
    }

    fn found(areas: &Table<Area>, point: Point, day: Date) -> Option<String> {
        let found = Spatial::of(areas).locate(point, day).cloned();
        assert_eq!(found.as_ref(), scan(areas, point, day));
        found.map(|it| it.to_string())
    }

    /// Proves M5.
    #[test]
    fn a_point_leads_to_the_smallest_area_around_it() {
        use AreaLevel::*;
        let areas = table(vec![
            area("street", Street, rectangle((0, 0), (1000, 1000))),
            area("one", Community, rectangle((0, 0), (500, 1000))),
            area("grid", Grid, rectangle((0, 0), (500, 500))),
            area("yard", Grid, rectangle((100, 100), (50, 50))),
        ]);
        assert_eq!(found(&areas, at(10, 10), DAY).as_deref(), Some("grid"));
        assert_eq!(
            found(&areas, at(120, 120), DAY).as_deref(),
            Some("yard"),
            "less land"
        );
        assert_eq!(found(&areas, at(10, 700), DAY).as_deref(), Some("one"));
        assert_eq!(found(&areas, at(700, 700), DAY).as_deref(), Some("street"));
        assert_eq!(
            found(&areas, at(500, 10), DAY).as_deref(),
            Some("street"),
            "to the east"
        );
        assert_eq!(
            found(&areas, at(1000, 10), DAY).as_deref(),
            Some("street"),
            "outer border"
        );
        assert_eq!(found(&areas, at(1001, 10), DAY), None);
        assert_eq!(
            found(&areas, Point::new(-180 * UNITS, 90 * UNITS), DAY),
            None
        );
    }

    /// Proves M5.
    #[test]
    fn a_boundary_counts_on_its_days_only() {
        let before = area("grid", AreaLevel::Grid, rectangle((0, 0), (500, 500)));
        let moved = rectangle((500, 0), (500, 500));
        let mut grid = before
            .changed(Some(DAY), |it| it.boundary = Some(moved))
            .unwrap();
        grid.validity.last = Some(date!(2026 - 12 - 31));
        let areas = table(vec![grid]);
        let (old, new) = (at(10, 10), at(510, 10));
        assert_eq!(found(&areas, old, DAY), None);
        assert_eq!(found(&areas, new, DAY).as_deref(), Some("grid"));
        assert_eq!(
            found(&areas, old, date!(2026 - 02 - 01)).as_deref(),
            Some("grid")
        );
        assert_eq!(found(&areas, new, date!(2027 - 01 - 01)), None);
    }

    proptest! {
        /// Proves M5.
        #[test]
        fn the_index_answers_as_a_scan_does(
            rectangles in proptest::collection::vec(((0..40_i32, 0..40_i32), (1..20_i32, 1..20_i32), 0..4_usize, 0..3_i64), 1..30),
            points in proptest::collection::vec((-1..61_i32, -1..61_i32), 20),
        ) {
            let levels = [AreaLevel::Street, AreaLevel::Community, AreaLevel::Grid, AreaLevel::Lane];
            let areas = rectangles.into_iter().enumerate().map(|(index, (corner, size, level, days))| {
                let mut area = area(&format!("a{index}"), levels[level], rectangle(corner, size));
                area.validity.first = DAY.checked_add(time::Duration::days(days));
                area
            });
            let areas = table(areas.collect());
            let index = Spatial::of(&areas);
            for (x, y) in points {
                for day in [DAY, date!(2026 - 02 - 03), date!(2026 - 02 - 04)] {
                    prop_assert_eq!(index.locate(at(x, y), day), scan(&areas, at(x, y), day));
                }
            }
        }
    }
}
