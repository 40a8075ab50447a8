//! `liandong sample`: checks by sample.

use clap::{Args, Subcommand};
use liandong_proto::{
    dispatch::{
        CheckSample, DrawCheckSampleRequest, GetCheckSampleRequest, ListCheckSamplesRequest,
        PlanCheckSampleRequest, RecordSampleCheckRequest, check_sample,
    },
    types::Role,
};

use super::{ListArgs, request_id, safe};
use crate::{
    client::ClientOptions,
    output::{Output, Table, message, messages, words},
};

/// What to do with samples.
#[derive(Subcommand, Debug)]
pub enum SampleCommand {
    /// Samples in sight, newest first.
    List(ListArgs),
    /// One sample, with what was drawn and found.
    Show {
        /// `checkSamples/{uuid}` or the UUID.
        sample: String,
    },
    /// Fix the list of what may be drawn.
    Plan(PlanArgs),
    /// Draw from the list.
    Draw {
        /// `checkSamples/{uuid}` or the UUID.
        sample: String,
        /// The published seed; a random one if it is left out.
        #[arg(long, default_value = "")]
        seed: String,
    },
    /// Record what was found of something that was drawn.
    Check {
        /// `checkSamples/{uuid}` or the UUID.
        sample: String,
        /// `tasks/{uuid}/assignments/{n}`.
        assignment: String,
        /// It is not solved.
        #[arg(long)]
        failed: bool,
        /// In words; required if it is not solved.
        #[arg(long, default_value = "")]
        note: String,
    },
}

/// A sample to plan.
#[derive(Args, Debug)]
pub struct PlanArgs {
    /// The first day on which the work was accepted, `YYYY-MM-DD`.
    pub first_day: String,
    /// The last one.
    pub last_day: String,
    /// How many are drawn.
    #[arg(long)]
    pub size: i32,
    /// One line.
    #[arg(long)]
    pub title: String,
    /// Area code; everywhere if it is left out.
    #[arg(long)]
    pub area: Option<String>,
}

/// Does it.
pub async fn run(
    command: SampleCommand,
    client: &ClientOptions,
    output: Output,
) -> anyhow::Result<()> {
    let role = match command {
        SampleCommand::Check { .. } => Role::Checker,
        _ => Role::Coordinator,
    };
    let services = client.session()?.acting(role).await?;
    let mut samples = services.samples();
    let sample = match command {
        SampleCommand::List(args) => {
            let request = ListCheckSamplesRequest {
                page_size: args.limit.clamp(1, 500),
                filter: args.filter,
                ..Default::default()
            };
            let found = samples.list_check_samples(request).await?.into_inner();
            let found = found.check_samples;
            output.json(&messages("checkSamples", "dispatch.v1.CheckSample", &found));
            let mut table = Table::new(["抽查", "状态", "标题", "自", "至", "抽取", "不通过"]);
            for it in &found {
                table.row([
                    words::bare(&it.name).to_owned(),
                    state(it).into(),
                    it.title.clone(),
                    it.first_day.clone(),
                    it.last_day.clone(),
                    it.sample_size.to_string(),
                    failed(it).to_string(),
                ]);
            }
            output.table(&table);
            return Ok(());
        }
        SampleCommand::Show { sample } => {
            let name = words::full("checkSamples", &sample);
            let answer = samples.get_check_sample(GetCheckSampleRequest { name });
            answer.await?.into_inner().check_sample
        }
        SampleCommand::Plan(args) => {
            let area = args.area.map(|it| words::full("areas", &it));
            let request = safe(PlanCheckSampleRequest {
                title: args.title,
                first_day: args.first_day,
                last_day: args.last_day,
                area: area.unwrap_or_default(),
                sample_size: args.size,
                request_id: request_id(),
                ..Default::default()
            });
            let answer = samples.plan_check_sample(request).await?;
            answer.into_inner().check_sample
        }
        SampleCommand::Draw { sample, seed } => {
            let request = safe(DrawCheckSampleRequest {
                name: words::full("checkSamples", &sample),
                seed,
                request_id: request_id(),
                ..Default::default()
            });
            let answer = samples.draw_check_sample(request).await?;
            answer.into_inner().check_sample
        }
        SampleCommand::Check {
            sample,
            assignment,
            failed,
            note,
        } => {
            let request = safe(RecordSampleCheckRequest {
                name: words::full("checkSamples", &sample),
                assignment,
                passed: !failed,
                note,
                request_id: request_id(),
                ..Default::default()
            });
            let answer = samples.record_sample_check(request).await?;
            answer.into_inner().check_sample
        }
    };
    let sample = sample.unwrap_or_default();
    output.json(&message("dispatch.v1.CheckSample", &sample));
    let mut table = Table::new(["派单", "承办单位", "复核", "复核人", "说明"]);
    for it in &sample.drawn {
        let result = it.result.as_ref();
        let found = match result.map(|it| it.passed) {
            Some(true) => "通过",
            Some(false) => "不通过",
            None => "待复核",
        };
        table.row([
            it.assignment.clone(),
            words::bare(&it.organization).to_owned(),
            found.to_owned(),
            result.map(|it| it.person.clone()).unwrap_or_default(),
            result.map(|it| it.note.clone()).unwrap_or_default(),
        ]);
    }
    output.table(&table);
    Ok(())
}

fn failed(it: &CheckSample) -> usize {
    let results = it.drawn.iter().filter_map(|it| it.result.as_ref());
    results.filter(|it| !it.passed).count()
}

fn state(it: &CheckSample) -> &'static str {
    match it.state() {
        check_sample::State::Planned => "待抽取",
        check_sample::State::Drawn => "复核中",
        check_sample::State::Completed => "已完成",
        check_sample::State::Cancelled => "已取消",
        check_sample::State::Unspecified => "",
    }
}
