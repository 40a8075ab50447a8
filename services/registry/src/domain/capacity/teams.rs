//! How many lawful teams can be sent at once, and why not more (R3, A1).
//!
//! A penalty needs two officers of the unit in whose name it is imposed (Penalty Law 42), so nobody is paired with
//! an officer of another unit, also within one composite squad.

use std::collections::{BTreeMap, BTreeSet};

use super::{Check, Obstacle, Question, check, serving};
use crate::domain::{Act, Catalogue, Organization};

/// Officers of an enforcing team.
pub const TEAM: usize = 2;

/// Whom an organization can send at once.
#[derive(Clone, Debug)]
pub struct Capacity<'a> {
    /// Everybody who serves the organization.
    pub checks: Vec<Check<'a>>,
    /// How many officers a team needs.
    pub per_team: usize,
    /// The teams.
    pub teams: Vec<Team<'a>>,
    /// Who could be sent but has no partner.
    pub spare: Vec<&'a str>,
    /// How many full case files can be prepared at once.
    pub case_files: usize,
}

/// Officers who can be sent together.
#[derive(Clone, Debug, PartialEq)]
pub struct Team<'a> {
    /// In whose name they act.
    pub unit: &'a Organization,
    /// Who they are.
    pub officers: Vec<&'a str>,
    /// Whether one of them may prepare case files.
    pub case_files: bool,
}

/// Whom an organization can send at once to do this.
pub fn capacity<'a>(catalogue: &'a Catalogue, question: &Question<'_>, act: Act) -> Capacity<'a> {
    let staff = serving(catalogue, question.organization, question.days().0);
    let checks = check(catalogue, question, staff.iter().map(|it| it.id.as_str()));
    let per_team = if act.enforces() { TEAM } else { 1 };
    let able = checks.iter().filter(|it| it.obstacles.is_empty());
    let case_files = able.filter(|it| prepares(it)).count();
    let (teams, spare) = teams(&checks, per_team);
    Capacity {
        checks,
        per_team,
        teams,
        spare,
        case_files,
    }
}

/// Pairs those who count, each with officers of one unit, those who prepare case files spread over the teams.
pub fn teams<'a>(checks: &[Check<'a>], per_team: usize) -> (Vec<Team<'a>>, Vec<&'a str>) {
    let mut units: BTreeMap<&str, (&Organization, Vec<&Check<'a>>)> = BTreeMap::new();
    let able = checks.iter().filter(|it| it.obstacles.is_empty());
    for (check, unit) in able.filter_map(|it| Some((it, it.home?))) {
        let of_unit = units.entry(unit.id.as_str());
        of_unit.or_insert((unit, Vec::new())).1.push(check);
    }
    let (mut teams, mut spare) = (Vec::new(), Vec::new());
    for (unit, mut able) in units.into_values() {
        able.sort_by_key(|it| (!prepares(it), it.id));
        let count = able.len() / per_team;
        // Who comes first leads a team; the rest fill them from the end, so that two who prepare meet last.
        let mut rest = able.split_off(count);
        for leader in able {
            let mut officers = vec![leader];
            officers.extend(rest.split_off(rest.len() + 1 - per_team.max(1)));
            teams.push(Team {
                unit,
                case_files: officers.iter().any(|it| prepares(it)),
                officers: officers.into_iter().map(|it| it.id).collect(),
            });
        }
        spare.extend(rest.into_iter().map(|it| it.id));
    }
    (teams, spare)
}

fn prepares(check: &Check<'_>) -> bool {
    check.officer.is_some_and(|it| it.case_files)
}

impl Capacity<'_> {
    /// How many officers each kind of obstacle keeps back, the most first. What an obstacle names is left out.
    pub fn obstacles(&self) -> Vec<(Obstacle<'static>, usize)> {
        let mut counts: BTreeMap<Obstacle<'static>, usize> = BTreeMap::new();
        for check in &self.checks {
            let kinds: BTreeSet<_> = check.obstacles.iter().map(nameless).collect();
            for kind in kinds {
                *counts.entry(kind).or_default() += 1;
            }
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        counts
    }
}

/// The obstacle without what it names.
fn nameless(obstacle: &Obstacle<'_>) -> Obstacle<'static> {
    match obstacle {
        Obstacle::Unknown => Obstacle::Unknown,
        Obstacle::Repeated => Obstacle::Repeated,
        Obstacle::OtherOrganization(_) => Obstacle::OtherOrganization(""),
        Obstacle::SecondedWithoutPower => Obstacle::SecondedWithoutPower,
        Obstacle::Auxiliary => Obstacle::Auxiliary,
        Obstacle::NotOnStaff => Obstacle::NotOnStaff,
        Obstacle::NoCertificate => Obstacle::NoCertificate,
        Obstacle::CertificateNotValid => Obstacle::CertificateNotValid,
        Obstacle::OtherField => Obstacle::OtherField,
        Obstacle::Absent(_) => Obstacle::Absent(""),
        Obstacle::OnLeave => Obstacle::OnLeave,
        Obstacle::Resting => Obstacle::Resting,
        Obstacle::OffRoster => Obstacle::OffRoster,
        Obstacle::Recused => Obstacle::Recused,
        Obstacle::Committed => Obstacle::Committed,
    }
}
