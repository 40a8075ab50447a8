//! The territory: areas that change by date, boundaries, points.

use liandong_kit::{
    client::Peer,
    testing::{self, Database, Keys},
};
use liandong_proto::{
    registry::{self as proto, area_service_client::AreaServiceClient, locate_request::Place},
    types::Role,
};
use time::macros::datetime;
use tonic::{Code, Response, Status};
use tonic_types::StatusExt;

use crate::world::{TOWN, World, at, bad_fields, is};

pub(crate) const COMMUNITY: &str = "areas/320311001001";

pub(crate) fn client(world: &World) -> AreaServiceClient<Peer> {
    AreaServiceClient::new(world.peer(&[Role::Registrar]))
}

async fn town_in(database: Database) -> World {
    let world = World::start(Keys::new(), database).await;
    let answer = world.import(TOWN, false).await.unwrap();
    assert_eq!(answer.outcome(), proto::ImportOutcome::Applied);
    world
}

/// A point so many ten-thousandths of a degree east and north of 117°E 34°N.
pub(crate) fn point(x: i32, y: i32) -> proto::GeoPoint {
    proto::GeoPoint {
        longitude_e7: 1_170_000_000 + x * 1000,
        latitude_e7: 340_000_000 + y * 1000,
    }
}

pub(crate) fn ring(points: &[(i32, i32)]) -> proto::GeoRing {
    proto::GeoRing {
        points: points.iter().map(|(x, y)| point(*x, *y)).collect(),
    }
}

pub(crate) fn boundary(rings: Vec<proto::GeoRing>) -> Option<proto::Boundary> {
    Some(proto::Boundary {
        polygons: vec![proto::GeoPolygon { rings }],
    })
}

pub(crate) fn rectangle(x: i32, y: i32, width: i32, height: i32) -> proto::GeoRing {
    let (east, north) = (x + width, y + height);
    ring(&[(x, y), (east, y), (east, north), (x, north)])
}

pub(crate) fn grid(serial: u32, households: i32, ring: proto::GeoRing) -> proto::CreateAreaRequest {
    proto::CreateAreaRequest {
        area_id: format!("320311001001{serial:03}"),
        area: Some(proto::Area {
            display_name: format!("第{serial}网格"),
            level: proto::AreaLevel::Grid.into(),
            parent: COMMUNITY.into(),
            households: Some(households),
            boundary: boundary(vec![ring]),
            ..Default::default()
        }),
        ..Default::default()
    }
}

pub(crate) fn update(
    area: proto::Area,
    paths: &[&str],
    from_day: &str,
) -> proto::UpdateAreaRequest {
    proto::UpdateAreaRequest {
        etag: area.etag.clone(),
        area: Some(area),
        update_mask: Some(prost_types::FieldMask {
            paths: paths.iter().map(|it| (*it).to_owned()).collect(),
        }),
        from_day: from_day.into(),
        ..Default::default()
    }
}

async fn get(
    client: &mut AreaServiceClient<Peer>,
    name: &str,
    day: time::OffsetDateTime,
) -> proto::GetAreaResponse {
    let (name, as_of_time) = (name.to_owned(), at(day));
    let request = proto::GetAreaRequest { name, as_of_time };
    client.get_area(request).await.unwrap().into_inner()
}

async fn locate(
    client: &mut AreaServiceClient<Peer>,
    point: proto::GeoPoint,
    day: time::OffsetDateTime,
) -> Result<String, Status> {
    let request = proto::LocateRequest {
        place: Some(Place::Point(point)),
        as_of_time: at(day),
    };
    let found = client.locate(request).await.map(Response::into_inner)?;
    assert!(!found.exact);
    Ok(found.area.unwrap().name)
}

/// On both databases, and after a restart that folds the log anew.
///
/// Proves M5.
#[tokio::test]
async fn an_area_is_created_changed_from_a_day_on_and_ended() {
    for database in testing::databases().await {
        let world = town_in(database).await;
        let mut client = client(&world);
        let mut create = grid(2, 410, rectangle(0, 0, 100, 100));
        create.request_id = "0190a000-0000-7000-8000-000000000011".into();
        let made = client.create_area(create.clone()).await.unwrap();
        let again = client.create_area(create.clone()).await.unwrap();
        assert_eq!(made.get_ref(), again.get_ref(), "a repeat");
        create.request_id = String::new();
        let exists = client.create_area(create).await.unwrap_err();
        is(&exists, Code::AlreadyExists, "AREA_EXISTS");

        let made = made.into_inner().area.unwrap();
        let new = proto::Area {
            households: Some(520),
            boundary: boundary(vec![rectangle(0, 0, 200, 100)]),
            ..made.clone()
        };
        let paths = ["households", "boundary"];
        let change = update(new, &paths, "2026-01-15");
        let changed = client.update_area(change.clone()).await.unwrap();
        let changed = changed.into_inner().area.unwrap();
        assert_eq!(
            changed.state_validity.as_ref().unwrap().first_day,
            "2026-01-15"
        );
        let stale = client.update_area(change).await.unwrap_err();
        is(&stale, Code::Aborted, "STALE_ETAG");
        let past = update(changed.clone(), &["kind"], "2025-06-01");
        is(
            &client.update_area(past).await.unwrap_err(),
            Code::FailedPrecondition,
            "LATER_STATE",
        );
        let corrected = proto::Area {
            households: Some(530),
            ..changed
        };
        let correction = update(corrected, &["households"], "");
        client.update_area(correction).await.unwrap();

        let world = world.restart().await;
        let mut client = self::client(&world);
        let before = get(&mut client, &made.name, datetime!(2026-01-14 23:00 +8)).await;
        let after = get(&mut client, &made.name, datetime!(2026-01-15 00:00 +8)).await;
        assert_eq!(before.states.len(), 2);
        let (old, new) = (before.area.unwrap(), after.area.unwrap());
        assert_eq!((old.households, new.households), (Some(410), Some(530)));
        assert_eq!(old.boundary, made.boundary);
        let east = point(150, 50);
        let (old_day, new_day) = (
            datetime!(2026-01-14 12:00 +8),
            datetime!(2026-01-15 12:00 +8),
        );
        is(
            &locate(&mut client, east, old_day).await.unwrap_err(),
            Code::NotFound,
            "AREA_NOT_FOUND",
        );
        let found = locate(&mut client, east, new_day).await;
        assert_eq!(found.unwrap(), made.name);

        let end = proto::DeactivateAreaRequest {
            name: made.name.clone(),
            last_day: "2026-03-31".into(),
            etag: new.etag,
            ..Default::default()
        };
        client.deactivate_area(end).await.unwrap();
        let gone = locate(&mut client, east, datetime!(2026-04-01 12:00 +8)).await;
        is(&gone.unwrap_err(), Code::NotFound, "AREA_NOT_FOUND");
    }
}

/// Proves M5.
#[tokio::test]
async fn ending_an_area_that_is_needed_names_what_needs_it() {
    let world = World::new().await;
    let mut client = client(&world);
    let end = proto::DeactivateAreaRequest {
        name: COMMUNITY.into(),
        last_day: "2026-06-30".into(),
        validate_only: true,
        ..Default::default()
    };
    let status = client.deactivate_area(end).await.unwrap_err();
    is(&status, Code::FailedPrecondition, "IN_USE");
    let users = status.get_details_precondition_failure().unwrap();
    let users: Vec<_> = users
        .violations
        .iter()
        .filter_map(|it| it.description.split([' ', ':']).next())
        .collect();
    for user in [
        "areas/320311001001001",
        "areas/back-lane",
        "organizations/bridge-community",
        "organizations/mall",
    ] {
        assert!(users.contains(&user), "{user} is missing in {users:?}");
    }
    let missing = proto::DeactivateAreaRequest {
        name: "areas/nowhere".into(),
        last_day: "2026-06-30".into(),
        ..Default::default()
    };
    is(
        &client.deactivate_area(missing).await.unwrap_err(),
        Code::NotFound,
        "AREA_NOT_FOUND",
    );
}

/// Proves M5.
#[tokio::test]
async fn every_bad_field_of_an_area_is_named_at_once() {
    let world = World::new().await;
    let mut client = client(&world);
    let create = |id: &str, area: proto::Area| proto::CreateAreaRequest {
        area_id: id.into(),
        area: Some(area),
        request_id: "1".into(),
        ..Default::default()
    };
    let bare = proto::Area {
        parent: "320311".into(),
        households: Some(-1),
        residents: Some(-2),
        ..Default::default()
    };
    let bare = create("Not A Code", bare);
    let expected = [
        "request_id",
        "area_id",
        "area.display_name",
        "area.level",
        "area.parent",
        "area.households",
        "area.residents",
    ];
    assert_eq!(
        bad_fields(&client.create_area(bare).await.unwrap_err()),
        expected
    );
    let rest = proto::Area {
        display_name: "某地".into(),
        level: proto::AreaLevel::Lane.into(),
        validity: Some(proto::Validity {
            first_day: "soon".into(),
            last_day: String::new(),
        }),
        aliases: vec![String::new()],
        property_manager: "mall".into(),
        boundary: boundary(vec![
            ring(&[(0, 0), (100, 100), (100, 0), (0, 90)]),
            ring(&[(0, 0), (1, 1)]),
        ]),
        ..Default::default()
    };
    let expected = [
        "request_id",
        "area.validity.first_day",
        "area.aliases[0]",
        "area.property_manager",
        "area.boundary.polygons[0].rings[1]",
    ];
    let rest = create("some-place", rest);
    assert_eq!(
        bad_fields(&client.create_area(rest).await.unwrap_err()),
        expected
    );
    let mut crossing = grid(2, 400, ring(&[(0, 0), (100, 100), (100, 0), (0, 90)]));
    crossing
        .area
        .as_mut()
        .unwrap()
        .boundary
        .as_mut()
        .unwrap()
        .polygons[0]
        .rings
        .push(rectangle(500, 500, 10, 10));
    assert_eq!(
        bad_fields(&client.create_area(crossing).await.unwrap_err()),
        ["area.boundary.polygons[0].rings[0].points[0]"]
    );
    let change = proto::UpdateAreaRequest {
        area: Some(proto::Area {
            name: "320311".into(),
            ..Default::default()
        }),
        update_mask: Some(prost_types::FieldMask {
            paths: vec!["state_validity".into()],
        }),
        from_day: "tomorrow".into(),
        etag: "x".into(),
        ..Default::default()
    };
    assert_eq!(
        bad_fields(&client.update_area(change).await.unwrap_err()),
        ["area.name", "etag", "from_day", "update_mask"]
    );
    let report = proto::ReportGridNormsRequest {
        within: "320311".into(),
        norm: Some(proto::GridNorm {
            households: -1,
            tolerance_percent: Some(100),
            workers_min: Some(3),
            workers_max: Some(2),
        }),
        ..Default::default()
    };
    let expected = [
        "norm.households",
        "norm.tolerance_percent",
        "norm.workers_max",
        "within",
    ];
    assert_eq!(
        bad_fields(&client.report_grid_norms(report).await.unwrap_err()),
        expected
    );
    for place in [
        None,
        Some(Place::Point(proto::GeoPoint {
            longitude_e7: 0,
            latitude_e7: 900_000_001,
        })),
        Some(Place::Alias("长".repeat(50))),
    ] {
        let request = proto::LocateRequest {
            place,
            as_of_time: None,
        };
        assert_eq!(
            bad_fields(&client.locate(request).await.unwrap_err()),
            ["place"]
        );
    }
}

/// Proves M5.
#[tokio::test]
async fn an_area_that_contradicts_the_tree_is_refused() {
    let world = World::new().await;
    let mut client = client(&world);
    let mut reasons = async |id: &str, area: proto::Area| {
        let request = proto::CreateAreaRequest {
            area_id: id.into(),
            area: Some(proto::Area {
                display_name: "某地".into(),
                ..area
            }),
            validate_only: true,
            ..Default::default()
        };
        let status = client.create_area(request).await.unwrap_err();
        is(&status, Code::FailedPrecondition, "CATALOGUE_INVALID");
        let found = status.get_details_precondition_failure().unwrap();
        let found = found.violations.into_iter();
        found
            .filter_map(|it| {
                Some(
                    it.description
                        .rsplit_once('(')?
                        .1
                        .trim_end_matches(')')
                        .to_owned(),
                )
            })
            .collect::<Vec<_>>()
    };
    let level = |level: proto::AreaLevel, parent: &str| proto::Area {
        level: level.into(),
        parent: parent.into(),
        ..Default::default()
    };
    use proto::AreaLevel::{Grid, Lane, Street};
    let short = level(Grid, COMMUNITY);
    assert_eq!(reasons("3203110010010", short).await, ["BAD_CODE"]);
    let elsewhere = level(Grid, "areas/320311001002");
    assert_eq!(
        reasons("320311001001009", elsewhere).await,
        ["WRONG_PARENT"]
    );
    let above = level(Street, COMMUNITY);
    assert_eq!(reasons("own-street", above).await, ["WRONG_PARENT"]);
    let taken = proto::Area {
        aliases: vec!["桥北".into()],
        property_manager: "organizations/nobody".into(),
        ..level(Lane, "areas/nowhere")
    };
    assert_eq!(
        reasons("own-lane", taken).await,
        ["UNKNOWN_REFERENCE", "UNKNOWN_REFERENCE", "DUPLICATE"]
    );
}

/// Proves M5.
#[tokio::test]
async fn a_point_leads_to_one_area_on_every_border() {
    let world = World::new().await;
    let mut client = client(&world);
    let mut pond = grid(2, 400, rectangle(0, 0, 100, 100));
    let rings = &mut pond
        .area
        .as_mut()
        .unwrap()
        .boundary
        .as_mut()
        .unwrap()
        .polygons[0]
        .rings;
    rings.push(rectangle(40, 40, 20, 20));
    client.create_area(pond).await.unwrap();
    let east = grid(3, 400, rectangle(100, 0, 100, 100));
    client.create_area(east).await.unwrap();
    let community = proto::Area {
        name: COMMUNITY.into(),
        boundary: boundary(vec![rectangle(0, 0, 300, 100)]),
        ..Default::default()
    };
    client
        .update_area(update(community, &["boundary"], ""))
        .await
        .unwrap();
    let now = datetime!(2026-02-02 12:00 +8);
    let (west, east, around) = ("areas/320311001001002", "areas/320311001001003", COMMUNITY);
    for (x, y, expected) in [
        (10, 10, west),
        (50, 50, around),
        (100, 50, east),
        (200, 50, around),
        (250, 50, around),
        (300, 50, around),
        (0, 0, west),
    ] {
        let found = locate(&mut client, point(x, y), now).await.unwrap();
        assert_eq!(found, expected, "{x} {y}");
    }
    let outside = locate(&mut client, point(301, 50), now).await;
    is(&outside.unwrap_err(), Code::NotFound, "AREA_NOT_FOUND");
}
