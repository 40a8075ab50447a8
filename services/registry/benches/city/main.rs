//! A whole city in one registry: how fast it says who may act, how much memory it needs, how soon it answers after a
//! start, how long a single change takes.
//!
//! `cargo bench -p liandong-registry --bench city -- [sqlite|postgres|both] [CALLERS] [SECONDS]`
//! `cargo bench -p liandong-registry --bench city -- import [ROWS]`: a register of so many components in one import
//!
//! The registry is the real binary on real gRPC over loopback, its database a real one; the 64 callers are one other
//! process on the same machine. `ResolveAuthority` and a call that does nothing (`ResolveAuthorityBatch` without a
//! question: same service, same token check, trace, limits and deadline, empty messages) take turns, so that noise
//! hits both; what counts is their ratio. Questions are random over matters, areas, days of three years and acts.
#![allow(clippy::unwrap_used, clippy::cast_precision_loss, missing_docs)]

mod changes;
mod generate;
mod load;
mod process;
mod register;

use std::time::Duration;

use liandong_kit::testing::{self, Database, Keys};
use liandong_proto::{registry::ImportStreetStart, types::Role};

use crate::{
    generate::{City, Questions, Spread},
    load::{Call, Callers, Course},
    process::{Registry, Used, token},
};

const SEED: u64 = 20_261_122;
/// Turns of each call.
const TURNS: u64 = 6;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|it| !it.starts_with("--"))
        .collect();
    let which = arguments.first().map_or("both", String::as_str);
    let callers = arguments.get(1).map_or(64, |it| it.parse().unwrap());
    let seconds = arguments.get(2).map_or(2.0, |it| it.parse().unwrap());
    let city = City::new(SEED);
    let bytes: usize = city.districts.iter().map(|it| it.file.len()).sum();
    let areas: usize = city.districts.iter().map(|it| it.areas.len()).sum();
    println!(
        "city: {} districts, {areas} areas, street files of {} in all",
        city.districts.len(),
        mib(bytes as u64)
    );
    if which == "import" {
        let rows = arguments.get(1).map_or(400_000, |it| it.parse().unwrap());
        return import(&city, rows).await;
    }
    if which != "postgres" {
        measure(
            &city,
            &testing::sqlite(),
            callers,
            Duration::from_secs_f64(seconds),
        )
        .await;
    }
    if which != "sqlite" {
        measure(
            &city,
            &testing::postgres().await,
            callers,
            Duration::from_secs_f64(seconds),
        )
        .await;
    }
}

/// How much memory a large import takes.
async fn import(city: &City, rows: usize) {
    let (database, keys) = (testing::sqlite(), Keys::new());
    let registry = Registry::start(&database.config.url, &keys);
    registry_up(&registry).await;
    let district = &city.districts[0];
    let (code, street) = (&district.code, ImportStreetStart::default());
    for file in [&district.file, &register::kinds(district)] {
        registry
            .send(code, street.clone(), file.as_bytes(), &keys)
            .await;
    }
    print_memory("one district", registry.used());
    let (start, table) = register::table(district, rows);
    let began = std::time::Instant::now();
    let size = mib(table.len() as u64);
    registry.send(code, start, table.as_bytes(), &keys).await;
    let took = began.elapsed().as_secs_f64();
    let what = format!("import of {rows} components, a table of {size}: {took:.1} s");
    print_memory(&what, registry.used());
    registry.stop();
}

async fn measure(city: &City, database: &Database, callers: usize, turn: Duration) {
    println!("\n{}", database.name);
    let keys = Keys::new();

    let registry = Registry::start(&database.config.url, &keys);
    let began = std::time::Instant::now();
    registry_up(&registry).await;
    registry.import(city, &keys).await;
    print_memory(
        &format!(
            "import of all files: {:.1} s",
            began.elapsed().as_secs_f64()
        ),
        registry.used(),
    );
    registry.stop();

    let registry = Registry::start(&database.config.url, &keys);
    let started = first_answer(city, &registry, &keys).await;
    print_memory(
        &format!("start to first answer: {:.2} s", started.as_secs_f64()),
        registry.used(),
    );

    let connected = Callers::connect(city, &registry, &keys, callers).await;
    for spread in [Spread::Any, Spread::Street] {
        let (mut nothing, mut resolve) = (Course::default(), Course::default());
        let mut seed = 1;
        for call in [Call::Nothing, Call::Resolve(spread)] {
            connected.ask(call, 0, turn / 2, &registry).await; // warm
        }
        for _ in 0..TURNS {
            seed += 1;
            nothing.add(connected.ask(Call::Nothing, seed, turn, &registry).await);
            resolve.add(
                connected
                    .ask(Call::Resolve(spread), seed, turn, &registry)
                    .await,
            );
        }
        println!("\n{callers} callers, matters: {spread:?}");
        print_course("nothing", &nothing);
        print_course("resolve", &resolve);
        let ratio = |of: fn(&Course) -> f64| of(&resolve) / of(&nothing);
        println!(
            "  ratio      mean {:.3}, p50 {:.3}, p90 {:.3}, p99 {:.3}; registry's processor time {:.3}",
            ratio(Course::mean),
            ratio(|it| it.quantile(0.5)),
            ratio(|it| it.quantile(0.9)),
            ratio(|it| it.quantile(0.99)),
            ratio(Course::work),
        );
    }
    print_memory("\nafter the load", registry.used());

    let created = changes::create(city, &registry, &keys, 100).await;
    println!(
        "CreateOrganization, one after another, p50 {:.1} ms, p99 {:.1} ms; registry's processor time {:.1} ms each",
        created.quantile(0.5) / 1e3,
        created.quantile(0.99) / 1e3,
        created.work() / 1e3
    );
    print_memory("after 100 changes", registry.used());
    registry.stop();
}

/// Until it answers at all.
async fn registry_up(registry: &Registry) {
    let address = registry.url.trim_start_matches("http://").to_owned();
    testing::eventually("the registry to listen", || async {
        tokio::net::TcpStream::connect(&address).await.ok()
    })
    .await;
}

async fn first_answer(city: &City, registry: &Registry, keys: &Keys) -> Duration {
    let last = city.districts.len() - 1;
    let question = Questions::of(city, last, 1, Spread::Any).next();
    registry
        .first_answer(
            &token(keys, &city.districts[last].code, &[Role::Viewer]),
            question,
        )
        .await
}

fn print_memory(what: &str, used: Used) {
    println!(
        "{what}; memory {} (peak {})",
        mib(used.memory),
        mib(used.peak)
    );
}

fn print_course(name: &str, it: &Course) {
    println!(
        "  {name:10} {:7.0} calls/s   mean {:6.0} µs   p50 {:6.0}   p90 {:6.0}   p99 {:6.0}   registry's processor time {:5.1} µs a call, {} bytes an answer",
        it.rate(),
        it.mean(),
        it.quantile(0.5),
        it.quantile(0.9),
        it.quantile(0.99),
        it.work(),
        it.bytes / it.times.len(),
    );
}

fn mib(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}
