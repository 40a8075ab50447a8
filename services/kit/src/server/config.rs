//! Settings of a server. What must hold everywhere is not a setting: see the constants in [`super`].

use std::path::PathBuf;

use clap::Args;

/// How a server serves. Where it listens is the service's own setting.
#[derive(Args, Clone, Debug)]
#[group(skip)]
pub struct ServerConfig {
    /// Lets clients list the methods (gRPC reflection). For development only.
    #[arg(long, env = "LIANDONG_REFLECTION")]
    pub reflection: bool,
    /// How many calls are worked on at once, at most; more are turned away with RESOURCE_EXHAUSTED. Fewer are worked on
    /// when the machine does fewer than that in a second.
    #[arg(long, env = "LIANDONG_CALLS_MAX", default_value_t = 512)]
    pub calls_max: usize,
    /// How many streams are open at once; more are turned away.
    #[arg(long, env = "LIANDONG_STREAMS_MAX", default_value_t = 1024)]
    pub streams_max: usize,
    /// So much space, in MiB, must be free where the database's files are; with less, new work is refused. 0: never.
    #[arg(long, env = "LIANDONG_SPACE_MIN", default_value_t = 256)]
    pub space_min: u64,
    /// Another folder whose space is watched: of the evidence, or of a PostgreSQL on this machine.
    #[arg(
        long = "space-folder",
        env = "LIANDONG_SPACE_FOLDERS",
        value_delimiter = ','
    )]
    pub space_folders: Vec<PathBuf>,
    /// How many seconds calls and streams have to end when the server stops.
    #[arg(long, env = "LIANDONG_DRAIN_SECONDS", default_value_t = 10)]
    pub drain_seconds: u64,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            reflection: false,
            calls_max: 512,
            streams_max: 1024,
            space_min: 256,
            space_folders: vec![],
            drain_seconds: 10,
        }
    }
}
