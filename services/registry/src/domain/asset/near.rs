//! What stands near a point: an R-tree over the surveyed assets, in degrees.

use std::sync::{Arc, OnceLock};

use rstar::{AABB, RTree, primitives::GeomWithData};

use super::{Asset, AssetId};
use crate::domain::{
    Table,
    distance::{Centimetres, between},
    geometry::{Point, UNITS},
};

/// Metres of a degree of latitude, rounded down: a search may look a little too far, never too short.
const METRES: f64 = 111_000.0;

/// The index, built when it is first asked, and what it is built from.
#[derive(Debug, Default)]
pub struct Near {
    assets: Table<Asset>,
    tree: OnceLock<Tree>,
}

type Tree = RTree<GeomWithData<[f64; 2], AssetId>>;

/// An asset and how far away it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Nearby<'a> {
    /// How far.
    pub distance: Centimetres,
    /// The asset.
    pub asset: &'a AssetId,
}

impl Near {
    /// The index of these assets: the one there is, if no asset has changed.
    pub fn of(assets: &Table<Asset>, before: &Arc<Self>) -> Arc<Self> {
        if before.assets.is_same(assets) {
            return Arc::clone(before);
        }
        Arc::new(Self {
            assets: assets.clone(),
            tree: OnceLock::new(),
        })
    }

    fn tree(&self) -> &Tree {
        self.tree.get_or_init(|| {
            let surveyed = self.assets.iter().filter_map(|it| {
                let position = it.position?;
                Some(GeomWithData::new(degrees(position), it.id.clone()))
            });
            RTree::bulk_load(surveyed.collect())
        })
    }

    /// The assets within a radius, the nearest first; of two as near the one with the smaller code.
    pub fn within(&self, point: Point, radius_m: u32) -> Vec<Nearby<'_>> {
        let [east, north] = degrees(point);
        let reach = f64::from(radius_m) / METRES;
        // Where a degree of longitude is shortest; near a pole it is all the way round.
        let shrink = (north.abs() + reach).min(89.9).to_radians().cos();
        let wide = (reach / shrink).min(360.0);
        let box_around =
            AABB::from_corners([east - wide, north - reach], [east + wide, north + reach]);
        let radius = Centimetres::from(radius_m) * 100;
        let candidates = self.tree().locate_in_envelope(&box_around);
        let mut near: Vec<_> = candidates
            .map(|it| Nearby {
                distance: between(point, units(*it.geom())),
                asset: &it.data,
            })
            .filter(|it| it.distance <= radius)
            .collect();
        near.sort_by(|a, b| a.distance.cmp(&b.distance).then(a.asset.cmp(b.asset)));
        near
    }
}

fn degrees(point: Point) -> [f64; 2] {
    [point.longitude, point.latitude].map(|it| f64::from(it) / f64::from(UNITS))
}

#[allow(clippy::cast_possible_truncation)] // it was made of an i32
fn units([east, north]: [f64; 2]) -> Point {
    let unit = |it: f64| (it * f64::from(UNITS)).round() as i32;
    Point::new(unit(east), unit(north))
}
