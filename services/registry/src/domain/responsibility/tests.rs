//! Who is responsible, by example: a street with eight areas and five lines of work.

mod schemes;

use time::{
    Date, OffsetDateTime,
    macros::{date, datetime},
};

use super::{
    Scope, cards,
    chain::{ReasonCode, chain},
    coverage::{Cells, Coverage, FindingKind, Minutes, coverage},
    logs::expected_logs,
    readiness::{PartKind, readiness},
};
use crate::{
    domain::{AreaLevel, Catalogue, week::WeekHours},
    town::{DISTRICT, catalogue_of},
};

const FILE: &str = include_str!("../../responsible.yaml");
/// A Monday.
const DAY: Date = date!(2026 - 03 - 02);

fn catalogue() -> Catalogue {
    catalogue_of(FILE)
}

/// The street with one text replaced by another.
fn with(before: &str, after: &str) -> Catalogue {
    assert!(FILE.contains(before), "{before}");
    catalogue_of(&FILE.replacen(before, after, 1))
}

/// The street without a line that begins so.
fn without(entry: &str) -> Catalogue {
    let lines: Vec<&str> = FILE.lines().collect();
    let kept: Vec<&str> = lines
        .iter()
        .copied()
        .filter(|it| !it.trim_start().starts_with(entry))
        .collect();
    assert_eq!(kept.len() + 1, lines.len(), "{entry}");
    catalogue_of(&kept.join("\n"))
}

fn communities() -> Scope<'static> {
    Scope {
        levels: &[AreaLevel::Community],
        ..Scope::district(DAY)
    }
}

fn found(report: &Coverage<'_>) -> Vec<(FindingKind, String, String, String)> {
    let text = |it: &super::coverage::Finding<'_>| {
        let area = it.area.map(|it| it.id.to_string()).unwrap_or_default();
        let line = it.line.map(|it| it.id.to_string()).unwrap_or_default();
        (it.kind, area, line, it.hours.texts().join(", "))
    };
    report.findings.iter().map(text).collect()
}

/// Proves M6, M7, A4.
#[test]
fn eight_areas_and_five_lines_make_forty_cells_and_a_removed_owner_is_named() {
    let catalogue = catalogue();
    let report = coverage(&catalogue, &communities(), None);
    assert_eq!((report.expected_cells, report.covered_cells), (40, 40));
    assert_eq!(
        report.minutes,
        Minutes {
            expected: 40 * 10_080,
            covered: 40 * 10_080,
            ..Minutes::default()
        }
    );
    assert_eq!(
        report.spans,
        [(
            WeekHours::whole(),
            Cells {
                covered: 40,
                ..Cells::default()
            }
        )]
    );
    assert_eq!((report.areas, report.areas_with_holder), (8, 8));
    let of_areas = report
        .findings
        .iter()
        .filter(|it| it.area.is_some())
        .count();
    assert_eq!(of_areas, 0);

    let catalogue = without("- {id: river-green,");
    let report = coverage(&catalogue, &communities(), None);
    assert_eq!((report.expected_cells, report.covered_cells), (40, 39));
    let gap = (
        FindingKind::Gap,
        "320311001003".to_owned(),
        "greening".to_owned(),
        "daily 00:00-24:00".to_owned(),
    );
    assert_eq!(found(&report)[0], gap);
    assert_eq!(report.count(FindingKind::Gap), 1);
    assert_eq!(
        report.count(FindingKind::HolderWithoutArea),
        1,
        "who had the greening has nothing now"
    );
}

/// Proves M7.
#[test]
fn gaps_and_overlaps_are_intervals_of_the_week() {
    let hours = "work_lines: greening, holder: green";
    let catalogue = with(
        hours,
        "work_lines: greening, hours: \"Mon-Fri 08:00-18:00\", holder: green",
    );
    let report = coverage(&catalogue, &communities(), None);
    let gap = "Mon-Fri 00:00-08:00, Mon-Fri 18:00-24:00, Sat,Sun 00:00-24:00";
    assert_eq!(found(&report)[0].3, gap);
    assert_eq!(report.minutes.gap, 10_080 - 5 * 600);
    let cells: Vec<_> = report
        .spans
        .iter()
        .map(|(hours, it)| (hours.texts().join(", "), it.covered, it.gap))
        .collect();
    assert_eq!(
        cells,
        [
            (gap.to_owned(), 39, 1),
            ("Mon-Fri 08:00-18:00".to_owned(), 40, 0)
        ]
    );
    let asked = WeekHours::parse("Mon 07:00-09:00").unwrap();
    let report = coverage(&catalogue, &communities(), Some(&asked));
    assert_eq!(
        found(&report)[0].3,
        "Mon 07:00-08:00",
        "only the hours asked for"
    );

    // A watch for the whole street by another role: overlaps where somebody is there anyhow.
    let watch = "  - {id: night, scheme: watch, role: watch, areas: [\"320311001\"], whole_subtree: true, work_lines: [appearance, municipal, order, lake], hours: \"daily 20:00-24:00\", holder: watch}\nprovisions:";
    let scheme = "duty_schemes:\n  - {id: watch, name: 夜间值守, roles: [{id: watch, name: 值守, level: street, first: true}]}";
    let text = FILE
        .replacen("\nprovisions:", &format!("\n{watch}"), 1)
        .replacen("duty_schemes:", scheme, 1);
    let catalogue = catalogue_of(&text);
    let report = coverage(&catalogue, &communities(), None);
    assert_eq!(report.count(FindingKind::Overlap), 40);
    let overlap = &report.findings[0];
    assert_eq!(overlap.hours.texts(), ["daily 20:00-24:00"]);
    let duties: Vec<_> = overlap.duties.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(duties, ["bridge", "night"]);
    let weekend = found(&report)
        .into_iter()
        .find(|it| it.1 == "320311001006")
        .unwrap();
    assert_eq!(
        weekend.3, "Mon-Fri 20:00-24:00",
        "the same person twice is one person"
    );
}

/// Proves M7.
#[test]
fn a_line_with_lines_below_it_is_a_heading() {
    let catalogue = catalogue();
    let lines = [crate::domain::Id::new("appearance").unwrap()];
    let scope = Scope {
        lines: &lines,
        ..communities()
    };
    assert_eq!(
        coverage(&catalogue, &scope, None).expected_cells,
        16,
        "two lines below it"
    );
}

/// Proves M7.
#[test]
fn lanes_must_be_covered_in_the_hours_their_scheme_demands() {
    let catalogue = catalogue();
    let report = coverage(&catalogue, &Scope::district(DAY), None);
    assert_eq!(
        report.expected_cells, 50,
        "the scheme names communities and lanes"
    );
    assert_eq!(report.covered_cells, 50);
    assert_eq!(report.minutes.expected, 40 * 10_080 + 10 * 7 * 16 * 60);
    let lane = coverage(
        &catalogue,
        &Scope {
            root: Some("front-lane"),
            ..Scope::district(DAY)
        },
        None,
    );
    assert_eq!((lane.areas, lane.expected_cells), (1, 5));

    let roads = with(
        "{id: road-lead, name: 路长, level: lane}",
        "{id: road-lead, name: 路长, level: lane, required_hours: \"Mon 08:00-09:00\"}",
    );
    let report = coverage(&roads, &Scope::district(DAY), None);
    assert_eq!(
        report.count(FindingKind::RoleGap),
        10,
        "nobody is road lead"
    );
    assert_eq!(
        report.covered_cells, 50,
        "which is no gap of the first responsible"
    );
}

/// Proves M7.
#[test]
fn people_with_too_many_areas_and_holders_without_are_named() {
    let catalogue = catalogue();
    let report = coverage(&catalogue, &Scope::district(DAY), None);
    let people: Vec<_> = report
        .findings
        .iter()
        .map(|it| {
            (
                it.kind,
                it.holder.unwrap().id.to_string(),
                it.count,
                it.limit,
            )
        })
        .collect();
    assert_eq!(
        people,
        [
            (FindingKind::TooManyAreas, "watch".to_owned(), 3, 2),
            (FindingKind::TooManyAreas, "zhou".to_owned(), 3, 2),
        ]
    );
    // wang 2, chen 1, green 1, lin 2, zhou 3, watch 3, li 2 lanes.
    assert_eq!(
        (report.holders, report.assignments, report.beyond_one()),
        (7, 14, 7)
    );
}

/// Proves M7.
#[test]
fn an_area_that_nobody_has_is_named_as_such() {
    let catalogue = without("- {id: west,");
    let report = coverage(&catalogue, &communities(), None);
    assert_eq!(report.count(FindingKind::AreaWithoutHolder), 2);
    assert_eq!((report.areas_with_holder, report.covered_cells), (6, 30));
    let before = coverage(
        &catalogue,
        &Scope {
            day: date!(2019 - 01 - 01),
            ..communities()
        },
        None,
    );
    assert_eq!(before.expected_cells, 40, "as of any day");
}

fn rungs(
    catalogue: &Catalogue,
    area: &str,
    at: OffsetDateTime,
) -> Vec<(String, String, Option<usize>)> {
    let line = catalogue.work_lines.get("cleaning").unwrap();
    let chain = chain(catalogue, area, line, at);
    let who = |it: &super::chain::Rung<'_>| {
        let names: Vec<_> = it.on_duty.iter().map(|it| it.holder.id.as_str()).collect();
        (
            format!("{} {}", it.area.id, it.role.id),
            names.join("+"),
            it.stand_in,
        )
    };
    chain.rungs.iter().map(who).collect()
}

fn rung(what: &str, who: &str, stand_in: Option<usize>) -> (String, String, Option<usize>) {
    (what.to_owned(), who.to_owned(), stand_in)
}

/// Proves M6.
#[test]
fn the_chain_goes_up_the_roles_and_then_up_the_areas() {
    let catalogue = catalogue();
    let expected = [
        rung("front-lane section-lead", "officer-li", None),
        rung("front-lane road-lead", "", Some(2)),
        rung("320311001001 area-lead", "wang", None),
        rung("320311001 street-lead", "mayor", None),
    ];
    assert_eq!(
        rungs(&catalogue, "front-lane", datetime!(2026-03-02 10:00 +8)),
        expected
    );
    let night = rungs(&catalogue, "front-lane", datetime!(2026-03-02 23:00 +8));
    assert_eq!(
        night[0],
        rung("front-lane section-lead", "", Some(2)),
        "the next one up stands in"
    );
    assert_eq!(
        night[3],
        rung("320311001 street-lead", "", None),
        "nobody further up"
    );
}

/// Proves M6.
#[test]
fn an_empty_rung_says_why_and_a_deputy_stands_in() {
    let catalogue = catalogue();
    let line = catalogue.work_lines.get("cleaning").unwrap();
    let codes = |at, rung: usize| -> Vec<ReasonCode> {
        let chain = chain(&catalogue, "front-lane", line, at);
        chain.rungs[rung].reasons.iter().map(|it| it.code).collect()
    };
    let day = datetime!(2026-03-02 10:00 +8);
    assert_eq!(
        codes(day, 0),
        [ReasonCode::WiderLine],
        "appointed for the line above"
    );
    assert_eq!(codes(day, 1), [ReasonCode::NobodyAppointed]);
    assert_eq!(
        codes(datetime!(2026-03-02 23:00 +8), 0),
        [ReasonCode::OffHours]
    );
    let sick = datetime!(2026-03-04 10:00 +8);
    let chain = chain(&catalogue, "front-lane", line, sick);
    let first = &chain.rungs[0];
    assert!(first.stood_in() && chain.first_answers() && chain.answering() == Some(0));
    assert_eq!(first.on_duty[0].holder.id.as_str(), "deputy");
    assert_eq!(
        first.on_duty[0].stands_in_for.unwrap().id.as_str(),
        "officer-li"
    );
    assert_eq!(first.reasons[0].code, ReasonCode::Absent);
    assert!(
        !first.reasons[0].text_zh.contains("病假"),
        "why somebody is away is nobody's business"
    );
}

/// Proves M6.
#[test]
fn the_roster_says_who_has_the_hour() {
    let catalogue = catalogue();
    let who = |at| rungs(&catalogue, "320311001006", at)[0].1.clone();
    assert_eq!(who(datetime!(2026-03-02 10:00 +8)), "zhou");
    assert_eq!(who(datetime!(2026-03-07 10:00 +8)), "watch");
}

/// Proves M6.
#[test]
fn a_matter_leads_to_its_line() {
    let catalogue = catalogue();
    assert_eq!(
        catalogue.line_of("garbage", DAY).unwrap().id.as_str(),
        "cleaning"
    );
    assert_eq!(catalogue.line_of("fallen-tree", DAY), None);
}

/// Proves M8.
#[test]
fn an_area_is_ready_when_all_five_are_there() {
    let catalogue = catalogue();
    let report = readiness(&catalogue, &communities());
    assert_eq!(
        (report.areas.len(), report.ready()),
        (8, 1),
        "only one has facilities"
    );
    let met = PartKind::ALL.map(|it| report.met(it));
    assert_eq!(met, [8, 8, 8, 1, 8]);
    let bridge = &report.areas[0];
    assert!(bridge.ready() && bridge.parts[2].amount_fen == 1_200_000_000);
    assert!(
        bridge.parts[1]
            .evidence
            .organizations
            .iter()
            .any(|it| it.as_str() == "squad")
    );

    let catalogue = without("- {id: river-green,");
    let report = readiness(&catalogue, &communities());
    let person = &report.areas[2].parts[0];
    let missing: Vec<_> = person.missing.iter().map(|it| it.id.as_str()).collect();
    assert_eq!((person.met(), missing), (false, vec!["greening"]));
}

/// Proves M13.
#[test]
fn a_card_shows_what_is_published_and_nothing_else() {
    let catalogue = catalogue();
    let cards = cards::of_area(&catalogue, "320311001003", false, DAY);
    let chen = cards.iter().find(|it| it.holder.name == "陈片长").unwrap();
    let shown = (
        chen.holder.organization,
        chen.holder.post,
        chen.holder.phone,
        chen.holder.photo,
    );
    assert_eq!(shown, ("", "", "", ""), "only the name is published");
    assert_eq!((chen.role, chen.scheme), ("片长", "段路片三级责任制"));
    let wang = cards::of_holder(&catalogue, "wang", DAY);
    assert_eq!(wang.len(), 2, "one for each area");
    assert_eq!(wang[0].holder.phone, "13800000001");
    assert_eq!(wang[0].holder.organization, "太和街道办事处");
    let lin = &cards::of_area(&catalogue, "320311001004", false, DAY)[0];
    assert_eq!(
        lin.holder,
        cards::Published::default(),
        "publishes nothing at all"
    );
    let sign = cards::of_area(&catalogue, "front-lane", true, DAY);
    let roles: Vec<_> = sign.iter().map(|it| it.role).collect();
    assert_eq!(roles, ["段长", "片长", "街长"]);
    assert!(
        cards::of_holder(&catalogue, "deputy", DAY).is_empty(),
        "deputies are on no sign"
    );
}

/// Proves M15.
#[test]
fn whoever_patrols_owes_a_log_on_a_working_day() {
    let catalogue = catalogue();
    let owed = |day| {
        let logs = expected_logs(&catalogue, &Scope::district(day)).unwrap();
        let who: Vec<_> = logs
            .logs
            .iter()
            .map(|(who, areas)| format!("{} {}", who.id, areas.len()))
            .collect();
        (logs.working_day, who)
    };
    let week = [
        "chen 1",
        "green 1",
        "lin 2",
        "officer-li 2",
        "wang 2",
        "zhou 3",
    ]
    .map(String::from)
    .to_vec();
    assert_eq!(owed(DAY), (true, week));
    assert!(
        owed(date!(2026 - 03 - 04))
            .1
            .contains(&"deputy 2".to_owned()),
        "the deputy while the officer is ill"
    );
    assert_eq!(owed(date!(2026 - 03 - 07)), (false, vec![]), "a Saturday");
    assert!(
        expected_logs(&catalogue, &Scope::district(date!(2049 - 01 - 04))).is_err(),
        "no calendar"
    );
}
