//! A meeting as a file: the minutes to print or to edit, and a workbook of items, attendance and rankings.

use docx_rs::{Docx, Paragraph, Run, RunFonts};
use liandong_kit::status::Problem;
use liandong_proto::dispatch::export_meeting_request::Format;
use liandong_proto::dispatch::{
    self as wire, AgendaItem, ExportMeetingResponse, Meeting, agenda_item, attendance,
};
use rust_xlsxwriter::{Format as Style, Workbook, XlsxError};
use tonic::Status;

use super::meeting_words;
use crate::domain::meeting::Names;

/// The face minutes are printed in.
const FACE: &str = "SimSun";
/// The most characters of a cell.
const CELL_MAX: usize = 32_000;

/// The file. A closed meeting shows its frozen minutes, another what they would be now.
pub(super) fn file(
    it: &Meeting,
    (live, names): (&str, &Names),
    format: Format,
) -> Result<ExportMeetingResponse, Status> {
    let minutes = if it.minutes.is_empty() {
        live
    } else {
        &it.minutes
    };
    let lines = page(it, minutes, names);
    let (ending, media_type, content) = match format {
        Format::Docx => (
            "docx",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            docx(&lines)?,
        ),
        Format::Xlsx => (
            "xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            xlsx(it).map_err(Problem::internal)?,
        ),
        Format::Html | Format::Unspecified => (
            "html",
            "text/html; charset=utf-8",
            html(it, &lines).into_bytes(),
        ),
    };
    let id = it.name.rsplit('/').next().unwrap_or_default();
    Ok(ExportMeetingResponse {
        content,
        media_type: media_type.to_owned(),
        file_name: format!("meeting-{id}.{ending}"),
    })
}

/// The minutes with what came after them, line by line.
fn page(it: &Meeting, minutes: &str, names: &Names) -> Vec<String> {
    let person = |id: &str| {
        let name = names.get(&format!("people/{id}"));
        name.map_or(id, String::as_str).to_owned()
    };
    let mut lines: Vec<String> = minutes.lines().map(str::to_owned).collect();
    if it.minutes_hash.is_empty() {
        lines.push(String::new());
        lines.push("（未定稿）".to_owned());
    } else {
        lines.push(String::new());
        lines.push(format!("纪要 SHA-256：{}", it.minutes_hash));
    }
    for addendum in &it.addenda {
        lines.push(format!(
            "补记 {}：{}（{}，SHA-256 {}）",
            addendum.number,
            addendum.text,
            person(&addendum.person),
            addendum.hash
        ));
    }
    let followed: Vec<&AgendaItem> = decided(it).collect();
    if !followed.is_empty() {
        lines.push(String::new());
        lines.push("落实情况（按工作进度计算）".to_owned());
    }
    for item in followed {
        lines.push(format!(
            "议题 {}：{}",
            item.number,
            meeting_words::follow_up(item)
        ));
    }
    if !it.digests.is_empty() {
        lines.push(String::new());
        lines.push("签收".to_owned());
    }
    for digest in &it.digests {
        let signer = if digest.signer.is_empty() {
            "未签收".to_owned()
        } else {
            person(&digest.signer)
        };
        let name = names.get(&digest.organization).map(String::as_str);
        let name = name.unwrap_or_else(|| bare(&digest.organization));
        lines.push(format!("{name}：{signer}"));
    }
    lines
}

fn decided(it: &Meeting) -> impl Iterator<Item = &AgendaItem> {
    it.items.iter().filter(|it| it.decision.is_some())
}

fn docx(lines: &[String]) -> Result<Vec<u8>, Status> {
    let fonts = || RunFonts::new().ascii(FACE).east_asia(FACE);
    let mut document = Docx::new();
    for (index, line) in lines.iter().enumerate() {
        let run = Run::new().add_text(line.as_str()).fonts(fonts());
        // In half points: the title in 16, the rest in 11.
        let run = if index == 0 {
            run.size(32).bold()
        } else {
            run.size(22)
        };
        document = document.add_paragraph(Paragraph::new().add_run(run));
    }
    let mut bytes = std::io::Cursor::new(Vec::new());
    document
        .build()
        .pack(&mut bytes)
        .map_err(Problem::internal)?;
    Ok(bytes.into_inner())
}

fn html(it: &Meeting, lines: &[String]) -> String {
    let mut body = String::new();
    for (index, line) in lines.iter().enumerate() {
        let (tag, text) = (if index == 0 { "h1" } else { "p" }, escaped(line));
        body.push_str(&format!("<{tag}>{text}</{tag}>\n"));
    }
    format!(
        "<!doctype html>\n<html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><title>{}</title>\
         <style>body{{font-family:serif;max-width:44em;margin:2em auto}}h1{{font-size:1.4em;text-align:center}}\
         p{{margin:.3em 0;min-height:1em;white-space:pre-wrap}}@media print{{body{{margin:0}}}}</style></head>\
         <body>\n{body}</body></html>\n",
        escaped(&it.title)
    )
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

fn xlsx(it: &Meeting) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let items = it.items.iter().map(|item| {
        let decision = item.decision.clone().unwrap_or_default();
        vec![
            item.number.to_string(),
            meeting_words::kind(item.kind()).to_owned(),
            state(item.state()).to_owned(),
            item.title.clone(),
            item.subject.clone(),
            names(&item.organizations),
            decision.text.clone(),
            decision.basis.clone(),
            bare(&decision.lead).to_owned(),
            names(&decision.helpers),
            due(&decision),
            decision.acceptance_test.clone(),
            meeting_words::follow_up(item).to_owned(),
        ]
    });
    let head = [
        "序号",
        "类别",
        "状态",
        "议题",
        "对象",
        "有关单位",
        "决定",
        "依据",
        "牵头",
        "配合",
        "期限",
        "验收",
        "落实",
    ];
    sheet(&mut book, "议题", &head, items.collect())?;
    let attended = it.attendances.iter().map(|it| {
        vec![
            bare(&it.organization).to_owned(),
            presence(it.state()).to_owned(),
            it.person.clone(),
            it.delegate_of.clone(),
            it.note.clone(),
        ]
    });
    let head = ["单位", "到会", "出席人", "代谁", "说明"];
    sheet(&mut book, "到会", &head, attended.collect())?;
    let ranks = it.rankings.iter().flat_map(|ranking| {
        ranking.rows.iter().map(|row| {
            vec![
                ranking.period.clone(),
                bare(&ranking.scheme).to_owned(),
                ranking.position.to_string(),
                row.rank.map(|it| it.to_string()).unwrap_or_default(),
                bare(&row.organization).to_owned(),
                row.points.clone(),
                row.grade.clone(),
                marks(row),
            ]
        })
    });
    let head = [
        "周期",
        "办法",
        "截至事件",
        "名次",
        "单位",
        "得分",
        "等级",
        "备注",
    ];
    sheet(&mut book, "排名", &head, ranks.collect())?;
    book.save_to_buffer()
}

fn sheet(
    book: &mut Workbook,
    name: &str,
    head: &[&str],
    rows: Vec<Vec<String>>,
) -> Result<(), XlsxError> {
    let sheet = book.add_worksheet();
    sheet.set_name(name)?;
    let bold = Style::new().set_bold();
    for (column, title) in (0..).zip(head) {
        sheet.write_string_with_format(0, column, *title, &bold)?;
    }
    for (line, row) in (1..).zip(&rows) {
        for (column, text) in (0..).zip(row) {
            let text: String = text.chars().take(CELL_MAX).collect();
            sheet.write_string(line, column, text)?;
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    Ok(())
}

fn bare(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

fn names(all: &[String]) -> String {
    let all: Vec<&str> = all.iter().map(|it| bare(it)).collect();
    all.join("、")
}

fn marks(row: &wire::ShownRank) -> String {
    let mut marks = Vec::new();
    if row.tied {
        marks.push("并列".to_owned());
    }
    if row.small_sample {
        marks.push("样本偏小".to_owned());
    }
    if row.open_appeals > 0 {
        marks.push(format!("申诉未决 {}", row.open_appeals));
    }
    marks.join("，")
}

fn due(it: &wire::MeetingDecision) -> String {
    let due = it.deadline.as_ref().and_then(|it| it.due_time);
    let at = due.and_then(|it| time::OffsetDateTime::from_unix_timestamp(it.seconds).ok());
    let local = at.map(|it| it.to_offset(liandong_calendar::civil::SHANGHAI));
    local
        .map(|it| format!("{} {:02}:{:02}", it.date(), it.hour(), it.minute()))
        .unwrap_or_default()
}

fn state(it: agenda_item::State) -> &'static str {
    use agenda_item::State;
    match it {
        State::Unspecified => "",
        State::Open => "未讨论",
        State::Decided => "已决定",
        State::Forwarded => "已转呈",
        State::Removed => "已撤下",
    }
}

fn presence(it: attendance::State) -> &'static str {
    use attendance::State;
    match it {
        State::Unspecified => "",
        State::Present => "出席",
        State::Excused => "请假",
        State::Absent => "缺席",
    }
}
