//! How results reach people and programs.
//!
//! People get tables on stdout and progress on stderr; programs get `--json`, the protobuf JSON of what the service
//! answered, stable across releases like the protos. Colours only on a terminal, and never with `NO_COLOR`.

mod failure;
mod json;
mod table;
pub mod words;

pub use failure::{Failure, exit_code, render};
pub use json::{message, messages};
pub use table::{Table, percent};

use std::io::{IsTerminal, Write};

use serde_json::Value;

/// How to show.
#[derive(Clone, Copy, Debug, Default)]
pub struct Output {
    /// JSON instead of tables.
    pub json: bool,
    /// Colours, and tables no wider than the terminal.
    pub terminal: bool,
    /// Nothing but errors.
    pub quiet: bool,
}

impl Output {
    /// As the surroundings suggest.
    pub fn detect(json: bool) -> Self {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|it| !it.is_empty());
        Self {
            json,
            terminal: std::io::stdout().is_terminal() && !plain,
            quiet: false,
        }
    }

    /// Says nothing: for tests that call the commands as functions.
    pub fn silent() -> Self {
        Self {
            quiet: true,
            ..Self::default()
        }
    }

    /// A line for people; programs do not see it.
    pub fn line(&self, text: impl std::fmt::Display) {
        if !self.json && !self.quiet {
            print(&format!("{text}\n"));
        }
    }

    /// A table for people; programs do not see it.
    pub fn table(&self, table: &Table) {
        self.line(table.render(self.terminal));
    }

    /// The JSON for programs; people do not see it.
    pub fn json(&self, value: &Value) {
        if self.json && !self.quiet {
            print(&format!("{value:#}\n"));
        }
    }

    /// One line of JSON for programs that follow a stream.
    pub fn json_line(&self, value: &Value) {
        if self.json && !self.quiet {
            print(&format!("{value}\n"));
        }
    }

    /// A word that should stand out.
    pub fn strong(&self, text: &str) -> String {
        if self.terminal {
            format!("\u{1b}[1m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

/// Prints to stdout. A reader that goes away (`liandong ... | head`) ends the program quietly.
pub fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    if out
        .write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .is_err()
    {
        std::process::exit(0);
    }
}
