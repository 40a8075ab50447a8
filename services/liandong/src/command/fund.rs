//! `liandong scoring fund`: the year's money.

use clap::{Args, Subcommand};
use liandong_proto::{
    scoring::{
        Fund, FundMember, FundParty, FundPosting, FundPostingKind, FundRemainder, FundRules,
        FundState, GetFundRequest, ListFundPostingsRequest, ListFundsRequest, OpenFundRequest,
        PostFundQuarterRequest, ReverseFundPostingRequest, SettleFundRequest,
    },
    types::Role,
};

use super::request_id;
use crate::{
    client::Session,
    output::{Failure, Output, Table, message, messages, words},
};

/// What to do with funds.
#[derive(Subcommand, Debug)]
pub enum FundCommand {
    /// Every fund.
    List,
    /// One fund with its accounts.
    Show {
        /// The fund, e.g. `2026`.
        fund: String,
    },
    /// Open a fund.
    Open(Box<OpenArgs>),
    /// Post a quarter's provisional awards and penalties (季评).
    Post {
        /// The fund.
        fund: String,
        /// 1 to 4.
        quarter: i32,
        /// Only show what would be posted.
        #[arg(long)]
        check: bool,
    },
    /// Take a quarter's posting back.
    Reverse {
        /// The posting, e.g. `2026/2`.
        posting: String,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// Settle the year and pay (年奖).
    Settle {
        /// The fund.
        fund: String,
        /// Only show what would be paid.
        #[arg(long)]
        check: bool,
    },
    /// The journal, oldest first.
    Journal {
        /// The fund.
        fund: String,
    },
}

/// A new fund.
#[derive(Args, Debug)]
pub struct OpenArgs {
    /// Its id, e.g. `2026`.
    fund: String,
    /// The civil year.
    #[arg(long)]
    year: i32,
    /// What it is opened with, in yuan.
    #[arg(long, value_parser = fen)]
    yuan: i64,
    /// Its title; usually `{year} 年奖罚基金`.
    #[arg(long)]
    title: Option<String>,
    /// Who shares it, e.g. `sanitation`, or a bundle `nanxing=sanitation:2,community:1`. Several times.
    #[arg(long = "party", required = true)]
    parties: Vec<String>,
    /// The scheme that rates.
    #[arg(long, default_value = "")]
    scheme: String,
    /// Percent of the money a quarter awards.
    #[arg(long, default_value = "15")]
    quarter_share: String,
    /// From so many points on a party shares the awards.
    #[arg(long, default_value = "75")]
    award_from: String,
    /// Below so many points it pays.
    #[arg(long, default_value = "60")]
    penalty_below: String,
    /// For each point missing, in yuan.
    #[arg(long, default_value = "0", value_parser = fen)]
    penalty_per_point: i64,
    /// The most a party pays in a quarter, in yuan; 0: no cap.
    #[arg(long, default_value = "0", value_parser = fen)]
    penalty_cap: i64,
    /// The most a party is awarded in the year, in yuan; 0: no cap.
    #[arg(long, default_value = "0", value_parser = fen)]
    award_cap: i64,
    /// Let the rest wait for a later fund.
    #[arg(long)]
    carry: bool,
    /// The settled fund whose rest comes in.
    #[arg(long, default_value = "")]
    carried_from: String,
}

/// Does it.
pub async fn run(command: FundCommand, session: &Session, output: Output) -> anyhow::Result<()> {
    let mut funds = session.acting(Role::Assessor).await?.funds();
    let name = |fund: &str| words::full("funds", fund);
    match command {
        FundCommand::List => {
            let request = ListFundsRequest {
                page_size: 500,
                ..Default::default()
            };
            let all = funds.list_funds(request).await?.into_inner().funds;
            output.json(&messages("funds", "scoring.v1.Fund", &all));
            let mut table = Table::new([
                "基金",
                "名称",
                ">年度",
                "状态",
                ">投入（元）",
                ">余额（元）",
            ]);
            for it in &all {
                let money = yuan(it.opening_fen + it.carried_fen);
                let id = words::bare(&it.name).to_owned();
                let year = it.year.to_string();
                table.row([
                    id,
                    it.title.clone(),
                    year,
                    state(it),
                    money,
                    yuan(it.balance_fen),
                ]);
            }
            output.table(&table);
        }
        FundCommand::Show { fund } => {
            let request = GetFundRequest { name: name(&fund) };
            show(funds.get_fund(request).await?.into_inner().fund, output);
        }
        FundCommand::Open(args) => {
            let request = open(*args)?;
            show(funds.open_fund(request).await?.into_inner().fund, output);
        }
        FundCommand::Post {
            fund,
            quarter,
            check,
        } => {
            let request = PostFundQuarterRequest {
                name: name(&fund),
                quarter,
                validate_only: check,
                request_id: request_id(),
                ..Default::default()
            };
            let answer = funds.post_fund_quarter(request).await?.into_inner();
            posted(answer.posting, output);
        }
        FundCommand::Reverse { posting, reason } => {
            let (fund, number) = posting.split_once('/').ok_or_else(|| {
                Failure::BadInput(format!("`{posting}` is not a posting such as 2026/2"))
            })?;
            let request = ReverseFundPostingRequest {
                name: format!("{}/postings/{number}", name(fund)),
                reason,
                request_id: request_id(),
                ..Default::default()
            };
            let answer = funds.reverse_fund_posting(request).await?.into_inner();
            posted(answer.posting, output);
        }
        FundCommand::Settle { fund, check } => {
            let request = SettleFundRequest {
                name: name(&fund),
                validate_only: check,
                request_id: request_id(),
                ..Default::default()
            };
            let answer = funds.settle_fund(request).await?.into_inner();
            posted(answer.posting, output);
        }
        FundCommand::Journal { fund } => {
            let request = ListFundPostingsRequest {
                parent: name(&fund),
                page_size: 500,
                ..Default::default()
            };
            let all = funds
                .list_fund_postings(request)
                .await?
                .into_inner()
                .postings;
            output.json(&messages("postings", "scoring.v1.FundPosting", &all));
            for it in all {
                transfers(&it, output);
            }
        }
    }
    Ok(())
}

fn open(args: OpenArgs) -> Result<OpenFundRequest, Failure> {
    let parties = args.parties.iter().map(|it| party(it));
    let remainder = if args.carry {
        FundRemainder::Carry
    } else {
        FundRemainder::Return
    };
    let named = |collection: &str, id: &str| match id {
        "" => String::new(),
        id => words::full(collection, id),
    };
    Ok(OpenFundRequest {
        title: { args.title }.unwrap_or_else(|| format!("{} 年奖罚基金", args.year)),
        fund_id: args.fund,
        year: args.year,
        opening_fen: args.yuan,
        carried_from: named("funds", &args.carried_from),
        parties: parties.collect::<Result<_, _>>()?,
        rules: Some(FundRules {
            scheme: named("schemes", &args.scheme),
            quarter_share: args.quarter_share,
            award_from: args.award_from,
            penalty_below: args.penalty_below,
            penalty_per_point_fen: args.penalty_per_point,
            penalty_cap_fen: args.penalty_cap,
            award_cap_fen: args.award_cap,
            remainder: remainder.into(),
        }),
        validate_only: false,
        request_id: request_id(),
    })
}

/// `sanitation`, or `nanxing=sanitation:2,community:1`.
fn party(text: &str) -> Result<FundParty, Failure> {
    let (id, members) = text.split_once('=').unwrap_or((text, text));
    let member = |it: &str| {
        let (organization, weight) = it.split_once(':').unwrap_or((it, "1"));
        let weight = weight.parse().map_err(|_| {
            Failure::BadInput(format!("`{it}` is not a member such as sanitation:2"))
        })?;
        Ok(FundMember {
            organization: words::full("organizations", organization),
            weight,
        })
    };
    Ok(FundParty {
        id: id.to_owned(),
        title: id.to_owned(),
        members: members.split(',').map(member).collect::<Result<_, _>>()?,
    })
}

/// Yuan with at most two places, as fen.
pub(super) fn fen(text: &str) -> Result<i64, String> {
    let (yuan, fen) = text.split_once('.').unwrap_or((text, ""));
    let digits = |it: &str| it.bytes().all(|it| it.is_ascii_digit());
    let bad = || format!("`{text}` is not an amount in yuan such as 100000 or 0.50");
    if yuan.is_empty() || !digits(yuan) || !digits(fen) || fen.len() > 2 {
        return Err(bad());
    }
    format!("{yuan}{fen:0<2}").parse().map_err(|_| bad())
}

/// Fen as yuan.
pub(super) fn yuan(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    let fen = fen.unsigned_abs();
    format!("{sign}{}.{:02}", fen / 100, fen % 100)
}

fn state(it: &Fund) -> String {
    match it.state() {
        FundState::Unspecified => "",
        FundState::Open => "进行中",
        FundState::Settled => "已决算",
    }
    .to_owned()
}

fn show(fund: Option<Fund>, output: Output) {
    let Some(it) = fund else {
        return;
    };
    output.json(&message("scoring.v1.Fund", &it));
    output.line(format!(
        "{}（{}）：{}",
        it.title,
        words::bare(&it.name),
        state(&it)
    ));
    let mut table = Table::new(["账户", ">余额（元）"]);
    for account in &it.accounts {
        table.row([account.account.clone(), yuan(account.balance_fen)]);
    }
    output.table(&table);
}

fn posted(posting: Option<FundPosting>, output: Output) {
    if let Some(it) = posting {
        output.json(&message("scoring.v1.FundPosting", &it));
        transfers(&it, output);
    }
}

fn transfers(it: &FundPosting, output: Output) {
    let kind = match it.kind() {
        FundPostingKind::Unspecified => String::new(),
        FundPostingKind::Opening => "开账".into(),
        FundPostingKind::Quarter => format!("第 {} 季度", it.quarter),
        FundPostingKind::Reversal => format!("冲销第 {} 笔：{}", it.reverses, it.reason),
        FundPostingKind::Settlement => "年度决算".into(),
        FundPostingKind::Carry => "结转".into(),
    };
    output.line(format!("第 {} 笔：{kind}", it.number));
    let results = it.basis.iter().flat_map(|it| &it.results);
    for result in results {
        let points = if result.points.is_empty() {
            "不适用"
        } else {
            &result.points
        };
        let (award, penalty) = (yuan(result.award_fen), yuan(result.penalty_fen));
        output.line(format!(
            "  {}：{points} 分，奖 {award} 元，罚 {penalty} 元",
            result.party
        ));
    }
    let mut table = Table::new(["转出", "转入", ">金额（元）"]);
    for transfer in &it.transfers {
        let (from, to) = (transfer.from_account.clone(), transfer.to_account.clone());
        table.row([from, to, yuan(transfer.amount_fen)]);
    }
    output.table(&table);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_read_and_written_without_a_float() {
        assert_eq!(fen("100000"), Ok(10_000_000));
        assert_eq!((fen("0.5"), fen("0.05")), (Ok(50), Ok(5)));
        for bad in ["", ".5", "1.234", "-1", "1e3", "一"] {
            assert!(fen(bad).is_err(), "{bad}");
        }
        assert_eq!(yuan(-5), "-0.05");
    }

    #[test]
    fn a_party_is_a_unit_or_a_bundle() {
        let alone = party("police").unwrap();
        assert_eq!((alone.id.as_str(), alone.members.len()), ("police", 1));
        let bundle = party("nanxing=sanitation:2,community").unwrap();
        let weights: Vec<i32> = bundle.members.iter().map(|it| it.weight).collect();
        assert_eq!(weights, [2, 1]);
        assert!(party("nanxing=sanitation:x").is_err());
    }
}
