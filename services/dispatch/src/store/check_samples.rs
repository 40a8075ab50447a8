//! Checks by sample: the list is what was accepted, and what is found unsolved opens its cases again, in one change.

use liandong_kit::commit::{Command, Work};
use prost::Message;
use sea_orm::DbErr;
use time::OffsetDateTime;

use super::change::{Etag, Refused, record_case, settings};
use super::docket::{Listed, Row, answered, record};
use super::evidence::check_cited;
use super::query::{Term, Test};
use super::{Cited, Error, Store, text};
use crate::domain::case::clock::CaseClock;
use crate::domain::check_sample::{Candidate, Change, CheckSampleEvent, Found, POPULATION_MAX};
use crate::domain::{
    AreaId, AssignmentId, Case, CaseId, CheckSample, CheckSampleId, OrganizationId, PersonId,
    Refusal, Task, TaskId,
};

/// A sample to change: which, which version of it, and for whom.
pub(crate) type Target = (CheckSampleId, Etag, OrganizationId);

impl Store {
    /// What an organization may look at again: what was accepted in a span of time. One more than may be drawn from
    /// are looked for, so that too many are told from enough.
    pub(crate) async fn to_sample(
        &self,
        (district, organization): (&str, &OrganizationId),
        area: Option<&AreaId>,
        (from, before): (OffsetDateTime, OffsetDateTime),
    ) -> Result<Vec<Candidate>, DbErr> {
        let accepted = |test| Term {
            field: "accept_time",
            test,
        };
        let there = area.map(|it| Term {
            field: "area",
            test: Test::Begins(it.to_string()),
        });
        let terms = [accepted(Test::Since(from)), accepted(Test::Before(before))];
        let terms: Vec<Term> = terms.into_iter().chain(there).collect();
        let own = (district, organization.as_str());
        let most = 2 * POPULATION_MAX as u64;
        let ids = self.accepted_ids(own, &terms, most).await?;
        let mut keys: Vec<TaskId> = ids.into_iter().map(|it| it.task).collect();
        keys.sort();
        keys.dedup();
        let names: Vec<String> = keys.iter().map(ToString::to_string).collect();
        let mut found = Vec::new();
        for task in self.several::<Task>(district, &names).await? {
            let id = keys.iter().find(|it| it.to_string() == task.id);
            let Some(id) = id else { continue };
            found.extend(task.state.to_sample(*id, organization, (from, before)));
        }
        Ok(found)
    }

    /// Lets `decide` change a sample, and answers with it as it is then.
    pub(crate) async fn change_sample<R>(
        &self,
        command: Command,
        (id, etag): (CheckSampleId, Etag),
        decide: impl Fn(&CheckSample) -> Result<Vec<Change>, Refusal> + Send + 'static,
        answer: impl Fn(i64, &CheckSample) -> R + Send + 'static,
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
    {
        let at = command.occurred_at();
        let decide = move |it: &CheckSample| Ok(CheckSampleEvent::of(it, at, decide(it)?));
        self.change_listed(command, (id.to_string(), etag), decide, answer)
            .await
    }

    /// Records what was found of something that was drawn; what is not solved opens its cases again.
    pub(crate) async fn check_sampled<R>(
        &self,
        command: Command,
        (id, etag, organization): Target,
        (assignment, found, cited): (AssignmentId, Found, Cited),
        units: Vec<OrganizationId>,
        answer: impl Fn(i64, &CheckSample) -> R + Send + 'static,
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
    {
        let at = command.occurred_at();
        let rule = move |work: &mut Work<'_>| {
            let (key, task_key) = (id.to_string(), assignment.task.to_string());
            let task = work.get::<Task>(&task_key)?.cloned().unwrap_or_default();
            check_cited(work, &cited.1, &cited.0, (assignment.task, &task))?;
            let before = work.version::<CheckSample>(&key)?;
            let mut reopened = Vec::new();
            if !found.passed {
                for case in &task.cases {
                    let closed = work.get::<Case>(&case.to_string())?;
                    let theirs = closed.is_some_and(|it| it.is_closed_by(assignment.task));
                    reopened.extend(theirs.then_some(*case));
                }
            }
            let found = Found {
                reopened: reopened.clone(),
                ..found.clone()
            };
            let person = found.person.clone();
            record::<CheckSample>(work, &key, &etag, |it| {
                let changes = it.check(&organization, (assignment, &task), found, &units)?;
                Ok(CheckSampleEvent::of(it, at, changes))
            })?;
            if work.version::<CheckSample>(&key)? > before {
                reopen(work, (id, assignment.task), &reopened, (&person, at))?;
            }
            answered(work, &key, &answer)
        };
        self.change(command, rule).await
    }
}

fn reopen(
    work: &mut Work<'_>,
    which: (CheckSampleId, TaskId),
    cases: &[CaseId],
    (person, at): (&PersonId, OffsetDateTime),
) -> Result<(), Refused> {
    let limit = settings(work)?.dispatch;
    for id in cases {
        record_case(work, *id, at, |case| {
            let round = case.round().saturating_add(1);
            case.sampled(which, person, at, CaseClock::dispatch(round, limit, at))
        })?;
    }
    Ok(())
}

/// Whose it is sees it, and whose work was drawn.
impl Listed for CheckSample {
    fn row(&self) -> Option<Row> {
        let planned = self.planned.as_ref()?;
        let mut parties = self.handlers();
        parties.push(planned.organization.clone());
        let area = planned.area.as_ref().map(ToString::to_string);
        Some(Row {
            state: text(self.state),
            organization: planned.organization.clone(),
            area: area.unwrap_or_default(),
            subject: String::new(),
            at: self.planned_at?,
            parties,
        })
    }
}
