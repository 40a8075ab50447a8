//! A ranking as a file: one table of cells, written in three forms.

use liandong_kit::status::Problem;
use liandong_proto::scoring::{ExportFormat, ExportRankingResponse};
use rust_xlsxwriter::{Format, Workbook, XlsxError};
use tonic::Status;

use super::table::League;
use crate::domain::{
    composite::{Grade, Value, in_chinese},
    number::{POINT_PLACES, RATE_PLACES, fixed},
    period::civil_text,
    ranking::Row,
    ratio::Ratio,
};

/// What is written where there is no number.
const NOT_APPLICABLE: &str = "不适用";
/// Rows whose changes are explained on the page.
const EXPLAINED: usize = 10;

/// A cell: text, or a number as it is published.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Cell {
    Text(String),
    Number(String),
}

/// The file.
pub(super) fn file(league: &League, format: ExportFormat) -> Result<ExportRankingResponse, Status> {
    let name = format!("{}-{}", league.scheme.id, league.period);
    let (ending, media_type, content) = match format {
        ExportFormat::Xlsx => (
            "xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            xlsx(league).map_err(Problem::internal)?,
        ),
        ExportFormat::Html => (
            "html",
            "text/html; charset=utf-8",
            html(league).into_bytes(),
        ),
        ExportFormat::Csv | ExportFormat::Unspecified => (
            "csv",
            "text/csv; charset=utf-8",
            csv(league).map_err(Problem::internal)?,
        ),
    };
    Ok(ExportRankingResponse {
        file_name: format!("{name}.{ending}"),
        media_type: media_type.to_owned(),
        content,
    })
}

fn head(league: &League) -> Vec<String> {
    let fixed = [
        "名次",
        "单位",
        "单位编号",
        "得分",
        "等级",
        "记分",
        "备注",
        "组",
        "捆绑",
        "分摊%",
        "上期名次",
        "上期得分",
        "变化",
    ];
    let mut head: Vec<String> = fixed.map(str::to_owned).into();
    for part in &league.scheme.parts {
        head.push(format!(
            "{}（权重 {}）",
            part.title,
            part.weight.normalize()
        ));
        head.push(format!("{} 计算", part.title));
    }
    head
}

fn cells(league: &League, row: &Row) -> Vec<Cell> {
    let text = |it: &str| Cell::Text(it.to_owned());
    let number = |it: Option<String>| it.map_or(Cell::Text(String::new()), Cell::Number);
    let points = row.composite.points.map(|it| fixed(it, RATE_PLACES));
    let trend = row.trend.as_ref();
    let mut cells = vec![
        number(row.rank.map(|it| it.to_string())),
        text(league.beside.name(&row.organization)),
        text(&row.organization),
        points.map_or_else(|| text(NOT_APPLICABLE), Cell::Number),
        text(row.composite.grade.map_or("", grade)),
        Cell::Number(fixed(row.ledger_points, RATE_PLACES)),
        text(&remark(league, row)),
        text(&row.group),
        text(&row.bundle),
        number(row.share.map(|it| fixed(it, RATE_PLACES))),
        number(trend.and_then(|it| it.rank).map(|it| it.to_string())),
        number(trend.map(|it| fixed(it.points, RATE_PLACES))),
        number(trend.map(|it| fixed(it.change, RATE_PLACES))),
    ];
    for part in &row.composite.parts {
        let points = part.points.map(|it| fixed(it, POINT_PLACES));
        cells.push(points.map_or_else(|| text(NOT_APPLICABLE), Cell::Number));
        cells.push(text(&match part.value {
            Value::Rate(Ratio { denominator: 0, .. }) => NOT_APPLICABLE.to_owned(),
            _ => in_chinese(&part.formula),
        }));
    }
    cells
}

fn remark(league: &League, row: &Row) -> String {
    let open = league.beside.open_appeals.get(&row.organization);
    let marks = [
        (row.tied, "并列"),
        (row.small_sample, "样本少"),
        (open.is_some(), "申诉未决"),
    ];
    let marks: Vec<_> = { marks.into_iter() }
        .filter_map(|(is, word)| is.then_some(word))
        .collect();
    marks.join("，")
}

fn grade(it: Grade) -> &'static str {
    match it {
        Grade::A => "A",
        Grade::B => "B",
        Grade::C => "C",
        Grade::D => "D",
        Grade::E => "E",
    }
}

/// What the numbers come from, in one line.
fn source(league: &League) -> String {
    let position = league.as_of.place.map_or(0, |it| it.position);
    let edition = match league.edition {
        0 => "实时".to_owned(),
        number => format!("第 {number} 版结账"),
    };
    format!(
        "{} 第 {} 版；{edition}；截至事件 {position}、记分 {} 条；{}",
        league.scheme.title,
        league.scheme.version,
        league.as_of.entries,
        civil_text(league.as_of.time)
    )
}

/// A spreadsheet must not take a name for a formula.
fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

fn csv(league: &League) -> Result<Vec<u8>, csv::Error> {
    let mut writer = ::csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    writer.write_record(head(league))?;
    for row in &league.rows {
        let cells = cells(league, row).into_iter().map(|it| match it {
            Cell::Text(text) => harmless(&text),
            Cell::Number(number) => number,
        });
        writer.write_record(cells)?;
    }
    writer
        .into_inner()
        .map_err(|error| error.into_error().into())
}

fn xlsx(league: &League) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let bold = Format::new().set_bold();
    let sheet = book.add_worksheet().set_name("排名")?;
    sheet.write_with_format(
        0,
        0,
        format!("{} {}", league.scheme.title, league.period),
        &bold,
    )?;
    sheet.write(1, 0, source(league))?;
    for (column, text) in (0..).zip(head(league)) {
        sheet.write_with_format(3, column, text, &bold)?;
    }
    for (line, row) in (4..).zip(&league.rows) {
        for (column, cell) in (0..).zip(cells(league, row)) {
            match cell {
                Cell::Text(text) => sheet.write_string(line, column, text)?,
                // A workbook keeps numbers as it likes; what is published is the text.
                Cell::Number(number) => match number.parse::<f64>() {
                    Ok(value) => {
                        sheet.write_number_with_format(line, column, value, &places(&number))?
                    }
                    Err(_) => sheet.write_string(line, column, number)?,
                },
            };
        }
    }
    sheet.set_freeze_panes(4, 2)?;
    let changes = book.add_worksheet().set_name("变化说明")?;
    for (column, text) in (0..).zip(["单位", "评价项", "变化", "上期计算", "本期计算"])
    {
        changes.write_with_format(0, column, text, &bold)?;
    }
    for (line, (name, part)) in (1..).zip(explained(league, usize::MAX)) {
        changes.write_string(line, 0, name)?;
        changes.write_string(line, 1, &part.title)?;
        changes.write_string(line, 2, fixed(part.change, POINT_PLACES))?;
        changes.write_string(line, 3, in_chinese(&part.before))?;
        changes.write_string(line, 4, in_chinese(&part.now))?;
    }
    book.save_to_buffer()
}

/// As many places as are published.
fn places(number: &str) -> Format {
    let places = number.split_once('.').map_or(0, |(_, it)| it.len());
    let zeros = "0".repeat(places);
    let pattern = if places == 0 {
        "0".to_owned()
    } else {
        format!("0.{zeros}")
    };
    Format::new().set_num_format(pattern)
}

/// The parts that moved most, of the rows that moved most.
fn explained(league: &League, most: usize) -> Vec<(String, &crate::domain::ranking::PartChange)> {
    let mut moved: Vec<_> = { league.rows.iter() }
        .filter_map(|row| Some((row, row.trend.as_ref()?)))
        .filter(|(_, trend)| !trend.parts.is_empty())
        .collect();
    moved.sort_by_key(|(_, trend)| std::cmp::Reverse(trend.change.abs()));
    moved.truncate(most);
    let name = |row: &Row| league.beside.name(&row.organization).to_owned();
    { moved.into_iter() }
        .flat_map(|(row, trend)| trend.parts.iter().map(move |part| (name(row), part)))
        .collect()
}

fn html(league: &League) -> String {
    let title = escaped(&format!("{} {}", league.scheme.title, league.period));
    let cell =
        |tag: &str, text: &str, class: &str| format!("<{tag}{class}>{}</{tag}>", escaped(text));
    let shown = 7 + 6;
    let header = head(league);
    let header: String = { header.iter().take(shown) }
        .map(|it| cell("th", it, ""))
        .collect();
    let mut rows = String::new();
    for row in &league.rows {
        rows.push_str("<tr>");
        for it in cells(league, row).iter().take(shown) {
            rows.push_str(&match it {
                Cell::Text(text) => cell("td", text, ""),
                Cell::Number(number) => cell("td", number, " class=\"n\""),
            });
        }
        rows.push_str("</tr>\n");
    }
    let mut changes = String::new();
    for (name, part) in explained(league, EXPLAINED) {
        let change = fixed(part.change, POINT_PLACES);
        let (before, now) = (in_chinese(&part.before), in_chinese(&part.now));
        let texts = [&name, &part.title, &change, &before, &now];
        let line: String = texts.iter().map(|it| cell("td", it, "")).collect();
        changes.push_str(&format!("<tr>{line}</tr>\n"));
    }
    let changes_head: String =
        { ["单位", "评价项", "变化", "上期计算", "本期计算"].iter() }
            .map(|it| cell("th", it, ""))
            .collect();
    format!(
        "<!doctype html>\n<html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><title>{title}</title>\n\
         <style>body{{font-family:\"Noto Sans CJK SC\",\"Microsoft YaHei\",sans-serif;margin:2em;font-size:10pt}}\
         table{{border-collapse:collapse;width:100%}}th,td{{border:1px solid #444;padding:.2em .5em;text-align:left}}\
         .n{{text-align:right;font-variant-numeric:tabular-nums}}thead{{display:table-header-group}}tr{{break-inside:avoid}}\
         @page{{size:A4 landscape;margin:12mm}}</style></head>\n\
         <body><h1>{title}</h1><p>{}</p>\n<table><thead><tr>{header}</tr></thead><tbody>\n{rows}</tbody></table>\n\
         <h2>变化最大的单位与原因</h2>\n<table><thead><tr>{changes_head}</tr></thead><tbody>\n{changes}</tbody></table>\n\
         </body></html>\n",
        escaped(&source(league)),
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
