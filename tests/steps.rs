//! What people do with cases, tasks and assignments, one step each. A step that a story expects to work unwraps; one
//! that may be refused gives the answer back.

use liandong_proto::{
    dispatch::{
        self as wire, AcknowledgeWithdrawalRequest, AnswerExtensionRequest, AnswerHoldRequest,
        Assignment, Case, CaseSource, CheckAssignmentRequest, CheckAssignmentResponse,
        CommitAssignmentRequest, DeclareRecusalRequest, FileCaseRequest, GetAssignmentRequest,
        GetCaseRequest, GetTaskRequest, HoldGround, IssueTaskRequest, ObjectAssignmentRequest,
        ObjectionGround, Participant, PlanTaskRequest, ReportAssignmentRequest, ReportCaseRequest,
        ReportInRequest, RequestExtensionRequest, RequestHoldRequest, ResumeAssignmentRequest,
        Role, RuleObjectionRequest, SignAssignmentRequest, Stage, StageClock, Task,
        VerifyCaseRequest, answer::Decision, check, objection::Ruling,
    },
    types::{Act, Limit, LimitKind},
};
use prost_types::Timestamp;
use time::OffsetDateTime;
use tonic::Status;

use crate::{caller::Caller, world::CENTRE};

/// A grid of the demo street.
pub(crate) const GRID: &str = "areas/990101001001001";
/// Solid work for the sanitation bureau: 4 work hours.
pub(crate) const GARBAGE: &str = "matters/garbage-heap";

/// One organization's part, checked by the supervision centre.
pub(crate) fn part(organization: &str, role: Role, act: Act) -> Participant {
    Participant {
        organization: format!("organizations/{organization}"),
        role: role as i32,
        act: act as i32,
        duty: format!("{organization}：按职责处置"),
        checker: format!("organizations/{CENTRE}"),
        ..Default::default()
    }
}

/// The lead that does the work itself.
pub(crate) fn lead(organization: &str) -> Participant {
    part(organization, Role::Lead, Act::Dispose)
}

pub(crate) fn officers(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|it| format!("officers/{it}")).collect()
}

impl Caller {
    /// Reports, verifies and files a case under a matter's `default` condition.
    pub(crate) async fn filed(&self, matter: &str) -> Case {
        self.filed_as(matter, "default", GRID).await
    }

    /// The same under another condition, in another area.
    pub(crate) async fn filed_as(&self, matter: &str, condition: &str, area: &str) -> Case {
        let case = self.verified(area).await;
        let request = FileCaseRequest {
            name: case.name,
            matter: matter.to_owned(),
            condition: condition.to_owned(),
            ..Default::default()
        };
        self.cases()
            .file_case(request)
            .await
            .unwrap()
            .into_inner()
            .case
            .unwrap()
    }

    /// Reports a case and verifies that the problem exists.
    pub(crate) async fn verified(&self, area: &str) -> Case {
        let case = self.reported(area).await;
        let request = VerifyCaseRequest {
            name: case.name,
            exists: true,
            note: "现场属实".into(),
            ..Default::default()
        };
        self.cases()
            .verify_case(request)
            .await
            .unwrap()
            .into_inner()
            .case
            .unwrap()
    }

    /// Reports a case.
    pub(crate) async fn reported(&self, area: &str) -> Case {
        let request = ReportCaseRequest {
            source: CaseSource::Patrol as i32,
            title: "路边堆放垃圾".into(),
            description: "约两立方米，有异味".into(),
            area: area.to_owned(),
            address: "锦绣一巷 3 号门前".into(),
            ..Default::default()
        };
        self.cases()
            .report_case(request)
            .await
            .unwrap()
            .into_inner()
            .case
            .unwrap()
    }

    /// Plans a joint task on one case.
    pub(crate) async fn planned(&self, case: &Case, participants: Vec<Participant>) -> Task {
        let request = PlanTaskRequest {
            cases: vec![case.name.clone()],
            plan: "当日清理并核查".into(),
            participants,
            ..Default::default()
        };
        self.tasks()
            .plan_task(request)
            .await
            .unwrap()
            .into_inner()
            .task
            .unwrap()
    }

    pub(crate) async fn issue(&self, task: &str) -> Result<Task, Status> {
        let request = IssueTaskRequest {
            name: task.to_owned(),
            ..Default::default()
        };
        Ok(self
            .tasks()
            .issue_task(request)
            .await?
            .into_inner()
            .task
            .unwrap())
    }

    /// A task about a new case of this matter, with its orders out.
    pub(crate) async fn issued(&self, matter: &str, participants: Vec<Participant>) -> Task {
        let case = self.filed(matter).await;
        let task = self.planned(&case, participants).await;
        self.issue(&task.name).await.unwrap()
    }

    pub(crate) async fn case(&self, name: &str) -> Result<Case, Status> {
        Ok(self
            .cases()
            .get_case(GetCaseRequest {
                name: name.to_owned(),
            })
            .await?
            .into_inner()
            .case
            .unwrap())
    }

    pub(crate) async fn task(&self, name: &str) -> Result<Task, Status> {
        Ok(self
            .tasks()
            .get_task(GetTaskRequest {
                name: name.to_owned(),
            })
            .await?
            .into_inner()
            .task
            .unwrap())
    }

    pub(crate) async fn assignment(&self, name: &str) -> Result<Assignment, Status> {
        let request = GetAssignmentRequest {
            name: name.to_owned(),
        };
        Ok(self
            .assignments()
            .get_assignment(request)
            .await?
            .into_inner()
            .assignment
            .unwrap())
    }

    pub(crate) async fn sign(&self, name: &str) -> Result<Assignment, Status> {
        let request = SignAssignmentRequest {
            name: name.to_owned(),
            ..Default::default()
        };
        Ok(self
            .assignments()
            .sign_assignment(request)
            .await?
            .into_inner()
            .assignment
            .unwrap())
    }

    pub(crate) async fn commit(&self, name: &str, ids: &[&str]) -> Result<Assignment, Status> {
        let request = CommitAssignmentRequest {
            name: name.to_owned(),
            officers: officers(ids),
            ..Default::default()
        };
        Ok(self
            .assignments()
            .commit_assignment(request)
            .await?
            .into_inner()
            .assignment
            .unwrap())
    }

    pub(crate) async fn report_in(&self, name: &str) -> Result<Assignment, Status> {
        let request = ReportInRequest {
            name: name.to_owned(),
            ..Default::default()
        };
        Ok(self
            .assignments()
            .report_in(request)
            .await?
            .into_inner()
            .assignment
            .unwrap())
    }

    pub(crate) async fn report(&self, name: &str) -> Result<Assignment, Status> {
        let request = ReportAssignmentRequest {
            name: name.to_owned(),
            note: "垃圾已清运，地面已冲洗".into(),
            evidence: vec![
                "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
            ],
            ..Default::default()
        };
        Ok(self
            .assignments()
            .report_assignment(request)
            .await?
            .into_inner()
            .assignment
            .unwrap())
    }

    /// Commits, reports in and reports what was signed.
    pub(crate) async fn handled(&self, name: &str, ids: &[&str]) -> Assignment {
        self.commit(name, ids).await.unwrap();
        self.report_in(name).await.unwrap();
        self.report(name).await.unwrap()
    }

    /// Signs, commits, reports in and reports.
    pub(crate) async fn worked(&self, name: &str, ids: &[&str]) -> Assignment {
        self.sign(name).await.unwrap();
        self.handled(name, ids).await
    }

    pub(crate) async fn object(
        &self,
        name: &str,
        ground: ObjectionGround,
    ) -> Result<Assignment, Status> {
        let request = ObjectAssignmentRequest {
            name: name.to_owned(),
            ground: ground as i32,
            note: "该路段由其他单位保洁".into(),
            proposed_organization: "organizations/municipal-works".into(),
            ..Default::default()
        };
        Ok(self
            .assignments()
            .object_assignment(request)
            .await?
            .into_inner()
            .assignment
            .unwrap())
    }

    pub(crate) async fn uphold(&self, name: &str, new_organization: &str) -> Result<Task, Status> {
        let request = RuleObjectionRequest {
            name: name.to_owned(),
            ruling: Ruling::Upheld as i32,
            note: "职责清单已调整".into(),
            new_organization: format!("organizations/{new_organization}"),
            ..Default::default()
        };
        Ok(self
            .tasks()
            .rule_objection(request)
            .await?
            .into_inner()
            .task
            .unwrap())
    }

    pub(crate) async fn reject(&self, name: &str) -> Result<Task, Status> {
        let request = RuleObjectionRequest {
            name: name.to_owned(),
            ruling: Ruling::Rejected as i32,
            note: "属本单位职责".into(),
            ..Default::default()
        };
        Ok(self
            .tasks()
            .rule_objection(request)
            .await?
            .into_inner()
            .task
            .unwrap())
    }

    pub(crate) async fn ask_extension(
        &self,
        name: &str,
        minutes: i32,
    ) -> Result<Assignment, Status> {
        let request = RequestExtensionRequest {
            name: name.to_owned(),
            limit: Some(Limit {
                kind: LimitKind::WorkHours.into(),
                amount: minutes,
            }),
            note: "等待清运车辆".into(),
            ..Default::default()
        };
        let answer = self.assignments().request_extension(request).await?;
        Ok(answer.into_inner().assignment.unwrap())
    }

    pub(crate) async fn answer_extension(
        &self,
        name: &str,
        decision: Decision,
    ) -> Result<Task, Status> {
        let request = AnswerExtensionRequest {
            name: name.to_owned(),
            decision: decision.into(),
            note: "情况属实".into(),
            ..Default::default()
        };
        let answer = self.tasks().answer_extension(request).await?;
        Ok(answer.into_inner().task.unwrap())
    }

    pub(crate) async fn ask_hold(
        &self,
        name: &str,
        until: OffsetDateTime,
    ) -> Result<Assignment, Status> {
        let request = RequestHoldRequest {
            name: name.to_owned(),
            ground: HoldGround::PlannedWorks.into(),
            note: "管网改造列入本季工程".into(),
            until_time: Some(timestamp(until)),
            ..Default::default()
        };
        let answer = self.assignments().request_hold(request).await?;
        Ok(answer.into_inner().assignment.unwrap())
    }

    pub(crate) async fn answer_hold(&self, name: &str, decision: Decision) -> Result<Task, Status> {
        let request = AnswerHoldRequest {
            name: name.to_owned(),
            decision: decision.into(),
            note: "同意挂账".into(),
            ..Default::default()
        };
        let answer = self.tasks().answer_hold(request).await?;
        Ok(answer.into_inner().task.unwrap())
    }

    pub(crate) async fn resume(&self, name: &str) -> Result<Assignment, Status> {
        let request = ResumeAssignmentRequest {
            name: name.to_owned(),
            ..Default::default()
        };
        let answer = self.assignments().resume_assignment(request).await?;
        Ok(answer.into_inner().assignment.unwrap())
    }

    pub(crate) async fn recuse(&self, name: &str, officer: &str) -> Result<Assignment, Status> {
        let request = DeclareRecusalRequest {
            name: name.to_owned(),
            officer: format!("officers/{officer}"),
            reason: "与当事人有亲属关系".into(),
            ..Default::default()
        };
        let answer = self.assignments().declare_recusal(request).await?;
        Ok(answer.into_inner().assignment.unwrap())
    }

    pub(crate) async fn acknowledge(&self, name: &str) -> Result<Assignment, Status> {
        let request = AcknowledgeWithdrawalRequest {
            name: name.to_owned(),
            ..Default::default()
        };
        Ok(self
            .assignments()
            .acknowledge_withdrawal(request)
            .await?
            .into_inner()
            .assignment
            .unwrap())
    }

    pub(crate) async fn pass(&self, name: &str) -> Result<CheckAssignmentResponse, Status> {
        self.check(name, check::Result::Pass).await
    }

    pub(crate) async fn fail(&self, name: &str) -> Result<CheckAssignmentResponse, Status> {
        self.check(name, check::Result::Fail).await
    }

    async fn check(
        &self,
        name: &str,
        result: check::Result,
    ) -> Result<CheckAssignmentResponse, Status> {
        let request = CheckAssignmentRequest {
            name: name.to_owned(),
            result: result as i32,
            note: "现场核查".into(),
            ..Default::default()
        };
        Ok(self.checks().check_assignment(request).await?.into_inner())
    }
}

/// The assignment of an organization, the latest if there are several.
#[track_caller]
pub(crate) fn of<'a>(task: &'a Task, organization: &str) -> &'a Assignment {
    let name = format!("organizations/{organization}");
    task.assignments
        .iter()
        .rev()
        .find(|it| it.organization == name)
        .unwrap_or_else(|| panic!("nothing for {name}"))
}

/// A clock of the current round.
#[track_caller]
pub(crate) fn clock(assignment: &Assignment, stage: Stage) -> &StageClock {
    let clocks = &assignment.rounds.last().expect("a round").clocks;
    clocks
        .iter()
        .rfind(|it| it.stage() == stage)
        .unwrap_or_else(|| panic!("no clock {stage:?} in {clocks:#?}"))
}

/// When a clock of the current round runs out.
#[track_caller]
pub(crate) fn due(assignment: &Assignment, stage: Stage) -> OffsetDateTime {
    time(clock(assignment, stage).deadline.as_ref().unwrap().due_time)
}

/// A time as it came over the wire.
#[track_caller]
pub(crate) fn time(it: Option<Timestamp>) -> OffsetDateTime {
    let it = it.expect("a time");
    OffsetDateTime::from_unix_timestamp_nanos(
        i128::from(it.seconds) * 1_000_000_000 + i128::from(it.nanos),
    )
    .unwrap()
}

/// A time as it goes over the wire.
pub(crate) fn timestamp(it: OffsetDateTime) -> Timestamp {
    Timestamp {
        seconds: it.unix_timestamp(),
        nanos: i32::try_from(it.nanosecond()).unwrap(),
    }
}

/// The names of an event's payload, in the order in which they happened.
pub(crate) fn kinds(events: &[wire::Event]) -> Vec<String> {
    events
        .iter()
        .map(|it| kind(it.payload.as_ref().expect("a payload")))
        .collect()
}

/// `AssignmentOffered`.
pub(crate) fn kind(payload: &wire::event::Payload) -> String {
    let text = format!("{payload:?}");
    text.split('(').next().unwrap_or_default().to_owned()
}
