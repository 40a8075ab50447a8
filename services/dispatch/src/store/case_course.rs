//! Changes of a case beyond its way into a task: triage, merging, redirecting, replies, revisits, relapses; and the
//! settings they go by.

use liandong_kit::commit::{Command, Work};
use prost::Message;
use sea_orm::DbErr;
use time::OffsetDateTime;

use super::cases::{answered, held};
use super::change::{Etag, Refused, expect, record_case, settings};
use super::evidence::check_cited_of_case;
use super::{Error, Store};
use crate::domain::case::clock::CaseClock;
use crate::domain::case::merge::Receipt;
use crate::domain::case::revisit::{Hands, Revisit, Visited};
use crate::domain::case::triage::Triage;
use crate::domain::clock::WorkTime;
use crate::domain::event::Claimed;
use crate::domain::outage::Span;
use crate::domain::settings::CASE_SETTINGS;
use crate::domain::{
    ActClaim, Case, CaseId, CaseSettings, EvidenceId, OrganizationId, PersonId, Refusal, Task,
};

/// A case, the version of it that is meant, and who holds it.
pub(crate) type Target = (CaseId, Etag, OrganizationId);

impl Store {
    /// How a district runs its cases, with the version.
    pub(crate) async fn case_settings(&self, district: &str) -> Result<(i64, CaseSettings), DbErr> {
        let found = self
            .log()
            .load::<CaseSettings>(district, CASE_SETTINGS)
            .await?;
        Ok(found.map_or_else(Default::default, |it| (it.version, it.state)))
    }

    /// Changes how a district runs its cases.
    pub(crate) async fn change_settings<R>(
        &self,
        command: Command,
        (etag, to): (Etag, CaseSettings),
        answer: impl Fn(i64, &CaseSettings) -> R + Send + 'static,
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
    {
        let at = command.occurred_at();
        let rule = move |work: &mut Work<'_>| {
            let current = settings(work)?;
            expect(&etag, work.version::<CaseSettings>(CASE_SETTINGS)?)?;
            if let Some(event) = current.change(to.clone(), at) {
                work.record::<CaseSettings>(CASE_SETTINGS, [event])?;
            }
            let version = work.version::<CaseSettings>(CASE_SETTINGS)?;
            Ok(answer(version, &settings(work)?))
        };
        self.change(command, rule).await
    }

    /// Decides which way a case goes. On site it is closed, and revisited if somebody other than its holder can.
    pub(crate) async fn triage_case<R>(
        &self,
        command: Command,
        target: Target,
        (triage, cited): (Triage, Vec<EvidenceId>),
        answer: impl Fn(i64, &Case) -> R + Send + 'static,
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
    {
        let at = command.occurred_at();
        let cited = (target.2.clone(), cited);
        let rule = move |work: &mut Work<'_>| {
            held(work, &target)?;
            check_cited_of_case(work, &cited, target.0)?;
            let settings = settings(work)?;
            let days = settings.revisitor.map(|_| settings.revisit_days);
            record_case(work, target.0, at, |case| {
                let revisits = Revisit::series(case, days.as_deref().unwrap_or_default(), at);
                case.triage(target.0, triage.clone(), revisits)
            })?;
            answered(work, target.0, &answer)
        };
        self.change(command, rule).await
    }

    /// Merges cases into another one: all of them, or none.
    pub(crate) async fn merge_cases<R>(
        &self,
        command: Command,
        target: Target,
        (cases, reason, person): (Vec<CaseId>, String, PersonId),
        answer: impl Fn(i64, &Case) -> R + Send + 'static,
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
    {
        let at = command.occurred_at();
        let rule = move |work: &mut Work<'_>| {
            held(work, &target)?;
            for case in &cases {
                held(work, &(*case, None, target.2.clone()))?;
                merge(work, (*case, target.0), (&reason, &person), at)?;
            }
            answered(work, target.0, &answer)
        };
        self.change(command, rule).await
    }

    /// Records what a body answered that a case was handed to.
    pub(crate) async fn receipt<R>(
        &self,
        command: Command,
        target: Target,
        (receipt, time): (Receipt, std::sync::Arc<WorkTime>),
        answer: impl Fn(i64, &Case) -> R + Send + 'static,
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
    {
        let at = command.occurred_at();
        let rule = move |work: &mut Work<'_>| {
            held(work, &target)?;
            let settings = settings(work)?;
            record_case(work, target.0, at, |case| {
                let stage = case.stage_if_declined();
                let clock = stage.map(|stage| {
                    let start = (stage, case.round(), settings.limit(stage));
                    CaseClock::start(start, &case.report.organization, &time, at)
                });
                case.receipt(receipt.clone(), clock.transpose()?)
            })?;
            answered(work, target.0, &answer)
        };
        self.change(command, rule).await
    }

    /// Records what a revisit found: by the holder, by who checked, or by the district's revisitor; never by who
    /// handled or checked it in person (R10).
    pub(crate) async fn record_revisit<R>(
        &self,
        command: Command,
        (id, number, etag): (CaseId, u16, Etag),
        (visited, cited): (Visited, Vec<EvidenceId>),
        answer: impl Fn(i64, &Case) -> R + Send + 'static,
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
    {
        let at = command.occurred_at();
        let cited = (visited.organization.clone(), cited);
        let rule = move |work: &mut Work<'_>| {
            let settings = settings(work)?;
            let key = id.to_string();
            let unknown = Refusal::CaseNotFound { case: Some(id) };
            let case = work.get::<Case>(&key)?.ok_or(unknown.clone())?;
            let round = case.revisit(number).map_or(case.round(), |it| it.round);
            let task = match case.task_of_round(round) {
                Some(task) => work.get::<Task>(&task.to_string())?,
                None => None,
            };
            let theirs = task.is_some_and(|it| it.concerns(&visited.organization));
            let may = theirs
                || case.report.organization == visited.organization
                || settings.revisitor.as_ref() == Some(&visited.organization);
            if !may {
                return Err(unknown.into());
            }
            let hands = task.map_or_else(|| case.hands_on_site(), Hands::of);
            expect(&etag, work.version::<Case>(&key)?)?;
            check_cited_of_case(work, &cited, id)?;
            record_case(work, id, at, |case| {
                let round = case.round().saturating_add(1);
                let clock = CaseClock::dispatch(round, settings.dispatch, at);
                case.visit(number, visited.clone(), &hands, clock)
            })?;
            answered(work, id, &answer)
        };
        self.change(command, rule).await
    }

    /// Opens a closed case again because another one repeats it, and merges that one into it if both are one holder's.
    pub(crate) async fn reopen_case<R>(
        &self,
        command: Command,
        target: Target,
        (relapse, person): (CaseId, PersonId),
        answer: impl Fn(i64, &Case) -> R + Send + 'static,
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
    {
        let at = command.occurred_at();
        let rule = move |work: &mut Work<'_>| {
            held(work, &target)?;
            let limit = settings(work)?.dispatch;
            record_case(work, target.0, at, |case| {
                let round = case.round().saturating_add(1);
                let clock = CaseClock::dispatch(round, limit, at);
                case.relapse(relapse, person.clone(), at, clock)
            })?;
            let other = work.get::<Case>(&relapse.to_string())?;
            if other.is_some_and(|it| it.report.organization == target.2) {
                merge(work, (relapse, target.0), ("relapse", &person), at)?;
            }
            answered(work, target.0, &answer)
        };
        self.change(command, rule).await
    }

    /// Puts on record what has run out on a case by now; says whether revisits begin, and whose records are over.
    pub(crate) async fn tick_case(&self, command: Command, id: CaseId) -> Result<(), Error> {
        let at = command.occurred_at();
        let rule = move |work: &mut Work<'_>| {
            if work.get::<Case>(&id.to_string())?.is_some() {
                record_case(work, id, at, |_| Ok(vec![]))?;
            }
            Ok(())
        };
        self.change(command, rule).await
    }

    /// Begins the revisits of a case whose day has come, with the outages that are known.
    pub(crate) async fn begin_revisits(
        &self,
        command: Command,
        id: CaseId,
        (time, outages): (std::sync::Arc<WorkTime>, Vec<Span>),
    ) -> Result<(), Error> {
        let at = command.occurred_at();
        let rule = move |work: &mut Work<'_>| {
            let settings = settings(work)?;
            record_case(work, id, at, |case| {
                case.begin_revisits((&settings, &time), &outages, at)
            })
        };
        self.change(command, rule).await
    }
}

fn merge(
    work: &mut Work<'_>,
    (id, into): (CaseId, CaseId),
    why: (&str, &PersonId),
    at: OffsetDateTime,
) -> Result<(), Refused> {
    let find = |id: CaseId| {
        let found = work.get::<Case>(&id.to_string())?.cloned();
        found.ok_or(Refused::Rules(Refusal::CaseNotFound { case: Some(id) }))
    };
    let (case, other) = (find(id)?, find(into)?);
    let (here, there) = case.merge_into((id, into), &other, why)?;
    if here.is_empty() {
        return Ok(());
    }
    record_case(work, id, at, |_| Ok(here))?;
    record_case(work, into, at, |_| Ok(there))?;
    move_claim(work, &case, (id, into))
}

/// The act a merged case was first to file is the other one's now (R5).
fn move_claim(
    work: &mut Work<'_>,
    case: &Case,
    (id, into): (CaseId, CaseId),
) -> Result<(), Refused> {
    let filing = case.filing.as_ref();
    let Some(filing) = filing.filter(|it| !it.act_reference.is_empty()) else {
        return Ok(());
    };
    let claim = ActClaim::id(&filing.matter, &case.report.area, &filing.act_reference).to_string();
    let first = work.get::<ActClaim>(&claim)?;
    let Some((_, organization)) = first
        .and_then(|it| it.first.clone())
        .filter(|it| it.0 == id)
    else {
        return Ok(());
    };
    let moved = Claimed {
        case: into,
        organization,
        act_reference: filing.act_reference.clone(),
    };
    Ok(work.record::<ActClaim>(&claim, [moved])?)
}
