//! Why the rules of clocks and of required evidence say no.

use liandong_kit::status::Problem;

use super::convert::words;
use crate::domain::Refusal;
use crate::domain::evidence::{Kind, Lacking};

/// The status of a refusal that is about clocks or required evidence.
pub(super) fn refused(it: &Refusal, english: String) -> Problem {
    let no = |reason: &str, chinese: &str, help: &str| {
        Problem::precondition(reason, english.clone(), chinese).help(help)
    };
    match it {
        Refusal::NoSuchClock => Problem::not_found("CLOCK_NOT_FOUND", english, "没有这个时限"),
        Refusal::EvidenceLacking { lacking } => evidence_lacking(english, lacking),
        Refusal::NotEnforcing { act } => no(
            "NOT_ENFORCING",
            "只有处罚、查封扣押、强制执行的派单才有法定时限",
            "start it on the assignment that enforces",
        )
        .with("act", words::act(*act)),
        Refusal::StatutoryClockExists { clock } => no(
            "CLOCK_EXISTS",
            "同一文书已起算该时限，起算时间不同",
            "stop that clock, or name another document",
        )
        .with("clock", clock),
        Refusal::StartsBeforeFiling => no(
            "STARTS_BEFORE_FILING",
            "法定时限不能早于立案时间起算",
            "name a time after the case was filed",
        ),
        Refusal::ClockStopped => no(
            "CLOCK_STOPPED",
            "该时限已终止",
            "it was stopped by another document",
        ),
        Refusal::NotExtendable => no(
            "NOT_EXTENDABLE",
            "只有查封扣押期限可以延长",
            "only a seizure is extended",
        ),
        Refusal::NoTransferDecision => no(
            "NO_TRANSFER_DECISION",
            "只有移送决定才起算移送时限",
            "stop the clock of the transfer decision",
        ),
        _ => no(
            "DELIVERED",
            "派单已送达",
            "there is no failed delivery to confirm",
        ),
    }
}

fn evidence_lacking(english: String, lacking: &[Lacking]) -> Problem {
    let word = |kind: Kind| match kind {
        Kind::Photo => ("photos", "照片"),
        Kind::Video => ("videos", "视频"),
        Kind::Document => ("documents", "文书"),
    };
    let (mut help, mut zh) = (Vec::new(), Vec::new());
    for it in lacking {
        let (text, chinese) = word(it.kind);
        let (needed, have, of) = (it.needed, it.have, it.descriptions.join("；"));
        help.push(format!(
            "upload and name {needed} {text}, there are {have}: {of}"
        ));
        zh.push(format!("{chinese}须有 {needed} 份，现有 {have} 份（{of}）"));
    }
    let problem = Problem::precondition(
        "EVIDENCE_MISSING",
        english,
        format!("反馈缺少必需的证据：{}", zh.join("；")),
    );
    help.into_iter().fold(problem, Problem::help)
}
