//! `liandong street`.

use std::path::PathBuf;

use anyhow::Context;
use clap::Subcommand;
use liandong_registry::{
    domain::Catalogue,
    street::{FileProblem, import},
};
use serde_json::json;

use crate::{
    output::{Failure, Output},
    up,
};

/// What to do with a street file.
#[derive(Subcommand, Debug)]
pub enum StreetCommand {
    /// Check a file by itself: every problem with line and column. Needs no running street.
    Check {
        /// The file; see docs/street-file.md.
        file: PathBuf,
    },
}

/// Does it.
pub fn run(command: StreetCommand, output: Output) -> anyhow::Result<()> {
    let StreetCommand::Check { file } = command;
    let text = std::fs::read_to_string(&file)
        .with_context(|| format!("cannot read {}", file.display()))?;
    let name = file.display().to_string();
    let district = up::district_of(&text).unwrap_or_default();
    let read = import(
        &Catalogue::empty(&district),
        &text,
        liandong_kit::clock::wall(),
    );
    output.json(&json!({
        "district": read.district,
        "valid": read.problems.is_empty(),
        "problems": read.problems.iter().map(as_json).collect::<Vec<_>>(),
    }));
    if !read.problems.is_empty() {
        let lines: Vec<String> = read.problems.iter().map(|it| line(&name, it)).collect();
        let count = format!("{} problem(s)", read.problems.len());
        return Err(Failure::BadInput(format!("{}\n{count}", lines.join("\n"))).into());
    }
    output.line(format!("{name} has no problems"));
    Ok(())
}

/// As compilers write it.
fn line(name: &str, it: &FileProblem) -> String {
    let path = if it.path.is_empty() {
        String::new()
    } else {
        format!("{}: ", it.path)
    };
    format!(
        "{name}:{}:{}: {path}{} [{}] {}",
        it.at.line,
        it.at.column,
        it.text,
        it.reason.code(),
        it.text_zh
    )
}

fn as_json(it: &FileProblem) -> serde_json::Value {
    json!({
        "line": it.at.line, "column": it.at.column, "path": it.path,
        "reason": it.reason.code(), "text": it.text, "textZh": it.text_zh,
    })
}
