//! Which scheme is in force where, and a whole district of them.

use super::*;

#[test]
fn the_nearest_scheme_is_in_force_and_one_that_names_the_line_goes_first() {
    let more = "duty_schemes:\n  - {id: lane, name: 包街包路, areas: [\"320311001001\"], work_lines: [greening], roles: [{id: a, name: 甲, first: true}]}\n  - {id: lake, name: 河长制, areas: [\"320311001\"], work_lines: [lake], roles: [{id: a, name: 甲, first: true}]}";
    let catalogue = with("duty_schemes:", more);
    let scheme = |area: &str, line: &str| {
        let (path, lines) = (catalogue.path(area), catalogue.line_path(line));
        catalogue
            .scheme_in_force(&path, &lines, DAY)
            .map(|it| it.id.to_string())
    };
    assert_eq!(scheme("front-lane", "greening").as_deref(), Some("lane"));
    assert_eq!(
        scheme("front-lane", "cleaning").as_deref(),
        Some("three-leads")
    );
    assert_eq!(
        scheme("320311001002", "greening").as_deref(),
        Some("three-leads")
    );
    assert_eq!(scheme("320311001002", "lake").as_deref(), Some("lake"));
    assert_eq!(scheme(DISTRICT, "lake"), None, "nothing is in force there");
}

/// Proves M7.
#[test]
fn a_district_of_2500_grids_is_counted_by_intervals() {
    use crate::domain::{Area, Duty, Entry, Id, Validity, duty::DutyTurn};
    let mut entries = Vec::new();
    let ground = catalogue();
    let model = ground.duties.get("south").unwrap();
    for grid in 0..2_500 {
        let id = Id::new(&format!("grid-{grid}")).unwrap();
        let parent = Some(Id::new(&format!("32031100100{}", grid % 8 + 1)).unwrap());
        let area = Area::new(id, "网格", AreaLevel::Grid);
        entries.push(Entry::Area(Area { parent, ..area }));
        let turn = |text: &str, who: &str| DutyTurn {
            hours: WeekHours::parse(text).unwrap(),
            holder: Id::new(who).unwrap(),
            validity: Validity::ALWAYS,
        };
        entries.push(Entry::Duty(Duty {
            id: Id::new(&format!("duty-{grid}")).unwrap(),
            areas: vec![Id::new(&format!("grid-{grid}")).unwrap()],
            roster: vec![
                turn("Mon-Fri 06:00-18:00", "zhou"),
                turn("daily 18:00-24:00", "watch"),
                turn("Sat,Sun 00:00-18:00", "lin"),
            ],
            ..model.clone()
        }));
    }
    let catalogue = ground.with(&entries, crate::town::AT);
    let levels = [AreaLevel::Grid];
    let scope = Scope {
        levels: &levels,
        ..Scope::district(DAY)
    };
    let report = coverage(&catalogue, &scope, None);
    assert_eq!((report.expected_cells, report.covered_cells), (12_500, 0));
    assert_eq!(report.count(FindingKind::Gap), 12_500);
    assert_eq!(report.minutes.gap, 12_500 * 5 * 6 * 60);
}
