//! Organizations, officers and those who log in, as a street file has them.

use std::fmt::Write;

use rand::Rng;

use super::{
    one,
    territory::Unit,
    words::{FAMILIES, GIVEN},
};

/// The section `organizations`.
pub(super) fn write_units(file: &mut String, units: &[Unit]) {
    file.push_str("organizations:\n");
    for unit in units {
        let _ = write!(
            file,
            "  - {{id: {}, name: {}, kind: {}",
            unit.id, unit.name, unit.kind
        );
        let fields = [("level", unit.level), ("parent", unit.parent.as_deref())];
        for (key, value) in fields {
            if let Some(value) = value {
                let _ = write!(file, ", {key}: {value}");
            }
        }
        if let Some(area) = &unit.area {
            let _ = write!(file, ", area: \"{area}\"");
        }
        file.push_str(", valid_from: 2013-07-01}\n");
    }
}

/// The sections `officers`, `auxiliaries` and `people`.
pub(super) fn write_people(file: &mut String, units: &[Unit], dice: &mut impl Rng) {
    let mut auxiliaries = String::from("auxiliaries:\n");
    let mut people = String::from("people:\n");
    let mut number = 0;
    file.push_str("officers:\n");
    for unit in units {
        for _ in 0..unit.staff.0 {
            number += 1;
            let (id, name) = (format!("officer-{number}"), name(dice));
            let (first, case_files) = (dice.random_range(2019..2026), dice.random_bool(0.3));
            let _ = writeln!(
                file,
                "  - {{id: {id}, name: {name}, organization: {}, case_files: {case_files}, certificate: {{number: \"苏{number:06}\", issuer: 省司法厅, valid_from: {first}-01-01, valid_to: {}-12-31}}}}",
                unit.id,
                first + 4,
            );
            if number % 3 == 0 {
                let _ = writeln!(
                    people,
                    "  - {{id: {id}, name: {name}, organization: {}, roles: [HANDLER]}}",
                    unit.id
                );
            }
        }
        for _ in 0..unit.staff.1 {
            number += 1;
            let _ = writeln!(
                auxiliaries,
                "  - {{id: auxiliary-{number}, name: {}, organization: {}}}",
                name(dice),
                unit.id
            );
        }
        if unit.kind == "STREET_OFFICE" {
            number += 1;
            let _ = writeln!(
                people,
                "  - {{id: clerk-{number}, name: {}, organization: {}, roles: [COORDINATOR, REGISTRAR]}}",
                name(dice),
                unit.id
            );
        }
    }
    file.push_str(&auxiliaries);
    file.push_str(&people);
}

fn name(dice: &mut impl Rng) -> String {
    format!("{}{}", one(dice, &FAMILIES), one(dice, &GIVEN))
}
