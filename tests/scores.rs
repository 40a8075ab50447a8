//! What comes back: indicators with their counts and a ranking, by a scheme without fines.

use liandong_proto::{
    dispatch::{CaseSource, FileCaseRequest, ReportCaseRequest, VerifyCaseRequest},
    scoring::{GetSchemeRequest, QueryIndicatorsRequest, ValidateSchemeRequest},
};
use time::macros::datetime;
use tonic::Code;

use crate::{
    refusal::{malformed, refused},
    steps::{GARBAGE, GRID, lead, of},
    world::World,
};

use crate::june::{entries, indicators, june, ranking, rate};

/// Every rate with its counts; a rate over nothing does not exist.
///
/// Proves M35.
#[tokio::test]
async fn indicators_publish_numerator_and_denominator() {
    let world = World::start().await;
    june(&world).await;
    let rows = indicators(&world.coordinator()).await;
    let value = |text: &str| Some(text.to_owned());
    assert_eq!(
        rate(&rows, "sanitation", "on-time-handling"),
        (3, 3, value("100.00")),
        "three rounds, all on time"
    );
    assert_eq!(rate(&rows, "sanitation", "rework"), (1, 2, value("50.00")));
    assert_eq!(
        rate(&rows, "sanitation", "first-pass"),
        (1, 2, value("50.00"))
    );
    assert_eq!(rate(&rows, "planning", "handling"), (1, 1, value("100.00")));
    assert_eq!(
        rate(&rows, "planning", "on-time-handling"),
        (0, 1, value("0.00"))
    );
    assert_eq!(
        rate(&rows, "planning", "sign-on-time"),
        (0, 1, value("0.00"))
    );
    assert_eq!(
        rate(&rows, "environment", "handling"),
        (0, 1, value("0.00")),
        "what is open and overdue is due"
    );
    assert_eq!(
        rate(&rows, "environment", "first-pass"),
        (0, 0, None),
        "never 0%"
    );
    assert_eq!(rate(&rows, "sanitation", "objection-upheld"), (0, 0, None));
    assert!(rows.iter().flat_map(|it| &it.values).all(|it| {
        let ratio = it.ratio.as_ref().unwrap();
        ratio.numerator <= ratio.denominator
    }));
    assert_eq!(
        indicators(&world.handler("planning")).await.len(),
        1,
        "a department sees itself"
    );
    let bad = QueryIndicatorsRequest {
        period: "June".into(),
        ..Default::default()
    };
    malformed(
        world.coordinator().indicators().query_indicators(bad).await,
        &["period"],
    );
}

/// Best first, by the national model; every part can be computed again by hand.
///
/// Proves M36.
#[tokio::test]
async fn the_ranking_follows_the_national_model() {
    let world = World::start().await;
    june(&world).await;
    let table = ranking(&world.handler("environment")).await;
    assert_eq!(
        (table.scheme.as_str(), table.scheme_version),
        ("schemes/national-department", 1)
    );
    assert!(table.as_of.as_ref().unwrap().position > 0);
    let ranked: Vec<_> = table
        .rows
        .iter()
        .filter(|it| it.rank.is_some())
        .map(|it| (it.rank.unwrap(), it.organization.as_str()))
        .collect();
    let place = |organization: &str| ranked.iter().find(|it| it.1 == organization).map(|it| it.0);
    assert_eq!(place("organizations/sanitation"), Some(1), "{ranked:?}");
    let best = &table.rows[0];
    assert_eq!(best.display_name, "云麓区市容环境卫生管理局");
    let composite = best.composite.as_ref().unwrap();
    let points: Vec<_> = composite
        .parts
        .iter()
        .map(|it| (it.id.as_str(), it.formula.as_str()))
        .collect();
    assert_eq!(points.len(), 4, "{points:?}");
    let total: f64 = composite
        .parts
        .iter()
        .map(|it| match it.result.as_ref().unwrap() {
            liandong_proto::scoring::composite_part::Result::Points(it) => {
                it.parse::<f64>().unwrap()
            }
            other => panic!("{other:?}"),
        })
        .sum();
    // 10 for the volume, 30 closing, 30 on time, 30 × (100 - 50)% rework.
    assert!((total - 85.0).abs() < 0.01, "{composite:#?}");
    assert_eq!(composite.grade(), liandong_proto::scoring::Grade::B);
    assert!(best.small_sample, "two orders are few");
}

/// Criticism in the media counts twice.
///
/// Proves M36.
#[tokio::test]
async fn what_the_media_found_counts_twice() {
    let world = World::start().await;
    let street = world.coordinator();
    let report = ReportCaseRequest {
        source: CaseSource::Media as i32,
        title: "媒体曝光垃圾堆积".into(),
        area: GRID.into(),
        ..Default::default()
    };
    let name = street
        .cases()
        .report_case(report)
        .await
        .unwrap()
        .into_inner()
        .case
        .unwrap()
        .name;
    let verify = VerifyCaseRequest {
        name: name.clone(),
        exists: true,
        ..Default::default()
    };
    street.cases().verify_case(verify).await.unwrap();
    let file = FileCaseRequest {
        name,
        matter: GARBAGE.into(),
        condition: "default".into(),
        ..Default::default()
    };
    let case = street
        .cases()
        .file_case(file)
        .await
        .unwrap()
        .into_inner()
        .case
        .unwrap();
    let task = street.planned(&case, vec![lead("sanitation")]).await;
    let task = street.issue(&task.name).await.unwrap();
    world.at(datetime!(2025-06-17 9:00 +8)).await;
    world
        .handler("sanitation")
        .worked(&of(&task, "sanitation").name, &[])
        .await;
    world.scored().await;
    let late = entries(&street)
        .await
        .into_iter()
        .find(|it| it.rule == "handled-late")
        .unwrap();
    assert_eq!(
        (late.points.as_str(), late.coefficient.as_str()),
        ("-2.0000", "2.0000"),
        "{}",
        late.formula
    );
}

/// The scheme is published word for word, and one that is built on fines is refused with its line.
///
/// Proves R11.
#[tokio::test]
async fn nobody_is_scored_by_fines() {
    let world = World::start().await;
    let request = GetSchemeRequest {
        name: "schemes/national-department".into(),
        version: 0,
    };
    let scheme = world
        .handler("sanitation")
        .schemes()
        .get_scheme(request)
        .await
        .unwrap()
        .into_inner()
        .scheme
        .unwrap();
    let check = async |document: &str| {
        let request = ValidateSchemeRequest {
            document: document.to_owned(),
        };
        world
            .assessor()
            .schemes()
            .validate_scheme(request)
            .await
            .unwrap()
            .into_inner()
    };
    assert!(check(&scheme.document).await.valid);
    let fines = scheme
        .document
        .replace("title: 一次核查通过率", "title: 罚款完成率");
    let line =
        i32::try_from(fines.lines().position(|it| it.contains("罚款")).unwrap() + 1).unwrap();
    let answer = check(&fines).await;
    assert!(!answer.valid && answer.scheme.is_none());
    assert!(
        answer
            .problems
            .iter()
            .any(|it| it.line == line && !it.message_zh.is_empty()),
        "{:#?}",
        answer.problems
    );
    let handler = world.handler("sanitation");
    let request = ValidateSchemeRequest { document: fines };
    refused(
        handler.schemes().validate_scheme(request).await,
        Code::PermissionDenied,
        "ROLE_REQUIRED",
    );
    let unknown = GetSchemeRequest {
        name: "schemes/no-such".into(),
        version: 0,
    };
    refused(
        handler.schemes().get_scheme(unknown).await,
        Code::NotFound,
        "SCHEME_NOT_FOUND",
    );
}
