//! Powers in another's name, disputes, and who asks, by example.

use time::{Date, macros::date};

use super::*;
use crate::{
    domain::{
        Reason,
        validate::{Doubtful, validate},
    },
    town,
};

const SECONDED: &str = "  - {id: trade-seconded, matter: unlicensed-trade, holder: squad, home: market, basis_kind: SECONDED, basis: 派驻协议, published_on: 2025-01-01, valid_from: 2025-01-01, acts: [penalise]}\n  - id: building-law\n";

fn with(power: &str) -> Catalogue {
    town::catalogue_of(&town::file_with("  - id: building-law\n", power))
}

fn ask<'a>(catalogue: &'a Catalogue, matter: &str, day: Date, asking: &str) -> Authority<'a> {
    let question = Question {
        matter,
        area: "back-lane",
        day,
        act: None,
        asking: Some(asking),
    };
    resolve(catalogue, &question).unwrap()
}

fn problems(text: &str) -> Vec<(String, Reason)> {
    let empty = Catalogue::empty(town::DISTRICT);
    let import = crate::street::import(&empty, text, town::AT);
    import
        .problems
        .into_iter()
        .map(|it| (it.path, it.reason))
        .collect()
}

/// Proves M2.
#[test]
fn seconded_officers_act_in_the_home_departments_name_and_come_after_it() {
    let catalogue = with(SECONDED);
    let answer = ask(
        &catalogue,
        "unlicensed-trade",
        date!(2026 - 02 - 01),
        "squad",
    );
    let ranks: Vec<_> = (answer.holders.iter())
        .map(|it| (it.organization.id.as_str(), it.rank))
        .collect();
    assert_eq!(ranks, [("market", 1), ("squad", 2)]);
    let said: Vec<_> = answer.holders[1]
        .reasons()
        .map(|it| it.text(Language::Chinese))
        .collect();
    assert!(
        said.contains(&"以区市场监管局的名义实施".to_owned()),
        "{said:?}"
    );
}

/// Proves M2.
#[test]
fn a_seconded_power_is_worth_nothing_once_the_home_department_has_lost_it() {
    let catalogue = with(SECONDED);
    let mut ended = catalogue.powers.get("trade-law").unwrap().clone();
    ended.validity.last = Some(date!(2026 - 01 - 31));
    let catalogue = catalogue.with(&[crate::domain::Entry::Power(ended)], town::AT);
    let answer = ask(
        &catalogue,
        "unlicensed-trade",
        date!(2026 - 02 - 01),
        "squad",
    );
    assert_eq!(answer.outcome(), Outcome::Nobody);
    let squad = |it: &&Exclusion<'_>| it.organization.is_some_and(|it| it.id.as_str() == "squad");
    let why = answer.exclusions.iter().find(squad).unwrap();
    assert_eq!(why.code, ExclusionCode::HomeWithoutPower);
    assert_eq!(
        answer.concerned().len(),
        1,
        "the squad has something to say in the dispute"
    );
    let found = validate(&catalogue, &Doubtful::default());
    assert_eq!(
        found[0].reason,
        Reason::HomeWithoutPower,
        "and such a catalogue is refused"
    );
}

/// Proves M2.
#[test]
fn a_seconded_power_needs_its_home_department_and_a_first_day() {
    let bare = SECONDED
        .replace("home: market, ", "")
        .replace("valid_from: 2025-01-01, ", "");
    let found = problems(&town::file_with("  - id: building-law\n", &bare));
    let reasons: Vec<_> = found.iter().map(|it| (it.0.as_str(), it.1)).collect();
    assert_eq!(
        reasons,
        [
            ("powers[3].home", Reason::Missing),
            ("powers[3].valid_from", Reason::Missing)
        ]
    );
    let other = SECONDED.replace("home: market", "home: planning");
    let found = problems(&town::file_with("  - id: building-law\n", &other));
    assert_eq!(
        found,
        [("powers[3].home".to_owned(), Reason::HomeWithoutPower)]
    );
}

/// Proves R2.
#[test]
fn whoever_borrows_a_power_lends_it_to_nobody() {
    let passed = format!(
        "  - {{id: passed-on, matter: unlicensed-trade, holder: bridge-community, delegator: squad, basis_kind: ENTRUSTED, basis: 委托书, published_on: 2025-01-01, valid_from: 2025-02-01, valid_to: 2026-12-31, acts: [penalise]}}\n{SECONDED}"
    );
    let found = problems(&town::file_with("  - id: building-law\n", &passed));
    assert_eq!(
        found,
        [("powers[3].delegator".to_owned(), Reason::PassedOn)]
    );
}

/// Proves R2.
#[test]
fn a_gap_in_the_delegators_own_power_is_found_inside_the_term() {
    // The bureau holds the power on the first and on the last day of the term, but not in May.
    let before = town::file_with(
        "    valid_from: 2020-03-01\n",
        "    valid_from: 2020-03-01\n    valid_to: 2026-04-30\n",
    );
    let again = before.replacen(
        "  - id: building-law\n",
        "  - {id: fumes-again, matter: cooking-fumes, holder: enforcement, basis_kind: CONCENTRATED, basis: 行政处罚法第十八条, published_on: 2026-06-01, valid_from: 2026-06-01, acts: [inspect, order_correction, penalise]}\n  - id: building-law\n",
        1,
    );
    let found = problems(&again);
    assert_eq!(
        found,
        [(
            "powers[5].delegator".to_owned(),
            Reason::DelegatorWithoutPower
        )]
    );
    let whole = again.replacen("valid_to: 2026-04-30", "valid_to: 2026-05-31", 1);
    assert_eq!(problems(&whole), []);
}

/// Proves R16.
#[test]
fn a_penalty_needs_a_look_up_and_a_dispute_names_who_has_something_to_say() {
    let catalogue = town::catalogue();
    let fumes = ask(
        &catalogue,
        "cooking-fumes",
        date!(2026 - 02 - 01),
        "street-office",
    );
    assert!(fumes.look_up_is_due());
    assert_eq!(fumes.contenders().count(), 0);
    assert!(law::dispute_words(&fumes).is_none());
    let garbage = ask(
        &catalogue,
        "garbage",
        date!(2026 - 02 - 01),
        "street-office",
    );
    assert!(!garbage.look_up_is_due());
    let question = Question {
        matter: "illegal-building",
        area: "back-lane",
        day: date!(2026 - 02 - 01),
        act: Some(Act::Penalise),
        asking: None,
    };
    let nobody = resolve(&catalogue, &question).unwrap();
    assert!(law::dispute_words(&nobody).is_some());
    let concerned: Vec<_> = nobody
        .concerned()
        .into_iter()
        .map(|it| it.id.as_str())
        .collect();
    assert_eq!(concerned, ["planning"]);
}

/// Proves M2.
#[test]
fn where_secondments_are_kept_a_seconded_power_needs_one_that_day() {
    let text = town::file_with("  - id: building-law\n", SECONDED).replacen(
        "officers:\n",
        "officers:\n  - {id: ma, name: 马超, organization: market, certificate: {number: E-77, issuer: 省司法厅, valid_from: 2024-01-01, valid_to: 2028-12-31}}\n",
        1,
    ) + "\nsecondments:\n  - {id: ma-to-squad, officer: ma, home: market, host: squad, powers: [trade-law], agreement: 派驻协议, valid_from: 2026-01-01, valid_to: 2026-06-30}\n";
    let catalogue = town::catalogue_of(&text);
    let squad = |day| {
        let answer = ask(&catalogue, "unlicensed-trade", day, "squad");
        let held = answer
            .holders
            .iter()
            .find(|it| it.organization.id.as_str() == "squad");
        let lent = held.map(|it| {
            it.reasons()
                .any(|it| matches!(it, super::Reason::Seconded(_)))
        });
        let own = |it: &&Exclusion<'_>| it.organization.is_some_and(|it| it.id.as_str() == "squad");
        (lent, answer.exclusions.iter().find(own).map(|it| it.code))
    };
    assert_eq!(squad(date!(2026 - 02 - 01)), (Some(true), None));
    assert_eq!(
        squad(date!(2026 - 07 - 01)),
        (None, Some(ExclusionCode::NobodySeconded))
    );
    assert_eq!(
        squad(date!(2025 - 12 - 31)),
        (None, Some(ExclusionCode::NobodySeconded))
    );
}
