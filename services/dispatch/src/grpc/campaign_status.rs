//! Why the rules on campaigns say no.

use liandong_kit::status::Problem;

use crate::domain::campaign::Refused;
use crate::store;

/// Why something with campaigns is refused.
pub(super) fn refused(it: &Refused) -> Problem {
    let english = it.to_string();
    let no = |reason: &str, chinese: &str, help: &str| {
        Problem::precondition(reason, english.clone(), chinese).help(help)
    };
    match it {
        Refused::NotFound => Problem::not_found("CAMPAIGN_NOT_FOUND", english, "没有这个专项行动"),
        Refused::Ended { state } => no(
            "CAMPAIGN_ENDED",
            "专项行动已结束",
            "draw up another campaign",
        )
        .with("state", store::text(state)),
        Refused::NotRunning { state } => no(
            "CAMPAIGN_NOT_RUNNING",
            "专项行动不在进行中",
            "only a running campaign groups work and is closed",
        )
        .with("state", store::text(state)),
        Refused::PlanMissing => no("PLAN_MISSING", "没有行动方案", "say what is to be done"),
        Refused::ReasonMissing => no(
            "REASON_MISSING",
            "调整进行中的专项行动须说明理由",
            "say why it is changed",
        ),
        Refused::MemberNotFound { member } => no(
            "MEMBER_NOT_FOUND",
            "没有这项工作，或不属于参加单位",
            "name work of the organizations that take part",
        )
        .with("member", member),
        Refused::OutsideScope { member } => no(
            "OUTSIDE_SCOPE",
            "该项工作不在专项行动的范围内",
            "leave it out, or change the campaign's areas and matters",
        )
        .with("member", member),
        Refused::TooManyMembers => no(
            "TOO_MANY_MEMBERS",
            "专项行动的工作数量已达上限",
            "draw up another campaign",
        ),
        Refused::WorkUnfinished { open } => no(
            "WORK_UNFINISHED",
            "尚有工作未完成，且未说明理由",
            "wait for it, or say in unfinished_reason why it is closed now",
        )
        .with("open", open),
    }
}
