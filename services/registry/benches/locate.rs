//! How long a point takes to become an area, in a district of so many boundaries, beside a look at every one of them.
//!
//! `cargo bench -p liandong-registry --bench locate -- [BOUNDARIES] [POINTS]`; 100,000 boundaries without. The
//! boundaries are what a city has: streets that tile it, communities that tile the streets, grids that tile the
//! communities, wavy borders that neighbours share. A sample of points is also looked up by the scan: both must agree.
#![allow(clippy::unwrap_used, missing_docs)]

use std::time::{Duration, Instant};

use liandong_registry::domain::{
    Area, AreaLevel, Catalogue, Entry, Id,
    geometry::{Boundary, Point},
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use time::{Date, OffsetDateTime, macros::date};

const DAY: Date = date!(2026 - 02 - 02);
/// Grids along the side of a community, communities along the side of a street.
const GRIDS: i32 = 4;
const COMMUNITIES: i32 = 5;
/// A grid's side in 1e-7 degrees: about 300 metres.
const SIDE: i32 = 30_000;
/// Points on each side of a grid.
const STEPS: i32 = 4;
/// Points that are looked up both ways, unless that takes longer than [`SCANNING`]: a look at every boundary is slow.
const SAMPLE: usize = 300;
const SCANNING: Duration = Duration::from_secs(60);

fn main() {
    let numbers: Vec<usize> = std::env::args()
        .skip(1)
        .filter(|it| !it.starts_with("--"))
        .map(|it| it.parse().unwrap())
        .collect();
    let boundaries = numbers.first().copied().unwrap_or(100_000);
    let points = numbers.get(1).copied().unwrap_or(200_000);

    let areas = areas(boundaries);
    let (count, corners) = (areas.len(), corners(&areas));
    let entries: Vec<_> = areas.into_iter().map(Entry::Area).collect();
    let began = Instant::now();
    let catalogue = Catalogue::empty("990101").with(&entries, OffsetDateTime::UNIX_EPOCH);
    println!(
        "{count} boundaries with {corners} points, indexed in {:.0?}",
        began.elapsed()
    );
    let began = Instant::now();
    let again = catalogue.with(&[], OffsetDateTime::UNIX_EPOCH);
    println!(
        "sealed again without a changed area in {:.1?}",
        began.elapsed()
    );

    let mut random = ChaCha8Rng::seed_from_u64(1);
    let extent = extent(boundaries);
    let mut point = || {
        let mut to = || random.random_range(-SIDE..extent + SIDE);
        Point::new(1_000_000_000 + to(), 300_000_000 + to())
    };
    let points: Vec<_> = (0..points).map(|_| point()).collect();
    let mut times = Vec::with_capacity(points.len());
    let mut found = 0;
    for point in &points {
        let began = Instant::now();
        let area = again.locate_point(*point, DAY);
        times.push(began.elapsed());
        found += usize::from(area.is_some_and(|it| it.level == AreaLevel::Grid));
    }
    report("index", &mut times);
    println!("  {found} of {} points lie in a grid", points.len());

    let (scanning, mut times) = (Instant::now(), Vec::with_capacity(SAMPLE));
    for point in points.iter().take(SAMPLE) {
        if scanning.elapsed() > SCANNING {
            break;
        }
        let began = Instant::now();
        let scanned = again.scan_point(*point, DAY).map(|it| &it.id);
        times.push(began.elapsed());
        let located = again.locate_point(*point, DAY).map(|it| &it.id);
        assert_eq!(located, scanned, "{point:?}");
    }
    report("scan", &mut times);
    println!("  both agree on {} points", times.len());
}

fn report(what: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let at = |percent: usize| times[(times.len() - 1) * percent / 100];
    println!(
        "{what}: p50 {:.1?}, p99 {:.1?}, worst {:.1?}",
        at(50),
        at(99),
        times[times.len() - 1]
    );
}

/// Streets along the side of a city with at least so many boundaries.
fn streets(boundaries: usize) -> i32 {
    let of_one = 1 + COMMUNITIES * COMMUNITIES * (1 + GRIDS * GRIDS);
    let fits = |side: &i32| usize::try_from(side * side * of_one).unwrap() >= boundaries;
    (1..).find(fits).unwrap()
}

fn extent(boundaries: usize) -> i32 {
    streets(boundaries) * COMMUNITIES * GRIDS * SIDE
}

fn areas(boundaries: usize) -> Vec<Area> {
    let mut areas = Vec::new();
    let side = streets(boundaries);
    let (of_street, of_community) = (COMMUNITIES * GRIDS, GRIDS);
    for level in [AreaLevel::Street, AreaLevel::Community, AreaLevel::Grid] {
        let width = match level {
            AreaLevel::Street => of_street,
            AreaLevel::Community => of_community,
            _ => 1,
        };
        let across = side * of_street / width;
        for (row, column) in (0..across).flat_map(|row| (0..across).map(move |it| (row, it))) {
            let id = Id::new(&format!("{level:?}-{row}-{column}").to_lowercase()).unwrap();
            let mut area = Area::new(id, "某地", level);
            area.boundary = Some(tile(column * width, row * width, width));
            areas.push(area);
        }
    }
    areas.truncate(boundaries);
    areas
}

/// A square of so many grids whose sides run as those of its neighbours do.
fn tile(column: i32, row: i32, width: i32) -> Boundary {
    let steps = width * STEPS;
    let (x, y) = (column * STEPS, row * STEPS);
    let south = (0..steps).map(|it| (x + it, y));
    let east = (0..steps).map(|it| (x + steps, y + it));
    let north = (0..steps).map(|it| (x + steps - it, y + steps));
    let west = (0..steps).map(|it| (x, y + steps - it));
    let ring = south.chain(east).chain(north).chain(west).map(corner);
    Boundary::new(vec![vec![ring.collect()]]).unwrap()
}

/// A point of the net that everything lies on, a little off its place.
fn corner((x, y): (i32, i32)) -> Point {
    let step = SIDE / STEPS;
    let wave =
        |a: i32, b: i32| (a.wrapping_mul(7_919) ^ b.wrapping_mul(104_729)).rem_euclid(step / 3);
    Point::new(
        1_000_000_000 + x * step + wave(x, y),
        300_000_000 + y * step + wave(y, x + 1),
    )
}

fn corners(areas: &[Area]) -> usize {
    areas
        .iter()
        .filter_map(|it| it.boundary.as_ref())
        .map(Boundary::points)
        .sum()
}
