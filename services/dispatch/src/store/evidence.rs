//! Evidence: its changes, with the day's allowance in the same transaction; its list; which bytes are needed.

use std::collections::HashSet;

use liandong_kit::commit::{Command, Work};
use liandong_kit::page::PageRequest;
use prost::Message;
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QuerySelect};
use time::OffsetDateTime;
use uuid::Uuid;

use super::change::Refused;
use super::evidence_entity::{Column as C, Entity};
use super::keyset::Page;
use super::{Cited, Error, Store, text};
use crate::domain::evidence::{
    Allowance, Announced, Change, Evidence, EvidenceEvent, Examined, Parent, Parents, State, Unfit,
    charge, lacking, refer, refer_of_case,
};
use crate::domain::{
    Case, CaseId, ContentHash, EvidenceId, OrganizationId, PersonId, Refusal, Task, TaskChange,
    TaskId, evidence,
};

/// What evidence belongs to, as read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Surroundings {
    /// The case, for evidence of a case.
    pub(crate) case: Option<Case>,
    /// The task.
    pub(crate) task: Option<Task>,
}

impl Surroundings {
    /// The same for the rules.
    pub(crate) fn parents(&self) -> Parents<'_> {
        Parents {
            case: self.case.as_ref(),
            task: self.task.as_ref(),
        }
    }
}

impl Store {
    /// Announces an upload, and sets its bytes aside.
    pub(crate) async fn start_upload<R>(
        &self,
        command: Command,
        (announced, daily_bytes): (Announced, i64),
        answer: impl Fn(EvidenceId, &Evidence) -> R + Send + 'static,
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
    {
        let at = command.occurred_at();
        let id = EvidenceId::of(
            &announced.organization,
            announced.parent,
            &announced.content,
        );
        let rule = move |work: &mut Work<'_>| {
            admit(work, &announced)?;
            let before = work.get::<Evidence>(&id.to_string())?;
            let change = match before {
                Some(it) => it.start(announced.clone()),
                None => Evidence::default().start(announced.clone()),
            };
            if let Some(change) = change.map_err(Refusal::from)? {
                let allowance = work.get::<Allowance>(&announced.allowance)?;
                let spent = allowance.cloned().unwrap_or_default().spend(
                    id,
                    charge(announced.length),
                    daily_bytes,
                );
                let spent = spent.map_err(Refusal::from)?;
                work.record::<Allowance>(&announced.allowance, [spent])?;
                record(work, id, at, Some(change))?;
            }
            answered(work, id, &answer)
        };
        self.change(command, rule).await
    }

    /// Records what the bytes of an upload are.
    pub(crate) async fn finish_upload<R>(
        &self,
        command: Command,
        (id, attempt): (EvidenceId, u32),
        found: Result<Examined, Unfit>,
        answer: impl Fn(EvidenceId, &Evidence) -> R + Send + 'static,
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
    {
        let decide = move |it: &Evidence| it.finish(attempt, found.clone());
        self.change_evidence(command, id, decide, answer).await
    }

    /// Gives an upload up, if it is the organization's.
    pub(crate) async fn abandon_upload<R>(
        &self,
        command: Command,
        (id, organization, person): (EvidenceId, OrganizationId, PersonId),
        answer: impl Fn(EvidenceId, &Evidence) -> R + Send + 'static,
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
    {
        let decide = move |it: &Evidence| {
            if !it.is_of(&organization) {
                return Err(evidence::Refused::UploadNotFound);
            }
            it.abandon(&person)
        };
        self.change_evidence(command, id, decide, answer).await
    }

    /// Gives an upload up whose time is over; says which attempt it was.
    pub(crate) async fn expire_upload(
        &self,
        command: Command,
        id: EvidenceId,
    ) -> Result<(), Error> {
        let now = command.occurred_at();
        let decide = move |it: &Evidence| Ok(it.tick(now));
        self.change_evidence(command, id, decide, |_, _| ()).await
    }

    async fn change_evidence<R>(
        &self,
        command: Command,
        id: EvidenceId,
        decide: impl Fn(&Evidence) -> Result<Option<Change>, evidence::Refused> + Send + 'static,
        answer: impl Fn(EvidenceId, &Evidence) -> R + Send + 'static,
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
    {
        let at = command.occurred_at();
        let rule = move |work: &mut Work<'_>| {
            let evidence = work.get::<Evidence>(&id.to_string())?;
            let evidence = evidence.ok_or(evidence::Refused::UploadNotFound);
            let change = decide(evidence.map_err(Refusal::from)?).map_err(Refusal::from)?;
            record(work, id, at, change)?;
            answered(work, id, &answer)
        };
        self.change(command, rule).await
    }

    /// A piece of evidence, or an upload.
    pub(crate) async fn evidence(
        &self,
        district: &str,
        id: EvidenceId,
    ) -> Result<Option<Evidence>, DbErr> {
        let id = id.to_string();
        let found = self.log().load::<Evidence>(district, &id).await?;
        Ok(found.map(|it| it.state))
    }

    /// What evidence belongs to, as it stands.
    pub(crate) async fn surroundings(
        &self,
        district: &str,
        parent: Parent,
    ) -> Result<Surroundings, DbErr> {
        let mut found = Surroundings::default();
        let task = match parent {
            Parent::Case(id) => {
                let case = self.log().load::<Case>(district, &id.to_string()).await?;
                found.case = case.map(|it| it.state);
                found.case.as_ref().and_then(|it| it.task)
            }
            Parent::Task(id) => Some(id),
            Parent::Assignment(id) => Some(id.task),
        };
        if let Some(id) = task {
            let task = self.log().load::<Task>(district, &id.to_string()).await?;
            found.task = task.map(|it| it.state);
        }
        Ok(found)
    }

    /// Stored evidence of a parent, newest first; of a task also that of its cases. Whether the caller may list it is
    /// asked before.
    pub(crate) async fn evidence_ids(
        &self,
        district: &str,
        (parent, cases): (Parent, &[CaseId]),
        page: &PageRequest,
    ) -> Result<Page<EvidenceId>, DbErr> {
        let mut of = Condition::any();
        match parent {
            Parent::Case(id) => of = of.add(C::Case.eq(id.0)),
            Parent::Task(id) => {
                of = of.add(C::Task.eq(id.0));
                of = of.add(C::Case.is_in(cases.iter().map(|it| it.0)));
            }
            Parent::Assignment(id) => {
                let part = Condition::all()
                    .add(C::Task.eq(id.task.0))
                    .add(C::Number.eq(i32::from(id.number)));
                of = of.add(part);
            }
        }
        let rows = Entity::find()
            .filter(C::District.eq(district))
            .filter(C::State.eq(text(State::Stored)))
            .filter(of);
        let by = (&[C::StartedAt, C::Id][..], sea_orm::Order::Desc);
        let (rows, next) = self.page::<_, (i64, Uuid)>(rows, by, page).await?;
        let ids = rows.into_iter().map(|(_, id)| EvidenceId(id)).collect();
        Ok((ids, next))
    }

    /// Which of some contents an event speaks of.
    pub(crate) async fn contents_needed(
        &self,
        district: &str,
        contents: &[&ContentHash],
    ) -> Result<HashSet<ContentHash>, DbErr> {
        let mut needed = HashSet::new();
        let texts: Vec<&str> = contents.iter().map(|it| it.as_str()).collect();
        for column in [C::Content, C::Shared] {
            let select = Entity::find()
                .select_only()
                .column(column)
                .filter(C::District.eq(district))
                .filter(C::State.eq(text(State::Stored)))
                .filter(column.is_in(texts.iter().copied()));
            let found: Vec<String> = select.into_tuple().all(self.log().db().read()).await?;
            needed.extend(found.into_iter().map(ContentHash::from));
        }
        Ok(needed)
    }
}

/// Refuses references that may not be made, in the transaction that makes them.
pub(super) fn check_cited(
    work: &Work<'_>,
    cited: &[EvidenceId],
    organization: &OrganizationId,
    (id, task): (TaskId, &Task),
) -> Result<(), Refused> {
    let mut pieces = Vec::new();
    for it in cited {
        pieces.push((*it, work.get::<Evidence>(&it.to_string())?));
    }
    let refused = refer(pieces.into_iter(), organization, (id, task));
    Ok(refused.map_err(Refusal::from)?)
}

/// Refuses a report that lacks evidence which its matter requires.
pub(super) fn check_required(
    work: &Work<'_>,
    cited: &[EvidenceId],
    task: &Task,
    changes: &[TaskChange],
) -> Result<(), Refused> {
    let reported = changes.iter().find_map(|it| match it {
        TaskChange::Reported { number, .. } => task.assignment(*number),
        _ => None,
    });
    let Some(reported) = reported.filter(|it| !it.offer.evidence.is_empty()) else {
        return Ok(());
    };
    let mut there = Vec::new();
    for it in cited {
        let piece = work.get::<Evidence>(&it.to_string())?;
        let examined = piece.and_then(|it| it.examined.as_ref());
        there.extend(examined.map(|it| it.media.kind()));
    }
    let lacking = lacking(&reported.offer.evidence, &there);
    if lacking.is_empty() {
        return Ok(());
    }
    Err(Refusal::EvidenceLacking { lacking }.into())
}

/// The same for what is said of a case.
pub(super) fn check_cited_of_case(
    work: &Work<'_>,
    (organization, cited): &Cited,
    case: CaseId,
) -> Result<(), Refused> {
    let mut pieces = Vec::new();
    for it in cited {
        pieces.push((*it, work.get::<Evidence>(&it.to_string())?));
    }
    let key = case.to_string();
    let it = work
        .get::<Case>(&key)?
        .ok_or(Refusal::CaseNotFound { case: Some(case) })?;
    let refused = refer_of_case(pieces.into_iter(), organization, (case, it));
    Ok(refused.map_err(Refusal::from)?)
}

fn admit(work: &Work<'_>, announced: &Announced) -> Result<(), Refused> {
    let parent = announced.parent;
    let (case, task) = match parent {
        Parent::Case(id) => (work.get::<Case>(&id.to_string())?, None),
        Parent::Task(id) => (None, work.get::<Task>(&id.to_string())?),
        Parent::Assignment(id) => (None, work.get::<Task>(&id.task.to_string())?),
    };
    let admitted = Parents { case, task }.admit(parent, &announced.organization);
    Ok(admitted.map_err(Refusal::from)?)
}

/// Records a change, and gives the bytes back that an unfinished upload had set aside.
fn record(
    work: &mut Work<'_>,
    id: EvidenceId,
    at: OffsetDateTime,
    change: Option<Change>,
) -> Result<(), Refused> {
    let Some(change) = change else {
        return Ok(());
    };
    let key = id.to_string();
    let announced = match &change {
        Change::Started(it) => Some((**it).clone()),
        _ => work
            .get::<Evidence>(&key)?
            .and_then(|it| it.announced.clone()),
    };
    let Some(announced) = announced else {
        return Ok(()); // never announced, so nothing can happen to it
    };
    let event = EvidenceEvent {
        at,
        parent: announced.parent,
        change,
    };
    if event.gives_back() {
        let returned = evidence::AllowanceEvent::Returned {
            evidence: id,
            bytes: charge(announced.length),
        };
        work.record::<Allowance>(&announced.allowance, [returned])?;
    }
    Ok(work.record::<Evidence>(&key, [event])?)
}

fn answered<R>(
    work: &Work<'_>,
    id: EvidenceId,
    answer: &impl Fn(EvidenceId, &Evidence) -> R,
) -> Result<R, Refused> {
    let evidence = work.get::<Evidence>(&id.to_string())?;
    let evidence = evidence.ok_or(evidence::Refused::UploadNotFound);
    Ok(answer(id, evidence.map_err(Refusal::from)?))
}
