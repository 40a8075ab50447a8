//! `liandong registry readiness` (M8).

use clap::Args;
use liandong_proto::{
    registry::{AreaReadiness, GetReadinessRequest, GetReadinessResponse, ReadinessPartKind},
    types::Role,
};

use super::{
    coverage::{area, levels},
    when::When,
};
use crate::{
    client::ClientOptions,
    output::{Output, Table, message, words},
};

/// What to report on.
#[derive(Args, Debug)]
pub struct ReadinessArgs {
    /// The area's code; everything in it is looked at. Default: the whole district.
    #[arg(default_value = "")]
    pub area: String,
    /// Tiers looked at: street, community, grid, lane. Default: as the registry has it.
    #[arg(long = "level")]
    pub levels: Vec<String>,
    /// Only areas that lack something.
    #[arg(long)]
    pub unready: bool,
    /// As of when: 2026-02-14, or 2026-02-14T07:30 in Asia/Shanghai. Default: now.
    #[arg(long)]
    pub at: Option<When>,
}

/// The five, in the order of the document.
const PARTS: [(ReadinessPartKind, &str); 5] = [
    (ReadinessPartKind::Person, "人员"),
    (ReadinessPartKind::Organization, "机构"),
    (ReadinessPartKind::Money, "经费"),
    (ReadinessPartKind::Facility, "设施"),
    (ReadinessPartKind::Rule, "制度"),
];

/// Asks and shows.
pub(super) async fn run(
    args: ReadinessArgs,
    client: &ClientOptions,
    output: Output,
) -> anyhow::Result<()> {
    let services = client.session()?.acting(Role::Coordinator).await?;
    let mut request = GetReadinessRequest {
        area: area(&args.area),
        levels: levels(&args.levels)?,
        unready_only: args.unready,
        as_of_time: args.at.map(When::timestamp),
        page_size: 500,
        page_token: String::new(),
    };
    let mut whole = services
        .duties()
        .get_readiness(request.clone())
        .await?
        .into_inner();
    while !whole.next_page_token.is_empty() {
        request.page_token = std::mem::take(&mut whole.next_page_token);
        let more = services
            .duties()
            .get_readiness(request.clone())
            .await?
            .into_inner();
        whole.areas.extend(more.areas);
        whole.next_page_token = more.next_page_token;
    }
    output.json(&message("registry.v1.GetReadinessResponse", &whole));
    show(&whole, output);
    Ok(())
}

fn show(it: &GetReadinessResponse, output: Output) {
    let title = format!(
        "五落实：{} 个辖区中 {} 个全部落实",
        it.area_count, it.ready_count
    );
    output.line(output.strong(&title));
    let counts = it.counts.iter().filter_map(|count| {
        let (_, name) = PARTS.iter().find(|(kind, _)| *kind == count.kind())?;
        Some(format!("{name}未落实 {}", count.unmet))
    });
    output.line(counts.collect::<Vec<_>>().join("，"));
    let mut table = Table::new(["辖区", "人员", "机构", "经费", "设施", "制度", "缺什么"]);
    for area in &it.areas {
        let [person, organization, money, facility, rule] =
            PARTS.map(|(kind, _)| mark(area, kind).to_owned());
        let lacking: Vec<&str> = area
            .parts
            .iter()
            .filter(|it| !it.met)
            .map(|it| it.text_zh.as_str())
            .collect();
        let name = format!("{} {}", words::bare(&area.area), area.display_name);
        table.row([
            name,
            person,
            organization,
            money,
            facility,
            rule,
            lacking.join("；"),
        ]);
    }
    output.table(&table);
}

fn mark(area: &AreaReadiness, kind: ReadinessPartKind) -> &'static str {
    match area.parts.iter().find(|it| it.kind() == kind) {
        Some(part) if part.met => "√",
        Some(_) => "缺",
        None => "—",
    }
}
