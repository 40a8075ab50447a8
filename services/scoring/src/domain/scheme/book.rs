//! The book of schemes: what every installation has, and what a district put in force.

use std::sync::Arc;

use time::Date;

use super::{Origin, Problem, Scheme, parse};

macro_rules! shipped {
    ($($name:literal),* $(,)?) => {
        &[$(include_str!(concat!("../../../../../deploy/schemes/", $name, ".yaml"))),*]
    };
}

/// The documents every installation has, and which are in force.
pub(super) const BUILT_IN: &[&str] = shipped!["national-department"];

/// The documents every installation has as patterns: a district puts them in force, as they are or changed.
const TEMPLATES: &[&str] = shipped![
    "ten-member-linkage",
    "nanxing-bundle",
    "district-streets",
    "streets-departments",
    "posts",
];

/// Every version of every scheme.
#[derive(Clone, Debug)]
pub struct Book {
    schemes: Arc<[Scheme]>,
}

impl Book {
    /// The schemes every installation has. Fails only if a document shipped with the program is wrong.
    pub fn built_in() -> Result<Self, Vec<Problem>> {
        let read = |texts: &[&str], origin: Origin| {
            let schemes = texts
                .iter()
                .map(|text| parse(text).map(|it| Scheme { origin, ..it }));
            schemes.collect::<Result<Vec<_>, _>>()
        };
        let mut schemes = read(BUILT_IN, Origin::BuiltIn)?;
        schemes.extend(read(TEMPLATES, Origin::Template)?);
        Ok(Self::of(schemes))
    }

    /// A book of these schemes.
    pub fn of(mut schemes: Vec<Scheme>) -> Self {
        // What a district puts in force takes the place of the pattern of that id.
        let patterns = |it: &Scheme| it.origin == Origin::Template;
        let own: Vec<String> = { schemes.iter() }
            .filter(|it| !patterns(it))
            .map(|it| it.id.clone())
            .collect();
        schemes.retain(|it| !patterns(it) || !own.contains(&it.id));
        schemes.sort_by(|one, other| (&one.id, one.version).cmp(&(&other.id, other.version)));
        Self {
            schemes: schemes.into(),
        }
    }

    /// The same with one more version, which a district put in force.
    pub fn with(&self, document: &str) -> Result<Self, Vec<Problem>> {
        let mut schemes = self.schemes.to_vec();
        schemes.push(parse(document)?);
        Ok(Self::of(schemes))
    }

    /// The newest version of each scheme, by id.
    pub fn newest(&self) -> impl Iterator<Item = &Scheme> {
        self.schemes
            .chunk_by(|one, other| one.id == other.id)
            .filter_map(|versions| versions.last())
    }

    /// The version of each scheme that scores a day, by id.
    pub fn in_force(&self, day: Date) -> impl Iterator<Item = &Scheme> {
        let versions = self.schemes.chunk_by(|one, other| one.id == other.id);
        versions
            .filter_map(move |versions| versions.iter().rfind(|scheme| scheme.valid_from <= day))
            .filter(move |it| {
                it.origin != Origin::Template && it.valid_to.is_none_or(|to| day <= to)
            })
    }

    /// One scheme: a version of it, or with 0 the newest.
    pub fn get(&self, id: &str, version: i32) -> Option<&Scheme> {
        self.schemes
            .iter()
            .rfind(|scheme| scheme.id == id && (version == 0 || scheme.version == version))
    }

    /// The scheme by which a period is ranked: the version in force on its last day, else the oldest there is.
    pub fn for_day(&self, id: &str, day: Date) -> Option<&Scheme> {
        let mut versions = self.schemes.iter().filter(|scheme| scheme.id == id);
        self.in_force(day)
            .find(|scheme| scheme.id == id)
            .or_else(|| versions.next())
    }
}
