//! Files of outside records: tables (CSV) in UTF-8 or GB 18030.

use liandong_kit::status::Problem;
use liandong_proto::scoring::{
    ImportOutsideFileRequest, ImportOutsideFileResponse, ImportOutsideFileStart, OutsideProblem,
    import_outside_file_request::Piece,
};
use sha2::{Digest, Sha256};
use tonic::{Status, Streaming};

use super::{outside::kind, read::Fields};
use crate::domain::outside::{self, Kind, Reason, Row};

/// The largest file.
const BYTES_MAX: usize = 8 << 20;
/// The most lines that are read of a file, and cells of a line: more is no table of records.
const LINES_MAX: usize = 20_000;
const CELLS_MAX: usize = 64;
/// The most problems that are told.
const PROBLEMS_MAX: usize = 100;

/// Gathers a file from its pieces.
pub(super) async fn gather(
    mut stream: Streaming<ImportOutsideFileRequest>,
) -> Result<(ImportOutsideFileStart, Vec<u8>), Status> {
    let first = stream.message().await?.and_then(|it| it.piece);
    let Some(Piece::Start(start)) = first else {
        return Err(out_of_order());
    };
    let mut bytes = vec![];
    while let Some(message) = stream.message().await? {
        let Some(Piece::Chunk(chunk)) = message.piece else {
            return Err(out_of_order());
        };
        if bytes.len() + chunk.len() > BYTES_MAX {
            return Err(Problem::invalid(
                "FILE_TOO_LARGE",
                "a file of records has at most 8 MiB",
                "文件不得超过 8 MiB",
            )
            .into());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok((start, bytes))
}

/// The system a file comes from, and what its records count.
pub(super) fn start(it: &ImportOutsideFileStart) -> Result<(String, Kind), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let source = fields.slug("start.source", &it.source);
    let kind = kind(&mut fields, "start.kind", it.kind());
    fields.all(source.zip(kind))
}

/// What makes two imports of a file the same: how it is read, and the hash of its bytes.
pub(super) fn key(start: &ImportOutsideFileStart, bytes: &[u8]) -> ImportOutsideFileStart {
    let hash: String = Sha256::digest(bytes)
        .iter()
        .map(|it| format!("{it:02x}"))
        .collect();
    ImportOutsideFileStart {
        source: format!("{} {hash}", start.source),
        ..start.clone()
    }
}

/// The lines of a file with their numbers.
pub(super) fn rows(bytes: &[u8]) -> Result<Vec<Row>, Vec<outside::Problem>> {
    table(bytes).ok_or_else(|| {
        vec![outside::Problem {
            line: 1,
            column: String::new(),
            reason: Reason::NoHeader,
        }]
    })
}

/// What is wrong with a file.
pub(super) fn problems(all: &[outside::Problem]) -> ImportOutsideFileResponse {
    let problem = |it: &outside::Problem| {
        let (reason, english, chinese) = words(it.reason);
        OutsideProblem {
            line: it.line,
            column: it.column.clone(),
            reason: reason.to_owned(),
            message: english.to_owned(),
            message_zh: chinese.to_owned(),
        }
    };
    ImportOutsideFileResponse {
        outcome: None,
        problems: all.iter().take(PROBLEMS_MAX).map(problem).collect(),
        problem_count: i32::try_from(all.len()).unwrap_or(i32::MAX),
    }
}

fn table(bytes: &[u8]) -> Option<Vec<Row>> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => encoding_rs::GB18030.decode(bytes).0,
    };
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let mut rows = vec![];
    for record in reader.records().take(LINES_MAX) {
        let record = record.ok()?;
        let line = record.position().map_or(0, csv::Position::line);
        let cells = record.iter().take(CELLS_MAX).map(str::to_owned);
        rows.push((i32::try_from(line).unwrap_or(i32::MAX), cells.collect()));
    }
    Some(rows)
}

fn words(reason: Reason) -> (&'static str, &'static str, &'static str) {
    match reason {
        Reason::NoHeader => (
            "NO_HEADER",
            "the file cannot be read or has no header line",
            "文件无法读取或没有标题行",
        ),
        Reason::UnknownColumn => ("UNKNOWN_COLUMN", "no such column", "没有这一列"),
        Reason::ColumnTwice => ("COLUMN_TWICE", "the column is named twice", "列重复"),
        Reason::ColumnMissing => ("COLUMN_MISSING", "the column must be there", "缺少这一列"),
        Reason::TooManyCells => (
            "TOO_MANY_CELLS",
            "more cells than columns",
            "单元格多于标题列",
        ),
        Reason::NotAnId => (
            "NOT_AN_ID",
            "1 to 64 letters, digits, `-`, `_` or `.`",
            "应为 1 至 64 个字母、数字、-、_ 或 .",
        ),
        Reason::NotADay => (
            "NOT_A_DAY",
            "expected a day like 2026-04-17",
            "应写作 2026-04-17",
        ),
        Reason::DayInFuture => (
            "DAY_IN_FUTURE",
            "the day must not be after today",
            "日期不得晚于今天",
        ),
        Reason::UnknownOrganization => (
            "UNKNOWN_ORGANIZATION",
            "the registry has no such organization",
            "登记簿中没有这个单位",
        ),
        Reason::NotANumber => (
            "NOT_A_NUMBER",
            "expected a whole number, 是 or 否",
            "应为整数、是或否",
        ),
        Reason::PartAboveTotal => (
            "PART_ABOVE_TOTAL",
            "a part is more than the total, or the total is out of bounds",
            "部分数大于总数，或总数超出范围",
        ),
        Reason::RecordTwice => ("RECORD_TWICE", "the record is named twice", "记录重复"),
        Reason::TooManyRecords => (
            "TOO_MANY_RECORDS",
            "a file has at most 10,000 records",
            "文件最多 10,000 条记录",
        ),
    }
}

fn out_of_order() -> Status {
    Problem::invalid(
        "OUT_OF_ORDER",
        "first one start, then chunks",
        "应先发送 start，再发送 chunk",
    )
    .into()
}
