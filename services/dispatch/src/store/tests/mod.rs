//! What only a database can get wrong, on SQLite and on PostgreSQL.

mod docket;
mod evidence;
mod lists;
mod races;
mod timers;
mod verdicts;

use std::sync::Arc;

use liandong_kit::clock::Clock;
use liandong_kit::commit::{Author, Command};
use liandong_kit::db::Db;
use liandong_kit::testing::{DISTRICT, Database, databases};
use time::OffsetDateTime;
use uuid::Uuid;

use super::*;
use crate::domain::assignment::{Check, Report};
use crate::domain::case::{Filing, Reported, Verification};
use crate::domain::plan::Plan;
use crate::domain::tests::{
    MONDAY, fit, org, part, person, ruled, standings, still_fit, work_time,
};
use crate::domain::{Act, CompletionRule, Fitness, MatterId, Role};
use crate::inbox::Index;

/// A store on a fresh database, at a time of its own.
pub(super) struct Street {
    pub(super) store: Store,
    pub(super) clock: Clock,
    _database: Database,
}

/// One on each kind of database.
pub(super) async fn streets() -> Vec<Street> {
    let mut streets = vec![];
    for database in databases().await {
        let db = Db::open(&database.config).await.unwrap();
        db.migrate::<Migrations>().await.unwrap();
        let clock = Clock::virtual_from(MONDAY);
        let store = Store::new(db, clock.clone(), Rows::new(Index::default()));
        streets.push(Street {
            store,
            clock,
            _database: database,
        });
    }
    streets
}

/// Answers need a message; these tests look at the state.
fn nothing<T>(_: &T) {}

impl Street {
    pub(super) fn by(&self, organization: &str) -> Command {
        let (district, organization, person) =
            (DISTRICT.into(), organization.into(), "somebody".into());
        Command::new(
            Author {
                district,
                organization,
                person,
            },
            self.clock.now(),
        )
    }

    fn now(&self) -> OffsetDateTime {
        self.clock.now()
    }

    pub(super) async fn reported(&self, reference: &str) -> CaseId {
        let id = CaseId(Uuid::now_v7());
        let report = Reported {
            external_reference: reference.into(),
            title: "mud on the road".into(),
            area: "320311001001".into(),
            organization: org("street"),
            person: person("chief"),
            reported_at: Some(self.now()),
            ..Reported::default()
        };
        self.store
            .report_case(
                self.by("street"),
                (id, report),
                Arc::new(work_time()),
                |_, _| (),
            )
            .await
            .unwrap();
        id
    }

    pub(super) async fn filed(&self, act_reference: &str) -> Result<CaseId, Error> {
        let id = self.reported("").await;
        let at = self.now();
        let found = Verification {
            exists: true,
            organization: org("street"),
            person: person("eye"),
            at,
            note: String::new(),
            clock: None,
        };
        let target = (id, None, org("street"));
        self.store
            .change_case(
                self.by("street"),
                target.clone(),
                move |it| it.verify(found.clone()),
                |_, _| (),
            )
            .await?;
        let filing = Filing {
            matter: MatterId::from("mud-trucks"),
            condition: "default".into(),
            limit: ruled("5 WORK_DAYS"),
            person: person("chief"),
            at,
            act_reference: act_reference.into(),
            zone: None,
            first_offence_exempt: false,
            clock: None,
        };
        self.store
            .file_case(self.by("street"), target, (filing, vec![]), |_, _| ())
            .await?;
        Ok(id)
    }

    pub(super) async fn issued(&self) -> TaskId {
        let case = self.filed("").await.unwrap();
        let id = TaskId(Uuid::now_v7());
        let parts = vec![
            part("enforcement", Role::Lead, Act::Penalise),
            part("sanitation", Role::CoHandler, Act::Dispose),
        ];
        let plan = Plan {
            text: "clear the mud".into(),
            participants: parts,
            completion: CompletionRule::All,
            until_scene_finished: false,
        };
        let who = (id, org("street"), person("chief"));
        self.store
            .plan_task(self.by("street"), who, (vec![case], plan), nothing)
            .await
            .unwrap();
        let task = self.task(id).await;
        let (standings, time, at) = (standings(&task, &["enforcement"]), work_time(), self.now());
        let target = (id, None, org("street"));
        let issue = move |it: &Task| it.issue(&standings, &time, at);
        self.store
            .change_task(self.by("street"), target, issue, nothing)
            .await
            .unwrap();
        id
    }

    pub(super) async fn task(&self, id: TaskId) -> Task {
        self.store
            .task(DISTRICT, &Sight::District, id)
            .await
            .unwrap()
            .unwrap()
    }

    pub(super) async fn step(
        &self,
        organization: &str,
        id: TaskId,
        decide: impl Fn(&Task) -> Result<Vec<TaskChange>, Refusal> + Send + 'static,
    ) -> Result<(), Error> {
        let target = (
            AssignmentId {
                task: id,
                number: 1,
            },
            None,
            (org(organization), vec![]),
        );
        self.store
            .change_assignment(self.by(organization), target, decide, nothing)
            .await
    }

    pub(super) async fn sign(&self, id: TaskId, number: u16) {
        let (time, at) = (work_time(), self.now());
        self.step("x", id, move |it| {
            it.sign(number, &person("hand"), &time, at)
        })
        .await
        .unwrap();
    }

    pub(super) async fn commit(
        &self,
        id: TaskId,
        number: u16,
        officers: Vec<Fitness>,
    ) -> Result<(), Error> {
        let (time, at) = (work_time(), self.now());
        self.step("x", id, move |it| {
            it.commit(number, &person("hand"), &officers, &time, at)
        })
        .await
    }

    pub(super) async fn finish(&self, id: TaskId, number: u16) {
        let (time, at) = (work_time(), self.now());
        self.step("x", id, move |it| {
            let fitness = still_fit(it, number);
            it.report_in(
                number,
                &person("hand"),
                &[],
                &fitness,
                &Default::default(),
                at,
            )
        })
        .await
        .unwrap();
        let report = Report {
            person: person("hand"),
            at,
            note: "clean".into(),
            evidence: vec![],
        };
        self.step("x", id, move |it| it.report(number, report.clone(), &time))
            .await
            .unwrap();
    }

    pub(super) async fn pass(&self, id: TaskId, number: u16) {
        let (time, at) = (work_time(), self.now());
        let check = Check {
            passed: true,
            organization: org("street"),
            person: person("eye"),
            units: vec![],
            at,
            note: String::new(),
            evidence: vec![],
        };
        self.step("street", id, move |it| {
            it.check(number, check.clone(), &time)
        })
        .await
        .unwrap();
    }

    /// Positions, chains, and that replay equals state.
    pub(super) async fn proved(&self) {
        let log = self.store.log();
        log.verify(DISTRICT).await.unwrap();
        log.verify_states::<Case>(DISTRICT).await.unwrap();
        log.verify_states::<Task>(DISTRICT).await.unwrap();
        log.verify_states::<crate::domain::Duty>(DISTRICT)
            .await
            .unwrap();
        log.verify_states::<crate::domain::DailyLog>(DISTRICT)
            .await
            .unwrap();
        log.verify_states::<crate::domain::Inspection>(DISTRICT)
            .await
            .unwrap();
        log.verify_states::<crate::domain::InspectedObject>(DISTRICT)
            .await
            .unwrap();
    }
}

/// The rule's refusal, when that is what came back.
pub(super) fn refusal(error: Error) -> Refusal {
    match error {
        commit::Error::Refused(Refused::Rules(it)) => it,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_case_is_closed_in_the_change_that_finishes_its_task() {
    for street in streets().await {
        let id = street.issued().await;
        for (number, officers) in [(1, fit(&["wang", "li"])), (2, vec![])] {
            street.sign(id, number).await;
            street.commit(id, number, officers).await.unwrap();
            street.finish(id, number).await;
            street.pass(id, number).await;
        }
        let task = street.task(id).await;
        assert_eq!(task.state, crate::domain::task::State::Finished);
        let case = street
            .store
            .case(DISTRICT, &Sight::District, task.cases[0])
            .await
            .unwrap()
            .unwrap();
        assert_eq!(case.state.state, crate::domain::case::State::Closed);
        let history = street.store.log().read(DISTRICT, 0, 1000).await.unwrap();
        let last: Vec<_> = history
            .iter()
            .rev()
            .take(3)
            .map(|it| it.kind.as_str())
            .collect();
        assert_eq!(last, ["CaseClosed", "TaskFinished", "AssignmentChecked"]);
        street.proved().await;
    }
}

#[tokio::test]
async fn a_cancelled_task_gives_its_cases_and_officers_back() {
    for street in streets().await {
        let id = street.issued().await;
        street.sign(id, 1).await;
        street.commit(id, 1, fit(&["wang", "li"])).await.unwrap();
        let target = (id, None, org("street"));
        street
            .store
            .change_task(street.by("street"), target, |it| it.cancel("rain"), nothing)
            .await
            .unwrap();
        let case = street.task(id).await.cases[0];
        let case = street
            .store
            .case(DISTRICT, &Sight::District, case)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (case.state.state, case.state.task),
            (crate::domain::case::State::Filed, None)
        );
        let duty = street
            .store
            .log()
            .load::<crate::domain::Duty>(DISTRICT, "wang")
            .await
            .unwrap()
            .unwrap();
        assert_eq!(duty.state.assignment, None);
        street.proved().await;
    }
}

#[tokio::test]
async fn an_etag_guards_what_was_read_and_shows_nothing_to_strangers() {
    for street in streets().await {
        let id = street.issued().await;
        let version = street.task(id).await.version;
        let stale = Some((version - 1).to_string());
        let cancel = |it: &Task| it.cancel("rain");
        let target = (id, stale.clone(), org("street"));
        let refused = street
            .store
            .change_task(street.by("street"), target, cancel, nothing)
            .await
            .unwrap_err();
        assert_eq!(refusal(refused), Refusal::StaleEtag { current: version });
        let target = (id, stale.clone(), org("police"));
        let refused = street
            .store
            .change_task(street.by("police"), target, cancel, nothing)
            .await
            .unwrap_err();
        assert_eq!(refusal(refused), Refusal::TaskNotFound);
        let target = (
            AssignmentId {
                task: id,
                number: 1,
            },
            stale,
            (org("police"), vec![]),
        );
        let decide = |it: &Task| held_by(it, 1, &org("police")).map(|()| vec![]);
        let refused = street
            .store
            .change_assignment(street.by("police"), target, decide, nothing)
            .await
            .unwrap_err();
        assert_eq!(refusal(refused), Refusal::AssignmentNotFound);
    }
}
