//! `liandong scoring survey`: plan, draw, close, results.

use std::{fs, path::PathBuf};

use anyhow::Context;
use clap::{Args, Subcommand};
use liandong_proto::{
    scoring::{
        CloseSurveyRequest, CreateSurveyRequest, DrawSurveySampleRequest, GetSurveyRequest,
        GetSurveyResultsRequest, ListSurveysRequest, Survey, SurveyAudience, SurveyGroup,
        SurveyQuestion, SurveyState, ratio::Result as Rate,
    },
    types::Role,
};

use super::request_id;
use crate::{
    client::Session,
    output::{Failure, Output, Table, message, messages, words},
};

/// What to do with surveys.
#[derive(Subcommand, Debug)]
pub enum SurveyCommand {
    /// Every survey.
    List,
    /// One survey.
    Show {
        /// The survey, e.g. `2026-q2`.
        survey: String,
    },
    /// Plan a survey and freeze whom it may ask.
    Plan(PlanArgs),
    /// Draw the sample and print the one-time tokens as CSV, the only time.
    Draw {
        /// The survey.
        survey: String,
        /// The seed, as its source published it.
        #[arg(long)]
        seed: String,
        /// What the tokens are made from, at least 32 characters; left out: something new.
        #[arg(long, env = "LIANDONG_SURVEY_SECRET", hide_env_values = true)]
        secret: Option<String>,
    },
    /// Close it.
    Close {
        /// The survey.
        survey: String,
    },
    /// What a closed survey found.
    Results {
        /// The survey.
        survey: String,
    },
}

/// A new survey.
#[derive(Args, Debug)]
pub struct PlanArgs {
    /// Its id, e.g. `2026-q2`.
    survey: String,
    /// Its title.
    #[arg(long)]
    title: String,
    /// The civil day its results count on.
    #[arg(long)]
    day: String,
    /// Who is rated. Several times.
    #[arg(long = "organization", required = true)]
    organizations: Vec<String>,
    /// What is asked of each, e.g. `order=市容秩序`. Several times.
    #[arg(long = "question", required = true)]
    questions: Vec<String>,
    /// Who is asked: STREET, COMMUNITY, SHOP or RESIDENT, how many, and a file with a code a line, e.g.
    /// `SHOP:20:shops.txt`. Several times.
    #[arg(long = "group", required = true)]
    groups: Vec<String>,
    /// Where the seed will come from.
    #[arg(long)]
    seed_source: String,
}

/// Does it.
pub async fn run(command: SurveyCommand, session: &Session, output: Output) -> anyhow::Result<()> {
    let mut surveys = session.acting(Role::Assessor).await?.surveys();
    let name = |survey: &str| words::full("surveys", survey);
    match command {
        SurveyCommand::List => {
            let request = ListSurveysRequest {
                page_size: 500,
                ..Default::default()
            };
            let all = surveys.list_surveys(request).await?.into_inner().surveys;
            output.json(&messages("surveys", "scoring.v1.Survey", &all));
            let mut table = Table::new(["问卷", "名称", "状态", "计入日", ">样本", ">答卷"]);
            for it in &all {
                table.row([
                    words::bare(&it.name).to_owned(),
                    it.title.clone(),
                    state(it).to_owned(),
                    it.day.clone(),
                    it.sample_count.to_string(),
                    it.answer_count.to_string(),
                ]);
            }
            output.table(&table);
        }
        SurveyCommand::Show { survey } => {
            let request = GetSurveyRequest {
                name: name(&survey),
            };
            show(
                surveys.get_survey(request).await?.into_inner().survey,
                output,
            );
        }
        SurveyCommand::Plan(args) => {
            let request = plan(args)?;
            show(
                surveys.create_survey(request).await?.into_inner().survey,
                output,
            );
        }
        SurveyCommand::Draw {
            survey,
            seed,
            secret,
        } => {
            let fresh = || {
                format!(
                    "{:032x}{:032x}",
                    rand::random::<u128>(),
                    rand::random::<u128>()
                )
            };
            let request = DrawSurveySampleRequest {
                name: name(&survey),
                seed,
                token_secret: secret.unwrap_or_else(fresh),
                request_id: request_id(),
                ..Default::default()
            };
            let drawn = surveys.draw_survey_sample(request).await?.into_inner();
            output.json(&message("scoring.v1.DrawSurveySampleResponse", &drawn));
            output.line("audience,respondent,token");
            for it in &drawn.invitations {
                let audience = it
                    .audience()
                    .as_str_name()
                    .trim_start_matches("SURVEY_AUDIENCE_");
                output.line(format!("{audience},{},{}", it.respondent, it.token));
            }
        }
        SurveyCommand::Close { survey } => {
            let request = CloseSurveyRequest {
                name: name(&survey),
                request_id: request_id(),
                ..Default::default()
            };
            show(
                surveys.close_survey(request).await?.into_inner().survey,
                output,
            );
        }
        SurveyCommand::Results { survey } => {
            let request = GetSurveyResultsRequest {
                name: name(&survey),
            };
            let found = surveys.get_survey_results(request).await?.into_inner();
            output.json(&message("scoring.v1.GetSurveyResultsResponse", &found));
            output.line(format!(
                "样本 {}，答卷 {}",
                found.sample_count, found.answer_count
            ));
            let mut table = Table::new(["单位", "对象", "题目", "满意", ">均分"]);
            for it in &found.results {
                let satisfied = it.satisfied.clone().unwrap_or_default();
                let rate = match satisfied.result {
                    Some(Rate::Value(rate)) => {
                        format!(
                            "{}/{} = {rate}%",
                            satisfied.numerator, satisfied.denominator
                        )
                    }
                    Some(Rate::NotApplicable(_)) | None => "不适用".to_owned(),
                };
                table.row([
                    words::bare(&it.organization).to_owned(),
                    audience(it.audience()).to_owned(),
                    it.question.clone(),
                    rate,
                    it.mean.clone(),
                ]);
            }
            output.table(&table);
        }
    }
    Ok(())
}

fn plan(args: PlanArgs) -> anyhow::Result<CreateSurveyRequest> {
    let organizations = args.organizations.iter();
    let question = |text: &String| {
        let (id, title) = text.split_once('=').unwrap_or((text, text));
        SurveyQuestion {
            id: id.to_owned(),
            title: title.to_owned(),
        }
    };
    let groups: Result<Vec<SurveyGroup>, anyhow::Error> =
        args.groups.iter().map(|it| group(it)).collect();
    Ok(CreateSurveyRequest {
        survey_id: args.survey,
        title: args.title,
        day: args.day,
        organizations: organizations
            .map(|it| words::full("organizations", it))
            .collect(),
        questions: args.questions.iter().map(question).collect(),
        groups: groups?,
        seed_source: args.seed_source,
        request_id: request_id(),
        ..Default::default()
    })
}

/// `SHOP:20:shops.txt`.
fn group(text: &str) -> anyhow::Result<SurveyGroup> {
    let bad = || Failure::BadInput(format!("`{text}` is not a group such as SHOP:20:shops.txt"));
    let parts: Vec<&str> = text.splitn(3, ':').collect();
    let &[audience, size, file] = parts.as_slice() else {
        return Err(bad().into());
    };
    let word = format!("SURVEY_AUDIENCE_{}", audience.to_uppercase());
    let audience = SurveyAudience::from_str_name(&word).ok_or_else(bad)?;
    let path = PathBuf::from(file);
    let codes = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let codes = codes.lines().map(str::trim).filter(|it| !it.is_empty());
    Ok(SurveyGroup {
        audience: audience.into(),
        frame: codes.map(str::to_owned).collect(),
        sample_size: size.parse().map_err(|_| bad())?,
    })
}

fn show(survey: Option<Survey>, output: Output) {
    let Some(it) = survey else {
        return;
    };
    output.json(&message("scoring.v1.Survey", &it));
    output.line(format!(
        "{}（{}）：{}",
        it.title,
        words::bare(&it.name),
        state(&it)
    ));
    output.line(format!("抽样框 {}", it.frame_hash));
    output.line(format!("种子来源 {}，种子 {}", it.seed_source, it.seed));
    let mut table = Table::new(["对象", ">抽样框", ">样本"]);
    for group in &it.groups {
        table.row([
            audience(group.audience()).to_owned(),
            group.frame.len().to_string(),
            group.sample_size.to_string(),
        ]);
    }
    output.table(&table);
}

fn state(it: &Survey) -> &'static str {
    match it.state() {
        SurveyState::Unspecified => "",
        SurveyState::Planned => "待抽样",
        SurveyState::Open => "进行中",
        SurveyState::Closed => "已结束",
    }
}

fn audience(it: SurveyAudience) -> &'static str {
    match it {
        SurveyAudience::Unspecified => "合计",
        SurveyAudience::Street => "街道",
        SurveyAudience::Community => "社区",
        SurveyAudience::Shop => "商户",
        SurveyAudience::Resident => "居民",
    }
}
