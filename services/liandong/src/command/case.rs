//! `liandong case`.

use clap::{Args, Subcommand};
use liandong_kit::client::Safe;
use liandong_proto::{
    dispatch::{Case, CaseSource, GetCaseRequest, ListCasesRequest, ReportCaseRequest},
    types::Role,
};
use tonic::Request;

use super::{
    ListArgs,
    case_course::{self, CourseCommand},
    request_id,
};
use crate::{
    client::ClientOptions,
    output::{Failure, Output, Table, message, messages, words},
};

/// What to do with cases.
#[derive(Subcommand, Debug)]
pub enum CaseCommand {
    /// The cases in sight, newest first.
    List(ListArgs),
    /// One case.
    Show {
        /// `cases/{uuid}` or the UUID.
        case: String,
    },
    /// Record a reported problem.
    Report(ReportArgs),
    /// Its way from there.
    #[command(flatten)]
    Course(CourseCommand),
}

/// A problem to report.
#[derive(Args, Debug)]
pub struct ReportArgs {
    /// One line: what is wrong.
    #[arg(long)]
    pub title: String,
    /// Area code.
    #[arg(long)]
    pub area: String,
    /// PATROL, HOTLINE, DIGITAL_CITY, MEDIA, LEADER, SUPERIOR, DEPARTMENT, RESIDENT_UNIT or PUBLIC.
    #[arg(long, default_value = "PATROL")]
    pub source: String,
    /// In words, without personal data.
    #[arg(long, default_value = "")]
    pub description: String,
    /// Address inside the area.
    #[arg(long, default_value = "")]
    pub address: String,
    /// The number it carries in the system it came from.
    #[arg(long, default_value = "")]
    pub reference: String,
}

/// Does it.
pub async fn run(
    command: CaseCommand,
    client: &ClientOptions,
    output: Output,
) -> anyhow::Result<()> {
    let services = client.session()?.acting(Role::Coordinator).await?;
    match command {
        CaseCommand::Course(step) => {
            if let Some(case) = case_course::run(step, client, output).await? {
                show(&case, output);
            }
        }
        CaseCommand::List(args) => {
            let cases = list(&mut services.cases(), args).await?;
            output.json(&messages("cases", "dispatch.v1.Case", &cases));
            output.table(&table(&cases));
        }
        CaseCommand::Show { case } => {
            let request = GetCaseRequest {
                name: words::full("cases", &case),
            };
            show(
                &services
                    .cases()
                    .get_case(request)
                    .await?
                    .into_inner()
                    .case
                    .unwrap_or_default(),
                output,
            );
        }
        CaseCommand::Report(args) => {
            let mut request = Request::new(ReportCaseRequest {
                source: source(&args.source)?.into(),
                external_reference: args.reference,
                title: args.title,
                description: args.description,
                area: words::full("areas", &args.area),
                address: args.address,
                request_id: request_id(),
                ..Default::default()
            });
            request.extensions_mut().insert(Safe);
            show(
                &services
                    .cases()
                    .report_case(request)
                    .await?
                    .into_inner()
                    .case
                    .unwrap_or_default(),
                output,
            );
        }
    }
    Ok(())
}

async fn list(
    cases: &mut liandong_proto::dispatch::case_service_client::CaseServiceClient<
        liandong_kit::client::Peer,
    >,
    args: ListArgs,
) -> Result<Vec<Case>, tonic::Status> {
    let mut all: Vec<Case> = vec![];
    let wanted = usize::try_from(args.limit.max(1)).unwrap_or(50);
    let mut page_token = String::new();
    loop {
        let request = ListCasesRequest {
            page_size: args.limit.clamp(1, 500),
            page_token,
            filter: args.filter.clone(),
            ..Default::default()
        };
        let page = cases.list_cases(request).await?.into_inner();
        all.extend(page.cases);
        page_token = page.next_page_token;
        if page_token.is_empty() || all.len() >= wanted {
            all.truncate(wanted);
            return Ok(all);
        }
    }
}

fn table(cases: &[Case]) -> Table {
    let mut table = Table::new(["案件", "状态", "来源", "标题", "区域", "上报", "任务"]);
    for it in cases {
        table.row([
            words::bare(&it.name).to_owned(),
            words::case_state(it.state).into(),
            words::source(it.source).into(),
            it.title.clone(),
            words::bare(&it.area).to_owned(),
            words::time(it.report_time.as_ref()),
            words::bare(&it.task).to_owned(),
        ]);
    }
    table
}

fn show(case: &Case, output: Output) {
    output.json(&message("dispatch.v1.Case", case));
    let mut table = Table::new(["", ""]);
    let filing = case.filing.clone().unwrap_or_default();
    for (field, value) in [
        ("案件", case.name.clone()),
        ("状态", words::case_state(case.state).into()),
        ("标题", case.title.clone()),
        (
            "来源",
            format!("{} {}", words::source(case.source), case.external_reference),
        ),
        ("区域", format!("{} {}", case.area, case.address)),
        ("受理", format!("{} {}", case.organization, case.person)),
        ("上报", words::time(case.report_time.as_ref())),
        (
            "核实",
            words::time(
                case.verification
                    .as_ref()
                    .and_then(|it| it.verify_time.as_ref()),
            ),
        ),
        (
            "立案",
            format!(
                "{} {} {}",
                words::time(filing.file_time.as_ref()),
                filing.matter,
                filing.condition
            ),
        ),
        ("任务", case.task.clone()),
        ("结案", words::time(case.close_time.as_ref())),
    ] {
        table.row([field.into(), value.trim().to_owned()]);
    }
    output.table(&table);
}

fn source(text: &str) -> Result<CaseSource, Failure> {
    let source = CaseSource::from_str_name(&format!(
        "CASE_SOURCE_{}",
        text.to_uppercase().replace('-', "_")
    ));
    source.ok_or_else(|| Failure::BadInput(format!("unknown source `{text}`")))
}
