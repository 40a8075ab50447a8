//! What people read of a meeting, in Chinese: the same in its minutes and wherever else it is shown.

use liandong_proto::dispatch::{
    AgendaItem, MeetingDecision, agenda_item, meeting_decision::FollowUp,
};

use super::convert::words::read_item_kind;
use crate::domain::meeting::Kind;

/// Why something is on the agenda; nothing if that is not said.
pub fn kind(it: agenda_item::Kind) -> &'static str {
    read_item_kind(it.into()).map_or("", Kind::title)
}

/// How far what was decided about an item is; nothing before it was.
pub fn follow_up(it: &AgendaItem) -> &'static str {
    let decision = it.decision.as_ref();
    match decision.map(MeetingDecision::follow_up) {
        None | Some(FollowUp::Unspecified) => "",
        Some(FollowUp::None) => "无需落实",
        Some(FollowUp::Open) => "落实中",
        Some(FollowUp::Overdue) => "逾期未落实",
        Some(FollowUp::Done) => "已落实",
        Some(FollowUp::Dropped) => "已终止",
    }
}
