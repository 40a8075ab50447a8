//! Patrols: the logs a plan asks for, and logs with the cases they report.

use std::sync::Arc;

use liandong_kit::commit::{Command, Work};
use prost::Message;
use time::Date;

use super::cases;
use super::change::{Etag, Refused};
use super::docket::{Listed, Row, answered, begin, fetch, record};
use super::{Error, Store, text};
use crate::domain::case::{Reported, Source};
use crate::domain::clock::WorkTime;
use crate::domain::outage::Span;
use crate::domain::patrol::{DailyLog, Expected, Handed, LogEvent, PatrolPlan, PlanEvent, Whose};
use crate::domain::{Case, CaseId, OrganizationId, PatrolPlanId, Refusal};

/// What somebody writes into a log.
#[derive(Clone, Debug)]
pub(crate) struct Writing {
    /// Whose log.
    pub(crate) whose: Whose,
    /// Which version of it.
    pub(crate) etag: Etag,
    /// What.
    pub(crate) handed: Handed,
    /// Findings, by index, that are to be reported as these cases.
    pub(crate) new_cases: Vec<(usize, CaseId)>,
    /// Whether it is added to what was handed in.
    pub(crate) amends: bool,
    /// The working time that the clocks of its cases run by.
    pub(crate) time: Arc<WorkTime>,
}

/// Somebody who owes a log, as the registry says, and for which areas.
pub(crate) type Owed = (Whose, Vec<crate::domain::AreaId>);

impl Store {
    /// Records that logs are owed to a plan, with the outages that are known.
    pub(crate) async fn expect_logs(
        &self,
        command: Command,
        id: PatrolPlanId,
        (owed, outages): (Vec<Owed>, Vec<Span>),
    ) -> Result<(), Error> {
        let at = command.occurred_at();
        let rule = move |work: &mut Work<'_>| {
            let plan = work.get::<PatrolPlan>(&id.to_string())?.cloned();
            let Some((plan, planned)) = plan
                .as_ref()
                .and_then(|it| Some((it, it.planned.as_ref()?)))
            else {
                return Ok(());
            };
            fetch::<DailyLog>(work, owed.iter().map(|(whose, _)| whose.key()))?;
            for (whose, areas) in &owed {
                let Some(due) = plan.due(whose.day) else {
                    continue;
                };
                let expected = Expected {
                    plan: id,
                    organizer: planned.organization.clone(),
                    areas: areas.clone(),
                    due,
                };
                record::<DailyLog>(work, &whose.key(), &None, |log| {
                    Ok(LogEvent::of(log, whose, at, log.expect(&expected)))
                })?;
                // It may be asked for only after an outage that lay in its time.
                for outage in &outages {
                    record::<DailyLog>(work, &whose.key(), &None, |log| {
                        let excused = log.excuse_outage(*outage);
                        Ok(LogEvent::of(log, whose, at, excused))
                    })?;
                }
            }
            Ok(())
        };
        self.change(command, rule).await
    }

    /// Records that the logs of a day were asked for.
    pub(crate) async fn open_day(
        &self,
        command: Command,
        id: PatrolPlanId,
        (day, expected): (Date, u32),
    ) -> Result<(), Error> {
        let at = command.occurred_at();
        let decide = move |plan: &PatrolPlan| {
            let Some(planned) = &plan.planned else {
                return Ok(vec![]);
            };
            let organization = planned.organization.clone();
            let change = plan.open(day, expected);
            let event = change.map(|change| PlanEvent {
                at,
                organization,
                change,
            });
            Ok(event.into_iter().collect())
        };
        self.change_listed(command, (id.to_string(), None), decide, |_, _| ())
            .await
    }

    /// Records that a log is missing, if it is.
    pub(crate) async fn miss_log(&self, command: Command, key: String) -> Result<(), Error> {
        let at = command.occurred_at();
        let decide = move |log: &DailyLog| {
            let Some(whose) = &log.whose else {
                return Ok(vec![]);
            };
            Ok(LogEvent::of(log, whose, at, log.tick(at)))
        };
        self.change_listed(command, (key, None), decide, |_, _| ())
            .await
    }

    /// Hands a log in, or adds to it; what it reports becomes a case in the same change.
    pub(crate) async fn write_log<R>(
        &self,
        command: Command,
        writing: Writing,
        answer: impl Fn(i64, &DailyLog) -> R + Send + 'static,
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
    {
        let at = command.occurred_at();
        let rule = move |work: &mut Work<'_>| {
            let (key, whose) = (writing.whose.key(), &writing.whose);
            let log = work.get::<DailyLog>(&key)?.cloned().unwrap_or_default();
            let holds = holder_of_cases(&log, whose);
            check_cases(work, &writing, &log)?;
            let mut handed = writing.handed.clone();
            for (index, case) in &writing.new_cases {
                if let Some(finding) = handed.findings.get_mut(*index) {
                    finding.case = Some(*case);
                }
            }
            let before = log.entries.len();
            record::<DailyLog>(work, &key, &writing.etag, |log| {
                let changes = if writing.amends {
                    log.amend(handed.clone())
                } else {
                    log.submit(handed.clone())
                };
                Ok(LogEvent::of(log, whose, at, changes?))
            })?;
            let after = work.get::<DailyLog>(&key)?.map_or(0, |it| it.entries.len());
            if after > before {
                report_cases(work, &writing, &holds)?;
            }
            answered(work, &key, &answer)
        };
        self.change(command, rule).await
    }
}

/// Who takes up what a patrol reports: who ordered it, otherwise the holder's own organization.
fn holder_of_cases(log: &DailyLog, whose: &Whose) -> OrganizationId {
    let ordered = log.expected.as_ref().map(|it| it.organizer.clone());
    ordered.unwrap_or_else(|| whose.organization.clone())
}

/// A case that is named must be one the log's readers know.
fn check_cases(work: &Work<'_>, writing: &Writing, log: &DailyLog) -> Result<(), Refused> {
    let own = &writing.whose.organization;
    let ordered = holder_of_cases(log, &writing.whose);
    for id in writing.handed.findings.iter().filter_map(|it| it.case) {
        let case = work.get::<Case>(&id.to_string())?;
        let known =
            case.filter(|it| it.report.organization == *own || it.report.organization == ordered);
        known.ok_or(Refusal::CaseNotFound { case: Some(id) })?;
    }
    Ok(())
}

fn report_cases(
    work: &mut Work<'_>,
    writing: &Writing,
    organization: &OrganizationId,
) -> Result<(), Refused> {
    let entry = &writing.handed.entry;
    for (index, id) in &writing.new_cases {
        let Some(finding) = writing.handed.findings.get(*index) else {
            continue;
        };
        let reported = Reported {
            source: Source::Patrol,
            title: finding.title.clone(),
            description: finding.description.clone(),
            area: finding.area.clone(),
            address: finding.address.clone(),
            organization: organization.clone(),
            person: entry.person.clone(),
            reported_at: Some(entry.at),
            ..Reported::default()
        };
        cases::report(work, *id, reported, &writing.time, entry.at)?;
    }
    Ok(())
}

impl Listed for PatrolPlan {
    fn row(&self) -> Option<Row> {
        let planned = self.planned.as_ref()?;
        Some(Row {
            state: text(self.state()),
            organization: planned.organization.clone(),
            area: planned.area.to_string(),
            subject: String::new(),
            at: self.created_at?,
            parties: vec![planned.organization.clone()],
        })
    }
}

impl Listed for DailyLog {
    fn row(&self) -> Option<Row> {
        let whose = self.whose.as_ref()?;
        let mut parties = vec![whose.organization.clone()];
        let ordered = self.expected.as_ref().map(|it| &it.organizer);
        parties.extend(ordered.filter(|it| **it != whose.organization).cloned());
        Some(Row {
            state: text(self.state),
            organization: whose.organization.clone(),
            area: String::new(),
            subject: whose.holder.to_string(),
            at: begin(whose.day),
            parties,
        })
    }
}
