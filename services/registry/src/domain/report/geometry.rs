//! Boundaries against each other: siblings that overlap, children outside of their parent, land nobody covers.

use std::collections::BTreeMap;

use time::Date;

use super::within;
use crate::domain::{
    Area, AreaId, AreaLevel, Catalogue,
    geometry::{Boundary, Point, measure::Land},
};

/// Parents whose children are compared before a page ends, however little was found.
const PARENTS_MAX: usize = 100;

/// What can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Two areas of a tier inside the same parent cover the same land.
    Overlap,
    /// An area covers land outside of its parent.
    OutsideParent,
    /// Land that none of the areas inside covers.
    Uncovered,
    /// No boundary, although others inside the same parent have one.
    NoBoundary,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding<'a> {
    /// What it is.
    pub kind: Kind,
    /// Whose boundary.
    pub area: &'a AreaId,
    /// The sibling or the parent it does not fit to; none for uncovered land.
    pub other: Option<&'a AreaId>,
    /// How much land, in square metres.
    pub square_metres: u64,
    /// In how many pieces.
    pub pieces: usize,
    /// A point inside the largest.
    pub point: Option<Point>,
}

/// Findings, and where to go on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page<'a> {
    /// In the order of the parents' codes.
    pub findings: Vec<Finding<'a>>,
    /// The place after the last; `None`: this was all.
    pub next: Option<Cursor>,
}

/// A place in the list of findings: so many of a parent's are done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The parent.
    pub parent: String,
    /// How many of its findings were listed.
    pub done: usize,
}

/// What is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// An area and all below it; `None`: everything.
    pub around: Option<&'a str>,
    /// The day.
    pub day: Date,
    /// Less land than this is survey noise, in square metres.
    pub least: f64,
    /// How many findings.
    pub limit: usize,
}

/// Lists what is wrong, from a place on.
pub fn report<'a>(
    catalogue: &'a Catalogue,
    wanted: &Wanted<'_>,
    from: Option<&Cursor>,
) -> Page<'a> {
    let mut children: BTreeMap<&AreaId, Vec<&Area>> = BTreeMap::new();
    for area in within(catalogue, wanted.around, wanted.day) {
        // The area that is asked about is compared with what is inside it, not with what is around it.
        if let Some(parent) = area.parent_on(wanted.day)
            && wanted.around != Some(area.id.as_str())
        {
            children.entry(parent).or_default().push(area);
        }
    }
    let mut page = Page::default();
    let parents = children
        .into_iter()
        .filter(|(it, _)| from.is_none_or(|from| it.as_str() >= from.parent.as_str()));
    for (looked_at, (parent, children)) in parents.enumerate() {
        let done = from
            .filter(|it| it.parent == parent.as_str())
            .map_or(0, |it| it.done);
        let go_on = |done| {
            Some(Cursor {
                parent: parent.as_str().to_owned(),
                done,
            })
        };
        if looked_at >= PARENTS_MAX {
            page.next = go_on(0);
            return page;
        }
        let Some(parent) = catalogue.areas.get(parent.as_str()) else {
            continue;
        };
        let found = family(parent, &children, wanted);
        let room = wanted.limit - page.findings.len();
        let more = found.len() > done.saturating_add(room);
        page.findings
            .extend(found.into_iter().skip(done).take(room));
        if more {
            page.next = go_on(done + room);
            return page;
        }
    }
    page
}

/// What is wrong between a parent and its children.
fn family<'a>(parent: &'a Area, children: &[&'a Area], wanted: &Wanted<'_>) -> Vec<Finding<'a>> {
    let with: Vec<(&Area, &Boundary)> = children
        .iter()
        .filter_map(|it| Some((*it, it.on(wanted.day).boundary?)))
        .collect();
    let around = parent.on(wanted.day).boundary;
    let mut found = overlaps(&with, wanted);
    if let Some(around) = around.filter(|_| !with.is_empty()) {
        let around = Land::of(around);
        for (area, boundary) in &with {
            let outside = Land::of(boundary).without(&around);
            found.extend(finding(
                Kind::OutsideParent,
                &area.id,
                Some(&parent.id),
                &outside,
                wanted.least,
            ));
        }
        // Lanes and compounds need not fill their grid.
        let tiles = with.iter().filter(|(it, _)| it.level < AreaLevel::Lane);
        let tiles: Vec<Land> = tiles.map(|(_, it)| Land::of(it)).collect();
        if !tiles.is_empty() {
            let left = around.without(&Land::together(&tiles));
            found.extend(finding(
                Kind::Uncovered,
                &parent.id,
                None,
                &left,
                wanted.least,
            ));
        }
    }
    if !with.is_empty() {
        let without = children
            .iter()
            .filter(|it| it.level < AreaLevel::Lane && it.on(wanted.day).boundary.is_none());
        found.extend(without.map(|it| Finding {
            kind: Kind::NoBoundary,
            area: &it.id,
            other: Some(&parent.id),
            square_metres: 0,
            pieces: 0,
            point: None,
        }));
    }
    found
}

/// Siblings of one tier that cover the same land; lanes may cross.
fn overlaps<'a>(with: &[(&'a Area, &Boundary)], wanted: &Wanted<'_>) -> Vec<Finding<'a>> {
    let tiles = with.iter().filter(|(it, _)| it.level < AreaLevel::Lane);
    let mut tiles: Vec<_> = tiles.map(|(area, it)| (*area, *it, it.extent())).collect();
    tiles.sort_by_key(|it| it.2.least);
    let mut found = Vec::new();
    for (at, (one, boundary, extent)) in tiles.iter().enumerate() {
        let near = tiles[at + 1..]
            .iter()
            .take_while(|it| it.2.least.longitude <= extent.most.longitude)
            .filter(|it| it.2.meets(extent) && it.0.level == one.level);
        for (other, its, _) in near {
            let shared = Land::of(boundary).shared(&Land::of(its));
            let (first, second) = if one.id < other.id {
                (&one.id, &other.id)
            } else {
                (&other.id, &one.id)
            };
            found.extend(finding(
                Kind::Overlap,
                first,
                Some(second),
                &shared,
                wanted.least,
            ));
        }
    }
    found.sort_by_key(|it| (it.area, it.other));
    found
}

fn finding<'a>(
    kind: Kind,
    area: &'a AreaId,
    other: Option<&'a AreaId>,
    land: &Land,
    least: f64,
) -> Option<Finding<'a>> {
    let land = land.of_at_least(least);
    let point = land.point()?;
    Some(Finding {
        kind,
        area,
        other,
        square_metres: land.square_metres().round() as u64, // land on earth
        pieces: land.pieces(),
        point: Some(point),
    })
}
