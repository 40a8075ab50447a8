//! What only a database can get wrong, on SQLite and on PostgreSQL.

mod replicas;
mod restored;
mod together;

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
};

use sea_orm::{ConnectionTrait, EntityTrait, PaginatorTrait};
use sea_orm_migration::{MigrationTrait, MigratorTrait};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime, macros::datetime};
use tokio_util::sync::CancellationToken;

use super::*;
use crate::{
    clock::Clock,
    db::{DatabaseConfig, Db},
    log::{Aggregate, Broken, entity, migrations},
    testing, wake,
};

const DISTRICT: &str = "320311";
const START: OffsetDateTime = datetime!(2025-01-27 9:30 UTC);

struct Tables;

impl MigratorTrait for Tables {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        migrations()
    }
}

/// A counter with an alarm: the smallest thing that has rules and a timer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Counter {
    total: i64,
    alarm: Option<OffsetDateTime>,
    rung: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Event {
    Added(i64),
    AlarmSet(OffsetDateTime),
    Rung,
}

impl Aggregate for Counter {
    const KIND: &'static str = "counter";
    type Event = Event;

    fn kind_of(event: &Event) -> &'static str {
        match event {
            Event::Added(_) => "Added",
            Event::AlarmSet(_) => "AlarmSet",
            Event::Rung => "Rung",
        }
    }

    fn apply(&mut self, event: &Event) {
        match event {
            Event::Added(by) => self.total += by,
            Event::AlarmSet(at) => self.alarm = Some(*at),
            Event::Rung => {
                self.rung += 1;
                self.alarm = None;
            }
        }
    }

    fn wake_at(&self) -> Option<OffsetDateTime> {
        self.alarm
    }
}

#[derive(Debug, PartialEq)]
enum Refusal {
    NotLoaded,
    TooMuch,
}

impl From<NotLoaded> for Refusal {
    fn from(_: NotLoaded) -> Self {
        Self::NotLoaded
    }
}

fn author() -> Author {
    Author {
        district: DISTRICT.into(),
        organization: "sanitation".into(),
        person: "zhang-wei".into(),
    }
}

fn command() -> Command {
    Command::new(author(), START)
}

async fn add(
    committer: &Committer,
    id: &str,
    by: i64,
    command: Command,
) -> Result<i64, Error<Refusal>> {
    let id = id.to_owned();
    committer
        .change(command, move |work| {
            let total = work.get::<Counter>(&id)?.map_or(0, |it| it.total);
            if total + by > 100 {
                return Err(Refusal::TooMuch);
            }
            work.record::<Counter>(&id, [Event::Added(by)])?;
            Ok(total + by)
        })
        .await
}

async fn start(config: &DatabaseConfig) -> Committer {
    let db = Db::open(config).await.unwrap();
    db.migrate::<Tables>().await.unwrap();
    Committer::start(db, Clock::virtual_from(START), NoViews)
}

/// Many callers at once: nothing lost, nothing doubled, positions without a gap, every chain whole.
/// Proves R18.
#[tokio::test(flavor = "multi_thread")]
async fn concurrent_changes_lose_nothing_and_leave_no_gap() {
    for database in testing::databases().await {
        let committer = start(&database.config).await;
        let calls = (0..400).map(|n| {
            let committer = committer.clone();
            tokio::spawn(async move { add(&committer, &format!("c{}", n % 8), 1, command()).await })
        });
        let mut seen = HashSet::new();
        for (n, call) in calls.collect::<Vec<_>>().into_iter().enumerate() {
            assert!(
                seen.insert((n % 8, call.await.unwrap().unwrap())),
                "two changes saw the same state"
            );
        }
        let log = committer.log();
        assert_eq!(log.head(DISTRICT).await.unwrap().unwrap().position, 400);
        assert_eq!(log.verify(DISTRICT).await.unwrap().events, 400);
        assert_eq!(log.verify_states::<Counter>(DISTRICT).await.unwrap(), 8);
    }
}

#[tokio::test]
async fn a_district_is_read_as_a_whole_however_many_pages_it_has() {
    for database in testing::databases().await {
        let committer = start(&database.config).await;
        let log = committer.log();
        assert!(log.whole(DISTRICT).await.unwrap().is_none());
        let many = committer
            .change(command(), |work| {
                for n in 0..4500 {
                    let _ = work.version::<Counter>(&format!("c{n:04}")); // all are loaded at once
                }
                for n in 0..4500 {
                    work.record::<Counter>(&format!("c{n:04}"), [Event::Added(n)])?;
                }
                Ok::<i64, Refusal>(0)
            })
            .await;
        many.unwrap();
        let later = START + Duration::hours(1);
        let again = Command::new(command().author, later);
        add(&committer, "c0007", 1, again).await.unwrap();
        let whole = log.whole(DISTRICT).await.unwrap().unwrap();
        assert_eq!(Some(whole.head), log.head(DISTRICT).await.unwrap());
        let all = log.load_all::<Counter>(DISTRICT).await.unwrap();
        let same = all.iter().zip(&whole.standing).all(|(one, other)| {
            (one.id.as_str(), one.version) == (other.id.as_str(), other.version)
                && other.state::<Counter>().unwrap() == one.state
        });
        assert!(same && all.len() == whole.standing.len() && all.len() == 4500);
        let changed = |n: usize| whole.standing[n].changed_at;
        assert_eq!((changed(6), changed(7)), (START, later));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_or_panicking_rule_leaves_its_neighbours_alone() {
    for database in testing::databases().await {
        let committer = start(&database.config).await;
        let calls = (0..30).map(|n| {
            let committer = committer.clone();
            tokio::spawn(async move {
                match n % 3 {
                    0 => add(&committer, "a", 1, command()).await,
                    1 => add(&committer, "b", 1000, command()).await,
                    _ => {
                        committer
                            .change(command(), |_| -> Result<i64, Refusal> { panic!("a bug") })
                            .await
                    }
                }
            })
        });
        for (n, call) in calls.collect::<Vec<_>>().into_iter().enumerate() {
            match (n % 3, call.await.unwrap()) {
                (0, Ok(_)) | (1, Err(Error::Refused(Refusal::TooMuch))) => {}
                (2, Err(Error::Panicked(what))) => assert_eq!(what, "a bug"),
                (_, other) => panic!("{other:?}"),
            }
        }
        assert_eq!(committer.log().verify(DISTRICT).await.unwrap().events, 10);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_request_has_one_effect_and_one_answer() {
    for database in testing::databases().await {
        let committer = start(&database.config).await;
        let keyed = |id: &str, body: i64| command().request(RequestKey::of("Add", id, &body));
        let calls = (0..50).map(|_| {
            let (committer, command) = (committer.clone(), keyed("r1", 5));
            tokio::spawn(async move { add(&committer, "a", 5, command).await })
        });
        for call in calls.collect::<Vec<_>>() {
            assert_eq!(call.await.unwrap().unwrap(), 5);
        }
        let other_body = add(&committer, "a", 6, keyed("r1", 6)).await;
        assert!(
            matches!(other_body, Err(Error::RequestIdReused)),
            "{other_body:?}"
        );
        let refused = add(&committer, "a", 1000, keyed("r2", 1000)).await;
        assert!(matches!(refused, Err(Error::Refused(Refusal::TooMuch))));

        let again = start(&database.config).await; // after a restart too
        assert_eq!(add(&again, "a", 5, keyed("r1", 5)).await.unwrap(), 5);
        assert_eq!(
            again.log().head(DISTRICT).await.unwrap().unwrap().position,
            1
        );
        let kept = entity::request::Entity::find()
            .count(again.log().db().read())
            .await
            .unwrap();
        assert_eq!(kept, 1, "a refusal is not kept: it may be tried again");
    }
}

/// One change may decide over several aggregates, found one from the other.
#[tokio::test]
async fn a_rule_reaches_what_it_needs() {
    for database in testing::databases().await {
        let committer = start(&database.config).await;
        add(&committer, "from", 40, command()).await.unwrap();
        let moved = committer
            .change(command(), |work| {
                let amount = work.get::<Counter>("from")?.map_or(0, |it| it.total);
                let target = format!("to-{amount}");
                work.record::<Counter>("from", [Event::Added(-amount)])?;
                work.record::<Counter>(&target, [Event::Added(amount)])?;
                Ok::<_, Refusal>(work.version::<Counter>(&target)?)
            })
            .await;
        assert_eq!(moved.unwrap(), 1);
        assert_eq!(
            committer
                .log()
                .verify_states::<Counter>(DISTRICT)
                .await
                .unwrap(),
            2
        );
    }
}

/// A changed, dropped or swapped event is found, and so is a changed state.
/// Proves R18.
#[tokio::test]
async fn tampering_is_found() {
    let wrongs = [
        (
            "UPDATE event SET payload = '{\"Added\":7}' WHERE position = 3",
            false,
        ),
        ("DELETE FROM event WHERE position = 4", false),
        ("DELETE FROM event WHERE position = 9", false),
        (
            "UPDATE event SET person = 'somebody-else' WHERE position = 1",
            false,
        ),
        ("UPDATE log_head SET position = 8", false),
        ("UPDATE log_head SET hash = 'x'", false),
        (
            "UPDATE aggregate SET state = '{\"total\":1,\"alarm\":null,\"rung\":0}' WHERE id = 'a'",
            true,
        ),
    ];
    for (wrong, in_state) in wrongs {
        for database in testing::databases().await {
            let committer = start(&database.config).await;
            for n in 0..9 {
                add(&committer, ["a", "b", "c"][n % 3], 3, command())
                    .await
                    .unwrap();
            }
            let db = Db::open(&database.config).await.unwrap();
            let statement = wrong.to_owned();
            db.write(move |tx| {
                let statement = statement.clone();
                Box::pin(async move { tx.execute_unprepared(&statement).await.map(drop) })
            })
            .await
            .unwrap();
            let log = committer.log();
            if in_state {
                assert!(
                    matches!(
                        log.verify_states::<Counter>(DISTRICT).await,
                        Err(Broken::State { .. })
                    ),
                    "{wrong}"
                );
            } else {
                assert!(log.verify(DISTRICT).await.is_err(), "{wrong}");
            }
        }
    }
}

/// Due timers fire once, in virtual time, also those of a process that died.
#[tokio::test(flavor = "multi_thread")]
async fn a_timer_fires_once_and_survives_a_restart() {
    for database in testing::databases().await {
        let first = start(&database.config).await;
        for n in 1..=300i64 {
            let at = START + Duration::minutes(n);
            let id = format!("t{n}");
            first
                .change(command(), move |work| {
                    work.record::<Counter>(&id, [Event::AlarmSet(at)])
                        .map_err(Refusal::from)
                })
                .await
                .unwrap();
        }
        drop(first);

        let db = Db::open(&database.config).await.unwrap();
        let clock = Clock::virtual_from(START);
        let committer = Committer::start(db, clock.clone(), NoViews);
        let stop = CancellationToken::new();
        let ringing = committer.clone();
        let worker = tokio::spawn(wake::run(
            committer.log().clone(),
            clock.clone(),
            stop.clone(),
            move |due, now| {
                let committer = ringing.clone();
                async move {
                    committer
                        .change(Command::new(author(), due.wake_at), move |work| {
                            let is_due = work
                                .get::<Counter>(&due.id)?
                                .and_then(|it| it.alarm)
                                .is_some_and(|at| at <= now);
                            work.record::<Counter>(&due.id, is_due.then_some(Event::Rung))
                                .map_err(Refusal::from)
                        })
                        .await
                        .map_err(|error| format!("{error:?}"))
                }
            },
        ));
        while clock.now() == START {
            clock.advance_to(START + Duration::minutes(100)).await;
        }
        wait_for(&committer, 400).await;
        clock.advance_to(START + Duration::minutes(100)).await;
        assert_eq!(
            committer
                .log()
                .head(DISTRICT)
                .await
                .unwrap()
                .unwrap()
                .position,
            400,
            "none early"
        );
        clock.advance_to(START + Duration::days(1)).await;
        assert_eq!(
            committer
                .log()
                .head(DISTRICT)
                .await
                .unwrap()
                .unwrap()
                .position,
            600
        );
        clock.advance_to(START + Duration::days(2)).await;
        assert_eq!(
            committer
                .log()
                .head(DISTRICT)
                .await
                .unwrap()
                .unwrap()
                .position,
            600,
            "none twice"
        );
        stop.cancel();
        worker.await.unwrap();
    }
}

/// What a batch says has happened, and the rows it has to write.
type Seen = Vec<(i64, Vec<bool>)>;

#[derive(Clone, Default)]
struct Noted(Arc<Mutex<Seen>>);

#[async_trait::async_trait]
impl Views for Noted {
    async fn write(&self, _: &mut Writes<'_>, batch: &Batch<'_>) -> Result<(), DbErr> {
        let added = batch.happened().map(|it| match it.of::<Counter>() {
            Some(Event::Added(by)) => *by,
            _ => 0,
        });
        let rows = batch.rows(|_, it: &Counter| vec![it.total > 10]);
        self.0.lock().unwrap().push((added.sum(), rows));
        Ok(())
    }
}

#[tokio::test]
async fn views_learn_what_happened_and_write_only_rows_that_have_changed() {
    let database = testing::sqlite();
    let db = Db::open(&database.config).await.unwrap();
    db.migrate::<Tables>().await.unwrap();
    let noted = Noted::default();
    let committer = Committer::start(db, Clock::virtual_from(START), noted.clone());
    for by in [1, 2, 20] {
        add(&committer, "a", by, command()).await.unwrap();
    }
    let noted = noted.0.lock().unwrap().clone();
    assert_eq!(
        noted,
        [(1, vec![false]), (2, vec![]), (20, vec![true])],
        "the second change leaves the row as it was"
    );
}

async fn wait_for(committer: &Committer, position: i64) {
    let mut commits = committer.log().watch();
    for _ in 0..400 {
        if committer
            .log()
            .head(DISTRICT)
            .await
            .unwrap()
            .unwrap()
            .position
            >= position
        {
            return;
        }
        committer.log().wait(&mut commits).await;
    }
    panic!("position {position} never came");
}
