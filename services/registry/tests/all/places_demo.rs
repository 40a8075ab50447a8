//! The demo street's components, zones, contracts and access lists, asked as the rules are.

use liandong_registry::{
    domain::{
        Catalogue, MemberKind,
        access::{self, HandOver, NamedPower, ObstacleCode, Person, ReceiverRole, Thing},
        asset::responsible,
        contract::{ContractState, table},
        zone::{self, Outcome, Question, ZoneState},
    },
    street,
};
use time::{
    OffsetDateTime,
    macros::{date, datetime},
};

const FILE: &str = include_str!("../../../../deploy/demo/street.yaml");
const AT: OffsetDateTime = datetime!(2026-01-05 01:00 UTC);

fn catalogue() -> Catalogue {
    let empty = Catalogue::empty("990101");
    let import = street::import(&empty, FILE, AT);
    assert_eq!(import.problems, vec![]);
    empty.with(&import.plan.changes, AT)
}

/// Proves A9, R14.
#[test]
fn in_both_relief_zones_0730_is_no_case_and_1000_is_one() {
    let catalogue = catalogue();
    assert_eq!(catalogue.zones.len(), 2);
    for zone in catalogue.zones.iter() {
        assert_eq!(zone.state_on(date!(2026 - 03 - 02)), ZoneState::Open);
        let ask = |at, matter| {
            let question = Question {
                point: None,
                area: Some(zone.area.as_str()),
                at,
                matter: Some(matter),
                trade: None,
            };
            zone::check(&catalogue, &question).outcome
        };
        let morning = datetime!(2026-03-02 07:30 +8);
        assert_eq!(ask(morning, "street-vending"), Outcome::Designated);
        assert_eq!(ask(morning, "unlicensed-trade"), Outcome::Designated);
        assert_eq!(ask(morning, "garbage-heap"), Outcome::NotDesignated);
        let late = datetime!(2026-03-02 10:00 +8);
        assert_eq!(ask(late, "street-vending"), Outcome::NotDesignated);
    }
}

/// Proves M9, M11.
#[test]
fn every_component_has_somebody_and_every_community_and_resident_unit_a_contract() {
    let catalogue = catalogue();
    let day = date!(2026 - 03 - 02);
    assert!(catalogue.assets.len() >= 60);
    for asset in catalogue.assets.iter() {
        assert!(
            responsible(&catalogue, asset, day).unit.is_some(),
            "{}",
            asset.id
        );
    }
    let bound = [MemberKind::Community, MemberKind::ResidentUnit];
    let mut units = catalogue.organizations.iter();
    assert!(units.all(|unit| {
        let is_bound = unit.kind.member().is_some_and(|it| bound.contains(&it));
        let mut all = catalogue.contracts.iter().filter(|it| it.party == unit.id);
        !is_bound || all.any(|it| it.state_on(day) == ContractState::InForce)
    }));
    let contest = catalogue.contests.get("pledges-2025").unwrap();
    let rows = table(&catalogue, contest, day);
    assert_eq!(rows.len(), 6);
    assert!(
        rows.iter()
            .all(|it| it.open == 0 && it.met + it.missed == 8)
    );
    assert!(rows.is_sorted_by_key(|it| it.place) && rows[0].points > rows[5].points);
}

/// Proves A11, R12.
#[test]
fn a_department_cannot_push_its_inspection_to_a_community_without_money() {
    let catalogue = catalogue();
    let mut pushed = HandOver {
        power: Some(NamedPower::Words("巡查、劝导".into())),
        people: vec![Person {
            name: "王建刚".into(),
            organization: None,
            duty: "带队".into(),
        }],
        things: vec![Thing {
            name: "三轮保洁车".into(),
            quantity: 2,
        }],
        ..HandOver::default()
    };
    let ask = |matter: &str, hand_over: &HandOver| {
        let question = access::Question {
            receiver: catalogue.organizations.get("community-binhe").unwrap(),
            matter: catalogue.matters.get(matter).unwrap(),
            role: ReceiverRole::Support,
            day: date!(2026 - 03 - 02),
            hand_over,
        };
        let verdict = access::check(&catalogue, &question);
        verdict
            .obstacles
            .into_iter()
            .map(|it| it.code)
            .collect::<Vec<_>>()
    };
    assert_eq!(ask("garbage-heap", &pushed), [ObstacleCode::FundMissing]);
    let inspection = [ObstacleCode::NotOnAccessList, ObstacleCode::FundMissing];
    assert_eq!(ask("food-hygiene", &pushed), inspection);
    (pushed.fund_line, pushed.fund_fen) = ("环卫专项".into(), 300_000);
    assert_eq!(ask("garbage-heap", &pushed), []);
}
