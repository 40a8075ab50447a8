//! `liandong scoring outside|integrity`: records of other systems, and the report against gaming.

use std::{fs, path::PathBuf};

use anyhow::Context;
use clap::Subcommand;
use liandong_proto::{
    scoring::{
        GetIntegrityReportRequest, ImportOutsideFileRequest, ImportOutsideFileStart,
        IntegrityCounter, OutsideKind, QueryOutsideTotalsRequest, Ratio,
        import_outside_file_request::Piece, ratio::Result as Rate,
    },
    types::Role,
};

use super::request_id;
use crate::{
    client::Session,
    output::{Failure, Output, Table, message, words},
};

/// Bytes of a file in one message.
const PIECE: usize = 512 << 10;

/// What to do with records of other systems.
#[derive(Subcommand, Debug)]
pub enum OutsideCommand {
    /// Import a table of records (CSV).
    Import {
        /// The file.
        file: PathBuf,
        /// The system it comes from, e.g. `hotline-12345`.
        #[arg(long)]
        source: String,
        /// HOTLINE or DIGITAL_CITY.
        #[arg(long)]
        kind: String,
        /// Only check it.
        #[arg(long)]
        check: bool,
    },
    /// What the records of a period come to.
    Totals {
        /// `2026-W14`, `2026-04`, `2026-Q2` or `2026`.
        #[arg(long)]
        period: String,
    },
}

/// Does it.
pub async fn run(command: OutsideCommand, session: &Session, output: Output) -> anyhow::Result<()> {
    let mut outside = session.acting(Role::Assessor).await?.outside();
    match command {
        OutsideCommand::Import {
            file,
            source,
            kind,
            check,
        } => {
            let word = kind.to_uppercase().replace('-', "_");
            let kind = OutsideKind::from_str_name(&format!("OUTSIDE_KIND_{word}"));
            let kind = kind.ok_or_else(|| Failure::BadInput(format!("unknown kind `{word}`")))?;
            let bytes = fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
            let start = Piece::Start(ImportOutsideFileStart {
                source,
                kind: kind.into(),
                validate_only: check,
                request_id: request_id(),
            });
            let chunks = bytes.chunks(PIECE).map(|it| Piece::Chunk(it.to_vec()));
            let pieces: Vec<_> = { std::iter::once(start).chain(chunks) }
                .map(|it| ImportOutsideFileRequest { piece: Some(it) })
                .collect();
            let answer = outside
                .import_outside_file(tokio_stream::iter(pieces))
                .await?;
            let answer = answer.into_inner();
            output.json(&message("scoring.v1.ImportOutsideFileResponse", &answer));
            let Some(outcome) = &answer.outcome else {
                let lines = answer
                    .problems
                    .iter()
                    .map(|it| format!("第 {} 行 {}：{}", it.line, it.column, it.message_zh));
                let lines: Vec<String> = lines.collect();
                let text = format!(
                    "{} 处错误，未导入\n{}",
                    answer.problem_count,
                    lines.join("\n")
                );
                return Err(Failure::BadInput(text).into());
            };
            output.line(format!(
                "新增 {}，更正 {}，未变 {}",
                outcome.created, outcome.corrected, outcome.unchanged
            ));
        }
        OutsideCommand::Totals { period } => {
            let request = QueryOutsideTotalsRequest { period };
            let answer = outside.query_outside_totals(request).await?.into_inner();
            output.json(&message("scoring.v1.QueryOutsideTotalsResponse", &answer));
            let mut table = Table::new(["单位", "来源", ">记录", "按期", "满意", "重复"]);
            for it in &answer.totals {
                let kind = match it.kind() {
                    OutsideKind::Unspecified => "",
                    OutsideKind::Hotline => "12345 热线",
                    OutsideKind::DigitalCity => "数字城管",
                    OutsideKind::Survey => "问卷",
                };
                table.row([
                    words::bare(&it.organization).to_owned(),
                    kind.to_owned(),
                    it.record_count.to_string(),
                    rate(it.punctual.as_ref()),
                    rate(it.satisfied.as_ref()),
                    rate(it.repeated.as_ref()),
                ]);
            }
            output.table(&table);
        }
    }
    Ok(())
}

/// Shows the report against gaming; what is marked has a star.
pub async fn integrity(period: String, session: &Session, output: Output) -> anyhow::Result<()> {
    let mut service = session.acting(Role::Assessor).await?.integrity();
    let request = GetIntegrityReportRequest {
        period,
        page_size: 500,
        ..Default::default()
    };
    let answer = service.get_integrity_report(request).await?.into_inner();
    output.json(&message("scoring.v1.GetIntegrityReportResponse", &answer));
    let mut table = Table::new([
        "单位",
        "虚报办结",
        "推拒",
        "自采",
        "期末结案",
        "集中结案",
        "未立案",
        "自查自验",
        "回访不合格",
    ]);
    for row in &answer.rows {
        let of = |counter: IntegrityCounter| {
            let value = row.values.iter().find(|it| it.counter() == counter);
            value.map_or_else(String::new, |it| {
                let mark = if it.marked { " *" } else { "" };
                format!("{}{mark}", rate(it.ratio.as_ref()))
            })
        };
        table.row([
            row.display_name.clone(),
            of(IntegrityCounter::ClosedNotFixed),
            of(IntegrityCounter::Declined),
            of(IntegrityCounter::SelfFound),
            of(IntegrityCounter::EndOfPeriod),
            of(IntegrityCounter::BatchClosing),
            of(IntegrityCounter::Unfiled),
            of(IntegrityCounter::SelfVerified),
            of(IntegrityCounter::RevisitFailed),
        ]);
    }
    output.table(&table);
    Ok(())
}

fn rate(it: Option<&Ratio>) -> String {
    match it.and_then(|it| it.result.as_ref().map(|rate| (it, rate))) {
        Some((it, Rate::Value(rate))) => format!("{}/{} = {rate}%", it.numerator, it.denominator),
        Some((_, Rate::NotApplicable(_))) | None => "不适用".to_owned(),
    }
}
