//! Disputes by example.

use time::Duration;

use super::rules::Referral;
use super::*;
use crate::domain::Refusal;
use crate::domain::tests::{MONDAY, org, person, work_time};

/// Sanitation and the works department point at each other about a task of the street.
fn opened() -> Dispute {
    let (street, time) = (org("street"), work_time());
    let it = Opened {
        assignments: vec![1, 2],
        organizer: street.clone(),
        parties: vec![org("sanitation"), org("works")],
        tiers: vec![Tier::begun(State::Negotiation, &street, &time, MONDAY).unwrap()],
        ..Opened::default()
    };
    let mut dispute = Dispute::default();
    fold(
        &mut dispute,
        MONDAY,
        vec![DisputeChange::Opened(Box::new(it))],
    );
    dispute
}

fn fold(dispute: &mut Dispute, at: OffsetDateTime, changes: Vec<DisputeChange>) {
    for event in DisputeEvent::of(dispute, at, changes) {
        dispute.apply(&event.change, at);
        assert_eq!(*event.facts, DisputeFacts::of(dispute));
        let stored = serde_json::to_string(&event).unwrap();
        assert_eq!(
            serde_json::from_str::<DisputeEvent>(&stored).unwrap(),
            event
        );
    }
}

fn position(party: &str, holder: &str) -> Position {
    Position {
        organization: org(party),
        holder: org(holder),
        note: "by the list of duties".into(),
        person: person("chief"),
        at: MONDAY,
    }
}

fn refer<'a>(by: &'a OrganizationId, superior: &'a OrganizationId) -> Referral<'a> {
    Referral {
        by: Some(by),
        note: "no agreement",
        superior: Some(superior),
    }
}

/// Proves M20.
#[test]
fn parties_who_name_the_same_one_of_them_have_agreed() {
    let mut dispute = opened();
    let first = position("sanitation", "works");
    assert!(!dispute.is_agreed_with(&first), "works has said nothing");
    let changes = dispute.state_position(first.clone()).unwrap();
    fold(&mut dispute, MONDAY, changes);
    assert_eq!(dispute.state_position(first).unwrap(), vec![]);
    assert!(!dispute.is_agreed_with(&position("works", "sanitation")));
    assert!(dispute.is_agreed_with(&position("works", "works")));
    let third = position("works", "fire");
    let mut elsewhere = dispute.clone();
    let changes = elsewhere
        .state_position(position("sanitation", "fire"))
        .unwrap();
    fold(&mut elsewhere, MONDAY, changes);
    assert!(
        !elsewhere.is_agreed_with(&third),
        "who is no party has agreed to nothing"
    );
    let changes = dispute.decide(&org("works"), None, ("agreed", &person("chief")), MONDAY);
    fold(&mut dispute, MONDAY, changes);
    assert_eq!((dispute.state, dispute.wake_at()), (State::Settled, None));
    assert_eq!(dispute.decision.unwrap().losers, vec![]);
}

/// Proves M20.
#[test]
fn what_is_not_decided_in_time_goes_up_tier_by_tier() {
    let (time, district) = (work_time(), org("district"));
    let mut dispute = opened();
    let mut tiers = vec![];
    while let Some(at) = dispute.wake_at() {
        let early = at - Duration::seconds(1);
        assert_eq!(dispute.tick(Some(&district), &time, early).unwrap(), vec![]);
        assert_eq!(dispute.needs_superior(at), dispute.state == State::Street);
        let changes = dispute.tick(Some(&district), &time, at).unwrap();
        fold(&mut dispute, at, changes);
        tiers.push((dispute.state, dispute.is_overdue()));
    }
    let wanted = [
        (State::Street, false),
        (State::District, false),
        (State::District, true),
    ];
    assert_eq!(tiers, wanted, "and waits there, overdue");
    assert!(dispute.tiers.iter().all(|it| it.overdue.is_some()));
    assert_eq!(dispute.superior, Some(district));
}

#[test]
fn without_anybody_above_it_stays_with_the_street() {
    let time = work_time();
    let mut dispute = opened();
    for _ in 0..2 {
        let at = dispute.wake_at().unwrap();
        let changes = dispute.tick(None, &time, at).unwrap();
        fold(&mut dispute, at, changes);
    }
    assert_eq!((dispute.state, dispute.is_overdue()), (State::Street, true));
    assert_eq!(dispute.wake_at(), None);
    let street = org("street");
    let nobody = Referral {
        superior: None,
        ..refer(&street, &street)
    };
    assert_eq!(
        dispute.refer(nobody, &time, MONDAY),
        Err(Refusal::NoSuperior)
    );
}

/// Every state and every command: what comes of it.
///
/// Proves M20.
#[test]
fn every_state_and_command_of_a_dispute_has_its_outcome() {
    let (time, street, district, party) =
        (work_time(), org("street"), org("district"), org("works"));
    let negotiated = opened();
    let up = |before: &Dispute| {
        let mut it = before.clone();
        let changes = it.refer(refer(&street, &district), &time, MONDAY).unwrap();
        fold(&mut it, MONDAY, changes);
        it
    };
    let (at_street, decided) = (up(&negotiated), {
        let mut it = up(&negotiated);
        let changes = it.decide(&party, Some(&street), ("by law", &person("chief")), MONDAY);
        fold(&mut it, MONDAY, changes);
        it
    });
    let at_district = up(&at_street);
    let mut lapsed = opened();
    let changes = lapsed.lapse("the task has ended");
    fold(&mut lapsed, MONDAY, changes);
    let said = |it: Result<bool, Refusal>| match it {
        Ok(true) => "ok".to_owned(),
        Ok(false) => "=".to_owned(),
        Err(refusal) => format!("{refusal:?}")
            .split([' ', '{'])
            .next()
            .unwrap()
            .to_owned(),
    };
    let changed = |it: Result<Vec<DisputeChange>, Refusal>| said(it.map(|it| !it.is_empty()));
    let table = [
        (&negotiated, "ok ok ok NotYourTier DisputeNotFound ok"),
        (&at_street, "ok NotYourTier ok ok DisputeNotFound ok"),
        (&at_district, "ok LastTier LastTier NotYourTier ok ok"),
        (
            &decided,
            "DisputeEnded DisputeEnded DisputeEnded DisputeEnded DisputeNotFound =",
        ),
        (
            &lapsed,
            "DisputeEnded DisputeEnded DisputeEnded DisputeEnded DisputeNotFound =",
        ),
    ];
    for (dispute, wanted) in table {
        let found = [
            changed(dispute.state_position(position("works", "sanitation"))),
            changed(dispute.refer(refer(&party, &district), &time, MONDAY)),
            changed(dispute.refer(refer(&street, &district), &time, MONDAY)),
            said(dispute.may_designate(&street).map(|()| true)),
            said(dispute.may_designate(&district).map(|()| true)),
            changed(Ok(dispute.lapse("over"))),
        ];
        assert_eq!(found.join(" "), wanted, "{:?}", dispute.state);
        assert_eq!(
            dispute.state_position(position("fire", "works")),
            Err(Refusal::DisputeNotFound)
        );
    }
    let decision = decided.decision.unwrap();
    assert_eq!(decision.losers, [party], "it objected, and has the duty");
}

/// The platform's outage is nobody's delay: the tier has its time, and what was late only for it was never late.
#[test]
fn an_outage_is_not_taken_for_disagreement() {
    let (mut dispute, time) = (opened(), work_time());
    let due = dispute.tiers[0].deadline.due;
    let away = Span {
        from: MONDAY,
        to: MONDAY + Duration::days(2),
    };
    let excused = dispute.excuse(away, &time).unwrap();
    fold(&mut dispute, away.to, excused);
    let moved = dispute.tiers[0].deadline.due;
    assert!(moved > due, "{moved}");
    assert_eq!(dispute.excuse(away, &time).unwrap(), vec![], "once");
    let goes_up = dispute.tick(None, &time, moved).unwrap();
    assert_eq!(goes_up, vec![], "it still has time");

    let (street, district) = (org("street"), org("district"));
    for state in [State::Street, State::District] {
        let up = dispute.refer(refer(&street, &district), &time, moved);
        fold(&mut dispute, moved, up.unwrap());
        assert_eq!(dispute.state, state);
    }
    let late = dispute.tiers[2].deadline.due + Duration::HOUR;
    let overdue = dispute.tick(None, &time, late).unwrap();
    fold(&mut dispute, late, overdue);
    assert!(dispute.is_overdue());
    let again = Span {
        from: moved,
        to: late,
    };
    let excused = dispute.excuse(again, &time).unwrap();
    fold(&mut dispute, late, excused);
    assert!(!dispute.is_overdue());
    let over = dispute.lapse("over");
    fold(&mut dispute, late, over);
    assert_eq!(dispute.excuse(away, &time).unwrap(), vec![]);
}
