//! `liandong whistle`.

use clap::Subcommand;
use liandong_proto::{
    dispatch::{
        AnswerWhistleRequest, BlowWhistleRequest, GetWhistleRequest, ListWhistlesRequest, Whistle,
        WhistleKind, WhistleTier, whistle,
    },
    types::Role,
};

use super::{ListArgs, request_id};
use crate::{
    client::ClientOptions,
    output::{Output, Table, message, messages, words},
};

/// What to do with whistles. Without `--as`, the first coordinator acts.
#[derive(Subcommand, Debug)]
pub enum WhistleCommand {
    /// The whistles in sight, newest first.
    List(ListArgs),
    /// One whistle with everybody who was called.
    Show {
        /// `whistles/{uuid}` or the UUID.
        whistle: String,
    },
    /// Blow one (吹哨).
    Blow {
        /// PUBLIC_CONCERN, JOINT_ENFORCEMENT or EMERGENCY.
        #[arg(long)]
        kind: String,
        /// Who is called, by id; may be repeated or separated by commas.
        #[arg(long, value_delimiter = ',')]
        call: Vec<String>,
        /// Where, by code.
        #[arg(long)]
        area: String,
        /// One line: what is wrong.
        #[arg(long)]
        title: String,
        /// What is needed.
        #[arg(long)]
        description: String,
    },
    /// Answer a call (应哨).
    Answer {
        /// `whistles/{uuid}` or the UUID.
        whistle: String,
        /// What will be done.
        #[arg(long)]
        note: String,
    },
}

/// Does it.
pub async fn run(
    command: WhistleCommand,
    client: &ClientOptions,
    output: Output,
) -> anyhow::Result<()> {
    let mut whistles = client
        .session()?
        .acting(Role::Coordinator)
        .await?
        .whistles();
    let found = match command {
        WhistleCommand::List(args) => {
            let request = ListWhistlesRequest {
                page_size: args.limit.clamp(1, 500),
                filter: args.filter,
                ..Default::default()
            };
            let all = whistles.list_whistles(request).await?.into_inner().whistles;
            output.json(&messages("whistles", "dispatch.v1.Whistle", &all));
            output.table(&table(&all));
            return Ok(());
        }
        WhistleCommand::Show { whistle } => {
            let request = GetWhistleRequest {
                name: words::full("whistles", &whistle),
            };
            whistles.get_whistle(request).await?.into_inner().whistle
        }
        WhistleCommand::Blow {
            kind,
            call,
            area,
            title,
            description,
        } => {
            let kind = WhistleKind::from_str_name(&format!("WHISTLE_KIND_{kind}"));
            let request = BlowWhistleRequest {
                kind: kind.unwrap_or_default().into(),
                organizations: call
                    .iter()
                    .map(|it| words::full("organizations", it))
                    .collect(),
                area: words::full("areas", &area),
                title,
                description,
                request_id: request_id(),
                ..Default::default()
            };
            whistles.blow_whistle(request).await?.into_inner().whistle
        }
        WhistleCommand::Answer { whistle, note } => {
            let request = AnswerWhistleRequest {
                name: words::full("whistles", &whistle),
                note,
                request_id: request_id(),
                ..Default::default()
            };
            whistles.answer_whistle(request).await?.into_inner().whistle
        }
    };
    show(&found.unwrap_or_default(), output);
    Ok(())
}

fn table(whistles: &[Whistle]) -> Table {
    let mut table = Table::new([
        "吹哨",
        "状态",
        "类型",
        "层级",
        "吹哨单位",
        "区域",
        "时间",
        ">未应哨",
        "事由",
    ]);
    for it in whistles {
        let silent = it.calls.iter().filter(|it| it.answer.is_none()).count();
        table.row([
            words::bare(&it.name).to_owned(),
            state(it).into(),
            kind(it).into(),
            tier(it.tier()).into(),
            words::bare(&it.organization).to_owned(),
            words::bare(&it.area).to_owned(),
            words::time(it.blow_time.as_ref()),
            silent.to_string(),
            it.title.clone(),
        ]);
    }
    table
}

fn show(it: &Whistle, output: Output) {
    output.json(&message("dispatch.v1.Whistle", it));
    output.line(format!(
        "{} {} {}",
        output.strong(&it.name),
        kind(it),
        state(it)
    ));
    output.line(&it.title);
    let mut table = Table::new(["单位", "层级", "应哨时限", "应哨", "逾期", "答复"]);
    for call in &it.calls {
        let answer = call.answer.as_ref();
        table.row([
            words::bare(&call.organization).to_owned(),
            tier(call.tier()).into(),
            words::time(call.deadline.as_ref().and_then(|it| it.due_time.as_ref())),
            words::time(answer.and_then(|it| it.answer_time.as_ref())),
            words::time(call.overdue_time.as_ref()),
            answer.map(|it| it.note.clone()).unwrap_or_default(),
        ]);
    }
    output.table(&table);
}

fn state(it: &Whistle) -> &'static str {
    match it.state() {
        whistle::State::Unspecified => "—",
        whistle::State::Blown => "待应哨",
        whistle::State::Answered => "已应哨",
        whistle::State::Closed => "已办结",
        whistle::State::Withdrawn => "已撤回",
    }
}

fn kind(it: &Whistle) -> &'static str {
    match it.kind() {
        WhistleKind::Unspecified => "—",
        WhistleKind::PublicConcern => "群众诉求哨",
        WhistleKind::JointEnforcement => "联合执法哨",
        WhistleKind::Emergency => "应急处置哨",
    }
}

fn tier(it: WhistleTier) -> &'static str {
    match it {
        WhistleTier::Unspecified => "—",
        WhistleTier::Community => "社区",
        WhistleTier::Street => "街道",
        WhistleTier::District => "区",
    }
}
