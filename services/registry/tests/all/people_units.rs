//! What becomes of organizations: norms, mergers, splits, lines and blocks, and the interface map.

use liandong_proto::{
    registry::{self as proto, SuccessionKind, interface_service_client::InterfaceServiceClient},
    types::Role,
};
use time::macros::datetime;
use tonic::Code;
use tonic_types::StatusExt;

use crate::world::{World, at, bad_fields, is};

fn mask(paths: &[&str]) -> Option<prost_types::FieldMask> {
    let paths = paths.iter().map(|it| (*it).to_owned()).collect();
    Some(prost_types::FieldMask { paths })
}

async fn create(world: &World, id: &str, kind: &str, parent: &str, first_day: &str) {
    let request = proto::CreateOrganizationRequest {
        organization_id: id.into(),
        organization: Some(proto::Organization {
            display_name: id.into(),
            kind: kind.into(),
            parent: if parent.is_empty() {
                String::new()
            } else {
                format!("organizations/{parent}")
            },
            level: if kind == "section" { 3 } else { 2 },
            validity: Some(proto::Validity {
                first_day: first_day.into(),
                last_day: String::new(),
            }),
            ..Default::default()
        }),
        ..Default::default()
    };
    world
        .registrar()
        .create_organization(request)
        .await
        .unwrap();
}

async fn successions(world: &World, id: &str, page_size: i32) -> Vec<proto::Succession> {
    let (mut all, mut page_token) = (vec![], String::new());
    loop {
        let request = proto::ListSuccessionsRequest {
            organization: format!("organizations/{id}"),
            page_size,
            page_token,
        };
        let page = world
            .registrar()
            .list_successions(request)
            .await
            .unwrap()
            .into_inner();
        all.extend(page.successions);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return all;
        }
    }
}

/// Proves M1.
#[tokio::test]
async fn several_units_become_one_and_it_becomes_several_and_old_ids_resolve_with_the_date() {
    let world = World::new().await;
    create(&world, "bureau", "urban-management", "", "2026-07-01").await;
    create(&world, "north", "urban-management", "", "2027-01-01").await;
    create(&world, "south", "urban-management", "", "2027-01-01").await;
    let mut client = world.registrar();
    let merge = proto::MergeOrganizationsRequest {
        organizations: vec![
            "organizations/enforcement".into(),
            "organizations/planning".into(),
        ],
        successor: "organizations/bureau".into(),
        last_day: "2026-06-30".into(),
        validate_only: true,
        ..Default::default()
    };
    let too_early = proto::MergeOrganizationsRequest {
        last_day: "2026-05-31".into(),
        ..merge.clone()
    };
    let status = client.merge_organizations(too_early).await.unwrap_err();
    is(&status, Code::FailedPrecondition, "CATALOGUE_INVALID");
    client.merge_organizations(merge.clone()).await.unwrap();
    assert_eq!(
        successions(&world, "planning", 50).await,
        [],
        "only checked"
    );
    let merge = proto::MergeOrganizationsRequest {
        validate_only: false,
        ..merge
    };
    let merged = client
        .merge_organizations(merge)
        .await
        .unwrap()
        .into_inner()
        .organizations;
    assert!(
        merged
            .iter()
            .all(|it| it.successor == "organizations/bureau")
    );
    let split = proto::SplitOrganizationRequest {
        name: "organizations/bureau".into(),
        successors: vec!["organizations/north".into(), "organizations/south".into()],
        last_day: "2026-12-31".into(),
        ..Default::default()
    };
    let stale = proto::SplitOrganizationRequest {
        etag: "7".into(),
        ..split.clone()
    };
    let status = client.split_organization(stale).await.unwrap_err();
    is(&status, Code::Aborted, "STALE_ETAG");
    let ended = client
        .split_organization(split.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        ended.organization.unwrap().further_successors,
        ["organizations/south"]
    );
    let status = client.split_organization(split).await.unwrap_err();
    is(&status, Code::FailedPrecondition, "CATALOGUE_INVALID");

    let chain = successions(&world, "bureau", 2).await;
    let steps: Vec<_> = chain
        .iter()
        .map(|it| {
            (
                it.predecessor.as_str(),
                it.successor.as_str(),
                it.kind(),
                it.resolves,
            )
        })
        .collect();
    let (merger, split) = (SuccessionKind::Merger, SuccessionKind::Split);
    let expected = [
        (
            "organizations/enforcement",
            "organizations/bureau",
            merger,
            true,
        ),
        (
            "organizations/planning",
            "organizations/bureau",
            merger,
            true,
        ),
        ("organizations/bureau", "organizations/north", split, true),
        ("organizations/bureau", "organizations/south", split, false),
    ];
    assert_eq!(steps, expected);
    assert_eq!(chain[0].first_day, "2026-07-01");
    assert_eq!(
        successions(&world, "planning", 50).await.len(),
        3,
        "its own way on"
    );
    let stands_for = async |on| {
        let request = proto::GetOrganizationRequest {
            name: "organizations/planning".into(),
            as_of_time: at(on),
        };
        let answer = world.registrar().get_organization(request).await.unwrap();
        answer.into_inner().current_organization
    };
    assert_eq!(
        stands_for(datetime!(2026-06-30 12:00 +8)).await,
        "organizations/planning"
    );
    assert_eq!(
        stands_for(datetime!(2026-07-01 12:00 +8)).await,
        "organizations/bureau"
    );
    assert_eq!(
        stands_for(datetime!(2027-01-01 12:00 +8)).await,
        "organizations/north"
    );
    let bad = proto::MergeOrganizationsRequest {
        organizations: vec![
            "organizations/mall".into(),
            "organizations/mall".into(),
            "mall".into(),
        ],
        successor: "organizations/mall".into(),
        last_day: "soon".into(),
        ..Default::default()
    };
    let fields = bad_fields(&client.merge_organizations(bad).await.unwrap_err());
    assert_eq!(
        fields,
        [
            "organizations[2]",
            "organizations[1]",
            "last_day",
            "successor"
        ]
    );
}

/// Proves M1, M3.
#[tokio::test]
async fn norms_are_kept_by_date_and_a_mask_takes_over_what_it_names() {
    let world = World::new().await;
    let mut client = world.registrar();
    let norms = |first: &str, last: &str, max| proto::Establishment {
        validity: Some(proto::Validity {
            first_day: first.into(),
            last_day: last.into(),
        }),
        staff_min: Some(2),
        staff_max: Some(max),
        budget_min: Some(5_000_000),
        budget_max: Some(6_000_000),
        budget: Some(5_500_000),
        ..Default::default()
    };
    let update = |establishments, paths: &[&str]| proto::UpdateOrganizationRequest {
        organization: Some(proto::Organization {
            name: "organizations/squad".into(),
            kind: "liaison-station".into(),
            display_name: "联系站".into(),
            establishments,
            ..Default::default()
        }),
        update_mask: mask(paths),
        ..Default::default()
    };
    let by_date = vec![norms("", "2025-12-31", 3), norms("2026-01-01", "", 4)];
    let request = update(by_date.clone(), &["establishments", "kind", "display_name"]);
    let squad = client
        .update_organization(request)
        .await
        .unwrap()
        .into_inner()
        .organization
        .unwrap();
    assert_eq!(squad.establishments, by_date);
    assert_eq!(
        (squad.kind.as_str(), squad.names.len()),
        ("liaison-station", 2)
    );
    assert_eq!(
        squad.names[1].display_name, "联系站",
        "a correction of the newest name"
    );
    assert_eq!(
        squad.parent, "organizations/enforcement",
        "what the mask does not name stays"
    );
    let contradictory = vec![norms("", "", 1), norms("2026-01-01", "", 4)];
    let status = client
        .update_organization(update(contradictory, &["establishments"]))
        .await
        .unwrap_err();
    is(&status, Code::FailedPrecondition, "CATALOGUE_INVALID");
    let failure = status.get_details_precondition_failure().unwrap();
    assert_eq!(failure.violations.len(), 2);
    let mut negative = norms("", "", 3);
    (negative.staff_min, negative.budget) = (Some(-1), Some(-1));
    let status = client
        .update_organization(update(vec![negative], &["establishments"]))
        .await
        .unwrap_err();
    let expected = ["establishments[0].staff_min", "establishments[0].budget"];
    assert_eq!(
        bad_fields(&status),
        expected.map(|it| format!("organization.{it}"))
    );
}

/// Proves M1.
#[tokio::test]
async fn lines_and_blocks_can_be_listed() {
    let world = World::new().await;
    let request = proto::GetOrganizationRequest {
        name: "organizations/bridge-community".into(),
        as_of_time: None,
    };
    let answer = world
        .registrar()
        .get_organization(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(answer.line, ["organizations/street-office"]);
    assert_eq!(
        answer.block,
        ["areas/320311001001", "areas/320311001", "areas/320311"]
    );
    let list = async |filter: &str| -> Vec<String> {
        let request = proto::ListOrganizationsRequest {
            filter: filter.into(),
            ..Default::default()
        };
        let answer = world
            .registrar()
            .list_organizations(request)
            .await
            .unwrap()
            .into_inner();
        let names = answer.organizations.into_iter().map(|it| it.name);
        names.map(|it| it.replace("organizations/", "")).collect()
    };
    assert_eq!(
        list("line = \"organizations/street-office\"").await,
        ["bend-community", "bridge-community"]
    );
    assert_eq!(
        list("line = \"organizations/enforcement\"").await,
        ["squad"]
    );
    let block = [
        "bend-community",
        "bridge-community",
        "mall",
        "squad",
        "street-office",
    ];
    assert_eq!(list("block = \"areas/320311001\"").await, block);
}

/// Proves M4.
#[tokio::test]
async fn the_interface_map_counts_who_faces_whom_and_names_who_faces_nobody() {
    let world = World::new().await;
    for id in ["urban-section", "safety-section", "party-section"] {
        create(&world, id, "section", "street-office", "2020-01-01").await;
    }
    let mut client = InterfaceServiceClient::new(world.peer(&[Role::Registrar]));
    let interface = |section: &str, department: &str| proto::Interface {
        section: format!("organizations/{section}"),
        department: format!("organizations/{department}"),
        subject: "日常对接".into(),
        ..Default::default()
    };
    let mut pair = async |section: &str, department: &str| {
        let request = proto::CreateInterfaceRequest {
            interface_id: format!("{section}-{department}"),
            interface: Some(interface(section, department)),
            ..Default::default()
        };
        client.create_interface(request).await
    };
    for department in ["enforcement", "planning", "environment"] {
        pair("urban-section", department).await.unwrap();
    }
    pair("safety-section", "enforcement").await.unwrap();
    let mut refused = async |section: &str, department: &str| {
        let status = pair(section, department).await.unwrap_err();
        is(&status, Code::FailedPrecondition, "CATALOGUE_INVALID");
    };
    refused("street-office", "planning").await;
    refused("urban-section", "safety-section").await;
    refused("urban-section", "nobody").await;
    let report = async |departments_max, as_of_time| {
        let request = proto::ReportInterfacesRequest {
            organization: "organizations/street-office".into(),
            departments_max,
            as_of_time,
        };
        let mut client = InterfaceServiceClient::new(world.peer(&[Role::Viewer]));
        client
            .report_interfaces(request)
            .await
            .unwrap()
            .into_inner()
    };
    let found = report(2, None).await;
    let fans: Vec<_> = found
        .sections
        .iter()
        .map(|it| (it.display_name.as_str(), it.count))
        .collect();
    assert_eq!(
        fans,
        [
            ("urban-section", 3),
            ("safety-section", 1),
            ("party-section", 0)
        ]
    );
    assert_eq!(found.overloaded_sections, ["organizations/urban-section"]);
    assert_eq!(found.idle_sections, ["organizations/party-section"]);
    let enforcement = &found.departments[0];
    assert_eq!(
        (enforcement.organization.as_str(), enforcement.count),
        ("organizations/enforcement", 2)
    );
    assert_eq!(
        found.unfaced_departments,
        ["organizations/market", "organizations/traffic"]
    );
    assert_eq!(
        report(0, None).await.overloaded_sections.len(),
        0,
        "5 unless said otherwise"
    );

    let end = proto::DeactivateInterfaceRequest {
        name: "interfaces/safety-section-enforcement".into(),
        last_day: "2026-01-31".into(),
        ..Default::default()
    };
    let mut registrar = InterfaceServiceClient::new(world.peer(&[Role::Registrar]));
    registrar.deactivate_interface(end).await.unwrap();
    assert_eq!(report(2, None).await.idle_sections.len(), 2);
    let before = report(2, at(datetime!(2026-01-31 12:00 +8))).await;
    assert_eq!(
        before.idle_sections.len(),
        1,
        "as of the day before it ended"
    );
    let list = proto::ListInterfacesRequest {
        filter:
            "street = \"organizations/street-office\" AND department = \"organizations/planning\""
                .into(),
        ..Default::default()
    };
    let listed = registrar
        .list_interfaces(list)
        .await
        .unwrap()
        .into_inner()
        .interfaces;
    assert_eq!(listed.len(), 1);
    let status = {
        let request = proto::DeactivateOrganizationRequest {
            name: "organizations/urban-section".into(),
            last_day: "2026-06-30".into(),
            ..Default::default()
        };
        world
            .registrar()
            .deactivate_organization(request)
            .await
            .unwrap_err()
    };
    is(&status, Code::FailedPrecondition, "IN_USE");
}
