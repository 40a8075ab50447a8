//! The keys `district` and `areas`.

use super::{
    Section, boundary,
    fields::{Fields, join},
    write::{Map, Written},
};
use crate::domain::{
    Area, AreaId, AreaLevel, AreaOn, AreaState, DistrictId, Entry, Reason, code::CodeLengths,
};

const AREA_LEVEL: (&str, &str) = (
    "one of city, district, street, community, grid, lane",
    "辖区级别",
);
const DIGITS: (&str, &str) = ("a number of digits from 1 to 60", "代码位数（1 至 60）");

/// What a file says about its district.
pub(super) struct Named {
    pub(super) code: DistrictId,
    pub(super) name: String,
    pub(super) code_lengths: Option<CodeLengths>,
}

pub(super) fn district(root: &Fields<'_>) -> Option<Named> {
    let fields = Fields::of(root.findings, "district", root.node("district")?)?;
    let (code, name) = (fields.needed_id("code"), fields.needed_text("name"));
    let lengths = fields.node("code_lengths").and_then(|node| {
        let path = join(&fields.path, "code_lengths");
        Fields::of(root.findings, path, node)
    });
    let code_lengths = lengths.map(code_lengths);
    fields.finish();
    Some(Named {
        code: code?,
        name: name?,
        code_lengths,
    })
}

/// `code_lengths: {grid: 16}`; tiers that are not named have the national length.
fn code_lengths(fields: Fields<'_>) -> CodeLengths {
    let national = CodeLengths::default();
    let digits = |key, national| {
        let read = |it: &str| it.parse().ok().filter(|it| (1..=60).contains(it));
        fields.read(key, DIGITS, read).unwrap_or(national)
    };
    let lengths = CodeLengths {
        city: digits("city", national.city),
        district: digits("district", national.district),
        street: digits("street", national.street),
        community: digits("community", national.community),
        grid: digits("grid", national.grid),
        lane: digits("lane", national.lane),
    };
    fields.finish();
    lengths
}

/// The lengths of a district's codes, as far as they are not the national ones.
pub(super) fn write_code_lengths(lengths: &CodeLengths) -> Map {
    let national = CodeLengths::default();
    let own = |own: u8, national: u8| (own != national).then_some(own);
    Map::new()
        .number("city", own(lengths.city, national.city))
        .number("district", own(lengths.district, national.district))
        .number("street", own(lengths.street, national.street))
        .number("community", own(lengths.community, national.community))
        .number("grid", own(lengths.grid, national.grid))
        .number("lane", own(lengths.lane, national.lane))
}

pub(super) fn areas(section: &mut Section<'_>, root: &Fields<'_>) {
    for fields in root.maps("areas") {
        area(section, fields, None);
    }
}

fn area(section: &mut Section<'_>, fields: Fields<'_>, around: Option<&AreaId>) {
    let id = fields.needed_id("code");
    let parent = fields.id("parent");
    if let (Some(around), Some(parent)) = (around, &parent)
        && around != parent
    {
        let text = format!("stands among the children of {around} but names the parent {parent}");
        fields.wrong("parent", Reason::WrongParent, text, "上级与所在位置不一致");
    }
    let name = fields.needed_text("name");
    let level = fields.needed("level", AREA_LEVEL, area_level);
    let said = Said::of(&fields);
    let validity = fields.validity();
    let earlier = fields.maps("earlier").into_iter().map(earlier);
    let earlier: Vec<_> = earlier.collect();
    let children = fields.maps("children");
    let parent = parent.or_else(|| around.cloned());
    let item = (|| {
        let (id, name, level) = (id.clone()?, name?, level?);
        Some(Area {
            id,
            name,
            level,
            parent,
            kind: said.kind,
            households: said.households,
            residents: said.residents,
            validity,
            aliases: said.aliases,
            property_manager: said.property_manager,
            boundary: said.boundary,
            earlier: earlier.into_iter().collect::<Option<_>>()?,
        })
    })();
    section.entry(fields, id.as_ref(), item.map(Entry::Area));
    for child in children {
        area(section, child, id.as_ref());
    }
}

/// A state that is over: everything that changes by date, with the last day on which it was so.
fn earlier(fields: Fields<'_>) -> Option<AreaState> {
    let last = fields.day("valid_to");
    if fields.node("valid_to").is_none() {
        fields.missing("valid_to");
    }
    let (name, parent) = (fields.needed_text("name"), fields.id("parent"));
    let said = Said::of(&fields);
    fields.finish();
    Some(AreaState {
        last: last?,
        name: name?,
        parent,
        kind: said.kind,
        households: said.households,
        residents: said.residents,
        aliases: said.aliases,
        property_manager: said.property_manager,
        boundary: said.boundary,
    })
}

/// What an area and its earlier states say in the same words.
struct Said {
    kind: String,
    households: Option<u32>,
    residents: Option<u32>,
    aliases: Vec<String>,
    property_manager: Option<crate::domain::OrganizationId>,
    boundary: Option<crate::domain::geometry::Boundary>,
}

impl Said {
    fn of(fields: &Fields<'_>) -> Self {
        Self {
            kind: fields.text("kind").unwrap_or_default(),
            households: fields.count("households"),
            residents: fields.count("residents"),
            aliases: fields.values("aliases", ("a text", "文本"), |it| Some(it.to_owned())),
            property_manager: fields.id("property_manager"),
            boundary: boundary::read(fields, "boundary"),
        }
    }
}

pub(super) fn area_level(text: &str) -> Option<AreaLevel> {
    Some(match text.to_ascii_lowercase().as_str() {
        "city" => AreaLevel::City,
        "district" => AreaLevel::District,
        "street" => AreaLevel::Street,
        "community" => AreaLevel::Community,
        "grid" => AreaLevel::Grid,
        "lane" => AreaLevel::Lane,
        _ => return None,
    })
}

impl Written for Area {
    fn write(&self) -> Map {
        let mut states: Vec<_> = self.states().collect();
        let newest = states.pop();
        let map = Map::new()
            .text("code", &self.id)
            .text("name", &self.name)
            .text("level", area_level_word(self.level));
        let map = match newest {
            Some(newest) => write_state(map, &newest),
            None => map,
        };
        let earlier = states.iter().map(|it| {
            let map = Map::new()
                .day("valid_to", it.validity.last)
                .text("name", it.name);
            write_state(map, it)
        });
        map.validity(self.validity).maps("earlier", earlier)
    }
}

fn write_state(map: Map, state: &AreaOn<'_>) -> Map {
    map.some("parent", state.parent)
        .words("kind", state.kind)
        .number("households", state.households)
        .number("residents", state.residents)
        .texts("aliases", state.aliases)
        .some("property_manager", state.property_manager)
        .map(
            "boundary",
            state.boundary.map(boundary::write).unwrap_or_default(),
        )
}

pub(super) fn area_level_word(level: AreaLevel) -> &'static str {
    match level {
        AreaLevel::City => "city",
        AreaLevel::District => "district",
        AreaLevel::Street => "street",
        AreaLevel::Community => "community",
        AreaLevel::Grid => "grid",
        AreaLevel::Lane => "lane",
    }
}
