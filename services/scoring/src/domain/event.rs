//! What scoring takes from an event of dispatch's log.

use time::OffsetDateTime;
use uuid::Uuid;

use super::sheet::Sheet;

/// One event, reduced to what is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Which event it is.
    pub reference: Reference,
    /// When dispatch recorded it.
    pub recorded_at: OffsetDateTime,
    /// Its number in the history of its case or task, from 1. Of two snapshots of the same thing, the one with the
    /// higher version holds, whichever arrives first.
    pub version: i64,
    /// What it says.
    pub change: Change,
}

/// An event as evidence: enough to find it in dispatch's log and in the traces.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Reference {
    /// Its position in the district's log.
    pub position: i64,
    /// Its id.
    pub id: Uuid,
    /// Its kind as dispatch names it.
    pub kind: String,
    /// When it happened, UTC.
    #[serde(with = "time::serde::timestamp::microseconds")]
    pub occurred_at: OffsetDateTime,
    /// The trace it happened in, 32 hex digits, or empty.
    pub trace_id: String,
}

/// What an event says about the things that are counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A case as it stands after the event.
    Case(Uuid, CaseSnapshot),
    /// An assignment and one of its rounds as they stand after the event.
    Assignment {
        /// Which round of which assignment.
        part: Part,
        /// How it stands.
        snapshot: Box<Snapshot>,
        /// The event rules on an objection: whether it was upheld.
        ruled: Option<bool>,
    },
    /// A task finished, and its cases closed with it.
    Finished {
        /// The task.
        task: Uuid,
        /// How many cases closed.
        cases: i64,
    },
    /// What a task did was looked at again some time after its closing (M25).
    Revisited {
        /// The task.
        task: Uuid,
        /// When.
        at: OffsetDateTime,
        /// Whether it is still solved.
        passed: bool,
    },
    /// Something besides tasks and cases as it stands after the event.
    Sheet(Box<Sheet>),
    /// Nothing that is counted, e.g. a plan.
    Nothing,
}

/// A round of an assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Part {
    /// The joint task.
    pub task: Uuid,
    /// The assignment's number within it, from 1.
    pub assignment: i32,
    /// The round, from 1.
    pub round: i32,
}

/// An assignment and one of its rounds at one moment. All references are bare ids, sources and roles as dispatch
/// names them without prefix (`PATROL`, `LEAD`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Who holds it.
    pub organization: String,
    /// Where.
    pub area: String,
    /// About what.
    pub matter: String,
    /// Where the first case came from.
    pub source: String,
    /// What the organization is in the task.
    pub role: String,
    /// Who organizes the task.
    pub organizer: String,
    /// Who checked this round; empty before.
    pub checker: String,
    /// Whether anything is still owed.
    pub standing: Standing,
    /// When it was sent.
    pub offered_at: Option<OffsetDateTime>,
    /// Signing: deadline, done, found overdue.
    pub sign: Clock,
    /// Arrival of the officers.
    pub on_site: Clock,
    /// Disposal, done with the report.
    pub disposal: Clock,
    /// When this round was checked, and whether it passed.
    pub check: Option<Check>,
    /// How many extensions were granted.
    pub extensions: i32,
}

/// A stage's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clock {
    /// The deadline, pauses included.
    pub due_at: Option<OffsetDateTime>,
    /// When the stage was reached.
    pub done_at: Option<OffsetDateTime>,
    /// When dispatch's timer found it overdue.
    pub overdue_at: Option<OffsetDateTime>,
}

/// The result of a post-disposal check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Check {
    /// When it was made.
    pub at: OffsetDateTime,
    /// Whether the problem is solved.
    pub passed: bool,
}

/// Whether an assignment still owes anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// In hand, or done: its deadlines count.
    Owing,
    /// Taken back, released with its task: what was not done is no longer due.
    Released,
    /// For information only, or held by the organizer of the task, who would score itself (R10): nothing is counted.
    Uncounted,
}

/// A case at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseSnapshot {
    /// Who took it in.
    pub organization: String,
    /// Where.
    pub area: String,
    /// About what; empty before filing.
    pub matter: String,
    /// Where it came from.
    pub source: String,
    /// When it was reported.
    pub reported_at: Option<OffsetDateTime>,
    /// When it was filed.
    pub filed_at: Option<OffsetDateTime>,
    /// When it was closed.
    pub closed_at: Option<OffsetDateTime>,
    /// The clocks of the posts, of every round.
    pub stages: Vec<StageClock>,
}

/// A post's clock of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct StageClock {
    /// Which post.
    pub post: Post,
    /// The round of the case.
    pub round: i32,
    /// The deadline.
    #[serde(with = "time::serde::timestamp::microseconds::option")]
    pub due_at: Option<OffsetDateTime>,
    /// When it was done.
    #[serde(with = "time::serde::timestamp::microseconds::option")]
    pub done_at: Option<OffsetDateTime>,
}

/// A post in the street's centre.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Post {
    /// Takes cases in.
    Intake,
    /// Sends them out.
    Dispatch,
}

impl Clock {
    /// Whether it was done by its deadline. Without a deadline nothing can be late. `None`: not done.
    pub fn on_time(&self) -> Option<bool> {
        self.done_at
            .map(|done| self.due_at.is_none_or(|due| done <= due))
    }

    /// Whether it is known to be late: done after the deadline, or found overdue and not done.
    pub fn is_late(&self) -> bool {
        match self.on_time() {
            Some(on_time) => !on_time,
            // A deadline that was moved since, after a rejected objection, runs again.
            None => self
                .overdue_at
                .is_some_and(|at| self.due_at.is_none_or(|due| due <= at)),
        }
    }
}
