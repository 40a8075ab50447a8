//! `liandong street`: the registry as files, in every format of docs/street-file.md.

use std::{
    fs, io,
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::Context;
use clap::{Args, Subcommand};
use liandong_proto::{
    registry::{
        ExportStreetRequest, ExportStreetStart, FileFormat, ImportOutcome, ImportStreetResponse,
        ImportStreetStart, export_street_response::Piece,
    },
    types::Role,
};
use liandong_registry::{
    domain::{Catalogue, Reason},
    street::{FileProblem, Format, Source, import_file, names_of_sections},
};
use serde_json::json;
use uuid::Uuid;

use crate::{
    client::{ClientOptions, Services},
    output::{Failure, Output, Table, message},
    up,
};

/// What to do with files of the registry.
#[derive(Subcommand, Debug)]
pub enum StreetCommand {
    /// Check a file by itself: every problem with its place. Needs no running street.
    Check(CheckArgs),
    /// Import a file into the running registry: all of it, or nothing and every problem.
    Import(ImportArgs),
    /// Export the running registry.
    Export(ExportArgs),
}

/// A file and how it is written.
#[derive(Args, Debug)]
pub struct FileArgs {
    /// The file; see docs/street-file.md.
    pub file: PathBuf,
    /// yaml, csv, xlsx or geojson. Default: as the file's name ends.
    #[arg(long, value_parser = format)]
    pub format: Option<Format>,
    /// The section of a CSV or GeoJSON file. Default: the file's name, as in organizations.csv.
    #[arg(long)]
    pub section: Option<String>,
}

/// What to check.
#[derive(Args, Debug)]
pub struct CheckArgs {
    /// The file.
    #[command(flatten)]
    pub file: FileArgs,
    /// A street file (YAML or XLSX) that the file is to go into. Without one, what a file of a single section refers to
    /// outside of itself is not checked.
    #[arg(long, value_name = "FILE")]
    pub beside: Option<PathBuf>,
}

/// What to import.
#[derive(Args, Debug)]
pub struct ImportArgs {
    /// The file.
    #[command(flatten)]
    pub file: FileArgs,
    /// Only say what would be done.
    #[arg(long)]
    pub dry_run: bool,
}

/// What to export.
#[derive(Args, Debug)]
pub struct ExportArgs {
    /// The file; `-` for the standard output. For CSV and GeoJSON it may be a folder: a file for each section.
    pub file: PathBuf,
    /// yaml, csv, xlsx or geojson. Default: as the file's name ends, of a folder csv.
    #[arg(long, value_parser = format)]
    pub format: Option<Format>,
    /// Only this section; may be repeated.
    #[arg(long)]
    pub section: Vec<String>,
    /// Only what is live on this day, e.g. 2026-02-14. Default: everything that was, is and will be.
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub on: Option<time::Date>,
}

/// A file whose name does not say how it is written.
fn no_format(file: &Path) -> Failure {
    let file = file.display();
    Failure::BadInput(format!(
        "{file}: its name does not end in .yaml, .csv, .xlsx or .geojson; say --format"
    ))
}

fn format(text: &str) -> Result<Format, String> {
    Format::of(text).ok_or_else(|| "yaml, csv, xlsx or geojson".to_owned())
}

fn day(text: &str) -> Result<time::Date, String> {
    liandong_registry::domain::day::parse(text).ok_or_else(|| "a day such as 2026-02-14".to_owned())
}

/// Does it.
pub async fn run(
    command: StreetCommand,
    client: &ClientOptions,
    output: Output,
) -> anyhow::Result<()> {
    match command {
        StreetCommand::Check(args) => check(&args, output),
        StreetCommand::Import(args) => import(&args, client, output).await,
        StreetCommand::Export(args) => export(&args, client, output).await,
    }
}

/// A file that is read.
struct Loaded {
    name: String,
    format: Format,
    section: String,
    bytes: Vec<u8>,
}

impl FileArgs {
    fn load(&self) -> anyhow::Result<Loaded> {
        let name = self.file.display().to_string();
        let format = self
            .format
            .or_else(|| ending(&self.file))
            .ok_or_else(|| no_format(&self.file))?;
        let section = match (&self.section, format.is_one_section()) {
            (Some(section), _) => section.clone(),
            (None, true) => named(&self.file),
            (None, false) => String::new(),
        };
        if let Err(error) = format.takes(&section) {
            let keys: Vec<_> = names_of_sections().map(|(key, _)| key).collect();
            let keys = keys.join(", ");
            let text = format!("{name}: --section: {error}; there are {keys}");
            return Err(Failure::BadInput(text).into());
        }
        let bytes = fs::read(&self.file).with_context(|| format!("cannot read {name}"))?;
        if bytes.len() > format.bytes_max() {
            let text = format!("{name} is larger than {} MiB", format.bytes_max() >> 20);
            return Err(Failure::BadInput(text).into());
        }
        Ok(Loaded {
            name,
            format,
            section,
            bytes,
        })
    }
}

fn ending(file: &Path) -> Option<Format> {
    Format::of(file.extension()?.to_str()?)
}

/// The section that a file's name names.
fn named(file: &Path) -> String {
    let stem = file.file_stem().and_then(|it| it.to_str());
    let known = |it: &&str| names_of_sections().any(|(key, zh)| key == *it || zh == *it);
    stem.filter(known).unwrap_or_default().to_owned()
}

impl Loaded {
    fn source(&self) -> Source<'_> {
        Source {
            format: self.format,
            section: &self.section,
            bytes: &self.bytes,
        }
    }

    /// The catalogue of nothing but the district that the file is about.
    fn district(&self) -> Catalogue {
        let now = liandong_kit::clock::wall();
        let read = import_file(&Catalogue::empty(""), &self.source(), now);
        Catalogue::empty(&read.district.unwrap_or_default())
    }
}

fn check(args: &CheckArgs, output: Output) -> anyhow::Result<()> {
    let file = args.file.load()?;
    let now = liandong_kit::clock::wall();
    let catalogue = match &args.beside {
        None => file.district(),
        Some(beside) => {
            let beside = FileArgs {
                file: beside.clone(),
                format: None,
                section: None,
            }
            .load()?;
            let (empty, source) = (beside.district(), beside.source());
            let read = import_file(&empty, &source, now);
            refuse(&beside.name, &read.problems, read.problem_count)?;
            empty.with(&read.plan.changes, now)
        }
    };
    let mut read = import_file(&catalogue, &file.source(), now);
    let alone = file.format.is_one_section() && args.beside.is_none();
    if alone {
        let before = read.problems.len();
        read.problems
            .retain(|it| it.reason != Reason::UnknownReference);
        read.problem_count -= before - read.problems.len();
    }
    output.json(&json!({
        "district": read.district,
        "valid": read.problem_count == 0,
        "problems": read.problems.iter().map(as_json).collect::<Vec<_>>(),
        "problemCount": read.problem_count,
    }));
    refuse(&file.name, &read.problems, read.problem_count)?;
    output.line(format!("{} has no problems", file.name));
    if alone {
        output.line("what it refers to was not checked; see --beside");
    }
    Ok(())
}

fn refuse(name: &str, problems: &[FileProblem], count: usize) -> anyhow::Result<()> {
    if count == 0 {
        return Ok(());
    }
    let mut lines: Vec<String> = problems
        .iter()
        .take(SHOWN_MAX)
        .map(|it| line(name, it))
        .collect();
    lines.push(format!("{count} problem(s)"));
    Err(Failure::BadInput(lines.join("\n")).into())
}

/// Problems shown; all are counted.
const SHOWN_MAX: usize = 1000;

/// As compilers write it.
fn line(name: &str, it: &FileProblem) -> String {
    let path = if it.path.is_empty() {
        String::new()
    } else {
        format!("{}: ", it.path)
    };
    let place = if it.cell.is_empty() {
        format!("{}:{}", it.at.line, it.at.column)
    } else {
        it.cell.clone()
    };
    format!(
        "{name}:{place}: {path}{} [{}] {}",
        it.text,
        it.reason.code(),
        it.text_zh
    )
}

fn as_json(it: &FileProblem) -> serde_json::Value {
    json!({
        "line": it.at.line, "column": it.at.column, "cell": it.cell, "path": it.path,
        "reason": it.reason.code(), "text": it.text, "textZh": it.text_zh,
    })
}

async fn import(args: &ImportArgs, client: &ClientOptions, output: Output) -> anyhow::Result<()> {
    let file = args.file.load()?;
    let start = ImportStreetStart {
        validate_only: args.dry_run,
        request_id: Uuid::now_v7().to_string(),
        format: wire(file.format).into(),
        section: file.section.clone(),
    };
    let answer = up::send(&registrar(client).await?, start, &file.bytes).await?;
    output.json(&message("registry.v1.ImportStreetResponse", &answer));
    if answer.outcome() == ImportOutcome::Refused {
        return Err(Failure::BadInput(up::problems(&answer, &file.name)).into());
    }
    show(&answer, output);
    Ok(())
}

fn show(answer: &ImportStreetResponse, output: Output) {
    let outcome = match answer.outcome() {
        ImportOutcome::Applied => "已导入",
        ImportOutcome::Unchanged => "无变化",
        ImportOutcome::Valid => "检查通过（未导入）",
        ImportOutcome::Refused | ImportOutcome::Unspecified => "未导入",
    };
    output.line(output.strong(&format!("{outcome}，目录版本 {}", answer.catalogue_version)));
    let mut table = Table::new(["分区", ">新增", ">变更", ">未变"]);
    for it in &answer.counts {
        table.row([
            word(&it.section),
            it.created.to_string(),
            it.changed.to_string(),
            it.unchanged.to_string(),
        ]);
    }
    if !table.is_empty() {
        output.table(&table);
    }
}

/// A section in Chinese, with its key.
fn word(section: &str) -> String {
    let known = names_of_sections().find(|(key, _)| *key == section);
    known.map_or_else(|| section.to_owned(), |(key, zh)| format!("{zh} {key}"))
}

async fn export(args: &ExportArgs, client: &ClientOptions, output: Output) -> anyhow::Result<()> {
    let folder = args.file.is_dir();
    let usual = || {
        if folder {
            Some(Format::Csv)
        } else {
            ending(&args.file)
        }
    };
    let format = args
        .format
        .or_else(usual)
        .ok_or_else(|| no_format(&args.file))?;
    let as_of_time = args.on.map(|it| prost_types::Timestamp {
        // Noon in Shanghai is on that day everywhere in the country.
        seconds: it.midnight().assume_utc().unix_timestamp() + 4 * 3600,
        nanos: 0,
    });
    let request = |sections: Vec<String>| ExportStreetRequest {
        format: wire(format).into(),
        sections,
        as_of_time,
    };
    let services = registrar(client).await?;
    if !(folder && format.is_one_section()) {
        let start = fetch(&services, request(args.section.clone()), &args.file).await?;
        // A file on the standard output is all that may be there.
        if args.file != Path::new("-") {
            output.json(&message("registry.v1.ExportStreetStart", &start));
            exported(std::slice::from_ref(&start), output);
        }
        return Ok(());
    }
    let all = names_of_sections().map(|(key, _)| key.to_owned());
    let wanted = |it: &String| args.section.is_empty() || args.section.contains(it);
    let mut starts = Vec::new();
    for section in all.filter(|it| wanted(it) && format.takes(it).is_ok()) {
        let file = args.file.join(format!("{section}.{}", format.ending()));
        starts.push(fetch(&services, request(vec![section]), &file).await?);
    }
    let each = starts
        .iter()
        .map(|it| message("registry.v1.ExportStreetStart", it));
    output.json(&json!({ "files": each.collect::<Vec<_>>() }));
    exported(&starts, output);
    Ok(())
}

/// Takes an export into a file, which is there only when it is whole.
async fn fetch(
    services: &Services,
    request: ExportStreetRequest,
    file: &Path,
) -> anyhow::Result<ExportStreetStart> {
    let mut pieces = services.export().export_street(request).await?.into_inner();
    let (mut start, stdout) = (ExportStreetStart::default(), file == Path::new("-"));
    let folder = file.parent().filter(|it| !it.as_os_str().is_empty());
    let mut out = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))
        .with_context(|| format!("cannot write beside {}", file.display()))?;
    while let Some(message) = pieces.message().await? {
        match message.piece {
            Some(Piece::Start(it)) => start = it,
            Some(Piece::Chunk(bytes)) => out.write_all(&bytes)?,
            None => {}
        }
    }
    if stdout {
        io::copy(&mut out.reopen()?, &mut io::stdout())?;
    } else {
        out.persist(file)
            .with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(start)
}

fn exported(starts: &[ExportStreetStart], output: Output) {
    let version = starts.first().map_or(0, |it| it.catalogue_version);
    output.line(output.strong(&format!("已导出，目录版本 {version}")));
    let mut table = Table::new(["分区", ">条数"]);
    for it in starts.iter().flat_map(|it| &it.counts) {
        table.row([word(&it.section), it.entries.to_string()]);
    }
    output.table(&table);
}

/// A registrar of the street.
async fn registrar(client: &ClientOptions) -> anyhow::Result<Services> {
    client.session()?.acting(Role::Registrar).await
}

fn wire(format: Format) -> FileFormat {
    match format {
        Format::Yaml => FileFormat::Yaml,
        Format::Csv => FileFormat::Csv,
        Format::Xlsx => FileFormat::Xlsx,
        Format::GeoJson => FileFormat::Geojson,
    }
}
