//! Copies of one open task, a statement a table, so that there are a million of them in a minute.
//!
//! A copy has an id and positions of its own; its texts are those of the original, and its hashes are not a chain. Such a
//! database is good for measuring how reading and waiting grow, and for nothing else.

use anyhow::Context;
use liandong_kit::db::Db;
use sea_orm::{ConnectionTrait, Statement};

/// What is copied.
#[derive(Clone, Debug)]
pub(super) struct Original {
    /// The task's id.
    pub task: String,
    /// Its district.
    pub district: String,
}

/// Copies in one transaction, so that a write-ahead log stays small.
const AT_ONCE: usize = 20_000;

impl Original {
    /// Adds copies until there are `wanted`, of which there are `have`.
    pub(super) async fn copy(&self, db: &Db, have: usize, wanted: usize) -> anyhow::Result<()> {
        let events = self.events(db).await?;
        for first in (have + 1..=wanted).step_by(AT_ONCE) {
            let last = wanted.min(first + AT_ONCE - 1);
            let texts = self.statements(db.is_postgres(), events, (first, last));
            db.write(move |tx| {
                let texts = texts.clone();
                Box::pin(async move {
                    for text in texts {
                        tx.execute_unprepared(&text).await?;
                    }
                    Ok(())
                })
            })
            .await?;
        }
        Ok(())
    }

    /// How many events the original has.
    async fn events(&self, db: &Db) -> anyhow::Result<usize> {
        let text = format!(
            "SELECT count(*) AS n FROM event WHERE aggregate = 'task' AND aggregate_id = '{}'",
            self.task
        );
        let count = Statement::from_string(db.read().get_database_backend(), text);
        let row = db.read().query_one_raw(count).await?;
        let count: i64 = row.context("no count")?.try_get("", "n")?;
        Ok(usize::try_from(count)?)
    }

    /// The statements that add the copies `first..=last`.
    fn statements(
        &self,
        postgres: bool,
        events: usize,
        (first, last): (usize, usize),
    ) -> [String; 6] {
        let Self { task, district } = self;
        let text = "'00000000-0000-7000-8000-' ||";
        let (id, uuid, event, original) = if postgres {
            (
                format!("{text} lpad(to_hex(n.i), 12, '0')"),
                format!("({text} lpad(to_hex(n.i), 12, '0'))::uuid"),
                "(lpad(to_hex(e.r), 8, '0') || '-0000-7000-8001-' || lpad(to_hex(n.i), 12, '0'))::uuid",
                format!("'{task}'::uuid"),
            )
        } else {
            (
                format!("{text} printf('%012x', n.i)"),
                "unhex(printf('00000000000070008000%012x', n.i))".to_owned(),
                "unhex(printf('%08x000070008001%012x', e.r, n.i))",
                format!("x'{}'", task.replace('-', "")),
            )
        };
        // Positions go on behind the head as it is when the first statement runs; the last one moves it.
        let numbers = format!(
            "WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last}), \
             h AS (SELECT position AS p FROM log_head WHERE district = '{district}'), \
             e AS (SELECT *, row_number() OVER (ORDER BY position) AS r FROM event \
                   WHERE district = '{district}' AND aggregate = 'task' AND aggregate_id = '{task}')"
        );
        let position = format!("h.p + (n.i - {first}) * {events} + e.r");
        let copies = last + 1 - first;
        [
            format!(
                "INSERT INTO event (district, position, id, aggregate, aggregate_id, version, kind, payload, person, \
                 organization, occurred_at, recorded_at, traceparent, prev_hash, hash) {numbers} \
                 SELECT e.district, {position}, {event}, e.aggregate, {id}, e.version, e.kind, e.payload, e.person, \
                 e.organization, e.occurred_at, e.recorded_at, e.traceparent, e.prev_hash, e.hash FROM n, h, e"
            ),
            format!(
                "INSERT INTO inbox (district, organization, position, kind) {numbers} \
                 SELECT b.district, b.organization, {position}, b.kind FROM n, h, e, inbox b \
                 WHERE b.district = e.district AND b.position = e.position"
            ),
            format!(
                "INSERT INTO aggregate (district, kind, id, version, hash, wake_at, state) {numbers} \
                 SELECT a.district, a.kind, {id}, a.version, a.hash, a.wake_at, a.state FROM n, aggregate a \
                 WHERE a.district = '{district}' AND a.kind = 'task' AND a.id = '{task}'"
            ),
            format!(
                "INSERT INTO task_row (district, id, state, area, matter, organizer, overdue, planned_at, due_at) {numbers} \
                 SELECT t.district, {uuid}, t.state, t.area, t.matter, t.organizer, t.overdue, t.planned_at + n.i, t.due_at \
                 FROM n, task_row t WHERE t.district = '{district}' AND t.id = {original}"
            ),
            format!(
                "INSERT INTO assignment_row (district, task, number, organization, checker, state, role, area, matter, \
                 overdue, offered_at, due_at) {numbers} \
                 SELECT t.district, {uuid}, t.number, t.organization, t.checker, t.state, t.role, t.area, t.matter, \
                 t.overdue, t.offered_at + n.i, t.due_at FROM n, assignment_row t \
                 WHERE t.district = '{district}' AND t.task = {original}"
            ),
            format!(
                "UPDATE log_head SET position = position + {} WHERE district = '{district}'",
                copies * events
            ),
        ]
    }
}
