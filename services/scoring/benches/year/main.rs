//! A city's year behind the counts: how long a month takes to close, what a what-if costs, and how long everything
//! takes to be counted anew from the facts, beside DuckDB on the same facts.
//!
//! `make bench-year`, or `cargo bench -p liandong-scoring --bench year -- SCALE [FOLDER] [facts]`
//!
//! `SCALE` is the part of a city's year: 1 is 10 million cases with 30 million assignments. Without `facts` only the
//! totals are written, from which periods are closed, and those of eight years before. With `facts`, so are the facts
//! (as the service writes them, evidence and all) and the rollup, and everything is counted anew from them; at scale 1
//! that is 50 GB. What is in the folder already stays: a run that was stopped goes on with the month it was at.
//!
//! The service is the real binary, asked over gRPC, on SQLite with FULL. DuckDB reads Parquet, one file per month.
#![allow(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    missing_docs
)]

mod export;
mod generate;
mod service;
mod table;

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use liandong_kit::{
    db::{DatabaseConfig, Db, micros},
    testing::{DISTRICT, Keys},
};
use liandong_scoring::domain::{
    contribution::{add_case, add_task},
    measure::{Cell, Counts},
    totals::{Days, Key},
};
use sea_orm::{ConnectionTrait, Value};
use time::macros::datetime;

use crate::{
    export::Export,
    generate::{CASES, City, Made, ORGANIZATIONS, organization},
    service::Service,
    table::{Table, write},
};

/// The month that is closed.
const MONTH: &str = "2025-06";
/// Years before, of which only the totals are there.
const PAST: std::ops::Range<i32> = 2017..2025;
/// Cases whose facts are written in one transaction.
const PART: usize = 4000;
/// How often each question is asked.
const TURNS: usize = 21;
const SCHEME: &str = include_str!("../../../../deploy/schemes/national-department.yaml");

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|it| !it.starts_with("--"))
        .collect();
    let scale: f64 = arguments.first().map_or(0.01, |it| it.parse().unwrap());
    let folder = arguments.get(1).map_or("target/year", String::as_str);
    let folder = PathBuf::from(folder).join(format!("{scale}"));
    let with_facts = arguments.iter().any(|it| it == "facts");
    std::fs::create_dir_all(&folder).unwrap();
    let folder = std::fs::canonicalize(folder).unwrap();
    let city = City {
        cases: (CASES as f64 * scale) as u64,
    };
    let load = std::fs::read_to_string("/proc/loadavg").unwrap();
    println!("{} cases; load {}", city.cases, load.trim());
    let (keys, database) = (Keys::new(), folder.join("scoring.db"));
    Service::start(&database, &keys).await.stop();
    fill(city, &folder, &database, with_facts).await;
    let size = |it: &str| std::fs::metadata(folder.join(it)).map_or(0, |it| it.len() >> 20);
    println!("scoring's database: {} MiB", size("scoring.db"));

    let service = Service::start(&database, &keys).await;
    if with_facts {
        recount(&service).await;
        condition(&service).await;
    } else {
        periods(&service).await;
    }
    duck(&["month", folder.to_str().unwrap(), MONTH]);
    duck(&["year", folder.to_str().unwrap(), database.to_str().unwrap()]);
    let (now, peak) = service.memory();
    println!("memory of the service: {now} MiB, peak {peak} MiB");
    service.stop();
}

/// Counts every fact anew.
async fn recount(service: &Service) {
    let (took, found) = service.recount().await;
    assert!(found.equal, "{:?}", found.difference);
    let rate = found.fact_count as f64 / took.as_secs_f64();
    let (_, peak) = service.memory();
    println!(
        "scoring: {} rounds counted by day in {:.1} s ({rate:.0} a second) and equal, peak {peak} MiB",
        found.fact_count,
        took.as_secs_f64()
    );
}

/// Asks a what-if with a condition that no rule in force has: facts have to say what it comes to.
async fn condition(service: &Service) {
    let (plain, strict) = (
        "when: reworked, points: -2",
        "when: reworked, if: 'round > 1', points: -2",
    );
    let (rate, ledger) = (
        "inverse_rate: rework",
        "ledger: {rules: [reworked], start: 100}",
    );
    let other = document().replace(plain, strict).replace(rate, ledger);
    assert!(other.contains(strict) && other.contains(ledger));
    let (took, answer) = service.what_if(MONTH, &other).await;
    let rate = answer.facts_read as f64 / took.as_secs_f64();
    println!(
        "what-if of {MONTH} with a new condition: {} rounds judged in {:.1} s ({rate:.0} a second)",
        answer.facts_read,
        took.as_secs_f64()
    );
}

fn duck(arguments: &[&str]) {
    let ended = export::python().args(arguments).status().unwrap();
    assert!(ended.success());
}

/// Closes every month of the past and the one in question, and asks what-ifs.
async fn periods(service: &Service) {
    let mut closed = vec![];
    for year in PAST {
        for month in 1..=12 {
            closed.push(service.close(&format!("{year}-{month:02}"), false).await);
        }
    }
    for month in 1..6 {
        closed.push(service.close(&format!("2025-{month:02}"), false).await);
    }
    let mean =
        |it: &[Duration]| it.iter().sum::<Duration>().as_secs_f64() * 1000.0 / it.len() as f64;
    println!(
        "closing a month, the 2nd to 11th: {:.1} ms each; the 92nd to 101st: {:.1} ms",
        mean(&closed[1..11]),
        mean(&closed[91..101])
    );
    let mut dry = vec![];
    let mut what_if = vec![];
    let other = document().replace(
        "weight: 30\n    rate: closing",
        "weight: 25\n    rate: closing",
    );
    let other = other.replace("weight: 10\n", "weight: 15\n");
    for _ in 0..TURNS {
        dry.push(service.close(MONTH, true).await);
        let (took, answer) = service.what_if(MONTH, &other).await;
        assert_eq!(answer.facts_read, 0);
        what_if.push(took);
    }
    let wet = service.close(MONTH, false).await;
    println!(
        "{MONTH}, {ORGANIZATIONS} organizations: closing {:.1} ms (checked only: {}); what-if {}",
        wet.as_secs_f64() * 1000.0,
        spread(dry),
        spread(what_if)
    );
}

fn spread(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let ms = |at: usize| times[at].as_secs_f64() * 1000.0;
    format!("best {:.1} ms, median {:.1} ms", ms(0), ms(times.len() / 2))
}

/// The national model for this city's organizations: the registry, which knows their kinds, is not there.
fn document() -> String {
    let all: Vec<String> = (0..ORGANIZATIONS).map(organization).collect();
    let named = format!("id: city\norganizations: [{}]", all.join(", "));
    SCHEME.replace("id: national-department", &named)
}

/// Makes the year, what is missing of it.
async fn fill(city: City, folder: &Path, database: &Path, with_facts: bool) {
    let url = format!("sqlite://{}", database.display());
    let db = Db::open(&DatabaseConfig::at(url)).await.unwrap();
    let done = "CREATE TABLE IF NOT EXISTS year_bench (part text PRIMARY KEY)";
    db.write(move |tx| Box::pin(async move { tx.execute_unprepared(done).await }))
        .await
        .unwrap();
    if !has(&db, "past").await {
        past(&db, with_facts).await;
    }
    let begin = Instant::now();
    for month in 0..12 {
        let name = format!("2025-{:02}", month + 1);
        if has(&db, &name).await && Export::begin(folder, &name).is_none() {
            continue;
        }
        let counted = has(&db, &name).await;
        let export = Export::begin(folder, &name);
        let (parts, mut made) = tokio::sync::mpsc::channel::<Vec<Made>>(4);
        let (of_facts, sent) = (db.clone(), with_facts && !counted);
        let writer = tokio::spawn(async move {
            while let Some(part) = made.recv().await {
                write(&of_facts, table::facts(&part)).await;
            }
        });
        let work = move || generate(city, month, export, sent.then_some(parts));
        let days = tokio::task::spawn_blocking(work).await.unwrap();
        writer.await.unwrap();
        if !counted {
            let totals = days.totals();
            write(&db, vec![table::totals(&totals), mark(&name)]).await;
        }
    }
    println!("made in {:.0} s", begin.elapsed().as_secs_f64());
    db.close().await.unwrap();
}

/// Makes a month's cases: counts them, and passes them on.
fn generate(
    city: City,
    month: u64,
    mut export: Option<Export>,
    facts: Option<tokio::sync::mpsc::Sender<Vec<Made>>>,
) -> Days {
    let (mut days, mut part) = (Days::default(), vec![]);
    for number in city.month(month) {
        let made = city.make(number);
        add_task(&mut days, &made.fact);
        add_case(&mut days, &made.case);
        if let Some(export) = &mut export {
            export.push(number, &made);
        }
        if let Some(facts) = &facts {
            part.push(made);
            if part.len() == PART {
                facts.blocking_send(std::mem::take(&mut part)).unwrap();
            }
        }
    }
    if let Some(facts) = facts {
        facts.blocking_send(part).unwrap();
    }
    if let Some(export) = export {
        export.finish();
    }
    days
}

/// Puts the scheme in force and writes the totals of the years before; not beside facts, which know nothing of them.
async fn past(db: &Db, with_facts: bool) {
    let document = document();
    let mut scheme = Table::new(
        "scheme_version",
        &[
            "district", "number", "scheme", "version", "put_at", "document",
        ],
    );
    scheme.push(vec![
        DISTRICT.into(),
        1_i64.into(),
        "city".into(),
        1_i32.into(),
        0_i64.into(),
        document.as_str().into(),
    ]);
    let mut totals = std::collections::BTreeMap::new();
    let cells = [
        (Cell::Offered, 900),
        (Cell::HandleDone, 880),
        (Cell::HandleOnTime, 800),
        (Cell::CloseDone, 870),
        (Cell::CloseOnTime, 790),
    ];
    for year in PAST.filter(|_| !with_facts) {
        for month in 1..=12 {
            for number in 0..ORGANIZATIONS {
                for role in ["LEAD", "CO_HANDLER", "SUPPORT"] {
                    let mut counts = Counts::default();
                    for (cell, count) in cells {
                        counts.add(cell, count + number as i64);
                    }
                    for span in [format!("M{year}-{month:02}"), format!("Y{year}")] {
                        let key = Key {
                            span,
                            organization: organization(number),
                            role: role.to_owned(),
                        };
                        let sum: &mut Counts = totals.entry(key).or_default();
                        sum.merge(&counts, 1);
                    }
                }
            }
        }
    }
    let known = micros(datetime!(2026-02-01 00:00 +8));
    let mut head = Table::new(
        "ledger_head",
        &["district", "sequence", "hash", "schemes", "latest_at"],
    );
    let hash = "0".repeat(64);
    head.push(vec![
        DISTRICT.into(),
        0_i64.into(),
        hash.as_str().into(),
        1_i64.into(),
        known.into(),
    ]);
    clear(db, "DELETE FROM ledger_head").await;
    write(db, vec![scheme, table::totals(&totals), head, mark("past")]).await;
}

async fn clear(db: &Db, sql: &'static str) {
    db.write(move |tx| Box::pin(async move { tx.execute_unprepared(sql).await }))
        .await
        .unwrap();
}

fn mark(part: &str) -> Table {
    let mut table = Table::new("year_bench", &["part"]);
    table.push(vec![Value::from(part)]);
    table
}

async fn has(db: &Db, part: &str) -> bool {
    let sql = "SELECT part FROM year_bench WHERE part = ?";
    let statement = sea_orm::Statement::from_sql_and_values(
        sea_orm::DbBackend::Sqlite,
        sql,
        [Value::from(part)],
    );
    db.read().query_one_raw(statement).await.unwrap().is_some()
}
