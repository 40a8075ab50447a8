//! Contracts by example.

use time::macros::date;

use super::*;
use crate::{
    domain::{Catalogue, Entry},
    town::{self, AT},
};

fn id<T>(text: &str) -> Id<T> {
    Id::new(text).unwrap()
}

fn year() -> Validity {
    Validity {
        first: Some(date!(2026 - 01 - 01)),
        last: Some(date!(2026 - 12 - 31)),
    }
}

fn item(id: &str, rhythm: Rhythm, target: Target) -> ContractItem {
    ContractItem {
        id: id.into(),
        title: "事项".into(),
        target,
        rhythm,
        points_max: 10,
        matter: None,
    }
}

fn contract(of: &str, party: &str) -> Contract {
    let rate = Target::Number(NumberTarget {
        sense: TargetSense::AtLeast,
        number: Number::parse("95.5").unwrap(),
        unit: "%".into(),
    });
    let signatory = |organization: &str, signed_on| Signatory {
        organization: id(organization),
        person: "张伟".into(),
        office: String::new(),
        signed_on,
    };
    Contract {
        id: id(of),
        name: "责任书".into(),
        kind: ContractKind::StreetCommunity,
        street: id("street-office"),
        party: id(party),
        programme: String::new(),
        document_number: String::new(),
        items: vec![
            item("rate", Rhythm::Quarterly, rate),
            item("plan", Rhythm::Once, Target::Words("建立台账".into())),
        ],
        validity: year(),
        signatories: vec![
            signatory("street-office", date!(2025 - 12 - 20)),
            signatory(party, date!(2026 - 01 - 08)),
        ],
    }
}

fn result(of: &str, contract: &str, period: (Date, Date), outcome: Outcome, points: u32) -> Entry {
    Entry::ContractResult(ContractResult {
        id: id(of),
        contract: id(contract),
        item: "rate".into(),
        period: Validity {
            first: Some(period.0),
            last: Some(period.1),
        },
        outcome,
        number: None,
        points,
        recorded_by: id("street-office"),
        recorded_on: period.1.next_day().unwrap(),
        note: String::new(),
        evidence: vec![],
        withdrawn_on: None,
    })
}

const SPRING: (Date, Date) = (date!(2026 - 01 - 01), date!(2026 - 03 - 31));
const SUMMER: (Date, Date) = (date!(2026 - 04 - 01), date!(2026 - 06 - 30));

fn catalogue(more: Vec<Entry>) -> Catalogue {
    let mut all = vec![
        Entry::Contract(contract("bridge", "bridge-community")),
        Entry::Contract(contract("bend", "bend-community")),
    ];
    all.extend(more);
    town::catalogue().with(&all, AT)
}

/// Proves M11.
#[test]
fn a_contract_is_in_force_once_everybody_has_signed_and_its_period_has_begun() {
    let contract = contract("bridge", "bridge-community");
    let state = |day| contract.state_on(day);
    assert_eq!(state(date!(2025 - 12 - 31)), ContractState::Drafted);
    assert_eq!(state(date!(2026 - 01 - 07)), ContractState::Drafted);
    let missing = contract.missing_on(date!(2026 - 01 - 07));
    assert_eq!(missing, [&id("bridge-community")]);
    assert_eq!(state(date!(2026 - 01 - 08)), ContractState::InForce);
    assert_eq!(state(date!(2026 - 12 - 31)), ContractState::InForce);
    assert_eq!(state(date!(2027 - 01 - 01)), ContractState::Ended);

    let mut early = contract.clone();
    early.signatories[1].signed_on = date!(2025 - 12 - 25);
    assert_eq!(early.state_on(date!(2025 - 12 - 31)), ContractState::Signed);

    let mut pledge = contract;
    pledge.kind = ContractKind::Pledge;
    pledge.signatories.remove(0);
    assert_eq!(
        pledge.state_on(date!(2026 - 01 - 08)),
        ContractState::InForce,
        "a pledge is signed by the one who pledges"
    );
}

#[test]
fn a_rhythm_cuts_the_period_at_civil_bounds() {
    let within = Validity {
        first: Some(date!(2026 - 02 - 10)),
        last: Some(date!(2027 - 01 - 15)),
    };
    let ends = |rhythm| -> Vec<Date> {
        let all = rounds(rhythm, &within);
        all.into_iter().filter_map(|it| it.last).collect()
    };
    assert_eq!(ends(Rhythm::Once), [date!(2027 - 01 - 15)]);
    let years = [date!(2026 - 12 - 31), date!(2027 - 01 - 15)];
    assert_eq!(ends(Rhythm::Yearly), years);
    assert_eq!(ends(Rhythm::Quarterly)[0], date!(2026 - 03 - 31));
    assert_eq!(ends(Rhythm::Monthly).len(), 12);
    let weeks = ends(Rhythm::Weekly);
    assert_eq!(weeks[0], date!(2026 - 02 - 15), "a Sunday");
    assert_eq!(weeks[1], date!(2026 - 02 - 22));
    let all = rounds(Rhythm::Weekly, &within);
    assert!(all.windows(2).all(|it| {
        let (before, after) = (it[0].last.unwrap(), it[1].first.unwrap());
        before.next_day() == Some(after)
    }));
    assert_eq!(rounds(Rhythm::Monthly, &Validity::ALWAYS), vec![]);
}

#[test]
fn numbers_are_compared_by_worth_and_written_as_they_were() {
    let number = |text: &str| Number::parse(text).unwrap();
    assert_eq!(
        number("98.50").compare(number("98.5")),
        std::cmp::Ordering::Equal
    );
    for text in ["0", "98.50", "-3.07", "0.05", "123456789.123456789"] {
        assert_eq!(number(text).to_string(), text);
    }
    for bad in [
        "",
        ".",
        "1.",
        ".5",
        "1,5",
        "1e3",
        "--1",
        "1.0123456789",
        "9999999999999999999",
    ] {
        assert_eq!(Number::parse(bad), None, "{bad}");
    }
    let target = |sense| NumberTarget {
        sense,
        number: number("95.5"),
        unit: "%".into(),
    };
    assert!(target(TargetSense::AtLeast).is_met_by(number("95.50")));
    assert!(!target(TargetSense::AtLeast).is_met_by(number("95.49")));
    assert!(target(TargetSense::AtMost).is_met_by(number("-1")));
    assert!(!target(TargetSense::Exactly).is_met_by(number("95")));
}

/// Proves M11.
#[test]
fn the_report_says_which_items_are_met_open_and_missed_as_of_a_day() {
    let catalogue = catalogue(vec![
        result("r1", "bridge", SPRING, Outcome::Met, 9),
        result("r2", "bridge", SUMMER, Outcome::Missed, 2),
    ]);
    let contract = catalogue.contracts.get("bridge").unwrap();
    let on = |day| {
        let report = report(&catalogue, contract, day);
        let each: Vec<_> = report.items.iter().map(ItemReport::status).collect();
        (each, report.points())
    };
    use Status::{Met, Missed, Open};
    assert_eq!(on(date!(2026 - 03 - 31)), (vec![Open, Open], (0, 0)));
    assert_eq!(on(date!(2026 - 04 - 01)), (vec![Met, Open], (9, 10)));
    assert_eq!(on(date!(2026 - 07 - 01)), (vec![Missed, Open], (11, 20)));
    let later = report(&catalogue, contract, date!(2026 - 10 - 01));
    assert!(later.items[0].periods[2].is_overdue(), "the third quarter");
    assert_eq!(later.points(), (11, 30));

    let mut withdrawn = catalogue.contract_results.get("r2").unwrap().clone();
    withdrawn.withdrawn_on = Some(date!(2026 - 07 - 10));
    let corrected = catalogue.with(&[Entry::ContractResult(withdrawn)], AT);
    let status = |day| report(&corrected, contract, day).items[0].status();
    assert_eq!(status(date!(2026 - 07 - 10)), Missed, "as it was then");
    assert_eq!(status(date!(2026 - 07 - 11)), Open, "as it is now");
}

/// Proves M11.
#[test]
fn a_contest_ranks_by_points_and_equal_points_share_a_place() {
    let third = Entry::Contract(contract("hill", "hill-community"));
    let catalogue = catalogue(vec![
        third,
        result("r1", "bridge", SPRING, Outcome::Met, 9),
        result("r2", "bend", SPRING, Outcome::Met, 9),
        result("r3", "bend", SUMMER, Outcome::Met, 10),
    ]);
    let contest = Contest {
        id: id("spring"),
        name: "一季度履约竞赛".into(),
        programme: String::new(),
        organizer: id("street-office"),
        validity: Validity {
            first: Some(SPRING.0),
            last: Some(SPRING.1),
        },
        contracts: vec![id("hill"), id("bridge"), id("bend")],
        items: vec!["rate".into()],
    };
    let rows = table(&catalogue, &contest, date!(2026 - 07 - 05));
    let short: Vec<_> = rows
        .iter()
        .map(|it| {
            (
                it.contract.id.as_str(),
                it.place,
                it.tied,
                it.points,
                it.points_max,
            )
        })
        .collect();
    assert_eq!(
        short,
        [
            ("bend", 1, true, 9, 10),
            ("bridge", 1, true, 9, 10),
            ("hill", 3, false, 0, 10)
        ]
    );
    assert_eq!((rows[0].met, rows[0].open, rows[0].missed), (1, 0, 0));
    let before = table(&catalogue, &contest, date!(2026 - 03 - 31));
    assert!(before.iter().all(|it| it.points == 0 && it.place == 1));
}
