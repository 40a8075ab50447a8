//! The register of components (M9): kept, listed, found near a point, and who is to see to one.

use liandong_kit::client::Peer;
use liandong_proto::{
    registry::{self as proto, asset_service_client::AssetServiceClient},
    types::Role,
};
use time::macros::datetime;
use tonic::Code;
use tonic_types::StatusExt;

use crate::world::{World, at, bad_fields, is};

fn client(world: &World) -> AssetServiceClient<Peer> {
    AssetServiceClient::new(world.peer(&[Role::Registrar]))
}

fn point(metres_north: i32) -> proto::GeoPoint {
    proto::GeoPoint {
        longitude_e7: 1_172_000_000,
        latitude_e7: 342_000_000 + metres_north * 90,
    }
}

fn kind() -> proto::CreateAssetKindRequest {
    proto::CreateAssetKindRequest {
        asset_kind_id: "sewage-manhole".into(),
        asset_kind: Some(proto::AssetKind {
            display_name: "污水井盖".into(),
            class_name: "公用设施".into(),
            class_code: "0102".into(),
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn manhole(serial: u32) -> proto::CreateAssetRequest {
    let north = i32::try_from(serial).unwrap() * 10;
    proto::CreateAssetRequest {
        asset_id: format!("3203110102{serial:06}"),
        asset: Some(proto::Asset {
            display_name: format!("{serial}号井盖"),
            kind: "assetKinds/sewage-manhole".into(),
            owner: "organizations/commerce".into(),
            competent_unit: "organizations/planning".into(),
            position: Some(point(north)),
            area: "areas/320311001001001".into(),
            ..Default::default()
        }),
        ..Default::default()
    }
}

async fn with_manholes(world: &World, count: u32) -> AssetServiceClient<Peer> {
    let mut client = client(world);
    client.create_asset_kind(kind()).await.unwrap();
    for serial in 1..=count {
        client.create_asset(manhole(serial)).await.unwrap();
    }
    client
}

fn mask(paths: &[&str]) -> Option<prost_types::FieldMask> {
    let paths = paths.iter().map(|it| (*it).to_owned()).collect();
    Some(prost_types::FieldMask { paths })
}

/// Proves M9.
#[tokio::test]
async fn a_component_is_registered_changed_and_ended_and_its_states_are_kept_by_day() {
    let world = World::new().await;
    let mut client = with_manholes(&world, 1).await;
    let name = "assets/3203110102000001".to_owned();
    is(
        &client.create_asset(manhole(1)).await.unwrap_err(),
        Code::AlreadyExists,
        "ASSET_EXISTS",
    );

    let record = proto::RecordAssetStateRequest {
        name: name.clone(),
        state: proto::AssetState::Damaged.into(),
        first_day: "2026-02-01".into(),
        note: "井盖破裂".into(),
        etag: "1".into(),
        ..Default::default()
    };
    let recorded = client.record_asset_state(record.clone()).await.unwrap();
    let asset = recorded.into_inner().asset.unwrap();
    assert_eq!(
        (asset.state(), asset.etag.as_str()),
        (proto::AssetState::Damaged, "2")
    );
    is(
        &client.record_asset_state(record.clone()).await.unwrap_err(),
        Code::Aborted,
        "STALE_ETAG",
    );
    let again = proto::RecordAssetStateRequest {
        etag: String::new(),
        ..record.clone()
    };
    let same = client.record_asset_state(again).await.unwrap();
    assert_eq!(same.into_inner().asset.unwrap().etag, "2", "nothing new");
    let before = proto::RecordAssetStateRequest {
        state: proto::AssetState::Missing.into(),
        first_day: "2026-01-31".into(),
        etag: String::new(),
        ..record
    };
    is(
        &client.record_asset_state(before).await.unwrap_err(),
        Code::FailedPrecondition,
        "CATALOGUE_INVALID",
    );

    let state = async |client: &mut AssetServiceClient<Peer>, time| {
        let request = proto::GetAssetRequest {
            name: name.clone(),
            as_of_time: at(time),
        };
        let answer = client.get_asset(request).await.unwrap().into_inner();
        answer.asset.unwrap().state()
    };
    let january = datetime!(2026-01-31 12:00 +8);
    assert_eq!(state(&mut client, january).await, proto::AssetState::InUse);
    let february = datetime!(2026-02-01 00:00 +8);
    assert_eq!(
        state(&mut client, february).await,
        proto::AssetState::Damaged
    );

    let update = proto::UpdateAssetRequest {
        asset: Some(proto::Asset {
            name: name.clone(),
            maintenance_unit: "organizations/squad".into(),
            ..Default::default()
        }),
        update_mask: mask(&["maintenance_unit"]),
        ..Default::default()
    };
    let updated = client.update_asset(update).await.unwrap().into_inner();
    let asset = updated.asset.unwrap();
    assert_eq!(asset.maintenance_unit, "organizations/squad");
    assert_eq!(asset.states.len(), 2, "what the mask does not name stays");
    let state_itself = proto::UpdateAssetRequest {
        asset: Some(proto::Asset {
            name: name.clone(),
            ..Default::default()
        }),
        update_mask: mask(&["state"]),
        ..Default::default()
    };
    let status = client.update_asset(state_itself).await.unwrap_err();
    assert_eq!(bad_fields(&status), ["update_mask"]);

    let end = proto::DeactivateAssetKindRequest {
        name: "assetKinds/sewage-manhole".into(),
        last_day: "2026-06-30".into(),
        ..Default::default()
    };
    let status = client.deactivate_asset_kind(end.clone()).await.unwrap_err();
    is(&status, Code::FailedPrecondition, "IN_USE");
    let uses = status
        .get_details_precondition_failure()
        .unwrap()
        .violations;
    assert!(
        uses[0]
            .description
            .starts_with("assets/3203110102000001 kind"),
        "{uses:?}"
    );
    let gone = proto::DeactivateAssetRequest {
        name: name.clone(),
        last_day: "2026-05-31".into(),
        ..Default::default()
    };
    let only_asked = proto::DeactivateAssetRequest {
        validate_only: true,
        ..gone.clone()
    };
    client.deactivate_asset(only_asked).await.unwrap();
    assert!(client.deactivate_asset_kind(end.clone()).await.is_err());
    client.deactivate_asset(gone).await.unwrap();
    client.deactivate_asset_kind(end).await.unwrap();
}

/// Proves M9.
#[tokio::test]
async fn components_are_listed_page_by_page_and_by_what_they_are() {
    let world = World::new().await;
    let mut client = with_manholes(&world, 5).await;
    let record = proto::RecordAssetStateRequest {
        name: "assets/3203110102000003".into(),
        state: proto::AssetState::Missing.into(),
        ..Default::default()
    };
    client.record_asset_state(record).await.unwrap();
    let mut listed = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = proto::ListAssetsRequest {
            page_size: 2,
            page_token,
            filter: "within = \"areas/320311001\" AND class_name = \"公用设施\"".into(),
            ..Default::default()
        };
        let page = client.list_assets(request).await.unwrap().into_inner();
        assert!(page.assets.len() <= 2);
        listed.extend(page.assets.into_iter().map(|it| it.name));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    let expected: Vec<_> = (1..=5)
        .map(|it| format!("assets/3203110102{it:06}"))
        .collect();
    assert_eq!(listed, expected);
    let count = async |client: &mut AssetServiceClient<Peer>, filter: &str, as_of_time| {
        let request = proto::ListAssetsRequest {
            filter: filter.into(),
            as_of_time,
            ..Default::default()
        };
        client
            .list_assets(request)
            .await
            .unwrap()
            .into_inner()
            .assets
            .len()
    };
    let missing = "state = \"MISSING\" AND owner = \"organizations/commerce\"";
    assert_eq!(count(&mut client, missing, None).await, 1);
    let before = at(datetime!(2026-02-01 12:00 +8));
    assert_eq!(count(&mut client, missing, before).await, 0, "not yet");
    assert_eq!(
        count(&mut client, "within = \"areas/320311002\"", None).await,
        0
    );
}

/// Proves M9.
#[tokio::test]
async fn what_is_near_is_answered_nearest_first_and_who_sees_to_it() {
    let world = World::new().await;
    let mut client = with_manholes(&world, 6).await;
    let ask = proto::QueryAssetsNearRequest {
        point: Some(point(0)),
        radius_m: 45,
        limit: 3,
        ..Default::default()
    };
    let near = client
        .query_assets_near(ask.clone())
        .await
        .unwrap()
        .into_inner();
    let names: Vec<_> = near
        .assets
        .iter()
        .map(|it| it.asset.as_ref().unwrap().display_name.as_str())
        .collect();
    assert_eq!(names, ["1号井盖", "2号井盖", "3号井盖"]);
    assert_eq!(near.total_count, 4, "also the one beyond the limit");
    assert!(
        (950..1_050).contains(&near.assets[0].distance_cm),
        "ten metres"
    );
    let bad = proto::QueryAssetsNearRequest {
        point: None,
        radius_m: 0,
        limit: -1,
        filter: "colour = \"red\"".into(),
        ..Default::default()
    };
    let status = client.query_assets_near(bad).await.unwrap_err();
    assert_eq!(
        bad_fields(&status),
        ["point", "radius_m", "limit", "filter"]
    );

    let ask = |time| proto::ResolveResponsibleUnitRequest {
        name: "assets/3203110102000001".into(),
        as_of_time: at(time),
    };
    let now = ask(datetime!(2026-02-02 12:00 +8));
    let answer = client
        .resolve_responsible_unit(now)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(answer.outcome(), proto::ResponsibleUnitOutcome::Resolved);
    assert_eq!(answer.organization, "organizations/market", "the successor");
    assert_eq!(answer.registered_organization, "organizations/commerce");
    let past = ask(datetime!(2018-06-01 12:00 +8));
    let answer = client
        .resolve_responsible_unit(past)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(answer.organization, "organizations/commerce");
    let unknown = proto::ResolveResponsibleUnitRequest {
        name: "assets/1".into(),
        as_of_time: None,
    };
    is(
        &client.resolve_responsible_unit(unknown).await.unwrap_err(),
        Code::NotFound,
        "ASSET_NOT_FOUND",
    );
}

#[tokio::test]
async fn every_bad_field_and_every_contradiction_of_a_component_is_named_at_once() {
    let world = World::new().await;
    let mut client = with_manholes(&world, 0).await;
    let mut bad = manhole(1);
    bad.request_id = "x".into();
    bad.asset_id = "Not A Code".into();
    let asset = bad.asset.as_mut().unwrap();
    asset.display_name = " ".into();
    asset.kind = "manhole".into();
    asset.owner = "commerce".into();
    asset.position = Some(proto::GeoPoint {
        longitude_e7: i32::MAX,
        latitude_e7: 0,
    });
    asset.state = 99;
    let expected = [
        "request_id",
        "asset_id",
        "asset.display_name",
        "asset.kind",
        "asset.owner",
        "asset.position",
        "asset.state",
    ];
    assert_eq!(
        bad_fields(&client.create_asset(bad).await.unwrap_err()),
        expected
    );

    let mut wrong = manhole(1);
    wrong.asset_id = "1103110103000001".into();
    let asset = wrong.asset.as_mut().unwrap();
    asset.owner = "organizations/nobody".into();
    asset.area = "areas/1".into();
    asset.position = Some(proto::GeoPoint {
        longitude_e7: 342_000_000,
        latitude_e7: 1_172_000_000 - 500_000_000,
    });
    let status = client.create_asset(wrong).await.unwrap_err();
    is(&status, Code::FailedPrecondition, "CATALOGUE_INVALID");
    let found = status
        .get_details_precondition_failure()
        .unwrap()
        .violations;
    let all: Vec<_> = found.iter().map(|it| it.description.as_str()).collect();
    for part in [
        "area",
        "owner",
        "code: the code does not begin",
        "seventh to tenth",
        "position",
    ] {
        assert!(all.iter().any(|it| it.contains(part)), "{part}: {all:?}");
    }
    let viewer = world.peer(&[Role::Viewer]);
    let status = AssetServiceClient::new(viewer)
        .create_asset(manhole(2))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied);
}
