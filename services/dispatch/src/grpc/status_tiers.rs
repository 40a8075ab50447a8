//! Refusals of whistles, disputes and templates, and of orders that go to somebody else.

use liandong_kit::status::Problem;

use super::convert::write;
use crate::domain::refusal::NotHandedOver;
use crate::domain::rest::Rest;
use crate::domain::{DisputeId, Refusal};
use crate::store::text;

/// Nobody, or more than one, has the power: the disputes that opened decide.
pub(super) fn disputed(nobody: bool, disputes: Vec<DisputeId>) -> Problem {
    let names: Vec<String> = disputes.into_iter().map(write::dispute).collect();
    let first = names.first().cloned().unwrap_or_default();
    let all = names.join(", ");
    let problem = if nobody {
        Problem::precondition(
            "NO_POWER",
            format!("by the registry nobody holds the power (R1); {all} decides who acts"),
            "无单位具有该执法权限，已提请确定管辖",
        )
    } else {
        Problem::precondition(
            "JURISDICTION_DISPUTED",
            format!("several organizations hold the power with the same rank; {all} decides (M20)"),
            "多个单位对该事项均有管辖权，已提请指定管辖",
        )
    };
    problem
        .help("state a position, or designate; then issue again")
        .with("dispute", first)
}

/// What is told apart here; none for everything else.
pub(super) fn refused(it: &Refusal, english: &str) -> Option<Problem> {
    let no = |reason: &str, chinese: &str, help: &str| {
        Problem::precondition(reason, english, chinese).help(help)
    };
    Some(match it {
        Refusal::WhistleNotFound => {
            Problem::not_found("WHISTLE_NOT_FOUND", english, "没有这个吹哨")
        }
        Refusal::DisputeNotFound => {
            Problem::not_found("DISPUTE_NOT_FOUND", english, "没有这个争议")
        }
        Refusal::TaskTemplateNotFound => {
            Problem::not_found("TASK_TEMPLATE_NOT_FOUND", english, "没有这个任务模板")
        }
        Refusal::TaskTemplateRetired => no(
            "TASK_TEMPLATE_RETIRED",
            "任务模板已停用",
            "save the template again, or plan without it",
        ),
        Refusal::WhistleEnded { state } => {
            no("WHISTLE_ENDED", "吹哨已结束", "blow another whistle").with("state", text(state))
        }
        Refusal::WhistleAnswered { by } => no(
            "WHISTLE_ANSWERED",
            "本单位已应哨",
            "who answered goes on with it",
        )
        .with("person", by),
        Refusal::WhistleTasked { task } => no(
            "WHISTLE_TASKED",
            "已就该吹哨制定联合任务",
            "the whistle ends with its task",
        )
        .with("task", write::task(*task)),
        Refusal::ExerciseMismatch => no(
            "EXERCISE_MISMATCH",
            "演练与实战不得混用",
            "plan an exercise for an exercise",
        ),
        Refusal::FirstObjection => no(
            "FIRST_OBJECTION",
            "首次异议应向派单单位提出",
            "object without to_superior",
        ),
        Refusal::DesignationBinds { dispute } => no(
            "DESIGNATION_BINDS",
            "该职责已指定管辖，不得再次提出异议",
            "do the work",
        )
        .with("dispute", write::dispute(*dispute)),
        Refusal::DesignatedElsewhere {
            organization,
            dispute,
        } => no(
            "DESIGNATION_BINDS",
            "该事项已指定由其他单位管辖",
            "let the designated organization act",
        )
        .with("organization", write::organization(organization))
        .with("dispute", write::dispute(*dispute)),
        Refusal::Disputed { dispute } => no(
            "DISPUTED",
            "该派单存在争议，须由争议裁定",
            "decide the dispute",
        )
        .with("dispute", write::dispute(*dispute)),
        Refusal::JurisdictionDisputed { dispute } => {
            let dispute = dispute.map(write::dispute).unwrap_or_default();
            no(
                "JURISDICTION_DISPUTED",
                "多个单位对该事项均有管辖权",
                "issue again: a dispute opens",
            )
            .with("dispute", dispute)
        }
        Refusal::DisputeEnded { state } => {
            no("DISPUTE_ENDED", "争议已结束", "its decision binds").with("state", text(state))
        }
        Refusal::LastTier => no("LAST_TIER", "已是最高层级", "wait for the designation"),
        Refusal::NoSuperior => no(
            "NO_SUPERIOR",
            "基础信息中没有上级单位",
            "take it to the meeting, or register who coordinates the district",
        ),
        Refusal::NotYourTier { state } => no(
            "NOT_YOUR_TIER",
            "该层级应由其他单位裁定",
            "wait for it, or for the tier to pass",
        )
        .with("state", text(state)),
        Refusal::HandBackPending => no(
            "HAND_BACK_PENDING",
            "退回申请尚未答复",
            "wait for the answer",
        ),
        Refusal::NoHandBackAsked => no(
            "NO_HAND_BACK_ASKED",
            "没有待答复的退回申请",
            "there is nothing to answer",
        ),
        Refusal::LeadNeeded => no(
            "LEAD_NEEDED",
            "撤回牵头单位须同时指定新的牵头单位",
            "name who takes over",
        ),
        Refusal::SceneNotFinished { lead } => {
            let lead = lead.as_ref().map(write::organization).unwrap_or_default();
            no(
                "SCENE_NOT_FINISHED",
                "事不完，人不撤：牵头单位尚未宣布现场处置结束",
                "the lead declares the scene finished first",
            )
            .with("lead", lead)
        }
        Refusal::NotLead => no(
            "NOT_LEAD",
            "只有牵头单位可以宣布现场处置结束",
            "ask the lead",
        ),
        Refusal::NoScene => no(
            "NO_SCENE",
            "该任务没有待结束的现场",
            "there is nothing to declare",
        ),
        Refusal::TimeOfRest { rest } => {
            let chinese = match rest {
                Rest::Night => "夜间实施行政强制执行须属紧急情况并说明理由",
                Rest::Holiday => "法定节假日实施行政强制执行须属紧急情况并说明理由",
            };
            no(
                "TIME_OF_REST",
                chinese,
                "wait, or give the emergency_reason",
            )
            .with("rest", text(rest))
        }
        Refusal::HandOverIncomplete { parts } => not_handed_over(english, parts),
        _ => return None,
    })
}

fn not_handed_over(english: &str, parts: &[NotHandedOver]) -> Problem {
    let (mut help, mut chinese) = (Vec::new(), Vec::new());
    for part in parts {
        for it in &part.missing {
            help.push(format!(
                "{}: {}",
                write::organization(&part.organization),
                it.text
            ));
            chinese.push(format!("{}：{}", part.organization, it.zh));
        }
    }
    let problem = Problem::precondition(
        "HAND_OVER_INCOMPLETE",
        format!("{english}; missing: {}", help.join("; ")),
        format!(
            "下放社区的工作未做到权、费、人、物随事转：{}",
            chinese.join("；")
        ),
    );
    let problem = match parts.first() {
        Some(it) => problem
            .with("organization", write::organization(&it.organization))
            .with("matter", write::matter(&it.matter)),
        None => problem,
    };
    help.into_iter().fold(problem, Problem::help)
}
