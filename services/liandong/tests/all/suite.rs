//! Running services, and the command at work on them.

use std::path::Path;

use liandong::{demo, up};
use serde_json::Value;

/// Running services and the folder they are found in.
pub(crate) struct Suite {
    folder: tempfile::TempDir,
    pub(crate) running: up::Running,
}

impl Suite {
    /// The demo street.
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = up::Options {
            data: Some(folder.path().join("data")),
            ..up::Options::default()
        };
        let running = up::start(options).await.unwrap();
        Self { folder, running }
    }

    /// The demo street after six cases in a week of virtual time, and what came of them.
    pub(crate) async fn after_a_week() -> (Self, demo::Summary) {
        let folder = tempfile::tempdir().unwrap();
        let options = demo::Options {
            cases: 6,
            weeks: 1,
            seed: 3,
            data: Some(folder.path().join("data")),
            ..demo::Options::default()
        };
        let (running, summary) = demo::run(options).await.unwrap();
        (Self { folder, running }, summary)
    }

    /// Runs the command: its exit code and all it said.
    pub(crate) async fn ask(&self, words: &[&str]) -> (i32, String) {
        ask(self.folder.path(), words).await
    }

    /// Runs the command, which succeeds; its JSON.
    pub(crate) async fn json(&self, words: &[&str]) -> Value {
        let (code, text) = self.ask(&[words, &["--json"]].concat()).await;
        assert_eq!(code, 0, "{words:?}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// Runs the command, which succeeds; its lines of JSON.
    pub(crate) async fn json_lines(&self, words: &[&str]) -> Vec<Value> {
        let (code, text) = self.ask(&[words, &["--json"]].concat()).await;
        assert_eq!(code, 0, "{words:?}: {text}");
        text.lines()
            .map(|it| serde_json::from_str(it).unwrap())
            .collect()
    }

    pub(crate) fn file(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap()
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> String {
        std::fs::write(self.folder.path().join(name), text).unwrap();
        self.file(name)
    }

    pub(crate) async fn stop(self) {
        self.running.stop().await.unwrap();
    }
}

/// Runs the command on the services of a folder: its exit code and all it said.
pub(crate) async fn ask(folder: &Path, words: &[&str]) -> (i32, String) {
    let output = tokio::process::Command::new(env!("CARGO_BIN_EXE_liandong"))
        .args(words)
        .arg("--data")
        .arg(folder.join("data"))
        .output()
        .await
        .unwrap();
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    (output.status.code().unwrap(), text)
}
