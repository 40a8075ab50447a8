//! What is counted by intervals is what would be counted hour by hour.

use std::collections::BTreeSet;

use proptest::prelude::*;
use time::{
    Date, Duration,
    macros::{date, datetime},
};

use super::{
    Scope,
    chain::chain,
    coverage::{FindingKind, coverage},
};
use crate::{
    domain::{Catalogue, Duty, DutyTurn, Entry, Id, Validity, week::WeekHours},
    town::{AT, catalogue_of},
};

const DAY: Date = date!(2026 - 03 - 02);
const GROUND: &str = r#"
schema: liandong/street/v1
district: {code: "320311", name: 云龙区}
areas:
  - code: "320311001"
    name: 街道
    level: street
    parent: "320311"
    children:
      - code: "320311001001"
        name: 甲社区
        level: community
        children:
          - {code: "320311001001001", name: 甲一, level: grid}
          - {code: "320311001001002", name: 甲二, level: grid}
      - {code: "320311001002", name: 乙社区, level: community, children: [{code: "320311001002001", name: 乙一, level: grid}]}
organizations:
  - {id: office, name: 街道办, kind: STREET_OFFICE}
work_lines:
  - {id: all, name: 总}
  - {id: one, name: 一, parent: all}
  - {id: two, name: 二, parent: all}
  - {id: three, name: 三}
duty_schemes:
  - id: scheme
    name: 办法
    areas: ["320311001"]
    roles:
      - {id: grid, name: 网格员, level: grid, first: true, required_hours: "daily 06:00-22:00"}
      - {id: lead, name: 社区长, level: community, first: true}
      - {id: chief, name: 街长, level: street, first: true}
      - {id: aide, name: 协管, level: grid}
duty_holders:
  - {id: a, name: 甲, organization: office}
  - {id: b, name: 乙, organization: office}
  - {id: gone, name: 丙, organization: office, valid_to: 2025-12-31}
"#;
const ROLES: [(&str, &[&str]); 4] = [
    (
        "grid",
        &["320311001001001", "320311001001002", "320311001002001"],
    ),
    ("lead", &["320311001001", "320311001002"]),
    ("chief", &["320311001"]),
    ("aide", &["320311001001001"]),
];
const HOLDERS: [&str; 3] = ["a", "b", "gone"];
const LINES: [&str; 4] = ["all", "one", "two", "three"];

fn id<T>(text: &str) -> Id<T> {
    Id::new(text).unwrap()
}

fn hours() -> impl Strategy<Value = WeekHours> {
    let span =
        (0u16..168, 1u16..60).prop_map(|(from, len)| (from * 60, (from + len).min(168) * 60));
    let some = prop::collection::vec(span, 1..4).prop_map(WeekHours::of);
    prop_oneof![Just(WeekHours::whole()), some]
}

fn duty() -> impl Strategy<Value = Duty> {
    let place = (
        0..ROLES.len(),
        prop::collection::btree_set(0usize..3, 1..3),
        any::<bool>(),
    );
    let lines = prop::collection::btree_set(0..LINES.len(), 1..3);
    let turns = prop::collection::vec((hours(), 0..HOLDERS.len()), 0..2);
    let ended = prop_oneof![4 => Just(None), 1 => Just(Some(date!(2026 - 01 - 31)))];
    let who = prop::option::weighted(0.9, 0..HOLDERS.len());
    (place, lines, hours(), who, turns, ended).prop_map(
        |((role, areas, subtree), lines, hours, who, turns, last)| {
            let (role, all) = ROLES[role];
            let areas: BTreeSet<&str> = areas.iter().map(|it| all[it % all.len()]).collect();
            let turns = turns.into_iter().map(|(turn, who)| DutyTurn {
                hours: turn,
                holder: id(HOLDERS[who]),
                validity: Validity::ALWAYS,
            });
            Duty {
                id: id("duty"),
                scheme: id("scheme"),
                role: id(role),
                areas: areas.into_iter().map(id).collect(),
                whole_subtree: subtree,
                work_lines: lines.into_iter().map(|it| id(LINES[it])).collect(),
                hours,
                holder: who.map(|it| id(HOLDERS[it])),
                roster: turns.collect(),
                deputies: vec![],
                organization: None,
                responsibility: String::new(),
                validity: Validity { first: None, last },
            }
        },
    )
}

fn with(duties: Vec<Duty>) -> Catalogue {
    let entries: Vec<Entry> = duties
        .into_iter()
        .enumerate()
        .map(|(index, it)| {
            Entry::Duty(Duty {
                id: id(&format!("duty-{index}")),
                ..it
            })
        })
        .collect();
    catalogue_of(GROUND).with(&entries, AT)
}

/// The first responsible of a cell in an hour, found by looking at everything.
fn responsible<'a>(
    catalogue: &'a Catalogue,
    area: &str,
    line: &str,
    minute: u16,
) -> BTreeSet<&'a str> {
    let path: Vec<_> = catalogue
        .path(area)
        .iter()
        .map(|it| it.id.clone())
        .collect();
    let lines: Vec<_> = catalogue
        .line_path(line)
        .iter()
        .map(|it| it.id.clone())
        .collect();
    let mut found = BTreeSet::new();
    for duty in catalogue.duties.iter() {
        let here = duty
            .areas
            .iter()
            .any(|it| *it == path[0] || duty.whole_subtree && path.contains(it));
        let first = duty.role.as_str() != "aide";
        let mine = duty.work_lines.iter().any(|it| lines.contains(it));
        if !(here && first && mine && duty.validity.covers(DAY) && duty.hours.contains(minute)) {
            continue;
        }
        let turns: Vec<_> = duty
            .roster
            .iter()
            .filter(|it| it.hours.contains(minute))
            .map(|it| &it.holder)
            .collect();
        let who = if turns.is_empty() {
            duty.holder.iter().collect()
        } else {
            turns
        };
        let there = who.into_iter().filter(|it| it.as_str() != "gone");
        found.extend(there.map(|it| it.as_str()));
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Proves M7.
    #[test]
    fn coverage_by_intervals_is_coverage_by_the_hour(duties in prop::collection::vec(duty(), 0..10)) {
        let catalogue = with(duties);
        let report = coverage(&catalogue, &Scope::district(DAY), None);
        let (mut covered, mut gap, mut overlap, mut cells) = (0i64, 0i64, 0i64, 0);
        for area in catalogue.areas.iter().filter(|it| it.id.as_str() != "320311") {
            let grid = area.id.as_str().len() == 15;
            for line in ["one", "two", "three"] {
                let (mut gaps, mut overlaps) = (Vec::new(), Vec::new());
                for hour in 0..168u16 {
                    let awake = (6..22).contains(&(hour % 24));
                    if grid && !awake {
                        continue; // the scheme does not demand it
                    }
                    let span = (hour * 60, hour * 60 + 60);
                    match responsible(&catalogue, area.id.as_str(), line, hour * 60).len() {
                        0 => gaps.push(span),
                        1 => covered += 60,
                        _ => overlaps.push(span),
                    }
                }
                gap += 60 * gaps.len() as i64;
                overlap += 60 * overlaps.len() as i64;
                cells += u32::from(gaps.is_empty() && overlaps.is_empty());
                for (kind, spans) in [(FindingKind::Gap, gaps), (FindingKind::Overlap, overlaps)] {
                    let found = report.findings.iter().find(|it| {
                        it.kind == kind && it.area.is_some_and(|it| it.id == area.id) && it.line.is_some_and(|it| it.id.as_str() == line)
                    });
                    let hours = found.map_or(WeekHours::NONE, |it| it.hours.clone());
                    prop_assert_eq!(hours, WeekHours::of(spans));
                }
            }
        }
        let minutes = report.minutes;
        prop_assert_eq!((minutes.covered, minutes.gap, minutes.overlap), (covered, gap, overlap));
        prop_assert_eq!(minutes.expected, covered + gap + overlap);
        prop_assert_eq!(report.covered_cells, cells);
        let sum = |pick: fn(&super::coverage::Cells) -> i32| -> i64 {
            report.spans.iter().map(|(hours, it)| hours.minutes() * i64::from(pick(it))).sum()
        };
        prop_assert_eq!((sum(|it| it.covered), sum(|it| it.gap), sum(|it| it.overlap)), (covered, gap, overlap));
    }

    /// Proves M6.
    #[test]
    fn whoever_answers_for_a_place_is_one_the_report_counts(
        duties in prop::collection::vec(duty(), 0..10),
        hour in 0u16..168,
    ) {
        let catalogue = with(duties);
        let at = datetime!(2026-03-02 00:00 +8) + Duration::hours(i64::from(hour));
        for area in ["320311001001001", "320311001002", "320311001"] {
            for line in ["one", "three"] {
                let chain = chain(&catalogue, area, catalogue.work_lines.get(line).unwrap(), at);
                if let (true, Some(rung)) = (chain.first_answers(), chain.answering()) {
                    let counted = responsible(&catalogue, area, line, hour * 60);
                    for on_duty in chain.rungs[rung].on_duty.iter().filter(|it| it.duty.validity.covers(super::super::day::of(at))) {
                        let own = chain.rungs[rung].area.id.as_str() == area || on_duty.duty.whole_subtree;
                        prop_assert!(!own || counted.contains(on_duty.holder.id.as_str()));
                    }
                }
            }
        }
    }
}
