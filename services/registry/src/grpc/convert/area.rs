//! Areas.

use ::time::Date;
use liandong_kit::status::{FieldProblem, Violations};
use liandong_proto::registry as proto;

use super::{
    etag,
    geometry::{boundary, boundary_wire},
    name_of, optional, timestamp, validity, validity_wire,
};
use crate::{
    domain::{Area, AreaId, AreaLevel, AreaOn, Catalogue, Kept},
    grpc::{
        filter::Words,
        resource::{Editable, Resource},
    },
};

/// Aliases an area may have.
const ALIASES_MAX: usize = 100;

impl Resource for Area {
    type Message = proto::Area;
    const MISSING: &'static str = "AREA_NOT_FOUND";
    const FILTERS: &'static [&'static str] =
        &["level", "parent", "kind", "property_manager", "within"];
    const WORDS: &'static Words = &[(
        "level",
        &["CITY", "DISTRICT", "STREET", "COMMUNITY", "GRID", "LANE"],
    )];

    fn wire(kept: &Kept<Self>, on: Date) -> proto::Area {
        state_wire(kept, kept.item.on(on))
    }

    fn states(kept: &Kept<Self>) -> Vec<proto::Area> {
        if kept.item.earlier.is_empty() {
            return Vec::new();
        }
        let states = kept.item.states();
        states.map(|it| state_wire(kept, it)).collect()
    }

    fn holds(&self, catalogue: &Catalogue, field: &str, value: &str) -> bool {
        holds_on(self, catalogue, Date::MAX, field, value)
    }
}

/// An area as it is in one of its states.
fn state_wire(kept: &Kept<Area>, state: AreaOn<'_>) -> proto::Area {
    let area = &kept.item;
    let count = |it: u32| i32::try_from(it).unwrap_or(i32::MAX);
    proto::Area {
        name: area.id.name(),
        display_name: state.name.to_owned(),
        level: level(area.level).into(),
        parent: name_of(state.parent),
        kind: state.kind.to_owned(),
        households: state.households.map(count),
        residents: state.residents.map(count),
        validity: validity_wire(&area.validity),
        aliases: state.aliases.to_vec(),
        etag: etag(kept),
        update_time: Some(timestamp(kept.changed_at)),
        property_manager: name_of(state.property_manager),
        boundary: state.boundary.map(boundary_wire),
        state_validity: validity_wire(&state.validity),
    }
}

/// Whether a condition of a filter holds on a day.
pub(in crate::grpc) fn holds_on(
    area: &Area,
    catalogue: &Catalogue,
    on: Date,
    field: &str,
    value: &str,
) -> bool {
    let state = area.on(on);
    match field {
        "level" => level_word(area.level) == value,
        "parent" => name_of(state.parent) == value,
        "kind" => state.kind == value,
        "property_manager" => name_of(state.property_manager) == value,
        _ => value
            .strip_prefix("areas/")
            .is_some_and(|it| catalogue.lies_in_on(area.id.as_str(), it, on)),
    }
}

impl Editable for Area {
    const FIELD: &'static str = "area";
    const OUTPUT_ONLY: &'static [&'static str] = &["state_validity"];

    fn name_of(message: &proto::Area) -> &str {
        &message.name
    }

    fn read(bad: &mut Violations, id: Option<AreaId>, wire: &proto::Area) -> Option<Self> {
        let name = wire.display_name.trim();
        bad.check(!name.is_empty(), "display_name", "required", "必填");
        let level = bad.take("level", read_level(wire.level));
        let parent = bad.take("parent", optional(&wire.parent));
        let households = bad.take("households", count(wire.households));
        let residents = bad.take("residents", count(wire.residents));
        let validity = validity(bad, "validity", wire.validity.as_ref());
        aliases(bad, &wire.aliases);
        let manager = bad.take("property_manager", optional(&wire.property_manager));
        let boundary = match &wire.boundary {
            Some(wire) => Some(boundary(bad, "boundary", wire)?),
            None => None,
        };
        let mut area = Area::new(id?, &wire.display_name, level?);
        area.parent = parent?;
        area.kind.clone_from(&wire.kind);
        area.households = households?;
        area.residents = residents?;
        area.validity = validity;
        area.aliases.clone_from(&wire.aliases);
        area.property_manager = manager?;
        area.boundary = boundary;
        Some(area)
    }
}

fn count(wire: Option<i32>) -> Result<Option<u32>, FieldProblem> {
    let negative = |_| FieldProblem::new("must not be negative", "不能为负数");
    wire.map(u32::try_from).transpose().map_err(negative)
}

fn aliases(bad: &mut Violations, aliases: &[String]) {
    bad.check(
        aliases.len() <= ALIASES_MAX,
        "aliases",
        "at most 100",
        "至多 100 个",
    );
    for (index, alias) in aliases.iter().enumerate().take(ALIASES_MAX) {
        bad.check(
            (1..=128).contains(&alias.len()),
            format!("aliases[{index}]"),
            "must have 1 to 128 bytes",
            "长度应为 1 至 128 字节",
        );
    }
}

/// The word filters use for a level.
fn level_word(level: AreaLevel) -> &'static str {
    match level {
        AreaLevel::City => "CITY",
        AreaLevel::District => "DISTRICT",
        AreaLevel::Street => "STREET",
        AreaLevel::Community => "COMMUNITY",
        AreaLevel::Grid => "GRID",
        AreaLevel::Lane => "LANE",
    }
}

fn read_level(wire: i32) -> Result<AreaLevel, FieldProblem> {
    use proto::AreaLevel as Wire;
    match Wire::try_from(wire) {
        Ok(Wire::City) => Ok(AreaLevel::City),
        Ok(Wire::District) => Ok(AreaLevel::District),
        Ok(Wire::Street) => Ok(AreaLevel::Street),
        Ok(Wire::Community) => Ok(AreaLevel::Community),
        Ok(Wire::Grid) => Ok(AreaLevel::Grid),
        Ok(Wire::Lane) => Ok(AreaLevel::Lane),
        Ok(Wire::Unspecified) => Err(FieldProblem::new("required", "必填")),
        Err(_) => Err(FieldProblem::new("an unknown level", "未知的级别")),
    }
}

/// A level to the wire.
pub(in crate::grpc) fn level(level: AreaLevel) -> proto::AreaLevel {
    match level {
        AreaLevel::City => proto::AreaLevel::City,
        AreaLevel::District => proto::AreaLevel::District,
        AreaLevel::Street => proto::AreaLevel::Street,
        AreaLevel::Community => proto::AreaLevel::Community,
        AreaLevel::Grid => proto::AreaLevel::Grid,
        AreaLevel::Lane => proto::AreaLevel::Lane,
    }
}
