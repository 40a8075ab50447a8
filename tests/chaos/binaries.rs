//! The programs under test: built once for a run, and once more with their promises breakable.
//!
//! The short part of the trials, beside the ordinary tests, builds nothing: there this program is the services too, each
//! in a process of its own that runs what the service's `main` runs.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

use anyhow::{Context, bail};
use liandong_kit::program::run;

const SERVICES: [&str; 3] = ["registry", "dispatch", "scoring"];

/// The word that makes this program a service.
const SERVE: &str = "--serve";

/// Where the three programs are.
#[derive(Clone, Debug)]
pub(crate) enum Binaries {
    /// In a folder.
    Folder(PathBuf),
    /// Within this program, or one that is built like it.
    Within(PathBuf),
}

/// What is started, with its first words.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) path: PathBuf,
    pub(crate) words: Vec<&'static str>,
}

impl Binaries {
    /// Builds them, or takes those in the folder `CHAOS_BIN`; for a short run, or if that is `here`, what is in this
    /// program. Sabotaged ones are another build of this program, or `CHAOS_BIN_SABOTAGED`.
    pub(crate) fn get(sabotaged: bool, short: bool) -> anyhow::Result<Self> {
        static PLAIN: OnceLock<Result<Binaries, String>> = OnceLock::new();
        static BROKEN: OnceLock<Result<Binaries, String>> = OnceLock::new();
        let (cell, variable) = if sabotaged {
            (&BROKEN, "CHAOS_BIN_SABOTAGED")
        } else {
            (&PLAIN, "CHAOS_BIN")
        };
        let found = cell.get_or_init(|| match std::env::var_os(variable) {
            Some(program) if sabotaged => Ok(Self::Within(program.into())),
            Some(folder) if folder != "here" => Ok(Self::Folder(folder.into())),
            None if !short || sabotaged => build(sabotaged).map_err(|error| format!("{error:?}")),
            _ => std::env::current_exe()
                .map(Self::Within)
                .map_err(|error| error.to_string()),
        });
        found.clone().map_err(anyhow::Error::msg)
    }

    /// One of them.
    pub(crate) fn of(&self, service: &'static str) -> Program {
        match self {
            Self::Folder(folder) => Program {
                path: folder.join(format!("liandong-{service}")),
                words: Vec::new(),
            },
            Self::Within(path) => Program {
                path: path.clone(),
                words: vec![SERVE, service],
            },
        }
    }
}

/// If this process was started as a service: its words, the first of which names the service.
pub(crate) fn asked_to_serve() -> Option<Vec<OsString>> {
    let mut words = std::env::args_os().skip(1);
    (words.next()? == SERVE).then(|| words.collect())
}

/// Is that service until it is told to end.
pub(crate) async fn serve(words: Vec<OsString>) -> anyhow::Result<()> {
    match words.first().and_then(|it| it.to_str()) {
        Some("registry") => Box::pin(run::<liandong_registry::Registry>(words)).await,
        Some("dispatch") => Box::pin(run::<liandong_dispatch::Dispatch>(words)).await,
        Some("scoring") => Box::pin(run::<liandong_scoring::Scoring>(words)).await,
        other => bail!("there is no service {other:?}"),
    }
}

fn build(sabotaged: bool) -> anyhow::Result<Binaries> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(&root);
    if sabotaged {
        command.args([
            "test",
            "--no-run",
            "-p",
            "liandong-chaos",
            "--features",
            "sabotage",
        ]);
    } else {
        command.args(["build", "--bins"]);
        for service in SERVICES {
            command.args(["-p", &format!("liandong-{service}")]);
        }
    }
    command
        .arg("--message-format=json-render-diagnostics")
        .stdin(Stdio::null())
        .stderr(Stdio::inherit());
    let output = command.output().context("building the services")?;
    if !output.status.success() {
        bail!("the services do not build");
    }
    let built = executables(&output.stdout);
    let first = built.first().context("no program was built")?;
    Ok(if sabotaged {
        Binaries::Within(first.clone())
    } else {
        Binaries::Folder(first.parent().unwrap_or(&root).to_owned())
    })
}

/// What cargo says it has built.
fn executables(messages: &[u8]) -> Vec<PathBuf> {
    String::from_utf8_lossy(messages)
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter_map(|it| it["executable"].as_str().map(PathBuf::from))
        .collect()
}
