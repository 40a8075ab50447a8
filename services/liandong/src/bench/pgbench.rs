//! pgbench beside the services: the statements of one command, a transaction each, on the same database.

use std::path::Path;

use anyhow::{Context, ensure};
use tokio::process::Command;

/// What one command of an assignment writes.
const SCRIPT: &str = include_str!("../../../../deploy/bench/command.sql");
/// The district in the script.
const DISTRICT: &str = "990101";
/// How long.
const SECONDS: &str = "5";

/// Transactions a second with so many clients.
pub(super) async fn run(
    program: &Path,
    url: &str,
    district: &str,
    clients: usize,
) -> anyhow::Result<f64> {
    let script = tempfile::NamedTempFile::new()?;
    std::fs::write(script.path(), SCRIPT.replace(DISTRICT, district))?;
    let clients = clients.to_string();
    let output = Command::new(program)
        .args([
            "-n", "-M", "prepared", "-j", "2", "-T", SECONDS, "-c", &clients, "-f",
        ])
        .arg(script.path())
        .arg(url)
        .env("PGOPTIONS", "-c search_path=liandong_dispatch")
        .output()
        .await
        .with_context(|| format!("running {}", program.display()))?;
    let said = String::from_utf8_lossy(&output.stdout);
    ensure!(
        output.status.success(),
        "pgbench failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    per_second(&said).with_context(|| format!("pgbench said no figure: {said}"))
}

fn per_second(said: &str) -> Option<f64> {
    let line = said.lines().find_map(|it| it.strip_prefix("tps = "))?;
    line.split(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figure_is_found_in_what_pgbench_says() {
        let said = "latency average = 2.1 ms\ninitial connection time = 20 ms\ntps = 469.123456 (without initial connection time)\n";
        assert_eq!(per_second(said), Some(469.123_456));
        assert_eq!(per_second("aborted"), None);
        assert!(SCRIPT.contains(DISTRICT));
    }
}
