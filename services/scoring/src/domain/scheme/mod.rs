//! Schemes of assessment (考核办法): versioned documents. What is measured, how it is weighed, which findings move
//! points. A document with any error is refused as a whole and changes nothing.

mod check;
mod document;
mod fines;

use std::{collections::BTreeMap, sync::Arc};

use rust_decimal::Decimal;
use sha2::{Digest, Sha256};
use time::Date;

use super::{finding, measure::Measure};

/// The version of the document format.
pub const SCHEMA: &str = "liandong/scheme/v1";

/// The scheme that is meant when none is named.
pub const DEFAULT: &str = "national-department";

/// The documents every installation has.
const BUILT_IN: &[&str] = &[include_str!(
    "../../../../../deploy/schemes/national-department.yaml"
)];

/// A scheme, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scheme {
    /// Its id, e.g. `national-department`.
    pub id: String,
    /// Its version, from 1.
    pub version: i32,
    /// Its title, in Chinese.
    pub title: String,
    /// The document it follows.
    pub basis: String,
    /// The first civil day whose findings it scores.
    pub valid_from: Date,
    /// The kind of organization that scores.
    pub scorer: String,
    /// The kinds that are scored; never the scorer (R10).
    pub scored: Vec<String>,
    /// The roles whose assignments count.
    pub roles: Vec<String>,
    /// How long an entry may be appealed, in days.
    pub appeal_days: u16,
    /// With fewer assignments due than this a rank is marked as a small sample.
    pub small_sample: i64,
    /// Its indicators.
    pub indicators: Vec<Indicator>,
    /// The parts of its composite.
    pub parts: Vec<Part>,
    /// The least points of grades A, B, C and D.
    pub grades: [Decimal; 4],
    /// Deductions count so many times for cases from a source; once where it is not named.
    pub source_weights: BTreeMap<String, Decimal>,
    /// Deductions count so many times in a difficult area; once where it is not named.
    pub area_coefficients: BTreeMap<String, Decimal>,
    /// Its rules for the ledger.
    pub rules: Vec<Rule>,
    /// The document.
    pub document: String,
    /// SHA-256 of the document, hex.
    pub document_hash: String,
}

/// A rate over measures, its numerator a part of its denominator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Indicator {
    /// Its id within the scheme.
    pub id: String,
    /// Its name on screens, in Chinese.
    pub title: String,
    /// The measures above the line.
    pub numerator: Vec<Measure>,
    /// The measures below the line.
    pub denominator: Vec<Measure>,
}

/// A weighed part of the composite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its id within the scheme.
    pub id: String,
    /// Its name on screens, in Chinese.
    pub title: String,
    /// Its weight in percent.
    pub weight: Decimal,
    /// What it is computed from.
    pub input: Input,
}

/// What a part is computed from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The higher the rate, the better. Index of the indicator.
    Rate(usize),
    /// The lower the rate, the better: 100 less the rate. Index of the indicator.
    InverseRate(usize),
    /// A count that falls into a band.
    Band(Band),
}

/// Points by how large a count is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Band {
    /// What is counted.
    pub measure: Measure,
    /// Up to this count, these points out of 100; ascending.
    pub steps: Vec<(i64, Decimal)>,
    /// Points beyond the last step.
    pub above: Decimal,
}

/// A rule that turns a finding into a ledger entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its id within the scheme.
    pub id: String,
    /// What it says, in Chinese.
    pub title: String,
    /// What it reacts to.
    pub when: finding::Kind,
    /// Points: above zero a credit, below zero a deduction.
    pub points: Decimal,
    /// The id of the indicator the finding moves.
    pub indicator: Option<String>,
}

/// What is wrong in a document, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The line, from 1; 0 if the whole document is meant.
    pub line: u32,
    /// The column, from 1; 0 if the whole line is meant.
    pub column: u32,
    /// The rule that was broken, e.g. `WEIGHTS_DO_NOT_SUM`.
    pub reason: &'static str,
    /// In English.
    pub message: String,
    /// In Chinese.
    pub message_zh: String,
}

/// Every version of every scheme.
#[derive(Clone, Debug)]
pub struct Book {
    schemes: Arc<[Scheme]>,
}

/// Reads and checks a document; every problem at once, in the order of the document.
pub fn parse(text: &str) -> Result<Scheme, Vec<Problem>> {
    let mut problems = fines::mentions(text);
    let scheme = match document::read(text) {
        Ok(document) => check::scheme(&document, &mut problems),
        Err(problem) => {
            problems.push(problem);
            None
        }
    };
    problems.sort_by_key(|problem| (problem.line, problem.column));
    match scheme {
        Some(scheme) if problems.is_empty() => Ok(Scheme {
            document: text.to_owned(),
            document_hash: hash(text),
            ..scheme
        }),
        _ => Err(problems),
    }
}

impl Book {
    /// The schemes every installation has. Fails only if a document shipped with the program is wrong.
    pub fn built_in() -> Result<Self, Vec<Problem>> {
        let schemes = BUILT_IN
            .iter()
            .map(|text| parse(text))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self::of(schemes))
    }

    /// A book of these schemes.
    pub fn of(mut schemes: Vec<Scheme>) -> Self {
        schemes.sort_by(|one, other| (&one.id, one.version).cmp(&(&other.id, other.version)));
        Self {
            schemes: schemes.into(),
        }
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

impl Scheme {
    /// The factor applied to a rule's points. Only deductions are weighed: a credit is worth the same everywhere.
    pub fn coefficient(&self, rule: &Rule, source: &str, area: &str) -> Decimal {
        if rule.points.is_sign_positive() {
            return Decimal::ONE;
        }
        let weight = |table: &BTreeMap<String, Decimal>, key: &str| {
            table.get(key).copied().unwrap_or(Decimal::ONE)
        };
        weight(&self.source_weights, source) * weight(&self.area_coefficients, area)
    }

    /// The indicator of that id.
    pub fn indicator(&self, id: &str) -> Option<&Indicator> {
        self.indicators.iter().find(|it| it.id == id)
    }
}

impl Part {
    /// How it is computed, in words of the document.
    pub fn formula(&self, scheme: &Scheme) -> String {
        match &self.input {
            Input::Rate(at) => format!("rate {}", scheme.indicators[*at].id),
            Input::InverseRate(at) => format!("100 - rate {}", scheme.indicators[*at].id),
            Input::Band(band) => format!("band {}", band.measure.name()),
        }
    }
}

fn hash(text: &str) -> String {
    Sha256::digest(text)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests;
