//! Who may act, by example, in the town of the tests.

use time::{Date, macros::date};

use super::*;
use crate::{
    domain::{
        Act,
        validate::{Doubtful, validate},
    },
    town,
};

const LANE: &str = "back-lane";
const HILL: &str = "320311002";

struct Asked {
    outcome: Outcome,
    /// organization, power, rank
    holders: Vec<(String, String, u32)>,
    /// organization or `-`, power or `-`
    exclusions: Vec<(String, String, ExclusionCode)>,
    helpers: Vec<String>,
    asking_holds: bool,
    officers: u32,
}

fn ask(
    catalogue: &Catalogue,
    matter: &str,
    area: &str,
    day: Date,
    act: Option<Act>,
    asking: Option<&str>,
) -> Asked {
    let question = Question {
        matter,
        area,
        day,
        act,
        asking,
    };
    let answer = resolve(catalogue, &question).unwrap();
    for language in [Language::English, Language::Chinese] {
        for reason in answer.holders.iter().flat_map(Holding::reasons) {
            assert!(!reason.text(language).is_empty(), "{reason:?}");
        }
        for exclusion in &answer.exclusions {
            assert!(!exclusion.text(language).is_empty(), "{exclusion:?}");
        }
    }
    let id = |it: Option<&UnitBrief>| it.map_or("-".to_owned(), |it| it.id.to_string());
    let power = |it: Option<&PowerBrief>| it.map_or("-".to_owned(), |it| it.id.to_string());
    Asked {
        outcome: answer.outcome(),
        holders: (answer.holders.iter())
            .map(|it| {
                (
                    it.organization.id.to_string(),
                    it.power.id.to_string(),
                    it.rank,
                )
            })
            .collect(),
        exclusions: (answer.exclusions.iter())
            .map(|it| (id(it.organization), power(it.power), it.code))
            .collect(),
        helpers: answer.helpers.iter().map(|it| it.id.to_string()).collect(),
        asking_holds: answer.asking_holds,
        officers: answer.required_officers(),
    }
}

fn holders(asked: &Asked) -> Vec<(&str, &str, u32)> {
    asked
        .holders
        .iter()
        .map(|(who, power, rank)| (who.as_str(), power.as_str(), *rank))
        .collect()
}

fn why(asked: &Asked, organization: &str) -> Vec<ExclusionCode> {
    asked
        .exclusions
        .iter()
        .filter(|it| it.0 == organization)
        .map(|it| it.2)
        .collect()
}

/// Proves R1.
#[test]
fn a_power_handed_down_goes_before_a_concentrated_one_and_that_before_the_statute() {
    let asked = ask(
        &town::catalogue(),
        "cooking-fumes",
        LANE,
        date!(2025 - 06 - 01),
        None,
        None,
    );
    assert_eq!(asked.outcome, Outcome::Resolved);
    let expected = [
        ("street-office", "fumes-devolved", 1),
        ("enforcement", "fumes-concentrated", 2),
        ("environment", "fumes-law", 3),
    ];
    assert_eq!(holders(&asked), expected);
    assert_eq!(asked.officers, 2, "penalising needs two officers");
}

/// Proves R1.
#[test]
fn a_power_counts_only_inside_its_term() {
    let catalogue = town::catalogue();
    let first = |day| {
        let asked = ask(
            &catalogue,
            "cooking-fumes",
            LANE,
            day,
            None,
            Some("street-office"),
        );
        (
            asked.holders[0].0.clone(),
            asked.asking_holds,
            why(&asked, "street-office"),
        )
    };
    assert_eq!(
        first(date!(2022 - 06 - 30)),
        (
            "enforcement".into(),
            false,
            vec![ExclusionCode::NotYetValid]
        )
    );
    assert_eq!(first(date!(2022 - 07 - 01)).0, "street-office");
    assert_eq!(first(date!(2025 - 12 - 31)).0, "street-office");
    assert_eq!(first(date!(2026 - 01 - 01)).0, "enforcement");
    assert_eq!(first(date!(2020 - 02 - 29)).0, "environment");
}

/// Proves R1.
#[test]
fn an_unpublished_power_cannot_be_enforced_but_may_inspect() {
    let text = town::file_with("    published_on: 2016-01-01\n", "");
    let catalogue = town::catalogue_of(&text);
    let day = date!(2019 - 01 - 01);
    let asked = ask(
        &catalogue,
        "cooking-fumes",
        LANE,
        day,
        Some(Act::Penalise),
        None,
    );
    assert_eq!(asked.outcome, Outcome::Nobody);
    assert_eq!(why(&asked, "environment"), [ExclusionCode::NotPublished]);
    let asked = ask(
        &catalogue,
        "cooking-fumes",
        LANE,
        day,
        Some(Act::Inspect),
        None,
    );
    assert_eq!(holders(&asked), [("environment", "fumes-law", 1)]);
    assert_eq!(asked.officers, 0);

    let early = ask(
        &town::catalogue(),
        "cooking-fumes",
        LANE,
        date!(2015 - 12 - 31),
        None,
        None,
    );
    assert_eq!(
        why(&early, "environment"),
        [ExclusionCode::NotPublished],
        "published one day later"
    );
}

/// Proves R1.
#[test]
fn an_act_the_power_does_not_allow_is_held_by_nobody() {
    let asked = ask(
        &town::catalogue(),
        "illegal-building",
        LANE,
        date!(2026 - 02 - 01),
        Some(Act::Penalise),
        None,
    );
    assert_eq!((asked.outcome, asked.holders.len()), (Outcome::Nobody, 0));
    assert_eq!(
        asked.exclusions,
        [(
            "planning".into(),
            "building-law".into(),
            ExclusionCode::ActNotAllowed
        )]
    );
}

/// Proves R1.
#[test]
fn a_power_holds_only_where_its_area_is() {
    let asked = ask(
        &town::catalogue(),
        "cooking-fumes",
        HILL,
        date!(2025 - 06 - 01),
        None,
        Some("hill-office"),
    );
    assert_eq!(asked.holders[0].0, "enforcement");
    assert!(!asked.asking_holds);
    assert!(asked.exclusions.contains(&(
        "-".into(),
        "fumes-devolved".into(),
        ExclusionCode::OtherArea
    )));
    assert_eq!(
        why(&asked, "hill-office"),
        [ExclusionCode::OtherArea],
        "of the kind the power names, but not in its area"
    );
}

/// Proves R1, R2.
#[test]
fn an_entrusted_unit_acts_in_the_delegators_name_and_comes_after_it() {
    let catalogue = town::catalogue();
    let day = date!(2026 - 02 - 01);
    let question = Question {
        matter: "cooking-fumes",
        area: LANE,
        day,
        act: None,
        asking: Some("squad"),
    };
    let answer = resolve(&catalogue, &question).unwrap();
    let ranks: Vec<_> = answer
        .holders
        .iter()
        .map(|it| (it.organization.id.as_str(), it.rank))
        .collect();
    assert_eq!(
        ranks,
        [("enforcement", 1), ("environment", 2), ("squad", 3)]
    );
    assert!(answer.asking_holds);
    let squad = &answer.holders[2];
    assert!(
        squad
            .reasons()
            .any(|it| it == Reason::InNameOf(squad.power, "区综合行政执法局"))
    );
    assert_eq!(squad.in_name_of(), Some("enforcement"));
}

/// Proves R2.
#[test]
fn an_entrusted_power_is_worth_nothing_once_its_delegator_has_lost_it() {
    // The catalogue as it is after the concentrated power was withdrawn at the end of March.
    let mut catalogue = town::catalogue();
    let mut withdrawn = catalogue.powers.get("fumes-concentrated").unwrap().clone();
    withdrawn.validity.last = Some(date!(2026 - 03 - 31));
    catalogue = catalogue.with(&[crate::domain::Entry::Power(withdrawn)], town::AT);
    let asked = ask(
        &catalogue,
        "cooking-fumes",
        LANE,
        date!(2026 - 04 - 01),
        None,
        Some("squad"),
    );
    assert_eq!(holders(&asked), [("environment", "fumes-law", 1)]);
    assert_eq!(why(&asked, "squad"), [ExclusionCode::DelegatorWithoutPower]);
    assert_eq!(why(&asked, "enforcement"), [ExclusionCode::Expired]);
    assert!(
        !validate(&catalogue, &Doubtful::default()).is_empty(),
        "and such a catalogue is refused"
    );
}

/// Proves R2.
#[test]
fn an_entrusted_power_counts_only_inside_its_term() {
    let catalogue = town::catalogue();
    let on = |day| {
        why(
            &ask(&catalogue, "cooking-fumes", LANE, day, None, Some("squad")),
            "squad",
        )
    };
    assert_eq!(on(date!(2025 - 12 - 31)), [ExclusionCode::NotYetValid]);
    assert_eq!(on(date!(2026 - 12 - 31)), []);
    assert_eq!(on(date!(2027 - 01 - 01)), [ExclusionCode::Expired]);
}

#[test]
fn two_organizations_at_the_first_rank_are_a_conflict() {
    let text = town::file_with(
        "  - id: building-law\n",
        "  - {id: building-too, matter: illegal-building, holder: enforcement, basis_kind: STATUTORY, basis: 条例, published_on: 2010-01-01, acts: [order_correction]}\n  - id: building-law\n",
    );
    let asked = ask(
        &town::catalogue_of(&text),
        "illegal-building",
        LANE,
        date!(2026 - 02 - 01),
        None,
        None,
    );
    assert_eq!(asked.outcome, Outcome::Conflict);
    assert_eq!(
        holders(&asked),
        [
            ("enforcement", "building-too", 1),
            ("planning", "building-law", 1)
        ]
    );

    let nearer = text.replacen(
        "holder: enforcement, basis_kind",
        "holder: enforcement, area: back-lane, basis_kind",
        1,
    );
    let asked = ask(
        &town::catalogue_of(&nearer),
        "illegal-building",
        LANE,
        date!(2026 - 02 - 01),
        None,
        None,
    );
    assert_eq!(
        asked.outcome,
        Outcome::Resolved,
        "the smaller area goes before the wider one"
    );
    assert_eq!(asked.holders[0].0, "enforcement");
}

#[test]
fn the_whole_district_is_the_same_said_or_unsaid() {
    let text = town::file_with(
        "  - id: building-law\n",
        "  - {id: building-too, matter: illegal-building, holder: enforcement, area: \"320311\", basis_kind: STATUTORY, basis: 条例, published_on: 2010-01-01, acts: [order_correction]}\n  - id: building-law\n",
    );
    let asked = ask(
        &town::catalogue_of(&text),
        "illegal-building",
        LANE,
        date!(2026 - 02 - 01),
        None,
        None,
    );
    assert_eq!(asked.outcome, Outcome::Conflict);
}

/// Proves M1.
#[test]
fn a_power_of_a_kind_belongs_to_the_unit_that_works_there() {
    let catalogue = town::catalogue();
    let at = |area, day| ask(&catalogue, "garbage", area, day, None, None);
    assert_eq!(
        holders(&at(LANE, date!(2026 - 02 - 01))),
        [("bridge-community", "garbage-duty", 1)]
    );
    assert_eq!(
        holders(&at("320311001002", date!(2026 - 02 - 01))),
        [("bend-community", "garbage-duty", 1)]
    );
    let nobody = at("320311", date!(2026 - 02 - 01));
    assert_eq!(nobody.outcome, Outcome::Nobody);
    assert_eq!(
        nobody.exclusions,
        [(
            "-".into(),
            "garbage-duty".into(),
            ExclusionCode::OrganizationElsewhere
        )]
    );
}

/// Proves M1.
#[test]
fn after_a_reform_the_old_name_means_the_successor() {
    let catalogue = town::catalogue();
    let on = |day| {
        ask(
            &catalogue,
            "unlicensed-trade",
            LANE,
            day,
            None,
            Some("commerce"),
        )
    };
    let before = on(date!(2018 - 12 - 31));
    assert_eq!(
        (holders(&before), before.asking_holds),
        (vec![("commerce", "trade-law", 1)], true)
    );
    let after = on(date!(2019 - 01 - 01));
    assert_eq!(
        (holders(&after), after.asking_holds),
        (vec![("market", "trade-law", 1)], true)
    );
}

#[test]
fn helpers_are_those_of_the_matters_kinds_that_work_there() {
    let catalogue = town::catalogue();
    let asked = ask(
        &catalogue,
        "cooking-fumes",
        LANE,
        date!(2026 - 02 - 01),
        None,
        None,
    );
    assert_eq!(asked.helpers, ["bridge-community", "mall"]);
    let asked = ask(
        &catalogue,
        "cooking-fumes",
        HILL,
        date!(2026 - 02 - 01),
        None,
        None,
    );
    assert!(asked.helpers.is_empty());
}

#[test]
fn who_asks_without_any_power_is_told_so() {
    let asked = ask(
        &town::catalogue(),
        "illegal-building",
        LANE,
        date!(2026 - 02 - 01),
        None,
        Some("traffic"),
    );
    assert_eq!(
        asked.exclusions,
        [("traffic".into(), "-".into(), ExclusionCode::NoPowerOnRecord)]
    );
}

#[test]
fn questions_about_what_does_not_exist_are_refused() {
    let catalogue = town::catalogue();
    let ask = |matter, area, day, asking| {
        resolve(
            &catalogue,
            &Question {
                matter,
                area,
                day,
                act: None,
                asking,
            },
        )
        .map(|it| it.outcome())
    };
    let day = date!(2026 - 02 - 01);
    assert_eq!(ask("nothing", LANE, day, None), Err(Refusal::NoMatter));
    assert_eq!(ask("garbage", "nowhere", day, None), Err(Refusal::NoArea));
    assert_eq!(
        ask("garbage", "320311001002", date!(2023 - 12 - 31), None),
        Err(Refusal::NoArea)
    );
    assert_eq!(
        ask("garbage", LANE, day, Some("nobody")),
        Err(Refusal::NoOrganization)
    );
}
