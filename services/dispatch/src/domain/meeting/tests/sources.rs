//! What brings something onto an agenda, one source after the other, and what takes it off again.

use super::*;
use crate::domain::case::revisit::{Cause, FormerRound};
use crate::domain::case::{Reported, State as CaseState};
use crate::domain::clock::Stage;
use crate::domain::dispute::{Opened, State as DisputeState, Tier as Rung};
use crate::domain::whistle::{self, Blown, State as WhistleState};
use crate::domain::{Case, CaseId, Dispute, DisputeId, Whistle, WhistleId};

const CASE: CaseId = CaseId(Uuid::from_u128(31));

fn case() -> Case {
    Case {
        state: CaseState::Filed,
        report: Reported {
            organization: org("street"),
            ..Reported::default()
        },
        ..Case::default()
    }
}

fn opened_again(cause: Cause) -> Case {
    let former = FormerRound {
        task: None,
        closed_at: MONDAY,
        reopened_at: MONDAY + Duration::days(7),
        cause,
    };
    Case {
        rounds: vec![former],
        ..case()
    }
}

/// Proves M29.
#[test]
fn a_case_that_is_open_again_is_talked_about_until_it_is_closed() {
    let said = |it: &Case| agenda::of_case(CASE, it).map(|it| (it.kind, it.since));
    assert_eq!(said(&case()), None, "it was never closed");
    let again = Some(MONDAY + Duration::days(7));
    let failed = opened_again(Cause::Revisit { number: 1 });
    assert_eq!(said(&failed), Some((Kind::FailedRevisit, again)));
    let back = opened_again(Cause::Relapse { case: CASE });
    assert_eq!(said(&back), Some((Kind::Relapse, again)));
    let shows_it = Case {
        relapse_of: Some(CASE),
        ..case()
    };
    assert_eq!(
        said(&shows_it).map(|it| it.0),
        Some(Kind::Relapse),
        "what came back under a number of its own"
    );
    let mut drill = failed.clone();
    drill.report.exercise = true;
    assert_eq!(said(&drill), None, "an exercise is nobody's business here");
    let solved = Case {
        state: CaseState::Closed,
        ..failed
    };
    assert_eq!(said(&solved), None);
}

/// Proves M29, M20.
#[test]
fn a_dispute_is_talked_about_until_somebody_has_the_duty() {
    let (id, street) = (DisputeId(Uuid::from_u128(41)), org("street"));
    let opened = Opened {
        organizer: street.clone(),
        parties: vec![org("sanitation"), org("works")],
        ..Opened::default()
    };
    let tier = Rung::begun(DisputeState::Negotiation, &street, &work_time(), MONDAY);
    let mut dispute = Dispute {
        opened,
        tiers: vec![tier.unwrap()],
        opened_at: Some(MONDAY),
        ..Dispute::default()
    };
    let point = agenda::of_dispute(id, &dispute).unwrap();
    assert_eq!((point.kind, point.since), (Kind::Dispute, Some(MONDAY)));
    assert_eq!(point.organizations, [org("sanitation"), org("works")]);
    dispute.opened.exercise = true;
    assert_eq!(agenda::of_dispute(id, &dispute), None);
    dispute.opened.exercise = false;
    dispute.state = DisputeState::Designated;
    assert_eq!(agenda::of_dispute(id, &dispute), None);
}

/// Proves M29, R19.
#[test]
fn a_whistle_that_nobody_answered_at_the_last_tier_is_talked_about() {
    let id = WhistleId(Uuid::from_u128(51));
    let street = org("street");
    let tier = Rung::begun(DisputeState::Negotiation, &street, &work_time(), MONDAY);
    let silent = whistle::Call {
        organization: org("fire"),
        tier: Tier::Street,
        at: MONDAY,
        deadline: tier.unwrap().deadline,
        answer: None,
        overdue: Some(MONDAY + Duration::HOUR),
    };
    let blown = Blown {
        title: "gas in the cellar".into(),
        ..Blown::default()
    };
    let mut whistle = Whistle {
        state: WhistleState::Blown,
        tier: Tier::Street,
        blown,
        calls: vec![silent],
        ..Whistle::default()
    };
    let point = agenda::of_whistle(id, &whistle).unwrap();
    assert_eq!(
        (point.kind, point.organizations.as_slice()),
        (Kind::UnansweredWhistle, &[org("fire")][..])
    );
    whistle.blown.ladder = vec![whistle::Rung {
        tier: Tier::District,
        organization: org("district"),
    }];
    assert_eq!(
        agenda::of_whistle(id, &whistle),
        None,
        "first everybody above is called"
    );
    whistle.blown.ladder.clear();
    whistle.calls[0].overdue = None;
    assert_eq!(agenda::of_whistle(id, &whistle), None, "it has time");
}

/// Proves M29.
#[test]
fn an_order_that_did_not_arrive_and_one_that_everybody_was_told_of_are_talked_about() {
    let mut world = World::issued();
    let said = |world: &World| -> Vec<Kind> {
        let parts = world.task.assignments.iter();
        let points = parts.flat_map(|it| agenda::of_assignment(TASK, &world.task, it));
        points.map(|it| it.kind).collect()
    };
    world.task.assignments[0].undelivered = Some(world.now);
    assert_eq!(said(&world), [Kind::Undelivered]);
    world.task.assignments[0].undelivered = None;
    world.pass(24 * 20).tick();
    assert!(said(&world).contains(&Kind::Overdue));
    let late = world.task.assignments[0].clock(Stage::Sign);
    assert!(late.is_some_and(|it| it.overdue.is_some()));
}
