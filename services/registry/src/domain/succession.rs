//! Who followed whom (M1): takeovers, mergers (合并) and splits (分设), and the chain they make.
//!
//! An old id means one unit on any day: itself, then its `successor`, and so on. After a split the other parts
//! belong to the further successors, which the chain names and the id does not mean.

use std::collections::HashSet;

use time::{Date, OffsetDateTime};

use super::{
    Catalogue, Entry, Organization, OrganizationId, Problem, Reason, Registered,
    amend::{self, Refusal},
};

/// That one organization followed another.
#[derive(Clone, Debug, PartialEq)]
pub struct Succession<'a> {
    /// Who ended.
    pub predecessor: &'a Organization,
    /// Who took over.
    pub successor: &'a Organization,
    /// From which day on.
    pub first_day: Date,
    /// In which way.
    pub kind: Kind,
    /// Whether the predecessor's id means this successor.
    pub resolves: bool,
}

/// How one followed another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One took over from one.
    Takeover,
    /// Several became one.
    Merger,
    /// One became several.
    Split,
}

/// Every succession before and after an organization, the oldest first.
pub fn chain<'a>(catalogue: &'a Catalogue, organization: &Organization) -> Vec<Succession<'a>> {
    let all = all(catalogue);
    let mut taken = HashSet::new();
    for forward in [true, false] {
        let mut seen = HashSet::from([organization.id.as_str().to_owned()]);
        let mut open = vec![organization.id.as_str().to_owned()];
        while let Some(id) = open.pop() {
            for (index, it) in all.iter().enumerate() {
                let (from, to) = if forward {
                    (it.predecessor, it.successor)
                } else {
                    (it.successor, it.predecessor)
                };
                if from.id.as_str() == id {
                    taken.insert(index);
                    if seen.insert(to.id.as_str().to_owned()) {
                        open.push(to.id.as_str().to_owned());
                    }
                }
            }
        }
    }
    let mut chain: Vec<_> = all
        .into_iter()
        .enumerate()
        .filter(|(index, _)| taken.contains(index))
        .map(|(_, it)| it)
        .collect();
    chain.sort_by(|one, other| {
        (one.first_day, &one.predecessor.id, !one.resolves).cmp(&(
            other.first_day,
            &other.predecessor.id,
            !other.resolves,
        ))
    });
    chain
}

fn all(catalogue: &Catalogue) -> Vec<Succession<'_>> {
    let mut all = Vec::new();
    for unit in catalogue.organizations.iter() {
        let Some(first_day) = unit.validity.last.and_then(Date::next_day) else {
            continue;
        };
        let kind = if unit.further_successors.is_empty() {
            Kind::Takeover
        } else {
            Kind::Split
        };
        let each = unit.successor.iter().chain(&unit.further_successors);
        let each = each.filter_map(|it| catalogue.organizations.get(it.as_str()));
        all.extend(each.map(|successor| Succession {
            predecessor: unit,
            successor,
            first_day,
            kind,
            resolves: unit.successor.as_ref() == Some(&successor.id),
        }));
    }
    let merged: Vec<bool> = all
        .iter()
        .map(|it| {
            let same = |other: &&Succession<'_>| {
                other.successor.id == it.successor.id && other.first_day == it.first_day
            };
            it.kind == Kind::Takeover && all.iter().filter(same).count() > 1
        })
        .collect();
    for (it, merged) in all.iter_mut().zip(merged) {
        if merged {
            it.kind = Kind::Merger;
        }
    }
    all
}

/// Ends several organizations in favour of one.
pub fn merge(
    catalogue: &Catalogue,
    units: &[OrganizationId],
    successor: &OrganizationId,
    last: Date,
    at: OffsetDateTime,
) -> Result<Vec<Entry>, Refusal> {
    let mut entries = Vec::with_capacity(units.len());
    let mut problems = live_after(catalogue, std::slice::from_ref(successor), last);
    for id in units {
        let unit = catalogue.organizations.get(id.as_str());
        let mut unit = unit.ok_or(Refusal::Missing)?.clone();
        problems.extend(ended(&unit, last));
        unit.validity.last = Some(last);
        unit.successor = Some(successor.clone());
        entries.push(unit.entry());
    }
    if problems.is_empty() {
        amend::checked_all(catalogue, entries, at)
    } else {
        Err(Refusal::Invalid(problems))
    }
}

/// Ends an organization in favour of several; its id means the first of them.
pub fn split(
    catalogue: &Catalogue,
    unit: &Organization,
    successors: &[OrganizationId],
    last: Date,
    at: OffsetDateTime,
) -> Result<Vec<Entry>, Refusal> {
    let mut problems = live_after(catalogue, successors, last);
    problems.extend(ended(unit, last));
    if !problems.is_empty() {
        return Err(Refusal::Invalid(problems));
    }
    let mut unit = unit.clone();
    unit.validity.last = Some(last);
    unit.successor = successors.first().cloned();
    unit.further_successors = successors.iter().skip(1).cloned().collect();
    amend::checked_all(catalogue, vec![unit.entry()], at)
}

/// Who takes over must be there on the day after.
fn live_after(catalogue: &Catalogue, successors: &[OrganizationId], last: Date) -> Vec<Problem> {
    let first = last.next_day().unwrap_or(last);
    let dead = successors.iter().filter_map(|id| {
        let unit = catalogue.organizations.get(id.as_str());
        let problem = match unit {
            None => Some((
                Reason::UnknownReference,
                "does not exist".to_owned(),
                "单位不存在".to_owned(),
            )),
            Some(unit) if !unit.validity.covers(first) => Some((
                Reason::NotAllowed,
                format!("takes over on {first}, but does not exist on that day"),
                format!("承继单位在{first}不存在"),
            )),
            Some(_) => None,
        };
        problem.map(|it| problem_of(id, it))
    });
    dead.collect()
}

/// What has ended cannot end again.
fn ended(unit: &Organization, last: Date) -> Option<Problem> {
    let before = unit.validity.last.filter(|it| *it <= last)?;
    let what = (
        Reason::NotAllowed,
        format!("has ended already, on {before}"),
        format!("已于{before}撤销"),
    );
    Some(problem_of(&unit.id, what))
}

fn problem_of(id: &OrganizationId, (reason, text, text_zh): (Reason, String, String)) -> Problem {
    use super::Item;
    Problem {
        section: Organization::SECTION,
        id: id.as_str().to_owned(),
        field: String::new(),
        reason,
        text,
        text_zh,
    }
}
