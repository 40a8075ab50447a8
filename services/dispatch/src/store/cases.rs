//! Changes of cases, and the planning that ties them to a task.

use std::sync::Arc;

use liandong_kit::commit::{Command, Work};
use prost::Message;
use time::OffsetDateTime;

use super::change::{Etag, Refused, expect, record_case, record_task, settings};
use super::tiers::record_whistle;
use super::{Error, Store};
use crate::domain::case::place::Nearby;
use crate::domain::case::{self, CaseChange, Filing, Reported};
use crate::domain::clock::WorkTime;
use crate::domain::plan::{Plan, Planned};
use crate::domain::template::Copied;
use crate::domain::whistle::Kind;
use crate::domain::{
    ActClaim, Case, CaseEvent, CaseId, CompletionRule, MatterId, OrganizationId, PersonId, Refusal,
    Task, TaskChange, TaskId, TaskTemplate, WhistleId,
};

/// A task as it is asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct NewTask {
    /// Its cases.
    pub cases: Vec<CaseId>,
    /// Its plan; what it leaves out is copied from the template.
    pub plan: Plan,
    /// When it is finished, if that was said.
    pub completion: Option<CompletionRule>,
    /// The template: `{organization}.{slug}`.
    pub template: Option<String>,
    /// The whistle it answers.
    pub whistle: Option<WhistleId>,
    /// On the real path, and never scored.
    pub exercise: bool,
}

impl From<(Vec<CaseId>, Plan)> for NewTask {
    fn from((cases, plan): (Vec<CaseId>, Plan)) -> NewTask {
        NewTask {
            cases,
            completion: Some(plan.completion),
            plan,
            ..NewTask::default()
        }
    }
}

impl NewTask {
    /// Its whole plan, and what was copied. The whistle is told.
    fn plan(
        &self,
        work: &mut Work<'_>,
        id: TaskId,
        organizer: &OrganizationId,
        at: OffsetDateTime,
    ) -> Result<(Plan, Option<Copied>), Refused> {
        let (mut plan, mut copied) = (self.plan.clone(), None);
        if let Some(template) = &self.template {
            let kept = work
                .get::<TaskTemplate>(template)?
                .filter(|it| it.saved.organization == *organizer)
                .ok_or(Refusal::TaskTemplateNotFound)?;
            plan = kept.complete(plan, self.completion)?;
            copied = Some(Copied {
                template: template.clone(),
                version: work.version::<TaskTemplate>(template)?,
            });
        }
        if let Some(whistle) = self.whistle {
            let exercise = self.exercise;
            record_whistle(work, whistle, at, |it| {
                plan.until_scene_finished |= it.blown.kind == Kind::Emergency;
                it.plan(id, organizer, exercise)
            })?;
        }
        Ok((plan, copied))
    }
}

impl Store {
    /// Records a problem.
    pub(crate) async fn report_case<R>(
        &self,
        command: Command,
        (id, reported): (CaseId, Reported),
        time: Arc<WorkTime>,
        answer: impl Fn(i64, &Case) -> R + Send + 'static,
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
    {
        let at = command.occurred_at();
        let rule = move |work: &mut Work<'_>| {
            report(work, id, reported.clone(), &time, at)?;
            answered(work, id, &answer)
        };
        self.change(command, rule).await
    }

    /// Lets `decide` change a case that the caller's organization holds, and answers with the case as it is then.
    pub(crate) async fn change_case<R>(
        &self,
        command: Command,
        target: (CaseId, Etag, OrganizationId),
        decide: impl Fn(&Case) -> Result<Vec<CaseChange>, Refusal> + Send + 'static,
        answer: impl Fn(i64, &Case) -> R + Send + 'static,
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
    {
        let at = command.occurred_at();
        let rule = move |work: &mut Work<'_>| {
            held(work, &target)?;
            record_case(work, target.0, at, &decide)?;
            answered(work, target.0, &answer)
        };
        self.change(command, rule).await
    }

    /// Files a case, and claims the unlawful act it is about: the first to file it wins (R5). Of the cases `nearby`,
    /// the first one that was closed lately for the same matter has come back (M25).
    pub(crate) async fn file_case<R>(
        &self,
        command: Command,
        target: (CaseId, Etag, OrganizationId),
        (filing, nearby): (Filing, Vec<Nearby>),
        answer: impl Fn(i64, &Case) -> R + Send + 'static,
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
    {
        let at = command.occurred_at();
        let rule = move |work: &mut Work<'_>| {
            held(work, &target)?;
            file(work, (target.0, &target.2), &filing, &nearby, at)?;
            answered(work, target.0, &answer)
        };
        self.change(command, rule).await
    }

    /// Plans a task on filed cases of one organization.
    pub(crate) async fn plan_task<R>(
        &self,
        command: Command,
        (id, organizer, person): (TaskId, OrganizationId, PersonId),
        new: impl Into<NewTask>,
        answer: impl Fn(&Task) -> R + Send + 'static,
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
    {
        let (at, new) = (command.occurred_at(), new.into());
        let organizer = (id, organizer, person);
        let rule = move |work: &mut Work<'_>| {
            self::plan(work, &organizer, &new, at)?;
            Ok(answer(
                work.get::<Task>(&id.to_string())?
                    .ok_or(Refusal::TaskNotFound)?,
            ))
        };
        self.change(command, rule).await
    }
}

/// Plans a task on filed cases of one organization.
pub(super) fn plan(
    work: &mut Work<'_>,
    (id, organizer, person): &(TaskId, OrganizationId, PersonId),
    new: &NewTask,
    at: OffsetDateTime,
) -> Result<(), Refused> {
    let id = *id;
    let (plan, copied) = new.plan(work, id, organizer, at)?;
    let mut planned = None;
    for case in &new.cases {
        held(work, &(*case, None, organizer.clone()))?;
        let first = first_case(work, *case, id)?;
        planned.get_or_insert(first);
        record_case(work, *case, at, |it| {
            it.same_exercise(new.exercise)?;
            it.check_plan(*case, &plan)?;
            it.plan(*case, id).map(|(_, changes)| changes)
        })?;
    }
    let (filing, area, source) = planned.ok_or(Refusal::CaseNotFound { case: None })?;
    let planned = Planned {
        cases: new.cases.clone(),
        organizer: organizer.clone(),
        person: person.clone(),
        area,
        matter: filing.matter,
        source,
        filed_at: filing.at,
        limit: filing.limit,
        plan,
        exercise: new.exercise,
        whistle: new.whistle,
        copied,
    };
    record_task(work, id, at, vec![TaskChange::Planned(Box::new(planned))])
}

type FirstCase = (Filing, crate::domain::AreaId, crate::domain::case::Source);

fn first_case(work: &Work<'_>, id: CaseId, task: TaskId) -> Result<FirstCase, Refused> {
    let case = work
        .get::<Case>(&id.to_string())?
        .ok_or(Refusal::CaseNotFound { case: Some(id) })?;
    let (filing, _) = case.plan(id, task)?;
    Ok((filing.clone(), case.report.area.clone(), case.report.source))
}

/// How every case begins, whoever reports it: the clock of its verification runs, and its source is promised a reply.
pub(super) fn report(
    work: &mut Work<'_>,
    id: CaseId,
    mut reported: Reported,
    time: &WorkTime,
    at: OffsetDateTime,
) -> Result<(), Refused> {
    reported.start_clocks(&settings(work)?, time, at)?;
    let changes = vec![CaseChange::Reported(Box::new(reported))];
    let events = CaseEvent::of(&Case::default(), at, changes);
    work.record::<Case>(&id.to_string(), events)?;
    Ok(())
}

/// How every case is filed: it claims the unlawful act it is about (R5), and one of those `nearby` may have come back.
pub(super) fn file(
    work: &mut Work<'_>,
    (id, organization): (CaseId, &OrganizationId),
    filing: &Filing,
    nearby: &[Nearby],
    at: OffsetDateTime,
) -> Result<(), Refused> {
    let version = work.version::<Case>(&id.to_string())?;
    record_case(work, id, at, |case| case.file(filing.clone()))?;
    let case = work.get::<Case>(&id.to_string())?;
    if case.is_some_and(|it| it.report.exercise) {
        return Ok(()); // what did not happen is nobody's act, and has not come back
    }
    claim(work, id, organization, filing)?;
    if work.version::<Case>(&id.to_string())? > version {
        note_relapse(work, id, &filing.matter, nearby, at)?;
    }
    Ok(())
}

/// Puts on record, with both, that a case repeats one that was closed lately.
fn note_relapse(
    work: &mut Work<'_>,
    id: CaseId,
    matter: &MatterId,
    nearby: &[Nearby],
    at: OffsetDateTime,
) -> Result<(), Refused> {
    let days = time::Duration::days(i64::from(settings(work)?.relapse_days));
    for it in nearby.iter().filter(|it| it.case != id) {
        let Some(earlier) = work.get::<Case>(&it.case.to_string())? else {
            continue;
        };
        let lately = earlier.closed_at.is_some_and(|closed| at <= closed + days);
        let closed = earlier.state == case::State::Closed && !earlier.report.exercise;
        if !(closed && lately && earlier.matter() == Some(matter)) {
            continue;
        }
        let relapses = u16::try_from(earlier.relapses.len())
            .unwrap_or(u16::MAX)
            .saturating_add(1);
        let found = CaseChange::RelapseFound {
            earlier: it.case,
            distance_m: it.distance_m,
            relapses,
        };
        record_case(work, id, at, |_| Ok(vec![found]))?;
        let relapsed = CaseChange::Relapsed { by: id, relapses };
        record_case(work, it.case, at, |_| Ok(vec![relapsed]))?;
        return Ok(());
    }
    Ok(())
}

/// Only its holder changes a case; for everybody else it is not there.
pub(super) fn held(
    work: &Work<'_>,
    (id, etag, holder): &(CaseId, Etag, OrganizationId),
) -> Result<(), Refused> {
    let key = id.to_string();
    let case = work
        .get::<Case>(&key)?
        .filter(|it| it.report.organization == *holder);
    case.ok_or(Refusal::CaseNotFound { case: Some(*id) })?;
    Ok(expect(etag, work.version::<Case>(&key)?)?)
}

fn claim(
    work: &mut Work<'_>,
    case: CaseId,
    organization: &OrganizationId,
    filing: &Filing,
) -> Result<(), Refused> {
    if filing.act_reference.is_empty() {
        return Ok(());
    }
    let key = case.to_string();
    let area = work
        .get::<Case>(&key)?
        .map(|it| it.report.area.clone())
        .unwrap_or_default();
    let id = ActClaim::id(&filing.matter, &area, &filing.act_reference).to_string();
    let before = work.get::<ActClaim>(&id)?.cloned().unwrap_or_default();
    if let Some(event) = before.claim(case, organization, &filing.act_reference)? {
        work.record::<ActClaim>(&id, [event])?;
    }
    Ok(())
}

pub(super) fn answered<R>(
    work: &Work<'_>,
    id: CaseId,
    answer: &impl Fn(i64, &Case) -> R,
) -> Result<R, Refused> {
    let key = id.to_string();
    let version = work.version::<Case>(&key)?;
    Ok(answer(
        version,
        work.get::<Case>(&key)?
            .ok_or(Refusal::CaseNotFound { case: Some(id) })?,
    ))
}
