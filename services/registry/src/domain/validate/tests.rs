//! Each contradiction alone: the town with one entry changed.

use time::macros::date;

use super::*;
use crate::{
    domain::{
        Act, Area, AreaLevel, AreaState, BasisKind, Entry, EvidenceKind, EvidenceRequirement,
        EvidenceStage, Organization, Power, Validity,
    },
    town,
};

/// The problems of the town with one entry changed.
fn problems(entries: Vec<Entry>) -> Vec<(String, String, Reason)> {
    let next = town::catalogue().with(&entries, town::AT);
    let problems = validate(&next, &Doubtful::default());
    problems
        .into_iter()
        .map(|it| (it.id, it.field, it.reason))
        .collect()
}

fn unit(id: &str, change: impl FnOnce(&mut Organization)) -> Entry {
    let mut unit = town::catalogue().organizations.get(id).unwrap().clone();
    change(&mut unit);
    Entry::Organization(unit)
}

fn area(id: &str, change: impl FnOnce(&mut Area)) -> Entry {
    let mut area = town::catalogue().areas.get(id).unwrap().clone();
    change(&mut area);
    Entry::Area(area)
}

fn power(id: &str, change: impl FnOnce(&mut Power)) -> Entry {
    let mut power = town::catalogue().powers.get(id).unwrap().clone();
    change(&mut power);
    Entry::Power(power)
}

fn id<T>(text: &str) -> Id<T> {
    Id::new(text).unwrap()
}

fn one(id: &str, field: &str, reason: Reason) -> Vec<(String, String, Reason)> {
    vec![(id.into(), field.into(), reason)]
}

#[test]
fn the_town_has_no_contradiction() {
    assert_eq!(problems(vec![]), vec![]);
}

/// Proves M5.
#[test]
fn a_tree_that_closes_on_itself_is_refused() {
    let found = problems(vec![unit("enforcement", |it| {
        it.parent = Some(id("squad"))
    })]);
    let cycle = |it: &str| (it.to_owned(), "parent".to_owned(), Reason::Cycle);
    assert_eq!(found, vec![cycle("enforcement"), cycle("squad")]);

    let found = problems(vec![area("320311", |it| it.parent = Some(id("back-lane")))]);
    assert!(
        found.contains(&("back-lane".into(), "parent".into(), Reason::Cycle)),
        "{found:?}"
    );
    assert_eq!(
        problems(vec![unit("mall", |it| it.parent = Some(id("mall")))]),
        one("mall", "parent", Reason::Cycle)
    );
}

/// Proves M5.
#[test]
fn an_area_lies_in_a_wider_one_and_its_official_code_continues_the_parents() {
    let found = problems(vec![area("back-lane", |it| it.level = AreaLevel::Street)]);
    assert_eq!(found, one("back-lane", "parent", Reason::WrongParent));
    let found = problems(vec![area("320311001001001", |it| {
        it.parent = Some(id("320311001002"))
    })]);
    assert_eq!(found, one("320311001001001", "code", Reason::WrongParent));
    let found = problems(vec![area("320311002", |it| {
        it.aliases = vec!["桥北".into()]
    })]);
    assert_eq!(found, one("320311002", "aliases[0]", Reason::Duplicate));
}

/// Proves M5.
#[test]
fn a_parent_that_does_not_fit_is_named_in_the_state_that_has_it() {
    let hill = |it: &mut Area| {
        it.parent = Some(id("320311002"));
        it.earlier = vec![AreaState {
            last: date!(2025 - 06 - 30),
            name: it.name.clone(),
            parent: it.parent.clone(),
            kind: String::new(),
            households: None,
            residents: None,
            aliases: Vec::new(),
            property_manager: None,
            boundary: None,
        }];
    };
    let wrong = |field: &str| {
        let area = "320311001002".to_owned();
        (area, field.to_owned(), Reason::WrongParent)
    };
    assert_eq!(
        problems(vec![area("320311001002", hill)]),
        [wrong("earlier[0].parent"), wrong("code")]
    );
}

#[test]
fn overlapping_validity_is_refused() {
    let found = problems(vec![unit("squad", |it| {
        it.names[1].validity.first = Some(date!(2025 - 06 - 30))
    })]);
    assert_eq!(found, one("squad", "names[1]", Reason::OverlappingValidity));
    let found = problems(vec![power("fumes-law", |it| it.id = id("zz-again"))]);
    assert_eq!(found, one("zz-again", "", Reason::OverlappingValidity));
    let twofold = |name: &str| {
        power("fumes-law", |it| {
            it.id = id(name);
            it.matters.push(id("garbage"));
        })
    };
    let found = problems(vec![twofold("fumes-law"), twofold("zz-again")]);
    let once = one("zz-again", "", Reason::OverlappingValidity);
    assert_eq!(found, once, "once, however many matters");

    let mut li = town::catalogue().officers.get("li").unwrap().clone();
    li.certificates[1].validity.first = Some(date!(2025 - 12 - 31));
    assert_eq!(
        problems(vec![Entry::Officer(li)]),
        one("li", "certificates[1]", Reason::OverlappingValidity)
    );
}

#[test]
fn evidence_that_is_required_says_what_it_shows_how_often_and_only_once() {
    let matter = |change: fn(&mut Vec<EvidenceRequirement>)| {
        let mut matter = town::catalogue()
            .matters
            .get("cooking-fumes")
            .unwrap()
            .clone();
        let photos = EvidenceRequirement {
            kind: EvidenceKind::Photo,
            stage: EvidenceStage::Report,
            count: 2,
            text: "整改前、整改后照片".into(),
            acts: vec![Act::Penalise],
        };
        matter.evidence = vec![photos];
        change(&mut matter.evidence);
        problems(vec![Entry::Matter(matter)])
    };
    let wrong = |field, reason| one("cooking-fumes", field, reason);
    assert_eq!(matter(|_| ()), vec![]);
    assert_eq!(
        matter(|it| it[0].text = " ".into()),
        wrong("evidence[0].text", Reason::Missing)
    );
    assert_eq!(
        matter(|it| it[0].count = 0),
        wrong("evidence[0].count", Reason::NotAllowed)
    );
    assert_eq!(
        matter(|it| it[0].count = 21),
        wrong("evidence[0].count", Reason::NotAllowed)
    );
    assert_eq!(
        matter(|it| it[0].acts.push(Act::Penalise)),
        wrong("evidence[0].acts[1]", Reason::Duplicate)
    );
    assert_eq!(
        matter(|it| it.push(it[0].clone())),
        wrong("evidence[1]", Reason::Duplicate)
    );
    let many = matter(|it| {
        let photos = it[0].clone();
        it.extend((0..20).map(|n| EvidenceRequirement {
            text: format!("第{n}张"),
            ..photos.clone()
        }));
    });
    assert_eq!(many, wrong("evidence", Reason::NotAllowed));
}

#[test]
fn a_power_without_basis_is_refused() {
    assert_eq!(
        problems(vec![power("fumes-law", |it| it.basis = " ".into())]),
        one("fumes-law", "basis", Reason::NoBasis)
    );
    let found = problems(vec![power("fumes-law", |it| {
        it.acts.clear();
        it.matters.clear();
    })]);
    let missing = |field: &str| ("fumes-law".to_owned(), field.to_owned(), Reason::Missing);
    assert_eq!(found, vec![missing("matters"), missing("acts")]);
}

/// Proves R2.
#[test]
fn an_entrusted_power_needs_a_delegator_and_a_term() {
    let found = problems(vec![power("fumes-entrusted", |it| it.delegator = None)]);
    assert_eq!(
        found,
        one("fumes-entrusted", "delegator", Reason::EntrustedIncomplete)
    );
    let found = problems(vec![power("fumes-entrusted", |it| it.validity.last = None)]);
    assert_eq!(
        found,
        one("fumes-entrusted", "valid_to", Reason::EntrustedIncomplete)
    );
    let found = problems(vec![power("fumes-entrusted", |it| {
        it.delegator = Some(id("squad"))
    })]);
    assert_eq!(
        found,
        one("fumes-entrusted", "delegator", Reason::NotAllowed)
    );
    let found = problems(vec![power("fumes-law", |it| {
        it.delegator = Some(id("enforcement"))
    })]);
    assert_eq!(found, one("fumes-law", "delegator", Reason::NotAllowed));
}

/// Proves R2.
#[test]
fn an_entrusted_power_cannot_be_passed_on() {
    let found = problems(vec![power("fumes-entrusted", |it| {
        it.id = id("fumes-passed-on");
        it.holder = crate::domain::Holder::Organization(id("bridge-community"));
        it.delegator = Some(id("squad"));
    })]);
    assert_eq!(found, one("fumes-passed-on", "delegator", Reason::PassedOn));
}

/// Proves R2.
#[test]
fn nobody_entrusts_what_it_does_not_hold() {
    let found = problems(vec![power("fumes-entrusted", |it| {
        it.delegator = Some(id("planning"))
    })]);
    assert_eq!(
        found,
        one(
            "fumes-entrusted",
            "delegator",
            Reason::DelegatorWithoutPower
        )
    );
    let found = problems(vec![power("fumes-concentrated", |it| {
        it.validity.last = Some(date!(2026 - 06 - 30))
    })]);
    assert_eq!(
        found,
        one(
            "fumes-entrusted",
            "delegator",
            Reason::DelegatorWithoutPower
        ),
        "not to the end of the term"
    );
    let found = problems(vec![power("fumes-entrusted", |it| {
        it.acts.push(crate::domain::Act::Seize)
    })]);
    assert_eq!(
        found,
        one(
            "fumes-entrusted",
            "delegator",
            Reason::DelegatorWithoutPower
        ),
        "not this act"
    );
}

/// Proves M1.
#[test]
fn a_resident_unit_never_holds_a_power() {
    let found = problems(vec![power("fumes-law", |it| {
        it.holder = crate::domain::Holder::Organization(id("mall"));
        it.basis_kind = BasisKind::Statutory;
    })]);
    assert_eq!(found, one("fumes-law", "holder", Reason::NotAllowed));
}

/// Proves M12.
#[test]
fn certificates_end_after_they_begin_belong_to_one_officer_and_to_no_auxiliary() {
    let officer = |of: &str, change: &dyn Fn(&mut crate::domain::Officer)| {
        let mut officer = town::catalogue().officers.get(of).unwrap().clone();
        change(&mut officer);
        problems(vec![Entry::Officer(officer)])
    };
    let found = officer("wang", &|it| {
        it.certificates[0].validity.last = Some(date!(2023 - 12 - 31))
    });
    assert_eq!(
        found,
        one(
            "wang",
            "certificates[0].valid_to",
            Reason::EndsBeforeBeginning
        )
    );
    let found = officer("zhao", &|it| it.certificates[0].number = "E-1".into());
    assert_eq!(
        found,
        one("zhao", "certificates[0].number", Reason::Duplicate)
    );
    let found = officer("wang", &|it| {
        it.kind = crate::domain::OfficerKind::Auxiliary
    });
    assert_eq!(found, one("wang", "certificates[0]", Reason::NotAllowed));
    let found = officer("wang", &|it| it.organization = id("nobody"));
    assert_eq!(found, one("wang", "organization", Reason::UnknownReference));
}

#[test]
fn what_is_in_use_is_not_ended_and_everything_that_uses_it_is_named() {
    let found = problems(vec![unit("squad", |it| {
        it.validity = Validity {
            first: None,
            last: Some(date!(2026 - 03 - 31)),
        };
    })]);
    let used = |id: &str, field: &str| (id.to_owned(), field.to_owned(), Reason::InUse);
    let officers = ["li", "qian", "sun", "wang"].map(|it| used(it, "organization"));
    assert_eq!(
        found,
        [
            vec![used("fumes-entrusted", "holder")],
            officers.to_vec(),
            vec![used("wang", "organization")],
        ]
        .concat(),
        "the power, the staff, and who logs in there"
    );

    let with_successor = problems(vec![unit("squad", |it| {
        it.validity.last = Some(date!(2026 - 03 - 31));
        it.successor = Some(id("enforcement"));
    })]);
    assert_eq!(with_successor, vec![], "a successor takes over");
    let found = problems(vec![unit("squad", |it| {
        it.successor = Some(id("enforcement"))
    })]);
    assert_eq!(
        found,
        one("squad", "successor", Reason::Missing),
        "but only from a last day on"
    );
}

/// Proves M1.
#[test]
fn what_lives_on_in_a_successor_ends_with_the_last_of_the_chain() {
    // The power is held by `commerce`, which `market` has taken over.
    let ends = |it: &mut Organization| it.validity.last = Some(date!(2026 - 06 - 30));
    assert_eq!(
        problems(vec![unit("market", ends)]),
        one("trade-law", "holder", Reason::InUse)
    );
    let handed_over = unit("market", |it| {
        ends(it);
        it.successor = Some(id("enforcement"));
    });
    assert_eq!(problems(vec![handed_over]), vec![]);
}

/// Proves M1.
#[test]
fn whoever_takes_over_is_there_on_the_day_after() {
    let early = unit("commerce", |it| {
        it.validity.last = Some(date!(2017 - 12 - 31))
    });
    let found = one("commerce", "successor", Reason::NotAllowed);
    assert_eq!(problems(vec![early]), found, "market begins in 2019");
    let split = unit("commerce", |it| {
        it.successor = Some(id("planning"));
        it.further_successors = vec![id("traffic"), id("market")];
        it.validity.last = Some(date!(2017 - 12 - 31));
    });
    let found = one("commerce", "further_successors[1]", Reason::NotAllowed);
    assert_eq!(problems(vec![split]), found);
}

#[test]
fn a_matter_is_filed_under_conditions_that_are_told_apart() {
    let mut matter = town::catalogue()
        .matters
        .get("cooking-fumes")
        .unwrap()
        .clone();
    matter.conditions[1].id = "default".into();
    assert_eq!(
        problems(vec![Entry::Matter(matter.clone())]),
        one("cooking-fumes", "conditions[1].id", Reason::Duplicate)
    );
    matter.conditions.clear();
    assert_eq!(
        problems(vec![Entry::Matter(matter)]),
        one("cooking-fumes", "conditions", Reason::Missing)
    );
}
