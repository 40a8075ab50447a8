//! Errors become statuses here, and nowhere else: code, reason, English, Chinese, and what would help.

use liandong_kit::commit;
use liandong_kit::status::Problem;
use sea_orm::DbErr;
use tonic::Status;

use super::convert::write;
use crate::domain::next::Found;
use crate::domain::refusal::{Missing, Obstacle, Powerless};
use crate::domain::{Act, Refusal, case};
use crate::store::{self, Refused};

/// A change that did not happen.
pub(super) fn change(error: store::Error) -> Status {
    match error {
        commit::Error::Refused(Refused::Rules(refusal)) => refused(&refusal).into(),
        commit::Error::Refused(Refused::NotLoaded(error)) => Problem::internal(error).into(),
        commit::Error::Refused(Refused::Tried(_)) => {
            Problem::internal("a trial was not answered").into()
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

/// A database that is away or refuses.
pub(super) fn database(error: DbErr) -> Status {
    tracing::error!(%error, "database");
    Problem::unavailable(
        "DATABASE_UNAVAILABLE",
        "the database does not answer",
        "数据库暂不可用",
    )
    .into()
}

/// Why the rules say no, and what may be done in the state that was in the way.
pub(super) fn refused(it: &Refusal) -> Problem {
    let problem = told(it);
    let Some(found) = it.found() else {
        return problem;
    };
    let (next, problem) = (found.next().join(", "), problem.with("state", state(found)));
    if next.is_empty() {
        return problem.with("allowed", next);
    }
    let help = format!("allowed now: {next}");
    problem.with("allowed", next).help(help)
}

fn state(it: Found) -> String {
    match it {
        Found::Case(it) => store::text(it),
        Found::NoProblem => store::text(case::State::Verified),
        Found::Task(it) => store::text(it),
        Found::Assignment(it) => store::text(it),
        Found::Whistle(it) => store::text(it),
        Found::Dispute(it) => store::text(it),
        Found::Inspection(it) => store::text(it),
        Found::Campaign(it) => store::text(it),
        Found::Meeting(it) => store::text(it),
        Found::PatrolPlan(it) => store::text(it),
        Found::DailyLog(it) => store::text(it),
        Found::Round(it) => store::text(it),
        Found::CheckSample(it) => store::text(it),
    }
}

fn told(it: &Refusal) -> Problem {
    let english = it.to_string();
    match it {
        Refusal::CaseNotFound { .. } => {
            Problem::not_found("CASE_NOT_FOUND", english, "没有这个案件")
        }
        Refusal::TaskNotFound => Problem::not_found("TASK_NOT_FOUND", english, "没有这个联合任务"),
        Refusal::AssignmentNotFound => {
            Problem::not_found("ASSIGNMENT_NOT_FOUND", english, "没有这个派单")
        }
        Refusal::StaleEtag { current } => {
            let help = "read it again, decide again, and send the etag you read";
            Problem::aborted("STALE_ETAG", english, "内容已被他人更改，请重新读取")
                .help(help)
                .with("etag", current)
        }
        Refusal::PlanChanged => {
            Problem::aborted("PLAN_CHANGED", english, "核对权限期间方案已更改，请重试")
        }
        Refusal::OfficersChanged => Problem::aborted(
            "OFFICERS_CHANGED",
            english,
            "核对人员期间接办人员已更改，请重试",
        ),
        Refusal::CalendarNotPublished { year } => Problem::precondition(
            "CALENDAR_NOT_PUBLISHED",
            english,
            format!("{year} 年工作日历尚未公布"),
        )
        .help("publish the calendar of that year in the registry")
        .with("year", year),
        Refusal::ActAlreadyFiled { case, organization } => Problem::exists(
            "ACT_ALREADY_FILED",
            english,
            format!("同一违法行为已由 {organization} 先行立案"),
        )
        .with("case", write::case(*case))
        .with("organization", write::organization(organization)),
        Refusal::PlanIncomplete { missing } => plan_incomplete(english, missing),
        Refusal::NoPower { parts } => no_power(english, parts),
        Refusal::TooFewOfficers {
            needed,
            able,
            obstacles,
        } => too_few(english, *needed, *able, obstacles),
        Refusal::Evidence(it) => super::evidence_status::refused(it),
        Refusal::Patrol(it) => super::patrol_status::refused(it),
        Refusal::Campaign(it) => super::campaign_status::refused(it),
        Refusal::CheckSample(it) => super::check_sample_status::refused(it),
        Refusal::Inspection(it) => super::inspection_status::refused(it),
        Refusal::Meeting(it) => super::meeting_status::refused(it),
        Refusal::EvidenceLacking { .. }
        | Refusal::Delivered
        | Refusal::NotEnforcing { .. }
        | Refusal::StatutoryClockExists { .. }
        | Refusal::StartsBeforeFiling
        | Refusal::NoSuchClock
        | Refusal::ClockStopped
        | Refusal::NotExtendable
        | Refusal::NoTransferDecision => super::clock_status::refused(it, english),
        Refusal::Case(it) => super::case_status::refused(it),
        other => match super::status_tiers::refused(other, &english) {
            Some(problem) => problem,
            None => precondition(other, english),
        },
    }
}

/// Refusals that need no more than a reason, a state and a hint.
fn precondition(it: &Refusal, english: String) -> Problem {
    let no = |reason: &str, chinese: &str, help: &str| {
        Problem::precondition(reason, english.clone(), chinese).help(help)
    };
    let state = |it: crate::domain::assignment::State| store::text(it);
    match it {
        Refusal::CaseNotReported { state } => no(
            "CASE_NOT_REPORTED",
            "案件已过核实环节",
            "only a reported case is verified",
        )
        .with("state", store::text(state)),
        Refusal::CaseNotVerified { state } => no(
            "CASE_NOT_VERIFIED",
            "案件尚未核实或已立案",
            "verify the case first",
        )
        .with("state", store::text(state)),
        Refusal::ProblemNotFound => no(
            "PROBLEM_NOT_FOUND",
            "经核实问题不存在",
            "reject the case with reason NOT_FOUND",
        ),
        Refusal::CaseAlreadyFiled { state } => no(
            "CASE_ALREADY_FILED",
            "案件已立案或已结束",
            "only a case that is not filed is rejected",
        )
        .with("state", store::text(state)),
        Refusal::CaseNotFiled { case, state, task } => {
            let help = match (task, state) {
                (Some(_), _) => "cancel the task that has it, or go on with that",
                (None, case::State::Reported | case::State::Verified) => "file the case",
                (None, _) => "report what is still wrong as another case",
            };
            let task = task.map(write::task).unwrap_or_default();
            no("CASE_NOT_FILED", "案件未立案或已纳入其他任务", help)
                .subject(write::case(*case))
                .with("case", write::case(*case))
                .with("state", store::text(state))
                .with("task", task)
        }
        Refusal::TaskNotPlanned { state } => no(
            "TASK_NOT_PLANNED",
            "任务已签发或已结束",
            "plan another task",
        )
        .with("state", store::text(state)),
        Refusal::TaskEnded { .. } => no(
            "TASK_ENDED",
            "任务已结束",
            "what is still wrong is reported as another case",
        ),
        Refusal::AwarenessOnly => no("AWARENESS_ONLY", "该派单仅供知会", "there is nothing to do"),
        Refusal::Withdrawn => no("WITHDRAWN", "该派单已撤回", "acknowledge the withdrawal"),
        Refusal::AlreadyDone => no(
            "ALREADY_DONE",
            "该派单已办结",
            "there is nothing left to do",
        ),
        Refusal::NotSigned { .. } => no("NOT_SIGNED", "派单尚未签收", "sign it first"),
        Refusal::AlreadySigned { by } => no(
            "ALREADY_SIGNED",
            "派单已由他人签收",
            "the signer goes on with it",
        )
        .with("signer", by),
        Refusal::AlreadyCommitted { state: it } => no(
            "ALREADY_COMMITTED",
            "已经接办",
            "report in, or report the result",
        )
        .with("state", state(*it)),
        Refusal::OnHold { until } => {
            let until = until.map(write::rfc3339).unwrap_or_default();
            no(
                "ON_HOLD",
                "该派单正在挂账",
                "resume it, or wait until the pause is over",
            )
            .with("until", until)
        }
        Refusal::NotOnHold { state: it } => {
            no("NOT_ON_HOLD", "该派单未挂账", "there is nothing to resume")
                .with("state", state(*it))
        }
        Refusal::ExtensionPending => no(
            "EXTENSION_PENDING",
            "延期申请尚未答复",
            "wait for the answer",
        ),
        Refusal::NoExtensionAsked => no(
            "NO_EXTENSION_ASKED",
            "没有待答复的延期申请",
            "there is nothing to answer",
        ),
        Refusal::ExtensionTooLate => no(
            "EXTENSION_TOO_LATE",
            "已经逾期，不得延期",
            "what is overdue is not extended",
        ),
        Refusal::ExtensionTooLong { at_most } => no(
            "EXTENSION_TOO_LONG",
            "延期不得超过原时限，且计时方式须与原时限相同",
            "ask for at most the original limit",
        )
        .with("at_most", at_most),
        Refusal::NoMoreExtensions => no(
            "NO_MORE_EXTENSIONS",
            "已延期两次，不得再次延期",
            "report what stands, or ask for a pause",
        ),
        Refusal::HoldPending => no("HOLD_PENDING", "挂账申请尚未答复", "wait for the answer"),
        Refusal::NoHoldAsked => no(
            "NO_HOLD_ASKED",
            "没有待答复的挂账申请",
            "there is nothing to answer",
        ),
        Refusal::HoldTooLong { until } => no(
            "HOLD_TOO_LONG",
            "挂账期限须在今后一年之内",
            "name a time within the next year",
        )
        .with("latest", write::rfc3339(*until)),
        Refusal::SecondHold => no(
            "SECOND_HOLD",
            "每个派单只能挂账一次",
            "take it to the meeting",
        ),
        Refusal::ObjectionPending => no(
            "OBJECTION_PENDING",
            "派单异议尚未裁定",
            "wait for the ruling",
        ),
        Refusal::SecondObjection => no(
            "SECOND_OBJECTION",
            "异议已被驳回，不得再次提出",
            "object once more with to_superior, or take it to the meeting",
        ),
        Refusal::NotObjected { state: it } => no(
            "NOT_OBJECTED",
            "没有待裁定的异议",
            "there is nothing to rule on",
        )
        .with("state", state(*it)),
        Refusal::AlreadyTakesPart { organization } => no(
            "ALREADY_TAKES_PART",
            "该单位已参加本任务",
            "name another organization",
        )
        .with("organization", write::organization(organization)),
        Refusal::NotWithdrawn { state: it } => no(
            "NOT_WITHDRAWN",
            "该派单未被撤回",
            "there is nothing to acknowledge",
        )
        .with("state", state(*it)),
        Refusal::OfficerBusy {
            officer,
            assignment,
        } => no(
            "OFFICER_BUSY",
            "执法人员正在执行其他执法派单",
            "name another officer, or wait for the report of that assignment",
        )
        .with("officer", write::officer(officer))
        .with("assignment", write::assignment(*assignment)),
        Refusal::NotCommitted { state: it } => {
            no("NOT_COMMITTED", "尚未接办", "commit first").with("state", state(*it))
        }
        Refusal::AlreadyOnSite => no("ALREADY_ON_SITE", "已经报到", "report the result"),
        Refusal::NotOnSite { state: it } => {
            no("NOT_ON_SITE", "尚未报到", "report in first").with("state", state(*it))
        }
        Refusal::AlreadyReported => no("ALREADY_REPORTED", "结果已反馈", "wait for the check"),
        Refusal::NotReported { state: it } => no(
            "NOT_REPORTED",
            "没有待核查的处置结果",
            "there is nothing to check",
        )
        .with("state", state(*it)),
        Refusal::CheckerIsHandler { who } => no(
            "CHECKER_IS_HANDLER",
            "处置者不得核查自己的工作",
            "somebody of another organization, without a part in the work, checks it",
        )
        .with("who", who),
        // The rest is told apart in `refused`.
        _ => Problem::internal(format!("refusal without a status: {it:?}")),
    }
}

fn plan_incomplete(english: String, missing: &[Missing]) -> Problem {
    let (mut help, mut zh) = (Vec::new(), Vec::new());
    for it in missing {
        let (text, chinese) = match it {
            Missing::Participants => ("somebody who does the work".into(), "没有承办单位".into()),
            Missing::Lead => ("a lead".to_owned(), "没有牵头单位".to_owned()),
            Missing::SingleLead => ("only one lead".into(), "牵头单位只能有一个".into()),
            Missing::Plan => ("a plan".into(), "没有行动方案".into()),
            Missing::Duty { organization } => (
                format!("the duty of {organization}"),
                format!("{organization} 没有明确职责"),
            ),
            Missing::Checker { organization } => (
                format!("a checker of {organization} other than itself"),
                format!("{organization} 没有独立的核查单位"),
            ),
        };
        help.push(text);
        zh.push(chinese);
    }
    let problem = Problem::precondition(
        "PLAN_INCOMPLETE",
        format!("{english}; missing: {}", help.join(", ")),
        format!("方案不完整：{}", zh.join("；")),
    );
    help.into_iter().fold(problem, Problem::help)
}

fn no_power(english: String, parts: &[Powerless]) -> Problem {
    let open = Act::OPEN_TO_ALL.map(store::text).join(", ");
    let (mut help, mut zh) = (Vec::new(), Vec::new());
    for it in parts {
        let who = |of: &[crate::domain::OrganizationId]| {
            let names: Vec<String> = of.iter().map(write::organization).collect();
            if names.is_empty() {
                "nobody".to_owned()
            } else {
                names.join(", ")
            }
        };
        let why: Vec<&str> = it.why.iter().map(|it| it.text.as_str()).collect();
        help.push(format!(
            "{} may not {} on matters/{}: {}; power is held by {}; open to it: {open}",
            write::organization(&it.organization),
            store::text(it.act),
            it.matter,
            if why.is_empty() {
                "no power on record".to_owned()
            } else {
                why.join(", ")
            },
            who(&it.holders),
        ));
        let why: Vec<&str> = it.why.iter().map(|it| it.zh.as_str()).collect();
        zh.push(format!(
            "{} 对 {} 无执法权{}",
            it.organization,
            it.matter,
            reasons(&why)
        ));
    }
    let problem = Problem::precondition(
        "NO_POWER",
        format!("{english}: {}", help.join("; ")),
        zh.join("；"),
    );
    let problem = match parts.first() {
        Some(it) => problem
            .with("organization", write::organization(&it.organization))
            .with("matter", write::matter(&it.matter))
            .with("act", store::text(it.act)),
        None => problem,
    };
    help.into_iter().fold(problem, Problem::help)
}

fn too_few(english: String, needed: usize, able: usize, obstacles: &[Obstacle]) -> Problem {
    // Enough are able, but somebody else was named too.
    let (english, first) = if able >= needed {
        let english = "somebody who was named may not act on this assignment (R3)".to_owned();
        (english, "所列人员中有不得参加本派单者".to_owned())
    } else {
        let first = format!("需要 {needed} 名合格执法人员，现有 {able} 名");
        (english, first)
    };
    let mut zh = vec![first];
    let mut problem_help =
        vec!["name certified, available officers of your organization".to_owned()];
    for it in obstacles {
        let why: Vec<&str> = it.why.iter().map(|it| it.text.as_str()).collect();
        problem_help.push(format!(
            "{}: {}",
            write::officer(&it.officer),
            why.join(", ")
        ));
        let why: Vec<&str> = it.why.iter().map(|it| it.zh.as_str()).collect();
        zh.push(format!("{}{}", it.officer, reasons(&why)));
    }
    let problem = Problem::precondition("TOO_FEW_OFFICERS", english, zh.join("；"))
        .with("needed", needed)
        .with("able", able);
    problem_help.into_iter().fold(problem, Problem::help)
}

fn reasons(why: &[&str]) -> String {
    if why.is_empty() {
        String::new()
    } else {
        format!("（{}）", why.join("，"))
    }
}
