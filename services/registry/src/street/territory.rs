//! The section `organizations`.

use liandong_calendar::{OfficeHours, Window};

use super::{
    Section,
    establishments::{self, establishments},
    fields::{Fields, ID, join},
    write::{Map, Written},
};
use crate::domain::{Entry, Id, Kind, Level, Organization, OrganizationName, Reason, Validity};

/// Kinds: any slug, the ten members also as in the protos.
pub(super) const KIND: (&str, &str) = ("a kind such as sanitation or STREET_OFFICE", "单位类别");
const LEVEL: (&str, &str) = ("one of city, district, street, community", "单位层级");

pub(super) fn organizations(section: &mut Section<'_>, root: &Fields<'_>) {
    for fields in root.maps("organizations") {
        let id = fields.needed_id("id");
        let names = names(&fields);
        let kind = fields.needed("kind", KIND, Kind::new);
        let level = fields.read("level", LEVEL, level);
        let (parent, area, successor) = (
            fields.id("parent"),
            fields.id("area"),
            fields.id("successor"),
        );
        let external_code = fields.text("code").unwrap_or_default();
        let office_hours = office_hours(&fields);
        let validity = fields.validity();
        let establishments = establishments(&fields);
        let further_successors = fields.values("further_successors", ID, |it| Id::new(it).ok());
        let item = (|| {
            let (id, kind) = (id.clone()?, kind?);
            let names = names?;
            Some(Organization {
                id,
                names,
                kind,
                level,
                parent,
                area,
                validity,
                successor,
                external_code,
                office_hours,
                establishments,
                further_successors,
            })
        })();
        section.entry(fields, id.as_ref(), item.map(Entry::Organization));
    }
}

/// `name`, or `names` with their dates; if both, `name` must be one of them.
fn names(fields: &Fields<'_>) -> Option<Vec<OrganizationName>> {
    let name = fields.text("name");
    let mut names = Vec::new();
    for each in fields.maps("names") {
        let text = each.needed_text("name");
        let validity = each.validity();
        names.extend(text.map(|text| OrganizationName { text, validity }));
        each.finish();
    }
    match name {
        None if names.is_empty() => {
            if fields.node("name").is_none() {
                fields.missing("name");
            }
            None
        }
        None => Some(names),
        Some(text) if names.is_empty() => Some(vec![OrganizationName {
            text,
            validity: Validity::ALWAYS,
        }]),
        Some(text) => {
            if names.iter().all(|it| it.text != text) {
                let problem = format!("`{text}` is none of the `names`");
                fields.wrong("name", Reason::NotAllowed, problem, "“name”不在“names”之中");
            }
            Some(names)
        }
    }
}

/// `office_hours: ["08:00-12:00", "14:00-18:00"]`.
pub(super) fn office_hours(fields: &Fields<'_>) -> Option<OfficeHours> {
    fields.node("office_hours")?;
    let before = fields.findings.count();
    let windows = fields.values(
        "office_hours",
        ("office time such as 08:00-12:00", "办公时间"),
        |it| it.parse::<Window>().ok(),
    );
    if fields.findings.count() > before {
        return None;
    }
    match OfficeHours::new(windows) {
        Ok(hours) => Some(hours),
        Err(error) => {
            fields.wrong(
                "office_hours",
                Reason::Malformed,
                error.to_string(),
                "办公时间有误",
            );
            None
        }
    }
}

fn level(text: &str) -> Option<Level> {
    Some(match text.to_ascii_lowercase().as_str() {
        "city" => Level::City,
        "district" => Level::District,
        "street" => Level::Street,
        "community" => Level::Community,
        _ => return None,
    })
}

/// The path of an entry's field.
pub(super) fn path_of(entry: &str, field: &str) -> String {
    if field.is_empty() {
        entry.to_owned()
    } else {
        join(entry, field)
    }
}

impl Written for Organization {
    fn write(&self) -> Map {
        let map = Map::new().text("id", &self.id);
        let map = match self.names.as_slice() {
            [only] if only.validity == Validity::ALWAYS => map.text("name", &only.text),
            names => map.maps(
                "names",
                names
                    .iter()
                    .map(|it| Map::new().text("name", &it.text).validity(it.validity)),
            ),
        };
        let map = map
            .text("kind", &self.kind)
            .some("level", self.level.map(level_word))
            .some("parent", self.parent.as_ref())
            .some("area", self.area.as_ref())
            .words("code", &self.external_code)
            .texts("office_hours", windows(self.office_hours.as_ref()))
            .validity(self.validity)
            .some("successor", self.successor.as_ref())
            .texts("further_successors", &self.further_successors);
        establishments::write(map, &self.establishments)
    }
}

fn level_word(level: Level) -> &'static str {
    match level {
        Level::City => "city",
        Level::District => "district",
        Level::Street => "street",
        Level::Community => "community",
    }
}

/// The windows of office hours, none if there are no own ones.
pub(super) fn windows(hours: Option<&OfficeHours>) -> &[Window] {
    hours.map_or(&[], OfficeHours::windows)
}
