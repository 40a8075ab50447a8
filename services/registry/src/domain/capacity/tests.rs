//! Proves what may be sent on a small street, and how many teams any staff makes.

use std::{collections::HashSet, sync::LazyLock};

use proptest::prelude::*;
use time::macros::{date, datetime};

use super::{
    teams::{Capacity, TEAM, capacity, teams},
    *,
};
use crate::{
    domain::{Entry, Id, OfficerId},
    town::{self, AT},
};

fn ask<'a>(catalogue: &'a Catalogue, organization: &str, first: Date, last: Date) -> Question<'a> {
    let noon = |day: Date| day.with_hms(2, 0, 0).unwrap().assume_utc();
    Question {
        organization: catalogue.current(organization, first).unwrap(),
        matter: None,
        act: None,
        start: noon(first),
        end: noon(last),
        presence: Presence::Sometime,
        recused: &[],
        committed: &[],
    }
}

fn words(checks: &[Check<'_>]) -> Vec<Vec<String>> {
    let each = checks.iter().map(|it| &it.obstacles);
    each.map(|it| it.iter().map(|it| format!("{it:?}")).collect())
        .collect()
}

fn obstacles(
    ids: &[&'static str],
    organization: &str,
    first: Date,
    last: Date,
) -> Vec<Vec<String>> {
    let catalogue = town::catalogue();
    let question = ask(&catalogue, organization, first, last);
    words(&check(&catalogue, &question, ids.iter().copied()))
}

/// Proves M12.
#[test]
fn only_certified_present_officers_of_the_unit_count() {
    let day = date!(2026 - 02 - 01);
    let asked = ["wang", "li", "zhao", "qian", "sun", "nobody", "wang"];
    let found = obstacles(&asked, "squad", day, day);
    let none: Vec<String> = Vec::new();
    assert_eq!(found[0], none);
    assert_eq!(found[1], none);
    assert_eq!(found[2], ["OtherOrganization(\"traffic\")"]);
    assert_eq!(found[3], ["NoCertificate"]);
    assert_eq!(found[4], ["Auxiliary"]);
    assert_eq!(found[5], ["Unknown"]);
    assert_eq!(found[6], ["Repeated"]);
}

/// Proves M12.
#[test]
fn a_certificate_must_be_valid_on_every_day() {
    let over = |last| obstacles(&["wang"], "squad", date!(2028 - 12 - 31), last).remove(0);
    assert!(over(date!(2028 - 12 - 31)).is_empty());
    assert_eq!(over(date!(2029 - 01 - 01)), ["CertificateNotValid"]);
    let at = |day| obstacles(&["li"], "squad", day, day).remove(0);
    assert!(
        at(date!(2025 - 12 - 31)).is_empty() && at(date!(2026 - 01 - 01)).is_empty(),
        "renewed in time"
    );
    let (first, last) = (date!(2025 - 12 - 31), date!(2026 - 01 - 01));
    let renewed = obstacles(&["li"], "squad", first, last).remove(0);
    assert_eq!(renewed, ["CertificateNotValid"], "none covers both days");
}

#[test]
fn an_absent_officer_cannot_be_sent() {
    let at = |day| obstacles(&["li"], "squad", day, day).remove(0);
    assert!(at(date!(2026 - 03 - 01)).is_empty());
    assert_eq!(at(date!(2026 - 03 - 02)), ["Absent(\"培训\")"]);
    let (first, last) = (date!(2026 - 03 - 01), date!(2026 - 03 - 03));
    let over = obstacles(&["li"], "squad", first, last).remove(0);
    assert_eq!(over.len(), 1);
}

/// Proves M12, R3.
#[test]
fn a_certificate_of_another_field_does_not_count_for_the_matter() {
    let text = town::file_with(
        "organization: squad\n    certificate: {number: E-1, ",
        "organization: squad\n    certificate: {number: E-1, field: 规划、市容, ",
    );
    let catalogue = town::catalogue_of(&text);
    let day = date!(2026 - 02 - 01);
    let of = |matter: &str| {
        let question = Question {
            matter: catalogue.matters.get(matter),
            ..ask(&catalogue, "squad", day, day)
        };
        words(&check(&catalogue, &question, ["wang", "li"]))
    };
    assert_eq!(of("garbage"), [vec![], Vec::<String>::new()], "市容");
    assert_eq!(of("cooking-fumes")[0], ["OtherField"]);
    assert!(
        of("cooking-fumes")[1].is_empty(),
        "a certificate without a field is for all"
    );
}

const SECONDED: &str = "
secondments:
  - {id: s1, officer: zhao, home: traffic, host: squad, powers: [parking-law], valid_from: 2026-01-01, valid_to: 2026-12-31}
  - {id: s2, officer: chen, home: planning, host: squad, powers: [building-law], valid_from: 2026-01-01}
";
const LENT: &str = "
  - {id: chen, name: 陈光, organization: planning, certificate: {number: E-4}}
auxiliaries:";
const POWERS: &str = "
  - {id: parking-law, matter: garbage, holder: traffic, basis_kind: STATUTORY, basis: 道路交通安全法, published_on: 2020-01-01, acts: [penalise]}
  - {id: parking-seconded, matter: garbage, holder: squad, home: traffic, basis_kind: SECONDED, basis: 派驻协议, published_on: 2026-01-01, valid_from: 2026-01-01, acts: [penalise]}
officers:";

static COMPOSITE: LazyLock<Catalogue> = LazyLock::new(|| {
    let text = town::FILE.replacen("\nauxiliaries:", LENT, 1);
    let text = text.replacen("\nofficers:", POWERS, 1);
    town::catalogue_of(&format!("{text}{SECONDED}"))
});

fn composite() -> Catalogue {
    COMPOSITE.clone()
}

/// Proves M2.
#[test]
fn a_seconded_officer_counts_for_the_home_unit_and_for_the_host_only_with_a_seconded_power() {
    let catalogue = composite();
    let day = date!(2026 - 02 - 01);
    let of = |organization: &str, on| {
        check(
            &catalogue,
            &ask(&catalogue, organization, on, on),
            ["zhao", "chen"],
        )
    };
    let hosted = of("squad", day);
    assert_eq!(words(&hosted)[0], Vec::<String>::new());
    assert_eq!(
        hosted[0].home.unwrap().id.as_str(),
        "traffic",
        "in whose name"
    );
    assert_eq!(hosted[0].commander.unwrap().id.as_str(), "squad");
    assert_eq!(words(&hosted)[1], ["SecondedWithoutPower"]);
    assert!(of("traffic", day)[0].obstacles.is_empty());
    assert!(of("planning", day)[1].obstacles.is_empty());
    let over = date!(2027 - 01 - 01);
    assert_eq!(
        words(&of("squad", over))[0],
        ["OtherOrganization(\"traffic\")"]
    );
    let question = Question {
        matter: catalogue.matters.get("cooking-fumes"),
        ..ask(&catalogue, "squad", day, day)
    };
    let other = check(&catalogue, &question, ["zhao"]);
    assert_eq!(words(&other)[0], ["SecondedWithoutPower"], "another matter");
}

/// Proves R3.
#[test]
fn nobody_is_paired_with_an_officer_of_another_unit() {
    let catalogue = composite();
    let day = date!(2026 - 02 - 01);
    let question = ask(&catalogue, "squad", day, day);
    let found = capacity(&catalogue, &question, Act::Penalise);
    let teams: Vec<_> = found.teams.iter().map(|it| it.officers.clone()).collect();
    assert_eq!(teams, [["wang", "li"]]);
    assert_eq!(
        found.spare,
        ["zhao"],
        "certified and with a power, but alone in its name"
    );
    assert_eq!((found.case_files, found.per_team), (1, TEAM));
}

/// Proves R4.
#[test]
fn a_recused_officer_is_removed_and_the_rest_counted_again() {
    let catalogue = town::catalogue();
    let day = date!(2026 - 02 - 01);
    let recused = ["wang".to_owned()];
    let with = |recused| Question {
        recused,
        ..ask(&catalogue, "squad", day, day)
    };
    let count = |it: &Question<'_>| capacity(&catalogue, it, Act::Penalise).teams.len();
    assert_eq!((count(&with(&[])), count(&with(&recused))), (1, 0));
    let found = check(&catalogue, &with(&recused), ["wang", "li"]);
    assert_eq!(words(&found), [vec!["Recused".to_owned()], vec![]]);
}

const ROSTER: &str = "
rosters:
  - id: feb
    organization: squad
    valid_from: 2026-02-02
    valid_to: 2026-02-04
    shifts:
      - {officer: wang, kind: duty, from: 2026-02-02 08:00, to: 2026-02-02 18:00}
      - {officer: wang, kind: overtime, from: 2026-02-02 18:00, to: 2026-02-02 22:00}
      - {officer: wang, kind: rest, from: 2026-02-03 08:00, to: 2026-02-03 18:00}
      - {officer: li, kind: duty, from: 2026-02-02 20:00, to: 2026-02-03 08:00}
      - {officer: li, kind: leave, from: 2026-02-04 00:00, to: 2026-02-05 00:00}
";

/// Proves M12.
#[test]
fn where_a_roster_is_kept_only_those_on_duty_are_available() {
    let catalogue = town::catalogue_of(&format!("{}{ROSTER}", town::FILE));
    let at = |start, end, presence| {
        let question = Question {
            start,
            end,
            presence,
            ..ask(
                &catalogue,
                "squad",
                date!(2026 - 02 - 02),
                date!(2026 - 02 - 02),
            )
        };
        words(&check(&catalogue, &question, ["wang", "li"]))
    };
    let none: Vec<String> = vec![];
    let instant = |at_: OffsetDateTime, presence| at(at_, at_, presence);
    let ten = datetime!(2026-02-02 10:00 +8);
    let off = vec!["OffRoster".to_owned()];
    assert_eq!(
        instant(ten, Presence::Throughout),
        [none.clone(), off.clone()]
    );
    let later = "on duty later that day";
    assert_eq!(
        instant(ten, Presence::Sometime),
        [none.clone(), none.clone()],
        "{later}"
    );
    let seam = at(
        datetime!(2026-02-02 17:00 +8),
        datetime!(2026-02-02 21:00 +8),
        Presence::Throughout,
    );
    assert_eq!(
        seam,
        [none.clone(), off.clone()],
        "two shifts without a gap"
    );
    let night = at(
        datetime!(2026-02-02 23:00 +8),
        datetime!(2026-02-03 07:00 +8),
        Presence::Throughout,
    );
    assert_eq!(night, [off.clone(), none.clone()], "across midnight");
    let third = instant(datetime!(2026-02-03 09:00 +8), Presence::Sometime);
    assert_eq!(third, [vec!["Resting".to_owned()], off.clone()]);
    let fourth = instant(datetime!(2026-02-04 09:00 +8), Presence::Throughout);
    assert_eq!(fourth, [off, vec!["OnLeave".to_owned()]]);
    let unrostered = instant(datetime!(2026-02-05 03:00 +8), Presence::Throughout);
    assert_eq!(
        unrostered,
        [none.clone(), none],
        "no roster is kept for the fifth"
    );
}

/// A squad with so many certified officers, so many without a certificate, so many auxiliaries, and so many lent by
/// the traffic police with a power.
fn staffed(own: usize, plain: usize, temporary: usize, lent: usize) -> Catalogue {
    let catalogue = composite();
    let model = catalogue.officers.get("wang").unwrap().clone();
    let mut entries = Vec::new();
    let mut officer = |id: String, change: &dyn Fn(&mut Officer)| {
        let mut officer = model.clone();
        officer.id = OfficerId::new(&id).unwrap();
        officer.certificates[0].number = id;
        officer.case_files = false;
        change(&mut officer);
        entries.push(Entry::Officer(officer));
    };
    for id in ["wang", "li", "qian", "sun", "zhao"] {
        let day = date!(2020 - 01 - 01);
        officer(id.into(), &|it| it.validity.last = Some(day));
    }
    for n in 0..own {
        officer(format!("own-{n}"), &|_| ());
    }
    for n in 0..plain {
        officer(format!("plain-{n}"), &|it| it.certificates.clear());
    }
    for n in 0..temporary {
        officer(format!("temporary-{n}"), &|it| {
            it.kind = OfficerKind::Auxiliary;
            it.certificates.clear();
        });
    }
    for n in 0..lent {
        officer(format!("lent-{n}"), &|it| {
            it.organization = Id::new("traffic").unwrap()
        });
    }
    let secondment = catalogue.secondments.get("s1").unwrap().clone();
    for n in 0..lent {
        let mut secondment = secondment.clone();
        secondment.id = Id::new(&format!("s-{n}")).unwrap();
        secondment.officer = Id::new(&format!("lent-{n}")).unwrap();
        entries.push(Entry::Secondment(secondment));
    }
    catalogue.with(&entries, AT)
}

fn free(catalogue: &Catalogue, recused: &[String], committed: &[String]) -> (usize, Vec<String>) {
    let day = date!(2026 - 02 - 01);
    let question = Question {
        recused,
        committed,
        ..ask(catalogue, "squad", day, day)
    };
    let found: Capacity<'_> = capacity(catalogue, &question, Act::Penalise);
    for team in &found.teams {
        assert_eq!(team.officers.len(), TEAM);
        for id in &team.officers {
            let check = found.checks.iter().find(|it| it.id == *id).unwrap();
            assert_eq!(check.obstacles, [], "{id}");
            assert_eq!(check.home.unwrap().id, team.unit.id, "one unit's officers");
        }
    }
    let sent: Vec<_> = found.teams.iter().flat_map(|it| &it.officers).collect();
    let unique: HashSet<_> = sent.iter().collect();
    assert_eq!(sent.len(), unique.len(), "nobody is in two teams");
    let sent = sent.into_iter().map(|it| (*it).to_owned()).collect();
    (found.teams.len(), sent)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Proves R3, R4.
    #[test]
    fn any_staff_makes_half_as_many_teams_as_it_has_able_officers_of_each_unit(
        own in 0usize..16,
        plain in 0usize..8,
        temporary in 0usize..8,
        lent in 0usize..12,
        out in proptest::collection::hash_set(0usize..16, 0..6),
    ) {
        let catalogue = staffed(own, plain, temporary, lent);
        let (all, sent) = free(&catalogue, &[], &[]);
        prop_assert_eq!(all, own / TEAM + lent / TEAM);
        let recused: Vec<String> = out.iter().map(|it| format!("own-{it}")).collect();
        let gone = out.iter().filter(|it| **it < own).count();
        let (left, _) = free(&catalogue, &recused, &[]);
        prop_assert_eq!(left, (own - gone) / TEAM + lent / TEAM);
        let (none, _) = free(&catalogue, &[], &sent);
        prop_assert_eq!(none, 0, "whoever is sent is not sent twice");
    }
}

#[test]
fn those_who_prepare_case_files_are_spread_over_the_teams() {
    let catalogue = staffed(6, 0, 0, 0);
    let prepares = |id: &str| {
        let mut officer = catalogue.officers.get(id).unwrap().clone();
        officer.case_files = true;
        Entry::Officer(officer)
    };
    let catalogue = catalogue.with(&[prepares("own-4"), prepares("own-5")], AT);
    let day = date!(2026 - 02 - 01);
    let question = ask(&catalogue, "squad", day, day);
    let found = check(
        &catalogue,
        &question,
        serving(&catalogue, question.organization, day)
            .iter()
            .map(|it| it.id.as_str()),
    );
    let (teams, spare) = teams(&found, TEAM);
    assert_eq!(teams.iter().filter(|it| it.case_files).count(), 2);
    assert_eq!((teams.len(), spare.len()), (3, 0));
}
