//! What an import does, or what is wrong with the file.

use liandong_proto::registry as proto;

use crate::domain::plan::Count;
use crate::street::{FileProblem, Import};

/// Problems shown; all are counted.
const SHOWN_MAX: usize = 1000;

/// The answer to an import, with the outcome it has if it is in order.
pub(in crate::grpc) fn wire(import: &Import, validate_only: bool) -> proto::ImportStreetResponse {
    use proto::ImportOutcome as Outcome;
    let outcome = match (
        import.problems.is_empty(),
        validate_only,
        import.plan.changes.is_empty(),
    ) {
        (false, _, _) => Outcome::Refused,
        (true, true, _) => Outcome::Valid,
        (true, false, true) => Outcome::Unchanged,
        (true, false, false) => Outcome::Applied,
    };
    let counts = import.plan.counts.iter().map(count);
    proto::ImportStreetResponse {
        outcome: outcome.into(),
        counts: counts.collect(),
        problems: import
            .problems
            .iter()
            .take(SHOWN_MAX)
            .map(file_problem)
            .collect(),
        problem_count: i32::try_from(import.problem_count).unwrap_or(i32::MAX),
        catalogue_version: 0, // known once it is committed
    }
}

/// A problem of a file.
pub(in crate::grpc) fn file_problem(it: &FileProblem) -> proto::ImportProblem {
    let number = |it: u32| i32::try_from(it).unwrap_or(i32::MAX);
    proto::ImportProblem {
        line: number(it.at.line),
        column: number(it.at.column),
        path: it.path.clone(),
        reason: it.reason.code().to_owned(),
        text: it.text.clone(),
        text_zh: it.text_zh.clone(),
        cell: it.cell.clone(),
    }
}

/// What becomes of the entries of a section.
pub(in crate::grpc) fn count(it: &Count) -> proto::ImportCount {
    let number = |it: u32| i32::try_from(it).unwrap_or(i32::MAX);
    proto::ImportCount {
        section: it.section.to_owned(),
        created: number(it.created),
        changed: number(it.changed),
        unchanged: number(it.unchanged),
    }
}
