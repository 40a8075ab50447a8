//! Who may see what: tokens, roles, organizations, districts.

use std::time::Duration;

use liandong_kit::testing::{Keys, eventually};
use liandong_proto::{
    dispatch::{
        CommitAssignmentRequest, GetInboxStatusRequest, IssueTaskRequest, ListAssignmentsRequest,
        ListCasesRequest, ListTasksRequest, ReplayTaskRequest, WatchEventsRequest,
    },
    registry::ListPeopleRequest,
    types::Role,
};
use tonic::{Code, Status};

use crate::{
    refusal::{refused, refused_with},
    steps::{GARBAGE, lead, of},
    world::{DISTRICT, STREET, World},
};

const NOWHERE: &str = "0190a6f0-0000-7000-8000-000000000000";

#[tokio::test]
async fn without_a_good_token_nobody_is_answered() {
    let world = World::start().await;
    let list = || ListCasesRequest::default();
    refused(
        world.anonymous().cases().list_cases(list()).await,
        Code::Unauthenticated,
        "TOKEN_MISSING",
    );
    refused(
        world.bearing("garbage").cases().list_cases(list()).await,
        Code::Unauthenticated,
        "TOKEN_INVALID",
    );
    let others = Keys::new().token("street-office", "he-jianfeng", &[Role::Coordinator]);
    refused(
        world.bearing(&others).cases().list_cases(list()).await,
        Code::Unauthenticated,
        "TOKEN_INVALID",
    );
    let good = world.token(STREET, "he-jianfeng", &[Role::Coordinator]);
    let (head, signature) = good.rsplit_once('.').unwrap();
    let forged = format!("{head}.{}", signature.chars().rev().collect::<String>());
    refused(
        world.bearing(&forged).cases().list_cases(list()).await,
        Code::Unauthenticated,
        "TOKEN_INVALID",
    );
    let short = world.token_of(
        DISTRICT,
        STREET,
        "he-jianfeng",
        &[Role::Coordinator],
        Duration::ZERO,
    );
    let caller = world.bearing(&short);
    let status = eventually("the token to expire", || async {
        caller.cases().list_cases(list()).await.err()
    })
    .await;
    refused_with::<()>(Err(status), Code::Unauthenticated, "TOKEN_EXPIRED");
}

#[tokio::test]
async fn the_role_in_the_token_decides_which_methods_are_open() {
    let world = World::start().await;
    let case = world.coordinator().filed(GARBAGE).await;
    let handler = world.handler(STREET);
    let issue = IssueTaskRequest {
        name: format!("tasks/{NOWHERE}"),
        ..Default::default()
    };
    refused(
        handler.tasks().issue_task(issue).await,
        Code::PermissionDenied,
        "ROLE_REQUIRED",
    );
    refused(
        handler
            .personnel()
            .list_people(ListPeopleRequest::default())
            .await,
        Code::PermissionDenied,
        "ROLE_REQUIRED",
    );
    let watch = WatchEventsRequest {
        district: format!("districts/{DISTRICT}"),
        ..Default::default()
    };
    refused(
        handler.events().watch_events(watch).await,
        Code::PermissionDenied,
        "ROLE_REQUIRED",
    );
    assert_eq!(
        handler.case(&case.name).await.unwrap().name,
        case.name,
        "the same organization, another role"
    );
    let nothing = world.person(STREET, "nobody", &[]);
    refused_with(
        nothing.case(&case.name).await,
        Code::PermissionDenied,
        "ROLE_REQUIRED",
    );
}

/// "Not yours" and "not there" look the same, to the letter: code, reason, message, details.
#[tokio::test]
async fn what_belongs_to_others_looks_as_if_it_were_not_there() {
    let world = World::start().await;
    let street = world.coordinator();
    let task = street.issued(GARBAGE, vec![lead("sanitation")]).await;
    let order = of(&task, "sanitation").name.clone();
    let stranger = world.person(
        "environment",
        "xu-guogang",
        &[Role::Handler, Role::Coordinator, Role::Checker],
    );
    let same = |mine: Result<(), Status>, nowhere: Result<(), Status>, reason: &str| {
        let (mine, nowhere) = (mine.unwrap_err(), nowhere.unwrap_err());
        assert_eq!(mine.details(), nowhere.details(), "{reason}");
        assert_eq!(mine.message(), nowhere.message());
        refused_with::<()>(Err(mine), Code::NotFound, reason);
        refused_with::<()>(Err(nowhere), Code::NotFound, reason);
    };
    let nowhere = format!("tasks/{NOWHERE}/assignments/1");
    let no_task = format!("tasks/{NOWHERE}");
    let drop = |it: Result<_, Status>| it.map(|_: liandong_proto::dispatch::Assignment| ());
    same(
        drop(stranger.assignment(&order).await),
        drop(stranger.assignment(&nowhere).await),
        "ASSIGNMENT_NOT_FOUND",
    );
    same(
        drop(stranger.sign(&order).await),
        drop(stranger.sign(&nowhere).await),
        "ASSIGNMENT_NOT_FOUND",
    );
    same(
        drop(stranger.report(&order).await),
        drop(stranger.report(&nowhere).await),
        "ASSIGNMENT_NOT_FOUND",
    );
    same(
        drop(stranger.acknowledge(&order).await),
        drop(stranger.acknowledge(&nowhere).await),
        "ASSIGNMENT_NOT_FOUND",
    );
    let commit = async |name: &str| {
        let request = CommitAssignmentRequest {
            name: name.to_owned(),
            ..Default::default()
        };
        stranger
            .assignments()
            .commit_assignment(request)
            .await
            .map(|_| ())
    };
    same(
        commit(&order).await,
        commit(&nowhere).await,
        "ASSIGNMENT_NOT_FOUND",
    );
    let check = async |name: &str| stranger.pass(name).await.map(|_| ());
    same(
        check(&order).await,
        check(&nowhere).await,
        "ASSIGNMENT_NOT_FOUND",
    );
    let rule = async |name: &str| stranger.reject(name).await.map(|_| ());
    same(
        rule(&order).await,
        rule(&nowhere).await,
        "ASSIGNMENT_NOT_FOUND",
    );
    let read = async |name: &str| stranger.task(name).await.map(|_| ());
    same(
        read(&task.name).await,
        read(&no_task).await,
        "TASK_NOT_FOUND",
    );
    let issue = async |name: &str| stranger.issue(name).await.map(|_| ());
    same(
        issue(&task.name).await,
        issue(&no_task).await,
        "TASK_NOT_FOUND",
    );
    let replay = async |name: &str| {
        stranger
            .events()
            .replay_task(ReplayTaskRequest {
                name: name.to_owned(),
            })
            .await
            .map(|_| ())
    };
    same(
        replay(&task.name).await,
        replay(&no_task).await,
        "TASK_NOT_FOUND",
    );
    let case = async |name: &str| stranger.case(name).await.map(|_| ());
    same(
        case(&task.cases[0]).await,
        case(&format!("cases/{NOWHERE}")).await,
        "CASE_NOT_FOUND",
    );
    let beyond = format!("{}/assignments/2", task.name);
    same(
        drop(street.assignment(&beyond).await),
        drop(street.assignment(&nowhere).await),
        "ASSIGNMENT_NOT_FOUND",
    );
}

/// A token of another district opens an empty room: no case, no task, no order, no event, no organization.
#[tokio::test]
async fn another_districts_token_sees_nothing_here() {
    let world = World::start().await;
    let task = world
        .coordinator()
        .issued(GARBAGE, vec![lead("sanitation")])
        .await;
    let all = [
        Role::Viewer,
        Role::Handler,
        Role::Coordinator,
        Role::Checker,
        Role::Auditor,
        Role::Service,
    ];
    let token = |organization| {
        world.token_of(
            "110101",
            organization,
            "he-jianfeng",
            &all,
            Duration::from_secs(60),
        )
    };
    for organization in [STREET, "sanitation"] {
        let foreign = world.bearing(&token(organization));
        assert!(
            foreign
                .cases()
                .list_cases(ListCasesRequest::default())
                .await
                .unwrap()
                .into_inner()
                .cases
                .is_empty()
        );
        assert!(
            foreign
                .tasks()
                .list_tasks(ListTasksRequest::default())
                .await
                .unwrap()
                .into_inner()
                .tasks
                .is_empty()
        );
        let orders = foreign
            .assignments()
            .list_assignments(ListAssignmentsRequest::default())
            .await
            .unwrap();
        assert!(orders.into_inner().assignments.is_empty());
        let inbox = foreign
            .inbox()
            .get_inbox_status(GetInboxStatusRequest::default())
            .await
            .unwrap()
            .into_inner();
        assert!(inbox.groups.is_empty());
        refused_with(
            foreign.task(&task.name).await,
            Code::NotFound,
            "TASK_NOT_FOUND",
        );
        refused_with(
            foreign.case(&task.cases[0]).await,
            Code::NotFound,
            "CASE_NOT_FOUND",
        );
        refused_with(
            foreign.sign(&of(&task, "sanitation").name).await,
            Code::NotFound,
            "ASSIGNMENT_NOT_FOUND",
        );
        let ours = WatchEventsRequest {
            district: format!("districts/{DISTRICT}"),
            ..Default::default()
        };
        let answer = async {
            let mut stream = foreign.events().watch_events(ours).await?.into_inner();
            while stream.message().await?.is_some() {}
            Ok::<_, Status>(())
        };
        let code = answer.await.unwrap_err().code();
        assert!(
            matches!(code, Code::NotFound | Code::PermissionDenied),
            "{code:?}"
        );
    }
    let request = liandong_proto::registry::GetOrganizationRequest {
        name: "organizations/sanitation".into(),
        ..Default::default()
    };
    let foreign = world.bearing(&token(STREET));
    refused(
        foreign.organizations().get_organization(request).await,
        Code::NotFound,
        "ORGANIZATION_NOT_FOUND",
    );
}
