//! What is handed down to communities: on their list, as help, with power, money, people and things (R12).

use liandong_kit::client::Peer;
use liandong_proto::{
    registry::{
        self as proto, HandOverObstacleCode as Missing, access_service_client::AccessServiceClient,
    },
    types::Role,
};
use time::macros::datetime;
use tonic::Code;
use tonic_types::StatusExt;

use crate::world::{World, at, bad_fields, is};

fn list() -> proto::CreateAccessListRequest {
    let entry = |matter: &str| proto::AccessEntry {
        matter: format!("matters/{matter}"),
        fund_fen_min: 200_000,
        people_min: 1,
        things: vec!["三轮保洁车".into()],
        ..Default::default()
    };
    proto::CreateAccessListRequest {
        access_list_id: "street".into(),
        access_list: Some(proto::AccessList {
            display_name: "锦河街道社区准入清单".into(),
            kind: "community".into(),
            area: "areas/320311001".into(),
            entries: vec![entry("garbage"), entry("cooking-fumes")],
            basis: "街办〔2026〕5号".into(),
            validity: Some(proto::Validity {
                first_day: "2026-01-01".into(),
                last_day: "2026-12-31".into(),
            }),
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn pushed(matter: &str, role: proto::ReceiverRole) -> proto::CheckHandOverRequest {
    proto::CheckHandOverRequest {
        organization: "organizations/bridge-community".into(),
        matter: format!("matters/{matter}"),
        role: role.into(),
        act_time: at(datetime!(2026-03-02 10:00 +8)),
        hand_over: Some(proto::HandOver {
            handing_organization: "organizations/enforcement".into(),
            power: "powers/fumes-concentrated".into(),
            fund_line: "基层治理专项".into(),
            fund_fen: 200_000,
            people: vec![proto::HandOverPerson {
                display_name: "孙丽".into(),
                organization: "organizations/squad".into(),
                duty: "巡查".into(),
            }],
            things: vec![proto::HandOverThing {
                display_name: "三轮保洁车".into(),
                quantity: 1,
            }],
        }),
    }
}

async fn client(world: &World) -> AccessServiceClient<Peer> {
    let mut client = AccessServiceClient::new(world.peer(&[Role::Registrar]));
    client.create_access_list(list()).await.unwrap();
    client
}

async fn missing(
    client: &mut AccessServiceClient<Peer>,
    request: proto::CheckHandOverRequest,
) -> (bool, Vec<Missing>) {
    let answer = client.check_hand_over(request).await.unwrap().into_inner();
    let codes = answer.obstacles.iter().map(|it| it.code());
    assert_eq!(answer.allowed, answer.obstacles.is_empty());
    (answer.applies, codes.collect())
}

/// Proves R12, M24, A11.
#[tokio::test]
async fn an_inspection_pushed_down_without_money_is_refused_with_what_is_missing() {
    let world = World::new().await;
    let mut client = client(&world).await;
    use proto::ReceiverRole::{Awareness, Lead, Support};
    let complete = pushed("cooking-fumes", Support);
    let answer = client
        .check_hand_over(complete.clone())
        .await
        .unwrap()
        .into_inner();
    assert!(answer.allowed && answer.applies, "{answer:?}");
    assert_eq!(answer.access_lists, ["accessLists/street"]);

    let mut without_money = complete.clone();
    let hand_over = without_money.hand_over.as_mut().unwrap();
    hand_over.fund_line = String::new();
    hand_over.fund_fen = 0;
    let refused = client
        .check_hand_over(without_money.clone())
        .await
        .unwrap()
        .into_inner();
    assert!(!refused.allowed);
    assert_eq!(refused.obstacles.len(), 1);
    assert_eq!(refused.obstacles[0].code(), Missing::FundMissing);
    assert!(refused.obstacles[0].text_zh.contains("费"), "{refused:?}");

    let mut bare = pushed("illegal-building", Lead);
    bare.hand_over = None;
    let all = [
        Missing::NotOnAccessList,
        Missing::RoleNotHelper,
        Missing::PowerMissing,
        Missing::FundMissing,
        Missing::PeopleMissing,
        Missing::ThingsMissing,
    ];
    assert_eq!(missing(&mut client, bare).await, (true, all.to_vec()));
    let mut little = complete.clone();
    little.hand_over.as_mut().unwrap().fund_fen = 199_999;
    little.hand_over.as_mut().unwrap().things[0].display_name = "扫帚".into();
    let expected = (true, vec![Missing::FundMissing, Missing::ThingsMissing]);
    assert_eq!(missing(&mut client, little).await, expected);
    let mut borrowed = complete.clone();
    let from = &mut borrowed.hand_over.as_mut().unwrap().handing_organization;
    *from = "organizations/planning".into();
    assert_eq!(
        missing(&mut client, borrowed).await.1,
        [Missing::PowerMissing]
    );
    let mut informed = complete.clone();
    informed.role = Awareness.into();
    assert_eq!(missing(&mut client, informed).await, (false, vec![]));
    let mut squad = complete.clone();
    squad.organization = "organizations/squad".into();
    assert_eq!(missing(&mut client, squad).await, (false, vec![]));
    let mut next_year = complete;
    next_year.act_time = at(datetime!(2027-01-01 10:00 +8));
    assert_eq!(
        missing(&mut client, next_year).await.1,
        [Missing::NotOnAccessList]
    );
}

/// Proves R12.
#[tokio::test]
async fn lists_are_kept_for_communities_only_and_found_by_who_may_use_them() {
    let world = World::new().await;
    let mut client = client(&world).await;
    let of = |unit: &str| proto::ListAccessListsRequest {
        filter: format!("organization = \"organizations/{unit}\" AND matter = \"matters/garbage\""),
        ..Default::default()
    };
    let found = client
        .list_access_lists(of("bridge-community"))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        found.access_lists[0].allowed_role(),
        proto::ReceiverRole::Support
    );
    let none = client
        .list_access_lists(of("squad"))
        .await
        .unwrap()
        .into_inner();
    assert!(none.access_lists.is_empty());

    let mut wrong = list();
    wrong.access_list_id = "wrong".into();
    let wire = wrong.access_list.as_mut().unwrap();
    (wire.kind, wire.area) = (String::new(), String::new());
    wire.organization = "organizations/squad".into();
    wire.basis = String::new();
    wire.entries[1] = wire.entries[0].clone();
    let status = client.create_access_list(wrong).await.unwrap_err();
    is(&status, Code::FailedPrecondition, "CATALOGUE_INVALID");
    let all = status
        .get_details_precondition_failure()
        .unwrap()
        .violations;
    for part in ["NO_BASIS", "squad is not a community", "on the list twice"] {
        assert!(
            all.iter().any(|it| it.description.contains(part)),
            "{part}: {all:?}"
        );
    }
    let mut both = list();
    both.access_list_id = "both".into();
    both.access_list.as_mut().unwrap().organization = "organizations/bridge-community".into();
    let status = client.create_access_list(both).await.unwrap_err();
    assert_eq!(bad_fields(&status), ["access_list.organization"]);
    let bad = proto::CheckHandOverRequest {
        organization: "x".into(),
        hand_over: Some(proto::HandOver {
            power: "powers/Not An Id".into(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let fields = bad_fields(&client.check_hand_over(bad).await.unwrap_err());
    assert_eq!(
        fields,
        ["organization", "matter", "role", "hand_over.power"]
    );
    let end = proto::DeactivateAccessListRequest {
        name: "accessLists/street".into(),
        last_day: "2026-02-28".into(),
        ..Default::default()
    };
    client.deactivate_access_list(end).await.unwrap();
    let after = pushed("garbage", proto::ReceiverRole::Support);
    let (_, codes) = missing(&mut client, after).await;
    assert!(codes.contains(&Missing::NotOnAccessList));
}
