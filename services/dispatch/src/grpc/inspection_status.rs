//! Why the rules on inspections say no.

use liandong_kit::status::Problem;

use super::convert::write;
use crate::domain::inspection::Refused;
use crate::store;

/// Why something with inspections is refused.
pub(super) fn refused(it: &Refused) -> Problem {
    let english = it.to_string();
    let no = |reason: &str, chinese: &str, help: &str| {
        Problem::precondition(reason, english.clone(), chinese).help(help)
    };
    match it {
        Refused::RoundNotFound => {
            Problem::not_found("INSPECTION_ROUND_NOT_FOUND", english, "没有这个检查轮次")
        }
        Refused::NotFound => Problem::not_found("INSPECTION_NOT_FOUND", english, "没有这项检查"),
        Refused::FindingNotFound => {
            Problem::not_found("FINDING_NOT_FOUND", english, "没有这个检查发现")
        }
        Refused::RoundNotPlanned { state } => no(
            "ROUND_NOT_PLANNED",
            "该轮次已抽取或已取消",
            "plan another round",
        )
        .with("state", store::text(state)),
        Refused::Overlaps { others } => {
            let names: Vec<String> = others.iter().map(|it| write::inspection(it.0)).collect();
            let whose: Vec<String> = others.iter().map(|it| write::organization(&it.1)).collect();
            no(
                "INSPECTION_OVERLAPS",
                "同一对象近期已有其他检查，建议“综合查一次”",
                "plan it with a separate_reason, or leave it to the other and ask to take part",
            )
            .with("inspections", names.join(","))
            .with("organizations", whose.join(","))
        }
        Refused::ModeMismatch { organization, .. } => no(
            "MODE_MISMATCH",
            "该单位不适用这种检查方式",
            "区查街改: the district looks, a street mends; 块查条改: a street or community looks, a department \
             mends",
        )
        .with("organization", write::organization(organization)),
        Refused::CommunityOnlyHelps { organization } => no(
            "COMMUNITY_ONLY_HELPS",
            "社区只能协助整改，不能牵头",
            "order it of a street or a department, and let the community help in its task",
        )
        .with("organization", write::organization(organization)),
        Refused::Ended { state } => no(
            "INSPECTION_ENDED",
            "该项检查已结束",
            "plan another inspection",
        )
        .with("state", store::text(state)),
        Refused::NotStarted => no("INSPECTION_NOT_STARTED", "检查尚未开始", "start it first"),
        Refused::MergePending { other } => no(
            "MERGE_PENDING",
            "合并检查的提议尚未答复",
            "answer the proposal first",
        )
        .with("inspection", write::inspection(*other)),
        Refused::NoMergeProposed => no(
            "NO_MERGE_PROPOSED",
            "没有待答复的合并提议",
            "there is nothing to answer",
        ),
        Refused::OtherObject => no(
            "OTHER_OBJECT",
            "两项检查的对象不同",
            "only inspections of the same object are made together",
        ),
        Refused::FindingsRecorded => no(
            "FINDINGS_RECORDED",
            "已有检查发现",
            "give the orders and conclude it",
        ),
        Refused::MatterNotInspected { matter } => no(
            "MATTER_NOT_INSPECTED",
            "该事项不在本次检查范围内",
            "name one of the inspection's matters",
        )
        .with("matter", write::matter(matter)),
        Refused::AlreadyOrdered { task } => no(
            "ALREADY_ORDERED",
            "该发现已有整改要求或免予整改的理由",
            "go on with its task",
        )
        .with("task", task.map(write::task).unwrap_or_default()),
        Refused::InspectorIsFixer { organization } => no(
            "INSPECTOR_IS_FIXER",
            "检查单位不得自行整改",
            "name an organization that does not inspect",
        )
        .with("organization", write::organization(organization)),
        Refused::FindingsOpen { numbers } => {
            let all: Vec<String> = numbers.iter().map(ToString::to_string).collect();
            no(
                "FINDINGS_OPEN",
                "尚有发现未提出整改要求",
                "order rectification of each, or record it with a reason for none",
            )
            .with("findings", all.join(","))
        }
    }
}
