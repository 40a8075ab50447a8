//! How a district runs its cases.

use std::collections::BTreeMap;

use liandong_calendar::{Limit, LimitKind};
use liandong_proto::{dispatch as wire, types};
use tonic::Status;

use super::case_course::number;
use super::read::Fields;
use super::{words, write};
use crate::domain::{CaseSettings, OrganizationId};

/// Revisits of a case, at most.
const REVISITS_MAX: usize = 24;
/// Days that may be asked for, at most: ten years.
const DAYS_MAX: u32 = 3_650;
/// The longest limit of a stage: 31 days of minutes.
const MINUTES_MAX: u32 = 44_640;

/// Settings as they are wanted: what is not said is the default.
pub(crate) fn read_settings(it: wire::UpdateCaseSettingsRequest) -> Result<CaseSettings, Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let given = it.settings.is_some();
    fields.0.check(given, "settings", "required", "必填");
    let it = it.settings.unwrap_or_default();
    let default = CaseSettings::default();
    let replies = replies(&mut fields, &it.reply_promises);
    let revisit_days = revisit_days(&mut fields, &it, default.revisit_days);
    let days = |fields: &mut Fields, field: &str, value: i32, default: u16| {
        let found = number(fields, field, value, DAYS_MAX);
        found
            .and_then(|it| u16::try_from(it).ok())
            .unwrap_or(default)
    };
    let revisitor = "settings.revisitor";
    let revisitor: Option<OrganizationId> = fields.id_if(revisitor, &it.revisitor, "organizations");
    let settings = CaseSettings {
        verification: limit(&mut fields, "verification", it.verification)
            .unwrap_or(default.verification),
        intake: limit(&mut fields, "intake", it.intake).unwrap_or(default.intake),
        dispatch: limit(&mut fields, "dispatch", it.dispatch).unwrap_or(default.dispatch),
        replies,
        duplicate_distance_m: number(
            &mut fields,
            "settings.duplicate_distance_m",
            it.duplicate_distance_m,
            5_000,
        )
        .unwrap_or(default.duplicate_distance_m),
        duplicate_hours: number(
            &mut fields,
            "settings.duplicate_hours",
            it.duplicate_hours,
            8_760,
        )
        .unwrap_or(default.duplicate_hours),
        revisit_days,
        revisit: limit(&mut fields, "revisit", it.revisit).unwrap_or(default.revisit),
        revisitor,
        relapse_days: days(
            &mut fields,
            "settings.relapse_days",
            it.relapse_days,
            default.relapse_days,
        ),
        personal_data_days: days(
            &mut fields,
            "settings.personal_data_days",
            it.personal_data_days,
            default.personal_data_days,
        ),
        updated_at: None,
    };
    fields.0.check(
        settings.dispatch.kind() == LimitKind::UrgentHours,
        "settings.dispatch",
        "must be continuous: URGENT_HOURS",
        "派遣时限须为紧急工作时",
    );
    fields.0.finish()?;
    Ok(settings)
}

fn limit(fields: &mut Fields, field: &str, it: Option<types::Limit>) -> Option<Limit> {
    let field = format!("settings.{field}");
    let limit = fields.limit(&field, it?)?;
    let max = if limit.kind().in_minutes() {
        MINUTES_MAX
    } else {
        DAYS_MAX
    };
    fields.0.check(
        limit.amount() <= max,
        &field,
        format!("at most {max}"),
        format!("最多 {max}"),
    );
    Some(limit)
}

fn replies(
    fields: &mut Fields,
    promises: &[wire::ReplyPromise],
) -> BTreeMap<crate::domain::case::Source, Limit> {
    let mut replies = BTreeMap::new();
    for it in promises {
        let field = "settings.reply_promises";
        let source = fields.word(field, it.source, words::read_source);
        fields.0.check(
            it.limit.is_some(),
            field,
            "a promise without limit",
            "承诺缺少时限",
        );
        let limit = limit(fields, "reply_promises", it.limit);
        if let (Some(source), Some(limit)) = (source, limit) {
            let twice = replies.insert(source, limit).is_some();
            fields
                .0
                .check(!twice, field, "the same source twice", "来源重复");
        }
    }
    replies
}

fn revisit_days(fields: &mut Fields, it: &wire::CaseSettings, default: Vec<u16>) -> Vec<u16> {
    let field = "settings.revisit_days";
    if it.without_revisits {
        fields.0.check(
            it.revisit_days.is_empty(),
            field,
            "none without revisits",
            "不回访时不填",
        );
        return vec![];
    }
    if it.revisit_days.is_empty() {
        return default;
    }
    let in_range = |day: &i32| u32::try_from(*day).is_ok_and(|it| (1..=DAYS_MAX).contains(&it));
    let rising = it.revisit_days.is_sorted_by(|a, b| a < b);
    fields.0.check(
        rising && it.revisit_days.len() <= REVISITS_MAX && it.revisit_days.iter().all(in_range),
        field,
        format!("at most {REVISITS_MAX} days, rising, from 1 to {DAYS_MAX}"),
        format!("最多 {REVISITS_MAX} 个，递增，1 至 {DAYS_MAX}"),
    );
    let days = it.revisit_days.iter();
    days.filter_map(|day| u16::try_from(*day).ok()).collect()
}

/// Settings with every default filled in.
pub(crate) fn settings(version: i64, it: &CaseSettings) -> wire::CaseSettings {
    let number = |it: u32| i32::try_from(it).unwrap_or(i32::MAX);
    let promise = |(source, it): (&crate::domain::case::Source, &Limit)| wire::ReplyPromise {
        source: words::source(*source),
        limit: Some(write::limit(*it)),
    };
    wire::CaseSettings {
        etag: version.to_string(),
        update_time: write::time_if(it.updated_at),
        verification: Some(write::limit(it.verification)),
        intake: Some(write::limit(it.intake)),
        dispatch: Some(write::limit(it.dispatch)),
        reply_promises: it.replies.iter().map(promise).collect(),
        duplicate_distance_m: number(it.duplicate_distance_m),
        duplicate_hours: number(it.duplicate_hours),
        revisit_days: it.revisit_days.iter().map(|it| i32::from(*it)).collect(),
        without_revisits: it.revisit_days.is_empty(),
        revisit: Some(write::limit(it.revisit)),
        revisitor: it
            .revisitor
            .as_ref()
            .map(write::organization)
            .unwrap_or_default(),
        relapse_days: i32::from(it.relapse_days),
        personal_data_days: i32::from(it.personal_data_days),
    }
}
