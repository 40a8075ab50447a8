//! `liandong registry preview`: a change of the catalogue tried out on what the street has handled.

use std::{fs, path::PathBuf};

use anyhow::Context;
use clap::Args;
use liandong_proto::{
    dispatch::{ListTasksRequest, Role as Part, Task},
    registry::{
        Act, Authority, AuthorityAspect, PastQuestion, PastQuestions, PreviewAnswer,
        PreviewCatalogueChangeRequest, PreviewCatalogueChangeResponse, PreviewCatalogueStart,
        PreviewDifference, PreviewSummary, PreviewedChange, ResolveAuthorityRequest,
        preview_answer::Answer, preview_catalogue_change_request::Piece,
        preview_catalogue_change_response::Frame,
    },
    types::Role,
};
use serde_json::json;

use super::when::When;
use crate::{
    client::{ClientOptions, Services},
    output::{Failure, Output, Table, message, words},
    up,
};

/// The change, and which work it is tried out on.
#[derive(Args, Debug)]
pub struct PreviewArgs {
    /// The change as a street file (YAML): what it names is as it says, the rest as it is.
    pub file: PathBuf,
    /// Only work that was ordered since: 2026-02-14, or a minute of it. Default: all there is.
    #[arg(long)]
    pub since: Option<When>,
    /// Ask as of this day, as the change will be in force, instead of the day of each order.
    #[arg(
        long,
        value_name = "DAY",
        default_value = "",
        hide_default_value = true
    )]
    pub on: String,
    /// At most so many differences.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(i32).range(1..=10_000))]
    pub limit: i32,
}

/// Bytes of a file in one message, questions in one message, tasks in one page.
const CHUNK: usize = 256 << 10;
const QUESTIONS: usize = 1000;
const PAGE: i32 = 500;

/// Tries it out and shows what would have been answered differently.
pub(super) async fn run(
    args: PreviewArgs,
    client: &ClientOptions,
    output: Output,
) -> anyhow::Result<()> {
    let name = args.file.display().to_string();
    let text = fs::read(&args.file).with_context(|| format!("cannot read {name}"))?;
    let session = client.session()?;
    let questions = questions(&session.acting(Role::Coordinator).await?, args.since).await?;
    let registrar = session.acting(Role::Registrar).await?;

    let start = PreviewCatalogueStart {
        as_of_day: args.on,
        differences_max: args.limit,
    };
    let chunks = text.chunks(CHUNK).map(|it| Piece::Chunk(it.to_vec()));
    let asked = questions.chunks(QUESTIONS).map(|it| {
        Piece::Questions(PastQuestions {
            questions: it.to_vec(),
        })
    });
    let pieces = std::iter::once(Piece::Start(start))
        .chain(chunks)
        .chain(asked);
    let messages: Vec<_> = pieces
        .map(|it| PreviewCatalogueChangeRequest { piece: Some(it) })
        .collect();
    let stream = registrar
        .powers()
        .preview_catalogue_change(tokio_stream::iter(messages))
        .await?;
    let mut came = Came::default();
    let mut frames = stream.into_inner();
    while let Some(answer) = frames.message().await? {
        came.take(answer);
    }
    came.show(&name, output)
}

/// Every order to handle something, as the question it was given by.
async fn questions(services: &Services, since: Option<When>) -> anyhow::Result<Vec<PastQuestion>> {
    let since = since.map(When::timestamp);
    let (mut questions, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListTasksRequest {
            page_size: PAGE,
            page_token,
            ..Default::default()
        };
        let page = services.tasks().list_tasks(request).await?.into_inner();
        let wanted = |it: &&Task| {
            let at = |it: &prost_types::Timestamp| (it.seconds, it.nanos);
            let issued = it.issue_time.as_ref().map(at);
            issued.is_some() && since.as_ref().is_none_or(|since| issued >= Some(at(since)))
        };
        questions.extend(page.tasks.iter().filter(wanted).flat_map(orders));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(questions);
        }
    }
}

/// The questions of a task: who was to act, each by the act it was sent for. Whoever only supports needs no power.
fn orders(task: &Task) -> impl Iterator<Item = PastQuestion> {
    let acting = task.assignments.iter().filter(|it| {
        let part = matches!(it.role(), Part::Lead | Part::CoHandler);
        part && Act::try_from(it.act).is_ok()
    });
    acting.map(|it| PastQuestion {
        question: Some(ResolveAuthorityRequest {
            matter: it.matter.clone(),
            area: it.area.clone(),
            as_of_time: it.offer_time,
            act: it.act,
            asking_organization: String::new(),
        }),
        handled_by: it.organization.clone(),
        reference: it.name.clone(),
    })
}

/// What has come.
#[derive(Default)]
struct Came {
    change: PreviewedChange,
    differences: Vec<PreviewDifference>,
    summary: Option<PreviewSummary>,
}

impl Came {
    fn take(&mut self, answer: PreviewCatalogueChangeResponse) {
        match answer.frame {
            Some(Frame::Change(it)) => self.change = it,
            Some(Frame::Difference(it)) => self.differences.push(it),
            Some(Frame::Summary(it)) => self.summary = Some(it),
            None => {}
        }
    }

    fn show(&self, name: &str, output: Output) -> anyhow::Result<()> {
        let different = self.differences.iter();
        output.json(&json!({
            "change": message("registry.v1.PreviewedChange", &self.change),
            "differences": different
                .map(|it| message("registry.v1.PreviewDifference", it))
                .collect::<Vec<_>>(),
            "summary": self.summary.as_ref().map(|it| message("registry.v1.PreviewSummary", it)),
        }));
        let Some(summary) = &self.summary else {
            let count = self.change.problem_count;
            let lines = up::problem_lines(&self.change.problems, count, name);
            return Err(Failure::BadInput(format!("{lines}; nothing was tried out")).into());
        };
        let title = format!(
            "{} 个派单中 {} 个的结果将不同：{} 个承办单位不再有权，{} 个无单位有权，{} 个权限冲突",
            summary.questions,
            summary.different,
            summary.handler_loses,
            summary.newly_nobody,
            summary.newly_conflict,
        );
        output.line(output.strong(&title));
        let mut table = Table::new(["派单", "事项", "区域", "变化", "现为", "改后"]);
        for it in &self.differences {
            let past = it.question.as_ref();
            let asked = past.and_then(|it| it.question.as_ref());
            let aspects: Vec<_> = it.aspects().map(aspect).collect();
            table.row([
                past.map_or("", |it| &it.reference).to_owned(),
                asked.map_or("", |it| words::bare(&it.matter)).to_owned(),
                asked.map_or("", |it| words::bare(&it.area)).to_owned(),
                aspects.join("、"),
                first(it.before.as_ref()),
                first(it.after.as_ref()),
            ]);
        }
        if !table.is_empty() {
            output.table(&table);
        }
        Ok(())
    }
}

/// Who stands first.
fn first(answer: Option<&PreviewAnswer>) -> String {
    let authority = |it: &Authority| {
        let first = it.holders.iter().filter(|it| it.rank == 1);
        let names: Vec<_> = first.map(|it| it.display_name.as_str()).collect();
        if names.is_empty() {
            "无单位有权".to_owned()
        } else {
            names.join("、")
        }
    };
    match answer.and_then(|it| it.answer.as_ref()) {
        Some(Answer::Authority(it)) => authority(it),
        Some(Answer::Refusal(it)) => it.clone(),
        None => "—".to_owned(),
    }
}

fn aspect(aspect: AuthorityAspect) -> &'static str {
    match aspect {
        AuthorityAspect::Unspecified => "—",
        AuthorityAspect::Outcome => "结论",
        AuthorityAspect::First => "首位",
        AuthorityAspect::Holders => "有权单位",
        AuthorityAspect::Basis => "依据",
        AuthorityAspect::Helpers => "协助单位",
        AuthorityAspect::Limits => "时限",
        AuthorityAspect::Exemption => "首违不罚",
        AuthorityAspect::Evidence => "证据要求",
    }
}
