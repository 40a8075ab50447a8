//! A city of realistic size, the same for the same seed.
//!
//! How a city fits the registry: a catalogue belongs to a district, a caller belongs to one district, so a city is one
//! street file and one catalogue for each of its 16 districts, all in one registry process. Matters are the city's: every
//! district has the same 500. Powers, areas, units and people are each district's own.
//!
//! | | city | a district |
//! |---|---|---|
//! | streets | 150 | 9 or 10 |
//! | communities | 3,000 | 180 or 200 |
//! | grids | 40,000 | about 2,500 |
//! | matters | 500 | the same 500 |
//! | powers | 20,000 | 1,250 |
//! | organizations | about 4,600 | departments, street offices, squads, stations, committees, resident units |
//! | officers and auxiliaries | about 6,500 | at departments, squads and stations |

mod people;
mod powers;
mod questions;
mod territory;
mod words;

use std::fmt::Write;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

pub(crate) use questions::{Questions, Spread};
use territory::Territory;

/// Districts of the city.
pub(crate) const DISTRICTS: usize = 16;
/// Streets of the city.
pub(crate) const STREETS: usize = 150;
/// Communities of the city.
pub(crate) const COMMUNITIES: usize = 3_000;
/// Grids of the city.
pub(crate) const GRIDS: usize = 40_000;
/// Matters, the same in every district.
pub(crate) const MATTERS: usize = 500;
/// Powers of the city.
pub(crate) const POWERS: usize = 20_000;

/// A city.
pub(crate) struct City {
    /// Its districts.
    pub(crate) districts: Vec<District>,
}

/// A district and the street file of everything in it.
pub(crate) struct District {
    /// Its code.
    pub(crate) code: String,
    /// Every area's code.
    pub(crate) areas: Vec<String>,
    /// The file.
    pub(crate) file: String,
}

impl City {
    /// The city of a seed.
    pub(crate) fn new(seed: u64) -> Self {
        let matters = powers::matters(&mut ChaCha8Rng::seed_from_u64(seed));
        let mut territories = Territory::city();
        let districts = territories.drain(..).enumerate();
        let districts = districts.map(|(index, territory)| {
            let mut dice = ChaCha8Rng::seed_from_u64(seed + 1 + index as u64);
            District::new(&territory, &matters, &mut dice)
        });
        Self {
            districts: districts.collect(),
        }
    }
}

impl District {
    fn new(territory: &Territory, matters: &[powers::Matter], dice: &mut ChaCha8Rng) -> Self {
        let mut file = String::with_capacity(2 << 20);
        let (code, name) = (&territory.code, &territory.name);
        let _ = writeln!(
            file,
            "schema: liandong/street/v1\ndistrict: {{code: \"{code}\", name: {name}}}"
        );
        let _ = writeln!(
            file,
            "calendar: {{years: [2025, 2026], office_hours: [\"09:00-12:00\", \"13:30-17:30\"]}}"
        );
        territory.write_areas(&mut file, dice);
        let units = territory.units(dice);
        people::write_units(&mut file, &units);
        powers::write_matters(&mut file, matters);
        powers::write_powers(&mut file, territory, matters, dice);
        people::write_people(&mut file, &units, dice);
        Self {
            code: code.clone(),
            areas: territory.codes(),
            file,
        }
    }
}

/// One of them.
fn one<'a, T>(dice: &mut impl Rng, all: &'a [T]) -> &'a T {
    &all[dice.random_range(0..all.len())]
}
