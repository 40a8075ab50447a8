//! Who may act, in which place, on which day: the registry answers, dispatch obeys.

use liandong_proto::{
    dispatch::{Role, assignment::State},
    registry::{
        Act as RegistryAct, Authority, AuthorityOutcome, BasisKind, ExclusionReasonCode,
        ResolveAuthorityBatchRequest, ResolveAuthorityRequest,
    },
    types::Act,
};
use time::{OffsetDateTime, macros::datetime};
use tonic::Code;

use crate::{
    caller::Caller,
    refusal::{refused, refused_with},
    steps::{GARBAGE, GRID, of, part, timestamp},
    world::{MONDAY, STREET, World},
};

const VENDING: &str = "matters/street-vending";

/// The answer of the registry.
async fn authority(
    caller: &Caller,
    matter: &str,
    act: RegistryAct,
    at: OffsetDateTime,
    asking: &str,
) -> Authority {
    let request = question(matter, act, at, asking);
    caller
        .powers()
        .resolve_authority(request)
        .await
        .unwrap()
        .into_inner()
        .authority
        .unwrap()
}

fn question(
    matter: &str,
    act: RegistryAct,
    at: OffsetDateTime,
    asking: &str,
) -> ResolveAuthorityRequest {
    ResolveAuthorityRequest {
        matter: format!("matters/{matter}"),
        area: GRID.into(),
        as_of_time: Some(timestamp(at)),
        act: act as i32,
        asking_organization: format!("organizations/{asking}"),
    }
}

fn why_not(authority: &Authority, organization: &str) -> Vec<ExclusionReasonCode> {
    let name = format!("organizations/{organization}");
    authority
        .exclusions
        .iter()
        .filter(|it| it.organization == name)
        .map(|it| it.code())
        .collect()
}

/// Refused with the reason, who holds the power instead, and what the unit may do without one.
///
/// Proves R1.
#[tokio::test]
async fn nobody_enforces_without_a_power_and_is_told_what_would_help() {
    let world = World::start().await;
    let street = world.coordinator();
    let case = street.filed(VENDING).await;
    let community = part("community-jinxiu", Role::Lead, Act::Penalise);
    let task = street.planned(&case, vec![community]).await;
    let refusal = refused_with(
        street.issue(&task.name).await,
        Code::FailedPrecondition,
        "NO_POWER",
    );
    assert_eq!(
        refusal.metadata["organization"],
        "organizations/community-jinxiu"
    );
    assert!(
        refusal.text.contains("organizations/enforcement-bureau"),
        "who holds it: {}",
        refusal.text
    );
    assert!(
        refusal.text.contains("PERSUADE"),
        "what is open to it: {}",
        refusal.text
    );
    assert!(
        street
            .task(&task.name)
            .await
            .unwrap()
            .assignments
            .is_empty(),
        "nothing was issued"
    );

    let parts = vec![
        part("enforcement-bureau", Role::Lead, Act::Penalise),
        part("community-jinxiu", Role::Support, Act::Persuade),
    ];
    let task = street.issued(VENDING, parts).await;
    assert_eq!(
        of(&task, "enforcement-bureau").power,
        "powers/concentrated-appearance"
    );
    assert_eq!(
        of(&task, "community-jinxiu").power,
        "",
        "persuading needs none"
    );
}

/// The street's nine devolved powers were cut to four on 2024-07-01: the last day it may, the next it may not.
///
/// Proves R1.
#[tokio::test]
async fn a_power_that_was_taken_back_is_not_used_from_that_day() {
    let friday = datetime!(2024-06-28 9:00 +8);
    let world = World::start_at(friday).await;
    let street = world.coordinator();
    let ours = || vec![part(STREET, Role::Lead, Act::Penalise)];
    let task = street.issued(VENDING, ours()).await;
    assert_eq!(of(&task, STREET).power, "powers/devolved-2021");
    world.at(datetime!(2024-07-01 9:00 +8)).await;
    let case = street.filed(VENDING).await;
    let task = street.planned(&case, ours()).await;
    let refusal = refused_with(
        street.issue(&task.name).await,
        Code::FailedPrecondition,
        "NO_POWER",
    );
    assert!(
        refusal.text.contains("enforcement-bureau"),
        "{}",
        refusal.text
    );

    let auditor = world.auditor();
    let before = authority(
        &auditor,
        "street-vending",
        RegistryAct::Penalise,
        friday,
        STREET,
    )
    .await;
    let first = &before.holders[0];
    assert_eq!(
        (first.organization.as_str(), first.basis_kind()),
        ("organizations/street-office", BasisKind::Devolved)
    );
    assert!(before.asking_organization_holds && before.required_officers == 2);
    let after = authority(
        &auditor,
        "street-vending",
        RegistryAct::Penalise,
        MONDAY,
        STREET,
    )
    .await;
    assert_eq!(
        after.holders[0].organization, "organizations/enforcement-bureau",
        "concentrated before statutory"
    );
    assert!(
        after
            .holders
            .iter()
            .any(|it| it.organization == "organizations/sanitation" && it.rank > 1)
    );
    assert_eq!(why_not(&after, STREET), [ExclusionReasonCode::Expired]);
    let barbecue = authority(
        &auditor,
        "street-barbecue",
        RegistryAct::Penalise,
        MONDAY,
        STREET,
    )
    .await;
    assert_eq!(
        why_not(&barbecue, STREET),
        [ExclusionReasonCode::NotYetValid]
    );
}

/// An entrusted power is used in the delegator's name, within its term, and once it is published.
///
/// Proves R1, R2.
#[tokio::test]
async fn an_entrusted_power_holds_in_the_delegators_name_and_within_its_term() {
    let world = World::start().await;
    let (street, auditor) = (world.coordinator(), world.auditor());
    let case = street.filed_as("matters/waste-sorting", "unit", GRID).await;
    let task = street
        .planned(&case, vec![part(STREET, Role::Lead, Act::Penalise)])
        .await;
    let task = street.issue(&task.name).await.unwrap();
    assert_eq!(of(&task, STREET).power, "powers/entrusted-waste-sorting");
    let ask =
        async |at, matter| authority(&auditor, matter, RegistryAct::Penalise, at, STREET).await;
    let now = ask(MONDAY, "waste-sorting").await;
    let ours = now
        .holders
        .iter()
        .find(|it| it.organization == "organizations/street-office")
        .unwrap();
    assert_eq!(
        (ours.acts_in_name_of.as_str(), ours.basis_kind()),
        ("organizations/sanitation", BasisKind::Entrusted)
    );
    assert!(ours.rank > 1, "the delegator goes first");
    let early = ask(datetime!(2025-02-28 9:00 +8), "waste-sorting").await;
    assert_eq!(why_not(&early, STREET), [ExclusionReasonCode::NotYetValid]);
    let last_day = ask(datetime!(2027-02-28 23:59 +8), "waste-sorting").await;
    assert!(last_day.asking_organization_holds);
    let late = ask(datetime!(2027-03-01 0:00 +8), "waste-sorting").await;
    assert_eq!(why_not(&late, STREET), [ExclusionReasonCode::Expired]);
    let secret = ask(datetime!(2026-06-01 9:00 +8), "property-road-occupation").await;
    assert_eq!(
        why_not(&secret, STREET),
        [ExclusionReasonCode::NotPublished]
    );
}

/// "Nobody" is an answer, not an error; what does not exist is an error that names it.
#[tokio::test]
async fn nobody_is_an_answer_and_an_unknown_matter_is_an_error() {
    let world = World::start().await;
    let auditor = world.auditor();
    let nobody = authority(
        &auditor,
        "pavement-parking",
        RegistryAct::Seize,
        MONDAY,
        STREET,
    )
    .await;
    assert_eq!(
        (nobody.outcome(), nobody.holders.len()),
        (AuthorityOutcome::Nobody, 0)
    );
    assert!(
        nobody
            .exclusions
            .iter()
            .all(|it| !it.text.is_empty() && !it.text_zh.is_empty())
    );
    let requests = vec![
        question("garbage-heap", RegistryAct::Dispose, MONDAY, "sanitation"),
        question("no-such-matter", RegistryAct::Dispose, MONDAY, "sanitation"),
    ];
    let batch = auditor
        .powers()
        .resolve_authority_batch(ResolveAuthorityBatchRequest { requests })
        .await;
    let refusal = refused(batch, Code::NotFound, "MATTER_NOT_FOUND");
    assert_eq!(
        refusal.metadata["index"], "1",
        "all or none, and the bad one is named"
    );
}

/// What the unit does about it decides: a resident unit cleans up, and never punishes.
///
/// Proves M1.
#[tokio::test]
async fn a_resident_unit_has_duties_and_never_powers() {
    let world = World::start().await;
    let street = world.coordinator();
    let task = street
        .issued(
            GARBAGE,
            vec![part("resident-market", Role::Lead, Act::Dispose)],
        )
        .await;
    assert_eq!(of(&task, "resident-market").state(), State::Offered);
    let case = street.filed(GARBAGE).await;
    let task = street
        .planned(
            &case,
            vec![part("resident-market", Role::Lead, Act::Penalise)],
        )
        .await;
    refused_with(
        street.issue(&task.name).await,
        Code::FailedPrecondition,
        "NO_POWER",
    );
}
