//! Why the rules on patrols say no.

use liandong_kit::status::Problem;

use super::convert::write;
use crate::domain::patrol::Refused;
use crate::store;

/// Why something with patrols is refused.
pub(super) fn refused(it: &Refused) -> Problem {
    let english = it.to_string();
    let no = |reason: &str, chinese: &str, help: &str| {
        Problem::precondition(reason, english.clone(), chinese).help(help)
    };
    match it {
        Refused::PlanNotFound => {
            Problem::not_found("PATROL_PLAN_NOT_FOUND", english, "没有这个巡查计划")
        }
        Refused::LogNotFound => {
            Problem::not_found("DAILY_LOG_NOT_FOUND", english, "没有这份巡查日志")
        }
        Refused::HolderNotFound => {
            Problem::not_found("DUTY_HOLDER_NOT_FOUND", english, "没有这个责任人")
        }
        Refused::PlanEnded => no("PATROL_PLAN_ENDED", "巡查计划已结束", "order another one"),
        Refused::DayAlreadyOpened { day } => no(
            "DAY_ALREADY_OPENED",
            "该日的巡查日志已经下达",
            "end it on that day or later, and excuse the logs that are not owed",
        )
        .with("day", day),
        Refused::NotOwnLog => no(
            "NOT_OWN_LOG",
            "只能填写本人的巡查日志",
            "the duty holder, or a coordinator of the same organization, writes it",
        ),
        Refused::LogAlreadySubmitted { state } => no(
            "LOG_ALREADY_SUBMITTED",
            "该日志已提交",
            "add to it: nothing that was written is changed",
        )
        .with("state", store::text(state)),
        Refused::LogNotSubmitted { state } => {
            no("LOG_NOT_SUBMITTED", "该日志尚未提交", "hand it in first")
                .with("state", store::text(state))
        }
        Refused::AreasNotVisited { areas } => {
            let names: Vec<String> = areas.iter().map(write::area).collect();
            no(
                "AREAS_NOT_VISITED",
                "计划巡查的辖区尚有未到，且未说明原因",
                "visit them, or say in unvisited_reason why not",
            )
            .with("areas", names.join(","))
        }
    }
}
