//! The registry's errors as callers see them.

use liandong_kit::status::{FieldProblem, Problem, Violations};
use tonic::Status;

use super::change::No;
use crate::{
    domain::{self, amend, resolve},
    store,
};

/// Contradictions shown in a status: it travels in headers of a few kilobytes.
const SHOWN_MAX: usize = 10;
/// Contradictions said in the Chinese message, and how many characters of each.
const SAID_MAX: usize = 3;
const QUOTED_MAX: usize = 100;

/// Something that is not there.
pub(super) fn missing(reason: &str, name: &str) -> Status {
    Problem::not_found(reason, format!("no such {name}"), format!("不存在：{name}"))
        .with("name", name)
        .into()
}

/// A question of authority that cannot be asked.
pub(super) fn resolve(
    refusal: &resolve::Refusal,
    question: &resolve::Question<'_>,
    index: Option<usize>,
) -> Status {
    let name = |collection: &str, id: &str| format!("{collection}/{id}");
    let (reason, name) = match refusal {
        resolve::Refusal::NoMatter => ("MATTER_NOT_FOUND", name("matters", question.matter)),
        resolve::Refusal::NoArea => ("AREA_NOT_FOUND", name("areas", question.area)),
        resolve::Refusal::NoOrganization => (
            "ORGANIZATION_NOT_FOUND",
            name("organizations", question.asking.unwrap_or_default()),
        ),
        resolve::Refusal::MatterNotInForce => {
            ("MATTER_NOT_IN_FORCE", name("matters", question.matter))
        }
    };
    let problem = if *refusal == resolve::Refusal::MatterNotInForce {
        let english = format!("{name} is not in force on {}", question.day);
        Problem::precondition(
            reason,
            english,
            format!("该事项在{}不在有效期内", question.day),
        )
    } else {
        Problem::not_found(
            reason,
            format!("no such {name} on {}", question.day),
            format!("不存在：{name}"),
        )
    };
    let problem = problem.with("name", name);
    match index {
        Some(index) => problem.with("index", index).into(),
        None => problem.into(),
    }
}

/// A change that did not happen.
pub(super) fn change(error: store::Error<No>, missing: &str, name: &str) -> Status {
    match error {
        store::Error::Refused(No::Rule(refusal)) => refused(refusal, missing, name),
        store::Error::Refused(No::Malformed(bad)) => bad.into(),
        store::Error::Refused(No::LaterState(later)) => Problem::precondition(
            "LATER_STATE",
            later.to_string(),
            format!(
                "最新状态自{}起，只能更正各状态的首日或此后变更",
                later.newest
            ),
        )
        .with("newest_first_day", later.newest)
        .into(),
        error => failed(error),
    }
}

fn refused(refusal: amend::Refusal, reason: &str, name: &str) -> Status {
    match refusal {
        amend::Refusal::Missing => missing(reason, name),
        amend::Refusal::Exists => Problem::exists(
            reason.replace("_NOT_FOUND", "_EXISTS"),
            format!("{name} exists"),
            format!("{name}已存在"),
        )
        .into(),
        amend::Refusal::Stale(version) => {
            let english = format!("{name} has changed since it was read");
            Problem::aborted("STALE_ETAG", english, "该条目已被修改，请重新读取")
                .with("etag", version)
                .into()
        }
        amend::Refusal::Invalid(problems) => {
            let english = format!("{name} would contradict the catalogue");
            let chinese = in_chinese("与现有登记矛盾", &problems);
            listed(
                Problem::precondition("CATALOGUE_INVALID", english, chinese),
                &problems,
            )
        }
        amend::Refusal::InUse(problems) => {
            let english = format!("{name} is in use");
            let chinese = in_chinese("仍被引用，不能终止", &problems);
            listed(Problem::precondition("IN_USE", english, chinese), &problems)
        }
    }
}

/// What is wrong, with the first of the problems: what is listed besides is English.
fn in_chinese(what: &str, problems: &[domain::Problem]) -> String {
    let first = problems.iter().take(SAID_MAX);
    let first: Vec<_> = first
        .map(|it| {
            format!(
                "{}/{} {}{}",
                it.section,
                it.id,
                it.field,
                clipped(&it.text_zh)
            )
        })
        .collect();
    let more = problems.len().saturating_sub(SAID_MAX);
    let more = (more > 0).then(|| format!("；另有{more}项"));
    format!("{what}：{}{}", first.join("；"), more.unwrap_or_default())
}

fn clipped(text: &str) -> String {
    let said: String = text.chars().take(QUOTED_MAX).collect();
    format!("：{said}")
}

fn listed(problem: Problem, problems: &[domain::Problem]) -> Status {
    let problem = problem.with("problems", problems.len());
    problems
        .iter()
        .take(SHOWN_MAX)
        .fold(problem, |it, each| it.help(each.to_string()))
        .into()
}

/// A change that was not decided: the database, a reused request id, our bug.
pub(super) fn failed<E>(error: store::Error<E>) -> Status {
    match error {
        store::Error::RequestIdReused => {
            let mut bad = Violations::new();
            bad.add(
                "request_id",
                FieldProblem::new("used before with another body", "请求编号已用于另一请求"),
            );
            Problem::invalid(
                "REQUEST_ID_REUSED",
                "request id reused with another body",
                "请求编号已用于另一请求",
            )
            .fields(bad)
            .into()
        }
        store::Error::Database(error) => database(&error),
        store::Error::Stopping => {
            Problem::unavailable("STOPPING", "the service is stopping", "服务正在停止").into()
        }
        store::Error::Panicked(what) => Problem::internal(what).into(),
        store::Error::Refused(_) => Problem::internal("a refusal was not translated").into(),
    }
}

/// The database does not answer.
pub(super) fn database(error: &sea_orm::DbErr) -> Status {
    tracing::error!(%error, "the registry's database failed");
    Problem::unavailable("DATABASE_AWAY", "the database is away", "数据库暂不可用").into()
}

/// A date outside the published years.
pub(super) fn calendar(error: liandong_calendar::Error) -> Status {
    match error {
        liandong_calendar::Error::NotPublished { year } => {
            let english = format!("calendar for {year} not published");
            let problem = Problem::precondition(
                "CALENDAR_NOT_PUBLISHED",
                english,
                format!("{year}年的工作日历尚未公布"),
            );
            problem
                .with("year", year)
                .help(format!("publish the calendar of {year}"))
                .into()
        }
        error @ liandong_calendar::Error::Negative => Problem::internal(error).into(),
    }
}
