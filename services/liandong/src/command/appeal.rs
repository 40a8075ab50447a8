//! `liandong scoring appeal`: appeals against ledger entries.

use clap::{Args, Subcommand};
use liandong_proto::{
    scoring::{
        Appeal, AppealGround, AppealState, AssignAppealReviewerRequest, FileAppealRequest,
        GetAppealRequest, ListAppealsRequest, RecuseAppealReviewerRequest, ReviewAppealRequest,
        WithdrawAppealRequest,
    },
    types::Role,
};

use super::request_id;
use crate::{
    client::Session,
    output::{Failure, Output, Table, message, messages, words},
};

/// What to do with appeals.
#[derive(Subcommand, Debug)]
pub enum AppealCommand {
    /// The appeals in sight, in the order of their entries.
    List(AppealListArgs),
    /// One appeal, and the closed periods that it may correct.
    Show {
        /// `appeals/320311-17` or the id.
        appeal: String,
    },
    /// Appeal against an entry, for the organization it is booked on.
    File(FileArgs),
    /// Name a reviewer.
    Assign {
        /// The appeal.
        appeal: String,
        /// Who, by id.
        #[arg(long)]
        person: String,
        /// The reviewer's organization, by id.
        #[arg(long)]
        organization: String,
    },
    /// Step back from a review, or take a reviewer out who cannot.
    Recuse {
        /// The appeal.
        appeal: String,
        /// Who, by id; left out: oneself.
        #[arg(long, default_value = "")]
        person: String,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// Give an opinion.
    Review {
        /// The appeal.
        appeal: String,
        /// Which way.
        #[arg(value_enum)]
        opinion: AppealOpinion,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// Take an appeal back.
    Withdraw {
        /// The appeal.
        appeal: String,
    },
}

/// Which appeals.
#[derive(Args, Debug)]
pub struct AppealListArgs {
    /// Only of this organization.
    #[arg(long, default_value = "")]
    organization: String,
    /// Only with a day in this period, e.g. `2026-04`.
    #[arg(long, default_value = "")]
    period: String,
    /// Only those oneself reviews.
    #[arg(long)]
    mine: bool,
    /// At most so many.
    #[arg(long, default_value_t = 50)]
    limit: i32,
}

/// A new appeal.
#[derive(Args, Debug)]
pub struct FileArgs {
    /// `entries/320311-17` or the id.
    entry: String,
    /// WRONG_FACT, FORCE_MAJEURE, NOT_RESPONSIBLE, PLATFORM_FAILURE or WRONG_RULE.
    #[arg(long)]
    ground: String,
    /// Why, in words.
    #[arg(long)]
    statement: String,
    /// Names of evidence or numbers of documents. Several times.
    #[arg(long)]
    evidence: Vec<String>,
}

/// What a reviewer thinks.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppealOpinion {
    /// The entry is wrong.
    Uphold,
    /// The entry stands.
    Reject,
}

/// Does it.
pub async fn run(command: AppealCommand, session: &Session, output: Output) -> anyhow::Result<()> {
    let named = |id: &str| words::full("appeals", id);
    let role = match command {
        AppealCommand::File(_) | AppealCommand::Withdraw { .. } => Role::Handler,
        _ => Role::Assessor,
    };
    let mut appeals = session.acting(role).await?.appeals();
    let found = match command {
        AppealCommand::List(args) => {
            let organization = match args.organization.as_str() {
                "" => String::new(),
                id => words::full("organizations", id),
            };
            let request = ListAppealsRequest {
                organization,
                period: args.period,
                reviewed_by_me: args.mine,
                page_size: args.limit.clamp(1, 500),
                ..Default::default()
            };
            let all = appeals.list_appeals(request).await?.into_inner().appeals;
            output.json(&messages("appeals", "scoring.v1.Appeal", &all));
            output.table(&table(&all));
            return Ok(());
        }
        AppealCommand::Show { appeal } => {
            let request = GetAppealRequest {
                name: named(&appeal),
            };
            let found = appeals.get_appeal(request).await?.into_inner();
            show(&found.appeal.unwrap_or_default(), output);
            for period in &found.closed_periods {
                output.line(format!("已结账周期：{}", words::bare(period)));
            }
            return Ok(());
        }
        AppealCommand::File(args) => {
            let word = args.ground.to_uppercase().replace('-', "_");
            let ground = AppealGround::from_str_name(&format!("APPEAL_GROUND_{word}"));
            let ground =
                ground.ok_or_else(|| Failure::BadInput(format!("unknown ground `{word}`")))?;
            let request = FileAppealRequest {
                entry: words::full("entries", &args.entry),
                ground: ground.into(),
                statement: args.statement,
                evidence: args.evidence,
                request_id: request_id(),
                ..Default::default()
            };
            appeals.file_appeal(request).await?.into_inner().appeal
        }
        AppealCommand::Assign {
            appeal,
            person,
            organization,
        } => {
            let request = AssignAppealReviewerRequest {
                name: named(&appeal),
                person: words::full("people", &person),
                organization: words::full("organizations", &organization),
                request_id: request_id(),
                ..Default::default()
            };
            let answer = appeals.assign_appeal_reviewer(request).await?;
            answer.into_inner().appeal
        }
        AppealCommand::Recuse {
            appeal,
            person,
            reason,
        } => {
            let person = match person.as_str() {
                "" => String::new(),
                id => words::full("people", id),
            };
            let request = RecuseAppealReviewerRequest {
                name: named(&appeal),
                person,
                reason,
                request_id: request_id(),
                ..Default::default()
            };
            let answer = appeals.recuse_appeal_reviewer(request).await?;
            answer.into_inner().appeal
        }
        AppealCommand::Review {
            appeal,
            opinion,
            reason,
        } => {
            let request = ReviewAppealRequest {
                name: named(&appeal),
                uphold: opinion == AppealOpinion::Uphold,
                reason,
                request_id: request_id(),
                ..Default::default()
            };
            appeals.review_appeal(request).await?.into_inner().appeal
        }
        AppealCommand::Withdraw { appeal } => {
            let request = WithdrawAppealRequest {
                name: named(&appeal),
                request_id: request_id(),
                ..Default::default()
            };
            appeals.withdraw_appeal(request).await?.into_inner().appeal
        }
    };
    show(&found.unwrap_or_default(), output);
    Ok(())
}

fn table(appeals: &[Appeal]) -> Table {
    let mut table = Table::new(["申诉", "单位", "记分", ">分值", "计入日", "状态"]);
    for it in appeals {
        table.row([
            words::bare(&it.name).to_owned(),
            words::bare(&it.organization).to_owned(),
            it.title.clone(),
            it.points.clone(),
            it.day.clone(),
            state(it).to_owned(),
        ]);
    }
    table
}

fn show(it: &Appeal, output: Output) {
    output.json(&message("scoring.v1.Appeal", it));
    output.table(&table(std::slice::from_ref(it)));
    output.line(&it.statement);
    for line in &it.evidence {
        output.line(format!("证据：{line}"));
    }
    for exhibit in &it.exhibits {
        let hash = hex::encode(&exhibit.sha256);
        output.line(format!("{} SHA-256 {hash}", exhibit.evidence));
    }
    for reviewer in &it.reviewers {
        let opinion = it
            .opinions
            .iter()
            .find(|opinion| opinion.person == reviewer.person);
        let says = match opinion {
            Some(opinion) if opinion.uphold => format!("支持：{}", opinion.reason),
            Some(opinion) => format!("不支持：{}", opinion.reason),
            None if reviewer.recusal.is_empty() => "复核中".to_owned(),
            None => format!("回避：{}", reviewer.recusal),
        };
        let (person, organization) = (
            words::bare(&reviewer.person),
            words::bare(&reviewer.organization),
        );
        output.line(format!("复核人 {person}（{organization}）{says}"));
    }
}

fn state(it: &Appeal) -> &'static str {
    match it.state() {
        AppealState::Unspecified => "",
        AppealState::Filed => "待指定复核人",
        AppealState::InReview => "复核中",
        AppealState::Upheld => "成立",
        AppealState::Rejected => "不成立",
        AppealState::Withdrawn => "已撤回",
    }
}
