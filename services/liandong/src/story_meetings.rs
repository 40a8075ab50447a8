//! What happened at meetings, in words.

use liandong_proto::dispatch::{attendance, event::Payload};

use crate::output::words::bare;

/// What happened; a general word for what has none of its own.
pub(crate) fn what(payload: &Payload) -> String {
    match payload {
        Payload::MeetingSeriesSaved(it) => {
            let title = it.series.as_ref().map_or("", |it| it.title.as_str());
            format!("设定会议系列：{title}")
        }
        Payload::MeetingSeriesEnded(it) => format!("终止会议系列：{}", it.reason),
        Payload::MeetingMissed(_) => "应开会而上次会议未结束".into(),
        Payload::MeetingReferralReceived(it) => {
            let it = it.referral.as_ref();
            let kind = if it.is_some_and(|it| it.answer) {
                "收到上级答复"
            } else {
                "收到下级转呈"
            };
            format!("{kind}：{}", it.map_or("", |it| it.title.as_str()))
        }
        Payload::MeetingReferralsTaken(it) => format!("{} 项列入议程", it.taken_count),
        Payload::MeetingNumbered(it) => format!("筹备第 {} 次会议", it.number),
        Payload::MeetingConvened(it) => {
            let title = it.facts.as_ref().map_or("", |it| it.title.as_str());
            format!("筹备会议：{title}")
        }
        Payload::MeetingMoved(it) => format!("调整会议时间地点：{}", it.place),
        Payload::AgendaBuilt(it) => {
            format!(
                "议程更新：增 {} 项，减 {} 项",
                it.added.len(),
                it.removed.len()
            )
        }
        Payload::AgendaItemRemoved(it) => format!("撤下议题 {}：{}", it.item, it.reason),
        Payload::MeetingOpened(_) => "会议开始".into(),
        Payload::AttendanceRecorded(it) => {
            let it = it.attendance.clone().unwrap_or_default();
            let how = match it.state() {
                attendance::State::Present => "出席",
                attendance::State::Excused => "请假",
                attendance::State::Absent | attendance::State::Unspecified => "缺席",
            };
            format!("{how}：{}", bare(&it.organization))
        }
        Payload::RankingShown(it) => {
            let period = it.ranking.as_ref().map_or("", |it| it.period.as_str());
            format!("通报排名：{period}")
        }
        Payload::MeetingItemDecided(it) => {
            let decision = it.item.as_ref().and_then(|it| it.decision.as_ref());
            format!("会议决定：{}", decision.map_or("", |it| it.text.as_str()))
        }
        Payload::MeetingItemForwarded(it) => {
            let title = it.item.as_ref().map_or("", |it| it.title.as_str());
            format!("转呈上级会议：{title}")
        }
        Payload::MeetingClosed(it) => format!("会议结束，纪要 {}", it.minutes_hash),
        Payload::DigestIssued(it) => {
            let who = it.digest.as_ref().map_or("", |it| bare(&it.organization));
            format!("发送会议摘要：{who}")
        }
        Payload::DigestSigned(it) => {
            let who = it.digest.as_ref().map_or("", |it| bare(&it.organization));
            format!("签收会议摘要：{who}")
        }
        Payload::AddendumAdded(it) => {
            let text = it.addendum.as_ref().map_or("", |it| it.text.as_str());
            format!("纪要补记：{text}")
        }
        Payload::MeetingCancelled(it) => format!("取消会议：{}", it.reason),
        _ => "其他事件".into(),
    }
}
