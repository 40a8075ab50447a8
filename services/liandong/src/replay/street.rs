//! The street file an export implies: its units with every name they carried, its places, its matters, and the people
//! who act. The registry checks it like any other street file.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;
use sha2::{Digest, Sha256};
use time::{Date, Duration, macros::format_description};

use super::{
    mapping::{Mapping, is_slug},
    rows::Row,
};

/// Who takes cases in and dispatches them.
pub const COORDINATOR: &str = "coordinator";
/// Who verifies and checks.
pub const CHECKER: &str = "checker";

/// A street file with the ids that were given.
#[derive(Debug)]
pub struct Street {
    /// The file.
    pub file: File,
    units: HashMap<String, String>,
    areas: HashMap<Vec<String>, String>,
    matters: HashMap<String, String>,
}

/// A street file (`schema: liandong/street/v1`), as far as a replay needs it.
#[derive(Debug, Serialize)]
pub struct File {
    schema: &'static str,
    district: super::mapping::District,
    organizations: Vec<Organization>,
    areas: Vec<Area>,
    matters: Vec<Matter>,
    people: Vec<Person>,
}

#[derive(Debug, Serialize)]
struct Organization {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    names: Vec<Name>,
    kind: String,
    level: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Name {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_to: Option<String>,
}

#[derive(Debug, Serialize)]
struct Area {
    code: String,
    name: String,
    level: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<String>,
}

#[derive(Debug, Serialize)]
struct Matter {
    id: String,
    title: String,
    category: String,
    code: String,
    conditions: Vec<Condition>,
    default_act: &'static str,
}

#[derive(Debug, Serialize)]
struct Condition {
    id: &'static str,
    text: &'static str,
    limit: String,
    close: &'static str,
}

#[derive(Debug, Serialize)]
struct Person {
    id: String,
    name: String,
    organization: String,
    roles: Vec<&'static str>,
}

impl Street {
    /// The street of these rows.
    pub fn of(rows: &[Row], mapping: &Mapping) -> Self {
        let units = unit_ids(rows, mapping);
        let areas = area_codes(rows, mapping);
        let matters: BTreeMap<&str, &Row> = rows
            .iter()
            .rev()
            .map(|row| (row.matter.as_str(), row))
            .collect(); // reversed: the first one counts
        let matter_ids: HashMap<String, String> = matters
            .keys()
            .map(|it| ((*it).to_owned(), slug(&mapping.matter.prefix, it)))
            .collect();
        let file = File {
            schema: "liandong/street/v1",
            district: mapping.district.clone(),
            organizations: organizations(rows, mapping, &units),
            areas: area_entries(&areas, mapping),
            matters: matters
                .values()
                .map(|row| matter(row, mapping, &matter_ids[&row.matter]))
                .collect(),
            people: people(mapping, &units),
        };
        Self {
            file,
            units,
            areas,
            matters: matter_ids,
        }
    }

    /// The file as YAML.
    pub fn yaml(&self) -> Result<String, serde_saphyr::ser::Error> {
        serde_saphyr::to_string(&self.file)
    }

    /// The organization that handled a row, its bare id.
    pub fn unit(&self, row: &Row) -> &str {
        self.units.get(&row.unit).map_or("", String::as_str)
    }

    /// Every unit: as the file identifies it, and its bare id.
    pub fn units(&self) -> impl Iterator<Item = (&str, &str)> {
        self.units
            .iter()
            .map(|(code, id)| (code.as_str(), id.as_str()))
    }

    /// The code of the area of a row.
    pub fn area(&self, row: &Row) -> &str {
        self.areas.get(&row.place).map_or("", String::as_str)
    }

    /// The id of the matter of a row.
    pub fn matter(&self, row: &Row) -> &str {
        self.matters.get(&row.matter).map_or("", String::as_str)
    }
}

/// The person who handles a unit's assignments.
pub fn handler(unit: &str) -> String {
    format!("{unit}-handler")
}

fn unit_ids(rows: &[Row], mapping: &Mapping) -> HashMap<String, String> {
    let unknown = mapping.unit.unknown.as_ref();
    let id = |code: &str| match unknown.filter(|it| it.values.iter().any(|value| value == code)) {
        Some(unknown) => unknown.id.clone(),
        None => slug(&mapping.unit.prefix, code),
    };
    rows.iter()
        .map(|row| (row.unit.clone(), id(&row.unit)))
        .collect()
}

fn organizations(
    rows: &[Row],
    mapping: &Mapping,
    ids: &HashMap<String, String>,
) -> Vec<Organization> {
    let mut seen: BTreeMap<&str, BTreeMap<&str, (Date, Date)>> = BTreeMap::new();
    for row in rows {
        let days = seen
            .entry(ids[&row.unit].as_str())
            .or_default()
            .entry(&row.unit_name)
            .or_insert((row.day, row.day));
        *days = (days.0.min(row.day), days.1.max(row.day));
    }
    let codes: HashMap<&str, &str> = ids
        .iter()
        .map(|(code, id)| (id.as_str(), code.as_str()))
        .collect();
    let unknown = mapping.unit.unknown.as_ref();
    let unit = |(id, names): (&&str, &BTreeMap<&str, (Date, Date)>)| {
        let stands_for_none = unknown.filter(|it| it.id == **id);
        Organization {
            id: (*id).to_owned(),
            name: stands_for_none.map(|it| it.name.clone()),
            names: if stands_for_none.is_some() {
                vec![]
            } else {
                dated(names)
            },
            kind: mapping.unit.kind.clone(),
            level: "district",
            code: stands_for_none.is_none().then(|| codes[*id].to_owned()),
        }
    };
    let operator = Organization {
        id: mapping.operator.id.clone(),
        name: Some(mapping.operator.name.clone()),
        names: vec![],
        kind: mapping.operator.kind.clone(),
        level: "district",
        code: None,
    };
    std::iter::once(operator)
        .chain(seen.iter().map(unit))
        .collect()
}

/// When a unit carried which name. In an export old and new names overlap for a while, as people get used to the new
/// one; on paper a name ends on the day it was last used, and the name used last is the one still in use.
fn dated(names: &BTreeMap<&str, (Date, Date)>) -> Vec<Name> {
    let mut order: Vec<(&str, Date, Date)> = names
        .iter()
        .map(|(name, (first, last))| (*name, *first, *last))
        .collect();
    order.sort_by_key(|(name, first, last)| (*last, *first, *name));
    let count = order.len();
    let mut begin: Option<Date> = None;
    let mut dated = Vec::with_capacity(count);
    for (index, (name, _, last)) in order.into_iter().enumerate() {
        let end = (index + 1 < count).then(|| begin.map_or(last, |begin| last.max(begin)));
        dated.push(Name {
            name: name.to_owned(),
            valid_from: begin.map(day),
            valid_to: end.map(day),
        });
        begin = end.map(|end| end + Duration::DAY);
    }
    dated
}

/// A code for every place that occurs and everything around it, in the order of the names.
fn area_codes(rows: &[Row], mapping: &Mapping) -> HashMap<Vec<String>, String> {
    let mut children: BTreeMap<Vec<String>, BTreeSet<String>> = BTreeMap::new();
    for place in rows.iter().map(|row| &row.place) {
        for depth in 0..place.len() {
            children
                .entry(place[..depth].to_vec())
                .or_default()
                .insert(place[depth].clone());
        }
    }
    let mut codes = HashMap::from([(vec![], mapping.district.code.clone())]);
    for (parent, names) in children {
        // Parents sort before what is inside them, so the code is there.
        let around = codes.get(&parent).cloned().unwrap_or_default();
        for (serial, name) in names.into_iter().enumerate() {
            let mut place = parent.clone();
            place.push(name);
            codes.insert(place, format!("{around}{:03}", serial + 1));
        }
    }
    codes
}

fn area_entries(codes: &HashMap<Vec<String>, String>, mapping: &Mapping) -> Vec<Area> {
    let mut places: Vec<(&Vec<String>, &String)> = codes.iter().collect();
    places.sort_by_key(|(_, code)| (code.len(), *code));
    let entry = |(place, code): (&Vec<String>, &String)| match place.split_last() {
        None => Area {
            code: code.clone(),
            name: mapping.district.name.clone(),
            level: "district".into(),
            parent: None,
        },
        Some((name, around)) => Area {
            code: code.clone(),
            name: name.clone(),
            level: mapping.area.levels[around.len()].level.clone(),
            parent: codes.get(around).cloned(),
        },
    };
    places.into_iter().map(entry).collect()
}

fn matter(row: &Row, mapping: &Mapping, id: &str) -> Matter {
    let condition = Condition {
        id: "default",
        text: "问题属实",
        limit: mapping.limit_of(&row.category).to_string(),
        close: "问题已处置并经核查",
    };
    Matter {
        id: id.to_owned(),
        title: row.matter_title.clone(),
        category: if row.category.is_empty() {
            "未分类".into()
        } else {
            row.category.clone()
        },
        code: row.matter.clone(),
        conditions: vec![condition],
        default_act: "dispose",
    }
}

fn people(mapping: &Mapping, units: &HashMap<String, String>) -> Vec<Person> {
    let own = |id: &str, name: &str, roles| Person {
        id: id.into(),
        name: name.into(),
        organization: mapping.operator.id.clone(),
        roles,
    };
    let handlers: BTreeSet<&String> = units.values().collect();
    [
        own(COORDINATOR, "指挥员", vec!["COORDINATOR"]),
        own(CHECKER, "核查员", vec!["CHECKER"]),
        own("assessor", "考核员", vec!["ASSESSOR", "AUDITOR", "VIEWER"]),
        own("registrar", "登记员", vec!["REGISTRAR"]),
    ]
    .into_iter()
    .chain(handlers.into_iter().map(|unit| Person {
        id: handler(unit),
        name: "经办人".into(),
        organization: unit.clone(),
        roles: vec!["HANDLER"],
    }))
    .collect()
}

/// An id for a code of the export: itself if it may be one, else a digest of it.
fn slug(prefix: &str, code: &str) -> String {
    let plain = format!("{prefix}{code}");
    if is_slug(&plain) {
        plain
    } else {
        format!(
            "{prefix}{}",
            hex::encode(&Sha256::digest(code.as_bytes())[..6])
        )
    }
}

fn day(date: Date) -> String {
    date.format(format_description!("[year]-[month]-[day]"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;
    use crate::replay::{mapping::tests::SMALL, rows};

    #[test]
    fn a_renamed_unit_keeps_every_name_and_its_dates_do_not_overlap() {
        let names = BTreeMap::from([
            ("综合执法队", (date!(2018 - 02 - 11), date!(2018 - 10 - 22))),
            (
                "综合执法队（街道办事处）",
                (date!(2018 - 10 - 22), date!(2018 - 11 - 30)),
            ),
        ]);
        let name = |name: &str, from: Option<&str>, to: Option<&str>| Name {
            name: name.into(),
            valid_from: from.map(Into::into),
            valid_to: to.map(Into::into),
        };
        assert_eq!(
            dated(&names),
            [
                name("综合执法队", None, Some("2018-10-22")),
                name("综合执法队（街道办事处）", Some("2018-10-23"), None),
            ]
        );
        let same_day = (date!(2018 - 01 - 01), date!(2018 - 01 - 01));
        let three = BTreeMap::from([("a", same_day), ("b", same_day), ("c", same_day)]);
        let three = dated(&three);
        assert_eq!(three[1], name("b", Some("2018-01-02"), Some("2018-01-02")));
        assert_eq!(three[2], name("c", Some("2018-01-03"), None));
    }

    #[test]
    fn places_get_codes_inside_each_other_and_unknown_ones_are_the_district() {
        let mapping = Mapping::parse(SMALL).unwrap();
        let text = "id,day,from,kind,what,what_id,street,community,unit,unit_id,end\n\
                    1,2018-03-05,12345,急,路灯,7,甲街道,乙社区,丙局,12,good\n\
                    2,2018-03-05,12345,急,井盖,无码,甲街道,-,丁局,-,good\n\
                    3,2018-03-05,12345,急,路灯,7,-,-,丙局,12,bad\n";
        let rows = rows::read(text.as_bytes(), &mapping, None).unwrap();
        let street = Street::of(&rows.good, &mapping);
        let areas: Vec<&str> = rows.good.iter().map(|row| street.area(row)).collect();
        assert_eq!(areas, ["999999001001", "999999001", "999999"]);
        let units: Vec<&str> = rows.good.iter().map(|row| street.unit(row)).collect();
        assert_eq!(units, ["unit-12", "unit-unknown", "unit-12"]);
        assert_eq!(street.matter(&rows.good[0]), "matter-7");
        assert!(
            is_slug(street.matter(&rows.good[1])),
            "a code that is no id gets one"
        );
        let yaml = street.yaml().unwrap();
        assert!(
            yaml.contains("999999001001") && yaml.contains("急"),
            "{yaml}"
        );
    }
}
