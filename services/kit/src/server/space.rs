//! Is there space on the disk for more work?
//!
//! A full disk stops everything, also what would bring work to its end; a full `pg_wal` even stops PostgreSQL. So while
//! little is left, what begins new work is refused, and what reports and closes is not.
//!
//! What must stay true: nothing is refused because the space cannot be measured.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use super::ServerConfig;
use crate::{db::Db, status::Problem};

/// How often it is looked at.
const EVERY: Duration = Duration::from_secs(1);
/// When callers may try again.
const LATER: Duration = Duration::from_secs(30);

/// The space that is watched. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Space(Arc<Watched>);

#[derive(Debug)]
struct Watched {
    folders: Vec<PathBuf>,
    /// Bytes.
    least: u64,
    new_work: Vec<&'static str>,
    low: AtomicBool,
}

impl Space {
    /// Of the configured folders, and of the one where the database's files are.
    pub(super) async fn new(
        config: &ServerConfig,
        db: Option<&Db>,
        new_work: &[&'static str],
    ) -> Self {
        let mut folders = config.space_folders.clone();
        if let Some(db) = db {
            folders.extend(db.folder().await);
        }
        Self(Arc::new(Watched {
            folders,
            least: config.space_min << 20,
            new_work: new_work.to_vec(),
            low: AtomicBool::new(false),
        }))
    }

    /// Whether this method must wait until there is more.
    pub(super) fn refuses(&self, method: &str) -> bool {
        self.0.low.load(Relaxed) && self.0.new_work.contains(&method)
    }

    /// Looks again and again.
    pub(super) async fn watch(self) {
        if self.0.least == 0 || self.0.folders.is_empty() {
            return;
        }
        loop {
            self.0.look(free);
            tokio::time::sleep(EVERY).await;
        }
    }
}

impl Watched {
    /// Says when it becomes little, and when there is clearly enough again.
    fn look(&self, free: impl Fn(&Path) -> Option<u64>) {
        let Some(free) = self.folders.iter().filter_map(|it| free(it)).min() else {
            return;
        };
        let was = self.low.load(Relaxed);
        let enough = if was {
            self.least + self.least / 4
        } else {
            self.least
        };
        let low = free < enough;
        self.low.store(low, Relaxed);
        match (was, low) {
            (false, true) => tracing::error!(free, "little space is left: new work is refused"),
            (true, false) => tracing::info!(free, "there is space again: new work is taken"),
            _ => {}
        }
    }
}

/// What callers of such a method are told.
pub(super) fn too_little() -> Problem {
    let english = "little space is left: no new work is begun until there is more";
    let chinese = "存储空间不足，暂不受理新的工作，可继续反馈和办结";
    Problem::exhausted("LOW_SPACE", english, chinese).retry_after(LATER)
}

fn free(folder: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(folder).ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_work_is_refused_until_there_is_clearly_enough() {
        let watched = Watched {
            folders: vec!["here".into(), "there".into()],
            least: 100,
            new_work: vec!["a.B/Begin"],
            low: AtomicBool::new(false),
        };
        let space = Space(Arc::new(watched));
        let found = |here: u64| {
            let there = |it: &Path| {
                if it.ends_with("there") {
                    Some(1_000)
                } else {
                    Some(here)
                }
            };
            space.0.look(there);
            space.refuses("a.B/Begin")
        };
        assert_eq!(
            [100, 99, 110, 125, 110].map(found),
            [false, true, true, false, false]
        );
        found(0);
        assert!(!space.refuses("a.B/Close"));
        space.0.look(|_| None);
        assert!(
            space.refuses("a.B/Begin"),
            "what cannot be measured has not changed"
        );
    }

    #[test]
    fn the_space_of_this_disk_is_known() {
        assert!(free(Path::new("/")).is_some());
        assert!(free(Path::new("/no/such/folder")).is_none());
    }
}
