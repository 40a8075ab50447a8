//! Objecting to an order, and ruling on it. There is no bare refusal (R8): an objection carries a coded ground,
//! stops the clocks until it is ruled on, and can be made once. A rejected one leaves the duty where it is, and the
//! time it took is not charged; an upheld one sends the work to somebody else, with clocks of its own.

use time::OffsetDateTime;

use super::assignment::{Objection, Offer, Ruled, Ruling, State};
use super::clock::{RuledLimit, Stage, WorkTime};
use super::event::TaskChange;
use super::plan::Standing;
use super::refusal::Missing;
use super::task::{self, Task};
use super::{Act, MatterId, OrganizationId, PersonId, Refusal, Role};

/// Who is responsible instead, when an objection is upheld.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewHolder {
    /// Who.
    pub organization: OrganizationId,
    /// What in law, if not the same.
    pub act: Option<Act>,
    /// In words, if not the same.
    pub duty: Option<String>,
    /// How long, if not the same.
    pub disposal: Option<RuledLimit>,
}

impl Task {
    /// Disputes an order.
    pub fn object(&self, number: u16, objection: Objection) -> Result<Vec<TaskChange>, Refusal> {
        let it = self.open(number)?;
        match it.state {
            State::Signed => {}
            State::Offered => return Err(Refusal::NotSigned { state: it.state }),
            State::OnHold => return Err(it.on_hold()),
            State::Objected => {
                let same = it.objections.last().is_some_and(|last| {
                    last.ground == objection.ground && last.person == objection.person
                });
                return if same {
                    Ok(vec![])
                } else {
                    Err(Refusal::ObjectionPending)
                };
            }
            state => return Err(Refusal::AlreadyCommitted { state }),
        }
        if it.rounds.len() > 1 {
            return Err(Refusal::AlreadyCommitted { state: it.state });
        }
        if !it.objections.is_empty() {
            return Err(Refusal::SecondObjection);
        }
        Ok(vec![TaskChange::Objected {
            number,
            objection: Box::new(objection),
        }])
    }

    /// The question to put to the registry before an objection is upheld.
    pub fn question_for(
        &self,
        number: u16,
        new: &NewHolder,
    ) -> Option<(OrganizationId, MatterId, Act)> {
        let it = self.assignment(number)?;
        Some((
            new.organization.clone(),
            it.offer.matter.clone(),
            new.act.unwrap_or(it.offer.act),
        ))
    }

    /// The duty stands: the clocks go on where they stopped.
    pub fn reject_objection(
        &self,
        number: u16,
        note: &str,
        person: &PersonId,
        time: &WorkTime,
        at: OffsetDateTime,
    ) -> Result<Vec<TaskChange>, Refusal> {
        let it = self.open(number)?;
        let Some(objection) = it.objections.last().filter(|_| it.state == State::Objected) else {
            let again = it.objections.last().and_then(|it| it.ruled.as_ref());
            let same = again.is_some_and(|it| {
                it.ruling == Ruling::Rejected && it.person == *person && it.note == note
            });
            return if same {
                Ok(vec![])
            } else {
                Err(Refusal::NotObjected { state: it.state })
            };
        };
        let moved = time.moved(it, &[Stage::Commit, Stage::Disposal], objection.at, at)?;
        let ruled = Ruled {
            ruling: Ruling::Rejected,
            note: note.to_owned(),
            person: person.clone(),
            at,
        };
        Ok(vec![TaskChange::Ruled {
            number,
            ruled,
            new_organization: None,
            moved,
        }])
    }

    /// The duty was not theirs: withdrawn from them, and offered to the new holder, whose power is asked again (R1).
    pub fn uphold_objection(
        &self,
        number: u16,
        new: &NewHolder,
        standing: &Standing,
        (note, person): (&str, &PersonId),
        time: &WorkTime,
        at: OffsetDateTime,
    ) -> Result<Vec<TaskChange>, Refusal> {
        if let Some(it) = self
            .assignment(number)
            .filter(|it| it.state == State::Withdrawn)
        {
            let next = self
                .assignments
                .iter()
                .find(|next| next.offer.replaces == Some(it.number()));
            let same = next.is_some_and(|it| it.offer.organization == new.organization);
            return if same {
                Ok(vec![])
            } else {
                Err(Refusal::NotObjected { state: it.state })
            };
        }
        let it = self.open(number)?;
        if it.state != State::Objected {
            return Err(Refusal::NotObjected { state: it.state });
        }
        self.may_take_over(&new.organization)?;
        let act = new.act.unwrap_or(it.offer.act);
        if (&standing.organization, &standing.matter, standing.act)
            != (&new.organization, &it.offer.matter, act)
        {
            return Err(Refusal::PlanChanged);
        }
        if let Some(part) = standing.powerless() {
            return Err(Refusal::NoPower { parts: vec![part] });
        }
        let checker = if it.offer.checker == new.organization {
            &self.organizer
        } else {
            &it.offer.checker
        };
        if *checker == new.organization {
            let missing = vec![Missing::Checker {
                organization: new.organization.clone(),
            }];
            return Err(Refusal::PlanIncomplete { missing });
        }
        let mut limits = standing.limits.clone();
        limits.disposal = new
            .disposal
            .clone()
            .unwrap_or_else(|| it.offer.limits.disposal.clone());
        let next = Offer {
            number: u16::try_from(self.assignments.len() + 1).unwrap_or(u16::MAX),
            organization: new.organization.clone(),
            role: it.offer.role,
            act,
            duty: new.duty.clone().unwrap_or_else(|| it.offer.duty.clone()),
            matter: it.offer.matter.clone(),
            checker: checker.clone(),
            power: standing.power.clone(),
            limits,
            replaces: Some(number),
        };
        let ruled = Ruled {
            ruling: Ruling::Upheld,
            note: note.to_owned(),
            person: person.clone(),
            at,
        };
        let new_organization = Some(new.organization.clone());
        Ok(vec![
            TaskChange::Ruled {
                number,
                ruled,
                new_organization,
                moved: vec![],
            },
            self.offered(next, time, at)?,
        ])
    }

    /// One organization has one live part; who is only kept informed may be given one.
    fn may_take_over(&self, organization: &OrganizationId) -> Result<(), Refusal> {
        debug_assert_eq!(self.state, task::State::Issued);
        let parts = self
            .assignments
            .iter()
            .filter(|it| it.offer.organization == *organization);
        let live = parts
            .filter(|it| it.state != State::Withdrawn && it.offer.role != Role::Awareness)
            .count();
        if live > 0 {
            Err(Refusal::AlreadyTakesPart {
                organization: organization.clone(),
            })
        } else {
            Ok(())
        }
    }
}
