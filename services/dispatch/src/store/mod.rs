//! Where cases and tasks are kept: the event log is the truth, lists and inboxes are its views.

mod aggregates;
pub(crate) mod campaign;
mod case_course;
mod case_migration;
mod cases;
mod change;
mod check_samples;
mod delivery;
mod disputes;
pub(crate) mod docket;
mod docket_entity;
mod docket_migration;
pub(crate) mod entity;
mod evidence;
mod evidence_entity;
mod evidence_migration;
mod facets;
pub(crate) mod inbox;
mod inbox_entity;
pub(crate) mod inbox_group;
mod inbox_migration;
pub(crate) mod inspection;
mod keyset;
mod lists;
mod meeting_migration;
pub(crate) mod meetings;
mod migration;
pub(crate) mod nearby;
mod outages;
mod parties;
mod party_migration;
pub(crate) mod patrol;
mod penalties;
pub(crate) mod people;
mod platform;
mod platform_migration;
pub(crate) mod query;
mod revisit_rows;
mod templates;
#[cfg(test)]
mod tests;
mod tier_entity;
mod tier_migration;
mod tier_views;
mod tiers;
mod verdict_rows;
mod views;
mod whistles;

use liandong_kit::clock::Clock;
use liandong_kit::commit::{self, Command, Committer, Work};
use liandong_kit::db::Db;
use liandong_kit::log::{Aggregate, Broken, Loaded, Log, Proved};
use prost::Message;
use sea_orm::DbErr;
use time::OffsetDateTime;

pub(crate) use self::cases::NewTask;
use self::change::expect;
pub(crate) use self::change::{Etag, Refused, record_task};
pub(crate) use self::disputes::{Decided, Opening, contested_id, objected};
pub(crate) use self::evidence::Surroundings;
pub(crate) use self::facets::Counts;
pub(crate) use self::migration::Migrations;
pub(crate) use self::penalties::Decision;
pub(crate) use self::platform::{Copies, KeptCopy};
pub(crate) use self::tiers::{escalate, move_up, record_silence};
pub(crate) use self::views::Rows;
use crate::domain::{
    AssignmentId, Case, CaseId, EvidenceId, OrganizationId, Refusal, Task, TaskChange, TaskId,
};

/// Why a change did not happen.
pub(crate) type Error = commit::Error<Refused>;

/// Proves the log of a database and that every state is the fold of its events.
pub(crate) async fn prove(db: Db, now: OffsetDateTime) -> Result<Vec<Proved>, Broken> {
    Log::new(db).prove(now, aggregates::check).await
}

/// What a reader may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sight {
    /// What this organization holds, organizes, handles or checks.
    Of(OrganizationId),
    /// Everything of its district: supervision and services.
    District,
}

/// Evidence that an organization refers to.
pub(crate) type Cited = (OrganizationId, Vec<EvidenceId>);

/// The cases and tasks of a database. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Store {
    committer: Committer,
    clock: Clock,
}

impl Sight {
    /// Whether it reaches one assignment of a task: one's own, one's to check, and all of a task one organizes.
    pub(crate) fn reaches(&self, task: &Task, number: u16) -> bool {
        match self {
            Sight::District => true,
            Sight::Of(organization) => {
                task.organizer == *organization
                    || task
                        .assignment(number)
                        .is_some_and(|it| it.concerns(organization))
            }
        }
    }
}

impl Store {
    /// Opens the store; the tables must be there.
    pub(crate) fn new(db: Db, clock: Clock, rows: Rows) -> Store {
        Store {
            committer: Committer::start(db, clock.clone(), rows),
            clock,
        }
    }

    /// The log behind it.
    pub(crate) fn log(&self) -> &Log {
        self.committer.log()
    }

    /// The time of this service.
    pub(crate) fn now(&self) -> OffsetDateTime {
        self.clock.now()
    }

    /// Lets `rule` decide on several aggregates at once: all or nothing.
    pub(crate) async fn change<R, F>(&self, command: Command, rule: F) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
        F: Fn(&mut Work<'_>) -> Result<R, Refused> + Send + 'static,
    {
        if !command.is_validate_only() {
            return self.committer.change(command, rule).await;
        }
        let tried = move |work: &mut Work<'_>| -> Result<(), Refused> {
            Err(Refused::Tried(rule(work)?.encode_to_vec()))
        };
        match self.committer.change(command, tried).await {
            Err(Error::Refused(Refused::Tried(answer))) => R::decode(answer.as_slice())
                .map_err(|error| Error::Database(DbErr::Custom(error.to_string()))),
            Err(error) => Err(error),
            Ok(()) => Ok(R::default()),
        }
    }

    /// Lets `decide` change a task that the caller's organization organizes, and answers with the task as it is then.
    pub(crate) async fn change_task<R>(
        &self,
        command: Command,
        (id, etag, organizer): (TaskId, Etag, OrganizationId),
        decide: impl Fn(&Task) -> Result<Vec<TaskChange>, Refusal> + Send + 'static,
        answer: impl Fn(&Task) -> R + Send + 'static,
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
    {
        let at = command.occurred_at();
        let rule = move |work: &mut Work<'_>| {
            let key = id.to_string();
            let task = work
                .get::<Task>(&key)?
                .filter(|it| it.organizer == organizer)
                .ok_or(Refusal::TaskNotFound)?;
            expect(&etag, task.version)?;
            let changes = decide(task)?;
            record_task(work, id, at, changes)?;
            Ok(answer(
                work.get::<Task>(&key)?.ok_or(Refusal::TaskNotFound)?,
            ))
        };
        self.change(command, rule).await
    }

    /// Lets `decide` change an assignment of a task, and answers with the task as it is then. Who may is for
    /// `decide` to say: see [`held_by`]. Evidence that is referred to must be the organization's, and of this task.
    pub(crate) async fn change_assignment<R>(
        &self,
        command: Command,
        target: (AssignmentId, Etag, Cited),
        decide: impl Fn(&Task) -> Result<Vec<TaskChange>, Refusal> + Send + 'static,
        answer: impl Fn(&Task) -> R + Send + 'static,
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
    {
        let nothing = |_: &mut Work<'_>, _| Ok(());
        self.change_assignment_and(command, target, (decide, nothing), answer)
            .await
    }

    /// The same, with what follows from it elsewhere, in the same change.
    pub(crate) async fn change_assignment_and<R>(
        &self,
        command: Command,
        (id, etag, cited): (AssignmentId, Etag, Cited),
        (decide, follow): (
            impl Fn(&Task) -> Result<Vec<TaskChange>, Refusal> + Send + 'static,
            impl Fn(&mut Work<'_>, OffsetDateTime) -> Result<(), Refused> + Send + 'static,
        ),
        answer: impl Fn(&Task) -> R + Send + 'static,
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
    {
        let at = command.occurred_at();
        let rule = move |work: &mut Work<'_>| {
            let key = id.task.to_string();
            let task = work.get::<Task>(&key)?.ok_or(Refusal::AssignmentNotFound)?;
            let changes = expect_visible(task, id.number, &etag, &decide)?;
            evidence::check_cited(work, &cited.1, &cited.0, (id.task, task))?;
            evidence::check_required(work, &cited.1, task, &changes)?;
            record_task(work, id.task, at, changes)?;
            follow(work, at)?;
            Ok(answer(
                work.get::<Task>(&key)?.ok_or(Refusal::AssignmentNotFound)?,
            ))
        };
        self.change(command, rule).await
    }

    /// A case a reader may see.
    pub(crate) async fn case(
        &self,
        district: &str,
        sight: &Sight,
        id: CaseId,
    ) -> Result<Option<Loaded<Case>>, DbErr> {
        let Some(found) = self.log().load::<Case>(district, &id.to_string()).await? else {
            return Ok(None);
        };
        let seen = match (sight, found.state.task) {
            (Sight::District, _) => true,
            (Sight::Of(organization), _) if found.state.report.organization == *organization => {
                true
            }
            (Sight::Of(organization), _) if found.state.is_revisited_by(organization) => true,
            (Sight::Of(_), Some(task)) => self.task(district, sight, task).await?.is_some(),
            (Sight::Of(_), None) => false,
        };
        Ok(seen.then_some(found))
    }

    /// A task a reader may see.
    pub(crate) async fn task(
        &self,
        district: &str,
        sight: &Sight,
        id: TaskId,
    ) -> Result<Option<Task>, DbErr> {
        let found = self
            .log()
            .load::<Task>(district, &id.to_string())
            .await?
            .map(|it| it.state);
        Ok(found.filter(|task| match sight {
            Sight::District => true,
            Sight::Of(organization) => task.concerns(organization),
        }))
    }

    /// Whether an assignment is known to enforce nothing, without reading it: what is asked of its holder in law never
    /// changes.
    pub(crate) fn enforces_nothing(&self, district: &str, id: AssignmentId) -> bool {
        let task = self.committer.known::<Task>(district, &id.task.to_string());
        let part = task.as_ref().and_then(|it| it.assignment(id.number));
        part.is_some_and(|it| !it.enforces())
    }

    /// Several aggregates at once, in the order of their ids; those that do not exist are left out.
    pub(crate) async fn several<A: Aggregate>(
        &self,
        district: &str,
        ids: &[String],
    ) -> Result<Vec<Loaded<A>>, DbErr> {
        let keys: Vec<&str> = ids.iter().map(String::as_str).collect();
        let mut found = self.log().load_many::<A>(district, &keys).await?;
        let place = |it: &Loaded<A>| ids.iter().position(|id| *id == it.id);
        found.sort_by_key(place);
        Ok(found)
    }
}

/// Only the organization that holds an assignment takes steps with it; for everybody else it is not there.
pub(crate) fn held_by(
    task: &Task,
    number: u16,
    organization: &OrganizationId,
) -> Result<(), Refusal> {
    let held = task
        .assignment(number)
        .is_some_and(|it| it.offer.organization == *organization);
    if held {
        Ok(())
    } else {
        Err(Refusal::AssignmentNotFound)
    }
}

/// Decides first, so that a caller who may not see the assignment does not learn its version from a stale etag.
fn expect_visible(
    task: &Task,
    number: u16,
    etag: &Etag,
    decide: &impl Fn(&Task) -> Result<Vec<TaskChange>, Refusal>,
) -> Result<Vec<TaskChange>, Refusal> {
    match (decide(task), expect(etag, task.version)) {
        (Err(Refusal::AssignmentNotFound), _) => Err(Refusal::AssignmentNotFound),
        (_, Err(stale)) if task.assignment(number).is_some() => Err(stale),
        (decided, _) => decided,
    }
}

/// A word of the domain as tables and filters have it: `OnSite` is `ON_SITE`.
pub(crate) fn text(word: impl std::fmt::Debug) -> String {
    let mut text = String::new();
    for letter in format!("{word:?}").chars() {
        if letter.is_ascii_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.push(letter.to_ascii_uppercase());
    }
    text
}
