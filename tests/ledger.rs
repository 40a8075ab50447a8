//! The ledger: every point leads to its events, and all of it is what the log says.

use liandong_proto::{
    dispatch::{Event, ReplayTaskRequest},
    scoring::{
        Entry, ListEntriesRequest, VerifyLedgerRequest, explain_request::Target,
        explain_response::Explanation,
    },
};
use tonic::Code;

use crate::{
    refusal::refused,
    steps::{GARBAGE, lead, of},
    world::World,
};

use crate::june::{entries, explain, indicators, june, rank_of, ranking, rate, verify};

/// From a rank down to the events and their traces, and the same for a task.
///
/// Proves M34, M37.
#[tokio::test]
async fn every_point_leads_back_to_its_events() {
    let world = World::start().await;
    let tasks = june(&world).await;
    let street = world.coordinator();
    let replay = street
        .events()
        .replay_task(ReplayTaskRequest {
            name: tasks[1].name.clone(),
        })
        .await
        .unwrap()
        .into_inner();
    let known =
        |id: &str| -> Option<Event> { replay.events.iter().find(|it| it.id == id).cloned() };
    let Explanation::Rank(rank) = explain(&street, rank_of("sanitation")).await.unwrap() else {
        panic!()
    };
    let rework = rank
        .indicators
        .iter()
        .find(|it| it.value.as_ref().unwrap().indicator == "rework")
        .unwrap();
    let entry = rework
        .entries
        .iter()
        .find(|it| it.rule == "reworked")
        .unwrap();
    assert_eq!(
        (entry.points.as_str(), entry.task.as_str()),
        ("-2.0000", tasks[1].name.as_str())
    );
    assert_eq!(
        (
            entry.scheme.as_str(),
            entry.rule_version,
            entry.coefficient.as_str()
        ),
        ("schemes/national-department", 1, "1.0000")
    );
    assert!(entry.formula.contains("-2") && !entry.inputs.is_empty());
    assert!(!entry.evidence.is_empty());
    for it in &entry.evidence {
        let event = known(&it.event).unwrap_or_else(|| panic!("{it:?} is no event of the task"));
        assert_eq!(
            (event.position, event.trace_id),
            (it.position, it.trace_id.clone())
        );
    }
    let Explanation::Task(task) = explain(&street, Target::Task(tasks[1].name.clone()))
        .await
        .unwrap()
    else {
        panic!()
    };
    assert!(task.entries.iter().any(|it| it.name == entry.name));
    refused_explain(
        explain(
            &street,
            Target::Task("tasks/0190a6f0-0000-7000-8000-000000000000".into()),
        )
        .await,
        "TASK_NOT_SCORED",
    );
    refused_explain(
        explain(&street, rank_of("health")).await,
        "ORGANIZATION_NOT_SCORED",
    );
}

#[track_caller]
fn refused_explain(answer: Result<Explanation, tonic::Status>, reason: &str) {
    crate::refusal::refused_with(answer, Code::NotFound, reason);
}

/// A department sees its own lines and explanations, the street sees all of them.
#[tokio::test]
async fn a_department_sees_only_its_own_entries() {
    let world = World::start().await;
    let tasks = june(&world).await;
    let all = entries(&world.coordinator()).await;
    let organizations = |all: &[Entry]| -> std::collections::BTreeSet<String> {
        all.iter().map(|it| it.organization.clone()).collect()
    };
    assert_eq!(organizations(&all).len(), 3, "{all:#?}");
    let planning = world.handler("planning");
    let own = entries(&planning).await;
    assert_eq!(
        organizations(&own).into_iter().collect::<Vec<_>>(),
        ["organizations/planning"]
    );
    assert!(own.iter().any(|it| it.rule == "handled-late"));
    let asked = ListEntriesRequest {
        organization: "organizations/sanitation".into(),
        ..Default::default()
    };
    assert!(
        planning
            .ledger()
            .list_entries(asked)
            .await
            .unwrap()
            .into_inner()
            .entries
            .is_empty()
    );
    refused_explain(
        explain(&planning, rank_of("sanitation")).await,
        "ORGANIZATION_NOT_SCORED",
    );
    refused_explain(
        explain(&planning, Target::Task(tasks[0].name.clone())).await,
        "TASK_NOT_SCORED",
    );
    explain(&planning, rank_of("planning")).await.unwrap();
    refused(
        planning
            .ledger()
            .verify_ledger(VerifyLedgerRequest::default())
            .await,
        Code::PermissionDenied,
        "ROLE_REQUIRED",
    );
    let sequences: Vec<_> = all.iter().map(|it| it.sequence).collect();
    assert!(
        sequences.windows(2).all(|it| it[0] + 1 == it[1]),
        "without gaps: {sequences:?}"
    );
    assert!(
        all.windows(2).all(|it| it[1].previous_hash == it[0].hash),
        "hash-chained"
    );
}

/// Recomputed from dispatch's log it is equal bit by bit; after a restart the same numbers stand, and work goes on.
///
/// Proves M34.
#[tokio::test]
async fn the_ledger_is_what_the_log_says_also_after_a_restart() {
    let world = World::start().await;
    june(&world).await;
    let first = verify(&world.assessor()).await;
    assert!(first.equal && first.difference.is_none(), "{first:#?}");
    assert!(first.fact_count >= 5 && first.rollup_count > 0 && first.entry_count > 0);
    let (before, ledger) = (
        ranking(&world.coordinator()).await,
        entries(&world.coordinator()).await,
    );
    let world = world.restarted().await;
    world.scored().await;
    let after = ranking(&world.coordinator()).await;
    assert_eq!((before.rows, before.as_of), (after.rows, after.as_of));
    assert_eq!(ledger, entries(&world.coordinator()).await);
    let again = verify(&world.auditor()).await;
    assert_eq!((again.equal, &again.head_hash), (true, &first.head_hash));
    let task = world
        .coordinator()
        .issued(GARBAGE, vec![lead("sanitation")])
        .await;
    world
        .handler("sanitation")
        .worked(&of(&task, "sanitation").name, &[])
        .await;
    world.scored().await;
    assert!(verify(&world.assessor()).await.equal);
    assert!(entries(&world.coordinator()).await.len() > ledger.len());
}

/// The same on PostgreSQL.
///
/// Proves M34.
#[tokio::test]
async fn the_ledger_is_what_the_log_says_on_postgresql() {
    let world = World::on_postgres().await;
    june(&world).await;
    assert!(verify(&world.assessor()).await.equal);
    let rows = indicators(&world.coordinator()).await;
    assert_eq!(
        rate(&rows, "sanitation", "rework"),
        (1, 2, Some("50.00".into()))
    );
}
