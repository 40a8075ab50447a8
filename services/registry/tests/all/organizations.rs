//! Changes of organizations.

use liandong_proto::registry as proto;
use time::macros::datetime;
use tonic::Code;
use tonic_types::StatusExt;

use crate::world::{World, at, bad_fields, is};

#[tokio::test]
async fn an_organization_is_created_changed_and_ended() {
    let world = World::new().await;
    let mut client = world.registrar();
    let create = proto::CreateOrganizationRequest {
        organization_id: "landscaping".into(),
        organization: Some(proto::Organization {
            display_name: "园林绿化所".into(),
            kind: "landscaping".into(),
            level: proto::OrganizationLevel::District.into(),
            area: "areas/320311".into(),
            ..Default::default()
        }),
        request_id: "0190a000-0000-7000-8000-000000000001".into(),
        validate_only: false,
    };
    let made = client
        .create_organization(create.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        client
            .create_organization(create.clone())
            .await
            .unwrap()
            .into_inner(),
        made,
        "a repeat"
    );
    let mut other = create.clone();
    other.organization.as_mut().unwrap().display_name = "别的".into();
    is(
        &client.create_organization(other).await.unwrap_err(),
        Code::InvalidArgument,
        "REQUEST_ID_REUSED",
    );
    let again = proto::CreateOrganizationRequest {
        request_id: String::new(),
        ..create
    };
    is(
        &client.create_organization(again).await.unwrap_err(),
        Code::AlreadyExists,
        "ORGANIZATION_EXISTS",
    );

    let made = made.organization.unwrap();
    assert_eq!(
        world
            .organization("landscaping")
            .await
            .unwrap()
            .organization
            .unwrap(),
        made
    );
    let update = proto::UpdateOrganizationRequest {
        organization: Some(proto::Organization {
            name: made.name.clone(),
            display_name: "绿化管理所".into(),
            ..Default::default()
        }),
        update_mask: Some(prost_types::FieldMask {
            paths: vec!["display_name".into()],
        }),
        etag: made.etag.clone(),
        ..Default::default()
    };
    let changed = client
        .update_organization(update.clone())
        .await
        .unwrap()
        .into_inner()
        .organization
        .unwrap();
    assert_eq!(
        (changed.display_name.as_str(), changed.kind.as_str()),
        ("绿化管理所", "landscaping")
    );
    is(
        &client.update_organization(update).await.unwrap_err(),
        Code::Aborted,
        "STALE_ETAG",
    );

    let end = proto::DeactivateOrganizationRequest {
        name: made.name,
        last_day: "2026-06-30".into(),
        successor: "organizations/planning".into(),
        etag: changed.etag,
        ..Default::default()
    };
    client.deactivate_organization(end.clone()).await.unwrap();
    let another_day = proto::DeactivateOrganizationRequest {
        last_day: "2026-06-15".into(),
        successor: String::new(),
        etag: String::new(),
        ..end
    };
    client.deactivate_organization(another_day).await.unwrap();
    let request = proto::GetOrganizationRequest {
        name: "organizations/landscaping".into(),
        as_of_time: at(datetime!(2026-07-01 09:00 +8)),
    };
    let after = client.get_organization(request).await.unwrap().into_inner();
    assert_eq!(after.current_organization, "organizations/planning");
}

#[tokio::test]
async fn what_would_contradict_the_catalogue_is_refused_with_what_it_contradicts() {
    let world = World::new().await;
    let mut client = world.registrar();
    let end = proto::DeactivateOrganizationRequest {
        name: "organizations/squad".into(),
        last_day: "2026-06-30".into(),
        ..Default::default()
    };
    let status = client.deactivate_organization(end).await.unwrap_err();
    is(&status, Code::FailedPrecondition, "IN_USE");
    let users = status
        .get_details_precondition_failure()
        .unwrap()
        .violations;
    assert!(
        users
            .iter()
            .any(|it| it.description.starts_with("powers/fumes-entrusted holder")),
        "{users:?}"
    );
    assert!(
        users
            .iter()
            .any(|it| it.description.starts_with("officers/wang")),
        "{users:?}"
    );

    let cycle = proto::UpdateOrganizationRequest {
        organization: Some(proto::Organization {
            name: "organizations/enforcement".into(),
            parent: "organizations/squad".into(),
            ..Default::default()
        }),
        update_mask: Some(prost_types::FieldMask {
            paths: vec!["parent".into()],
        }),
        ..Default::default()
    };
    let status = client.update_organization(cycle).await.unwrap_err();
    is(&status, Code::FailedPrecondition, "CATALOGUE_INVALID");
    assert!(
        status
            .get_details_precondition_failure()
            .unwrap()
            .violations[0]
            .description
            .contains("CYCLE")
    );
}

#[tokio::test]
async fn every_bad_field_of_a_change_is_named_at_once() {
    let world = World::new().await;
    let mut client = world.registrar();
    let create = proto::CreateOrganizationRequest {
        organization_id: "Not An Id".into(),
        organization: Some(proto::Organization {
            kind: "sanitation".into(),
            member_kind: proto::MemberKind::Planning.into(),
            level: 77,
            parent: "planning".into(),
            validity: Some(proto::Validity {
                first_day: "tomorrow".into(),
                last_day: String::new(),
            }),
            ..Default::default()
        }),
        request_id: "1".into(),
        validate_only: false,
    };
    let fields = bad_fields(&client.create_organization(create).await.unwrap_err());
    let expected = [
        "request_id",
        "organization_id",
        "organization.kind",
        "organization.level",
        "organization.parent",
        "organization.validity.first_day",
    ];
    assert_eq!(fields, expected);
    let update = proto::UpdateOrganizationRequest {
        organization: Some(proto::Organization {
            name: "organizations/squad".into(),
            ..Default::default()
        }),
        update_mask: Some(prost_types::FieldMask {
            paths: vec!["etag".into()],
        }),
        etag: "x".into(),
        ..Default::default()
    };
    assert_eq!(
        bad_fields(&client.update_organization(update).await.unwrap_err()),
        ["etag", "update_mask"]
    );
    let end = proto::DeactivateOrganizationRequest {
        name: "organizations/squad".into(),
        ..Default::default()
    };
    assert_eq!(
        bad_fields(&client.deactivate_organization(end).await.unwrap_err()),
        ["last_day"]
    );
}
