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
