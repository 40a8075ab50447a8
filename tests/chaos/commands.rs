//! The commands of the life cycle, as requests: what to call, with what, and which event it is to cause.

use liandong_proto::{
    dispatch::{
        AnswerExtensionRequest, AnswerHoldRequest, CancelTaskRequest, CaseSource,
        CheckAssignmentRequest, CommitAssignmentRequest, FileCaseRequest, HoldGround,
        IssueTaskRequest, ObjectAssignmentRequest, ObjectionGround, Participant, PlanTaskRequest,
        RejectCaseRequest, RejectionReason, ReportAssignmentRequest, ReportCaseRequest,
        ReportInRequest, RequestExtensionRequest, RequestHoldRequest, ResumeAssignmentRequest,
        Role, RuleObjectionRequest, SignAssignmentRequest, VerifyCaseRequest, answer::Decision,
        check, objection::Ruling,
    },
    types::{Act, Limit, LimitKind},
};
use prost::Message;
use prost_types::Timestamp;
use time::OffsetDateTime;

use crate::street::{CENTRE, GARBAGE, GRID, LEAD};

/// A command, without who sends it.
#[derive(Clone, Debug)]
pub(crate) struct Command {
    /// `dispatch.v1.CaseService/ReportCase`.
    pub(crate) method: &'static str,
    /// The event that it causes once.
    pub(crate) causes: &'static str,
    /// The request, with a request id.
    pub(crate) body: Vec<u8>,
}

macro_rules! command {
    ($method:literal, $causes:literal, $request:expr) => {
        Command {
            method: concat!("dispatch.v1.", $method),
            causes: $causes,
            body: $request.encode_to_vec(),
        }
    };
}

/// Reports a case that is told from others by its title.
pub(crate) fn report_case(title: &str, request_id: String) -> Command {
    let request = ReportCaseRequest {
        source: CaseSource::Patrol.into(),
        title: title.to_owned(),
        description: "约两立方米，有异味".into(),
        area: GRID.into(),
        address: "锦绣一巷 3 号门前".into(),
        request_id,
        ..Default::default()
    };
    command!("CaseService/ReportCase", "CaseReported", request)
}

pub(crate) fn verify_case(name: &str, request_id: String) -> Command {
    let request = VerifyCaseRequest {
        name: name.to_owned(),
        exists: true,
        note: "现场属实".into(),
        request_id,
        ..Default::default()
    };
    command!("CaseService/VerifyCase", "CaseVerified", request)
}

pub(crate) fn reject_case(name: &str, request_id: String) -> Command {
    let request = RejectCaseRequest {
        name: name.to_owned(),
        reason: RejectionReason::Lawful.into(),
        request_id,
        ..Default::default()
    };
    command!("CaseService/RejectCase", "CaseRejected", request)
}

pub(crate) fn file_case(name: &str, request_id: String) -> Command {
    let request = FileCaseRequest {
        name: name.to_owned(),
        matter: GARBAGE.into(),
        condition: "default".into(),
        request_id,
        ..Default::default()
    };
    command!("CaseService/FileCase", "CaseFiled", request)
}

/// The sanitation bureau leads, the others support.
pub(crate) fn plan_task(case: &str, supporters: &[&str], request_id: String) -> Command {
    let part = |organization: &str, role: Role, act: Act| Participant {
        organization: format!("organizations/{organization}"),
        role: role.into(),
        act: act.into(),
        duty: "按职责处置".into(),
        checker: format!("organizations/{CENTRE}"),
        ..Default::default()
    };
    let mut participants = vec![part(LEAD, Role::Lead, Act::Dispose)];
    participants.extend(
        supporters
            .iter()
            .map(|it| part(it, Role::Support, Act::Support)),
    );
    let request = PlanTaskRequest {
        cases: vec![case.to_owned()],
        plan: "当日清理并核查".into(),
        participants,
        request_id,
        ..Default::default()
    };
    command!("TaskService/PlanTask", "TaskPlanned", request)
}

pub(crate) fn issue_task(name: &str, request_id: String) -> Command {
    let request = IssueTaskRequest {
        name: name.to_owned(),
        request_id,
        ..Default::default()
    };
    command!("TaskService/IssueTask", "TaskIssued", request)
}

pub(crate) fn cancel_task(name: &str, request_id: String) -> Command {
    let request = CancelTaskRequest {
        name: name.to_owned(),
        reason: "另行处理".into(),
        request_id,
        ..Default::default()
    };
    command!("TaskService/CancelTask", "TaskCancelled", request)
}

pub(crate) fn sign(name: &str, request_id: String) -> Command {
    let request = SignAssignmentRequest {
        name: name.to_owned(),
        request_id,
        ..Default::default()
    };
    command!(
        "AssignmentService/SignAssignment",
        "AssignmentSigned",
        request
    )
}

pub(crate) fn object(name: &str, request_id: String) -> Command {
    let request = ObjectAssignmentRequest {
        name: name.to_owned(),
        ground: ObjectionGround::NotOurDuty.into(),
        note: "该路段由其他单位保洁".into(),
        request_id,
        ..Default::default()
    };
    command!(
        "AssignmentService/ObjectAssignment",
        "AssignmentObjected",
        request
    )
}

pub(crate) fn reject_objection(name: &str, request_id: String) -> Command {
    let request = RuleObjectionRequest {
        name: name.to_owned(),
        ruling: Ruling::Rejected.into(),
        note: "属本单位职责".into(),
        request_id,
        ..Default::default()
    };
    command!("TaskService/RuleObjection", "ObjectionRuled", request)
}

pub(crate) fn commit(name: &str, request_id: String) -> Command {
    let request = CommitAssignmentRequest {
        name: name.to_owned(),
        request_id,
        ..Default::default()
    };
    command!(
        "AssignmentService/CommitAssignment",
        "AssignmentCommitted",
        request
    )
}

pub(crate) fn report_in(name: &str, request_id: String) -> Command {
    let request = ReportInRequest {
        name: name.to_owned(),
        request_id,
        ..Default::default()
    };
    command!(
        "AssignmentService/ReportIn",
        "AssignmentReportedIn",
        request
    )
}

pub(crate) fn report(name: &str, request_id: String) -> Command {
    let request = ReportAssignmentRequest {
        name: name.to_owned(),
        note: "垃圾已清运，地面已冲洗".into(),
        evidence: vec![
            "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
        ],
        request_id,
        ..Default::default()
    };
    command!(
        "AssignmentService/ReportAssignment",
        "AssignmentReported",
        request
    )
}

pub(crate) fn check(name: &str, passes: bool, request_id: String) -> Command {
    let result = if passes {
        check::Result::Pass
    } else {
        check::Result::Fail
    };
    let request = CheckAssignmentRequest {
        name: name.to_owned(),
        result: result.into(),
        note: "现场核查".into(),
        request_id,
        ..Default::default()
    };
    command!("CheckService/CheckAssignment", "AssignmentChecked", request)
}

/// Asks for a pause that is over soon: then a timer ends it.
pub(crate) fn ask_hold(name: &str, until: OffsetDateTime, request_id: String) -> Command {
    let request = RequestHoldRequest {
        name: name.to_owned(),
        ground: HoldGround::PlannedWorks.into(),
        note: "等待设备".into(),
        until_time: Some(Timestamp {
            seconds: until.unix_timestamp(),
            nanos: until.nanosecond().try_into().unwrap_or_default(),
        }),
        request_id,
        ..Default::default()
    };
    command!("AssignmentService/RequestHold", "HoldRequested", request)
}

pub(crate) fn grant_hold(name: &str, request_id: String) -> Command {
    let request = AnswerHoldRequest {
        name: name.to_owned(),
        decision: Decision::Granted.into(),
        note: "同意挂账".into(),
        request_id,
        ..Default::default()
    };
    command!("TaskService/AnswerHold", "HoldAnswered", request)
}

pub(crate) fn resume(name: &str, request_id: String) -> Command {
    let request = ResumeAssignmentRequest {
        name: name.to_owned(),
        request_id,
        ..Default::default()
    };
    command!(
        "AssignmentService/ResumeAssignment",
        "AssignmentResumed",
        request
    )
}

pub(crate) fn ask_extension(name: &str, request_id: String) -> Command {
    let request = RequestExtensionRequest {
        name: name.to_owned(),
        limit: Some(Limit {
            kind: LimitKind::WorkHours.into(),
            amount: 120,
        }),
        note: "等待清运车辆".into(),
        request_id,
        ..Default::default()
    };
    command!(
        "AssignmentService/RequestExtension",
        "ExtensionRequested",
        request
    )
}

pub(crate) fn grant_extension(name: &str, request_id: String) -> Command {
    let request = AnswerExtensionRequest {
        name: name.to_owned(),
        decision: Decision::Granted.into(),
        note: "情况属实".into(),
        request_id,
        ..Default::default()
    };
    command!("TaskService/AnswerExtension", "ExtensionAnswered", request)
}
