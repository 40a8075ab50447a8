//! Who may add evidence to what, who sees how much of it, and who may refer to it.
//!
//! | Organization | sees |
//! |---|---|
//! | that uploaded it; that holds the case; that organizes or leads the task | the original |
//! | that checks the assignment; that checks any part, for evidence of the case or the whole task | the original |
//! | with another part in the task | the shared copy, nothing personal (M27) |
//! | anybody else | nothing: it is not there |

use super::{Evidence, Parent, Refused, State, Unusable};
use crate::domain::{Case, CaseId, EvidenceId, OrganizationId, Task, TaskId, case, task};

/// How much of a piece of evidence somebody sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum View {
    /// The copy for others, and nothing personal.
    Shared,
    /// Everything.
    Original,
}

/// What a piece of evidence belongs to, as it stands: the case itself, and the task, its own or the case's.
#[derive(Clone, Copy, Debug, Default)]
pub struct Parents<'a> {
    /// The case, for evidence of a case.
    pub case: Option<&'a Case>,
    /// The task.
    pub task: Option<&'a Task>,
}

impl Parents<'_> {
    /// Whether an organization may add evidence now.
    pub fn admit(&self, parent: Parent, organization: &OrganizationId) -> Result<(), Refused> {
        let ended = match parent {
            Parent::Case(_) => {
                let case = self
                    .case
                    .filter(|it| it.report.organization == *organization);
                let case = case.ok_or(Refused::ParentNotFound)?;
                matches!(case.state, case::State::Rejected | case::State::Closed)
            }
            Parent::Task(_) => {
                let task = self.task.filter(|it| it.organizer == *organization);
                has_ended(task.ok_or(Refused::ParentNotFound)?)
            }
            Parent::Assignment(id) => {
                let task = self.task.ok_or(Refused::ParentNotFound)?;
                let part = task.assignment(id.number);
                let part = part.filter(|it| it.concerns(organization));
                let part = part.ok_or(Refused::ParentNotFound)?;
                has_ended(task) || !part.state.is_open()
            }
        };
        if ended {
            return Err(Refused::ParentEnded);
        }
        Ok(())
    }

    /// How much an organization sees of what `owner` uploaded.
    pub fn view(
        &self,
        parent: Parent,
        owner: &OrganizationId,
        organization: &OrganizationId,
    ) -> Option<View> {
        if owner == organization || self.is_holder(organization) {
            return Some(View::Original);
        }
        let task = self.task?;
        let leads = task.organizer == *organization || task.lead() == Some(organization);
        let checks = match parent {
            Parent::Assignment(id) => task
                .assignment(id.number)
                .is_some_and(|it| it.offer.checker == *organization),
            _ => task
                .assignments
                .iter()
                .any(|it| it.offer.checker == *organization),
        };
        if leads || checks {
            return Some(View::Original);
        }
        task.concerns(organization).then_some(View::Shared)
    }

    /// Whether an organization may list what belongs to `parent`.
    pub fn lists(&self, parent: Parent, organization: &OrganizationId) -> bool {
        let concerned = self.task.is_some_and(|it| it.concerns(organization));
        self.exists(parent) && (concerned || self.is_holder(organization))
    }

    /// Whether `parent` is there.
    pub fn exists(&self, parent: Parent) -> bool {
        match parent {
            Parent::Case(_) => self.case.is_some(),
            Parent::Task(_) => self.task.is_some(),
            Parent::Assignment(id) => self
                .task
                .is_some_and(|it| it.assignment(id.number).is_some()),
        }
    }

    fn is_holder(&self, organization: &OrganizationId) -> bool {
        self.case
            .is_some_and(|it| it.report.organization == *organization)
    }
}

/// Whether an organization may refer to a piece of evidence in what it says: its own, stored, and of what it says it
/// of.
fn cited(
    evidence: Option<&Evidence>,
    organization: &OrganizationId,
    fits: impl Fn(Parent) -> bool,
) -> Result<(), Unusable> {
    let found = evidence.and_then(|it| Some((it, it.announced.as_ref()?)));
    let (evidence, announced) = found
        .filter(|(_, it)| it.organization == *organization)
        .ok_or(Unusable::NotFound)?;
    match (fits(announced.parent), evidence.state) {
        (false, _) => Err(Unusable::OtherTask),
        (true, State::Stored) => Ok(()),
        (true, _) => Err(Unusable::NotFinished),
    }
}

/// Refuses references that may not be made, all of them at once.
pub fn refer<'a>(
    pieces: impl Iterator<Item = (EvidenceId, Option<&'a Evidence>)>,
    organization: &OrganizationId,
    task: (TaskId, &Task),
) -> Result<(), Refused> {
    refuse(pieces, organization, |parent| match parent {
        Parent::Case(case) => task.1.cases.contains(&case),
        Parent::Task(other) => other == task.0,
        Parent::Assignment(other) => other.task == task.0,
    })
}

/// The same for what is said of a case: of the case itself, or of its task.
pub fn refer_of_case<'a>(
    pieces: impl Iterator<Item = (EvidenceId, Option<&'a Evidence>)>,
    organization: &OrganizationId,
    (id, case): (CaseId, &Case),
) -> Result<(), Refused> {
    refuse(pieces, organization, |parent| match parent {
        Parent::Case(other) => other == id || case.merged.contains(&other),
        Parent::Task(task) => case.task == Some(task),
        Parent::Assignment(other) => case.task == Some(other.task),
    })
}

fn refuse<'a>(
    pieces: impl Iterator<Item = (EvidenceId, Option<&'a Evidence>)>,
    organization: &OrganizationId,
    fits: impl Fn(Parent) -> bool,
) -> Result<(), Refused> {
    let unusable = pieces.filter_map(|(id, it)| {
        let why = cited(it, organization, &fits).err()?;
        Some((format!("evidence/{id}"), why))
    });
    let pieces: Vec<_> = unusable.collect();
    if pieces.is_empty() {
        Ok(())
    } else {
        Err(Refused::Unusable { pieces })
    }
}

fn has_ended(task: &Task) -> bool {
    matches!(task.state, task::State::Finished | task::State::Cancelled)
}
