//! `liandong explain`: from a rank to the events.

use anyhow::Context;
use clap::Args;
use liandong_proto::{
    dispatch::{WatchEventsRequest, watch_events_response::Frame},
    scoring::{
        Entry, ExplainRequest, RankExplanation, RankTarget, explain_request::Target,
        explain_response::Explanation, ratio,
    },
    types::Role,
};
use liandong_scoring::domain::composite::in_chinese;

use crate::{
    client::{ClientOptions, Person, Services, Session},
    output::{Output, Table, message, words},
    replay::outcome,
};

/// What is apart from tasks and may cause entries.
const SOURCES: [&str; 4] = ["items/", "whistles/", "disputes/", "dutyHolders/"];

/// What to explain.
#[derive(Args, Debug)]
pub struct ExplainArgs {
    /// An organization's id, `tasks/{uuid}`, or what is apart from tasks: `items/{uuid}`, `whistles/{uuid}`,
    /// `disputes/{uuid}`, `dutyHolders/{id}/dailyLogs/{day}`.
    pub target: String,
    /// The period, as in `ranking`. Default: the year of the last event.
    #[arg(long)]
    pub period: Option<String>,
    /// Ledger entries per indicator.
    #[arg(long, default_value_t = 5)]
    pub entries: i32,
}

/// Shows it.
pub async fn run(args: ExplainArgs, client: &ClientOptions, output: Output) -> anyhow::Result<()> {
    let session = client.session()?;
    let services = session.acting(Role::Assessor).await?;
    let target = if args.target.starts_with("tasks/") {
        Target::Task(args.target)
    } else if SOURCES.iter().any(|it| args.target.starts_with(it)) {
        Target::Source(args.target)
    } else {
        let period = match args.period {
            Some(period) => period,
            None => latest_year(&session).await?,
        };
        let organization = words::full("organizations", &args.target);
        Target::Rank(RankTarget {
            organization,
            period,
            scheme: String::new(),
        })
    };
    explain(&services, target, args.entries, output).await
}

/// Asks and shows.
pub async fn explain(
    services: &Services,
    target: Target,
    entries: i32,
    output: Output,
) -> anyhow::Result<()> {
    let request = ExplainRequest {
        target: Some(target),
        entry_limit: entries.clamp(1, 500),
    };
    let answer = services.ledger().explain(request).await?.into_inner();
    output.json(&message("scoring.v1.ExplainResponse", &answer));
    match answer.explanation.context("the answer is empty")? {
        Explanation::Rank(rank) => show_rank(&rank, output),
        Explanation::Task(it) => show_entries(&it.entries, it.truncated, output),
        Explanation::Source(it) => show_entries(&it.entries, it.truncated, output),
    }
    Ok(())
}

/// The civil year of the last event, so that a virtual year needs no flag.
pub async fn latest_year(session: &Session) -> anyhow::Result<String> {
    let service = Person {
        id: "liandong".into(),
        name: String::new(),
        organization: "liandong".into(),
        roles: vec![Role::Service],
    };
    // With a token of somebody else's the log cannot be read; then it is this year.
    let Ok(services) = session.speaking_as(&service) else {
        return Ok(words::civil(liandong_kit::clock::wall())[..4].to_owned());
    };
    let district = format!("districts/{}", session.endpoints.district);
    let mut frames = services
        .events()
        .watch_events(WatchEventsRequest {
            district,
            ..Default::default()
        })
        .await?
        .into_inner();
    let time = loop {
        match frames.message().await?.and_then(|it| it.frame) {
            Some(Frame::Progress(progress)) => break progress.time,
            Some(Frame::Events(_)) => {}
            None => break None,
        }
    };
    let time = time
        .as_ref()
        .and_then(words::instant)
        .unwrap_or_else(liandong_kit::clock::wall);
    Ok(words::civil(time)[..4].to_owned())
}

fn show_rank(rank: &RankExplanation, output: Output) {
    let row = rank.row.clone().unwrap_or_default();
    let place = row.rank.map_or_else(
        || "未排名".into(),
        |it| format!("第 {it} 名，共 {} 家", rank.ranked_count),
    );
    let title = format!(
        "{} {place}，{} 分",
        row.display_name,
        super::ranking::points(&row)
    );
    output.line(output.strong(&title));
    let composite = row.composite.clone().unwrap_or_default();
    for part in &composite.parts {
        output.line(format!(
            "  {}（权重 {}）：{}",
            part.title,
            part.weight,
            in_chinese(&part.formula)
        ));
    }
    output.line(format!("  合计：{}", in_chinese(&composite.formula)));
    let mut table = Table::new(["指标", "数值", "记分", "依据事件", "追踪"]);
    for indicator in &rank.indicators {
        let value = indicator.value.clone().unwrap_or_default();
        table.row([
            value.title.clone(),
            rate(&value),
            format!("{} 条", indicator.entry_count),
            String::new(),
            String::new(),
        ]);
        for entry in &indicator.entries {
            table.row(line(entry));
        }
    }
    output.table(&table);
}

fn rate(value: &liandong_proto::scoring::IndicatorValue) -> String {
    let Some(ratio) = &value.ratio else {
        return String::new();
    };
    let result = match &ratio.result {
        Some(ratio::Result::Value(value)) => format!("{value}%"),
        _ => "不适用".into(),
    };
    format!("{}/{} = {result}", ratio.numerator, ratio.denominator)
}

fn show_entries(entries: &[Entry], truncated: bool, output: Output) {
    let mut table = Table::new(["记分", "单位", "数值", "依据事件", "追踪"]);
    for entry in entries {
        let [rule, formula, _, evidence, trace] = line(entry);
        table.row([
            rule,
            words::bare(&entry.organization).to_owned(),
            formula,
            evidence,
            trace,
        ]);
    }
    output.table(&table);
    if truncated {
        output.line("…");
    }
}

fn line(entry: &Entry) -> [String; 5] {
    let evidence: Vec<String> = entry
        .evidence
        .iter()
        .map(|it| format!("#{} {}", it.position, it.kind))
        .collect();
    [
        format!("  {} {}", entry.day, entry.title),
        entry.formula.clone(),
        entry.assignment.clone(),
        evidence.join(", "),
        entry.trace_id.clone(),
    ]
}

/// Waits until scoring knows everything that dispatch does; for commands that show both.
pub async fn caught_up(session: &Session) -> anyhow::Result<i64> {
    let service = Person {
        id: "liandong".into(),
        name: String::new(),
        organization: "liandong".into(),
        roles: vec![Role::Service],
    };
    let services = session.speaking_as(&service)?;
    let head = crate::replay::head(&services, &session.endpoints.district).await?;
    outcome::caught_up(&services, head).await?;
    Ok(head)
}
