//! Vehicles: written, listed, refused.

use liandong_proto::{
    registry::{self as proto, vehicle_service_client::VehicleServiceClient},
    types::Role,
};
use tonic::Code;

use crate::{
    people::{days, helps, mask},
    world::{World, is},
};

/// Proves M12.
#[tokio::test]
async fn a_plate_belongs_to_one_vehicle_at_a_time() {
    let world = World::new().await;
    let mut client = VehicleServiceClient::new(world.peer(&[Role::Registrar]));
    let vehicle = proto::Vehicle {
        plate: "苏C-00001".into(),
        kind: "执法车".into(),
        organization: "organizations/squad".into(),
        ..Default::default()
    };
    let create = |id: &str, vehicle: &proto::Vehicle| proto::CreateVehicleRequest {
        vehicle_id: id.into(),
        vehicle: Some(vehicle.clone()),
        ..Default::default()
    };
    client.create_vehicle(create("v1", &vehicle)).await.unwrap();
    let status = client
        .create_vehicle(create("v2", &vehicle))
        .await
        .unwrap_err();
    is(&status, Code::FailedPrecondition, "CATALOGUE_INVALID");
    let end = proto::DeactivateVehicleRequest {
        name: "vehicles/v1".into(),
        last_day: "2026-03-31".into(),
        ..Default::default()
    };
    client.deactivate_vehicle(end).await.unwrap();
    let next = proto::Vehicle {
        validity: days("2026-04-01", ""),
        ..vehicle
    };
    client.create_vehicle(create("v2", &next)).await.unwrap();
    let broken = proto::UpdateVehicleRequest {
        vehicle: Some(proto::Vehicle {
            name: "vehicles/v2".into(),
            unserviceable: true,
            note: "待报废".into(),
            ..Default::default()
        }),
        update_mask: mask(&["unserviceable", "note"]),
        ..Default::default()
    };
    let broken = client
        .update_vehicle(broken)
        .await
        .unwrap()
        .into_inner()
        .vehicle
        .unwrap();
    assert_eq!(
        (broken.plate.as_str(), broken.unserviceable),
        ("苏C-00001", true)
    );
    let list = proto::ListVehiclesRequest {
        filter: "unserviceable = \"true\"".into(),
        show_ended: true,
        ..Default::default()
    };
    let found = client
        .list_vehicles(list)
        .await
        .unwrap()
        .into_inner()
        .vehicles;
    assert_eq!(found, [broken]);
    let squad = proto::DeactivateOrganizationRequest {
        name: "organizations/squad".into(),
        last_day: "2026-06-30".into(),
        ..Default::default()
    };
    let status = world
        .registrar()
        .deactivate_organization(squad)
        .await
        .unwrap_err();
    is(&status, Code::FailedPrecondition, "IN_USE");
    assert!(helps(&status).join("").contains("v2"), "{status:?}");
    let mut viewer = VehicleServiceClient::new(world.peer(&[Role::Viewer]));
    let status = viewer
        .create_vehicle(create("v3", &next))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied);
}
