//! Copies of one open task and its case, a statement a table, so that there are a million of them in a minute.
//!
//! A copy has an id and positions of its own, the same id for the task and its case; its texts are those of the original,
//! and its hashes are not a chain. Such a database is good for measuring how reading and waiting grow, and for nothing
//! else.

use anyhow::Context;
use liandong_kit::db::Db;
use sea_orm::{ConnectionTrait, Statement};

/// What is copied.
#[derive(Clone, Debug)]
pub(super) struct Original {
    /// The task's id.
    pub task: String,
    /// Its case's id.
    pub case: String,
    /// Its district.
    pub district: String,
}

/// Copies in one transaction, so that a write-ahead log stays small.
const AT_ONCE: usize = 20_000;

impl Original {
    /// Adds the copies numbered `have + 1..=wanted`; numbers of copies of another original are not used again.
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
    ) -> [String; 8] {
        let Self {
            task,
            case,
            district,
        } = self;
        let text = "'00000000-0000-7000-8000-' ||";
        let (id, uuid, event, original, its_case) = if postgres {
            (
                format!("{text} lpad(to_hex(n.i), 12, '0')"),
                format!("({text} lpad(to_hex(n.i), 12, '0'))::uuid"),
                "(lpad(to_hex(e.r), 8, '0') || '-0000-7000-8001-' || lpad(to_hex(n.i), 12, '0'))::uuid",
                format!("'{task}'::uuid"),
                format!("'{case}'::uuid"),
            )
        } else {
            (
                format!("{text} printf('%012x', n.i)"),
                "unhex(printf('00000000000070008000%012x', n.i))".to_owned(),
                "unhex(printf('%08x000070008001%012x', e.r, n.i))",
                format!("x'{}'", task.replace('-', "")),
                format!("x'{}'", case.replace('-', "")),
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
                 WHERE a.district = '{district}' AND \
                 (a.kind = 'task' AND a.id = '{task}' OR a.kind = 'case' AND a.id = '{case}')"
            ),
            format!(
                "INSERT INTO case_row (district, id, state, source, area, matter, organization, external_reference, \
                 task, reported_at, about, latitude, longitude, address, object, triage, overdue, closed_at, due_at, \
                 agenda, exercise, owes_reply) {numbers} \
                 SELECT c.district, {uuid}, c.state, c.source, c.area, c.matter, c.organization, c.external_reference, \
                 {uuid}, c.reported_at + n.i, c.about, c.latitude, c.longitude, c.address, c.object, c.triage, \
                 c.overdue, c.closed_at, c.due_at, c.agenda, c.exercise, c.owes_reply \
                 FROM n, case_row c WHERE c.district = '{district}' AND c.id = {its_case}"
            ),
            format!(
                "INSERT INTO party_row (district, kind, organization, began_at, id, due_at, through) {numbers} \
                 SELECT p.district, p.kind, p.organization, p.began_at + n.i, {uuid}, p.due_at, \
                 CASE WHEN p.through IS NULL THEN NULL ELSE {uuid} END FROM n, party_row p \
                 WHERE p.district = '{district}' AND p.id IN ({original}, {its_case})"
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
