//! The demo street has somebody for everything, but for a gap and an overlap that are left there to be found.

use liandong_registry::{
    domain::{
        AreaLevel, Catalogue,
        responsibility::{
            Scope, cards,
            chain::chain,
            coverage::{FindingKind, coverage},
            logs::expected_logs,
            readiness::readiness,
        },
    },
    street,
};
use time::macros::{date, datetime};

const FILE: &str = include_str!("../../../../deploy/demo/street.yaml");

fn catalogue() -> Catalogue {
    let empty = Catalogue::empty("990101");
    let import = street::import(&empty, FILE, datetime!(2026-01-05 01:00 UTC));
    assert_eq!(import.problems, []);
    empty.with(&import.plan.changes, datetime!(2026-01-05 01:00 UTC))
}

/// Proves M6, M7.
#[test]
fn the_demo_street_is_covered_day_and_night_but_for_one_gap_and_one_overlap() {
    let catalogue = catalogue();
    let report = coverage(&catalogue, &Scope::district(date!(2026 - 03 - 02)), None);
    assert_eq!(
        report.expected_cells,
        5 * (38 + 17 + 10 + 1),
        "grids, lanes, communities, the street"
    );
    assert_eq!(report.covered_cells, report.expected_cells - 2);
    let found: Vec<_> = report
        .findings
        .iter()
        .map(|it| {
            (
                it.kind,
                it.area.unwrap().name.as_str(),
                it.line.unwrap().name.as_str(),
                it.hours.texts().join(", "),
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            (
                FindingKind::Overlap,
                "锦河农贸市场周边",
                "城市管理",
                "daily 06:00-09:00".to_owned()
            ),
            (
                FindingKind::Gap,
                "站前社区第六网格",
                "园林绿化",
                "Sat,Sun 06:00-20:00".to_owned()
            ),
        ]
    );
}

/// Proves M6.
#[test]
fn every_matter_of_the_demo_leads_to_somebody_everywhere_at_any_hour() {
    let catalogue = catalogue();
    let day = date!(2026 - 03 - 02);
    for matter in catalogue.matters.iter() {
        let line = catalogue.line_of(matter.id.as_str(), day);
        let line = line.unwrap_or_else(|| panic!("{} leads to no line", matter.id));
        for area in catalogue
            .areas
            .iter()
            .filter(|it| it.level >= AreaLevel::Street)
        {
            for at in [
                datetime!(2026-03-02 03:00 +8),
                datetime!(2026-03-02 10:00 +8),
            ] {
                let chain = chain(&catalogue, area.id.as_str(), line, at);
                assert!(
                    chain.first_answers() || area.level == AreaLevel::Street,
                    "{} {} {at}",
                    area.id,
                    line.id
                );
                assert!(chain.answering().is_some());
            }
        }
    }
}

/// Proves M8, M13.
#[test]
fn the_demo_has_an_area_that_is_not_ready_and_cards_for_all() {
    let catalogue = catalogue();
    let scope = Scope {
        levels: &[AreaLevel::Community],
        ..Scope::district(date!(2026 - 03 - 02))
    };
    let report = readiness(&catalogue, &scope);
    assert_eq!((report.areas.len(), report.ready()), (10, 9));
    let unready = report.areas.iter().find(|it| !it.ready()).unwrap();
    assert_eq!(unready.area.name, "杨家村");
    for area in catalogue
        .areas
        .iter()
        .filter(|it| it.level >= AreaLevel::Community)
    {
        assert!(
            !cards::of_area(&catalogue, area.id.as_str(), false, scope.day).is_empty(),
            "{}",
            area.id
        );
    }
    let logs = expected_logs(&catalogue, &scope).unwrap();
    assert_eq!(
        logs.logs.len(),
        20 + 5 + 1,
        "grid workers, road leads, the contractor"
    );
}
