//! Hand-overs by example, in the town.

use time::macros::date;

use super::*;
use crate::{
    domain::{Entry, MemberKind},
    town::{self, AT},
};

const DAY: Date = date!(2026 - 06 - 15);

fn id<T>(text: &str) -> Id<T> {
    Id::new(text).unwrap()
}

fn list(of: &str, receiver: Receiver, entries: Vec<AccessEntry>) -> Entry {
    Entry::AccessList(AccessList {
        id: id(of),
        name: "社区准入清单".into(),
        receiver,
        entries,
        basis: "街办〔2026〕5号".into(),
        validity: Validity {
            first: Some(date!(2026 - 01 - 01)),
            last: Some(date!(2026 - 12 - 31)),
        },
    })
}

fn entry(matter: &str) -> AccessEntry {
    AccessEntry {
        matter: id(matter),
        fund_fen_min: 0,
        people_min: 0,
        things: vec![],
        note: String::new(),
    }
}

fn catalogue() -> Catalogue {
    let bridge = Receiver::Organization(id("bridge-community"));
    town::catalogue().with(&[list("bridge", bridge, vec![entry("cooking-fumes")])], AT)
}

fn complete() -> HandOver {
    HandOver {
        from: Some(id("enforcement")),
        power: Some(NamedPower::Words("巡查劝导".into())),
        fund_line: "基层治理专项".into(),
        fund_fen: 500_000,
        people: vec![Person {
            name: "孙丽".into(),
            organization: Some(id("squad")),
            duty: "巡查".into(),
        }],
        things: vec![Thing {
            name: "执法记录仪".into(),
            quantity: 1,
        }],
    }
}

fn verdict(
    catalogue: &Catalogue,
    to: &str,
    matter: &str,
    role: ReceiverRole,
    day: Date,
    hand_over: &HandOver,
) -> Verdict {
    let question = Question {
        receiver: catalogue.organizations.get(to).unwrap(),
        matter: catalogue.matters.get(matter).unwrap(),
        role,
        day,
        hand_over,
    };
    check(catalogue, &question)
}

fn codes(verdict: &Verdict) -> Vec<ObstacleCode> {
    verdict.obstacles.iter().map(|it| it.code).collect()
}

/// Proves R12, M24.
#[test]
fn a_community_helps_with_what_is_on_its_list_if_power_money_people_and_things_come_along() {
    let catalogue = catalogue();
    let ask = |to, matter, role, hand_over: &HandOver| {
        verdict(&catalogue, to, matter, role, DAY, hand_over)
    };
    let allowed = ask(
        "bridge-community",
        "cooking-fumes",
        ReceiverRole::Support,
        &complete(),
    );
    assert_eq!((allowed.applies, codes(&allowed)), (true, vec![]));
    assert_eq!(allowed.lists, [id("bridge")]);

    let nothing = ask(
        "bend-community",
        "cooking-fumes",
        ReceiverRole::Lead,
        &HandOver::default(),
    );
    use ObstacleCode::*;
    assert_eq!(
        codes(&nothing),
        [
            NotOnAccessList,
            RoleNotHelper,
            PowerMissing,
            FundMissing,
            PeopleMissing,
            ThingsMissing
        ],
        "everything at once"
    );
    for role in [ReceiverRole::Lead, ReceiverRole::CoHandler] {
        let asked = ask("bridge-community", "cooking-fumes", role, &complete());
        assert_eq!(codes(&asked), [RoleNotHelper]);
    }
}

/// Proves R12, A11.
#[test]
fn an_inspection_that_is_pushed_down_without_money_is_refused_with_what_is_missing() {
    let catalogue = catalogue();
    let mut pushed = complete();
    pushed.fund_line = String::new();
    pushed.fund_fen = 0;
    pushed.things.clear();
    let refused = verdict(
        &catalogue,
        "bridge-community",
        "cooking-fumes",
        ReceiverRole::Support,
        DAY,
        &pushed,
    );
    assert_eq!(
        codes(&refused),
        [ObstacleCode::FundMissing, ObstacleCode::ThingsMissing]
    );
    assert!(refused.obstacles[0].text_zh.starts_with("缺“费”"));
}

#[test]
fn a_list_may_say_how_much_and_the_most_lenient_one_counts() {
    let strict = AccessEntry {
        fund_fen_min: 1_000_000,
        people_min: 2,
        things: vec!["三轮保洁车".into()],
        ..entry("cooking-fumes")
    };
    let every = Receiver::Kind(MemberKind::Community.into(), Some(id("320311001")));
    let only_strict =
        town::catalogue().with(&[list("all", every.clone(), vec![strict.clone()])], AT);
    let ask = |catalogue: &Catalogue| {
        let it = verdict(
            catalogue,
            "bridge-community",
            "cooking-fumes",
            ReceiverRole::Support,
            DAY,
            &complete(),
        );
        codes(&it)
    };
    use ObstacleCode::*;
    assert_eq!(
        ask(&only_strict),
        [FundMissing, PeopleMissing, ThingsMissing]
    );
    let with_own = catalogue().with(&[list("all", every, vec![strict])], AT);
    assert_eq!(ask(&with_own), []);
}

#[test]
fn a_registered_power_must_hold_for_the_matter_and_be_the_giver_s_own() {
    let catalogue = catalogue();
    let ask = |power: &str, from: &str, day| {
        let hand_over = HandOver {
            from: Some(id(from)),
            power: Some(NamedPower::Registered(id(power))),
            ..complete()
        };
        let it = verdict(
            &catalogue,
            "bridge-community",
            "cooking-fumes",
            ReceiverRole::Support,
            day,
            &hand_over,
        );
        codes(&it)
    };
    assert_eq!(ask("fumes-concentrated", "enforcement", DAY), []);
    let missing = [ObstacleCode::PowerMissing];
    assert_eq!(ask("fumes-concentrated", "planning", DAY), missing);
    assert_eq!(ask("building-law", "planning", DAY), missing);
    assert_eq!(ask("nothing", "planning", DAY), missing);
}

#[test]
fn lists_hold_as_of_a_day_and_the_rule_is_for_communities_only() {
    let catalogue = catalogue();
    let ask = |to, role, day| verdict(&catalogue, to, "cooking-fumes", role, day, &complete());
    let after = ask(
        "bridge-community",
        ReceiverRole::Support,
        date!(2027 - 01 - 01),
    );
    assert_eq!(codes(&after), [ObstacleCode::NotOnAccessList]);
    let squad = ask("squad", ReceiverRole::Lead, DAY);
    assert_eq!((squad.applies, codes(&squad)), (false, vec![]));
    let informed = ask("bridge-community", ReceiverRole::Awareness, DAY);
    assert!(!informed.applies, "nothing is handed over");
}
