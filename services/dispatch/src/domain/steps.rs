//! What an organization does with an assignment it holds: sign, commit, report in, report, acknowledge.
//!
//! A step that comes after its deadline puts that on record first, so that what is overdue never depends on whether
//! a timer was quicker. A step repeated by the same means changes nothing.

use time::OffsetDateTime;

use super::act::OFFICERS_NEEDED;
use super::assignment::{Assignment, Report, State};
use super::clock::{Stage, WorkTime};
use super::event::TaskChange;
use super::refusal::{Obstacle, Why};
use super::rest::Urgency;
use super::task::{self, Task};
use super::{Act, OfficerId, OrganizationId, PersonId, Refusal};

/// What the registry says of an officer: certified, valid and available for this organization (R3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fitness {
    /// Who.
    pub officer: OfficerId,
    /// Whether the officer counts.
    pub able: bool,
    /// In whose name the officer acts: the home unit.
    pub unit: OrganizationId,
    /// Every reason why not.
    pub why: Vec<Why>,
}

impl Fitness {
    /// An officer about whom nobody was asked, because nothing is enforced.
    pub fn unasked(officer: OfficerId) -> Fitness {
        Fitness {
            officer,
            able: false,
            unit: OrganizationId::default(),
            why: vec![],
        }
    }
}

impl Task {
    /// 签收: a named person has the order.
    pub fn sign(
        &self,
        number: u16,
        person: &PersonId,
        time: &WorkTime,
        at: OffsetDateTime,
    ) -> Result<Vec<TaskChange>, Refusal> {
        let it = self.open(number)?;
        match (it.state, &it.signer) {
            (State::Offered, _) => {}
            (_, Some(by)) if by == person => return Ok(vec![]),
            (_, by) => {
                return Err(Refusal::AlreadySigned {
                    by: by.clone().unwrap_or_default().to_string(),
                });
            }
        }
        let clock = time.clock(
            &it.offer.organization,
            Stage::Commit,
            &it.offer.limits.commit,
            at,
        )?;
        let signed = TaskChange::Signed {
            number,
            person: person.clone(),
            clock,
        };
        Ok(it
            .late(Stage::Sign, at)
            .into_iter()
            .chain([signed])
            .collect())
    }

    /// 接办: will act, with these officers. An enforcing act needs two who are fit (R3); whether they are free is
    /// known to their [`super::duty::Duty`].
    pub fn commit(
        &self,
        number: u16,
        person: &PersonId,
        officers: &[Fitness],
        time: &WorkTime,
        at: OffsetDateTime,
    ) -> Result<Vec<TaskChange>, Refusal> {
        let it = self.open(number)?;
        let ids: Vec<OfficerId> = officers.iter().map(|it| it.officer.clone()).collect();
        match it.state {
            State::Signed => {}
            State::Committed if it.officers == ids => return Ok(vec![]),
            State::Offered => return Err(Refusal::NotSigned { state: it.state }),
            State::Objected => return Err(Refusal::ObjectionPending),
            State::OnHold => return Err(it.on_hold()),
            state => return Err(Refusal::AlreadyCommitted { state }),
        }
        it.suffice(officers)?;
        let clock = time.clock(
            &it.offer.organization,
            Stage::OnSite,
            &it.offer.limits.on_site,
            at,
        )?;
        let committed = TaskChange::Committed {
            number,
            person: person.clone(),
            officers: ids,
            clock,
        };
        Ok(it
            .late(Stage::Commit, at)
            .into_iter()
            .chain([committed])
            .collect())
    }

    /// 报到: the committed officers, or these of them, have arrived. For an enforcing act they are looked at again.
    pub fn report_in(
        &self,
        number: u16,
        person: &PersonId,
        present: &[OfficerId],
        fitness: &[Fitness],
        urgency: &Urgency,
        at: OffsetDateTime,
    ) -> Result<Vec<TaskChange>, Refusal> {
        let it = self.open(number)?;
        match it.state {
            State::Committed => {}
            State::OnSite if it.hands.contains(person) => return Ok(vec![]),
            State::OnSite => return Err(Refusal::AlreadyOnSite),
            State::Reported => return Err(Refusal::AlreadyReported),
            State::OnHold => return Err(it.on_hold()),
            state => return Err(Refusal::NotCommitted { state }),
        }
        let present = if present.is_empty() {
            it.officers.clone()
        } else {
            present.to_vec()
        };
        let (known, strangers): (Vec<_>, Vec<_>) =
            present.into_iter().partition(|id| it.officers.contains(id));
        let needed = if it.offer.act.enforces() {
            OFFICERS_NEEDED
        } else {
            0
        };
        if known.len() < needed || !strangers.is_empty() {
            let obstacles = strangers.into_iter().map(Obstacle::not_committed).collect();
            return Err(Refusal::TooFewOfficers {
                needed,
                able: known.len(),
                obstacles,
            });
        }
        if it.offer.act.enforces() {
            let fitness = known
                .iter()
                .map(|id| fitness.iter().find(|it| it.officer == *id).cloned());
            let fitness: Option<Vec<Fitness>> = fitness.collect();
            it.suffice(&fitness.ok_or(Refusal::OfficersChanged)?)?;
        }
        if it.offer.act == Act::Coerce {
            urgency.allows_coercion()?;
        }
        let arrived = TaskChange::ReportedIn {
            number,
            person: person.clone(),
            officers: known,
            emergency: urgency.reason.clone(),
        };
        Ok(it
            .late(Stage::OnSite, at)
            .into_iter()
            .chain([arrived])
            .collect())
    }

    /// 反馈: the result, with its evidence. The checker's clock starts.
    pub fn report(
        &self,
        number: u16,
        report: Report,
        time: &WorkTime,
    ) -> Result<Vec<TaskChange>, Refusal> {
        let it = self.open(number)?;
        match (it.state, it.round().and_then(|it| it.report.as_ref())) {
            (State::OnSite, _) => {}
            (State::Reported, Some(last))
                if (&last.person, &last.note, &last.evidence)
                    == (&report.person, &report.note, &report.evidence) =>
            {
                return Ok(vec![]);
            }
            (State::Reported, _) => return Err(Refusal::AlreadyReported),
            (State::OnHold, _) => return Err(it.on_hold()),
            (state, _) => return Err(Refusal::NotOnSite { state }),
        }
        if self.is_scene_open() {
            return Err(self.scene_not_finished());
        }
        let at = report.at;
        let clock = time.clock(&it.offer.checker, Stage::Check, &it.offer.limits.check, at)?;
        let reported = TaskChange::Reported {
            number,
            report,
            clock,
        };
        Ok(it
            .late(Stage::Disposal, at)
            .into_iter()
            .chain([reported])
            .collect())
    }

    /// The former holder has seen that the assignment was taken back or cancelled; also after the task has ended.
    pub fn acknowledge(&self, number: u16, person: &PersonId) -> Result<Vec<TaskChange>, Refusal> {
        let it = self.assignment(number).ok_or(Refusal::AssignmentNotFound)?;
        match (it.state, it.acknowledged_at) {
            _ if self.must_acknowledge(it) => Ok(vec![TaskChange::Acknowledged {
                number,
                person: person.clone(),
            }]),
            (State::Withdrawn | State::Released, Some(_)) => Ok(vec![]),
            (state, _) => Err(Refusal::NotWithdrawn { state }),
        }
    }

    /// The assignment, if there is still something to do with it.
    pub(super) fn open(&self, number: u16) -> Result<&Assignment, Refusal> {
        let it = self.assignment(number).ok_or(Refusal::AssignmentNotFound)?;
        match it.state {
            State::Informed => Err(Refusal::AwarenessOnly),
            State::Withdrawn => Err(Refusal::Withdrawn),
            State::Released => Err(Refusal::TaskEnded { state: self.state }),
            _ if self.state != task::State::Issued => Err(Refusal::TaskEnded { state: self.state }),
            State::Done => Err(Refusal::AlreadyDone),
            _ => Ok(it),
        }
    }
}

impl Assignment {
    /// Whether these officers may do it: none recused (R4), and for an enforcing act at least two of one unit, all fit
    /// (R3).
    fn suffice(&self, officers: &[Fitness]) -> Result<(), Refusal> {
        let mut obstacles = self.recused(officers.iter().map(|it| &it.officer));
        let mut needed = 0;
        if self.offer.act.enforces() {
            needed = OFFICERS_NEEDED;
            let unable = officers.iter().filter(|it| !it.able);
            obstacles.extend(unable.map(|it| Obstacle {
                officer: it.officer.clone(),
                why: it.why.clone(),
            }));
        }
        let counts = |it: &&Fitness| it.able && !self.is_recused(&it.officer);
        let counting: Vec<&Fitness> = officers.iter().filter(counts).collect();
        let of_one_unit =
            |unit: &OrganizationId| counting.iter().filter(|it| it.unit == *unit).count();
        // Two officers of different units are no team: nobody could sign for both (Penalty Law 17, 42).
        let able = counting.iter().map(|it| of_one_unit(&it.unit)).max();
        let able = able.unwrap_or_default();
        if able < needed && counting.len() >= needed {
            obstacles.extend(counting.into_iter().map(Obstacle::alone));
        }
        if able < needed || !obstacles.is_empty() {
            return Err(Refusal::TooFewOfficers {
                needed,
                able,
                obstacles,
            });
        }
        Ok(())
    }

    /// The record that a stage comes too late, unless a timer made it already.
    pub(super) fn late(&self, stage: Stage, at: OffsetDateTime) -> Option<TaskChange> {
        let clock = self.clock(stage)?;
        clock.is_newly_overdue(at).then(|| TaskChange::Overdue {
            number: self.number(),
            stage,
        })
    }
}

impl Obstacle {
    fn alone(it: &Fitness) -> Obstacle {
        let unit = &it.unit;
        let why = Why {
            text: format!("no second officer of {unit}: officers of different units are no team"),
            zh: format!("没有第二名 {unit} 的执法人员，不同单位的人员不能合组"),
        };
        Obstacle {
            officer: it.officer.clone(),
            why: vec![why],
        }
    }

    fn not_committed(officer: OfficerId) -> Obstacle {
        let why = Why {
            text: "not committed to this assignment".into(),
            zh: "未接办本派单".into(),
        };
        Obstacle {
            officer,
            why: vec![why],
        }
    }
}
