//! Revisits, rounds and root causes of cases.

use liandong_kit::name;
use liandong_proto::dispatch as wire;
use tonic::Status;

use super::case_course::By;
use super::read::{Fields, TEXT_MAX};
use super::{words, write};
use crate::domain::case::revisit::{Cause, FormerRound, Reopened, Revisit, RootCause, Visited};
use crate::domain::{CaseId, EvidenceId, OrganizationId};

/// What a revisit found.
pub(crate) struct ReadRevisit {
    /// The case.
    pub case: CaseId,
    /// The revisit's number.
    pub number: u16,
    /// What was found.
    pub visited: Visited,
    /// Evidence kept here that it refers to.
    pub cited: Vec<EvidenceId>,
}

/// What a revisit found.
pub(crate) fn read_revisit(
    it: wire::RecordRevisitRequest,
    organization: OrganizationId,
    (person, at): By,
) -> Result<ReadRevisit, Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let name = fields
        .0
        .take("name", name::nested(&it.name, "cases", "revisits"));
    let note = if it.passed {
        fields.text("note", it.note, TEXT_MAX)
    } else {
        fields.required("note", it.note, TEXT_MAX)
    };
    let cited = fields.evidence("evidence", &it.evidence);
    fields.0.finish()?;
    let (case, number) = name.unwrap_or_default();
    Ok(ReadRevisit {
        case: CaseId(case),
        number: u16::try_from(number).unwrap_or(u16::MAX),
        visited: Visited {
            units: vec![],
            passed: it.passed,
            organization,
            person,
            at,
            note,
            evidence: it.evidence,
        },
        cited,
    })
}

/// A closed case, and the one that repeats it.
pub(crate) fn read_reopening(it: &wire::ReopenCaseRequest) -> Result<(CaseId, CaseId), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let case = fields.case("name", &it.name);
    let relapse = fields.case("relapse", &it.relapse);
    fields.0.finish()?;
    Ok((case.unwrap_or_default(), relapse.unwrap_or_default()))
}

/// A root cause; the round is the case's to say.
pub(crate) fn read_root_cause(
    it: &wire::RecordRootCauseRequest,
    (person, at): By,
) -> Result<(CaseId, RootCause), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let case = fields.case("name", &it.name);
    let note = fields.required("note", it.note.clone(), TEXT_MAX);
    let remedy = fields.text("remedy", it.remedy.clone(), TEXT_MAX);
    fields.0.finish()?;
    let cause = RootCause {
        round: 0,
        note,
        remedy,
        person,
        at,
    };
    Ok((case.unwrap_or_default(), cause))
}

/// A revisit.
pub(crate) fn revisit(case: CaseId, it: &Revisit) -> wire::Revisit {
    let visited = it.visited.as_ref();
    wire::Revisit {
        name: write::revisit(case, it.number),
        round: i32::from(it.round),
        after_days: i32::from(it.after_days),
        state: words::revisit_state(it.state),
        planned_time: Some(write::time(it.planned_at)),
        deadline: it.deadline.as_ref().map(write::deadline),
        overdue_time: write::time_if(it.overdue),
        organization: visited
            .map(|it| write::organization(&it.organization))
            .unwrap_or_default(),
        person: visited.map(|it| it.person.to_string()).unwrap_or_default(),
        revisit_time: visited.map(|it| write::time(it.at)),
        note: visited.map(|it| it.note.clone()).unwrap_or_default(),
        evidence: visited.map(|it| it.evidence.clone()).unwrap_or_default(),
    }
}

/// A round that did not last.
pub(crate) fn round(number: u16, it: &FormerRound) -> wire::CaseRound {
    let cause = match it.cause {
        Cause::Revisit { .. } => wire::ReopenCause::Revisit,
        Cause::Relapse { .. } => wire::ReopenCause::Relapse,
        Cause::Sample { .. } => wire::ReopenCause::SampleCheck,
    };
    wire::CaseRound {
        round: i32::from(number),
        task: it.task.map(write::task).unwrap_or_default(),
        close_time: Some(write::time(it.closed_at)),
        reopen_time: Some(write::time(it.reopened_at)),
        cause: cause as i32,
        relapse: match it.cause {
            Cause::Relapse { case } => write::case(case),
            _ => String::new(),
        },
        check_sample: sample(it.cause),
    }
}

/// A closed case is open again.
pub(crate) fn reopened(case: CaseId, it: &Reopened) -> wire::CaseReopened {
    let revisit = match it.former.cause {
        Cause::Revisit { number } => write::revisit(case, number),
        _ => String::new(),
    };
    wire::CaseReopened {
        former: Some(round(it.round.saturating_sub(1), &it.former)),
        round: i32::from(it.round),
        revisit,
        person: it.person.to_string(),
        check_sample: sample(it.former.cause),
    }
}

/// The sample that showed it, if one did.
fn sample(cause: Cause) -> String {
    match cause {
        Cause::Sample { sample } => write::check_sample(sample),
        _ => String::new(),
    }
}

/// Why a problem keeps coming back.
pub(crate) fn root_cause(it: &RootCause) -> wire::RootCause {
    wire::RootCause {
        note: it.note.clone(),
        remedy: it.remedy.clone(),
        person: it.person.to_string(),
        note_time: Some(write::time(it.at)),
        round: i32::from(it.round),
    }
}
