//! The demo street is in order, and complete enough to run a street on.

use std::collections::{BTreeMap, BTreeSet};

use liandong_registry::domain::{
    Act, Area, AreaLevel, BasisKind, Catalogue, MemberKind, OfficerKind, Role,
    capacity::{self, Presence},
    resolve::{Authority, ExclusionCode, Outcome, Question, resolve},
};
use liandong_registry::street;
use time::macros::{date, datetime};
use time::{Date, OffsetDateTime};

const FILE: &str = include_str!("../../../../deploy/demo/street.yaml");
const DISTRICT: &str = "990101";
const STREET: &str = "990101001";
const AT: OffsetDateTime = datetime!(2026-01-05 01:00 UTC);
/// The days on which the demo may be started.
const DAYS: [Date; 3] = [
    date!(2025 - 03 - 03),
    date!(2026 - 03 - 02),
    date!(2026 - 12 - 31),
];

fn catalogue() -> Catalogue {
    let empty = Catalogue::empty(DISTRICT);
    let import = street::import(&empty, FILE, AT);
    let problems: Vec<_> = import
        .problems
        .iter()
        .map(|it| (it.at.line, &it.path, &it.text))
        .collect();
    assert!(problems.is_empty(), "{problems:#?}");
    empty.with(&import.plan.changes, AT)
}

fn places(catalogue: &Catalogue) -> Vec<&Area> {
    catalogue
        .areas
        .iter()
        .filter(|it| matches!(it.level, AreaLevel::Grid | AreaLevel::Lane))
        .collect()
}

fn ask<'a>(
    catalogue: &'a Catalogue,
    matter: &str,
    act: Option<Act>,
    asking: Option<&str>,
) -> Authority<'a> {
    let area = "990101001003002";
    resolve(
        catalogue,
        &Question {
            matter,
            area,
            day: date!(2026 - 03 - 02),
            act,
            asking,
        },
    )
    .unwrap()
}

/// Proves M1.
#[test]
fn all_ten_members_are_there() {
    let catalogue = catalogue();
    let live: Vec<_> = catalogue
        .organizations
        .iter()
        .filter(|it| it.validity.covers(DAYS[1]))
        .collect();
    for member in MemberKind::ALL {
        let count = live
            .iter()
            .filter(|it| it.kind.member() == Some(member))
            .count();
        let expected = match member {
            MemberKind::Community => 10,
            MemberKind::ResidentUnit => 6,
            _ => 1,
        };
        assert_eq!(count, expected, "{member:?}");
    }
    let merged = catalogue
        .current("beiqiao-office", date!(2013 - 07 - 01))
        .unwrap();
    assert_eq!(merged.id.as_str(), "street-office");
}

/// Proves M5.
#[test]
fn households_add_up_and_grids_keep_the_norm() {
    let catalogue = catalogue();
    let children = |id: &str, level| -> Vec<&Area> {
        let inside = |it: &&Area| {
            it.level == level && it.parent.as_ref().is_some_and(|it| it.as_str() == id)
        };
        catalogue.areas.iter().filter(inside).collect()
    };
    let street = catalogue.areas.get(STREET).unwrap();
    let communities = children(STREET, AreaLevel::Community);
    let villages = communities.iter().filter(|it| it.kind == "village").count();
    assert_eq!((communities.len(), villages), (10, 4));
    let sums = |areas: &[&Area]| {
        let households: Option<u32> = areas.iter().map(|it| it.households).sum();
        let residents: Option<u32> = areas.iter().map(|it| it.residents).sum();
        (households, residents)
    };
    assert_eq!(sums(&communities), (street.households, street.residents));
    let mut grids = 0;
    for community in communities {
        let inside = children(community.id.as_str(), AreaLevel::Grid);
        assert_eq!(
            sums(&inside),
            (community.households, community.residents),
            "{}",
            community.name
        );
        assert!(
            inside
                .iter()
                .all(|it| (320..=480).contains(&it.households.unwrap())),
            "{}",
            community.name
        );
        grids += inside.len();
    }
    assert_eq!((street.households, grids), (Some(15_000), 38));
}

#[test]
fn every_matter_has_one_holder_everywhere_with_people_and_officers() {
    let catalogue = catalogue();
    assert!(catalogue.matters.iter().count() >= 40);
    for day in DAYS {
        for matter in catalogue.matters.iter() {
            assert!(
                !matter.basis.is_empty() && matter.basis.iter().all(|it| !it.article.is_empty())
            );
            let mut holders = BTreeSet::new();
            for area in places(&catalogue) {
                let question = Question {
                    matter: matter.id.as_str(),
                    area: area.id.as_str(),
                    day,
                    act: None,
                    asking: None,
                };
                let authority = resolve(&catalogue, &question).unwrap();
                assert_eq!(
                    authority.outcome(),
                    Outcome::Resolved,
                    "{} in {} on {day}",
                    matter.title,
                    area.name
                );
                holders.insert(authority.holders[0].organization.id.as_str());
            }
            for id in holders {
                let unit = catalogue.organizations.get(id).unwrap();
                let handles = catalogue
                    .people
                    .iter()
                    .any(|it| it.organization == unit.id && it.roles.contains(&Role::Handler));
                assert!(handles, "{id} has no handler");
                if matter.default_act.enforces() {
                    let noon = day.midnight().assume_utc() + time::Duration::hours(2);
                    let question = capacity::Question {
                        organization: unit,
                        matter: Some(matter),
                        act: Some(matter.default_act),
                        start: noon,
                        end: noon,
                        presence: Presence::Sometime,
                        recused: &[],
                        committed: &[],
                    };
                    let found =
                        capacity::teams::capacity(&catalogue, &question, matter.default_act);
                    assert!(!found.teams.is_empty(), "{id}: {} on {day}", matter.title);
                }
            }
        }
    }
}

#[test]
fn every_kind_of_basis_and_of_exclusion_can_be_seen() {
    let catalogue = catalogue();
    for kind in BasisKind::ALL {
        assert!(
            catalogue.powers.iter().any(|it| it.basis_kind == kind),
            "{kind:?}"
        );
    }
    let excluded = |matter: &str, act, asking: &str| -> Vec<ExclusionCode> {
        let authority = ask(&catalogue, matter, Some(act), Some(asking));
        assert!(!authority.asking_holds);
        let own = authority
            .exclusions
            .iter()
            .filter(|it| it.organization.is_some_and(|it| it.id.as_str() == asking));
        own.map(|it| it.code).collect()
    };
    let street = "street-office";
    assert!(excluded("cooking-fumes", Act::Penalise, street).contains(&ExclusionCode::Expired));
    assert!(
        excluded("street-barbecue", Act::Penalise, street).contains(&ExclusionCode::NotYetValid)
    );
    assert!(
        excluded("property-road-occupation", Act::Penalise, street)
            .contains(&ExclusionCode::NotPublished)
    );
    assert!(
        excluded("blocked-exit", Act::Penalise, "police-station")
            .contains(&ExclusionCode::ActNotAllowed)
    );
    assert!(
        excluded("illegal-construction", Act::Penalise, "sanitation")
            .contains(&ExclusionCode::NoPowerOnRecord)
    );
    let small_ads = ask(&catalogue, "small-ads", Some(Act::Penalise), Some(street));
    let order: Vec<_> = small_ads
        .holders
        .iter()
        .map(|it| it.organization.id.as_str())
        .collect();
    assert_eq!(order, [street, "enforcement-bureau", "sanitation"]);
    let manhole = ask(
        &catalogue,
        "manhole-cover",
        Some(Act::OrderCorrection),
        None,
    );
    assert_eq!(manhole.outcome(), Outcome::Conflict);
    assert_eq!(
        ask(&catalogue, "littering", Some(Act::Coerce), None).outcome(),
        Outcome::Nobody
    );
}

#[test]
fn who_checks_or_scores_handles_nothing() {
    let catalogue = catalogue();
    let mut roles: BTreeMap<&str, BTreeSet<Role>> = BTreeMap::new();
    for person in catalogue.people.iter() {
        roles
            .entry(person.organization.as_str())
            .or_default()
            .extend(&person.roles);
    }
    for (unit, roles) in &roles {
        let apart = [
            Role::Checker,
            Role::Assessor,
            Role::Auditor,
            Role::Registrar,
        ];
        if roles.iter().any(|it| apart.contains(it)) {
            assert_eq!(roles.len(), 1, "{unit} has {roles:?}");
        }
    }
    let held: Vec<_> = catalogue
        .powers
        .iter()
        .map(|it| format!("{:?}", it.holder))
        .collect();
    assert!(
        held.iter()
            .all(|it| !it.contains("supervision-centre") && !it.contains("assessment-office"))
    );
    for role in Role::ALL {
        assert!(roles.values().any(|it| it.contains(&role)), "{role:?}");
    }
    let mixed = catalogue
        .people
        .iter()
        .filter(|it| it.roles.contains(&Role::Coordinator));
    assert!(
        mixed
            .into_iter()
            .all(|it| !it.roles.contains(&Role::Handler))
    );
}

#[test]
fn some_certificates_are_over_or_not_yet_valid() {
    let catalogue = catalogue();
    let officers: Vec<_> = catalogue
        .officers
        .iter()
        .filter(|it| it.kind == OfficerKind::Officer)
        .collect();
    let through = |first, last| {
        officers
            .iter()
            .filter(|it| {
                it.certificates
                    .iter()
                    .any(|it| it.validity.covers_all(first, last))
            })
            .count()
    };
    let all_of_2025_and_2026 = through(date!(2025 - 01 - 01), date!(2026 - 12 - 31));
    assert_eq!(
        officers.len() - all_of_2025_and_2026,
        4,
        "two are over, two begin in 2027"
    );
    assert!(
        catalogue
            .officers
            .iter()
            .any(|it| it.kind == OfficerKind::Auxiliary)
    );
}
