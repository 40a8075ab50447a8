//! How far a campaign is: counted from its work.

use serde::{Deserialize, Serialize};

use super::Measure;
use crate::domain::assignment::Assignment;
use crate::domain::inspection::{self, Inspection};
use crate::domain::{Case, CaseId, Task, case, task};

/// The work of a campaign as it stands: its members, and the cases and tasks of its inspections' orders, each once.
#[derive(Clone, Debug, Default)]
pub struct Work {
    /// Cases.
    pub cases: Vec<(CaseId, Case)>,
    /// Tasks.
    pub tasks: Vec<Task>,
    /// Inspections.
    pub inspections: Vec<Inspection>,
}

/// Its numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)] // the names say it
pub struct Progress {
    pub cases: i64,
    pub closed_cases: i64,
    pub rejected_cases: i64,
    pub tasks: i64,
    pub finished_tasks: i64,
    pub cancelled_tasks: i64,
    pub overdue_assignments: i64,
    pub reworks: i64,
    pub inspections: i64,
    pub concluded_inspections: i64,
    /// Merged or given up.
    pub dropped_inspections: i64,
    pub findings: i64,
    pub mended_findings: i64,
}

impl Progress {
    /// Counts.
    pub fn of(work: &Work) -> Progress {
        let case = |state: case::State| count(work.cases.iter().filter(|it| it.1.state == state));
        let task = |state: task::State| count(work.tasks.iter().filter(|it| it.state == state));
        let inspection = |state: inspection::State| {
            count(work.inspections.iter().filter(|it| it.state == state))
        };
        let parts = || work.tasks.iter().flat_map(|it| &it.assignments);
        let rework = |it: &Assignment| i64::from(it.round().map_or(1, |it| it.number)) - 1;
        let findings = || work.inspections.iter().flat_map(|it| &it.findings);
        let closed = |id: CaseId| {
            let mut cases = work.cases.iter();
            cases.any(|(it, case)| *it == id && case.state == case::State::Closed)
        };
        let mended = findings().filter(|it| it.order.as_ref().is_some_and(|it| closed(it.case)));
        let all = count(work.cases.iter());
        let going = work.cases.iter().filter(|it| goes_on(it.1.state));
        let closed_cases = case(case::State::Closed);
        Progress {
            cases: all,
            closed_cases,
            rejected_cases: all - closed_cases - count(going),
            tasks: count(work.tasks.iter()),
            finished_tasks: task(task::State::Finished),
            cancelled_tasks: task(task::State::Cancelled),
            overdue_assignments: count(parts().filter(|it| it.is_overdue())),
            reworks: parts().map(rework).sum(),
            inspections: count(work.inspections.iter()),
            concluded_inspections: inspection(inspection::State::Concluded),
            dropped_inspections: inspection(inspection::State::Merged)
                + inspection(inspection::State::Cancelled),
            findings: count(findings()),
            mended_findings: count(mended),
        }
    }

    /// How many cases, tasks and inspections go on.
    pub fn open(&self) -> i64 {
        let cases = self.cases - self.closed_cases - self.rejected_cases;
        let tasks = self.tasks - self.finished_tasks - self.cancelled_tasks;
        let over = self.concluded_inspections + self.dropped_inspections;
        cases + tasks + self.inspections - over
    }

    /// How many there are of what a target counts.
    pub fn reached(&self, measure: Measure) -> i64 {
        match measure {
            Measure::CasesClosed => self.closed_cases,
            Measure::TasksFinished => self.finished_tasks,
            Measure::InspectionsConcluded => self.concluded_inspections,
            Measure::FindingsMended => self.mended_findings,
        }
    }
}

/// Whether a case is still being worked on.
fn goes_on(state: case::State) -> bool {
    use case::State::{Dispatched, Filed, Reported, Verified};
    matches!(state, Reported | Verified | Filed | Dispatched)
}

fn count<T>(all: impl Iterator<Item = T>) -> i64 {
    i64::try_from(all.count()).unwrap_or(i64::MAX)
}
