//! How many small changes a second the committer makes durable, for a number of callers at once.
//!
//! `cargo bench -p liandong-kit --bench commit -- URL [SECONDS]`, with a `sqlite:///file` or `postgres://` URL. Each
//! change is what a sign or a report is: one aggregate, one event, one request id with its answer.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use liandong_kit::{
    clock::Clock,
    commit::{Author, Command, Committer, NoViews, NotLoaded, RequestKey},
    db::{DatabaseConfig, Db},
    log::{Aggregate, migrations},
};
use sea_orm_migration::{MigrationTrait, MigratorTrait};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

struct Tables;

impl MigratorTrait for Tables {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        migrations()
    }
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Part {
    notes: Vec<String>,
}

#[derive(Clone, Serialize, Deserialize)]
enum Event {
    Noted { note: String },
}

impl Aggregate for Part {
    const KIND: &'static str = "part";
    type Event = Event;

    fn kind_of(_: &Event) -> &'static str {
        "Noted"
    }

    fn apply(&mut self, Event::Noted { note }: &Event) {
        self.notes.push(note.clone());
        self.notes.truncate(8);
    }
}

#[derive(Debug)]
struct Refused;

impl From<NotLoaded> for Refused {
    fn from(_: NotLoaded) -> Self {
        Self
    }
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|it| !it.starts_with("--"))
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let default = format!("sqlite://{}/bench.db", folder.path().display());
    let url = arguments.first().cloned().unwrap_or(default);
    let seconds = arguments.get(1).map_or(5, |it| it.parse().unwrap());
    let db = Db::open(&DatabaseConfig::at(&url)).await.unwrap();
    db.migrate::<Tables>().await.unwrap();
    let committer = Committer::start(db, Clock::real(), NoViews);
    for callers in [1, 16, 64, 256] {
        let (done, took) = run(&committer, callers, Duration::from_secs(seconds)).await;
        println!(
            "{callers:4} callers: {:8.0} changes/s",
            done as f64 / took.as_secs_f64()
        );
    }
}

async fn run(committer: &Committer, callers: usize, length: Duration) -> (u64, Duration) {
    let (stop, count) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicU64::new(0)),
    );
    let began = Instant::now();
    let calls: Vec<_> = (0..callers)
        .map(|_| {
            let (committer, stop, count) = (committer.clone(), stop.clone(), count.clone());
            tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let id = Uuid::now_v7().to_string();
                    for _ in 0..4 {
                        change(&committer, id.clone()).await;
                        count.fetch_add(1, Ordering::Relaxed);
                    }
                }
            })
        })
        .collect();
    tokio::time::sleep(length).await;
    stop.store(true, Ordering::Relaxed);
    for call in calls {
        call.await.unwrap();
    }
    (count.load(Ordering::Relaxed), began.elapsed())
}

async fn change(committer: &Committer, id: String) {
    let author = Author {
        district: "320311".into(),
        organization: "sanitation".into(),
        person: "zhang-wei".into(),
    };
    let request = RequestKey::of("Note", &Uuid::now_v7().to_string(), &id);
    let command = Command::new(author, liandong_kit::clock::wall()).request(request);
    let note = "垃圾已清运，现场照片两张".to_owned();
    committer
        .change(command, move |work| {
            work.record::<Part>(&id, [Event::Noted { note: note.clone() }])?;
            Ok::<_, Refused>(id.clone())
        })
        .await
        .unwrap();
}
