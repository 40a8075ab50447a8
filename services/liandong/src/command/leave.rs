//! `liandong assignment extend|hold|resume|recuse|answer`: what a holder asks leave for, and what the organizer says.

use clap::{Args, Subcommand, ValueEnum};
use liandong_calendar::{Limit, LimitKind};
use liandong_proto::{
    dispatch::{
        AnswerExtensionRequest, AnswerHoldRequest, Assignment, DeclareRecusalRequest, HoldGround,
        RequestExtensionRequest, RequestHoldRequest, ResumeAssignmentRequest, answer::Decision,
    },
    types::{self, Role},
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    assignment::{Which, again, holder, read},
    request_id,
};
use crate::{
    client::Session,
    output::{Failure, words},
};

/// More time, pauses, recusals.
#[derive(Subcommand, Debug)]
pub enum LeaveCommand {
    /// Ask for more time (延期申请).
    Extend {
        /// Which one.
        #[command(flatten)]
        which: Which,
        /// How much, e.g. `2 WORK_DAYS`: of the original limit's kind, and at most as long.
        #[arg(long)]
        limit: Limit,
        /// Why.
        #[arg(long)]
        note: String,
    },
    /// Ask for a pause (挂账申请).
    Hold {
        /// Which one.
        #[command(flatten)]
        which: Which,
        /// PLANNED_WORKS, WEATHER, LITIGATION, FUNDS, THIRD_PARTY or APPROVAL.
        #[arg(long)]
        ground: String,
        /// Until when at most, RFC 3339, e.g. `2026-09-01T09:00:00+08:00`.
        #[arg(long)]
        until: String,
        /// In words.
        #[arg(long)]
        note: String,
    },
    /// Go on before a pause has run out.
    Resume(Which),
    /// Put an officer's recusal on record (回避).
    Recuse {
        /// Which one.
        #[command(flatten)]
        which: Which,
        /// The officer, by id.
        #[arg(long)]
        officer: String,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// Answer what a holder asked for, as its organizer (审批).
    Answer(AnswerArgs),
}

/// An answer.
#[derive(Args, Debug)]
pub struct AnswerArgs {
    /// Which one.
    #[command(flatten)]
    which: Which,
    /// What was asked for.
    what: Asked,
    /// What is answered.
    decision: Said,
    /// Why; needed when declined.
    #[arg(long, default_value = "")]
    note: String,
}

/// What was asked for.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Asked {
    /// 延期.
    Extension,
    /// 挂账.
    Hold,
}

/// What is answered.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Said {
    /// 同意.
    Grant,
    /// 不同意.
    Decline,
}

/// Does it.
pub async fn run(command: LeaveCommand, session: &Session) -> anyhow::Result<Option<Assignment>> {
    let changed = match command {
        LeaveCommand::Extend { which, limit, note } => {
            let request = RequestExtensionRequest {
                name: which.assignment.clone(),
                limit: Some(wire(limit)),
                note,
                request_id: request_id(),
                ..Default::default()
            };
            let mut assignments = holder(session, &which).await?.assignments();
            let answer = assignments.request_extension(again(request)).await?;
            answer.into_inner().assignment
        }
        LeaveCommand::Hold {
            which,
            ground,
            until,
            note,
        } => {
            let request = RequestHoldRequest {
                name: which.assignment.clone(),
                ground: read_ground(&ground)?.into(),
                note,
                until_time: Some(words::timestamp(read_time(&until)?)),
                request_id: request_id(),
                ..Default::default()
            };
            let mut assignments = holder(session, &which).await?.assignments();
            let answer = assignments.request_hold(again(request)).await?;
            answer.into_inner().assignment
        }
        LeaveCommand::Resume(which) => {
            let request = ResumeAssignmentRequest {
                name: which.assignment.clone(),
                request_id: request_id(),
                ..Default::default()
            };
            let mut assignments = holder(session, &which).await?.assignments();
            let answer = assignments.resume_assignment(again(request)).await?;
            answer.into_inner().assignment
        }
        LeaveCommand::Recuse {
            which,
            officer,
            reason,
        } => {
            let request = DeclareRecusalRequest {
                name: which.assignment.clone(),
                officer: words::full("officers", &officer),
                reason,
                request_id: request_id(),
                ..Default::default()
            };
            let mut assignments = holder(session, &which).await?.assignments();
            let answer = assignments.declare_recusal(again(request)).await?;
            answer.into_inner().assignment
        }
        LeaveCommand::Answer(args) => answer(args, session).await?,
    };
    Ok(changed)
}

async fn answer(args: AnswerArgs, session: &Session) -> anyhow::Result<Option<Assignment>> {
    let name = args.which.assignment;
    let asked = read(&session.acting(Role::Coordinator).await?, &name).await?;
    let organizer = words::bare(&asked.organizer);
    let mut tasks = session
        .acting_for(Role::Coordinator, organizer)
        .await?
        .tasks();
    let decision = match args.decision {
        Said::Grant => Decision::Granted.into(),
        Said::Decline => Decision::Declined.into(),
    };
    let (note, request_id) = (args.note, request_id());
    let task = match args.what {
        Asked::Extension => {
            let request = AnswerExtensionRequest {
                name: name.clone(),
                decision,
                note,
                request_id,
                ..Default::default()
            };
            let answer = tasks.answer_extension(again(request)).await?;
            answer.into_inner().task
        }
        Asked::Hold => {
            let request = AnswerHoldRequest {
                name: name.clone(),
                decision,
                note,
                request_id,
                ..Default::default()
            };
            let answer = tasks.answer_hold(again(request)).await?;
            answer.into_inner().task
        }
    };
    let assignments = task.map(|it| it.assignments).unwrap_or_default();
    Ok(assignments.into_iter().find(|it| it.name == name))
}

fn wire(limit: Limit) -> types::Limit {
    let kind = match limit.kind() {
        LimitKind::UrgentHours => types::LimitKind::UrgentHours,
        LimitKind::WorkHours => types::LimitKind::WorkHours,
        LimitKind::WorkDays => types::LimitKind::WorkDays,
        LimitKind::CalendarDays => types::LimitKind::CalendarDays,
    };
    types::Limit {
        kind: kind.into(),
        amount: i32::try_from(limit.amount()).unwrap_or(i32::MAX),
    }
}

fn read_ground(text: &str) -> Result<HoldGround, Failure> {
    let word = text.to_uppercase().replace('-', "_");
    let ground = HoldGround::from_str_name(&format!("HOLD_GROUND_{word}"));
    ground.ok_or_else(|| Failure::BadInput(format!("unknown ground `{text}`")))
}

fn read_time(text: &str) -> Result<OffsetDateTime, Failure> {
    OffsetDateTime::parse(text, &Rfc3339).map_err(|_| {
        Failure::BadInput(format!(
            "`{text}` is not a time such as 2026-09-01T09:00:00+08:00"
        ))
    })
}
