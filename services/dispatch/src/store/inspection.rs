//! Inspections: what follows from a change of one for the objects and the other inspections of the same object, in the
//! same transaction, and the cases and tasks of its orders.

use std::sync::Arc;

use liandong_kit::commit::{Command, NotLoaded, Work};
use prost::Message;
use time::OffsetDateTime;
use uuid::Uuid;

use super::cases::{self, NewTask};
use super::change::{Etag, Refused, record_case};
use super::docket::{self, Listed, Row, answered};
use super::{Error, Store, text};
use crate::domain::case::place::Nearby;
use crate::domain::case::{Filing, Reported, Verification};
use crate::domain::clock::WorkTime;
use crate::domain::inspection::{
    self, Change, InspectedObject, Inspection, InspectionEvent, InspectionRound, Merge,
    MergeAnswer, ObjectEvent, Open, Order, Planned, RoundChange, RoundEvent,
};
use crate::domain::plan::Plan;
use crate::domain::{InspectionId, OrganizationId, PersonId, Refusal, RoundId};

/// An inspection to change: which, which version of it, and for whom.
pub(crate) type Target = (InspectionId, Etag, OrganizationId);

/// Something found that is to be mended.
#[derive(Clone, Debug)]
pub(crate) struct Ordering {
    /// The finding's number.
    pub(crate) finding: u16,
    /// The order; its case and task do not exist yet.
    pub(crate) order: Order,
    /// What the case is reported as; its text is the finding's.
    pub(crate) reported: Reported,
    /// Under what it is filed.
    pub(crate) filing: Filing,
    /// Lately closed cases of the same kind there.
    pub(crate) nearby: Vec<Nearby>,
    /// The working time that the case's clocks run by.
    pub(crate) time: Arc<WorkTime>,
    /// The plan of the task.
    pub(crate) plan: Plan,
    /// Who orders.
    pub(crate) person: PersonId,
}

impl Store {
    /// Plans an inspection; others of the same object and days learn of it (R15).
    pub(crate) async fn plan_inspection<R>(
        &self,
        command: Command,
        (id, planned): (InspectionId, Planned),
        answer: impl Fn(i64, &Inspection) -> R + Send + 'static,
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
    {
        let at = command.occurred_at();
        let rule = move |work: &mut Work<'_>| {
            plan(work, id, planned.clone(), at, false)?;
            answered(work, &id.to_string(), &answer)
        };
        self.change(command, rule).await
    }

    /// Lets `decide` change an inspection, and answers with it as it is then.
    pub(crate) async fn change_inspection<R>(
        &self,
        command: Command,
        (id, etag): (InspectionId, Etag),
        decide: impl Fn(&Inspection) -> Result<Vec<Change>, inspection::Refused> + Send + 'static,
        answer: impl Fn(i64, &Inspection) -> R + Send + 'static,
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
    {
        let at = command.occurred_at();
        let rule = move |work: &mut Work<'_>| {
            record(work, id, &etag, at, &decide)?;
            answered(work, &id.to_string(), &answer)
        };
        self.change(command, rule).await
    }

    /// Proposes to make an inspection together with another; between two of one organization it is done at once.
    pub(crate) async fn propose_merge<R>(
        &self,
        command: Command,
        (id, etag, organization): Target,
        (into, reason): (InspectionId, String),
        answer: impl Fn(i64, &Inspection) -> R + Send + 'static,
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
    {
        let at = command.occurred_at();
        let rule = move |work: &mut Work<'_>| {
            let from = work
                .get::<Inspection>(&id.to_string())?
                .cloned()
                .unwrap_or_default();
            let gone = from.merged_into == Some(into) && from.of(&organization).is_ok();
            if !gone {
                let merge = Merge {
                    from: id,
                    organization: organization.clone(),
                    reason: reason.clone(),
                    at,
                    answer: None,
                };
                record(work, id, &etag, at, |it| {
                    it.may_go(&organization).map(|_| vec![])
                })?;
                let going = from.may_go(&organization).map_err(Refusal::from)?;
                if id == into {
                    return Err(Refusal::from(inspection::Refused::OtherObject).into());
                }
                record(work, into, &None, at, |it| it.propose(merge.clone(), going))?;
                settle(work, id, into, at)?;
            }
            answered(work, &id.to_string(), &answer)
        };
        self.change(command, rule).await
    }

    /// Answers a proposal.
    pub(crate) async fn answer_merge<R>(
        &self,
        command: Command,
        (into, etag, organization): Target,
        (id, given): (InspectionId, MergeAnswer),
        answer: impl Fn(i64, &Inspection) -> R + Send + 'static,
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
    {
        let at = command.occurred_at();
        let rule = move |work: &mut Work<'_>| {
            let from = work
                .get::<Inspection>(&id.to_string())?
                .cloned()
                .unwrap_or_default();
            record(work, into, &etag, at, |it| {
                it.of(&organization)?;
                let going = from
                    .planned
                    .as_ref()
                    .ok_or(inspection::Refused::NoMergeProposed)?;
                if given.accepted && it.waiting(id).is_some() {
                    from.may_go(&going.organization)?;
                }
                it.answer(&organization, id, given.clone(), going)
            })?;
            settle(work, id, into, at)?;
            answered(work, &into.to_string(), &answer)
        };
        self.change(command, rule).await
    }

    /// Orders that something found be mended: a case, filed, and its task, planned.
    pub(crate) async fn order_rectification<R>(
        &self,
        command: Command,
        (id, etag, organization): Target,
        ordering: Ordering,
        answer: impl Fn(i64, &Inspection) -> R + Send + 'static,
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
    {
        let at = command.occurred_at();
        let rule = move |work: &mut Work<'_>| {
            let order = &ordering.order;
            record(work, id, &etag, at, |it| {
                it.orderable(&organization, ordering.finding, &order.organization)?;
                Ok(vec![Change::Ordered {
                    finding: ordering.finding,
                    order: order.clone(),
                }])
            })?;
            report(work, &ordering, &organization, at)?;
            let organizer = (order.task, organization.clone(), ordering.person.clone());
            let new = NewTask::from((vec![order.case], ordering.plan.clone()));
            cases::plan(work, &organizer, &new, at)?;
            answered(work, &id.to_string(), &answer)
        };
        self.change(command, rule).await
    }

    /// Draws a round, and plans the inspections that were drawn. There are as many ids as may be drawn.
    pub(crate) async fn draw_round<R>(
        &self,
        command: Command,
        (id, etag, organization): (RoundId, Etag, OrganizationId),
        (seed, person, separate_reason): (String, PersonId, String),
        ids: Vec<InspectionId>,
        answer: impl Fn(i64, &InspectionRound) -> R + Send + 'static,
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
    {
        let at = command.occurred_at();
        let rule = move |work: &mut Work<'_>| {
            let key = id.to_string();
            let mut drawn = Vec::new();
            docket::record::<InspectionRound>(work, &key, &etag, |round| {
                let rounded = round.of(&organization)?;
                let Some(objects) = round.draw(&organization, &seed)? else {
                    return Ok(vec![]);
                };
                for (inspection, object) in ids.iter().zip(objects) {
                    let planned = Planned {
                        mode: rounded.mode,
                        object: object.clone(),
                        matters: rounded.matters.clone(),
                        first_day: rounded.first_day,
                        last_day: rounded.last_day,
                        organization: organization.clone(),
                        person: person.clone(),
                        round: Some(id),
                        overlaps: vec![],
                        separate_reason: separate_reason.clone(),
                    };
                    drawn.push((*inspection, planned));
                }
                Ok(vec![RoundEvent {
                    at,
                    organization: organization.clone(),
                    change: RoundChange::Drawn {
                        seed: seed.clone(),
                        inspections: drawn.iter().map(|it| it.0).collect(),
                    },
                }])
            })?;
            fetch_drawn(work, &drawn)?;
            for (inspection, planned) in drawn {
                plan(work, inspection, planned, at, true)?;
            }
            answered(work, &key, &answer)
        };
        self.change(command, rule).await
    }
}

/// Loads everything that planning what was drawn looks at: the objects, and what else inspects them.
fn fetch_drawn(work: &Work<'_>, drawn: &[(InspectionId, Planned)]) -> Result<(), NotLoaded> {
    let keys = || drawn.iter().map(|(_, it)| it.object.key().to_string());
    let own = docket::fetch::<Inspection>(work, drawn.iter().map(|it| it.0.to_string()));
    docket::fetch::<InspectedObject>(work, keys())?;
    own?;
    let mut others = Vec::new();
    for key in keys() {
        let open = work.get::<InspectedObject>(&key)?.map(|it| &it.open);
        others.extend(
            open.into_iter()
                .flatten()
                .map(|it| it.inspection.to_string()),
        );
    }
    docket::fetch::<Inspection>(work, others.into_iter())
}

fn plan(
    work: &mut Work<'_>,
    id: InspectionId,
    planned: Planned,
    at: OffsetDateTime,
    drawn: bool,
) -> Result<(), Refused> {
    let key = planned.object.key().to_string();
    let object = work
        .get::<InspectedObject>(&key)?
        .cloned()
        .unwrap_or_default();
    let others = object.within(planned.first_day, planned.last_day);
    let others: Vec<_> = others
        .map(|it| (it.inspection, it.organization.clone()))
        .collect();
    let organization = planned.organization.clone();
    record(work, id, &None, at, |_| {
        Inspection::plan(planned, &others, drawn).map(|it| vec![it])
    })?;
    for (other, _) in &others {
        let organization = organization.clone();
        record(work, *other, &None, at, |_| {
            Ok(vec![Change::Overlapped {
                other: id,
                organization,
            }])
        })?;
    }
    Ok(())
}

/// Records changes of an inspection, and what follows for its object: read off the state before and after, so no
/// command can forget it.
fn record(
    work: &mut Work<'_>,
    id: InspectionId,
    etag: &Etag,
    at: OffsetDateTime,
    decide: impl FnOnce(&Inspection) -> Result<Vec<Change>, inspection::Refused>,
) -> Result<(), Refused> {
    let key = id.to_string();
    let open = |it: Option<&Inspection>| {
        let planned = it.filter(|it| it.is_open())?.planned.as_ref()?;
        let open = Open {
            inspection: id,
            organization: planned.organization.clone(),
            first_day: planned.first_day,
            last_day: planned.last_day,
        };
        Some((planned.object.key(), open))
    };
    let before = open(work.get::<Inspection>(&key)?);
    docket::record::<Inspection>(work, &key, etag, |it| {
        let changes = decide(it).map_err(Refusal::from)?;
        Ok(InspectionEvent::of(it, at, changes))
    })?;
    let after = open(work.get::<Inspection>(&key)?);
    let event: Option<(Uuid, ObjectEvent)> = match (before, after) {
        (Some((key, _)), None) => Some((key, ObjectEvent::Released { inspection: id })),
        (before, Some((key, open))) if before.as_ref().map(|it| &it.1) != Some(&open) => {
            Some((key, ObjectEvent::Opened(open)))
        }
        _ => None,
    };
    if let Some((key, event)) = event {
        work.record::<InspectedObject>(&key.to_string(), [event])?;
    }
    Ok(())
}

/// Ends an inspection that went into another.
fn settle(
    work: &mut Work<'_>,
    from: InspectionId,
    into: InspectionId,
    at: OffsetDateTime,
) -> Result<(), Refused> {
    let accepted = |it: &Inspection| {
        let merges = it.merges.iter().rev().find(|it| it.from == from);
        merges
            .and_then(|it| it.answer.as_ref())
            .is_some_and(|it| it.accepted)
    };
    if work
        .get::<Inspection>(&into.to_string())?
        .is_some_and(accepted)
    {
        record(work, from, &None, at, |it| {
            let change = it.is_open().then_some(Change::Merged { into });
            Ok(change.into_iter().collect())
        })?;
    }
    Ok(())
}

/// Reports what was found, as the inspectors saw it, and files it.
fn report(
    work: &mut Work<'_>,
    ordering: &Ordering,
    organization: &OrganizationId,
    at: OffsetDateTime,
) -> Result<(), Refused> {
    let case = ordering.order.case;
    cases::report(work, case, ordering.reported.clone(), &ordering.time, at)?;
    let seen = Verification {
        exists: true,
        organization: organization.clone(),
        person: ordering.person.clone(),
        at,
        note: String::new(),
        clock: None,
    };
    record_case(work, case, at, |it| it.verify(seen))?;
    let (filing, nearby) = (&ordering.filing, &ordering.nearby);
    cases::file(work, (case, organization), filing, nearby, at)
}

impl Listed for InspectionRound {
    fn row(&self) -> Option<Row> {
        let planned = self.planned.as_ref()?;
        Some(Row {
            state: text(self.state),
            organization: planned.organization.clone(),
            area: String::new(),
            subject: String::new(),
            at: self.planned_at?,
            parties: vec![planned.organization.clone()],
        })
    }
}

impl Listed for Inspection {
    fn row(&self) -> Option<Row> {
        let planned = self.planned.as_ref()?;
        let mut parties: Vec<_> = self.inspectors().cloned().chain(self.mends()).collect();
        parties.sort();
        parties.dedup();
        Some(Row {
            state: text(self.state),
            organization: planned.organization.clone(),
            area: planned.object.area.to_string(),
            subject: planned.object.reference.clone(),
            at: self.planned_at?,
            parties,
        })
    }
}
