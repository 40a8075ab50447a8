//! PostgreSQL servers that can be killed, followed by a standby, and replaced by it.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    process::{Child, Command},
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};
use liandong_kit::testing::postgres::{self, Tools};

/// The name under which the standby follows.
const STANDBY: &str = "follower";

/// One server with a folder and a port of its own. It ends with us, however we end.
pub(crate) struct Server {
    tools: Tools,
    data: PathBuf,
    log: PathBuf,
    port: u16,
    _watchdog: Child,
}

impl Server {
    /// A fresh one, with checksums; started.
    pub(crate) async fn primary() -> anyhow::Result<Self> {
        let server = Self::place()?;
        let initdb = [
            "--auth=trust",
            "--username=liandong",
            "--encoding=UTF8",
            "--no-locale",
            "--data-checksums",
            "--pgdata",
        ];
        server.run(
            server
                .tools
                .command("initdb")
                .args(initdb)
                .arg(&server.data),
        )?;
        server.start().await?;
        Ok(server)
    }

    /// A standby that follows this server through `link`; started, and caught up.
    pub(crate) async fn standby(&self, link: SocketAddr) -> anyhow::Result<Self> {
        let standby = Self::place()?;
        let source = format!(
            "host={} port={} user=liandong application_name={STANDBY}",
            link.ip(),
            link.port()
        );
        let mut copy = standby.tools.command("pg_basebackup");
        copy.args([
            "--write-recovery-conf",
            "--checkpoint=fast",
            "--wal-method=stream",
        ])
        .args(["--dbname", &source, "--pgdata"])
        .arg(&standby.data);
        standby.run(&mut copy)?;
        standby.start().await?;
        Ok(standby)
    }

    /// From now on a commit is acknowledged only when the standby has it on disk too; or does not wait for it.
    pub(crate) async fn wait_for_standby(&self, waits: bool) -> anyhow::Result<()> {
        let names = if waits { STANDBY } else { "" };
        self.ask(&format!(
            "ALTER SYSTEM SET synchronous_standby_names = '{names}'"
        ))?;
        self.ask("SELECT pg_reload_conf()")?;
        let began = Instant::now();
        let wanted = if waits { "sync" } else { "async" };
        while self.ask("SELECT sync_state FROM pg_stat_replication")? != wanted {
            ensure!(
                began.elapsed() < Duration::from_secs(60),
                "the standby does not follow"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// Starts it (again): after a crash it recovers first.
    pub(crate) async fn start(&self) -> anyhow::Result<()> {
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=100 \
             -c shared_buffers=64MB -c fsync=on -c full_page_writes=on -c synchronous_commit=on -c wal_level=replica \
             -c hot_standby=on -c max_wal_senders=4",
            self.port
        );
        let began = Instant::now();
        loop {
            let mut start = self.tools.command("pg_ctl");
            start
                .args(["start", "-w", "-t", "60", "-o", &options, "-D"])
                .arg(&self.data)
                .arg("-l")
                .arg(&self.log);
            // Children of one that was killed take a moment to notice.
            match self.run(&mut start) {
                Ok(()) => return Ok(()),
                Err(_) if began.elapsed() < Duration::from_secs(30) => {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Ends it at once.
    pub(crate) fn kill(&self) -> anyhow::Result<()> {
        let file = fs::read_to_string(self.data.join("postmaster.pid"))?;
        let pid = file.lines().next().context("a process id")?;
        Command::new("kill").args(["-9", pid]).status()?;
        Ok(())
    }

    /// Makes the standby the one that is written to.
    pub(crate) fn promote(&self) -> anyhow::Result<()> {
        let mut promote = self.tools.command("pg_ctl");
        promote
            .args(["promote", "-w", "-t", "60", "-D"])
            .arg(&self.data);
        self.run(&mut promote)
    }

    /// A new database on it.
    pub(crate) fn create_database(&self, name: &str) -> anyhow::Result<String> {
        self.ask(&format!("CREATE DATABASE {name}"))?;
        Ok(format!("postgres://liandong@{}/{name}", self.address()))
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    /// One value.
    fn ask(&self, sql: &str) -> anyhow::Result<String> {
        let output = self
            .tools
            .command("psql")
            .args([
                "-h",
                "127.0.0.1",
                "-p",
                &self.port.to_string(),
                "-U",
                "liandong",
            ])
            .args(["-d", "postgres", "-At", "-c", sql])
            .output()?;
        if !output.status.success() {
            bail!("{sql}: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    fn place() -> anyhow::Result<Self> {
        let tools = Tools::find().map_err(anyhow::Error::msg)?;
        let folder = tools.make_folder().map_err(anyhow::Error::msg)?;
        let (data, log) = (folder.join("data"), folder.join("log"));
        let watchdog = tools.watch(&folder, &data).map_err(anyhow::Error::msg)?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        Ok(Self {
            tools,
            data,
            log,
            port,
            _watchdog: watchdog,
        })
    }

    fn run(&self, command: &mut Command) -> anyhow::Result<()> {
        // The proxies and the traffic go on meanwhile.
        let run = || postgres::run(command, Some(&self.log));
        tokio::task::block_in_place(run).map_err(anyhow::Error::msg)
    }
}
