//! Questions of authority and place, lists, and who may ask.

use liandong_kit::client::Identity;
use liandong_proto::registry as proto;
use liandong_proto::registry::area_service_client::AreaServiceClient;
use liandong_proto::registry::locate_request::Place;
use liandong_proto::registry::organization_service_client::OrganizationServiceClient;
use liandong_proto::registry::personnel_service_client::PersonnelServiceClient;
use liandong_proto::registry::power_service_client::PowerServiceClient;
use liandong_proto::types::Limit;
use liandong_proto::types::LimitKind;
use liandong_proto::types::Role;
use prost_types::Timestamp;
use time::macros::datetime;
use tonic::Code;
use tonic_types::StatusExt;

use crate::world::{World, at, bad_fields, is, question};

/// Proves R1.
#[tokio::test]
async fn authority_is_answered_with_holders_reasons_and_exclusions() {
    let world = World::new().await;
    let request = proto::ResolveAuthorityRequest {
        asking_organization: "organizations/street-office".into(),
        ..question("cooking-fumes", "back-lane")
    };
    let authority = world
        .powers()
        .resolve_authority(request)
        .await
        .unwrap()
        .into_inner()
        .authority
        .unwrap();
    assert_eq!(authority.outcome(), proto::AuthorityOutcome::Resolved);
    let first = &authority.holders[0];
    assert_eq!(
        (first.organization.as_str(), first.power.as_str()),
        ("organizations/enforcement", "powers/fumes-concentrated")
    );
    assert!(
        first
            .reasons
            .iter()
            .all(|it| !it.text_zh.is_empty() && it.code != 0)
    );
    assert!(!authority.asking_organization_holds);
    let devolved = authority
        .exclusions
        .iter()
        .find(|it| it.power == "powers/fumes-devolved")
        .unwrap();
    assert_eq!(devolved.code(), proto::ExclusionReasonCode::Expired);
    assert_eq!(
        (authority.required_officers, authority.first_offence_exempt),
        (2, true)
    );
    assert_eq!(authority.conditions.len(), 2);
    let stages = authority.stage_limits.unwrap();
    assert_eq!(
        stages.sign,
        Some(Limit {
            kind: LimitKind::UrgentHours.into(),
            amount: 30
        })
    );
    assert_eq!(
        stages.commit,
        Some(Limit {
            kind: LimitKind::WorkHours.into(),
            amount: 240
        }),
        "the default"
    );
    assert!(authority.catalogue_version > 0);
}

#[tokio::test]
async fn questions_about_what_does_not_exist_name_it() {
    let world = World::new().await;
    let ask = async |request| world.powers().resolve_authority(request).await.unwrap_err();
    is(
        &ask(question("nothing", "back-lane")).await,
        Code::NotFound,
        "MATTER_NOT_FOUND",
    );
    is(
        &ask(question("garbage", "nowhere")).await,
        Code::NotFound,
        "AREA_NOT_FOUND",
    );
    let asking = proto::ResolveAuthorityRequest {
        asking_organization: "organizations/nobody".into(),
        ..question("garbage", "back-lane")
    };
    is(&ask(asking).await, Code::NotFound, "ORGANIZATION_NOT_FOUND");
    let malformed = proto::ResolveAuthorityRequest {
        matter: "garbage".into(),
        area: String::new(),
        as_of_time: Some(Timestamp {
            seconds: i64::MAX,
            nanos: -1,
        }),
        act: 99,
        asking_organization: "units/x".into(),
    };
    let fields = bad_fields(&ask(malformed).await);
    assert_eq!(
        fields,
        ["matter", "area", "as_of_time", "act", "asking_organization"]
    );
}

#[tokio::test]
async fn a_batch_is_answered_in_order_or_names_the_bad_question() {
    let world = World::new().await;
    let requests = vec![
        question("garbage", "back-lane"),
        question("cooking-fumes", "320311002"),
    ];
    let request = proto::ResolveAuthorityBatchRequest { requests };
    let answers = world
        .powers()
        .resolve_authority_batch(request.clone())
        .await
        .unwrap()
        .into_inner()
        .authorities;
    let matters: Vec<_> = answers.iter().map(|it| it.matter.as_str()).collect();
    assert_eq!(matters, ["matters/garbage", "matters/cooking-fumes"]);

    let mut bad = request;
    bad.requests[1].matter = "matters/nothing".into();
    let status = world
        .powers()
        .resolve_authority_batch(bad.clone())
        .await
        .unwrap_err();
    is(&status, Code::NotFound, "MATTER_NOT_FOUND");
    assert_eq!(
        status.get_details_error_info().unwrap().metadata["index"],
        "1"
    );
    bad.requests[0].area = "x".into();
    assert_eq!(
        bad_fields(
            &world
                .powers()
                .resolve_authority_batch(bad)
                .await
                .unwrap_err()
        ),
        ["requests[0].area"]
    );
}

/// Proves M5.
#[tokio::test]
async fn a_place_is_located_by_code_and_alias() {
    let world = World::new().await;
    let mut areas = AreaServiceClient::new(world.peer(&[Role::Service]));
    let mut locate = async |place: Option<Place>| {
        let request = proto::LocateRequest {
            place,
            as_of_time: None,
        };
        areas.locate(request).await.map(tonic::Response::into_inner)
    };
    let found = locate(Some(Place::Code("32031100100100142".into())))
        .await
        .unwrap();
    assert_eq!(
        (found.area.unwrap().name.as_str(), found.exact),
        ("areas/320311001001001", false)
    );
    assert_eq!(
        found.ancestors,
        ["areas/320311001001", "areas/320311001", "areas/320311"]
    );
    let found = locate(Some(Place::Alias("桥北".into()))).await.unwrap();
    assert_eq!(
        (found.area.unwrap().display_name.as_str(), found.exact),
        ("桥北社区", true)
    );
    is(
        &locate(Some(Place::Code("999999".into())))
            .await
            .unwrap_err(),
        Code::NotFound,
        "AREA_NOT_FOUND",
    );
    assert_eq!(bad_fields(&locate(None).await.unwrap_err()), ["place"]);
}

#[tokio::test]
async fn lists_are_paged_filtered_and_as_of_a_day() {
    let world = World::new().await;
    let mut client = world.registrar();
    let mut seen = Vec::new();
    let mut request = proto::ListOrganizationsRequest {
        page_size: 5,
        ..Default::default()
    };
    loop {
        let page = client
            .list_organizations(request.clone())
            .await
            .unwrap()
            .into_inner();
        seen.extend(page.organizations.into_iter().map(|it| it.name));
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(seen.len(), 11, "all but the one that has ended");
    assert!(seen.is_sorted());
    let filtered = proto::ListOrganizationsRequest {
        filter: "kind = \"community\" AND level = \"COMMUNITY\"".into(),
        ..Default::default()
    };
    assert_eq!(
        client
            .list_organizations(filtered)
            .await
            .unwrap()
            .into_inner()
            .organizations
            .len(),
        2
    );
    let past = proto::ListOrganizationsRequest {
        as_of_time: at(datetime!(2018-06-01 09:00 +8)),
        filter: "kind = \"market-supervision\"".into(),
        ..Default::default()
    };
    let past = client
        .list_organizations(past)
        .await
        .unwrap()
        .into_inner()
        .organizations;
    assert_eq!(past[0].display_name, "区工商局");
    let wrong = proto::ListOrganizationsRequest {
        filter: "colour = \"red\"".into(),
        ..Default::default()
    };
    assert_eq!(
        bad_fields(&client.list_organizations(wrong).await.unwrap_err()),
        ["filter"]
    );
    let foreign = proto::ListOrganizationsRequest {
        page_token: request.page_token,
        ..Default::default()
    };
    assert_eq!(
        client
            .list_organizations(foreign)
            .await
            .unwrap()
            .into_inner()
            .organizations
            .len(),
        1,
        "sizes may differ"
    );

    let mut areas = AreaServiceClient::new(world.peer(&[Role::Viewer]));
    let within = proto::ListAreasRequest {
        filter: "within = \"areas/320311001001\"".into(),
        ..Default::default()
    };
    assert_eq!(
        areas
            .list_areas(within)
            .await
            .unwrap()
            .into_inner()
            .areas
            .len(),
        3
    );
    let of = proto::ListPowersRequest {
        filter: "matter = \"matters/cooking-fumes\"".into(),
        ..Default::default()
    };
    assert_eq!(
        world
            .powers()
            .list_powers(of)
            .await
            .unwrap()
            .into_inner()
            .powers
            .len(),
        3,
        "one has expired"
    );
}

#[tokio::test]
async fn only_a_registrar_changes_the_registry_and_only_services_and_registrars_see_people() {
    let world = World::new().await;
    let mut viewer = OrganizationServiceClient::new(world.peer(&[Role::Viewer, Role::Coordinator]));
    let status = viewer
        .create_organization(proto::CreateOrganizationRequest::default())
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied, "{status:?}");
    let people = async |roles: &[Role]| {
        let mut client = PersonnelServiceClient::new(world.peer(roles));
        client
            .list_people(proto::ListPeopleRequest::default())
            .await
            .map(|it| it.into_inner().people)
    };
    assert_eq!(
        people(&[Role::Viewer]).await.unwrap_err().code(),
        Code::PermissionDenied
    );
    let found = people(&[Role::Registrar]).await.unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(
        found[1].roles().collect::<Vec<_>>(),
        [Role::Coordinator, Role::Registrar]
    );
    let mut nobody = PowerServiceClient::new(world.as_identity(Identity::Nobody));
    let status = nobody
        .resolve_authority(question("garbage", "back-lane"))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
}
