//! Fields of lists, and the words they may have, in Chinese: for the counts of a list.

use super::query::Kind;

/// A field that is counted by.
pub(super) fn field(field: &str) -> &'static str {
    match field {
        "state" => "状态",
        "source" => "案件来源",
        "area" => "辖区",
        "matter" => "事项",
        "organization" => "单位",
        "organizer" => "组织单位",
        "triage" => "分流方式",
        "overdue" => "是否超期",
        "exercise" => "是否演练",
        "role" => "角色",
        "kind" => "类型",
        "tier" => "层级",
        "cause" => "争议原因",
        "task" => "联合任务",
        "retired" => "是否停用",
        "series" => "例会",
        "holder" => "责任人",
        "day" => "日期",
        _ => "",
    }
}

/// A value of a field; empty for ids and codes, and for what is not said.
pub(super) fn value(field: &str, kind: Option<Kind>, value: &str) -> &'static str {
    match kind {
        Some(Kind::Flag) if value == "true" => "是",
        Some(Kind::Flag) => "否",
        Some(Kind::Word(words)) => word((field, words), value),
        _ => "",
    }
}

fn word((field, words): (&str, &[&str]), word: &str) -> &'static str {
    match (field, word) {
        ("state", "STREET") => "街道裁定",
        ("state", "DISTRICT") => "区级裁定",
        // Of a case, which is verified next, and of an assignment, which is checked next.
        (_, "REPORTED") if words.contains(&"VERIFIED") => "待核实",
        (_, "REPORTED") => "已反馈",
        (_, "VERIFIED") => "已核实",
        (_, "FILED") => "已立案",
        (_, "DISPATCHED") => "已派遣",
        (_, "CLOSED") => "已结",
        (_, "REJECTED") => "不予立案",
        (_, "MERGED") => "已合并",
        (_, "REDIRECTED") => "已移送",
        (_, "PLANNED") => "拟定中",
        (_, "ISSUED") => "已派发",
        (_, "FINISHED") => "已完成",
        (_, "CANCELLED") => "已取消",
        (_, "OFFERED") => "待签收",
        (_, "SIGNED") => "已签收",
        (_, "COMMITTED") => "已接办",
        (_, "ON_SITE") if field == "triage" => "现场处置",
        (_, "ON_SITE") => "已报到",
        (_, "DONE") => "已办结",
        (_, "OBJECTED") => "异议中",
        (_, "ON_HOLD") => "挂账",
        (_, "WITHDRAWN") => "已撤回",
        (_, "INFORMED") => "知会",
        (_, "RELEASED") => "已解除",
        (_, "LEAD") => "牵头",
        (_, "CO_HANDLER") => "会办",
        (_, "SUPPORT") => "配合",
        (_, "AWARENESS") => "知会",
        (_, "OWN_POWER") => "自处",
        (_, "PUSH") => "交办",
        (_, "JOINT") => "联合处置",
        (_, "CONSULTATION") => "会商",
        (_, "SERVICE") => "服务",
        (_, "PATROL") => "巡查",
        (_, "HOTLINE") => "12345 热线",
        (_, "DIGITAL_CITY") => "数字城管",
        (_, "MEDIA") => "媒体",
        (_, "LEADER") => "领导批示",
        (_, "SUPERIOR") => "上级检查",
        (_, "DEPARTMENT") => "部门",
        (_, "RESIDENT_UNIT") => "辖区单位",
        (_, "PUBLIC") => "群众",
        (_, "BLOWN") => "待应哨",
        (_, "ANSWERED") => "已应哨",
        (_, "PUBLIC_CONCERN") => "群众诉求哨",
        (_, "JOINT_ENFORCEMENT") => "联合执法哨",
        (_, "EMERGENCY") => "应急处置哨",
        (_, "COMMUNITY") => "社区",
        (_, "STREET") => "街道",
        (_, "DISTRICT") => "区",
        (_, "NEGOTIATION") => "协商",
        (_, "SETTLED") => "已协商一致",
        (_, "DESIGNATED") => "已指定管辖",
        (_, "LAPSED") => "已失效",
        (_, "OPPOSITE_OBJECTIONS") => "相互推诿",
        (_, "NOBODY") => "无单位有权",
        (_, "CONFLICT") => "多单位有权",
        (_, "SECOND_OBJECTION") => "再次异议",
        (_, "ACTIVE") => "执行中",
        (_, "ENDED") => "已终止",
        (_, "EXPECTED") => "待交",
        (_, "SUBMITTED") => "按时提交",
        (_, "LATE") => "逾期提交",
        (_, "MISSING") => "缺交",
        (_, "EXCUSED") => "免交",
        (_, "VOLUNTARY") => "自愿提交",
        (_, "DRAWN") => "已抽取",
        (_, "COMPLETED") => "已完成",
        (_, "IN_PROGRESS") => "进行中",
        (_, "CONCLUDED") => "已结束",
        (_, "RUNNING") => "推进中",
        (_, "DRAFT") => "草拟中",
        (_, "OPEN") => "进行中",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::super::query::{
        ASSIGNMENTS, CAMPAIGNS, CASES, CHECK_SAMPLES, DAILY_LOGS, DISPUTES, INSPECTIONS,
        MEETING_SERIES, MEETINGS, PATROL_PLANS, ROUNDS, TASKS, WHISTLES,
    };
    use super::*;

    #[test]
    fn what_was_reported_is_told_apart_by_what_it_is() {
        let of = |fields: super::super::query::Fields| {
            let state = fields.iter().find(|(name, _)| *name == "state");
            value("state", state.map(|(_, kind)| *kind), "REPORTED")
        };
        assert_eq!((of(CASES), of(ASSIGNMENTS)), ("待核实", "已反馈"));
    }

    /// Whatever a list is counted by has a name in Chinese, and so has every word it may have.
    #[test]
    fn every_field_and_word_that_is_counted_has_a_name() {
        let lists = [CASES, TASKS, ASSIGNMENTS, WHISTLES, DISPUTES, CAMPAIGNS];
        let dockets = [CHECK_SAMPLES, DAILY_LOGS, INSPECTIONS, MEETING_SERIES];
        let others = [MEETINGS, PATROL_PLANS, ROUNDS];
        for (name, kind) in [lists.concat(), dockets.concat(), others.concat()].concat() {
            if matches!(kind, Kind::Text | Kind::Time) {
                continue;
            }
            assert_ne!(field(name), "", "{name}");
            let words = match kind {
                Kind::Word(words) => words,
                _ => &[],
            };
            for word in words {
                assert_ne!(value(name, Some(kind), word), "", "{name} {word}");
            }
        }
    }
}
