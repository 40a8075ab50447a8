//! Contact cards (M13): what of a person is told to whom.

use liandong_proto::{
    registry::{
        self as proto, CoverageFindingKind as Kind, contact_service_client::ContactServiceClient,
        duty_service_client::DutyServiceClient, list_contact_cards_request,
    },
    types::Role,
};
use prost::Message;
use tonic::Code;

use crate::{
    duties::{MORNING, ask, chain, garbage},
    duty_records::STREET,
    world::{World, bad_fields, is},
};

/// Proves M13.
#[tokio::test]
async fn what_is_not_published_never_leaves() {
    let world = World::with(STREET).await;
    let lane = || ask("front-lane", garbage(), MORNING);
    let full = chain(&world, Role::Coordinator, lane()).await;
    assert_eq!(full.rungs[0].on_duty[0].phone, "13800000009");
    assert_eq!(full.rungs[2].on_duty[0].person, "people/wang-lead");
    for role in [
        Role::Viewer,
        Role::Handler,
        Role::Checker,
        Role::Assessor,
        Role::Auditor,
    ] {
        let mut seen = chain(&world, role, lane()).await.encode_to_vec();
        for area in ["front-lane", "320311001003", "320311001004", "320311001006"] {
            let mut client = ContactServiceClient::new(world.peer(&[role]));
            let cards = proto::ListContactCardsRequest {
                subject: Some(list_contact_cards_request::Subject::Area(format!(
                    "areas/{area}"
                ))),
                with_wider_areas: true,
                ..Default::default()
            };
            seen.extend(
                client
                    .list_contact_cards(cards)
                    .await
                    .unwrap()
                    .into_inner()
                    .encode_to_vec(),
            );
            seen.extend(
                chain(&world, role, ask(area, garbage(), MORNING))
                    .await
                    .encode_to_vec(),
            );
        }
        let mut client = DutyServiceClient::new(world.peer(&[role]));
        let report = client
            .get_coverage(proto::GetCoverageRequest::default())
            .await
            .unwrap()
            .into_inner();
        assert!(
            report
                .findings
                .iter()
                .any(|it| it.kind() == Kind::TooManyAreas),
            "people are in it"
        );
        seen.extend(report.encode_to_vec());
        let seen = String::from_utf8_lossy(&seen);
        let hidden = [
            "13800000009",
            "13800000002",
            "13800000003",
            "chen.jpg",
            "林片长",
            "周片长",
            "钱夜班",
            "科员",
            "people/",
            "officers/",
            "dutyHolders/",
        ];
        for secret in hidden {
            assert!(!seen.contains(secret), "{role:?} sees {secret}");
        }
        assert!(
            seen.contains("王片长") && seen.contains("13800000001"),
            "but what is published"
        );
    }
}

/// Proves M13.
#[tokio::test]
async fn contact_cards_come_in_pages() {
    let world = World::with(STREET).await;
    let mut client = ContactServiceClient::new(world.peer(&[Role::Viewer]));
    let mut request = proto::ListContactCardsRequest {
        subject: Some(list_contact_cards_request::Subject::Area(
            "areas/front-lane".into(),
        )),
        with_wider_areas: true,
        page_size: 2,
        ..Default::default()
    };
    let page = client
        .list_contact_cards(request.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!((page.cards.len(), page.total_size), (2, 3));
    assert_eq!(
        (
            page.cards[0].role_display_name.as_str(),
            page.cards[0].display_name.as_str()
        ),
        ("段长", "李勇")
    );
    assert_eq!(page.cards[0].hours, ["daily 06:00-22:00"]);
    request.page_token = page.next_page_token;
    let last = client
        .list_contact_cards(request.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!((last.cards.len(), last.next_page_token.as_str()), (1, ""));
    assert_eq!(last.cards[0].post, "街道办事处主任");
    request.with_wider_areas = false;
    let status = client.list_contact_cards(request).await.unwrap_err();
    assert_eq!(
        bad_fields(&status),
        ["page_token"],
        "the token of another question"
    );
    let unknown = proto::ListContactCardsRequest {
        subject: Some(list_contact_cards_request::Subject::Holder(
            "dutyHolders/nobody".into(),
        )),
        ..Default::default()
    };
    is(
        &client.list_contact_cards(unknown).await.unwrap_err(),
        Code::NotFound,
        "DUTY_HOLDER_NOT_FOUND",
    );
    let nothing = proto::ListContactCardsRequest::default();
    assert_eq!(
        bad_fields(&client.list_contact_cards(nothing).await.unwrap_err()),
        ["subject"]
    );
}

#[tokio::test]
async fn a_question_names_every_bad_field_at_once_before_it_looks_anything_up() {
    let world = World::with(STREET).await;
    let page = (-1, "?".to_owned());
    let mut cards = ContactServiceClient::new(world.peer(&[Role::Viewer]));
    let ask = |subject| proto::ListContactCardsRequest {
        subject,
        page_size: page.0,
        page_token: page.1.clone(),
        ..Default::default()
    };
    let status = cards.list_contact_cards(ask(None)).await.unwrap_err();
    assert_eq!(bad_fields(&status), ["subject", "page_size", "page_token"]);
    let unknown = list_contact_cards_request::Subject::Area("areas/nowhere".into());
    let status = cards.list_contact_cards(ask(Some(unknown))).await;
    assert_eq!(
        bad_fields(&status.unwrap_err()),
        ["page_size", "page_token"]
    );
    let mut duties = DutyServiceClient::new(world.peer(&[Role::Viewer]));
    let coverage = proto::GetCoverageRequest {
        area: "areas/nowhere".into(),
        work_lines: vec!["lines/x".into()],
        page_size: page.0,
        ..Default::default()
    };
    let status = duties.get_coverage(coverage.clone()).await.unwrap_err();
    assert_eq!(bad_fields(&status), ["work_lines[0]", "page_size"]);
    let in_order = proto::GetCoverageRequest {
        work_lines: Vec::new(),
        page_size: 0,
        ..coverage
    };
    is(
        &duties.get_coverage(in_order).await.unwrap_err(),
        Code::NotFound,
        "AREA_NOT_FOUND",
    );
}
