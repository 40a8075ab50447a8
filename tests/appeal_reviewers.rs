//! Who reviews an appeal is somebody the registry knows, and what it rests on is there and cannot be exchanged.

use liandong_proto::{
    registry::{CreatePersonRequest, DeactivatePersonRequest, Person},
    scoring::{AppealExhibit, Entry, FileAppealRequest},
    types::Role,
};
use sha2::{Digest, Sha256};
use tonic::Code;

use crate::{
    appeals::{CAI, file, filing, naming, opinion},
    evidence::files::pdf,
    june::{entries, june},
    refusal::{malformed, refused, refused_with},
    steps::of,
    world::World,
};

/// Gives somebody an account.
pub(crate) async fn hired(world: &World, organization: &str, person: &str) {
    let request = CreatePersonRequest {
        person_id: person.into(),
        person: Some(Person {
            display_name: "文静".into(),
            organization: format!("organizations/{organization}"),
            roles: vec![Role::Auditor.into()],
            ..Person::default()
        }),
        ..CreatePersonRequest::default()
    };
    let mut personnel = world.registrar().personnel();
    personnel.create_person(request).await.unwrap();
}

async fn deduction(world: &World, organization: &str, rule: &str) -> Entry {
    let own = entries(&world.handler(organization)).await;
    own.into_iter().find(|it| it.rule == rule).unwrap()
}

/// An account elsewhere, none at all or one that has ended is no reviewer; nor is an officer whose home, whatever its
/// account says, is the organization that appeals; and whoever is no more what it was gives no opinion.
///
/// Proves M39, R10.
#[tokio::test]
async fn a_reviewer_is_somebody_the_registry_knows_and_has_nothing_to_do_with_it() {
    let world = World::start().await;
    june(&world).await;
    let late = deduction(&world, "planning", "handled-late").await;
    let filed = file(&world.handler("planning"), filing(&late))
        .await
        .unwrap();
    let name = filed.name.as_str();
    let assessor = world.assessor();
    let assign = async |organization: &str, person: &str| {
        let naming = naming(name, (organization, person));
        assessor.appeals().assign_appeal_reviewer(naming).await
    };
    for (organization, person) in [("audit", CAI.1), ("audit", "no-such-person")] {
        let answer = assign(organization, person).await;
        refused(answer, Code::NotFound, "PERSON_NOT_FOUND");
    }
    // On planning's staff and lent to the squad; somebody gave the same person an account at the audit office.
    hired(&world, "audit", "zhang-xiaoning").await;
    let answer = assign("audit", "zhang-xiaoning").await;
    let refusal = refused(answer, Code::FailedPrecondition, "REVIEWER_INVOLVED");
    assert_eq!(refusal.metadata["organization"], "organizations/planning");

    hired(&world, "audit", "wen-jing").await;
    assign("audit", "wen-jing").await.unwrap();
    assign("audit", "lu-zimin").await.unwrap();
    let gone = DeactivatePersonRequest {
        name: "people/zhang-xiaoning".into(),
        last_day: "2025-06-19".into(),
        ..DeactivatePersonRequest::default()
    };
    let mut personnel = world.registrar().personnel();
    personnel.deactivate_person(gone).await.unwrap();
    let answer = assign("audit", "zhang-xiaoning").await;
    refused(answer, Code::FailedPrecondition, "REVIEWER_INVOLVED");
    let wen = world.person("audit", "wen-jing", &[Role::Auditor]);
    wen.appeals()
        .review_appeal(opinion(name, true))
        .await
        .unwrap();
}

/// What dispatch keeps is named in the appeal with the hash of its content; what is not there for who appeals, or is no
/// name, is refused.
///
/// Proves M39.
#[tokio::test]
async fn evidence_in_an_appeal_is_there_and_is_told_by_its_content() {
    let world = World::start().await;
    let tasks = june(&world).await;
    let order = of(&tasks[3], "environment").name.clone();
    let environment = world.handler("environment");
    let bytes = pdf("气象局证明");
    let stored = environment.stored(&order, &bytes).await.unwrap();
    let overdue = deduction(&world, "environment", "handling-overdue").await;
    let with = |evidence: &[&str]| FileAppealRequest {
        evidence: evidence.iter().map(|it| (*it).to_owned()).collect(),
        ..filing(&overdue)
    };
    let missing = "evidence/0190a6f0-0000-7000-8000-000000000000";
    refused_with(
        file(&environment, with(&[missing])).await,
        Code::NotFound,
        "EVIDENCE_NOT_FOUND",
    );
    let bad = with(&["evidence/photo-1"]);
    let answer = environment.appeals().file_appeal(bad).await;
    malformed(answer, &["evidence[0]"]);

    let planning = deduction(&world, "planning", "handled-late").await;
    let of_others = FileAppealRequest {
        evidence: vec![stored.name.clone()],
        ..filing(&planning)
    };
    refused_with(
        file(&world.handler("planning"), of_others).await,
        Code::NotFound,
        "EVIDENCE_NOT_FOUND",
    );

    let evidence = [stored.name.as_str(), "气象预警 2025-0616"];
    let filed = file(&environment, with(&evidence)).await.unwrap();
    assert_eq!(filed.evidence, evidence);
    let exhibit = AppealExhibit {
        evidence: stored.name.clone(),
        sha256: Sha256::digest(&bytes).to_vec(),
        length: i64::try_from(bytes.len()).unwrap(),
        parent: order,
    };
    assert_eq!(filed.exhibits, [exhibit]);
}
