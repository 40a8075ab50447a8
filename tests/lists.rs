//! What a request must be, and what lists show.

use liandong_proto::dispatch::{
    CaseSource, ListAssignmentsRequest, ListCasesRequest, ListPendingChecksRequest,
    ListTasksRequest, ReportCaseRequest,
};
use time::macros::datetime;

use crate::{
    refusal::malformed,
    steps::{GARBAGE, lead, timestamp},
    world::{MONDAY, STREET, World},
};

/// Unknown areas, times in the future or long ago, texts that are too long, words that are not in the contract: all named at once.
#[tokio::test]
async fn every_bad_field_of_a_report_is_named() {
    let world = World::start().await;
    let street = world.coordinator();
    let bad = ReportCaseRequest {
        source: 99,
        title: "长".repeat(201),
        area: "area/1".into(),
        report_time: Some(timestamp(MONDAY + time::Duration::SECOND)),
        request_id: "not-a-uuid".into(),
        ..Default::default()
    };
    malformed(
        street.cases().report_case(bad).await,
        &["area", "report_time", "request_id", "source", "title"],
    );
    let ancient = ReportCaseRequest {
        source: CaseSource::Hotline as i32,
        title: "垃圾".into(),
        area: "areas/990101".into(),
        report_time: Some(timestamp(datetime!(1900-01-01 0:00 UTC))),
        ..Default::default()
    };
    malformed(street.cases().report_case(ancient).await, &["report_time"]);
    let elsewhere = ReportCaseRequest {
        source: CaseSource::Hotline as i32,
        title: "垃圾".into(),
        area: "areas/110101".into(),
        ..Default::default()
    };
    malformed(street.cases().report_case(elsewhere).await, &["area"]);
    let cases = street
        .cases()
        .list_cases(ListCasesRequest::default())
        .await
        .unwrap()
        .into_inner()
        .cases;
    assert!(cases.is_empty(), "nothing is half written");
}

/// Each list shows what its caller has a part in, newest first, in pages that neither skip nor repeat.
#[tokio::test]
async fn lists_are_scoped_filtered_and_paged() {
    let world = World::start().await;
    let street = world.coordinator();
    let mut names = Vec::new();
    for hour in 0..5 {
        world.at(MONDAY + time::Duration::hours(hour)).await;
        let organization = if hour == 4 {
            "municipal-works"
        } else {
            "sanitation"
        };
        names.push(street.issued(GARBAGE, vec![lead(organization)]).await.name);
    }
    let sanitation = world.handler("sanitation");
    let (mut seen, mut token) = (Vec::new(), String::new());
    loop {
        let request = ListTasksRequest {
            page_size: 2,
            page_token: token,
            ..Default::default()
        };
        let page = sanitation
            .tasks()
            .list_tasks(request)
            .await
            .unwrap()
            .into_inner();
        assert!(page.tasks.len() <= 2);
        seen.extend(page.tasks.into_iter().map(|it| it.name));
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(
        seen,
        names[..4].iter().rev().cloned().collect::<Vec<_>>(),
        "its own four, newest first"
    );

    let filter = |text: &str| ListTasksRequest {
        filter: text.into(),
        ..Default::default()
    };
    let since = filter("state = ISSUED AND plan_time >= 2025-06-16T10:00:00+08:00");
    assert_eq!(
        street
            .tasks()
            .list_tasks(since)
            .await
            .unwrap()
            .into_inner()
            .tasks
            .len(),
        3
    );
    malformed(
        street.tasks().list_tasks(filter("colour = red")).await,
        &["filter"],
    );
    let first = ListTasksRequest {
        page_size: 1,
        ..Default::default()
    };
    let token = street
        .tasks()
        .list_tasks(first)
        .await
        .unwrap()
        .into_inner()
        .next_page_token;
    let other = ListTasksRequest {
        page_token: token,
        ..filter("state = ISSUED")
    };
    malformed(street.tasks().list_tasks(other).await, &["page_token"]);

    let overdue = ListAssignmentsRequest {
        filter: "overdue = true".into(),
        ..Default::default()
    };
    let list = async || {
        sanitation
            .assignments()
            .list_assignments(overdue.clone())
            .await
            .unwrap()
            .into_inner()
            .assignments
    };
    assert_eq!(
        list().await.len(),
        3,
        "those offered at 8, 9 and 10 should have been signed within a work hour"
    );
    world.at(datetime!(2025-06-17 10:00 +8)).await;
    assert_eq!(list().await.len(), 4);

    let centre = world.checker();
    for name in [&names[2], &names[1]] {
        sanitation
            .worked(&format!("{name}/assignments/1"), &[])
            .await;
        world.later(time::Duration::minutes(10)).await;
    }
    let pending = centre
        .checks()
        .list_pending_checks(ListPendingChecksRequest::default())
        .await
        .unwrap()
        .into_inner();
    let order: Vec<_> = pending
        .assignments
        .iter()
        .map(|it| it.name.as_str())
        .collect();
    assert_eq!(
        order,
        [
            format!("{}/assignments/1", names[2]),
            format!("{}/assignments/1", names[1])
        ],
        "earliest due first"
    );
    let others = world
        .handler("environment")
        .tasks()
        .list_tasks(ListTasksRequest::default())
        .await
        .unwrap();
    assert!(others.into_inner().tasks.is_empty());
    assert_eq!(
        street.task(&names[0]).await.unwrap().organizer,
        format!("organizations/{STREET}")
    );
}
