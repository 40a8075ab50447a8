//! `liandong ranking`.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, ValueEnum};
use liandong_proto::{
    scoring::{
        CompositePart, ExportFormat, ExportRankingRequest, GetRankingRequest, GetRankingResponse,
        RankingRow, RankingView, composite, composite_part,
    },
    types::Role,
};

use crate::{
    client::{ClientOptions, Services},
    output::{Output, Table, message},
};

/// Which ranking.
#[derive(Args, Debug)]
pub struct RankingArgs {
    /// `2026-W14`, `2026-04`, `2026-Q2`, `2026` or `2026-04-03..2026-04-17`. Default: the year of the last event.
    #[arg(long)]
    pub period: Option<String>,
    /// The scheme. Default: the national model for departments.
    #[arg(long, default_value = "")]
    pub scheme: String,
    /// What is shown: as known now, as first published, or as last corrected.
    #[arg(long, value_enum, default_value = "now")]
    pub view: View,
    /// Write it to a file instead: .csv, .xlsx or .html (to print).
    #[arg(long)]
    pub out: Option<PathBuf>,
}

/// A state of knowledge of a period.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum View {
    /// As it is known now.
    Now,
    /// As it was first published.
    Shown,
    /// As it was last closed or restated.
    Corrected,
}

impl View {
    fn wire(self) -> i32 {
        match self {
            Self::Now => RankingView::Current.into(),
            Self::Shown => RankingView::AsShown.into(),
            Self::Corrected => RankingView::AsCorrected.into(),
        }
    }
}

/// Shows it.
pub async fn run(args: RankingArgs, client: &ClientOptions, output: Output) -> anyhow::Result<()> {
    let session = client.session()?;
    let services = session.acting(Role::Assessor).await?;
    let period = match args.period {
        Some(period) => period,
        None => super::explain::latest_year(&session).await?,
    };
    let scheme = super::scheme::full(&args.scheme);
    if let Some(path) = &args.out {
        return export(&services, (period, scheme, args.view), path, output).await;
    }
    let request = GetRankingRequest {
        period,
        scheme,
        page_size: 500,
        view: args.view.wire(),
        ..GetRankingRequest::default()
    };
    let answer = services.ranking().get_ranking(request).await?.into_inner();
    output.json(&message("scoring.v1.GetRankingResponse", &answer));
    show(&answer, output);
    Ok(())
}

/// Writes it to a file.
async fn export(
    services: &Services,
    (period, scheme, view): (String, String, View),
    path: &Path,
    output: Output,
) -> anyhow::Result<()> {
    let ending = path.extension().and_then(|it| it.to_str());
    let format = match ending {
        Some("csv") => ExportFormat::Csv,
        Some("xlsx") => ExportFormat::Xlsx,
        Some("html") => ExportFormat::Html,
        _ => anyhow::bail!("{}: expected .csv, .xlsx or .html", path.display()),
    };
    let request = ExportRankingRequest {
        period,
        scheme,
        view: view.wire(),
        format: format.into(),
    };
    let file = services
        .ranking()
        .export_ranking(request)
        .await?
        .into_inner();
    std::fs::write(path, &file.content).with_context(|| path.display().to_string())?;
    output.line(format!("{}: {} bytes", path.display(), file.content.len()));
    Ok(())
}

/// The first 500 rows.
pub async fn get(
    services: &Services,
    period: &str,
    scheme: &str,
) -> Result<GetRankingResponse, tonic::Status> {
    let request = GetRankingRequest {
        period: period.to_owned(),
        scheme: scheme.to_owned(),
        page_size: 500,
        ..GetRankingRequest::default()
    };
    Ok(services.ranking().get_ranking(request).await?.into_inner())
}

/// Shows it to people.
pub fn show(answer: &GetRankingResponse, output: Output) {
    let mut table = Table::new([
        ">名次",
        "单位",
        ">得分",
        "等级",
        "结案率",
        "按期处置率",
        "返工率（反向）",
        ">记分",
        "",
    ]);
    for row in &answer.rows {
        let part = |id: &str| part(row, id).map(rate).unwrap_or_default();
        let remark = match (row.tied, row.small_sample) {
            (true, true) => "并列，样本少",
            (true, false) => "并列",
            (false, true) => "样本少",
            (false, false) => "",
        };
        table.row([
            row.rank.map(|it| it.to_string()).unwrap_or_default(),
            row.display_name.clone(),
            points(row),
            grade(row).into(),
            part("closing"),
            part("on-time-handling"),
            part("rework"),
            row.ledger_points.clone(),
            remark.into(),
        ]);
    }
    output.table(&table);
    let position = answer.as_of.as_ref().map_or(0, |it| it.position);
    let period = answer.period.as_ref().map_or("", |it| it.name.as_str());
    output.line(format!(
        "{period}，{} 第 {} 版，截至事件 {position}",
        answer.scheme, answer.scheme_version
    ));
}

/// The points of a row, or why there are none.
pub fn points(row: &RankingRow) -> String {
    match row.composite.as_ref().and_then(|it| it.result.as_ref()) {
        Some(composite::Result::Points(points)) => points.clone(),
        Some(composite::Result::NotApplicable(_)) => "不适用".into(),
        None => String::new(),
    }
}

fn grade(row: &RankingRow) -> &'static str {
    use liandong_proto::scoring::Grade;
    match row
        .composite
        .as_ref()
        .map(|it| it.grade())
        .unwrap_or_default()
    {
        Grade::Unspecified => "—",
        Grade::A => "A",
        Grade::B => "B",
        Grade::C => "C",
        Grade::D => "D",
        Grade::E => "E",
    }
}

fn part<'a>(row: &'a RankingRow, id: &str) -> Option<&'a CompositePart> {
    row.composite.as_ref()?.parts.iter().find(|it| it.id == id)
}

fn rate(part: &CompositePart) -> String {
    match &part.input {
        Some(composite_part::Input::Ratio(ratio)) if ratio.denominator == 0 => "不适用".to_owned(),
        Some(composite_part::Input::Ratio(ratio)) => {
            format!("{}/{}", ratio.numerator, ratio.denominator)
        }
        Some(composite_part::Input::Volume(volume)) => volume.to_string(),
        Some(composite_part::Input::Ledger(ledger)) => ledger.points.clone(),
        None => String::new(),
    }
}
