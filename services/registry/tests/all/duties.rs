//! Who is responsible, asked over gRPC: the chain, the reports, the cards; and what of a person nobody is told.

use liandong_proto::{
    registry::{
        self as proto, CoverageFindingKind as Kind, duty_service_client::DutyServiceClient,
        get_escalation_chain_request::Subject,
    },
    types::Role,
};
use time::{OffsetDateTime, macros::datetime};
use tonic::Code;

use crate::{
    duty_records::{STREET, duties},
    world::{World, at, bad_fields, is},
};

pub(crate) fn ask(
    area: &str,
    subject: Subject,
    time: OffsetDateTime,
) -> proto::GetEscalationChainRequest {
    proto::GetEscalationChainRequest {
        area: format!("areas/{area}"),
        at_time: at(time),
        subject: Some(subject),
    }
}

pub(crate) fn garbage() -> Subject {
    Subject::Matter("matters/garbage".into())
}

/// A Monday morning.
pub(crate) const MORNING: OffsetDateTime = datetime!(2026-03-02 10:00 +8);

pub(crate) async fn chain(
    world: &World,
    role: Role,
    request: proto::GetEscalationChainRequest,
) -> proto::GetEscalationChainResponse {
    let mut client = DutyServiceClient::new(world.peer(&[role]));
    client
        .get_escalation_chain(request)
        .await
        .unwrap()
        .into_inner()
}

async fn coverage(world: &World, request: proto::GetCoverageRequest) -> proto::GetCoverageResponse {
    let mut client = DutyServiceClient::new(world.peer(&[Role::Registrar]));
    client.get_coverage(request).await.unwrap().into_inner()
}

/// Proves M6.
#[tokio::test]
async fn a_matter_leads_to_whoever_answers_for_it_there_and_now() {
    let world = World::with(STREET).await;
    let answer = chain(
        &world,
        Role::Coordinator,
        ask("front-lane", garbage(), MORNING),
    )
    .await;
    assert_eq!(
        (answer.work_line.as_str(), answer.scheme.as_str()),
        ("workLines/cleaning", "dutySchemes/three-leads")
    );
    let roles: Vec<_> = answer
        .rungs
        .iter()
        .map(|it| it.role_display_name.as_str())
        .collect();
    assert_eq!(roles, ["段长", "路长", "片长", "街长"]);
    let states: Vec<_> = answer.rungs.iter().map(|it| it.state()).collect();
    use proto::RungState::{Filled, StoodIn, Vacant};
    assert_eq!(states, [Filled, Vacant, Filled, Filled]);
    assert_eq!(
        (answer.answering_rung, answer.first_responsible_answers),
        (0, true)
    );
    let first = &answer.rungs[0].on_duty[0];
    assert_eq!(
        (first.display_name.as_str(), first.organization.as_str()),
        ("李勇", "organizations/squad")
    );
    assert_eq!(answer.rungs[1].stand_in_rung, 2);
    assert_eq!(
        answer.rungs[1].reasons[0].code(),
        proto::RungReasonCode::NobodyAppointed
    );

    let ill = chain(
        &world,
        Role::Coordinator,
        ask("front-lane", garbage(), datetime!(2026-03-04 10:00 +8)),
    )
    .await;
    assert_eq!(ill.rungs[0].state(), StoodIn);
    let deputy = &ill.rungs[0].on_duty[0];
    assert_eq!(
        (deputy.display_name.as_str(), deputy.stands_in_for.as_str()),
        ("赵副", "李勇")
    );
    let night = chain(
        &world,
        Role::Coordinator,
        ask("front-lane", garbage(), datetime!(2026-03-02 23:30 +8)),
    )
    .await;
    assert_eq!(
        (night.answering_rung, night.first_responsible_answers),
        (2, false)
    );

    let mut client = duties(&world);
    let tree = Subject::Matter("matters/fallen-tree".into());
    let status = client
        .get_escalation_chain(ask("front-lane", tree, MORNING))
        .await
        .unwrap_err();
    is(&status, Code::FailedPrecondition, "NO_WORK_LINE");
    let nowhere = ask("nowhere", garbage(), MORNING);
    is(
        &client.get_escalation_chain(nowhere).await.unwrap_err(),
        Code::NotFound,
        "AREA_NOT_FOUND",
    );
    let unknown = ask(
        "front-lane",
        Subject::WorkLine("workLines/x".into()),
        MORNING,
    );
    is(
        &client.get_escalation_chain(unknown).await.unwrap_err(),
        Code::NotFound,
        "WORK_LINE_NOT_FOUND",
    );
    let nothing = proto::GetEscalationChainRequest {
        area: "front-lane".into(),
        ..Default::default()
    };
    assert_eq!(
        bad_fields(&client.get_escalation_chain(nothing).await.unwrap_err()),
        ["area", "subject"]
    );
}

/// Proves M7, A4.
#[tokio::test]
async fn a_duty_that_ends_leaves_a_gap_that_the_report_names() {
    let world = World::with(STREET).await;
    let communities = |time| proto::GetCoverageRequest {
        area: "areas/320311001".into(),
        levels: vec![proto::AreaLevel::Community.into()],
        as_of_time: at(time),
        ..Default::default()
    };
    let before = coverage(&world, communities(MORNING)).await;
    assert_eq!(
        (
            before.expected_cells,
            before.covered_cells,
            before.gap_minutes
        ),
        (40, 40, 0)
    );
    let end = proto::DeactivateDutyRequest {
        name: "duties/river-green".into(),
        last_day: "2026-03-31".into(),
        ..Default::default()
    };
    duties(&world).deactivate_duty(end).await.unwrap();
    let still = coverage(&world, communities(datetime!(2026-03-31 10:00 +8))).await;
    assert_eq!(still.covered_cells, 40, "its last day");
    let after = coverage(&world, communities(datetime!(2026-04-01 10:00 +8))).await;
    assert_eq!((after.expected_cells, after.covered_cells), (40, 39));
    let gap = &after.findings[0];
    assert_eq!(
        (gap.kind(), gap.area.as_str(), gap.work_line.as_str()),
        (Kind::Gap, "areas/320311001003", "workLines/greening")
    );
    assert_eq!(gap.text_zh, "“河东片”绿化无第一责任人：daily 00:00-24:00");
    assert_eq!(
        (after.expected_minutes, after.gap_minutes),
        (40 * 10_080, 10_080)
    );
    let counted = |kind: Kind| {
        after
            .counts
            .iter()
            .find(|it| it.kind() == kind)
            .unwrap()
            .count
    };
    assert_eq!(
        (
            counted(Kind::Gap),
            counted(Kind::Overlap),
            counted(Kind::HolderWithoutArea)
        ),
        (1, 0, 0)
    );
}

/// Proves M7.
#[tokio::test]
async fn findings_come_in_pages_of_one_version_and_are_counted_fully() {
    let world = World::with(STREET).await;
    let mut request = proto::GetCoverageRequest {
        levels: vec![
            proto::AreaLevel::Street.into(),
            proto::AreaLevel::District.into(),
        ],
        kinds: vec![Kind::Gap.into()],
        as_of_time: at(MORNING),
        page_size: 4,
        ..Default::default()
    };
    let mut client = duties(&world);
    let mut seen = Vec::new();
    loop {
        let page = client
            .get_coverage(request.clone())
            .await
            .unwrap()
            .into_inner();
        assert_eq!(
            (page.expected_cells, page.covered_cells),
            (10, 0),
            "a street lead is not the first responsible"
        );
        seen.extend(
            page.findings
                .into_iter()
                .map(|it| format!("{} {}", it.area, it.work_line)),
        );
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    let mut sorted = seen.clone();
    sorted.dedup();
    assert_eq!((seen.len(), sorted.len()), (10, 10));

    let end = proto::DeactivateDutyRequest {
        name: "duties/street".into(),
        last_day: "2026-12-31".into(),
        ..Default::default()
    };
    client.deactivate_duty(end).await.unwrap();
    let status = client.get_coverage(request).await.unwrap_err();
    assert_eq!(
        bad_fields(&status),
        ["page_token"],
        "the rows may stand elsewhere now"
    );

    let bad = proto::GetCoverageRequest {
        area: "320311001".into(),
        levels: vec![0],
        work_lines: vec!["lake".into()],
        hours: vec!["always".into()],
        kinds: vec![77],
        ..Default::default()
    };
    let fields = bad_fields(&client.get_coverage(bad).await.unwrap_err());
    assert_eq!(
        fields,
        ["area", "levels", "work_lines[0]", "hours[0]", "kinds"]
    );
    let future = proto::GetCoverageRequest {
        as_of_time: at(datetime!(2049-03-02 10:00 +8)),
        ..Default::default()
    };
    is(
        &client.get_coverage(future).await.unwrap_err(),
        Code::FailedPrecondition,
        "CALENDAR_NOT_PUBLISHED",
    );
    let nowhere = proto::GetCoverageRequest {
        area: "areas/nowhere".into(),
        ..Default::default()
    };
    is(
        &client.get_coverage(nowhere).await.unwrap_err(),
        Code::NotFound,
        "AREA_NOT_FOUND",
    );
}

/// Proves M8.
#[tokio::test]
async fn readiness_says_which_of_the_five_is_missing_and_why() {
    let world = World::with(STREET).await;
    let mut client = DutyServiceClient::new(world.peer(&[Role::Viewer]));
    let mut request = proto::GetReadinessRequest {
        area: "areas/320311001".into(),
        levels: vec![proto::AreaLevel::Community.into()],
        unready_only: true,
        as_of_time: at(MORNING),
        page_size: 5,
        ..Default::default()
    };
    let page = client
        .get_readiness(request.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        (page.area_count, page.ready_count, page.areas.len()),
        (8, 1, 5)
    );
    let parts: Vec<_> = page.counts.iter().map(|it| (it.met, it.unmet)).collect();
    assert_eq!(parts, [(8, 0), (8, 0), (8, 0), (1, 7), (8, 0)]);
    let facility = &page.areas[0].parts[3];
    assert!(
        !facility.met
            && facility.text_zh
                == "环境卫生、绿化、滨湖没有设施".replace("滨湖", "滇保、市政、城市管理"),
        "{}",
        facility.text_zh
    );
    assert_eq!(page.areas[0].parts[2].amount_fen, 1_200_000_000);
    assert_eq!(page.areas[0].parts[2].evidence, ["provisions/budget"]);
    request.page_token = page.next_page_token;
    let rest = client.get_readiness(request).await.unwrap().into_inner();
    assert_eq!((rest.areas.len(), rest.next_page_token.as_str()), (2, ""));
}

/// Proves M15.
#[tokio::test]
async fn logs_are_owed_on_working_days_by_those_who_patrol() {
    let world = World::with(STREET).await;
    let mut client = duties(&world);
    let mut request = proto::ListExpectedLogsRequest {
        as_of_time: at(MORNING),
        page_size: 4,
        ..Default::default()
    };
    let page = client
        .list_expected_logs(request.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        (page.total_size, page.logs.len(), page.working_day),
        (6, 4, true)
    );
    request.page_token = page.next_page_token;
    let rest = client
        .list_expected_logs(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        rest.logs
            .iter()
            .map(|it| it.holder.as_str())
            .collect::<Vec<_>>(),
        ["dutyHolders/wang", "dutyHolders/zhou"]
    );
    let saturday = proto::ListExpectedLogsRequest {
        as_of_time: at(datetime!(2026-03-07 10:00 +8)),
        ..Default::default()
    };
    let page = client
        .list_expected_logs(saturday)
        .await
        .unwrap()
        .into_inner();
    assert_eq!((page.total_size, page.working_day), (0, false));
}
