//! From a report to a filed case, and into a task.

use time::OffsetDateTime;

use super::clock::{CaseClock, CaseStage, deadline};
use super::{Case, CaseChange, Filing, Rejection, Reported, State, Verification};
use crate::domain::clock::WorkTime;
use crate::domain::{CaseId, CaseSettings, Refusal, TaskId};

impl Reported {
    /// Starts the clock of its verification, and the reply that is promised to its source.
    pub fn start_clocks(
        &mut self,
        settings: &CaseSettings,
        time: &WorkTime,
        at: OffsetDateTime,
    ) -> Result<(), Refusal> {
        let start = (CaseStage::Verification, 1, settings.verification);
        self.clock = Some(CaseClock::start(start, &self.organization, time, at)?);
        let promise = settings.replies.get(&self.source).map(|limit| {
            let rule = ("settings/cases#reply_promises", *limit);
            let since = self.reported_at.unwrap_or(at);
            deadline(rule, &self.organization, time, since)
        });
        self.promise = promise.transpose()?;
        Ok(())
    }
}

impl Case {
    /// Records whether the problem exists.
    pub fn verify(&self, found: Verification) -> Result<Vec<CaseChange>, Refusal> {
        match (self.state, &self.verification) {
            (State::Reported, _) => Ok(vec![CaseChange::Verified(found)]),
            (State::Verified, Some(it))
                if it.exists == found.exists && it.person == found.person =>
            {
                Ok(vec![])
            }
            (state, _) => Err(Refusal::CaseNotReported { state }),
        }
    }

    /// Takes the case up under a matter.
    pub fn file(&self, filing: Filing) -> Result<Vec<CaseChange>, Refusal> {
        match (self.state, &self.verification, &self.filing) {
            (State::Verified, Some(it), _) if it.exists => {
                Ok(vec![CaseChange::Filed(Box::new(filing))])
            }
            (State::Verified, ..) => Err(Refusal::ProblemNotFound),
            (State::Filed, _, Some(it))
                if it.matter == filing.matter && it.condition == filing.condition =>
            {
                Ok(vec![])
            }
            (state, ..) => Err(Refusal::CaseNotVerified { state }),
        }
    }

    /// Refuses to take it up.
    pub fn reject(&self, rejection: Rejection) -> Result<Vec<CaseChange>, Refusal> {
        match (self.state, &self.rejection) {
            (State::Reported | State::Verified, _) => Ok(vec![CaseChange::Rejected(rejection)]),
            (State::Rejected, Some(it)) if it.reason == rejection.reason => Ok(vec![]),
            (state, _) => Err(Refusal::CaseAlreadyFiled { state }),
        }
    }

    /// An exercise and what is none do not go together.
    pub fn same_exercise(&self, exercise: bool) -> Result<(), Refusal> {
        if self.report.exercise == exercise {
            Ok(())
        } else {
            Err(Refusal::ExerciseMismatch)
        }
    }

    /// Makes it part of a task that is being planned: only a filed case, and of one live task only.
    pub fn plan(&self, id: CaseId, task: TaskId) -> Result<(&Filing, Vec<CaseChange>), Refusal> {
        match (self.state, &self.filing, self.task) {
            (State::Filed, Some(filing), None) => Ok((filing, vec![CaseChange::Planned { task }])),
            (state, _, task) => Err(Refusal::CaseNotFiled {
                case: id,
                state,
                task,
            }),
        }
    }
}
