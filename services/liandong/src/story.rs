//! Events as lines people read.

use liandong_proto::dispatch::{
    Answer, Event, StatutoryClock, StatutoryKind, answer, event::Payload,
};

use crate::output::words::{bare, civil, instant, stage};
use crate::story_rounds;

/// Time, what, about what, which organization, who.
pub fn cells(event: &Event) -> [String; 5] {
    [
        event
            .occur_time
            .as_ref()
            .and_then(instant)
            .map(civil)
            .unwrap_or_default(),
        what(event),
        subject(event),
        if event.organization.is_empty() {
            "（系统计时）".into()
        } else {
            bare(&event.organization).to_owned()
        },
        event.person.clone(),
    ]
}

/// The assignment it is about, or else whose history it belongs to.
pub fn subject(event: &Event) -> String {
    event
        .facts
        .as_ref()
        .map_or_else(|| event.aggregate.clone(), |it| it.assignment.clone())
}

/// What happened.
pub fn what(event: &Event) -> String {
    let Some(payload) = &event.payload else {
        return "未知事件".into();
    };
    match payload {
        Payload::CaseReported(_) => "上报".into(),
        Payload::CaseVerified(it) => {
            if it.verification.as_ref().is_some_and(|it| it.exists) {
                "核实：属实".into()
            } else {
                "核实：不属实".into()
            }
        }
        Payload::CaseFiled(it) => format!(
            "立案：{}",
            it.filing.as_ref().map_or("", |it| bare(&it.matter))
        ),
        Payload::CaseRejected(_) => "不予立案".into(),
        Payload::CaseDispatched(_) => "案件派发".into(),
        Payload::CaseClosed(_) => "结案".into(),
        Payload::CaseReturned(it) => format!("退回立案：{}", it.reason),
        Payload::CasePlanned(_) => "列入方案".into(),
        Payload::TaskPlanned(it) => format!("拟定方案：{} 家单位", it.participants.len()),
        Payload::TaskReplanned(_) => "调整方案".into(),
        Payload::TaskIssued(it) => format!("派发：{} 个派单", it.assignment_count),
        Payload::TaskFinished(_) => "任务完成".into(),
        Payload::TaskCancelled(it) => format!("任务取消：{}", it.reason),
        Payload::AssignmentOffered(it) => format!("派单：{}", it.duty),
        Payload::AssignmentSigned(_) => "签收".into(),
        Payload::AssignmentCommitted(it) => format!("接办：{} 名人员", it.officers.len()),
        Payload::AssignmentObjected(it) => format!("派单异议：{}", it.note),
        Payload::ObjectionRuled(it) => {
            let upheld = it.ruling() == liandong_proto::dispatch::objection::Ruling::Upheld;
            format!(
                "异议裁定：{}",
                if upheld {
                    format!("成立，改派 {}", bare(&it.new_organization))
                } else {
                    "不成立".into()
                }
            )
        }
        Payload::WithdrawalAcknowledged(_) => "确认撤回".into(),
        Payload::AssignmentReportedIn(_) => "报到".into(),
        Payload::AssignmentReported(it) => format!(
            "反馈：{}",
            it.report.as_ref().map_or("", |it| it.note.as_str())
        ),
        Payload::AssignmentChecked(it) => {
            let passed = it
                .check
                .as_ref()
                .is_some_and(|it| it.result() == liandong_proto::dispatch::check::Result::Pass);
            format!("核查：{}", if passed { "通过" } else { "不通过" })
        }
        Payload::RoundOpened(it) => format!("返工：第 {} 轮", it.round),
        Payload::AssignmentReleased(_) => "解除".into(),
        Payload::ExtensionRequested(it) => format!(
            "申请延期：{}",
            it.extension.as_ref().map_or("", |it| it.note.as_str())
        ),
        Payload::ExtensionAnswered(it) => format!("延期答复：{}", granted(it.answer.as_ref())),
        Payload::HoldRequested(it) => format!(
            "申请挂账：{}",
            it.hold.as_ref().map_or("", |it| it.note.as_str())
        ),
        Payload::HoldAnswered(it) => format!("挂账答复：{}", granted(it.answer.as_ref())),
        Payload::AssignmentResumed(it) if it.person.is_empty() => "挂账到期，恢复计时".into(),
        Payload::AssignmentResumed(_) => "提前恢复".into(),
        Payload::RecusalDeclared(it) => format!(
            "回避：{}",
            it.recusal.as_ref().map_or("", |it| bare(&it.officer))
        ),
        Payload::StageOverdue(it) => format!("{}超期", stage(it.stage)),
        Payload::OfficerBooked(_) => "人员占用".into(),
        Payload::OfficerReleased(_) => "人员释放".into(),
        Payload::ActClaimed(_) => "先立案登记".into(),
        Payload::UploadStarted(it) => format!("开始上传证据：{} 字节", it.length),
        Payload::EvidenceStored(it) => format!("证据入库：{} 字节", it.length),
        Payload::EvidenceRefused(it) => format!("证据被拒：{}", it.detail),
        Payload::UploadAbandoned(_) => "放弃上传".into(),
        Payload::UploadExpired(_) => "上传逾期作废".into(),
        Payload::AllowanceUsed(_) => "占用上传额度".into(),
        Payload::AllowanceReturned(_) => "退还上传额度".into(),
        Payload::CaseTriaged(_) => "分流".into(),
        Payload::CaseDisposedOnSite(_) => "现场处置，结案".into(),
        Payload::CaseMerged(it) => format!("并入案件 {}", bare(&it.into)),
        Payload::CaseAbsorbed(it) => format!("合并案件 {}", bare(&it.case)),
        Payload::CaseRedirected(it) => format!(
            "移送：{}",
            it.redirection.as_ref().map_or("", |it| it.body.as_str())
        ),
        Payload::RedirectReceipted(it) => {
            let taken = it.receipt.as_ref().is_some_and(|it| it.accepted);
            format!("移送回执：{}", if taken { "接收" } else { "退回" })
        }
        Payload::CaseStageOverdue(_) => "案件环节超期".into(),
        Payload::ReporterReplied(_) => "答复反映人".into(),
        Payload::ReplyOverdue(_) => "承诺答复超期".into(),
        Payload::RevisitDue(_) => "回访到期".into(),
        Payload::RevisitRecorded(_) => "回访登记".into(),
        Payload::RevisitOverdue(_) => "回访超期".into(),
        Payload::CaseReopened(it) => format!("重新立案：第 {} 轮", it.round),
        Payload::RelapseFound(it) => format!("反复：重复 {}", bare(&it.earlier)),
        Payload::CaseRelapsed(it) => format!("反复：第 {} 次", it.relapses),
        Payload::RootCauseNoted(_) => "登记根因".into(),
        Payload::PersonRecorded(_) => "登记人员信息".into(),
        Payload::PersonalDataRead(it) => format!("查阅个人信息：{}", it.reason),
        Payload::PersonalDataErased(_) => "清除个人信息".into(),
        Payload::ConsultationHeld(_) => "会商".into(),
        Payload::OffencesLookedUp(_) => "查询违法记录".into(),
        Payload::PenaltyDecided(_) => "处理决定".into(),
        Payload::CommunityServiceDone(_) => "完成社区服务".into(),
        Payload::CaseSettingsChanged(_) => "调整案件设置".into(),
        Payload::StageReminded(it) => format!("{}将到期，提醒", stage(it.stage)),
        Payload::SupervisionOpened(it) => format!("{}督办", stage(it.stage)),
        Payload::StageEscalated(it) => format!(
            "{}上报 {}",
            stage(it.stage),
            it.rung.as_ref().map_or("", |it| &it.role_display_name)
        ),
        Payload::StageOnAgenda(it) => format!("{}列入下次会议议程", stage(it.stage)),
        Payload::DeliveryFailed(it) => format!("未能送达 {}", bare(&it.organization)),
        Payload::DeliveryConfirmed(_) => "确认送达，恢复计时".into(),
        Payload::StatutoryClockStarted(it) => format!("起算{}", statutory(it.clock.as_ref())),
        Payload::StatutoryClockExtended(it) => format!("延长{}", statutory(it.clock.as_ref())),
        Payload::StatutoryClockStopped(it) => format!("终止{}", statutory(it.clock.as_ref())),
        Payload::StatutoryClockReminded(it) => {
            format!("{}将到期，提醒", statutory(it.clock.as_ref()))
        }
        Payload::StatutoryClockOverdue(it) => format!("{}超期", statutory(it.clock.as_ref())),
        Payload::SceneFinished(_) => "宣布现场处置结束".into(),
        Payload::HandBackRequested(it) => format!("申请退回：{}", it.note),
        Payload::HandBackAnswered(it) => format!("退回答复：{}", granted(it.answer.as_ref())),
        Payload::AssignmentWithdrawn(it) => format!("撤回派单：{}", it.reason),
        Payload::ResourcesStated(_) => "登记人员、车辆、物资".into(),
        Payload::DutyDesignated(it) => format!("指定管辖：{}", bare(&it.organization)),
        Payload::TaskDisputed(_) => "提请争议裁定".into(),
        Payload::TaskTemplateSaved(_) => "保存任务模板".into(),
        Payload::TaskTemplateRetired(_) => "停用任务模板".into(),
        Payload::WhistleBlown(it) => format!("吹哨：{}", it.title),
        Payload::WhistleAnswered(it) => format!("应哨：{}", bare(&it.organization)),
        Payload::WhistleUnanswered(it) => format!("未应哨：{}", bare(&it.organization)),
        Payload::WhistleEscalated(it) => format!("升级吹哨：{}", bare(&it.organization)),
        Payload::WhistleTasked(_) => "就吹哨拟定方案".into(),
        Payload::WhistleClosed(_) => "吹哨办结".into(),
        Payload::WhistleWithdrawn(it) => format!("撤回吹哨：{}", it.reason),
        Payload::DisputeOpened(_) => "发生推诿争议".into(),
        Payload::PositionStated(_) => "陈述意见".into(),
        Payload::DisputeReferred(it) => format!("争议上报 {}", bare(&it.organization)),
        Payload::DisputeOverdue(_) => "争议逾期未裁定".into(),
        Payload::DisputeDecided(it) => format!(
            "争议裁定：由 {} 承担",
            it.decision.as_ref().map_or("", |it| bare(&it.holder))
        ),
        Payload::DisputeLapsed(_) => "争议失效".into(),
        other => story_rounds::what(other),
    }
}

fn statutory(clock: Option<&StatutoryClock>) -> &'static str {
    match clock.map(StatutoryClock::kind) {
        Some(StatutoryKind::Decision) => "处罚决定期限",
        Some(StatutoryKind::Seizure) => "查封扣押期限",
        Some(StatutoryKind::PreservedEvidence) => "先行登记保存期限",
        Some(StatutoryKind::TransferDecision) => "移送决定期限",
        Some(StatutoryKind::Transfer) => "移送期限",
        _ => "法定期限",
    }
}

fn granted(answer: Option<&Answer>) -> &'static str {
    match answer.map(Answer::decision) {
        Some(answer::Decision::Granted) => "同意",
        _ => "不同意",
    }
}

#[cfg(test)]
mod tests {
    use liandong_proto::{DESCRIPTORS, dispatch::Event};
    use prost::{Message, encoding};
    use prost_types::FileDescriptorSet;

    use super::what;

    /// Whatever can be on record has words of its own in Chinese.
    #[test]
    fn every_event_is_told_in_words() {
        let set = FileDescriptorSet::decode(DESCRIPTORS).unwrap();
        let files = set.file.iter();
        let dispatch = files.filter(|it| it.package() == "liandong.dispatch.v1");
        let mut messages = dispatch.flat_map(|it| &it.message_type);
        let event = messages.find(|it| it.name() == "Event").unwrap();
        let payloads = event.field.iter().filter(|it| it.oneof_index.is_some());
        let mut told = 0;
        for field in payloads {
            let number = u32::try_from(field.number()).unwrap();
            let mut bytes = Vec::new();
            encoding::encode_key(number, encoding::WireType::LengthDelimited, &mut bytes);
            encoding::encode_varint(0, &mut bytes);
            let event = Event::decode(bytes.as_slice()).unwrap();
            assert!(event.payload.is_some(), "{}", field.name());
            assert_ne!(what(&event), "其他事件", "{}", field.name());
            told += 1;
        }
        assert!(told > 100, "{told}");
    }
}
