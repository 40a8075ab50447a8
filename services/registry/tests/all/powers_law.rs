//! The statutes of DOMAIN section 5 as data, and what a catalogue's coming and going does to the answers.

use liandong_registry::{
    domain::{
        Act, Catalogue, MatterId,
        preview::{Aspect, Preview, Tally},
        resolve::{Authority, ExclusionCode, Outcome, Question, resolve},
    },
    street,
};
use time::{Date, OffsetDateTime, macros::date, macros::datetime};

const STATUTES: &str = include_str!("statutes.yaml");
const STREET: &str = "320311001";
const AT: OffsetDateTime = datetime!(2026-01-05 01:00 UTC);
const TODAY: Date = date!(2026 - 02 - 02);

fn add(before: &Catalogue, text: &str) -> Catalogue {
    let import = street::import(before, text, AT);
    assert_eq!(import.problems, vec![]);
    before.with(&import.plan.changes, AT)
}

fn statutes() -> Catalogue {
    add(&Catalogue::empty("320311"), STATUTES)
}

fn ask<'a>(catalogue: &'a Catalogue, matter: &str, day: Date, act: Option<Act>) -> Authority<'a> {
    let question = Question {
        matter,
        area: STREET,
        day,
        act,
        asking: Some("street-office"),
    };
    resolve(catalogue, &question).unwrap()
}

/// Every fixture: matter, act, who may, on which articles. Proves R1.
#[test]
fn every_matter_belongs_to_the_organ_its_statute_or_its_government_names() {
    let catalogue = statutes();
    let fixtures = [
        (
            "illegal-construction",
            Act::OrderCorrection,
            "planning",
            "城乡规划法第六十四条",
        ),
        (
            "illegal-construction",
            Act::Penalise,
            "planning",
            "第六十六条",
        ),
        (
            "illegal-construction",
            Act::Coerce,
            "enforcement",
            "城乡规划法第六十八条",
        ),
        (
            "cooking-fumes",
            Act::Penalise,
            "enforcement",
            "第一百一十八条",
        ),
        (
            "street-barbecue",
            Act::Penalise,
            "enforcement",
            "第八十一条",
        ),
        ("mud-trucks", Act::Penalise, "enforcement", "第一百一十六条"),
        (
            "construction-noise",
            Act::Penalise,
            "environment",
            "噪声污染防治法第七十七条",
        ),
        ("square-dance-noise", Act::Penalise, "police", "第八十二条"),
        ("site-dust", Act::Penalise, "construction", "第一百一十五条"),
        (
            "dumping-waste",
            Act::Penalise,
            "sanitation",
            "固体废物污染环境防治法第一百一十一条",
        ),
        (
            "unlicensed-trade",
            Act::Penalise,
            "market",
            "无证无照经营查处办法第六条",
        ),
        (
            "pavement-parking",
            Act::Penalise,
            "traffic",
            "道路交通安全法第五十六条",
        ),
        (
            "road-digging",
            Act::OrderCorrection,
            "roads",
            "第一百零四条",
        ),
        ("fire-lane", Act::Penalise, "fire", "消防法第二十八条"),
    ];
    for (matter, act, organ, basis) in fixtures {
        let answer = ask(&catalogue, matter, TODAY, Some(act));
        assert_eq!(answer.outcome(), Outcome::Resolved, "{matter}");
        let first = &answer.holders[0];
        assert_eq!(
            (first.organization.id.as_str(), answer.holders.len()),
            (organ, 1),
            "{matter}"
        );
        assert!(
            first.power.basis.contains(basis),
            "{matter}: {}",
            first.power.basis
        );
        assert_eq!(
            answer.required_officers(),
            if act.enforces() { 2 } else { 0 }
        );
        assert!(
            !answer.asking_holds,
            "the street sees everything and may punish nothing"
        );
    }
}

/// Proves R1.
#[test]
fn the_planning_organ_may_fine_but_not_pull_down_by_its_own_force() {
    let catalogue = statutes();
    let answer = ask(&catalogue, "illegal-construction", TODAY, Some(Act::Coerce));
    let planning = answer
        .exclusions
        .iter()
        .find(|it| it.power.is_some_and(|it| it.id.as_str() == "planning-law"));
    assert_eq!(planning.unwrap().code, ExclusionCode::ActNotAllowed);
    let limits: Vec<_> = answer
        .matter
        .conditions
        .iter()
        .map(|it| (it.id.as_str(), it.limit.to_string()))
        .collect();
    assert_eq!(
        limits.len(),
        3,
        "one matter, several conditions, each with its own limit: {limits:?}"
    );
}

/// Proves R1.
#[test]
fn whom_the_government_designates_is_local_data_and_asked_as_of_the_day() {
    let catalogue = statutes();
    let holder = |day| {
        let answer = ask(&catalogue, "cooking-fumes", day, None);
        answer
            .holders
            .first()
            .map(|it| it.organization.id.to_string())
    };
    assert_eq!(
        holder(date!(2015 - 06 - 01)),
        None,
        "nobody is designated yet"
    );
    assert_eq!(
        holder(date!(2019 - 12 - 31)).as_deref(),
        Some("environment")
    );
    assert_eq!(
        holder(date!(2020 - 01 - 01)).as_deref(),
        Some("enforcement")
    );
    assert_eq!(
        holder(date!(2031 - 01 - 01)).as_deref(),
        Some("enforcement"),
        "and tomorrow"
    );
}

/// Proves R16.
#[test]
fn a_penalty_waits_for_the_look_up_across_all_units() {
    let catalogue = statutes();
    let fumes = ask(&catalogue, "cooking-fumes", TODAY, Some(Act::Penalise));
    assert!(fumes.look_up_is_due() && fumes.matter.first_offence_exempt);
    let order = ask(
        &catalogue,
        "cooking-fumes",
        TODAY,
        Some(Act::OrderCorrection),
    );
    assert!(!order.look_up_is_due());
}

/// The decision of 2021 hands 87 matters to the streets, the one of 2024 keeps 47 of them.
fn lists() -> String {
    let mut text = String::from("schema: liandong/street/v1\nmatters:\n");
    for n in 1..=87 {
        text += &format!(
            "  - {{id: devolved-{n:02}, title: 赋权事项{n}, category: 赋权, conditions: [{{id: default, limit: 5 WORK_DAYS, close: 办结}}], default_act: penalise}}\n"
        );
    }
    let ids = |last| {
        (1..=last)
            .map(|n| format!("devolved-{n:02}"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    text + &format!(
        "powers:
  - {{id: own, matters: [{all}], holder: enforcement, basis_kind: STATUTORY, basis: 条例, published_on: 2010-01-01, acts: [penalise]}}
  - {{id: list-2021, matters: [{all}], holder_kind: STREET_OFFICE, basis_kind: DEVOLVED, basis: 行政处罚法第二十四条, instrument: 省政府决定（2021）, published_on: 2021-08-10, valid_from: 2021-09-01, valid_to: 2024-06-30, acts: [penalise]}}
  - {{id: list-2024, matters: [{kept}], holder_kind: STREET_OFFICE, basis_kind: DEVOLVED, basis: 行政处罚法第二十四条, instrument: 省政府决定（2024）, published_on: 2024-06-05, valid_from: 2024-07-01, acts: [penalise]}}
",
        all = ids(87),
        kept = ids(47)
    )
}

fn matters() -> Vec<MatterId> {
    (1..=87)
        .map(|n| MatterId::new(&format!("devolved-{n:02}")).unwrap())
        .collect()
}

/// Proves R1.
#[test]
fn a_list_cut_from_87_to_47_takes_40_matters_back_from_that_day() {
    let catalogue = add(&statutes(), &lists());
    let held = |day| {
        let of_street = |it: &&MatterId| {
            let answer = ask(&catalogue, it.as_str(), day, None);
            if !answer.asking_holds && day >= date!(2021 - 09 - 01) {
                let own = |it: &&liandong_registry::domain::resolve::Exclusion<'_>| {
                    it.organization
                        .is_some_and(|it| it.id.as_str() == "street-office")
                };
                let why = answer.exclusions.iter().find(own).unwrap();
                assert_eq!(why.code, ExclusionCode::Expired, "and is told why");
                assert_eq!(answer.holders[0].organization.id.as_str(), "enforcement");
            }
            answer.asking_holds
        };
        matters().iter().filter(of_street).count()
    };
    assert_eq!(held(date!(2021 - 08 - 31)), 0);
    assert_eq!(held(date!(2021 - 09 - 01)), 87);
    assert_eq!(held(date!(2024 - 06 - 30)), 87);
    assert_eq!(held(date!(2024 - 07 - 01)), 47);
    assert_eq!(held(date!(2030 - 01 - 01)), 47);
}

/// Proves R1.
#[test]
fn the_cut_tried_out_on_last_years_questions_names_every_answer_that_changes() {
    let alone = lists().replace(", valid_to: 2024-06-30", "");
    let lines = alone.lines().filter(|it| !it.contains("list-2024"));
    let before = add(&statutes(), &lines.collect::<Vec<_>>().join("\n"));
    // The change ends the first list and begins the second.
    let after = add(&before, &lists());
    let preview = Preview {
        before: &before,
        after: &after,
    };
    let street = liandong_registry::domain::OrganizationId::new("street-office").unwrap();
    let mut tally = Tally::default();
    for matter in matters() {
        for day in [date!(2024 - 03 - 01), date!(2025 - 03 - 01)] {
            let question = Question {
                matter: matter.as_str(),
                area: STREET,
                day,
                act: None,
                asking: None,
            };
            tally.count(&matter, &preview.compare(&question, Some(&street)));
        }
    }
    assert_eq!((tally.questions, tally.handler_loses), (174, 40));
    assert_eq!(tally.aspects[&Aspect::First], 40);
    assert_eq!(
        tally.different, 87,
        "the other 47 stay with the street by another instrument"
    );
    assert_eq!((tally.newly_nobody, tally.newly_conflict), (0, 0));
}
