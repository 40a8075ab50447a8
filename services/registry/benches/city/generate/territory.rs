//! Areas and the units that work in them.

use std::fmt::Write;

use rand::Rng;

use super::{
    COMMUNITIES, DISTRICTS, GRIDS, STREETS,
    words::{DEPARTMENTS, NAMES},
};

/// A district's tree.
pub(super) struct Territory {
    pub(super) code: String,
    pub(super) name: String,
    pub(super) streets: Vec<Street>,
}

/// A street and its communities.
pub(super) struct Street {
    pub(super) code: String,
    pub(super) name: String,
    pub(super) communities: Vec<Community>,
}

/// A community and how many grids it has.
pub(super) struct Community {
    pub(super) code: String,
    pub(super) name: String,
    pub(super) grids: usize,
}

/// An organization.
pub(super) struct Unit {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) kind: &'static str,
    pub(super) level: Option<&'static str>,
    pub(super) parent: Option<String>,
    pub(super) area: Option<String>,
    /// Officers and auxiliaries on its staff.
    pub(super) staff: (usize, usize),
}

/// How many of `total` the `index`th of `parts` gets: as equal as can be, the first ones more.
fn share(total: usize, parts: usize, index: usize) -> usize {
    total / parts + usize::from(index < total % parts)
}

impl Territory {
    /// The districts of the city.
    pub(super) fn city() -> Vec<Self> {
        let (mut street_number, mut community_number) = (0, 0);
        let mut districts = Vec::with_capacity(DISTRICTS);
        for district in 0..DISTRICTS {
            let code = format!("9902{:02}", district + 1);
            let mut streets = Vec::new();
            for street in 0..share(STREETS, DISTRICTS, district) {
                let street_code = format!("{code}{:03}", street + 1);
                let of_street = share(COMMUNITIES, STREETS, street_number);
                street_number += 1;
                let communities = (0..of_street).map(|index| {
                    let grids = share(GRIDS, COMMUNITIES, community_number);
                    community_number += 1;
                    Community {
                        code: format!("{street_code}{:03}", index + 1),
                        name: format!("{}社区", pair(community_number)),
                        grids,
                    }
                });
                let communities = communities.collect();
                streets.push(Street {
                    name: format!("{}街道", pair(street_number * 7)),
                    code: street_code,
                    communities,
                });
            }
            districts.push(Self {
                name: format!("{}区", pair(district * 21 + 3)),
                code,
                streets,
            });
        }
        districts
    }

    /// Every area's code.
    pub(super) fn codes(&self) -> Vec<String> {
        let mut codes = vec![self.code.clone()];
        for street in &self.streets {
            codes.push(street.code.clone());
            for community in &street.communities {
                codes.push(community.code.clone());
                codes.extend((1..=community.grids).map(|it| grid(&community.code, it)));
            }
        }
        codes
    }

    /// The section `areas`.
    pub(super) fn write_areas(&self, file: &mut String, dice: &mut impl Rng) {
        file.push_str("areas:\n");
        let mut write = |code: &str, name: &str, level: &str, parent: &str, households: u32| {
            let residents = households * dice.random_range(24..29) / 10;
            let _ = writeln!(
                file,
                "  - {{code: \"{code}\", name: {name}, level: {level}, parent: \"{parent}\", households: {households}, residents: {residents}}}"
            );
        };
        for street in &self.streets {
            let of_street: usize = street.communities.iter().map(|it| it.grids).sum();
            write(
                &street.code,
                &street.name,
                "street",
                &self.code,
                of_street as u32 * 400,
            );
            for community in &street.communities {
                write(
                    &community.code,
                    &community.name,
                    "community",
                    &street.code,
                    community.grids as u32 * 400,
                );
                for index in 1..=community.grids {
                    let name = format!("{}第{index}网格", community.name);
                    write(
                        &grid(&community.code, index),
                        &name,
                        "grid",
                        &community.code,
                        400,
                    );
                }
            }
        }
    }

    /// Departments, street offices with their squads and stations, communities, resident units.
    pub(super) fn units(&self, dice: &mut impl Rng) -> Vec<Unit> {
        let mut units: Vec<Unit> = DEPARTMENTS
            .iter()
            .map(|it| department(&self.name, it, dice))
            .collect();
        for (index, street) in self.streets.iter().enumerate() {
            let (number, area, short) = (
                index + 1,
                Some(street.code.clone()),
                street.name.trim_end_matches("街道"),
            );
            let of_street = |id: &str, name: String, kind, parent: &str, staff| Unit {
                id: format!("{id}-{number}"),
                name,
                kind,
                level: Some("street"),
                parent: Some(parent.to_owned()).filter(|it| !it.is_empty()),
                area: area.clone(),
                staff,
            };
            let office = format!("street-{number}");
            units.push(of_street(
                "street",
                format!("{}办事处", street.name),
                "STREET_OFFICE",
                "",
                (0, 6),
            ));
            units.push(of_street(
                "squad",
                format!("{}综合行政执法中队", street.name),
                "composite-squad",
                &office,
                (15, 10),
            ));
            units.push(of_street(
                "emergency-squad",
                format!("{}应急小分队", street.name),
                "emergency-squad",
                &office,
                (0, 8),
            ));
            units.push(of_street(
                "market-station",
                format!("{short}市场监管所"),
                "market-station",
                "market",
                (6, 2),
            ));
            units.push(of_street(
                "police-station",
                format!("{short}派出所"),
                "police-station",
                "public-security",
                (8, 4),
            ));
            for (index, community) in street.communities.iter().enumerate() {
                let unit = |id: &str, name: String, kind, level, parent: Option<&str>| Unit {
                    id: format!("{id}-{number}-{}", index + 1),
                    name,
                    kind,
                    level,
                    parent: parent.map(str::to_owned),
                    area: Some(community.code.clone()),
                    staff: (0, 0),
                };
                units.push(unit(
                    "community",
                    format!("{}居民委员会", community.name),
                    "COMMUNITY",
                    Some("community"),
                    Some(&office),
                ));
                if index % 4 == 0 {
                    units.push(unit(
                        "resident",
                        format!("{}物业服务有限公司", community.name),
                        "RESIDENT_UNIT",
                        None,
                        None,
                    ));
                }
            }
        }
        units
    }
}

fn department(
    district: &str,
    (id, name, kind): &(&str, &str, &'static str),
    dice: &mut impl Rng,
) -> Unit {
    Unit {
        id: (*id).to_owned(),
        name: format!("{district}{name}"),
        kind,
        level: Some("district"),
        parent: None,
        area: None,
        staff: (dice.random_range(4..16), dice.random_range(0..4)),
    }
}

fn grid(community: &str, index: usize) -> String {
    format!("{community}{index:03}")
}

/// A name of two characters; far apart numbers may share one, as in a real city.
fn pair(number: usize) -> String {
    format!(
        "{}{}",
        NAMES[number % NAMES.len()],
        NAMES[number / NAMES.len() % NAMES.len()]
    )
}
