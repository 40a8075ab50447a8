//! Whole runs of the command's own machinery: a replay that is interrupted, a demo that is repeated.
#![allow(clippy::unwrap_used, missing_docs)]

mod case;
mod denied;
mod meeting;
mod street;
mod suite;

use std::{
    fmt::Write,
    path::{Path, PathBuf},
};

use liandong::{
    bench, demo,
    output::{Failure, Output},
    replay, up,
};
use tokio_util::sync::CancellationToken;

const MAPPING: &str = "
schema: liandong/mapping/v1
name: small
district: {code: '999999', name: 测试区}
operator: {id: centre, name: 指挥中心, kind: command-centre}
case: {id: id, date: {column: day}, title: [what]}
source: {column: from, values: {phone: HOTLINE}}
unit: {id: unit, name: unit, prefix: unit-, kind: handling-unit}
area: {levels: [{column: street, level: street}], unknown: ['-']}
matter: {id: what, title: what, prefix: matter-, limit: 2 WORK_DAYS}
outcome:
  column: end
  values:
    good: {result: ON_TIME, reported: {after: ARRIVAL, from: 1 WORK_HOURS, to: 8 WORK_HOURS}}
    bad: {result: LATE, reported: {after: DEADLINE, from: 1 WORK_HOURS, to: 8 WORK_HOURS}}
steps: {report: '09:00', verify: '09:05', file: '09:10', plan: '09:15', issue: '09:20', sign: '09:40', commit: '10:00', arrive: '10:30', check_after: 1 WORK_HOURS}
";

/// Thirty cases over ten days; every third is late.
fn cases() -> String {
    let mut text = String::from("id,day,from,what,street,unit,end\n");
    for number in 0..30 {
        let (day, unit) = (5 + number / 3, number % 4);
        let end = if number % 3 == 0 { "bad" } else { "good" };
        writeln!(
            text,
            "{number},2018-03-{day:02},phone,{},甲街道,{unit},{end}",
            number % 5
        )
        .unwrap();
    }
    text
}

fn options(folder: &Path, cases: &str, data: &str) -> replay::Options {
    let (file, mapping) = (folder.join("cases.csv"), folder.join("mapping.yaml"));
    std::fs::write(&file, cases).unwrap();
    std::fs::write(&mapping, MAPPING).unwrap();
    replay::Options {
        mapping: Some(mapping),
        data: Some(folder.join(data)),
        ..replay::Options::of(file)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_replay_goes_on_and_ends_with_the_same_ranking() {
    let folder = tempfile::tempdir().unwrap();
    let whole = replay::run(options(folder.path(), &cases(), "whole"))
        .await
        .unwrap();
    assert_eq!((whole.total.on_time, whole.total.closed), (20, 30));
    assert_eq!(whole.commands, 300);

    // Stopped between two instants, whichever they are, more than once.
    let mut runs = 0;
    let last = loop {
        let stop = CancellationToken::new();
        let options = replay::Options {
            stop: stop.clone(),
            ..options(folder.path(), &cases(), "parts")
        };
        let watch = folder.path().join("parts/dispatch.db-wal");
        let interrupter = (runs < 3).then(|| tokio::spawn(interrupt(watch, stop)));
        let summary = replay::run(options).await.unwrap();
        interrupter.inspect(|it| it.abort());
        runs += 1;
        if !summary.interrupted {
            break summary;
        }
    };
    assert!(runs > 1, "it was interrupted");
    assert_eq!(last.ranking, whole.ranking);
    assert_eq!(last.units, whole.units);
    assert_eq!(last.events, whole.events);
}

/// Stops a replay a little after it has begun to write.
async fn interrupt(written: PathBuf, stop: CancellationToken) {
    let size = || std::fs::metadata(&written).map_or(0, |it| it.len());
    let before = size();
    while size() < before + 300_000 {
        tokio::task::yield_now().await;
    }
    stop.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_row_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let bad = format!("{}x,2018-02-30,phone,1,甲街道,1,good\n", cases());
    let error = replay::run(options(folder.path(), &bad, "data"))
        .await
        .unwrap_err();
    let text = error.downcast_ref::<Failure>().unwrap().to_string();
    assert!(
        text.contains("line 32, column `day`: `2018-02-30` is not a date"),
        "{text}"
    );
    assert!(!folder.path().join("data").exists());

    let skipping = replay::Options {
        skip_bad: true,
        ..options(folder.path(), &bad, "data")
    };
    let summary = replay::run(skipping).await.unwrap();
    assert_eq!((summary.cases, summary.skipped.len()), (30, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_replays_one_thing() {
    let folder = tempfile::tempdir().unwrap();
    let few = replay::Options {
        limit: Some(2),
        ..options(folder.path(), &cases(), "data")
    };
    replay::run(few).await.unwrap();
    let error = replay::run(options(folder.path(), &cases(), "data"))
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("of another file, mapping or limit"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_seed_gives_the_same_course() {
    let course = async |seed| {
        let options = demo::Options {
            cases: 6,
            weeks: 1,
            seed,
            ..demo::Options::default()
        };
        let (running, summary) = demo::run(options).await.unwrap();
        running.stop().await.unwrap();
        (
            summary.counts.clone(),
            summary.events,
            summary.ranking,
            summary.until,
        )
    };
    let (first, again, other) = (course(3).await, course(3).await, course(4).await);
    assert_eq!(first, again);
    assert_ne!(first, other);
    assert_eq!(first.0.cases, 6);
    assert!(first.0.tasks > 0 && first.0.assignments >= first.0.tasks);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_start_goes_on_and_a_second_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let options = || up::Options {
        data: Some(folder.path().to_owned()),
        ..up::Options::default()
    };
    let running = up::start(options()).await.unwrap();
    let people = running.session().unwrap().people().await.unwrap();
    assert!(
        up::start(options())
            .await
            .unwrap_err()
            .to_string()
            .contains("in use")
    );
    running.stop().await.unwrap();

    let running = up::start(options()).await.unwrap();
    assert_eq!(running.session().unwrap().people().await.unwrap(), people);
    assert_eq!(running.endpoints.district, "990101");
    running.stop().await.unwrap();
    assert!(!folder.path().join("endpoints.json").exists());
}

/// Proves M5, M7, M8, M10, M12.
#[tokio::test(flavor = "multi_thread")]
async fn the_registry_is_asked_from_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let options = up::Options {
        data: Some(folder.path().to_owned()),
        ..up::Options::default()
    };
    let running = up::start(options).await.unwrap();
    let ask = async |line: &str| {
        let output = tokio::process::Command::new(env!("CARGO_BIN_EXE_liandong"))
            .args(line.split(' '))
            .arg("--data")
            .arg(folder.path())
            .output()
            .await
            .unwrap();
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        (output.status.code().unwrap(), text)
    };
    for (line, shown) in [
        (
            "registry resolve cooking-fumes 990101001003002001 --at 2026-02-02",
            "次序",
        ),
        ("registry coverage 990101001", "责任覆盖"),
        ("registry readiness 990101001 --level community", "锦绣社区"),
        ("registry gap street-office --subordinates", "编制"),
        (
            "registry capacity composite-squad --from 2026-02-02T10:00",
            "可同时派出",
        ),
        ("registry duties", "责任人"),
        ("registry locate 990101001003002001", "桥头后巷"),
        (
            "registry zones check --area 990101001002001001 --at 2026-02-02T07:30",
            "不予立案",
        ),
        (
            "registry zones check --area 990101001002001001 --at 2026-02-02T10:00",
            "可以立案",
        ),
    ] {
        let (code, text) = ask(line).await;
        assert_eq!(code, 0, "{line}: {text}");
        assert!(text.contains(shown), "{line}: {text}");
        let (_, json) = ask(&format!("{line} --json")).await;
        serde_json::from_str::<serde_json::Value>(&json).unwrap();
    }
    for (line, code, said) in [
        (
            "registry coverage 990101001 --level village",
            7,
            "unknown level `village`",
        ),
        ("registry coverage 110101", 4, "110101"),
        ("registry chain 990101001 --line nothing", 4, "nothing"),
        ("registry locate --point 500,1", 2, "500"),
        ("registry zones check --at 2026-02-02", 2, "--point"),
        (
            "registry capacity composite-squad --from 2026-02-02T10:00 --act dance",
            7,
            "unknown act `dance`",
        ),
    ] {
        let (found, text) = ask(line).await;
        assert_eq!(found, code, "{line}: {text}");
        assert!(text.contains(said), "{line}: {text}");
    }
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bench_counts_every_call_of_its_life_cycles_and_every_event_of_its_batches() {
    let report = bench::run(bench::Options {
        clients: vec![1, 4],
        cycles: 6,
        seed: 7,
        connections: 2,
        followers: 3,
        rate: None,
        database: None,
        data: None,
        changes: None,
        scoring: false,
        catch_up: true,
        pgbench: None,
        output: Output::silent(),
    })
    .await
    .unwrap();
    assert_eq!(report.runs.len(), 2);
    for run in &report.runs {
        let counts: Vec<(&str, u64)> = run
            .latencies
            .iter()
            .map(|it| (it.of.as_str(), it.count))
            .collect();
        let each = [("PlanTask", 6), ("IssueTask", 6), ("SignAssignment", 24)];
        assert_eq!(counts[0], ("all", 6 * 22), "{counts:?}");
        assert_eq!(counts[1..4], each, "{counts:?}");
        assert!(run.batches.events >= 6 * 22, "{:?}", run.batches);
        let delivered = run.delivery.as_ref().map_or(0, |it| it.count);
        assert!(delivered > 0, "three units follow their inbox");
    }
    let read = report.catch_up.unwrap().events;
    let written: usize = report.runs.iter().map(|it| it.batches.events).sum();
    assert!(
        read > i64::try_from(written).unwrap(),
        "and the cases filed before"
    );
}
