//! Ten teams, 254 communities and 212 officers in three districts (A3): one registry, a catalogue for each district.

use std::fmt::Write;

use liandong_kit::testing::{self, Keys};
use liandong_proto::{
    registry::{
        self as proto, CoverageFindingKind as Kind, ImportOutcome,
        duty_service_client::DutyServiceClient,
    },
    types::Role,
};
use time::macros::datetime;

use crate::world::{World, at};

/// The district, its teams, communities and officers.
const DISTRICTS: [(&str, usize, usize, usize); 3] = [
    ("990201", 4, 100, 84),
    ("990202", 3, 80, 66),
    ("990203", 3, 74, 62),
];

/// A district's street file: each team has an area, its communities, and officers with one or two of them.
fn file(district: &str, teams: usize, communities: usize, officers: usize) -> String {
    let mut areas = String::new();
    let (mut units, mut staff, mut holders, mut duties) =
        (String::new(), String::new(), String::new(), String::new());
    for team in 0..teams {
        let share = |all: usize| all / teams + usize::from(team < all % teams);
        let area = format!("{district}{:03}", team + 1);
        writeln!(
            areas,
            "  - {{code: \"{area}\", name: 第{team}片, level: street, parent: \"{district}\"}}"
        )
        .unwrap();
        writeln!(
            units,
            "  - {{id: team-{team}, name: 第{team}中队, kind: squad, area: \"{area}\"}}"
        )
        .unwrap();
        let mut codes = (1..=share(communities))
            .map(|it| format!("{area}{it:03}"))
            .collect::<Vec<_>>()
            .into_iter();
        for code in codes.clone() {
            writeln!(
                areas,
                "  - {{code: \"{code}\", name: 社区, level: community, parent: \"{area}\"}}"
            )
            .unwrap();
        }
        let twice = share(communities) - share(officers);
        for officer in 0..share(officers) {
            let id = format!("officer-{team}-{officer}");
            let own: Vec<_> = codes
                .by_ref()
                .take(if officer < twice { 2 } else { 1 })
                .map(|it| format!("\"{it}\""))
                .collect();
            writeln!(
                staff,
                "  - {{id: {id}, name: 队员, organization: team-{team}}}"
            )
            .unwrap();
            writeln!(
                holders,
                "  - {{id: {id}, name: 队员, organization: team-{team}, officer: {id}}}"
            )
            .unwrap();
            writeln!(duties, "  - {{id: {id}, scheme: one-each, role: officer, areas: [{}], work_lines: order, holder: {id}}}", own.join(", ")).unwrap();
        }
        assert!(codes.next().is_none());
    }
    format!(
        "schema: liandong/street/v1\ndistrict: {{code: \"{district}\", name: 区}}\nareas:\n{areas}organizations:\n{units}officers:\n{staff}work_lines:\n  - {{id: order, name: 城市管理}}\nduty_schemes:\n  - {{id: one-each, name: 一社区一队员, areas: [\"{district}\"], roles: [{{id: officer, name: 社区队员, level: community, first: true, patrols: true}}]}}\nduty_holders:\n{holders}duties:\n{duties}"
    )
}

async fn covered(
    world: &World,
    district: &str,
    time: time::OffsetDateTime,
) -> proto::GetCoverageResponse {
    let mut client = DutyServiceClient::new(world.peer_of(district, &[Role::Registrar]));
    let request = proto::GetCoverageRequest {
        as_of_time: at(time),
        ..Default::default()
    };
    client.get_coverage(request).await.unwrap().into_inner()
}

/// Proves A3, M7.
#[tokio::test]
async fn every_community_has_an_officer_and_every_officer_a_community() {
    let world = World::start(Keys::new(), testing::sqlite()).await;
    let mut sums = [0; 6];
    for (district, teams, communities, officers) in DISTRICTS {
        let registrar = || world.peer_of(district, &[Role::Registrar]);
        let text = file(district, teams, communities, officers);
        let answer = world.import_by(registrar(), &text, false).await.unwrap();
        assert_eq!(
            answer.outcome(),
            ImportOutcome::Applied,
            "{:?}",
            answer.problems
        );
        let report = covered(&world, district, datetime!(2026-03-02 09:00 +8)).await;
        assert_eq!(
            (report.area_count, report.areas_with_holder),
            (communities as i32, communities as i32)
        );
        assert_eq!(report.covered_cells, report.expected_cells);
        assert_eq!(
            report.findings,
            [],
            "neither a gap nor an officer without a community"
        );
        let numbers = [
            teams as i32,
            report.areas_with_holder,
            report.holder_count,
            report.assignment_count,
            report.assignments_beyond_one,
            report.expected_daily_logs,
        ];
        sums = std::array::from_fn(|it| sums[it] + numbers[it]);
        let sunday = covered(&world, district, datetime!(2026-03-01 09:00 +8)).await;
        assert_eq!((sunday.working_day, sunday.expected_daily_logs), (false, 0));
    }
    assert_eq!(sums, [10, 254, 212, 254, 42, 212]);
}

/// Proves A3, M6.
#[tokio::test]
async fn a_teams_border_stays_inside_its_area_and_its_district() {
    let world = World::start(Keys::new(), testing::sqlite()).await;
    let (district, ..) = DISTRICTS[0];
    let text = file(district, 2, 4, 4);
    let import = |text: String| {
        let registrar = world.peer_of(district, &[Role::Registrar]);
        let world = &world;
        async move { world.import_by(registrar, &text, true).await.unwrap() }
    };
    assert_eq!(import(text.clone()).await.problem_count, 0);
    // The first team's officer gets a community of the second team, then one of another district.
    for (stolen, reason) in [
        ("990201002001", "OUTSIDE_AREA"),
        ("990202001001", "UNKNOWN_REFERENCE"),
    ] {
        let other = text.replace(
            "areas: [\"990201001001\"]",
            &format!("areas: [\"{stolen}\"]"),
        );
        let answer = import(other).await;
        assert!(
            answer
                .problems
                .iter()
                .any(|it| it.reason == reason && it.path == "duties[0].areas[0]"),
            "{:?}",
            answer.problems
        );
    }
    let without = text
        .lines()
        .filter(|it| !it.contains("{id: officer-0-0, scheme"))
        .collect::<Vec<_>>()
        .join("\n");
    let registrar = world.peer_of(district, &[Role::Registrar]);
    world.import_by(registrar, &without, false).await.unwrap();
    let report = covered(&world, district, datetime!(2026-03-02 09:00 +8)).await;
    let kinds: Vec<_> = report.findings.iter().map(|it| it.kind()).collect();
    assert_eq!(
        kinds,
        [Kind::AreaWithoutHolder, Kind::Gap, Kind::HolderWithoutArea]
    );
    assert_eq!(report.findings[2].holder, "dutyHolders/officer-0-0");
}
