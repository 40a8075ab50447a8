//! Recusals (回避; Penalty Law 43): an officer who declares one counts for nothing in the assignment any more, and
//! whether enough are left is looked at again (R3, R4).

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::timestamp::microseconds as us;

use super::act::OFFICERS_NEEDED;
use super::assignment::{Assignment, State};
use super::clock::{Stage, WorkTime};
use super::event::TaskChange;
use super::refusal::{Obstacle, Why};
use super::task::Task;
use super::{OfficerId, PersonId, Refusal};

/// A declared recusal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recusal {
    /// Who counts no more.
    pub officer: OfficerId,
    /// Why.
    pub reason: String,
    /// Who put it on record.
    pub person: PersonId,
    /// When.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
}

impl Task {
    /// Puts a recusal on record. If too few officers are left for an enforcing act, the commitment falls.
    pub fn recuse(
        &self,
        number: u16,
        recusal: Recusal,
        time: &WorkTime,
    ) -> Result<Vec<TaskChange>, Refusal> {
        let it = self.open(number)?;
        if it.is_recused(&recusal.officer) {
            return Ok(vec![]);
        }
        if it.state == State::Reported {
            return Err(Refusal::AlreadyReported);
        }
        let falls = it.falls_without(&recusal.officer);
        let (mut changes, mut clock) = (vec![], None);
        if falls {
            // What is late already stays late.
            changes.extend(it.late(Stage::OnSite, recusal.at));
            clock = it.commit_anew(time, recusal.at)?;
        }
        changes.push(TaskChange::Recused {
            number,
            recusal,
            falls,
            clock,
        });
        Ok(changes)
    }
}

impl Assignment {
    /// Whether an officer declared a recusal.
    pub fn is_recused(&self, officer: &OfficerId) -> bool {
        self.recusals.iter().any(|it| it.officer == *officer)
    }

    /// Those of these officers who declared one, as obstacles.
    pub(super) fn recused<'a>(
        &self,
        officers: impl Iterator<Item = &'a OfficerId>,
    ) -> Vec<Obstacle> {
        let recused = officers.filter(|it| self.is_recused(it));
        let obstacle = |officer: &OfficerId| Obstacle {
            officer: officer.clone(),
            why: vec![Why {
                text: "has declared a recusal (R4)".into(),
                zh: "已申请回避".into(),
            }],
        };
        recused.map(obstacle).collect()
    }

    fn falls_without(&self, officer: &OfficerId) -> bool {
        let committed = matches!(self.state, State::Committed | State::OnSite);
        let left = self.officers.iter().filter(|it| *it != officer).count();
        let had = self.officers.len();
        committed && self.offer.act.enforces() && left < had && left < OFFICERS_NEEDED
    }
}
