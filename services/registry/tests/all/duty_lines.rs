//! Work lines, schemes and provisions: data that a street keeps itself.

use liandong_proto::{
    registry::{
        self as proto, duty_scheme_service_client::DutySchemeServiceClient,
        provision_service_client::ProvisionServiceClient,
        work_line_service_client::WorkLineServiceClient,
    },
    types::Role,
};
use tonic::Code;

use crate::{
    duty_records::{STREET, mask},
    world::{World, bad_fields, is},
};

/// Proves M6.
#[tokio::test]
async fn lines_schemes_and_provisions_are_data() {
    let world = World::with(STREET).await;
    let peer = || world.peer(&[Role::Registrar]);
    let line = proto::CreateWorkLineRequest {
        work_line_id: "trees".into(),
        work_line: Some(proto::WorkLine {
            display_name: "行道树".into(),
            parent: "workLines/greening".into(),
            matters: vec!["matters/fallen-tree".into()],
            ..Default::default()
        }),
        ..Default::default()
    };
    let mut lines = WorkLineServiceClient::new(peer());
    lines.create_work_line(line).await.unwrap();
    let of = proto::ListWorkLinesRequest {
        filter: "matter = \"matters/fallen-tree\"".into(),
        ..Default::default()
    };
    let found = lines
        .list_work_lines(of)
        .await
        .unwrap()
        .into_inner()
        .work_lines;
    assert_eq!(found[0].name, "workLines/trees");
    let taken = proto::UpdateWorkLineRequest {
        work_line: Some(proto::WorkLine {
            name: "workLines/lake".into(),
            matters: vec!["matters/fallen-tree".into()],
            ..Default::default()
        }),
        update_mask: mask(&["matters"]),
        ..Default::default()
    };
    is(
        &lines.update_work_line(taken).await.unwrap_err(),
        Code::FailedPrecondition,
        "CATALOGUE_INVALID",
    );

    let scheme = proto::CreateDutySchemeRequest {
        duty_scheme_id: "six-leads".into(),
        duty_scheme: Some(proto::DutyScheme {
            display_name: "六长联系制".into(),
            roles: vec![proto::DutyRole {
                id: "building-lead".into(),
                display_name: "楼长".into(),
                level: proto::AreaLevel::Lane.into(),
                first_responsible: true,
                max_areas: 3,
                required_hours: vec!["daily 22:00-06:00".into()],
                ..Default::default()
            }],
            ..Default::default()
        }),
        ..Default::default()
    };
    let mut schemes = DutySchemeServiceClient::new(peer());
    let made = schemes
        .create_duty_scheme(scheme)
        .await
        .unwrap()
        .into_inner()
        .duty_scheme
        .unwrap();
    assert_eq!(
        made.roles[0].required_hours,
        ["daily 00:00-06:00", "daily 22:00-24:00"]
    );
    let emptied = proto::UpdateDutySchemeRequest {
        duty_scheme: Some(proto::DutyScheme {
            name: made.name,
            ..Default::default()
        }),
        update_mask: mask(&["roles"]),
        ..Default::default()
    };
    is(
        &schemes.update_duty_scheme(emptied).await.unwrap_err(),
        Code::FailedPrecondition,
        "CATALOGUE_INVALID",
    );

    let money = proto::CreateProvisionRequest {
        provision_id: "free".into(),
        provision: Some(proto::Provision {
            display_name: "经费".into(),
            area: "areas/320311001".into(),
            kind: 77,
            quantity: -1,
            ..Default::default()
        }),
        ..Default::default()
    };
    let mut provisions = ProvisionServiceClient::new(peer());
    let status = provisions
        .create_provision(money.clone())
        .await
        .unwrap_err();
    assert_eq!(
        bad_fields(&status),
        ["provision.kind", "provision.quantity"]
    );
    let mut money = money;
    let wire = money.provision.as_mut().unwrap();
    (wire.kind, wire.quantity) = (proto::ProvisionKind::Money.into(), 0);
    is(
        &provisions.create_provision(money).await.unwrap_err(),
        Code::FailedPrecondition,
        "CATALOGUE_INVALID",
    );
}
