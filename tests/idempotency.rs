//! Sending a command twice: the same answer to the same request, never a second effect, never another's.

use futures::future::join_all;
use liandong_proto::{
    dispatch::{
        AcknowledgeWithdrawalRequest, CancelTaskRequest, CaseSource, CheckAssignmentRequest,
        CommitAssignmentRequest, FileCaseRequest, IssueTaskRequest, ListCasesRequest,
        ObjectAssignmentRequest, ObjectionGround, PlanTaskRequest, RejectCaseRequest,
        RejectionReason, ReplayTaskRequest, ReportAssignmentRequest, ReportCaseRequest,
        ReportInRequest, RuleObjectionRequest, SignAssignmentRequest, UpdatePlanRequest,
        VerifyCaseRequest, check, objection::Ruling,
    },
    types::Role,
};
use prost::Message;
use time::Duration;
use tonic::Code;
use uuid::Uuid;

use crate::{
    refusal::{refused, refused_with},
    steps::{GARBAGE, GRID, lead, of},
    world::{STREET, World},
};

/// Calls twice, an hour apart, with the same request id; the answers must be the same to the byte. Then with another
/// body, which must be refused.
macro_rules! twice {
    ($world:expr, $client:expr, $method:ident, $request:expr, $other:expr) => {{
        let mut request = $request;
        request.request_id = Uuid::now_v7().to_string();
        let first = $client.$method(request.clone()).await.unwrap().into_inner();
        $world.later(Duration::minutes(1)).await;
        let second = $client.$method(request.clone()).await.unwrap().into_inner();
        assert_eq!(
            first.encode_to_vec(),
            second.encode_to_vec(),
            stringify!($method)
        );
        #[allow(clippy::redundant_closure_call)]
        let other = ($other)(request);
        refused(
            $client.$method(other).await,
            Code::InvalidArgument,
            "REQUEST_ID_REUSED",
        );
        first
    }};
}

fn report() -> ReportCaseRequest {
    ReportCaseRequest {
        source: CaseSource::Hotline as i32,
        title: "垃圾堆积".into(),
        area: GRID.into(),
        ..Default::default()
    }
}

/// Every command of dispatch, in the order of a story, each sent twice: the log has each effect once.
#[tokio::test]
async fn every_command_may_be_sent_twice() {
    let world = World::start().await;
    let (street, centre, sanitation) = (
        world.coordinator(),
        world.checker(),
        world.handler("sanitation"),
    );
    let noted = |text: &str| text.to_owned();

    let case = twice!(
        world,
        street.cases(),
        report_case,
        report(),
        |it: ReportCaseRequest| ReportCaseRequest {
            title: noted("另一件"),
            ..it
        }
    );
    let case = case.case.unwrap().name;
    let verify = VerifyCaseRequest {
        name: case.clone(),
        exists: true,
        note: noted("属实"),
        ..Default::default()
    };
    twice!(
        world,
        street.cases(),
        verify_case,
        verify,
        |it: VerifyCaseRequest| VerifyCaseRequest {
            exists: false,
            ..it
        }
    );
    let file = FileCaseRequest {
        name: case.clone(),
        matter: GARBAGE.into(),
        condition: noted("default"),
        act_reference: noted("锦绣一巷 3 号 2025-06-16"),
        ..Default::default()
    };
    twice!(
        world,
        street.cases(),
        file_case,
        file,
        |it: FileCaseRequest| FileCaseRequest {
            condition: noted("large"),
            ..it
        }
    );
    let plan = PlanTaskRequest {
        cases: vec![case.clone()],
        plan: noted("清理"),
        ..Default::default()
    };
    let task = twice!(
        world,
        street.tasks(),
        plan_task,
        plan,
        |it: PlanTaskRequest| PlanTaskRequest {
            plan: noted("另案"),
            ..it
        }
    );
    let task = task.task.unwrap().name;
    let update = UpdatePlanRequest {
        name: task.clone(),
        plan: noted("当日清理"),
        participants: vec![lead("planning")],
        ..Default::default()
    };
    twice!(
        world,
        street.tasks(),
        update_plan,
        update,
        |it: UpdatePlanRequest| UpdatePlanRequest {
            plan: noted("次日"),
            ..it
        }
    );
    let issue = IssueTaskRequest {
        name: task.clone(),
        ..Default::default()
    };
    let issued = twice!(
        world,
        street.tasks(),
        issue_task,
        issue,
        |it: IssueTaskRequest| IssueTaskRequest {
            etag: noted("1"),
            ..it
        }
    );
    let planning = world.handler("planning");
    let order = issued.task.unwrap().assignments[0].name.clone();
    let sign = SignAssignmentRequest {
        name: order.clone(),
        ..Default::default()
    };
    let other = |it: SignAssignmentRequest| SignAssignmentRequest {
        name: format!("{task}/assignments/2"),
        ..it
    };
    twice!(world, planning.assignments(), sign_assignment, sign, other);
    let object = ObjectAssignmentRequest {
        name: order.clone(),
        ground: ObjectionGround::NotOurDuty as i32,
        note: noted("不属本单位职责"),
        ..Default::default()
    };
    twice!(
        world,
        planning.assignments(),
        object_assignment,
        object,
        |it: ObjectAssignmentRequest| {
            ObjectAssignmentRequest {
                note: noted("别的理由"),
                ..it
            }
        }
    );
    let rule = RuleObjectionRequest {
        name: order.clone(),
        ruling: Ruling::Upheld as i32,
        note: noted("成立"),
        new_organization: noted("organizations/sanitation"),
        ..Default::default()
    };
    twice!(
        world,
        street.tasks(),
        rule_objection,
        rule,
        |it: RuleObjectionRequest| RuleObjectionRequest {
            new_organization: noted("organizations/municipal-works"),
            ..it
        }
    );
    let acknowledge = AcknowledgeWithdrawalRequest {
        name: order.clone(),
        ..Default::default()
    };
    twice!(
        world,
        planning.assignments(),
        acknowledge_withdrawal,
        acknowledge,
        |it: AcknowledgeWithdrawalRequest| {
            AcknowledgeWithdrawalRequest {
                etag: noted("1"),
                ..it
            }
        }
    );

    let order = format!("{task}/assignments/2");
    sanitation.sign(&order).await.unwrap();
    let commit = CommitAssignmentRequest {
        name: order.clone(),
        ..Default::default()
    };
    let with = |it: CommitAssignmentRequest| CommitAssignmentRequest {
        officers: vec!["officers/hu-libin".into()],
        ..it
    };
    twice!(
        world,
        sanitation.assignments(),
        commit_assignment,
        commit,
        with
    );
    let arrive = ReportInRequest {
        name: order.clone(),
        ..Default::default()
    };
    twice!(
        world,
        sanitation.assignments(),
        report_in,
        arrive,
        |it: ReportInRequest| ReportInRequest {
            etag: noted("1"),
            ..it
        }
    );
    let result = ReportAssignmentRequest {
        name: order.clone(),
        note: noted("已清运"),
        ..Default::default()
    };
    twice!(
        world,
        sanitation.assignments(),
        report_assignment,
        result,
        |it: ReportAssignmentRequest| {
            ReportAssignmentRequest {
                note: noted("已冲洗"),
                ..it
            }
        }
    );
    let checked = CheckAssignmentRequest {
        name: order.clone(),
        result: check::Result::Fail as i32,
        note: noted("仍有散落"),
        ..Default::default()
    };
    twice!(
        world,
        centre.checks(),
        check_assignment,
        checked,
        |it: CheckAssignmentRequest| CheckAssignmentRequest {
            result: check::Result::Pass as i32,
            ..it
        }
    );
    let cancel = CancelTaskRequest {
        name: task.clone(),
        reason: noted("另行处理"),
        ..Default::default()
    };
    twice!(
        world,
        street.tasks(),
        cancel_task,
        cancel,
        |it: CancelTaskRequest| CancelTaskRequest {
            reason: noted("别的"),
            ..it
        }
    );
    let reject = RejectCaseRequest {
        name: street.reported(GRID).await.name,
        reason: RejectionReason::Lawful as i32,
        ..Default::default()
    };
    twice!(
        world,
        street.cases(),
        reject_case,
        reject,
        |it: RejectCaseRequest| RejectCaseRequest {
            reason: RejectionReason::Duplicate as i32,
            ..it
        }
    );

    let replay = street
        .events()
        .replay_task(ReplayTaskRequest { name: task })
        .await
        .unwrap()
        .into_inner();
    let kinds = crate::steps::kinds(&replay.events);
    for once in [
        "CaseFiled",
        "TaskPlanned",
        "TaskIssued",
        "AssignmentObjected",
        "ObjectionRuled",
        "AssignmentReported",
    ] {
        assert_eq!(
            kinds.iter().filter(|it| *it == once).count(),
            1,
            "{once} in {kinds:?}"
        );
    }
    assert!(replay.replay_equals_state);
}

/// The answer is kept with the effect: also after a restart.
#[tokio::test]
async fn the_same_request_gets_the_same_answer_after_a_restart() {
    let world = World::start().await;
    let request = ReportCaseRequest {
        request_id: Uuid::now_v7().to_string(),
        ..report()
    };
    let before = world
        .coordinator()
        .cases()
        .report_case(request.clone())
        .await
        .unwrap()
        .into_inner();
    let world = world.restarted().await;
    let street = world.coordinator();
    let after = street
        .cases()
        .report_case(request.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(before, after);
    let other = ReportCaseRequest {
        title: "另一件".into(),
        ..request.clone()
    };
    refused(
        street.cases().report_case(other).await,
        Code::InvalidArgument,
        "REQUEST_ID_REUSED",
    );
    let list = street
        .cases()
        .list_cases(ListCasesRequest::default())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(list.cases.len(), 1);
    let colleague = world.person(STREET, "wang-hailan", &[Role::Coordinator]);
    let theirs = colleague
        .cases()
        .report_case(request)
        .await
        .unwrap()
        .into_inner();
    assert_ne!(
        theirs.case.unwrap().name,
        before.case.unwrap().name,
        "a request id is its caller's own"
    );
}

/// Fifty at once with one key: one effect, identical answers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_at_once_with_one_key_are_one() {
    let world = World::start().await;
    let street = world.coordinator();
    let request = ReportCaseRequest {
        request_id: Uuid::now_v7().to_string(),
        ..report()
    };
    let answers = join_all((0..50).map(|_| {
        let (street, request) = (street.clone(), request.clone());
        async move {
            street
                .cases()
                .report_case(request)
                .await
                .unwrap()
                .into_inner()
        }
    }))
    .await;
    assert!(answers.windows(2).all(|it| it[0] == it[1]));
    let list = street
        .cases()
        .list_cases(ListCasesRequest::default())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(list.cases.len(), 1);
}

/// Who read an older version is told so, and nothing changes; who read the current one goes on.
#[tokio::test]
async fn a_stale_etag_changes_nothing() {
    let world = World::start().await;
    let street = world.coordinator();
    let case = street.reported(GRID).await;
    let verify = |etag: &str, exists| VerifyCaseRequest {
        name: case.name.clone(),
        exists,
        etag: etag.into(),
        ..Default::default()
    };
    refused(
        street.cases().verify_case(verify("77", false)).await,
        Code::Aborted,
        "STALE_ETAG",
    );
    street
        .cases()
        .verify_case(verify(&case.etag, true))
        .await
        .unwrap();
    let file = FileCaseRequest {
        name: case.name.clone(),
        matter: GARBAGE.into(),
        condition: "default".into(),
        etag: case.etag.clone(),
        ..Default::default()
    };
    let refusal = refused(
        street.cases().file_case(file).await,
        Code::Aborted,
        "STALE_ETAG",
    );
    assert_eq!(
        refusal.metadata["etag"],
        street.case(&case.name).await.unwrap().etag,
        "says which one is current"
    );

    let task = street.issued(GARBAGE, vec![lead("sanitation")]).await;
    let (sanitation, order) = (world.handler("sanitation"), of(&task, "sanitation"));
    let stale = SignAssignmentRequest {
        name: order.name.clone(),
        etag: "1".into(),
        ..Default::default()
    };
    refused(
        sanitation.assignments().sign_assignment(stale).await,
        Code::Aborted,
        "STALE_ETAG",
    );
    let fresh = SignAssignmentRequest {
        name: order.name.clone(),
        etag: order.etag.clone(),
        ..Default::default()
    };
    sanitation
        .assignments()
        .sign_assignment(fresh)
        .await
        .unwrap();
    refused_with(
        world
            .person("sanitation", "colleague", &[Role::Handler])
            .sign(&order.name)
            .await,
        Code::FailedPrecondition,
        "ALREADY_SIGNED",
    );
}
