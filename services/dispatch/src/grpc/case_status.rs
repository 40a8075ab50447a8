//! Why something with a case or its people is refused, in words that help.

use liandong_kit::status::Problem;

use super::convert::write;
use crate::domain::case::refusal::Refused;
use crate::domain::case::triage::Misfit;
use crate::store;

/// What the rules of cases say.
pub(super) fn refused(it: &Refused) -> Problem {
    let english = it.to_string();
    let no = |reason: &str, chinese: &str, help: &str| {
        Problem::precondition(reason, english.clone(), chinese).help(help)
    };
    match it {
        Refused::InDesignatedZone { zone, until } => {
            let until = until.map(write::rfc3339).unwrap_or_default();
            no(
                "IN_DESIGNATED_ZONE",
                "位于疏导点且在允许时段内，不予立案",
                "reject it with reason LAWFUL, or file it with a zone_reason",
            )
            .with("zone", format!("zones/{zone}"))
            .with("until", until)
        }
        Refused::PlaceTooWide => no(
            "PLACE_TOO_WIDE",
            "所报区域内有开放的疏导点，须提供具体坐标",
            "report it with its position, or file it with a zone_reason",
        ),
        Refused::TriagedOtherwise {
            case,
            way,
            organization,
            misfits,
        } => {
            let problem = no(
                "TRIAGED_OTHERWISE",
                "方案与案件分流不符",
                "plan it as it was triaged, or triage it anew",
            )
            .subject(write::case(*case))
            .with("case", write::case(*case))
            .with("triage", store::text(way));
            let problem = match organization {
                Some(it) => problem.with("organization", write::organization(it)),
                None => problem,
            };
            misfits.iter().map(misfit).fold(problem, Problem::help)
        }
        Refused::NotForConsultation => no(
            "NOT_FOR_CONSULTATION",
            "案件未分流为会商",
            "triage it as CONSULTATION first",
        ),
        Refused::NotMergeable { case, state, task } => no(
            "CASE_NOT_MERGEABLE",
            "案件已派发或已结束，不能合并",
            "only a case without a task becomes part of one that goes on",
        )
        .subject(write::case(*case))
        .with("case", write::case(*case))
        .with("state", store::text(state))
        .with("task", task.map(write::task).unwrap_or_default()),
        Refused::OtherMatter {
            case,
            matter,
            other,
        } => no(
            "OTHER_MATTER",
            "案件立案事项不同，不能合并",
            "cases of one matter are merged",
        )
        .subject(write::case(*case))
        .with("matter", write::matter(matter))
        .with("other", write::matter(other)),
        Refused::NotRedirectable { state, task } => no(
            "CASE_NOT_REDIRECTABLE",
            "案件已派发或已结束，不能移送",
            "only a case without a task is redirected",
        )
        .with("state", store::text(state))
        .with("task", task.map(write::task).unwrap_or_default()),
        Refused::NoReceiptOwed { state } => no(
            "NO_RECEIPT_OWED",
            "没有待登记的移送回执",
            "redirect the case first",
        )
        .with("state", store::text(state)),
        Refused::NoReplyPromised => no(
            "NO_REPLY_PROMISED",
            "该来源没有承诺答复",
            "promise replies to its source in the settings",
        ),
        Refused::RevisitNotFound => {
            Problem::not_found("REVISIT_NOT_FOUND", english, "没有这次回访")
        }
        Refused::RevisitNotDue { state, planned_at } => no(
            "REVISIT_NOT_DUE",
            "回访未到期或已登记",
            "record it from its day on, once",
        )
        .with("state", store::text(state))
        .with("planned", write::rfc3339(*planned_at)),
        Refused::NotARelapse { case } => no(
            "NOT_A_RELAPSE",
            "该案件未被认定为反复",
            "file it for the same matter at the same place first",
        )
        .with("case", write::case(*case)),
        Refused::NotClosed { state } => no(
            "CASE_NOT_CLOSED",
            "案件未结案",
            "only a closed case is reopened",
        )
        .with("state", store::text(state)),
        Refused::Ended { state } => no(
            "CASE_ENDED",
            "案件已结束",
            "record it with a case that goes on",
        )
        .with("state", store::text(state)),
        Refused::PersonNotFound => {
            Problem::not_found("PERSON_NOT_FOUND", english, "没有这条人员信息，或无权查阅")
        }
        Refused::NotPenalising => no(
            "NOT_PENALISING",
            "该派单不含行政处罚",
            "only the unit whose part is to penalise decides",
        ),
        Refused::PartyUnknown => no(
            "PARTY_UNKNOWN",
            "当事人身份未登记",
            "record the party with an identity number",
        ),
        Refused::AlreadyFined { case, organization } => Problem::exists(
            "ALREADY_FINED",
            english,
            format!("同一违法行为已由 {organization} 罚款，不得再次罚款"),
        )
        .with("case", write::case(*case))
        .with("organization", write::organization(organization)),
        Refused::NoLeniency {
            same_matter,
            corrected,
            exempt,
        } => no(
            "NO_LENIENCY",
            "仅初次违法且已改正的方可不予处罚或以社区服务代替",
            "decide on a penalty",
        )
        .with("same_matter", same_matter)
        .with("corrected", corrected)
        .with("first_offence_exempt", exempt),
        Refused::PenaltyNotFound => {
            Problem::not_found("PENALTY_NOT_FOUND", english, "没有这项处理决定")
        }
        Refused::NoCommunityService => no(
            "NO_COMMUNITY_SERVICE",
            "该决定不是社区服务",
            "there is nothing to record",
        ),
    }
}

fn misfit(it: &Misfit) -> &'static str {
    match it {
        Misfit::Lead => "the responsible unit leads",
        Misfit::OnlyOne => "nobody else works on it",
        Misfit::SeveralNeeded => "at least two work on it",
        Misfit::NoEnforcing => "nobody penalises, seizes or coerces",
        Misfit::NotAgreed => "the parties have agreed first",
    }
}
