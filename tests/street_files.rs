//! Setting a street up over gRPC: all or nothing, and every problem with its place.

use liandong_proto::registry::{
    CreateOrganizationRequest, DeactivateOrganizationRequest, GetOrganizationRequest,
    ImportOutcome, ImportStreetRequest, ImportStreetResponse, ImportStreetStart,
    ListOrganizationsRequest, LocateRequest, Organization, import_street_request::Piece,
    locate_request::Place,
};
use time::macros::datetime;
use tonic::{Code, Response, Status};
use uuid::Uuid;

use crate::{caller::Caller, refusal::refused, world::World};

const DEMO: &str = liandong::up::DEMO;

async fn send(
    caller: &Caller,
    pieces: Vec<Piece>,
) -> Result<Response<ImportStreetResponse>, Status> {
    let messages: Vec<_> = pieces
        .into_iter()
        .map(|it| ImportStreetRequest { piece: Some(it) })
        .collect();
    caller
        .import()
        .import_street(tokio_stream::iter(messages))
        .await
}

fn pieces(text: &str, start: ImportStreetStart) -> Vec<Piece> {
    let chunks = text
        .as_bytes()
        .chunks(30_000)
        .map(|it| Piece::Chunk(it.to_vec()));
    std::iter::once(Piece::Start(start)).chain(chunks).collect()
}

async fn import(caller: &Caller, text: &str) -> ImportStreetResponse {
    send(caller, pieces(text, ImportStreetStart::default()))
        .await
        .unwrap()
        .into_inner()
}

fn line_of(text: &str, part: &str) -> i32 {
    i32::try_from(text.lines().position(|it| it.contains(part)).unwrap() + 1).unwrap()
}

/// The demo street again: nothing changes, and the answer says so section by section.
#[tokio::test]
async fn importing_the_same_street_again_changes_nothing() {
    let world = World::start().await;
    let answer = import(&world.registrar(), DEMO).await;
    assert_eq!(
        (answer.outcome(), answer.problem_count),
        (ImportOutcome::Unchanged, 0)
    );
    assert!(
        answer
            .counts
            .iter()
            .all(|it| it.created == 0 && it.changed == 0)
    );
    let unchanged = |section: &str| {
        answer
            .counts
            .iter()
            .find(|it| it.section == section)
            .map(|it| it.unchanged)
    };
    assert_eq!(unchanged("matters"), Some(49));
    assert!(
        unchanged("organizations") > Some(30) && unchanged("officers") > Some(100),
        "{:?}",
        answer.counts
    );
    let longer = DEMO.replace("name: 锦河医院", "name: 锦河中心医院");
    let changed = import(&world.registrar(), &longer).await;
    assert_eq!(changed.outcome(), ImportOutcome::Applied);
    let counts = changed
        .counts
        .iter()
        .find(|it| it.section == "organizations")
        .unwrap();
    assert_eq!((counts.created, counts.changed), (0, 1));
    assert!(changed.catalogue_version > answer.catalogue_version);
}

/// Six mistakes in one file: each with line, column, path, code and two languages, and nothing of the file is stored.
#[tokio::test]
async fn a_bad_street_file_is_refused_with_every_mistake_in_its_place() {
    let world = World::start().await;
    let registrar = world.registrar();
    let mut text = DEMO.to_owned();
    let mut change = |before: &str, after: &str| {
        assert_eq!(text.matches(before).count(), 1, "{before}");
        text = text.replace(before, after);
    };
    change(
        "name: 锦河医院, kind: RESIDENT_UNIT, area: \"990101001004\"",
        "name: 新医院, kind: RESIDENT_UNIT, area: \"990101001999\"",
    );
    change(
        "{id: fu-sili, name: 傅思莉, organization: village-yangjia, roles: [HANDLER]}",
        "{id: fu-sili, name: 傅思莉, organization: village-yangjia, roles: [KING]}",
    );
    change(
        "organization: village-donggang, roles",
        "organization: village-nowhere, roles",
    );
    change(
        "- {id: default, text: \"道路、广场有明显积尘、积泥、油污\", limit: \"4 WORK_HOURS\"",
        "- {id: default, text: \"道路、广场有明显积尘、积泥、油污\", limit: \"soon\"",
    );
    change("    delegator: sanitation\n", "    delegator: planning\n");
    change(
        "  - {id: li-zihui, name: 李子辉, organization: landscaping}",
        "  - {id: li-zihui, nom: 李子辉, organization: landscaping}",
    );
    let answer = import(&registrar, &text).await;
    assert_eq!(answer.outcome(), ImportOutcome::Refused);
    assert_eq!(
        usize::try_from(answer.problem_count).unwrap(),
        answer.problems.len()
    );
    for (line, reason) in [
        (line_of(&text, "990101001999"), "UNKNOWN_REFERENCE"),
        (line_of(&text, "village-nowhere"), "UNKNOWN_REFERENCE"),
        (line_of(&text, "roles: [KING]"), "MALFORMED"),
        (line_of(&text, "limit: \"soon\""), "MALFORMED"),
        (
            line_of(&text, "    delegator: planning"),
            "DELEGATOR_WITHOUT_POWER",
        ),
        (line_of(&text, "nom: 李子辉"), "UNKNOWN_KEY"),
    ] {
        let found = answer
            .problems
            .iter()
            .find(|it| it.line == line && it.reason == reason);
        let found =
            found.unwrap_or_else(|| panic!("no {reason} at line {line} in {:#?}", answer.problems));
        assert!(
            found.column > 0
                && !found.path.is_empty()
                && !found.text.is_empty()
                && !found.text_zh.is_empty()
        );
    }
    assert!(
        answer
            .problems
            .windows(2)
            .all(|it| it[0].line <= it[1].line),
        "in the order of the file"
    );
    let hospital = named("organizations/resident-hospital");
    let hospital = registrar
        .organizations()
        .get_organization(hospital)
        .await
        .unwrap()
        .into_inner()
        .organization
        .unwrap();
    assert_eq!(
        hospital.names.last().unwrap().display_name,
        "锦河医院",
        "nothing was stored"
    );
    let syntax = import(
        &registrar,
        "schema: liandong/street/v1\ndistrict: {code: [\n",
    )
    .await;
    assert_eq!(
        (syntax.outcome(), syntax.problems[0].reason.as_str()),
        (ImportOutcome::Refused, "SYNTAX")
    );
}

/// Only a check, another district, the wrong order, a repeat.
#[tokio::test]
async fn an_import_says_first_how_and_then_what() {
    let world = World::start().await;
    let registrar = world.registrar();
    let longer = DEMO.replace("name: 锦河医院", "name: 锦河中心医院");
    let check = ImportStreetStart {
        validate_only: true,
        ..Default::default()
    };
    let answer = send(&registrar, pieces(&longer, check))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(answer.outcome(), ImportOutcome::Valid);
    assert_eq!(
        import(&registrar, DEMO).await.outcome(),
        ImportOutcome::Unchanged,
        "the check stored nothing"
    );

    let twice = ImportStreetStart {
        request_id: Uuid::now_v7().to_string(),
        ..Default::default()
    };
    let first = send(&registrar, pieces(&longer, twice.clone()))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(first.outcome(), ImportOutcome::Applied);
    let second = send(&registrar, pieces(&longer, twice.clone()))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(first, second, "the same answer");
    refused(
        send(&registrar, pieces(DEMO, twice)).await,
        Code::InvalidArgument,
        "REQUEST_ID_REUSED",
    );

    let elsewhere = DEMO.replace("district: {code: \"990101\"", "district: {code: \"110101\"");
    let answer = send(&registrar, pieces(&elsewhere, ImportStreetStart::default())).await;
    refused(answer, Code::PermissionDenied, "OTHER_DISTRICT");
    for wrong in [
        vec![],
        vec![Piece::Chunk(DEMO.as_bytes().to_vec())],
        vec![
            Piece::Start(ImportStreetStart::default()),
            Piece::Start(ImportStreetStart::default()),
        ],
    ] {
        let status = send(&registrar, wrong).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    }
    refused(
        send(
            &world.coordinator(),
            pieces(DEMO, ImportStreetStart::default()),
        )
        .await,
        Code::PermissionDenied,
        "ROLE_REQUIRED",
    );
}

/// Old ids keep leading to whoever took over, a unit that is needed does not end without a successor, and all of it is
/// the same after a restart.
///
/// Proves M1.
#[tokio::test]
async fn a_reformed_unit_is_found_under_its_old_id_also_after_a_restart() {
    let world = World::start().await;
    let registrar = world.registrar();
    let organization = Organization {
        display_name: "云麓区城市更新局".into(),
        kind: "renewal".into(),
        ..Default::default()
    };
    let create = CreateOrganizationRequest {
        organization: Some(organization),
        organization_id: "renewal".into(),
        ..Default::default()
    };
    registrar
        .organizations()
        .create_organization(create.clone())
        .await
        .unwrap();
    refused(
        registrar.organizations().create_organization(create).await,
        Code::AlreadyExists,
        "ORGANIZATION_EXISTS",
    );
    let end = DeactivateOrganizationRequest {
        name: "organizations/housing".into(),
        last_day: "2025-06-30".into(),
        ..Default::default()
    };
    let refusal = refused(
        registrar
            .organizations()
            .deactivate_organization(end.clone())
            .await,
        Code::FailedPrecondition,
        "IN_USE",
    );
    assert!(
        refusal.text.contains("housing-statutory"),
        "what needs it is named: {}",
        refusal.text
    );
    let end = DeactivateOrganizationRequest {
        successor: "organizations/renewal".into(),
        ..end
    };
    registrar
        .organizations()
        .deactivate_organization(end)
        .await
        .unwrap();

    let world = world.restarted_at(datetime!(2025-07-01 9:00 +8)).await;
    let viewer = world.handler("sanitation");
    let housing = viewer
        .organizations()
        .get_organization(named("organizations/housing"))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(housing.current_organization, "organizations/renewal");
    assert_eq!(
        housing.organization.unwrap().display_name,
        "云麓区房产管理局",
        "its history stays"
    );
    let old = viewer
        .organizations()
        .get_organization(named("organizations/industry-and-commerce"))
        .await
        .unwrap();
    assert_eq!(
        old.into_inner().current_organization,
        "organizations/market-supervision"
    );
    let all = ListOrganizationsRequest {
        page_size: 500,
        ..Default::default()
    };
    let all = viewer
        .organizations()
        .list_organizations(all)
        .await
        .unwrap()
        .into_inner()
        .organizations;
    let lives = |name: &str| all.iter().any(|it| it.name == name);
    assert!(lives("organizations/renewal") && !lives("organizations/housing"));
}

/// Proves M5.
#[tokio::test]
async fn an_address_code_resolves_to_the_smallest_area() {
    let world = World::start().await;
    let viewer = world.handler("sanitation");
    let locate = |code: &str| LocateRequest {
        place: Some(Place::Code(code.into())),
        ..Default::default()
    };
    let found = viewer
        .areas()
        .locate(locate("99010100100100100000123"))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(found.area.unwrap().name, "areas/990101001001001");
    assert!(!found.exact);
    assert_eq!(
        found.ancestors,
        ["areas/990101001001", "areas/990101001", "areas/990101"]
    );
    refused(
        viewer.areas().locate(locate("110101001")).await,
        Code::NotFound,
        "AREA_NOT_FOUND",
    );
}

fn named(name: &str) -> GetOrganizationRequest {
    GetOrganizationRequest {
        name: name.to_owned(),
        ..Default::default()
    }
}
