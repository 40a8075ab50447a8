//! What `up` can be told.

use std::{
    net::{IpAddr, Ipv4Addr},
    num::NonZeroUsize,
    path::PathBuf,
};

use anyhow::Context;
use clap::Args;
use liandong_kit::{clock::Clock, db::CHANGES};

use super::import::DEMO;
use crate::client::Folder;

/// What counts as an outage, if nothing else is said.
const OUTAGE_MINUTES: u32 = 30;

/// What to start, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// The data folder; none: one that goes when the services do.
    pub data: Option<PathBuf>,
    /// A PostgreSQL URL; none: SQLite files in the data folder. Each service gets a schema of its own.
    pub database: Option<String>,
    /// Changes that may share a transaction.
    pub changes: NonZeroUsize,
    /// Where to listen; a loopback address.
    pub listen: IpAddr,
    /// The registry's port, dispatch's is one more, scoring's two more; 0: whatever is free.
    pub port_base: u16,
    /// The street.
    pub street: StreetSource,
    /// The clock of all services.
    pub clock: Clock,
    /// Whether scoring is started too.
    pub scoring: bool,
    /// Where the trace viewer is, for links.
    pub viewer: Option<String>,
    /// After how many minutes without a sign of life a start puts an outage on record; 0: never.
    pub outage_minutes: u32,
}

impl Default for Options {
    /// The demo street in a temporary folder, on free ports, by the real clock.
    fn default() -> Self {
        Self {
            data: None,
            database: None,
            changes: CHANGES,
            listen: Ipv4Addr::LOCALHOST.into(),
            port_base: 0,
            street: StreetSource::Demo,
            clock: Clock::real(),
            scoring: true,
            viewer: None,
            outage_minutes: OUTAGE_MINUTES,
        }
    }
}

/// Where the street comes from.
#[derive(Clone, Debug)]
pub enum StreetSource {
    /// The demo street, unless the folder has a street already.
    Demo,
    /// A file; importing it again changes nothing.
    File(PathBuf),
    /// The text of a file, and what to call it.
    Text(String, String),
    /// What the folder has.
    Kept,
}

impl StreetSource {
    /// The text to import and what to call it; none if nothing is to be imported.
    pub(super) fn text(&self, folder: &Folder) -> anyhow::Result<Option<(String, String)>> {
        Ok(match self {
            Self::Demo if folder.settings()?.is_some() => None,
            Self::Demo => Some((DEMO.to_owned(), "deploy/demo/street.yaml".to_owned())),
            Self::Kept => None,
            Self::Text(text, name) => Some((text.clone(), name.clone())),
            Self::File(path) => {
                let text = std::fs::read_to_string(path);
                Some((
                    text.with_context(|| format!("cannot read {}", path.display()))?,
                    path.display().to_string(),
                ))
            }
        })
    }
}

/// The flags of `liandong up`.
#[derive(Args, Clone, Debug)]
pub struct UpArgs {
    /// Street file to import (see docs/street-file.md). Default: at the first start the demo street, later none.
    #[arg(long, value_name = "FILE")]
    pub street: Option<PathBuf>,
    /// PostgreSQL URL, as in postgres://user:password@localhost/liandong, instead of SQLite files in the data folder.
    #[arg(
        long,
        env = "LIANDONG_DATABASE",
        hide_env_values = true,
        value_name = "URL"
    )]
    pub database: Option<String>,
    /// Loopback address to listen on.
    #[arg(long, default_value = "127.0.0.1", value_name = "ADDRESS")]
    pub listen: IpAddr,
    /// The registry's port; dispatch's is one more, scoring's two more. 7701 is the documented choice; 0 takes free ports.
    #[arg(
        long,
        default_value_t = 0,
        env = "LIANDONG_PORT_BASE",
        value_name = "PORT"
    )]
    pub port_base: u16,
    /// Address of the trace viewer's pages, for links.
    #[arg(long, env = "LIANDONG_VIEWER", value_name = "URL")]
    pub viewer: Option<String>,
    /// After how many minutes without a sign of life a start puts an outage on record, whose time is charged to
    /// nobody; 0: never.
    #[arg(long, env = "LIANDONG_OUTAGE_MINUTES", default_value_t = OUTAGE_MINUTES, value_name = "MINUTES")]
    pub outage_minutes: u32,
}

impl UpArgs {
    /// The same as options, by the real clock.
    pub fn options(&self, data: PathBuf) -> Options {
        Options {
            data: Some(data),
            database: self.database.clone(),
            changes: CHANGES,
            listen: self.listen,
            outage_minutes: self.outage_minutes,
            port_base: self.port_base,
            street: self
                .street
                .clone()
                .map_or(StreetSource::Demo, StreetSource::File),
            clock: Clock::real(),
            scoring: true,
            viewer: self.viewer.clone(),
        }
    }
}
