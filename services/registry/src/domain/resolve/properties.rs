//! What holds of every answer.

use proptest::{collection::vec, prelude::*, sample::select, sample::subsequence};
use time::{Date, Duration, macros::date};

use super::*;
use crate::{
    domain::{
        BasisKind, Catalogue, Entry, Holder, Id, Kind, Organization, Power, PowerId, Secondment,
        SecondmentId, Validity,
    },
    town,
};

const UNITS: [&str; 13] = [
    "street-office",
    "hill-office",
    "bridge-community",
    "bend-community",
    "enforcement",
    "planning",
    "environment",
    "traffic",
    "commerce",
    "market",
    "squad",
    "mall",
    "nobody-knows",
];
const AREAS: [&str; 8] = [
    "320311",
    "320311001",
    "320311002",
    "320311001001",
    "320311001002",
    "320311001001001",
    "back-lane",
    "nowhere",
];
const MATTERS: [&str; 4] = [
    "cooking-fumes",
    "illegal-building",
    "garbage",
    "unlicensed-trade",
];

fn day() -> impl Strategy<Value = Date> {
    (0..6000i64).prop_map(|it| date!(2014 - 01 - 01) + Duration::days(it))
}

fn validity() -> impl Strategy<Value = Validity> {
    (option(day()), option(day())).prop_map(|(first, last)| Validity { first, last })
}

fn option<T: std::fmt::Debug + Clone>(
    of: impl Strategy<Value = T> + 'static,
) -> impl Strategy<Value = Option<T>> {
    proptest::option::weighted(0.4, of)
}

fn unit() -> impl Strategy<Value = OrganizationId> {
    select(&UNITS[..]).prop_map(|it| Id::new(it).unwrap())
}

fn holder() -> impl Strategy<Value = Holder> {
    let kinds = [
        "community",
        "street-office",
        "market-supervision",
        "resident-unit",
        "squad",
        "fire",
    ];
    let kind = select(kinds.to_vec()).prop_map(|it| Holder::Kind(Kind::new(it).unwrap()));
    prop_oneof![3 => unit().prop_map(Holder::Organization), 2 => kind]
}

fn power() -> impl Strategy<Value = Power> {
    let matters = subsequence(MATTERS.to_vec(), 1..=2);
    let acts = subsequence(Act::ALL.to_vec(), 1..=7).prop_shuffle();
    (
        (0..30u32, matters, holder(), option(select(&AREAS[..]))),
        (
            select(BasisKind::ALL.to_vec()),
            option(day()),
            validity(),
            acts,
        ),
        (option(unit()), option(unit())),
    )
        .prop_map(
            |(
                (number, matters, holder, area),
                (basis_kind, published_on, validity, acts),
                (delegator, home),
            )| Power {
                id: Id::new(&format!("power-{number}")).unwrap(),
                matters: matters.into_iter().map(|it| Id::new(it).unwrap()).collect(),
                holder,
                area: area.map(|it| Id::new(it).unwrap()),
                basis_kind,
                basis: format!("依据{number}"),
                instrument: String::new(),
                published_on: published_on.or((number % 2 == 0).then_some(date!(2015 - 01 - 01))),
                validity,
                acts,
                delegator,
                home,
            },
        )
}

fn secondment() -> impl Strategy<Value = Secondment> {
    (0..9u32, unit(), unit(), validity(), vec(0..30u32, 1..4)).prop_map(
        |(number, home, host, validity, powers)| Secondment {
            id: SecondmentId::new(&format!("secondment-{number}")).unwrap(),
            officer: Id::new("wang").unwrap(),
            home,
            host,
            powers: powers
                .iter()
                .map(|it| PowerId::new(&format!("power-{it}")).unwrap())
                .collect(),
            agreement: String::new(),
            validity,
        },
    )
}

/// Any change of the town, whether it would be let in or not: rules must hold for all of it.
fn change() -> impl Strategy<Value = Change> {
    let power = || power().prop_map(|it| Change::Entry(Entry::Power(it)));
    let secondment = || secondment().prop_map(|it| Change::Entry(Entry::Secondment(it)));
    // Upwards only: a tree that closes on itself is never let in.
    let around = ["320311", "320311001", "320311002", "nowhere"];
    let moved = (select(&AREAS[3..7]), select(around.to_vec()), option(day()));
    let moved = moved.prop_map(|(area, parent, day)| Change::Moves(area, parent, day));
    let reform = (
        select(&UNITS[..12]),
        validity(),
        option(unit()),
        option(select(&AREAS[..])),
    );
    let reform = reform.prop_map(|(unit, validity, successor, area)| {
        Change::Reform(unit, validity, successor, area)
    });
    prop_oneof![5 => power(), 2 => secondment(), 1 => moved, 1 => reform]
}

#[derive(Clone, Debug)]
enum Change {
    Entry(Entry),
    /// An area lies elsewhere from a day on.
    Moves(&'static str, &'static str, Option<Date>),
    /// An organization exists on other days, has a successor, works elsewhere.
    Reform(
        &'static str,
        Validity,
        Option<OrganizationId>,
        Option<&'static str>,
    ),
}

fn changed(mut catalogue: Catalogue, changes: Vec<Change>) -> Catalogue {
    for change in changes {
        let entry = match change {
            Change::Entry(entry) => entry,
            Change::Moves(area, parent, day) => {
                let area = catalogue.areas.get(area).unwrap();
                let moved = area.changed(day, |it| it.parent = Some(Id::new(parent).unwrap()));
                let Ok(moved) = moved else { continue };
                Entry::Area(moved)
            }
            Change::Reform(unit, validity, successor, area) => {
                let unit: &Organization = catalogue.organizations.get(unit).unwrap();
                Entry::Organization(Organization {
                    validity,
                    successor,
                    area: area.map(|it| Id::new(it).unwrap()),
                    ..unit.clone()
                })
            }
        };
        catalogue = catalogue.with(&[entry], town::AT);
    }
    catalogue
}

proptest! {
    /// Whatever is registered and whatever is asked: who may, who may not, and every word of why, are found in brief as
    /// they are found on the rows. Proves R1, R2, M2.
    #[test]
    fn an_answer_in_brief_is_the_answer_of_the_rows(
        changes in vec(change(), 0..24),
        asked in vec((select(&MATTERS[..]), select(&AREAS[..]), day(), option(select(Act::ALL.to_vec())), option(select(&UNITS[..]))), 1..40),
    ) {
        let catalogue = changed(town::catalogue(), changes);
        for (matter, area, day, act, asking) in asked {
            let question = Question { matter, area, day, act, asking };
            let answer = resolve(&catalogue, &question).map(|it| simple::said(&it));
            prop_assert_eq!(answer, simple::ask(&catalogue, &question), "{:?}", question);
        }
    }

    /// Whatever is asked of the town on whatever day, the answer keeps its own rules. Proves R1.
    #[test]
    fn an_answer_keeps_its_own_rules(days in 0..6000i64, matter in 0..4usize, area in 0..7usize, act in 0..7usize) {
        let catalogue = town::catalogue();
        let day = date!(2014 - 01 - 01) + Duration::days(days);
        let matter = catalogue.matters.iter().nth(matter).unwrap().id.to_string();
        let area = catalogue.areas.iter().nth(area).unwrap().id.to_string();
        let act = Act::ALL[act];
        let question = Question { matter: &matter, area: &area, day, act: Some(act), asking: Some("squad") };
        let Ok(answer) = resolve(&catalogue, &question) else { return Ok(()) };
        for pair in answer.holders.windows(2) {
            assert!(pair[0].rank <= pair[1].rank && pair[1].rank <= pair[0].rank + 1, "ranks are dense");
            assert!(pair[0].power.basis_kind <= pair[1].power.basis_kind, "the basis decides first");
        }
        for held in &answer.holders {
            assert!(held.power.validity.covers(day) && held.organization.validity.covers(day));
            assert!(held.power.acts.contains(&act));
            assert!(!act.enforces() || held.power.published_on.is_some_and(|it| it <= day));
            let own = |it: &Exclusion<'_>| it.organization.is_some_and(|it| it.id == held.organization.id);
            assert!(!answer.exclusions.iter().any(own), "nobody both holds and is excluded");
        }
        let squad = answer.holders.iter().any(|it| it.organization.id.as_str() == "squad");
        assert_eq!(answer.asking_holds, squad);
        let told = answer.exclusions.iter().any(|it| it.organization.is_some_and(|it| it.id.as_str() == "squad"));
        assert!(squad || told, "who asks is told");
    }
}
