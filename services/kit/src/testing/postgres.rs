//! A private PostgreSQL cluster: one per test process, in a temporary folder, on a free port, with fsync on.
//!
//! It ends with the process, however that ends: a watchdog holds a pipe from it, and when the pipe closes it stops
//! the cluster and deletes the folder.

use std::{
    env, fs,
    net::TcpListener,
    os::unix::{fs::MetadataExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
};

use sea_orm::{ConnectionTrait, Database};

const PREFIX: &str = "liandong-test-postgres-";

/// The cluster of this process.
pub(super) struct Cluster {
    port: u16,
    _watchdog: Child,
}

/// Starts it on first use. Blocks for a second or two.
pub(super) fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| {
        Cluster::start().unwrap_or_else(|error| panic!("no PostgreSQL for tests: {error}"))
    })
}

impl Cluster {
    fn start() -> Result<Self, String> {
        let tools = Tools::find()?;
        tools.delete_stale();
        let folder = tools.make_folder()?;
        let (data, log) = (folder.join("data"), folder.join("log"));
        let watchdog = tools.watch(&folder, &data)?;
        let initdb = [
            "--auth=trust",
            "--username=liandong",
            "--encoding=UTF8",
            "--no-locale",
            "--no-sync",
            "--pgdata",
        ];
        run(tools.command("initdb").args(initdb).arg(&data), None)?;
        // The port may be taken between our looking and PostgreSQL's binding it.
        let mut problem = String::new();
        for _ in 0..3 {
            let port = free_port()?;
            let options = format!(
                "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=400 \
                 -c shared_buffers=64MB -c fsync=on -c full_page_writes=on -c synchronous_commit=on"
            );
            let start = ["-w", "-t", "60", "-o", &options, "-D"];
            match run(
                tools
                    .command("pg_ctl")
                    .arg("start")
                    .args(start)
                    .arg(&data)
                    .arg("-l")
                    .arg(&log),
                Some(&log),
            ) {
                Ok(()) => {
                    return Ok(Self {
                        port,
                        _watchdog: watchdog,
                    });
                }
                Err(error) => problem = error,
            }
        }
        Err(problem)
    }

    /// A fresh, empty database; its URL.
    pub(super) async fn create_database(&self) -> String {
        let name = format!("t{}", uuid::Uuid::now_v7().simple());
        let main = Database::connect(self.url("postgres"))
            .await
            .expect("the cluster answers");
        main.execute_unprepared(&format!("CREATE DATABASE {name}"))
            .await
            .expect("a fresh database");
        main.close().await.expect("a closed connection");
        self.url(&name)
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://liandong@127.0.0.1:{}/{database}", self.port)
    }
}

/// PostgreSQL's programs, and whom to run them as.
#[derive(Debug)]
pub struct Tools {
    folder: PathBuf,
    /// Set when we are root, which PostgreSQL refuses to be.
    user: Option<String>,
}

impl Tools {
    /// Looks for them where Debian keeps them, and in PATH.
    pub fn find() -> Result<Self, String> {
        let path = env::var_os("PATH").unwrap_or_default();
        let debian = fs::read_dir("/usr/lib/postgresql")
            .into_iter()
            .flatten()
            .flatten()
            .map(|it| it.path().join("bin"));
        let mut debian: Vec<_> = debian.collect();
        debian.sort();
        let folders = debian.into_iter().rev().chain(env::split_paths(&path));
        let complete = |it: &PathBuf| {
            ["initdb", "pg_ctl", "postgres"]
                .iter()
                .all(|name| it.join(name).exists())
        };
        let folder = folders.into_iter().find(complete).ok_or(
            "initdb, pg_ctl and postgres are neither in PATH nor in /usr/lib/postgresql/*/bin; install PostgreSQL (Debian: postgresql)",
        )?;
        let root = fs::metadata("/proc/self").is_ok_and(|it| it.uid() == 0);
        let user = root.then(|| {
            ["postgres", "nobody"]
                .into_iter()
                .find(|it| id("-u", it).is_some())
        });
        let user = user
            .map(|it| it.ok_or("PostgreSQL refuses root, and there is no user postgres or nobody"))
            .transpose()?;
        Ok(Self {
            folder,
            user: user.map(str::to_owned),
        })
    }

    /// One of them, to be run: `initdb`.
    pub fn command(&self, program: &str) -> Command {
        self.as_user(self.folder.join(program))
    }

    fn as_user(&self, program: PathBuf) -> Command {
        let mut command = match &self.user {
            None => Command::new(program),
            Some(user) => {
                let mut command = Command::new("setpriv");
                let group = id("-g", user).unwrap_or_default();
                command
                    .arg(format!("--reuid={user}"))
                    .arg(format!("--regid={group}"))
                    .arg("--clear-groups")
                    .arg(program);
                command
            }
        };
        command
            .current_dir("/")
            .stdin(Stdio::null())
            .env("LC_ALL", "C");
        command
    }

    /// `{temp}/liandong-test-postgres-{our pid}-{random}`, the user's own.
    pub fn make_folder(&self) -> Result<PathBuf, String> {
        let name = format!(
            "{PREFIX}{}-{}",
            std::process::id(),
            uuid::Uuid::now_v7().simple()
        );
        let folder = env::temp_dir().join(name);
        fs::create_dir(&folder).map_err(|it| format!("{}: {it}", folder.display()))?;
        if let Some(user) = &self.user {
            run(Command::new("chown").arg(user).arg(&folder), None)?;
        }
        Ok(folder)
    }

    /// Stops the cluster and deletes the folder as soon as this process is gone.
    pub fn watch(&self, folder: &Path, data: &Path) -> Result<Child, String> {
        let script =
            r#"while read -r _; do :; done; "$1" stop -m immediate -D "$2" -t 20; rm -rf "$3""#;
        self.as_user("/bin/sh".into())
            .args(["-c", script, "watchdog"])
            .args([&self.folder.join("pg_ctl"), data, folder])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0) // a Ctrl-C for the tests is not for it
            .spawn()
            .map_err(|it| format!("the watchdog does not start: {it}"))
    }

    /// Clusters whose process and watchdog were both killed.
    fn delete_stale(&self) {
        for entry in fs::read_dir(env::temp_dir())
            .into_iter()
            .flatten()
            .flatten()
        {
            let name = entry.file_name().to_string_lossy().into_owned();
            let Some(pid) = name
                .strip_prefix(PREFIX)
                .and_then(|it| it.split('-').next())
            else {
                continue;
            };
            if !Path::new("/proc").join(pid).exists() {
                run(
                    self.command("pg_ctl")
                        .args(["stop", "-m", "immediate", "-D"])
                        .arg(entry.path().join("data")),
                    None,
                )
                .ok();
                fs::remove_dir_all(entry.path()).ok(); // its watchdog may be faster
            }
        }
    }
}

fn id(what: &str, user: &str) -> Option<String> {
    let output = Command::new("id")
        .args([what, user])
        .output()
        .ok()
        .filter(|it| it.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Runs it; the error is what it said, or what is in the log. Output goes to a file: a server started by the
/// command would keep a pipe open for ever.
pub fn run(command: &mut Command, log: Option<&Path>) -> Result<(), String> {
    let said = tempfile::tempfile().map_err(|it| it.to_string())?;
    let copy = |it: &fs::File| it.try_clone().map_err(|it| it.to_string());
    let status = command
        .stdout(copy(&said)?)
        .stderr(copy(&said)?)
        .status()
        .map_err(|it| format!("{command:?}: {it}"))?;
    if status.success() {
        return Ok(());
    }
    let mut text = String::new();
    let mut said = said;
    std::io::Seek::rewind(&mut said)
        .and_then(|()| std::io::Read::read_to_string(&mut said, &mut text))
        .ok();
    let log = log
        .and_then(|it| fs::read_to_string(it).ok())
        .unwrap_or_default();
    Err(format!("{command:?} failed:\n{text}{log}"))
}

fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|it| it.to_string())?;
    Ok(listener.local_addr().map_err(|it| it.to_string())?.port())
}
