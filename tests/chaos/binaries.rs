//! The programs under test: built once for a run, and once more with their promises breakable.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

use anyhow::{Context, bail};

const SERVICES: [&str; 3] = ["registry", "dispatch", "scoring"];

/// Where the three programs are.
#[derive(Clone, Debug)]
pub(crate) struct Binaries(PathBuf);

impl Binaries {
    /// Builds them, or takes those in `CHAOS_BIN` (and `CHAOS_BIN_SABOTAGED`).
    pub(crate) fn get(sabotaged: bool) -> anyhow::Result<Self> {
        static PLAIN: OnceLock<Result<Binaries, String>> = OnceLock::new();
        static BROKEN: OnceLock<Result<Binaries, String>> = OnceLock::new();
        let (cell, variable) = if sabotaged {
            (&BROKEN, "CHAOS_BIN_SABOTAGED")
        } else {
            (&PLAIN, "CHAOS_BIN")
        };
        let found = cell.get_or_init(|| match std::env::var_os(variable) {
            Some(folder) => Ok(Self(folder.into())),
            None => build(sabotaged).map_err(|error| format!("{error:?}")),
        });
        found.clone().map_err(anyhow::Error::msg)
    }

    /// One of them.
    pub(crate) fn of(&self, service: &str) -> PathBuf {
        self.0.join(format!("liandong-{service}"))
    }
}

fn build(sabotaged: bool) -> anyhow::Result<Binaries> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .current_dir(&root)
        .args([
            "build",
            "--bins",
            "--message-format=json-render-diagnostics",
        ])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit());
    for service in SERVICES {
        command.args(["-p", &format!("liandong-{service}")]);
        if sabotaged {
            command.args(["--features", &format!("liandong-{service}/sabotage")]);
        }
    }
    let output = command.output().context("building the services")?;
    if !output.status.success() {
        bail!("the services do not build");
    }
    let built = executables(&output.stdout);
    let folder = built
        .first()
        .and_then(|it| it.parent())
        .context("no program was built")?
        .join(if sabotaged {
            "chaos-sabotaged"
        } else {
            "chaos"
        });
    std::fs::create_dir_all(&folder)?;
    // Kept under names of their own: the other build puts its programs in the same place.
    for path in &built {
        let kept = folder.join(path.file_name().unwrap_or_default());
        std::fs::remove_file(&kept).ok();
        std::fs::hard_link(path, &kept).or_else(|_| std::fs::copy(path, &kept).map(drop))?;
    }
    Ok(Binaries(folder))
}

/// What cargo says it has built.
fn executables(messages: &[u8]) -> Vec<PathBuf> {
    String::from_utf8_lossy(messages)
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter_map(|it| it["executable"].as_str().map(PathBuf::from))
        .collect()
}
