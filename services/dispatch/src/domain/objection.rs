//! Objecting to an order, and ruling on it. There is no bare refusal (R8): an objection carries a coded ground,
//! stops the clocks until it is ruled on, and can be made once to the organizer; a second one goes only to the superior
//! and opens a dispute ([`super::dispute`]), as do organizations that point at each other. A rejected one leaves the duty where it is, and the
//! time it took is not charged; an upheld one sends the work to somebody else, with clocks of its own.

use time::OffsetDateTime;

use super::assignment::{Assignment, Objection, Ruled, Ruling, State};
use super::clock::{RuledLimit, Stage, WorkTime};
use super::event::TaskChange;
use super::hand_back::Successor;
use super::plan::Standing;
use super::task::{self, Task};
use super::{Act, MatterId, OrganizationId, PersonId, Refusal, Role};

/// Who is responsible instead, when an objection is upheld.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
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
                    let at = last.at;
                    *last == Objection { at, ..objection }
                });
                return if same {
                    Ok(vec![])
                } else {
                    Err(Refusal::ObjectionPending)
                };
            }
            state => return Err(Refusal::AlreadyCommitted { state }),
        }
        // Once it has promised to act, a pause or a recusal gives no second chance to dispute the order.
        let promised = it.round().is_some_and(|it| it.committed_at.is_some());
        if it.rounds.len() > 1 || promised {
            return Err(Refusal::AlreadyCommitted { state: it.state });
        }
        if let Some(dispute) = it.designation {
            return Err(Refusal::DesignationBinds { dispute });
        }
        match (it.objections.len(), objection.to_superior) {
            (0, false) | (1, true) => {}
            (0, true) => return Err(Refusal::FirstObjection),
            _ => return Err(Refusal::SecondObjection),
        }
        Ok(vec![TaskChange::Objected {
            number,
            objection: Box::new(objection),
        }])
    }

    /// Who objects and points at each other, once this assignment's organization has objected: a circle of two or
    /// more (M20). With the assignments that wait for a ruling.
    pub fn opposite(&self, number: u16) -> Option<(Vec<OrganizationId>, Vec<u16>)> {
        let it = self.assignment(number)?;
        let start = &it.offer.organization;
        let mut parties = vec![start.clone()];
        let mut next = self.points_at(start, &it.offer.matter)?;
        while next != start {
            if parties.contains(next) {
                return None;
            }
            parties.push(next.clone());
            next = self.points_at(next, &it.offer.matter)?;
        }
        let waits = |part: &&Assignment| {
            part.state == State::Objected
                && part.dispute.is_none()
                && part.offer.matter == it.offer.matter
                && parties.contains(&part.offer.organization)
        };
        let numbers = self.assignments.iter().filter(waits);
        let numbers = numbers.map(Assignment::number).collect();
        (parties.len() > 1).then_some((parties, numbers))
    }

    /// Whom an organization named in its latest objection on a matter, unless that was rejected.
    fn points_at(
        &self,
        organization: &OrganizationId,
        matter: &MatterId,
    ) -> Option<&OrganizationId> {
        let theirs =
            |it: &&Assignment| it.offer.organization == *organization && it.offer.matter == *matter;
        let mut latest = self.assignments.iter().rev().filter(theirs);
        let objection = latest.find_map(|it| it.objections.last())?;
        let ruled = objection.ruled.as_ref();
        let stands = ruled.is_none_or(|it| it.ruling == Ruling::Upheld);
        objection.proposed.as_ref().filter(|_| stands)
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
        if let Some(dispute) = it.dispute {
            return Err(Refusal::Disputed { dispute });
        }
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
        if let Some(dispute) = it.dispute {
            return Err(Refusal::Disputed { dispute });
        }
        let next = Successor {
            new: new.clone(),
            standing: standing.clone(),
        };
        let next = self.succeeded(it, &next)?;
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
    pub(super) fn may_take_over(&self, organization: &OrganizationId) -> Result<(), Refusal> {
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
