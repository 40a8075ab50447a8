//! Norm, actual, gap; and how many lawful teams a squad can send at once.

use std::fmt::Write;

use liandong_kit::{client::Peer, testing, testing::Keys};
use liandong_proto::{
    registry::{
        self as proto, OfficerObstacleCode, StaffingFindingCode,
        staffing_service_client::StaffingServiceClient,
    },
    types::Role,
};
use time::macros::datetime;
use tonic::Code;

use crate::world::{World, at, bad_fields, is};

/// A bureau and its squad in a street: 64 seconded officers, of whom 15 are certified and one may prepare case files,
/// 25 temporary staff, 10 vehicles that run and one that does not; norms of 200 people and 22 vehicles.
fn street() -> String {
    let mut text = String::from(
        r#"schema: liandong/street/v1
district: {code: "320311", name: 云龙区}
areas: [{code: "320311001", name: 锦河街道, level: street, parent: "320311"}]
organizations:
  - {id: street-office, name: 锦河街道办事处, kind: STREET_OFFICE, level: street, area: "320311001"}
  - {id: enforcement, name: 区综合行政执法局, kind: ADMINISTRATIVE_ENFORCEMENT, level: district}
  - id: squad
    name: 锦河街道综合行政执法中队
    kind: composite-squad
    level: street
    parent: street-office
    area: "320311001"
    establishment: {staff: 200, vehicles: 22, basis: 按建成区人口配备}
  - {id: emergency, name: 应急小分队, kind: emergency-squad, parent: squad, establishment: {staff_min: 10, staff_max: 15}}
  - {id: station, name: 桥北社区城管联系站, kind: liaison-station, parent: street-office, establishment: {staff_min: 2, staff_max: 3, budget_min: 50000, budget_max: 60000, budget: 62000.50}}
  - {id: station-2, name: 河湾社区城管联系站, kind: liaison-station, parent: street-office}
matters:
  - {id: vending, title: 流动摊贩, category: 市容环卫, certificate_fields: [城市管理], conditions: [{id: default, limit: 4 WORK_HOURS, close: 撤离}], default_act: penalise}
powers:
  - {id: own, matter: vending, holder: enforcement, basis_kind: CONCENTRATED, basis: 行政处罚法第十八条, published_on: 2019-03-15, acts: [inspect, penalise]}
  - {id: lent, matter: vending, holder: squad, home: enforcement, basis_kind: SECONDED, basis: 派驻协议, published_on: 2023-03-20, valid_from: 2023-04-01, acts: [inspect, penalise]}
"#,
    );
    text.push_str("officers:\n");
    for n in 1..=64 {
        let certificate = match n {
            ..=15 => format!(", certificate: {{number: E-{n}, issuer: 司法厅, field: 城市管理, valid_to: 2028-12-31}}"),
            16 => ", certificate: {number: E-16, issuer: 司法厅, field: 城市管理, valid_to: 2025-12-31}".into(),
            _ => String::new(),
        };
        let case_files = if n == 1 { ", case_files: true" } else { "" };
        writeln!(
            text,
            "  - {{id: o-{n:02}, name: 队员{n}, organization: enforcement{certificate}{case_files}}}"
        )
        .unwrap();
    }
    text.push_str("auxiliaries:\n");
    for n in 1..=25 {
        writeln!(
            text,
            "  - {{id: a-{n:02}, name: 协管{n}, organization: squad}}"
        )
        .unwrap();
    }
    text.push_str("secondments:\n");
    for n in 1..=64 {
        writeln!(
            text,
            "  - {{id: s-{n:02}, officer: o-{n:02}, home: enforcement, host: squad, powers: [own], valid_from: 2023-04-01}}"
        )
        .unwrap();
    }
    text.push_str("vehicles:\n");
    for n in 1..=11 {
        let broken = if n == 11 {
            ", unserviceable: true, note: 待报废"
        } else {
            ""
        };
        writeln!(
            text,
            "  - {{id: v-{n:02}, plate: 苏C-{n:05}, kind: 执法车, organization: squad{broken}}}"
        )
        .unwrap();
    }
    text
}

async fn world() -> (World, StaffingServiceClient<Peer>) {
    let world = World::start(Keys::new(), testing::sqlite()).await;
    let answer = world.import(&street(), false).await.unwrap();
    assert_eq!(answer.problems, vec![]);
    let client = StaffingServiceClient::new(world.peer(&[Role::Coordinator]));
    (world, client)
}

fn capacity(organization: &str) -> proto::CheckCapacityRequest {
    proto::CheckCapacityRequest {
        organization: format!("organizations/{organization}"),
        act: proto::Act::Penalise.into(),
        matter: "matters/vending".into(),
        start_time: at(datetime!(2026-02-02 09:00 +8)),
        end_time: at(datetime!(2026-02-02 11:00 +8)),
        ..Default::default()
    }
}

/// Proves A1, M12.
#[tokio::test]
async fn eighty_nine_of_two_hundred_leave_a_gap_of_a_hundred_and_eleven() {
    let (_world, mut client) = world().await;
    let request = proto::ReportStaffingRequest {
        organization: "organizations/squad".into(),
        ..Default::default()
    };
    let answer = client.report_staffing(request).await.unwrap().into_inner();
    let squad = &answer.organizations[0];
    assert_eq!(
        (
            squad.staff_count,
            squad.seconded_count,
            squad.temporary_count,
            squad.own_count
        ),
        (89, 64, 25, 0)
    );
    assert_eq!(
        (
            squad.staff_gap,
            squad.certified_count,
            squad.case_file_count
        ),
        (111, 15, 1)
    );
    assert_eq!(
        (
            squad.vehicle_count,
            squad.unserviceable_vehicle_count,
            squad.vehicle_gap
        ),
        (10, 1, 12)
    );
    let codes: Vec<_> = squad.findings.iter().map(|it| it.code()).collect();
    use StaffingFindingCode as Finding;
    assert_eq!(codes, [Finding::StaffBelowNorm, Finding::VehiclesBelowNorm]);
    assert!(squad.findings[0].text_zh.contains("缺111人"));
}

/// Proves M3, M12.
#[tokio::test]
async fn a_report_adds_a_subtree_up_and_counts_nobody_twice() {
    let (_world, mut client) = world().await;
    let request = proto::ReportStaffingRequest {
        organization: "organizations/street-office".into(),
        include_subordinates: true,
        ..Default::default()
    };
    let answer = client.report_staffing(request).await.unwrap().into_inner();
    let names: Vec<_> = answer
        .organizations
        .iter()
        .map(|it| it.organization.as_str())
        .collect();
    let expected = [
        "street-office",
        "emergency",
        "squad",
        "station",
        "station-2",
    ];
    assert_eq!(names, expected.map(|it| format!("organizations/{it}")));
    let total = answer.total.unwrap();
    assert_eq!(
        (total.staff_count, total.staff_gap, total.vehicle_gap),
        (89, 111, 12)
    );
    let of = |index: usize| -> Vec<_> {
        let findings = answer.organizations[index].findings.iter();
        findings.map(|it| it.code()).collect()
    };
    use StaffingFindingCode as Finding;
    assert_eq!(
        of(1),
        [Finding::StaffBelowMinimum],
        "nobody is on the emergency squad"
    );
    assert_eq!(
        of(3),
        [Finding::StaffBelowMinimum, Finding::BudgetAboveMaximum]
    );
    assert_eq!(of(4), [Finding::NoNorm, Finding::NoBudget]);
    let all = proto::ReportStaffingRequest {
        only_with_norms: true,
        ..Default::default()
    };
    let answer = client.report_staffing(all).await.unwrap().into_inner();
    assert_eq!(answer.organizations.len(), 4, "with a norm or a finding");
    assert_eq!(answer.total.unwrap().seconded_away_count, 64);
    let earlier = proto::ReportStaffingRequest {
        organization: "organizations/squad".into(),
        as_of_time: at(datetime!(2023-03-31 12:00 +8)),
        ..Default::default()
    };
    let answer = client.report_staffing(earlier).await.unwrap().into_inner();
    assert_eq!(
        answer.total.unwrap().staff_count,
        25,
        "before the secondments"
    );
}

/// Proves A1, R3.
#[tokio::test]
async fn fifteen_certified_officers_make_seven_teams_and_the_eighth_is_refused() {
    let (_world, mut client) = world().await;
    for organization in ["squad", "enforcement"] {
        let seven = proto::CheckCapacityRequest {
            wanted_teams: 7,
            wanted_case_files: 1,
            ..capacity(organization)
        };
        let answer = client.check_capacity(seven).await.unwrap().into_inner();
        assert!(answer.enough, "{}", answer.text);
        assert_eq!((answer.teams.len(), answer.officers_per_team), (7, 2));
        assert_eq!(
            (answer.spare_officers.len(), answer.case_file_count),
            (1, 1)
        );
        let names: Vec<_> = answer
            .teams
            .iter()
            .map(|it| it.in_name_of.as_str())
            .collect();
        assert_eq!(
            names, ["organizations/enforcement"; 7],
            "in the home unit's name"
        );
        assert!(
            answer
                .teams
                .iter()
                .flat_map(|it| &it.officers)
                .all(|it| it.starts_with("officers/o-"))
        );
    }
    let eight = proto::CheckCapacityRequest {
        wanted_teams: 8,
        ..capacity("squad")
    };
    let answer = client.check_capacity(eight).await.unwrap().into_inner();
    assert!(!answer.enough);
    assert_eq!(answer.checks.len(), 89, "everybody, with every reason");
    let count = |code: OfficerObstacleCode| {
        let found = answer.obstacles.iter().find(|it| it.code() == code);
        found.map_or(0, |it| it.officer_count)
    };
    use OfficerObstacleCode as Why;
    assert_eq!(
        (
            count(Why::NoCertificate),
            count(Why::Auxiliary),
            count(Why::CertificateNotValid)
        ),
        (48, 25, 1)
    );
    assert!(
        answer.text_zh.contains("25人协管人员不计入执法人员"),
        "{}",
        answer.text_zh
    );
    let two_files = proto::CheckCapacityRequest {
        wanted_case_files: 2,
        ..capacity("squad")
    };
    let answer = client.check_capacity(two_files).await.unwrap().into_inner();
    assert!(!answer.enough, "one officer may prepare case files");
}

/// Proves R3, R4.
#[tokio::test]
async fn whoever_is_recused_or_committed_is_not_sent_and_the_rest_is_counted_again() {
    let (_world, mut client) = world().await;
    let officers = |ids: &[&str]| ids.iter().map(|it| format!("officers/{it}")).collect();
    let request = proto::CheckCapacityRequest {
        recused_officers: officers(&["o-01", "o-02"]),
        committed_officers: officers(&["o-03", "o-04"]),
        ..capacity("squad")
    };
    let answer = client.check_capacity(request).await.unwrap().into_inner();
    assert_eq!((answer.teams.len(), answer.case_file_count), (5, 0));
    let first = answer
        .checks
        .iter()
        .find(|it| it.officer == "officers/o-01")
        .unwrap();
    assert_eq!(first.obstacles[0].code(), OfficerObstacleCode::Recused);
    assert_eq!(first.secondment, "secondments/s-01");
    assert_eq!(first.commanded_by, "organizations/squad");
}

#[tokio::test]
async fn questions_that_cannot_be_asked_name_every_bad_field() {
    let (_world, mut client) = world().await;
    let bad = proto::CheckCapacityRequest {
        organization: "squad".into(),
        matter: "vending".into(),
        recused_officers: vec!["o-01".into()],
        wanted_teams: -1,
        end_time: at(datetime!(2026-02-02 11:00 +8)),
        ..Default::default()
    };
    let fields = bad_fields(&client.check_capacity(bad).await.unwrap_err());
    let expected = [
        "recused_officers[0]",
        "organization",
        "matter",
        "act",
        "start_time",
        "wanted_teams",
    ];
    assert_eq!(fields, expected);
    let unknown = proto::CheckCapacityRequest {
        matter: "matters/nothing".into(),
        ..capacity("squad")
    };
    let status = client.check_capacity(unknown).await.unwrap_err();
    is(&status, Code::NotFound, "MATTER_NOT_FOUND");
    let nobody = proto::ReportStaffingRequest {
        organization: "organizations/nobody".into(),
        ..Default::default()
    };
    let status = client.report_staffing(nobody).await.unwrap_err();
    is(&status, Code::NotFound, "ORGANIZATION_NOT_FOUND");
}
