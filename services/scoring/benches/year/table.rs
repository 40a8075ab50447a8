//! Rows of scoring's tables, as the service writes them. What a whole year would take the service hours to write from
//! events is put there at once.

use std::sync::Arc;

use liandong_kit::{
    db::{Db, micros},
    testing::DISTRICT,
};
use liandong_scoring::domain::{
    contribution::{self, Rollup},
    event::{Clock, Standing},
    fact::RoundFact,
    measure::{CELLS, Counts},
    period::civil_day,
    totals::Key,
};
use sea_orm::{ConnectionTrait, Statement, Value};
use time::{Date, OffsetDateTime};

use crate::generate::Made;

/// Values of one statement at most.
const VALUES: usize = 16_000;

/// Rows for one table.
pub(crate) struct Table {
    name: &'static str,
    key: &'static str,
    columns: Vec<&'static str>,
    adding: bool,
    rows: Vec<Vec<Value>>,
}

/// A row's cells.
macro_rules! row {
    ($($value:expr),* $(,)?) => { vec![$(Value::from($value)),*] };
}

impl Table {
    pub(crate) fn new(name: &'static str, columns: &[&'static str]) -> Self {
        let columns = columns.to_vec();
        Self {
            name,
            key: "",
            columns,
            adding: false,
            rows: vec![],
        }
    }

    fn counting(name: &'static str, key: &'static str) -> Self {
        let columns = key.split(',').chain(CELLS.iter().map(|it| it.column()));
        Self {
            name,
            key,
            columns: columns.collect(),
            adding: true,
            rows: vec![],
        }
    }

    pub(crate) fn push(&mut self, row: Vec<Value>) {
        self.rows.push(row);
    }

    fn count(&mut self, key: Vec<Value>, counts: &Counts) {
        let counts = counts.0.iter().map(|it| Value::from(*it));
        self.rows.push(key.into_iter().chain(counts).collect());
    }

    fn statement(&self, rows: &[Vec<Value>]) -> Statement {
        let one = format!("({})", vec!["?"; self.columns.len()].join(", "));
        let mut text = format!(
            "INSERT INTO {} ({}) VALUES {}",
            self.name,
            self.columns.join(", "),
            vec![one; rows.len()].join(", ")
        );
        if self.adding {
            let sum = |it: &str| format!("{it} = {0}.{it} + excluded.{it}", self.name);
            let sums: Vec<_> = CELLS.iter().map(|it| sum(it.column())).collect();
            text.push_str(&format!(
                " ON CONFLICT ({}) DO UPDATE SET {}",
                self.key,
                sums.join(", ")
            ));
        }
        let values = rows.iter().flatten().cloned();
        Statement::from_sql_and_values(sea_orm::DbBackend::Sqlite, text, values)
    }
}

/// Writes tables in one transaction.
pub(crate) async fn write(db: &Db, tables: Vec<Table>) {
    let tables = Arc::new(tables);
    db.write(move |tx| {
        let tables = tables.clone();
        Box::pin(async move {
            for table in tables.iter() {
                for part in table.rows.chunks(VALUES / table.columns.len()) {
                    tx.execute_raw(table.statement(part)).await?;
                }
            }
            Ok(())
        })
    })
    .await
    .unwrap();
}

/// Rows of the totals.
pub(crate) fn totals<'a>(all: impl IntoIterator<Item = (&'a Key, &'a Counts)>) -> Table {
    let mut table = Table::counting("total", "district,span,organization,role");
    for (key, counts) in all {
        let Key {
            span,
            organization,
            role,
        } = key;
        let key = row![
            DISTRICT,
            span.as_str(),
            organization.as_str(),
            role.as_str()
        ];
        table.count(key, counts);
    }
    table
}

/// What a part of the year puts into the tables of facts and into the rollup.
pub(crate) fn facts(part: &[Made]) -> Vec<Table> {
    let mut rounds = Table::new(
        "fact",
        &[
            "district",
            "task",
            "assignment",
            "round",
            "version",
            "organization",
            "area",
            "matter",
            "source",
            "role",
            "standing",
            "offered_at",
            "sign_due_at",
            "signed_at",
            "sign_overdue_at",
            "on_site_due_at",
            "on_site_at",
            "on_site_overdue_at",
            "disposal_due_at",
            "reported_at",
            "disposal_overdue_at",
            "checked_at",
            "check_passed",
            "extensions",
            "rulings",
            "first_day",
            "last_day",
            "organizer",
            "checker",
        ],
    );
    let mut evidence = Table::new(
        "fact_evidence",
        &[
            "district",
            "task",
            "assignment",
            "round",
            "position",
            "id",
            "kind",
            "occurred_at",
            "trace_id",
        ],
    );
    let mut finished = Table::new(
        "task_fact",
        &["district", "task", "finished_at", "cases", "evidence"],
    );
    let mut cases = Table::new(
        "case_fact",
        &[
            "district",
            "case_id",
            "version",
            "organization",
            "area",
            "matter",
            "source",
            "reported_at",
            "filed_at",
            "closed_at",
            "stages",
        ],
    );
    let mut sums = Rollup::default();
    for it in part {
        contribution::add_task(&mut sums, &it.fact);
        contribution::add_case(&mut sums, &it.case);
        for ((assignment, round), fact) in &it.fact.rounds {
            rounds.push(round_row(it, *assignment, *round, fact));
            for of in fact.evidence.values() {
                evidence.push(row![
                    DISTRICT,
                    it.task,
                    *assignment,
                    *round,
                    of.position,
                    of.id,
                    of.kind.as_str(),
                    micros(of.occurred_at),
                    of.trace_id.as_str(),
                ]);
            }
        }
        if let Some(at) = &it.fact.finished {
            finished.push(row![
                DISTRICT,
                it.task,
                micros(at.at),
                at.cases,
                json(&at.evidence)
            ]);
        }
        let case = &it.case.snapshot;
        cases.push(row![
            DISTRICT,
            it.task,
            it.case.version,
            case.organization.as_str(),
            case.area.as_str(),
            case.matter.as_str(),
            case.source.as_str(),
            time(case.reported_at),
            time(case.filed_at),
            time(case.closed_at),
            json(&case.stages),
        ]);
    }
    let mut rollup = Table::counting(
        "rollup",
        "district,day,organization,area,matter,source,role",
    );
    for (key, counts) in &sums.0 {
        let texts = [
            &key.day.to_string(),
            &key.organization,
            &key.area,
            &key.matter,
            &key.source,
            &key.role,
        ];
        let texts = texts.map(|it| Value::from(it.as_str()));
        let key = row![DISTRICT].into_iter().chain(texts).collect();
        rollup.count(key, counts);
    }
    vec![rounds, evidence, finished, cases, rollup]
}

fn round_row(made: &Made, assignment: i32, round: i32, fact: &RoundFact) -> Vec<Value> {
    let it = &fact.snapshot;
    let days = days(fact);
    let standing = match it.standing {
        Standing::Owing => "OWING",
        Standing::Released => "RELEASED",
        Standing::Uncounted => "UNCOUNTED",
    };
    row![
        DISTRICT,
        made.task,
        assignment,
        round,
        fact.version,
        it.organization.as_str(),
        it.area.as_str(),
        it.matter.as_str(),
        it.source.as_str(),
        it.role.as_str(),
        standing,
        time(it.offered_at),
        time(it.sign.due_at),
        time(it.sign.done_at),
        time(it.sign.overdue_at),
        time(it.on_site.due_at),
        time(it.on_site.done_at),
        time(it.on_site.overdue_at),
        time(it.disposal.due_at),
        time(it.disposal.done_at),
        time(it.disposal.overdue_at),
        time(it.check.map(|it| it.at)),
        it.check.map(|it| it.passed),
        it.extensions,
        json(&fact.rulings),
        days.0.to_string(),
        days.1.to_string(),
        it.organizer.as_str(),
        it.checker.as_str(),
    ]
}

/// The first and the last day on which something of a round is dated.
fn days(fact: &RoundFact) -> (Date, Date) {
    let it = &fact.snapshot;
    let of = |it: &Clock| [it.due_at, it.done_at, it.overdue_at];
    let clocks = [of(&it.sign), of(&it.on_site), of(&it.disposal)];
    let others = [it.offered_at, it.check.map(|it| it.at)];
    let rulings = fact.rulings.values().map(|it| Some(it.at));
    let times = clocks.into_iter().flatten().chain(others).chain(rulings);
    let mut days: Vec<Date> = times.flatten().map(civil_day).collect();
    days.sort_unstable();
    (days[0], days[days.len() - 1])
}

fn time(at: Option<OffsetDateTime>) -> Option<i64> {
    at.map(micros)
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap()
}
