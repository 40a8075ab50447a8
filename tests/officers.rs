//! Officers: certified, valid, available, and on one enforcing assignment at a time.

use std::fmt::Write;

use futures::future::join_all;
use liandong_proto::{
    dispatch::{Role, Task},
    registry::{CheckOfficersRequest, OfficerObstacleCode},
    types::Act,
};
use tonic::Code;

use crate::{
    refusal::refused_with,
    steps::{of, part, timestamp},
    world::{CENTRE, MONDAY, World},
};

const VENDING: &str = "matters/street-vending";
const SQUAD: &str = "squad";

/// A street whose squad has so many certified officers and auxiliaries; `old` has a certificate that ended, `away` is
/// on a training, `clerk` has none.
fn street(certified: usize, auxiliaries: usize) -> String {
    let mut text = String::from(
        r#"schema: liandong/street/v1
district: {code: "990101", name: 云麓区}
calendar: {years: [2025, 2026], office_hours: ["08:00-12:00", "14:00-18:00"]}
areas:
  - {code: "990101001", name: 锦河街道, level: street, parent: "990101"}
  - {code: "990101001001", name: 锦绣社区, level: community, parent: "990101001"}
  - {code: "990101001001001", name: 第一网格, level: grid, parent: "990101001001"}
organizations:
  - {id: street-office, name: 锦河街道办事处, kind: STREET_OFFICE, level: street, area: "990101001"}
  - {id: squad, name: 综合执法中队, kind: ADMINISTRATIVE_ENFORCEMENT, level: street, area: "990101001"}
  - {id: supervision-centre, name: 监督中心, kind: supervision-centre, level: district}
matters:
  - id: street-vending
    title: 流动摊贩占道经营
    category: 市容环卫
    conditions: [{id: default, text: 占道摆摊, limit: 4 WORK_HOURS, close: 摊点撤离}]
    default_act: penalise
powers:
  - id: appearance
    matters: [street-vending]
    holder: squad
    basis_kind: CONCENTRATED
    basis: 行政处罚法第十八条
    published_on: 2019-03-15
    valid_from: 2019-04-01
    acts: [inspect, penalise]
officers:
  - {id: old, name: 老王, organization: squad, certificate: {number: E-1, issuer: 司法厅, valid_to: 2025-06-15}}
  - {id: away, name: 小李, organization: squad, certificate: {number: E-2, issuer: 司法厅}, absences: [{valid_from: 2025-06-16, valid_to: 2025-06-20, reason: 培训}]}
  - {id: clerk, name: 小赵, organization: squad}
  - {id: other, name: 小钱, organization: street-office, certificate: {number: E-3, issuer: 司法厅}}
"#,
    );
    for number in 1..=certified {
        let number = format!("{number:02}");
        writeln!(
            text,
            "  - {{id: officer-{number}, name: 执法员{number}, organization: squad, \
             certificate: {{number: E-9{number}, issuer: 司法厅, valid_from: 2024-01-01, valid_to: 2028-12-31}}}}"
        )
        .unwrap();
    }
    text.push_str("auxiliaries:\n");
    for number in 1..=auxiliaries {
        writeln!(
            text,
            "  - {{id: auxiliary-{number:02}, name: 协管员{number:02}, organization: squad}}"
        )
        .unwrap();
    }
    text
}

async fn enforcing(world: &World) -> Task {
    world
        .coordinator()
        .issued(VENDING, vec![part(SQUAD, Role::Lead, Act::Penalise)])
        .await
}

/// Fifteen certified officers make seven teams of two; the eighth simultaneous enforcing assignment is refused, however
/// many of the 25 auxiliaries come along, until a team has reported.
///
/// Proves R3, and of A1 what is about officers.
#[tokio::test]
async fn fifteen_officers_make_seven_teams_and_the_eighth_assignment_is_refused() {
    let world = World::of(&street(15, 25)).await;
    let (squad, mut names) = (world.handler(SQUAD), Vec::new());
    for _ in 0..8 {
        let task = enforcing(&world).await;
        names.push(of(&task, SQUAD).name.clone());
        squad.sign(&names[names.len() - 1]).await.unwrap();
    }
    for (team, name) in names[..7].iter().enumerate() {
        let pair = [2 * team + 1, 2 * team + 2].map(|it| format!("officer-{it:02}"));
        squad.commit(name, &[&pair[0], &pair[1]]).await.unwrap();
    }
    let eighth = &names[7];
    let alone = refused_with(
        squad.commit(eighth, &["officer-15"]).await,
        Code::FailedPrecondition,
        "TOO_FEW_OFFICERS",
    );
    assert_eq!(
        (
            alone.metadata["needed"].as_str(),
            alone.metadata["able"].as_str()
        ),
        ("2", "1")
    );
    let busy = refused_with(
        squad.commit(eighth, &["officer-15", "officer-01"]).await,
        Code::FailedPrecondition,
        "OFFICER_BUSY",
    );
    assert_eq!(
        (&busy.metadata["officer"], &busy.metadata["assignment"]),
        (&"officers/officer-01".to_owned(), &names[0])
    );
    let mut crowd: Vec<String> = (1..=25).map(|it| format!("auxiliary-{it:02}")).collect();
    crowd.insert(0, "officer-15".into());
    let crowd: Vec<&str> = crowd.iter().map(String::as_str).collect();
    let crowd = refused_with(
        squad.commit(eighth, &crowd).await,
        Code::FailedPrecondition,
        "TOO_FEW_OFFICERS",
    );
    assert_eq!(crowd.metadata["able"], "1", "auxiliaries never count");
    assert!(
        crowd.text.contains("officers/auxiliary-25"),
        "each is told why: {}",
        crowd.text
    );

    squad.report_in(&names[0]).await.unwrap();
    squad.report(&names[0]).await.unwrap();
    squad
        .commit(eighth, &["officer-15", "officer-01"])
        .await
        .unwrap();
}

/// Every reason why an officer does not count is said, by the registry and by the refusal.
///
/// Proves R3, M12.
#[tokio::test]
async fn an_officer_who_does_not_count_is_told_why() {
    let world = World::of(&street(2, 1)).await;
    let all = [
        "officer-01",
        "old",
        "away",
        "clerk",
        "other",
        "auxiliary-01",
        "nobody",
        "officer-01",
    ];
    let request = CheckOfficersRequest {
        officers: all.map(|it| format!("officers/{it}")).to_vec(),
        organization: "organizations/squad".into(),
        start_time: Some(timestamp(MONDAY)),
        end_time: None,
        ..Default::default()
    };
    let answer = world
        .auditor()
        .personnel()
        .check_officers(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(answer.able_count, 1);
    let why: Vec<_> = answer
        .checks
        .iter()
        .map(|it| it.obstacles.first().map(|it| it.code()))
        .collect();
    use OfficerObstacleCode as Code_;
    assert_eq!(
        why,
        [
            None,
            Some(Code_::CertificateNotValid),
            Some(Code_::Absent),
            Some(Code_::NoCertificate),
            Some(Code_::OtherOrganization),
            Some(Code_::Auxiliary),
            Some(Code_::Unknown),
            Some(Code_::Repeated),
        ]
    );
    let task = enforcing(&world).await;
    let (squad, name) = (world.handler(SQUAD), &of(&task, SQUAD).name);
    squad.sign(name).await.unwrap();
    for one in &all[1..7] {
        let refusal = refused_with(
            squad.commit(name, &["officer-01", one]).await,
            Code::FailedPrecondition,
            "TOO_FEW_OFFICERS",
        );
        assert!(
            refusal.text.contains(&format!("officers/{one}")),
            "{}",
            refusal.text
        );
    }
    squad
        .commit(name, &["officer-01", "officer-02"])
        .await
        .unwrap();
}

/// Ten assignments reach for the same two officers in the same moment: one gets them.
///
/// Proves R3.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_team_is_booked_once_however_many_ask_at_once() {
    let world = World::of(&street(2, 0)).await;
    let (squad, mut names) = (world.handler(SQUAD), Vec::new());
    for _ in 0..10 {
        names.push(of(&enforcing(&world).await, SQUAD).name.clone());
        squad.sign(&names[names.len() - 1]).await.unwrap();
    }
    let answers = join_all(
        names
            .iter()
            .map(|name| squad.commit(name, &["officer-01", "officer-02"])),
    )
    .await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!((won.len(), lost.len()), (1, 9));
    for it in lost {
        refused_with(it, Code::FailedPrecondition, "OFFICER_BUSY");
    }
}

/// A failed check sends the team home: the next round is committed with officers who are free then.
///
/// Proves R3.
#[tokio::test]
async fn a_team_is_free_again_after_its_report_and_when_its_task_is_cancelled() {
    let world = World::of(&street(2, 0)).await;
    let (street, squad) = (world.coordinator(), world.handler(SQUAD));
    let pair = ["officer-01", "officer-02"];
    let (first, second) = (enforcing(&world).await, enforcing(&world).await);
    let (one, two) = (&of(&first, SQUAD).name, &of(&second, SQUAD).name);
    squad.worked(one, &pair).await;
    squad.sign(two).await.unwrap();
    squad.commit(two, &pair).await.unwrap();
    world.checker().fail(one).await.unwrap();
    let busy = refused_with(
        squad.commit(one, &pair).await,
        Code::FailedPrecondition,
        "OFFICER_BUSY",
    );
    assert_eq!(&busy.metadata["assignment"], two);
    let cancel = liandong_proto::dispatch::CancelTaskRequest {
        name: second.name.clone(),
        reason: "摊贩已自行离开".into(),
        ..Default::default()
    };
    street.tasks().cancel_task(cancel).await.unwrap();
    squad.handled(one, &pair).await;
    assert_eq!(of(&first, SQUAD).checker, format!("organizations/{CENTRE}"));
}
