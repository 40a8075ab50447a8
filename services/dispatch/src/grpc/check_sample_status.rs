//! Why the rules on checks by sample say no.

use liandong_kit::status::Problem;

use crate::domain::check_sample::Refused;
use crate::store;

/// Why something with samples is refused.
pub(super) fn refused(it: &Refused) -> Problem {
    let english = it.to_string();
    let no = |reason: &str, chinese: &str, help: &str| {
        Problem::precondition(reason, english.clone(), chinese).help(help)
    };
    match it {
        Refused::NotFound => Problem::not_found("CHECK_SAMPLE_NOT_FOUND", english, "没有这次抽查"),
        Refused::NotSampled => Problem::not_found("NOT_SAMPLED", english, "该派单未被抽中"),
        Refused::NothingToSample => no(
            "NOTHING_TO_SAMPLE",
            "该时段没有核查通过的派单",
            "take other days, or a wider area",
        ),
        Refused::TooMany { found } => no(
            "TOO_MANY_TO_SAMPLE",
            "该时段核查通过的派单过多",
            "take fewer days, or a smaller area",
        )
        .with("found", found),
        Refused::NotPlanned { state } => no(
            "CHECK_SAMPLE_NOT_PLANNED",
            "已抽取或已取消",
            "plan another sample",
        )
        .with("state", store::text(state)),
        Refused::AlreadyChecked { by } => no(
            "SAMPLE_ALREADY_CHECKED",
            "已由他人复核",
            "look at another one",
        )
        .with("person", by),
    }
}
