//! What differs first between what is stored and what the log says.

use super::{
    contribution::Key,
    entry::Entry,
    fact::{CaseFact, RoundFact, TaskFact},
    measure::{CELLS, Counts},
    number::{POINT_PLACES, fixed},
    period::civil_text,
    sheet::Sheet,
    totals,
};

/// The first difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// `ledger`, `facts`, `cases`, `sheets`, `rollup`, `totals` or `points`.
    pub part: &'static str,
    /// Which row.
    pub row: String,
    /// Which field; `row` if one side has no such row.
    pub field: &'static str,
    /// What is stored; empty if nothing is.
    pub stored: String,
    /// What the log says; empty if it says nothing.
    pub recomputed: String,
}

type Fields = Vec<(&'static str, String)>;

/// Compares two ledger entries in the same place.
pub fn entries(stored: Option<&Entry>, recomputed: Option<&Entry>) -> Option<Difference> {
    let sequence = stored.or(recomputed)?.sequence;
    difference(
        "ledger",
        || format!("entries/{sequence}"),
        stored,
        recomputed,
        entry_fields,
    )
}

/// Compares what is known of a task.
pub fn tasks(
    name: &str,
    stored: Option<&TaskFact>,
    recomputed: Option<&TaskFact>,
) -> Option<Difference> {
    if stored == recomputed {
        return None;
    }
    let (Some(left), Some(right)) = (stored, recomputed) else {
        return difference(
            "facts",
            || name.to_owned(),
            stored,
            recomputed,
            |it| vec![("row", format!("{} rounds", it.rounds.len()))],
        );
    };
    let finished = |it: &TaskFact| {
        vec![
            ("finished", format!("{:?}", it.finished)),
            ("revisits", format!("{:?}", it.revisits)),
            ("exempt", format!("{:?}", it.exempt)),
        ]
    };
    let keys = left.rounds.keys().chain(right.rounds.keys());
    difference("facts", || name.to_owned(), stored, recomputed, finished).or_else(|| {
        keys.map(|at| (at, left.rounds.get(at), right.rounds.get(at)))
            .find_map(|(at, left, right)| {
                let row = || format!("{name}/assignments/{} round {}", at.0, at.1);
                difference("facts", row, left, right, round_fields)
            })
    })
}

/// Compares what is known of a case.
pub fn cases(
    name: &str,
    stored: Option<&CaseFact>,
    recomputed: Option<&CaseFact>,
) -> Option<Difference> {
    difference(
        "cases",
        || name.to_owned(),
        stored,
        recomputed,
        |it| {
            vec![
                ("version", it.version.to_string()),
                ("snapshot", format!("{:?}", it.snapshot)),
            ]
        },
    )
}

/// Compares two sheets of the same thing.
pub fn sheets(
    name: &str,
    stored: Option<&Sheet>,
    recomputed: Option<&Sheet>,
) -> Option<Difference> {
    difference(
        "sheets",
        || name.to_owned(),
        stored,
        recomputed,
        |it| {
            vec![
                ("version", it.version.to_string()),
                ("tallies", format!("{:?}", it.tallies)),
                ("findings", format!("{:?}", it.findings)),
                ("exempt", format!("{:?}", it.exempt)),
            ]
        },
    )
}

/// Compares a row of the totals. A row that came to nothing is as good as none.
pub fn totals(
    key: &totals::Key,
    stored: Option<&Counts>,
    recomputed: Option<&Counts>,
) -> Option<Difference> {
    counts(
        "totals",
        || format!("{} {}|{}", key.span, key.organization, key.role),
        stored,
        recomputed,
    )
}

/// Compares a row of the ledger's totals.
pub fn points(
    key: &totals::PointsKey,
    stored: Option<&totals::Points>,
    recomputed: Option<&totals::Points>,
) -> Option<Difference> {
    let (stored, recomputed) = (
        stored.copied().unwrap_or_default(),
        recomputed.copied().unwrap_or_default(),
    );
    let row = || {
        format!(
            "{} {} {}/{}",
            key.span, key.organization, key.scheme, key.rule
        )
    };
    difference("points", row, Some(&stored), Some(&recomputed), |it| {
        vec![
            ("entries", it.entries.to_string()),
            ("points", fixed(it.points, POINT_PLACES)),
        ]
    })
}

/// Compares a row of the rollup. A row that came to nothing is as good as none.
pub fn rollup(
    key: &Key,
    stored: Option<&Counts>,
    recomputed: Option<&Counts>,
) -> Option<Difference> {
    let row = || {
        let parts = [
            &key.organization,
            &key.area,
            &key.matter,
            &key.source,
            &key.role,
        ];
        format!("{} {}", key.day, parts.map(String::as_str).join("|"))
    };
    counts("rollup", row, stored, recomputed)
}

fn counts(
    part: &'static str,
    row: impl FnOnce() -> String,
    stored: Option<&Counts>,
    recomputed: Option<&Counts>,
) -> Option<Difference> {
    let (stored, recomputed) = (
        stored.copied().unwrap_or_default(),
        recomputed.copied().unwrap_or_default(),
    );
    difference(part, row, Some(&stored), Some(&recomputed), |it| {
        CELLS
            .iter()
            .map(|cell| (cell.column(), it.get(*cell).to_string()))
            .collect()
    })
}

fn difference<T: PartialEq>(
    part: &'static str,
    row: impl FnOnce() -> String,
    stored: Option<&T>,
    recomputed: Option<&T>,
    fields: impl Fn(&T) -> Fields,
) -> Option<Difference> {
    if stored == recomputed {
        return None;
    }
    let text = |it: &T| {
        fields(it)
            .into_iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>()
            .join(" ")
    };
    let (field, stored, recomputed) = match (stored, recomputed) {
        (Some(left), Some(right)) => {
            let pairs = fields(left).into_iter().zip(fields(right));
            let (left, right) = { pairs }.find(|(left, right)| left != right)?;
            (left.0, left.1, right.1)
        }
        (left, right) => (
            "row",
            left.map(&text).unwrap_or_default(),
            right.map(&text).unwrap_or_default(),
        ),
    };
    Some(Difference {
        part,
        row: row(),
        field,
        stored,
        recomputed,
    })
}

fn entry_fields(it: &Entry) -> Fields {
    let content = &it.content;
    vec![
        ("organization", content.organization.clone()),
        (
            "rule",
            format!("{}/{}", content.slot.scheme, content.slot.rule),
        ),
        ("rule_version", content.version.to_string()),
        ("day", content.day.to_string()),
        ("points", fixed(content.points, POINT_PLACES)),
        ("coefficient", fixed(content.coefficient, POINT_PLACES)),
        ("reverses", it.reverses.to_string()),
        (
            "task",
            format!(
                "{} {} {} {}",
                content.slot.task,
                content.slot.assignment,
                content.slot.round,
                content.slot.occasion
            ),
        ),
        ("title", content.title.clone()),
        ("indicator", content.indicator.clone()),
        ("formula", content.formula.clone()),
        ("inputs", format!("{:?}", content.inputs)),
        ("evidence", format!("{:?}", content.evidence)),
        ("cause", format!("{:?}", it.cause)),
        ("record_time", civil_text(it.recorded_at)),
        ("post_time", civil_text(it.posted_at)),
        ("previous_hash", it.previous_hash.clone()),
        ("hash", it.hash.clone()),
    ]
}

fn round_fields(it: &RoundFact) -> Fields {
    let fact = &it.snapshot;
    vec![
        ("version", it.version.to_string()),
        ("organization", fact.organization.clone()),
        ("area", fact.area.clone()),
        ("matter", fact.matter.clone()),
        ("source", fact.source.clone()),
        ("role", fact.role.clone()),
        ("standing", format!("{:?}", fact.standing)),
        ("offered_at", format!("{:?}", fact.offered_at)),
        ("sign", format!("{:?}", fact.sign)),
        ("on_site", format!("{:?}", fact.on_site)),
        ("disposal", format!("{:?}", fact.disposal)),
        ("check", format!("{:?}", fact.check)),
        ("extensions", fact.extensions.to_string()),
        ("rulings", format!("{:?}", it.rulings)),
        ("evidence", format!("{:?}", it.evidence)),
    ]
}
