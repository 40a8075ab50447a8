//! Whose duty is it, before anybody is sent: by the registry several have the power with the same rank, or nobody has.

use liandong_proto::{
    dispatch::{
        Dispute, Participant, ReferDisputeRequest, Role as Part, Task, UpdatePlanRequest,
        assignment::State, dispute,
    },
    registry::{Act as RegistryAct, BasisKind, CreatePowerRequest, Power, Validity, power::Holder},
    types::Act,
};
use tonic::{Code, Status};

use crate::{
    caller::Caller,
    refusal::refused_with,
    steps::{GRID, of, part},
    world::World,
};

/// The works department may fine for it; it maintains the covers, as does the water bureau.
const MANHOLE: &str = "matters/manhole-cover";
const WORKS: &str = "organizations/municipal-works";
const WATER: &str = "organizations/water";

/// Gives a unit a power by law, as the works department has its own.
async fn empowered(world: &World, holder: &str, act: RegistryAct) {
    let power = Power {
        matters: vec![MANHOLE.into()],
        holder: Some(Holder::Organization(format!("organizations/{holder}"))),
        basis_kind: BasisKind::Statutory.into(),
        basis: "城镇排水与污水处理条例第五十五条".into(),
        instrument: "云麓区行政执法主体和权责清单公告（2024 年版）".into(),
        published_on: "2024-06-20".into(),
        validity: Some(Validity {
            first_day: "2024-07-01".into(),
            ..Default::default()
        }),
        acts: vec![act.into()],
        ..Default::default()
    };
    let request = CreatePowerRequest {
        power_id: format!("{holder}-manholes-added"),
        power: Some(power),
        ..Default::default()
    };
    world
        .registrar()
        .powers()
        .create_power(request)
        .await
        .unwrap();
}

async fn planned(street: &Caller, parts: Vec<Participant>) -> Task {
    let case = street.filed_as(MANHOLE, "uneven", GRID).await;
    street.planned(&case, parts).await
}

async fn replanned(street: &Caller, task: &Task, parts: Vec<Participant>) {
    let request = UpdatePlanRequest {
        name: task.name.clone(),
        plan: task.plan.clone(),
        participants: parts,
        ..Default::default()
    };
    street.tasks().update_plan(request).await.unwrap();
}

async fn refer(caller: &Caller, name: &str) -> Result<Dispute, Status> {
    let request = ReferDisputeRequest {
        name: name.to_owned(),
        note: "协商不成".into(),
        ..Default::default()
    };
    let answer = caller.disputes().refer_dispute(request).await?;
    Ok(answer.into_inner().dispute.unwrap())
}

/// Two may fine, with the same rank: the task stays where it is until the street has designated one of them, and then
/// nobody else goes. Who is designated does not object.
///
/// Proves M20.
#[tokio::test]
async fn where_several_have_the_power_the_designated_one_is_sent() {
    let world = World::start().await;
    let (street, works) = (world.coordinator(), world.handler("municipal-works"));
    let water = world.handler("water");
    empowered(&world, "water", RegistryAct::Penalise).await;
    let fines = |who: &str| vec![part(who, Part::Lead, Act::Penalise)];
    let task = planned(&street, fines("municipal-works")).await;
    let issue = || async {
        let refused = street.issue(&task.name).await;
        refused_with(refused, Code::FailedPrecondition, "JURISDICTION_DISPUTED")
    };
    let said = issue().await;
    let name = said.metadata["dispute"].clone();
    assert_eq!(issue().await.metadata["dispute"], name, "one dispute, once");
    let opened = works.dispute(&name).await.unwrap();
    assert_eq!(
        (opened.state(), opened.cause()),
        (dispute::State::Negotiation, dispute::Cause::Conflict)
    );
    assert_eq!(opened.parties, [WORKS, WATER]);
    assert_eq!(opened.task, task.name);

    // Each names the other: they do not agree, and it goes to the street.
    works.position(&name, "water").await.unwrap();
    let said = water.position(&name, "municipal-works").await.unwrap();
    assert_eq!(said.state(), dispute::State::Negotiation);
    let up = refer(&works, &name).await.unwrap();
    assert_eq!(up.state(), dispute::State::Street);
    let decided = street.designate(&name, "water").await.unwrap();
    assert_eq!(decided.state(), dispute::State::Designated);
    assert_eq!(decided.decision.unwrap().losers, [WATER]);

    let refused = street.issue(&task.name).await;
    let said = refused_with(refused, Code::FailedPrecondition, "DESIGNATION_BINDS");
    assert_eq!(said.metadata["organization"], WATER);
    replanned(&street, &task, fines("water")).await;
    let issued = street.issue(&task.name).await.unwrap();
    let order = of(&issued, "water");
    assert_eq!(
        (order.state(), order.designation.as_str()),
        (State::Offered, name.as_str())
    );
    water.sign(&order.name).await.unwrap();
    let ground = liandong_proto::dispatch::ObjectionGround::NotOurDuty;
    let refused = water.object(&order.name, ground).await;
    refused_with(refused, Code::FailedPrecondition, "DESIGNATION_BINDS");
}

/// An order to correct binds whom it is given to, as a fine does: where two may give it with the same rank one is designated
/// first. Both may look at it, and who is not one of them is not in their way.
///
/// Proves M20.
#[tokio::test]
async fn an_order_that_two_may_give_is_given_by_the_designated_one() {
    let world = World::start().await;
    let (street, works) = (world.coordinator(), world.handler("municipal-works"));
    let both = |act| {
        let works = part("municipal-works", Part::Lead, act);
        vec![works, part("water", Part::CoHandler, Act::Inspect)]
    };
    let looked = planned(&street, both(Act::Inspect)).await;
    street.issue(&looked.name).await.unwrap();

    let task = planned(&street, both(Act::OrderCorrection)).await;
    let refused = street.issue(&task.name).await;
    let said = refused_with(refused, Code::FailedPrecondition, "JURISDICTION_DISPUTED");
    let name = said.metadata["dispute"].clone();
    let opened = works.dispute(&name).await.unwrap();
    assert_eq!(opened.cause(), dispute::Cause::Conflict);
    assert_eq!(opened.parties, [WORKS, WATER]);
    refer(&works, &name).await.unwrap();
    let refused = refer(&world.handler("water"), &name).await;
    let said = refused_with(refused, Code::FailedPrecondition, "NOT_YOUR_TIER");
    assert_eq!(
        said.metadata["allowed"],
        "StatePosition, DesignateHolder, ReferDispute"
    );
    street.designate(&name, "municipal-works").await.unwrap();
    let issued = street.issue(&task.name).await.unwrap();
    let order = of(&issued, "municipal-works");
    assert_eq!(
        (order.state(), order.designation.as_str()),
        (State::Offered, &*name)
    );
}

/// Nobody may seize here, and no decision makes a power: only when the law gives it to one of them is it theirs.
///
/// Proves M20, R1.
#[tokio::test]
async fn where_nobody_has_the_power_none_is_made_by_deciding() {
    let world = World::start().await;
    let (street, works) = (world.coordinator(), world.handler("municipal-works"));
    let water = world.handler("water");
    let seizes = vec![part("municipal-works", Part::Lead, Act::Seize)];
    let task = planned(&street, seizes).await;
    let refused = street.issue(&task.name).await;
    let said = refused_with(refused, Code::FailedPrecondition, "NO_POWER");
    let name = said.metadata["dispute"].clone();
    let opened = works.dispute(&name).await.unwrap();
    assert_eq!(opened.cause(), dispute::Cause::Nobody);
    assert_eq!(
        opened.parties,
        [WORKS, WATER],
        "who holds something near it"
    );

    water.position(&name, "municipal-works").await.unwrap();
    let agreed = works.position(&name, "municipal-works").await;
    refused_with(agreed, Code::FailedPrecondition, "NO_POWER");
    refer(&water, &name).await.unwrap();
    let decided = street.designate(&name, "municipal-works").await;
    refused_with(decided, Code::FailedPrecondition, "NO_POWER");
    empowered(&world, "municipal-works", RegistryAct::Seize).await;
    let decided = street.designate(&name, "municipal-works").await.unwrap();
    assert_eq!(decided.state(), dispute::State::Designated);
    let issued = street.issue(&task.name).await.unwrap();
    assert_eq!(of(&issued, "municipal-works").state(), State::Offered);
}

/// The plan does without it: there is nothing left to decide.
///
/// Proves M20.
#[tokio::test]
async fn a_dispute_about_what_is_no_longer_planned_lapses_when_the_task_goes_out() {
    let world = World::start().await;
    let street = world.coordinator();
    let works = |act| vec![part("municipal-works", Part::Lead, act)];
    let task = planned(&street, works(Act::Coerce)).await;
    let refused = street.issue(&task.name).await;
    let said = refused_with(refused, Code::FailedPrecondition, "NO_POWER");
    let name = said.metadata["dispute"].clone();
    replanned(&street, &task, works(Act::Dispose)).await;
    street.issue(&task.name).await.unwrap();
    let lapsed = street.dispute(&name).await.unwrap();
    assert_eq!(lapsed.state(), dispute::State::Lapsed);
    let late = street.designate(&name, "municipal-works").await;
    refused_with(late, Code::FailedPrecondition, "DISPUTE_ENDED");
}
