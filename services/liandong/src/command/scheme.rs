//! `liandong scheme`.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context;
use clap::Subcommand;
use liandong_proto::{
    scoring::{
        GetSchemeRequest, GetWhatIfRequest, GetWhatIfResponse, ListSchemesRequest,
        PutSchemeRequest, RankingRow, SchemeOrigin, SchemeVersion, ValidateSchemeRequest,
        get_what_if_request::Other,
    },
    types::Role,
};

use crate::{
    client::{ClientOptions, Services},
    output::{Output, Table, message, words},
};

/// A rule with a condition of its own is judged on every fact of two periods.
const WHAT_IF_TIME: Duration = Duration::from_secs(120);

/// What to do with schemes of assessment.
#[derive(Subcommand, Debug)]
pub enum SchemeCommand {
    /// Those in force, and the patterns every installation has.
    List,
    /// Print a scheme's document.
    #[command(disable_version_flag = true)]
    Show {
        /// Its id.
        id: String,
        /// Its version; 0: the newest.
        #[arg(long, default_value_t = 0)]
        version: i32,
    },
    /// Name every problem of a document with line and column.
    Check {
        /// The document.
        file: PathBuf,
    },
    /// Put a document in force from its first day on.
    Put {
        /// The document.
        file: PathBuf,
        /// Only say whether it could be.
        #[arg(long)]
        dry_run: bool,
    },
    /// How a period would have been ranked by another scheme.
    WhatIf {
        /// A document, or the id of a scheme.
        other: String,
        /// The period, e.g. `2026-04`.
        #[arg(long)]
        period: String,
        /// The scheme it is compared with. Default: the national model for departments.
        #[arg(long, default_value = "")]
        base: String,
    },
}

/// Does it.
pub async fn run(
    command: SchemeCommand,
    client: &ClientOptions,
    output: Output,
) -> anyhow::Result<()> {
    let services = client.session()?.acting(Role::Assessor).await?;
    match command {
        SchemeCommand::List => list(&services, output).await,
        SchemeCommand::Show { id, version } => {
            let request = GetSchemeRequest {
                name: full(&id),
                version,
            };
            let answer = services.schemes().get_scheme(request).await?.into_inner();
            output.json(&message("scoring.v1.GetSchemeResponse", &answer));
            output.line(answer.scheme.unwrap_or_default().document);
            Ok(())
        }
        SchemeCommand::Check { file } => check(&services, &file, output).await,
        SchemeCommand::Put { file, dry_run } => {
            let request = PutSchemeRequest {
                document: read(&file)?,
                validate_only: dry_run,
                request_id: super::request_id(),
            };
            let answer = services.schemes().put_scheme(request).await?.into_inner();
            output.json(&message("scoring.v1.PutSchemeResponse", &answer));
            let it = answer.scheme.unwrap_or_default();
            output.line(format!(
                "{} 第 {} 版，自 {} 起",
                it.name, it.version, it.valid_from
            ));
            Ok(())
        }
        SchemeCommand::WhatIf {
            other,
            period,
            base,
        } => {
            let path = Path::new(&other);
            let other = if path.is_file() {
                Other::Document(read(path)?)
            } else {
                Other::Scheme(SchemeVersion {
                    name: full(&other),
                    version: 0,
                })
            };
            let mut request = tonic::Request::new(GetWhatIfRequest {
                period,
                base_scheme: full(&base),
                other: Some(other),
            });
            request.set_timeout(WHAT_IF_TIME);
            let answer = services.ranking().get_what_if(request).await?.into_inner();
            show(&answer, output);
            Ok(())
        }
    }
}

/// `schemes/{id}`, from an id or the whole name; nothing stays nothing.
pub fn full(id: &str) -> String {
    match id {
        "" => String::new(),
        id => words::full("schemes", id),
    }
}

fn read(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| file.display().to_string())
}

async fn list(services: &Services, output: Output) -> anyhow::Result<()> {
    let request = ListSchemesRequest {
        page_size: 500,
        ..ListSchemesRequest::default()
    };
    let answer = services.schemes().list_schemes(request).await?.into_inner();
    output.json(&message("scoring.v1.ListSchemesResponse", &answer));
    let mut table = Table::new(["考核办法", ">版本", "名称", "自", "来源"]);
    for it in &answer.schemes {
        let origin = match it.origin() {
            SchemeOrigin::BuiltIn => "内置，施行中",
            SchemeOrigin::Template => "样本，未施行",
            SchemeOrigin::District => "本区施行",
            SchemeOrigin::Unspecified => "",
        };
        table.row([
            words::bare(&it.name).to_owned(),
            it.version.to_string(),
            it.title.clone(),
            it.valid_from.clone(),
            origin.to_owned(),
        ]);
    }
    output.table(&table);
    Ok(())
}

async fn check(services: &Services, file: &Path, output: Output) -> anyhow::Result<()> {
    let request = ValidateSchemeRequest {
        document: read(file)?,
    };
    let answer = services
        .schemes()
        .validate_scheme(request)
        .await?
        .into_inner();
    output.json(&message("scoring.v1.ValidateSchemeResponse", &answer));
    if answer.valid {
        output.line("valid");
        return Ok(());
    }
    let problems: Vec<String> = { answer.problems.iter() }
        .map(|it| {
            format!(
                "{}:{}:{} {} {}",
                file.display(),
                it.line,
                it.column,
                it.reason,
                it.message
            )
        })
        .collect();
    Err(crate::output::Failure::BadInput(problems.join("\n")).into())
}

fn show(answer: &GetWhatIfResponse, output: Output) {
    output.json(&message("scoring.v1.GetWhatIfResponse", answer));
    let mut table = Table::new([
        "单位",
        ">现名次",
        ">现得分",
        ">假设名次",
        ">假设得分",
        ">得分变化",
    ]);
    for it in &answer.rows {
        let rank = |row: &Option<RankingRow>| {
            let rank = row.as_ref().and_then(|it| it.rank);
            rank.map(|it| it.to_string()).unwrap_or_default()
        };
        let points = |row: &Option<RankingRow>| row.as_ref().map(super::ranking::points);
        table.row([
            it.display_name.clone(),
            rank(&it.base),
            points(&it.base).unwrap_or_default(),
            rank(&it.other),
            points(&it.other).unwrap_or_default(),
            it.points_change.clone().unwrap_or_default(),
        ]);
    }
    output.table(&table);
}
