//! Schemes of assessment (考核办法): versioned documents. What is measured, how it is weighed, which findings move
//! points. A document with any error is refused as a whole and changes nothing.

mod book;
mod check;
mod document;
pub mod expression;
mod fines;
pub mod format;
pub mod kin;

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use sha2::{Digest, Sha256};
use time::Date;

pub use self::book::Book;
use self::expression::{Bound, Expression, Values};
use super::{
    finding::{self, Finding},
    measure::Measure,
    period::Period,
};

/// The version of the document format.
pub const SCHEMA: &str = "liandong/scheme/v1";

/// The scheme that is meant when none is named.
pub const DEFAULT: &str = "national-department";

/// As a scored kind: every kind but the scorer's.
pub const ANY: &str = "ANY";

/// The kinds of period that may be closed.
pub const PERIODS: &[&str] = &["WEEK", "MONTH", "QUARTER", "YEAR"];

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
    /// The last one; no end if absent.
    pub valid_to: Option<Date>,
    /// The kind of organization that scores.
    pub scorer: String,
    /// The kinds that are scored; never the scorer (R10).
    pub scored: Vec<String>,
    /// Only these organizations; every one of a scored kind if empty.
    pub organizations: Vec<String>,
    /// The kinds of period that may be closed by it, as in [`PERIODS`].
    pub periods: Vec<String>,
    /// The roles whose assignments count.
    pub roles: Vec<String>,
    /// How long an entry may be appealed, in days.
    pub appeal_days: u16,
    /// With fewer assignments due than this a rank is marked as a small sample.
    pub small_sample: i64,
    /// A small sample has no place.
    pub small_sample_unranked: bool,
    /// Parts that decide between equal points, in order; indices.
    pub tie_break: Vec<usize>,
    /// Its indicators.
    pub indicators: Vec<Indicator>,
    /// The parts of its composite.
    pub parts: Vec<Part>,
    /// The least points of grades A, B, C and D.
    pub grades: [Decimal; 4],
    /// Deductions count so many times for cases from a source; once where it is not named.
    pub source_weights: BTreeMap<String, Decimal>,
    /// The work line of a matter.
    pub work_lines: BTreeMap<String, String>,
    /// How many times deductions count by area and work line, the most particular first; once where nothing fits.
    pub difficulty: Vec<Difficulty>,
    /// Organizations that share one result.
    pub bundles: Vec<Bundle>,
    /// Who is compared with whom; everybody with everybody if empty.
    pub groups: Vec<Group>,
    /// Its rules for the ledger.
    pub rules: Vec<Rule>,
    /// Where it comes from.
    pub origin: Origin,
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
    /// Points of ledger entries.
    Ledger(LedgerPart),
}

/// A part that is computed from ledger entries: `start` out of 100, plus their points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerPart {
    /// The rules whose entries count.
    pub rules: Vec<String>,
    /// Where it starts: 100 for deductions, 0 for merits.
    pub start: Decimal,
    /// Points are divided by how much there was to do.
    pub workload: Option<Workload>,
}

/// How much there was to do, beside the norm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workload {
    /// What is counted.
    pub measure: Measure,
    /// The usual count, which comes to 1.
    pub norm: i64,
    /// The least it comes to.
    pub least: Decimal,
    /// The most.
    pub most: Decimal,
}

/// How many times deductions count somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difficulty {
    /// The area and everything whose code begins with it; empty: everywhere.
    pub area: String,
    /// The work line; empty: every one.
    pub work_line: String,
    /// The coefficient.
    pub times: Decimal,
}

/// Organizations that share one result (M40).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// Its id within the scheme.
    pub id: String,
    /// Its name on screens, in Chinese.
    pub title: String,
    /// Who belongs to it; the shares sum to 100.
    pub members: Vec<Member>,
}

/// A member of a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub who: Who,
    /// Its share of what the bundle earns or loses, in percent.
    pub share: Decimal,
}

/// One organization, or all of a kind, which divide their share evenly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// By id.
    Organization(String),
    /// By kind.
    Kind(String),
}

/// Organizations that are compared with each other and with nobody else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its id within the scheme.
    pub id: String,
    /// Its name on screens, in Chinese.
    pub title: String,
    /// Organizations of these kinds.
    pub kinds: Vec<String>,
    /// And these.
    pub organizations: Vec<String>,
}

/// Where a version comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Every installation has it, in force.
    BuiltIn,
    /// Every installation has it as a pattern.
    Template,
    /// A district put it in force.
    District,
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
    /// Only if this holds.
    pub condition: Option<Expression>,
    /// The points count so many times; once if absent.
    pub times: Option<Expression>,
    /// The most points it moves for an organization in a period.
    pub cap: Option<Decimal>,
}

/// The problem of an organization that nobody knows.
pub const UNKNOWN_ORGANIZATION: &str = "UNKNOWN_ORGANIZATION";

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

/// Reads and checks a document, whatever organizations there are.
pub fn parse(text: &str) -> Result<Scheme, Vec<Problem>> {
    parse_knowing(text, &|_| Some(String::new()))
}

/// Reads and checks a document; every problem at once, in the order of the document. `known` says of which kind an
/// organization is, nothing if there is none; the kind is empty if it is not known.
pub fn parse_knowing(
    text: &str,
    known: &dyn Fn(&str) -> Option<String>,
) -> Result<Scheme, Vec<Problem>> {
    let mut problems = fines::mentions(text);
    let scheme = match document::read(text) {
        Ok(document) => {
            if problems.is_empty() {
                problems.extend(fines::hidden(text));
            }
            check::scheme(&document, known, &mut problems)
        }
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

impl Scheme {
    /// The factor applied to a rule's points. Only deductions are weighed: a credit is worth the same everywhere.
    pub fn coefficient(&self, rule: &Rule, finding: &Finding) -> Decimal {
        if rule.points.is_sign_positive() {
            return Decimal::ONE;
        }
        let source = self.source_weights.get(&finding.source);
        let work_line = self.work_line(&finding.matter);
        let fits = |it: &&Difficulty| {
            (it.work_line.is_empty() || it.work_line == work_line)
                && (it.area.is_empty() || is_within(&finding.area, &it.area))
        };
        let difficulty = self.difficulty.iter().find(fits).map(|it| it.times);
        source.copied().unwrap_or(Decimal::ONE) * difficulty.unwrap_or(Decimal::ONE)
    }

    /// The rules that may react to a finding, whatever their conditions.
    pub fn rules_for<'a>(&'a self, finding: &'a Finding) -> impl Iterator<Item = &'a Rule> {
        let named =
            self.organizations.is_empty() || self.organizations.contains(&finding.organization);
        let meant = move |rule: &&Rule| {
            rule.when == finding.kind
                && match &finding.only {
                    Some((scheme, id)) => *scheme == self.id && *id == rule.id,
                    None => true,
                }
        };
        self.rules.iter().filter(move |rule| named && meant(rule))
    }

    /// What a finding's variables hold.
    pub fn values(&self, finding: &Finding) -> Values {
        let text = |it: &str| Bound::Text(it.to_owned());
        let begun =
            |minutes: i64| Bound::Int(finding.late_minutes.saturating_add(minutes - 1) / minutes);
        let values = expression::VARIABLES.iter().map(|it| match it.name {
            "source" => text(&finding.source),
            "area" => text(&finding.area),
            "matter" => text(&finding.matter),
            "work_line" => text(self.work_line(&finding.matter)),
            "role" => text(&finding.role),
            "organization" => text(&finding.organization),
            "round" => Bound::Int(i64::from(finding.round)),
            "late_hours" => begun(60),
            "late_days" => begun(24 * 60),
            _ => Bound::Int(finding.late_minutes),
        });
        values.collect()
    }

    /// The work line of a matter, or nothing.
    pub fn work_line(&self, matter: &str) -> &str {
        self.work_lines.get(matter).map_or("", String::as_str)
    }

    /// The indicator of that id.
    pub fn indicator(&self, id: &str) -> Option<&Indicator> {
        self.indicators.iter().find(|it| it.id == id)
    }

    /// The rule of that id.
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|it| it.id == id)
    }

    /// Whether it scores organizations of a kind: those it names, and with [`ANY`] all others but the scorer's.
    pub fn scores(&self, kind: &str) -> bool {
        let any = self.scored.iter().any(|it| it == ANY) && kind != self.scorer;
        any || self.scored.iter().any(|it| it == kind)
    }

    /// Whether a period of this kind may be closed by it.
    pub fn closes(&self, period: Period) -> bool {
        let kind = match period {
            Period::Week(_) => "WEEK",
            Period::Month(_) => "MONTH",
            Period::Quarter(_) => "QUARTER",
            Period::Year(_) => "YEAR",
            Period::Interval(..) => return false,
        };
        self.periods.iter().any(|it| it == kind)
    }

    /// Whether it names any organization, and not only kinds of them.
    pub fn names_organizations(&self) -> bool {
        let mut members = self.bundles.iter().flat_map(|it| &it.members);
        let expressions = |it: &Rule| [it.condition.clone(), it.times.clone()];
        let mut expressions = self.rules.iter().flat_map(expressions).flatten();
        !self.organizations.is_empty()
            || expressions.any(|it| !it.organizations().is_empty())
            || self.groups.iter().any(|it| !it.organizations.is_empty())
            || members.any(|it| matches!(it.who, Who::Organization(_)))
    }

    /// The roles whose counts are its: those it names, and what is counted apart from tasks.
    pub fn counted_roles(&self) -> Vec<String> {
        self.roles.iter().cloned().chain([String::new()]).collect()
    }

    /// Whether any part is computed from ledger entries.
    pub fn reads_ledger(&self) -> bool {
        self.parts
            .iter()
            .any(|it| matches!(it.input, Input::Ledger(_)))
    }
}

/// Official codes name an area by the code of the one around it and more digits.
fn is_within(area: &str, around: &str) -> bool {
    let code = around.bytes().all(|it| it.is_ascii_digit());
    area == around || code && area.starts_with(around)
}

impl Part {
    /// How it is computed, in words of the document.
    pub fn formula(&self, scheme: &Scheme) -> String {
        match &self.input {
            Input::Rate(at) => format!("rate {}", scheme.indicators[*at].id),
            Input::InverseRate(at) => format!("100 - rate {}", scheme.indicators[*at].id),
            Input::Band(band) => format!("band {}", band.measure.name()),
            Input::Ledger(ledger) => format!("ledger {}", ledger.rules.join(" ")),
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
