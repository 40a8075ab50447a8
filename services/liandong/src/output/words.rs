//! The words people read: states, roles, acts in Chinese, times in Asia/Shanghai.

use liandong_kit::name;
use liandong_proto::{
    dispatch::{CaseSource, Role, Stage, assignment, case, task},
    types::Act,
};
use prost_types::Timestamp;
use time::{OffsetDateTime, macros::format_description};

/// A time as people in Asia/Shanghai read it; empty if there is none.
pub fn time(at: Option<&Timestamp>) -> String {
    at.and_then(instant).map(civil).unwrap_or_default()
}

/// An instant as people in Asia/Shanghai read it.
pub fn civil(at: OffsetDateTime) -> String {
    at.to_offset(liandong_calendar::civil::SHANGHAI)
        .format(format_description!(
            "[year]-[month]-[day] [hour]:[minute]:[second]"
        ))
        .unwrap_or_default()
}

/// The instant of a timestamp.
pub fn instant(at: &Timestamp) -> Option<OffsetDateTime> {
    let nanos = i128::from(at.seconds) * 1_000_000_000 + i128::from(at.nanos);
    OffsetDateTime::from_unix_timestamp_nanos(nanos).ok()
}

/// The timestamp of an instant.
pub fn timestamp(at: OffsetDateTime) -> Timestamp {
    Timestamp {
        seconds: at.unix_timestamp(),
        nanos: i32::try_from(at.nanosecond()).unwrap_or_default(),
    }
}

/// The last part of a resource name: `sanitation` of `organizations/sanitation`.
pub fn bare(resource: &str) -> &str {
    resource.rsplit_once('/').map_or(resource, |(_, id)| id)
}

/// A name however people write it: `sanitation` and `organizations/sanitation` are the same.
pub fn full(collection: &str, written: &str) -> String {
    if written.starts_with(&format!("{collection}/")) {
        written.to_owned()
    } else {
        name::of(collection, written)
    }
}

/// A case's state.
pub fn case_state(state: i32) -> &'static str {
    use case::State::{
        Closed, Dispatched, Filed, Merged, Redirected, Rejected, Reported, Unspecified, Verified,
    };
    match case::State::try_from(state).unwrap_or(Unspecified) {
        Unspecified => "—",
        Reported => "已上报",
        Verified => "已核实",
        Filed => "已立案",
        Dispatched => "已派发",
        Closed => "已结案",
        Rejected => "不予立案",
        Merged => "已合并",
        Redirected => "已转办",
    }
}

/// A task's state.
pub fn task_state(state: i32) -> &'static str {
    use task::State::{Cancelled, Finished, Issued, Planned, Unspecified};
    match task::State::try_from(state).unwrap_or(Unspecified) {
        Unspecified => "—",
        Planned => "拟定中",
        Issued => "办理中",
        Finished => "已完成",
        Cancelled => "已取消",
    }
}

/// An assignment's state.
pub fn assignment_state(state: i32) -> &'static str {
    use assignment::State::{
        Committed, Done, Informed, Objected, Offered, OnHold, OnSite, Released, Reported, Signed,
        Unspecified, Withdrawn,
    };
    match assignment::State::try_from(state).unwrap_or(Unspecified) {
        Unspecified => "—",
        Offered => "待签收",
        Signed => "已签收",
        Committed => "已接办",
        OnSite => "已报到",
        Reported => "待核查",
        Done => "已办结",
        Objected => "有异议",
        Withdrawn => "已撤回",
        OnHold => "挂账",
        Informed => "知悉",
        Released => "已解除",
    }
}

/// What an organization is in a task.
pub fn role(role: i32) -> &'static str {
    match Role::try_from(role).unwrap_or(Role::Unspecified) {
        Role::Unspecified => "—",
        Role::Lead => "牵头",
        Role::CoHandler => "协办",
        Role::Support => "配合",
        Role::Awareness => "知悉",
    }
}

/// A stage of work.
pub fn stage(stage: i32) -> &'static str {
    match Stage::try_from(stage).unwrap_or(Stage::Unspecified) {
        Stage::Unspecified => "—",
        Stage::Sign => "签收",
        Stage::Commit => "接办",
        Stage::OnSite => "报到",
        Stage::Disposal => "处置",
        Stage::Check => "核查",
    }
}

/// What is done in law.
pub fn act(act: i32) -> &'static str {
    match Act::try_from(act).unwrap_or(Act::Unspecified) {
        Act::Unspecified => "—",
        Act::Inspect => "检查",
        Act::OrderCorrection => "责令改正",
        Act::Stop => "责令停止",
        Act::Penalise => "行政处罚",
        Act::Seize => "查封扣押",
        Act::Coerce => "行政强制",
        Act::Dispose => "处置",
        Act::Persuade => "宣传劝导",
        Act::Report => "发现报告",
        Act::Support => "配合",
    }
}

/// Where a case came from.
pub fn source(source: i32) -> &'static str {
    match CaseSource::try_from(source).unwrap_or(CaseSource::Unspecified) {
        CaseSource::Unspecified => "—",
        CaseSource::Patrol => "巡查发现",
        CaseSource::Hotline => "12345 热线",
        CaseSource::DigitalCity => "数字城管",
        CaseSource::Media => "媒体曝光",
        CaseSource::Leader => "领导批示",
        CaseSource::Superior => "上级督查",
        CaseSource::Department => "部门移送",
        CaseSource::ResidentUnit => "辖区单位",
        CaseSource::Public => "群众反映",
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn times_are_read_in_shanghai_and_names_as_people_write_them() {
        let at = datetime!(2026-03-01 16:30 UTC);
        assert_eq!(civil(at), "2026-03-02 00:30:00");
        assert_eq!(instant(&timestamp(at)), Some(at));
        assert_eq!(
            full("organizations", "sanitation"),
            "organizations/sanitation"
        );
        assert_eq!(
            full("organizations", "organizations/sanitation"),
            "organizations/sanitation"
        );
        assert_eq!(bare("tasks/x/assignments/2"), "2");
    }
}
