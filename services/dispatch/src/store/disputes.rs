//! Changes and lists of disputes. They open by themselves, in the change that shows them; what is decided has its
//! effects on the task in the same change.

use liandong_kit::commit::{Command, Work};
use liandong_kit::page::PageRequest;
use prost::Message;
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, Select};
use std::sync::Arc;
use time::OffsetDateTime;
use uuid::Uuid;

use super::change::{Etag, Refused, expect, record_task};
use super::facets::Counts;
use super::keyset::Page;
use super::query::{self, Term};
use super::tier_entity::{dispute_party, dispute_row};
use super::tiers::record_dispute;
use super::{Error, Sight, Store};
use crate::domain::assignment::State as AssignmentState;
use crate::domain::clock::WorkTime;
use crate::domain::dispute::{Cause, DisputeChange, Opened, Position, State, Tier};
use crate::domain::hand_back::{Designation, Successor};
use crate::domain::task::Contested;
use crate::domain::{
    AssignmentId, Dispute, DisputeEvent, DisputeId, OrganizationId, PersonId, Refusal, Task,
    TaskChange, TaskId,
};

/// What the opening of a dispute needs to know.
#[derive(Clone)]
pub(crate) struct Opening {
    /// The working calendar.
    pub time: Arc<WorkTime>,
    /// Who stands above the organizer, if that was asked.
    pub superior: Option<OrganizationId>,
}

/// A decision as it is asked for.
#[derive(Clone)]
pub(crate) struct Decided {
    /// Who has the duty, with what the registry says of them.
    pub holder: Successor,
    /// Who decides; none: the parties agree.
    pub decider: Option<OrganizationId>,
    /// On what grounds.
    pub note: String,
    /// In person.
    pub person: PersonId,
}

/// The dispute about a part of a task that is not issued: always the same one.
pub(crate) fn contested_id(task: TaskId, it: &Contested) -> DisputeId {
    id_of(task, &format!("{}:{:?}", it.matter, it.act))
}

fn id_of(task: TaskId, what: &str) -> DisputeId {
    DisputeId(Uuid::new_v5(&task.0, format!("dispute:{what}").as_bytes()))
}

/// Opens the dispute that an objection shows, if it does: organizations that point at each other, or a second
/// objection.
pub(crate) fn objected(
    work: &mut Work<'_>,
    id: AssignmentId,
    opening: &Opening,
    at: OffsetDateTime,
) -> Result<(), Refused> {
    let Some(task) = work.get::<Task>(&id.task.to_string())?.cloned() else {
        return Ok(());
    };
    let waiting = task
        .assignment(id.number)
        .filter(|it| it.state == AssignmentState::Objected && it.dispute.is_none());
    let Some((it, objection)) = waiting.and_then(|it| Some((it, it.objections.last()?))) else {
        return Ok(());
    };
    let organizer = &task.organizer;
    let (cause, mut parties, numbers, state, whose) = if objection.to_superior {
        let superior = opening.superior.as_ref().ok_or(Refusal::NoSuperior)?;
        let named = objection.proposed.clone();
        let parties = [it.offer.organization.clone()].into_iter().chain(named);
        let numbers = vec![id.number];
        (
            Cause::SecondObjection,
            parties.collect(),
            numbers,
            State::District,
            superior,
        )
    } else if let Some((parties, numbers)) = task.opposite(id.number) {
        (
            Cause::OppositeObjections,
            parties,
            numbers,
            State::Negotiation,
            organizer,
        )
    } else {
        return Ok(());
    };
    parties.sort();
    parties.dedup();
    let opened = Opened {
        cause,
        task: id.task,
        assignments: numbers.clone(),
        matter: it.offer.matter.clone(),
        act: it.offer.act,
        area: task.area.clone(),
        organizer: organizer.clone(),
        superior: objection.to_superior.then(|| whose.clone()),
        parties,
        exercise: task.exercise,
        tiers: vec![Tier::begun(state, whose, &opening.time, at)?],
    };
    let dispute = id_of(id.task, &format!("{cause:?}:{}", id.number));
    open(work, dispute, opened, at)?;
    let disputed = TaskChange::Disputed { dispute, numbers };
    record_task(work, id.task, at, vec![disputed])
}

fn open(
    work: &mut Work<'_>,
    id: DisputeId,
    opened: Opened,
    at: OffsetDateTime,
) -> Result<(), Refused> {
    let changes = vec![DisputeChange::Opened(Box::new(opened))];
    let events = DisputeEvent::of(&Dispute::default(), at, changes);
    Ok(work.record::<Dispute>(&id.to_string(), events)?)
}

/// Ends a dispute with a decision, and does to the task what follows from it.
pub(super) fn decide(
    work: &mut Work<'_>,
    id: DisputeId,
    it: &Decided,
    (time, at): (&WorkTime, OffsetDateTime),
) -> Result<(), Refused> {
    let key = id.to_string();
    let opened = work.get::<Dispute>(&key)?.map(|it| it.opened.clone());
    let opened = opened.ok_or(Refusal::DisputeNotFound)?;
    let designation = Designation {
        dispute: id,
        assignments: opened.assignments,
        holder: it.holder.clone(),
        note: it.note.clone(),
        person: it.person.clone(),
    };
    let task = work.get::<Task>(&opened.task.to_string())?;
    let changes = task
        .ok_or(Refusal::TaskNotFound)?
        .designate(&designation, time, at)?;
    record_dispute(work, id, at, |dispute| {
        let holder = &it.holder.new.organization;
        Ok(dispute.decide(holder, it.decider.as_ref(), (&it.note, &it.person), at))
    })?;
    record_task(work, opened.task, at, changes)
}

impl Store {
    /// Opens disputes about a task that cannot be issued because nobody, or more than one, has a power. Those that
    /// are there already stay as they are.
    pub(crate) async fn open_contested(
        &self,
        command: Command,
        id: TaskId,
        contested: Vec<Contested>,
        opening: Opening,
    ) -> Result<(), Error> {
        let at = command.occurred_at();
        let rule = move |work: &mut Work<'_>| {
            for it in &contested {
                let dispute = contested_id(id, it);
                if work.get::<Dispute>(&dispute.to_string())?.is_some() {
                    continue;
                }
                let task = work
                    .get::<Task>(&id.to_string())?
                    .ok_or(Refusal::TaskNotFound)?;
                let organizer = task.organizer.clone();
                let opened = Opened {
                    cause: it.cause,
                    task: id,
                    assignments: vec![],
                    matter: it.matter.clone(),
                    act: it.act,
                    area: task.area.clone(),
                    superior: None,
                    parties: it.parties.clone(),
                    exercise: task.exercise,
                    tiers: vec![Tier::begun(
                        State::Negotiation,
                        &organizer,
                        &opening.time,
                        at,
                    )?],
                    organizer,
                };
                open(work, dispute, opened, at)?;
                let numbers = vec![];
                let disputed = TaskChange::Disputed { dispute, numbers };
                record_task(work, id, at, vec![disputed])?;
            }
            Ok(())
        };
        self.change(command, rule).await
    }

    /// Lets `decide` change a dispute, and answers with it as it is then. Who may is for `decide` to say.
    pub(crate) async fn change_dispute<R>(
        &self,
        command: Command,
        (id, etag): (DisputeId, Etag),
        decide: impl Fn(&Dispute) -> Result<Vec<DisputeChange>, Refusal> + Send + 'static,
        answer: impl Fn(&Dispute) -> R + Send + 'static,
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
    {
        let at = command.occurred_at();
        let rule = move |work: &mut Work<'_>| {
            record_dispute(work, id, at, |it| visible(it, &etag, decide(it)))?;
            answered(work, id, &answer)
        };
        self.change(command, rule).await
    }

    /// A party says whose duty it is; if with that all of them agree, the duty is theirs.
    pub(crate) async fn state_position<R>(
        &self,
        command: Command,
        (id, etag): (DisputeId, Etag),
        (position, agreed): (Position, Option<Decided>),
        (time, answer): (Arc<WorkTime>, impl Fn(&Dispute) -> R + Send + 'static),
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
    {
        let at = command.occurred_at();
        let rule = move |work: &mut Work<'_>| {
            let mut agrees = false;
            record_dispute(work, id, at, |it| {
                let changes = visible(it, &etag, it.state_position(position.clone()))?;
                agrees = !changes.is_empty() && it.is_agreed_with(&position);
                Ok(changes)
            })?;
            if agrees {
                // Its power was not asked for, because a moment ago they did not agree: ask again.
                let it = agreed.as_ref().ok_or(Refusal::PlanChanged)?;
                self::decide(work, id, it, (&time, at))?;
            }
            answered(work, id, &answer)
        };
        self.change(command, rule).await
    }

    /// Designates who has the duty; a repeat changes nothing.
    pub(crate) async fn designate<R>(
        &self,
        command: Command,
        (id, etag): (DisputeId, Etag),
        (by, it): (OrganizationId, Decided),
        (time, answer): (Arc<WorkTime>, impl Fn(&Dispute) -> R + Send + 'static),
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
    {
        let at = command.occurred_at();
        let rule = move |work: &mut Work<'_>| {
            let dispute = work.get::<Dispute>(&id.to_string())?;
            let dispute = dispute.ok_or(Refusal::DisputeNotFound)?;
            let holder = &it.holder.new.organization;
            let again =
                dispute.concerns(&by) && dispute.is_decided_so(holder, &it.person, &it.note);
            if !again {
                visible(dispute, &etag, dispute.may_designate(&by))?;
                decide(work, id, &it, (&time, at))?;
            }
            answered(work, id, &answer)
        };
        self.change(command, rule).await
    }

    /// A dispute a reader may see.
    pub(crate) async fn dispute(
        &self,
        district: &str,
        sight: &Sight,
        id: DisputeId,
    ) -> Result<Option<Dispute>, DbErr> {
        let found = self
            .log()
            .load::<Dispute>(district, &id.to_string())
            .await?;
        Ok(found.map(|it| it.state).filter(|it| match sight {
            Sight::District => true,
            Sight::Of(organization) => it.concerns(organization),
        }))
    }

    /// Disputes a caller may see, newest first.
    pub(crate) async fn dispute_ids(
        &self,
        (district, sight): (&str, &Sight),
        terms: &[Term],
        page: &PageRequest,
    ) -> Result<Page<DisputeId>, DbErr> {
        use dispute_row::Column as C;
        let rows = disputes(district, sight, terms);
        let by = (&[C::OpenedAt, C::Id][..], sea_orm::Order::Desc);
        let (keys, next) = self.page::<_, (i64, Uuid)>(rows, by, page).await?;
        Ok((
            keys.into_iter().map(|(_, id)| DisputeId(id)).collect(),
            next,
        ))
    }

    /// How the same list is spread over fields.
    pub(crate) async fn dispute_facets(
        &self,
        (district, sight): (&str, &Sight),
        terms: &[Term],
        facets: &[&'static str],
    ) -> Result<Vec<Counts>, DbErr> {
        let rows = disputes(district, sight, terms);
        self.spread(rows, facets, column).await
    }
}

/// Who may not see a dispute does not learn its version.
fn visible<T>(it: &Dispute, etag: &Etag, decided: Result<T, Refusal>) -> Result<T, Refusal> {
    match (decided, expect(etag, it.version)) {
        (Err(Refusal::DisputeNotFound), _) => Err(Refusal::DisputeNotFound),
        (_, Err(stale)) => Err(stale),
        (decided, _) => decided,
    }
}

fn column(field: &str) -> Option<dispute_row::Column> {
    use dispute_row::Column as C;
    match field {
        "state" => Some(C::State),
        "cause" => Some(C::Cause),
        "area" => Some(C::Area),
        "matter" => Some(C::Matter),
        "organizer" => Some(C::Organizer),
        "task" => Some(C::Task),
        "overdue" => Some(C::Overdue),
        "open_time" => Some(C::OpenedAt),
        _ => None,
    }
}

fn disputes(district: &str, sight: &Sight, terms: &[Term]) -> Select<dispute_row::Entity> {
    use dispute_row::Column as C;
    let rows = dispute_row::Entity::find()
        .filter(C::District.eq(district))
        .filter(query::all(terms, column));
    let Sight::Of(organization) = sight else {
        return rows;
    };
    let theirs = Query::select()
        .column(dispute_party::Column::Id)
        .from(dispute_party::Entity)
        .and_where(dispute_party::Column::District.eq(district))
        .and_where(dispute_party::Column::Organization.eq(organization.as_str()))
        .to_owned();
    rows.filter(C::Id.in_subquery(theirs))
}

fn answered<R>(
    work: &Work<'_>,
    id: DisputeId,
    answer: &impl Fn(&Dispute) -> R,
) -> Result<R, Refused> {
    let dispute = work.get::<Dispute>(&id.to_string())?;
    Ok(answer(dispute.ok_or(Refusal::DisputeNotFound)?))
}
