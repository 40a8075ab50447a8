//! What a catalogue of responsibility cannot say: every contradiction is found, at its place, all at once.

use crate::{
    domain::{Catalogue, Reason},
    street,
    town::{AT, DISTRICT},
};

const FILE: &str = include_str!("../../responsible.yaml");

/// What is wrong with the street once texts are replaced by others.
fn problems(changes: &[(&str, &str)]) -> Vec<(String, Reason)> {
    let mut text = FILE.to_owned();
    for (before, after) in changes {
        assert!(text.contains(before), "{before}");
        text = text.replacen(before, after, 1);
    }
    let import = street::import(&Catalogue::empty(DISTRICT), &text, AT);
    let mut found: Vec<_> = import
        .problems
        .into_iter()
        .map(|it| (it.path, it.reason))
        .collect();
    found.sort();
    found
}

fn problem(path: &str, reason: Reason) -> (String, Reason) {
    (path.to_owned(), reason)
}

/// An entry more in a section.
fn more(section: &str, entry: &str) -> (String, String) {
    let key = format!("\n{section}:\n");
    (key.clone(), format!("{key}  - {entry}\n"))
}

fn with_duty(rest: &str) -> Vec<(String, Reason)> {
    let (before, after) = more(
        "duties",
        &format!("{{id: zz-new, scheme: three-leads, {rest}}}"),
    );
    problems(&[(&before, &after)])
}

/// Proves M6.
#[test]
fn an_area_a_line_and_an_hour_have_one_first_responsible_of_a_role() {
    let again = |hours: &str| {
        with_duty(&format!(
            "role: area-lead, areas: [\"320311001002\"], work_lines: [greening], hours: \"{hours}\", holder: zhou"
        ))
    };
    let overlap = [problem("duties[0].hours", Reason::OverlappingValidity)];
    assert_eq!(
        again("Mon 08:00-09:00"),
        overlap,
        "through the line above, too"
    );
    let elsewhere = with_duty(
        "role: street-lead, areas: [\"320311001\"], work_lines: [greening], holder: zhou",
    );
    assert_eq!(elsewhere, [], "a street lead is not the first responsible");
    let later = (
        "holder: wang, deputies: [chen]}",
        "holder: wang, deputies: [chen], valid_to: 2026-06-30}",
    );
    let (before, after) = more(
        "duties",
        "{id: zz-new, scheme: three-leads, role: area-lead, areas: [\"320311001002\"], work_lines: [greening], holder: zhou, valid_from: 2026-07-01}",
    );
    assert_eq!(
        problems(&[later, (&before, &after)]),
        [],
        "one after the other"
    );
}

/// Proves M6.
#[test]
fn a_duty_needs_an_area_a_line_and_somebody() {
    let found = with_duty("role: area-lead");
    let missing = |field: &str| problem(&format!("duties[0].{field}"), Reason::Missing);
    assert_eq!(
        found,
        [missing("areas"), missing("holder"), missing("work_lines")]
    );
    let found =
        with_duty("role: boss, areas: [\"320311001002\"], work_lines: [nothing], holder: nobody");
    let unknown = |field: &str| problem(&format!("duties[0].{field}"), Reason::UnknownReference);
    assert_eq!(
        found,
        [unknown("holder"), unknown("role"), unknown("work_lines[0]")]
    );
    let found = with_duty(
        "role: road-lead, areas: [\"320311001002\", back-lane, back-lane], work_lines: [lake], holder: zhou",
    );
    let not_allowed = problem("duties[0].areas[0]", Reason::NotAllowed);
    assert_eq!(
        found,
        [
            not_allowed,
            problem("duties[0].areas[2]", Reason::Duplicate)
        ],
        "no lane, and a lane twice"
    );
}

/// Proves M6, A3.
#[test]
fn people_are_of_the_organization_and_stay_inside_its_border() {
    let found = with_duty(
        "role: road-lead, areas: [front-lane], work_lines: [lake], holder: zhou, organization: squad",
    );
    assert_eq!(found, [problem("duties[0].holder", Reason::NotAllowed)]);
    let found = with_duty(
        "role: street-lead, areas: [\"320311001\"], work_lines: [lake], holder: officer-li, deputies: [officer-li]",
    );
    let outside = problem("duties[0].areas[0]", Reason::OutsideArea);
    assert_eq!(
        found,
        [outside, problem("duties[0].deputies[0]", Reason::Duplicate)]
    );
}

/// Proves M2, M6.
#[test]
fn an_officer_who_is_lent_has_duties_in_the_hosts_name() {
    let (before, after) = more(
        "duties",
        "{id: zz-new, scheme: three-leads, role: street-lead, areas: [\"320311001\"], work_lines: [lake], holder: officer-li, organization: street-office}",
    );
    let lent = "\nsecondments:\n  - {id: li, officer: li, home: squad, host: street-office, agreement: 派驻协议, valid_from: 2026-01-01}\nduties:\n";
    let found = problems(&[(&before, &after)]);
    assert_eq!(found, [problem("duties[0].holder", Reason::NotAllowed)]);
    assert_eq!(problems(&[(&before, &after), ("\nduties:\n", lent)]), []);
}

/// Proves M6.
#[test]
fn hours_that_cannot_be_read_and_turns_that_overlap_are_refused() {
    let found = with_duty(
        "role: road-lead, areas: [front-lane], work_lines: [lake], holder: zhou, hours: \"Mon 25:00-26:00\"",
    );
    assert_eq!(found, [problem("duties[0].hours", Reason::Malformed)]);
    let found = with_duty(
        "role: road-lead, areas: [front-lane], work_lines: [lake], hours: \"Mon-Fri 08:00-18:00\", roster: [{hours: \"Mon 08:00-12:00\", holder: zhou}, {hours: \"Mon 11:00-19:00\", holder: wang}]",
    );
    let hours = |reason| problem("duties[0].roster[1].hours", reason);
    assert_eq!(
        found,
        [
            hours(Reason::OverlappingValidity),
            hours(Reason::NotAllowed)
        ]
    );
}

/// Proves M6.
#[test]
fn what_a_duty_rests_on_must_last() {
    let ends = "valid_to: 2025-12-31}";
    let found = problems(&[
        (
            "- {id: green, name: 何绿化, organization: sanitation, public: [name, organization]}",
            &format!(
                "- {{id: green, name: 何绿化, organization: sanitation, public: [name, organization], {ends}"
            ),
        ),
        (
            "{id: lake, name: 滇保}",
            &format!("{{id: lake, name: 滇保, {ends}"),
        ),
    ]);
    let in_use = |path: &str| problem(path, Reason::InUse);
    assert!(found.contains(&in_use("duties[2].holder")), "{found:?}");
    assert!(
        found.contains(&in_use("duties[0].work_lines[3]")),
        "{found:?}"
    );
}

/// Proves M6.
#[test]
fn a_scheme_has_a_first_responsible_for_each_tier_and_one_is_in_force() {
    let (before, after) = more(
        "duty_schemes",
        "{id: zz, name: 别的, areas: [\"320311001\"], roles: [{id: a, name: 甲, level: grid}, {id: a, name: 乙, level: grid}]}",
    );
    let found = problems(&[(&before, &after)]);
    assert_eq!(
        found,
        [
            problem("duty_schemes[0].areas[0]", Reason::OverlappingValidity),
            problem("duty_schemes[0].roles", Reason::Missing),
            problem("duty_schemes[0].roles[1].id", Reason::Duplicate),
        ]
    );
    let (before, after) = more(
        "duty_schemes",
        "{id: aa, name: 别的, roles: [{id: a, name: 甲, level: grid, first: true}, {id: b, name: 乙, level: grid, first: true}]}",
    );
    assert_eq!(
        problems(&[(&before, &after)]),
        [problem(
            "duty_schemes[0].roles[1].first",
            Reason::NotAllowed
        )]
    );
}

/// Proves M6.
#[test]
fn a_matter_leads_to_one_line_and_lines_make_a_tree() {
    let found = problems(&[
        (
            "{id: greening, name: 绿化, parent: appearance}",
            "{id: greening, name: 绿化, parent: appearance, matters: [garbage, unknown]}",
        ),
        (
            "{id: appearance, name: 市容}",
            "{id: appearance, name: 市容, parent: greening}",
        ),
    ]);
    let cycle = |at: usize| problem(&format!("work_lines[{at}].parent"), Reason::Cycle);
    let expected = [
        cycle(0),
        problem("work_lines[2].matters[0]", Reason::Duplicate),
        problem("work_lines[2].matters[1]", Reason::UnknownReference),
        cycle(2),
    ];
    assert!(expected.iter().all(|it| found.contains(it)), "{found:?}");
}

/// Proves M6, M13.
#[test]
fn a_holder_is_the_officer_it_names_and_publishes_what_is_there() {
    let lin = "- {id: lin, name: 林片长, organization: street-office, phone: \"13800000003\"}";
    let with = |rest: &str| {
        problems(&[(
            lin,
            &format!("- {{id: lin, name: 林片长, organization: street-office, {rest}}}"),
        )])
    };
    let of = |field: &str, reason| problem(&format!("duty_holders[2].{field}"), reason);
    let found = with("public: [phone], officer: li, person: nobody");
    let expected = [
        of("officer", Reason::NotAllowed),
        of("person", Reason::UnknownReference),
        of("public", Reason::Missing),
        problem("duty_holders[5].officer", Reason::Duplicate),
    ];
    assert_eq!(found, expected);
    assert_eq!(with("public: [age]"), [of("public[0]", Reason::Malformed)]);
    let found = problems(&[(
        "public: [name, organization, post, phone], person",
        "public: [photo], person",
    )]);
    assert_eq!(found, [problem("duty_holders[0].public", Reason::Missing)]);
    let found = problems(&[(
        "{id: deputy, name: 赵副, organization: squad, public: [name]}",
        "{id: deputy, name: 赵副, organization: squad, officer: li}",
    )]);
    assert_eq!(
        found,
        [problem("duty_holders[5].officer", Reason::Duplicate)],
        "one officer, one holder"
    );
}

/// Proves M8.
#[test]
fn money_has_an_amount_and_a_rule_its_document() {
    let found = problems(&[
        ("amount_fen: 1200000000, ", ""),
        (
            "whole_subtree: true, basis: 太办发〔2026〕1号}",
            "whole_subtree: true, amount_fen: 5, quantity: 2}",
        ),
    ]);
    let of = |at: usize, field: &str, reason| problem(&format!("provisions[{at}].{field}"), reason);
    let expected = [
        of(0, "amount_fen", Reason::NotAllowed),
        of(2, "amount_fen", Reason::NotAllowed),
        of(2, "basis", Reason::Missing),
        of(2, "quantity", Reason::NotAllowed),
    ];
    assert_eq!(found, expected);
}
