//! Whistles by example.

use liandong_calendar::Limit;
use time::Duration;
use uuid::Uuid;

use super::*;
use crate::domain::Refusal;
use crate::domain::clock::RuledLimit;
use crate::domain::tests::{MONDAY, org, person, work_time};

fn limit(kind: Kind) -> RuledLimit {
    RuledLimit {
        limit: kind.answer_time().parse::<Limit>().unwrap(),
        rule: kind.rule().into(),
    }
}

/// A community calls the street and a department; above it stand the street and the district.
fn blown(kind: Kind) -> Whistle {
    let mut it = Blown {
        kind,
        tier: Tier::Community,
        organization: org("community"),
        person: person("director"),
        title: "gas in the cellar".into(),
        ladder: vec![
            Rung {
                tier: Tier::Street,
                organization: org("street"),
            },
            Rung {
                tier: Tier::District,
                organization: org("district"),
            },
        ],
        ..Blown::default()
    };
    let called = [org("street"), org("fire")];
    it.call(&called, &limit(kind), &work_time(), MONDAY)
        .unwrap();
    let mut whistle = Whistle::default();
    whistle.apply(&WhistleChange::Blown(Box::new(it)), MONDAY);
    whistle
}

fn fold(whistle: &mut Whistle, at: OffsetDateTime, changes: Vec<WhistleChange>) {
    for event in WhistleEvent::of(whistle, at, changes) {
        whistle.apply(&event.change, at);
        assert_eq!(*event.facts, WhistleFacts::of(whistle));
        let stored = serde_json::to_string(&event).unwrap();
        assert_eq!(
            serde_json::from_str::<WhistleEvent>(&stored).unwrap(),
            event
        );
    }
}

fn answer(at: OffsetDateTime) -> Answer {
    Answer {
        person: person("chief"),
        at,
        note: "on the way".into(),
        arrival: None,
        ground: None,
    }
}

fn answered(whistle: &mut Whistle, who: &str, minutes: i64) -> Result<Vec<WhistleChange>, Refusal> {
    let at = MONDAY + Duration::minutes(minutes);
    let changes = whistle.answer(&org(who), answer(at))?;
    fold(whistle, at, changes.clone());
    Ok(changes)
}

/// Proves M17.
#[test]
fn each_kind_has_its_own_time_to_answer() {
    let due = |kind| blown(kind).calls[0].deadline.due - MONDAY;
    assert_eq!(due(Kind::Emergency), Duration::minutes(30));
    assert_eq!(
        due(Kind::JointEnforcement),
        Duration::hours(6),
        "with the noon break"
    );
    assert_eq!(
        due(Kind::PublicConcern),
        Duration::hours(33),
        "until the next day's close"
    );
}

/// Proves M17.
#[test]
fn it_is_answered_when_everybody_who_was_called_has_answered() {
    let mut whistle = blown(Kind::Emergency);
    answered(&mut whistle, "street", 5).unwrap();
    assert_eq!(whistle.state, State::Blown, "fire is still silent");
    answered(&mut whistle, "fire", 30).unwrap();
    assert_eq!((whistle.state, whistle.wake_at()), (State::Answered, None));
    assert!(!whistle.was_silent(), "the due instant is in time");
    assert_eq!(
        answered(&mut whistle, "fire", 30).unwrap(),
        vec![],
        "a repeat changes nothing"
    );
    let other = Answer {
        person: person("deputy"),
        ..answer(MONDAY)
    };
    assert!(matches!(
        whistle.answer(&org("fire"), other),
        Err(Refusal::WhistleAnswered { .. })
    ));
    assert_eq!(
        whistle.answer(&org("police"), answer(MONDAY)),
        Err(Refusal::WhistleNotFound),
        "who was not called sees nothing"
    );
}

/// Whoever is silent is on record, the tiers above are called one after the other, each with its own time, and
/// nobody twice.
///
/// Proves R19, M17.
#[test]
fn what_is_not_answered_goes_up_tier_by_tier() {
    let mut whistle = blown(Kind::Emergency);
    answered(&mut whistle, "street", 5).unwrap();
    let at = MONDAY + Duration::minutes(31);
    assert!(whistle.wake_at().unwrap() <= at);
    let silent = whistle.tick(at);
    assert_eq!(
        silent,
        [WhistleChange::Unanswered {
            organization: org("fire"),
            last_tier: false
        }]
    );
    fold(&mut whistle, at, silent);
    assert!(whistle.goes_up());
    let up = whistle.escalate(&work_time(), at).unwrap();
    fold(&mut whistle, at, up);
    let last = whistle.calls.last().unwrap();
    assert_eq!(
        (last.organization.as_str(), whistle.tier),
        ("district", Tier::District),
        "the street was called already"
    );
    assert_eq!(last.deadline.due, at + Duration::minutes(30));
    assert_eq!(whistle.escalate(&work_time(), at).unwrap(), vec![], "once");

    let later = at + Duration::minutes(31);
    let silent = whistle.tick(later);
    assert_eq!(
        silent,
        [WhistleChange::Unanswered {
            organization: org("district"),
            last_tier: true
        }]
    );
    fold(&mut whistle, later, silent);
    assert_eq!((whistle.goes_up(), whistle.wake_at()), (false, None));
    answered(&mut whistle, "fire", 90).unwrap();
    assert!(
        whistle.calls[1].answer.is_some() && whistle.calls[1].overdue.is_some(),
        "late stays late"
    );
}

/// Proves R19.
#[test]
fn an_answer_after_its_time_is_late_also_when_no_timer_was_quicker() {
    let mut whistle = blown(Kind::Emergency);
    let changes = answered(&mut whistle, "fire", 31).unwrap();
    assert!(matches!(changes[0], WhistleChange::Unanswered { .. }));
    assert!(!whistle.goes_up(), "it is answered now");
}

/// Proves M17.
#[test]
fn a_whistle_ends_with_its_task() {
    let mut whistle = blown(Kind::PublicConcern);
    let task = TaskId(Uuid::from_u128(1));
    assert_eq!(
        whistle.plan(task, &org("police"), false),
        Err(Refusal::WhistleNotFound)
    );
    assert_eq!(
        whistle.plan(task, &org("street"), true),
        Err(Refusal::ExerciseMismatch)
    );
    let changes = whistle.plan(task, &org("street"), false).unwrap();
    fold(&mut whistle, MONDAY, changes);
    assert_eq!(
        whistle.withdraw(&org("community"), "over"),
        Err(Refusal::WhistleTasked { task })
    );
    let mut cancelled = whistle.clone();
    let changes = cancelled.task_ended(task, false);
    fold(&mut cancelled, MONDAY, changes);
    assert_eq!((cancelled.task, cancelled.state), (None, State::Blown));
    let changes = whistle.task_ended(task, true);
    fold(&mut whistle, MONDAY, changes);
    assert_eq!(
        (whistle.state, whistle.outcome),
        (State::Closed, Some(Outcome::Solved))
    );
    assert_eq!(whistle.wake_at(), None);
    assert!(matches!(
        whistle.answer(&org("fire"), answer(MONDAY)),
        Err(Refusal::WhistleEnded { .. })
    ));
}

/// Every state and every command: what comes of it.
#[test]
fn every_state_and_command_of_a_whistle_has_its_outcome() {
    let open = blown(Kind::Emergency);
    let mut all_answered = open.clone();
    answered(&mut all_answered, "street", 1).unwrap();
    answered(&mut all_answered, "fire", 1).unwrap();
    let ended = |changes: Result<Vec<WhistleChange>, Refusal>| {
        let mut whistle = open.clone();
        fold(&mut whistle, MONDAY, changes.unwrap());
        whistle
    };
    let closed = ended(open.close(&org("community"), Outcome::Solved, ""));
    let withdrawn = ended(open.withdraw(&org("community"), "over"));
    let outcome = |it: Result<Vec<WhistleChange>, Refusal>| match it {
        Ok(changes) if changes.is_empty() => "=".to_owned(),
        Ok(_) => "ok".to_owned(),
        Err(refusal) => format!("{refusal:?}")
            .split([' ', '{'])
            .next()
            .unwrap()
            .to_owned(),
    };
    let table = [
        (&open, ["ok", "ok", "ok", "ok"]),
        (&all_answered, ["=", "ok", "ok", "ok"]),
        (
            &closed,
            ["WhistleEnded", "=", "WhistleEnded", "WhistleEnded"],
        ),
        (
            &withdrawn,
            ["WhistleEnded", "WhistleEnded", "=", "WhistleEnded"],
        ),
    ];
    let at = MONDAY + Duration::minutes(1);
    for (whistle, wanted) in table {
        let found = [
            whistle.answer(&org("fire"), answer(at)),
            whistle.close(&org("community"), Outcome::Solved, ""),
            whistle.withdraw(&org("community"), "over"),
            whistle.plan(TaskId::default(), &org("street"), false),
        ];
        assert_eq!(found.map(outcome), wanted, "{:?}", whistle.state);
        for by in ["fire", "police"] {
            assert_eq!(
                whistle.close(&org(by), Outcome::Solved, ""),
                Err(Refusal::WhistleNotFound)
            );
        }
    }
}
