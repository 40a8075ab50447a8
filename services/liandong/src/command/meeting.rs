//! `liandong meeting`.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, Subcommand};
use liandong_dispatch::meeting_words;
use liandong_proto::{
    dispatch::{
        AddAgendaItemRequest, AgendaItem, BuildAgendaRequest, CloseMeetingRequest,
        CreateMeetingRequest, DecideItemRequest, ExportMeetingRequest, ForwardItemRequest,
        GetMeetingRequest, ListMeetingSeriesRequest, ListMeetingsRequest, Meeting,
        OpenMeetingRequest, RecordAttendanceRequest, ShowRankingRequest, ShownRank, ShownRanking,
        SignDigestRequest, agenda_item, attendance, export_meeting_request::Format, meeting,
    },
    scoring::{Grade, RankingRow, composite},
    types::{Limit, LimitKind, Role},
};
use serde_json::json;

use super::{ListArgs, request_id};
use crate::{
    client::{ClientOptions, Services},
    output::{Output, Table, message, messages, words},
};

/// What to do with coordination meetings. Without `--as`, the first coordinator acts.
#[derive(Subcommand, Debug)]
pub enum MeetingCommand {
    /// The series in sight.
    Series(ListArgs),
    /// The meetings in sight, newest first.
    List(ListArgs),
    /// One meeting: agenda, decisions and how far they are.
    Show {
        /// `meetings/{uuid}` or the UUID.
        meeting: String,
    },
    /// Draw the next meeting of a series up, with its agenda.
    Create {
        /// `meetingSeries/{uuid}` or the UUID.
        series: String,
    },
    /// Let the agenda follow the data.
    Build {
        /// `meetings/{uuid}` or the UUID.
        meeting: String,
    },
    /// Put something on the agenda by hand.
    Add {
        /// `meetings/{uuid}` or the UUID.
        meeting: String,
        /// One line.
        title: String,
        /// What it is about: `tasks/{uuid}`, an assignment of it, or `cases/{uuid}`.
        #[arg(long, default_value = "")]
        subject: String,
        /// Why.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Open it.
    Open {
        /// `meetings/{uuid}` or the UUID.
        meeting: String,
    },
    /// Record who is there for an organization.
    Attend {
        /// `meetings/{uuid}` or the UUID.
        meeting: String,
        /// Which organization, by id.
        organization: String,
        /// Who is there.
        person: String,
    },
    /// Decide an item; with a lead, by the work that shows how far it is.
    Decide(DecideArgs),
    /// Forward an item to the tier above.
    Forward {
        /// `meetings/{uuid}` or the UUID.
        meeting: String,
        /// The item's number.
        item: i32,
        /// Why.
        #[arg(long)]
        note: String,
    },
    /// Show scoring's ranking of a period, as the ledger has it now.
    Ranking {
        /// `meetings/{uuid}` or the UUID.
        meeting: String,
        /// `2026-W14`, `2026-04`, `2026-Q2` or `2026`.
        #[arg(long)]
        period: String,
        /// The scheme. Default: the national model for departments.
        #[arg(long, default_value = "")]
        scheme: String,
    },
    /// Close it: the minutes are frozen.
    Close {
        /// `meetings/{uuid}` or the UUID.
        meeting: String,
    },
    /// Sign what it means for one's organization.
    Sign {
        /// `meetings/{uuid}` or the UUID.
        meeting: String,
    },
    /// Write it to a file: .html (to print), .docx or .xlsx.
    Export {
        /// `meetings/{uuid}` or the UUID.
        meeting: String,
        /// Where.
        #[arg(long)]
        out: PathBuf,
    },
}

/// A decision.
#[derive(Args, Debug)]
pub struct DecideArgs {
    /// `meetings/{uuid}` or the UUID.
    meeting: String,
    /// The item's number.
    item: i32,
    /// What is decided.
    #[arg(long)]
    text: String,
    /// On which basis.
    #[arg(long)]
    basis: String,
    /// Who leads, by id.
    #[arg(long, requires = "work")]
    lead: Option<String>,
    /// Who helps, by id.
    #[arg(long)]
    helper: Vec<String>,
    /// How many working days the lead has.
    #[arg(long, default_value_t = 5)]
    days: i32,
    /// How it is tested that it is done.
    #[arg(long, default_value = "现场核查通过")]
    test: String,
    /// `tasks/{uuid}`, an assignment of it, or `cases/{uuid}`.
    #[arg(long)]
    work: Vec<String>,
}

/// Does it.
pub async fn run(
    command: MeetingCommand,
    client: &ClientOptions,
    output: Output,
) -> anyhow::Result<()> {
    let session = client.session()?;
    let services = session.acting(Role::Coordinator).await?;
    let mut meetings = services.meetings();
    let full = |meeting: &str| words::full("meetings", meeting);
    let name = match command {
        MeetingCommand::Series(args) => return series(&services, args, output).await,
        MeetingCommand::List(args) => {
            let request = ListMeetingsRequest {
                page_size: args.limit.clamp(1, 500),
                filter: args.filter,
                ..Default::default()
            };
            let all = meetings.list_meetings(request).await?.into_inner().meetings;
            output.json(&messages("meetings", "dispatch.v1.Meeting", &all));
            output.table(&table(&all));
            return Ok(());
        }
        MeetingCommand::Export { meeting, out } => {
            return export(&services, full(&meeting), &out, output).await;
        }
        MeetingCommand::Show { meeting } => full(&meeting),
        MeetingCommand::Create { series } => {
            let request = CreateMeetingRequest {
                series: words::full("meetingSeries", &series),
                request_id: request_id(),
                ..Default::default()
            };
            let answer = meetings.create_meeting(request).await?.into_inner();
            answer.meeting.unwrap_or_default().name
        }
        MeetingCommand::Build { meeting } => {
            let request = BuildAgendaRequest {
                name: full(&meeting),
                request_id: request_id(),
                ..Default::default()
            };
            meetings.build_agenda(request).await?;
            full(&meeting)
        }
        MeetingCommand::Add {
            meeting,
            title,
            subject,
            note,
        } => {
            let request = AddAgendaItemRequest {
                name: full(&meeting),
                title,
                subject,
                note,
                request_id: request_id(),
                ..Default::default()
            };
            meetings.add_agenda_item(request).await?;
            full(&meeting)
        }
        MeetingCommand::Open { meeting } => {
            let request = OpenMeetingRequest {
                name: full(&meeting),
                request_id: request_id(),
                ..Default::default()
            };
            meetings.open_meeting(request).await?;
            full(&meeting)
        }
        MeetingCommand::Attend {
            meeting,
            organization,
            person,
        } => {
            let request = RecordAttendanceRequest {
                name: full(&meeting),
                organization: words::full("organizations", &organization),
                state: attendance::State::Present.into(),
                person,
                request_id: request_id(),
                ..Default::default()
            };
            meetings.record_attendance(request).await?;
            full(&meeting)
        }
        MeetingCommand::Decide(args) => {
            let name = full(&args.meeting);
            meetings.decide_item(decision(args)).await?;
            name
        }
        MeetingCommand::Forward {
            meeting,
            item,
            note,
        } => {
            let request = ForwardItemRequest {
                name: full(&meeting),
                item,
                note,
                request_id: request_id(),
                ..Default::default()
            };
            meetings.forward_item(request).await?;
            full(&meeting)
        }
        MeetingCommand::Ranking {
            meeting,
            period,
            scheme,
        } => {
            let scheme = super::scheme::full(&scheme);
            let request = ShowRankingRequest {
                name: full(&meeting),
                ranking: Some(shown(&session.acting(Role::Viewer).await?, period, &scheme).await?),
                request_id: request_id(),
                ..Default::default()
            };
            meetings.show_ranking(request).await?;
            full(&meeting)
        }
        MeetingCommand::Close { meeting } => {
            let request = CloseMeetingRequest {
                name: full(&meeting),
                request_id: request_id(),
                ..Default::default()
            };
            meetings.close_meeting(request).await?;
            full(&meeting)
        }
        MeetingCommand::Sign { meeting } => {
            let request = SignDigestRequest {
                name: full(&meeting),
                request_id: request_id(),
                ..Default::default()
            };
            meetings.sign_digest(request).await?;
            full(&meeting)
        }
    };
    let answer = meetings.get_meeting(GetMeetingRequest { name }).await?;
    show(&answer.into_inner().meeting.unwrap_or_default(), output);
    Ok(())
}

fn decision(args: DecideArgs) -> DecideItemRequest {
    let lead = args.lead.as_ref();
    DecideItemRequest {
        name: words::full("meetings", &args.meeting),
        item: args.item,
        text: args.text,
        basis: args.basis,
        helpers: args
            .helper
            .iter()
            .map(|it| words::full("organizations", it))
            .collect(),
        limit: lead.map(|_| Limit {
            kind: LimitKind::WorkDays.into(),
            amount: args.days,
        }),
        acceptance_test: lead.map(|_| args.test).unwrap_or_default(),
        lead: lead
            .map(|it| words::full("organizations", it))
            .unwrap_or_default(),
        works: args.work,
        request_id: request_id(),
        ..Default::default()
    }
}

/// The ranking as scoring answers it now, bound to the ledger it was read from.
async fn shown(services: &Services, period: String, scheme: &str) -> anyhow::Result<ShownRanking> {
    let answer = super::ranking::get(services, &period, scheme).await?;
    let as_of = answer.as_of.unwrap_or_default();
    let row = |it: &RankingRow| {
        let composite = it.composite.as_ref();
        let points = composite.and_then(|it| match &it.result {
            Some(composite::Result::Points(points)) => Some(points.clone()),
            _ => None,
        });
        let grade = composite.map_or(Grade::Unspecified, |it| it.grade());
        let grade = grade.as_str_name().trim_start_matches("GRADE_");
        ShownRank {
            rank: it.rank,
            organization: it.organization.clone(),
            points: points.unwrap_or_default(),
            grade: if grade == "UNSPECIFIED" {
                String::new()
            } else {
                grade.to_owned()
            },
            tied: it.tied,
            small_sample: it.small_sample,
            open_appeals: it.open_appeals,
        }
    };
    Ok(ShownRanking {
        period,
        scheme: answer.scheme,
        scheme_version: answer.scheme_version.to_string(),
        epoch: as_of.epoch,
        position: as_of.position,
        entry_count: as_of.entry_count,
        as_of_time: as_of.time,
        rows: answer.rows.iter().map(row).collect(),
        show_time: None,
    })
}

async fn series(services: &Services, args: ListArgs, output: Output) -> anyhow::Result<()> {
    let request = ListMeetingSeriesRequest {
        page_size: args.limit.clamp(1, 500),
        filter: args.filter,
        ..Default::default()
    };
    let answer = services
        .meeting_series()
        .list_meeting_series(request)
        .await?;
    let all = answer.into_inner().meeting_series;
    output.json(&messages(
        "meetingSeries",
        "dispatch.v1.MeetingSeries",
        &all,
    ));
    let mut table = Table::new(["系列", "名称", "主持", "辖区", "下次", ">待议"]);
    for it in &all {
        table.row([
            words::bare(&it.name).to_owned(),
            it.title.clone(),
            words::bare(&it.organization).to_owned(),
            words::bare(&it.area).to_owned(),
            words::time(it.next_time.as_ref()),
            it.waiting.len().to_string(),
        ]);
    }
    output.table(&table);
    Ok(())
}

async fn export(
    services: &Services,
    name: String,
    path: &Path,
    output: Output,
) -> anyhow::Result<()> {
    let format = match path.extension().and_then(|it| it.to_str()) {
        Some("html") => Format::Html,
        Some("docx") => Format::Docx,
        Some("xlsx") => Format::Xlsx,
        _ => anyhow::bail!("{}: expected .html, .docx or .xlsx", path.display()),
    };
    let request = ExportMeetingRequest {
        name,
        format: format.into(),
    };
    let file = services.meetings().export_meeting(request).await?;
    let content = file.into_inner().content;
    std::fs::write(path, &content).with_context(|| path.display().to_string())?;
    output.json(&json!({"file": path, "bytes": content.len()}));
    output.line(format!("{}: {} bytes", path.display(), content.len()));
    Ok(())
}

fn table(all: &[Meeting]) -> Table {
    let mut table = Table::new(["会议", "名称", ">次", "状态", "时间", ">议题"]);
    for it in all {
        table.row([
            words::bare(&it.name).to_owned(),
            it.title.clone(),
            it.number.to_string(),
            state(it).into(),
            words::time(it.meet_time.as_ref()),
            it.items.len().to_string(),
        ]);
    }
    table
}

fn show(it: &Meeting, output: Output) {
    output.json(&message("dispatch.v1.Meeting", it));
    output.line(format!(
        "{} {} 第 {} 次 {}",
        output.strong(&it.name),
        it.title,
        it.number,
        state(it)
    ));
    let on = |it: &&AgendaItem| it.state() != agenda_item::State::Removed;
    let mut table = Table::new([">议题", "类别", "内容", "对象", "决定", "牵头", "落实"]);
    for item in it.items.iter().filter(on) {
        let decision = item.decision.clone().unwrap_or_default();
        table.row([
            item.number.to_string(),
            meeting_words::kind(item.kind()).into(),
            item.title.clone(),
            item.subject.clone(),
            decision.text.clone(),
            words::bare(&decision.lead).to_owned(),
            meeting_words::follow_up(item).to_owned(),
        ]);
    }
    output.table(&table);
    if !it.minutes_hash.is_empty() {
        output.line(format!("纪要 SHA-256：{}", it.minutes_hash));
    }
}

fn state(it: &Meeting) -> &'static str {
    match it.state() {
        meeting::State::Unspecified => "—",
        meeting::State::Draft => "拟定中",
        meeting::State::Open => "进行中",
        meeting::State::Closed => "已闭会",
        meeting::State::Cancelled => "已取消",
    }
}
