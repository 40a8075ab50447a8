//! Campaigns with the work they group: judged when it is taken in, counted when it is asked for and at the end.

use liandong_kit::commit::{Command, NotLoaded, Work};
use liandong_kit::log::{Aggregate, Loaded};
use prost::Message;
use sea_orm::DbErr;
use uuid::Uuid;

use super::change::Etag;
use super::docket::{Listed, Row, answered, record};
use super::{Error, Store, text};
use crate::domain::campaign::{
    self, Campaign, CampaignEvent, Candidate, Change, Closing, Member, Progress, Refused,
};
use crate::domain::{CampaignId, Case, CaseId, Inspection, OrganizationId, Refusal, Task, TaskId};

/// A campaign to change: which, which version of it, and for whom.
pub(crate) type Target = (CampaignId, Etag, OrganizationId);

impl Store {
    /// Lets `decide` change a campaign, and answers with it as it is then.
    pub(crate) async fn change_campaign<R>(
        &self,
        command: Command,
        (id, etag): (CampaignId, Etag),
        decide: impl Fn(&Campaign) -> Result<Vec<Change>, Refused> + Send + 'static,
        answer: impl Fn(i64, &Campaign) -> R + Send + 'static,
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
    {
        let at = command.occurred_at();
        let decide = move |it: &Campaign| {
            let changes = decide(it).map_err(Refusal::from)?;
            Ok(CampaignEvent::of(it, at, changes))
        };
        self.change_listed(command, (id.to_string(), etag), decide, answer)
            .await
    }

    /// Takes work into a campaign.
    pub(crate) async fn add_members<R>(
        &self,
        command: Command,
        (id, etag, organization): Target,
        members: Vec<Member>,
        answer: impl Fn(i64, &Campaign) -> R + Send + 'static,
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
    {
        let at = command.occurred_at();
        let rule = move |work: &mut Work<'_>| {
            let candidates = candidates(work, &members)?;
            let seen: Vec<(Member, Option<Candidate<'_>>)> = candidates
                .iter()
                .map(|(member, it)| (*member, it.as_ref().map(Found::candidate)))
                .collect();
            let key = id.to_string();
            record::<Campaign>(work, &key, &etag, |it| {
                let changes = it.add(&organization, &seen).map_err(Refusal::from)?;
                Ok(CampaignEvent::of(it, at, changes))
            })?;
            answered(work, &key, &answer)
        };
        self.change(command, rule).await
    }

    /// Closes a campaign, counted in the same change.
    pub(crate) async fn close_campaign<R>(
        &self,
        command: Command,
        (id, etag, organization): Target,
        (report, unfinished_reason): (String, String),
        answer: impl Fn(i64, &Campaign) -> R + Send + 'static,
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
    {
        let at = command.occurred_at();
        let rule = move |work: &mut Work<'_>| {
            let key = id.to_string();
            let members = work.get::<Campaign>(&key)?.map(|it| it.members.clone());
            let grouped = grouped(work, &members.unwrap_or_default())?;
            let closing = Closing {
                report: report.clone(),
                unfinished_reason: unfinished_reason.clone(),
                progress: Progress::of(&grouped),
            };
            record::<Campaign>(work, &key, &etag, |it| {
                let changes = it.close(&organization, closing).map_err(Refusal::from)?;
                Ok(CampaignEvent::of(it, at, changes))
            })?;
            answered(work, &key, &answer)
        };
        self.change(command, rule).await
    }

    /// How far a campaign is now.
    pub(crate) async fn progress(
        &self,
        district: &str,
        members: &[Member],
    ) -> Result<Progress, DbErr> {
        let (mut cases, mut tasks, inspections) = split(members);
        let inspections = self.states::<Inspection>(district, &inspections).await?;
        let inspections: Vec<Inspection> = inspections.into_iter().map(|it| it.state).collect();
        follow(&inspections, &mut cases, &mut tasks);
        let cases = self.states::<Case>(district, &cases).await?;
        let tasks = self.states::<Task>(district, &tasks).await?;
        let named = |it: Loaded<Case>| Some((CaseId(Uuid::try_parse(&it.id).ok()?), it.state));
        Ok(Progress::of(&campaign::Work {
            cases: cases.into_iter().filter_map(named).collect(),
            tasks: tasks.into_iter().map(|it| it.state).collect(),
            inspections,
        }))
    }

    async fn states<A: Aggregate>(
        &self,
        district: &str,
        ids: &[Uuid],
    ) -> Result<Vec<Loaded<A>>, DbErr> {
        let keys: Vec<String> = ids.iter().map(Uuid::to_string).collect();
        self.several::<A>(district, &keys).await
    }
}

/// Something as it stands in a change.
enum Found {
    Case(Box<Case>),
    Task(Box<Task>),
    Inspection(Box<Inspection>),
}

impl Found {
    fn candidate(&self) -> Candidate<'_> {
        match self {
            Found::Case(it) => Candidate::Case(it),
            Found::Task(it) => Candidate::Task(it),
            Found::Inspection(it) => Candidate::Inspection(it),
        }
    }
}

fn candidates(
    work: &Work<'_>,
    members: &[Member],
) -> Result<Vec<(Member, Option<Found>)>, NotLoaded> {
    let find = |member: &Member| {
        let key = member.id().to_string();
        let found = match member {
            Member::Case(_) => boxed(work.get::<Case>(&key)?).map(Found::Case),
            Member::Task(_) => boxed(work.get::<Task>(&key)?).map(Found::Task),
            Member::Inspection(_) => boxed(work.get::<Inspection>(&key)?).map(Found::Inspection),
        };
        Ok((*member, found))
    };
    at_once(members.iter().map(find))
}

fn grouped(work: &Work<'_>, members: &[Member]) -> Result<campaign::Work, NotLoaded> {
    let (mut cases, mut tasks, inspections) = split(members);
    let inspections: Vec<Inspection> = all::<Inspection>(work, &inspections)?
        .into_iter()
        .map(|it| it.1)
        .collect();
    follow(&inspections, &mut cases, &mut tasks);
    // Both are asked for before either is missed, so that everything is loaded in one go.
    let (cases, tasks) = (all::<Case>(work, &cases), all::<Task>(work, &tasks));
    Ok(campaign::Work {
        cases: cases?
            .into_iter()
            .map(|(id, it)| (CaseId(id), it))
            .collect(),
        tasks: tasks?.into_iter().map(|it| it.1).collect(),
        inspections,
    })
}

fn all<A: Aggregate>(work: &Work<'_>, ids: &[Uuid]) -> Result<Vec<(Uuid, A)>, NotLoaded> {
    let find = |id: &Uuid| Ok((*id, work.get::<A>(&id.to_string())?.cloned()));
    let found = at_once(ids.iter().map(find))?;
    Ok(found
        .into_iter()
        .filter_map(|(id, it)| Some((id, it?)))
        .collect())
}

/// Asks for all of them before the first that is not loaded ends it.
fn at_once<T>(asked: impl Iterator<Item = Result<T, NotLoaded>>) -> Result<Vec<T>, NotLoaded> {
    let asked: Vec<Result<T, NotLoaded>> = asked.collect();
    asked.into_iter().collect()
}

fn split(members: &[Member]) -> (Vec<Uuid>, Vec<Uuid>, Vec<Uuid>) {
    let (mut cases, mut tasks, mut inspections) = (vec![], vec![], vec![]);
    for member in members {
        match member {
            Member::Case(id) => cases.push(id.0),
            Member::Task(id) => tasks.push(id.0),
            Member::Inspection(id) => inspections.push(id.0),
        }
    }
    (cases, tasks, inspections)
}

/// Adds the cases and tasks of inspections' orders; each counts once.
fn follow(inspections: &[Inspection], cases: &mut Vec<Uuid>, tasks: &mut Vec<Uuid>) {
    let findings = inspections.iter().flat_map(|it| &it.findings);
    for order in findings.filter_map(|it| it.order.as_ref()) {
        let (CaseId(case), TaskId(task)) = (order.case, order.task);
        cases.push(case);
        tasks.push(task);
    }
    for ids in [cases, tasks] {
        ids.sort();
        ids.dedup();
    }
}

fn boxed<T: Clone>(it: Option<&T>) -> Option<Box<T>> {
    it.cloned().map(Box::new)
}

impl Listed for Campaign {
    fn row(&self) -> Option<Row> {
        Some(Row {
            state: text(self.state),
            organization: self.organization.clone(),
            area: String::new(),
            subject: String::new(),
            at: self.created_at?,
            parties: self.parties.clone(),
        })
    }
}
