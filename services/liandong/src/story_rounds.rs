//! What happened on patrols, inspections, campaigns, samples and in outages, in words.

use liandong_proto::dispatch::event::Payload;

use crate::output::words::bare;
use crate::story_meetings;

/// What happened; a general word for what has none of its own.
pub(crate) fn what(payload: &Payload) -> String {
    match payload {
        Payload::PatrolPlanCreated(it) => {
            let title = it.patrol_plan.as_ref().map_or("", |it| it.title.as_str());
            format!("下达巡查计划：{title}")
        }
        Payload::PatrolPlanEnded(it) => format!("巡查计划止于 {}", it.last_day),
        Payload::PatrolDayOpened(it) => {
            format!("{} 应交巡查日志 {} 份", it.day, it.expected_count)
        }
        Payload::DailyLogExpected(it) => format!("应巡查 {} 处", it.planned_areas.len()),
        Payload::DailyLogSubmitted(it) => format!("提交巡查日志，发现 {} 项", it.findings.len()),
        Payload::DailyLogAmended(it) => {
            let why = it.entry.as_ref().map_or("", |it| it.note.as_str());
            format!("补记巡查日志：{why}")
        }
        Payload::DailyLogMissing(it) => {
            let whose = it.facts.as_ref().map_or("", |it| bare(&it.holder));
            format!("未交巡查日志：{whose}")
        }
        Payload::DailyLogExcused(it) => format!("免交巡查日志：{}", it.reason),
        Payload::InspectionRoundPlanned(it) => {
            let round = it.inspection_round.as_ref();
            format!(
                "拟定检查轮次：{} 个对象",
                round.map_or(0, |it| it.objects.len())
            )
        }
        Payload::InspectionRoundDrawn(it) => {
            format!("抽取 {} 项检查，种子 {}", it.inspections.len(), it.seed)
        }
        Payload::InspectionRoundCancelled(it) => format!("取消检查轮次：{}", it.reason),
        Payload::InspectionPlanned(it) => {
            let what = it.object.as_ref().map_or("", |it| it.title.as_str());
            format!("计划检查：{what}")
        }
        Payload::InspectionOverlapFound(it) => {
            format!(
                "同一对象另有检查：{}，建议合并",
                bare(&it.other_organization)
            )
        }
        Payload::InspectionMergeProposed(_) => "提议合并检查".into(),
        Payload::InspectionMergeAnswered(_) => "答复合并检查".into(),
        Payload::InspectionMerged(it) => format!("并入检查 {}", bare(&it.into)),
        Payload::InspectionStarted(_) => "开始检查".into(),
        Payload::InspectionFindingRecorded(it) => {
            let what = it.finding.as_ref().map_or("", |it| it.title.as_str());
            format!("检查发现：{what}")
        }
        Payload::RectificationOrdered(it) => {
            let who = it.order.as_ref().map_or("", |it| bare(&it.organization));
            format!("责令整改：{who}")
        }
        Payload::InspectionConcluded(it) => format!("检查结束：{}", it.conclusion),
        Payload::InspectionCancelled(it) => format!("取消检查：{}", it.reason),
        Payload::InspectedObjectOpened(_) => "对象列入检查".into(),
        Payload::InspectedObjectReleased(_) => "对象检查完毕".into(),
        Payload::CampaignCreated(_) => "拟定专项行动".into(),
        Payload::CampaignUpdated(it) => format!("调整专项行动：{}", it.reason),
        Payload::CampaignStarted(_) => "专项行动开始".into(),
        Payload::CampaignMembersAdded(it) => format!("纳入 {} 项工作", it.members.len()),
        Payload::CampaignMembersRemoved(it) => format!("移出 {} 项工作", it.members.len()),
        Payload::CampaignClosed(it) => format!("专项行动结束：{}", it.report),
        Payload::CampaignCancelled(it) => format!("取消专项行动：{}", it.reason),
        Payload::CheckSamplePlanned(it) => {
            format!("拟定抽查：待抽 {} 个派单", it.population.len())
        }
        Payload::CheckSampleDrawn(it) => {
            format!("抽中 {} 个派单，种子 {}", it.drawn.len(), it.seed)
        }
        Payload::SampleChecked(it) => {
            let result = it.sampled.as_ref().and_then(|it| it.result.as_ref());
            let passed = result.is_some_and(|it| it.passed);
            format!("抽查复核：{}", if passed { "通过" } else { "不通过" })
        }
        Payload::CheckSampleCancelled(it) => format!("取消抽查：{}", it.reason),
        Payload::OutageRecorded(it) => {
            let why = it.outage.as_ref().map_or("", |it| it.reason.as_str());
            format!("平台停机：{why}")
        }
        Payload::OutageExcused(_)
        | Payload::CaseOutageExcused(_)
        | Payload::WhistleOutageExcused(_)
        | Payload::DisputeOutageExcused(_)
        | Payload::DailyLogOutageExcused(_) => "扣除平台停机时间".into(),
        other => story_meetings::what(other),
    }
}
