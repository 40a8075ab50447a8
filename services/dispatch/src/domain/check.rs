//! Post-disposal checks (核查): is it really solved. Never by who did the work, neither the organization nor a person
//! who had a hand in it (R10). A pass ends the assignment and perhaps the task; a fail opens the next round.

use super::assignment::{Assignment, Check, State};
use super::clock::{Stage, WorkTime};
use super::event::TaskChange;
use super::task::{self, Task};
use super::{PersonId, Refusal};

impl Task {
    /// Records what a check found. The check says who made it, of which units, and when: never an officer of the holder,
    /// at home or where they serve, whoever they log in for (R10).
    pub fn check(
        &self,
        number: u16,
        check: Check,
        time: &WorkTime,
    ) -> Result<Vec<TaskChange>, Refusal> {
        let it = self.assignment(number).ok_or(Refusal::AssignmentNotFound)?;
        it.may_be_checked_by(&check)?;
        match it.state {
            State::Reported if self.state == task::State::Issued => {}
            State::Done if check.passed && it.is_checked_by(&check.person) => return Ok(vec![]),
            State::Informed => return Err(Refusal::AwarenessOnly),
            State::Withdrawn => return Err(Refusal::Withdrawn),
            State::Released => return Err(Refusal::TaskEnded { state: self.state }),
            state => return Err(Refusal::NotReported { state }),
        }
        let (at, passed) = (check.at, check.passed);
        let mut changes: Vec<TaskChange> = it.late(Stage::Check, at).into_iter().collect();
        changes.push(TaskChange::Checked { number, check });
        if passed {
            changes.extend(self.completed_by(number));
        } else {
            let round = it.round().map_or(1, |it| it.number).saturating_add(1);
            let limits = &it.offer.limits;
            let clocks = vec![
                time.clock(&it.offer.organization, Stage::Commit, &limits.commit, at)?,
                time.clock(
                    &it.offer.organization,
                    Stage::Disposal,
                    &limits.disposal,
                    at,
                )?,
            ];
            changes.push(TaskChange::RoundOpened {
                number,
                round,
                clocks,
            });
        }
        Ok(changes)
    }
}

impl Assignment {
    fn may_be_checked_by(&self, check: &Check) -> Result<(), Refusal> {
        if check.organization == self.offer.organization {
            return Err(Refusal::CheckerIsHandler {
                who: check.organization.to_string(),
            });
        }
        if check.organization != self.offer.checker {
            return Err(Refusal::AssignmentNotFound); // hidden: not theirs to check
        }
        if self.hands.contains(&check.person) || check.units.contains(&self.offer.organization) {
            return Err(Refusal::CheckerIsHandler {
                who: check.person.to_string(),
            });
        }
        Ok(())
    }

    fn is_checked_by(&self, person: &PersonId) -> bool {
        self.round()
            .and_then(|it| it.check.as_ref())
            .is_some_and(|it| it.person == *person)
    }
}
