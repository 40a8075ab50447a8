//! Responsibility contracts (M11): drafted, signed, kept or not, and contests in keeping them.

use liandong_kit::client::Peer;
use liandong_proto::{
    registry::{
        self as proto, contest_service_client::ContestServiceClient,
        contract_service_client::ContractServiceClient,
    },
    types::Role,
};
use time::macros::datetime;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::world::{World, at, bad_fields, is};

fn client(world: &World) -> ContractServiceClient<Peer> {
    ContractServiceClient::new(world.peer(&[Role::Registrar]))
}

fn days(first: &str, last: &str) -> Option<proto::Validity> {
    Some(proto::Validity {
        first_day: first.into(),
        last_day: last.into(),
    })
}

fn contract(id: &str, party: &str) -> proto::CreateContractRequest {
    let rate = proto::NumberTarget {
        sense: proto::TargetSense::AtLeast.into(),
        number: Some(proto::ItemNumber {
            value: 955,
            scale: 1,
        }),
        unit: "%".into(),
    };
    let items = vec![
        proto::ContractItem {
            id: "patrol".into(),
            title: "日常巡查率".into(),
            number_target: Some(rate),
            rhythm: proto::ItemRhythm::Quarterly.into(),
            points_max: 10,
            ..Default::default()
        },
        proto::ContractItem {
            id: "ledger".into(),
            title: "一户一档".into(),
            target: "年底前建成".into(),
            points_max: 20,
            matter: "matters/garbage".into(),
            ..Default::default()
        },
    ];
    proto::CreateContractRequest {
        contract_id: id.into(),
        contract: Some(proto::Contract {
            display_name: "2026年度责任书".into(),
            kind: proto::ContractKind::StreetCommunity.into(),
            street: "organizations/street-office".into(),
            party: format!("organizations/{party}"),
            items,
            validity: days("2026-01-01", "2026-12-31"),
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn signature(contract: &str, unit: &str, day: &str) -> proto::SignContractRequest {
    proto::SignContractRequest {
        name: format!("contracts/{contract}"),
        signatory: Some(proto::ContractSignatory {
            organization: format!("organizations/{unit}"),
            person: "张伟".into(),
            office: "主任".into(),
            signed_day: day.into(),
        }),
        ..Default::default()
    }
}

fn result(contract: &str, value: i64, points: i32) -> proto::CreateContractResultRequest {
    let met = value >= 955;
    let outcome = if met {
        proto::ItemOutcome::Met
    } else {
        proto::ItemOutcome::Missed
    };
    proto::CreateContractResultRequest {
        contract_result_id: format!("{contract}-q1"),
        contract_result: Some(proto::ContractResult {
            contract: format!("contracts/{contract}"),
            item: "patrol".into(),
            period: days("2026-01-01", "2026-03-31"),
            outcome: outcome.into(),
            number: Some(proto::ItemNumber { value, scale: 1 }),
            points,
            recorded_by: "organizations/street-office".into(),
            recorded_day: "2026-04-08".into(),
            ..Default::default()
        }),
        ..Default::default()
    }
}

#[track_caller]
fn contradictions(status: &Status) -> Vec<String> {
    is(status, Code::FailedPrecondition, "CATALOGUE_INVALID");
    let all = status
        .get_details_precondition_failure()
        .unwrap()
        .violations;
    all.into_iter().map(|it| it.description).collect()
}

async fn signed(client: &mut ContractServiceClient<Peer>, id: &str, party: &str) {
    client.create_contract(contract(id, party)).await.unwrap();
    for unit in ["street-office", party] {
        let signature = signature(id, unit, "2025-12-28");
        client.sign_contract(signature).await.unwrap();
    }
}

/// Proves M11.
#[tokio::test]
async fn a_contract_is_drafted_signed_in_force_and_ended_as_of_a_day() {
    let world = World::new().await;
    let mut client = client(&world);
    let made = client
        .create_contract(contract("bridge", "bridge-community"))
        .await;
    let made = made.unwrap().into_inner().contract.unwrap();
    assert_eq!(made.state(), proto::ContractState::Drafted);
    let missing = [
        "organizations/street-office",
        "organizations/bridge-community",
    ];
    assert_eq!(made.missing_signatories, missing);
    let street = signature("bridge", "street-office", "2025-12-28");
    client.sign_contract(street.clone()).await.unwrap();
    let again = client.sign_contract(street).await.unwrap().into_inner();
    assert_eq!(again.contract.unwrap().signatories.len(), 1, "a repeat");
    let stranger = signature("bridge", "mall", "2025-12-28");
    let found = contradictions(&client.sign_contract(stranger).await.unwrap_err());
    assert!(
        found[0].contains("is not one of those who sign"),
        "{found:?}"
    );
    let twice = signature("bridge", "street-office", "2025-12-29");
    let found = contradictions(&client.sign_contract(twice).await.unwrap_err());
    assert!(found[0].contains("has signed already"), "{found:?}");
    let community = signature("bridge", "bridge-community", "2026-01-10");
    client.sign_contract(community).await.unwrap();
    for (time, state) in [
        (
            datetime!(2026-01-09 12:00 +8),
            proto::ContractState::Drafted,
        ),
        (
            datetime!(2026-01-10 12:00 +8),
            proto::ContractState::InForce,
        ),
        (datetime!(2027-01-01 12:00 +8), proto::ContractState::Ended),
    ] {
        let request = proto::GetContractRequest {
            name: "contracts/bridge".into(),
            as_of_time: at(time),
        };
        let found = client.get_contract(request).await.unwrap().into_inner();
        assert_eq!(found.contract.unwrap().state(), state, "{time}");
    }
    let list = |filter: &str| proto::ListContractsRequest {
        filter: filter.into(),
        ..Default::default()
    };
    let in_force = "state = \"IN_FORCE\" AND party = \"organizations/bridge-community\"";
    let listed = client
        .list_contracts(list(in_force))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(listed.contracts.len(), 1);
    let drafted = client.list_contracts(list("state = \"DRAFTED\"")).await;
    assert!(drafted.unwrap().into_inner().contracts.is_empty());
}

/// Proves M11.
#[tokio::test]
async fn results_make_a_report_and_a_contest_ranks_them() {
    let world = World::new().await;
    let mut client = client(&world);
    signed(&mut client, "bridge", "bridge-community").await;
    signed(&mut client, "bend", "bend-community").await;
    client
        .create_contract_result(result("bridge", 962, 10))
        .await
        .unwrap();
    client
        .create_contract_result(result("bend", 901, 4))
        .await
        .unwrap();
    let report = |contract: &str, time| proto::GetContractReportRequest {
        name: format!("contracts/{contract}"),
        as_of_time: at(time),
    };
    let july = datetime!(2026-07-05 12:00 +8);
    let bridge = client.get_contract_report(report("bridge", july)).await;
    let bridge = bridge.unwrap().into_inner();
    assert_eq!(
        (bridge.met_count, bridge.open_count, bridge.missed_count),
        (0, 2, 0)
    );
    let patrol = &bridge.items[0];
    assert_eq!(
        patrol.status(),
        proto::ItemStatus::Open,
        "the second quarter is overdue"
    );
    assert!(patrol.periods[1].overdue);
    assert_eq!(patrol.periods[0].result, "contractResults/bridge-q1");
    assert_eq!((patrol.points, patrol.points_max), (10, 20));
    let april = datetime!(2026-04-10 12:00 +8);
    let april_report = client.get_contract_report(report("bridge", april)).await;
    let april_report = april_report.unwrap().into_inner();
    assert_eq!(april_report.items[0].status(), proto::ItemStatus::Met);
    let bend = client
        .get_contract_report(report("bend", april))
        .await
        .unwrap();
    assert_eq!(
        bend.into_inner().items[0].status(),
        proto::ItemStatus::Missed
    );

    let mut contests = ContestServiceClient::new(world.peer(&[Role::Registrar]));
    let contest = proto::CreateContestRequest {
        contest_id: "spring".into(),
        contest: Some(proto::Contest {
            display_name: "一季度履约竞赛".into(),
            programme: "履约竞赛".into(),
            organizer: "organizations/street-office".into(),
            validity: days("2026-01-01", "2026-03-31"),
            contracts: vec!["contracts/bend".into(), "contracts/bridge".into()],
            ..Default::default()
        }),
        ..Default::default()
    };
    contests.create_contest(contest).await.unwrap();
    let table = proto::GetContestTableRequest {
        name: "contests/spring".into(),
        as_of_time: at(april),
    };
    let table = contests
        .get_contest_table(table)
        .await
        .unwrap()
        .into_inner();
    let rows: Vec<_> = table
        .rows
        .iter()
        .map(|it| (it.place, it.contract.as_str(), it.points, it.points_max))
        .collect();
    let expected = [
        (1, "contracts/bridge", 10, 10),
        (2, "contracts/bend", 4, 10),
    ];
    assert_eq!(rows, expected);

    let withdraw = proto::DeactivateContractResultRequest {
        name: "contractResults/bend-q1".into(),
        last_day: "2026-04-15".into(),
        ..Default::default()
    };
    client.deactivate_contract_result(withdraw).await.unwrap();
    let end = proto::DeactivateContractRequest {
        name: "contracts/bridge".into(),
        last_day: "2026-02-28".into(),
        ..Default::default()
    };
    let status = client.deactivate_contract(end).await.unwrap_err();
    is(&status, Code::FailedPrecondition, "IN_USE");
    let uses = status
        .get_details_precondition_failure()
        .unwrap()
        .violations;
    assert!(
        uses.iter()
            .any(|it| it.description.starts_with("contract_results/bridge-q1")),
        "{uses:?}"
    );
}

/// Proves M11, R10.
#[tokio::test]
async fn a_result_contradicts_neither_its_number_nor_its_contract_and_nobody_judges_itself() {
    let world = World::new().await;
    let mut client = client(&world);
    client
        .create_contract(contract("bridge", "bridge-community"))
        .await
        .unwrap();
    let mut wrong = result("bridge", 901, 11);
    let wire = wrong.contract_result.as_mut().unwrap();
    wire.outcome = proto::ItemOutcome::Met.into();
    wire.recorded_by = "organizations/bridge-community".into();
    wire.period = days("2026-01-01", "2026-02-28");
    let found = contradictions(&client.create_contract_result(wrong).await.unwrap_err());
    for part in [
        "R10",
        "not signed by all",
        "none of the periods",
        "at most 10",
        "is MISSED",
    ] {
        assert!(
            found.iter().any(|it| it.contains(part)),
            "{part}: {found:?}"
        );
    }
    let mut other_party = contract("mall", "mall");
    let found = contradictions(
        &client
            .create_contract(other_party.clone())
            .await
            .unwrap_err(),
    );
    assert!(found[0].contains("mall is not a community"), "{found:?}");
    let wire = other_party.contract.as_mut().unwrap();
    wire.kind = proto::ContractKind::Pledge.into();
    client.create_contract(other_party).await.unwrap();
    let pledge = signature("mall", "mall", "2025-12-28");
    let pledged = client.sign_contract(pledge).await.unwrap().into_inner();
    assert!(
        pledged.contract.unwrap().missing_signatories.is_empty(),
        "it alone signs"
    );

    let mut bad = contract("Bad Id", "bridge-community");
    let wire = bad.contract.as_mut().unwrap();
    wire.kind = 9;
    wire.street = String::new();
    wire.items[0].target = "也写文字".into();
    wire.items[1].rhythm = 77;
    let expected = [
        "contract_id",
        "contract.kind",
        "contract.street",
        "contract.items[0].target",
        "contract.items[1].rhythm",
    ];
    assert_eq!(
        bad_fields(&client.create_contract(bad).await.unwrap_err()),
        expected
    );
}
