//! Tries to break the real services: started as processes on this machine, killed, frozen and cut off while seeded
//! traffic runs, and afterwards asked whether everything they said is true.
//!
//! ```text
//! traffic ──▶ fault proxies ──▶ registry, dispatch, scoring ──▶ SQLite files, or a PostgreSQL of our own
//!    │              ▲                    ▲
//!    │           nemesis: cut, stall, kill, freeze: drawn from the seed
//!    └─▶ history: answered, refused, unknown ──▶ check: I1-I10 of docs/reliability.md
//! ```
//!
//! `cargo test -p liandong-chaos` runs a short part of each trial; `-- T01 T08` runs those at full length, `-- all` all
//! of them; `SEED` replays, `CHAOS_SCALE` lengthens. Each trial that guards a promise is run again on services in which
//! that promise is broken on purpose (a build of their own, feature `sabotage`), and then it must fail.
#![allow(clippy::unwrap_used, missing_docs)]

mod binaries;
mod caller;
mod check;
mod commands;
mod described;
mod fate;
mod history;
#[path = "../hostile.rs"]
mod hostile;
mod plain;
mod postgres;
mod process;
mod proxy;
mod recipes;
mod setting;
mod street;
mod suite;
mod traffic;
mod trials;
mod world;

use std::process::ExitCode;

use setting::Setting;
use trials::{Outcome, Trial};

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    if let Some(words) = binaries::asked_to_serve() {
        return match runtime.block_on(binaries::serve(words)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("Error: {error:?}");
                ExitCode::FAILURE
            }
        };
    }
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|it| !it.starts_with('-'))
        .collect();
    let setting = Setting::from_environment(wanted.is_empty());
    let chosen: Vec<&Trial> = trials::ALL
        .iter()
        .filter(|it| wanted.is_empty() && it.short || it.is_one_of(&wanted))
        .collect();
    println!("SEED={} CHAOS_SCALE={}", setting.seed, setting.scale);
    let failed = chosen
        .iter()
        .filter(|trial| !runtime.block_on(prove(trial, &setting)))
        .count();
    let (passed, result) = (chosen.len() - failed, ["ok", "FAILED"][failed.min(1)]);
    println!("test result: {result}. {passed} passed; {failed} failed");
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    ExitCode::from(u8::from(failed > 0))
}

/// Runs a trial, and its sabotaged twins, which must fail.
async fn prove(trial: &Trial, setting: &Setting) -> bool {
    let (number, seed) = (trial.number, setting.seed);
    let began = std::time::Instant::now();
    let result = (trial.run)(setting.clone()).await;
    let took = began.elapsed().as_secs();
    let mut fine = match result {
        Ok(Outcome { figure, violations }) if violations.is_empty() => {
            println!("{number} ok    {} | {figure} | {took} s", trial.about);
            true
        }
        Ok(Outcome { figure, violations }) => {
            println!("{number} WRONG {} | {figure} | SEED={seed}", trial.about);
            for it in violations.iter().take(20) {
                println!("    {it}");
            }
            println!("    {} in all", violations.len());
            false
        }
        Err(error) => {
            println!("{number} did not run: {error:?} | SEED={seed}");
            false
        }
    };
    let twins = if setting.twins { trial.twins } else { &[] };
    for twin in twins {
        match (trial.run)(setting.sabotaged(twin)).await {
            Ok(Outcome { violations, .. }) if !violations.is_empty() => {
                let (many, first) = (violations.len(), &violations[0]);
                println!("{number} ok    its twin {twin} is found out: {many}, first: {first}");
            }
            Ok(Outcome { figure, .. }) => {
                println!("{number} WRONG its twin {twin} is not found out: {figure} | SEED={seed}");
                fine = false;
            }
            Err(error) => {
                println!("{number} its twin {twin} did not run: {error:?}");
                fine = false;
            }
        }
    }
    fine
}
