//! Matters and powers are written: every state, every refusal, and what needs them is named.

use liandong_kit::client::Peer;
use liandong_proto::registry as proto;
use liandong_proto::registry::power::Holder;
use liandong_proto::registry::power_service_client::PowerServiceClient;
use liandong_proto::types::{Limit, LimitKind, Role};
use prost_types::FieldMask;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::world::{World, bad_fields, is, question};

fn client(world: &World) -> PowerServiceClient<Peer> {
    PowerServiceClient::new(world.peer(&[Role::Registrar]))
}

fn limit(kind: LimitKind, amount: i32) -> Option<Limit> {
    Some(Limit {
        kind: kind.into(),
        amount,
    })
}

fn barbecue() -> proto::Matter {
    let condition = |id: &str, text: &str, limit| proto::FilingCondition {
        id: id.into(),
        description: text.into(),
        limit,
        close_condition: "撤除炉具".into(),
    };
    proto::Matter {
        display_name: "露天烧烤".into(),
        category: "环境保护".into(),
        basis: vec![proto::LegalBasis {
            law: "中华人民共和国大气污染防治法".into(),
            article: "81, 119".into(),
        }],
        conditions: vec![
            condition("default", "占道经营", limit(LimitKind::WorkHours, 240)),
            condition("night", "夜间扰民", limit(LimitKind::UrgentHours, 120)),
        ],
        default_act: proto::Act::Penalise.into(),
        helper_kinds: vec!["community".into()],
        first_offence_exempt: true,
        evidence_requirements: vec![
            evidence(proto::EvidenceKind::Photo, 2, &[]),
            evidence(proto::EvidenceKind::Document, 1, &[proto::Act::Penalise]),
        ],
        ..Default::default()
    }
}

fn evidence(
    kind: proto::EvidenceKind,
    minimum_count: i32,
    acts: &[proto::Act],
) -> proto::EvidenceRequirement {
    proto::EvidenceRequirement {
        kind: kind.into(),
        stage: proto::EvidenceStage::Report.into(),
        minimum_count,
        description: "整改前后".into(),
        acts: acts.iter().map(|it| (*it).into()).collect(),
    }
}

fn designated() -> proto::Power {
    proto::Power {
        matters: vec!["matters/street-barbecue".into()],
        holder: Some(Holder::Organization("organizations/enforcement".into())),
        basis_kind: proto::BasisKind::Statutory.into(),
        basis: "大气污染防治法第八十一条".into(),
        instrument: "区人民政府确定监督管理部门的通知".into(),
        published_on: "2025-12-01".into(),
        acts: vec![
            proto::Act::OrderCorrection.into(),
            proto::Act::Penalise.into(),
        ],
        ..Default::default()
    }
}

async fn create_matter(world: &World, matter: proto::Matter) -> Result<proto::Matter, Status> {
    let request = proto::CreateMatterRequest {
        matter_id: "street-barbecue".into(),
        matter: Some(matter),
        ..Default::default()
    };
    let answer = client(world).create_matter(request).await?.into_inner();
    Ok(answer.matter.unwrap())
}

async fn create_power(
    world: &World,
    id: &str,
    power: proto::Power,
) -> Result<proto::Power, Status> {
    let request = proto::CreatePowerRequest {
        power_id: id.into(),
        power: Some(power),
        ..Default::default()
    };
    let answer = client(world).create_power(request).await?.into_inner();
    Ok(answer.power.unwrap())
}

async fn end_power(world: &World, id: &str, last_day: &str) -> Result<proto::Power, Status> {
    let request = proto::DeactivatePowerRequest {
        name: format!("powers/{id}"),
        last_day: last_day.into(),
        ..Default::default()
    };
    let answer = client(world).deactivate_power(request).await?.into_inner();
    Ok(answer.power.unwrap())
}

fn helps(status: &Status) -> Vec<String> {
    let failure = status.get_details_precondition_failure().unwrap();
    failure
        .violations
        .into_iter()
        .map(|it| it.description)
        .collect()
}

/// Proves R1, R16.
#[tokio::test]
async fn a_matter_and_its_power_are_created_asked_about_changed_and_ended() {
    let world = World::new().await;
    let matter = create_matter(&world, barbecue()).await.unwrap();
    assert_eq!(
        (matter.name.as_str(), matter.etag.as_str()),
        ("matters/street-barbecue", "1")
    );
    let limits: Vec<_> = matter
        .conditions
        .iter()
        .map(|it| it.limit.unwrap().amount)
        .collect();
    assert_eq!(limits, [240, 120], "each condition has its own limit");
    let nobody = world
        .powers()
        .resolve_authority(question("street-barbecue", "back-lane"))
        .await;
    let nobody = nobody.unwrap().into_inner().authority.unwrap();
    assert_eq!(nobody.outcome(), proto::AuthorityOutcome::Nobody);
    assert_eq!(nobody.dispute.unwrap().basis.unwrap().article, "25");

    let power = create_power(&world, "barbecue-2026", designated())
        .await
        .unwrap();
    assert_eq!(
        power.acts().collect::<Vec<_>>(),
        [proto::Act::OrderCorrection, proto::Act::Penalise]
    );
    let answer = world
        .powers()
        .resolve_authority(question("street-barbecue", "back-lane"))
        .await;
    let answer = answer.unwrap().into_inner().authority.unwrap();
    assert_eq!(answer.holders[0].organization, "organizations/enforcement");
    assert_eq!(answer.holders[0].published_on, "2025-12-01");
    let look_up = answer.offence_look_up.unwrap();
    assert!(look_up.due && look_up.first_offence_exempt && look_up.text_zh.contains("跨单位"));
    assert_eq!(look_up.basis[0].article, "29, 33");
    assert_eq!(answer.required_officers_basis[0].article, "42");
    assert!(answer.dispute.is_none());
    assert_eq!(
        answer.evidence_requirements,
        barbecue().evidence_requirements
    );
    let ordered = proto::ResolveAuthorityRequest {
        act: proto::Act::OrderCorrection.into(),
        ..question("street-barbecue", "back-lane")
    };
    let ordered = world.powers().resolve_authority(ordered).await;
    let ordered = ordered.unwrap().into_inner().authority.unwrap();
    assert_eq!(
        ordered.evidence_requirements,
        barbecue().evidence_requirements[..1],
        "no decision, no document"
    );

    let request = proto::UpdatePowerRequest {
        power: Some(proto::Power {
            name: power.name.clone(),
            holder: Some(Holder::HolderKind("street-office".into())),
            instrument: "调整后的通知".into(),
            ..Default::default()
        }),
        update_mask: Some(FieldMask {
            paths: vec!["holder_kind".into(), "instrument".into()],
        }),
        etag: power.etag.clone(),
        ..Default::default()
    };
    let changed = client(&world)
        .update_power(request.clone())
        .await
        .unwrap()
        .into_inner()
        .power
        .unwrap();
    assert_eq!(
        changed.holder,
        Some(Holder::HolderKind("street-office".into()))
    );
    assert_eq!(
        (changed.basis, changed.etag.as_str()),
        (power.basis, "2"),
        "the rest stays"
    );
    let stale = client(&world).update_power(request).await.unwrap_err();
    is(&stale, Code::Aborted, "STALE_ETAG");

    let ended = end_power(&world, "barbecue-2026", "2026-03-31")
        .await
        .unwrap();
    assert_eq!(ended.validity.unwrap().last_day, "2026-03-31");
    let read = client(&world)
        .get_power(proto::GetPowerRequest { name: changed.name })
        .await
        .unwrap();
    assert_eq!(read.into_inner().power.unwrap().etag, "3");
}

#[tokio::test]
async fn a_repeated_request_has_one_effect_and_a_check_none() {
    let world = World::new().await;
    let request = proto::CreateMatterRequest {
        matter_id: "street-barbecue".into(),
        matter: Some(barbecue()),
        request_id: "0190a000-0000-7000-8000-000000000001".into(),
        validate_only: true,
    };
    let checked = client(&world)
        .create_matter(request.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(checked.matter.unwrap().etag, "1");
    let name = "matters/street-barbecue".to_owned();
    let read = async || {
        client(&world)
            .get_matter(proto::GetMatterRequest { name: name.clone() })
            .await
    };
    is(
        &read().await.unwrap_err(),
        Code::NotFound,
        "MATTER_NOT_FOUND",
    );

    let real = proto::CreateMatterRequest {
        validate_only: false,
        ..request
    };
    for _ in 0..2 {
        client(&world).create_matter(real.clone()).await.unwrap();
    }
    assert_eq!(read().await.unwrap().into_inner().matter.unwrap().etag, "1");
    let other = proto::CreateMatterRequest {
        matter_id: "other".into(),
        ..real.clone()
    };
    is(
        &client(&world).create_matter(other).await.unwrap_err(),
        Code::InvalidArgument,
        "REQUEST_ID_REUSED",
    );
    let again = proto::CreateMatterRequest {
        request_id: String::new(),
        ..real
    };
    is(
        &client(&world).create_matter(again).await.unwrap_err(),
        Code::AlreadyExists,
        "MATTER_EXISTS",
    );
}

#[tokio::test]
async fn every_bad_field_is_named_and_a_limit_is_never_defaulted() {
    let world = World::new().await;
    let mut matter = barbecue();
    matter.display_name.clear();
    matter.conditions[1].limit = limit(LimitKind::Unspecified, 5);
    matter.default_act = 0;
    matter.helper_kinds = vec!["Wrong Kind".into()];
    matter.stage_limits = Some(proto::StageLimits {
        sign: limit(LimitKind::WorkHours, 0),
        ..Default::default()
    });
    matter.evidence_requirements[0].stage = 0;
    matter.evidence_requirements[1].kind = 77;
    matter.evidence_requirements[1].acts = vec![0];
    let status = create_matter(&world, matter).await.unwrap_err();
    assert_eq!(
        bad_fields(&status),
        [
            "matter.display_name",
            "matter.conditions[1].limit",
            "matter.default_act",
            "matter.helper_kinds[0]",
            "matter.stage_limits.sign",
            "matter.evidence_requirements[0].stage",
            "matter.evidence_requirements[1].kind",
            "matter.evidence_requirements[1].acts[0]",
        ]
    );
    let power = proto::Power {
        matters: vec!["powers/x".into()],
        acts: vec![99],
        published_on: "soon".into(),
        delegator: "x".into(),
        home_organization: "y".into(),
        ..Default::default()
    };
    let status = create_power(&world, "Bad Id", power).await.unwrap_err();
    assert_eq!(
        bad_fields(&status),
        [
            "power_id",
            "power.matters[0]",
            "power.holder",
            "power.basis_kind",
            "power.published_on",
            "power.acts[0]",
            "power.delegator",
            "power.home_organization",
        ]
    );
}

/// Proves R2, M1.
#[tokio::test]
async fn every_contradiction_of_a_power_is_named_at_once() {
    let world = World::new().await;
    let power = proto::Power {
        matters: vec!["matters/nothing".into(), "matters/garbage".into()],
        holder: Some(Holder::Organization("organizations/mall".into())),
        area: "areas/nowhere".into(),
        basis_kind: proto::BasisKind::Entrusted.into(),
        acts: vec![proto::Act::Penalise.into()],
        ..Default::default()
    };
    let status = create_power(&world, "wrong", power).await.unwrap_err();
    is(&status, Code::FailedPrecondition, "CATALOGUE_INVALID");
    let said = helps(&status).join("\n");
    for reason in [
        "matters[0]: there is no nothing in matters (UNKNOWN_REFERENCE)",
        "area: there is no nowhere in areas (UNKNOWN_REFERENCE)",
        "basis: a power needs a basis (NO_BASIS)",
        "holder: resident units have duties and pledges, never powers (NOT_ALLOWED)",
        "valid_to: an ENTRUSTED power needs a term: valid_from and valid_to (ENTRUSTED_INCOMPLETE)",
        "delegator: an ENTRUSTED power needs its delegator (ENTRUSTED_INCOMPLETE)",
    ] {
        assert!(said.contains(reason), "{reason}\n{said}");
    }
    let entrusted = |holder: &str, delegator: &str| proto::Power {
        matters: vec!["matters/cooking-fumes".into()],
        holder: Some(Holder::Organization(format!("organizations/{holder}"))),
        basis_kind: proto::BasisKind::Entrusted.into(),
        basis: "行政处罚法第二十条".into(),
        published_on: "2026-01-01".into(),
        validity: Some(proto::Validity {
            first_day: "2026-02-01".into(),
            last_day: "2026-11-30".into(),
        }),
        acts: vec![proto::Act::Penalise.into()],
        delegator: format!("organizations/{delegator}"),
        ..Default::default()
    };
    let passed = create_power(&world, "passed-on", entrusted("bridge-community", "squad")).await;
    assert!(helps(&passed.unwrap_err())[0].contains("(PASSED_ON)"));
    let twice = create_power(&world, "twice", entrusted("squad", "enforcement"))
        .await
        .unwrap_err();
    assert!(
        helps(&twice)[0].contains("(OVERLAPPING_VALIDITY)"),
        "{twice:?}"
    );
    create_power(
        &world,
        "other",
        entrusted("bridge-community", "enforcement"),
    )
    .await
    .unwrap();
}

/// Proves R2.
#[tokio::test]
async fn what_is_in_use_is_not_ended_and_what_uses_it_is_named() {
    let world = World::new().await;
    // The squad's entrusted power rests on the bureau's own.
    let status = end_power(&world, "fumes-concentrated", "2026-06-30")
        .await
        .unwrap_err();
    is(&status, Code::FailedPrecondition, "IN_USE");
    let said = helps(&status);
    assert!(
        said.len() == 1 && said[0].contains("powers/fumes-entrusted"),
        "{said:?}"
    );

    let end_matter = async |id: &str| {
        let request = proto::DeactivateMatterRequest {
            name: format!("matters/{id}"),
            last_day: "2026-06-30".into(),
            ..Default::default()
        };
        client(&world).deactivate_matter(request).await
    };
    let status = end_matter("illegal-building").await.unwrap_err();
    is(&status, Code::FailedPrecondition, "IN_USE");
    assert!(helps(&status)[0].contains("powers/building-law"));

    end_power(&world, "fumes-entrusted", "2026-06-30")
        .await
        .unwrap();
    end_power(&world, "fumes-concentrated", "2026-06-30")
        .await
        .unwrap();
    end_power(&world, "building-law", "2026-06-30")
        .await
        .unwrap();
    let ended = end_matter("illegal-building")
        .await
        .unwrap()
        .into_inner()
        .matter
        .unwrap();
    assert_eq!(ended.validity.unwrap().last_day, "2026-06-30");
    is(
        &end_matter("nothing").await.unwrap_err(),
        Code::NotFound,
        "MATTER_NOT_FOUND",
    );
    is(
        &end_power(&world, "nothing", "2026-06-30")
            .await
            .unwrap_err(),
        Code::NotFound,
        "POWER_NOT_FOUND",
    );
    assert_eq!(
        bad_fields(&end_power(&world, "fumes-law", "").await.unwrap_err()),
        ["last_day"]
    );
}

#[tokio::test]
async fn only_a_registrar_writes_the_catalogue() {
    let world = World::new().await;
    let mut viewer = PowerServiceClient::new(world.peer(&[Role::Viewer, Role::Coordinator]));
    let power = viewer
        .create_power(proto::CreatePowerRequest::default())
        .await
        .unwrap_err();
    let matter = viewer
        .update_matter(proto::UpdateMatterRequest::default())
        .await
        .unwrap_err();
    assert_eq!(
        (power.code(), matter.code()),
        (Code::PermissionDenied, Code::PermissionDenied)
    );
}
