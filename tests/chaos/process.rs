//! One service as a process of its own. It ends with us, however we end.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use anyhow::Context;

use crate::binaries::Program;

/// A running program.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts it; what it says goes to the end of `log`.
    pub(crate) fn start(
        program: &Program,
        environment: &[(&str, String)],
        log: &Path,
    ) -> anyhow::Result<Self> {
        let said = File::options().create(true).append(true).open(log)?;
        // The kernel ends it when our thread is gone: also after a panic or a kill -9 of the tests.
        let child = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "--"])
            .arg(&program.path)
            .args(&program.words)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("RUST_BACKTRACE", "0")
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(said.try_clone()?)
            .stderr(said)
            .spawn()
            .with_context(|| format!("starting {}", program.path.display()))?;
        Ok(Self {
            child,
            log: log.to_owned(),
        })
    }

    /// Ends it as a power cut would, and waits until it is gone.
    pub(crate) fn kill(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }

    /// Whether it still runs.
    pub(crate) fn lives(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Stops it where it is; it goes on after [`thaw`](Self::thaw).
    pub(crate) fn freeze(&self) {
        self.signal("STOP");
    }

    /// It goes on as if nothing had been.
    pub(crate) fn thaw(&self) {
        self.signal("CONT");
    }

    /// Asks it to end, and waits for it.
    pub(crate) fn end(&mut self) -> bool {
        self.signal("TERM");
        self.child.wait().is_ok_and(|it| it.success())
    }

    /// Its number.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The last lines it said.
    pub(crate) fn last_words(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }

    fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        Command::new("kill").args(["-s", name, &pid]).status().ok();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.lives() {
            self.thaw();
            self.kill();
        }
    }
}
