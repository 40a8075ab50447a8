//! The same facts as columns for DuckDB: one Parquet file of rounds and one of cases per month, made by DuckDB itself
//! from CSV on its standard input. A file that is there stays.

use std::{
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
};

use liandong_kit::db::micros;
use time::OffsetDateTime;

use crate::generate::Made;

/// The script on DuckDB's side.
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/year/duck.py");

/// Where the interpreter with DuckDB is.
pub(crate) fn python() -> Command {
    let local = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../.tools/duckdb/bin/python"
    );
    let python = std::env::var("DUCKDB_PYTHON").unwrap_or_else(|_| local.to_owned());
    let mut command = Command::new(python);
    command.arg(SCRIPT);
    command
}

/// A month on its way to DuckDB.
pub(crate) struct Export {
    rounds: File,
    cases: File,
}

struct File {
    into: BufWriter<ChildStdin>,
    child: Child,
    path: PathBuf,
}

impl Export {
    /// A month's files; nothing if they are there.
    pub(crate) fn begin(folder: &Path, month: &str) -> Option<Self> {
        let path = |kind: &str| folder.join(format!("{kind}-{month}.parquet"));
        if path("rounds").exists() && path("cases").exists() {
            return None;
        }
        Some(Self {
            rounds: File::open(path("rounds"), "rounds"),
            cases: File::open(path("cases"), "cases"),
        })
    }

    /// One case and its task.
    pub(crate) fn push(&mut self, number: u64, made: &Made) {
        let mut on_time = None;
        for assignment in made.fact.assignments() {
            let accepted = assignment.accepted().map(|(round, _)| round);
            let closed_on_time = assignment.closed_on_time();
            let rounds = assignment.rounds().count();
            if assignment.latest().role == "LEAD" {
                on_time = closed_on_time;
            }
            for (round, fact) in assignment.rounds() {
                let it = &fact.snapshot;
                let decides = accepted.map_or(round as usize == rounds, |it| it == round);
                let arrears = assignment
                    .arrears_from()
                    .filter(|_| decides && closed_on_time != Some(true));
                let ruling = fact.rulings.values().next();
                let into = &mut self.rounds.into;
                write!(
                    into,
                    "{},{},{},{},{},{number},{},{round},{rounds},{},{},{}",
                    it.organization,
                    it.area,
                    it.matter,
                    it.source,
                    it.role,
                    assignment.number,
                    it.extensions,
                    flag(it.check.map(|it| it.passed)),
                    flag(ruling.map(|it| it.upheld)),
                )
                .unwrap();
                let times = [
                    it.offered_at,
                    it.sign.due_at,
                    it.sign.done_at,
                    it.on_site.due_at,
                    it.on_site.done_at,
                    it.disposal.due_at,
                    it.disposal.done_at,
                    it.check.map(|it| it.at),
                    ruling.map(|it| it.at),
                    assignment.due_at(),
                    arrears,
                ];
                times.into_iter().for_each(|at| put(into, at));
                into.write_all(b"\n").unwrap();
            }
        }
        let case = &made.case.snapshot;
        let into = &mut self.cases.into;
        write!(
            into,
            "{},{},{},{}",
            case.organization, case.area, case.matter, case.source
        )
        .unwrap();
        let [intake, dispatch] = [0, 1].map(|it: usize| case.stages[it]);
        let finished = made.fact.finished.as_ref().map(|it| it.at);
        for at in [
            case.reported_at,
            case.filed_at,
            intake.due_at,
            dispatch.due_at,
            dispatch.done_at,
            finished,
        ] {
            put(into, at);
        }
        let lead = made.fact.assignments().next();
        let lead = lead.map_or("", |it| it.latest().organization.as_str());
        writeln!(into, ",{lead},{}", flag(on_time)).unwrap();
    }

    /// Waits until DuckDB has written both.
    pub(crate) fn finish(self) {
        for file in [self.rounds, self.cases] {
            let File {
                into,
                mut child,
                path,
            } = file;
            drop(into);
            assert!(child.wait().unwrap().success());
            let part = format!("{}.part", path.display());
            std::fs::rename(part, path).unwrap();
        }
    }
}

impl File {
    fn open(path: PathBuf, kind: &str) -> Self {
        let mut child = python()
            .arg("load")
            .arg(&path)
            .arg(kind)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let into = BufWriter::with_capacity(1 << 20, child.stdin.take().unwrap());
        Self { into, child, path }
    }
}

fn put(into: &mut impl Write, at: Option<OffsetDateTime>) {
    match at {
        Some(at) => write!(into, ",{}", micros(at)).unwrap(),
        None => into.write_all(b",").unwrap(),
    }
}

fn flag(it: Option<bool>) -> &'static str {
    it.map_or("", |it| if it { "true" } else { "false" })
}
