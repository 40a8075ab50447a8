//! Exporting the registry, and importing it again.

use liandong_kit::testing::{self, Keys};
use liandong_proto::{registry as proto, types::Role};
use time::macros::datetime;
use tonic::Code;

use crate::{
    files::{Format, fetch, how, send, wanted},
    world::{TOWN, World, at, bad_fields, is},
};

const HOLDER: &str =
    "id,name,organization,phone,public\nli-lei,李雷,street-office,13800000001,name\n";

/// The file without the line that names its version.
async fn text(world: &World) -> String {
    let file = wanted(Format::Yaml, &[]);
    let (_, bytes) = fetch(world, Role::Registrar, file).await.unwrap();
    let text = String::from_utf8(bytes).unwrap();
    text.split_once('\n').unwrap().1.to_owned()
}

/// The town as files of a format: one, or one for each of these sections.
async fn files(world: &World, format: Format) -> Vec<(&'static str, Vec<u8>)> {
    let sections: &[&'static str] = match format {
        Format::Csv => &[
            "district",
            "calendar",
            "areas",
            "organizations",
            "matters",
            "powers",
            "officers",
            "auxiliaries",
            "people",
            "duty_holders",
        ],
        Format::Geojson => &["areas"],
        _ => &[""],
    };
    let mut files = Vec::new();
    for section in sections {
        let some: &[&str] = if section.is_empty() { &[] } else { &[section] };
        let (start, bytes) = fetch(world, Role::Registrar, wanted(format, some))
            .await
            .unwrap();
        assert_eq!((start.format(), start.personal), (format, true));
        files.push((*section, bytes));
    }
    files
}

/// In every format, on both databases: beside itself nothing changes, in an empty district the same comes of it.
#[tokio::test]
async fn what_is_exported_is_imported_as_it_was() {
    for database in testing::databases().await {
        let world = World::start(Keys::new(), database).await;
        let answer = world.import(TOWN, false).await.unwrap();
        assert_eq!(answer.outcome(), proto::ImportOutcome::Applied);
        let holder = send(&world, how(Format::Csv, "duty_holders"), HOLDER.as_bytes())
            .await
            .unwrap();
        assert_eq!(
            holder.outcome(),
            proto::ImportOutcome::Applied,
            "{holder:?}"
        );
        let whole = text(&world).await;
        for format in [Format::Yaml, Format::Csv, Format::Xlsx, Format::Geojson] {
            let fresh = World::start(Keys::new(), testing::sqlite()).await;
            for (section, bytes) in files(&world, format).await {
                let again = send(&world, how(format, section), &bytes).await.unwrap();
                assert_eq!(
                    again.outcome(),
                    proto::ImportOutcome::Unchanged,
                    "{format:?} {section} {again:?}"
                );
                let moved = |it: &proto::ImportCount| it.created + it.changed;
                assert!(again.counts.iter().all(|it| moved(it) == 0), "{again:?}");
                if format != Format::Geojson {
                    let first = send(&fresh, how(format, section), &bytes).await.unwrap();
                    let done = [
                        proto::ImportOutcome::Applied,
                        proto::ImportOutcome::Unchanged,
                    ];
                    assert!(
                        done.contains(&first.outcome()),
                        "{format:?} {section} {first:?}"
                    );
                }
            }
            if format != Format::Geojson {
                assert_eq!(text(&fresh).await, whole, "{format:?}");
            }
        }
    }
}

#[tokio::test]
async fn an_export_says_first_what_follows() {
    let world = World::new().await;
    let version = world.organization("squad").await.unwrap().catalogue_version;
    let sections = wanted(Format::Csv, &["organizations"]);
    let (start, bytes) = fetch(&world, Role::Auditor, sections).await.unwrap();
    assert_eq!((start.catalogue_version, start.personal), (version, false));
    assert_eq!(
        (start.counts[0].section.as_str(), start.counts[0].entries),
        ("organizations", 12)
    );
    let text = String::from_utf8(bytes).unwrap();
    assert_eq!(text.lines().count(), 13, "{text}");
    assert!(
        text.starts_with("\u{feff}id,"),
        "spreadsheets know it as UTF-8"
    );
    let mut day = wanted(Format::Yaml, &["organizations"]);
    day.as_of_time = at(datetime!(2010-01-01 04:00 UTC));
    let (start, _) = fetch(&world, Role::Auditor, day).await.unwrap();
    assert!(start.counts[0].entries < 12, "some came later: {start:?}");
}

#[tokio::test]
async fn phones_are_exported_to_registrars_only() {
    let world = World::new().await;
    let done = send(&world, how(Format::Csv, "duty_holders"), HOLDER.as_bytes())
        .await
        .unwrap();
    assert_eq!(done.outcome(), proto::ImportOutcome::Applied, "{done:?}");
    for format in [Format::Yaml, Format::Csv] {
        for (role, seen) in [
            (Role::Registrar, true),
            (Role::Auditor, false),
            (Role::Service, false),
        ] {
            let file = wanted(format, &["duty_holders"]);
            let (start, bytes) = fetch(&world, role, file).await.unwrap();
            let text = String::from_utf8(bytes).unwrap();
            assert!(text.contains("李雷"));
            assert_eq!(
                (start.personal, text.contains("13800000001")),
                (seen, seen),
                "{role:?}"
            );
        }
    }
    let nobody = fetch(&world, Role::Handler, wanted(Format::Yaml, &[])).await;
    assert_eq!(nobody.unwrap_err().code(), Code::PermissionDenied);
}

#[tokio::test]
async fn an_export_that_cannot_be_is_refused_with_every_reason() {
    let world = World::new().await;
    let refused =
        async |request| bad_fields(&fetch(&world, Role::Registrar, request).await.unwrap_err());
    assert_eq!(refused(wanted(Format::Csv, &[])).await, ["sections"]);
    let several = wanted(Format::Yaml, &["areas", "streets", "powers", "nothing"]);
    assert_eq!(refused(several).await, ["sections[1]", "sections[3]"]);
    assert_eq!(
        refused(wanted(Format::Geojson, &["people"])).await,
        ["sections[0]"]
    );
    let unknown = proto::ExportStreetRequest {
        format: 99,
        ..Default::default()
    };
    assert_eq!(refused(unknown).await, ["format"]);
}

#[tokio::test]
async fn a_boundary_longer_than_a_cell_goes_out_in_other_formats() {
    let world = World::new().await;
    let point = |it: usize| {
        let (sin, cos) = (it as f64 * std::f64::consts::TAU / 2000.0).sin_cos();
        format!("[{:.7},{:.7}]", 117.2 + cos / 50.0, 34.2 + sin / 50.0)
    };
    let ring: Vec<_> = (0..=2000).map(|it| point(it % 2000)).collect();
    let text = format!(
        "{{\"type\":\"FeatureCollection\",\"features\":[{{\"type\":\"Feature\",\"properties\":{{\"code\":\"park\",\
         \"name\":\"公园\",\"level\":\"lane\",\"parent\":\"320311001001001\"}},\
         \"geometry\":{{\"type\":\"Polygon\",\"coordinates\":[[{}]]}}}}]}}",
        ring.join(",")
    );
    let done = send(&world, how(Format::Geojson, "areas"), text.as_bytes())
        .await
        .unwrap();
    assert_eq!(
        done.outcome(),
        proto::ImportOutcome::Applied,
        "{:?}",
        done.problems
    );
    let book = fetch(&world, Role::Registrar, wanted(Format::Xlsx, &["areas"])).await;
    is(
        &book.unwrap_err(),
        Code::FailedPrecondition,
        "CELL_TOO_LONG",
    );
    for format in [Format::Geojson, Format::Csv, Format::Yaml] {
        let (_, bytes) = fetch(&world, Role::Registrar, wanted(format, &["areas"]))
            .await
            .unwrap();
        let section = if format == Format::Yaml { "" } else { "areas" };
        let again = send(&world, how(format, section), &bytes).await.unwrap();
        assert_eq!(
            again.outcome(),
            proto::ImportOutcome::Unchanged,
            "{format:?} {:?}",
            again.problems
        );
    }
}
