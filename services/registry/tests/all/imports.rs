//! Importing street files.

use liandong_proto::registry as proto;
use liandong_proto::registry::import_service_client::ImportServiceClient;
use liandong_proto::registry::import_street_request::Piece;
use liandong_proto::types::Role;
use tonic::Code;

use crate::world::{TOWN, World, bad_fields, is};

#[tokio::test]
async fn an_import_again_is_unchanged_and_survives_a_restart() {
    let world = World::new().await;
    let first = world.organization("squad").await.unwrap();
    let again = world.import(TOWN, false).await.unwrap();
    assert_eq!(again.outcome(), proto::ImportOutcome::Unchanged);
    assert!(
        again
            .counts
            .iter()
            .all(|it| it.created + it.changed == 0 && it.unchanged > 0),
        "{again:?}"
    );
    let world = world.restart().await;
    let after = world.organization("squad").await.unwrap();
    assert_eq!(after, first);
    assert_eq!(after.organization.unwrap().display_name, "综合执法中队");
}

#[tokio::test]
async fn a_file_with_problems_stores_nothing_and_names_them_all() {
    let world = World::new().await;
    let before = world.organization("squad").await.unwrap().catalogue_version;
    let text = TOWN
        .replacen("limit: 4 WORK_HOURS", "limit: soon", 1)
        .replacen("name: 桥北商场", "name: 商场, colour: red", 1);
    let answer = world.import(&text, false).await.unwrap();
    assert_eq!(
        (answer.outcome(), answer.problem_count),
        (proto::ImportOutcome::Refused, 2)
    );
    let problems: Vec<_> = answer
        .problems
        .iter()
        .map(|it| (it.path.as_str(), it.reason.as_str()))
        .collect();
    assert_eq!(
        problems,
        [
            ("organizations[11].colour", "UNKNOWN_KEY"),
            ("matters[2].conditions[0].limit", "MALFORMED")
        ]
    );
    assert!(
        answer
            .problems
            .iter()
            .all(|it| it.line > 1 && it.column > 1 && !it.text_zh.is_empty())
    );
    assert_eq!(
        world.organization("squad").await.unwrap().catalogue_version,
        before
    );
}

/// A cycle, periods that overlap, a power without basis, an entrusted one passed on, a limit that is none, a
/// certificate that ends before it begins, a boundary that crosses itself, a day beyond the calendar: one answer.
///
/// Proves M1, M5, M12, R2, R3.
#[tokio::test]
async fn every_kind_of_bad_input_is_named_at_once_where_it_stands() {
    let world = World::new().await;
    let before = world.organization("squad").await.unwrap().catalogue_version;
    let crossing = "{\"type\": \"Polygon\", \"coordinates\": [[[117.0, 34.0], [117.1, 34.1], [117.1, 34.0], [117.0, 34.09], [117.0, 34.0]]]}";
    let bad = [
        (
            "CYCLE",
            "kind: RESIDENT_UNIT,",
            "kind: RESIDENT_UNIT, parent: mall,",
        ),
        (
            "OVERLAPPING_VALIDITY",
            "valid_from: 2025-07-01}",
            "valid_from: 2025-06-01}",
        ),
        ("NO_BASIS", "basis: 城乡规划法第六十四条", "basis: \" \""),
        (
            "PASSED_ON",
            "  - id: garbage-duty\n",
            "  - {id: passed-on, matter: cooking-fumes, holder: hill-office, basis_kind: ENTRUSTED, basis: 委托, published_on: 2026-01-01, valid_from: 2026-01-01, valid_to: 2026-06-30, acts: [penalise], delegator: squad}\n  - id: garbage-duty\n",
        ),
        ("MALFORMED", "limit: 4 WORK_HOURS", "limit: soon"),
        (
            "ENDS_BEFORE_BEGINNING",
            "valid_from: 2024-01-01, valid_to: 2028-12-31",
            "valid_from: 2029-01-01, valid_to: 2028-12-31",
        ),
        (
            "BAD_GEOMETRY",
            "name: 后巷, level: lane",
            &format!("name: 后巷, level: lane, boundary: '{crossing}'"),
        ),
        (
            "CALENDAR_NOT_PUBLISHED",
            "\nmatters:\n",
            "\nday_overrides:\n  - {id: far, date: 2031-03-03, change: off, notice: 通知, reason: 停工}\n\nmatters:\n",
        ),
    ];
    let mut text = TOWN.to_owned();
    for (_, good, wrong) in &bad {
        assert!(text.contains(good), "{good}");
        text = text.replacen(good, wrong, 1);
    }
    let answer = world.import(&text, false).await.unwrap();
    assert_eq!(answer.outcome(), proto::ImportOutcome::Refused);
    assert_eq!(
        usize::try_from(answer.problem_count).unwrap(),
        answer.problems.len()
    );
    for (reason, _, wrong) in &bad {
        let first = wrong.trim_start().lines().last().unwrap();
        let part = if *reason == "PASSED_ON" {
            "id: passed-on"
        } else if *reason == "CALENDAR_NOT_PUBLISHED" {
            "id: far"
        } else {
            first
        };
        let line = 1 + text.lines().position(|it| it.contains(part)).unwrap();
        let found = answer
            .problems
            .iter()
            .any(|it| it.reason == *reason && it.line.abs_diff(i32::try_from(line).unwrap()) <= 3);
        assert!(found, "{reason} at line {line}: {:#?}", answer.problems);
    }
    let said = |it: &proto::ImportProblem| {
        it.column > 0 && !it.path.is_empty() && !it.text.is_empty() && !it.text_zh.is_empty()
    };
    assert!(answer.problems.iter().all(said), "{:#?}", answer.problems);
    let after = world.organization("squad").await.unwrap().catalogue_version;
    assert_eq!(after, before, "nothing was stored");
}

#[tokio::test]
async fn a_check_stores_nothing() {
    let world = World::new().await;
    let text = TOWN.replacen("name: 桥北商场", "name: 桥北购物中心", 1);
    let answer = world.import(&text, true).await.unwrap();
    assert_eq!(answer.outcome(), proto::ImportOutcome::Valid);
    assert_eq!(answer.counts.iter().map(|it| it.changed).sum::<i32>(), 1);
    assert_eq!(
        world
            .organization("mall")
            .await
            .unwrap()
            .organization
            .unwrap()
            .display_name,
        "桥北商场"
    );
}

#[tokio::test]
async fn a_file_larger_than_a_message_is_imported() {
    let world = World::new().await;
    let mut text = String::from("schema: liandong/street/v1\nmatters:\n");
    for n in 0..6000 {
        text += &format!(
            "  - {{id: m-{n}, title: 一个名称相当长的城市管理事项第{n}号, category: 市容环境卫生管理, conditions: [{{id: default, text: 发现即立案, limit: 5 WORK_DAYS, close: 现场恢复整洁}}], default_act: dispose}}\n"
        );
    }
    assert!(text.len() > 1 << 20);
    let answer = world.import(&text, false).await.unwrap();
    assert_eq!(
        (answer.outcome(), answer.counts[0].created),
        (proto::ImportOutcome::Applied, 6000)
    );
}

#[tokio::test]
async fn an_import_in_the_wrong_order_or_of_another_district_is_refused() {
    let world = World::new().await;
    let other = TOWN.replacen("code: \"320311\"", "code: \"110101\"", 1);
    is(
        &world.import(&other, false).await.unwrap_err(),
        Code::PermissionDenied,
        "OTHER_DISTRICT",
    );
    let mut client = ImportServiceClient::new(world.peer(&[Role::Registrar]));
    let message = proto::ImportStreetRequest {
        piece: Some(Piece::Chunk(vec![b'a'])),
    };
    let status = client
        .import_street(tokio_stream::iter([message]))
        .await
        .unwrap_err();
    assert_eq!(bad_fields(&status), ["start"]);
}
