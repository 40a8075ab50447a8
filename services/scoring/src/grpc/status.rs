//! What went wrong, as statuses.

use liandong_kit::{commit, status::Problem};
use sea_orm::DbErr;
use tonic::Status;

pub(super) use super::refused::refused;
use crate::{
    domain::feed::Stop,
    store::change::{self, Refused},
    work::verify,
};

/// A change that did not happen.
pub(super) fn change(error: change::Error) -> Status {
    match error {
        commit::Error::Refused(Refused::Rules(refusal)) => refused(&refusal).into(),
        commit::Error::Refused(it @ (Refused::NotLoaded(_) | Refused::Shown(_))) => {
            Problem::internal(it).into()
        }
        commit::Error::RequestIdReused => Problem::invalid(
            "REQUEST_ID_REUSED",
            "this request_id was used with another body",
            "该请求编号已用于不同的内容",
        )
        .into(),
        commit::Error::Database(error) => database(error),
        commit::Error::Panicked(what) => {
            Problem::internal(format!("the rule panicked: {what}")).into()
        }
        commit::Error::Stopping => {
            Problem::unavailable("STOPPING", "the service is stopping", "服务正在停止").into()
        }
    }
}

/// Scoring's own database failed.
pub(super) fn database(error: DbErr) -> Status {
    match error {
        DbErr::Type(_) | DbErr::Json(_) => Problem::internal(error).into(),
        other => {
            tracing::error!(error = %other, "scoring's database");
            Problem::unavailable(
                "DATABASE_AWAY",
                "the database does not answer",
                "数据库暂不可用",
            )
            .into()
        }
    }
}

/// No such scheme.
pub(super) fn no_scheme(id: &str) -> Status {
    Problem::not_found(
        "SCHEME_NOT_FOUND",
        format!("no such scheme, or no such version of it: {id}"),
        format!("没有考核办法“{id}”或其该版本"),
    )
    .with("scheme", format!("schemes/{id}"))
    .into()
}

/// No closed period of that name, or none that was shown to the caller.
pub(super) fn period_not_closed(name: &str) -> Status {
    Problem::not_found(
        "PERIOD_NOT_CLOSED",
        format!("{name} was not closed, or not published yet"),
        format!("{name} 尚未结账或尚未公布"),
    )
    .into()
}

/// Not everything of the period is known yet.
pub(super) fn feed_behind(position: i64, head: i64) -> Status {
    Problem::precondition(
        "FEED_BEHIND",
        format!("events up to {position} of {head} are applied: the period may not be complete"),
        "事件尚未全部记入，暂不能结账",
    )
    .help("try again in a moment; FeedService.GetFeedStatus says how far it is")
    .into()
}

/// A fund is settled from what was closed.
pub(super) fn result_not_closed(id: &str) -> Status {
    Problem::precondition(
        "RESULT_NOT_CLOSED",
        format!("closedPeriods/{id} is not closed: its result is not fixed"),
        "该周期尚未结账，考核结果未定",
    )
    .help("close it with PeriodService.ClosePeriod first")
    .with("closed_period", format!("closedPeriods/{id}"))
    .into()
}

/// The registry is needed for what cannot be guessed.
pub(super) fn registry_away() -> Status {
    Problem::unavailable(
        "REGISTRY_AWAY",
        "the registry does not answer: what it knows of the organizations and people concerned is needed",
        "登记服务暂不可用，无法确定单位类别和人员情况",
    )
    .into()
}

/// No fact of that organization in the period, or not in reach: the two look the same.
pub(super) fn not_scored(organization: &str, period: &str) -> Status {
    Problem::not_found(
        "ORGANIZATION_NOT_SCORED",
        format!("nothing is known of organizations/{organization} in {period}"),
        format!("单位“{organization}”在 {period} 没有考核记录"),
    )
    .into()
}

/// No entry of what is apart from tasks, or none in reach.
pub(super) fn source_not_scored(source: &str) -> Status {
    Problem::not_found(
        "SOURCE_NOT_SCORED",
        format!("{source} has caused no entry"),
        format!("{source} 没有产生记分"),
    )
    .into()
}

/// No entry of that task, or none in reach.
pub(super) fn task_not_scored(task: &str) -> Status {
    Problem::not_found(
        "TASK_NOT_SCORED",
        format!("{task} has caused no entry"),
        format!("任务 {task} 没有产生记分"),
    )
    .into()
}

/// Dispatch is needed to know who acted.
pub(super) fn dispatch_away(why: &Status) -> Status {
    Problem::unavailable(
        "DISPATCH_AWAY",
        format!("dispatch's log cannot be read: {}", why.message()),
        "调度服务暂不可用，请稍后再试",
    )
    .into()
}

/// Why a verification gave no answer.
pub(super) fn verification(error: verify::Error) -> Status {
    match error {
        verify::Error::Database(error) => database(error),
        verify::Error::Away(why) => Problem::unavailable(
            "DISPATCH_AWAY",
            format!("dispatch's log cannot be read: {why}"),
            "调度服务暂不可用，请稍后再试",
        )
        .into(),
        verify::Error::Busy => Problem::unavailable(
            "LEDGER_BUSY",
            "the ledger moved on during every attempt",
            "记分账正在更新，请稍后再试",
        )
        .into(),
        verify::Error::Stop(stop) => stopped(&stop),
        verify::Error::Gone => Status::cancelled("the caller is gone"),
    }
}

/// The feed has stopped.
pub(super) fn stopped(stop: &Stop) -> Status {
    Problem::precondition(
        "FEED_STOPPED",
        format!("dispatch's log cannot be followed: {stop}"),
        "事件日志异常，记分已停止，须人工核查",
    )
    .with("stop_reason", stop.reason())
    .help("ask FeedService.GetFeedStatus, and find out what happened to dispatch's log")
    .into()
}
