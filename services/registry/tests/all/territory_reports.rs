//! The territory's lists and reports, boundaries in files, and the demo street's map.

use liandong_proto::registry::{self as proto, GeometryFindingKind, GridDeviationKind};
use liandong_registry::{
    domain::{
        AreaLevel, Catalogue,
        geometry::measure::Land,
        report::{figures, geometry},
    },
    street,
};
use time::macros::{date, datetime};
use tonic::Code;

use crate::{
    territory::{COMMUNITY, boundary, client, grid, rectangle, update},
    world::{World, at, is},
};

/// Proves M5.
#[tokio::test]
async fn areas_are_listed_as_they_were_on_a_day() {
    let world = World::new().await;
    let mut client = client(&world);
    for serial in 2..8 {
        let x = i32::try_from(serial).unwrap() * 100;
        client
            .create_area(grid(serial, 400, rectangle(x, 0, 100, 100)))
            .await
            .unwrap();
    }
    let renamed = proto::Area {
        name: "areas/320311001001002".into(),
        kind: "market".into(),
        ..Default::default()
    };
    client
        .update_area(update(renamed, &["kind"], "2026-02-01"))
        .await
        .unwrap();
    let filter = |filter: &str| proto::ListAreasRequest {
        filter: filter.into(),
        page_size: 4,
        ..Default::default()
    };
    let mut request = filter("level = \"GRID\" AND within = \"areas/320311001\"");
    request.show_boundaries = true;
    let (mut seen, mut pages) = (Vec::new(), 0);
    loop {
        let page = client
            .list_areas(request.clone())
            .await
            .unwrap()
            .into_inner();
        pages += 1;
        assert!(page.areas.iter().skip(1).all(|it| it.boundary.is_some()));
        seen.extend(page.areas.into_iter().map(|it| it.name));
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    assert_eq!((pages, seen.len()), (2, 7), "{seen:?}");
    let mut markets = filter("kind = \"market\"");
    let now = client
        .list_areas(markets.clone())
        .await
        .unwrap()
        .into_inner();
    assert!(now.areas.len() == 1 && now.areas[0].boundary.is_none());
    markets.as_of_time = at(datetime!(2026-01-31 12:00 +8));
    let before = client.list_areas(markets).await.unwrap().into_inner();
    assert_eq!(before.areas, []);
}

/// Proves M5, A2.
#[tokio::test]
async fn grids_are_compared_with_the_norm_page_by_page() {
    let world = World::new().await;
    let mut client = client(&world);
    for households in [5_783, 15_000] {
        let request = proto::EstimateGridsRequest {
            households,
            norm: None,
        };
        let answer = client.estimate_grids(request).await.unwrap().into_inner();
        let need = answer.need.unwrap();
        let expected = if households == 5_783 {
            (15, 15, 30)
        } else {
            (38, 38, 76)
        };
        assert_eq!((need.grids, need.workers_min, need.workers_max), expected);
        assert_eq!(answer.norm.unwrap().households, 400);
    }
    for (serial, households) in [(2, 700), (3, 100), (4, 480)] {
        let x = i32::try_from(serial).unwrap() * 100;
        let create = grid(serial, households, rectangle(x, 0, 100, 100));
        client.create_area(create).await.unwrap();
    }
    let mut request = proto::ReportGridNormsRequest {
        within: COMMUNITY.into(),
        norm: Some(proto::GridNorm {
            workers_min: Some(0),
            ..Default::default()
        }),
        page_size: 1,
        ..Default::default()
    };
    let mut seen = Vec::new();
    loop {
        let page = client.report_grid_norms(request.clone()).await.unwrap();
        let page = page.into_inner();
        let summary = page.summary.unwrap();
        assert_eq!(
            (summary.grids, summary.households, summary.deviations),
            (4, 1_680, 2)
        );
        assert_eq!(summary.within_norm.unwrap().basis_points, Some(5_000));
        seen.extend(page.deviations.into_iter().map(|it| (it.area, it.kinds)));
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    let many = vec![i32::from(GridDeviationKind::TooManyHouseholds)];
    let few = vec![i32::from(GridDeviationKind::TooFewHouseholds)];
    let expected = [
        ("areas/320311001001002".to_owned(), many),
        ("areas/320311001001003".to_owned(), few),
    ];
    assert_eq!(seen, expected);
    let nowhere = proto::ReportGridNormsRequest {
        within: "areas/nowhere".into(),
        ..Default::default()
    };
    is(
        &client.report_grid_norms(nowhere).await.unwrap_err(),
        Code::NotFound,
        "AREA_NOT_FOUND",
    );
}

/// Proves M5.
#[tokio::test]
async fn boundaries_that_do_not_fit_are_reported_with_their_land() {
    let world = World::new().await;
    let mut client = client(&world);
    let community = proto::Area {
        name: COMMUNITY.into(),
        boundary: boundary(vec![rectangle(0, 0, 300, 100)]),
        ..Default::default()
    };
    client
        .update_area(update(community, &["boundary"], ""))
        .await
        .unwrap();
    // The second reaches into the third, the third out of the community; nobody has the last hundred.
    for (serial, ring) in [
        (2, rectangle(0, 0, 110, 100)),
        (3, rectangle(100, -10, 100, 110)),
    ] {
        client.create_area(grid(serial, 400, ring)).await.unwrap();
    }
    let mut request = proto::ReportGeometryRequest {
        within: "areas/320311001".into(),
        page_size: 2,
        ..Default::default()
    };
    let mut seen = Vec::new();
    loop {
        let page = client.report_geometry(request.clone()).await.unwrap();
        let page = page.into_inner();
        seen.extend(page.findings);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    let said: Vec<_> = seen
        .iter()
        .map(|it| (it.kind(), it.area.as_str(), it.other_area.as_str()))
        .collect();
    let (one, two, three) = (
        "areas/320311001001001",
        "areas/320311001001002",
        "areas/320311001001003",
    );
    let expected = [
        (
            GeometryFindingKind::NoBoundary,
            "areas/320311001002",
            "areas/320311001",
        ),
        (GeometryFindingKind::Overlap, two, three),
        (GeometryFindingKind::OutsideParent, three, COMMUNITY),
        (GeometryFindingKind::Uncovered, COMMUNITY, ""),
        (GeometryFindingKind::NoBoundary, one, COMMUNITY),
    ];
    assert_eq!(said, expected);
    // 0.01° by 0.01° here are 1,025,000 m², give or take a thousand.
    let hectares = |it: &proto::GeometryFinding| it.area_square_metres / 10_000;
    let land: Vec<_> = seen.iter().map(hectares).collect();
    assert!(matches!(land[..], [0, 10, 10, 102, 0]), "{land:?} hectares");
    assert!(seen[3].point.is_some() && seen[3].pieces == 1);
    let noise = proto::ReportGeometryRequest {
        within: COMMUNITY.into(),
        min_area_square_metres: 200_000,
        ..Default::default()
    };
    let left = client.report_geometry(noise).await.unwrap().into_inner();
    assert_eq!(left.findings.len(), 2, "{left:?}");
}

/// Proves A6.
#[tokio::test]
async fn property_management_is_a_share_of_all_compounds() {
    let world = World::new().await;
    let mut file = String::from(
        "schema: liandong/street/v1\ndistrict: {code: \"320311\", name: 云龙区}\nareas:\n",
    );
    for index in 0..136 {
        let managed = if index < 18 {
            ", property_manager: mall"
        } else {
            ""
        };
        file += &format!(
            "  - {{code: yard-{index:03}, name: 小区, level: lane, kind: residential, parent: \"320311001001\"{managed}}}\n"
        );
    }
    let answer = world.import(&file, false).await.unwrap();
    assert_eq!(
        answer.outcome(),
        proto::ImportOutcome::Applied,
        "{answer:?}"
    );
    let mut client = client(&world);
    let mut figures = async |within: &str| {
        let request = proto::ReportTerritoryRequest {
            within: within.into(),
            as_of_time: None,
        };
        let answer = client.report_territory(request).await.unwrap();
        answer.into_inner().figures.unwrap()
    };
    let street = figures("areas/320311001").await;
    let managed = street.property_managed.unwrap();
    assert_eq!((managed.numerator, managed.denominator), (18, 136));
    assert_eq!(managed.basis_points, Some(1_324), "13.2%");
    assert_eq!(street.without_property_management, 118);
    assert_eq!(street.households, Some(5_783));
    let other = figures("areas/320311002").await;
    assert_eq!(other.property_managed.unwrap().basis_points, None);
    let all = figures("").await;
    assert_eq!((all.area.as_str(), all.levels.len()), ("areas/320311", 5));
}

/// Proves M5.
#[tokio::test]
async fn a_bad_boundary_in_a_file_is_refused_with_its_place() {
    let world = World::new().await;
    let file = "schema: liandong/street/v1
district: {code: \"320311\", name: 云龙区}
areas:
  - code: yard
    name: 小区
    level: lane
    boundary:
      type: Polygon
      coordinates:
        - [[117.0, 34.0], [117.1, 34.0], [117.1, 34.1], [117.0, 34.1]]
  - {code: yard-two, name: 小区, level: lane, boundary: {type: Polygon, coordinates: [[[34.0, 117.0], [34.1, 117.0], [34.1, 117.1], [34.0, 117.0]]]}}
  - code: yard-three
    name: 小区
    level: lane
    boundary: '{\"type\": \"Polygon\", \"coordinates\": [[[117.0, 34.0], [117.1, 34.1], [117.1, 34.0], [117.0, 34.09], [117.0, 34.0]]]}'
  - {code: yard-four, name: 小区, level: lane, boundary: {type: Point, coordinates: [117.0, 34.0]}}
";
    let answer = world.import(file, false).await.unwrap();
    assert_eq!(answer.outcome(), proto::ImportOutcome::Refused);
    let said: Vec<_> = answer
        .problems
        .iter()
        .map(|it| (it.line, it.path.as_str(), it.reason.as_str()))
        .collect();
    let expected = [
        (10, "areas[0].boundary.coordinates[0]", "BAD_GEOMETRY"),
        (11, "areas[1].boundary.coordinates[0][0]", "BAD_GEOMETRY"),
        (11, "areas[1].boundary.coordinates[0][1]", "BAD_GEOMETRY"),
        (11, "areas[1].boundary.coordinates[0][2]", "BAD_GEOMETRY"),
        (15, "areas[2].boundary.coordinates[0][0]", "BAD_GEOMETRY"),
        (16, "areas[3].boundary.type", "MALFORMED"),
    ];
    assert_eq!(said, expected);
}

/// Proves M5.
#[test]
fn the_demo_streets_map_is_complete_and_every_point_of_it_has_a_grid() {
    let empty = Catalogue::empty("990101");
    let file = include_str!("../../../../deploy/demo/street.yaml");
    let at = datetime!(2026-01-05 01:00 UTC);
    let import = street::import(&empty, file, at);
    assert_eq!(import.problems, vec![]);
    let catalogue = empty.with(&import.plan.changes, at);
    let day = date!(2026 - 03 - 02);
    let wanted = geometry::Wanted {
        around: Some("990101001"),
        day,
        least: 1.0,
        limit: 50,
    };
    let found = geometry::report(&catalogue, &wanted, None);
    assert_eq!(found, geometry::Page::default());
    let figures = figures::report(&catalogue, Some("990101001"), day);
    for level in [AreaLevel::Street, AreaLevel::Community, AreaLevel::Grid] {
        let level = &figures.levels[&level];
        assert_eq!(level.areas, level.with_boundary);
    }
    assert_eq!(
        (figures.managed.numerator, figures.managed.denominator),
        (3, 8)
    );
    for area in catalogue.areas.iter() {
        let Some(boundary) = area.on(day).boundary else {
            continue;
        };
        let inside = Land::of(boundary).point().unwrap();
        let smallest = catalogue.locate_point(inside, day).unwrap();
        assert!(smallest.level >= AreaLevel::Grid, "{}", area.name);
        assert!(catalogue.lies_in_on(smallest.id.as_str(), area.id.as_str(), day));
    }
}
