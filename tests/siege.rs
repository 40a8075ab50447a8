//! A street with a task in every stage, what an intruder may know of it, and whether it still stands afterwards.

use std::collections::HashMap;

use liandong_proto::{
    dispatch::{
        CreateCampaignRequest, CreatePatrolPlanRequest, InspectedObject, InspectionMode,
        ListCasesRequest, ListTasksRequest, ObjectionGround, PlanInspectionRequest,
        ReplayTaskRequest, Task,
    },
    scoring::{VerifyLedgerRequest, verify_ledger_response::Step},
};
use tonic::transport::Channel;

use crate::{
    hostile::Known,
    meetings::weekly,
    raw,
    steps::{GARBAGE, GRID, lead, of},
    world::World,
};

/// The path of the health service.
pub(crate) const HEALTH: &str = "/grpc.health.v1.Health/Check";

/// A task in every stage.
pub(crate) async fn a_few_tasks(world: &World) -> Vec<Task> {
    let (street, sanitation) = (world.coordinator(), world.handler("sanitation"));
    let mut tasks = Vec::new();
    for stage in 0..6 {
        let case = street.filed(GARBAGE).await;
        let mut task = street.planned(&case, vec![lead("sanitation")]).await;
        if stage > 0 {
            task = street.issue(&task.name).await.unwrap();
            let name = &of(&task, "sanitation").name;
            if stage > 1 {
                sanitation.sign(name).await.unwrap();
            }
            match stage {
                3 => drop(
                    sanitation
                        .object(name, ObjectionGround::NotOurDuty)
                        .await
                        .unwrap(),
                ),
                4 => drop(sanitation.commit(name, &["hu-libin"]).await.unwrap()),
                5 => drop(sanitation.handled(name, &[]).await),
                _ => {}
            }
        }
        tasks.push(task);
    }
    street.filed(GARBAGE).await;
    street.verified(GRID).await;
    street.reported(GRID).await;
    tasks
}

/// What somebody who looked around knows.
pub(crate) async fn known(world: &World, tasks: &[Task]) -> Known {
    let text = |all: &[&str]| -> Vec<String> { all.iter().map(|it| (*it).to_owned()).collect() };
    let list = ListCasesRequest {
        page_size: 100,
        ..Default::default()
    };
    let cases = world
        .coordinator()
        .cases()
        .list_cases(list)
        .await
        .unwrap()
        .into_inner()
        .cases;
    let cases: Vec<String> = cases.into_iter().map(|it| it.name).collect();
    let names: Vec<String> = tasks.iter().map(|it| it.name.clone()).collect();
    let orders: Vec<String> = names
        .iter()
        .flat_map(|it| [1, 2].map(|n| format!("{it}/assignments/{n}")))
        .collect();
    let organizations = text(&[
        "organizations/sanitation",
        "organizations/street-office",
        "organizations/supervision-centre",
        "organizations/municipal-works",
    ]);
    let mut known = HashMap::from([
        (
            "parent",
            [cases.clone(), names.clone(), orders.clone()].concat(),
        ),
        (
            "name",
            [cases.clone(), names.clone(), orders, rounds(world).await].concat(),
        ),
        ("members", [cases.clone(), names.clone()].concat()),
        ("reference", text(&["premises/440"])),
        ("log_due_at", text(&["20:00", ""])),
        ("areas", text(&[GRID, "areas/990101001"])),
        ("cases", cases),
        ("task", names),
        ("matter", text(&[GARBAGE, "matters/street-vending"])),
        ("matters", text(&[GARBAGE])),
        ("condition", text(&["default", "large"])),
        ("area", text(&[GRID, "areas/990101"])),
        ("code", text(&["990101001001001"])),
        (
            "officers",
            text(&["officers/hu-libin", "officers/liu-jiaqin"]),
        ),
        ("officer", text(&["officers/hu-libin"])),
        ("district", text(&["districts/990101"])),
        ("scheme", text(&["schemes/national-department", ""])),
        (
            "period",
            text(&["2025-06", "2025-W25", "2025-06-16..2025-06-17"]),
        ),
        ("group", text(&["main", "other"])),
        (
            "filter",
            text(&["", "state = ISSUED", "overdue = true", "level = \"GRID\""]),
        ),
        ("last_day", text(&["2025-06-16", "2026-01-01"])),
        ("first_day", text(&["2025-06-16", ""])),
    ]);
    for field in [
        "request_id",
        "etag",
        "page_token",
        "cursor",
        "act_reference",
        "epoch",
        "ack_through",
        "alias",
    ] {
        known.insert(field, vec![String::new()]);
    }
    for field in [
        "organization",
        "new_organization",
        "proposed_organization",
        "checker",
        "asking_organization",
        "successor",
        "parent",
    ] {
        known.insert(field, organizations.clone());
    }
    for field in [
        "plan",
        "duty",
        "note",
        "title",
        "reason",
        "description",
        "display_name",
        "notice",
    ] {
        known.insert(field, text(&["已处理", "清理"]));
    }
    Known(known)
}

/// A plan of patrols with its logs, an inspection, a campaign, a meeting: the street's own.
async fn rounds(world: &World) -> Vec<String> {
    let street = world.coordinator();
    let plan = CreatePatrolPlanRequest {
        title: "日常巡查".into(),
        area: "areas/990101001001".into(),
        ..Default::default()
    };
    let plan = street.patrols().create_patrol_plan(plan).await.unwrap();
    let inspection = PlanInspectionRequest {
        mode: InspectionMode::BlockFindsLineMends as i32,
        object: Some(InspectedObject {
            reference: "premises/440".into(),
            title: "农贸市场".into(),
            area: GRID.into(),
            ..Default::default()
        }),
        matters: vec![GARBAGE.into()],
        first_day: "2025-06-16".into(),
        last_day: "2025-06-20".into(),
        ..Default::default()
    };
    let inspection = street
        .inspections()
        .plan_inspection(inspection)
        .await
        .unwrap();
    let campaign = CreateCampaignRequest {
        title: "清理月".into(),
        plan: "清理".into(),
        areas: vec!["areas/990101001".into()],
        matters: vec![GARBAGE.into()],
        first_day: "2025-06-16".into(),
        last_day: "2025-06-20".into(),
        ..Default::default()
    };
    let campaign = street.campaigns().create_campaign(campaign).await.unwrap();
    let series = street.series(weekly("周例会", "areas/990101001", &["sanitation"]));
    let series = series.await.name;
    let meeting = street.convene(&series).await.name;
    vec![
        series,
        meeting,
        plan.into_inner().patrol_plan.unwrap().name,
        inspection.into_inner().inspection.unwrap().name,
        campaign.into_inner().campaign.unwrap().name,
        "dutyHolders/wang-hailan/dailyLogs/2025-06-16".into(),
    ]
}

/// Everybody serves, every task is the fold of its events, and the ledger is what the log says.
pub(crate) async fn still_stands(world: &World, tasks: &[Task]) {
    for channel in [
        &world.channels().registry,
        &world.channels().dispatch,
        &world.channels().scoring,
    ] {
        assert_eq!(health(channel, "").await, 1);
    }
    let street = world.coordinator();
    let list = ListTasksRequest {
        page_size: 500,
        ..Default::default()
    };
    let all = street
        .tasks()
        .list_tasks(list)
        .await
        .unwrap()
        .into_inner()
        .tasks;
    assert!(all.len() >= tasks.len());
    for task in all {
        let request = ReplayTaskRequest { name: task.name };
        let replay = street
            .events()
            .replay_task(request)
            .await
            .unwrap()
            .into_inner();
        assert!(replay.replay_equals_state);
    }
    world.scored().await;
    let mut steps = world
        .assessor()
        .ledger()
        .verify_ledger(VerifyLedgerRequest::default())
        .await
        .unwrap()
        .into_inner();
    let mut equal = false;
    while let Some(step) = steps.message().await.unwrap() {
        if let Some(Step::Result(it)) = step.step {
            assert!(it.equal, "{it:#?}");
            equal = true;
        }
    }
    assert!(equal, "no result");
}

/// `HealthCheckResponse.status`: 1 is SERVING.
pub(crate) async fn health(channel: &Channel, service: &str) -> u8 {
    let mut body = vec![0x0a, u8::try_from(service.len()).unwrap()];
    body.extend(service.bytes());
    let answer = raw::call(channel, HEALTH, None, body)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(answer[0], 0x08, "field 1, a number");
    answer[1]
}
