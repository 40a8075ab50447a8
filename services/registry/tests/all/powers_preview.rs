//! A change of the catalogue is tried out on questions of the past, and nothing is stored.

use liandong_kit::client::Peer;
use liandong_proto::registry as proto;
use liandong_proto::registry::power_service_client::PowerServiceClient;
use liandong_proto::registry::preview_catalogue_change_request::Piece;
use liandong_proto::registry::preview_catalogue_change_response::Frame;
use liandong_proto::types::Role;
use time::macros::datetime;
use tonic::{Code, Status};

use crate::world::{World, at, bad_fields, is, question};

fn client(world: &World) -> PowerServiceClient<Peer> {
    PowerServiceClient::new(world.peer(&[Role::Registrar]))
}

#[derive(Default, Debug)]
struct Came {
    change: proto::PreviewedChange,
    differences: Vec<proto::PreviewDifference>,
    summary: Option<proto::PreviewSummary>,
}

async fn preview(world: &World, pieces: Vec<Piece>) -> Result<Came, Status> {
    let messages = pieces
        .into_iter()
        .map(|piece| proto::PreviewCatalogueChangeRequest { piece: Some(piece) });
    let stream = tokio_stream::iter(messages.collect::<Vec<_>>());
    let mut frames = client(world)
        .preview_catalogue_change(stream)
        .await?
        .into_inner();
    let mut came = Came::default();
    while let Some(frame) = frames.message().await? {
        match frame.frame.unwrap() {
            Frame::Change(it) => came.change = it,
            Frame::Difference(it) => came.differences.push(it),
            Frame::Summary(it) => came.summary = Some(it),
        }
    }
    Ok(came)
}

fn start() -> Piece {
    Piece::Start(proto::PreviewCatalogueStart::default())
}

/// So many questions about fumes in 2025, all handled by the street office.
fn questions(count: usize) -> Piece {
    let one = |n: usize| proto::PastQuestion {
        question: Some(proto::ResolveAuthorityRequest {
            as_of_time: at(datetime!(2025-06-01 09:00 +8)),
            ..question(
                if n.is_multiple_of(2) {
                    "cooking-fumes"
                } else {
                    "garbage"
                },
                "back-lane",
            )
        }),
        handled_by: "organizations/street-office".into(),
        reference: format!("tasks/{n}"),
    };
    Piece::Questions(proto::PastQuestions {
        questions: (0..count).map(one).collect(),
    })
}

async fn devolved(world: &World) -> proto::Power {
    let name = "powers/fumes-devolved".to_owned();
    client(world)
        .get_power(proto::GetPowerRequest { name })
        .await
        .unwrap()
        .into_inner()
        .power
        .unwrap()
}

/// Proves R1.
#[tokio::test]
async fn a_power_taken_back_shows_every_answer_it_would_have_changed() {
    let world = World::new().await;
    let before = devolved(&world).await;
    let mut cut = before.clone();
    cut.validity.as_mut().unwrap().last_day = "2024-12-31".into();
    let change = Piece::Change(proto::CatalogueChange {
        powers: vec![cut],
        ..Default::default()
    });
    let came = preview(&world, vec![start(), change, questions(10), questions(4)])
        .await
        .unwrap();
    assert_eq!(
        (came.change.problem_count, came.change.counts[0].changed),
        (0, 1)
    );
    let summary = came.summary.unwrap();
    assert_eq!(
        (summary.questions, summary.different, summary.shown),
        (14, 7, 7)
    );
    assert_eq!((summary.handler_loses, summary.newly_nobody), (7, 0));
    assert_eq!(
        (
            summary.matters[0].matter.as_str(),
            summary.matters[0].different
        ),
        ("matters/cooking-fumes", 7)
    );
    let first = &came.differences[0];
    assert_eq!(
        (
            first.number,
            first.question.as_ref().unwrap().reference.as_str()
        ),
        (1, "tasks/0")
    );
    let holder =
        |it: &Option<proto::PreviewAnswer>| match it.as_ref().unwrap().answer.as_ref().unwrap() {
            proto::preview_answer::Answer::Authority(it) => it.holders[0].clone(),
            other => panic!("{other:?}"),
        };
    assert_eq!(
        holder(&first.before).organization,
        "organizations/street-office"
    );
    assert_eq!(
        holder(&first.after).organization,
        "organizations/enforcement"
    );
    assert!(
        !holder(&first.after).reasons.is_empty(),
        "with both answers' reasons"
    );
    assert_eq!(devolved(&world).await, before, "nothing is stored");
}

#[tokio::test]
async fn a_change_of_tomorrow_is_tried_out_as_if_it_were_in_force() {
    let world = World::new().await;
    let text = "schema: liandong/street/v1\npowers:\n  - {id: fumes-again, matter: cooking-fumes, holder_kind: STREET_OFFICE, area: \"320311001\", basis_kind: DEVOLVED, basis: 行政处罚法第二十四条, published_on: 2026-10-01, valid_from: 2027-01-01, acts: [penalise]}\n";
    let chunk = || Piece::Chunk(text.into());
    let own_days = preview(&world, vec![start(), chunk(), questions(2)])
        .await
        .unwrap();
    assert_eq!(
        own_days.summary.unwrap().different,
        0,
        "in 2025 it is not in force"
    );
    let then = Piece::Start(proto::PreviewCatalogueStart {
        as_of_day: "2027-03-01".into(),
        differences_max: 1,
    });
    let came = preview(&world, vec![then, chunk(), questions(4)])
        .await
        .unwrap();
    let summary = came.summary.unwrap();
    assert_eq!(
        (summary.different, summary.shown, summary.handler_gains),
        (2, 1, 2)
    );
    assert_eq!(came.differences.len(), 1, "the rest is only counted");
}

#[tokio::test]
async fn a_change_with_problems_names_them_and_answers_nothing() {
    let world = World::new().await;
    let mut wrong = devolved(&world).await;
    wrong.basis.clear();
    wrong.area = "areas/nowhere".into();
    let change = Piece::Change(proto::CatalogueChange {
        powers: vec![wrong],
        ..Default::default()
    });
    let came = preview(&world, vec![start(), change, questions(2)])
        .await
        .unwrap();
    let reasons: Vec<_> = came
        .change
        .problems
        .iter()
        .map(|it| (it.path.as_str(), it.reason.as_str()))
        .collect();
    assert_eq!(
        reasons,
        [
            ("powers/fumes-devolved.area", "UNKNOWN_REFERENCE"),
            ("powers/fumes-devolved.basis", "NO_BASIS"),
        ]
    );
    assert!(came.summary.is_none() && came.differences.is_empty());
    let text = Piece::Chunk("schema: liandong/street/v1\npowers: soon\n".into());
    let came = preview(&world, vec![start(), text]).await.unwrap();
    assert_eq!(
        (came.change.problems[0].line, came.change.problem_count),
        (2, 1)
    );
}

#[tokio::test]
async fn what_is_malformed_or_out_of_order_is_refused() {
    let world = World::new().await;
    let refused = async |pieces| bad_fields(&preview(&world, pieces).await.unwrap_err());
    assert_eq!(refused(vec![questions(1)]).await, ["start"]);
    assert_eq!(
        refused(vec![start(), questions(1), Piece::Chunk(vec![])]).await,
        ["piece"]
    );
    assert_eq!(refused(vec![start(), questions(1001)]).await, ["questions"]);
    let malformed = Piece::Questions(proto::PastQuestions {
        questions: vec![proto::PastQuestion::default()],
    });
    assert_eq!(
        refused(vec![start(), malformed]).await,
        ["questions[0].matter", "questions[0].area"]
    );
    let nameless = Piece::Change(proto::CatalogueChange {
        matters: vec![proto::Matter {
            display_name: "甲".into(),
            category: "乙".into(),
            default_act: proto::Act::Dispose.into(),
            ..Default::default()
        }],
        ..Default::default()
    });
    assert_eq!(
        refused(vec![start(), nameless]).await,
        ["change.matters[0].name"]
    );
    let other = Piece::Chunk(
        "schema: liandong/street/v1\ndistrict: {code: \"110101\", name: 东城区}\n".into(),
    );
    is(
        &preview(&world, vec![start(), other]).await.unwrap_err(),
        Code::PermissionDenied,
        "OTHER_DISTRICT",
    );
}

/// Many thousands of questions, in messages of a thousand.
#[tokio::test]
async fn many_thousands_of_questions_are_answered_in_one_go() {
    let world = World::new().await;
    let mut cut = devolved(&world).await;
    cut.validity.as_mut().unwrap().last_day = "2024-12-31".into();
    let change = Piece::Change(proto::CatalogueChange {
        powers: vec![cut],
        ..Default::default()
    });
    let asked = (0..20).map(|_| questions(1000));
    let pieces = [start(), change].into_iter().chain(asked).collect();
    let came = preview(&world, pieces).await.unwrap();
    let summary = came.summary.unwrap();
    assert_eq!(
        (summary.questions, summary.different, summary.shown),
        (20_000, 10_000, 1000)
    );
    assert_eq!(came.differences.len(), 1000);
}
