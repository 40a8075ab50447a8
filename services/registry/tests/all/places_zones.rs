//! Designated zones (M10): approved by three, suspended, ended; inside one there is no case (R14).

use liandong_kit::client::Peer;
use liandong_proto::{
    registry::{self as proto, zone_service_client::ZoneServiceClient},
    types::Role,
};
use time::{OffsetDateTime, macros::datetime};
use tonic::Code;
use tonic_types::StatusExt;

use crate::world::{World, at, bad_fields, is};

fn client(world: &World) -> ZoneServiceClient<Peer> {
    ZoneServiceClient::new(world.peer(&[Role::Registrar]))
}

fn zone(id: &str, area: &str) -> proto::CreateZoneRequest {
    let window = proto::ZoneWindow {
        weekdays: vec![],
        start: "06:00".into(),
        end: "09:00".into(),
    };
    proto::CreateZoneRequest {
        zone_id: id.into(),
        zone: Some(proto::Zone {
            display_name: "便民疏导点".into(),
            area: format!("areas/{area}"),
            seasons: vec![proto::ZoneSeason {
                windows: vec![window],
                ..Default::default()
            }],
            trades: vec!["vegetables".into()],
            matters: vec!["matters/unlicensed-trade".into()],
            capacity: 40,
            validity: Some(proto::Validity {
                first_day: "2026-02-01".into(),
                last_day: String::new(),
            }),
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn approval(zone: &str, party: proto::ZoneParty, unit: &str) -> proto::ApproveZoneRequest {
    proto::ApproveZoneRequest {
        name: format!("zones/{zone}"),
        approval: Some(proto::ZoneApproval {
            party: party.into(),
            organization: format!("organizations/{unit}"),
            approved_day: "2026-01-20".into(),
            document_number: "〔2026〕7号".into(),
        }),
        ..Default::default()
    }
}

const THREE: [(proto::ZoneParty, &str); 3] = [
    (proto::ZoneParty::Street, "street-office"),
    (proto::ZoneParty::UrbanManagement, "enforcement"),
    (proto::ZoneParty::EnforcementSquad, "squad"),
];

fn question(area: &str, time: OffsetDateTime) -> proto::CheckZoneRequest {
    proto::CheckZoneRequest {
        area: format!("areas/{area}"),
        at_time: at(time),
        matter: "matters/unlicensed-trade".into(),
        ..Default::default()
    }
}

async fn ask(
    client: &mut ZoneServiceClient<Peer>,
    area: &str,
    time: OffsetDateTime,
) -> proto::CheckZoneResponse {
    let answer = client.check_zone(question(area, time)).await;
    answer.unwrap().into_inner()
}

/// Proves M10, R14, A9.
#[tokio::test]
async fn two_relief_zones_approved_by_three_make_0730_no_case_and_1000_one() {
    let world = World::new().await;
    let mut client = client(&world);
    let zones = [("bridge", "back-lane"), ("bend", "320311001002")];
    let morning = datetime!(2026-02-02 07:30 +8);
    for (id, area) in zones {
        client.create_zone(zone(id, area)).await.unwrap();
        for (count, (party, unit)) in THREE.into_iter().enumerate() {
            let answer = ask(&mut client, area, morning).await;
            assert_eq!(answer.outcome(), proto::ZoneOutcome::NotDesignated);
            let finding = &answer.findings[0];
            assert_eq!(finding.code(), proto::ZoneFindingCode::NotApproved);
            assert_eq!(finding.missing_approvals.len(), 3 - count);
            client
                .approve_zone(approval(id, party, unit))
                .await
                .unwrap();
        }
    }
    for (id, area) in zones {
        let answer = ask(&mut client, area, morning).await;
        assert_eq!(answer.outcome(), proto::ZoneOutcome::Designated);
        assert_eq!(answer.zone, format!("zones/{id}"));
        assert_eq!(
            answer.permitted_until_time,
            at(datetime!(2026-02-02 09:00 +8))
        );
        assert_eq!(answer.findings[0].code(), proto::ZoneFindingCode::Permitted);
        let late = ask(&mut client, area, datetime!(2026-02-02 10:00 +8)).await;
        assert_eq!(late.outcome(), proto::ZoneOutcome::NotDesignated);
        assert_eq!(
            late.findings[0].code(),
            proto::ZoneFindingCode::OutsideHours
        );
        assert!(late.findings[0].text_zh.contains("06:00-09:00"));
        for (moment, open) in [
            (datetime!(2026-02-02 05:59:59 +8), false),
            (datetime!(2026-02-02 06:00 +8), true),
            (datetime!(2026-02-02 08:59:59 +8), true),
            (datetime!(2026-02-02 09:00 +8), false),
        ] {
            let outcome = ask(&mut client, area, moment).await.outcome();
            assert_eq!(outcome == proto::ZoneOutcome::Designated, open, "{moment}");
        }
    }
    let elsewhere = ask(&mut client, "320311002", morning).await;
    assert_eq!(
        elsewhere.findings[0].code(),
        proto::ZoneFindingCode::NoZoneHere
    );
    let wide = ask(&mut client, "320311001", morning).await;
    assert_eq!(wide.outcome(), proto::ZoneOutcome::PlaceTooWide);
}

/// Proves M10.
#[tokio::test]
async fn a_zone_is_suspended_resumed_and_ended_and_past_days_stay_as_they_were() {
    let world = World::new().await;
    let mut client = client(&world);
    client
        .create_zone(zone("bridge", "back-lane"))
        .await
        .unwrap();
    for (party, unit) in THREE {
        client
            .approve_zone(approval("bridge", party, unit))
            .await
            .unwrap();
    }
    let name = "zones/bridge".to_owned();
    let suspend = proto::SuspendZoneRequest {
        name: name.clone(),
        suspension: Some(proto::ZoneSuspension {
            validity: Some(proto::Validity {
                first_day: "2026-03-01".into(),
                last_day: String::new(),
            }),
            ground: "道路施工".into(),
            organization: "organizations/street-office".into(),
        }),
        ..Default::default()
    };
    client.suspend_zone(suspend.clone()).await.unwrap();
    let mut overlapping = suspend;
    overlapping.suspension.as_mut().unwrap().ground = "别的".into();
    is(
        &client.suspend_zone(overlapping).await.unwrap_err(),
        Code::FailedPrecondition,
        "CATALOGUE_INVALID",
    );
    let resume = proto::ResumeZoneRequest {
        name: name.clone(),
        first_day: "2026-03-11".into(),
        ..Default::default()
    };
    client.resume_zone(resume.clone()).await.unwrap();
    let again = client.resume_zone(resume).await.unwrap().into_inner();
    let end = proto::DeactivateZoneRequest {
        name: name.clone(),
        last_day: "2026-05-31".into(),
        etag: again.zone.unwrap().etag,
        ..Default::default()
    };
    client.deactivate_zone(end).await.unwrap();
    use proto::ZoneFindingCode::{Ended, Permitted, Suspended};
    for (moment, code) in [
        (datetime!(2026-02-28 07:30 +8), Permitted),
        (datetime!(2026-03-05 07:30 +8), Suspended),
        (datetime!(2026-03-11 07:30 +8), Permitted),
        (datetime!(2026-06-01 07:30 +8), Ended),
    ] {
        let answer = ask(&mut client, "back-lane", moment).await;
        assert_eq!(answer.findings[0].code(), code, "{moment}");
    }
    let open = |time| proto::ListZonesRequest {
        filter: "state = \"OPEN\" AND within = \"areas/320311001\"".into(),
        as_of_time: at(time),
        show_ended: true,
        ..Default::default()
    };
    let march = client
        .list_zones(open(datetime!(2026-03-05 12:00 +8)))
        .await;
    assert!(march.unwrap().into_inner().zones.is_empty());
    let april = client
        .list_zones(open(datetime!(2026-04-05 12:00 +8)))
        .await;
    assert_eq!(april.unwrap().into_inner().zones[0].name, name);
}

/// Proves M10, R14.
#[tokio::test]
async fn a_zone_with_a_boundary_is_decided_by_the_point() {
    let world = World::new().await;
    let mut client = client(&world);
    let corner = |east: i32, north: i32| proto::GeoPoint {
        longitude_e7: 1_172_000_000 + east,
        latitude_e7: 342_000_000 + north,
    };
    let mut square = zone("square", "back-lane");
    let ring = proto::GeoRing {
        points: vec![
            corner(0, 0),
            corner(5_000, 0),
            corner(5_000, 5_000),
            corner(0, 5_000),
        ],
    };
    let boundary = proto::Boundary {
        polygons: vec![proto::GeoPolygon { rings: vec![ring] }],
    };
    square.zone.as_mut().unwrap().boundary = Some(proto::ZoneBoundary {
        shape: Some(proto::zone_boundary::Shape::Polygons(boundary)),
    });
    let made = client
        .create_zone(square.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        made.zone.unwrap().boundary,
        square.zone.as_ref().unwrap().boundary,
        "as it was given"
    );
    for (party, unit) in THREE {
        client
            .approve_zone(approval("square", party, unit))
            .await
            .unwrap();
    }
    let morning = datetime!(2026-02-02 07:30 +8);
    let here = |point| proto::CheckZoneRequest {
        point: Some(point),
        ..question("back-lane", morning)
    };
    let inside = client.check_zone(here(corner(2_500, 2_500))).await.unwrap();
    assert_eq!(
        inside.into_inner().outcome(),
        proto::ZoneOutcome::Designated
    );
    let outside = client
        .check_zone(here(corner(2_500, 14_000)))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(outside.outcome(), proto::ZoneOutcome::NotDesignated);
    assert_eq!(
        outside.findings[0].code(),
        proto::ZoneFindingCode::OutsideBoundary
    );
    let far = outside.findings[0].distance_cm;
    assert!((9_800..10_200).contains(&far), "a hundred metres: {far}");
    let without = ask(&mut client, "back-lane", morning).await;
    assert_eq!(without.outcome(), proto::ZoneOutcome::PlaceTooWide);

    let mut crossed = square;
    crossed.zone_id = "crossed".into();
    let shape = crossed.zone.as_mut().unwrap().boundary.as_mut().unwrap();
    let Some(proto::zone_boundary::Shape::Polygons(boundary)) = shape.shape.as_mut() else {
        panic!()
    };
    boundary.polygons[0].rings[0].points.swap(1, 2);
    let fields = bad_fields(&client.create_zone(crossed).await.unwrap_err());
    assert!(
        fields[0].starts_with("zone.boundary.polygons.polygons[0]"),
        "{fields:?}"
    );
}

/// Proves M10.
#[tokio::test]
async fn three_approve_not_one_thrice_and_everything_wrong_is_named() {
    let world = World::new().await;
    let mut client = client(&world);
    let mut bad = zone("Bad Id", "back-lane");
    let wire = bad.zone.as_mut().unwrap();
    wire.capacity = -1;
    wire.seasons[0].yearly_first_day = "05-01".into();
    wire.seasons[0].windows[0].start = "6:00".into();
    wire.approvals = vec![proto::ZoneApproval::default()];
    let expected = [
        "zone_id",
        "zone.seasons[0].yearly_last_day",
        "zone.seasons[0].windows[0].start",
        "zone.capacity",
        "zone.approvals[0].party",
        "zone.approvals[0].organization",
        "zone.approvals[0].approved_day",
        "zone.approvals[0].document_number",
    ];
    assert_eq!(
        bad_fields(&client.create_zone(bad).await.unwrap_err()),
        expected
    );

    client
        .create_zone(zone("bridge", "back-lane"))
        .await
        .unwrap();
    client
        .approve_zone(approval("bridge", THREE[0].0, THREE[0].1))
        .await
        .unwrap();
    let mut refused = async |party, unit: &str, why: &str| {
        let status = client
            .approve_zone(approval("bridge", party, unit))
            .await
            .unwrap_err();
        is(&status, Code::FailedPrecondition, "CATALOGUE_INVALID");
        let all = status
            .get_details_precondition_failure()
            .unwrap()
            .violations;
        assert!(
            all.iter().any(|it| it.description.contains(why)),
            "{why}: {all:?}"
        );
    };
    use proto::ZoneParty::{EnforcementSquad, Street, UrbanManagement};
    refused(Street, "hill-office", "DUPLICATE").await;
    refused(UrbanManagement, "street-office", "NOT_ALLOWED").await;
    refused(EnforcementSquad, "mall", "NOT_ALLOWED").await;
    refused(EnforcementSquad, "commerce", "does not exist on 2026-01-20").await;
    let neither = proto::CheckZoneRequest::default();
    let status = client.check_zone(neither).await.unwrap_err();
    assert_eq!(bad_fields(&status), ["point", "at_time"]);
    let unknown = question("nowhere", datetime!(2026-02-02 07:30 +8));
    is(
        &client.check_zone(unknown).await.unwrap_err(),
        Code::NotFound,
        "AREA_NOT_FOUND",
    );
}
