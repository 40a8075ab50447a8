//! Penalties: once for an act, and a first offence is known as one, whichever unit decided before.

use liandong_proto::dispatch::{
    self as wire, Case, DecidePenaltyRequest, GetOffenceHistoryRequest, OutreachKind, PenaltyKind,
    PersonData, PersonKind, RecordCommunityServiceRequest, RecordPersonRequest, Role, Task,
};
use liandong_proto::types::Act;
use tonic::{Code, Response, Status};

use crate::{
    caller::Caller,
    course::exercised,
    refusal::{malformed, refused},
    steps::{GARBAGE, lead, of, part},
    world::World,
};

const VENDING: &str = "matters/street-vending";
const BUREAU: &str = "enforcement-bureau";

/// A case of vending with its party on record, and the bureau's officers on it.
async fn at_work(world: &World, officers: &[&str]) -> (Case, Task, String, String) {
    let case = world.coordinator().filed(VENDING).await;
    sent_to(world, case, officers).await
}

/// The bureau's officers on a filed case, with its party on record.
async fn sent_to(world: &World, case: Case, officers: &[&str]) -> (Case, Task, String, String) {
    let street = world.coordinator();
    let request = RecordPersonRequest {
        parent: case.name.clone(),
        kind: PersonKind::Party as i32,
        data: Some(PersonData {
            name: "当事人甲".into(),
            identity_number: "92320311MA1XXXXX0A".into(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let party = street.people().record_person(request).await.unwrap();
    let party = party.into_inner().person.unwrap();
    let request = wire::PlanTaskRequest {
        cases: vec![case.name.clone()],
        plan: "依法查处".into(),
        participants: vec![part(BUREAU, Role::Lead, Act::Penalise)],
        exercise: case.exercise,
        ..Default::default()
    };
    let task = street.tasks().plan_task(request).await.unwrap();
    let task = task.into_inner().task.unwrap();
    let task = street.issue(&task.name).await.unwrap();
    let order = of(&task, BUREAU).name.clone();
    let bureau = world.handler(BUREAU);
    bureau.sign(&order).await.unwrap();
    bureau.commit(&order, officers).await.unwrap();
    bureau.report_in(&order).await.unwrap();
    (case, task, order, party.name)
}

async fn decide(
    caller: &Caller,
    (order, person): (&str, &str),
    (kind, act): (PenaltyKind, &str),
    corrected: bool,
) -> Result<Response<wire::DecidePenaltyResponse>, Status> {
    let fine = kind == PenaltyKind::Fine;
    let service = kind == PenaltyKind::CommunityService;
    let request = DecidePenaltyRequest {
        assignment: order.to_owned(),
        person: person.to_owned(),
        kind: kind as i32,
        amount_fen: if fine { 20_000 } else { 0 },
        service_minutes: if service { 120 } else { 0 },
        corrected,
        act_reference: act.into(),
        reason: "云执罚〔2025〕1号".into(),
        ..Default::default()
    };
    caller.penalties().decide_penalty(request).await
}

/// The party is known as a first offender when the task is issued and when it is decided; the second time it is not.
/// For one act there is one fine, whatever case it comes up in.
///
/// Proves R6, R16, M26.
#[tokio::test]
async fn nobody_is_fined_twice_and_a_first_offender_may_serve_the_community() {
    let world = World::start().await;
    let bureau = world.handler(BUREAU);
    let (case, task, order, party) = at_work(&world, &["zhang-xiugang", "ye-mingtao"]).await;
    assert_eq!(task.outreach(), OutreachKind::Enforcement);
    let known = world.coordinator().case(&case.name).await.unwrap();
    assert_eq!(known.look_ups.len(), 1);
    assert!(known.look_ups[0].first_offence && known.look_ups[0].first_offence_exempt);

    let (at, act) = ((order.as_str(), party.as_str()), "锦绣一巷 2025-06-16");
    let service = (PenaltyKind::CommunityService, act);
    let uncorrected = decide(&bureau, at, service, false).await;
    refused(uncorrected, Code::FailedPrecondition, "NO_LENIENCY");
    let served = decide(&bureau, at, service, true).await.unwrap();
    let served = served.into_inner().penalty.unwrap();
    assert!(served.history.as_ref().unwrap().first_offence);
    let done = RecordCommunityServiceRequest {
        name: served.name.clone(),
        ..Default::default()
    };
    let done = bureau.penalties().record_community_service(done).await;
    assert!(
        done.unwrap()
            .into_inner()
            .penalty
            .unwrap()
            .serve_time
            .is_some()
    );
    bureau.report(&order).await.unwrap();

    let (_, _, order, party) = at_work(&world, &["zhang-xiugang", "ye-mingtao"]).await;
    let at = (order.as_str(), party.as_str());
    let again = decide(&bureau, at, (PenaltyKind::Exempt, "另一行为"), true).await;
    let refusal = refused(again, Code::FailedPrecondition, "NO_LENIENCY");
    assert_eq!(refusal.metadata["same_matter"], "1");
    let fine = (PenaltyKind::Fine, "另一行为");
    let fined = decide(&bureau, at, fine, false).await.unwrap();
    let fined = fined.into_inner().penalty.unwrap();
    assert_eq!(
        (fined.amount_fen, fined.kind()),
        (20_000, PenaltyKind::Fine)
    );
    let same = decide(&bureau, at, fine, false).await.unwrap();
    let same = same.into_inner().penalty.unwrap();
    assert_eq!(same.name, fined.name, "a repeat changes nothing");
    bureau.report(&order).await.unwrap();

    let (_, _, order, party) = at_work(&world, &["zhang-xiugang", "ye-mingtao"]).await;
    let at = (order.as_str(), party.as_str());
    let twice = decide(&bureau, at, fine, false).await;
    let refusal = refused(twice, Code::AlreadyExists, "ALREADY_FINED");
    assert_eq!(refusal.metadata["case"], fined.case);
    let ask = GetOffenceHistoryRequest {
        assignment: order.clone(),
        person: party.clone(),
    };
    let known = bureau.penalties().get_offence_history(ask).await.unwrap();
    let known = known.into_inner();
    assert_eq!(known.history.unwrap().offences, 2);
    assert_eq!(known.penalties[0].name, fined.name, "newest first");
    let nothing = DecidePenaltyRequest {
        kind: PenaltyKind::Fine as i32,
        ..Default::default()
    };
    let bad = bureau.penalties().decide_penalty(nothing).await;
    malformed(bad, &["amount_fen", "assignment", "person", "reason"]);
}

/// An exercise goes the whole way, and is held against nobody: the party was never fined, and is still a first offender.
///
/// Proves R6, R16.
#[tokio::test]
async fn what_is_exercised_is_held_against_nobody() {
    let world = World::start().await;
    let bureau = world.handler(BUREAU);
    let two = ["zhang-xiugang", "ye-mingtao"];
    let drill = exercised(&world.coordinator(), VENDING).await;
    let (_, _, order, party) = sent_to(&world, drill, &two).await;
    let fine = (PenaltyKind::Fine, "锦绣一巷 2025-06-16");
    let fined = decide(&bureau, (&order, &party), fine, false).await;
    let fined = fined.unwrap().into_inner().penalty.unwrap();
    let typed_anew = (PenaltyKind::Fine, "锦绣一巷　2025-06-16");
    let again = decide(&bureau, (&order, &party), typed_anew, false).await;
    let again = again.unwrap().into_inner().penalty.unwrap();
    assert_eq!(again.name, fined.name, "a repeat, however it was typed");
    bureau.report(&order).await.unwrap();

    let (case, _, order, party) = at_work(&world, &two).await;
    let known = world.coordinator().case(&case.name).await.unwrap();
    assert!(known.look_ups[0].first_offence);
    let fined = decide(&bureau, (&order, &party), fine, false).await;
    let history = fined.unwrap().into_inner().penalty.unwrap().history;
    assert!(history.unwrap().first_offence);
}

/// Who clears, who inspects and who penalises: service, management, enforcement.
///
/// Proves M26.
#[tokio::test]
async fn a_task_is_of_one_of_three_kinds() {
    let world = World::start().await;
    let street = world.coordinator();
    let service = street.issued(GARBAGE, vec![lead("sanitation")]).await;
    assert_eq!(service.outreach(), OutreachKind::Service);
    let inspects = part(BUREAU, Role::Lead, Act::Inspect);
    let case = street.filed(VENDING).await;
    let management = street.planned(&case, vec![inspects, lead_support()]).await;
    assert_eq!(management.outreach(), OutreachKind::Management);
}

fn lead_support() -> wire::Participant {
    part("sanitation", Role::Support, Act::Dispose)
}
