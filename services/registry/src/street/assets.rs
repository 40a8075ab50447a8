//! The sections `asset_kinds` and `assets`.

use super::{
    Section,
    boundary::units,
    fields::{Fields, join},
    write::{Map, Out, Written},
};
use crate::domain::{
    Asset, AssetKind, Entry, Reason,
    asset::{AssetState, StateChange},
    geometry::Point,
};

const STATE: (&str, &str) = (
    "one of IN_USE, DAMAGED, MISSING, ABANDONED, REMOVED",
    "部件状态（完好、破损、丢失、废弃、移除）",
);
const DEGREES: (&str, &str) = ("degrees such as 117.1836412", "经纬度（如117.1836412）");

pub(super) fn kinds(section: &mut Section<'_>, root: &Fields<'_>) {
    for fields in root.maps("asset_kinds") {
        let id = fields.needed_id("id");
        let name = fields.needed_text("name");
        let class_name = fields.needed_text("class");
        let class_code = fields.text("class_code").unwrap_or_default();
        let code_digits = fields.count("code_digits");
        let validity = fields.validity();
        let item = (|| {
            Some(AssetKind {
                id: id.clone()?,
                name: name?,
                class_name: class_name?,
                class_code,
                code_digits: code_digits.unwrap_or(AssetKind::CODE_DIGITS),
                validity,
            })
        })();
        section.entry(fields, id.as_ref(), item.map(Entry::AssetKind));
    }
}

pub(super) fn assets(section: &mut Section<'_>, root: &Fields<'_>) {
    for fields in root.maps("assets") {
        let id = fields.needed_id("code");
        let name = fields.needed_text("name");
        let (kind, area) = (fields.needed_id("kind"), fields.needed_id("area"));
        let (owner, maintenance_unit) = (fields.id("owner"), fields.id("maintenance"));
        let competent_unit = fields.id("competent");
        let position = position(&fields);
        let address = fields.text("address").unwrap_or_default();
        let states = states(&fields);
        let source = fields.text("source").unwrap_or_default();
        let note = fields.text("note").unwrap_or_default();
        let validity = fields.validity();
        let item = (|| {
            Some(Asset {
                id: id.clone()?,
                name: name?,
                kind: kind?,
                owner,
                maintenance_unit,
                competent_unit,
                position,
                area: area?,
                address,
                states,
                source,
                note,
                validity,
            })
        })();
        section.entry(fields, id.as_ref(), item.map(Entry::Asset));
    }
}

/// `longitude` and `latitude`, or `position` as a GeoJSON point.
fn position(fields: &Fields<'_>) -> Option<Point> {
    let flat = degrees(fields);
    let Some(node) = fields.node("position") else {
        return flat;
    };
    if flat.is_some() {
        let text = "give `position` or `longitude` and `latitude`, not both";
        let zh = "“position”与“longitude”“latitude”只能写一种";
        fields.wrong("position", Reason::NotAllowed, text, zh);
    }
    let map = Fields::of(fields.findings, join(&fields.path, "position"), node)?;
    let is_point = |it: &str| (it == "Point").then_some(());
    let point = map.needed("type", ("Point", "Point"), is_point);
    let read = map.values("coordinates", DEGREES, units);
    if point.is_some() && map.is_sound() && !(2..=3).contains(&read.len()) {
        let text = "a point has a longitude and a latitude";
        map.wrong(
            "coordinates",
            Reason::Malformed,
            text,
            "点坐标应为经度、纬度",
        );
    }
    map.finish();
    Some(Point::new(*read.first()?, *read.get(1)?))
}

/// `longitude` and `latitude`: both or none.
pub(super) fn degrees(fields: &Fields<'_>) -> Option<Point> {
    let longitude = fields.read("longitude", DEGREES, units);
    let latitude = fields.read("latitude", DEGREES, units);
    for (key, other) in [("longitude", "latitude"), ("latitude", "longitude")] {
        if fields.node(key).is_none() && fields.node(other).is_some() {
            fields.missing(key);
        }
    }
    Some(Point::new(longitude?, latitude?))
}

/// `state` with `state_from`, or `states` with their days; none: in use.
fn states(fields: &Fields<'_>) -> Vec<StateChange> {
    let state = fields.read("state", STATE, AssetState::parse);
    let first = fields.day("state_from");
    let mut states = Vec::new();
    for each in fields.maps("states") {
        let state = each.needed("state", STATE, AssetState::parse);
        let (first, note) = (each.day("from"), each.text("note").unwrap_or_default());
        states.extend(state.map(|state| StateChange { state, first, note }));
        each.finish();
    }
    let Some(state) = state else {
        if first.is_some() {
            fields.missing("state");
        }
        if states.is_empty() {
            states.push(StateChange {
                state: AssetState::InUse,
                first: None,
                note: String::new(),
            });
        }
        return states;
    };
    if !states.is_empty() {
        let text = "give `state` or `states`, not both";
        fields.wrong(
            "state",
            Reason::NotAllowed,
            text,
            "“state”与“states”只能写一个",
        );
    }
    vec![StateChange {
        state,
        first,
        note: String::new(),
    }]
}

impl Written for AssetKind {
    fn write(&self) -> Map {
        let digits = Some(self.code_digits).filter(|it| *it != Self::CODE_DIGITS);
        Map::new()
            .text("id", &self.id)
            .text("name", &self.name)
            .text("class", &self.class_name)
            .words("class_code", &self.class_code)
            .number("code_digits", digits)
            .validity(self.validity)
    }
}

impl Written for Asset {
    fn write(&self) -> Map {
        let map = Map::new()
            .text("code", &self.id)
            .text("name", &self.name)
            .text("kind", &self.kind)
            .some("owner", self.owner.as_ref())
            .some("maintenance", self.maintenance_unit.as_ref())
            .some("competent", self.competent_unit.as_ref());
        let map = match self.position {
            Some(position) => map.map("position", point(position)),
            None => map,
        };
        let map = map.text("area", &self.area).words("address", &self.address);
        let map = match self.states.as_slice() {
            [only] if only.note.is_empty() => map
                .text("state", only.state.word())
                .day("state_from", only.first),
            all => map.maps("states", all.iter().map(state)),
        };
        map.words("source", &self.source)
            .words("note", &self.note)
            .validity(self.validity)
    }
}

fn state(change: &StateChange) -> Map {
    Map::new()
        .text("state", change.state.word())
        .day("from", change.first)
        .words("note", &change.note)
}

/// A GeoJSON point.
fn point(point: Point) -> Map {
    let coordinates = [point.longitude, point.latitude].map(Out::degrees);
    Map::new()
        .text("type", "Point")
        .value("coordinates", Out::List(coordinates.into()))
}
