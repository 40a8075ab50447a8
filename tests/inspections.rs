//! Inspections over real gRPC: planned and drawn rounds, one visit instead of two, and what is found mended by somebody
//! else as a case and a task.

use liandong_proto::dispatch::{
    AnswerInspectionMergeRequest, ConcludeInspectionRequest, DrawInspectionRoundRequest,
    GetInspectionRequest, GetInspectionRoundRequest, InspectedObject, Inspection, InspectionMode,
    InspectionRound, ListInspectionsRequest, OrderRectificationRequest, PlanInspectionRequest,
    PlanInspectionRoundRequest, ProposeInspectionMergeRequest, RecordInspectionFindingRequest,
    StartInspectionRequest, case, inspection::State, inspection_merge::Answer,
};
use liandong_proto::types::Role;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::{
    caller::Caller,
    refusal::{malformed, refused_with},
    steps::{GARBAGE, GRID, of},
    world::{CENTRE, STREET, World},
};

fn market(reference: &str) -> InspectedObject {
    InspectedObject {
        reference: reference.into(),
        title: "桥头农贸市场".into(),
        area: GRID.into(),
        address: "锦绣一巷 9 号".into(),
    }
}

fn plan(mode: InspectionMode) -> PlanInspectionRequest {
    PlanInspectionRequest {
        mode: mode as i32,
        object: Some(market("premises/440")),
        matters: vec![GARBAGE.into()],
        first_day: "2025-06-16".into(),
        last_day: "2025-06-20".into(),
        ..Default::default()
    }
}

/// Somebody who plans inspections and gives orders.
fn inspector(world: &World, organization: &str) -> Caller {
    let roles = [Role::Coordinator, Role::Checker, Role::Viewer];
    world.person(organization, &format!("{organization}-inspector"), &roles)
}

async fn planned(caller: &Caller, request: PlanInspectionRequest) -> Inspection {
    let answer = caller.inspections().plan_inspection(request).await.unwrap();
    answer.into_inner().inspection.unwrap()
}

async fn read(caller: &Caller, name: &str) -> Result<Inspection, Status> {
    let request = GetInspectionRequest { name: name.into() };
    let answer = caller.inspections().get_inspection(request).await?;
    Ok(answer.into_inner().inspection.unwrap())
}

async fn started(caller: &Caller, name: &str) -> Inspection {
    let request = StartInspectionRequest {
        name: name.into(),
        ..Default::default()
    };
    let answer = caller
        .inspections()
        .start_inspection(request)
        .await
        .unwrap();
    answer.into_inner().inspection.unwrap()
}

async fn found(caller: &Caller, name: &str) -> Inspection {
    let request = RecordInspectionFindingRequest {
        name: name.into(),
        matter: GARBAGE.into(),
        title: "市场后门堆放垃圾".into(),
        ..Default::default()
    };
    let answer = caller
        .inspections()
        .record_inspection_finding(request)
        .await
        .unwrap();
    answer.into_inner().inspection.unwrap()
}

fn mend(name: &str, organization: &str) -> OrderRectificationRequest {
    OrderRectificationRequest {
        name: name.into(),
        finding: 1,
        organization: format!("organizations/{organization}"),
        condition: "default".into(),
        plan: "三日内清理干净并保持".into(),
        duty: "清理积存垃圾".into(),
        ..Default::default()
    }
}

/// Proves M21.
#[tokio::test]
async fn the_block_finds_the_line_mends_and_the_inspector_checks() {
    let world = World::start().await;
    let street = inspector(&world, STREET);
    let mode = InspectionMode::BlockFindsLineMends;
    let department = inspector(&world, "sanitation");
    refused_with(
        department.inspections().plan_inspection(plan(mode)).await,
        Code::FailedPrecondition,
        "MODE_MISMATCH",
    );
    let it = planned(&street, plan(mode)).await;
    refused_with(
        street
            .inspections()
            .order_rectification(mend(&it.name, "sanitation"))
            .await,
        Code::FailedPrecondition,
        "INSPECTION_NOT_STARTED",
    );
    started(&street, &it.name).await;
    found(&street, &it.name).await;
    let conclude = ConcludeInspectionRequest {
        name: it.name.clone(),
        conclusion: "责令整改".into(),
        ..Default::default()
    };
    refused_with(
        street
            .inspections()
            .conclude_inspection(conclude.clone())
            .await,
        Code::FailedPrecondition,
        "FINDINGS_OPEN",
    );
    for (organization, reason) in [
        (STREET, "INSPECTOR_IS_FIXER"),
        ("community-jinxiu", "MODE_MISMATCH"),
    ] {
        refused_with(
            street
                .inspections()
                .order_rectification(mend(&it.name, organization))
                .await,
            Code::FailedPrecondition,
            reason,
        );
    }
    let request = OrderRectificationRequest {
        request_id: Uuid::from_u128(4).to_string(),
        ..mend(&it.name, "sanitation")
    };
    let ordered = street
        .inspections()
        .order_rectification(request)
        .await
        .unwrap();
    refused_with(
        street
            .inspections()
            .order_rectification(mend(&it.name, "sanitation"))
            .await,
        Code::FailedPrecondition,
        "ALREADY_ORDERED",
    );
    let order = ordered.into_inner().inspection.unwrap().findings[0]
        .order
        .clone()
        .unwrap();
    street
        .inspections()
        .conclude_inspection(conclude)
        .await
        .unwrap();

    let case = street.case(&order.case).await.unwrap();
    let met: Vec<_> = case.clocks.iter().map(|it| it.met_time.is_some()).collect();
    assert_eq!(met, [true, false], "verified, and now to be dispatched");

    // From here on it is a task like any other.
    let task = street.issue(&order.task).await.unwrap();
    let part = of(&task, "sanitation").name.clone();
    assert_eq!(
        of(&task, "sanitation").checker,
        format!("organizations/{STREET}")
    );
    world.handler("sanitation").worked(&part, &[]).await;
    let seen = read(&department, &it.name).await.unwrap();
    let state = seen.findings[0].order.as_ref().unwrap().case_state();
    assert_eq!(
        state,
        case::State::Dispatched,
        "who mends sees it, and where its case stands"
    );
    let eye = world.person(STREET, "another-eye", &[Role::Checker]);
    eye.pass(&part).await.unwrap();
    let done = read(&street, &it.name).await.unwrap();
    assert_eq!(
        done.findings[0].order.as_ref().unwrap().case_state(),
        case::State::Closed
    );
    refused_with(
        read(&inspector(&world, "planning"), &it.name).await,
        Code::NotFound,
        "INSPECTION_NOT_FOUND",
    );
    world.scored().await;
}

/// Proves R15, M22.
#[tokio::test]
async fn one_visit_instead_of_two() {
    let world = World::start().await;
    let (fire, market) = (
        inspector(&world, "fire"),
        inspector(&world, "market-supervision"),
    );
    let first = planned(&fire, plan(InspectionMode::Department)).await;
    let second = plan(InspectionMode::Department);
    let refused = refused_with(
        market.inspections().plan_inspection(second.clone()).await,
        Code::FailedPrecondition,
        "INSPECTION_OVERLAPS",
    );
    assert_eq!(refused.metadata["inspections"], first.name);
    let second = PlanInspectionRequest {
        separate_reason: "先登记，再商议合并".into(),
        matters: vec!["matters/street-vending".into()],
        ..second
    };
    let second = planned(&market, second).await;
    assert_eq!(second.overlaps, std::slice::from_ref(&first.name));
    let first = read(&fire, &first.name).await.unwrap();
    assert_eq!(
        first.overlaps,
        std::slice::from_ref(&second.name),
        "the other learns of it"
    );
    let propose = ProposeInspectionMergeRequest {
        name: second.name.clone(),
        into: first.name.clone(),
        ..Default::default()
    };
    let waiting = market
        .inspections()
        .propose_inspection_merge(propose)
        .await
        .unwrap();
    assert_eq!(
        waiting.into_inner().inspection.unwrap().state(),
        State::Planned
    );
    let early = StartInspectionRequest {
        name: first.name.clone(),
        ..Default::default()
    };
    refused_with(
        fire.inspections().start_inspection(early).await,
        Code::FailedPrecondition,
        "MERGE_PENDING",
    );
    let answer = AnswerInspectionMergeRequest {
        name: first.name.clone(),
        from: second.name.clone(),
        answer: Answer::Accepted as i32,
        ..Default::default()
    };
    let joint = fire
        .inspections()
        .answer_inspection_merge(answer)
        .await
        .unwrap();
    let joint = joint.into_inner().inspection.unwrap();
    assert_eq!(joint.partners, ["organizations/market-supervision"]);
    assert_eq!(joint.matters.len(), 2, "both are looked at");
    let gone = read(&market, &second.name).await.unwrap();
    assert_eq!(
        (gone.state(), gone.merged_into),
        (State::Merged, first.name.clone())
    );
    started(&market, &first.name).await;
    let list = ListInspectionsRequest {
        filter: r#"reference = "premises/440" AND state = IN_PROGRESS"#.into(),
        ..Default::default()
    };
    let listed = market
        .inspections()
        .list_inspections(list)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(listed.inspections.len(), 1, "one visit, seen by both");
    let nobody = PlanInspectionRequest {
        separate_reason: "专项".into(),
        ..plan(InspectionMode::Department)
    };
    assert_eq!(
        planned(&fire, nobody).await.overlaps,
        [first.name],
        "what is merged is open no more"
    );
}

/// 区查街改: the street mends; a community only helps, and is not told to.
///
/// Proves M21, R12.
#[tokio::test]
async fn the_district_finds_and_the_street_mends_while_a_community_only_helps() {
    let world = World::start().await;
    let centre = inspector(&world, CENTRE);
    let it = planned(&centre, plan(InspectionMode::DistrictFindsStreetMends)).await;
    started(&centre, &it.name).await;
    found(&centre, &it.name).await;
    for (organization, reason) in [
        ("community-jinxiu", "COMMUNITY_ONLY_HELPS"),
        ("sanitation", "MODE_MISMATCH"),
    ] {
        let order = mend(&it.name, organization);
        let refused = centre.inspections().order_rectification(order).await;
        let said = refused_with(refused, Code::FailedPrecondition, reason);
        let named = format!("organizations/{organization}");
        assert_eq!(said.metadata["organization"], named);
    }
    let order = mend(&it.name, STREET);
    let ordered = centre.inspections().order_rectification(order).await;
    let ordered = ordered.unwrap().into_inner().inspection.unwrap();
    let order = ordered.findings[0].order.clone().unwrap();
    let task = centre.issue(&order.task).await.unwrap();
    assert_eq!(
        of(&task, STREET).checker,
        format!("organizations/{CENTRE}"),
        "who looked checks"
    );
    let counted = ListInspectionsRequest {
        facets: vec!["state".into(), "organization".into()],
        ..Default::default()
    };
    let listed = centre.inspections().list_inspections(counted).await;
    let facets = listed.unwrap().into_inner().facets;
    let count = &facets[0].counts[0];
    assert_eq!((count.value.as_str(), count.count), ("IN_PROGRESS", 1));
    assert_eq!(facets[1].counts[0].value, format!("organizations/{CENTRE}"));
    let unknown = ListInspectionsRequest {
        facets: vec!["reference".into()],
        ..Default::default()
    };
    malformed(
        centre.inspections().list_inspections(unknown).await,
        &["facets[0]"],
    );
}

/// What anybody can do with what a round publishes.
fn drawn_again(round: &InspectionRound) -> Vec<String> {
    let space = Uuid::new_v5(&Uuid::NAMESPACE_URL, round.seed.as_bytes());
    let objects = round.objects.iter().map(|it| it.reference.clone());
    let mut all: Vec<(Uuid, String)> = objects
        .map(|it| (Uuid::new_v5(&space, it.as_bytes()), it))
        .collect();
    all.sort();
    let sample = usize::try_from(round.sample_size).unwrap();
    all.into_iter().take(sample).map(|it| it.1).collect()
}

/// Proves M21.
#[tokio::test]
async fn a_random_round_is_drawn_by_a_published_seed() {
    let world = World::start().await;
    let centre = inspector(&world, CENTRE);
    let request = PlanInspectionRoundRequest {
        title: "门前三包随机抽查".into(),
        mode: InspectionMode::DistrictFindsStreetMends as i32,
        matters: vec![GARBAGE.into()],
        objects: (0..20)
            .map(|it| market(&format!("premises/{it}")))
            .collect(),
        sample_size: 5,
        first_day: "2025-06-16".into(),
        last_day: "2025-06-30".into(),
        ..Default::default()
    };
    let round = centre
        .inspections()
        .plan_inspection_round(request.clone())
        .await
        .unwrap();
    let round = round.into_inner().inspection_round.unwrap();
    let draw = DrawInspectionRoundRequest {
        name: round.name.clone(),
        seed: "2025061600".into(),
        ..Default::default()
    };
    let drawn = centre
        .inspections()
        .draw_inspection_round(draw.clone())
        .await
        .unwrap();
    let drawn = drawn.into_inner().inspection_round.unwrap();
    assert_eq!(drawn.inspections.len(), 5);
    let mut references = Vec::new();
    for name in &drawn.inspections {
        let it = read(&centre, name).await.unwrap();
        assert_eq!(it.round, round.name);
        references.push(it.object.unwrap().reference);
    }
    let request_round = GetInspectionRoundRequest { name: round.name };
    let published = centre
        .inspections()
        .get_inspection_round(request_round)
        .await
        .unwrap();
    let published = published.into_inner().inspection_round.unwrap();
    assert_eq!(references, drawn_again(&published));
    let another = DrawInspectionRoundRequest {
        seed: "2025061601".into(),
        ..draw
    };
    refused_with(
        centre.inspections().draw_inspection_round(another).await,
        Code::FailedPrecondition,
        "ROUND_NOT_PLANNED",
    );
    let bad = PlanInspectionRoundRequest {
        mode: 9,
        matters: vec!["matters".into()],
        objects: vec![market("premises/1"), market("premises/1"), market("shop 1")],
        sample_size: -1,
        first_day: "2025-06-15".into(),
        last_day: "2027-06-15".into(),
        ..request
    };
    malformed(
        centre.inspections().plan_inspection_round(bad).await,
        &[
            "first_day",
            "last_day",
            "matters[0]",
            "mode",
            "objects[1].reference",
            "objects[2].reference",
            "sample_size",
        ],
    );
}
